"""Charges: when one begins and ends, and what it brought."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from mashumaro import DataClassDictMixin

from .state import Reading

# What a traction battery of a car holds, in kWh; what cars say beyond is not credible
CAPACITIES: Final = (4.0, 200.0)
# By how much the two ways to tell how full the battery is may differ, as a share of it
TOLERANCE: Final = 0.15
# By how much, as a share of what the battery holds, these two may differ in what a charge brought: levels are whole %
AGREEMENT: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCharge(DataClassDictMixin):
    """A charge that is under way: how it began, and how it stood when it was last seen."""

    start: datetime
    start_level: float
    start_residual: float | None = None
    seen: datetime
    level: float
    residual: float | None = None
    capacity: float | None = None
    mileage: float | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRecord(DataClassDictMixin):
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
    place: str | None = None

    @property
    def minutes(self) -> float:
        """How long it took."""
        return (self.end - self.start).total_seconds() / 60


def capacity(reading: Reading) -> float | None:
    """Return the kWh that the traction battery holds, where what the car says of that fits its level."""
    energy = reading.electric
    battery = energy.battery if energy else None
    if energy is None or battery is None:
        return None
    watt_hours = battery.load.capacity if battery.load and battery.load.capacity else battery.capacity
    if not watt_hours or not CAPACITIES[0] <= watt_hours / 1000 <= CAPACITIES[1]:
        return None
    residual = battery.load.residual if battery.load else None
    if residual and energy.level is not None and abs(residual / watt_hours - energy.level / 100) > TOLERANCE:
        return None
    return watt_hours / 1000


def advance(
    under_way: OpenCharge | None,
    reading: Reading,
    *,
    place: str | None = None,
    price: float | None = None,
    ended_at: datetime | None = None,
) -> tuple[OpenCharge | None, ChargeRecord | None]:
    """Return the charge that is under way after a reading, and the one that has ended by it.

    Args:
        under_way: the charge that was under way before.
        reading: of the car.
        place: the zone in which it stands.
        price: of a kWh.
        ended_at: when the charge before ended: an older reading, such as comes after a restart, begins none.
    """
    energy = reading.electric
    if energy is None or energy.level is None or energy.measured_at is None:
        return under_way, None
    if energy.charging is None or energy.charging.status is None:
        return under_way, None
    seen_at = under_way.seen if under_way else ended_at
    if seen_at and energy.measured_at < seen_at:
        return under_way, None
    holds = capacity(reading)
    load = energy.battery.load if energy.battery else None
    residual = load.residual / 1000 if holds and load and load.residual else None
    if under_way and not _driven(under_way, reading):
        # What was charged since the last look counts; what was used since the end does not
        counts = reading.charges or energy.level >= under_way.level
        under_way = replace(
            under_way,
            seen=energy.measured_at,
            level=energy.level if counts else under_way.level,
            residual=residual if counts else under_way.residual,
            capacity=holds or under_way.capacity,
            mileage=reading.mileage if under_way.mileage is None else under_way.mileage,
        )
        if reading.charges:
            return under_way, None
    ended = _record(under_way, price) if under_way else None
    if not reading.charges:
        return None, ended
    begun = OpenCharge(
        start=energy.measured_at,
        start_level=energy.level,
        start_residual=residual,
        seen=energy.measured_at,
        level=energy.level,
        residual=residual,
        capacity=holds,
        mileage=reading.mileage,
        place=place,
    )
    return begun, ended


def _driven(under_way: OpenCharge, reading: Reading) -> bool:
    """Say whether the car was driven since: then the charge that was under way is over, whatever charges now."""
    mileage = reading.mileage
    return under_way.mileage is not None and mileage is not None and mileage - under_way.mileage >= 1


def _energy(charge: OpenCharge) -> float | None:
    """Return kWh: by what the battery says it holds, which is finer than its level, where both agree; else by level."""
    if charge.capacity is None:
        return None
    by_level = max(0.0, charge.level - charge.start_level) / 100 * charge.capacity
    if charge.start_residual is None or charge.residual is None:
        return by_level
    by_residual = charge.residual - charge.start_residual
    # Some cars go on telling what they held long ago
    moved = by_residual > 0 and abs(by_residual - by_level) <= AGREEMENT * charge.capacity
    return by_residual if moved else by_level


def _record(charge: OpenCharge, price: float | None) -> ChargeRecord:
    energy = _energy(charge)
    return ChargeRecord(
        start=charge.start,
        end=charge.seen,
        start_level=charge.start_level,
        end_level=charge.level,
        energy=energy,
        cost=None if energy is None or price is None else energy * price,
        place=charge.place,
    )
