"""Departures, and which of them is the next."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Final

from homeassistant.util import dt as dt_util

from ...api import Day
from ...vehicle.program_times import WEEKDAYS
from ...vehicle.stored import StoredModel

DAY: Final = timedelta(days=1)
DEFAULT_LEVEL: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure(StoredModel):
    """A departure, which may recur.

    Attributes:
        uid: What identifies it.
        at: When it is, or is for the first time, in UTC.
        days: The days of the week on which it recurs, at the same local time; none if it does not.
        level: Battery level in %.
        warm: Whether the car is preconditioned for it.
    """

    uid: str
    at: datetime
    days: tuple[Day, ...] = field(default=())
    level: int = DEFAULT_LEVEL
    warm: bool = False

    @property
    def local_time(self) -> time:
        """The local time of day, in whole minutes."""
        return dt_util.as_local(self.at).time().replace(second=0, microsecond=0)

    def replaces(self, other: Departure) -> bool:
        """Return whether another departure is at the same time, of the same days if it recurs."""
        if self.days or other.days:
            return (self.days, self.local_time) == (other.days, other.local_time)
        return self.at == other.at

    def iter_occurrences(self, after: datetime) -> Iterator[datetime]:
        """Yield when it is after a time, in UTC."""
        if not self.days:
            if self.at > after:
                yield self.at
            return
        day = dt_util.as_local(max(after, self.at) - DAY).date()
        while True:
            # In local time: some days have 23 or 25 hours
            local = datetime.combine(day, self.local_time, dt_util.get_default_time_zone())
            if WEEKDAYS[day.weekday()] in self.days and (at := dt_util.as_utc(local)) > after and at >= self.at:
                yield at
            day += DAY


@dataclass(frozen=True, slots=True)
class NextDeparture(StoredModel):
    """A departure, and when it is next."""

    departure: Departure
    at: datetime


def next_departure(departures: Iterable[Departure], now: datetime) -> NextDeparture | None:
    """Return the next departure, of several at one time that with the highest level; None if there is none."""
    upcoming = [
        NextDeparture(departure, at)
        for departure in departures
        if (at := next(departure.iter_occurrences(now), None)) is not None
    ]
    return min(upcoming, key=lambda item: (item.at, -item.departure.level), default=None)


def without_past(departures: Sequence[Departure], now: datetime) -> tuple[Departure, ...]:
    """Return the departures that are still to come."""
    return tuple(departure for departure in departures if departure.days or departure.at > now)
