"""Sensors of Home Assistant's own base classes that do nothing: what the set-up of our entities is compared with."""

import asyncio
from datetime import timedelta
import logging
from typing import Any, Final, override

from homeassistant.components.sensor import SensorEntity
from homeassistant.config_entries import HANDLERS, ConfigEntry, ConfigFlow
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity, DataUpdateCoordinator
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_integration,
    mock_platform,
)

DOMAIN: Final = "bare"


class BareSensor(CoordinatorEntity[DataUpdateCoordinator[int]], SensorEntity):
    """A sensor that shows a value of its coordinator."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: DataUpdateCoordinator[int], device: str, number: int) -> None:
        super().__init__(coordinator)
        self._attr_unique_id = f"{device}_{number}"
        self._attr_name = f"Value {number}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, device)}, name=f"Device {device}")

    @property
    @override
    def native_value(self) -> int:
        """Return the value."""
        return self.coordinator.data


def add_bare_entry(hass: HomeAssistant, devices: int, sensors: int) -> MockConfigEntry:
    """Add an entry with sensors that do nothing, which is not set up yet.

    Args:
        hass: Home Assistant.
        devices: The number of devices; the sensors of each are added at once.
        sensors: The number of sensors of each device.
    """

    async def update() -> int:
        return 1

    async def set_up_entry(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
        await hass.config_entries.async_forward_entry_setups(entry, ["sensor"])
        return True

    async def unload_entry(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
        return await hass.config_entries.async_unload_platforms(entry, ["sensor"])

    async def set_up_platform(
        hass: HomeAssistant, entry: ConfigEntry[Any], async_add_entities: AddConfigEntryEntitiesCallback
    ) -> None:
        for device in range(devices):
            coordinator = DataUpdateCoordinator[int](
                hass,
                logging.getLogger(__name__),
                config_entry=entry,
                name=DOMAIN,
                update_method=update,
                update_interval=timedelta(minutes=5),
            )
            await coordinator.async_refresh()
            async_add_entities(
                [BareSensor(coordinator, f"{entry.entry_id}_{device}", number) for number in range(sensors)]
            )
            await asyncio.sleep(0)

    HANDLERS[DOMAIN] = ConfigFlow  # an integration with entries must have a flow
    mock_integration(hass, MockModule(DOMAIN, async_setup_entry=set_up_entry, async_unload_entry=unload_entry))
    mock_platform(hass, f"{DOMAIN}.config_flow")
    mock_platform(hass, f"{DOMAIN}.sensor", MockPlatform(async_setup_entry=set_up_platform))
    entry = MockConfigEntry(domain=DOMAIN)
    entry.add_to_hass(hass)
    return entry
