"""Features that can be left out, each in a file or folder of its own: one table, and what the integration calls."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..action_description import ActionDescription
from ..const import DOMAIN
from ..data import Car, StellantisConfigEntry
from ..entity import CarEntityDescription, FeatureEntityDescription, entity_unique_id
from .abrp import ABRP
from .archive import ARCHIVE
from .costs import COSTS_FEATURE
from .departure import DEPARTURE
from .feature import CalendarEvents, Feature, OptionForm, StoredFile
from .guardian import GUARDIAN
from .passport import PASSPORT
from .place_names import PLACE_NAMES
from .thief_mode import THIEF_MODE

# Their forms have this order in the menu of the options
FEATURES: Final[tuple[Feature, ...]] = (
    COSTS_FEATURE,
    GUARDIAN,
    DEPARTURE,
    ARCHIVE,
    PLACE_NAMES,
    THIEF_MODE,
    PASSPORT,
    ABRP,
)


def list_actions() -> Iterator[ActionDescription]:
    """Yield the actions of all features."""
    for feature in FEATURES:
        yield from feature.actions


def list_option_forms() -> Iterator[OptionForm]:
    """Yield the forms of the options of all features."""
    for feature in FEATURES:
        yield from feature.option_forms


def list_calendar_events(car: Car) -> list[CalendarEvents]:
    """Return the events of features that a car can have in its calendar."""
    return [
        feature.calendar_events
        for feature in FEATURES
        if feature.calendar_events and feature.calendar_events.is_offered_fn(car)
    ]


def list_descriptions(platform: str) -> Iterator[FeatureEntityDescription | CarEntityDescription[Any, Any]]:
    """Yield the descriptions of the entities of all features on a platform."""
    for feature in FEATURES:
        for of_platform, entities in (feature.entities or {}).items():
            if of_platform == platform:
                yield from entities.descriptions


async def async_setup_features(hass: HomeAssistant, entry: StellantisConfigEntry) -> None:
    """Start the features for an account, and forget those that were left out."""
    entry.runtime_data.async_for_each_car(partial(_async_forget_left_out, hass, entry))
    for feature in FEATURES:
        if feature.async_setup:
            await feature.async_setup(hass, entry)


@callback
def _async_forget_left_out(hass: HomeAssistant, entry: StellantisConfigEntry, car: Car) -> None:
    """Forget what is stored of features that were left out, and remove the entities that they added for a car."""
    store, keys = car.store, {feature.key for feature in FEATURES}
    store.feature_records = {key: record for key, record in store.feature_records.items() if key in keys}
    names = sorted(
        f"{platform}.{description.key}"
        for feature in FEATURES
        for platform, entities in (feature.entities or {}).items()
        for description in entities.descriptions
    )
    if names == store.feature_entities:
        return
    registry = er.async_get(hass)
    for name in set(store.feature_entities) - set(names):
        platform, _, key = name.partition(".")
        unique_id = entity_unique_id(entry, car.vin, key)
        if entity_id := registry.async_get_entity_id(platform, DOMAIN, unique_id):
            registry.async_remove(entity_id)
    store.feature_entities = names
    car.account.store.async_schedule_save()


async def async_add_feature_entities(
    entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback, platform: Platform
) -> None:
    """Add the entities of all features on a platform."""
    for feature in FEATURES:
        if feature.entities and (entities := feature.entities.get(platform)):
            await entities.async_setup(entry, async_add_entities)


def list_feature_files(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Iterator[StoredFile]:
    """Yield the files that all features keep of an account."""
    for feature in FEATURES:
        if feature.list_files_fn:
            yield from feature.list_files_fn(hass, entry)
