"""Parsers of the API's parameters: timestamps, durations, time ranges and number ranges."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from math import inf
import re

from .errors import invalid_parameter

MAX_RANGES = 10
# How many repetitions are examined, if their period is in calendar months.
_MAX_REPETITIONS = 2_000
_DAY = 86400
# A thousand years, in seconds: a past time plus this duration is still a valid date.
_MAX_DURATION = 1000 * 12 * 31 * _DAY

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
# The T before hours may be missing, as in an example of the API documentation (P6H).
_DURATION = re.compile(
    r"P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T?(?:(\d+)H)?(?:(?<=[TH])(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_NUMBERS = re.compile(r"(\d{1,9}(?:\.\d)?)-(\d{1,9}(?:\.\d)?)?")


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration of calendar months and seconds."""

    months: int
    seconds: float

    def after(self, at: float, times: int = 1) -> float:
        """Return the time that is a number of durations after `at`."""
        if self.months:
            start = datetime.fromtimestamp(at, UTC)
            year, month = divmod(start.year * 12 + start.month - 1 + self.months * times, 12)
            day = min(start.day, _days_in(year, month + 1))
            at = start.replace(year=year, month=month + 1, day=day).timestamp()
        return at + self.seconds * times


@dataclass(frozen=True, slots=True)
class TimeRange:
    """The times from `low` to `high`, both included."""

    low: float
    high: float

    def __contains__(self, at: float) -> bool:
        return self.low <= at <= self.high


@dataclass(frozen=True, slots=True)
class RepeatedRange:
    """A time range of some length that starts at `start` and is repeated with a period, `times` times in all."""

    start: float
    period: Duration
    length: Duration
    times: float

    def __contains__(self, at: float) -> bool:
        return any(begin <= at <= self.length.after(begin) for begin in self._starts(at))

    def _starts(self, at: float) -> Iterator[float]:
        """Yield the starts of the repetitions that may include `at`."""
        first = 0
        if not self.period.months:
            reach = self.length.after(self.start) - self.start
            first = max(0, int((at - self.start - reach) // self.period.seconds))
        for number in count(first):
            begin = self.period.after(self.start, number)
            if begin > at or number >= self.times or number - first > _MAX_REPETITIONS:
                return
            yield begin


type Times = Sequence[TimeRange | RepeatedRange]


def parse_time(text: str) -> float:
    """Return the seconds since 1970 of an RFC 3339 timestamp.

    Raises:
        ValueError: It cannot be parsed.
    """
    if not _TIME.fullmatch(text):
        raise ValueError("not a timestamp")
    return datetime.fromisoformat(text).timestamp()


def parse_duration(text: str) -> Duration:
    """Return an ISO 8601 duration of a thousand years at most.

    Raises:
        ValueError: It cannot be parsed, or is too long.
    """
    match = _DURATION.fullmatch(text)
    if not match or text.endswith("T"):
        raise ValueError("not a duration")
    years, months, weeks, days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    months += years * 12
    seconds += (weeks * 7 + days) * _DAY + hours * 3600 + minutes * 60
    if months * 31 * _DAY + seconds > _MAX_DURATION:
        raise ValueError("too long")
    return Duration(int(months), seconds)


def parse_timestamps(texts: Sequence[str], now: float) -> Times:
    """Return the time ranges of the parameter `timestamps`; without any, all times.

    Raises:
        ApiError: 40000 if they cannot be parsed.
    """
    if len(texts) > MAX_RANGES:
        raise invalid_parameter("timestamps")
    try:
        return [_time_range(text, now) for text in texts] or [TimeRange(-inf, inf)]
    except (ValueError, OverflowError) as error:
        raise invalid_parameter("timestamps") from error


def _time_range(text: str, now: float) -> TimeRange | RepeatedRange:
    first, *rest = text.split("/")
    if first.startswith("R"):
        return _repeated_range(first[1:], *rest)
    (last,) = rest
    if not first:
        return TimeRange(-inf, parse_time(last))
    low = parse_time(first)
    high = now if not last else parse_duration(last).after(low) if last.startswith("P") else parse_time(last)
    if high < low and last:
        raise ValueError("a range that ends before it begins")
    return TimeRange(low, high)


def _repeated_range(times: str, *parts: str) -> RepeatedRange:
    start, period_text, *length = parts
    if len(length) > 1 or (times and not times.isdecimal()):
        raise ValueError("not a repetition")
    period = parse_duration(period_text)
    if not period.months and not period.seconds:
        raise ValueError("a repetition without a period")
    range_length = parse_duration(length[0]) if length and length[0] else Duration(0, _DAY)
    begin = parse_time(start)
    for duration in (period, range_length):
        duration.after(begin)  # raises if it is not a valid date
    return RepeatedRange(begin, period, range_length, int(times) if times else inf)


def parse_numbers(name: str, text: str, *, whole: bool) -> tuple[float, float]:
    """Return the limits of a range of numbers such as `1-150` or `0.1-`.

    Args:
        name: The name of the parameter.
        text: Its value.
        whole: Whether it takes whole numbers only.

    Raises:
        ApiError: 40000 if it cannot be parsed.
    """
    match = _NUMBERS.fullmatch(text)
    if not match or (whole and "." in text):
        raise invalid_parameter(name)
    low, high = float(match[1]), float(match[2]) if match[2] else inf
    if high < low:
        raise invalid_parameter(name)
    return low, high


def _days_in(year: int, month: int) -> int:
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return (following - datetime(year, month, 1, tzinfo=UTC)).days
