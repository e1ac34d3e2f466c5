"""Virtual time for an event loop with real sockets: when nothing is ready, the time jumps to the next timer."""

import asyncio
from collections.abc import Callable
from time import CLOCK_MONOTONIC, clock_gettime
from typing import Any, Final

# Real seconds to wait for another thread. Both ends of all sockets are in this one
WAIT: Final = 0.002


class VirtualTime:
    """Replaces the clock of a running event loop. Call `restore` at the end.

    Attributes:
        now: The time of the loop in seconds.
    """

    def __init__(self, loop: Any, on_jump: Callable[[float], object]) -> None:
        self._loop = loop
        self._on_jump = on_jump
        self._select = self._loop._selector.select
        self._run_in_executor = self._loop.run_in_executor
        self._jobs = 0
        self.now = clock_gettime(CLOCK_MONOTONIC)
        self._loop.time = self.time
        self._loop.run_in_executor = self._count_job
        self._loop._selector.select = self._wait

    def time(self) -> float:
        """Return the time of the loop."""
        return self.now

    def restore(self) -> None:
        """Give the loop its own clock back."""
        del self._loop.time, self._loop.run_in_executor, self._loop._selector.select

    def _count_job(self, *args: Any) -> asyncio.Future[Any]:
        """Run a function in a thread; the time stands still until it has finished."""
        future: asyncio.Future[Any] = self._run_in_executor(*args)
        self._jobs += 1
        future.add_done_callback(self._job_done)
        return future

    def _job_done(self, _future: asyncio.Future[Any]) -> None:
        self._jobs -= 1

    def _wait(self, timeout: float | None) -> Any:
        """Return what is ready, or let the time pass until the next timer."""
        if (ready := self._select(0)) or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None or self._jobs:
            return self._select(WAIT)
        self.now += timeout
        self._on_jump(timeout)
        return []
