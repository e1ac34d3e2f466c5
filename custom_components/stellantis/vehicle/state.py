"""A car as it is known to be: what its account lists, what its status says, without ghosts and without stale motion."""

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

# A car that is driven reports every few minutes, and is read every few minutes
MAX_AGE: Final = timedelta(minutes=30)
# An alarm is news for so long
ALARM_MAX_AGE: Final = timedelta(days=1)
NON_COMBUSTION: Final = ("Electric", "Hydrogen")
HIDDEN_POSITION_STATES: Final = (PrivacyState.GEOLOCATION, PrivacyState.FULL)


class Activity(StrEnum):
    """What a car is doing: it decides how often it is worth looking."""

    ACTIVE = "active"
    PARKED = "parked"
    ASLEEP = "asleep"


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleState:
    """What values are made from. Two that are equal tell the same.

    Attributes:
        vehicle: the car as its account lists it.
        status: its status.
        moves: whether what is said of its motion counts: it may be left from an earlier drive.
        seated: whether what is said of its belts counts: nobody sits in a car that was left long ago.
        alarmed: whether what set off its alarm counts: cars remember the last one for ever.
    """

    vehicle: Vehicle
    status: Status
    is_motion_current: bool
    is_belt_current: bool
    is_alarm_current: bool

    @classmethod
    def from_status(cls, now: datetime, vehicle: Vehicle, status: Status) -> Self:
        """Return a reading of a status at a time."""
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
        """Whether the car has a combustion engine, as far as is known."""
        return self._motorization not in NON_COMBUSTION

    @property
    def fuel(self) -> Energy | None:
        """The fuel tank, if the car has one: electric cars report the ghost of one, empty or without a level."""
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
        """The engines that the car has: electric cars report the ghost of a combustion engine."""
        if self.has_combustion_engine:
            return self.status.engines
        return tuple(engine for engine in self.status.engines if engine.type != EngineType.THERMIC)

    @property
    def is_position_hidden(self) -> bool:
        """Whether the driver does not want to be found."""
        privacy = self.status.privacy
        return privacy is not None and privacy.state in HIDDEN_POSITION_STATES

    @property
    def position(self) -> Position | None:
        """The last known place, unless it has none or the driver hides it."""
        position = self.status.last_position
        if position is None or position.latitude is None or position.longitude is None:
            return None
        return None if self.is_position_hidden else position

    @property
    def air_conditioning(self) -> AirConditioning | None:
        """The preconditioning."""
        return self.status.preconditioning.air_conditioning if self.status.preconditioning else None

    def preconditioning_program(self, slot: int) -> Program | None:
        """Return a program of preconditioning."""
        air = self.air_conditioning
        return next((program for program in air.programs if program.slot == slot), None) if air else None

    @property
    def kinetic(self) -> Kinetic | None:
        """How the car moves. What an earlier drive left behind says no more than that the car does not move now."""
        kinetic = self.status.kinetic
        if kinetic and (kinetic.moving or kinetic.speed) and not self.is_motion_current:
            return replace(kinetic, moving=kinetic.moving and False, speed=None, acceleration=None)
        return kinetic

    @property
    def charging(self) -> Charging | None:
        """Plug and charge of the traction battery."""
        return self.electric.charging if self.electric else None

    @property
    def is_charging(self) -> bool:
        """Whether the traction battery is being charged."""
        return self.charging is not None and self.charging.status == ChargingStatus.IN_PROGRESS

    @property
    def is_unlocked(self) -> bool | None:
        """Whether any part of the car is not locked: the list has no order, and a word for each part."""
        words = [word.lower() for word in self.status.doors_state.locked_states] if self.status.doors_state else []
        return any("unlocked" in word for word in words) if any("locked" in word for word in words) else None

    @property
    def mileage(self) -> float | None:
        """What the odometer shows, in km."""
        return self.status.odometer.mileage if self.status.odometer else None

    @property
    def outside_air(self) -> Air | None:
        """The air outside."""
        return self.status.environment.air if self.status.environment else None

    @property
    def _motorization(self) -> str | None:
        """What drives the car: as the account lists it, else as the car itself reports."""
        service = self.status.service.type if self.status.service else None
        return self.vehicle.motorization or (service if service in ("Electric", "Hybrid") else None)

    @property
    def is_driving(self) -> bool:
        """Whether somebody drives, as far as the car tells."""
        status = self.status
        return bool(
            (self.is_motion_current and status.kinetic and status.kinetic.moving)
            or (status.ignition and status.ignition.type in (IgnitionType.START, IgnitionType.START_UP))
            or (status.powertrain and status.powertrain.status == PowertrainStatus.RUNNING)
        )

    def activity(self, now: datetime) -> Activity:
        """Return what the car is doing; one that has been silent for long sleeps, unless it is known to charge yet."""
        last = self.status.measured_at
        if self.is_charging and (end := self.expected_charging_end) and now <= end + MAX_AGE:
            return Activity.ACTIVE
        if last is None or now - last > MAX_AGE:
            return Activity.ASLEEP
        return Activity.ACTIVE if self.is_charging or self.is_driving else Activity.PARKED

    @property
    def expected_charging_end(self) -> datetime | None:
        """When the charge that is under way will be complete; cars that do not know say zero."""
        energy = self.electric
        if energy is None or energy.charging is None or energy.measured_at is None or not self.is_charging:
            return None
        remaining = energy.charging.remaining_time
        return energy.measured_at + remaining if remaining else None


def _measured_at(part: TimedModel | None) -> datetime | None:
    return part.measured_at if part else None


def _is_current(measured_at: datetime | None, now: datetime, max_age: timedelta = MAX_AGE) -> bool:
    """Say whether something was measured just now, as a car that is driven does; what has no time counts."""
    return measured_at is None or now - measured_at <= max_age


def optional[DataT, PartT, ValueT](
    part_fn: Callable[[DataT], PartT | None], value_fn: Callable[[PartT], ValueT | None]
) -> Callable[[DataT], ValueT | None]:
    """Return a reader of a value of a part, where there is the part."""

    def read(data: DataT) -> ValueT | None:
        found = part_fn(data)
        return None if found is None else value_fn(found)

    return read
