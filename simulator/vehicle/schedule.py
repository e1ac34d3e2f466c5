"""What is due in a car's life, in order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import count
from math import inf
from typing import Protocol

from .state import Charge, Drive

type Subject = Drive | Charge | Callable[[float], None] | str | None


@dataclass(order=True, frozen=True, slots=True)
class Event:
    """Something due: ``routine`` marks what the driver does.

    ``of`` is the drive or charge that it ends, the place where it leads, or what is to be called at that instant.
    """

    at: float
    number: int
    kind: str = field(compare=False)
    routine: bool = field(compare=False, default=False)
    of: Subject = field(compare=False, default=None)


class Agenda:
    """Events by time; those of the same instant in the order of their coming."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._events)

    @property
    def next_at(self) -> float:
        """When the first event is due."""
        return self._events[0].at if self._events else inf

    def due(self, at: float, kind: str, *, routine: bool = False, of: Subject = None) -> None:
        """Add an event."""
        heappush(self._events, Event(at, next(self._numbers), kind, routine, of))

    def next(self, now: float) -> Event | None:
        """Take out the first event that is due by an instant."""
        return heappop(self._events) if self._events and self._events[0].at <= now else None

    def drop_routine(self) -> None:
        """Forget what the driver meant to do."""
        self._events = [event for event in self._events if not event.routine]
        heapify(self._events)


class Watcher(Protocol):
    """Somebody who wants to see a car at each of its reports, and at instants of its own."""

    def due(self) -> float:
        """Return when it wants to look, whatever the car does; infinity for never."""

    def seen(self, at: float) -> None:
        """Look at the car, which is up to date."""
