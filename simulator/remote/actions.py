"""What remotes do: one row for each kind of action, with its words, its scope, what forbids it and what it changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..http.errors import ApiError, invalid_parameter
from ..http.hal import Json
from ..http.parameters import parse_span, parse_time
from ..http.validation import WEEKDAY, Shape, array, boolean, clock_time, number, record, some_of, timestamp, word
from ..resources.vehicles import capabilities
from ..vehicle.car import Car
from ..vehicle.fleet import Character
from ..vehicle.programs import AirProgram, ChargeProgram
from ..vehicle.weather import DAY

LOW_BATTERY = 20

_OCCURRENCE = record({"day": array(WEEKDAY, 0, 7)})
_AIR_PROGRAM = record(
    {"slot": number(1, 4, whole=True)},
    {
        "enabled": boolean,
        "start": clock_time,
        "recurrence": word("None", "Daily"),
        "occurence": _OCCURRENCE,
        "actionsType": word("Set", "Delete"),
    },
)
_CHARGE_PROGRAM = record({"start": clock_time}, {"enabled": boolean, "end": clock_time, "occurence": _OCCURRENCE})
_CHARGING = some_of(
    {
        "nextDelayedTime": timestamp,
        "schedule": some_of({"nextDelayedTime": timestamp, "programs": array(_CHARGE_PROGRAM, 0, 7)}),
        "immediate": boolean,
        "preferences": some_of(
            {"level": word("Level1", "Level2", "Level3", "Level4", "Level5"), "type": word("Partial", "Full")}
        ),
    }
)


def _point(at: str, value: Any) -> None:
    record({"type": word("Point"), "coordinates": array(number(-1e5, 1e5), 2, 3)})(at, value)
    longitude, latitude, *_ = value["coordinates"]
    if abs(longitude) > 180 or abs(latitude) > 90:
        raise invalid_parameter(f"{at}.coordinates")


def _check_air(at: str, value: Any) -> None:
    programs = array(_AIR_PROGRAM, 1, 4)
    record({"airConditioning": some_of({"immediate": boolean, "programs": programs})})(at, value)
    wanted: list[Json] = value["airConditioning"].get("programs", [])
    slots = [program["slot"] for program in wanted]
    if len(set(slots)) < len(slots):
        raise invalid_parameter(f"{at}.airConditioning.programs.slot")
    for program in wanted:
        if program.get("actionsType", "Set") == "Set" and not {"enabled", "start", "occurence"} <= program.keys():
            raise invalid_parameter(f"{at}.airConditioning.programs: Set needs enabled, start and occurence")


def _check_charging(at: str, value: Any) -> None:
    _CHARGING(at, value)
    if "preferences" in value and len(value) > 1:
        raise invalid_parameter(f"{at}.preferences: not together with schedule or immediate")
    if len(value.get("schedule", {})) > 1:
        raise invalid_parameter(f"{at}.schedule: programs or nextDelayedTime")


def _air_cause(car: Car, _action: Json) -> str | None:
    if car.state.open - {"RoofWindow"}:
        return "DoorsOpen"
    low = car.character.battery and not car.state.plugged and car.state.electric < LOW_BATTERY
    return "NotPossibleDueToVehicleBatteryLevel" if low else None


def _condition(car: Car, action: Json, at: float) -> bool:
    air = action["airConditioning"]
    changed = "programs" in air
    for program in air.get("programs", ()):
        car.air_programs = {**car.air_programs, program["slot"]: _air_program(program)}
    if changed:
        car.state.touch(at, "preconditioning")
        car.replan_programs(at)
    if "immediate" in air and air["immediate"] != (car.state.air == "Enabled"):
        changed = True
        if air["immediate"]:
            car.start_air(at)
        else:
            car.stop_air(at)
    return changed


def _air_program(asked: Json) -> AirProgram:
    if asked.get("actionsType") == "Delete":
        return AirProgram()
    return AirProgram(
        enabled=asked["enabled"],
        start=int(parse_span(asked["start"]).seconds),
        days=tuple(asked["occurence"]["day"]),
        daily=asked.get("recurrence", "Daily") == "Daily",
    )


def _charging_cause(car: Car, action: Json) -> str | None:
    if action.get("immediate") and not car.charge:
        if not car.state.plugged:
            return "ExternalChargingSystemError"
        if car.state.charging == "Failure":
            return "VehicleChargingSystemError"
    return None


def _charge(car: Car, action: Json, at: float) -> bool:
    changed = False
    schedule = action.get("schedule", {})
    if delayed := schedule.get("nextDelayedTime", action.get("nextDelayedTime")):
        car.delayed_start = int((parse_time(delayed) - car.midnight(at)) % DAY)
        car.stop_charge(at)
        if car.state.plugged:
            car.delay_charge(at)
        changed = True
    if "programs" in schedule:
        car.charge_programs = tuple(map(_charge_program, schedule["programs"]))
        car.replan_programs(at)
        changed = True
    if preferences := action.get("preferences"):
        before = (car.state.charge_limit, car.state.charge_power)
        car.state.charge_limit = preferences.get("type", car.state.charge_limit)
        car.state.charge_power = preferences.get("level", car.state.charge_power)
        car.replan_charge(at)
        changed = before != (car.state.charge_limit, car.state.charge_power)
    if "immediate" in action and action["immediate"] != (car.charge is not None):
        changed = True
        if action["immediate"]:
            car.charge_due = None
            car.start_charge(at)
        else:
            car.stop_charge(at)
    car.state.touch(at, "energies")
    return changed


def _charge_program(asked: Json) -> ChargeProgram:
    start = int(parse_span(asked["start"]).seconds)
    end = int(parse_span(asked["end"]).seconds) if "end" in asked else start
    days = tuple(asked.get("occurence", {}).get("day", ()))
    return ChargeProgram(enabled=asked.get("enabled", True), start=start, end=end, days=days)


def _lock_cause(car: Car, action: Json) -> str | None:
    if action["state"] == "Locked" and car.state.open - {"RoofWindow"}:
        return "DoorsOpen"
    if action["state"] == "Locked" and car.key_inside and not action.get("forced"):
        return "CidInside"
    return None


def _lock(car: Car, action: Json, at: float) -> bool:
    locked = action["state"] == "Locked"
    if locked == car.state.locked:
        return False
    car.lock(at, locked=locked)
    return True


def _sound(car: Car, action: Json, _at: float) -> bool:
    car.horns += action["state"] == "Activated"
    return True


def _light(car: Car, action: Json, at: float) -> bool:
    before = car.state.lights
    car.state.lights = before | {"turn"} if action["on"] else before - {"turn"}
    car.state.touch(at, "lighting")
    return bool(action["on"]) or before != car.state.lights


def _wake(_car: Car, _action: Json, _at: float) -> bool:
    return True


def _navigate(car: Car, action: Json, _at: float) -> bool:
    car.destinations = [point["coordinates"] for point in action["positions"]]
    return True


def _nothing(_car: Car, _action: Json) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A kind of remote.

    ``cause`` returns why a car cannot do it now; ``apply`` does it and returns whether anything had to be done.
    ``parked``: it can only be done to a car that nobody drives.
    """

    type: str
    name: str
    check: Shape
    apply: Callable[[Car, Json, float], bool]
    cause: Callable[[Car, Json], str | None] = _nothing
    parked: bool = True

    @property
    def scope(self) -> str:
        """The scope that it needs."""
        return f"remote:{self.name}:write"


# By their names in a request body.
ACTIONS: Mapping[str, Action] = {
    "preconditioning": Action(
        type="ThermalPreconditioning", name="preconditioning", check=_check_air, cause=_air_cause, apply=_condition
    ),
    "door": Action(
        type="Doors",
        name="door",
        check=record({"state": word("Locked", "Unlocked")}, {"forced": boolean}),
        cause=_lock_cause,
        apply=_lock,
    ),
    "horn": Action(type="Horn", name="horn", check=record({"state": word("Activated", "Unactivated")}), apply=_sound),
    "charging": Action(
        type="ElectricBatteryChargingRequest",
        name="charging",
        check=_check_charging,
        cause=_charging_cause,
        apply=_charge,
    ),
    "lights": Action(type="Lights", name="lights", check=record({"on": boolean}), apply=_light),
    "wakeUp": Action(
        type="WakeUp", name="wakeup", check=record(may={"action": word("WakeUp")}), apply=_wake, parked=False
    ),
    "navigation": Action(
        type="Navigation",
        name="navigation",
        check=record({"positions": array(_point, 1, 10)}, {"driverApproval": boolean}),
        apply=_navigate,
        parked=False,
    ),
}


def forbid(character: Character, key: str, action: Json) -> None:
    """Refuse what a car cannot be told to do.

    Raises ApiError 40300.
    """
    remote = capabilities(character)["remote"][ACTIONS[key].name]
    if not remote["supported"]:
        raise ApiError(40300, f"Forbidden: this vehicle offers no remote {ACTIONS[key].name}")
    if key != "charging":
        return
    parameters = remote["parameters"]
    wanted = {
        "preferences": any(parameters["preferences"].values()),
        "programs": parameters["schedule"]["programs"]["supported"],
    }
    asked = action.keys() | action.get("schedule", {}).keys()
    for name, supported in wanted.items():
        if name in asked and not supported:
            raise ApiError(40300, f"Forbidden: this vehicle offers no charging {name}")
    size = parameters["schedule"]["programs"]["size"]
    if len(action.get("schedule", {}).get("programs", ())) > size:
        raise invalid_parameter(f"charging.schedule.programs: {size} at most")
