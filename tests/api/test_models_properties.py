"""Bodies with unknown members or arbitrary invalid values are decoded. See also `test_mutations`."""

import copy
from functools import cache
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.stellantis.api import (
    AlarmDetails,
    Alert,
    Callback,
    Collision,
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
from tests.api.mutations import Path, at_path, paths

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
    lambda values: st.one_of(
        st.lists(values, max_size=3),
        st.dictionaries(
            st.sampled_from(["createdAt", "type", "level", "extension", "x", "energies"]), values, max_size=3
        ),
    ),
    max_leaves=6,
)


@cache
def _member_paths(resource: str) -> tuple[Path, ...]:
    return tuple(paths(BODIES[resource][1]))


@each_resource
@settings(max_examples=10)
@given(unknown=st.dictionaries(st.text(max_size=9), _values, max_size=4))
def test_unknown_members_are_ignored(resource: str, unknown: dict[str, object]) -> None:
    model, body = BODIES[resource]
    extra = {f"_{name}": value for name, value in unknown.items() if f"_{name}" not in body}
    assert model.from_dict({**extra, **body}) == model.from_dict(body)


@each_resource
@settings(max_examples=20)
@given(data=st.data())
def test_invalid_members_do_not_raise(resource: str, data: st.DataObject) -> None:
    model, body = BODIES[resource]
    corrupted = copy.deepcopy(body)
    for path in data.draw(st.lists(st.sampled_from(_member_paths(resource)), max_size=8)):
        try:
            at_path(corrupted, path[:-1])[path[-1]] = data.draw(_values)
        except KeyError, IndexError, TypeError:
            continue  # the parent was replaced before
    assert isinstance(model.from_dict(corrupted), model)
