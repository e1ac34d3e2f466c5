"""Simulated time."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import CLOCK_MONOTONIC, clock_gettime, time

# The limit of the speed, in simulated seconds per real second: eleven and a half days.
MAX_SPEED = 10**6
# The limit of the simulated seconds that pass between two looks at a clock that runs faster than real time. If the
# machine cannot keep up with the speed, time passes slower instead of piling up events that block the server.
MAX_STEP = 6 * 3600


def real_seconds() -> float:
    """Return real seconds from a monotonic clock, even if a test has frozen Python's clocks."""
    return clock_gettime(CLOCK_MONOTONIC)


class Clock:
    """The simulated time, in seconds since 1970. It can run fast, stop and jump ahead, but never goes back."""

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
        """Return the simulated time."""
        read_at = self._source()
        elapsed = read_at - self._read_at
        self._now += elapsed * self._speed if self._speed <= 1 else min(elapsed * self._speed, max(elapsed, MAX_STEP))
        self._read_at = read_at
        return self._now

    def set_speed(self, speed: float) -> None:
        """Change the speed."""
        self.now()
        self._speed = speed

    def advance(self, seconds: float) -> float:
        """Jump ahead by some seconds and return the new time."""
        self._now = self.now() + seconds
        return self._now


def rfc3339(at: float) -> str:
    """Return a time as RFC 3339 timestamp in the form of the API: UTC, whole seconds, Z."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(seconds: float) -> str:
    """Return seconds as ISO 8601 duration in hours and minutes."""
    minutes = int(seconds // 60)
    hours, rest = divmod(minutes, 60)
    if not minutes:
        return "PT0S"
    return "PT" + (f"{hours}H" if hours else "") + (f"{rest}M" if rest else "")
