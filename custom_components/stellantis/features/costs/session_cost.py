"""What a charging session cost: a pure function over its energy and the price in the course of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from ...vehicle.stored import StoredModel
from .value_log import ValueLog, mean_value

# A price that is unknown for less is no gap, as a share of the energy
MAX_UNKNOWN_SHARE: Final = 0.01

# From when to when how much of it was charged
type Rise = tuple[datetime, datetime, float]


@dataclass(frozen=True, slots=True)
class EnergySample(StoredModel):
    """A reading of what rises while a car charges: its level in %, or the meter of a wallbox in kWh."""

    at: datetime
    amount: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What a session cost.

    Attributes:
        amount: In the currency of the prices.
        is_partial: Whether the price was unknown for a part of the energy, which then counts at the mean of the rest.
    """

    amount: float
    is_partial: bool = False


def session_cost(
    samples: Sequence[EnergySample], energy: float, prices: ValueLog, speed: float | None = None
) -> Cost | None:
    """Return the cost of a session: the energy between two readings times the mean price of that time.

    Args:
        samples: Readings from the start to the end of the session; they tell when it was charged, not how much.
        energy: The energy of the session, in kWh.
        prices: The price of a kWh.
        speed: By how much the reading rises in an hour of charging; None if that is unknown.

    Returns:
        The cost; None if no price is known.
    """
    rises = [(first.at, second.at, max(0.0, second.amount - first.amount)) for first, second in pairwise(samples)]
    rises = _narrow_bounds([rise for rise in rises if rise[2]], speed)
    total = sum(rise for _, _, rise in rises)
    if not total and samples:
        rises, total = [(samples[0].at, samples[-1].at, 1.0)], 1.0
    cost, known = 0.0, 0.0
    for start, end, rise in rises:
        mean, share = mean_value(prices, start, end)
        if mean is not None:
            cost += mean * energy * rise / total * share
            known += rise / total * share
    return Cost(cost / known, is_partial=1 - known > MAX_UNKNOWN_SHARE) if known else None


def _narrow_bounds(rises: list[Rise], speed: float | None) -> list[Rise]:
    """Return rises of which the first one begins, and the last one ends, no further away than charging takes.

    A car that waits for its time to charge reports nothing meanwhile, and is polled rarely.
    """
    if not speed or len(rises) < 2:  # noqa: PLR2004 - the first and the last
        return rises
    (start, first_end, first), (last_start, end, last) = rises[0], rises[-1]
    start = max(start, first_end - timedelta(hours=first / speed))
    end = min(end, last_start + timedelta(hours=last / speed))
    return [(start, first_end, first), *rises[1:-1], (last_start, end, last)]


def add_sample(samples: Sequence[EnergySample], at: datetime, amount: float) -> Sequence[EnergySample]:
    """Return the readings with one more; one that is equal to the two before it replaces the last."""
    sample = EnergySample(at, amount)
    if len(samples) > 1 and samples[-1].amount == samples[-2].amount == amount:
        return (*samples[:-1], sample)
    return (*samples, sample) if not samples or at > samples[-1].at else samples
