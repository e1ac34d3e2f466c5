"""The hours of time triggers."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from math import ceil, inf
import re
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..http.errors import invalid_parameter
from ..http.parameters import Span, parse_span, parse_time
from ..http.validation import WEEKDAY, Shape, array, clock_time, pattern, record, span, text, timestamp, word
from ..vehicle.programs import WEEKDAYS

DEFAULT_ZONE = "Europe/Paris"
DAY = 86400
_WEEKS = re.compile(r"[wW]([1-9]|[1-4]\d|5[0-3])(?:-[wW]([1-9]|[1-4]\d|5[0-3]))?")

_ENTRY = record(
    {"start": text},
    {
        "recurrence": word("None", "Daily"),
        "duration": span,
        "occurence": record(
            {"day": array(WEEKDAY, 1, 7)},
            {"week": array(pattern(_WEEKS.pattern), 1, 52)},
        ),
    },
)


def check_entry(at: str, value: Any) -> None:
    """Check an entry of a time trigger: daily ones have a clock time and a length, others an instant and no days."""
    _ENTRY(at, value)
    if value.get("recurrence", "Daily") == "Daily":
        clock_time(f"{at}.start", value["start"])
        if "duration" not in value:
            raise invalid_parameter(f"{at}.duration")
    else:
        timestamp(f"{at}.start", value["start"])
        _check_end(at, value)
        if "occurence" in value:
            raise invalid_parameter(f"{at}.occurence")


def _check_end(at: str, value: Mapping[str, Any]) -> None:
    if "duration" in value:
        try:
            parse_span(value["duration"]).after(parse_time(value["start"]))
        except (ValueError, OverflowError) as error:
            raise invalid_parameter(f"{at}.duration") from error


def check_zone(at: str, value: Any) -> None:
    """Check the name of a time zone."""
    text(at, value)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise invalid_parameter(at) from error


TIME: Shape = record({"times": array(check_entry, 1)}, {"timeZone": check_zone})


def windows(trigger: Mapping[str, Any], at: float) -> list[tuple[float, float]]:
    """Return the times, from and until, of a trigger around an instant: those begun, those of the next days."""
    zone = ZoneInfo(trigger.get("timeZone", DEFAULT_ZONE))
    return [window for entry in trigger["times"] for window in _entry_windows(entry, zone, at)]


def inside(trigger: Mapping[str, Any], at: float) -> bool:
    """Return whether an instant lies within the hours of a trigger."""
    return any(begin <= at < end for begin, end in windows(trigger, at))


def next_edge(trigger: Mapping[str, Any], at: float) -> float:
    """Return the next instant after another at which a trigger may turn: look again then, if not before."""
    edges = [edge for window in windows(trigger, at) for edge in window if at < edge < inf]
    return min([*edges, at + DAY])


def _entry_windows(entry: Mapping[str, Any], zone: ZoneInfo, at: float) -> list[tuple[float, float]]:
    length = parse_span(entry["duration"]) if "duration" in entry else None
    if entry.get("recurrence", "Daily") == "None":
        begin = parse_time(entry["start"])
        return [(begin, length.after(begin) if length else inf)]
    length = length or Span(0, DAY)
    today = datetime.fromtimestamp(at, zone).date()
    back = min(400, ceil((length.seconds + length.months * 31 * DAY) / DAY)) + 1
    days = [today + timedelta(days=number) for number in range(-back, 3)]
    offset = timedelta(seconds=parse_span(entry["start"]).seconds)
    begins = [(datetime.combine(day, time(), zone) + offset).timestamp() for day in days if _occurs(entry, day)]
    return [(begin, length.after(begin)) for begin in begins]


def _occurs(entry: Mapping[str, Any], day: date) -> bool:
    when = entry.get("occurence", {})
    if "day" in when and WEEKDAYS[day.weekday()] not in when["day"]:
        return False
    return "week" not in when or _in_weeks(when["week"], day.isocalendar().week)


def _in_weeks(weeks: Sequence[str], week: int) -> bool:
    for text_ in weeks:
        found = _WEEKS.fullmatch(text_)
        if found and int(found[1]) <= week <= int(found[2] or found[1]):
            return True
    return False
