"""The models contain every documented member and enum value."""

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

# Name of the schema, the model, and a body with all members.
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

# Members that are not in the models, and why.
NOT_DECODED: dict[str, str] = {
    "_links": "the client builds its paths itself; identifiers that are only in links have fields, such as trip_id",
    "geometry/type": "always Point",
    "type:Position": "always Feature",
    "positions/type": "always Point",
    "preconditionning": "the old name of preconditioning, used if the new one is missing",
    "energy": "the old name of energies, used if the new one is missing, and for its timestamps",
    "brand": "deprecated: used if branding is missing",
    "label": "deprecated: used if branding is missing",
    "pictures": "deprecated: used if the extension is missing",
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
    """Remove a member from a body, in all items of lists; return whether it existed."""
    if isinstance(body, list):
        return max([_remove_member(item, path) for item in body], default=False)
    name, *rest = path
    if not isinstance(body, dict) or name not in body:
        return False
    if rest:
        return _remove_member(body[name], tuple(rest))
    del body[name]
    return True


def _not_decoded_reason(name: str, path: tuple[str, ...]) -> str | None:
    if "_links" in path:
        return NOT_DECODED["_links"]
    if path[0] in _DEPRECATED_STATUS_MEMBERS and name == "Status":
        return NOT_DECODED[path[0]]
    if path[-1] == "type" and (path[-2:] in {("geometry", "type"), ("positions", "type")}):
        return NOT_DECODED["/".join(path[-2:])]
    is_position = path[:-1] and path[-2].lower().endswith(("position", "location"))
    if path[-1] == "type" and (is_position or (name == "Position" and len(path) == 1)):
        return NOT_DECODED["type:Position"]
    if name in {"Vehicle", "User"} and path[-1] in {"brand", "label", "pictures"} and "extension" not in path:
        return NOT_DECODED[path[-1]]
    return None


@pytest.mark.parametrize(("name", "model", "body"), RESOURCES)
def test_every_documented_member_is_decoded(name: str, model: type[Model], body: dict[str, Any]) -> None:
    """Removing a member from a complete body changes the model, unless there is a known reason."""
    original = list(_iter_values(model.from_dict(body)))
    webhook = name == "Message"
    checked = 0
    for path in schema_member_paths(described_schema(name, webhook=webhook), webhook=webhook):
        if _not_decoded_reason(name, path) or (
            webhook and path[0] == ("remoteEvent" if "monitorEvent" in body else "monitorEvent")
        ):
            continue
        changed = copy.deepcopy(body)
        assert _remove_member(changed, path), f"the test body lacks {'/'.join(path)}"
        assert list(_iter_values(model.from_dict(changed))) != original, "/".join(path)
        checked += 1
    assert checked


@pytest.mark.parametrize(
    ("name", "enum"),
    [
        ("AlertMsgEnum", AlertMessage),
        ("CountryEnum", Country),
        ("RemoteActionStatus", RemoteStatus),
        ("RemoteFailedEventStatus", RemoteFailure),
        ("CallbackStatus", CallbackStatus),
        ("MonitorStatus", CallbackStatus),
    ],
)
def test_every_enum_value_is_known(name: str, enum: Any) -> None:
    assert set(described_schema(name)["enum"]) == set(enum)


def test_inline_enum_values_are_known() -> None:
    trigger = described_schema("DataTrigger")["properties"]
    assert set(trigger["data"]["enum"]) == set(MonitoredData)
    assert set(trigger["op"]["enum"]) == set(Operator)
    assert set(described_schema("TelemetryEnum")["items"]["enum"]) == set(TelemetryType)
    assert set(described_schema("RemoteType", webhook=True)["enum"]) == set(RemoteType)
