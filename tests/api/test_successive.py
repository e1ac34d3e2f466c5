"""Successive bodies are decoded as if each were the first."""

from dataclasses import fields
from random import Random
from typing import Any

import pytest

from custom_components.stellantis.api import InvalidResponse, Status
from custom_components.stellantis.api.models.successive import SuccessiveDecoder
from tests.api.bodies import OLD_STATUS, STATUS

DECODED_ANEW = {"type": "Electric", "createdAt": "2026-03-01T08:00:00Z", "level": 12}


def _changed(value: Any, random: Random) -> Any:
    """Return a body in which members are missing, or have another value or type."""
    if isinstance(value, dict):
        return {name: _changed(member, random) for name, member in value.items() if random.random() > 0.03}
    if isinstance(value, list):
        return [_changed(item, random) for item in value if random.random() > 0.05]
    return random.choice((None, True, 1, 1.0, "x", [], {}, value)) if random.random() < 0.1 else value


@pytest.mark.parametrize("seed", range(30))
def test_each_body_is_decoded_as_if_it_were_the_first(seed: int) -> None:
    random, decoder = Random(seed), SuccessiveDecoder(Status)  # noqa: S311
    for _ in range(20):
        body = random.choice((STATUS, OLD_STATUS))
        body = body if random.random() < 0.3 else _changed(body, random)
        decoded, expected = decoder.decode(body), Status.from_dict(body)
        assert {field.name: getattr(decoded, field.name) for field in fields(Status)} == {
            field.name: getattr(expected, field.name) for field in fields(Status)
        }
        assert repr(decoded) == repr(expected)  # 1 equals true


def test_what_has_not_changed_is_the_same_object() -> None:
    decoder = SuccessiveDecoder(Status)
    first = decoder.decode(STATUS)
    assert decoder.decode({**STATUS, "_links": {}}) is first
    second = decoder.decode({**STATUS, "energies": [DECODED_ANEW], "energy": None})
    changed = {field.name for field in fields(Status) if getattr(second, field.name) is not getattr(first, field.name)}
    assert changed == {"energies"}


def test_odd_bodies() -> None:
    decoder = SuccessiveDecoder(Status)
    with pytest.raises(InvalidResponse):
        decoder.decode([])
    nested: list[Any] = []
    for _ in range(500):
        nested = [nested]
    assert decoder.decode({**STATUS, "adas": nested}) == Status.from_dict({**STATUS, "adas": nested})
    assert decoder.decode({}) == Status()
    assert decoder.decode(STATUS) == Status.from_dict(STATUS)
