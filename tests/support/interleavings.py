"""Random histories of commands, polls, pushes, the driver's hand, restarts and faults, in virtual time."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import random
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from custom_components.stellantis.api import (
    RemoteEvent,
    Status,
    Vehicle,
    merge_newest,
)
from custom_components.stellantis.api.requests import ChargeCommand, Lock, PreconditionCommand, SoundHorn, Unlock
from custom_components.stellantis.commands.queue import CommandQueue
from custom_components.stellantis.history.store import CarStore
from custom_components.stellantis.lock import LOCKS
from custom_components.stellantis.switch import SWITCHES
from custom_components.stellantis.vehicle.command import CommandResult
from custom_components.stellantis.vehicle.state import VehicleState
from tests.support.virtual_platform import MAX_LATE, Truth, VirtualLoop

ACTIONS: Final = (
    *(Lock(), Unlock(), Lock(), Unlock(), SoundHorn()),
    *(ChargeCommand(immediate=True), ChargeCommand(immediate=False)),
    *(PreconditionCommand(immediate=True), PreconditionCommand(immediate=False)),
)
# The events of a history, and how often they happen
EVENTS: Final = {"ask": 10, "hand": 6, "push": 4, "poll": 2, "cancel": 2, "restart": 2, "clock": 0.5}
# Causes of commands that were not posted
UNSENT: Final = frozenset(("command_canceled", "command_expired", "command_replaced", "start_repeated"))
REST: Final = 2400.0  # seconds; longer than the last late end and the polls after it


class StatusDouble:
    """Stands for the coordinator of the status."""

    def __init__(self, truth: Truth, car_store: CarStore) -> None:
        self.truth, self.car_store = truth, car_store
        self.vehicle, self.vehicle_id = Vehicle(motorization="Electric"), "v"
        self.data: VehicleState | None = None
        self.interval = 300.0
        self._listeners: list[Callable[[], None]] = []
        self._poll_listeners: list[Callable[[float], None]] = []
        self.on_update: Callable[[], None] = lambda: None
        self.shown_fn: Callable[[VehicleState], VehicleState] = lambda data: data

    @property
    def has_data(self) -> bool:
        """Whether the car was read."""
        return self.data is not None

    @property
    def shown_data(self) -> VehicleState:
        """What entities show."""
        assert self.data is not None
        return self.shown_fn(self.data)

    def async_add_listener(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Add a listener."""
        self._listeners.append(listener)
        return lambda: None

    def async_add_poll_listener(self, listener: Callable[[float], None]) -> Callable[[], None]:
        """Add a listener."""
        self._poll_listeners.append(listener)
        return lambda: None

    def async_set_fast_polling(self, *, enabled: bool) -> None:
        """Poll fast or slowly."""
        self.interval = 15.0 if enabled else 300.0

    def async_update_listeners(self) -> None:
        """Let the entities update."""
        self.on_update()

    def receive(self, body: Status) -> None:
        """Merge a status into the known one."""
        merged = merge_newest(self.data.status if self.data else None, body)
        self.data = VehicleState.from_status(dt_util.utcnow(), self.vehicle, merged)
        for listener in self._listeners:
            listener()
        self.on_update()

    async def async_refresh(self) -> None:
        """Poll."""
        began = self.truth.loop.time()
        if body := await self.truth.status():
            self.receive(body)
            for listener in self._poll_listeners:
                listener(began)


class Instance:
    """A run of Home Assistant between two restarts."""

    def __init__(
        self, truth: Truth, car_store: CarStore, results: list[CommandResult], check: Callable[[], None]
    ) -> None:
        self.truth, self.tasks = truth, set[asyncio.Task[Any]]()
        entry = SimpleNamespace(
            async_on_unload=lambda _: None,
            async_create_background_task=lambda _hass, coroutine, _name: self.create_task(coroutine),
        )

        async def save() -> None:
            if truth.rng.random() < 0.5:  # an executor may finish at once
                await asyncio.sleep(0.01)

        client = SimpleNamespace(send_remote=truth.send_remote, remote=truth.remote, remotes=truth.remotes_of)
        account = SimpleNamespace(
            hass=SimpleNamespace(loop=truth.loop),
            entry=entry,
            client=client,
            store=SimpleNamespace(async_save=save, async_schedule_save=lambda: None),
            has_scope=lambda _: True,
        )
        is_receiving = truth.rng.random() < 0.5

        async def ensure_callback(**_options: Any) -> str:
            if truth.rng.random() < 0.5:  # a callback that is known is not looked up
                await asyncio.sleep(0.05)
            return "c"

        def add_listener(listener: Callable[[RemoteEvent], None]) -> Callable[[], None]:
            truth.on_event = listener if is_receiving else None
            return lambda: None

        push = SimpleNamespace(
            is_receiving=is_receiving, async_ensure_callback=ensure_callback, async_add_remote_listener=add_listener
        )
        self.status = StatusDouble(truth, car_store)
        self.queue = CommandQueue(account, self.status, push)  # type: ignore[arg-type] # doubles
        self.queue.async_add_listener(lambda result: results.append(result) if result else None)
        self.status.on_update = check

    def create_task(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start a task that ends with this run."""
        task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=self.truth.loop, eager_start=True)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def start(self) -> None:
        """Read the car and resume its command."""
        await self.status.async_refresh()
        self.queue.async_resume()
        self.create_task(self._poll())

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(min(self.status.interval, 15.0 if self.queue.current else 300.0))
            await self.status.async_refresh()

    async def stop(self) -> CarStore:
        """Stop; return what is stored."""
        self.truth.on_event = None
        await self.queue.async_stop()
        for task in tuple(self.tasks):
            task.cancel()
        await asyncio.sleep(0)
        return CarStore.from_dict(self.status.car_store.to_dict())


@dataclass(slots=True)
class History:
    """A random history.

    Attributes:
        problems: what is wrong, empty if all is right.
        asked: how many commands were asked for.
        posted: how many were posted.
    """

    seed: int
    problems: list[str] = field(default_factory=list)
    asked: int = 0
    posted: int = 0
    results: list[CommandResult] = field(default_factory=list)
    instance: Instance | None = None
    wall_offset: float = 0.0

    def run(self) -> History:
        """Run the history to its rest and check it."""
        loop = VirtualLoop()
        truth = Truth(loop, random.Random(self.seed))  # noqa: S311 - reproducible

        def utcnow() -> datetime:
            return truth.now() + timedelta(seconds=self.wall_offset)

        asyncio.set_event_loop(None)
        with patch.object(dt_util, "utcnow", utcnow):
            try:
                loop.run_until_complete(self._run(truth))
            finally:
                for task in asyncio.all_tasks(loop):
                    task.cancel()
                loop.run_until_complete(asyncio.sleep(0))
                loop.close()
        return self

    async def _run(self, truth: Truth) -> None:
        rng = truth.rng
        truth.change("door", value=rng.random() < 0.5)

        def check() -> None:
            self._check_never_outlives(truth)

        self.instance = Instance(truth, CarStore(), self.results, check)
        await self.instance.start()
        asks: list[asyncio.Task[None]] = []
        for _ in range(rng.randint(4, 16)):
            await asyncio.sleep(rng.choice((0.0, 0.3, 3.0, 20.0, 90.0, 400.0)))
            match rng.choices(("ask", "hand", "push", "poll", "cancel", "restart", "clock"), (10, 6, 4, 2, 2, 2, 0.5))[
                0
            ]:
                case "ask":
                    self.asked += 1
                    asks.append(asyncio.create_task(self._ask(self.instance.queue, rng.choice(ACTIONS))))
                case "hand":
                    part = rng.choice(("door", "door", *truth.parts))
                    truth.change(part, value=not truth.parts[part])
                case "push":
                    self.instance.status.receive(truth.bodies[-1])
                case "poll":
                    await self.instance.status.async_refresh()
                case "cancel" if asks:
                    rng.choice(asks).cancel()
                case "restart":
                    store = await self.instance.stop()
                    await asyncio.sleep(rng.choice((1.0, 30.0, 8 * 3600.0)))
                    self.instance = Instance(truth, store, self.results, check)
                    await self.instance.start()
                case "clock":
                    self.wall_offset = rng.choice((-3600.0, 3600.0, 0.0))
        truth.is_calm = True
        await asyncio.sleep(MAX_LATE + 5 * 300)
        truth.report()
        await asyncio.sleep(REST)
        self._check_rest(truth, asks)

    async def _ask(self, queue: CommandQueue, action: Any) -> None:
        try:
            await queue.async_send(action)
        except HomeAssistantError:
            return

    def _check_never_outlives(self, truth: Truth) -> None:
        """Check that nothing is put over doors that were measured after the last command for them was sent."""
        if self.wall_offset or self.instance is None or self.instance.status.data is None:
            return
        reported, sent = self.instance.status.data, truth.last_sent.get("door")
        measured_at = reported.status.doors_state.measured_at if reported.status.doors_state else None
        is_newer = measured_at and sent and measured_at > sent
        if is_newer and self.instance.queue.shown_state.is_unlocked != reported.is_unlocked:
            self.problems.append("an expectation outlives a report")

    def _check_rest(self, truth: Truth, asks: list[asyncio.Task[None]]) -> None:
        assert self.instance is not None
        queue, self.posted = self.instance.queue, len(truth.posts)
        (charging,) = (switch for switch in SWITCHES if switch.key == "charging")
        state = queue.expected_state
        air = state.air_conditioning
        shown = {
            "door": LOCKS[0].value_fn(queue.shown_state),
            "charging": charging.value_fn(state),
            "preconditioning": air is not None and air.status == "Enabled",
        }
        if shown != truth.parts:
            self.problems.append(f"shown {shown}, but the car is {truth.parts}")
        if queue.current or queue.last_pending(*(result.type for result in self.results)):
            self.problems.append("a command is still pending")
        if any(not ask.done() for ask in asks):
            self.problems.append("a caller still waits")
        if len(set(truth.posts)) < len(truth.posts):
            self.problems.append("a command was posted twice")
        sent = [result for result in self.results if not result.is_late and result.cause not in UNSENT]
        if len(truth.posts) != len(sent):
            self.problems.append(f"{len(truth.posts)} posts, but {len(sent)} results of sent commands")
        if len(truth.posts) > self.asked:
            self.problems.append(f"{len(truth.posts)} posts for {self.asked} requests")
