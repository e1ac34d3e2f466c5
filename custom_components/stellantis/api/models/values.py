"""Parsers of JSON and of the values in it: numbers, timestamps, durations. They return None for invalid values."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
import json
import re
from typing import Any, Final

import orjson

from ..exceptions import InvalidResponse


@dataclass(frozen=True, slots=True)
class Bounds:
    """Range of plausible numbers. Numbers outside of it are discarded."""

    low: float
    high: float


# Beyond any quantity of this API, and within the range of exact conversions to float.
ANY_NUMBER = Bounds(-1e15, 1e15)


def parse_json(body: bytes | str) -> Any:
    """Parse JSON leniently: NaN, lone surrogates and numbers beyond the range of a double are accepted.

    Raises:
        InvalidResponse: The body is not JSON.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
        return json.loads(
            text, parse_constant=lambda _: None, parse_int=_parse_int, object_pairs_hook=_without_surrogates
        )
    except ValueError, RecursionError:
        raise InvalidResponse("the body is not JSON") from None


def parse_literal(text: str | None) -> str | bool | float | None:
    """Return the number or boolean that a text contains, or else the text itself."""
    try:
        value = orjson.loads(text or "null")
    except orjson.JSONDecodeError:
        return text
    return value if isinstance(value, bool | int | float) else text


def _parse_int(digits: str) -> float:
    return int(digits) if len(digits) < 18 else float(digits)  # noqa: PLR2004 - fits 64 bits


def _without_surrogates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {
        _replace_surrogates(key): _replace_surrogates(value) if isinstance(value, str) else value
        for key, value in pairs
    }


def _replace_surrogates(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


# Longer texts cannot be timestamps or durations: neither parse nor keep them
MAX_TIME_LENGTH: Final = 48
_MAX_TEXTS: Final = 512


class ParsedTexts[T](dict[str, T | None]):
    """Texts and the times that they contain. A new text is parsed; a known one costs half of a call.

    When there are too many, all are forgotten: to parse those in use again costs less than to know the oldest.
    """

    def __init__(self, parse: Callable[[str], T | None]) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, text: str) -> T | None:
        """Parse a text."""
        if len(text) >= MAX_TIME_LENGTH:
            return None
        if len(self) >= _MAX_TEXTS:
            self.clear()
        value = self[text] = self._parse(text)
        return value


# Plausible years of measurement. Servers send the year 1 for "no value", which would overflow in calculations.
_YEARS = range(1970, 2200)


def parse_timestamp(text: str) -> datetime | None:
    """Parse a timestamp and convert it to UTC, which is also the default time zone."""
    try:
        parsed = datetime.fromisoformat(text)
        parsed = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except ValueError, OverflowError:
        return None
    return parsed if parsed.year in _YEARS else None


_DURATION = re.compile(
    r"P(?:(?P<days>\d{1,6})D)?(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,9}(?:\.\d{1,6})?)S)?)?",
    re.ASCII,
)


def parse_duration(text: str) -> timedelta | None:
    """Parse an ISO 8601 duration without years and months."""
    parts = _DURATION.fullmatch(text)
    if parts is None or not any(parts.groups()):
        return None
    return timedelta(**{unit: float(amount or 0) for unit, amount in parts.groupdict().items()})


_MIDNIGHT = datetime(2000, 1, 1, tzinfo=UTC)


def parse_time_of_day(text: str) -> time | None:
    """Parse a time of day, given as the duration since midnight: PT22H5M is 22:05."""
    since_midnight = parse_duration(text)
    if since_midnight is None or since_midnight >= timedelta(days=1):
        return None
    return (_MIDNIGHT + since_midnight).time()


def to_whole_number(value: object) -> int | None:
    """Convert a float without fraction, such as 4.0, to an int."""
    return (
        int(value) if type(value) is float and ANY_NUMBER.low < value < ANY_NUMBER.high and value.is_integer() else None
    )


TIMESTAMPS: Final = ParsedTexts(parse_timestamp)
DURATIONS: Final = ParsedTexts(parse_duration)
TIMES_OF_DAY: Final = ParsedTexts(parse_time_of_day)
