"""What a long run uses, and what it logs."""

import asyncio
from collections import Counter
from dataclasses import dataclass, fields
import gc
import logging
from pathlib import Path
from typing import Any, Final, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from custom_components.stellantis.data import StellantisRuntimeData

PACKAGE: Final = "custom_components.stellantis"
# Their objects are kept by the test
REQUESTS: Final = f"{PACKAGE}.api.requests"
# What is kept for years, up to a limit; tests/history hold the limits
STORED: Final = frozenset(("TripRecord", "ChargingSession", "CommandResult"))
# What may be more because something happens to be under way; what a car tells first after days gets an entity then
MAX_GROWTH: Final = {"tasks": 5, "files": 12, "connections": 8, "timers": 15, "states": 25, "objects": 200}
# Memory of Home Assistant, the simulator and the test together; the last two keep what has happened
MAX_MIB: Final = 10
MAX_MIB_A_DAY: Final = 0.5


class ShortLogRecord(logging.LogRecord):
    """A line of the log without its arguments: pytest keeps all lines, and exceptions keep the frames they came from.

    Attributes:
        template: The message without its arguments.
        cause: The exception that is logged with it, if any.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.template, self.cause = str(self.msg), repr(self.exc_info[1]) if self.exc_info else ""
        self.msg, self.args, self.exc_info = self.getMessage(), (), None


class LogCounter(logging.Handler):
    """Counts our lines of the log, and keeps those about exceptions that nothing has handled."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: Counter[str] = Counter()
        self.messages: Counter[str] = Counter()
        self.unhandled: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        assert isinstance(record, ShortLogRecord)
        if record.name.startswith(PACKAGE):
            self.lines[record.levelname] += 1
            self.messages[f"{record.levelname} {record.template}"[:100]] += 1
        if record.levelno >= logging.ERROR and (record.cause or record.name == "asyncio"):
            self.unhandled.append(f"{record.name}: {record.getMessage()[:300]} {record.cause}".strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the process uses.

    Attributes:
        tasks: Tasks of the event loop.
        files: Open files and sockets.
        connections: Connections of Home Assistant's HTTP client, those that are kept open included.
        timers: Timers of the event loop.
        listeners: Listeners of events and of our coordinators.
        states: States of entities.
        objects: Objects of our classes, except those that are stored for years, and commands, which the test keeps.
        mib: Memory in MiB, of Home Assistant, the simulator and the test together.
    """

    tasks: int
    files: int
    connections: int
    timers: int
    listeners: int
    states: int
    objects: int
    mib: float

    @classmethod
    def measure(cls, hass: HomeAssistant, accounts: list[StellantisRuntimeData]) -> Usage:
        """Return the present usage."""
        loop: Any = hass.loop
        connector: Any = async_get_clientsession(hass).connector
        coordinators = [
            coordinator
            for account in accounts
            for coordinator in (account.vehicles, *(one for car in account.cars.values() for one in car.coordinators))
        ]
        for coordinator in coordinators:
            # Home Assistant keeps it until the next failure, and with it the frames that it came from
            coordinator.last_exception = None
        gc.collect()
        return cls(
            tasks=len(asyncio.all_tasks()),
            files=len(list(Path("/proc/self/fd").iterdir())),
            connections=len(connector._acquired) + sum(map(len, connector._conns.values())),
            timers=sum(not timer.cancelled() for timer in loop._scheduled),
            listeners=sum(hass.bus.async_listeners().values()) + sum(len(one._listeners) for one in coordinators),
            states=hass.states.async_entity_ids_count(),
            objects=count_objects().total(),
            mib=read_mib(),
        )


def read_mib() -> float:
    """Return the memory of the process."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4 / 1024


def count_objects() -> Counter[str]:
    """Return the number of objects of each of our classes."""
    classes = (type(one) for one in gc.get_objects())
    return Counter(
        one.__qualname__
        for one in classes
        if str(one.__module__).startswith(PACKAGE)
        and not str(one.__module__).startswith(REQUESTS)
        and one.__name__ not in STORED
    )


def find_growth(start: Usage, end: Usage, days: int) -> list[str]:
    """Return what has grown; empty if nothing has."""
    limits = {
        **{name: getattr(start, name) + growth for name, growth in MAX_GROWTH.items()},
        # Each entity listens to its coordinator
        "listeners": start.listeners + max(0, end.states - start.states),
        "mib": start.mib + MAX_MIB + MAX_MIB_A_DAY * days,
    }
    assert {*limits} == {one.name for one in fields(Usage)}
    return [
        f"{name} have grown from {getattr(start, name):.0f} to {getattr(end, name):.0f}"
        for name, limit in limits.items()
        if getattr(end, name) > limit
    ]
