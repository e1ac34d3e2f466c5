"""Advances the simulation in the background."""

from asyncio import CancelledError, Event, Task, create_task, sleep, timeout
from collections.abc import Callable, Iterator
from contextlib import suppress
import logging
from math import inf

from .clock import MAX_STEP
from .push.service import PushService
from .remote.service import RemoteService
from .vehicle.car import Car
from .world import World

_LOGGER = logging.getLogger(__name__)

# The limits of the real seconds between two runs, however fast simulated time passes.
MIN_SLEEP, MAX_SLEEP = 0.001, 3600.0
# Real seconds until the next run after one that failed.
FAILURE_SLEEP = 1.0


class Ticker:
    """A task that runs whatever is due, and sleeps until something is due or has changed."""

    def __init__(self, world: World, push: PushService, remote: RemoteService, on_run: Callable[[], None]) -> None:
        """Create a ticker.

        Args:
            world: The simulated cars and their clock.
            push: The monitors and their notifications.
            remote: The remotes.
            on_run: Is called after each run.
        """
        self._world = world
        self._push = push
        self._remote = remote
        self._on_run = on_run
        self._changed = Event()
        self._task: Task[None] | None = None
        push.notifier.on_idle = self._on_delivered

    def start(self) -> None:
        """Start the task."""
        self._task = create_task(self._run())

    async def stop(self) -> None:
        """Stop the task."""
        if self._task:
            self._task.cancel()
            with suppress(CancelledError):
                await self._task
            self._task = None
        await self._push.notifier.close()

    def notify_changed(self) -> None:
        """Run again soon, because something may be due earlier than before."""
        self._changed.set()

    async def run_due(self) -> None:
        """Run all due events of the active cars, and wait until their notifications were posted."""
        self._advance()
        await self._push.notifier.deliver()
        self._on_run()

    async def beat(self) -> None:
        """Run all due events; the former name of `run_due`."""
        await self.run_due()

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            try:
                self._advance()
                self._push.notifier.start_delivery()
                self._on_run()
                seconds = self._sleep_time()
            except Exception:
                # The simulation goes on: one event that fails must not stop all others for good
                _LOGGER.exception("A run of the simulation failed")
                await sleep(FAILURE_SLEEP)
                continue
            with suppress(TimeoutError):
                async with timeout(seconds):
                    await self._changed.wait()

    def _advance(self) -> None:
        """Bring the active cars up to date, each of them even if another one fails."""
        failures: list[Exception] = []
        for car in self._active_cars():
            try:
                car.advance_to(self._world.clock.now())
            except Exception as error:  # noqa: BLE001 - raised below
                failures.append(error)
        if failures:
            raise ExceptionGroup("cars that failed", failures)

    def _on_delivered(self) -> None:
        self._on_run()
        self.notify_changed()

    def _active_cars(self) -> Iterator[Car]:
        """Yield the cars that have monitors or pending remotes; all others are advanced when they are queried."""
        pending = {remote.vehicle_id for remote in self._remote.remotes.values() if not remote.is_final}
        for car in self._world.vehicles:
            if car.report_listener or car.id in pending:
                yield car

    def _sleep_time(self) -> float | None:
        """Return the real seconds until something is due, or None if nothing will be without a change."""
        clock = self._world.clock
        due = min((*(car.next_due() for car in self._active_cars()), self._push.notifier.next_due()))
        if not clock.speed or (due == inf and clock.speed <= 1):
            return None
        # A fast clock wants to be looked at before it has moved by MAX_STEP
        limit = min(MAX_SLEEP, MAX_STEP / 2 / clock.speed) if clock.speed > 1 else MAX_SLEEP
        return max(MIN_SLEEP, min(limit, (due - clock.now()) / clock.speed))
