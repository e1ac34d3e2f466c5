"""Events: alerts, the alarm, collisions, trips and charging sessions, command results, and monitor notifications."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID, ATTR_NAME, Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .api import Extensions, MonitoredData, MonitorValue, Notification, Position
from .commands.origin import origin_context
from .const import EVENT_COMMAND_FAILED
from .coordinator import EndpointDescription
from .data import Car, StellantisConfigEntry
from .endpoints import ALARMS, ALERTS, CHARGES, COLLISIONS, TRIPS
from .entity import (
    CarEntityDescription,
    CommandEntity,
    MonitorEntity,
    StellantisEntity,
    VehicleStateEntityDescription,
    async_add_monitor_entities,
)
from .features import async_add_feature_entities
from .history.events import EventItem, drop_none
from .reported_entities import async_add_reported_entities
from .vehicle.capabilities import CommandFeature
from .vehicle.command import CommandResult, CommandStatus
from .vehicle.drive import Drive, get_drive_parts, next_drive
from .vehicle.parts import ALWAYS
from .vehicle.state import visible_position

PARALLEL_UPDATES = 0  # the coordinators fetch the data


# Attributes of trips and charging sessions that tell where the car was
PLACE_ATTRIBUTES: Final = ("origin", "destination", "place")


@dataclass(frozen=True, kw_only=True)
class StellantisEventDescription(CarEntityDescription[Any, tuple[EventItem, ...]], EventEntityDescription):
    """Describe an event entity for the new events of an endpoint.

    Attributes:
        listen_fn: subscribes a function to events that other data tells; returns an unsubscribe function.
    """

    listen_fn: Callable[[Car, Callable[[EventItem], None]], CALLBACK_TYPE] | None = None


@dataclass(frozen=True, kw_only=True)
class CommandEventDescription(VehicleStateEntityDescription[bool], EventEntityDescription):
    """Describe an event entity for the results of commands."""


def _event_description(
    key: str, endpoint: EndpointDescription[Any], source: str, *event_types: str
) -> StellantisEventDescription:
    """Create the description for an event entity, which is added after the first successful update of the endpoint."""
    return StellantisEventDescription(
        key=key,
        translation_key=key,
        endpoint=endpoint,
        event_types=list(event_types),
        value_fn=lambda data: data.new_events,
        source=source,
    )


@callback
def _async_listen_to_drives(car: Car, fire: Callable[[EventItem], None]) -> CALLBACK_TYPE:
    """Fire an event when a drive starts, as the car's status tells; the API lists a trip only after its end."""
    drive = Drive()

    @callback
    def handle_status() -> None:
        nonlocal drive
        trips = car.coordinator_for(TRIPS)
        last = trips.data.last if trips and trips.has_data else None
        if not car.status.has_data:
            return
        drive = next_drive(drive, car.status.data, last.end if last else None)
        if drive.started_at:
            fire(EventItem(type="started", attributes=drop_none(start=drive.started_at)))

    handle_status()
    return car.status.async_add_listener(handle_status, get_drive_parts)


EVENTS: Final = (
    _event_description("alert", ALERTS, "alert", "raised", "cleared"),
    replace(
        _event_description("alarm", ALARMS, "alarm", "armed", "disarmed", "triggered"),
        value_fn=lambda alarms: alarms.new_events if alarms.was_told else None,
    ),
    replace(
        _event_description("collision", COLLISIONS, "collision", "detected"), entity_registry_enabled_default=False
    ),
    replace(_event_description("trip", TRIPS, "trip", "started", "finished"), listen_fn=_async_listen_to_drives),
    _event_description("charging_session", CHARGES, "energies[Electric].charging.status, level", "started", "ended"),
)


COMMAND_EVENTS: Final = (
    CommandEventDescription(
        key="command",
        translation_key="command",
        event_types=[status.value for status in CommandStatus],
        required_features=frozenset((CommandFeature.ANY,)),
        value_fn=ALWAYS,
        source="remotes",
    ),
)


@dataclass(frozen=True, kw_only=True)
class MonitorEventDescription(EventEntityDescription):
    """Describe an event entity for the notifications of a monitor."""


MONITOR_EVENT: Final = MonitorEventDescription(
    key="monitor", translation_key="monitor", name=None, event_types=["triggered", "reminded"]
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the events of each car and of each monitor."""
    await async_add_reported_entities(entry, async_add_entities, Platform.EVENT, EVENTS, StellantisEvent)
    await async_add_reported_entities(entry, async_add_entities, Platform.EVENT, COMMAND_EVENTS, CommandEvent)
    async_add_monitor_entities(
        entry, async_add_entities, lambda entry, monitor: MonitorEventEntity(entry, monitor, MONITOR_EVENT)
    )
    await async_add_feature_entities(entry, async_add_entities, Platform.EVENT)


class StellantisEvent(StellantisEntity[StellantisEventDescription, tuple[EventItem, ...]], EventEntity):
    """Event entity for the new events of an endpoint."""

    entity_description: StellantisEventDescription
    _last_data: object = None

    @override
    async def async_added_to_hass(self) -> None:
        """Fire the events of the last update."""
        await super().async_added_to_hass()
        if listen_fn := self.entity_description.listen_fn:
            self.async_on_remove(listen_fn(self.car, self._fire))
        # Wait until the last state was restored: automations ignore the first state of an entity
        self.async_on_remove(self.hass.loop.call_soon(self._fire_new_events).cancel)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        super()._handle_coordinator_update()
        self._fire_new_events()

    @override
    def _set_value(self, value: tuple[EventItem, ...] | None) -> None:
        """Ignore the value: events are fired, not stored."""

    @callback
    def _fire_new_events(self) -> None:
        """Fire the new events of an update; ignore further notifications about the same data."""
        previous, self._last_data = self._last_data, self.coordinator.data
        if self._last_data is None or self._last_data is previous:
            return
        for event in self.entity_description.value_fn(self._last_data) or ():
            self._fire(event)

    @callback
    def _fire(self, event: EventItem) -> None:
        state = self.coordinator.vehicle_state
        is_position_hidden = state is not None and state.is_position_hidden
        self._trigger_event(event.type, _event_attributes(event, is_position_hidden=is_position_hidden))
        self.async_write_ha_state()


def _event_attributes(event: EventItem, *, is_position_hidden: bool) -> dict[str, Any]:
    """Return the attributes of an event.

    The position is a single attribute: Home Assistant's map shows all entities with a latitude and a longitude.
    """
    attributes = dict(event.attributes)
    latitude, longitude = attributes.pop("latitude", None), attributes.pop("longitude", None)
    if is_position_hidden:
        return {name: value for name, value in attributes.items() if name not in PLACE_ATTRIBUTES}
    if latitude is None:
        return attributes
    return {**attributes, "position": [longitude, latitude]}


class CommandEvent(CommandEntity[CommandEventDescription, bool], EventEntity):
    """Event entity for the results of commands, from any source."""

    entity_description: CommandEventDescription

    @callback
    @override
    def _async_handle_command_update(self, result: CommandResult | None) -> None:
        if result is None:
            return
        attributes = {
            "kind": result.type.value,
            "cause": result.cause,
            "duration": result.duration,
            "late": result.is_late or None,
            "sent_by": result.sent_by,
        }
        self._trigger_event(
            result.status.value, {name: value for name, value in attributes.items() if value is not None}
        )
        self._async_write_command_state(result)
        if not result.succeeded:
            failure = {
                ATTR_DEVICE_ID: self.car.device.id,
                ATTR_ENTITY_ID: self.entity_id,
                ATTR_NAME: self.car.name,
                "kind": result.type.value,
                "result": result.status.value,
                "cause": result.cause,
            }
            self.hass.bus.async_fire(
                EVENT_COMMAND_FAILED, failure, context=origin_context(result.origin) if result.origin else None
            )


class MonitorEventEntity(MonitorEntity, EventEntity):
    """Event entity for the notifications of a user's monitor."""

    # A monitor may watch the list of alerts
    _unrecorded_attributes = frozenset({"values", "previous"})

    @callback
    @override
    def _async_handle_update(self, notification: Notification | None) -> None:
        super()._async_handle_update(notification)
        if notification is None or (event := notification.monitor_event) is None:
            return
        position = self._visible_position(event.extensions) if event.extensions else None
        details = {
            "values": {_data_key(value): _trigger_value(value) for value in event.values},
            "previous": {
                _data_key(value): value.previous_value for value in event.values if value.previous is not None
            },
            "position": [position.longitude, position.latitude] if position else None,
        }
        event_time = (notification.date or dt_util.utcnow()).isoformat()
        self._trigger_event(
            "reminded" if event.refresh else "triggered",
            {"time": event_time, **{name: value for name, value in details.items() if value}},
        )
        self.async_write_ha_state()

    def _visible_position(self, extensions: Extensions) -> Position | None:
        """Return the position that a notification brings along, unless it or the known status says it is hidden."""
        status, car = extensions.status, self._entry.runtime_data.cars.get(self.monitor.vin)
        known = car.status.data.status if car and car.status.has_data else None
        position = extensions.position or (status.last_position if status else None)
        return visible_position(position, *(source.privacy for source in (status, known) if source))


def _data_key(value: MonitorValue) -> str:
    """Return the key of the monitored data, in snake case."""
    return MonitoredData(value.data).name.lower() if value.data in set(MonitoredData) else str(value.data)


def _trigger_value(value: MonitorValue) -> Any:
    """Return the value that triggered a monitor, or the types of the alerts."""
    return [str(alert.type) for alert in value.alerts] if value.alerts else value.current_value
