"""The commands of a queue: one with its callers, and those that wait for their turn."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final, Self

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..api import Status
from ..api.requests import RemoteCommand, RemoteRequest
from ..vehicle.command import Command, CommandOrigin, CommandRequest, CommandResult
from ..vehicle.expected import Expectation, is_contradicted
from ..vehicle.state import VehicleState

# A command that was sent longer ago is not shared with a new caller
MAX_SHARED_AGE: Final = timedelta(minutes=3)


@dataclass(slots=True, kw_only=True, eq=False)
class QueuedCommand:
    """A command that waits or runs.

    Attributes:
        request: What is wanted.
        future: The result; canceled if the queue stops.
        queued_at: When it was asked for.
        origin: Who asked for it first.
        callers: How many wait for its result.
        task: The task that sends and tracks it; None while it waits.
        command: The command, once it was built.
        is_sent: Whether it may have reached the platform.
        sent_at: When it was sent.
        started_at: The time of the event loop when it left the queue; None if that was before a restart.
        expectation: Its expected effect; None if the car is read instead.
        end_cause: Why it is withdrawn.
        result: The result, once it has ended.
    """

    request: CommandRequest
    future: asyncio.Future[CommandResult]
    queued_at: datetime
    origin: CommandOrigin | None = None
    callers: int = 0
    task: asyncio.Task[None] | None = None
    command: Command | None = None
    is_sent: bool = False
    sent_at: datetime | None = None
    started_at: float | None = None
    expectation: Expectation | None = None
    end_cause: str | None = None
    result: CommandResult | None = None

    @classmethod
    def resumed(cls, loop: asyncio.AbstractEventLoop, command: Command) -> Self:
        """Return a command that was sent before a restart."""
        return cls(
            request=CommandRequest.from_command(command),
            future=loop.create_future(),
            queued_at=command.started,
            origin=command.origin,
            command=command,
            is_sent=True,
            sent_at=command.started,
        )

    def as_unsent(self) -> Command:
        """Return the command as one that was never built."""
        return Command(type=self.request.type, body={}, label="", started=self.queued_at, origin=self.origin)

    def build(self, action: RemoteCommand) -> Command:
        """Build the command from its action and return it."""
        self.command = replace(
            self.as_unsent(),
            body=RemoteRequest(command=action).to_dict(),
            label=token_hex(8),
            started=dt_util.utcnow(),
        )
        return self.command

    def set_sent(self, command: Command, now: datetime, status: Status | None) -> None:
        """Note that the command is being sent.

        Args:
            command: The command.
            now: The time.
            status: The status of the car as it is known now.
        """
        self.command, self.is_sent, self.sent_at = command, True, now
        self.expectation = Expectation(remote=command.remote, sent_at=now, baseline=status)

    def preview(self, state: VehicleState) -> Expectation | None:
        """Return the expected effect of a command that was not sent yet; None of one that is resumed."""
        if self.is_sent:
            return None
        payload = self.request.preview(state)
        return Expectation(remote=payload) if payload else None

    def is_shareable(self, request: CommandRequest, status: Status | None, now: float) -> bool:
        """Return whether a new request need not be sent because it equals this one.

        A command whose effect was undone since it was sent is not shared, nor one that was sent before a restart long
        ago.

        Args:
            request: The new request.
            status: The status of the car as it is known now.
            now: The time of the event loop.
        """
        if (self.request.target, self.request.value) != (request.target, request.value):
            return False
        if not self.is_sent:
            return True
        elapsed = self.elapsed(now) or abs(dt_util.utcnow() - self.queued_at)
        return elapsed < MAX_SHARED_AGE and not (status and self.is_contradicted(status))

    def is_contradicted(self, status: Status) -> bool:
        """Return whether the car has reported since the command was sent that it is not as the command sets it."""
        if self.command is None or self.sent_at is None:
            return False
        # The clock of the car may be ahead of ours
        since = max(self.sent_at, self.command.known_at or self.sent_at)
        return is_contradicted(self.command.remote, status, since)

    def elapsed(self, now: float) -> timedelta | None:
        """Return how long the command has run, by the event loop; None if it was sent before a restart."""
        return None if self.started_at is None else timedelta(seconds=now - self.started_at)


class Waiting:
    """The commands that wait for their turn, none of them longer than allowed."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, max_wait: timedelta, on_end: Callable[[QueuedCommand, str], None]
    ) -> None:
        self._loop = loop
        self._max_wait = max_wait.total_seconds()
        self._on_end = on_end
        self._items: list[QueuedCommand] = []
        self._timers: dict[QueuedCommand, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[QueuedCommand]:
        return iter(self._items)

    @callback
    def async_insert(self, position: int, item: QueuedCommand) -> None:
        """Insert a command."""
        self._items.insert(position, item)
        self._timers[item] = self._loop.call_later(self._max_wait, self.async_end, item, "command_expired")

    @callback
    def async_pop(self) -> QueuedCommand | None:
        """Remove and return the next command."""
        return self._remove(self._items[0]) if self._items else None

    @callback
    def async_pop_all(self) -> list[QueuedCommand]:
        """Remove and return all commands."""
        return [self._remove(item) for item in tuple(self._items)]

    @callback
    def async_replace(self, item: QueuedCommand) -> int:
        """End a command because a newer one replaces it; return its position."""
        position = self._items.index(item)
        self.async_end(item, "command_replaced")
        return position

    @callback
    def async_end(self, item: QueuedCommand, cause: str) -> None:
        """End a command that is not sent any more."""
        self._on_end(self._remove(item), cause)

    def _remove(self, item: QueuedCommand) -> QueuedCommand:
        self._items.remove(item)
        self._timers.pop(item).cancel()
        return item
