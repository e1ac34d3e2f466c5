"""The response body of a car's onboard capabilities."""

from ..vehicle.fleet import CarModel
from .links import Json

# The capability behind each object of a status.
_MEMBER_CAPABILITIES = {
    "ignition": "data:telemetry:vehicle:ignition",
    "preconditioning": "data:telemetry:vehicle:preconditioning",
    "energies": "data:telemetry:vehicle:energies",
    "engines": "data:telemetry:vehicle:engines",
    "doors": "data:telemetry:vehicle:doorsState",
    "powertrain": "data:telemetry:vehicle:powertrain",
    "battery": "data:telemetry:vehicle:battery",
    "safety": "data:telemetry:vehicle:safety",
    "odometer": "data:telemetry:vehicle:odometer",
    "kinetic": "data:telemetry:vehicle:kinetic",
    "lighting": "data:telemetry:vehicle:lightingSystem",
    "driving": "data:telemetry:vehicle:drivingBehavior",
    "alarm": "data:telemetry:vehicle:alarm",
    "privacy": "data:telemetry:privacy",
    "environment": "data:telemetry:environment",
    "position": "data:position",
}


def capabilities(model: CarModel) -> Json:
    """Return the data that a car can send and the remote actions that it supports."""
    remotes, battery = model.remotes, model.battery
    data = ["data:telemetry", "data:telemetry:vehicle:maintenance", "data:trip", "data:alert", "data:collision"]
    data += [scope for member, scope in _MEMBER_CAPABILITIES.items() if member in model.members]
    if "adas" in model.quirks:
        data += [f"data:telemetry:vehicle:{name}" for name in ("adas", "transmission", "wipingBlades")]
    charging = "charging" in remotes and battery is not None
    programs = charging and "delayed_charge" in model.quirks
    parameters: dict[str, Json] = {
        "preconditioning": {
            "programs": {"size": 4 if "preconditioning" in remotes else 0},
            "immediate": "preconditioning" in remotes,
        },
        "charging": {
            "immediate": {"start": charging, "stop": charging},
            "schedule": {
                "programs": {"supported": programs, "size": 2 if programs else 0},
                "nextDelayedTime": charging,
                "preferences": {"level": programs, "type": programs},
            },
            "preferences": {"level": programs, "type": programs},
        },
    }
    names = ("preconditioning", "charging", "door", "horn", "lights", "wakeup", "navigation")
    remote: Json = {}
    for name in names:
        remote[name] = {"supported": name in remotes, "scopeName": f"remote:{name}:write"}
        if name in parameters:
            remote[name]["parameters"] = parameters[name]
    return {"data": data, "remote": remote}
