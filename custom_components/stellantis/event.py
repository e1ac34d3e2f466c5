"""Events: an alert, the alarm, the end of a trip or of a charge. Each is told once."""

from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .api import MonitoredData, MonitorValue, Notification
from .coordinator import EndpointDescription
from .data import StellantisConfigEntry
from .endpoints import ALARMS, ALERTS, CHARGES, TRIPS
from .entity import (
    CarEntityDescription,
    CommandEntity,
    MonitorEntity,
    StellantisEntity,
    VehicleStateEntityDescription,
    async_add_monitor_entities,
    async_add_reported_entities,
)
from .history.events import EventItem
from .vehicle.capabilities import CommandFeature
from .vehicle.command import CommandResult, CommandStatus

PARALLEL_UPDATES = 0  # the coordinator reads


@dataclass(frozen=True, kw_only=True)
class StellantisEventDescription(CarEntityDescription[Any, tuple[EventItem, ...]], EventEntityDescription):
    """What can happen to a car."""


@dataclass(frozen=True, kw_only=True)
class CommandEventDescription(VehicleStateEntityDescription[bool], EventEntityDescription):
    """What came of what a car was told."""


def _event_description(
    key: str, endpoint: EndpointDescription[Any], source: str, *event_types: str
) -> StellantisEventDescription:
    """Return the description of what is news of an endpoint; it comes to be with the first answer, news or none."""
    return StellantisEventDescription(
        key=key,
        translation_key=key,
        endpoint=endpoint,
        event_types=list(event_types),
        value_fn=lambda data: data.new_events,
        source=source,
    )


EVENTS: Final = (
    _event_description("alert", ALERTS, "alert", "raised", "cleared"),
    _event_description("alarm", ALARMS, "alarm", "armed", "disarmed", "triggered"),
    _event_description("trip", TRIPS, "trip", "finished"),
    _event_description("charge", CHARGES, "energies[Electric].charging.status, level", "ended"),
)


COMMAND_EVENTS: Final = (
    CommandEventDescription(
        key="command",
        translation_key="command",
        event_types=[result.value for result in CommandStatus],
        required_features=frozenset((CommandFeature.ANY,)),
        value_fn=lambda _: True,
        source="remotes",
    ),
)


@dataclass(frozen=True, kw_only=True)
class MonitorEventDescription(EventEntityDescription):
    """What a monitor tells."""


MONITOR_EVENT: Final = MonitorEventDescription(
    key="monitor", translation_key="monitor", name=None, event_types=["triggered", "reminded"]
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the events of each car."""
    await async_add_reported_entities(entry, async_add_entities, Platform.EVENT, EVENTS, StellantisEvent)
    await async_add_reported_entities(entry, async_add_entities, Platform.EVENT, COMMAND_EVENTS, CommandEvent)
    async_add_monitor_entities(entry, async_add_entities, lambda entry, watch: WatchEvent(entry, watch, MONITOR_EVENT))


class StellantisEvent(StellantisEntity[StellantisEventDescription, tuple[EventItem, ...]], EventEntity):
    """Something that happens to a car now and then."""

    entity_description: StellantisEventDescription
    _last_data: object = None

    @override
    async def async_added_to_hass(self) -> None:
        """Tell what was read before."""
        await super().async_added_to_hass()
        # Not before the last event stands there again: to automations, what an entity shows first is no event
        self.async_on_remove(self.hass.loop.call_soon(self._fire_new_events).cancel)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        super()._handle_coordinator_update()
        self._fire_new_events()

    @override
    def _set_value(self, value: tuple[EventItem, ...] | None) -> None:
        """Keep nothing: what happens is told, not shown."""

    @callback
    def _fire_new_events(self) -> None:
        """Tell the news of what was read, once, however often the same reading is announced."""
        previous, self._last_data = self._last_data, self.coordinator.data
        if self._last_data is None or self._last_data is previous:
            return
        for event in self.entity_description.value_fn(self._last_data) or ():
            self._trigger_event(event.type, _event_attributes(event))
            self.async_write_ha_state()


def _event_attributes(event: EventItem) -> dict[str, Any]:
    """Return what is told of an event. Where it was is one attribute: by two, Home Assistant's map would show it."""
    attributes = dict(event.attributes)
    latitude, longitude = attributes.pop("latitude", None), attributes.pop("longitude", None)
    return attributes if latitude is None else {**attributes, "position": [longitude, latitude]}


class CommandEvent(CommandEntity[CommandEventDescription, bool], EventEntity):
    """What came of what a car was told, whoever told it."""

    entity_description: CommandEventDescription

    @callback
    @override
    def _async_handle_command_update(self, result: CommandResult | None) -> None:
        if result is None:
            return
        told = {"kind": result.type.value, "cause": result.cause, "duration": result.duration}
        self._trigger_event(result.status.value, {name: value for name, value in told.items() if value is not None})
        self.async_write_ha_state()


class WatchEvent(MonitorEntity, EventEntity):
    """What a person's monitor tells."""

    @callback
    @override
    def _async_handle_update(self, notification: Notification | None) -> None:
        super()._async_handle_update(notification)
        if notification is None or (event := notification.monitor_event) is None:
            return
        told = event.extensions
        place = told and (told.position or (told.status and told.status.last_position))
        more = {
            "values": {_data_key(one): _trigger_value(one) for one in event.values},
            "previous": {_data_key(one): one.previous_value for one in event.values if one.previous is not None},
            "position": [place.longitude, place.latitude] if place and place.longitude is not None else None,
        }
        told_at = (notification.date or dt_util.utcnow()).isoformat()
        self._trigger_event(
            "reminded" if event.refresh else "triggered",
            {"time": told_at, **{name: value for name, value in more.items() if value}},
        )
        self.async_write_ha_state()


def _data_key(value: MonitorValue) -> str:
    """Return what was watched, in snake case."""
    return MonitoredData(value.data).name.lower() if value.data in set(MonitoredData) else str(value.data)


def _trigger_value(value: MonitorValue) -> Any:
    """Return what set off a monitor."""
    return [str(one.type) for one in value.alerts] if value.alerts else value.current_value
