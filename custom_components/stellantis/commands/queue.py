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
    FateUnknown,
    GrantExpired,
    InvalidRequest,
    NotFound,
    RemoteEvent,
    RemoteEventStatus,
    SentRemote,
    StellantisError,
)
from ..api.requests import Action, RemoteRequest
from ..const import DOMAIN
from ..coordinator import Account, EndpointCoordinator
from ..errors import command_reason
from ..history.store import CarLedger
from ..push.callback import Push
from ..vehicle.capabilities import Abilities, abilities
from ..vehicle.command import KINDS, Command, Kind, Outcome, Result, Told, expected, outcome_of, result_of
from ..vehicle.state import Reading

# Seconds from one look at a command to the next, the last again and again, where nothing is told
RHYTHM: Final = (2.0, 3.0, 5.0, 8.0, 10.0)
# Seconds for which notifications are trusted to come
PATIENCE: Final = 20.0
# So long a car has to do what it was told
LIMIT: Final = timedelta(minutes=3)
# After so many looks, half a minute, a command that is not listed was not made
LOOKS: Final = 5
# So many may be under way and wait for their turn
MOST: Final = 5


class Commands:
    """The commands to a car.

    The next waits until the one before has ended. What is the same as the last in the line is not sent again: it
    shares its outcome. What was sent goes its way, whatever becomes of who asked for it: an automation that is
    stopped, a reload, a restart.
    """

    def __init__(self, account: Account, status: EndpointCoordinator[Reading], push: Push) -> None:
        self._account = account
        self._status = status
        self._push = push
        self._turn = asyncio.Lock()
        self._line: dict[asyncio.Task[Outcome], Mapping[str, Any]] = {}
        self._under_way: Command | None = None
        self._heard: list[RemoteEvent] = []
        self._news = asyncio.Event()
        self._listeners: list[Callable[[Outcome | None], None]] = []
        account.entry.async_on_unload(push.async_on_remote(self._hear))

    @property
    def abilities(self) -> Abilities:
        """What the car may be told."""
        return abilities(self._status.vehicle, self._account.may)

    @property
    def under_way(self) -> Command | None:
        """The command that is under way. Its status is what it is at."""
        return self._under_way

    def is_under_way(self, *kinds: Kind) -> bool:
        """Say whether a command of one of the kinds is under way."""
        return self._under_way is not None and self._under_way.kind in kinds

    @property
    def history(self) -> list[Outcome]:
        """What came of the last commands, the latest last."""
        return self._ledger.commands

    @property
    def wake_ups(self) -> int:
        """How often the car was woken in this month."""
        return self._ledger.wake_ups.get(_month(), 0)

    @property
    def foreseen(self) -> Reading:
        """The car as it will be when all is done that it is being told."""
        now, status = dt_util.utcnow(), self._status.data.status
        for body in self._line.values():
            status = expected(SentRemote.from_dict(body), status, now)
        return Reading.at(now, self._status.vehicle, status)

    @callback
    def async_add_listener(self, listener: Callable[[Outcome | None], None]) -> CALLBACK_TYPE:
        """Call `listener` when another command, or none, is under way, or it is at something else.

        It is given what came of a command when one has ended.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def async_send(self, action: Action) -> Outcome:
        """Have the car do something; return when it is done, or was done already.

        Raises HomeAssistantError: a text that says why it could not be done, and what to do about it.
        """
        self.async_take_up()  # it comes first, whoever asks before all is set up
        body = RemoteRequest(action=action).to_dict()
        last = next(reversed(self._line), None)
        if last is None or self._line[last] != body:
            if len(self._line) >= MOST:
                raise HomeAssistantError(translation_domain=DOMAIN, translation_key="too_many_commands")
            command = Command(kind=KINDS[type(action)], body=body, label=token_hex(8), started=dt_util.utcnow())
            last = self._async_start(self._async_carry_out(command, action), body)
        await asyncio.wait([last])  # who asked may be cancelled, the command goes on
        if last.cancelled():
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="command_interrupted")
        outcome = last.result()
        if outcome.cause is not None:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key=outcome.cause)
        return outcome

    @callback
    def async_take_up(self) -> None:
        """Go on with the command that was under way when Home Assistant stopped, if nobody does yet."""
        if (command := self._ledger.command) and not self._line:
            self._async_start(self._async_carry_out(command), command.body)

    async def async_stop(self) -> None:
        """Let go of what is under way; it can be taken up later."""
        for task in self._line:
            task.cancel()
        if self._line:
            await asyncio.wait(list(self._line))

    @property
    def _ledger(self) -> CarLedger:
        return self._status.ledger

    @callback
    def _async_start(self, way: Coroutine[Any, Any, Outcome], body: Mapping[str, Any]) -> asyncio.Task[Outcome]:
        task = self._account.entry.async_create_background_task(self._account.hass, way, f"{DOMAIN} command")
        self._line[task] = body
        task.add_done_callback(self._line.pop)
        return task

    async def _async_carry_out(self, command: Command, action: Action | None = None) -> Outcome:
        """Follow a command to its end when its turn comes; send it before, once, unless that was done long ago."""
        async with self._turn:
            outcome = None
            try:
                if action is not None:
                    command = replace(command, started=dt_util.utcnow())
                self._show(command)
                sent = command if action is None else await self._async_post(command, action)
                outcome = await self._async_follow(sent, sent_now=action is not None)
            except StellantisError as err:
                if isinstance(err, GrantExpired):
                    self._account.entry.async_start_reauth(self._account.hass)
                outcome = self._end(command, Result.FAILED, command_reason(err))
            finally:
                self._show(None, outcome)
            return outcome

    async def _async_post(self, command: Command, action: Action) -> Command:
        """Send a command. Raises StellantisError when it was not made; one whose answer was lost has no id."""
        request = RemoteRequest(action=action, label=command.label)
        try:
            return await self._async_try(command, request)
        except InvalidRequest, NotFound:  # the callback may have failed or gone meanwhile
            return await self._async_try(command, request, again=True)

    async def _async_try(self, command: Command, request: RemoteRequest, *, again: bool = False) -> Command:
        callback_id = await self._push.async_ensure_callback(force_check=again)
        # From here on it may be on its way: whatever happens to us, it is found again by its label
        command = self._keep(replace(command, callback_id=callback_id))
        await self._account.ledger.async_save()
        try:
            made = await self._account.client.send_remote(self._status.vehicle_id, callback_id, request)
        except FateUnknown:
            return command
        return self._keep(replace(command, remote_action_id=made.remote_action_id))

    async def _async_follow(self, command: Command, *, sent_now: bool) -> Outcome:
        """Follow a command by what is told of it, or else by reading, until it ends or there is no more time."""
        trusts = self._push.listens and sent_now and command.remote_action_id is not None
        pauses = chain(() if sent_now else (0.0,), RHYTHM, repeat(RHYTHM[-1]))
        ends, looks = dt_util.utcnow() + LIMIT, 0
        while dt_util.utcnow() < ends:
            told: list[Told] = [*self._news_of(command)]
            if not told and not await self._async_news(PATIENCE if trusts else next(pauses)):
                trusts = False
                with suppress(StellantisError):  # what keeps it from being read passes, or there is no more time
                    told = await self._async_look(command)
                    looks += not told
            for one in told:
                command = self._keep(command.at(one))
                if one.has_ended:
                    return self._end(command, *result_of(one))
            if looks == LOOKS:
                return self._end(command, Result.FAILED, "not_sent")
        if command.remote_action_id is None:
            return self._end(command, Result.FAILED, "fate_unknown")
        return self._end(command, Result.TIMED_OUT, "timed_out")

    async def _async_news(self, seconds: float) -> bool:
        """Wait for news of the command; say whether there are any."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        heard = self._news.is_set()
        self._news.clear()
        return heard

    def _news_of(self, command: Command) -> list[RemoteEventStatus]:
        """Return what was heard of a command; it may have been heard before its id was known."""
        if command.remote_action_id is None:
            return []
        heard, self._heard = self._heard, []
        return [
            event.event_status
            for event in heard
            if event.remote_action_id == command.remote_action_id and event.event_status
        ]

    async def _async_look(self, command: Command) -> list[Told]:
        """Read what a command is at, or look among all for one whose answer was lost. Raises StellantisError."""
        client, place = self._account.client, (self._status.vehicle_id, command.callback_id)
        if command.remote_action_id is not None:
            return [await client.remote(*place, command.remote_action_id)]
        listed = [one async for one in client.remotes(*place, page_size=60)]
        found: list[Told] = [one for one in listed if one.remote and one.remote.label == command.label]
        if not found and not all(one.remote for one in listed):
            raise FateUnknown("the list does not say what was sent")
        return found

    @callback
    def _hear(self, event: RemoteEvent) -> None:
        if self._under_way is not None:
            self._heard.append(event)
            if event.remote_action_id == self._under_way.remote_action_id:
                self._news.set()

    def _keep(self, command: Command) -> Command:
        """Keep what is known of the command that is under way, and show it."""
        self._ledger.command = command
        self._account.ledger.async_changed()
        self._show(command)
        return command

    def _end(self, command: Command, result: Result, cause: str | None) -> Outcome:
        """End a command; what a success makes of the car is seen at once."""
        now = dt_util.utcnow()
        outcome = outcome_of(command, result, cause, now)
        self._ledger.end_command(outcome, _month())
        self._account.ledger.async_changed()
        if outcome.succeeded and self._status.told:
            status = expected(command.sent, self._status.data.status, now)
            self._status.async_set_updated_data(Reading.at(now, self._status.vehicle, status))
        return outcome

    def _show(self, command: Command | None, outcome: Outcome | None = None) -> None:
        if (command is None) != (self._under_way is None):
            self._heard.clear()
            self._news.clear()
            self._status.async_set_fast_polling(enabled=command is not None)
        self._under_way = command
        for listener in tuple(self._listeners):
            listener(outcome)


def _month() -> str:
    return f"{dt_util.now():%Y-%m}"
