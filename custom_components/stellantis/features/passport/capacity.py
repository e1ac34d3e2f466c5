"""The capacity of a battery as its charging sessions measure it. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import fsum, sqrt
from statistics import median
from typing import Final

from ...vehicle.battery import CAPACITY_RANGE
from ...vehicle.charging_session import ChargingSession
from ...vehicle.stored import StoredModel

# Levels are in whole %: a shorter charge tells little
MIN_GAIN: Final = 15.0
MIN_SESSIONS: Final = 5
# Standard error of the difference of two levels in whole %
LEVEL_ERROR: Final = sqrt(2 / 12)
# An entered capacity that differs more from the measured one tells that the car counts something else, as many do
ENTERED_TOLERANCE: Final = 0.25
# Estimates that are so many times as far from the median as usual do not count
MAX_DEVIATION: Final = 3.0
# No estimate counts as more precise than so many times as usual, so that a wrong one does not outweigh all others
MAX_PRECISION: Final = 3.0
# The median distance from the median, as a standard deviation
MEDIAN_DEVIATION: Final = 1.4826
# About 95% of a normal distribution, in standard errors
CONFIDENCE: Final = 2.0


class CapacitySource(StrEnum):
    """What counted the energy."""

    CAR = "car"  # what arrived in the battery: the usable capacity
    WALLBOX = "wallbox"  # what the wallbox supplied for a full charge, with all losses


# Standard errors of the energy of a session, in kWh: cars report it in small steps, a wallbox is read a little late
ENERGY_ERRORS: Final = {CapacitySource.CAR: 0.05, CapacitySource.WALLBOX: 0.2}


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityEstimate:
    """The capacity that one charging session measures.

    Attributes:
        at: When the session ended.
        capacity: The capacity, in kWh.
        error: Its standard error, in kWh.
        mileage: Odometer reading, in km.
    """

    at: datetime
    capacity: float
    error: float
    mileage: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredCapacity(StoredModel):
    """The capacity that several charging sessions measure.

    Attributes:
        capacity: The capacity, in kWh.
        error: Its standard error, in kWh.
        scatter: The standard deviation of the sessions, in kWh.
        sessions: The number of sessions.
        first: The end of the first session.
        last: The end of the last session.
        mileage: The mean odometer reading, in km.
    """

    capacity: float
    error: float
    scatter: float
    sessions: int
    first: datetime
    last: datetime
    mileage: float | None = None

    @property
    def low(self) -> float:
        """The lower end of the range in which the capacity is with about 95% confidence, in kWh."""
        return self.capacity - CONFIDENCE * self.error

    @property
    def high(self) -> float:
        """The upper end of that range, in kWh."""
        return self.capacity + CONFIDENCE * self.error


def estimate_capacity(session: ChargingSession, source: CapacitySource) -> CapacityEstimate | None:
    """Return the capacity that a session measures.

    Returns:
        The estimate; None if the session was too short, its start or end was not seen, or the energy is unknown.
    """
    gain, energy = session.end_level - session.start_level, _measured_energy(session, source)
    if gain < MIN_GAIN or session.minutes is None or energy is None or energy <= 0:
        return None
    capacity = energy / gain * 100
    if not CAPACITY_RANGE[0] <= capacity <= CAPACITY_RANGE[1]:
        return None
    error = capacity * sqrt((LEVEL_ERROR / gain) ** 2 + (ENERGY_ERRORS[source] / energy) ** 2)
    return CapacityEstimate(at=session.end, capacity=capacity, error=error, mileage=session.mileage)


def _measured_energy(session: ChargingSession, source: CapacitySource) -> float | None:
    """Return the energy of a session in kWh that was counted, and not calculated from a capacity."""
    if source is CapacitySource.WALLBOX:
        return session.supplied_energy
    if session.start_residual is None or session.end_residual is None:
        return None
    return session.end_residual - session.start_residual


def list_estimates(
    sessions: Iterable[ChargingSession], source: CapacitySource, entered: float | None = None
) -> list[CapacityEstimate]:
    """Return the capacities that sessions measure, in their order.

    Args:
        sessions: The sessions.
        source: What counted the energy.
        entered: The usable capacity that the user entered, in kWh. What contradicts it by far does not count.
    """
    low, high = CAPACITY_RANGE
    if entered is not None and source is CapacitySource.CAR:
        low, high = entered * (1 - ENTERED_TOLERANCE), entered * (1 + ENTERED_TOLERANCE)
    estimates = (estimate_capacity(session, source) for session in sessions)
    return [estimate for estimate in estimates if estimate and low <= estimate.capacity <= high]


def pool_estimates(estimates: Collection[CapacityEstimate]) -> MeasuredCapacity | None:
    """Return the mean of estimates by inverse variance, without outliers.

    Returns:
        The capacity; None if there are too few estimates.
    """
    kept = _drop_outliers(estimates)
    if len(kept) < MIN_SESSIONS:
        return None
    min_error = median(estimate.error for estimate in kept) / MAX_PRECISION
    weights = [max(estimate.error, min_error) ** -2 for estimate in kept]
    total = fsum(weights)
    values = [estimate.capacity for estimate in kept]
    mean = fsum(weight * value for weight, value in zip(weights, values, strict=True)) / total
    chi_squared = fsum(weight * (value - mean) ** 2 for weight, value in zip(weights, values, strict=True))
    degrees = len(kept) - 1
    mileages = [estimate.mileage for estimate in kept if estimate.mileage is not None]
    return MeasuredCapacity(
        capacity=min(max(mean, min(values)), max(values)),
        # Sessions that scatter more than whole % explain measure less
        error=sqrt(max(1.0, chi_squared / degrees) / total),
        scatter=sqrt(fsum((value - mean) ** 2 for value in values) / degrees),
        sessions=len(kept),
        first=min(estimate.at for estimate in kept),
        last=max(estimate.at for estimate in kept),
        mileage=fsum(mileages) / len(mileages) if mileages else None,
    )


def _drop_outliers(estimates: Collection[CapacityEstimate]) -> Sequence[CapacityEstimate]:
    """Return the estimates that are not far from the median, judged by how far the others are."""
    if not estimates:
        return ()
    middle = median(estimate.capacity for estimate in estimates)
    usual = MEDIAN_DEVIATION * median(abs(estimate.capacity - middle) for estimate in estimates)
    limit = MAX_DEVIATION * max(usual, median(estimate.error for estimate in estimates))
    return [estimate for estimate in estimates if abs(estimate.capacity - middle) <= limit]
