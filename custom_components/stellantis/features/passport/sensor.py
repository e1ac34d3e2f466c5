"""Sensors of the capacity of a battery as its charging sessions measure it."""

from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, Platform, UnitOfEnergy
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ...const import DOMAIN
from ...data import Car, StellantisConfigEntry
from ...entity import FeatureEntity, FeatureEntityDescription, entity_unique_id
from .capacity import CapacitySource
from .tracker import PassportTracker, get_tracker


@dataclass(frozen=True, kw_only=True)
class CapacitySensorDescription(FeatureEntityDescription, SensorEntityDescription):
    """Describes a sensor of a measured capacity.

    Attributes:
        energy_source: What counts the energy.
    """

    energy_source: CapacitySource


def _capacity_sensor(key: str, energy_source: CapacitySource, source: str) -> CapacitySensorDescription:
    return CapacitySensorDescription(
        key=key,
        translation_key=key,
        energy_source=energy_source,
        source=source,
        device_class=SensorDeviceClass.ENERGY_STORAGE,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    )


SENSORS: Final = (
    _capacity_sensor(
        "measured_capacity", CapacitySource.CAR, "charging sessions; energies[Electric].battery.load.residual, level"
    ),
    _capacity_sensor(
        "full_charge_energy",
        CapacitySource.WALLBOX,
        "charging sessions; energies[Electric].level, meter of the wallbox",
    ),
)


class CapacitySensor(FeatureEntity[CapacitySensorDescription], SensorEntity):
    """The capacity that the last charging sessions measured."""

    entity_description: CapacitySensorDescription

    def __init__(self, car: Car, tracker: PassportTracker, description: CapacitySensorDescription) -> None:
        super().__init__(car, description)
        self._tracker = tracker

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to new results."""
        self.async_on_remove(self._tracker.async_add_listener(self.async_write_ha_state))

    @property
    @override
    def native_value(self) -> float | None:
        """Return the capacity in kWh; None if too few sessions measured it."""
        measured = self._tracker.current[self.entity_description.energy_source]
        return measured.capacity if measured else None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the range in which it is with about 95% confidence, and the number of sessions."""
        measured = self._tracker.current[self.entity_description.energy_source]
        if measured is None:
            return {}
        return {"low": round(measured.low, 1), "high": round(measured.high, 1), "sessions": measured.sessions}


async def async_setup_sensors(entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback) -> None:
    """Add the sensors of each car as soon as the capacity was measured."""
    registry = er.async_get(entry.runtime_data.account.hass)

    @callback
    def add(car: Car) -> None:
        tracker, added = get_tracker(car), set[str]()

        def is_registered(key: str) -> bool:
            unique_id = entity_unique_id(entry, car.vin, key)
            return registry.async_get_entity_id(Platform.SENSOR, DOMAIN, unique_id) is not None

        @callback
        def add_measured() -> None:
            new = [
                description
                for description in SENSORS
                if description.key not in added
                and (tracker.current[description.energy_source] or is_registered(description.key))
            ]
            added.update(description.key for description in new)
            async_add_entities([CapacitySensor(car, tracker, description) for description in new])

        car.async_on_unload(tracker.async_add_listener(add_measured))
        add_measured()

    entry.runtime_data.async_for_each_car(add)
