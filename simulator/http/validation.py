"""Validators of request bodies.

A validator takes the path of a value in the body, and the value. It raises ApiError 40000 with the path if the value is
invalid.
"""

from collections.abc import Callable, Mapping
import re
from typing import Any

from ..vehicle.programs import WEEKDAYS
from .errors import invalid_parameter
from .parameters import parse_duration, parse_time

type Validator = Callable[[str, Any], None]
type Members = Mapping[str, Validator]

_NOTHING: Members = {}
# Characters that could end a header.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def object_with(required: Members = _NOTHING, optional: Members = _NOTHING) -> Validator:
    """Return a validator of objects that have all required members and no unknown ones."""
    members = {**required, **optional}

    def check(path: str, value: Any) -> None:
        if not isinstance(value, dict):
            raise invalid_parameter(path or "body")
        for name in value.keys() - members.keys() or required.keys() - value.keys():
            raise invalid_parameter(_join(path, name))
        for name, part in value.items():
            members[name](_join(path, name), part)

    return check


def exactly_one_of(choices: Members, optional: Members = _NOTHING) -> Validator:
    """Return a validator of objects that have exactly one of some members."""
    members = object_with(optional={**choices, **optional})

    def check(path: str, value: Any) -> None:
        members(path, value)
        if len(value.keys() & choices.keys()) != 1:
            raise invalid_parameter(_join(path, " or ".join(choices)))

    return check


def at_least_one_of(choices: Members) -> Validator:
    """Return a validator of objects that have at least one of some members, and no others."""
    members = object_with(optional=choices)

    def check(path: str, value: Any) -> None:
        members(path, value)
        if not value:
            raise invalid_parameter(_join(path, " or ".join(choices)))

    return check


def array(item: Validator, low: int = 0, high: int | None = None) -> Validator:
    """Return a validator of lists with `low` to `high` items."""

    def check(path: str, value: Any) -> None:
        if not isinstance(value, list) or len(value) < low or (high is not None and len(value) > high):
            raise invalid_parameter(path)
        for index, part in enumerate(value):
            item(f"{path}[{index}]", part)

    return check


def text(path: str, value: Any) -> None:
    """Validate a string without control characters."""
    if not isinstance(value, str) or _CONTROL.search(value):
        raise invalid_parameter(path)


def enum(*allowed: str) -> Validator:
    """Return a validator of strings that are one of some values."""

    def check(path: str, value: Any) -> None:
        if not isinstance(value, str) or value not in allowed:
            raise invalid_parameter(path)

    return check


def pattern(expression: str) -> Validator:
    """Return a validator of strings that match a pattern as a whole."""
    compiled = re.compile(expression)

    def check(path: str, value: Any) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise invalid_parameter(path)

    return check


def boolean(path: str, value: Any) -> None:
    """Validate a boolean."""
    if not isinstance(value, bool):
        raise invalid_parameter(path)


def number(low: float, high: float, *, whole: bool = False) -> Validator:
    """Return a validator of numbers from `low` to `high`."""
    kinds = int if whole else (int, float)

    def check(path: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
            raise invalid_parameter(path)

    return check


def duration(path: str, value: Any) -> None:
    """Validate an ISO 8601 duration."""
    _check_parsable(path, value, parse_duration)


def clock_time(path: str, value: Any) -> None:
    """Validate a time of day, written as the duration since midnight."""
    _check_parsable(path, value, parse_duration)
    parsed = parse_duration(value)
    if parsed.months or parsed.seconds >= 86400:
        raise invalid_parameter(path)


def timestamp(path: str, value: Any) -> None:
    """Validate an RFC 3339 timestamp."""
    _check_parsable(path, value, parse_time)


def _check_parsable(path: str, value: Any, parse: Callable[[str], object]) -> None:
    try:
        parse(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise invalid_parameter(path) from error


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


WEEKDAY = enum(*WEEKDAYS)
# The characters that HTTP allows in the name of a header.
_KEY = pattern(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def attributes(*types: str) -> Validator:
    """Return a validator of lists of notification attributes of some types."""
    return array(object_with({"type": enum(*types), "key": _KEY, "value": text}))


CALLBACK_ATTRIBUTES = object_with(
    optional={
        "webhook": attributes("Header", "Body", "Query"),
        "websocket": attributes("Body"),
        "pushnotif": attributes("Header", "Body"),
    }
)
