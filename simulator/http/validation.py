"""What a request body must look like, as small checks that are put together.

A check raises ApiError 40000 that names the place, so that a client's author sees at once what was wrong.
"""

from collections.abc import Callable, Mapping
import re
from typing import Any

from .errors import invalid_parameter
from .parameters import parse_span, parse_time

type Shape = Callable[[str, Any], None]
type Members = Mapping[str, Shape]

_NOTHING: Members = {}
# What could break out of a header.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def record(need: Members = _NOTHING, may: Members = _NOTHING) -> Shape:
    """Return a check for an object that has all of some members, perhaps others, and no more."""
    known = {**need, **may}

    def check(at: str, value: Any) -> None:
        if not isinstance(value, dict):
            raise invalid_parameter(at or "body")
        for name in value.keys() - known.keys() or need.keys() - value.keys():
            raise invalid_parameter(_join(at, name))
        for name, part in value.items():
            known[name](_join(at, name), part)

    return check


def one_of(choices: Members, may: Members = _NOTHING) -> Shape:
    """Return a check for an object that has exactly one of some members."""
    whole = record(may={**choices, **may})

    def check(at: str, value: Any) -> None:
        whole(at, value)
        if len(value.keys() & choices.keys()) != 1:
            raise invalid_parameter(_join(at, " or ".join(choices)))

    return check


def some_of(choices: Members) -> Shape:
    """Return a check for an object that has at least one of some members."""
    whole = record(may=choices)

    def check(at: str, value: Any) -> None:
        whole(at, value)
        if not value:
            raise invalid_parameter(_join(at, " or ".join(choices)))

    return check


def array(item: Shape, low: int = 0, high: int | None = None) -> Shape:
    """Return a check for a list with so many items."""

    def check(at: str, value: Any) -> None:
        if not isinstance(value, list) or len(value) < low or (high is not None and len(value) > high):
            raise invalid_parameter(at)
        for number, part in enumerate(value):
            item(f"{at}[{number}]", part)

    return check


def text(at: str, value: Any) -> None:
    """Check a text without control characters."""
    if not isinstance(value, str) or _CONTROL.search(value):
        raise invalid_parameter(at)


def word(*known: str) -> Shape:
    """Return a check for one of some words."""

    def check(at: str, value: Any) -> None:
        if not isinstance(value, str) or value not in known:
            raise invalid_parameter(at)

    return check


def pattern(expression: str) -> Shape:
    """Return a check for a text that matches as a whole."""
    compiled = re.compile(expression)

    def check(at: str, value: Any) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise invalid_parameter(at)

    return check


def boolean(at: str, value: Any) -> None:
    """Check true or false."""
    if not isinstance(value, bool):
        raise invalid_parameter(at)


def number(low: float, high: float, *, whole: bool = False) -> Shape:
    """Return a check for a number within bounds."""
    kinds = int if whole else (int, float)

    def check(at: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
            raise invalid_parameter(at)

    return check


def span(at: str, value: Any) -> None:
    """Check a duration."""
    _parsed(at, value, parse_span)


def clock_time(at: str, value: Any) -> None:
    """Check a duration that stands for a time of the day."""
    _parsed(at, value, parse_span)
    parsed = parse_span(value)
    if parsed.months or parsed.seconds >= 86400:
        raise invalid_parameter(at)


def timestamp(at: str, value: Any) -> None:
    """Check a timestamp."""
    _parsed(at, value, parse_time)


def _parsed(at: str, value: Any, parse: Callable[[str], object]) -> None:
    try:
        parse(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise invalid_parameter(at) from error


def _join(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


WEEKDAY = word("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


# What HTTP lets the name of a header be.
_KEY = pattern(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def attributes(*types: str) -> Shape:
    """Return a check for attributes of some types."""
    return array(record({"type": word(*types), "key": _KEY, "value": text}))


CALLBACK_ATTRIBUTES = record(
    may={
        "webhook": attributes("Header", "Body", "Query"),
        "websocket": attributes("Body"),
        "pushnotif": attributes("Header", "Body"),
    }
)
