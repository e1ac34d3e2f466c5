"""What all entities of a car share: its device, when they come to be, and when they write their state."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .api import Brand
from .const import CONF_BRAND, DOMAIN
from .coordinator import STATUS, Endpoint, EndpointCoordinator
from .models import Car, StellantisConfigEntry
from .reading import Reading


@dataclass(frozen=True, kw_only=True)
class CarDescription[DataT, ValueT](EntityDescription):
    """An entity that shows one value of a car; it comes to be when the car first tells that value.

    `endpoint` is what the value is read from, and `source` names its member there, for the documentation. `same_fn`
    says whether a new value is in truth the one that is shown: an estimate that wavers is no news. A `fleeting` value
    means nothing any more when it is not told, while all others stay as they were last told, across restarts too.
    """

    value_fn: Callable[[DataT], ValueT | None]
    source: str
    endpoint: Endpoint[DataT]
    same_fn: Callable[[ValueT, ValueT], bool] | None = None
    fleeting: bool = False


@dataclass(frozen=True, kw_only=True)
class ReadingDescription[ValueT](CarDescription[Reading, ValueT]):
    """An entity that shows a value of a car's status."""

    endpoint: Endpoint[Reading] = STATUS


@callback
def async_add_when_told[DescriptionT: CarDescription[Any, Any]](
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    platform: str,
    descriptions: tuple[DescriptionT, ...],
    create: Callable[[Car, EndpointCoordinator[Any], DescriptionT], Entity],
) -> None:
    """Add an entity for each description as soon as a car tells its value, now or later.

    One that was there before a restart is there again at once, with what it showed.
    """
    registry = er.async_get(entry.runtime_data.account.hass)

    @callback
    def watch(car: Car) -> None:
        for endpoint in {id(one.endpoint): one.endpoint for one in descriptions}.values():
            coordinator = car.reads(endpoint)
            if coordinator is not None:
                watch_endpoint(car, coordinator, [one for one in descriptions if one.endpoint is endpoint])

    @callback
    def watch_endpoint(car: Car, coordinator: EndpointCoordinator[Any], untold: list[DescriptionT]) -> None:
        known = {
            one.key
            for one in untold
            if registry.async_get_entity_id(platform, DOMAIN, unique_id(entry, car.vin, one.key))
        }

        @callback
        def add_told() -> None:
            if entry.runtime_data.cars.get(car.vin) is not car:
                return
            told = [
                one
                for one in untold
                if one.key in known or (coordinator.told and one.value_fn(coordinator.data) is not None)
            ]
            if told:
                untold[:] = [one for one in untold if one not in told]
                async_add_entities([create(car, coordinator, one) for one in told])

        entry.async_on_unload(coordinator.async_add_listener(add_told))
        add_told()

    entry.runtime_data.async_on_car(watch)


def unique_id(entry: StellantisConfigEntry, vin: str, key: str) -> str:
    """Return what tells an entity from all others: two people may link one car, each with rights of their own."""
    return f"{entry.unique_id}_{vin}_{key}"


def account_device(entry: StellantisConfigEntry) -> DeviceInfo:
    """Return the device that stands for the account."""
    return DeviceInfo(
        identifiers={(DOMAIN, entry.entry_id)},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=Brand(entry.data[CONF_BRAND]).label,
        name=entry.title,
    )


def car_device(entry: StellantisConfigEntry, car: Car) -> DeviceInfo:
    """Return the device that a car is."""
    brand, vehicle = Brand(entry.data[CONF_BRAND]).label, car.vehicle
    return DeviceInfo(
        identifiers={(DOMAIN, car.vin)},
        manufacturer=brand,
        model=vehicle.label,
        name=vehicle.label or brand,
        serial_number=vehicle.vin,
        via_device_id=entry.runtime_data.device_id,
    )


class StellantisEntity[DescriptionT: CarDescription[Any, Any], ValueT](
    CoordinatorEntity[EndpointCoordinator[Any]], RestoreEntity
):
    """A value of a car. Its state is written when the value or its availability changes, and only then."""

    _attr_has_entity_name = True
    entity_description: DescriptionT

    def __init__(self, car: Car, coordinator: EndpointCoordinator[Any], description: DescriptionT) -> None:
        super().__init__(coordinator)
        self.car = car
        self.entity_description = description
        self._attr_unique_id = unique_id(coordinator.config_entry, car.vin, description.key)
        self._attr_device_info = car_device(coordinator.config_entry, car)
        self._value: ValueT | None = None
        self._told = False
        self._take()

    @override
    async def async_added_to_hass(self) -> None:
        """Go on from what was shown before a restart."""
        await super().async_added_to_hass()
        if not self.entity_description.fleeting:
            told, self._value = self._value, await self._async_restored()
            self._show(told)
        self._take()

    async def _async_restored(self) -> ValueT | None:
        """Return the value that was shown before a restart."""
        return None

    def _take(self) -> bool:
        """Take the value and availability from what was read; say whether that changes anything."""
        before = (self._attr_available, self._value)
        self._attr_available = self.coordinator.available
        if self.coordinator.told:
            self._show(self.entity_description.value_fn(self.coordinator.data))
        return before != (self._attr_available, self._value)

    def _show(self, value: ValueT | None) -> None:
        """Show a value, unless it is in truth the one that is shown."""
        if value is None and not self._told:
            return
        self._told = True
        same = self.entity_description.same_fn
        if value is None or self._value is None or same is None or not same(self._value, value):
            self._value = value

    @property
    @override
    def available(self) -> bool:
        """A value stays while the server stumbles; it goes when the source has failed for good."""
        return self._attr_available

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        if self._take():
            self.async_write_ha_state()
