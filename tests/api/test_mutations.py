"""Corrupt each body in many ways: corruption of a member affects only the fields that depend on it."""

from functools import cache
import json
from random import Random
import re

import pytest

from tests.api.mutations import FieldPaths, Path, Resource, corrupt, differing_fields, paths
from tests.api.test_models_properties import BODIES

# Bodies per resource: in the everyday run, and by scripts/test --slow
MUTATIONS = (500, pytest.param(20_000, marks=pytest.mark.slow))

each_resource = pytest.mark.parametrize("name", BODIES)


@cache
def _resource(name: str) -> Resource:
    return Resource.from_body(*BODIES[name])


# Members not in the models: types of GeoJSON objects, redundant links, and members with a newer replacement.
_UNUSED_PATHS = re.compile(
    r"(.*\.)?_links\.(self|vehicle|wayPoints)\.href"
    r"|(.*\.)?([pP]osition|[a-z]+Position|location|geometry|positions\.0)\.type"
    r"|(_embedded\.Vehicles\.0\.)?(brand|label|pictures\.0)"
    r"|battery\.current"
)


def _is_ambiguous(path: Path, dependent: FieldPaths) -> bool:
    """Return whether several fields depend on a value, except for the few values where this is intended."""
    *parents, key = path
    if key == "updatedAt":  # also the fallback for the other timestamp of the object
        return len({field_path.rpartition("/")[0] for field_path in dependent}) > 1 and parents[-1:] != ["environment"]
    if key == "type" and ("energy" in parents or parents[-2:-1] == ["extensions"]):
        return False
    return len(dependent) > 1


@each_resource
def test_each_value_is_in_one_field(name: str) -> None:
    sources = _resource(name).sources
    assert {path: dependent for path, dependent in sources.items() if _is_ambiguous(path, dependent)} == {}
    # Each field depends on a value.
    assert frozenset().union(*sources.values()) >= frozenset(differing_fields(_resource(name).model, None))


@each_resource
def test_each_value_is_in_the_model(name: str) -> None:
    unused = {".".join(map(str, path)) for path, dependent in _resource(name).sources.items() if not dependent}
    if name == "way point":
        unused.remove("type")
    assert {path for path in unused if not _UNUSED_PATHS.fullmatch(path)} == set()


@pytest.mark.parametrize("count", MUTATIONS)
@each_resource
def test_corrupted_member_affects_only_its_fields(name: str, count: int) -> None:
    resource, rng = _resource(name), Random(f"{name} {count}")  # noqa: S311 - the same corruption in every run
    model, members = type(resource.model), tuple(paths(resource.body))
    affected = {path: resource.affected_fields(path) for path in members}
    wrong = []
    for _ in range(count):
        path = rng.choice(members)
        kind, corrupted = corrupt(resource.body, path, rng)
        unexpected = set(differing_fields(resource.model, model.from_json(json.dumps(corrupted)))) - affected[path]
        if unexpected:
            wrong.append((path, kind, unexpected))
    assert wrong[:3] == []
