"""A long run: simulated days with five cars, push, commands, restarts and faults of the server, at random."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
import logging
import random
from time import CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, clock_gettime
from typing import Any, Final
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir

from custom_components.stellantis.api import StellantisClient
from custom_components.stellantis.api.requests import RemoteRequest
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.data import Car, StellantisRuntimeData
from tests.support.helpers import Control
from tests.support.interleavings import ACTIONS
from tests.support.push import PushHarness
from tests.support.soak_commands import AskedCommand, CommandRecords, find_problems
from tests.support.soak_usage import LogCounter, Usage, find_growth, read_mib

HOUR: Final = 3600.0
# Without a fault: everything is polled again
PAUSE: Final = 3 * HOUR
# The tokens are refreshed, all data is polled again, and late ends of commands are reported
REST: Final = 14 * HOUR
DAY_LIMIT: Final = 500  # requests of the application
FAULTS: Final[tuple[dict[str, Any], ...]] = (
    {"path": "/user*", "status": 500},
    {"path": "/user*", "status": 503, "body": "<html>Maintenance</html>"},
    {"path": "/user*", "status": 429, "retry_after": 120},
    {"path": "/user*", "reset": True},
    {"path": "/user*", "reset": "body"},
    {"path": "/user*", "garbage": "truncated"},
    {"path": "/user*", "garbage": "html"},
    {"path": "/user*", "garbage": "empty"},
    {"path": "/user*", "status": 401},
    {"path": "/user*", "delay": 45},
    {"path": "/user/vehicles/{id}/status", "status": 500},
    {"path": "/user/vehicles/{id}/status", "status": 404, "body": {"code": 40400, "message": "No status"}},
    {"path": "/user/vehicles/{id}/trips", "garbage": "truncated"},
    {"path": "/user/vehicles", "body": {"later": True}},
    {"path": "/user/callbacks*", "status": 500},
    {"path": "/am/oauth2/access_token", "status": 503},
)
DELIVERY_FAULTS: Final[tuple[dict[str, Any], ...]] = ({}, {}, {"drop": True}, {"duplicate": True}, {"delay": 60})
# A fault that loses responses also hides how many requests are left, and that one was refused
MAX_REFUSED: Final = 0.02
# Logged for a fault: each endpoint of which all requests fail tells it once
MAX_ERRORS: Final = 4


def _seconds() -> tuple[float, float]:
    """Return real seconds, and those of the processor."""
    return clock_gettime(CLOCK_MONOTONIC), clock_gettime(CLOCK_PROCESS_CPUTIME_ID)


@dataclass(slots=True, kw_only=True)
class Soak:
    """A long run.

    Attributes:
        accounts: The entries, all of one application.
        days: How many days pass.
        faults: How many faults were injected.
        restarts: How often an entry was reloaded.
        mib: The memory at the end of each day.
        refusals: How often the platform refused a request because of the limit, by whether there was a fault.
        least_left: How many requests of the last 24 hours were left at least.
        start: What was used after the first day.
        end: What was used at the end.
    """

    accounts: list[PushHarness]
    control: Control
    rng: random.Random
    days: int
    log: LogCounter = field(default_factory=LogCounter)
    records: CommandRecords = field(default_factory=CommandRecords)
    faults: int = 0
    restarts: int = 0
    mib: list[float] = field(default_factory=list)
    start: Usage | None = None
    end: Usage | None = None
    refusals: Counter[bool] = field(default_factory=Counter)
    least_left: int = DAY_LIMIT
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _began: tuple[float, float] = field(default_factory=_seconds)

    @property
    def _loaded(self) -> list[StellantisRuntimeData]:
        """The accounts whose entry is loaded."""
        return [one.data for one in self.accounts if one.entry.state is ConfigEntryState.LOADED]

    @property
    def _cars(self) -> list[Car]:
        return [car for account in self._loaded for car in account.cars.values()]

    async def run(self) -> None:
        """Let the days pass."""
        logging.getLogger().addHandler(self.log)
        try:
            with self._recorded_posts(), self._recorded_budget():
                for day in range(self.days):
                    for _ in range(24):
                        await self._pass_hour()
                    if day == 0:
                        await self._pass_without_faults(PAUSE)
                        self.start = self._measure()
                    self.mib.append(read_mib())
                await self._pass_without_faults(REST)
                self.end = self._measure()
        finally:
            logging.getLogger().removeHandler(self.log)

    def _measure(self) -> Usage:
        return Usage.measure(self.accounts[0].hass, self._loaded)

    async def _pass_without_faults(self, seconds: float) -> None:
        await self.control.delete("faults")
        await self.control.put("notifications", {})
        await asyncio.sleep(seconds)
        self._record_results()

    async def _pass_hour(self) -> None:
        """Let an hour pass, in which something may happen."""
        rng = self.rng
        if rng.random() < 0.15:
            self.faults += 1
            # An outage lasts up to some hours; now and then for more than a day
            await self.control.put("faults", [rng.choice(FAULTS)])
        elif rng.random() < 0.35:
            await self.control.delete("faults")
        if rng.random() < 0.05:
            await self.control.put("notifications", rng.choice(DELIVERY_FAULTS))
        if rng.random() < 0.05:
            self.restarts += 1
            harness = rng.choice(self.accounts)
            await harness.hass.config_entries.async_reload(harness.entry.entry_id)
        waited = 0.0
        for _ in range(rng.choice((0, 0, 0, 1, 2))):
            if cars := self._cars:
                task = asyncio.create_task(self._ask(rng.choice(cars)))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            pause = rng.choice((0.0, 5.0, 600.0))
            await asyncio.sleep(pause)
            waited += pause
        await asyncio.sleep(HOUR - waited)
        self._record_results()

    async def _ask(self, car: Car) -> None:
        """Send a command, and record what is told."""
        asked = AskedCommand(car.status.vehicle_id, replace(self.rng.choice(ACTIONS)))
        self.records.asked.append(asked)
        try:
            asked.told = await car.commands.async_send(asked.action)
        except HomeAssistantError as err:
            asked.told = err.translation_key or type(err).__name__

    def _record_results(self) -> None:
        for car in self._cars:
            self.records.add_results(car.status.vehicle_id, car.commands.history)

    @contextmanager
    def _recorded_posts(self) -> Iterator[None]:
        """Record which command is posted under which label."""
        send_remote = StellantisClient.send_remote

        async def record_and_send(
            client: StellantisClient, vehicle_id: str, callback_id: str, request: RemoteRequest
        ) -> Any:
            (current,) = (car.commands.current for car in self._cars if car.status.vehicle_id == vehicle_id)
            assert current
            assert current.label == request.label
            self.records.add_post(vehicle_id, request, current.started)
            return await send_remote(client, vehicle_id, callback_id, request)

        with patch.object(StellantisClient, "send_remote", record_and_send):
            yield

    @contextmanager
    def _recorded_budget(self) -> Iterator[None]:
        """Record how much of the request limit is left, and what the platform refuses."""
        limits = self.accounts[0].simulator.rate_limits
        count = limits.count

        def record_and_count(client_id: str) -> dict[str, str]:
            try:
                headers = count(client_id)
            except Exception:
                self.refusals[bool(self.accounts[0].simulator.faults.rules)] += 1
                raise
            self.least_left = min(self.least_left, int(headers["X-RateLimit-Remaining-1"]))
            return headers

        with patch.object(limits, "count", record_and_count):
            yield

    async def problems(self) -> list[str]:
        """Return what was lost, has grown, or is not back; empty if all is right."""
        assert self.start
        assert self.end
        found = list(dict.fromkeys(self.log.unhandled))
        found += find_growth(self.start, self.end, self.days)
        if len(self._loaded) < len(self.accounts):
            found.append("an entry is not back")
        coordinators = [
            coordinator
            for account in self._loaded
            for coordinator in (account.vehicles, *(one for car in account.cars.values() for one in car.coordinators))
        ]
        found += [f"{one.name} is not back" for one in coordinators if not one.last_update_success]
        found += ["a command is pending" for car in self._cars if car.commands.current]
        found += find_problems(self.records, await self.control.get("remotes"))
        issues = ir.async_get(self.accounts[0].hass).issues
        found += [f"the repair {issue} is left" for domain, issue in issues if domain == DOMAIN]
        requests = sum((await self.control.request_counts()).values())
        if self.refusals.total() > MAX_REFUSED * requests:
            found.append(f"the platform refused {self.refusals.total()} requests because of the limit")
        errors = sum(count for level, count in self.log.lines.items() if level != "INFO")
        if errors > MAX_ERRORS * (self.faults + self.restarts):
            found.append(f"{errors} warnings and errors were logged")
        return found

    async def summary(self) -> str:
        """Return the figures."""
        assert self.start
        assert self.end
        requests = sum((await self.control.request_counts()).values())
        commands = self.records.count(len(await self.control.get("remotes")))
        lines = Counter({level: count / self.days for level, count in self.log.lines.items()})
        elapsed, cpu = (now - began for now, began in zip(_seconds(), self._began, strict=True))
        usage = ", ".join(
            f"{name} {getattr(self.start, name):.0f} → {getattr(self.end, name):.0f}" for name in Usage.__slots__
        )
        return "\n".join(
            (
                f"{self.days} days, {len(self.accounts)} accounts, {len(self._cars)} cars",
                f"{self.faults} faults, {self.restarts} restarts",
                f"{requests} requests, {requests / self.days:.0f} a day",
                f"{self.least_left} of {DAY_LIMIT} requests within 24 hours were left at least",
                f"{self.refusals[True]} requests were refused in a fault, {self.refusals[False]} without",
                "commands: " + ", ".join(f"{count} {name}" for name, count in commands.items()),
                f"from the first day on: {usage}",
                f"MiB after each day: {' '.join(f'{mib:.0f}' for mib in self.mib)}",
                "log lines a day: " + ", ".join(f"{count:.1f} {level}" for level, count in sorted(lines.items())),
                *(f"  {count} times {message}" for message, count in self.log.messages.most_common(8)),
                f"unhandled exceptions: {len(self.log.unhandled)}",
                f"{elapsed:.0f} seconds, {cpu:.0f} of the processor",
            )
        )
