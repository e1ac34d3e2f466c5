"""The derived state of a car, without absent parts that some cars report and without outdated motion."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from ..api import (
    Air,
    AirConditioning,
    Charging,
    ChargingStatus,
    Energy,
    Engine,
    EngineType,
    IgnitionType,
    Kinetic,
    Position,
    PowertrainStatus,
    PrivacyState,
    Program,
    Status,
    TimedModel,
    Vehicle,
)

# A car in use reports every few minutes, and is polled every few minutes
MAX_AGE: Final = timedelta(minutes=30)
ALARM_MAX_AGE: Final = timedelta(days=1)
NON_COMBUSTION: Final = ("Electric", "Hydrogen")
HIDDEN_POSITION_STATES: Final = (PrivacyState.GEOLOCATION, PrivacyState.FULL)


class Activity(StrEnum):
    """What a car is doing, which determines the polling interval."""

    ACTIVE = "active"
    PARKED = "parked"
    ASLEEP = "asleep"


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleState:
    """The derived state of a car; comparable by value.

    Attributes:
        vehicle: The car as GET /user/vehicles lists it.
        status: The status, merged from polls and pushes.
        is_motion_current: Whether the reported motion is recent, not left over from an earlier drive.
        is_belt_current: Whether the reported seat belts are recent.
        is_alarm_current: Whether the reported alarm trigger is recent; cars report the last one forever.
    """

    vehicle: Vehicle
    status: Status
    is_motion_current: bool
    is_belt_current: bool
    is_alarm_current: bool

    @classmethod
    def from_status(cls, now: datetime, vehicle: Vehicle, status: Status) -> Self:
        """Build the state at a point in time."""
        trigger = status.alarm.trigger if status.alarm else None
        return cls(
            vehicle=vehicle,
            status=status,
            is_motion_current=_is_current(_measured_at(status.kinetic), now),
            is_belt_current=_is_current(_measured_at(status.safety), now),
            is_alarm_current=_is_current(
                trigger.start_at or trigger.measured_at if trigger else None, now, ALARM_MAX_AGE
            ),
        )

    @property
    def electric(self) -> Energy | None:
        """The traction battery, if the car has one."""
        return None if self._motorization == "Thermic" else self.status.electric

    @property
    def has_combustion_engine(self) -> bool:
        """Whether the car has a combustion engine; True if unknown."""
        return self._motorization not in NON_COMBUSTION

    @property
    def fuel(self) -> Energy | None:
        """The fuel tank, if the car has one; some electric cars report an empty one."""
        fuel = self.status.fuel
        if fuel is None or not self.has_combustion_engine:
            return None
        return fuel if self._motorization or fuel.level or fuel.autonomy else None

    @property
    def hydrogen(self) -> Energy | None:
        """The hydrogen tank, if the car has one."""
        return self.status.hydrogen

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The engines that the car has; some electric cars also report a combustion engine."""
        if self.has_combustion_engine:
            return self.status.engines
        return tuple(engine for engine in self.status.engines if engine.type != EngineType.THERMIC)

    @property
    def is_position_hidden(self) -> bool:
        """Whether the driver hides the position."""
        privacy = self.status.privacy
        return privacy is not None and privacy.state in HIDDEN_POSITION_STATES

    @property
    def position(self) -> Position | None:
        """The last known position, unless it lacks coordinates or the driver hides it."""
        position = self.status.last_position
        if position is None or position.latitude is None or position.longitude is None:
            return None
        return None if self.is_position_hidden else position

    @property
    def air_conditioning(self) -> AirConditioning | None:
        """The preconditioning of the air."""
        return self.status.preconditioning.air_conditioning if self.status.preconditioning else None

    def preconditioning_program(self, slot: int) -> Program | None:
        """Return the preconditioning program in a slot."""
        air = self.air_conditioning
        return next((program for program in air.programs if program.slot == slot), None) if air else None

    @property
    def kinetic(self) -> Kinetic | None:
        """The motion of the car; outdated motion is reported as standing still."""
        kinetic = self.status.kinetic
        if kinetic and (kinetic.moving or kinetic.speed) and not self.is_motion_current:
            return replace(kinetic, moving=kinetic.moving and False, speed=None, acceleration=None)
        return kinetic

    @property
    def charging(self) -> Charging | None:
        """The charging of the traction battery."""
        return self.electric.charging if self.electric else None

    @property
    def is_charging(self) -> bool:
        """Whether the traction battery is charging."""
        return self.charging is not None and self.charging.status == ChargingStatus.IN_PROGRESS

    @property
    def is_unlocked(self) -> bool | None:
        """Whether any part of the car is unlocked. The API reports an unordered list with a value for each part."""
        doors = self.status.doors_state
        states = [state.lower() for state in doors.locked_states] if doors else []
        return any("unlocked" in state for state in states) if any("locked" in state for state in states) else None

    @property
    def mileage(self) -> float | None:
        """The odometer reading, in km."""
        return self.status.odometer.mileage if self.status.odometer else None

    @property
    def outside_air(self) -> Air | None:
        """The outside air."""
        return self.status.environment.air if self.status.environment else None

    @property
    def _motorization(self) -> str | None:
        """The motorization as the account lists it, else as the car reports it."""
        service = self.status.service.type if self.status.service else None
        return self.vehicle.motorization or (service if service in ("Electric", "Hybrid") else None)

    @property
    def is_driving(self) -> bool:
        """Whether the car is in motion or its ignition or powertrain is on."""
        status = self.status
        return bool(
            (self.is_motion_current and status.kinetic and status.kinetic.moving)
            or (status.ignition and status.ignition.type in (IgnitionType.START, IgnitionType.START_UP))
            or (status.powertrain and status.powertrain.status == PowertrainStatus.RUNNING)
        )

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

    @property
    def expected_charging_end(self) -> datetime | None:
        """When charging is expected to be complete; cars that do not know report a remaining time of zero."""
        energy = self.electric
        if energy is None or energy.charging is None or energy.measured_at is None or not self.is_charging:
            return None
        remaining = energy.charging.remaining_time
        return energy.measured_at + remaining if remaining else None


def _measured_at(part: TimedModel | None) -> datetime | None:
    return part.measured_at if part else None


def _is_current(measured_at: datetime | None, now: datetime, max_age: timedelta = MAX_AGE) -> bool:
    """Return whether a measurement is recent; True if its time is unknown."""
    return measured_at is None or now - measured_at <= max_age


def optional[DataT, PartT, ValueT](
    part_fn: Callable[[DataT], PartT | None], value_fn: Callable[[PartT], ValueT | None]
) -> Callable[[DataT], ValueT | None]:
    """Return a function that reads a value of a part, or None if there is no such part."""

    def read(data: DataT) -> ValueT | None:
        part = part_fn(data)
        return None if part is None else value_fn(part)

    return read
