"""The traction battery: which of its reported figures are credible."""

from typing import Final

from ..api import Energy
from .state import VehicleState

# Credible capacities of a car's traction battery, in kWh
CAPACITY_RANGE: Final = (4.0, 200.0)
# Maximum difference between the reported level and the one calculated from residual energy, as a share of the capacity.
# Many cars report two thirds of the capacity, and then their residual energy is too low for their level
LEVEL_TOLERANCE: Final = 0.05
# The same as a share of the level, but never less than the second: levels are in whole %
RELATIVE_LEVEL_TOLERANCE: Final = 0.1
MIN_LEVEL_TOLERANCE: Final = 0.015
# A level up to which a range of 0 km is credible, in %
MAX_EMPTY_LEVEL: Final = 10.0


def reported_capacity(energy: Energy | None) -> float | None:
    """Return the capacity in kWh as the car reports it; None if it is that of no traction battery."""
    battery = energy.battery if energy else None
    if battery is None:
        return None
    watt_hours = battery.load.capacity if battery.load and battery.load.capacity else battery.capacity
    if not watt_hours or not CAPACITY_RANGE[0] <= watt_hours / 1000 <= CAPACITY_RANGE[1]:
        return None
    return watt_hours / 1000


def battery_capacity(state: VehicleState) -> float | None:
    """Return the reported capacity of the traction battery in kWh; None if it contradicts the level."""
    energy = state.electric
    level = credible_level(energy.level, energy.autonomy) if energy else None
    capacity = reported_capacity(energy)
    if energy is None or energy.battery is None or capacity is None:
        return None
    residual = energy.battery.load.residual if energy.battery.load else None
    if residual and level is not None:
        share = level / 100
        tolerance = min(LEVEL_TOLERANCE, max(MIN_LEVEL_TOLERANCE, RELATIVE_LEVEL_TOLERANCE * share))
        if abs(residual / 1000 / capacity - share) > tolerance:
            return None
    return capacity


def trusted_level(state: VehicleState) -> float | None:
    """Return the level of the traction battery in %; None if the car contradicts it: an empty hybrid may report 100."""
    return state.battery_level


def credible_level(level: float | None, autonomy: float | None) -> float | None:
    """Return a level in %; None if it is high beside a range of 0 km."""
    return None if autonomy == 0 and level is not None and level > MAX_EMPTY_LEVEL else level
