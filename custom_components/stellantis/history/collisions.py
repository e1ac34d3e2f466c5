"""Collisions of a car: which are new, and the response of the action."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ..api import Collision, CollisionDetails, CollisionSeverity
from .events import OLDEST, EventItem, drop_none, enum_key
from .store import EventCursor

SEVERITIES: Final = (CollisionSeverity.MINIMAL, CollisionSeverity.MINOR, CollisionSeverity.MAJOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collisions:
    """The collisions since the last update."""

    new_events: tuple[EventItem, ...] = ()


def build_collisions(cursor: EventCursor, collisions: Iterable[Collision], now: datetime | None = None) -> Collisions:
    """Return the new collisions in chronological order, and advance the cursor.

    Collisions in the first update create no events.
    """
    dated = sorted(
        (
            (time, collision.id or time.isoformat(), collision)
            for collision in collisions
            if (time := _happened_at(collision))
        ),
        key=lambda item: item[:2],
    )
    events = [
        EventItem(type="detected", attributes=_attributes(collision))
        for _, collision_id, collision in dated
        if collision_id not in cursor.seen
    ]
    events, cursor.initialized = events if cursor.initialized else [], True
    if dated:
        cursor.seen = {collision_id: None for _, collision_id, _ in dated}
        cursor.advance(dated[-1][0], now)
    return Collisions(new_events=tuple(events))


def build_collisions_response(collisions: Iterable[Collision]) -> dict[str, Any]:
    """Build the response for collisions, the latest first, with each of their impacts."""
    latest_first = sorted(collisions, key=lambda collision: _happened_at(collision) or OLDEST, reverse=True)
    return {"collisions": [_build_response(collision) for collision in latest_first]}


def _build_response(collision: Collision) -> dict[str, Any]:
    impacts = [
        drop_none(side=enum_key(impact.side), severity=enum_key(impact.severity)) for impact in collision.details
    ]
    return drop_none(id=collision.id, **_attributes(collision), impacts=impacts, trip=collision.trip_id)


def _happened_at(collision: Collision) -> datetime | None:
    """Return when a collision happened; it may have been updated later."""
    return collision.created_at or collision.measured_at


def _attributes(collision: Collision) -> dict[str, Any]:
    """Return the attributes of a collision, with the severity and the side of its gravest impact."""
    gravest = max(collision.details, key=_severity_rank, default=CollisionDetails())
    return drop_none(
        severity=enum_key(gravest.severity),
        side=enum_key(gravest.side),
        tipped_over=collision.tipped_over,
        pedestrian=collision.pedestrian,
        time=_happened_at(collision),
    )


def _severity_rank(impact: CollisionDetails) -> int:
    """Return the rank of an impact's severity, -1 if that is unknown."""
    severity = impact.severity
    return SEVERITIES.index(severity) if isinstance(severity, CollisionSeverity) else -1
