"""What the platform allows, and how to stay within it."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

_WINDOW = 1.0
_HEADERS = {
    "day_limit": "X-RateLimit-Limit-1",
    "day_remaining": "X-RateLimit-Remaining-1",
    "burst_limit": "X-RateLimit-Limit-2",
    "burst_remaining": "X-RateLimit-Remaining-2",
    "reset": "X-RateLimit-Reset",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """What the last answer said of the subscription's limits; None where no answer has said it yet.

    Attributes:
        day_limit: requests in a sliding day.
        day_remaining: those left of them.
        burst_limit: requests in a second.
        burst_remaining: those left of them.
        reset: seconds until there are more.
    """

    day_limit: int | None = None
    day_remaining: int | None = None
    burst_limit: int | None = None
    burst_remaining: int | None = None
    reset: int | None = None

    def updated(self, headers: Mapping[str, str]) -> Self:
        """With what an answer's headers say; what they leave out stays."""
        said = {name: _count(headers.get(header)) for name, header in _HEADERS.items()}
        known = {
            field.name: getattr(self, field.name) if said[field.name] is None else said[field.name]
            for field in fields(self)
        }
        return type(self)(**known)


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004


class Pace:
    """Spaces requests so that no second sees more of them than the burst limit."""

    def __init__(self) -> None:
        self._starts: deque[float] = deque()

    def wait(self, limit: int | None, now: float) -> float:
        """Seconds that a request has to wait; its turn is reserved by asking."""
        while self._starts and self._starts[0] <= now - _WINDOW:
            self._starts.popleft()
        start = now
        if limit and len(self._starts) >= limit:
            start = max(now, self._starts[-limit] + _WINDOW)
        self._starts.append(start)
        return start - now
