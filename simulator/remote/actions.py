"""The actions of remotes: how their bodies are validated, what blocks them, and what they change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..http.errors import ApiError, invalid_parameter
from ..http.parameters import parse_duration, parse_time
from ..http.validation import (
    WEEKDAY,
    Validator,
    array,
    at_least_one_of,
    boolean,
    clock_time,
    enum,
    number,
    object_with,
    timestamp,
)
from ..resources.capabilities import capabilities
from ..resources.links import Json
from ..vehicle.car import Car
from ..vehicle.fleet import CarModel
from ..vehicle.programs import AirProgram, ChargeProgram
from ..vehicle.state import MIN_PRECONDITIONING_LEVEL
from ..vehicle.weather import DAY

_OCCURRENCE = object_with({"day": array(WEEKDAY, 0, 7)})
_AIR_PROGRAM = object_with(
    {"slot": number(1, 4, whole=True)},
    {
        "enabled": boolean,
        "start": clock_time,
        "recurrence": enum("None", "Daily"),
        "occurence": _OCCURRENCE,
        "actionsType": enum("Set", "Delete"),
    },
)
_CHARGE_PROGRAM = object_with({"start": clock_time}, {"enabled": boolean, "end": clock_time, "occurence": _OCCURRENCE})
_CHARGING = at_least_one_of(
    {
        "nextDelayedTime": timestamp,
        "schedule": at_least_one_of({"nextDelayedTime": timestamp, "programs": array(_CHARGE_PROGRAM, 0, 7)}),
        "immediate": boolean,
        "preferences": at_least_one_of(
            {"level": enum("Level1", "Level2", "Level3", "Level4", "Level5"), "type": enum("Partial", "Full")}
        ),
    }
)


def _check_point(path: str, value: Any) -> None:
    object_with({"type": enum("Point"), "coordinates": array(number(-1e5, 1e5), 2, 3)})(path, value)
    longitude, latitude, *_ = value["coordinates"]
    if abs(longitude) > 180 or abs(latitude) > 90:
        raise invalid_parameter(f"{path}.coordinates")


def _check_preconditioning(path: str, value: Any) -> None:
    programs = array(_AIR_PROGRAM, 1, 4)
    object_with({"airConditioning": at_least_one_of({"immediate": boolean, "programs": programs})})(path, value)
    air_programs: list[Json] = value["airConditioning"].get("programs", [])
    slots = [program["slot"] for program in air_programs]
    if len(set(slots)) < len(slots):
        raise invalid_parameter(f"{path}.airConditioning.programs.slot")
    for program in air_programs:
        if program.get("actionsType", "Set") == "Set" and not {"enabled", "start", "occurence"} <= program.keys():
            raise invalid_parameter(f"{path}.airConditioning.programs: Set needs enabled, start and occurence")


def _check_charging(path: str, value: Any) -> None:
    _CHARGING(path, value)
    if "preferences" in value and len(value) > 1:
        raise invalid_parameter(f"{path}.preferences: not together with schedule or immediate")
    if len(value.get("schedule", {})) > 1:
        raise invalid_parameter(f"{path}.schedule: programs or nextDelayedTime")


def _preconditioning_cause(car: Car, _action: Json) -> str | None:
    if car.state.open - {"RoofWindow"}:
        return "DoorsOpen"
    is_low = car.model.battery and not car.state.plugged and car.state.electric < MIN_PRECONDITIONING_LEVEL
    return "NotPossibleDueToVehicleBatteryLevel" if is_low else None


def _apply_preconditioning(car: Car, action: Json, at: float) -> bool:
    air = action["airConditioning"]
    has_changed = "programs" in air
    for program in air.get("programs", ()):
        car.air_programs = {**car.air_programs, program["slot"]: _air_program(program)}
    if has_changed:
        car.state.touch(at, "preconditioning")
        car.replan_programs(at)
    if "immediate" in air and air["immediate"] != (car.state.air == "Enabled"):
        has_changed = True
        if air["immediate"]:
            car.start_preconditioning(at)
        else:
            car.stop_preconditioning(at)
    return has_changed


def _air_program(body: Json) -> AirProgram:
    if body.get("actionsType") == "Delete":
        return AirProgram()
    return AirProgram(
        enabled=body["enabled"],
        start=int(parse_duration(body["start"]).seconds),
        days=tuple(body["occurence"]["day"]),
        daily=body.get("recurrence", "Daily") == "Daily",
    )


def _charging_cause(car: Car, action: Json) -> str | None:
    if action.get("immediate") and not car.charge:
        if not car.state.plugged:
            return "ExternalChargingSystemError"
        if car.state.charging == "Failure":
            return "VehicleChargingSystemError"
    return None


def _apply_charging(car: Car, action: Json, at: float) -> bool:
    has_changed = False
    schedule = action.get("schedule", {})
    if delayed := schedule.get("nextDelayedTime", action.get("nextDelayedTime")):
        car.delayed_start = int((parse_time(delayed) - car.midnight(at)) % DAY)
        car.stop_charge(at)
        if car.state.plugged:
            car.delay_charge(at)
        has_changed = True
    if "programs" in schedule:
        car.charge_programs = tuple(map(_charge_program, schedule["programs"]))
        car.replan_programs(at)
        has_changed = True
    if preferences := action.get("preferences"):
        before = (car.state.charge_limit, car.state.charge_power)
        car.state.charge_limit = preferences.get("type", car.state.charge_limit)
        car.state.charge_power = preferences.get("level", car.state.charge_power)
        car.restart_charge(at)
        has_changed = before != (car.state.charge_limit, car.state.charge_power)
    if "immediate" in action and action["immediate"] != (car.charge is not None):
        has_changed = True
        if action["immediate"]:
            car.delayed_charge_at = None
            car.start_charge(at)
        else:
            car.stop_charge(at)
            if car.oddities.restarts_charges and car.state.plugged:
                car.delay_charge(at)
    car.state.touch(at, "energies")
    return has_changed


def _charge_program(body: Json) -> ChargeProgram:
    start = int(parse_duration(body["start"]).seconds)
    end = int(parse_duration(body["end"]).seconds) if "end" in body else start
    days = tuple(body.get("occurence", {}).get("day", ()))
    return ChargeProgram(enabled=body.get("enabled", True), start=start, end=end, days=days)


def _door_cause(car: Car, action: Json) -> str | None:
    if action["state"] == "Locked" and car.state.open - {"RoofWindow"}:
        return "DoorsOpen"
    if action["state"] == "Locked" and car.is_key_inside and not action.get("forced"):
        return "CidInside"
    return None


def _apply_door(car: Car, action: Json, at: float) -> bool:
    locked = action["state"] == "Locked"
    if locked == car.state.locked:
        return False
    car.set_locked(at, locked=locked)
    return True


def _apply_horn(car: Car, action: Json, _at: float) -> bool:
    car.horns += action["state"] == "Activated"
    return True


def _apply_lights(car: Car, action: Json, at: float) -> bool:
    before = car.state.lights
    car.state.lights = before | {"turn"} if action["on"] else before - {"turn"}
    car.state.touch(at, "lighting")
    return bool(action["on"]) or before != car.state.lights


def _apply_wake_up(_car: Car, _action: Json, _at: float) -> bool:
    return True


def _apply_navigation(car: Car, action: Json, _at: float) -> bool:
    car.destinations = [point["coordinates"] for point in action["positions"]]
    return True


def _no_cause(_car: Car, _action: Json) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action of a remote.

    Attributes:
        type: The API's word for it in responses.
        name: Its name in scopes and capabilities.
        validate: Validates its body.
        apply: Performs it and returns whether it changed anything.
        blocking_cause: Returns why a car cannot perform it now, or None.
        must_be_parked: Whether it needs a parked car.
    """

    type: str
    name: str
    validate: Validator
    apply: Callable[[Car, Json, float], bool]
    blocking_cause: Callable[[Car, Json], str | None] = _no_cause
    must_be_parked: bool = True

    @property
    def scope(self) -> str:
        """The scope that it needs."""
        return f"remote:{self.name}:write"


# The actions by their keys in the body of a remote.
ACTIONS: Mapping[str, Action] = {
    "preconditioning": Action(
        type="ThermalPreconditioning",
        name="preconditioning",
        validate=_check_preconditioning,
        blocking_cause=_preconditioning_cause,
        apply=_apply_preconditioning,
    ),
    "door": Action(
        type="Doors",
        name="door",
        validate=object_with({"state": enum("Locked", "Unlocked")}, {"forced": boolean}),
        blocking_cause=_door_cause,
        apply=_apply_door,
    ),
    "horn": Action(
        type="Horn", name="horn", validate=object_with({"state": enum("Activated", "Unactivated")}), apply=_apply_horn
    ),
    "charging": Action(
        type="ElectricBatteryChargingRequest",
        name="charging",
        validate=_check_charging,
        blocking_cause=_charging_cause,
        apply=_apply_charging,
    ),
    "lights": Action(type="Lights", name="lights", validate=object_with({"on": boolean}), apply=_apply_lights),
    "wakeUp": Action(
        type="WakeUp",
        name="wakeup",
        validate=object_with(optional={"action": enum("WakeUp")}),
        apply=_apply_wake_up,
        must_be_parked=False,
    ),
    "navigation": Action(
        type="Navigation",
        name="navigation",
        validate=object_with({"positions": array(_check_point, 1, 10)}, {"driverApproval": boolean}),
        apply=_apply_navigation,
        must_be_parked=False,
    ),
}


def check_capabilities(model: CarModel, key: str, action: Json) -> None:
    """Check that a car supports an action.

    Args:
        model: The model of the car.
        key: The key of the action.
        action: Its body.

    Raises:
        ApiError: 40300 if the car does not support it, 40000 if it has too many programs.
    """
    remote = capabilities(model)["remote"][ACTIONS[key].name]
    if not remote["supported"]:
        raise ApiError(40300, f"Forbidden: this vehicle offers no remote {ACTIONS[key].name}")
    if key != "charging":
        return
    parameters = remote["parameters"]
    supported = {
        "preferences": any(parameters["preferences"].values()),
        "programs": parameters["schedule"]["programs"]["supported"],
    }
    names = action.keys() | action.get("schedule", {}).keys()
    for name, is_supported in supported.items():
        if name in names and not is_supported:
            raise ApiError(40300, f"Forbidden: this vehicle offers no charging {name}")
    size = parameters["schedule"]["programs"]["size"]
    if len(action.get("schedule", {}).get("programs", ())) > size:
        raise invalid_parameter(f"charging.schedule.programs: {size} at most")
