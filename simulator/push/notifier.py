"""The notifier: posts what happens to webhooks, again and again until they take it or it is too old.

Retries follow the simulated clock. When that jumps, no time passes for the webhook, so one try stands for all those
that would have been made meanwhile.
"""

from asyncio import Lock, gather
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from math import inf
from random import Random
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from ..clock import Clock
from ..http.hal import Json
from ..http.loopback import is_loopback
from .callbacks import Callback
from .notifications import Notification

RETRY = 10
KEEP = 72 * 3600
BATCH = 100
TIMEOUT = aiohttp.ClientTimeout(total=5)

type Record = Callable[[str, Any, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How notifications go astray: never sent, sent twice, sent ``delay`` seconds late, or out of order."""

    drop: bool = False
    duplicate: bool = False
    delay: float = 0.0
    shuffle: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Letter:
    """A notification to be sent, not before an instant."""

    at: float
    notification: Notification


@dataclass(slots=True)
class _Outbox:
    """What waits to be sent to a callback; ``lagging`` after a try that failed, until all is sent."""

    waiting: deque[_Letter] = field(default_factory=deque)
    lagging: bool = False
    retry_at: float = -inf
    sent: int = 0
    failed: int = 0
    lock: Lock = field(default_factory=Lock)


class Notifier:
    """Outboxes by callback. ``record`` is told what was posted, and how it was answered."""

    def __init__(self, clock: Clock, record: Record) -> None:
        self.manner = Manner()
        self._clock = clock
        self._record = record
        self._outboxes: dict[str, tuple[Callback, _Outbox]] = {}
        self._session: aiohttp.ClientSession | None = None
        self._dice = Random(1)

    def put(self, callback: Callback, notification: Notification, manner: Manner | None = None) -> None:
        """Have something sent, unless the callback is paused or has failed, or has no webhook."""
        manner = manner or self.manner
        if callback.status != "Running" or not callback.target or manner.drop:
            return
        _, outbox = self._outboxes.setdefault(callback.id, (callback, _Outbox()))
        for _ in range(1 + manner.duplicate):
            outbox.waiting.append(_Letter(notification.at + manner.delay, notification))

    def forget(self, callback: Callback) -> None:
        """Throw away what waits for a callback."""
        self._outboxes.pop(callback.id, None)

    def revive(self, callback: Callback) -> None:
        """Try again at once: the callback has been changed."""
        if callback.id in self._outboxes:
            self._outboxes[callback.id][1].retry_at = -inf

    def summary(self) -> list[Json]:
        """Return how it stands with each callback that was sent something."""
        return [
            {
                "callback": callback.id,
                "status": callback.status,
                "waiting": len(outbox.waiting),
                "sent": outbox.sent,
                "failed": outbox.failed,
            }
            for callback, outbox in self._outboxes.values()
        ]

    def next_due(self) -> float:
        """Return the simulated instant at which something is to be sent; infinity if nothing waits."""
        return min(
            (
                max(outbox.retry_at, min(letter.at for letter in outbox.waiting))
                for callback, outbox in self._outboxes.values()
                if outbox.waiting and callback.status == "Running"
            ),
            default=inf,
        )

    async def deliver(self) -> None:
        """Send what is due."""
        await gather(*(self._empty(callback, outbox) for callback, outbox in list(self._outboxes.values())))

    async def close(self) -> None:
        """Close all connections."""
        if self._session:
            await self._session.close()
            self._session = None

    async def _empty(self, callback: Callback, outbox: _Outbox) -> None:
        async with outbox.lock:
            while callback.status == "Running" and (bucket := self._bucket(outbox)):
                notifications = [letter.notification for letter in bucket]
                status = await self._post(callback, notifications, batch=outbox.lagging and len(bucket) > 1)
                if not 200 <= status < 300:
                    self._give_up(callback, outbox, min(one.at for one in notifications))
                    return
                outbox.sent += len(bucket)
                for letter in bucket:
                    outbox.waiting.remove(letter)
                outbox.lagging = outbox.lagging and bool(outbox.waiting)

    def _give_up(self, callback: Callback, outbox: _Outbox, oldest: float) -> None:
        """Try again later, or never again if that has been tried for too long."""
        now = self._clock.now()
        outbox.failed += 1
        outbox.lagging, outbox.retry_at = True, now + RETRY
        if oldest + KEEP <= now:
            callback.status = "Failed"
            outbox.waiting.clear()
            outbox.lagging = False

    def _bucket(self, outbox: _Outbox) -> list[_Letter]:
        """Return what is to be sent next: one message, or up to a hundred when it lags."""
        now = self._clock.now()
        if now < outbox.retry_at:
            return []
        due = (letter for letter in outbox.waiting if letter.at <= now)
        most = BATCH if outbox.lagging else 1
        if not self.manner.shuffle:
            return list(islice(due, most))
        shuffled = list(due)
        self._dice.shuffle(shuffled)
        return shuffled[:most]

    async def _post(self, callback: Callback, bucket: Sequence[Notification], *, batch: bool) -> int:
        """Post, and return the status of the answer: 0 for none, and for a target that is not on this machine."""
        target = callback.target or ""
        if not is_loopback(urlsplit(target).hostname or ""):
            return 0
        self._session = self._session or aiohttp.ClientSession(timeout=TIMEOUT)
        first = bucket[0]
        body: Any = [one.body for one in bucket] if batch else first.body
        headers = {} if batch else first.headers
        query = [] if batch else first.query
        try:
            async with self._session.post(
                target, json=body, headers=headers, params=query, allow_redirects=False, ssl=False
            ) as response:
                status = response.status
        except aiohttp.ClientError, TimeoutError, OSError:
            status = 0
        self._record(target, body, status)
        return status


def manner(asked: Json) -> Manner:
    """Return a manner as control names it.

    Raises ValueError.
    """
    known = Manner()
    for name, value in asked.items():
        if name not in {"drop", "duplicate", "delay", "shuffle"}:
            raise ValueError(f"unknown key {name!r}; known: drop, duplicate, delay, shuffle")
        wanted = isinstance(value, bool) if name != "delay" else not isinstance(value, bool) and _is_seconds(value)
        if not wanted:
            raise ValueError(f"{name} takes {'seconds' if name == 'delay' else 'true or false'}")
    return replace(known, **asked)


def _is_seconds(value: Any) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 10**9
