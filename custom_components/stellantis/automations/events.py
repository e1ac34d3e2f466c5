"""Triggers for events of a car: trips, warnings, the alarm, commands, and monitors; and a condition for warnings."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final, override

from homeassistant.components.event import DOMAIN as EVENT_DOMAIN
from homeassistant.components.zone import DOMAIN as ZONE_DOMAIN, in_zone
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.condition import ConditionConfig
from homeassistant.helpers.translation import async_translate_state_attr
from homeassistant.helpers.trigger import NotTriggeredReasonReporter, StatelessEntityTriggerBase, TriggerConfig
import probatio as vol

from ..api import AlertMessage
from ..const import DOMAIN
from ..targets import async_get_device_ids, async_get_entity_ids
from ..vehicle.command import CommandStatus, CommandType
from .base import EVENTS, SENSORS, CarCondition, CarTrigger, build_condition_schema, build_trigger_schema, some_of
from .decisions import TripFilter, event_details, has_warning, is_wanted

CONF_COMMAND: Final = "command"
CONF_WARNING: Final = "warning"

TRIP_SCHEMA: Final = build_trigger_schema(
    {
        vol.Optional("min_distance"): vol.All(vol.Coerce(float), vol.Range(min=0)),
        vol.Optional("min_duration"): cv.positive_time_period,
        vol.Optional("from_zone"): cv.entity_domain(ZONE_DOMAIN),
        vol.Optional("to_zone"): cv.entity_domain(ZONE_DOMAIN),
    }
)
COMMAND_OPTIONS: Final[dict[vol.Marker, Any]] = {vol.Optional(CONF_COMMAND, default=[]): some_of(CommandType)}
WARNING_OPTIONS: Final[dict[vol.Marker, Any]] = {
    vol.Optional(CONF_WARNING, default=[]): some_of(message.name.lower() for message in AlertMessage)
}


class EventTrigger(CarTrigger, StatelessEntityTriggerBase):
    """Trigger for events of a car.

    Attributes:
        _event_types: The types of the events.
        _kind: The attribute that tells the kind of an event.
        _words: The attributes that are also told in words, and the name under which they are.
    """

    _domain_specs = EVENTS
    _event_types: ClassVar[frozenset[str]]
    _kind: ClassVar[str | None] = None
    _words: ClassVar[Mapping[str, str]] = {}

    @override
    def is_valid_transition(self, from_state: State, to_state: State) -> bool:
        """Return whether an event is news."""
        return super().is_valid_transition(from_state, to_state) and self._is_first(to_state)

    def _is_first(self, state: State) -> bool:
        """Return whether an event is the first report of it by any account; one without a time always is."""
        event = state.attributes
        time = event.get("time", event.get("start"))
        kind = event.get(self._kind) if self._kind else None
        return time is None or self._is_news(state.entity_id, event["event_type"], kind, time)

    @override
    def is_valid_state(self, state: State, report_not_triggered: NotTriggeredReasonReporter) -> bool:
        """Return whether an event has one of the types, and matches the options."""
        return state.attributes.get("event_type") in self._event_types and self._matches(state.attributes)

    def _matches(self, event: Mapping[str, Any]) -> bool:
        """Return whether an event matches the options; by default, whether its kind is one that is asked for."""
        return self._kind is None or is_wanted(event.get(self._kind), self._options.get(self._variable, ()))

    @override
    def _details(self, state: State) -> Mapping[str, Any]:
        """Return the event, with what it says in words, in Home Assistant's language."""
        event = event_details(state.attributes)
        words = {
            word: async_translate_state_attr(self._hass, value, EVENT_DOMAIN, DOMAIN, self._key, None, attribute)
            for attribute, word in self._words.items()
            if (value := event.get(attribute)) is not None
        }
        return {**event, **words}


class TripFinishedTrigger(EventTrigger):
    """Trigger for trips that have ended."""

    _key = _variable = "trip"
    _event_types = frozenset(("finished",))
    _schema = TRIP_SCHEMA

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._filter = TripFilter(**self._options)

    @override
    def _matches(self, event: Mapping[str, Any]) -> bool:
        return self._filter.matches(event, self._is_in_zone)

    def _is_in_zone(self, zone_id: str, latitude: float, longitude: float) -> bool:
        zone = self._hass.states.get(zone_id)
        return zone is not None and in_zone(zone, latitude, longitude)


class WarningRaisedTrigger(EventTrigger):
    """Trigger for new warnings."""

    _key = _kind = "alert"
    _words: ClassVar[Mapping[str, str]] = {"alert": "name"}
    _variable = CONF_WARNING
    _event_types = frozenset(("raised",))
    _schema = build_trigger_schema(WARNING_OPTIONS)


class WarningClearedTrigger(WarningRaisedTrigger):
    """Trigger for warnings that are over."""

    _event_types = frozenset(("cleared",))


class AlarmSetOffTrigger(EventTrigger):
    """Trigger for an alarm that was set off."""

    _key = _variable = "alarm"
    _words: ClassVar[Mapping[str, str]] = {"cause": "name"}
    _event_types = frozenset(("triggered",))


class CommandFailedTrigger(EventTrigger):
    """Trigger for commands that have failed, or whose result never came."""

    _key = "command"
    _variable = CONF_COMMAND
    _kind = "kind"
    _words: ClassVar[Mapping[str, str]] = {"kind": "name", "cause": "reason"}
    _event_types = frozenset((CommandStatus.FAILED.value, CommandStatus.TIMED_OUT.value))
    _schema = build_trigger_schema(COMMAND_OPTIONS)

    @override
    def _counts(self, entity_id: str) -> bool:
        """Return that each entity counts: a command is that of one account, and the others do not know it."""
        return True


class MonitorTriggeredTrigger(EventTrigger):
    """Trigger for monitors whose condition has come true: those that are targeted, and all of a targeted car."""

    _key = _variable = "monitor"
    _event_types = frozenset(("triggered",))

    @override
    def _find_entities(self, entities: set[str]) -> set[str]:
        targeted = async_get_device_ids(self._hass, entities)
        devices = dr.async_get(self._hass).devices
        monitors = {device.id for device in devices if device.via_device_id in targeted}
        return async_get_entity_ids(self._hass, targeted | monitors, EVENT_DOMAIN, self._key)

    @override
    def _details(self, state: State) -> Mapping[str, Any]:
        return {**super()._details(state), "name": state.name}


class WarningCondition(CarCondition):
    """Condition for a car with active warnings, of some kinds or of any."""

    _domain_specs = SENSORS
    _key = "warning"
    _schema = build_condition_schema(WARNING_OPTIONS)

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        super().__init__(hass, config)
        self._warnings: list[str] = (config.options or {})[CONF_WARNING]

    @override
    def is_valid_state(self, entity_state: State) -> bool:
        """Return whether a warning is active."""
        return has_warning(entity_state.attributes.get("alerts", ()), self._warnings)


class NoWarningCondition(WarningCondition):
    """Condition for a car without such warnings."""

    @override
    def is_valid_state(self, entity_state: State) -> bool:
        """Return whether no warning is active."""
        return not super().is_valid_state(entity_state)
