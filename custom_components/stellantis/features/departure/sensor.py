"""Sensor of the charge that is planned for the next departure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription
from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from ...const import DOMAIN
from ...data import Car, StellantisConfigEntry
from ...entity import FeatureEntity, FeatureEntityDescription, entity_unique_id
from .manager import DepartureManager, get_manager
from .response import build_response


@dataclass(frozen=True, kw_only=True)
class PlannedChargeDescription(FeatureEntityDescription, SensorEntityDescription):
    """Describes the sensor of the planned charge."""


PLANNED_CHARGE: Final = PlannedChargeDescription(
    key="planned_charge",
    translation_key="planned_charge",
    device_class=SensorDeviceClass.TIMESTAMP,
    source="departures; energies[Electric], prices",
)


class PlannedChargeSensor(FeatureEntity[PlannedChargeDescription], SensorEntity):
    """Start of the current or next charge for the next departure; unknown if none is necessary."""

    entity_description: PlannedChargeDescription
    _unrecorded_attributes = frozenset({"windows"})

    def __init__(self, car: Car, manager: DepartureManager) -> None:
        super().__init__(car, PLANNED_CHARGE)
        self._manager = manager

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to changes of the plan."""
        self.async_on_remove(self._manager.async_add_listener(self.async_write_ha_state))

    @property
    @override
    def native_value(self) -> datetime | None:
        """Return when the car starts charging; None if it does not, or if it would now but cannot."""
        now, plan, pause = dt_util.utcnow(), self._manager.plan, self._manager.decision.pause
        starts = (window.start for window in plan.windows if window.end > now) if plan else iter(())
        return next((start for start in starts if start > now or pause is None), None)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the departure, and when, how much, at what cost and why the car charges, as far as it is known."""
        return {name: value for name, value in build_response(self._manager).items() if value is not None}


async def async_setup_sensor(entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback) -> None:
    """Add the sensor of each car as soon as a departure is planned."""
    registry = er.async_get(entry.runtime_data.account.hass)

    @callback
    def add(car: Car) -> None:
        manager, unique_id = get_manager(car), entity_unique_id(entry, car.vin, PLANNED_CHARGE.key)
        is_added = False

        @callback
        def add_if_planned() -> None:
            nonlocal is_added
            if is_added:
                return
            if manager.record.departures or registry.async_get_entity_id(Platform.SENSOR, DOMAIN, unique_id):
                is_added = True
                async_add_entities([PlannedChargeSensor(car, manager)])

        car.async_on_unload(manager.async_add_listener(add_if_planned))
        add_if_planned()

    entry.runtime_data.async_for_each_car(add)
