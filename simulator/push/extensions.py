"""Extensions: the data that a monitor adds to its events (`extendedEventParam`)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..resources.alerts import alert_body
from ..resources.links import Json
from ..resources.maintenance import maintenance_body
from ..resources.position import last_position_body
from ..resources.status import sent_status_body
from ..resources.telemetry import last_message, message_body
from ..resources.trips import trip_body
from ..vehicle.car import Car
from .monitors import Monitor

TELEMETRY = "vehicle.telemetry"


@dataclass(frozen=True, slots=True)
class _Source:
    """Builds extensions for a car.

    Attributes:
        car: The car, up to date.
        api_root: The absolute URL of the API.
        scopes: The scopes of the monitor.
        at: When the event happened.
        types: The types that telemetry is limited to; empty for all.
    """

    car: Car
    api_root: str
    scopes: frozenset[str]
    at: float
    types: frozenset[str]

    def status(self) -> Json:
        """Return the status."""
        return sent_status_body(self.car, self.api_root, self.scopes, self.at)

    def maintenance(self) -> Json | None:
        """Return the maintenance, or None if it is hidden."""
        return maintenance_body(self.car, self.api_root, self.at)

    def position(self) -> Json | None:
        """Return the last position, or None if it is hidden."""
        return last_position_body(self.car, self.at)

    def alerts(self) -> list[Json]:
        """Return the active alerts."""
        return [alert_body(self.car, alert, self.api_root, self.scopes) for alert in self.car.history.active_alerts]

    def trip(self) -> Json | None:
        """Return the current trip, or the last one."""
        trip = self.car.history.last_trip
        return trip_body(self.car, trip, self.api_root, self.scopes, self.at) if trip else None

    def telemetry(self) -> Json | None:
        """Return the last message."""
        message = last_message(self.car, self.at)
        return message_body(self.car, message, self.api_root, self.scopes, self.types) if message else None


@dataclass(frozen=True, slots=True)
class _Extension:
    """An extension: its name in a notification, the scopes of which one is needed, and how its body is built."""

    name: str
    scopes: frozenset[str]
    build: Callable[[_Source], Any]


_TELEMETRY_OR_POSITION = frozenset({"data:telemetry", "data:position"})
_TELEMETRY = frozenset({"data:telemetry"})
_EXTENSIONS: Mapping[str, _Extension] = {
    "vehicle.status": _Extension("status", _TELEMETRY_OR_POSITION, _Source.status),
    "vehicle.doorsState": _Extension("doorState", _TELEMETRY, lambda source: source.status().get("doorsState")),
    "vehicle.alarm": _Extension("alarm", _TELEMETRY, lambda source: source.status().get("alarm")),
    "vehicle.maintenance": _Extension("maintenance", _TELEMETRY, _Source.maintenance),
    "vehicle.position": _Extension("position", frozenset({"data:position"}), _Source.position),
    "vehicle.alerts": _Extension("alerts", frozenset({"data:alert"}), _Source.alerts),
    "vehicle.trip": _Extension("trip", frozenset({"data:trip"}), _Source.trip),
    TELEMETRY: _Extension("telemetry", _TELEMETRY_OR_POSITION, _Source.telemetry),
}


def extensions(car: Car, monitor: Monitor, api_root: str, at: float) -> list[Json]:
    """Return the extensions of a monitor, without those that are hidden, not available, or lack a scope."""
    names: Sequence[str] = monitor.parameter.get("extendedEventParam", ())
    types = frozenset(name.removeprefix(f"{TELEMETRY}.") for name in names if name.startswith(f"{TELEMETRY}."))
    source = _Source(car, api_root, monitor.scopes, at, frozenset() if TELEMETRY in names else types)
    bodies: list[Json] = []
    for name in dict.fromkeys(TELEMETRY if name.startswith(TELEMETRY) else name for name in names):
        extension = _EXTENSIONS[name]
        if not extension.scopes & monitor.scopes:
            continue
        body = extension.build(source)
        if body is not None:
            bodies.append({"type": name, "body": [{extension.name: body}]})
    return bodies
