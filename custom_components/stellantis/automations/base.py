"""Base classes of triggers and conditions: they target cars, and follow one kind of entity of each."""

import abc
import asyncio
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, ClassVar, Final, override

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.event import DOMAIN as EVENT_DOMAIN
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.const import CONF_OPTIONS, CONF_TARGET
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, State, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import ATTR_BEHAVIOR, BEHAVIOR_ALL, BEHAVIOR_ANY, EntityConditionBase
from homeassistant.helpers.target import TargetStateChangedData, async_track_target_selector_state_change_event
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    EntityTriggerBase,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
import probatio as vol

from ..targets import async_get_car_key, async_get_device_ids, async_get_entity_ids, async_get_one_per_car

BINARY_SENSORS: Final = {BINARY_SENSOR_DOMAIN: DomainSpec()}
EVENTS: Final = {EVENT_DOMAIN: DomainSpec()}
SENSORS: Final = {SENSOR_DOMAIN: DomainSpec()}
# Events that are remembered because another account may tell of them late
MAX_TOLD: Final = 100


def build_trigger_schema(options: dict[vol.Marker, Any]) -> vol.Schema:
    """Return the schema of a trigger with options."""
    return ENTITY_STATE_TRIGGER_SCHEMA.extend({vol.Required(CONF_OPTIONS, default={}): options})


def build_condition_schema(options: dict[vol.Marker, Any]) -> vol.Schema:
    """Return the schema of a condition with options, beside the one for several cars."""
    behavior = vol.Required(ATTR_BEHAVIOR, default=BEHAVIOR_ANY)
    return vol.Schema(
        {
            vol.Required(CONF_TARGET): cv.TARGET_FIELDS,
            vol.Required(CONF_OPTIONS, default={}): {behavior: vol.In((BEHAVIOR_ANY, BEHAVIOR_ALL)), **options},
        }
    )


def some_of(values: Iterable[str]) -> Any:
    """Return the schema of one value or several."""
    return vol.All(vol.EnsureList(), [vol.In(tuple(values))])


class _CarTarget:
    """Follows the entities of one kind of the targeted cars, by whichever of its entities a car is targeted.

    Attributes:
        _key: The translation key of the entities.
    """

    _hass: HomeAssistant
    _domain_specs: Mapping[str, DomainSpec]
    _key: ClassVar[str]

    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return the entities of the kind that belong to the same cars as the targeted entities."""
        (domain,) = self._domain_specs
        return async_get_entity_ids(self._hass, async_get_device_ids(self._hass, entities), domain, self._key)


class CarCondition(_CarTarget, EntityConditionBase):
    """Condition for one kind of entity of the targeted cars; of a car in several accounts, one entity counts."""

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        return async_get_one_per_car(self._hass, super().entity_filter(entities), self._excluded_states)

    @override
    async def _async_track_changes(self, action: Callable[[], None]) -> CALLBACK_TYPE:
        """Follow the entities of the kind, also those of a car that is targeted by an entity of another kind."""
        is_set_up = False

        @callback
        def handle_change(_data: TargetStateChangedData) -> None:
            action()

        @callback
        def handle_target(_added: set[str], _removed: set[str], _states: Mapping[str, State | None]) -> None:
            if is_set_up:
                action()

        untrack = await async_track_target_selector_state_change_event(
            self._hass,
            self._target,
            handle_change,
            super().entity_filter,
            handle_target,
            primary_entities_only=self._primary_entities_only,
        )
        is_set_up = True
        return untrack


class CarTrigger(_CarTarget, EntityTriggerBase):
    """Trigger for one kind of entity of the targeted cars; of a car in several accounts, one entity counts.

    Attributes:
        _variable: The name of the variable that tells the details.
    """

    _variable: ClassVar[str]

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._followed: set[str] = set()
        self._told_by: dict[Hashable, str] = {}

    def _find_entities(self, entities: set[str]) -> set[str]:
        """Return the entities of the kind, those of all accounts of a car."""
        return super().entity_filter(entities)

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        self._followed = self._find_entities(entities)
        return self._followed

    def _counts(self, entity_id: str) -> bool:
        """Return whether an entity is the one that counts of its car."""
        return entity_id in async_get_one_per_car(self._hass, self._followed, self._excluded_from_states)

    def _is_news(self, entity_id: str, *event: Hashable) -> bool:
        """Return whether no other entity of the car has told of an event: an account that was not available does late.

        Args:
            entity_id: The entity that tells of the event.
            event: What identifies the event among those of the car.
        """
        told_by = self._told_by.setdefault((async_get_car_key(self._hass, entity_id), *event), entity_id)
        self._told_by = dict([*self._told_by.items()][-MAX_TOLD:])
        return told_by == entity_id

    @override
    def is_valid_transition(self, from_state: State, to_state: State) -> bool:
        """Return whether a change counts."""
        return self._counts(to_state.entity_id) and super().is_valid_transition(from_state, to_state)

    @override
    def count_matches(
        self, entity_ids: Iterable[str], states: Mapping[str, State | None] | None = None
    ) -> tuple[int, int]:
        """Return how many cars match, and how many are known."""
        return super().count_matches(async_get_one_per_car(self._hass, entity_ids, self._excluded_from_states), states)

    @abc.abstractmethod
    def _details(self, state: State) -> Mapping[str, Any]:
        """Return the details, which automations can use."""

    @override
    async def async_attach_runner(
        self, run_action: TriggerActionRunner, did_not_trigger: TriggerNotTriggeredReporter | None = None
    ) -> CALLBACK_TYPE:
        """Attach the trigger to an action runner, which gets the details, too."""

        @callback
        def run_with_details(
            extra_trigger_payload: dict[str, Any], description: str, context: Context | None = None
        ) -> asyncio.Task[Any]:
            details = self._details(extra_trigger_payload["to_state"])
            return run_action({**extra_trigger_payload, self._variable: details}, description, context)

        return await super().async_attach_runner(run_with_details, did_not_trigger)
