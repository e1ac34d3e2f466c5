"""Sensor of the level to which the active plan of A Better Routeplanner charges next."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.sensor import SensorEntity, SensorEntityDescription
from homeassistant.const import PERCENTAGE, Platform
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ...data import StellantisConfigEntry
from ...entity import StellantisEntity, VehicleStateEntityDescription
from ...reported_entities import async_add_reported_entities
from ...vehicle.parts import ALWAYS, NO_VALUE
from ...vehicle.state import VehicleState
from .data import get_reporter


@dataclass(frozen=True, kw_only=True)
class NextChargeDescription(VehicleStateEntityDescription[float], SensorEntityDescription):
    """Describes the sensor of the next charge."""

    exists_fn: Callable[[VehicleState], bool | None] | None = ALWAYS
    value_fn: Callable[[VehicleState], float | None] = NO_VALUE
    skip_restore: bool = True


SENSORS: Final = (
    NextChargeDescription(
        key="abrp_next_charge",
        translation_key="abrp_next_charge",
        configured_fn=lambda car: get_reporter(car) is not None,
        source="ABRP",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
    ),
)


class NextChargeSensor(StellantisEntity[NextChargeDescription, float], SensorEntity):
    """The level of the next charge; unknown without an active plan."""

    entity_description: NextChargeDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Update the value when it changes."""
        await super().async_added_to_hass()
        if reporter := get_reporter(self.car):
            self.async_on_remove(reporter.async_add_listener(self._async_update))

    @override
    def _set_value(self, value: float | None) -> None:
        reporter = get_reporter(self.car)
        self._value = reporter.next_charge if reporter else None

    @property
    @override
    def native_value(self) -> float | None:
        """Return the level in %."""
        return self._value


async def async_setup_sensors(entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback) -> None:
    """Add the sensor of each car with a token."""
    await async_add_reported_entities(entry, async_add_entities, Platform.SENSOR, SENSORS, NextChargeSensor)
