"""Rate limits of each application: calls in 24 hours and in one second, in real time."""

from collections import deque
from collections.abc import Callable
from math import ceil

from ..clock import real_seconds
from .errors import ApiError

DAY = 86400


class _Window:
    """Counts the calls of the last `length` seconds, in buckets of `step` seconds to save memory."""

    def __init__(self, limit: int, length: float, step: float) -> None:
        self.limit = limit
        self._length = length
        self._step = step
        self._buckets: deque[tuple[float, int]] = deque()

    def remaining(self, now: float) -> int:
        """Return how many more calls are allowed."""
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

    def reset_time(self, now: float) -> int:
        """Return the seconds until another call is allowed."""
        return max(1, ceil(self._buckets[0][0] + self._length - now)) if self._buckets else 1


class RateLimits:
    """Counts and limits the calls of each application; a limit of 0 means no limit."""

    def __init__(self, day: int, burst: int, now: Callable[[], float] = real_seconds) -> None:
        self._limits = (day, burst)
        self._now = now
        self._windows: dict[str, tuple[_Window, _Window]] = {}

    def set(self, *, day: int | None = None, burst: int | None = None) -> None:
        """Set limits and reset all counters; a limit of None stays as it is."""
        self._limits = (self._limits[0] if day is None else day, self._limits[1] if burst is None else burst)
        self._windows.clear()

    def count(self, client_id: str) -> dict[str, str]:
        """Count a call and return the headers with the limits and remaining calls.

        Raises:
            ApiError: 42900, with the documented headers, if a limit is exceeded.
        """
        day, burst = self._limits
        windows = self._windows.setdefault(client_id, (_Window(day, DAY, 60), _Window(burst, 1, 0)))
        now = self._now()
        limited = [(number, window) for number, window in enumerate(windows, 1) if window.limit]
        exceeded = [window for _, window in limited if window.remaining(now) <= 0]
        if not exceeded:
            for _, window in limited:
                window.count(now)
        headers: dict[str, str] = {}
        for number, window in limited:
            headers[f"X-RateLimit-Limit-{number}"] = str(window.limit)
            headers[f"X-RateLimit-Remaining-{number}"] = str(max(0, window.remaining(now)))
        if exceeded:
            error = ApiError(42900, "Rate Limit exceeded")
            error.headers = headers | retry_headers(max(window.reset_time(now) for window in exceeded))
            raise error
        return headers


def retry_headers(seconds: int) -> dict[str, str]:
    """Return the headers of status 429, which tell when to retry."""
    return {"Retry-After": str(seconds), "X-RateLimit-Reset": str(seconds)}
