"""The only way to a remote command: one at a time, sent once, followed to its end, across restarts too."""

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
    apply_remote,
    build_result,
    final_status,
)
from ..vehicle.state import VehicleState

# Seconds from one look at a command to the next, the last again and again, where nothing is told
POLL_DELAYS: Final = (2.0, 3.0, 5.0, 8.0, 10.0)
# Seconds for which notifications are trusted to come
PUSH_WAIT: Final = 20.0
# So long a car has to do what it was told
COMMAND_TIMEOUT: Final = timedelta(minutes=3)
# After so many looks, half a minute, a command that is not listed was not made
MAX_MISSING_POLLS: Final = 5
# So many may be under way and wait for their turn
MAX_QUEUED: Final = 5


class CommandQueue:
    """The commands to a car.

    The next waits until the one before has ended. What is the same as the last in the line is not sent again: it
    shares its outcome. What was sent goes its way, whatever becomes of who asked for it: an automation that is
    stopped, a reload, a restart.
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
        """What the car may be told."""
        return command_support(self._status.vehicle, self._account.has_scope)

    @property
    def current(self) -> Command | None:
        """The command that is under way. Its status is what it is at."""
        return self._current

    def is_running(self, *types: CommandType) -> bool:
        """Say whether a command of one of the kinds is under way."""
        return self._current is not None and self._current.type in types

    @property
    def history(self) -> list[CommandResult]:
        """What came of the last commands, the latest last."""
        return self._car_store.command_results

    @property
    def wake_ups_this_month(self) -> int:
        """How often the car was woken in this month."""
        return self._car_store.wake_ups.get(_current_month(), 0)

    @property
    def predicted_state(self) -> VehicleState:
        """The car as it will be when all is done that it is being told."""
        now, status = dt_util.utcnow(), self._status.data.status
        for body in self._queue.values():
            status = apply_remote(RemotePayload.from_dict(body), status, now)
        return VehicleState.from_status(now, self._status.vehicle, status)

    @callback
    def async_add_listener(self, listener: Callable[[CommandResult | None], None]) -> CALLBACK_TYPE:
        """Call `listener` when another command, or none, is under way, or it is at something else.

        It is given what came of a command when one has ended.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def async_send(self, action: RemoteCommand) -> CommandResult:
        """Have the car do something; return when it is done, or was done already.

        Raises HomeAssistantError: a text that says why it could not be done, and what to do about it.
        """
        self.async_resume()  # it comes first, whoever asks before all is set up
        body = RemoteRequest(command=action).to_dict()
        last = next(reversed(self._queue), None)
        if last is None or self._queue[last] != body:
            if len(self._queue) >= MAX_QUEUED:
                raise HomeAssistantError(translation_domain=DOMAIN, translation_key="too_many_commands")
            command = Command(type=COMMAND_TYPES[type(action)], body=body, label=token_hex(8), started=dt_util.utcnow())
            last = self._async_start_task(self._async_run(command, action), body)
        await asyncio.wait([last])  # who asked may be cancelled, the command goes on
        if last.cancelled():
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="command_interrupted")
        outcome = last.result()
        if outcome.cause is not None:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key=outcome.cause)
        return outcome

    @callback
    def async_resume(self) -> None:
        """Go on with the command that was under way when Home Assistant stopped, if nobody does yet."""
        if (command := self._car_store.current_command) and not self._queue:
            self._async_start_task(self._async_run(command), command.body)

    async def async_stop(self) -> None:
        """Let go of what is under way; it can be taken up later."""
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
        """Follow a command to its end when its turn comes; send it before, once, unless that was done long ago."""
        async with self._lock:
            outcome = None
            try:
                if action is not None:
                    command = replace(command, started=dt_util.utcnow())
                self._notify(command)
                sent = command if action is None else await self._async_post(command, action)
                outcome = await self._async_track(sent, is_new=action is not None)
            except StellantisError as err:
                if isinstance(err, GrantExpired):
                    self._account.entry.async_start_reauth(self._account.hass)
                outcome = self._finish(command, CommandStatus.FAILED, command_error_key(err))
            finally:
                self._notify(None, outcome)
            return outcome

    async def _async_post(self, command: Command, action: RemoteCommand) -> Command:
        """Send a command. Raises StellantisError when it was not made; one whose answer was lost has no id."""
        request = RemoteRequest(command=action, label=command.label)
        try:
            return await self._async_post_once(command, request)
        except InvalidRequest, NotFound:  # the callback may have failed or gone meanwhile
            return await self._async_post_once(command, request, force_check=True)

    async def _async_post_once(self, command: Command, request: RemoteRequest, *, force_check: bool = False) -> Command:
        callback_id = await self._push.async_ensure_callback(force_check=force_check)
        # From here on it may be on its way: whatever happens to us, it is found again by its label
        command = self._save(replace(command, callback_id=callback_id))
        await self._account.store.async_save()
        try:
            made = await self._account.client.send_remote(self._status.vehicle_id, callback_id, request)
        except OutcomeUnknown:
            return command
        return self._save(replace(command, remote_action_id=made.remote_action_id))

    async def _async_track(self, command: Command, *, is_new: bool) -> CommandResult:
        """Follow a command by what is told of it, or else by reading, until it ends or there is no more time."""
        trusts = self._push.is_receiving and is_new and command.remote_action_id is not None
        pauses = chain(() if is_new else (0.0,), POLL_DELAYS, repeat(POLL_DELAYS[-1]))
        ends, looks = dt_util.utcnow() + COMMAND_TIMEOUT, 0
        while dt_util.utcnow() < ends:
            told: list[RemoteUpdate] = [*self._updates_for(command)]
            if not told and not await self._async_wait_for_update(PUSH_WAIT if trusts else next(pauses)):
                trusts = False
                with suppress(StellantisError):  # what keeps it from being read passes, or there is no more time
                    told = await self._async_poll(command)
                    looks += not told
            for one in told:
                command = self._save(command.updated(one))
                if one.has_ended:
                    return self._finish(command, *final_status(one))
            if looks == MAX_MISSING_POLLS:
                return self._finish(command, CommandStatus.FAILED, "not_sent")
        if command.remote_action_id is None:
            return self._finish(command, CommandStatus.FAILED, "fate_unknown")
        return self._finish(command, CommandStatus.TIMED_OUT, "timed_out")

    async def _async_wait_for_update(self, timeout: float) -> bool:
        """Wait for news of the command; say whether there are any."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._update_event.wait()
        heard = self._update_event.is_set()
        self._update_event.clear()
        return heard

    def _updates_for(self, command: Command) -> list[RemoteEventStatus]:
        """Return what was heard of a command; it may have been heard before its id was known."""
        if command.remote_action_id is None:
            return []
        heard, self._received = self._received, []
        return [
            event.event_status
            for event in heard
            if event.remote_action_id == command.remote_action_id and event.event_status
        ]

    async def _async_poll(self, command: Command) -> list[RemoteUpdate]:
        """Read what a command is at, or look among all for one whose answer was lost. Raises StellantisError."""
        client, place = self._account.client, (self._status.vehicle_id, command.callback_id)
        if command.remote_action_id is not None:
            return [await client.remote(*place, command.remote_action_id)]
        listed = [one async for one in client.remotes(*place, page_size=60)]
        found: list[RemoteUpdate] = [one for one in listed if one.remote and one.remote.label == command.label]
        if not found and not all(one.remote for one in listed):
            raise OutcomeUnknown("the list does not say what was sent")
        return found

    @callback
    def _async_handle_remote_event(self, event: RemoteEvent) -> None:
        if self._current is not None:
            self._received.append(event)
            if event.remote_action_id == self._current.remote_action_id:
                self._update_event.set()

    def _save(self, command: Command) -> Command:
        """Keep what is known of the command that is under way, and show it."""
        self._car_store.current_command = command
        self._account.store.async_schedule_save()
        self._notify(command)
        return command

    def _finish(self, command: Command, end_status: CommandStatus, cause: str | None) -> CommandResult:
        """End a command; what a success makes of the car is seen at once."""
        now = dt_util.utcnow()
        outcome = build_result(command, end_status, cause, now)
        self._car_store.add_command_result(outcome, _current_month())
        self._account.store.async_schedule_save()
        if outcome.succeeded and self._status.has_data:
            status = apply_remote(command.remote, self._status.data.status, now)
            self._status.async_set_updated_data(VehicleState.from_status(now, self._status.vehicle, status))
        return outcome

    def _notify(self, command: Command | None, result: CommandResult | None = None) -> None:
        if (command is None) != (self._current is None):
            self._received.clear()
            self._update_event.clear()
            self._status.async_set_fast_polling(enabled=command is not None)
        self._current = command
        for listener in tuple(self._listeners):
            listener(result)


def _current_month() -> str:
    return f"{dt_util.now():%Y-%m}"
