"""Charging sessions: a pure function over the states of a car, from the plug to the end of charging."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from .charging_reading import ENERGY_TOLERANCE, MIN_DRIVE, BatterySample, ChargingReading, ObservedCharge
from .state import VehicleState
from .stored import StoredModel, stored_as
from .trip import Coordinates

# Clouds over solar panels, hours of cheap electricity: shorter pauses of a car that stays plugged in are no end
MAX_PAUSE: Final = timedelta(hours=6)
# The start or the end of charging was seen if the car reported this often
MAX_GAP: Final = timedelta(hours=1)
# Preconditioning takes less than this from the battery, in %. A car whose level falls further was driven
MAX_FALL: Final = 10.0
# Some cars report the odometer reading of the last drive when they are already charging
MAX_ODOMETER_DELAY: Final = timedelta(minutes=15)
# Levels are in whole %: the efficiency of a shorter charge is not known
MIN_EFFICIENCY_GAIN: Final = 10.0
# Cars' clocks run ahead a little
CLOCK_TOLERANCE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveSession(StoredModel):
    """A charging session that has not ended yet.

    Attributes:
        start: When charging was first reported, or the last state before it if that was not seen.
        started_before: When the car was first known to have charged, if the start was not seen.
        start_level: Battery level at the start, in %.
        start_residual: Energy in the battery at the start, in kWh.
        last_seen: When the car measured the latest values.
        charging_at: When the car was last known to charge.
        paused_at: When the car first reported that it no longer charges; None while it charges.
        level: Latest battery level, in %.
        residual: Latest energy in the battery, in kWh.
        capacity: Latest usable battery capacity, in kWh: the one that the user entered, or else the reported one.
        reported_capacity: Latest credible battery capacity that the car reported, in kWh.
        mileage: Odometer reading, in km.
        zone: The name of the zone in which the car is parked.
        position: Coordinates of the place where it is parked, if they are of use.
        observed: The part since the last pause in which the car was seen to charge.
        speed: Charging speed in % per hour, as it was last seen.
    """

    start: datetime
    started_before: datetime | None = None
    start_level: float
    start_residual: float | None = None
    last_seen: datetime = field(metadata=stored_as("seen"))
    charging_at: datetime | None = None
    paused_at: datetime | None = None
    level: float
    residual: float | None = None
    capacity: float | None = None
    reported_capacity: float | None = None
    mileage: float | None = None
    zone: str | None = field(default=None, metadata=stored_as("place"))
    position: Coordinates | None = None
    observed: ObservedCharge | None = None
    speed: float | None = None


class CostSource(StrEnum):
    """What the cost of a charging session is based on."""

    MEASURED = "measured"  # the price, and the energy that a meter counted
    PRICE = "price"  # the price, and the estimated energy
    MANUAL = "manual"  # the user entered it


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingSession(StoredModel):
    """A charging session that has ended.

    Attributes:
        start: When charging started; if that was not seen, the last state of the car before it.
        started_before: The latest time at which it can have started, if the start was not seen.
        end: When charging ended; if that was not seen, the first state of the car after it.
        ended_after: The earliest time at which it can have ended, if the end was not seen.
        start_level: Battery level at the start, in %.
        end_level: Battery level at the end, in %.
        start_residual: Energy in the battery at the start in kWh, as the car reported it.
        end_residual: Energy in the battery at the end in kWh, as the car reported it.
        mileage: Odometer reading at the start, in km.
        energy: Estimated charged energy in kWh; None if the battery capacity is unknown.
        cost: Cost, at first at the price at the end of the session; None if it was unknown.
        currency: The currency of the cost.
        cost_source: What the cost is based on; None if there is none, or if it was stored by an older version.
        is_cost_partial: Whether the price was not known all the time.
        supplied_energy: Energy in kWh that the meter of the wallbox counted; None if it was not measured.
        zone: The name of the zone in which the car was parked.
        position: Coordinates of the place where it was parked, if they are of use.
        speed: Charging speed in % per hour, as it was seen; None if the car was hardly seen to charge.
        power: The same in kW.
    """

    start: datetime
    started_before: datetime | None = None
    end: datetime
    ended_after: datetime | None = None
    start_level: float
    end_level: float
    start_residual: float | None = None
    end_residual: float | None = None
    mileage: float | None = None
    energy: float | None = None
    cost: float | None = None
    currency: str | None = None
    cost_source: CostSource | None = None
    is_cost_partial: bool = False
    supplied_energy: float | None = None
    zone: str | None = field(default=None, metadata=stored_as("place"))
    position: Coordinates | None = None
    speed: float | None = None
    power: float | None = None

    @property
    def minutes(self) -> float | None:
        """The duration in minutes; None if the start or the end was not seen."""
        if self.started_before or self.ended_after:
            return None
        return (self.end - self.start).total_seconds() / 60

    @property
    def lost_energy(self) -> float | None:
        """The energy in kWh that was lost between the wallbox and the battery; None if it was not measured."""
        return self.supplied_energy - self.energy if self.supplied_energy and self.efficiency and self.energy else None

    @property
    def efficiency(self) -> float | None:
        """The share of the energy from the wallbox that arrived in the battery, in %; None if it was not measured."""
        is_short = self.end_level - self.start_level < MIN_EFFICIENCY_GAIN
        if is_short or not self.supplied_energy or self.energy is None:
            return None
        return self.energy / self.supplied_energy * 100

    def is_at_home(self, home_names: Collection[str]) -> bool | None:
        """Return whether the car was in the home zone; None if it is unknown where the car or the zone is.

        Args:
            home_names: The names that the home zone has had.
        """
        return None if self.zone is None or not home_names else self.zone in home_names

    @property
    def has_gain(self) -> bool:
        """Whether the battery was charged at all; a full one that is balanced or warmed is not."""
        return self.end_level > self.start_level


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionUpdate:
    """What a new state of the car makes of its charging sessions.

    Attributes:
        active: The session that is active now.
        sample: What is known of the battery now, to compare the next state with.
        ended: The sessions that have ended.
    """

    active: ActiveSession | None = None
    sample: BatterySample | None = None
    ended: tuple[ChargingSession, ...] = ()


def update_session(
    active: ActiveSession | None,
    last: BatterySample | None,
    state: VehicleState,
    *,
    now: datetime | None = None,
    capacity: float | None = None,
    zone: str | None = None,
    position: Coordinates | None = None,
    price: float | None = None,
    currency: str | None = None,
    last_end: datetime | None = None,
) -> SessionUpdate:
    """Start, update or end a charging session with a new state of the car.

    A session starts when the car reports that it charges, or when its level has risen although it was not driven. It
    ends when the car reports that charging is finished, is unplugged, is driven, or has not charged for a long time.

    Args:
        active: The session that was active before.
        last: What was known of the battery before.
        state: The new state.
        now: The current time. A state that is dated later is ignored, and so is what was known at a later time.
        capacity: The usable battery capacity in kWh, if it is known better than the car reports it.
        zone: The name of the zone in which the car is parked.
        position: Coordinates of the place where the car is parked, if they are to be kept.
        price: The price of a kWh.
        currency: The currency of the price.
        last_end: When the previous session ended. An older state, as it may arrive after a restart, starts no session.
    """
    reading = ChargingReading.from_state(state, capacity, zone, position)
    known = [active.last_seen if active else None, last.measured_at if last else last_end]
    newest = max((time for time in known if time and (now is None or time <= now + CLOCK_TOLERANCE)), default=None)
    if (
        reading is None
        or (newest and reading.sample.measured_at < newest)
        or (now and reading.sample.measured_at > now + CLOCK_TOLERANCE)
    ):
        return SessionUpdate(active=active, sample=last)
    if last and newest is None:
        last = None  # it is dated in the future
    steps: list[_Step] = []
    if active:
        steps.append(_continue(active, last, reading))
        last = reading.sample if steps[-1].is_counted else last
    if not (steps and steps[-1].active) and (begun := _begin(last, reading)):
        steps.append(_continue(begun, last, reading))
        if steps[-1].ended and reading.is_charging and (begun := _begin(reading.sample, reading)):
            steps.append(_continue(begun, reading.sample, reading))
    records = tuple(_end(step.ended, price, currency) for step in steps if step.ended)
    return SessionUpdate(
        active=steps[-1].active if steps else None,
        sample=reading.sample if steps else _next_sample(last, reading),
        ended=tuple(record for record in records if record.has_gain),
    )


def _next_sample(last: BatterySample | None, reading: ChargingReading) -> BatterySample:
    """Return what the next reading is compared with, without a session.

    A car that waits on its cable may be charged a little at a time while nobody looks: the lowest level counts.
    """
    sample = reading.sample
    is_waiting = reading.is_plugged and not reading.is_finished
    if last and is_waiting and last.level < sample.level and reading.driven_distance(last.mileage) < MIN_DRIVE:
        return replace(sample, level=last.level, residual=last.residual)
    return sample


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What a reading makes of one session.

    Attributes:
        active: The session, if it goes on.
        ended: The session, if it has ended.
        is_counted: Whether what was charged since the last reading is part of this session.
    """

    active: ActiveSession | None = None
    ended: ActiveSession | None = None
    is_counted: bool = True


def _begin(last: BatterySample | None, reading: ChargingReading) -> ActiveSession | None:
    """Return a session if the car charges now, or has been charged since the last state, from which it then starts."""
    sample = reading.sample
    if last and last.measured_at <= sample.measured_at and reading.is_charged(sample.level - last.level, last.mileage):
        is_seen = reading.is_charging and sample.measured_at - last.measured_at <= MAX_GAP
        first, started_before = last, None if is_seen else sample.measured_at
    elif reading.is_charging:
        first, started_before = reading.first_sample(last), None
    else:
        return None
    is_same_place = reading.driven_distance(first.mileage) < MIN_DRIVE
    return ActiveSession(
        start=first.measured_at,
        started_before=started_before,
        start_level=first.level,
        start_residual=first.residual,
        last_seen=first.measured_at,
        charging_at=first.measured_at,
        level=first.level,
        residual=first.residual,
        capacity=reading.capacity,
        reported_capacity=reading.reported_capacity,
        mileage=first.mileage,
        zone=reading.zone if is_same_place else None,
        position=reading.position if is_same_place else None,
    )


def _continue(active: ActiveSession, last: BatterySample | None, reading: ChargingReading) -> _Step:
    """Update or end a session with the next reading; `last` is what was known of the battery before."""
    sample = reading.sample
    rise = sample.level - active.level
    is_moved = reading.driven_distance(active.mileage) >= MIN_DRIVE
    if (is_moved and not _is_odometer_late(active, reading)) or rise < -MAX_FALL:
        if reading.is_charged(rise, active.mileage):
            ended = replace(active, level=sample.level, residual=sample.residual, paused_at=sample.measured_at)
            return _Step(ended=ended)
        # What it had brought when the car was last seen counts
        ended = replace(active, paused_at=active.paused_at or active.last_seen, charging_at=None)
        return _Step(ended=ended, is_counted=False)
    is_flat = not reading.is_charging and rise <= 0
    pause_end = sample.measured_at if is_flat or last is None else last.measured_at
    if active.paused_at and pause_end - active.paused_at > MAX_PAUSE:
        return _Step(ended=active, is_counted=is_flat)
    # Energy that was charged during a pause counts; energy that is consumed while the car does not charge does not
    is_gain = reading.is_charging or rise >= 0
    is_level_missing = rise == 0 and active.level == active.start_level
    charging_at, paused_at = _charging_times(active, last, reading, rise)
    observed, reported_capacity = active.observed, reading.reported_capacity or active.reported_capacity
    if reading.is_charging:
        observed = ObservedCharge.extend(None if active.paused_at else observed, sample)
    active = replace(
        active,
        last_seen=sample.measured_at,
        level=sample.level if is_gain else active.level,
        residual=sample.residual if is_gain else active.residual,
        capacity=reading.capacity or active.capacity,
        reported_capacity=reported_capacity,
        observed=observed,
        speed=(observed.speed(reported_capacity) if observed else None) or active.speed,
        mileage=sample.mileage if is_moved or active.mileage is None else active.mileage,
        charging_at=charging_at,
        paused_at=paused_at,
    )
    if not reading.is_charging and (reading.is_finished or not reading.is_plugged):
        # The level of some cars follows later than the status
        return _Step(active=active) if is_level_missing else _Step(ended=active)
    return _Step(active=active)


def _charging_times(
    active: ActiveSession, last: BatterySample | None, reading: ChargingReading, rise: float
) -> tuple[datetime, datetime | None]:
    """Return when the car was last known to charge, and since when it has paused."""
    measured_at = reading.sample.measured_at
    if reading.is_charging:
        return measured_at, None
    if active.paused_at and rise > 0:
        return last.measured_at if last else active.last_seen, measured_at
    # A session that an older version began does not know when it was last seen to charge
    return active.charging_at or active.last_seen, active.paused_at or measured_at


def _is_odometer_late(active: ActiveSession, reading: ChargingReading) -> bool:
    """Return whether the car cannot have been driven, as it charged at both of two readings in a row."""
    is_rising = reading.is_charging and active.paused_at is None and reading.sample.level >= active.level
    return is_rising and reading.sample.measured_at - active.last_seen <= MAX_ODOMETER_DELAY


def charged_energy(session: ActiveSession) -> float | None:
    """Return the charged energy in kWh.

    The difference in residual energy is more precise than the difference in level; it is used where the two agree.
    """
    capacity, reported = session.capacity, session.reported_capacity
    if capacity is None:
        return None
    tolerance = ENERGY_TOLERANCE * capacity
    by_level = max(0.0, session.level - session.start_level) / 100 * capacity
    by_residual = _residual_gain(session)
    if by_residual is None or (reported is not None and abs(reported - capacity) > tolerance):
        return by_level
    # Some cars keep reporting an outdated residual energy
    is_credible = by_residual > 0 and abs(by_residual - by_level) <= tolerance
    return by_residual if is_credible else by_level


def _residual_gain(session: ActiveSession) -> float | None:
    """Return the rise of the energy in the battery in kWh, as the car reported it."""
    if session.start_residual is None or session.residual is None:
        return None
    return session.residual - session.start_residual


def _end(session: ActiveSession, price: float | None, currency: str | None) -> ChargingSession:
    energy, end = charged_energy(session), session.paused_at or session.last_seen
    is_end_seen = session.charging_at is not None and end - session.charging_at <= MAX_GAP
    cost = None if energy is None or price is None else energy * price
    return ChargingSession(
        start=session.start,
        started_before=session.started_before,
        end=end,
        ended_after=None if is_end_seen else session.charging_at or end,
        start_level=session.start_level,
        end_level=session.level,
        start_residual=session.start_residual,
        end_residual=session.residual,
        mileage=session.mileage,
        energy=energy,
        cost=cost,
        currency=None if cost is None else currency,
        cost_source=None if cost is None else CostSource.PRICE,
        zone=session.zone,
        position=session.position,
        speed=session.speed,
        power=session.speed / 100 * session.capacity if session.speed and session.capacity else None,
    )
