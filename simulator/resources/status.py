"""The response body of a car's status; each object has the time at which it was measured."""

from collections.abc import Callable

from ..clock import duration, rfc3339
from ..vehicle.car import Car
from ..vehicle.past_car import AnyCar
from ..vehicle.programs import AirProgram
from ..vehicle.state import HYBRID_RESERVE, State
from ..vehicle.vocabulary import OPENINGS
from .energies import energies_members
from .links import Json, link, vehicle_url
from .position import position_feature

# What an engine's temperature sensor sends when it has no value (°C).
NO_VALUE = 215.0


def status_body(car: Car, api_root: str, scopes: frozenset[str]) -> Json:
    """Return the status of a car that is up to date; scopes and the driver's privacy hide members."""
    state, members = car.state, car.model.members
    newest = rfc3339(max(at for name, at in state.measured.items() if name in members))
    url = vehicle_url(api_root, car.id)
    body: Json = {"createdAt": newest, "updatedAt": newest}
    body["_links"] = {"self": link(f"{url}/status"), "vehicle": link(url)}
    visible = [name for name in MEMBER_BUILDERS if name in members and (name == "privacy" or state.privacy != "Full")]
    for name in visible:
        scope = "data:position" if name == "position" else "data:telemetry"
        if scope in scopes and not (name == "position" and state.privacy == "Geolocation"):
            body |= MEMBER_BUILDERS[name](car)
    if "data:position" not in scopes or state.privacy == "Geolocation":
        body.get("alarm", {}).get("trigger", {}).pop("position", None)
    return body


def sent_status_body(car: Car, api_root: str, scopes: frozenset[str], at: float) -> Json:
    """Return the status as the platform sends it at a time: the true one, changed by what scenarios distort."""
    body = status_body(car, api_root, scopes)
    for distort in car.oddities.distortions.values():
        body = distort(body, at)
    return body


def locked_states(state: State) -> list[str]:
    """Return the API's words for whether a car is locked, in any order."""
    return ["Locked", "RearDoorsLocked", "TrunkLocked"] if state.locked else ["RearDoorsUnlocked", "Unlocked"]


def _measured(state: State, name: str) -> Json:
    return {"createdAt": rfc3339(state.measured[name])}


def _position(car: AnyCar) -> Json:
    state = car.state
    if "position_under_way" in car.model.quirks and not state.moving:
        return {}
    is_flat = "flat_position" in car.model.quirks
    at = state.measured["position"]
    return {"lastPosition": position_feature(state.place, at, heading=state.heading, is_flat=is_flat, fix=state.fix)}


def _ignition(car: AnyCar) -> Json:
    return {"ignition": _measured(car.state, "ignition") | {"type": car.state.ignition}}


def _powertrain(car: AnyCar) -> Json:
    return {"powertrain": _measured(car.state, "powertrain") | {"status": car.state.powertrain}}


def _privacy(car: AnyCar) -> Json:
    return {"privacy": _measured(car.state, "privacy") | {"state": car.state.privacy}}


def _battery(car: AnyCar) -> Json:
    return {"battery": _measured(car.state, "battery") | {"voltage": float(round(car.state.battery_12v))}}


def _service(car: AnyCar) -> Json:
    kind = {"Electric": "Electric", "Hybrid": "Hybrid", "Hydrogen": "Electric"}.get(car.model.motorization, "Unknown")
    return {"service": _measured(car.state, "service") | {"type": kind}}


def _odometer(car: AnyCar) -> Json:
    return {"odometer": _measured(car.state, "odometer") | {"mileage": round(car.state.odometer, 1)}}


def _kinetic(car: AnyCar) -> Json:
    state = car.state
    kinetic = _measured(state, "kinetic") | {"moving": state.moving}
    if state.moving:
        kinetic |= {"speed": round(state.speed, 1), "acceleration": round(state.acceleration, 2)}
    return {"kinetic": kinetic}


def _environment(car: AnyCar) -> Json:
    state = car.state
    return {
        "environment": {
            "luminosity": _measured(state, "environment") | {"day": state.daylight},
            "air": _measured(state, "environment") | {"temp": state.temperature},
        }
    }


def _driving(car: AnyCar) -> Json:
    body: Json = {"drivingBehavior": _measured(car.state, "driving") | {"mode": car.state.mode}}
    if "adas" in car.model.quirks:
        body["adas"] = _measured(car.state, "driving") | {"esp": True, "abs": True, "sli": 50}
    return body


def _lighting(car: AnyCar) -> Json:
    sides = [(side, end) for side in ("Right", "Left") for end in ("Front", "Rear")]

    def lamps(kind: str) -> list[Json]:
        status = "On" if kind in car.state.lights else "Off"
        return [{"direction": side, "position": end, "status": status} for side, end in sides]

    return {"lightingSystem": _measured(car.state, "lighting") | {"turn": lamps("turn"), "fog": lamps("fog")}}


def _safety(car: AnyCar) -> Json:
    belt = "Normal" if car.state.belts_fastened else "Omission"
    seats = [{"belt": belt, "id": "Driver"}, {"belt": "Omission", "id": "Passenger"}]
    return {"safety": _measured(car.state, "safety") | {"beltStatus": seats, "autoECallTriggering": car.state.ecall}}


def _doors(car: AnyCar) -> Json:
    state = car.state
    open_parts = state.open | ({"RoofWindow"} if "roof_window_open" in car.model.quirks else frozenset())
    opening = [{"identifier": name, "state": "Open" if name in open_parts else "Closed"} for name in OPENINGS]
    return {"doorsState": _measured(state, "doors") | {"lockedStates": locked_states(state), "opening": opening}}


def _alarm(car: AnyCar) -> Json:
    state = car.state
    alarm = {"status": _measured(state, "alarm") | {"activation": "Active" if state.alarm_active else "Inactive"}}
    if state.alarm_trigger:
        trigger = state.alarm_trigger
        alarm["trigger"] = {
            "createdAt": rfc3339(trigger.at),
            "type": trigger.kind,
            "startAt": rfc3339(trigger.at),
            "position": position_feature(trigger.place, trigger.at, heading=trigger.heading),
        }
    return {"alarm": alarm}


def _preconditioning(car: AnyCar) -> Json:
    state = car.state
    measured_at = _measured(state, "preconditioning")
    air: Json = measured_at | {"updatedAt": measured_at["createdAt"], "status": state.air}
    if state.air_cause:
        air["startingCause"] = state.air_cause
    if state.air_failure:
        air["failureCause"] = state.air_failure
    if "no_schedule" not in car.model.quirks:
        air["programs"] = [air_program(slot, program) for slot, program in sorted(car.air_programs.items())]
    return {"preconditioning": {"airConditioning": air}, "preconditionning": {"airConditioning": dict(air)}}


def air_program(slot: int, program: AirProgram) -> Json:
    """Return a preconditioning program; like in real responses, a program that was never set has no days."""
    body: Json = {
        "slot": slot,
        "enabled": program.enabled,
        "recurrence": "Daily" if program.daily else "None",
        "start": duration(program.start),
    }
    if program.days:
        body["occurence"] = {"day": list(program.days)}
    return body


def _engines(car: AnyCar) -> Json:
    state, quirks = car.state, car.model.quirks
    measured_at = _measured(state, "engines")
    rpm = round(1400 + state.speed * 22) if state.moving else 0
    engines: list[Json] = []
    if car.model.tank and not car.model.tank.hydrogen:
        is_electric = bool(car.model.battery) and state.electric > HYBRID_RESERVE
        thermic = _thermic(state, has_values="no_value" not in quirks)
        engines.append(
            measured_at | {"type": "Thermic", "speed": 0.0 if is_electric else float(rpm), "extension": thermic}
        )
        engines[-1] |= {"oil": {"temp": thermic["thermic"]["oil"]["temp"]}, "gmpStatus": state.powertrain}
    if car.model.battery:
        electric = measured_at | {"type": "Electric", "speed": float(rpm * 4), "gmpStatus": state.powertrain}
        engines.append(electric)
        if "two_engines" in quirks:
            engines.append(measured_at | {"type": "Electric"})
    return {"engines": engines}


def _thermic(state: State, *, has_values: bool) -> Json:
    temperature = round(state.coolant * 2) / 2
    coolant: Json = {"temp": temperature if has_values else NO_VALUE}
    oil: Json = {"temp": max(state.temperature, temperature - 6)}
    if has_values:
        coolant["level"], oil["level"] = 88, 74
    return {"thermic": {"coolant": coolant, "oil": oil, "air": {"temp": state.temperature if has_values else NO_VALUE}}}


def _ghost_engine(car: AnyCar) -> Json:
    extension = {"thermic": {"coolant": {"temp": NO_VALUE}, "oil": {"temp": NO_VALUE}, "air": {"temp": NO_VALUE}}}
    return {"engines": [_measured(car.state, "service") | {"type": "Thermic", "extension": extension}]}


def _energies(car: AnyCar) -> Json:
    ghost = _ghost_engine(car) if "ghost_thermic" in car.model.quirks else {}
    return energies_members(car) | ghost


# How each object of a status is built, by the name of the object in a car model.
MEMBER_BUILDERS: dict[str, Callable[[AnyCar], Json]] = {
    "position": _position,
    "engines": _engines,
    "ignition": _ignition,
    "powertrain": _powertrain,
    "battery": _battery,
    "privacy": _privacy,
    "doors": _doors,
    "lighting": _lighting,
    "service": _service,
    "safety": _safety,
    "environment": _environment,
    "driving": _driving,
    "odometer": _odometer,
    "kinetic": _kinetic,
    "alarm": _alarm,
    "preconditioning": _preconditioning,
    "energies": _energies,
}
