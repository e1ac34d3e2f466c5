"""Time triggers of monitors."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from math import ceil, inf
import re
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..http.errors import invalid_parameter
from ..http.parameters import Duration, parse_duration, parse_time
from ..http.validation import (
    WEEKDAY,
    Validator,
    array,
    clock_time,
    duration,
    enum,
    object_with,
    pattern,
    text,
    timestamp,
)
from ..vehicle.programs import WEEKDAYS

DEFAULT_TIME_ZONE = "Europe/Paris"
DAY = 86400
# A week of the year, or a range of weeks.
_WEEKS = re.compile(r"[wW]([1-9]|[1-4]\d|5[0-3])(?:-[wW]([1-9]|[1-4]\d|5[0-3]))?")

_ENTRY = object_with(
    {"start": text},
    {
        "recurrence": enum("None", "Daily"),
        "duration": duration,
        "occurence": object_with(
            {"day": array(WEEKDAY, 1, 7)},
            {"week": array(pattern(_WEEKS.pattern), 1, 52)},
        ),
    },
)


def check_entry(path: str, value: Any) -> None:
    """Validate an entry of a time trigger.

    A daily entry starts at a time of day and needs a duration; any other starts at a timestamp and has no weekdays.
    """
    _ENTRY(path, value)
    if value.get("recurrence", "Daily") == "Daily":
        clock_time(f"{path}.start", value["start"])
        if "duration" not in value:
            raise invalid_parameter(f"{path}.duration")
    else:
        timestamp(f"{path}.start", value["start"])
        _check_end(path, value)
        if "occurence" in value:
            raise invalid_parameter(f"{path}.occurence")


def _check_end(path: str, value: Mapping[str, Any]) -> None:
    if "duration" in value:
        try:
            parse_duration(value["duration"]).after(parse_time(value["start"]))
        except (ValueError, OverflowError) as error:
            raise invalid_parameter(f"{path}.duration") from error


def check_time_zone(path: str, value: Any) -> None:
    """Validate the name of a time zone."""
    text(path, value)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise invalid_parameter(path) from error


TIME_TRIGGER: Validator = object_with({"times": array(check_entry, 1)}, {"timeZone": check_time_zone})


def time_windows(trigger: Mapping[str, Any], at: float) -> list[tuple[float, float]]:
    """Return the start and end of the windows of a trigger that have begun by `at` or begin in the next days."""
    zone = ZoneInfo(trigger.get("timeZone", DEFAULT_TIME_ZONE))
    return [window for entry in trigger["times"] for window in _entry_windows(entry, zone, at)]


def is_inside(trigger: Mapping[str, Any], at: float) -> bool:
    """Return whether a time is in one of the windows of a trigger."""
    return any(begin <= at < end for begin, end in time_windows(trigger, at))


def next_check(trigger: Mapping[str, Any], at: float) -> float:
    """Return when a trigger may change next, at most a day after `at`."""
    edges = [edge for window in time_windows(trigger, at) for edge in window if at < edge < inf]
    return min([*edges, at + DAY])


def _entry_windows(entry: Mapping[str, Any], zone: ZoneInfo, at: float) -> list[tuple[float, float]]:
    length = parse_duration(entry["duration"]) if "duration" in entry else None
    if entry.get("recurrence", "Daily") == "None":
        begin = parse_time(entry["start"])
        return [(begin, length.after(begin) if length else inf)]
    length = length or Duration(0, DAY)
    today = datetime.fromtimestamp(at, zone).date()
    days_back = min(400, ceil((length.seconds + length.months * 31 * DAY) / DAY)) + 1
    days = [today + timedelta(days=number) for number in range(-days_back, 3)]
    offset = timedelta(seconds=parse_duration(entry["start"]).seconds)
    begins = [(datetime.combine(day, time(), zone) + offset).timestamp() for day in days if _occurs(entry, day)]
    return [(begin, length.after(begin)) for begin in begins]


def _occurs(entry: Mapping[str, Any], day: date) -> bool:
    occurrence = entry.get("occurence", {})
    if "day" in occurrence and WEEKDAYS[day.weekday()] not in occurrence["day"]:
        return False
    return "week" not in occurrence or _is_in_weeks(occurrence["week"], day.isocalendar().week)


def _is_in_weeks(weeks: Sequence[str], week: int) -> bool:
    for week_range in weeks:
        match = _WEEKS.fullmatch(week_range)
        if match and int(match[1]) <= week <= int(match[2] or match[1]):
            return True
    return False
