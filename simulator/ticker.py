"""The pulse: lets what is due happen while nobody asks."""

from asyncio import CancelledError, Event, Lock, Task, create_task, timeout
from collections.abc import Callable
from contextlib import suppress
from math import inf

from .push.service import Push

# However fast time runs, so many real seconds pass between two beats, at least and at most.
SHORTEST, LONGEST = 0.001, 3600.0


class Pulse:
    """A task that sleeps until something is due, or until somebody has changed what is."""

    def __init__(self, push: Push, beaten: Callable[[], None]) -> None:
        self._push = push
        self._beaten = beaten
        self._changed = Event()
        self._lock = Lock()
        self._task: Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = create_task(self._run())

    async def stop(self) -> None:
        """End."""
        if self._task:
            self._task.cancel()
            with suppress(CancelledError):
                await self._task
            self._task = None
        await self._push.notifier.close()

    def change(self) -> None:
        """Look again at what is due."""
        self._changed.set()

    async def beat(self) -> None:
        """Let everything happen that is due by now, and send what there is to be told of it."""
        async with self._lock:
            self._push.live()
            await self._push.notifier.deliver()
            self._beaten()

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            await self.beat()
            with suppress(TimeoutError):
                async with timeout(self._rest()):
                    await self._changed.wait()

    def _rest(self) -> float | None:
        """Return the real seconds until something is due, None where only a change can bring it about."""
        clock = self._push.world.clock
        due = self._push.next_due()
        if due == inf or not clock.speed:
            return None
        return min(LONGEST, max(SHORTEST, (due - clock.now()) / clock.speed))
