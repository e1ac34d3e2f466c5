"""Each feature can be left out without a trace: its row in the table is all that connects it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis import features
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.features import FEATURES
from custom_components.stellantis.features.feature import Feature
from custom_components.stellantis.options_flow import StellantisOptionsFlow  # loaded while it has all features
from tests.conftest import Link
from tests.support.helpers import only_car
from tests.support.source import COMPONENT

ALL_FORMS = [form for feature in FEATURES for form in feature.option_forms]

pytestmark = pytest.mark.simulator(fleet=1, brand="peugeot")


@dataclass(frozen=True)
class Traces:
    """What a user sees of the features.

    Attributes:
        actions: The actions of the integration.
        options: The rows of features in the menu of the options.
        entities: The keys of the entities of the car.
    """

    actions: frozenset[str]
    options: frozenset[str]
    entities: frozenset[str]


async def find_traces(hass: HomeAssistant, entry: MockConfigEntry) -> Traces:
    """Return what the user sees."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    hass.config_entries.options.async_abort(menu["flow_id"])
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return Traces(
        actions=frozenset(hass.services.async_services_for_domain(DOMAIN)),
        options=frozenset(form.step_id for form in ALL_FORMS if form.step_id in menu["menu_options"]),
        entities=frozenset(entity.unique_id.rpartition(f"{only_car(entry).vin}_")[2] for entity in entities),
    )


def traces_of(feature: Feature) -> Traces:
    """Return what a feature may add."""
    entities = (feature.entities or {}).values()
    return Traces(
        actions=frozenset(action.name for action in feature.actions),
        options=frozenset(form.step_id for form in feature.option_forms),
        entities=frozenset(description.key for table in entities for description in table.descriptions),
    )


def test_each_feature_has_a_file_or_folder() -> None:
    folder = COMPONENT / "features"
    modules = {path.stem for path in folder.iterdir() if not path.name.startswith("__")} - {"feature"}
    assert modules == {feature.key for feature in FEATURES}


async def test_without_features(hass: HomeAssistant, link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left of any feature: no action, option, or entity, and nothing that it stored of the car."""
    monkeypatch.setattr(features, "FEATURES", ())
    entry = await link("peugeot")
    traces = await find_traces(hass, entry)
    assert len(traces.actions) > 10
    assert len(traces.entities) > 40
    for own in map(traces_of, FEATURES):
        assert not own.actions & traces.actions
        assert not own.options & traces.options
        assert not own.entities & traces.entities
    store = only_car(entry).store
    store.feature_records = {"guardian": {"a": 1}}
    await hass.config_entries.async_reload(entry.entry_id)
    assert only_car(entry).store.feature_records == {}


async def test_records_that_cannot_be_read(hass: HomeAssistant, link: Link, caplog: pytest.LogCaptureFixture) -> None:
    """They are lost, but they keep no account from being set up."""
    entry = await link("peugeot")
    garbage = {"departures": [1], "years": [1], "started": 1, "start": {}}
    only_car(entry).store.feature_records = {feature.key: garbage for feature in FEATURES}
    caplog.clear()
    assert await hass.config_entries.async_reload(entry.entry_id)
    warnings = [record.getMessage() for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]
    told = [f"What is stored of the feature {key} cannot be read" for key in ("costs", "departure", "passport")]
    assert [warning.partition(" (")[0] for warning in sorted(warnings)] == [
        *told,
        "What is stored of the feature thief_mode cannot be read",
    ]


async def test_with_features(
    hass: HomeAssistant, link: Link, hass_storage: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All actions and rows of the options are there; what is stored of a car outlives a restart."""
    assert await async_setup_component(hass, DOMAIN, {})
    entry = await link("peugeot")
    traces = await find_traces(hass, entry)
    assert {action for own in map(traces_of, FEATURES) for action in own.actions} <= traces.actions
    assert {row for own in map(traces_of, FEATURES) for row in own.options} <= traces.options
    assert all(hasattr(StellantisOptionsFlow, f"async_step_{form.step_id}") for form in ALL_FORMS)
    only_car(entry).store.feature_records = {FEATURES[0].key: {"kept": [1, None]}}
    await hass.config_entries.async_reload(entry.entry_id)
    assert only_car(entry).store.feature_records == {FEATURES[0].key: {"kept": [1, None]}}

    # Entities of a feature that is left out later go with it, and no others
    own = frozenset(key for feature in FEATURES for key in traces_of(feature).entities)
    assert traces.entities & own
    monkeypatch.setattr(features, "FEATURES", ())
    await hass.config_entries.async_reload(entry.entry_id)
    assert (await find_traces(hass, entry)).entities == traces.entities - own
