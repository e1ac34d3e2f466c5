"""The queue of events that are due in a car's life."""

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
    """A scheduled event.

    Attributes:
        at: When it is due, in seconds since 1970.
        number: Its position among the events of the same instant.
        kind: The key of its handler.
        is_routine: Whether it belongs to the driver's routine.
        subject: The drive or charge that it ends, the name of a destination, a program's start or end, or a function
            to call.
    """

    at: float
    number: int
    kind: str = field(compare=False)
    is_routine: bool = field(compare=False, default=False)
    subject: Subject = field(compare=False, default=None)


class Schedule:
    """Events ordered by time; events of the same instant keep the order in which they were added."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._events)

    @property
    def next_at(self) -> float:
        """When the first event is due; infinity if there is none."""
        return self._events[0].at if self._events else inf

    def add(self, at: float, kind: str, *, is_routine: bool = False, subject: Subject = None) -> None:
        """Add an event."""
        heappush(self._events, Event(at, next(self._numbers), kind, is_routine, subject))

    def pop_due(self, now: float) -> Event | None:
        """Remove and return the first event that is due by `now`."""
        return heappop(self._events) if self._events and self._events[0].at <= now else None

    def drop_routine(self) -> None:
        """Remove all events of the driver's routine."""
        self._events = [event for event in self._events if not event.is_routine]
        heapify(self._events)


class ReportListener(Protocol):
    """Is called at each report of a car, and at instants of its own choice."""

    def next_due(self) -> float:
        """Return when it must be called at the latest; infinity for never."""

    def on_report(self, at: float) -> None:
        """Handle a report; the car is up to date."""
