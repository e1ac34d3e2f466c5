"""Features that can be left out, each in a file or folder of its own: one table, and what the integration calls."""

from collections.abc import Iterator
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..action_description import ActionDescription
from ..data import Car, StellantisConfigEntry
from ..entity import CarEntityDescription, FeatureEntityDescription
from .archive import ARCHIVE
from .costs import COSTS_FEATURE
from .departure import DEPARTURE
from .feature import CalendarEvents, Feature, OptionForm, StoredFile
from .guardian import GUARDIAN
from .thief_mode import THIEF_MODE

FEATURES: Final[tuple[Feature, ...]] = (ARCHIVE, COSTS_FEATURE, DEPARTURE, GUARDIAN, THIEF_MODE)


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
    """Start the features for an account, and forget what is stored of features that were left out."""
    keys = {feature.key for feature in FEATURES}

    def forget(car: Car) -> None:
        records = car.store.feature_records
        car.store.feature_records = {key: record for key, record in records.items() if key in keys}

    for car in entry.runtime_data.async_subscribe_cars(forget):
        forget(car)
    for feature in FEATURES:
        if feature.async_setup:
            await feature.async_setup(hass, entry)


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
