"""Sensors: what the car measures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfLength, UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Charging, ChargingStatus
from .entity import Reading, ReadingDescription, StellantisEntity, async_add_when_told, of
from .models import StellantisConfigEntry

PARALLEL_UPDATES = 0  # the coordinator reads

type SensorValue = str | float | datetime


@dataclass(frozen=True, kw_only=True)
class StellantisSensorDescription(ReadingDescription[SensorValue], SensorEntityDescription):
    """A sensor of a car."""


def _total_range(reading: Reading) -> float | None:
    """Return km on all energies, for a car that has two."""
    electric, fuel = reading.electric, reading.fuel
    if electric is None or fuel is None or electric.autonomy is None or fuel.autonomy is None:
        return None
    return electric.autonomy + fuel.autonomy


def _charging_status(charging: Charging) -> str | None:
    return charging.status.name.lower() if isinstance(charging.status, ChargingStatus) else None


SENSORS: Final = (
    StellantisSensorDescription(
        key="battery_level",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=of(lambda car: car.electric, lambda energy: energy.level),
    ),
    StellantisSensorDescription(
        key="fuel_level",
        translation_key="fuel_level",
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=of(lambda car: car.fuel, lambda energy: energy.level),
    ),
    StellantisSensorDescription(
        key="electric_range",
        translation_key="electric_range",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=of(lambda car: car.electric, lambda energy: energy.autonomy),
    ),
    StellantisSensorDescription(
        key="fuel_range",
        translation_key="fuel_range",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=of(lambda car: car.fuel, lambda energy: energy.autonomy),
    ),
    StellantisSensorDescription(
        key="total_range",
        translation_key="total_range",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=_total_range,
    ),
    StellantisSensorDescription(
        key="odometer",
        translation_key="odometer",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=0,
        value_fn=of(lambda car: car.status.odometer, lambda odometer: odometer.mileage),
    ),
    StellantisSensorDescription(
        key="charging_status",
        translation_key="charging_status",
        device_class=SensorDeviceClass.ENUM,
        options=[status.name.lower() for status in ChargingStatus],
        value_fn=of(lambda car: car.charging, _charging_status),
    ),
    StellantisSensorDescription(
        key="auxiliary_battery",
        translation_key="auxiliary_battery",
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=of(lambda car: car.status.battery, lambda battery: battery.voltage),
    ),
    StellantisSensorDescription(
        key="outside_temperature",
        translation_key="outside_temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=of(lambda car: car.air, lambda air: air.temp),
    ),
    StellantisSensorDescription(
        key="last_update",
        translation_key="last_update",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda car: car.status.measured_at,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors that each car has."""
    async_add_when_told(entry, async_add_entities, SENSORS, StellantisSensor)


class StellantisSensor(StellantisEntity[StellantisSensorDescription, SensorValue], SensorEntity):
    """A sensor of a car."""

    entity_description: StellantisSensorDescription

    @property
    @override
    def native_value(self) -> SensorValue | None:
        """Return the value as the car last told it."""
        return self._value
