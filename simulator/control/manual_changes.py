"""Manual changes of a car (`PATCH /vehicles/{vin}`): how each key is checked and applied."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..vehicle.alerts import ALERTS
from ..vehicle.car import Car
from ..vehicle.route import WINDING_FACTOR, Place
from ..vehicle.vocabulary import (
    ALARM_TRIGGERS,
    COLLISION_SEVERITIES,
    COLLISION_SIDES,
    DRIVING_MODES,
    ECALL_STATES,
    OPENINGS,
    PRIVACY_STATES,
)
from .parsing import is_bool, is_number

# The keys that neither wake the car nor pause its routine.
NON_WAKING_KEYS = frozenset({"routine", "asleep", "reachable", "stolen", "key_inside"})
# The default distance (km) and duration of a drive.
DEFAULT_DRIVE = {"distance": 15.0, "minutes": 20.0}


@dataclass(frozen=True, slots=True)
class ManualSetting:
    """A key of a manual change.

    Attributes:
        takes: The values that it takes, in words.
        is_valid: Checks a value.
        apply: Applies a value to a car at a time.
        is_supported: Returns whether a car can be changed this way.
    """

    takes: str
    is_valid: Callable[[Any], bool]
    apply: Callable[[Car, float, Any], None]
    is_supported: Callable[[Car], bool] = lambda _car: True


def apply_manual_changes(car: Car, now: float, changes: Mapping[str, Any]) -> None:
    """Apply changes to a car, either all of them or none.

    All keys but `NON_WAKING_KEYS` wake the car and, unless `routine` is set, pause its routine.

    Args:
        car: The car.
        now: The simulated time.
        changes: The new values by key.

    Raises:
        ValueError: A key or value is invalid; the message says what is expected.
    """
    for key, value in changes.items():
        setting = SETTINGS.get(key)
        if not setting:
            raise ValueError(f"unknown key {key!r}; known: {', '.join(SETTINGS)}")
        if not setting.is_valid(value):
            raise ValueError(f"{key} takes {setting.takes}")
        if not setting.is_supported(car):
            raise ValueError(f"this car does not have what {key} sets")
    car.advance_to(now)
    if changes.keys() - NON_WAKING_KEYS:
        car.set_routine(now, on=False)
        car.wake(now)
    for key, setting in SETTINGS.items():
        if key in changes:
            setting.apply(car, now, changes[key])
    if changes.keys() - NON_WAKING_KEYS:
        car.record_snapshot(now)
    car.advance_to(now)


def _is_drive(value: Any) -> bool:
    positive = is_number(0.1, 2000)
    return is_bool(value) or (
        isinstance(value, dict) and value.keys() <= DEFAULT_DRIVE.keys() and all(map(positive, value.values()))
    )


def _is_doors(value: Any) -> bool:
    return value == "closed" or (isinstance(value, list) and all(name in OPENINGS for name in value))


def _is_position(value: Any) -> bool:
    limits = (is_number(-180, 180), is_number(-90, 90), is_number(-500, 9000))
    if not isinstance(value, list) or len(value) not in {2, 3}:
        return False
    return all(is_valid(number) for is_valid, number in zip(limits, value, strict=False))


def _set_plug(car: Car, now: float, value: Any) -> None:
    car.stop_drive(now)
    if value and not car.state.plugged:
        car.state.plugged, car.state.charging = True, "Stopped"
        car.state.touch(now, "energies")
    elif not value:
        car.unplug(now)


def _set_charge(car: Car, now: float, value: Any) -> None:
    car.stop_drive(now)
    if value is True or value == "Quick":
        car.start_charge(now, "Quick" if value == "Quick" else "Slow")
        return
    car.stop_charge(now)
    if value in {"Failure", "Finished", "Stopped", "Disconnected"}:
        car.state.charging = value
    car.state.touch(now, "energies")


def _set_drive(car: Car, now: float, value: Any) -> None:
    if value is False:
        car.stop_drive(now)
    elif not car.drive:
        values = DEFAULT_DRIVE | (value if isinstance(value, dict) else {})
        destination = car.state.place.towards(60, values["distance"] / WINDING_FACTOR)
        car.start_drive(now, destination, km=values["distance"], seconds=values["minutes"] * 60)


def _set_doors(car: Car, now: float, value: Any) -> None:
    car.state.open = frozenset() if value == "closed" else frozenset(value)
    if car.state.open:
        car.state.locked = False
    car.state.touch(now, "doors")


def _set_lock(car: Car, now: float, value: Any) -> None:
    car.set_locked(now, locked=value)


def _set_position(car: Car, now: float, value: Any) -> None:
    car.stop_drive(now)
    longitude, latitude, *altitude = map(float, value)
    car.state.place = Place(longitude, latitude, altitude[0] if altitude else car.state.place.altitude)
    car.state.touch(now, "position")


def _set_level(car: Car, now: float, value: Any) -> None:
    car.stop_drive(now)
    car.state.electric = float(value)
    car.restart_charge(now)
    car.state.touch(now, "energies")


def _set_fuel_level(car: Car, now: float, value: Any) -> None:
    car.stop_drive(now)
    car.state.fuel = float(value)
    car.state.touch(now, "energies")


def _set_privacy(car: Car, now: float, value: Any) -> None:
    car.state.privacy = value
    car.state.touch(now, "privacy")


def _set_temperature(car: Car, now: float, value: Any) -> None:
    car.temperature_override = value
    car.wake(now)


def _set_odometer(car: Car, now: float, value: Any) -> None:
    car.stop_drive(now)
    car.state.odometer = float(value)
    car.state.touch(now, "odometer")


def _set_preconditioning(car: Car, now: float, value: Any) -> None:
    if value:
        car.start_preconditioning(now)
    else:
        car.stop_preconditioning(now)


def _set_alarm(car: Car, now: float, value: Any) -> None:
    if isinstance(value, str):
        car.trigger_alarm(now, value)
    else:
        car.set_alarm(now, active=value)


def _set_alerts(car: Car, now: float, value: Any) -> None:
    for alert in car.history.active_alerts:
        if alert.kind not in value:
            car.end_alert(now, alert.kind)
    for kind in value:
        car.start_alert(now, kind)
    car.wake(now)


def _is_alerts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(kind, str) and kind in ALERTS for kind in value)


def _set_collision(car: Car, now: float, value: Any) -> None:
    car.collide(now, value["side"], value["severity"])


def _is_collision(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {"side", "severity"}:
        return False
    return value["side"] in COLLISION_SIDES and value["severity"] in COLLISION_SEVERITIES


def _set_belt(car: Car, now: float, value: Any) -> None:
    car.state.belts_fastened = value
    car.state.touch(now, "safety")


def _set_ecall(car: Car, now: float, value: Any) -> None:
    car.state.ecall = value
    car.state.touch(now, "safety")


def _set_mode(car: Car, now: float, value: Any) -> None:
    car.state.mode = value
    car.state.touch(now, "driving")


def _set_attribute(name: str) -> Callable[[Car, float, Any], None]:
    return lambda car, _now, value: setattr(car, name, value)


def _set_asleep(car: Car, now: float, value: Any) -> None:
    if value:
        car.fall_asleep(now)
    else:
        car.wake(now)


def _set_battery_12v(car: Car, now: float, value: Any) -> None:
    car.state.battery_12v = float(value)
    car.state.touch(now, "battery")


def _has_battery(car: Car) -> bool:
    return car.model.battery is not None


def _has_tank(car: Car) -> bool:
    return car.model.tank is not None


# The keys in the order in which they are applied: first places and levels, then what depends on them.
SETTINGS: Mapping[str, ManualSetting] = {
    "routine": ManualSetting("true or false", is_bool, lambda car, now, value: car.set_routine(now, on=value)),
    "position": ManualSetting("[longitude, latitude] or [longitude, latitude, altitude]", _is_position, _set_position),
    "odometer": ManualSetting("km from 0 to 2000000", is_number(0, 2_000_000), _set_odometer),
    "level": ManualSetting("% from 0 to 100", is_number(0, 100), _set_level, _has_battery),
    "fuel_level": ManualSetting("% from 0 to 100", is_number(0, 100), _set_fuel_level, _has_tank),
    "battery_12v": ManualSetting("% from 0 to 100", is_number(0, 100), _set_battery_12v),
    "temperature": ManualSetting(
        "degrees Celsius from -40 to 60, or null for the weather",
        lambda value: value is None or is_number(-40, 60)(value),
        _set_temperature,
    ),
    "plug": ManualSetting("true or false", is_bool, _set_plug, _has_battery),
    "charge": ManualSetting(
        'true, false, "Quick", "Failure", "Finished", "Stopped" or "Disconnected"',
        lambda value: is_bool(value) or value in ("Quick", "Failure", "Finished", "Stopped", "Disconnected"),
        _set_charge,
        _has_battery,
    ),
    "doors": ManualSetting(f'"closed" or a list of {", ".join(OPENINGS)}', _is_doors, _set_doors),
    "lock": ManualSetting("true or false", is_bool, _set_lock),
    "alarm": ManualSetting(
        f"true, false or {', '.join(ALARM_TRIGGERS)}",
        lambda value: is_bool(value) or value in ALARM_TRIGGERS,
        _set_alarm,
    ),
    "privacy": ManualSetting(", ".join(PRIVACY_STATES), lambda value: value in PRIVACY_STATES, _set_privacy),
    "preconditioning": ManualSetting("true or false", is_bool, _set_preconditioning),
    "belt": ManualSetting("true or false", is_bool, _set_belt),
    "ecall": ManualSetting(", ".join(ECALL_STATES), lambda value: value in ECALL_STATES, _set_ecall),
    "mode": ManualSetting(", ".join(DRIVING_MODES), lambda value: value in DRIVING_MODES, _set_mode),
    "alerts": ManualSetting(
        f"a list of all that are to be active: {', '.join(sorted(ALERTS))}", _is_alerts, _set_alerts
    ),
    "collision": ManualSetting(
        f'{{"side": {" or ".join(COLLISION_SIDES)}, "severity": {" or ".join(COLLISION_SEVERITIES)}}}',
        _is_collision,
        _set_collision,
    ),
    "reachable": ManualSetting("true or false", is_bool, _set_attribute("is_reachable")),
    "stolen": ManualSetting("true or false", is_bool, _set_attribute("is_stolen")),
    "key_inside": ManualSetting("true or false", is_bool, _set_attribute("is_key_inside")),
    "drive": ManualSetting('true, false or {"distance": km, "minutes": minutes}', _is_drive, _set_drive),
    "asleep": ManualSetting("true or false", is_bool, _set_asleep),
}
