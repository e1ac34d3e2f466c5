"""What the platform allows, and how to stay within it."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import floor
from typing import Self

from .exceptions import RateLimited

_BURST_WINDOW = 1.0
_DAY = 86400.0
_DAY_REMAINING_HEADER = "X-RateLimit-Remaining-1"
_HEADERS = (
    ("day_limit", "X-RateLimit-Limit-1"),
    ("day_remaining", _DAY_REMAINING_HEADER),
    ("burst_limit", "X-RateLimit-Limit-2"),
    ("burst_remaining", "X-RateLimit-Remaining-2"),
    ("reset", "X-RateLimit-Reset"),
)
# Of seconds so few can be waited for; longer is for the caller to decide.
MAX_WAIT = 2.0


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
        counts = {name: count for name, header in _HEADERS if (count := _parse_count(headers.get(header))) is not None}
        return replace(self, **counts) if counts else self


def _parse_count(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimitWindow:
    """A limit of requests in a span of time; None is not known.

    Attributes:
        limit: requests in that span.
        remaining: those left by now, by estimate.
        reset: seconds until there are more, by estimate.
    """

    limit: int | None
    remaining: int | None
    reset: float | None


class BurstLimiter:
    """Spaces requests so that no second sees more of them than the burst limit."""

    def __init__(self) -> None:
        self._start_times: deque[float] = deque()

    def _drop_expired(self, now: float) -> None:
        while self._start_times and self._start_times[0] <= now - _BURST_WINDOW:
            self._start_times.popleft()

    def window(self, limit: int | None, now: float) -> RateLimitWindow:
        """What is left of the last second."""
        self._drop_expired(now)
        reset = self._start_times[0] + _BURST_WINDOW - now if self._start_times else 0.0
        return RateLimitWindow(
            limit=limit, remaining=limit and max(0, limit - len(self._start_times)), reset=limit and reset
        )

    def acquire(self, limit: int | None, now: float) -> float:
        """Seconds that a request has to wait; its turn is reserved by asking."""
        self._drop_expired(now)
        start = now
        if limit and len(self._start_times) >= limit:
            start = max(now, self._start_times[-limit] + _BURST_WINDOW)
        self._start_times.append(start)
        return start - now


class Budget:
    """The requests of an account: what is left of them, what of that is kept for commands, and when the next may go.

    A sliding day gives back each request a day after it was made. When that was, nobody but the platform knows, so
    between two answers what comes back is estimated by the average: the day's limit in a day.
    """

    def __init__(self, *, reserve_share: float = 0.05, clock: Callable[[], float] | None = None) -> None:
        """Begin without knowledge; answers bring it.

        Args:
            reserve: the share of the day's requests that is kept for commands, 0 to 1.
            clock: seconds; those of the running loop where it is None.
        """
        self._reserve_share = reserve_share
        self._clock = clock or (lambda: asyncio.get_running_loop().time())
        self._burst_limiter = BurstLimiter()
        self._rate_limit = RateLimit()
        self._updated_at = 0.0
        self._refused_until = 0.0
        self._in_flight = 0

    @property
    def rate_limit(self) -> RateLimit:
        """What the platform last said of the limits."""
        return self._rate_limit

    @property
    def reserved(self) -> int | None:
        """Requests of a day that are kept for commands; None as long as the limit is not known."""
        limit = self._rate_limit.day_limit
        return None if limit is None else floor(limit * self._reserve_share)

    @property
    def day(self) -> RateLimitWindow:
        """What is left of the sliding day."""
        limit = self._rate_limit.day_limit
        reset = self.retry_after or (_DAY / limit if limit else None)
        return RateLimitWindow(limit=limit, remaining=self._day_remaining, reset=reset)

    @property
    def burst(self) -> RateLimitWindow:
        """What is left of the last second, by what was asked from here."""
        return self._burst_limiter.window(self._rate_limit.burst_limit, self._clock())

    @property
    def _day_remaining(self) -> int | None:
        limit, remaining = self._rate_limit.day_limit, self._rate_limit.day_remaining
        if not limit or remaining is None:
            return None
        returned = floor((self._clock() - self._updated_at) * limit / _DAY)
        return max(0, min(limit, remaining + returned) - self._in_flight)

    @property
    def retry_after(self) -> float:
        """Seconds until the platform answers again, by its own word; 0 where it has not refused."""
        return max(0.0, self._refused_until - self._clock())

    def acquire(self, *, use_reserve: bool) -> float:
        """Take a request out of the budget; `settle` it when it has ended.

        Args:
            command: it may use what is kept for commands.

        Returns:
            The seconds to wait before it may go, so that bursts stay within their limit.

        Raises:
            RateLimited: the platform would refuse it, or it is none for a command and no other is left.
        """
        if (refused_for := self.retry_after) > MAX_WAIT:
            raise RateLimited("the platform said when to come back", retry_after=refused_for)
        reserved, remaining = self.reserved, self._day_remaining
        if not use_reserve and reserved and remaining is not None and remaining <= reserved:
            raise RateLimited(
                "what is left of the day is kept for commands", retry_after=self._seconds_until_remaining(reserved + 1)
            )
        self._in_flight += 1
        return refused_for + self._burst_limiter.acquire(self._rate_limit.burst_limit, self._clock() + refused_for)

    def release(self) -> None:
        """End what was taken: from now on it is in the platform's count, if it got that far."""
        self._in_flight -= 1

    def update(self, headers: Mapping[str, str], *, retry_after: float | None = None) -> None:
        """Learn from an answer.

        Args:
            headers: of the answer.
            retry_after: seconds for which the platform refuses, if it did.
        """
        self._rate_limit = self._rate_limit.updated(headers)
        if _parse_count(headers.get(_DAY_REMAINING_HEADER)) is not None:
            self._updated_at = self._clock()
        if retry_after is not None:
            self._refused_until = self._clock() + min(retry_after, _DAY)

    def _seconds_until_remaining(self, count: int) -> float:
        """Seconds until so many requests are left, by estimate."""
        limit, remaining = self._rate_limit.day_limit or 1, self._rate_limit.day_remaining or 0
        return max(1.0, (count - remaining) * _DAY / limit - (self._clock() - self._updated_at))
