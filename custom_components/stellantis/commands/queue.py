"""The queue of a car's commands: each is sent once, one at a time, and tracked until it ends, even across restarts."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import chain, repeat
from secrets import token_hex
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ..api import (
    GrantExpired,
    InvalidRequest,
    NotFound,
    OutcomeUnknown,
    RemoteEvent,
    RemoteEventStatus,
    RemotePayload,
    StellantisError,
)
from ..api.requests import RemoteCommand, RemoteRequest
from ..const import DOMAIN
from ..coordinator import AccountContext, EndpointCoordinator
from ..errors import command_error_key
from ..history.store import CarStore
from ..push.callback import PushManager
from ..vehicle.capabilities import CommandSupport, command_support
from ..vehicle.command import (
    COMMAND_TYPES,
    Command,
    CommandResult,
    CommandStatus,
    CommandType,
    RemoteUpdate,
    build_result,
    final_status,
)
from ..vehicle.expected import apply_remote
from ..vehicle.state import VehicleState

# Seconds between polls of a command without push; the last one repeats
POLL_DELAYS: Final = (2.0, 3.0, 5.0, 8.0, 10.0)
# Seconds to wait for a notification before the command is polled
PUSH_WAIT: Final = 20.0
# A command without a result after this time has timed out
COMMAND_TIMEOUT: Final = timedelta(minutes=3)
# A command that the platform does not list after this many polls (half a minute) was not created
MAX_MISSING_POLLS: Final = 5
# Commands of a car, the running one included
MAX_QUEUED: Final = 5


class CommandQueue:
    """The queue of a car's commands.

    A command is sent when the previous one has ended. A command equal to the last queued one is not sent; its caller
    shares the result. A command that was sent is tracked to its end, even if its caller is canceled, the entry is
    reloaded, or Home Assistant restarts.
    """

    def __init__(self, account: AccountContext, status: EndpointCoordinator[VehicleState], push: PushManager) -> None:
        self._account = account
        self._status = status
        self._push = push
        self._lock = asyncio.Lock()
        self._queue: dict[asyncio.Task[CommandResult], Mapping[str, Any]] = {}
        self._current: Command | None = None
        self._received: list[RemoteEvent] = []
        self._update_event = asyncio.Event()
        self._listeners: list[Callable[[CommandResult | None], None]] = []
        account.entry.async_on_unload(push.async_add_remote_listener(self._async_handle_remote_event))

    @property
    def support(self) -> CommandSupport:
        """The commands that the car supports, split by permission."""
        return command_support(self._status.vehicle, self._account.has_scope)

    @property
    def current(self) -> Command | None:
        """The running command, with its latest status; None if no command is running."""
        return self._current

    def is_running(self, *types: CommandType) -> bool:
        """Return whether a command of one of the types is running."""
        return self._current is not None and self._current.type in types

    @property
    def history(self) -> list[CommandResult]:
        """The results of the last commands, oldest first."""
        return self._car_store.command_results

    @property
    def wake_ups_this_month(self) -> int:
        """The number of commands in this month that woke the car."""
        return self._car_store.wake_ups.get(_current_month(), 0)

    @property
    def predicted_state(self) -> VehicleState:
        """The state of the car after all queued commands have succeeded."""
        now, status = dt_util.utcnow(), self._status.data.status
        for body in self._queue.values():
            status = apply_remote(RemotePayload.from_dict(body), status, now)
        return VehicleState.from_status(now, self._status.vehicle, status)

    @callback
    def async_add_listener(self, listener: Callable[[CommandResult | None], None]) -> CALLBACK_TYPE:
        """Call `listener` when the current command or its status changes; return an unsubscribe function.

        The listener receives the result if a command has ended, else None.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def async_send(self, action: RemoteCommand) -> CommandResult:
        """Send a command, wait until it has succeeded, and return its result.

        Raises:
            HomeAssistantError: the command failed, was not sent, or was interrupted; the message says why.
        """
        self.async_resume()  # an unfinished command goes first, even if this is called during setup
        body = RemoteRequest(command=action).to_dict()
        last = next(reversed(self._queue), None)
        if last is None or self._queue[last] != body:
            if len(self._queue) >= MAX_QUEUED:
                raise HomeAssistantError(translation_domain=DOMAIN, translation_key="too_many_commands")
            command = Command(type=COMMAND_TYPES[type(action)], body=body, label=token_hex(8), started=dt_util.utcnow())
            last = self._async_start_task(self._async_run(command, action), body)
        await asyncio.wait([last])  # unlike `await last`, this does not cancel the command with its caller
        if last.cancelled():
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="command_interrupted")
        result = last.result()
        if result.cause is not None:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key=result.cause)
        return result

    @callback
    def async_resume(self) -> None:
        """Resume tracking the command that was running when Home Assistant stopped, unless that is done already."""
        if (command := self._car_store.current_command) and not self._queue:
            self._async_start_task(self._async_run(command), command.body)

    async def async_stop(self) -> None:
        """Stop tracking the running command, which can be resumed later, and drop the queued ones."""
        for task in self._queue:
            task.cancel()
        if self._queue:
            await asyncio.wait(list(self._queue))

    @property
    def _car_store(self) -> CarStore:
        return self._status.car_store

    @callback
    def _async_start_task(
        self, coroutine: Coroutine[Any, Any, CommandResult], body: Mapping[str, Any]
    ) -> asyncio.Task[CommandResult]:
        task = self._account.entry.async_create_background_task(self._account.hass, coroutine, f"{DOMAIN} command")
        self._queue[task] = body
        task.add_done_callback(self._queue.pop)
        return task

    async def _async_run(self, command: Command, action: RemoteCommand | None = None) -> CommandResult:
        """Wait for earlier commands, send the command, and track it until it ends.

        Args:
            command: the command to send or to resume.
            action: the request to send; None for a command that was sent before a restart.
        """
        async with self._lock:
            result = None
            try:
                if action is not None:
                    command = replace(command, started=dt_util.utcnow())
                self._notify(command)
                sent = command if action is None else await self._async_post(command, action)
                result = await self._async_track(sent, is_new=action is not None)
            except StellantisError as err:
                if isinstance(err, GrantExpired):
                    self._account.entry.async_start_reauth(self._account.hass)
                result = self._finish(command, CommandStatus.FAILED, command_error_key(err))
            finally:
                self._notify(None, result)
            return result

    async def _async_post(self, command: Command, action: RemoteCommand) -> Command:
        """Post a command; post it again if the callback had to be repaired.

        Returns:
            The command with the platform's id; without one if the response was lost.

        Raises:
            StellantisError: the platform did not create the command.
        """
        request = RemoteRequest(command=action, label=command.label)
        try:
            return await self._async_post_once(command, request)
        except InvalidRequest, NotFound:  # the callback may have failed or been deleted
            return await self._async_post_once(command, request, force_check=True)

    async def _async_post_once(self, command: Command, request: RemoteRequest, *, force_check: bool = False) -> Command:
        callback_id = await self._push.async_ensure_callback(force_check=force_check)
        # Save before sending: after a crash or a lost response, the command is found by its label
        command = self._save(replace(command, callback_id=callback_id))
        await self._account.store.async_save()
        try:
            created = await self._account.client.send_remote(self._status.vehicle_id, callback_id, request)
        except OutcomeUnknown:
            return command
        return self._save(replace(command, remote_action_id=created.remote_action_id))

    async def _async_track(self, command: Command, *, is_new: bool) -> CommandResult:
        """Track a command by notifications, or else by polling, until it ends or times out.

        Args:
            command: the command as it was posted.
            is_new: whether it was just posted; else it is resumed, and its notifications may have been missed.
        """
        use_push = self._push.is_receiving and is_new and command.remote_action_id is not None
        delays = chain(() if is_new else (0.0,), POLL_DELAYS, repeat(POLL_DELAYS[-1]))
        deadline, missing_polls = dt_util.utcnow() + COMMAND_TIMEOUT, 0
        while dt_util.utcnow() < deadline:
            updates: list[RemoteUpdate] = [*self._updates_for(command)]
            if not updates and not await self._async_wait_for_update(PUSH_WAIT if use_push else next(delays)):
                use_push = False
                with suppress(StellantisError):  # try again until the deadline
                    updates = await self._async_poll(command)
                    missing_polls += not updates
            for update in updates:
                command = self._save(command.updated(update))
                if update.has_ended:
                    return self._finish(command, *final_status(update))
            if missing_polls == MAX_MISSING_POLLS:
                return self._finish(command, CommandStatus.FAILED, "not_sent")
        if command.remote_action_id is None:
            return self._finish(command, CommandStatus.FAILED, "fate_unknown")
        return self._finish(command, CommandStatus.TIMED_OUT, "timed_out")

    async def _async_wait_for_update(self, seconds: float) -> bool:
        """Wait for a notification about the current command; return whether one has arrived."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._update_event.wait()
        has_update = self._update_event.is_set()
        self._update_event.clear()
        return has_update

    def _updates_for(self, command: Command) -> list[RemoteEventStatus]:
        """Return the notified updates of a command, those included that arrived before its id was known."""
        if command.remote_action_id is None:
            return []
        received, self._received = self._received, []
        return [
            event.event_status
            for event in received
            if event.remote_action_id == command.remote_action_id and event.event_status
        ]

    async def _async_poll(self, command: Command) -> list[RemoteUpdate]:
        """Request the status of a command; find one whose id is unknown by its label.

        Raises:
            StellantisError: the request failed, or the list cannot tell whether the command was created.
        """
        client, path = self._account.client, (self._status.vehicle_id, command.callback_id)
        if command.remote_action_id is not None:
            return [await client.remote(*path, command.remote_action_id)]
        remotes = [remote async for remote in client.remotes(*path, page_size=60)]
        matches: list[RemoteUpdate] = [
            remote for remote in remotes if remote.remote and remote.remote.label == command.label
        ]
        if not matches and not all(remote.remote for remote in remotes):
            raise OutcomeUnknown("The list of remote actions lacks their content")
        return matches

    @callback
    def _async_handle_remote_event(self, event: RemoteEvent) -> None:
        if self._current is not None:
            self._received.append(event)
            if event.remote_action_id == self._current.remote_action_id:
                self._update_event.set()

    def _save(self, command: Command) -> Command:
        """Store the current command and notify the listeners."""
        self._car_store.current_command = command
        self._account.store.async_schedule_save()
        self._notify(command)
        return command

    def _finish(self, command: Command, end_status: CommandStatus, cause: str | None) -> CommandResult:
        """Store the result of the current command; after a success, apply its effect to the car's state."""
        now = dt_util.utcnow()
        result = build_result(command, end_status, cause, now)
        self._car_store.add_command_result(result, _current_month())
        self._account.store.async_schedule_save()
        if result.succeeded and self._status.has_data:
            status = apply_remote(command.remote, self._status.data.status, now)
            self._status.async_set_updated_data(VehicleState.from_status(now, self._status.vehicle, status))
        return result

    def _notify(self, command: Command | None, result: CommandResult | None = None) -> None:
        """Set the current command, poll the car fast while there is one, and notify the listeners."""
        if (command is None) != (self._current is None):
            self._received.clear()
            self._update_event.clear()
            self._status.async_set_fast_polling(enabled=command is not None)
        self._current = command
        for listener in tuple(self._listeners):
            listener(result)


def _current_month() -> str:
    return f"{dt_util.now():%Y-%m}"
