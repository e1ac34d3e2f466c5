"""A long run: simulated days with five cars, push, commands, restarts and faults of the server, at random."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
import gc
import logging
from pathlib import Path
import random
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir

from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.data import Car
from custom_components.stellantis.vehicle.command import CommandResult
from tests.support.helpers import Control
from tests.support.interleavings import ACTIONS
from tests.support.push import PushHarness

HOUR: Final = 3600.0
# The tokens are refreshed, all data is polled again, and late ends of commands are reported
REST: Final = 14 * HOUR
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
# What may grow: tasks and connections that happen to be under way, and memory that Python keeps
MAX_TASKS_GROWTH: Final = 5
MAX_FILES_GROWTH: Final = 12
MAX_MIB_GROWTH: Final = 40


class Errors(logging.Handler):
    """Counts lines of the log, and keeps those about exceptions that nothing has handled."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: Counter[str] = Counter()
        self.unhandled: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        is_ours = record.name.startswith("custom_components.stellantis")
        if is_ours:
            self.lines[record.levelname] += 1
        if record.levelno >= logging.ERROR and (record.exc_info or record.name == "asyncio"):
            cause = repr(record.exc_info[1]) if record.exc_info else ""
            self.unhandled.append(f"{record.name}: {record.getMessage()[:300]} {cause}".strip())


@dataclass(frozen=True, slots=True)
class Usage:
    """What the process uses."""

    tasks: int
    files: int
    mib: float

    @classmethod
    def now(cls) -> Usage:
        """Return the present usage."""
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return cls(len(asyncio.all_tasks()), len(list(Path("/proc/self/fd").iterdir())), pages * 4 / 1024)


@dataclass(slots=True, kw_only=True)
class Soak:
    """A long run.

    Attributes:
        faults: how many faults were injected.
        restarts: how often the entry was reloaded.
        asks: the commands that were asked for.
        results: the results of commands.
    """

    harness: PushHarness
    control: Control
    rng: random.Random
    errors: Errors = field(default_factory=Errors)
    faults: int = 0
    restarts: int = 0
    asks: list[asyncio.Task[bool]] = field(default_factory=list)
    results: list[CommandResult] = field(default_factory=list)
    start: Usage | None = None
    end: Usage | None = None

    @property
    def _cars(self) -> list[Car]:
        return list(self.harness.data.cars.values())

    async def run(self, days: int) -> None:
        """Let the days pass."""
        logging.getLogger().addHandler(self.errors)
        try:
            await asyncio.sleep(REST)
            self.start = Usage.now()
            for _ in range(days * 24):
                await self._pass_hour()
            await self.control.delete("faults")
            await self.control.put("notifications", {})
            await asyncio.sleep(REST)
            self.end = Usage.now()
        finally:
            logging.getLogger().removeHandler(self.errors)

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
        if rng.random() < 0.03:
            self.restarts += 1
            await self.harness.hass.config_entries.async_reload(self.harness.entry.entry_id)
        for _ in range(rng.choice((0, 0, 0, 1, 2))):
            if self.harness.entry.state is ConfigEntryState.LOADED:
                self.asks.append(asyncio.create_task(self._ask(rng.choice(self._cars), rng.choice(ACTIONS))))
            await asyncio.sleep(rng.choice((0.0, 5.0, 600.0)))
        await asyncio.sleep(HOUR)

    async def _ask(self, car: Car, action: Any) -> bool:
        """Send a command, and return whether it has succeeded."""
        try:
            result = await car.commands.async_send(action)
        except HomeAssistantError:
            return False
        self.results.append(result)
        return True

    async def problems(self) -> list[str]:
        """Return what was lost, has grown, or is not back; empty if all is right."""
        assert self.start
        assert self.end
        found = list(dict.fromkeys(self.errors.unhandled))
        for name, growth in (("tasks", MAX_TASKS_GROWTH), ("files", MAX_FILES_GROWTH), ("mib", MAX_MIB_GROWTH)):
            before, after = getattr(self.start, name), getattr(self.end, name)
            if after > before + growth:
                found.append(f"{name} have grown from {before:.0f} to {after:.0f}")
        data = self.harness.data
        coordinators = [data.vehicles, *(coordinator for car in self._cars for coordinator in car.coordinators)]
        found += [f"{one.name} is not back" for one in coordinators if not one.last_update_success]
        found += ["a command is pending" for car in self._cars if car.commands.current]
        if unfinished := sum(not ask.done() for ask in self.asks):
            found.append(f"{unfinished} commands have no result")
        labels = Counter(remote["body"].get("label") for remote in await self.control.get("remotes"))
        found += [f"a command was made {count} times" for count in labels.values() if count > 1]
        if labels.total() > len(self.asks):
            found.append(f"{labels.total()} commands were made, but {len(self.asks)} asked for")
        if len(self.results) > len(self.asks):
            found.append("there are more results than commands")
        issues = ir.async_get(self.harness.hass).issues
        found += [f"the repair {issue} is left" for domain, issue in issues if domain == DOMAIN]
        return found

    async def summary(self, days: int) -> str:
        """Return the figures."""
        assert self.start
        assert self.end
        counts = await self.control.request_counts()
        made = len(await self.control.get("remotes"))
        succeeded = sum(ask.done() and not ask.cancelled() and ask.result() for ask in self.asks)
        lines = ", ".join(f"{count / days:.1f} {level}" for level, count in sorted(self.errors.lines.items()))
        return "\n".join(
            (
                f"{days} days, {len(self._cars)} cars, {self.faults} faults, {self.restarts} restarts",
                f"{sum(counts.values())} requests, {sum(counts.values()) / days:.0f} a day",
                f"{len(self.asks)} commands asked for, {made} made, {succeeded} told as successful",
                f"tasks {self.start.tasks} → {self.end.tasks}, open files {self.start.files} → {self.end.files}",
                f"MiB {self.start.mib:.0f} → {self.end.mib:.0f}",
                f"log lines a day: {lines or 'none'}; unhandled exceptions: {len(self.errors.unhandled)}",
            )
        )
