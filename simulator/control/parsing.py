"""Checks of the JSON that the control interface takes; errors say what is expected."""

from collections.abc import Callable
from typing import Any

from ..resources.links import Json

MAX_NUMBER = 10**9


def parse_object(body: Any, keys: set[str] | None = None) -> Json:
    """Return a JSON object.

    Args:
        body: The parsed JSON.
        keys: The keys that it may have; None for any.

    Raises:
        ValueError: It is not an object, or has another key.
    """
    if not isinstance(body, dict):
        raise ValueError("a JSON object is wanted")  # noqa: TRY004 - becomes a response with status 400
    unknown = body.keys() - keys if keys is not None else set()
    if unknown:
        raise ValueError(f"unknown key {min(unknown)!r}; known: {', '.join(sorted(keys or ()))}")
    return body


def parse_number(name: str, value: Any, maximum: float = MAX_NUMBER) -> float:
    """Return a number from 0 to a maximum.

    Raises:
        ValueError: It is something else, such as NaN, which Python reads from JSON.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= maximum:
        raise ValueError(f"{name} takes a number from 0 to {maximum}")
    return float(value)


def parse_whole_number(name: str, value: Any) -> int:
    """Return a whole number from 0 on.

    Raises:
        ValueError: It is something else.
    """
    number = parse_number(name, value)
    if not number.is_integer():
        raise ValueError(f"{name} takes a whole number")
    return int(number)


def parse_text(name: str, value: Any) -> str:
    """Return a string.

    Raises:
        ValueError: It is something else.
    """
    if not isinstance(value, str):
        raise ValueError(f"{name} takes a text")  # noqa: TRY004 - becomes a response with status 400
    return value


def is_bool(value: Any) -> bool:
    """Return whether a value is a boolean."""
    return isinstance(value, bool)


def is_seconds(value: Any) -> bool:
    """Return whether a value is a number of seconds from 0 on."""
    return is_number(0, MAX_NUMBER)(value)


def is_number(low: float, high: float) -> Callable[[Any], bool]:
    """Return a check for numbers within limits."""
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def is_optional_whole_number(low: int, high: int) -> Callable[[Any], bool]:
    """Return a check for None and for whole numbers within limits."""
    return lambda value: value is None or (isinstance(value, int) and is_number(low, high)(value))
