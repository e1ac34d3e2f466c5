"""Events: an alert, the alarm, the end of a trip or of a charge. Each is told once."""

from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .api import MonitoredData, MonitorValue, Notification
from .coordinator import Endpoint
from .data import StellantisConfigEntry
from .endpoints import ALARMS, ALERTS, CHARGES, TRIPS
from .entity import (
    CarDescription,
    CommandEntity,
    ReadingDescription,
    StellantisEntity,
    WatchEntity,
    async_add_watches,
    async_add_when_told,
)
from .history.events import News
from .vehicle.capabilities import Ability
from .vehicle.command import Outcome, Result

PARALLEL_UPDATES = 0  # the coordinator reads


@dataclass(frozen=True, kw_only=True)
class StellantisEventDescription(CarDescription[Any, tuple[News, ...]], EventEntityDescription):
    """What can happen to a car."""


@dataclass(frozen=True, kw_only=True)
class CommandEventDescription(ReadingDescription[bool], EventEntityDescription):
    """What came of what a car was told."""


def _event(key: str, endpoint: Endpoint[Any], source: str, *types: str) -> StellantisEventDescription:
    """Return the description of what is news of an endpoint; it comes to be with the first answer, news or none."""
    return StellantisEventDescription(
        key=key,
        translation_key=key,
        endpoint=endpoint,
        event_types=list(types),
        value_fn=lambda data: data.news,
        source=source,
    )


EVENTS: Final = (
    _event("alert", ALERTS, "alert", "raised", "cleared"),
    _event("alarm", ALARMS, "alarm", "armed", "disarmed", "triggered"),
    _event("trip", TRIPS, "trip", "finished"),
    _event("charge", CHARGES, "energies[Electric].charging.status, level", "ended"),
)


COMMAND_EVENTS: Final = (
    CommandEventDescription(
        key="command",
        translation_key="command",
        event_types=[result.value for result in Result],
        needs=frozenset((Ability.ANYTHING,)),
        value_fn=lambda _: True,
        source="remotes",
    ),
)


@dataclass(frozen=True, kw_only=True)
class WatchEventDescription(EventEntityDescription):
    """What a monitor tells."""


WATCH_EVENT: Final = WatchEventDescription(
    key="monitor", translation_key="monitor", name=None, event_types=["triggered", "reminded"]
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the events of each car."""
    await async_add_when_told(entry, async_add_entities, Platform.EVENT, EVENTS, StellantisEvent)
    await async_add_when_told(entry, async_add_entities, Platform.EVENT, COMMAND_EVENTS, CommandEvent)
    async_add_watches(entry, async_add_entities, lambda entry, watch: WatchEvent(entry, watch, WATCH_EVENT))


class StellantisEvent(StellantisEntity[StellantisEventDescription, tuple[News, ...]], EventEntity):
    """Something that happens to a car now and then."""

    entity_description: StellantisEventDescription
    _heard: object = None

    @override
    async def async_added_to_hass(self) -> None:
        """Tell what was read before."""
        await super().async_added_to_hass()
        # Not before the last event stands there again: to automations, what an entity shows first is no event
        self.async_on_remove(self.hass.loop.call_soon(self._tell).cancel)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        super()._handle_coordinator_update()
        self._tell()

    @override
    def _show(self, value: tuple[News, ...] | None) -> None:
        """Keep nothing: what happens is told, not shown."""

    @callback
    def _tell(self) -> None:
        """Tell the news of what was read, once, however often the same reading is announced."""
        heard, self._heard = self._heard, self.coordinator.data
        if self._heard is None or self._heard is heard:
            return
        for news in self.entity_description.value_fn(self._heard) or ():
            self._trigger_event(news.kind, _attributes(news))
            self.async_write_ha_state()


def _attributes(news: News) -> dict[str, Any]:
    """Return what is told of an event. Where it was is one attribute: by two, Home Assistant's map would show it."""
    told = dict(news.attributes)
    latitude, longitude = told.pop("latitude", None), told.pop("longitude", None)
    return told if latitude is None else {**told, "position": [longitude, latitude]}


class CommandEvent(CommandEntity[CommandEventDescription, bool], EventEntity):
    """What came of what a car was told, whoever told it."""

    entity_description: CommandEventDescription

    @callback
    @override
    def _hear(self, outcome: Outcome | None) -> None:
        if outcome is None:
            return
        told = {"kind": outcome.kind.value, "cause": outcome.cause, "duration": outcome.duration}
        self._trigger_event(outcome.result.value, {name: value for name, value in told.items() if value is not None})
        self.async_write_ha_state()


class WatchEvent(WatchEntity, EventEntity):
    """What a person's monitor tells."""

    @callback
    @override
    def _async_hear(self, notification: Notification | None) -> None:
        super()._async_hear(notification)
        if notification is None or (event := notification.monitor_event) is None:
            return
        told = event.extensions
        place = told and (told.position or (told.status and told.status.last_position))
        more = {
            "values": {_member(one): _value(one) for one in event.values},
            "previous": {_member(one): one.before for one in event.values if one.previous is not None},
            "position": [place.longitude, place.latitude] if place and place.longitude is not None else None,
        }
        told_at = (notification.date or dt_util.utcnow()).isoformat()
        self._trigger_event(
            "reminded" if event.refresh else "triggered",
            {"time": told_at, **{name: value for name, value in more.items() if value}},
        )
        self.async_write_ha_state()


def _member(value: MonitorValue) -> str:
    """Return what was watched, in snake case."""
    return MonitoredData(value.data).name.lower() if value.data in set(MonitoredData) else str(value.data)


def _value(value: MonitorValue) -> Any:
    """Return what set off a monitor."""
    return [str(one.type) for one in value.alerts] if value.alerts else value.now
