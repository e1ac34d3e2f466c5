"""Data triggers of monitors: the values they can monitor, the scopes they need, and how values are compared."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import eq, gt, lt
from typing import Any, Literal

from ..resources.ranges import electric_range, fuel_range
from ..resources.status import locked_states
from ..vehicle.alerts import ALERTS
from ..vehicle.car import Car
from ..vehicle.history import Trip
from ..vehicle.vocabulary import (
    ALARM_TRIGGERS,
    CHARGING_STATUSES,
    DRIVING_MODES,
    ECALL_STATES,
    POWERTRAIN_STATUSES,
    PRIVACY_STATES,
    TRIP_STATES,
)

type Value = float | bool | str | tuple[str, ...] | None
type Kind = Literal["number", "boolean", "enum", "enums", "any"]

CHANGE = "onChange"
NUMBER_OPERATORS = ("equalsTo", "greaterThan", "lowerThan")
ENUM_OPERATORS = (CHANGE, "equalsTo", "includedIn")
EQUALITY_OPERATORS = (CHANGE, "equalsTo")


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerField:
    """A value that a data trigger can monitor.

    Attributes:
        read: Returns the value for a car at a time.
        kind: What kind of value it is.
        operators: The operators that can be used with it.
        member: The object of the status that a car must have.
        scope: The scope that is needed.
        values: The values of an enum.
        previous_operators: The operators for a previous value; empty if none can be given.
    """

    read: Callable[[Car, float], Value]
    kind: Kind
    operators: Sequence[str]
    member: str | None = None
    scope: str = "data:telemetry"
    values: Sequence[str] = ()
    previous_operators: Sequence[str] = ()

    def value(self, car: Car, at: float) -> Value:
        """Return the value for a car, or None if it is unknown or hidden by the driver's privacy."""
        if self.member and self.member not in car.model.members:
            return None
        if car.state.privacy == "Full" and self.member != "privacy":
            return None
        return self.read(car, at)

    def accepts_values(self, operator: str, values: Sequence[str]) -> bool:
        """Return whether an operator can be used with these values."""
        if operator == CHANGE:
            return not values
        if not values or (operator != "includedIn" and len(values) > 1):
            return False
        match self.kind:
            case "number":
                return all(map(_is_number, values))
            case "boolean":
                return all(value in {"true", "false"} for value in values)
        return all(value in self.values for value in values)


def _duration(trip: Trip, at: float) -> float:
    return int((at if trip.stopped_at is None else trip.stopped_at) - trip.drive.started_at)


def _trip_value(read: Callable[[Car, Trip, float], Value]) -> Callable[[Car, float], Value]:
    def value(car: Car, at: float) -> Value:
        trip = car.history.last_trip
        return read(car, trip, at) if trip else None

    return value


def _last_ended_trip(car: Car, _at: float) -> Value:
    return next((trip.id for trip in reversed(car.history.trips) if trip.stopped_at is not None), "")


def _total_range(car: Car, _at: float) -> Value:
    return float(electric_range(car) + fuel_range(car))


def _battery_value(read: Callable[[Car], Value]) -> Callable[[Car, float], Value]:
    return lambda car, _at: read(car) if car.model.battery else None


def _tank_value(read: Callable[[Car], Value]) -> Callable[[Car, float], Value]:
    return lambda car, _at: read(car) if car.model.tank else None


def _value(read: Callable[[Car], Value]) -> Callable[[Car, float], Value]:
    return lambda car, _at: read(car)


_COMPARE: Mapping[str, Callable[[float, float], bool]] = {"equalsTo": eq, "greaterThan": gt, "lowerThan": lt}
_PREVIOUS_OPERATORS = ("equalsTo", "includedIn")

TRIGGER_FIELDS: Mapping[str, TriggerField] = {
    "vehicle.alert": TriggerField(
        read=_value(lambda car: tuple(sorted(alert.kind for alert in car.history.active_alerts))),
        kind="enums",
        operators=ENUM_OPERATORS,
        scope="data:alert",
        values=tuple(ALERTS),
        previous_operators=_PREVIOUS_OPERATORS,
    ),
    "vehicle.odometer": TriggerField(
        read=_value(lambda car: float(int(car.state.odometer))),
        kind="number",
        operators=NUMBER_OPERATORS,
        member="odometer",
    ),
    "vehicle.powertrain.status": TriggerField(
        read=_value(lambda car: car.state.powertrain),
        kind="enum",
        operators=ENUM_OPERATORS,
        member="powertrain",
        values=POWERTRAIN_STATUSES,
    ),
    "vehicle.engines.thermic.oil.temp": TriggerField(
        read=_tank_value(lambda car: float(round(max(car.state.temperature, car.state.coolant - 6)))),
        kind="number",
        operators=NUMBER_OPERATORS,
        member="engines",
    ),
    "vehicle.energy.electric.level": TriggerField(
        read=_battery_value(lambda car: float(int(car.state.electric))),
        kind="number",
        operators=NUMBER_OPERATORS,
        member="energies",
    ),
    "vehicle.energy.electric.autonomy": TriggerField(
        read=_battery_value(lambda car: float(electric_range(car))),
        kind="number",
        operators=NUMBER_OPERATORS,
        member="energies",
    ),
    "vehicle.energy.fuel.level": TriggerField(
        read=_tank_value(lambda car: float(round(car.state.fuel))),
        kind="number",
        operators=NUMBER_OPERATORS,
        member="energies",
    ),
    "vehicle.energy.fuel.autonomy": TriggerField(
        read=_tank_value(lambda car: float(fuel_range(car))),
        kind="number",
        operators=NUMBER_OPERATORS,
        member="energies",
    ),
    "vehicle.autonomy": TriggerField(read=_total_range, kind="number", operators=NUMBER_OPERATORS, member="energies"),
    "vehicle.energy.charging.status": TriggerField(
        read=_battery_value(lambda car: car.state.charging),
        kind="enum",
        operators=ENUM_OPERATORS,
        member="energies",
        values=CHARGING_STATUSES,
        previous_operators=_PREVIOUS_OPERATORS,
    ),
    "vehicle.energy.charging.plugged": TriggerField(
        read=_battery_value(lambda car: car.state.plugged),
        kind="boolean",
        operators=EQUALITY_OPERATORS,
        member="energies",
        previous_operators=("equalsTo",),
    ),
    "vehicle.energy.charging.type": TriggerField(
        read=_battery_value(lambda car: car.state.charge_limit),
        kind="enum",
        operators=EQUALITY_OPERATORS,
        member="energies",
        values=("Partial", "Full"),
    ),
    "vehicle.doorsState.lockedState": TriggerField(
        read=_value(lambda car: tuple(locked_states(car.state))), kind="any", operators=(CHANGE,), member="doors"
    ),
    "vehicle.doorsState.opening": TriggerField(
        read=_value(lambda car: tuple(sorted(car.state.open))), kind="any", operators=(CHANGE,), member="doors"
    ),
    "vehicle.kinetic.moving": TriggerField(
        read=_value(lambda car: car.state.moving),
        kind="boolean",
        operators=EQUALITY_OPERATORS,
        member="kinetic",
        previous_operators=("equalsTo",),
    ),
    "vehicle.kinetic.speed": TriggerField(
        read=_value(lambda car: round(car.state.speed, 1)), kind="number", operators=NUMBER_OPERATORS, member="kinetic"
    ),
    "vehicle.trip.start": TriggerField(
        read=_value(lambda car: car.history.last_trip.id if car.history.last_trip else ""),
        kind="any",
        operators=(CHANGE,),
        scope="data:trip",
    ),
    "vehicle.trip.stop": TriggerField(read=_last_ended_trip, kind="any", operators=(CHANGE,), scope="data:trip"),
    "vehicle.trip.duration": TriggerField(
        read=_trip_value(lambda _car, trip, at: _duration(trip, at)),
        kind="number",
        operators=NUMBER_OPERATORS,
        scope="data:trip",
    ),
    "vehicle.trip.distance": TriggerField(
        read=_trip_value(
            lambda car, trip, at: round(
                trip.state_at(car.model, at if trip.stopped_at is None else trip.stopped_at).odometer
                - trip.drive.odometer,
                1,
            )
        ),
        kind="number",
        operators=NUMBER_OPERATORS,
        scope="data:trip",
    ),
    "vehicle.trip.state": TriggerField(
        read=_trip_value(lambda _car, trip, _at: trip.api_state),
        kind="enum",
        operators=("includedIn",),
        scope="data:trip",
        values=TRIP_STATES,
    ),
    "vehicle.safety.beltWarning": TriggerField(
        read=_value(lambda car: "Normal" if car.state.belts_fastened else "Omission"),
        kind="enum",
        operators=EQUALITY_OPERATORS,
        member="safety",
        values=("Normal", "Omission"),
        previous_operators=_PREVIOUS_OPERATORS,
    ),
    "environment.air.temp": TriggerField(
        read=_value(lambda car: car.state.temperature), kind="number", operators=NUMBER_OPERATORS, member="environment"
    ),
    "privacy.state": TriggerField(
        read=_value(lambda car: car.state.privacy),
        kind="enum",
        operators=ENUM_OPERATORS,
        member="privacy",
        values=PRIVACY_STATES,
        previous_operators=_PREVIOUS_OPERATORS,
    ),
    "vehicle.drivingBehavior.mode": TriggerField(
        read=_value(lambda car: car.state.mode),
        kind="enum",
        operators=ENUM_OPERATORS,
        member="driving",
        values=DRIVING_MODES,
        previous_operators=_PREVIOUS_OPERATORS,
    ),
    "vehicle.safety.autoECallTriggering": TriggerField(
        read=_value(lambda car: car.state.ecall),
        kind="enum",
        operators=ENUM_OPERATORS,
        member="safety",
        values=ECALL_STATES,
        previous_operators=_PREVIOUS_OPERATORS,
    ),
    "vehicle.preconditioning.airConditioning": TriggerField(
        read=_value(lambda car: car.state.air), kind="any", operators=(CHANGE,), member="preconditioning"
    ),
    "vehicle.alarm.trigger.type": TriggerField(
        read=_value(lambda car: car.state.alarm_trigger.kind if car.state.alarm_trigger else "NoBreakIn"),
        kind="enum",
        operators=ENUM_OPERATORS,
        member="alarm",
        values=("NoBreakIn", *ALARM_TRIGGERS),
    ),
    "vehicle.alarm.status.activation": TriggerField(
        read=_value(lambda car: "Active" if car.state.alarm_active else "Inactive"),
        kind="enum",
        operators=EQUALITY_OPERATORS,
        member="alarm",
        values=("Inactive", "Active"),
    ),
}


def matches(value: Value, operator: str, operands: Sequence[str]) -> bool:
    """Return whether the comparison of a value with the operands is true."""
    if isinstance(value, tuple):
        return any(item in value for item in operands)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _COMPARE[operator](value, float(operands[0]))
    return value is not None and format_value(value) in operands


def format_value(value: Value) -> str:
    """Return a value as notifications write it."""
    match value:
        case bool():
            return str(value).lower()
        case float() | int():
            return f"{value:g}" if abs(value) < 1e5 else str(int(value))
        case tuple():
            return ",".join(value)
    return str(value)


def _is_number(text: Any) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.lower().strip("+-") not in {"nan", "inf", "infinity"}
