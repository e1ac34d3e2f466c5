"""What a monitor can look at: the words of data triggers, who may look, and how values compare."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import eq, gt, lt
from typing import Any, Literal

from ..control.manual_changes import ALARM_TRIGGERS, ECALLS, MODES, PRIVACY
from ..resources.status import electric_range, fuel_range, locked_states
from ..vehicle.alerts import ALERTS
from ..vehicle.car import Car
from ..vehicle.history import Trip

type Value = float | bool | str | tuple[str, ...] | None
type Kind = Literal["number", "boolean", "word", "words", "any"]

CHANGE = "onChange"
COMPARED = ("equalsTo", "greaterThan", "lowerThan")
WORD = (CHANGE, "equalsTo", "includedIn")
EITHER = (CHANGE, "equalsTo")
TRIP_STATES = ("Nominal", "Unstarted", "DataLacking", "Unfinished")
CHARGING = ("Disconnected", "InProgress", "Failure", "Stopped", "Finished")


@dataclass(frozen=True, slots=True, kw_only=True)
class Datum:
    """A word of data triggers: its kind, the operators it takes, the member of a status that a car must have for it.

    ``previous`` are the operators that a previous state takes, if there may be one; ``known`` the words it can be.
    """

    read: Callable[[Car, float], Value]
    kind: Kind
    ops: Sequence[str]
    member: str | None = None
    scope: str = "data:telemetry"
    known: Sequence[str] = ()
    previous: Sequence[str] = ()

    def value(self, car: Car, at: float) -> Value:
        """Return how a car stands, None where that is not known."""
        if self.member and self.member not in car.character.members:
            return None
        if car.state.privacy == "Full" and self.member != "privacy":
            return None
        return self.read(car, at)


def _seconds(trip: Trip, at: float) -> float:
    return int((at if trip.stopped is None else trip.stopped) - trip.drive.started)


def _of_trip(read: Callable[[Car, Trip, float], Value]) -> Callable[[Car, float], Value]:
    def value(car: Car, at: float) -> Value:
        trip = car.history.last_trip
        return read(car, trip, at) if trip else None

    return value


def _stopped(car: Car, _at: float) -> Value:
    return next((trip.id for trip in reversed(car.history.trips) if trip.stopped is not None), "")


def _autonomy(car: Car, _at: float) -> Value:
    return float(electric_range(car) + fuel_range(car))


def _if_battery(read: Callable[[Car], Value]) -> Callable[[Car, float], Value]:
    return lambda car, _at: read(car) if car.character.battery else None


def _if_tank(read: Callable[[Car], Value]) -> Callable[[Car, float], Value]:
    return lambda car, _at: read(car) if car.character.tank else None


def _now(read: Callable[[Car], Value]) -> Callable[[Car, float], Value]:
    return lambda car, _at: read(car)


_COMPARE: Mapping[str, Callable[[float, float], bool]] = {"equalsTo": eq, "greaterThan": gt, "lowerThan": lt}
_LIST = ("equalsTo", "includedIn")
_POWERTRAIN = ("NotRunning", "Starting", "Running", "Stopping", "Stopped")

DATA: Mapping[str, Datum] = {
    "vehicle.alert": Datum(
        read=_now(lambda car: tuple(sorted(alert.kind for alert in car.history.active_alerts))),
        kind="words",
        ops=WORD,
        scope="data:alert",
        known=tuple(ALERTS),
        previous=_LIST,
    ),
    "vehicle.odometer": Datum(
        read=_now(lambda car: float(int(car.state.odometer))), kind="number", ops=COMPARED, member="odometer"
    ),
    "vehicle.powertrain.status": Datum(
        read=_now(lambda car: car.state.powertrain), kind="word", ops=WORD, member="powertrain", known=_POWERTRAIN
    ),
    "vehicle.engines.thermic.oil.temp": Datum(
        read=_if_tank(lambda car: float(round(max(car.state.temperature, car.state.coolant - 6)))),
        kind="number",
        ops=COMPARED,
        member="engines",
    ),
    "vehicle.energy.electric.level": Datum(
        read=_if_battery(lambda car: float(int(car.state.electric))), kind="number", ops=COMPARED, member="energies"
    ),
    "vehicle.energy.electric.autonomy": Datum(
        read=_if_battery(lambda car: float(electric_range(car))), kind="number", ops=COMPARED, member="energies"
    ),
    "vehicle.energy.fuel.level": Datum(
        read=_if_tank(lambda car: float(round(car.state.fuel))), kind="number", ops=COMPARED, member="energies"
    ),
    "vehicle.energy.fuel.autonomy": Datum(
        read=_if_tank(lambda car: float(fuel_range(car))), kind="number", ops=COMPARED, member="energies"
    ),
    "vehicle.autonomy": Datum(read=_autonomy, kind="number", ops=COMPARED, member="energies"),
    "vehicle.energy.charging.status": Datum(
        read=_if_battery(lambda car: car.state.charging),
        kind="word",
        ops=WORD,
        member="energies",
        known=CHARGING,
        previous=_LIST,
    ),
    "vehicle.energy.charging.plugged": Datum(
        read=_if_battery(lambda car: car.state.plugged),
        kind="boolean",
        ops=EITHER,
        member="energies",
        previous=("equalsTo",),
    ),
    "vehicle.energy.charging.type": Datum(
        read=_if_battery(lambda car: car.state.charge_limit),
        kind="word",
        ops=EITHER,
        member="energies",
        known=("Partial", "Full"),
    ),
    "vehicle.doorsState.lockedState": Datum(
        read=_now(lambda car: tuple(locked_states(car.state))), kind="any", ops=(CHANGE,), member="doors"
    ),
    "vehicle.doorsState.opening": Datum(
        read=_now(lambda car: tuple(sorted(car.state.open))), kind="any", ops=(CHANGE,), member="doors"
    ),
    "vehicle.kinetic.moving": Datum(
        read=_now(lambda car: car.state.moving),
        kind="boolean",
        ops=EITHER,
        member="kinetic",
        previous=("equalsTo",),
    ),
    "vehicle.kinetic.speed": Datum(
        read=_now(lambda car: round(car.state.speed, 1)), kind="number", ops=COMPARED, member="kinetic"
    ),
    "vehicle.trip.start": Datum(
        read=_now(lambda car: car.history.last_trip.id if car.history.last_trip else ""),
        kind="any",
        ops=(CHANGE,),
        scope="data:trip",
    ),
    "vehicle.trip.stop": Datum(read=_stopped, kind="any", ops=(CHANGE,), scope="data:trip"),
    "vehicle.trip.duration": Datum(
        read=_of_trip(lambda _car, trip, at: _seconds(trip, at)), kind="number", ops=COMPARED, scope="data:trip"
    ),
    "vehicle.trip.distance": Datum(
        read=_of_trip(
            lambda car, trip, at: round(
                trip.at(car.character, at if trip.stopped is None else trip.stopped).odometer - trip.drive.odometer, 1
            )
        ),
        kind="number",
        ops=COMPARED,
        scope="data:trip",
    ),
    "vehicle.trip.state": Datum(
        read=_of_trip(lambda _car, trip, _at: trip.state_word),
        kind="word",
        ops=("includedIn",),
        scope="data:trip",
        known=TRIP_STATES,
    ),
    "vehicle.safety.beltWarning": Datum(
        read=_now(lambda car: "Normal" if car.state.belts_fastened else "Omission"),
        kind="word",
        ops=EITHER,
        member="safety",
        known=("Normal", "Omission"),
        previous=_LIST,
    ),
    "environment.air.temp": Datum(
        read=_now(lambda car: car.state.temperature), kind="number", ops=COMPARED, member="environment"
    ),
    "privacy.state": Datum(
        read=_now(lambda car: car.state.privacy),
        kind="word",
        ops=WORD,
        member="privacy",
        known=PRIVACY,
        previous=_LIST,
    ),
    "vehicle.drivingBehavior.mode": Datum(
        read=_now(lambda car: car.state.mode), kind="word", ops=WORD, member="driving", known=MODES, previous=_LIST
    ),
    "vehicle.safety.autoECallTriggering": Datum(
        read=_now(lambda car: car.state.ecall), kind="word", ops=WORD, member="safety", known=ECALLS, previous=_LIST
    ),
    "vehicle.preconditioning.airConditioning": Datum(
        read=_now(lambda car: car.state.air), kind="any", ops=(CHANGE,), member="preconditioning"
    ),
    "vehicle.alarm.trigger.type": Datum(
        read=_now(lambda car: car.state.alarm_trigger.kind if car.state.alarm_trigger else "NoBreakIn"),
        kind="word",
        ops=WORD,
        member="alarm",
        known=("NoBreakIn", *ALARM_TRIGGERS),
    ),
    "vehicle.alarm.status.activation": Datum(
        read=_now(lambda car: "Active" if car.state.alarm_active else "Inactive"),
        kind="word",
        ops=EITHER,
        member="alarm",
        known=("Inactive", "Active"),
    ),
}


def fits(datum: Datum, op: str, values: Sequence[str]) -> bool:
    """Return whether an operator can be asked with these values."""
    if op == CHANGE:
        return not values
    if not values or (op != "includedIn" and len(values) > 1):
        return False
    match datum.kind:
        case "number":
            return all(map(_is_number, values))
        case "boolean":
            return all(value in {"true", "false"} for value in values)
    return all(value in datum.known for value in values)


def holds(value: Value, op: str, wanted: Sequence[str]) -> bool:
    """Return whether a value is what an operator asks for."""
    if isinstance(value, tuple):
        return any(word in value for word in wanted)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _COMPARE[op](value, float(wanted[0]))
    return value is not None and literal(value) in wanted


def literal(value: Value) -> str:
    """Write a value the way notifications do."""
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
