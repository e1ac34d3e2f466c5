"""The derived state of a car, without absent parts that some cars report and without outdated motion."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from operator import attrgetter
from typing import Final, Self

from ..api import (
    Air,
    AirConditioning,
    Charging,
    ChargingStatus,
    DoorsState,
    Energy,
    Engine,
    EngineType,
    IgnitionType,
    Kinetic,
    LightingSystem,
    Position,
    PowertrainStatus,
    Privacy,
    PrivacyState,
    Safety,
    Status,
    TimedModel,
    Vehicle,
)
from .battery import battery_level

# A car in use reports every few minutes, and is polled every few minutes
MAX_AGE: Final = timedelta(minutes=30)
ALARM_MAX_AGE: Final = timedelta(days=1)
# The largest battery at the weakest socket; a longer time stands for "no value"
MAX_CHARGING_TIME: Final = timedelta(days=5)
NON_COMBUSTION: Final = ("Electric", "Hydrogen")
# Statuses in which no delayed charge is waiting
NOT_WAITING_STATUSES: Final = (ChargingStatus.IN_PROGRESS, ChargingStatus.FINISHED)

# Parts of the status, and what is derived from them and from the car only
DERIVED: Final[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
    (("service",), ("_motorization", "has_combustion_engine", "may_have_traction_battery")),
    (
        ("energies", "service"),
        (
            "battery_level",
            "charging",
            "charging_rate",
            "electric",
            "expected_charging_end",
            "fuel",
            "hydrogen",
            "is_charging",
            "next_delayed_charge",
        ),
    ),
    (("engines", "service"), ("engines",)),
    (("last_position", "privacy"), ("is_position_hidden", "position")),
    (("doors_state",), ("is_unlocked", "openings")),
)
_SOURCES: Final = tuple(dict.fromkeys(name for parts, _ in DERIVED for name in parts))
_read_sources: Final = attrgetter(*_SOURCES)


class Activity(StrEnum):
    """What a car is doing, which determines the polling interval."""

    ACTIVE = "active"
    PARKED = "parked"
    ASLEEP = "asleep"


@dataclass(frozen=True, kw_only=True, eq=False)
class VehicleState:
    """The state of a car: its status, and what is derived from it once. An unchanged state stays the same object.

    Attributes:
        vehicle: The car as GET /user/vehicles lists it.
        status: The status, merged from polls and pushes.
        is_motion_current: Whether the reported motion is recent, not left over from an earlier drive.
        is_ignition_current: Whether the reported state of the ignition is recent.
        is_powertrain_current: Whether the reported state of the powertrain is recent.
        is_belt_current: Whether the reported seat belts are recent.
        is_emergency_call_current: Whether the reported emergency call is recent.
        is_alarm_current: Whether the reported alarm trigger is recent; cars report the last one forever.
    """

    vehicle: Vehicle
    status: Status
    is_motion_current: bool
    is_ignition_current: bool
    is_powertrain_current: bool
    is_belt_current: bool
    is_emergency_call_current: bool
    is_alarm_current: bool

    @classmethod
    def from_status(cls, now: datetime, vehicle: Vehicle, status: Status, last: Self | None = None) -> Self:
        """Build the state at a point in time.

        Args:
            now: The point in time.
            vehicle: The car as GET /user/vehicles lists it.
            status: The merged status.
            last: The state before, which is returned if nothing has changed; unchanged parts are not derived again.
        """
        trigger = status.alarm.trigger if status.alarm else None
        state = cls(
            vehicle=vehicle,
            status=status,
            is_motion_current=_is_part_current(status.kinetic, now),
            is_ignition_current=_is_part_current(status.ignition, now),
            is_powertrain_current=_is_part_current(status.powertrain, now),
            is_belt_current=_is_part_current(status.safety, now),
            is_emergency_call_current=_is_part_current(status.safety, now, ALARM_MAX_AGE),
            is_alarm_current=not trigger or _is_current(trigger.start_at or trigger.measured_at, now, ALARM_MAX_AGE),
        )
        if last is None or last.vehicle != vehicle:
            return state
        known = last.__dict__  # the fields and what was derived from them
        if last.status is status and state.__dict__.items() <= known.items():
            return last
        pairs = zip(_SOURCES, _read_sources(last.status), _read_sources(status), strict=True)
        changed = {name for name, old, new in pairs if old is not new}
        for parts, names in DERIVED:
            if changed.isdisjoint(parts):
                state.__dict__.update({name: known[name] for name in names if name in known})
        return state

    @cached_property
    def electric(self) -> Energy | None:
        """The traction battery, if the car has one."""
        return self.status.electric if self.may_have_traction_battery else None

    @cached_property
    def battery_level(self) -> float | None:
        """The level of the traction battery in %; None if it is not credible, see `battery.battery_level`."""
        return battery_level(self.electric) if self.electric else None

    @cached_property
    def has_combustion_engine(self) -> bool:
        """Whether the car has a combustion engine; True if unknown."""
        return self._motorization not in NON_COMBUSTION

    @cached_property
    def fuel(self) -> Energy | None:
        """The fuel tank, if the car has one; some electric cars report an empty one."""
        fuel = self.status.fuel if self.has_combustion_engine else None
        return fuel if fuel and (self._motorization or fuel.level or fuel.autonomy) else None

    @cached_property
    def hydrogen(self) -> Energy | None:
        """The hydrogen tank, if the car has one."""
        return self.status.hydrogen

    @cached_property
    def engines(self) -> tuple[Engine, ...]:
        """The engines that the car has; some electric cars also report a combustion engine."""
        if self.has_combustion_engine:
            return self.status.engines
        return tuple(engine for engine in self.status.engines if engine.type != EngineType.THERMIC)

    @cached_property
    def is_position_hidden(self) -> bool:
        """Whether the driver hides the position."""
        return is_position_hidden(self.status.privacy)

    @cached_property
    def position(self) -> Position | None:
        """The last known position, unless it lacks coordinates or the driver hides it."""
        return visible_position(self.status.last_position, self.status.privacy)

    @cached_property
    def air_conditioning(self) -> AirConditioning | None:
        """The preconditioning of the air."""
        return self.status.preconditioning.air_conditioning if self.status.preconditioning else None

    @cached_property
    def kinetic(self) -> Kinetic | None:
        """The motion of the car; outdated motion is reported as standing still."""
        kinetic = self.status.kinetic
        if kinetic and (kinetic.moving or kinetic.speed) and not self.is_motion_current:
            return replace(kinetic, moving=kinetic.moving and False, speed=None, acceleration=None)
        return kinetic

    @cached_property
    def may_have_traction_battery(self) -> bool:
        """Whether the car may have a traction battery, as far as its motorization tells."""
        return self._motorization != "Thermic"

    @cached_property
    def charging(self) -> Charging | None:
        """The charging of the traction battery."""
        return self.electric.charging if self.electric else None

    @cached_property
    def is_charging(self) -> bool:
        """Whether the traction battery is charging."""
        return self.charging is not None and self.charging.status == ChargingStatus.IN_PROGRESS

    @cached_property
    def charging_rate(self) -> float | None:
        """The range that is being charged, in km/h. Cars keep reporting the last one after the end of a charge."""
        charging = self.charging
        if charging is None or charging.charging_rate is None or charging.status is None:
            return None
        return charging.charging_rate if self.is_charging else 0.0

    @cached_property
    def next_delayed_charge(self) -> time | None:
        """The local time of day at which a charge that waits will start; None if none waits.

        Cars without a delayed charge report midnight or a minute later. A charge waits if the car is plugged in, and
        is neither charging nor full.
        """
        charging = self.charging
        if charging is None or charging.next_delayed_time in (None, time()):
            return None
        return charging.next_delayed_time if charging.plugged and charging.status not in NOT_WAITING_STATUSES else None

    @cached_property
    def is_unlocked(self) -> bool | None:
        """Whether any part of the car is unlocked."""
        return _is_unlocked(self.status.doors_state) if self.status.doors_state else None

    @cached_property
    def openings(self) -> Mapping[str | None, str | None]:
        """The states of doors, windows and trunk by their identifiers; of one that is listed twice, the last state."""
        doors = self.status.doors_state
        return {opening.identifier: opening.state for opening in doors.opening} if doors else {}

    @cached_property
    def mileage(self) -> float | None:
        """The odometer reading, in km."""
        return self.status.odometer.mileage if self.status.odometer else None

    @cached_property
    def outside_air(self) -> Air | None:
        """The outside air."""
        return self.status.environment.air if self.status.environment else None

    @cached_property
    def _motorization(self) -> str | None:
        """The motorization as the account lists it, else as the car reports it."""
        service = self.status.service.type if self.status.service else None
        return self.vehicle.motorization or (service if service in ("Electric", "Hybrid") else None)

    @cached_property
    def is_driving(self) -> bool:
        """Whether the car is in motion or its ignition or powertrain is on.

        Some cars report an ignition that is on for hours after a drive. It does not count if it was measured long ago,
        or before the car began to charge.
        """
        status = self.status
        if self.is_motion_current and status.kinetic and status.kinetic.moving:
            return True
        ignition, powertrain = status.ignition, status.powertrain
        return bool(
            (
                ignition
                and ignition.type in (IgnitionType.START, IgnitionType.START_UP)
                and self.is_ignition_current
                and not self._is_charging_since(ignition)
            )
            or (
                powertrain
                and powertrain.status == PowertrainStatus.RUNNING
                and self.is_powertrain_current
                and not self._is_charging_since(powertrain)
            )
        )

    @cached_property
    def is_parked(self) -> bool:
        """Whether the car is not driven. One on its cable is not, though some still report their ignition as on."""
        return not self.is_driving or self.is_charging or bool(self.charging and self.charging.plugged)

    def _is_charging_since(self, part: TimedModel) -> bool:
        """Return whether the car was found charging after a part was measured."""
        charging_at = self.electric.time_of("charging") if self.electric else None
        return bool(self.is_charging and charging_at and part.measured_at and charging_at > part.measured_at)

    def activity(self, now: datetime) -> Activity:
        """Return the activity at a point in time.

        A car is asleep if it has not reported for some time, unless it is expected to be charging.
        """
        measured_at = self.status.measured_at
        if self.is_charging and (end := self.expected_charging_end) and now <= end + MAX_AGE:
            return Activity.ACTIVE
        if measured_at is None or now - measured_at > MAX_AGE:
            return Activity.ASLEEP
        return Activity.ACTIVE if self.is_charging or self.is_driving else Activity.PARKED

    @cached_property
    def expected_charging_end(self) -> datetime | None:
        """When charging is expected to be complete; cars that do not know report a remaining time of zero."""
        energy = self.electric
        if energy is None or energy.charging is None or not self.is_charging:
            return None
        remaining, measured_at = energy.charging.remaining_time, energy.time_of("charging")
        return measured_at + remaining if remaining and remaining <= MAX_CHARGING_TIME and measured_at else None


def _is_unlocked(doors: DoorsState) -> bool | None:
    """Return whether any part of a car is unlocked. The API reports an unordered list with a value for each part.

    Beside an unknown word the car is not known to be locked.
    """
    states = [state.lower() for state in doors.locked_states]
    if any("unlocked" in state for state in states):
        return True
    return False if states and all("locked" in state for state in states) else None


def is_position_hidden(*privacies: Privacy | None) -> bool:
    """Return whether the driver hides the position: unless a privacy state says that nothing is hidden, it is.

    Args:
        privacies: What is known of the privacy mode; None if it was not reported, which is no reason to hide anything.
    """
    return any(privacy is not None and privacy.state != PrivacyState.NONE for privacy in privacies)


def visible_position(position: Position | None, *privacies: Privacy | None) -> Position | None:
    """Return a position that may be shown: it has coordinates, and the driver does not hide it."""
    if position is None or position.is_empty or is_position_hidden(*privacies):
        return None
    return position


def _is_part_current(part: TimedModel | None, now: datetime, max_age: timedelta = MAX_AGE) -> bool:
    return part is None or _is_current(part.measured_at, now, max_age)


def _is_current(measured_at: datetime | None, now: datetime, max_age: timedelta = MAX_AGE) -> bool:
    """Return whether a measurement is recent; True if its time is unknown."""
    return measured_at is None or now - measured_at <= max_age


# Parts that several entities show. As they share the function, it is called once after each update of the data


def get_electric(state: VehicleState) -> Energy | None:
    """Return the traction battery."""
    return state.electric


def get_charging(state: VehicleState) -> Charging | None:
    """Return the charging of the traction battery."""
    return state.charging


def get_fuel(state: VehicleState) -> Energy | None:
    """Return the fuel tank."""
    return state.fuel


def get_hydrogen(state: VehicleState) -> Energy | None:
    """Return the hydrogen tank."""
    return state.hydrogen


def get_kinetic(state: VehicleState) -> Kinetic | None:
    """Return the motion."""
    return state.kinetic


def get_position(state: VehicleState) -> Position | None:
    """Return the last known position."""
    return state.position


def get_doors(state: VehicleState) -> DoorsState | None:
    """Return the doors."""
    return state.status.doors_state


def get_lighting(state: VehicleState) -> LightingSystem | None:
    """Return the lights."""
    return state.status.lighting_system


def get_safety(state: VehicleState) -> Safety | None:
    """Return what concerns the safety of the passengers."""
    return state.status.safety


def get_engines(state: VehicleState) -> tuple[Engine, ...]:
    """Return the engines that the car has."""
    return state.engines


def get_air_conditioning(state: VehicleState) -> AirConditioning | None:
    """Return the preconditioning of the air."""
    return state.air_conditioning
