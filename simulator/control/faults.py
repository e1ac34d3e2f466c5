"""The faults that the control interface takes (`PUT /faults`)."""

from collections.abc import Callable, Mapping
import re
from typing import Any

from ..http.faults import GARBAGE, Fault
from .parsing import MAX_NUMBER, is_number, is_optional_whole_number, is_seconds

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


def parse_fault(body: Any) -> Fault:
    """Return a rule for responses.

    Raises:
        ValueError: It is invalid; the message says what is expected.
    """
    if not isinstance(body, dict):
        raise ValueError("a rule is a JSON object")  # noqa: TRY004 - becomes a response with status 400
    for name, value in body.items():
        if name not in _MEMBERS:
            raise ValueError(f"unknown key {name!r}; known: {', '.join(sorted(_MEMBERS))}")
        takes, is_valid = _MEMBERS[name]
        if not is_valid(value):
            raise ValueError(f"{name} takes {takes}")
    return Fault(**body)


def _are_headers(value: Any) -> bool:
    return isinstance(value, dict) and all(
        _HEADER_NAME.fullmatch(name) and isinstance(text, str) and _HEADER_VALUE.fullmatch(text)
        for name, text in value.items()
    )


# The members of a rule: what each takes, in words and as a check. Those whose default is None may be null.
_MEMBERS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "path": ("a text", lambda value: isinstance(value, str)),
    "method": ("a verb", lambda value: value is None or isinstance(value, str)),
    "delay": (f"seconds from 0 to {MAX_NUMBER}", is_seconds),
    "trickle": (f"seconds from 0 to {MAX_NUMBER}", is_seconds),
    "reset": ('true, false or "body"', lambda value: isinstance(value, bool) or value == "body"),
    "garbage": (", ".join(GARBAGE), lambda value: value is None or value in GARBAGE),
    "status": ("a whole number from 200 to 599", is_optional_whole_number(200, 599)),
    "body": ("anything", lambda _value: True),
    "headers": ("an object of names and texts", _are_headers),
    "retry_after": (f"a whole number from 0 to {MAX_NUMBER}", is_optional_whole_number(0, MAX_NUMBER)),
    "until": ("seconds since 1970", lambda value: value is None or is_number(0, 10 * MAX_NUMBER)(value)),
    "times": (f"a whole number from 0 to {MAX_NUMBER}", is_optional_whole_number(0, MAX_NUMBER)),
}
