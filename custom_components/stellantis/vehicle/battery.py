"""The traction battery: which of its reported figures are credible."""

from datetime import timedelta
from typing import Final

from ..api import Energy

# Credible capacities of a car's traction battery, in kWh
CAPACITY_RANGE: Final = (4.0, 200.0)
# Maximum difference between the reported level and the one calculated from residual energy, as a share of the capacity.
# Many cars report two thirds of the capacity, and then their residual energy is too low for their level
LEVEL_TOLERANCE: Final = 0.05
# The same as a share of the level, but never less than the second: levels are in whole %
RELATIVE_LEVEL_TOLERANCE: Final = 0.1
MIN_LEVEL_TOLERANCE: Final = 0.015
# At a lower level, in %, the tolerance hides that the energies are too low
MIN_CHECKED_LEVEL: Final = 15.0
# Smaller batteries cannot be plugged in, and larger ones do not exist, in Wh
MIN_PLUG_IN_CAPACITY: Final = 4000.0
MAX_CAPACITY: Final = 200_000.0
# A higher level contradicts a range of 0, in %
MAX_EMPTY_LEVEL: Final = 15.0
# A longer range contradicts a level of 0, in km
MAX_EMPTY_RANGE: Final = 20.0
# Difference between the level and the share of the remaining energy that is a contradiction, in %
MAX_LEVEL_EXCESS: Final = 30.0
# No car drives that far on a kWh: a remaining energy that is too small for the range is wrong
MAX_KM_PER_KWH: Final = 30.0
# The level and the remaining energy are compared if they were measured within this time
MAX_LOAD_AGE: Final = timedelta(minutes=30)


def reported_capacity(energy: Energy | None) -> float | None:
    """Return the capacity in kWh as the car reports it; None if it is that of no traction battery."""
    battery = energy.battery if energy else None
    if battery is None:
        return None
    watt_hours = battery.load.capacity if battery.load and battery.load.capacity else battery.capacity
    if not watt_hours or not CAPACITY_RANGE[0] <= watt_hours / 1000 <= CAPACITY_RANGE[1]:
        return None
    return watt_hours / 1000


def battery_capacity(energy: Energy | None) -> float | None:
    """Return the reported capacity of the traction battery in kWh; None if it contradicts the level."""
    capacity = reported_capacity(energy)
    if energy is None or energy.battery is None or capacity is None:
        return None
    level = None if _is_range_contradictory(energy) else energy.level
    residual = energy.battery.load.residual if energy.battery.load else None
    if residual and level is not None:
        share = level / 100
        tolerance = min(LEVEL_TOLERANCE, max(MIN_LEVEL_TOLERANCE, RELATIVE_LEVEL_TOLERANCE * share))
        if abs(residual / 1000 / capacity - share) > tolerance:
            return None
    return capacity


def is_capacity_checked(energy: Energy) -> bool:
    """Return whether the reported capacity would contradict the level if it were too low."""
    residual = energy.battery.load.residual if energy.battery and energy.battery.load else None
    return not residual or energy.level is None or energy.level >= MIN_CHECKED_LEVEL


def battery_level(energy: Energy, *, is_plug_in: bool | None = None) -> float | None:
    """Return the level of a traction battery in %, or None if what was reported with it contradicts it.

    An empty plug-in hybrid reports any level, even 100 %, with a range of 0, and a level of 0 with a long range is none
    at all. Other cars report a level that stands
    still while the remaining energy falls. Mild hybrids have a level, but never a range.

    Args:
        energy: The energy that the car reports, or that it had at the start or end of a trip.
        is_plug_in: Whether the car can be plugged in; None to judge by the energy.
    """
    level = energy.level
    if level is None:
        return None
    load = energy.battery.load if energy.battery else None
    capacity, residual = (load.capacity, load.residual) if load else (None, None)
    if is_plug_in is None:
        is_plug_in = energy.charging is not None and (not capacity or capacity >= MIN_PLUG_IN_CAPACITY)
    if not is_plug_in:
        return level
    if _is_range_contradictory(energy):
        return None
    if load is None or not capacity or not residual or not MIN_PLUG_IN_CAPACITY <= capacity <= MAX_CAPACITY:
        return level
    level_at, load_at = energy.time_of("level"), load.measured_at
    is_load_current = level_at is None or load_at is None or level_at - load_at <= MAX_LOAD_AGE
    is_load_credible = residual <= capacity and (energy.autonomy or 0.0) <= residual / 1000 * MAX_KM_PER_KWH
    if is_load_current and is_load_credible and level - residual / capacity * 100 > MAX_LEVEL_EXCESS:
        return None
    return level


def _is_range_contradictory(energy: Energy) -> bool:
    """Return whether the level is high although the range, measured no earlier, is 0 km, or the other way round."""
    level_at, range_at = energy.time_of("level"), energy.time_of("autonomy")
    is_range_current = level_at is None or range_at is None or range_at >= level_at
    if energy.level is None or energy.autonomy is None or not is_range_current:
        return False
    if energy.autonomy == 0:
        return energy.level > MAX_EMPTY_LEVEL
    return energy.level == 0 and energy.autonomy > MAX_EMPTY_RANGE
