"""What a tester may set on a car by hand, key by key: how a value is checked, and what it does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..vehicle.alerts import ALERTS
from ..vehicle.car import Car
from ..vehicle.route import Place
from ..vehicle.state import OPENINGS

ALARM_TRIGGERS = (
    "FrontRightDoorBreakIn",
    "FrontLeftDoorBreakIn",
    "RearRightFrontDoorBreakIn",
    "RearLeftFrontDoorBreakIn",
    "HoodDoorBreakIn",
    "TrunkDoorBreakIn",
    "BackliteDoorBreakIn",
    "RoofBreakIn",
    "VolumetricBreakIn",
    "VehicleLifting",
    "ElectricalsystemBreakIn",
    "KeyLearning",
    "UnauthenticatedStartup",
)
PRIVACY = ("None", "Geolocation", "Full")
SIDES = ("Front", "Rear", "Lateral")
SEVERITIES = ("Minimal", "Minor", "Major")
ECALLS = ("NotDetected", "Detected", "ShockDetectionUnabled")
MODES = (
    "Normal",
    "Sport",
    "Comfort",
    "Eco",
    "Sand",
    "Mud",
    "Snow",
    "ZEV",
    "Hybrid",
    "ZEVEco",
    "HybridEco",
    "EcoPlus",
    "eAWD",
    "4AWD",
    "ReinforcedLoad",
)
# What a car does not notice.
QUIET = frozenset({"routine", "asleep", "reachable", "stolen", "key_inside"})
DEFAULT_DRIVE = {"distance": 15.0, "minutes": 20.0}


@dataclass(frozen=True, slots=True)
class Setting:
    """A key: what values it takes (in words, for the refusal), a check, and what it does to a car at an instant."""

    takes: str
    check: Callable[[Any], bool]
    apply: Callable[[Car, float, Any], None]
    needs: Callable[[Car], bool] = lambda _car: True


def set_by_hand(car: Car, now: float, changes: Mapping[str, Any]) -> None:
    """Change a car as a tester says. All or nothing.

    Everything but what is ``QUIET`` wakes the car, and pauses its routine unless ``routine`` says otherwise.
    Raises ValueError that says what is known and what a value should be.
    """
    for key, value in changes.items():
        setting = SETTINGS.get(key)
        if not setting:
            raise ValueError(f"unknown key {key!r}; known: {', '.join(SETTINGS)}")
        if not setting.check(value):
            raise ValueError(f"{key} takes {setting.takes}")
        if not setting.needs(car):
            raise ValueError(f"this car does not have what {key} sets")
    car.advance(now)
    if changes.keys() - QUIET:
        car.set_routine(now, on=False)
        car.wake(now)
    for key, setting in SETTINGS.items():
        if key in changes:
            setting.apply(car, now, changes[key])
    if changes.keys() - QUIET:
        car.note(now)
    car.advance(now)


def _is_number(low: float, high: float) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_drive(value: Any) -> bool:
    positive = _is_number(0.1, 2000)
    return _is_bool(value) or (
        isinstance(value, dict) and value.keys() <= DEFAULT_DRIVE.keys() and all(map(positive, value.values()))
    )


def _is_doors(value: Any) -> bool:
    return value == "closed" or (isinstance(value, list) and all(name in OPENINGS for name in value))


def _is_position(value: Any) -> bool:
    bounds = (_is_number(-180, 180), _is_number(-90, 90), _is_number(-500, 9000))
    if not isinstance(value, list) or len(value) not in {2, 3}:
        return False
    return all(within(number) for within, number in zip(bounds, value, strict=False))


def _plug(car: Car, now: float, value: Any) -> None:
    car.stop_drive(now)
    if value and not car.state.plugged:
        car.state.plugged, car.state.charging = True, "Stopped"
        car.state.touch(now, "energies")
    elif not value:
        car.unplug(now)


def _charge(car: Car, now: float, value: Any) -> None:
    car.stop_drive(now)
    if value is True or value == "Quick":
        car.start_charge(now, "Quick" if value == "Quick" else "Slow")
        return
    car.stop_charge(now)
    if value in {"Failure", "Finished", "Stopped", "Disconnected"}:
        car.state.charging = value
    car.state.touch(now, "energies")


def _drive(car: Car, now: float, value: Any) -> None:
    if value is False:
        car.stop_drive(now)
    elif not car.drive:
        asked = DEFAULT_DRIVE | (value if isinstance(value, dict) else {})
        there = car.state.place.towards(60, asked["distance"] / 1.25)
        car.start_drive(now, there, km=asked["distance"], seconds=asked["minutes"] * 60)


def _doors(car: Car, now: float, value: Any) -> None:
    car.state.open = frozenset() if value == "closed" else frozenset(value)
    if car.state.open:
        car.state.locked = False
    car.state.touch(now, "doors")


def _lock(car: Car, now: float, value: Any) -> None:
    car.lock(now, locked=value)


def _position(car: Car, now: float, value: Any) -> None:
    car.stop_drive(now)
    longitude, latitude, *altitude = map(float, value)
    car.state.place = Place(longitude, latitude, altitude[0] if altitude else car.state.place.altitude)
    car.state.touch(now, "position")


def _level(car: Car, now: float, value: Any) -> None:
    car.stop_drive(now)
    car.state.electric = float(value)
    car.replan_charge(now)
    car.state.touch(now, "energies")


def _fuel_level(car: Car, now: float, value: Any) -> None:
    car.stop_drive(now)
    car.state.fuel = float(value)
    car.state.touch(now, "energies")


def _privacy(car: Car, now: float, value: Any) -> None:
    car.state.privacy = value
    car.state.touch(now, "privacy")


def _temperature(car: Car, now: float, value: Any) -> None:
    car.outside = value
    car.wake(now)


def _odometer(car: Car, now: float, value: Any) -> None:
    car.stop_drive(now)
    car.state.odometer = float(value)
    car.state.touch(now, "odometer")


def _preconditioning(car: Car, now: float, value: Any) -> None:
    if value:
        car.start_air(now)
    else:
        car.stop_air(now)


def _alarm(car: Car, now: float, value: Any) -> None:
    if isinstance(value, str):
        car.break_in(now, value)
    else:
        car.arm(now, active=value)


def _alerts(car: Car, now: float, value: Any) -> None:
    for alert in car.history.active_alerts:
        if alert.kind not in value:
            car.end_alert(now, alert.kind)
    for kind in value:
        car.start_alert(now, kind)
    car.wake(now)


def _is_alerts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(kind, str) and kind in ALERTS for kind in value)


def _collision(car: Car, now: float, value: Any) -> None:
    car.collide(now, value["side"], value["severity"])


def _is_collision(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {"side", "severity"}:
        return False
    return value["side"] in SIDES and value["severity"] in SEVERITIES


def _belt(car: Car, now: float, value: Any) -> None:
    car.state.belts_fastened = value
    car.state.touch(now, "safety")


def _ecall(car: Car, now: float, value: Any) -> None:
    car.state.ecall = value
    car.state.touch(now, "safety")


def _mode(car: Car, now: float, value: Any) -> None:
    car.state.mode = value
    car.state.touch(now, "driving")


def _attribute(name: str) -> Callable[[Car, float, Any], None]:
    return lambda car, _now, value: setattr(car, name, value)


def _asleep(car: Car, now: float, value: Any) -> None:
    if value:
        car.fall_asleep(now)
    else:
        car.wake(now)


def _battery_12v(car: Car, now: float, value: Any) -> None:
    car.state.battery_12v = float(value)
    car.state.touch(now, "battery")


def _has_battery(car: Car) -> bool:
    return car.character.battery is not None


def _has_tank(car: Car) -> bool:
    return car.character.tank is not None


# In the order in which they are applied when several come together: places and levels first, what moves later.
SETTINGS: Mapping[str, Setting] = {
    "routine": Setting("true or false", _is_bool, lambda car, now, value: car.set_routine(now, on=value)),
    "position": Setting("[longitude, latitude] or [longitude, latitude, altitude]", _is_position, _position),
    "odometer": Setting("km from 0 to 2000000", _is_number(0, 2_000_000), _odometer),
    "level": Setting("% from 0 to 100", _is_number(0, 100), _level, _has_battery),
    "fuel_level": Setting("% from 0 to 100", _is_number(0, 100), _fuel_level, _has_tank),
    "battery_12v": Setting("% from 0 to 100", _is_number(0, 100), _battery_12v),
    "temperature": Setting(
        "degrees Celsius from -40 to 60, or null for the weather",
        lambda value: value is None or _is_number(-40, 60)(value),
        _temperature,
    ),
    "plug": Setting("true or false", _is_bool, _plug, _has_battery),
    "charge": Setting(
        'true, false, "Quick", "Failure", "Finished", "Stopped" or "Disconnected"',
        lambda value: _is_bool(value) or value in ("Quick", "Failure", "Finished", "Stopped", "Disconnected"),
        _charge,
        _has_battery,
    ),
    "doors": Setting(f'"closed" or a list of {", ".join(OPENINGS)}', _is_doors, _doors),
    "lock": Setting("true or false", _is_bool, _lock),
    "alarm": Setting(
        f"true, false or {', '.join(ALARM_TRIGGERS)}", lambda value: _is_bool(value) or value in ALARM_TRIGGERS, _alarm
    ),
    "privacy": Setting(", ".join(PRIVACY), lambda value: value in PRIVACY, _privacy),
    "preconditioning": Setting("true or false", _is_bool, _preconditioning),
    "belt": Setting("true or false", _is_bool, _belt),
    "ecall": Setting(", ".join(ECALLS), lambda value: value in ECALLS, _ecall),
    "mode": Setting(", ".join(MODES), lambda value: value in MODES, _mode),
    "alerts": Setting("a list of the API's words for alerts, all that are to be on", _is_alerts, _alerts),
    "collision": Setting(
        f'{{"side": {" or ".join(SIDES)}, "severity": {" or ".join(SEVERITIES)}}}', _is_collision, _collision
    ),
    "reachable": Setting("true or false", _is_bool, _attribute("reachable")),
    "stolen": Setting("true or false", _is_bool, _attribute("stolen")),
    "key_inside": Setting("true or false", _is_bool, _attribute("key_inside")),
    "drive": Setting('true, false or {"distance": km, "minutes": minutes}', _is_drive, _drive),
    "asleep": Setting("true or false", _is_bool, _asleep),
}
