"""Names of entities: no two of a car are called alike, in any language."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from entities import ALL_TABLES
import pytest

from custom_components.stellantis.entity import CarEntityDescription, FeatureEntityDescription

from .support.source import COMPONENT, load_json

LANGUAGE_FILES = sorted((COMPONENT / "translations").glob("*.json"))

# Lists and cards cut longer names, first those of entities that are on by default
MAX_LETTERS = {True: 30, False: 32}
# Beside a value with a long unit
MAX_LETTERS_BY_KEY = {"last_trip_electricity_per_100_km": 26}

type Description = CarEntityDescription[Any, Any] | FeatureEntityDescription


def _exclude_each_other(one: Description, other: Description) -> bool:
    """Return whether no car has both: one is there only where the other cannot be."""
    if isinstance(one, FeatureEntityDescription) or isinstance(other, FeatureEntityDescription):
        return False
    return any(
        first.superseded_by and first.superseded_by <= second.required_features
        for first, second in ((one, other), (other, one))
    )


@pytest.mark.parametrize("path", LANGUAGE_FILES, ids=lambda path: path.stem)
def test_names_are_unique(path: Path) -> None:
    texts = load_json(path)["entity"]
    named: dict[str, list[tuple[str, Description]]] = defaultdict(list)
    for platform, descriptions in ALL_TABLES.items():
        for description in descriptions:
            if name := texts[platform].get(description.translation_key or "", {}).get("name"):
                placeholders = description.translation_placeholders or {}
                named[name.format(**placeholders).casefold()].append((platform, description))
    assert len(named) > 80
    alike = {
        name: [f"{platform}.{description.key}" for platform, description in found]
        for name, found in named.items()
        if len(found) > 1 and not (len(found) == 2 and _exclude_each_other(found[0][1], found[1][1]))
    }
    assert alike == {}


@pytest.mark.parametrize("path", LANGUAGE_FILES, ids=lambda path: path.stem)
def test_programs_differ_in_the_first_words(path: Path) -> None:
    """Lists cut long names."""
    texts = load_json(path)["entity"]
    for platform, key in (("switch", "program"), ("time", "program_start")):
        assert texts[platform][key]["name"].index("{slot}") <= 12


@pytest.mark.parametrize("path", LANGUAGE_FILES, ids=lambda path: path.stem)
def test_names_are_short(path: Path) -> None:
    texts = load_json(path)["entity"]
    names = {
        texts[platform][description.translation_key]["name"].format(**(description.translation_placeholders or {})): (
            MAX_LETTERS_BY_KEY.get(description.key, MAX_LETTERS[description.entity_registry_enabled_default])
        )
        for platform, descriptions in ALL_TABLES.items()
        for description in descriptions
        if "name" in texts[platform].get(description.translation_key or "", {})
    }
    assert [name for name, limit in names.items() if len(name) > limit] == []
