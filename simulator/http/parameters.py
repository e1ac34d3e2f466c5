"""Times, durations, time ranges and number ranges as the API's parameters write them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from math import inf
import re

from .errors import invalid_parameter

RANGES = 10
# So many repetitions of a range in calendar months are looked through, at most.
_REPETITIONS = 2_000
_DAY = 86400
# A thousand years, in seconds: what is added to an instant that is past stays within the calendar.
_LONGEST = 1000 * 12 * 31 * _DAY

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
# The documentation's own example forgets the T before hours (P6H), so it may be missing.
_SPAN = re.compile(
    r"P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T?(?:(\d+)H)?(?:(?<=[TH])(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_NUMBERS = re.compile(r"(\d{1,9}(?:\.\d)?)-(\d{1,9}(?:\.\d)?)?")


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: calendar months, and seconds."""

    months: int
    seconds: float

    def after(self, at: float, times: int = 1) -> float:
        """Return the instant that lies so many spans after another."""
        if self.months:
            moment = datetime.fromtimestamp(at, UTC)
            year, month = divmod(moment.year * 12 + moment.month - 1 + self.months * times, 12)
            day = min(moment.day, _days_in(year, month + 1))
            at = moment.replace(year=year, month=month + 1, day=day).timestamp()
        return at + self.seconds * times


@dataclass(frozen=True, slots=True)
class Range:
    """Instants from low to high, both included."""

    low: float
    high: float

    def __contains__(self, at: float) -> bool:
        return self.low <= at <= self.high


@dataclass(frozen=True, slots=True)
class Repeated:
    """A range of a length that begins at ``start`` and then again after each ``every``, ``times`` times in all."""

    start: float
    every: Span
    length: Span
    times: float

    def __contains__(self, at: float) -> bool:
        return any(begin <= at <= self.length.after(begin) for begin in self._begins(at))

    def _begins(self, at: float) -> Iterator[float]:
        """Yield the repetitions, up to an instant, that may hold it."""
        first = 0
        if not self.every.months:
            reach = self.length.after(self.start) - self.start
            first = max(0, int((at - self.start - reach) // self.every.seconds))
        for number in count(first):
            begin = self.every.after(self.start, number)
            if begin > at or number >= self.times or number - first > _REPETITIONS:
                return
            yield begin


type Times = Sequence[Range | Repeated]


def parse_time(text: str) -> float:
    """Read an RFC 3339 timestamp.

    Raises ValueError.
    """
    if not _TIME.fullmatch(text):
        raise ValueError("not a timestamp")
    return datetime.fromisoformat(text).timestamp()


def parse_span(text: str) -> Span:
    """Read an ISO 8601 duration of a thousand years at most.

    Raises ValueError.
    """
    found = _SPAN.fullmatch(text)
    if not found or text.endswith("T"):
        raise ValueError("not a duration")
    years, months, weeks, days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    months += years * 12
    seconds += (weeks * 7 + days) * _DAY + hours * 3600 + minutes * 60
    if months * 31 * _DAY + seconds > _LONGEST:
        raise ValueError("too long")
    return Span(int(months), seconds)


def parse_timestamps(texts: Sequence[str], now: float) -> Times:
    """Read the parameter ``timestamps``; without any, all times.

    Raises ApiError 40000.
    """
    if len(texts) > RANGES:
        raise invalid_parameter("timestamps")
    try:
        return [_range(text, now) for text in texts] or [Range(-inf, inf)]
    except (ValueError, OverflowError) as error:
        raise invalid_parameter("timestamps") from error


def _range(text: str, now: float) -> Range | Repeated:
    first, *rest = text.split("/")
    if first.startswith("R"):
        return _repeated(first[1:], *rest)
    (last,) = rest
    if not first:
        return Range(-inf, parse_time(last))
    low = parse_time(first)
    high = now if not last else parse_span(last).after(low) if last.startswith("P") else parse_time(last)
    if high < low and last:
        raise ValueError("a range that ends before it begins")
    return Range(low, high)


def _repeated(times: str, *parts: str) -> Repeated:
    start, every, *length = parts
    if len(length) > 1 or (times and not times.isdecimal()):
        raise ValueError("not a repetition")
    span = parse_span(every)
    if not span.months and not span.seconds:
        raise ValueError("a repetition without a period")
    whole = parse_span(length[0]) if length and length[0] else Span(0, _DAY)
    begin = parse_time(start)
    for length_ in (span, whole):
        length_.after(begin)  # raises where the first one leaves the calendar
    return Repeated(begin, span, whole, int(times) if times else inf)


def parse_numbers(name: str, text: str, *, whole: bool) -> tuple[float, float]:
    """Read a range of numbers such as ``1-150`` or ``0.1-``.

    Raises ApiError 40000.
    """
    found = _NUMBERS.fullmatch(text)
    if not found or (whole and "." in text):
        raise invalid_parameter(name)
    low, high = float(found[1]), float(found[2]) if found[2] else inf
    if high < low:
        raise invalid_parameter(name)
    return low, high


def _days_in(year: int, month: int) -> int:
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return (following - datetime(year, month, 1, tzinfo=UTC)).days
