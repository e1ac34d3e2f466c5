"""Whatever happens to a body, only what it happened to is lost."""

import copy
from dataclasses import fields, is_dataclass
from functools import cache
import json
import os
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.stellantis.api import (
    AlarmDetails,
    Alert,
    Callback,
    Collision,
    Energy,
    Maintenance,
    Model,
    Monitor,
    Notification,
    Position,
    RemoteAction,
    Status,
    Telemetry,
    Trip,
    User,
    Vehicle,
)
from tests.api import bodies_records as records
from tests.api.bodies import OLD_STATUS, STATUS, USER, VEHICLE

type Path = tuple[str | int, ...]

# Of each resource. Every day a few hundred do; STELLANTIS_MUTATIONS=20000 is for a release.
MUTATIONS = int(os.environ.get("STELLANTIS_MUTATIONS", "250"))

BODIES: dict[str, tuple[type[Model], dict[str, Any]]] = {
    "status": (Status, STATUS),
    "old status": (Status, OLD_STATUS),
    "vehicle": (Vehicle, VEHICLE),
    "user": (User, USER),
    "maintenance": (Maintenance, records.MAINTENANCE),
    "alert": (Alert, records.ALERT),
    "alarm": (AlarmDetails, records.ALARM),
    "collision": (Collision, records.COLLISION),
    "trip": (Trip, records.TRIP),
    "way point": (Position, records.WAY_POINT),
    "telemetry": (Telemetry, records.TELEMETRY),
    "callback": (Callback, records.CALLBACK),
    "monitor": (Monitor, records.MONITOR),
    "remote": (RemoteAction, records.REMOTE),
    "notification of a monitor": (Notification, records.MONITOR_NOTIFICATION),
    "notification of a remote": (Notification, records.REMOTE_NOTIFICATION),
}
each_resource = pytest.mark.parametrize("resource", BODIES)

_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**15, max_value=10**320),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["", "NaN", "\ud800", "PT", "x" * 5000, "2026-13-45T99:99:99Z", "None", "Électrique"]),
)
_values = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["createdAt", "type", "level", "extension", "x", "energies"]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)


def _paths(value: object, at: Path = ()) -> list[Path]:
    """Where the members of a body are."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, item in items for path in ((*at, key), *_paths(item, (*at, key)))]


def _holder(body: Any, path: Path) -> Any:
    for key in path[:-1]:
        body = body[key]
    return body


def _name(part: object, index: int) -> str:
    """A name for an item of a list that does not move when a neighbour goes."""
    if isinstance(part, Energy):
        kind = f"{part.type}{part.sub_type}"
        return next((name for name in ("Electric", "Fuel") if name in kind), "neither")
    return str(index)


def _leaves(model: object, at: str = "") -> dict[str, object]:
    """What a model holds, by its place. Of lists whose items have no name it is the items in their order."""
    if is_dataclass(model):
        return {
            place: value
            for field in fields(model)
            for place, value in _leaves(getattr(model, field.name), f"{at}/{field.name}").items()
        }
    if isinstance(model, tuple) and model and is_dataclass(model[0]):
        return {
            place: value
            for index, part in enumerate(model)
            for place, value in _leaves(part, f"{at}/{_name(part, index)}").items()
        }
    return {} if model in (None, (), frozenset()) else {at: model}


@cache
def _untouched(resource: str, path: Path) -> dict[str, object]:
    """What remains of a body when the member at a path is garbage: this much any harm to that member has to leave."""
    model, body = BODIES[resource]
    harmed = copy.deepcopy(body)
    _holder(harmed, path)[path[-1]] = {}
    empty = _leaves(model.from_dict(harmed))
    _holder(harmed, path)[path[-1]] = []
    listed = _leaves(model.from_dict(harmed))
    whole = _leaves(model.from_dict(body))
    return {place: value for place, value in whole.items() if empty.get(place) == listed.get(place) == value}


@cache
def _harmable(resource: str) -> tuple[Path, ...]:
    return tuple(_paths(BODIES[resource][1]))


@each_resource
@settings(max_examples=MUTATIONS, deadline=None)
@given(data=st.data())
def test_harm_to_a_member_costs_that_member(resource: str, data: st.DataObject) -> None:
    model, body = BODIES[resource]
    path = data.draw(st.sampled_from(_harmable(resource)))
    harm = data.draw(st.sampled_from(["replaced", "dropped", "renamed", "wrapped", "doubled"]))
    value = data.draw(_values)
    harmed = copy.deepcopy(body)
    holder, key = _holder(harmed, path), path[-1]
    match harm:
        case "replaced":
            holder[key] = value
        case "dropped" | "renamed" if isinstance(key, str):
            held = holder.pop(key)
            if harm == "renamed":
                holder[f"{key}ed"] = held
        case "wrapped":
            holder[key] = [holder[key]]
        case _:
            holder[key] = {"x": holder[key], "y": value}
    decoded = _leaves(model.from_json(json.dumps(harmed)))
    lost = {place: kept for place, kept in _untouched(resource, path).items() if decoded.get(place) != kept}
    assert lost == {}


@each_resource
@settings(max_examples=MUTATIONS // 10, deadline=None)
@given(unknown=st.dictionaries(st.text(max_size=9), _values, max_size=4))
def test_unknown_members_change_nothing(resource: str, unknown: dict[str, object]) -> None:
    model, body = BODIES[resource]
    strange = {f"_{name}": value for name, value in unknown.items() if f"_{name}" not in body}
    assert model.from_dict({**strange, **body}) == model.from_dict(body)


@each_resource
@settings(max_examples=MUTATIONS // 5, deadline=None)
@given(data=st.data())
def test_garbage_in_every_member_is_survived(resource: str, data: st.DataObject) -> None:
    model, body = BODIES[resource]
    harmed = copy.deepcopy(body)
    for path in data.draw(st.lists(st.sampled_from(_harmable(resource)), max_size=8)):
        try:
            _holder(harmed, path)[path[-1]] = data.draw(_values)
        except KeyError, IndexError, TypeError:
            continue  # an earlier harm took the place away
    assert isinstance(model.from_dict(harmed), model)
