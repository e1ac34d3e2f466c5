"""The times of a program, as an event of a calendar tells them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from homeassistant.util import dt as dt_util

from ..api import Day

WEEKDAYS: Final = tuple(Day)
DAY_BY_RULE: Final = {day[:2].upper(): day for day in WEEKDAYS}
# What a rule may say besides its frequency and its days
NEUTRAL_PARTS: Final = {"INTERVAL": ("1",), "WKST": tuple(DAY_BY_RULE)}
WEEK: Final = timedelta(days=7)
MAX_DURATION: Final = timedelta(days=1)


class UnsupportedEventError(Exception):
    """No program of a car has the times of the event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramTimes:
    """When a program runs, in local time.

    Attributes:
        start: Time of day at which it starts.
        end: Time of day at which it ends.
        days: Days of the week on which it starts.
        repeats: Whether it runs every week, or only once.
    """

    start: time
    end: time
    days: tuple[Day, ...]
    repeats: bool


def parse_event(event: Mapping[str, Any], now: datetime) -> ProgramTimes:
    """Return the times of a program that runs as an event occurs.

    Args:
        event: The event, as Home Assistant passes it to a calendar.
        now: The present: a program can neither be over nor begin later than in a week.

    Raises:
        UnsupportedEventError: There is no such program.
    """
    start, days = parse_start(event, now), parse_days(event)
    end = dt_util.as_local(event["dtend"])
    if end - start >= MAX_DURATION:
        raise UnsupportedEventError("duration")
    if start > now + WEEK:
        raise UnsupportedEventError("start")
    return ProgramTimes(
        start=_whole_minute(start),
        end=_whole_minute(end),
        days=days or (WEEKDAYS[start.weekday()],),
        repeats=bool(days),
    )


def parse_start(event: Mapping[str, Any], now: datetime) -> datetime:
    """Return when an event starts, in local time; one that recurs may have started.

    Raises:
        UnsupportedEventError: It is an all-day event, or is over.
    """
    start = event["dtstart"]
    if not isinstance(start, datetime):
        raise UnsupportedEventError("all-day event")
    if start <= now and not event.get("rrule"):
        raise UnsupportedEventError("start")
    return dt_util.as_local(start)


def parse_days(event: Mapping[str, Any]) -> tuple[Day, ...]:
    """Return the days of the week on which an event recurs; none if it does not.

    Raises:
        UnsupportedEventError: It recurs in another way.
    """
    rule = event.get("rrule")
    return _parse_rule(rule, dt_util.as_local(event["dtstart"])) if rule else ()


def _whole_minute(instant: datetime) -> time:
    return time(instant.hour, instant.minute)


def _parse_rule(rule: str, start: date) -> tuple[Day, ...]:
    """Return the days of a recurrence rule (RFC 5545) that says nothing else."""
    parts = dict(part.split("=", 1) for part in rule.upper().split(";") if part)
    frequency, names = parts.pop("FREQ", None), parts.pop("BYDAY", None)
    if frequency not in ("DAILY", "WEEKLY") or any(
        value not in NEUTRAL_PARTS.get(name, ()) for name, value in parts.items()
    ):
        raise UnsupportedEventError("recurrence")
    if names is None:
        return WEEKDAYS if frequency == "DAILY" else (WEEKDAYS[start.weekday()],)
    days = {DAY_BY_RULE.get(name) for name in names.split(",")}
    if None in days:
        raise UnsupportedEventError("days")
    return tuple(day for day in WEEKDAYS if day in days)
