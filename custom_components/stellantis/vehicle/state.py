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
    Timed,
    Vehicle,
)

# A car that is driven reports every few minutes, and is read every few minutes
CURRENT: Final = timedelta(minutes=30)
# An alarm is news for so long
ALARMING: Final = timedelta(days=1)
WITHOUT_ENGINE: Final = ("Electric", "Hydrogen")
HIDING: Final = (PrivacyState.GEOLOCATION, PrivacyState.FULL)


class Activity(StrEnum):
    """What a car is doing: it decides how often it is worth looking."""

    ACTIVE = "active"
    PARKED = "parked"
    ASLEEP = "asleep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
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
    moves: bool
    seated: bool
    alarmed: bool

    @classmethod
    def at(cls, now: datetime, vehicle: Vehicle, status: Status) -> Self:
        """Return a reading of a status at a time."""
        trigger = status.alarm.trigger if status.alarm else None
        return cls(
            vehicle=vehicle,
            status=status,
            moves=_is_current(_time_of(status.kinetic), now),
            seated=_is_current(_time_of(status.safety), now),
            alarmed=_is_current(trigger.start_at or trigger.measured_at if trigger else None, now, ALARMING),
        )

    @property
    def electric(self) -> Energy | None:
        """The traction battery, if the car has one."""
        return None if self._motorization == "Thermic" else self.status.electric

    @property
    def burns(self) -> bool:
        """Whether the car has a combustion engine, as far as is known."""
        return self._motorization not in WITHOUT_ENGINE

    @property
    def fuel(self) -> Energy | None:
        """The fuel tank, if the car has one: electric cars report the ghost of one, empty or without a level."""
        fuel = self.status.fuel
        if fuel is None or not self.burns:
            return None
        return fuel if self._motorization or fuel.level or fuel.autonomy else None

    @property
    def hydrogen(self) -> Energy | None:
        """The hydrogen tank, if the car has one."""
        return self.status.hydrogen

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The engines that the car has: electric cars report the ghost of a combustion engine."""
        if self.burns:
            return self.status.engines
        return tuple(engine for engine in self.status.engines if engine.type != EngineType.THERMIC)

    @property
    def hides_position(self) -> bool:
        """Whether the driver does not want to be found."""
        privacy = self.status.privacy
        return privacy is not None and privacy.state in HIDING

    @property
    def position(self) -> Position | None:
        """The last known place, unless it has none or the driver hides it."""
        position = self.status.last_position
        if position is None or position.latitude is None or position.longitude is None:
            return None
        return None if self.hides_position else position

    @property
    def air_conditioning(self) -> AirConditioning | None:
        """The preconditioning."""
        return self.status.preconditioning.air_conditioning if self.status.preconditioning else None

    def program(self, slot: int) -> Program | None:
        """Return a program of preconditioning."""
        air = self.air_conditioning
        return next((program for program in air.programs if program.slot == slot), None) if air else None

    @property
    def kinetic(self) -> Kinetic | None:
        """How the car moves. What an earlier drive left behind says no more than that the car does not move now."""
        kinetic = self.status.kinetic
        if kinetic and (kinetic.moving or kinetic.speed) and not self.moves:
            return replace(kinetic, moving=kinetic.moving and False, speed=None, acceleration=None)
        return kinetic

    @property
    def charging(self) -> Charging | None:
        """Plug and charge of the traction battery."""
        return self.electric.charging if self.electric else None

    @property
    def charges(self) -> bool:
        """Whether the traction battery is being charged."""
        return self.charging is not None and self.charging.status == ChargingStatus.IN_PROGRESS

    @property
    def unlocked(self) -> bool | None:
        """Whether any part of the car is not locked: the list has no order, and a word for each part."""
        words = [word.lower() for word in self.status.doors_state.locked_states] if self.status.doors_state else []
        return any("unlocked" in word for word in words) if any("locked" in word for word in words) else None

    @property
    def mileage(self) -> float | None:
        """What the odometer shows, in km."""
        return self.status.odometer.mileage if self.status.odometer else None

    @property
    def air(self) -> Air | None:
        """The air outside."""
        return self.status.environment.air if self.status.environment else None

    @property
    def _motorization(self) -> str | None:
        """What drives the car: as the account lists it, else as the car itself reports."""
        service = self.status.service.type if self.status.service else None
        return self.vehicle.motorization or (service if service in ("Electric", "Hybrid") else None)

    @property
    def drives(self) -> bool:
        """Whether somebody drives, as far as the car tells."""
        status = self.status
        return bool(
            (self.moves and status.kinetic and status.kinetic.moving)
            or (status.ignition and status.ignition.type in (IgnitionType.START, IgnitionType.START_UP))
            or (status.powertrain and status.powertrain.status == PowertrainStatus.RUNNING)
        )

    def activity(self, now: datetime) -> Activity:
        """Return what the car is doing; one that has been silent for long sleeps, unless it is known to charge yet."""
        last = self.status.measured_at
        if self.charges and (end := self.end_of_charge) and now <= end + CURRENT:
            return Activity.ACTIVE
        if last is None or now - last > CURRENT:
            return Activity.ASLEEP
        return Activity.ACTIVE if self.charges or self.drives else Activity.PARKED

    @property
    def end_of_charge(self) -> datetime | None:
        """When the charge that is under way will be complete; cars that do not know say zero."""
        energy = self.electric
        if energy is None or energy.charging is None or energy.measured_at is None or not self.charges:
            return None
        remaining = energy.charging.remaining_time
        return energy.measured_at + remaining if remaining else None


def _time_of(part: Timed | None) -> datetime | None:
    return part.measured_at if part else None


def _is_current(measured_at: datetime | None, now: datetime, span: timedelta = CURRENT) -> bool:
    """Say whether something was measured just now, as a car that is driven does; what has no time counts."""
    return measured_at is None or now - measured_at <= span


def of[DataT, PartT, ValueT](
    part: Callable[[DataT], PartT | None], value: Callable[[PartT], ValueT | None]
) -> Callable[[DataT], ValueT | None]:
    """Return a reader of a value of a part, where there is the part."""

    def read(data: DataT) -> ValueT | None:
        found = part(data)
        return None if found is None else value(found)

    return read
