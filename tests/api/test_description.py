"""The library against the publisher's description: every member is read, and every word is known."""

from collections.abc import Iterator
import copy
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from custom_components.stellantis.api import (
    AlarmDetails,
    Alert,
    AlertMessage,
    Callback,
    CallbackStatus,
    Collision,
    Maintenance,
    Model,
    Monitor,
    MonitoredData,
    Notification,
    Position,
    RemoteAction,
    RemoteFailure,
    RemoteReference,
    RemoteStatus,
    RemoteType,
    Status,
    Telemetry,
    Trip,
    User,
    Vehicle,
)
from custom_components.stellantis.api.filters import Country, TelemetryType
from custom_components.stellantis.api.models.callback import CallbackReference
from custom_components.stellantis.api.models.monitor import MonitorReference
from custom_components.stellantis.api.requests import Operator
from tests.api import bodies_records as bodies
from tests.api.bodies import STATUS, USER, VEHICLE
from tests.api.description import described_schema, needs_description, schema_member_paths

pytestmark = needs_description

_OLD_ENGINE = {"type": "Electric", "oil": {"temp": 61.0}}
_STATUS = {**STATUS, "engines": [*STATUS["engines"], _OLD_ENGINE]}
_LINKED = {"_links": {"self": {"href": "https://example.invalid/"}}}
_USER = {**USER, **_LINKED, "_embedded": {"Vehicles": [{**VEHICLE, **_LINKED}]}}

# The described object → what it is read into, and a body with all of its members.
RESOURCES: list[tuple[str, type[Model], dict[str, Any]]] = [
    ("Status", Status, _STATUS),
    ("Vehicle", Vehicle, {**VEHICLE, **_LINKED}),
    ("User", User, _USER),
    ("Maintenance", Maintenance, bodies.MAINTENANCE),
    ("Alert", Alert, bodies.ALERT),
    ("AlarmDetails", AlarmDetails, bodies.ALARM),
    ("Collision", Collision, bodies.COLLISION),
    ("Trip", Trip, bodies.TRIP),
    ("Position", Position, bodies.WAY_POINT),
    ("Telemetry", Telemetry, bodies.TELEMETRY),
    ("UserCallback", Callback, bodies.CALLBACK),
    ("CallbackRef", CallbackReference, bodies.CALLBACK_REFERENCE),
    ("Monitor", Monitor, bodies.MONITOR),
    ("MonitorRef", MonitorReference, bodies.MONITOR_REFERENCE),
    ("RemoteAction", RemoteAction, bodies.REMOTE),
    ("RemotePostResponse", RemoteReference, bodies.REMOTE_REFERENCE),
    ("Message", Notification, bodies.MONITOR_NOTIFICATION),
    ("Message", Notification, bodies.REMOTE_NOTIFICATION),
]

# Members that no field holds, each for a reason.
NOT_READ: dict[str, str] = {
    "_links": "the client makes its paths itself; ids that only a link tells have fields, such as trip_id",
    "geometry/type": "always Point: a field could only repeat it",
    "type:Position": "always Feature: a field could only repeat it",
    "positions/type": "always Point: a field could only repeat it",
    "preconditionning": "the old name of preconditioning, read where the new one is missing",
    "energy": "the old name of energies, read where the new one is missing; its time dates them",
    "brand": "deprecated: read where branding is missing",
    "label": "deprecated: read where branding is missing",
    "pictures": "deprecated: read where the extension is missing",
}
_DEPRECATED_STATUS_MEMBERS = ("energy", "preconditionning")


def _iter_values(model: object) -> Iterator[object]:
    if is_dataclass(model):
        for field in fields(model):
            yield from _iter_values(getattr(model, field.name))
    elif isinstance(model, (tuple, frozenset)):
        for item in model:
            yield from _iter_values(item)
    elif model is not None:
        yield model


def _remove_member(body: Any, path: tuple[str, ...]) -> bool:
    """Take the member at a path out of a body, in all items of the lists on the way; whether it was there."""
    if isinstance(body, list):
        return max([_remove_member(item, path) for item in body], default=False)
    name, *rest = path
    if not isinstance(body, dict) or name not in body:
        return False
    if rest:
        return _remove_member(body[name], tuple(rest))
    del body[name]
    return True


def _not_read_reason(name: str, path: tuple[str, ...]) -> str | None:
    if "_links" in path:
        return NOT_READ["_links"]
    if path[0] in _DEPRECATED_STATUS_MEMBERS and name == "Status":
        return NOT_READ[path[0]]
    if path[-1] == "type" and (path[-2:] in {("geometry", "type"), ("positions", "type")}):
        return NOT_READ["/".join(path[-2:])]
    is_place = path[:-1] and path[-2].lower().endswith(("position", "location"))
    if path[-1] == "type" and (is_place or (name == "Position" and len(path) == 1)):
        return NOT_READ["type:Position"]
    if name in {"Vehicle", "User"} and path[-1] in {"brand", "label", "pictures"} and "extension" not in path:
        return NOT_READ[path[-1]]
    return None


@pytest.mark.parametrize(("name", "model", "body"), RESOURCES)
def test_every_described_member_is_read(name: str, model: type[Model], body: dict[str, Any]) -> None:
    """Taking a member out of a complete body changes what is read from it, unless there is a reason."""
    whole = list(_iter_values(model.from_dict(body)))
    webhook = name == "Message"
    checked = 0
    for path in schema_member_paths(described_schema(name, webhook=webhook), webhook=webhook):
        if _not_read_reason(name, path) or (
            webhook and path[0] == ("remoteEvent" if "monitorEvent" in body else "monitorEvent")
        ):
            continue
        harmed = copy.deepcopy(body)
        assert _remove_member(harmed, path), f"our body lacks {'/'.join(path)}"
        assert list(_iter_values(model.from_dict(harmed))) != whole, "/".join(path)
        checked += 1
    assert checked


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("AlertMsgEnum", AlertMessage),
        ("CountryEnum", Country),
        ("RemoteActionStatus", RemoteStatus),
        ("RemoteFailedEventStatus", RemoteFailure),
        ("CallbackStatus", CallbackStatus),
        ("MonitorStatus", CallbackStatus),
    ],
)
def test_every_word_is_known(name: str, kind: Any) -> None:
    assert set(described_schema(name)["enum"]) == set(kind)


def test_words_in_other_places() -> None:
    trigger = described_schema("DataTrigger")["properties"]
    assert set(trigger["data"]["enum"]) == set(MonitoredData)
    assert set(trigger["op"]["enum"]) == set(Operator)
    assert set(described_schema("TelemetryEnum")["items"]["enum"]) == set(TelemetryType)
    assert set(described_schema("RemoteType", webhook=True)["enum"]) == set(RemoteType)
