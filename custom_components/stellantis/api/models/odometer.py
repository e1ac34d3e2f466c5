"""Odometer of a vehicle, and which of its readings to believe."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from .base import Bounds, TimedModel

# Beyond any real rise: a day of driving by turns
MAX_DISTANCE_PER_DAY: Final = 3000.0
# A lower reading that is repeated for so long is right, and the higher one was wrong
CONFIRMATION_TIME: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Odometer(TimedModel):
    """The odometer.

    Attributes:
        mileage: Total distance in km. Vehicles send 0 for "no value".
        mileage_at: When that distance was measured, if newer bodies did not confirm it.
        lower_mileage: A lower distance in km that was measured later, and that is not believed yet.
        lower_mileage_at: When that lower distance was first measured.
    """

    mileage: Annotated[float, Bounds(0.1, 1e7)] | None = None
    mileage_at: datetime | None = field(default=None, compare=False)
    lower_mileage: Annotated[float, Bounds(0.1, 1e7)] | None = field(default=None, compare=False)
    lower_mileage_at: datetime | None = field(default=None, compare=False)


def merge_odometers(old: Odometer, new: Odometer) -> Odometer:
    """Return the odometer after a further body.

    The distance never decreases, and a rise is bounded by the time between both readings. But a lower distance that
    is measured again and again for an hour replaces the higher one, which was wrong.
    """
    old_time, new_time = old.measured_at, new.measured_at
    newest = old if old_time and new_time and old_time > new_time else new
    changes: dict[str, Any] = {"mileage_at": old.mileage_at or old_time}
    for name in ("mileage", "lower_mileage", "lower_mileage_at"):
        changes[name] = getattr(old, name)
    if new.mileage is not None:
        changes |= _changes(old, new.mileage, new.mileage_at or new_time)
    if changes["mileage_at"] == newest.measured_at or changes["mileage"] is None:
        changes["mileage_at"] = None
    return replace(newest, **changes)


def _changes(old: Odometer, mileage: float, time: datetime | None) -> dict[str, Any]:
    """Return the changes to an odometer by a further reading."""
    old_mileage, old_time = old.mileage, old.mileage_at or old.measured_at
    reading = {"mileage": mileage, "mileage_at": time, "lower_mileage": None, "lower_mileage_at": None}
    if old_mileage is None:
        return reading
    is_later = bool(time and old_time and time > old_time)
    if mileage == old_mileage:
        return reading if is_later else {}
    if mileage < old_mileage:
        return _lower_reading(old, mileage, time, reading) if is_later and time else {}
    if not _is_plausible_rise(mileage - old_mileage, old_time, time):
        return {}
    if is_later or time is None or old_time is None:
        return reading
    # The known reading is both lower and later
    return reading | {"lower_mileage": old_mileage, "lower_mileage_at": old_time}


def _lower_reading(old: Odometer, mileage: float, time: datetime, reading: dict[str, Any]) -> dict[str, Any]:
    """Return the changes to an odometer by a reading that is lower and later."""
    lower, since = old.lower_mileage, old.lower_mileage_at
    if lower is None or since is None or mileage < lower or time < since:
        return {"lower_mileage": mileage, "lower_mileage_at": time}
    return reading if time - since >= CONFIRMATION_TIME else {}


def _is_plausible_rise(distance: float, old_time: datetime | None, time: datetime | None) -> bool:
    days = abs(time - old_time) / timedelta(days=1) if time and old_time else 0.0
    return distance <= MAX_DISTANCE_PER_DAY * (1 + days)
