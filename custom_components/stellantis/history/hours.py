"""Amounts by the hour, as long-term statistics need them. Hours are timestamps of their start, in seconds."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

HOUR: Final = 3600.0
# An amount is spread over no more than this time before its end, because clocks of cars can be years off
MAX_DURATION: Final = 7 * 24 * HOUR

# Start, end and amount
type Span = tuple[datetime, datetime, float]


def start_of_hour(timestamp: float) -> float:
    """Return the timestamp of the start of the hour."""
    return timestamp - timestamp % HOUR


def spread_over_hours(start: datetime, end: datetime, amount: float) -> Iterator[tuple[float, float]]:
    """Yield the start and the share of the amount of each hour of a span."""
    last = end.timestamp()
    first = max(start.timestamp(), last - MAX_DURATION)
    hour = start_of_hour(first)
    if first == last:
        yield hour, amount
        return
    while hour < last:
        yield hour, amount * (min(last, hour + HOUR) - max(first, hour)) / (last - first)
        hour += HOUR


def hourly_amounts(spans: Iterable[Span], since: datetime | None = None) -> dict[float, float]:
    """Return the amount of each hour.

    Args:
        spans: The spans of all stored records.
        since: The end of the hours with records that were dropped: spans begin no earlier, since those hours are not
            rewritten.
    """
    hours = defaultdict[float, float](float)
    for start, end, amount in spans:
        first = start if since is None or since <= start else min(since, end)
        for hour, share in spread_over_hours(first, end, amount):
            hours[hour] += share
    return hours


def find_missing(amounts: Mapping[float, float], existing: Collection[float]) -> float | None:
    """Return the first hour that has an amount, but no row in the database; None if there is none."""
    return min((hour for hour, amount in amounts.items() if amount and hour not in existing), default=None)
