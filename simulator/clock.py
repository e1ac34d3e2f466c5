"""Simulated time."""

from datetime import UTC, datetime
from time import CLOCK_MONOTONIC, clock_gettime, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


# Simulated seconds per real second: eleven days and a half.
FASTEST = 10**6


def real_seconds() -> float:
    """Return seconds that pass in the real world, even where a test has frozen or patched Python's clocks."""
    return clock_gettime(CLOCK_MONOTONIC)


class Clock:
    """Time in the cars' world, in seconds since 1970: it can run fast, stand still and jump, never go back."""

    def __init__(
        self, start: datetime | None = None, speed: float = 1.0, source: Callable[[], float] | None = None
    ) -> None:
        self.start = start.timestamp() if start else time()
        self._source = source or real_seconds
        self._now = self.start
        self._read_at = self._source()
        self._speed = speed

    @property
    def speed(self) -> float:
        """Simulated seconds per real second."""
        return self._speed

    def now(self) -> float:
        """Return the simulated instant."""
        read_at = self._source()
        self._now += (read_at - self._read_at) * self._speed
        self._read_at = read_at
        return self._now

    def set_speed(self, speed: float) -> None:
        """Run at another speed from now on."""
        self.now()
        self._speed = speed

    def advance(self, seconds: float) -> float:
        """Jump ahead and return the new instant."""
        self._now = self.now() + seconds
        return self._now


def rfc3339(at: float) -> str:
    """Write an instant the way the API does: UTC, whole seconds, Z."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(seconds: float) -> str:
    """Write a length of time as ISO 8601 does, in hours and minutes."""
    minutes = int(seconds // 60)
    hours, rest = divmod(minutes, 60)
    if not minutes:
        return "PT0S"
    return "PT" + (f"{hours}H" if hours else "") + (f"{rest}M" if rest else "")
