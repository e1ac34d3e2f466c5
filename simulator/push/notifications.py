"""What is posted to a webhook: the message, and what a callback adds to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..clock import rfc3339
from ..endpoints.history import alert_body, last_position_body, maintenance_body
from ..http.errors import ApiError
from ..http.hal import Json
from ..resources.status import status_body
from ..resources.telemetry import last_message, message_body
from ..resources.trips import trip_body
from ..vehicle.car import Car
from .callbacks import Callback
from .monitors import Monitor

TELEMETRY = "vehicle.telemetry"


@dataclass(frozen=True, slots=True)
class Notification:
    """A message with the headers and query parameters that go with it when it is sent alone."""

    at: float
    body: Json
    headers: Mapping[str, str]
    query: Sequence[tuple[str, str]]


def notification(
    callback: Callback, at: float, event: Json, attributes: Sequence[Json], variables: Mapping[str, str]
) -> Notification:
    """Return a notification: of attributes with the same place and key the last one counts."""
    known = {"callbackid": callback.id, "callbacklabel": callback.label}
    known |= {name.lower(): value for name, value in variables.items()}
    added = {
        (attribute["type"], attribute["key"]): _valued(attribute["value"], known)
        for attribute in [*callback.attributes, *attributes]
    }
    body: Json = {
        "callbackId": callback.id,
        "attributes": [{"key": key, "value": value} for (type_, key), value in added.items() if type_ == "Body"],
        "date": rfc3339(at),
        **event,
    }
    headers = {_header(key): value for (type_, key), value in added.items() if type_ == "Header"}
    query = [(key, value) for (type_, key), value in added.items() if type_ == "Query"]
    return Notification(at, body, headers, query)


def _header(key: str) -> str:
    return key if key.lower().startswith("x-") else f"x-{key}"


def _valued(value: str, known: Mapping[str, str]) -> str:
    """Return a literal value, or what the variable stands for that it names."""
    return known.get(value[1:].lower(), value) if value.startswith("$") else value


@dataclass(frozen=True, slots=True)
class _Asked:
    """For which car, as whom and at which instant extensions are asked for; ``types`` narrow telemetry."""

    car: Car
    root: str
    scopes: frozenset[str]
    at: float
    types: frozenset[str]

    def status(self, member: str) -> Any:
        """Return a member of the status."""
        return status_body(self.car, self.root, self.scopes).get(member)

    def alerts(self) -> list[Json]:
        """Return the warnings that are on."""
        return [alert_body(self.car, alert, self.root, self.scopes) for alert in self.car.history.active_alerts]

    def trip(self) -> Json | None:
        """Return the trip that is under way, or the last one."""
        trip = self.car.history.last_trip
        return trip_body(self.car, trip, self.root, self.scopes, self.at) if trip else None

    def telemetry(self) -> Json | None:
        """Return the last message."""
        last = last_message(self.car, self.at)
        return message_body(self.car, last, self.root, self.scopes, self.types) if last else None


@dataclass(frozen=True, slots=True)
class _Extension:
    """The name that the data has in a notification, the scopes of which one is needed, and how it is got."""

    name: str
    scopes: frozenset[str]
    get: Callable[[_Asked], Any]


_EITHER = frozenset({"data:telemetry", "data:position"})
_TELEMETRIC = frozenset({"data:telemetry"})
_EXTENSIONS: Mapping[str, _Extension] = {
    "vehicle.status": _Extension("status", _EITHER, lambda asked: status_body(asked.car, asked.root, asked.scopes)),
    "vehicle.doorsState": _Extension("doorState", _TELEMETRIC, lambda asked: asked.status("doorsState")),
    "vehicle.alarm": _Extension("alarm", _TELEMETRIC, lambda asked: asked.status("alarm")),
    "vehicle.maintenance": _Extension(
        "maintenance", _TELEMETRIC, lambda asked: maintenance_body(asked.car, asked.root, asked.at)
    ),
    "vehicle.position": _Extension(
        "position", frozenset({"data:position"}), lambda asked: last_position_body(asked.car, asked.at)
    ),
    "vehicle.alerts": _Extension("alerts", frozenset({"data:alert"}), _Asked.alerts),
    "vehicle.trip": _Extension("trip", frozenset({"data:trip"}), _Asked.trip),
    TELEMETRY: _Extension("telemetry", _EITHER, _Asked.telemetry),
}


def extensions(car: Car, monitor: Monitor, root: str, at: float) -> list[Json]:
    """Return the data that a monitor wants along with its events, as far as there is any and it may be seen."""
    words: Sequence[str] = monitor.parameter.get("extendedEventParam", ())
    types = frozenset(word.removeprefix(f"{TELEMETRY}.") for word in words if word.startswith(f"{TELEMETRY}."))
    asked = _Asked(car, root, monitor.scopes, at, frozenset() if TELEMETRY in words else types)
    told: list[Json] = []
    for word in dict.fromkeys(TELEMETRY if word.startswith(TELEMETRY) else word for word in words):
        extension = _EXTENSIONS[word]
        if not extension.scopes & monitor.scopes:
            continue
        try:
            found = extension.get(asked)
        except ApiError:  # privacy, or the car, hides it
            continue
        if found is not None:
            told.append({"type": word, "body": [{extension.name: found}]})
    return told
