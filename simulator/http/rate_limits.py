"""Rate limits per application: a sliding day and a burst of one second, in real time."""

from collections import deque
from math import ceil
from typing import TYPE_CHECKING

from ..clock import real_seconds
from .errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = 86400


class _Window:
    """Calls within the last ``length`` seconds, counted in ``step`` seconds so that memory stays bounded."""

    def __init__(self, limit: int, length: float, step: float) -> None:
        self.limit = limit
        self._length = length
        self._step = step
        self._buckets: deque[tuple[float, int]] = deque()

    def remaining(self, now: float) -> int:
        """Return how many calls are left."""
        while self._buckets and self._buckets[0][0] + self._length <= now:
            self._buckets.popleft()
        return self.limit - sum(count for _, count in self._buckets)

    def count(self, now: float) -> None:
        """Count a call."""
        at = now // self._step * self._step if self._step else now
        if self._buckets and self._buckets[-1][0] == at:
            self._buckets[-1] = (at, self._buckets[-1][1] + 1)
        else:
            self._buckets.append((at, 1))

    def reset(self, now: float) -> int:
        """Return the seconds until a call is free again."""
        return max(1, ceil(self._buckets[0][0] + self._length - now)) if self._buckets else 1


class Limits:
    """Counts the calls of each application; a limit of 0 is no limit."""

    def __init__(self, day: int, burst: int, now: Callable[[], float] = real_seconds) -> None:
        self._limits = (day, burst)
        self._now = now
        self._windows: dict[str, tuple[_Window, _Window]] = {}

    def set(self, *, day: int | None = None, burst: int | None = None) -> None:
        """Begin anew with other limits; one that is not given stays."""
        self._limits = (self._limits[0] if day is None else day, self._limits[1] if burst is None else burst)
        self._windows.clear()

    def count(self, client_id: str) -> dict[str, str]:
        """Count a call and return the headers that tell what is left.

        Raises ApiError 42900 with the documented headers when nothing is.
        """
        day, burst = self._limits
        windows = self._windows.setdefault(client_id, (_Window(day, DAY, 60), _Window(burst, 1, 0)))
        now = self._now()
        limited = [(number, window) for number, window in enumerate(windows, 1) if window.limit]
        spent = [window for _, window in limited if window.remaining(now) <= 0]
        if not spent:
            for _, window in limited:
                window.count(now)
        headers: dict[str, str] = {}
        for number, window in limited:
            headers[f"X-RateLimit-Limit-{number}"] = str(window.limit)
            headers[f"X-RateLimit-Remaining-{number}"] = str(max(0, window.remaining(now)))
        if spent:
            error = ApiError(42900, "Rate Limit exceeded")
            error.headers = headers | too_many(max(window.reset(now) for window in spent))
            raise error
        return headers


def too_many(seconds: int) -> dict[str, str]:
    """Return the headers that say when to come back."""
    return {"Retry-After": str(seconds), "X-RateLimit-Reset": str(seconds)}
