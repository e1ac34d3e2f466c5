"""The body of a car's status: every object with the time at which it was measured."""

from collections.abc import Callable

from ..clock import duration, rfc3339
from ..http.hal import Json, link
from ..vehicle.car import Car
from ..vehicle.past_car import Seen
from ..vehicle.programs import AirProgram, ChargeProgram
from ..vehicle.route import Place
from ..vehicle.state import OPENINGS, State, consumption

# What an engine sensor says when it has no value.
NO_VALUE = 215.0
# What the quirk of frozen energies calls the last time they were measured.
FROZEN_FOR = 66 * 86400


def status_body(car: Car, root: str, scopes: frozenset[str]) -> Json:
    """Return the status of a car that is up to date, as these scopes and the driver's privacy show it."""
    state, members = car.state, car.character.members
    newest = rfc3339(max(at for name, at in state.measured.items() if name in members))
    own = f"{root}/user/vehicles/{car.id}"
    body: Json = {"createdAt": newest, "updatedAt": newest}
    body["_links"] = {"self": link(f"{own}/status"), "vehicle": link(own)}
    shown = [name for name in MEMBERS if name in members and (name == "privacy" or state.privacy != "Full")]
    for name in shown:
        scope = "data:position" if name == "position" else "data:telemetry"
        if scope in scopes and not (name == "position" and state.privacy == "Geolocation"):
            body |= MEMBERS[name](car)
    if "data:position" not in scopes or state.privacy == "Geolocation":
        body.get("alarm", {}).get("trigger", {}).pop("position", None)
    return body


def position(place: Place, at: float, *, heading: int, flat: bool = False, fix: str = "Acquire") -> Json:
    """Return a GeoJSON feature as the API describes a position."""
    coordinates = [round(place.longitude, 6), round(place.latitude, 6)]
    properties: Json = {"createdAt": rfc3339(at), "heading": heading, "type": fix}
    if fix == "Acquire":
        properties |= {"signalQuality": 9, "fixStatus": "2D" if flat else "3D"}
    if not flat:
        coordinates.append(round(place.altitude))
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": coordinates},
        "properties": properties,
    }


def electric_range(car: Seen) -> int:
    """Return the km left in the battery."""
    battery = car.character.battery
    if not battery:
        return 0
    return int(battery.capacity * 10 * car.state.electric / consumption(battery, car.state.temperature))


def fuel_range(car: Seen) -> int:
    """Return the km left in the tank."""
    tank = car.character.tank
    return int(tank.capacity * car.state.fuel / tank.consumption) if tank else 0


def locked_states(state: State) -> list[str]:
    """Return the words for how a car is locked; their order means nothing."""
    return ["Locked", "RearDoorsLocked", "TrunkLocked"] if state.locked else ["RearDoorsUnlocked", "Unlocked"]


def _at(state: State, name: str) -> Json:
    return {"createdAt": rfc3339(state.measured[name])}


def _position(car: Seen) -> Json:
    state = car.state
    if "position_under_way" in car.character.quirks and not state.moving:
        return {}
    flat = "flat_position" in car.character.quirks
    at = state.measured["position"]
    return {"lastPosition": position(state.place, at, heading=state.heading, flat=flat, fix=state.fix)}


def _ignition(car: Seen) -> Json:
    return {"ignition": _at(car.state, "ignition") | {"type": car.state.ignition}}


def _powertrain(car: Seen) -> Json:
    return {"powertrain": _at(car.state, "powertrain") | {"status": car.state.powertrain}}


def _privacy(car: Seen) -> Json:
    return {"privacy": _at(car.state, "privacy") | {"state": car.state.privacy}}


def _battery(car: Seen) -> Json:
    return {"battery": _at(car.state, "battery") | {"voltage": float(round(car.state.battery_12v))}}


def _service(car: Seen) -> Json:
    kind = {"Electric": "Electric", "Hybrid": "Hybrid", "Hydrogen": "Electric"}.get(
        car.character.motorization, "Unknown"
    )
    return {"service": _at(car.state, "service") | {"type": kind}}


def _odometer(car: Seen) -> Json:
    return {"odometer": _at(car.state, "odometer") | {"mileage": round(car.state.odometer, 1)}}


def _kinetic(car: Seen) -> Json:
    state = car.state
    kinetic = _at(state, "kinetic") | {"moving": state.moving}
    if state.moving:
        kinetic |= {"speed": round(state.speed, 1), "acceleration": round(state.acceleration, 2)}
    return {"kinetic": kinetic}


def _environment(car: Seen) -> Json:
    state = car.state
    return {
        "environment": {
            "luminosity": _at(state, "environment") | {"day": state.daylight},
            "air": _at(state, "environment") | {"temp": state.temperature},
        }
    }


def _driving(car: Seen) -> Json:
    body: Json = {"drivingBehavior": _at(car.state, "driving") | {"mode": car.state.mode}}
    if "adas" in car.character.quirks:
        body["adas"] = _at(car.state, "driving") | {"esp": True, "abs": True, "sli": 50}
    return body


def _lighting(car: Seen) -> Json:
    sides = [(side, end) for side in ("Right", "Left") for end in ("Front", "Rear")]

    def lamps(kind: str) -> list[Json]:
        status = "On" if kind in car.state.lights else "Off"
        return [{"direction": side, "position": end, "status": status} for side, end in sides]

    return {"lightingSystem": _at(car.state, "lighting") | {"turn": lamps("turn"), "fog": lamps("fog")}}


def _safety(car: Seen) -> Json:
    belt = "Normal" if car.state.belts_fastened else "Omission"
    seats = [{"belt": belt, "id": "Driver"}, {"belt": "Omission", "id": "Passenger"}]
    return {"safety": _at(car.state, "safety") | {"beltStatus": seats, "autoECallTriggering": car.state.ecall}}


def _doors(car: Seen) -> Json:
    state = car.state
    opened = state.open | ({"RoofWindow"} if "roof_window_open" in car.character.quirks else frozenset())
    opening = [{"identifier": name, "state": "Open" if name in opened else "Closed"} for name in OPENINGS]
    return {"doorsState": _at(state, "doors") | {"lockedStates": locked_states(state), "opening": opening}}


def _alarm(car: Seen) -> Json:
    state = car.state
    alarm = {"status": _at(state, "alarm") | {"activation": "Active" if state.alarm_active else "Inactive"}}
    if state.alarm_trigger:
        trigger = state.alarm_trigger
        alarm["trigger"] = {
            "createdAt": rfc3339(trigger.at),
            "type": trigger.kind,
            "startAt": rfc3339(trigger.at),
            "position": position(trigger.place, trigger.at, heading=trigger.heading),
        }
    return {"alarm": alarm}


def _preconditioning(car: Seen) -> Json:
    state = car.state
    at = _at(state, "preconditioning")
    air: Json = at | {"updatedAt": at["createdAt"], "status": state.air}
    if state.air_cause:
        air["startingCause"] = state.air_cause
    if state.air_failure:
        air["failureCause"] = state.air_failure
    if "no_schedule" not in car.character.quirks:
        air["programs"] = [air_program(slot, program) for slot, program in sorted(car.air_programs.items())]
    return {"preconditioning": {"airConditioning": air}, "preconditionning": {"airConditioning": dict(air)}}


def air_program(slot: int, program: AirProgram) -> Json:
    """Return a preconditioning program; one that never was set has no days, as in real bodies."""
    body: Json = {
        "slot": slot,
        "enabled": program.enabled,
        "recurrence": "Daily" if program.daily else "None",
        "start": duration(program.start),
    }
    if program.days:
        body["occurence"] = {"day": list(program.days)}
    return body


def _charge_program(program: ChargeProgram) -> Json:
    body: Json = {"enabled": program.enabled, "start": duration(program.start), "end": duration(program.end)}
    if program.days:
        body["occurence"] = {"day": list(program.days)}
    return body


def _engines(car: Seen) -> Json:
    state, quirks = car.state, car.character.quirks
    at = _at(state, "engines")
    turning = round(1400 + state.speed * 22) if state.moving else 0
    engines: list[Json] = []
    if car.character.tank and not car.character.tank.hydrogen:
        on_battery = bool(car.character.battery) and state.electric > 8
        thermic = _thermic(state, known="no_value" not in quirks)
        engines.append(at | {"type": "Thermic", "speed": 0.0 if on_battery else float(turning), "extension": thermic})
        engines[-1] |= {"oil": {"temp": thermic["thermic"]["oil"]["temp"]}, "gmpStatus": state.powertrain}
    if car.character.battery:
        electric = at | {"type": "Electric", "speed": float(turning * 4), "gmpStatus": state.powertrain}
        engines.append(electric)
        if "two_engines" in quirks:
            engines.append(at | {"type": "Electric"})
    return {"engines": engines}


def _thermic(state: State, *, known: bool) -> Json:
    warm = round(state.coolant * 2) / 2
    coolant: Json = {"temp": warm if known else NO_VALUE}
    oil: Json = {"temp": max(state.temperature, warm - 6)}
    if known:
        coolant["level"], oil["level"] = 88, 74
    return {"thermic": {"coolant": coolant, "oil": oil, "air": {"temp": state.temperature if known else NO_VALUE}}}


def _ghost_engine(car: Seen) -> Json:
    ghost = {"thermic": {"coolant": {"temp": NO_VALUE}, "oil": {"temp": NO_VALUE}, "air": {"temp": NO_VALUE}}}
    return {"engines": [_at(car.state, "service") | {"type": "Thermic", "extension": ghost}]}


def _energies(car: Seen) -> Json:
    quirks = car.character.quirks
    energies: list[Json] = []
    if car.character.tank or "ghost_fuel" in quirks:
        energies.append(_fuel(car))
    if car.character.battery:
        energies.append(_electric(car))
    return {"energies": energies, "energy": [_old_energy(car.state, energy) for energy in energies]} | (
        _ghost_engine(car) if "ghost_thermic" in quirks else {}
    )


def _fuel(car: Seen) -> Json:
    state, tank = car.state, car.character.tank
    if not tank:
        ghost = {"createdAt": rfc3339(car.registered), "type": "Fuel", "subType": "FossilEnergy", "level": 0.0}
        return ghost | {"autonomy": 0}
    burning = state.moving and (not car.character.battery or state.electric <= 8)
    instant = tank.consumption if burning else 0.0
    return _at(state, "energies") | {
        "type": "Fuel",
        "subType": "Hydrogen" if tank.hydrogen else "FossilEnergy",
        "level": float(round(state.fuel)),
        "autonomy": fuel_range(car),
        "extension": {
            "fuel": {
                "consumption": {"consumption": instant},
                "consumptions": {"total": round(state.fuel_used * 100, 2), "instant": instant},
            }
        },
    }


def _electric(car: Seen) -> Json:
    state, battery = car.state, car.character.battery
    if not battery:
        return {}
    measured = state.measured["energies"]
    at = {"createdAt": rfc3339(car.born - FROZEN_FOR if "frozen_energies" in car.character.quirks else measured)}
    stored = battery.capacity * state.electric / 100
    drawn = consumption(battery, state.temperature) * state.speed / 1000 if state.moving else 0.0
    electric: Json = {
        "battery": {
            "capacity": round(battery.capacity * 1000),
            "load": at | {"capacity": round(battery.capacity * 720), "residual": round(stored * 680)},
        },
        "charging": _charging(car),
    }
    if car.character.tank:
        electric["battery"]["health"] = at | {"capacity": 96, "resistance": 14}
    elif not car.character.quirks & {"empty_schedule", "flat_position"}:
        electric["battery"]["health"] = at | {"resistance": 94}
    if "powertrain" in car.character.members:
        electric |= {"residual": {"consumption": round(stored, 2)}, "consumption": {"consumption": round(drawn, 1)}}
    return at | {
        "type": "Electric",
        "subType": "ElectricEnergy",
        "level": float(int(state.electric)),
        "autonomy": electric_range(car),
        "extension": {"electric": electric},
    }


def _charging(car: Seen) -> Json:
    state, battery, quirks = car.state, car.character.battery, car.character.quirks
    charging: Json = {
        "plugged": state.plugged,
        "status": state.charging,
        "chargingRate": 0,
        "chargingMode": state.charging_mode,
        "nextDelayedTime": duration(car.delayed_start),
    }
    charge = car.charge
    if charge and battery:
        left = charge.target - state.electric
        charging["chargingRate"] = min(500, int(charge.power * 900 / battery.consumption))
        charging["remainingTime"] = duration(-(-left / charge.percent_per_second // 300) * 300)
    elif state.plugged:
        charging["remainingTime"] = "PT0S"
    if "empty_schedule" in quirks:
        charging["schedule"] = []
    elif "no_schedule" not in quirks:
        charging["schedule"] = {"programs": [_charge_program(program) for program in car.charge_programs]}
        charging |= {"type": state.charge_limit, "chargingPowerLevel": state.charge_power}
    return charging


def _old_energy(state: State, energy: Json) -> Json:
    """Return an energy under its deprecated name, where what is now an extension was flat."""
    old: Json = {name: energy[name] for name in ("createdAt", "type", "level", "autonomy") if name in energy}
    electric = energy.get("extension", {}).get("electric", {})
    old["updatedAt"] = rfc3339(state.measured["energies"]) if electric else energy["createdAt"]
    if electric:
        old["charging"] = {name: value for name, value in electric["charging"].items() if name not in _NEW_CHARGING}
        if "health" in electric["battery"]:
            health = electric["battery"]["health"]
            old["battery"] = {"health": {name: value for name, value in health.items() if name != "createdAt"}}
    elif "extension" in energy:
        old["consumption"] = energy["extension"]["fuel"]["consumption"]["consumption"]
    return old


_NEW_CHARGING = frozenset({"schedule", "type", "chargingPowerLevel"})

MEMBERS: dict[str, Callable[[Seen], Json]] = {
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
