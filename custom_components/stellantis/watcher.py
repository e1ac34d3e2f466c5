"""What the entities of a person's monitor share: a device of its own, and when they are there."""

from collections.abc import Callable
from typing import override

from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Notification
from .const import DOMAIN
from .models import StellantisConfigEntry, watch_device
from .watching import Watch


@callback
def async_add_watches(
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    create: Callable[[StellantisConfigEntry, Watch], Entity],
) -> None:
    """Add an entity for each monitor of a person, now and later."""

    @callback
    def add(watch: Watch) -> None:
        async_add_entities([create(entry, watch)], config_subentry_id=watch.subentry.subentry_id)

    for watch in entry.runtime_data.monitors.async_on_watch(add):
        add(watch)


class WatchEntity(Entity):
    """Something of a person's monitor. Its state is written when the monitor is another way, or tells something."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, entry: StellantisConfigEntry, watch: Watch, description: EntityDescription) -> None:
        self.watch, self.entity_description = watch, description
        self._entry = entry
        name = watch_device(entry, watch.unique_id)
        self._attr_unique_id = f"{name}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, name)}, name=watch.subentry.title, entry_type=DeviceEntryType.SERVICE
        )
        if car := entry.runtime_data.cars.get(watch.vin):
            self._attr_device_info["via_device_id"] = car.device.id

    @override
    async def async_added_to_hass(self) -> None:
        """Hear of it."""
        await super().async_added_to_hass()
        self.async_on_remove(self.watch.async_listen(self._async_hear))

    @property
    @override
    def available(self) -> bool:
        """Return whether it is known how the monitor is."""
        return self.watch.status is not None

    @callback
    def _async_hear(self, notification: Notification | None) -> None:
        """Show how it is, by the name that it has now."""
        if notification is None:
            registry, title = dr.async_get(self.hass), self.watch.subentry.title
            if (device := self.device_entry) and (known := registry.async_get(device.id)) and known.name != title:
                registry.async_update_device(device.id, name=title)
            self.async_write_ha_state()
