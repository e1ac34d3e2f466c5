"""The capacity of a battery at a later odometer reading: a straight line through measured ones. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from typing import Final

from .capacity import CONFIDENCE, CapacityEstimate, MeasuredCapacity, pool_estimates

# Sessions are pooled in steps of the odometer, in km
STEP: Final = 5000.0
MIN_POINTS: Final = 4
# A line over fewer km tells nothing
MIN_SPAN: Final = 15_000.0
# How far a line is continued, in km
HORIZON: Final = 50_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectedCapacity:
    """The capacity that is expected at an odometer reading.

    Attributes:
        mileage: The odometer reading, in km.
        capacity: The capacity, in kWh.
        low: The lower end of the range in which it is with about 95% confidence, if it goes on as before, in kWh.
        high: The upper end of that range, in kWh.
    """

    mileage: float
    capacity: float
    low: float
    high: float


def pool_by_mileage(estimates: Iterable[CapacityEstimate]) -> list[MeasuredCapacity]:
    """Return the capacity in each step of the odometer in which enough sessions measured it, in order."""
    steps: defaultdict[float, list[CapacityEstimate]] = defaultdict(list)
    for estimate in estimates:
        if estimate.mileage is not None:
            steps[estimate.mileage // STEP].append(estimate)
    return [point for step in sorted(steps) if (point := pool_estimates(steps[step]))]


def project_capacity(points: Sequence[MeasuredCapacity], mileage: float) -> ProjectedCapacity | None:
    """Return the capacity that is expected at an odometer reading, by weighted least squares.

    Args:
        points: The measured capacities.
        mileage: The odometer reading, in km.

    Returns:
        The capacity; None if there are too few points, or over too few km.
    """
    known = [(point.mileage, point.capacity, point.error**-2) for point in points if point.mileage is not None]
    if len(known) < MIN_POINTS or max(known)[0] - min(known)[0] < MIN_SPAN:
        return None
    total = fsum(weight for _, _, weight in known)
    center = fsum(weight * x for x, _, weight in known) / total
    mean = fsum(weight * y for _, y, weight in known) / total
    spread = fsum(weight * (x - center) ** 2 for x, _, weight in known)
    slope = fsum(weight * (x - center) * (y - mean) for x, y, weight in known) / spread
    chi_squared = fsum(weight * (y - mean - slope * (x - center)) ** 2 for x, y, weight in known)
    # Points that scatter more than their errors explain make the line less certain
    inflation = max(1.0, chi_squared / (len(known) - 2))
    error = sqrt(inflation * (1 / total + (mileage - center) ** 2 / spread))
    capacity = mean + slope * (mileage - center)
    return ProjectedCapacity(
        mileage=mileage,
        capacity=max(0.0, capacity),
        low=max(0.0, capacity - CONFIDENCE * error),
        high=max(0.0, capacity + CONFIDENCE * error),
    )
