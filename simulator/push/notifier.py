"""The notifier: posts notifications to webhooks, and retries until they are accepted or too old.

Retries follow the simulated clock. When it jumps ahead, there is one attempt instead of all those that were due.
"""

from asyncio import Lock, Task, create_task, gather
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import islice
import logging
from math import inf
from random import Random
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from ..clock import Clock
from ..http.hosts import is_reachable
from ..resources.links import Json
from .callbacks import Callback
from .notifications import Notification

# Simulated seconds between two attempts, and until a callback that has not accepted a notification fails.
RETRY_INTERVAL = 10
MAX_AGE = 72 * 3600
MAX_BATCH_SIZE = 100
TIMEOUT = aiohttp.ClientTimeout(total=5)

_LOGGER = logging.getLogger(__name__)

type DeliveryListener = Callable[[str, Any, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFaults:
    """Faults in the delivery of notifications: dropped, duplicated, delayed by seconds, or out of order."""

    drop: bool = False
    duplicate: bool = False
    delay: float = 0.0
    shuffle: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _QueuedNotification:
    """A notification that is not sent before `at`."""

    at: float
    notification: Notification


@dataclass(slots=True)
class _Queue:
    """The notifications of a callback.

    Attributes:
        waiting: What is still to be sent.
        has_backlog: Whether an attempt has failed and not everything was sent since; then batches are sent.
        retry_at: No attempt is made before.
        sent: How many notifications were accepted.
        failed: How many attempts failed.
        lock: Held while notifications are sent.
    """

    waiting: deque[_QueuedNotification] = field(default_factory=deque)
    has_backlog: bool = False
    retry_at: float = -inf
    sent: int = 0
    failed: int = 0
    lock: Lock = field(default_factory=Lock)


class Notifier:
    """Queues of notifications by callback."""

    def __init__(self, clock: Clock, on_delivery: DeliveryListener, allowed_hosts: Collection[str] = ()) -> None:
        """Create a notifier.

        Args:
            clock: The simulated clock.
            on_delivery: Is called after each attempt with the URL, the body, and the status of the response (0: none).
            allowed_hosts: Hosts that are called in addition to this machine.
        """
        self.faults = DeliveryFaults()
        self._clock = clock
        self._on_delivery = on_delivery
        self._allowed_hosts = allowed_hosts
        self._queues: dict[str, tuple[Callback, _Queue]] = {}
        self._session: aiohttp.ClientSession | None = None
        self._rng = Random(1)
        self._tasks: set[Task[None]] = set()
        # Is called after each delivery in the background.
        self.on_idle: Callable[[], None] = lambda: None

    def enqueue(self, callback: Callback, notification: Notification, faults: DeliveryFaults | None = None) -> None:
        """Add a notification, unless the callback is not running or has no webhook."""
        faults = faults or self.faults
        if callback.status != "Running" or not callback.target or faults.drop:
            return
        _, queue = self._queues.setdefault(callback.id, (callback, _Queue()))
        for _ in range(1 + faults.duplicate):
            queue.waiting.append(_QueuedNotification(notification.at + faults.delay, notification))

    def remove(self, callback: Callback) -> None:
        """Drop the queue of a callback."""
        self._queues.pop(callback.id, None)

    def retry_now(self, callback: Callback) -> None:
        """Retry immediately, because the callback was changed."""
        if callback.id in self._queues:
            self._queues[callback.id][1].retry_at = -inf

    def summary(self) -> list[Json]:
        """Return the state of each queue."""
        return [
            {
                "callback": callback.id,
                "status": callback.status,
                "waiting": len(queue.waiting),
                "sent": queue.sent,
                "failed": queue.failed,
            }
            for callback, queue in self._queues.values()
        ]

    def next_due(self) -> float:
        """Return the simulated time of the next attempt; infinity if nothing is waiting, or all of it is being sent."""
        return min(
            (
                max(queue.retry_at, min(queued.at for queued in queue.waiting))
                for callback, queue in self._queues.values()
                if queue.waiting and callback.status == "Running" and not queue.lock.locked()
            ),
            default=inf,
        )

    async def deliver(self) -> None:
        """Send everything that is due, and wait until it was sent."""
        await gather(*(self._flush(callback, queue) for callback, queue in list(self._queues.values())))

    def start_delivery(self) -> None:
        """Send everything that is due in the background, each queue by itself, so that no webhook delays another."""
        for callback, queue in self._queues.values():
            if callback.status == "Running" and not queue.lock.locked() and self._has_due(queue):
                task = create_task(self._flush(callback, queue))
                self._tasks.add(task)
                task.add_done_callback(self._on_task_done)

    def _on_task_done(self, task: Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        if error := task.exception():
            _LOGGER.error("A delivery failed", exc_info=error)
        self.on_idle()

    async def close(self) -> None:
        """Stop all deliveries and close the HTTP session."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await gather(*tasks, return_exceptions=True)
        if self._session:
            await self._session.close()
            self._session = None

    async def _flush(self, callback: Callback, queue: _Queue) -> None:
        async with queue.lock:
            while callback.status == "Running" and (batch := self._next_batch(queue)):
                notifications = [queued.notification for queued in batch]
                status = await self._post(callback, notifications, as_batch=queue.has_backlog and len(batch) > 1)
                if not 200 <= status < 300:
                    self._handle_failure(callback, queue, min(notification.at for notification in notifications))
                    return
                queue.sent += len(batch)
                for queued in batch:
                    queue.waiting.remove(queued)
                queue.has_backlog = queue.has_backlog and bool(queue.waiting)

    def _handle_failure(self, callback: Callback, queue: _Queue, oldest: float) -> None:
        """Schedule a retry, or let the callback fail if its oldest notification is too old."""
        now = self._clock.now()
        queue.failed += 1
        queue.has_backlog, queue.retry_at = True, now + RETRY_INTERVAL
        if oldest + MAX_AGE <= now:
            callback.status = "Failed"
            queue.waiting.clear()
            queue.has_backlog = False

    def _has_due(self, queue: _Queue) -> bool:
        now = self._clock.now()
        return now >= queue.retry_at and any(queued.at <= now for queued in queue.waiting)

    def _next_batch(self, queue: _Queue) -> list[_QueuedNotification]:
        """Return what is sent next: one notification, or several if there is a backlog."""
        now = self._clock.now()
        if not self._has_due(queue):
            return []
        due = (queued for queued in queue.waiting if queued.at <= now)
        size = MAX_BATCH_SIZE if queue.has_backlog else 1
        if not self.faults.shuffle:
            return list(islice(due, size))
        shuffled = list(due)
        self._rng.shuffle(shuffled)
        return shuffled[:size]

    async def _post(self, callback: Callback, notifications: Sequence[Notification], *, as_batch: bool) -> int:
        """Post notifications and return the status of the response.

        The status is 0 if there was no response, or if its host must not be called.
        """
        target = callback.target or ""
        if not is_reachable(urlsplit(target).hostname or "", self._allowed_hosts):
            return 0
        self._session = self._session or aiohttp.ClientSession(timeout=TIMEOUT)
        first = notifications[0]
        body: Any = [notification.body for notification in notifications] if as_batch else first.body
        headers = {} if as_batch else first.headers
        query = [] if as_batch else first.query
        try:
            async with self._session.post(
                target, json=body, headers=headers, params=query, allow_redirects=False, ssl=False
            ) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):  # ValueError: text that HTTP cannot carry
            status = 0
        self._on_delivery(target, body, status)
        return status
