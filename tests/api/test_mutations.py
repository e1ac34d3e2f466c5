"""Twenty thousand harmed bodies of each resource: harm to a member costs the fields that come from it, no other."""

from functools import cache
import json
from random import Random
import re

import pytest

from tests.api.mutations import FieldPaths, Path, Resource, corrupt, differing_fields, paths
from tests.api.test_models_properties import BODIES

MUTATIONS = 20_000

each_resource = pytest.mark.parametrize("name", BODIES)


@cache
def _resource(name: str) -> Resource:
    return Resource.from_body(*BODIES[name])


# What models leave out: what GeoJSON says of itself, links that lead nowhere new, and what a better twin says.
_UNUSED_PATHS = re.compile(
    r"(.*\.)?_links\.(self|vehicle|wayPoints)\.href"
    r"|(.*\.)?([pP]osition|[a-z]+Position|location|geometry|positions\.0)\.type"
    r"|(_embedded\.Vehicles\.0\.)?(brand|label|pictures\.0)"
    r"|battery\.current"
)


def _is_ambiguous(path: Path, found: FieldPaths) -> bool:
    """Whether a value is that of several fields and not one of the few of which the meaning of others depends."""
    *holders, key = path
    if key == "updatedAt":  # also stands in for the other time of the same object
        return len({place.rpartition("/")[0] for place in found}) > 1 and holders[-1:] != ["environment"]
    if key == "type" and ("energy" in holders or holders[-2:-1] == ["extensions"]):
        return False
    return len(found) > 1


@each_resource
def test_a_value_is_one_field(name: str) -> None:
    sources = _resource(name).sources
    assert {path: found for path, found in sources.items() if _is_ambiguous(path, found)} == {}
    # No field is there that no value was found for.
    assert frozenset().union(*sources.values()) >= frozenset(differing_fields(_resource(name).model, None))


@each_resource
def test_a_value_is_in_the_model(name: str) -> None:
    unused = {".".join(map(str, path)) for path, found in _resource(name).sources.items() if not found}
    if name == "way point":
        unused.remove("type")
    assert {path for path in unused if not _UNUSED_PATHS.fullmatch(path)} == set()


@each_resource
def test_harm_to_a_member_costs_that_member(name: str) -> None:
    resource, chance = _resource(name), Random(name)  # noqa: S311 - the same harm in every run
    model, members = type(resource.model), tuple(paths(resource.body))
    costs = {path: resource.affected_fields(path) for path in members}
    wrong = []
    for _ in range(MUTATIONS):
        path = chance.choice(members)
        kind, harmed = corrupt(resource.body, path, chance)
        lost = set(differing_fields(resource.model, model.from_json(json.dumps(harmed)))) - costs[path]
        if lost:
            wrong.append((path, kind, lost))
    assert wrong[:3] == []
