"""What a feature is: the parts of it that the integration calls, and nothing else knows."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
import logging
from typing import Any, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
import probatio as vol

from ..action_description import ActionDescription
from ..data import Car, StellantisConfigEntry
from ..entity import CarEntityDescription, FeatureEntityDescription
from ..vehicle.stored import StoredModel

_LOGGER = logging.getLogger(__name__)


class StoredFile(Protocol):
    """Data of the integration in Home Assistant's storage."""

    async def async_remove(self) -> None:
        """Delete the data."""


@dataclass(frozen=True, kw_only=True)
class OptionForm:
    """A form of the options, and its row in their menu.

    Attributes:
        step_id: The step of the options flow, and the key of its texts.
        option_names: The options that the form sets; those that are missing in its result are removed.
        schema_fn: Returns the fields; the values of the options are suggested for them.
        private_options: The options that diagnostics do not show.
        parse_fn: Returns the options for the user input, and the errors by field; None if they are the user input.
        async_check: Returns the errors by field of options that only a request finds; None if there is nothing to ask.
        suggested_values_fn: Returns the suggested values for the options; None if they are the options.
        is_offered_fn: Returns whether the account has something to set; None if it always has.
    """

    step_id: str
    option_names: frozenset[str]
    schema_fn: Callable[[HomeAssistant, ConfigEntry[Any]], vol.Schema]
    private_options: frozenset[str] = frozenset()
    parse_fn: (
        Callable[[HomeAssistant, ConfigEntry[Any], dict[str, Any]], tuple[dict[str, Any], dict[str, str]]] | None
    ) = None
    async_check: Callable[[HomeAssistant, Mapping[str, Any]], Awaitable[dict[str, str]]] | None = None
    suggested_values_fn: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    is_offered_fn: Callable[[ConfigEntry[Any]], bool] | None = None


@dataclass(frozen=True, kw_only=True)
class FeatureEntities:
    """The entities of a feature on one platform.

    Attributes:
        descriptions: The descriptions of the entities, whose unique ids end in `{vin}_{key}`.
        async_setup: Adds the entities of an account, as `async_setup_entry` of a platform does.
    """

    descriptions: tuple[FeatureEntityDescription | CarEntityDescription[Any, Any], ...]
    async_setup: Callable[[StellantisConfigEntry, AddConfigEntryEntitiesCallback], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class FeatureEvent:
    """An event of a feature in the calendar of a car.

    Attributes:
        uid: What identifies it among the events of the feature.
        start: When it starts, in UTC.
        end: When it ends, in UTC.
        details: What its title tells besides its name.
        messages: The texts of the calendar that its title has besides.
        rrule: The recurrence rule (RFC 5545); None if it does not recur.
    """

    uid: str
    start: datetime
    end: datetime
    details: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    rrule: str | None = None


@dataclass(frozen=True, kw_only=True)
class CalendarEvents:
    """Events of a feature in the calendars of cars, which the user can create, change and delete.

    Attributes:
        key: The key of their name in the texts of the calendar, with which their titles begin.
        is_offered_fn: Returns whether a car can have them.
        list_fn: Returns those of a car in a time range.
        async_set: Creates, changes or deletes one, from the car, the uid (None for a new one), the event (None to
            delete it), and the function that returns a text of the calendar; raises UnsupportedEventError or
            HomeAssistantError.
        subscribe_fn: Calls a listener when those of a car change; returns an unsubscribe function.
    """

    key: str
    is_offered_fn: Callable[[Car], bool]
    list_fn: Callable[[Car, datetime, datetime], Iterable[FeatureEvent]]
    async_set: Callable[[Car, str | None, Mapping[str, Any] | None, Callable[[str], str]], Awaitable[None]]
    subscribe_fn: Callable[[Car, Callable[[], None]], CALLBACK_TYPE]


@dataclass(frozen=True, kw_only=True)
class Feature:
    """A feature that can be left out: without its row in `FEATURES` and its file or folder, nothing of it remains.

    Attributes:
        key: The name of the file or folder, and of what the feature stores of a car.
        actions: The actions.
        entities: The entities by platform.
        option_forms: The forms of the options.
        calendar_events: The events in the calendars of cars.
        async_setup: Starts the feature for an account, after its cars exist and before their entities do.
        list_files_fn: Returns the files that the feature keeps of an account; they are deleted with the account.
    """

    key: str
    actions: tuple[ActionDescription, ...] = ()
    entities: Mapping[Platform, FeatureEntities] | None = None
    option_forms: tuple[OptionForm, ...] = ()
    calendar_events: CalendarEvents | None = None
    async_setup: Callable[[HomeAssistant, StellantisConfigEntry], Awaitable[None]] | None = None
    list_files_fn: Callable[[HomeAssistant, ConfigEntry[Any]], Iterable[StoredFile]] | None = None


def read_record[RecordT: StoredModel](car: Car, key: str, record_type: type[RecordT]) -> RecordT | None:
    """Return what a feature keeps of a car; None if that is nothing, or cannot be read."""
    stored = car.store.feature_records.get(key)
    try:
        return record_type.from_dict(stored) if stored else None
    except (ValueError, LookupError, TypeError, AttributeError) as err:
        _LOGGER.warning("What is stored of the feature %s cannot be read (%s)", key, type(err).__name__)
        return None


@callback
def save_record(car: Car, key: str, record: StoredModel | None) -> None:
    """Keep a record of a feature for a car; None to keep nothing."""
    others = {name: stored for name, stored in car.store.feature_records.items() if name != key}
    car.store.feature_records = others if record is None else {**others, key: record.to_dict()}
    car.account.store.async_schedule_save()
