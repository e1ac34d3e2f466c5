"""Commands that were given up: the platform may still report their end, hours later."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain, repeat
from typing import Any, Final

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..account import AccountContext
from ..api import OutcomeUnknown, RemoteEvent, StellantisError
from ..const import DOMAIN
from ..history.store import CarStore
from ..vehicle.command import Command, CommandResult, RemoteUpdate, build_late_result, final_status

# Seconds between polls of a command that was given up; the last one repeats
LATE_POLL_DELAYS: Final = (30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
# The platform keeps trying to reach a car for hours. A command that is not in its list by then was not created
MAX_LATE_AGE: Final = timedelta(days=1)
MAX_UNLISTED_AGE: Final = timedelta(minutes=10)
MAX_LATE: Final = 5


@dataclass(slots=True, kw_only=True)
class _LateCommand:
    """A command that was given up.

    Attributes:
        given_up: The command as it was then.
        command: The command as it is known now.
        ends_at: When its end is no longer waited for.
        listed_by: From when on it was not created if the platform's list lacks it.
        timer: The next poll.
        delays: Seconds between polls.
    """

    given_up: Command
    command: Command
    ends_at: float
    listed_by: float
    timer: asyncio.TimerHandle | None = None
    delays: Iterator[float] = field(default_factory=lambda: chain(LATE_POLL_DELAYS, repeat(LATE_POLL_DELAYS[-1])))


class LateCommands:
    """The commands of a car that were given up. They are stored, so that a restart does not lose them."""

    def __init__(
        self,
        account: AccountContext,
        store_fn: Callable[[], CarStore],
        poll_fn: Callable[[Command], Awaitable[list[RemoteUpdate]]],
        on_result: Callable[[CommandResult], Coroutine[Any, Any, None]],
    ) -> None:
        self._account = account
        self._loop = account.hass.loop
        self._store_fn = store_fn
        self._poll_fn = poll_fn
        self._on_result = on_result
        self._commands: dict[str, _LateCommand] = {}

    @callback
    def async_add(self, command: Command) -> None:
        """Look out for the end of a command that is given up now."""
        # The clock may have been set back
        started_at = self._loop.time() - max(0.0, (dt_util.utcnow() - command.started).total_seconds())
        late = _LateCommand(
            given_up=command,
            command=command,
            ends_at=started_at + MAX_LATE_AGE.total_seconds(),
            listed_by=started_at + MAX_UNLISTED_AGE.total_seconds(),
        )
        self._commands[command.label] = late
        self._save()
        self._async_schedule(late)

    @callback
    def async_resume(self) -> None:
        """Look out for the commands that were given up before a restart."""
        for command in self._store_fn().late_commands:
            if command.label not in self._commands:
                self.async_add(command)

    @callback
    def async_stop(self) -> None:
        """Stop polling; the commands stay stored."""
        for late in self._commands.values():
            if late.timer:
                late.timer.cancel()
        self._commands.clear()

    @callback
    def async_handle_event(self, event: RemoteEvent) -> None:
        """Handle a notification that may be about one of the commands."""
        for late in tuple(self._commands.values()):
            is_same = event.remote_action_id is not None and event.remote_action_id == late.command.remote_action_id
            if is_same and event.event_status and event.event_status.has_ended:
                self._async_end(late, event.event_status)

    @callback
    def _async_schedule(self, late: _LateCommand) -> None:
        late.timer = self._loop.call_later(next(late.delays), self._async_start_poll, late)

    @callback
    def _async_start_poll(self, late: _LateCommand) -> None:
        self._account.entry.async_create_background_task(
            self._account.hass, self._async_poll(late), f"{DOMAIN} late command"
        )

    async def _async_poll(self, late: _LateCommand) -> None:
        updates: list[RemoteUpdate] | None = None
        with suppress(StellantisError):  # try again later
            updates = await self._async_look_up(late.command)
        if self._commands.get(late.command.label) is not late:
            return
        for update in updates or ():
            late.command = late.command.updated(update)
            if update.has_ended:
                self._async_end(late, update)
                return
        # An outage may last longer than the platform takes to list a command: only a list that was read tells
        is_missing = late.command.remote_action_id is None and updates is not None
        if self._loop.time() >= (late.listed_by if is_missing else late.ends_at):
            self._remove(late)
        else:
            self._async_schedule(late)

    async def _async_look_up(self, command: Command) -> list[RemoteUpdate]:
        """Return the updates of a command; none if the platform's list lacks it, or can never tell.

        Raises:
            StellantisError: the request failed.
        """
        try:
            return await self._poll_fn(command)
        except OutcomeUnknown:
            return []

    @callback
    def _async_end(self, late: _LateCommand, update: RemoteUpdate) -> None:
        self._remove(late)
        command = late.command.updated(update)
        result = build_late_result(late.given_up, command, *final_status(update), dt_util.utcnow())
        self._account.entry.async_create_background_task(
            self._account.hass, self._on_result(result), f"{DOMAIN} late result"
        )

    def _remove(self, late: _LateCommand) -> None:
        if late.timer:
            late.timer.cancel()
        del self._commands[late.command.label]
        self._save()

    def _save(self) -> None:
        self._store_fn().late_commands = [late.given_up for late in self._commands.values()][-MAX_LATE:]
        self._account.store.async_schedule_save()
