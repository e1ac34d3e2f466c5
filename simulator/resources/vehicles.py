"""The body of a vehicle: who it is, what it can do, and where its resources are."""

from typing import TYPE_CHECKING

from ..clock import rfc3339
from ..http.hal import BASE, Json, link
from ..vehicle.pictures import PICTURES

if TYPE_CHECKING:
    from collections.abc import Collection

    from ..vehicle.car import Car
    from ..vehicle.fleet import Character

EXTENSIONS = ("onboardCapabilities", "branding", "pictures")

_OWN_LINKS = ("lastPosition", "trips", "maintenance", "alerts", "status", "telemetry", "collisions", "alarms")

# The scope of the data that each member of a status needs the car to send.
_DATA = {
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

_STOLEN_CALL_CENTERS = {"CL": "+56 2 5550 0100", "BR": "+55 11 5550 0100", "AR": "+54 11 5550 0100"}
COUNTRIES = tuple(_STOLEN_CALL_CENTERS)


def vehicle_body(car: Car, root: str, extensions: Collection[str] = (), country: str | None = None) -> Json:
    """Return a vehicle, with the extensions asked for."""
    character = car.character
    own = f"{root}/user/vehicles/{car.id}"
    callbacks = f"{own}/callbacks/{{cbid}}"
    body: Json = {
        "id": car.id,
        "vin": car.vin,
        "motorization": character.motorization,
        "brand": _brand(character),
        "createdAt": rfc3339(car.registered),
        "updatedAt": rfc3339(car.registered),
        "_links": {
            "self": link(own),
            "user": link(f"{root}/user"),
            "callbacks": link(f"{root}/user/callbacks"),
            "monitors": link(f"{callbacks}/monitors", templated=True),
            "remotes": link(f"{callbacks}/remotes", templated=True),
            **{name: link(f"{own}/{name}") for name in _OWN_LINKS},
        },
    }
    if "no_label" not in character.quirks:
        body |= {"label": character.label, "pictures": _pictures(car, root)}
    if country:
        body["callCenter"] = {"stolen": {"countryCode": country, "phoneNumber": _STOLEN_CALL_CENTERS[country]}}
    if extensions:
        body["_embedded"] = {"extension": {name: _extension(name, car, root) for name in extensions}}
    return body


def _extension(name: str, car: Car, root: str) -> Json | list[str]:
    if name == "branding":
        return {"brand": _brand(car.character), "label": car.character.label}
    if name == "pictures":
        return _pictures(car, root)
    return capabilities(car.character)


def _brand(character: Character) -> str:
    return {"citroen": "Citroën", "ds": "DS"}.get(character.brand, character.brand.capitalize())


def _pictures(car: Car, root: str) -> list[str]:
    return [f"{root.removesuffix(BASE)}/pictures/{car.id}/{number}.png" for number in range(1, PICTURES + 1)]


def capabilities(character: Character) -> Json:
    """Return what a car can send and be told."""
    remotes, battery = character.remotes, character.battery
    data = ["data:telemetry", "data:telemetry:vehicle:maintenance", "data:trip", "data:alert", "data:collision"]
    data += [scope for member, scope in _DATA.items() if member in character.members]
    if "adas" in character.quirks:
        data += [f"data:telemetry:vehicle:{name}" for name in ("adas", "transmission", "wipingBlades")]
    charging = "charging" in remotes and battery is not None
    programs = charging and "delayed_charge" in character.quirks
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
    words = ("preconditioning", "charging", "door", "horn", "lights", "wakeup", "navigation")
    remote: Json = {}
    for name in words:
        remote[name] = {"supported": name in remotes, "scopeName": f"remote:{name}:write"}
        if name in parameters:
            remote[name]["parameters"] = parameters[name]
    return {"data": data, "remote": remote}
