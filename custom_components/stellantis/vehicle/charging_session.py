"""Charges: when one begins and ends, and what it brought."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from mashumaro import DataClassDictMixin

from .state import VehicleState

# What a traction battery of a car holds, in kWh; what cars say beyond is not credible
CAPACITY_RANGE: Final = (4.0, 200.0)
# By how much the two ways to tell how full the battery is may differ, as a share of it
LEVEL_TOLERANCE: Final = 0.15
# By how much, as a share of what the battery holds, these two may differ in what a charge brought: levels are whole %
ENERGY_TOLERANCE: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveSession(DataClassDictMixin):
    """A charge that is under way: how it began, and how it stood when it was last seen."""

    start: datetime
    start_level: float
    start_residual: float | None = None
    last_seen: datetime
    level: float
    residual: float | None = None
    capacity: float | None = None
    mileage: float | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingSession(DataClassDictMixin):
    """A charge that has ended.

    Attributes:
        start: when it was first seen.
        end: when it was seen to have ended.
        start_level: % when it began.
        end_level: % when it ended.
        energy: kWh, estimated from what the battery holds; None where the car tells nothing credible of that.
        cost: at the price of then; None where there was none.
        place: the zone in which the car stood.
    """

    start: datetime
    end: datetime
    start_level: float
    end_level: float
    energy: float | None = None
    cost: float | None = None
    zone: str | None = None

    @property
    def minutes(self) -> float:
        """How long it took."""
        return (self.end - self.start).total_seconds() / 60


def battery_capacity(state: VehicleState) -> float | None:
    """Return the kWh that the traction battery holds, where what the car says of that fits its level."""
    energy = state.electric
    battery = energy.battery if energy else None
    if energy is None or battery is None:
        return None
    watt_hours = battery.load.capacity if battery.load and battery.load.capacity else battery.capacity
    if not watt_hours or not CAPACITY_RANGE[0] <= watt_hours / 1000 <= CAPACITY_RANGE[1]:
        return None
    residual = battery.load.residual if battery.load else None
    if residual and energy.level is not None and abs(residual / watt_hours - energy.level / 100) > LEVEL_TOLERANCE:
        return None
    return watt_hours / 1000


def update_session(
    active: ActiveSession | None,
    state: VehicleState,
    *,
    zone: str | None = None,
    price: float | None = None,
    last_end: datetime | None = None,
) -> tuple[ActiveSession | None, ChargingSession | None]:
    """Return the charge that is under way after a reading, and the one that has ended by it.

    Args:
        under_way: the charge that was under way before.
        reading: of the car.
        place: the zone in which it stands.
        price: of a kWh.
        ended_at: when the charge before ended: an older reading, such as comes after a restart, begins none.
    """
    energy = state.electric
    if energy is None or energy.level is None or energy.measured_at is None:
        return active, None
    if energy.charging is None or energy.charging.status is None:
        return active, None
    seen_at = active.last_seen if active else last_end
    if seen_at and energy.measured_at < seen_at:
        return active, None
    holds = battery_capacity(state)
    load = energy.battery.load if energy.battery else None
    residual = load.residual / 1000 if holds and load and load.residual else None
    if active and not _was_driven(active, state):
        # What was charged since the last look counts; what was used since the end does not
        counts = state.is_charging or energy.level >= active.level
        active = replace(
            active,
            last_seen=energy.measured_at,
            level=energy.level if counts else active.level,
            residual=residual if counts else active.residual,
            capacity=holds or active.capacity,
            mileage=state.mileage if active.mileage is None else active.mileage,
        )
        if state.is_charging:
            return active, None
    ended = _end_session(active, price) if active else None
    if not state.is_charging:
        return None, ended
    begun = ActiveSession(
        start=energy.measured_at,
        start_level=energy.level,
        start_residual=residual,
        last_seen=energy.measured_at,
        level=energy.level,
        residual=residual,
        capacity=holds,
        mileage=state.mileage,
        zone=zone,
    )
    return begun, ended


def _was_driven(under_way: ActiveSession, reading: VehicleState) -> bool:
    """Say whether the car was driven since: then the charge that was under way is over, whatever charges now."""
    mileage = reading.mileage
    return under_way.mileage is not None and mileage is not None and mileage - under_way.mileage >= 1


def _charged_energy(charge: ActiveSession) -> float | None:
    """Return kWh: by what the battery says it holds, which is finer than its level, where both agree; else by level."""
    if charge.capacity is None:
        return None
    by_level = max(0.0, charge.level - charge.start_level) / 100 * charge.capacity
    if charge.start_residual is None or charge.residual is None:
        return by_level
    by_residual = charge.residual - charge.start_residual
    # Some cars go on telling what they held long ago
    moved = by_residual > 0 and abs(by_residual - by_level) <= ENERGY_TOLERANCE * charge.capacity
    return by_residual if moved else by_level


def _end_session(charge: ActiveSession, price: float | None) -> ChargingSession:
    energy = _charged_energy(charge)
    return ChargingSession(
        start=charge.start,
        end=charge.last_seen,
        start_level=charge.start_level,
        end_level=charge.level,
        energy=energy,
        cost=None if energy is None or price is None else energy * price,
        zone=charge.zone,
    )
