"""Rate limits of the platform, and the budget that keeps requests within them."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import floor

from .exceptions import RateLimited
from .retry_after import MAX_RETRY_AFTER, MIN_RETRY_AFTER

_BURST_WINDOW = 1.0
_DAY = 86400.0
_HEADERS = (
    ("day_limit", "X-RateLimit-Limit-1"),
    ("day_remaining", "X-RateLimit-Remaining-1"),
    ("burst_limit", "X-RateLimit-Limit-2"),
    ("burst_remaining", "X-RateLimit-Remaining-2"),
    ("reset", "X-RateLimit-Reset"),
)
# Refusals in a row until the pause doubles with each further one, and after which it grows no more, at about an hour
_SHORT_REFUSALS = 3
_MAX_REFUSALS = 15
MAX_WAIT = 2.0
"""In seconds. Longer refusals are raised, so that the caller decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """The rate limits most recently reported by the platform; None means not reported yet.

    Attributes:
        day_limit: Requests allowed within any 24 hours.
        day_remaining: Remaining requests of the day limit.
        burst_limit: Requests allowed within any second.
        burst_remaining: Remaining requests of the burst limit.
        reset: Seconds until more requests are allowed.
    """

    day_limit: int | None = None
    day_remaining: int | None = None
    burst_limit: int | None = None
    burst_remaining: int | None = None
    reset: int | None = None


def _read_counts(headers: Mapping[str, str]) -> dict[str, int]:
    """Return the values that response headers tell, by the names of the fields."""
    return {name: int(text) for name, header in _HEADERS if (text := headers.get(header)) and _is_count(text)}


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10  # noqa: PLR2004


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimitWindow:
    """A request limit within a time window, as of now; None means unknown.

    Attributes:
        limit: Requests allowed within the window.
        remaining: Estimated remaining requests.
        reset: Estimated seconds until more requests are allowed.
    """

    limit: int | None
    remaining: int | None
    reset: float | None


class BurstLimiter:
    """Delays requests so that no second contains more of them than the burst limit."""

    def __init__(self) -> None:
        self._start_times: deque[float] = deque()

    def _drop_expired(self, now: float) -> None:
        while self._start_times and self._start_times[0] <= now - _BURST_WINDOW:
            self._start_times.popleft()

    def window(self, limit: int | None, now: float) -> RateLimitWindow:
        """Return the state of the current one-second window."""
        self._drop_expired(now)
        reset = self._start_times[0] + _BURST_WINDOW - now if self._start_times else 0.0
        return RateLimitWindow(
            limit=limit, remaining=limit and max(0, limit - len(self._start_times)), reset=limit and reset
        )

    def acquire(self, limit: int | None, now: float) -> float:
        """Reserve a slot for a request and return the seconds to wait for it."""
        self._drop_expired(now)
        start = now
        if limit and len(self._start_times) >= limit:
            start = max(now, self._start_times[-limit] + _BURST_WINDOW)
        self._start_times.append(start)
        return start - now


class Budget:
    """The request budget of an account, with a reserve for commands.

    The day limit applies to a sliding window: a request counts for 24 hours. Only the platform knows when they were
    made, so between two responses the requests that become available again are estimated at the average rate (the day
    limit per day). Requests whose response was lost, or does not tell what remains, are subtracted until one tells.
    """

    def __init__(self, *, reserve_share: float = 0.05, clock: Callable[[], float] | None = None) -> None:
        """Create a budget. Its limits are unknown until the first response.

        Args:
            reserve_share: The share of the day limit that is reserved for commands, 0 to 1.
            clock: Returns the current time in seconds; defaults to the time of the running event loop.
        """
        self._reserve_share = reserve_share
        self._clock = clock or (lambda: asyncio.get_running_loop().time())
        self._burst_limiter = BurstLimiter()
        self._rate_limit = RateLimit()
        self._updated_at = 0.0
        self._refused_until = 0.0
        self._refusals = 0
        self._in_flight = 0
        self._unreported = 0

    @property
    def rate_limit(self) -> RateLimit:
        """The rate limits most recently reported by the platform."""
        return self._rate_limit

    @property
    def reserved(self) -> int | None:
        """The number of requests per day reserved for commands; None if the limit is unknown."""
        limit = self._rate_limit.day_limit
        return None if limit is None else floor(limit * self._reserve_share)

    @property
    def day(self) -> RateLimitWindow:
        """The state of the 24-hour window."""
        limit = self._rate_limit.day_limit
        reset = self.retry_after or (_DAY / limit if limit else None)
        return RateLimitWindow(limit=limit, remaining=self._day_remaining, reset=reset)

    @property
    def burst(self) -> RateLimitWindow:
        """The state of the one-second window, counting only our own requests."""
        return self._burst_limiter.window(self._rate_limit.burst_limit, self._clock())

    @property
    def _day_remaining(self) -> int | None:
        limit, remaining = self._rate_limit.day_limit, self._rate_limit.day_remaining
        if not limit or remaining is None:
            return None
        returned = floor((self._clock() - self._updated_at) * limit / _DAY)
        return max(0, min(limit, remaining - self._unreported + returned) - self._in_flight)

    @property
    def retry_after(self) -> float:
        """Seconds until the platform accepts requests again; 0 if it does not refuse them."""
        return max(0.0, self._refused_until - self._clock())

    def acquire(self, *, use_reserve: bool) -> float:
        """Take one request out of the budget. Call `release` when the request is done.

        Args:
            use_reserve: Whether the request may use the reserve for commands.

        Returns:
            The seconds to wait before sending, so that bursts stay within their limit.

        Raises:
            RateLimited: The platform would refuse the request, or only the reserve is left.
        """
        if (refused_for := self.retry_after) > MAX_WAIT:
            raise RateLimited("the platform refuses requests for now", retry_after=refused_for)
        reserved, remaining = self.reserved, self._day_remaining
        if not use_reserve and reserved and remaining is not None and remaining <= reserved:
            retry_after = self._seconds_until_remaining(reserved + 1)
            raise RateLimited("the remaining requests are reserved for commands", retry_after=retry_after)
        self._in_flight += 1
        return refused_for + self._burst_limiter.acquire(self._rate_limit.burst_limit, self._clock() + refused_for)

    def release(self) -> None:
        """Mark an acquired request as done. If it was sent, the platform counts it from now on."""
        self._in_flight -= 1

    def count_unreported(self) -> None:
        """Count a request that may have been sent, and of which no response tells what remains."""
        self._unreported += 1

    def update(self, headers: Mapping[str, str], *, retry_after: float | None = None) -> bool:
        """Update the limits from a response.

        The pause doubles while the platform goes on to refuse requests, in case it asks for too short a one.

        Args:
            headers: The response headers.
            retry_after: Seconds to wait, if the platform refused the request.

        Returns:
            Whether the response tells how many requests of the day limit remain.
        """
        if counts := _read_counts(headers):
            self._rate_limit = replace(self._rate_limit, **counts)
        if is_reported := "day_remaining" in counts:
            self._updated_at, self._unreported = self._clock(), 0
        if retry_after is None:
            self._refusals = 0
            return is_reported
        now = self._clock()
        if now >= self._refused_until:  # else the request was sent before the refusal that counts already
            self._refusals = min(self._refusals + 1, _MAX_REFUSALS)
        pause = max(retry_after, MIN_RETRY_AFTER * 2 ** max(0, self._refusals - _SHORT_REFUSALS))
        self._refused_until = max(self._refused_until, now + min(pause, MAX_RETRY_AFTER))
        return is_reported

    def _seconds_until_remaining(self, count: int) -> float:
        """Return the estimated seconds until `count` requests remain."""
        limit, remaining = self._rate_limit.day_limit or 1, (self._rate_limit.day_remaining or 0) - self._unreported
        return max(1.0, (count - remaining) * _DAY / limit - (self._clock() - self._updated_at))
