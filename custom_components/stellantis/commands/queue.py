"""The queue of a car's commands: each is sent once, one at a time, and tracked until it ends, even across restarts."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import chain, repeat
from typing import Final

from homeassistant.core import CALLBACK_TYPE, Context, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ..account import AccountContext
from ..api import GrantExpired, RemoteEvent, StellantisError
from ..api.requests import RemoteCommand
from ..const import DOMAIN
from ..coordinator import EndpointCoordinator
from ..errors import command_error_key
from ..history.store import CarStore
from ..push.callback import PushManager
from ..vehicle.capabilities import CommandSupport, SupportCache
from ..vehicle.command import (
    Command,
    CommandOrigin,
    CommandRequest,
    CommandResult,
    CommandStatus,
    CommandType,
    RemoteUpdate,
    build_result,
    explain_cause,
    final_status,
)
from ..vehicle.state import VehicleState
from .expectations import Expectations, with_expectations
from .late import LateCommands
from .origin import async_get_origin
from .queued import QueuedCommand, Waiting
from .sender import CommandSender

# Seconds between polls of a command without push; the last one repeats
POLL_DELAYS: Final = (2.0, 3.0, 5.0, 8.0, 10.0)
# Seconds to wait for a notification before the command is polled
PUSH_WAIT: Final = 20.0
# A command without a result after this time has timed out
COMMAND_TIMEOUT: Final = timedelta(minutes=3)
# A command that is not sent after this time is not sent any more
MAX_WAIT: Final = timedelta(minutes=5)
# A command that the platform does not list after this many polls (half a minute) was not created
MAX_MISSING_POLLS: Final = 5
# Commands of a car, the running one included
MAX_QUEUED: Final = 5
# A status that was polled this recently need not be polled again to build a command from it
MAX_STATE_AGE: Final = timedelta(seconds=30)


class CommandQueue:
    """The queue of a car's commands.

    A command is sent when the previous one has ended. A command equal to one that waits or runs is not sent; its caller
    shares the result. One that waits ends with its callers, or when a newer one replaces it. A command that was sent is
    tracked to its end, even if its caller is canceled, the entry is reloaded, or Home Assistant restarts.
    """

    def __init__(self, account: AccountContext, status: EndpointCoordinator[VehicleState], push: PushManager) -> None:
        self._account, self._loop = account, account.hass.loop
        self._status = status
        self._push = push
        self._support = SupportCache()
        self._waiting = Waiting(self._loop, MAX_WAIT, self._async_end_unsent)
        self._running: QueuedCommand | None = None
        self._current: Command | None = None
        self._listeners: list[Callable[[CommandResult | None], None]] = []
        # Called with each command before it is queued; a guard refuses it by raising HomeAssistantError
        self.guards: list[Callable[[CommandRequest], None]] = []
        self._expectations = Expectations(account, status)
        self._sender = CommandSender(account, status, push, self._save)
        self._late = LateCommands(
            account, lambda: self._car_store, self._sender.async_poll, self._async_handle_late_result
        )
        account.entry.async_on_unload(push.async_add_remote_listener(self._async_handle_remote_event))

    @property
    def support(self) -> CommandSupport:
        """The commands that the car supports, split by permission."""
        return self._support.get(self._status.vehicle, self._account.entry.data["token"])

    @property
    def current(self) -> Command | None:
        """The running command, with its latest status; None if no command is running."""
        return self._current

    def is_running(self, *types: CommandType) -> bool:
        """Return whether a command of one of the types is running."""
        return self._current is not None and self._current.type in types

    def last_pending(self, *types: CommandType) -> CommandType | None:
        """Return the type of the newest command of some types that waits or runs."""
        return next((item.request.type for item in reversed(self._line) if item.request.type in types), None)

    @property
    def history(self) -> list[CommandResult]:
        """The results of the last commands, oldest first."""
        return self._car_store.command_results

    @property
    def wake_ups_this_month(self) -> int:
        """The number of commands in this month that woke the car."""
        return self._car_store.wake_ups_this_month

    @property
    def shown_state(self) -> VehicleState:
        """The reported state of the car, with the effects of successful commands that it has not reported yet."""
        return self._status.shown_data

    @property
    def expected_state(self) -> VehicleState:
        """The shown state, with the effects of all commands that wait or run."""
        state = self.shown_state
        for item in self._line:
            if expectation := item.expectation or item.preview(state):
                state = with_expectations(state, [expectation])
        return state

    @callback
    def async_add_listener(self, listener: Callable[[CommandResult | None], None]) -> CALLBACK_TYPE:
        """Call `listener` when the current command or its status changes; return an unsubscribe function.

        The listener receives the result if a command has ended, else None.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def async_send(self, action: RemoteCommand | CommandRequest, context: Context | None = None) -> CommandResult:
        """Send a command, wait until it has succeeded, and return its result.

        Args:
            action: The command.
            context: The context of the action that sends it; None if the integration itself does.

        Raises:
            HomeAssistantError: the command failed, was not sent, or was interrupted; the message says why.
        """
        self.async_resume()  # an unfinished command goes first, even if this is called during setup
        request = action if isinstance(action, CommandRequest) else CommandRequest.from_action(action)
        for guard in self.guards:
            guard(request)
        origin = await async_get_origin(self._account.hass, context)
        while True:
            # Looked up first: a new command may be sent before _async_enqueue returns
            already_sent = self._running if self._running and self._running.is_sent else None
            item = self._async_enqueue(request, origin)
            result = await self._async_wait_for(item)
            if item is not already_sent or not await self._async_was_undone(item):
                return result

    @callback
    def async_resume(self) -> None:
        """Resume tracking the commands that had not ended when Home Assistant stopped, unless that is done already."""
        self._late.async_resume()
        if (command := self._car_store.current_command) and self._running is None:
            self._async_start(QueuedCommand.resumed(self._loop, command))

    async def async_stop(self) -> None:
        """Stop tracking the running command, which can be resumed later, and drop the waiting ones."""
        self._late.async_stop()
        for item in self._waiting.async_pop_all():
            item.future.cancel()
        if self._running and self._running.task:
            self._running.task.cancel()
            await asyncio.wait([self._running.task])

    @property
    def _car_store(self) -> CarStore:
        return self._status.car_store

    @property
    def _line(self) -> list[QueuedCommand]:
        """The running command and those that wait, in their order."""
        return [*([self._running] if self._running else []), *self._waiting]

    @callback
    def _async_enqueue(self, request: CommandRequest, origin: CommandOrigin | None) -> QueuedCommand:
        """Return the queued command for a request: an equal one that can be shared, else a new one.

        Raises:
            HomeAssistantError: too many commands wait.
        """
        last = next((item for item in reversed(self._line) if item.request.target == request.target), None)
        if last and self._is_shareable(last, request):
            return last
        position = self._waiting.async_replace(last) if last and last in self._waiting else len(self._waiting)
        if self._running and self._running is not last and self._is_shareable(self._running, request):
            return self._running
        if len(self._line) >= MAX_QUEUED:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="too_many_commands")
        future = self._loop.create_future()
        item = QueuedCommand(request=request, future=future, queued_at=dt_util.utcnow(), origin=origin)
        self._waiting.async_insert(position, item)
        self._async_start_next()
        if item in self._waiting:
            self._notify_listeners()
        return item

    def _is_shareable(self, item: QueuedCommand, request: CommandRequest) -> bool:
        """Return whether a request need not be sent because of an equal one."""
        return item.is_shareable(
            request, self._status.data.status if self._status.has_data else None, self._loop.time()
        )

    async def _async_wait_for(self, item: QueuedCommand) -> CommandResult:
        """Wait for the result of a queued command; if nobody waits for it any longer, it is not sent."""
        item.callers += 1
        try:
            await asyncio.wait([item.future])
        finally:
            item.callers -= 1
            if not item.future.done() and not item.callers:
                self._async_withdraw(item)
        if item.future.cancelled():
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="command_interrupted")
        result = item.future.result()
        if result.cause is not None:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key=result.cause)
        return result

    async def _async_was_undone(self, item: QueuedCommand) -> bool:
        """Return whether the effect of a shared command that has succeeded was undone before its end was known."""
        await self._status.async_refresh()
        return self._status.has_data and item.is_contradicted(self._status.data.status)

    @callback
    def _async_withdraw(self, item: QueuedCommand) -> None:
        if item in self._waiting:
            self._waiting.async_end(item, "command_canceled")
        elif item.task and not item.is_sent:
            item.end_cause = "command_canceled"
            item.task.cancel()

    @callback
    def _async_end_unsent(self, item: QueuedCommand, cause: str) -> None:
        """End a command that was not sent."""
        result = build_result(item.as_unsent(), CommandStatus.FAILED, cause, dt_util.utcnow())
        self._add_result(result)
        item.future.set_result(result)
        self._notify_listeners(result)

    @callback
    def _async_start_next(self) -> None:
        if self._running is None and (item := self._waiting.async_pop()):
            self._async_start(item)

    @callback
    def _async_start(self, item: QueuedCommand) -> None:
        self._running = item
        item.task = self._account.entry.async_create_background_task(
            self._account.hass, self._async_run(item), f"{DOMAIN} command"
        )

    async def _async_run(self, item: QueuedCommand) -> None:
        """Send a command, or resume it, and track it until it ends; then start the next one."""
        result: CommandResult | None = None
        try:
            result = await self._async_execute(item)
        except asyncio.CancelledError:
            if not item.is_sent:
                self._car_store.current_command = None
            if item.end_cause:
                result = self._finish(item, item.command, CommandStatus.FAILED, item.end_cause)
            elif (result := item.result) is None:
                raise
        finally:
            self._running = None
            self._notify(None, result)
            if result is None:
                item.future.cancel()
            else:
                item.future.set_result(result)
                self._async_start_next()

    async def _async_execute(self, item: QueuedCommand) -> CommandResult:
        try:
            if (command := item.command) is None:
                action = await self._async_build(item)
                command = await self._sender.async_post(item, action)
            else:
                self._notify(command)
            result = await self._async_track(item, command)
        except StellantisError as err:
            if isinstance(err, GrantExpired):
                self._account.entry.async_start_reauth(self._account.hass)
            result = self._finish(item, item.command, CommandStatus.FAILED, command_error_key(err))
        except HomeAssistantError as err:
            result = self._finish(item, item.command, CommandStatus.FAILED, err.translation_key)
        if result.succeeded and self._status.has_data:
            if item.expectation is None or item.expectation.is_superseded(self._status.data.status):
                await self._status.async_refresh()  # only the car can tell
            self._status.async_update_listeners()
        return result

    async def _async_build(self, item: QueuedCommand) -> RemoteCommand:
        """Build a command from the current state of the car and return its action.

        Raises:
            HomeAssistantError: there is nothing to change.
        """
        item.started_at, request = self._loop.time(), item.request
        is_old = self._loop.time() - self._expectations.last_poll > MAX_STATE_AGE.total_seconds()
        if request.needs_state and (is_old or self._expectations):
            await self._status.async_refresh()
        action = request.build_fn(self.shown_state if self._status.has_data else None)
        if action is None:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="nothing_to_change")
        self._notify(item.build(action))
        return action

    async def _async_track(self, item: QueuedCommand, command: Command) -> CommandResult:
        """Track a command by notifications, or else by polling, until it ends or times out.

        Notifications about one that is resumed may have been missed.
        """
        is_new = item.expectation is not None
        use_push = self._push.is_receiving and is_new and command.remote_action_id is not None
        delays = chain(() if is_new else (0.0,), POLL_DELAYS, repeat(POLL_DELAYS[-1]))
        deadline, missing_polls = self._loop.time() + COMMAND_TIMEOUT.total_seconds(), 0
        while self._loop.time() < deadline:
            updates: list[RemoteUpdate] = [*self._sender.updates_for(command)]
            if not updates and not await self._sender.async_wait_for_update(PUSH_WAIT if use_push else next(delays)):
                use_push = False
                with suppress(StellantisError):  # try again until the deadline
                    updates = await self._sender.async_poll(command)
                    missing_polls += not updates
            for update in updates:
                command = self._save(command.updated(update))
                if update.has_ended:
                    return self._finish(item, command, *final_status(update))
            if missing_polls == MAX_MISSING_POLLS:
                return self._give_up(item, command, CommandStatus.FAILED, "not_sent")
        if command.remote_action_id is None:
            return self._give_up(item, command, CommandStatus.FAILED, "fate_unknown")
        return self._give_up(item, command, CommandStatus.TIMED_OUT, "timed_out")

    @callback
    def _async_handle_remote_event(self, event: RemoteEvent) -> None:
        if self._current is not None:
            self._sender.async_handle_event(event, self._current)
        self._late.async_handle_event(event)

    async def _async_handle_late_result(self, result: CommandResult) -> None:
        """Handle the end of a command that was given up: read the car, then tell."""
        self._add_result(result)
        await self._status.async_refresh()
        self._notify_listeners(result)

    def _save(self, command: Command) -> Command:
        """Store the current command, notify the listeners, and return it."""
        self._car_store.current_command = command
        self._account.store.async_schedule_save()
        self._notify(command)
        return command

    def _give_up(self, item: QueuedCommand, command: Command, end_status: CommandStatus, cause: str) -> CommandResult:
        """End a command without a result, and look out for a late one."""
        self._late.async_add(command)
        return self._finish(item, command, end_status, cause)

    def _finish(
        self, item: QueuedCommand, command: Command | None, end_status: CommandStatus, cause: str | None
    ) -> CommandResult:
        """Store the result of the running command; after a success, expect its effect."""
        command = command or item.as_unsent()
        last_report = self._status.data.status.measured_at if self._status.has_data else None
        cause = explain_cause(cause, last_report, dt_util.utcnow())
        elapsed = item.elapsed(self._loop.time())
        ended_at = dt_util.utcnow() if elapsed is None else command.started + elapsed
        result = build_result(command, end_status, cause, ended_at)
        item.command, item.result = command, result
        self._car_store.current_command = None
        self._add_result(result)
        if result.succeeded and item.expectation:
            self._expectations.async_add(item.expectation)
        return result

    def _add_result(self, result: CommandResult) -> None:
        self._car_store.add_command_result(result)
        self._account.store.async_schedule_save()

    def _notify(self, command: Command | None, result: CommandResult | None = None) -> None:
        """Set the current command, poll the car fast while there is one, and notify the listeners."""
        if (command is None) != (self._current is None):
            self._sender.async_reset()
            self._status.async_set_fast_polling(enabled=command is not None)
        self._current = command
        self._notify_listeners(result)

    def _notify_listeners(self, result: CommandResult | None = None) -> None:
        for listener in tuple(self._listeners):
            listener(result)
