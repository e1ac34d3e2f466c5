"""Posts a command to the platform, and receives or requests its updates."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..account import AccountContext
from ..api import InvalidRequest, NotFound, OutcomeUnknown, RemoteEvent, RemoteEventStatus
from ..api.requests import RemoteCommand, RemoteRequest
from ..coordinator import EndpointCoordinator
from ..push.callback import PushManager
from ..vehicle.command import Command, RemoteUpdate
from ..vehicle.state import VehicleState
from .queued import QueuedCommand
from .repeated_starts import RepeatedStarts


class CommandSender:
    """Sends commands to a car."""

    def __init__(
        self,
        account: AccountContext,
        status: EndpointCoordinator[VehicleState],
        push: PushManager,
        save_fn: Callable[[Command], Command],
    ) -> None:
        self._account = account
        self._status = status
        self._push = push
        self._save = save_fn
        self._starts = RepeatedStarts(account, status)
        self._received: list[RemoteEvent] = []
        self._update_event = asyncio.Event()

    async def async_post(self, item: QueuedCommand, action: RemoteCommand) -> Command:
        """Post a command that was built; post it again if the callback had to be repaired.

        Returns:
            The command with the platform's id; without one if the response was lost.

        Raises:
            StellantisError: the platform did not create the command.
            HomeAssistantError: it was sent in vain too often.
        """
        await self._starts.async_count(item.request)
        command = item.command
        assert command is not None  # noqa: S101 - it was built
        request = RemoteRequest(command=action, label=command.label)
        try:
            return await self._async_post_once(item, command, request)
        except InvalidRequest, NotFound:  # the callback may have failed or been deleted
            item.is_sent = False
            return await self._async_post_once(item, command, request, force_check=True)

    async def _async_post_once(
        self, item: QueuedCommand, command: Command, request: RemoteRequest, *, force_check: bool = False
    ) -> Command:
        callback_id = await self._push.async_ensure_callback(force_check=force_check)
        # Save before sending: after a crash or a lost response, the command is found by its label
        status = self._status.data.status if self._status.has_data else None
        command = self._save(replace(command, callback_id=callback_id, known_at=status.measured_at if status else None))
        await self._account.store.async_save()
        item.set_sent(command, dt_util.utcnow(), status)
        try:
            created = await self._account.client.send_remote(self._status.vehicle_id, callback_id, request)
        except OutcomeUnknown:
            return command
        return self._save(replace(command, remote_action_id=created.remote_action_id))

    async def async_poll(self, command: Command) -> list[RemoteUpdate]:
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
        if not matches and not all(remote.remote and remote.remote.label for remote in remotes):
            raise OutcomeUnknown("The list of remote actions lacks their labels")
        return matches

    @callback
    def async_reset(self) -> None:
        """Forget the notifications about the previous command."""
        self._received.clear()
        self._update_event.clear()

    @callback
    def async_handle_event(self, event: RemoteEvent, current: Command) -> None:
        """Handle a notification; it may be about the current command although its id is not known yet."""
        self._received.append(event)
        if event.remote_action_id == current.remote_action_id:
            self._update_event.set()

    def updates_for(self, command: Command) -> list[RemoteEventStatus]:
        """Return the notified updates of a command, those included that arrived before its id was known."""
        if command.remote_action_id is None:
            return []
        received, self._received = self._received, []
        return [
            event.event_status
            for event in received
            if event.remote_action_id == command.remote_action_id and event.event_status
        ]

    async def async_wait_for_update(self, seconds: float) -> bool:
        """Wait for a notification about the current command; return whether one has arrived."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._update_event.wait()
        has_update = self._update_event.is_set()
        self._update_event.clear()
        return has_update
