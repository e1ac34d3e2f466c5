"""What all entities of a car share: its device, when they come to be, and when they write their state."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import batched
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .api import Notification
from .api.requests import RemoteCommand
from .const import DOMAIN
from .coordinator import EndpointCoordinator, EndpointDescription
from .data import Car, StellantisConfigEntry, monitor_device_id
from .endpoints import STATUS
from .monitors.user import UserMonitor
from .vehicle.capabilities import CommandFeature
from .vehicle.command import CommandResult
from .vehicle.state import VehicleState

# So many entities are made before others have their turn
BATCH_SIZE: Final = 16


@dataclass(frozen=True, kw_only=True)
class CarEntityDescription[DataT, ValueT](EntityDescription):
    """An entity that shows one value of a car; it comes to be when the car first tells that value.

    `endpoint` is what the value is read from, and `source` names its member there, for the documentation. `same_fn`
    says whether a new value is in truth the one that is shown: an estimate that wavers is no news. A `fleeting` value
    means nothing any more after a restart, while all others stay as they were last told until the car tells them anew.
    Only cars that may be told all that it `needs` have the entity.
    """

    value_fn: Callable[[DataT], ValueT | None]
    source: str
    endpoint: EndpointDescription[DataT]
    is_equal_fn: Callable[[ValueT, ValueT], bool] | None = None
    skip_restore: bool = False
    required_features: frozenset[CommandFeature] = frozenset()


@dataclass(frozen=True, kw_only=True)
class VehicleStateEntityDescription[ValueT](CarEntityDescription[VehicleState, ValueT]):
    """An entity that shows a value of a car's status."""

    endpoint: EndpointDescription[VehicleState] = STATUS


class _PendingEntities[DescriptionT: CarEntityDescription[Any, Any]]:
    """The entities of an endpoint of a car that are still to come."""

    def __init__(
        self,
        car: Car,
        coordinator: EndpointCoordinator[Any],
        descriptions: list[DescriptionT],
        create: Callable[[Car, EndpointCoordinator[Any], DescriptionT], Entity],
        platform: str,
    ) -> None:
        registry, entry = er.async_get(coordinator.hass), coordinator.config_entry
        descriptions = [one for one in descriptions if self._is_supported(car, platform, one)]
        ids = {
            one.key: registry.async_get_entity_id(platform, DOMAIN, entity_unique_id(entry, car.vin, one.key))
            for one in descriptions
        }
        known = {key: registry.async_get(entity_id) for key, entity_id in ids.items() if entity_id}
        # Who turns one on has the entry set up anew; until then it costs nothing
        off = {key for key, one in known.items() if one and one.disabled}
        # What was there before a restart is there again at once, with what it showed
        self._registered = known.keys() - off
        self._descriptions = [one for one in descriptions if one.key not in off]
        self._create = create
        self.car = car
        self.coordinator = coordinator

    def _is_supported(self, car: Car, platform: str, description: DescriptionT) -> bool:
        """Say whether the car may be told what an entity needs; of what it may be told no more, nothing is left."""
        if not description.required_features or description.required_features <= car.commands.support.available:
            return True
        if car.vehicle.capabilities is not None:
            registry = er.async_get(car.account.hass)
            name = entity_unique_id(car.account.entry, car.vin, description.key)
            if entity_id := registry.async_get_entity_id(platform, DOMAIN, name):
                registry.async_remove(entity_id)
        return False

    def pop_reported(self) -> list[Entity]:
        """Return those that have come."""
        data = self.coordinator.data
        found = [
            one
            for one in self._descriptions
            if one.key in self._registered or (self.coordinator.has_data and one.value_fn(data) is not None)
        ]
        self._descriptions = [one for one in self._descriptions if one not in found]
        return [self._create(self.car, self.coordinator, one) for one in found]


async def async_add_reported_entities[DescriptionT: CarEntityDescription[Any, Any]](
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    platform: str,
    descriptions: tuple[DescriptionT, ...],
    create: Callable[[Car, EndpointCoordinator[Any], DescriptionT], Entity],
) -> None:
    """Add an entity for each description as soon as a car tells its value, now or later."""
    by_endpoint: dict[str, list[DescriptionT]] = {}
    for description in descriptions:
        by_endpoint.setdefault(description.endpoint.key, []).append(description)

    def create_reported_entities(car: Car) -> Iterator[Entity]:
        for some in by_endpoint.values():
            if coordinator := car.coordinator_for(some[0].endpoint):
                untold = _PendingEntities(car, coordinator, some, create, platform)
                entry.async_on_unload(coordinator.async_add_listener(partial(add_reported, untold)))
                yield from untold.pop_reported()

    @callback
    def add_reported(pending: _PendingEntities[DescriptionT]) -> None:
        if entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS:
            return  # whoever came now would stay
        if entry.runtime_data.cars.get(pending.car.vin) is pending.car and (entities := pending.pop_reported()):
            async_add_entities(entities)

    for car in entry.runtime_data.async_add_car_listener(
        lambda car: async_add_entities(list(create_reported_entities(car)))
    ):
        for some in batched(create_reported_entities(car), BATCH_SIZE, strict=False):
            async_add_entities(some)
            await asyncio.sleep(0)  # others want the event loop, too


def entity_unique_id(entry: StellantisConfigEntry, vin: str, key: str) -> str:
    """Return what tells an entity from all others: two people may link one car, each with rights of their own."""
    return f"{entry.unique_id}_{vin}_{key}"


class StellantisEntity[DescriptionT: CarEntityDescription[Any, Any], ValueT](
    CoordinatorEntity[EndpointCoordinator[Any]], RestoreEntity
):
    """A value of a car. Its state is written when the value or its availability changes, and only then."""

    _attr_has_entity_name = True
    entity_description: DescriptionT

    def __init__(self, car: Car, coordinator: EndpointCoordinator[Any], description: DescriptionT) -> None:
        super().__init__(coordinator)
        self.car = car
        self.entity_description = description
        self.device_entry = car.device
        self._attr_unique_id = entity_unique_id(coordinator.config_entry, car.vin, description.key)
        self._value: ValueT | None = None
        self._has_value = False

    @override
    async def async_added_to_hass(self) -> None:
        """Go on from what was shown before a restart."""
        await super().async_added_to_hass()
        if not self.entity_description.skip_restore:
            self._value = await self._async_get_restored_value()
        self._update_value()

    async def _async_get_restored_value(self) -> ValueT | None:
        """Return the value that was shown before a restart."""
        return None

    def _update_value(self) -> bool:
        """Take the value and availability from what was read; say whether that changes anything."""
        before = (self._attr_available, self._value)
        self._attr_available = self.coordinator.available
        if self.coordinator.has_data:
            self._set_value(self.entity_description.value_fn(self.coordinator.data))
        return before != (self._attr_available, self._value)

    def _set_value(self, value: ValueT | None) -> None:
        """Show a value, unless it is in truth the one that is shown."""
        if value is None and not self._has_value:
            return
        self._has_value = True
        same = self.entity_description.is_equal_fn
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
        if self._update_value():
            self.async_write_ha_state()


class CommandEntity[DescriptionT: VehicleStateEntityDescription[Any], ValueT](StellantisEntity[DescriptionT, ValueT]):
    """A value of a car that can be changed."""

    def __init__(self, car: Car, coordinator: EndpointCoordinator[Any], description: DescriptionT) -> None:
        super().__init__(car, coordinator, description)
        self._pending_values: list[ValueT] = []

    @override
    async def async_added_to_hass(self) -> None:
        """Follow what the car is told."""
        await super().async_added_to_hass()
        self.async_on_remove(self.car.commands.async_add_listener(self._async_handle_command_update))

    @callback
    def _async_handle_command_update(self, result: CommandResult | None) -> None:
        """Hear of a command that is under way, or of what came of one."""

    @property
    def _displayed_value(self) -> ValueT | None:
        """What is shown: while the car is being told, what it shall be, by the last that it is told."""
        return self._pending_values[-1] if self._pending_values else self._value

    async def _async_send_command(self, action: RemoteCommand, *values: ValueT) -> None:
        """Have the car do something, and show its aim meanwhile. Raises HomeAssistantError when it does not."""
        self._pending_values += values
        self.async_write_ha_state()
        try:
            await self.car.commands.async_send(action)
        finally:
            for done in values:
                self._pending_values.remove(done)
            self._update_value()
            self.async_write_ha_state()

    def _build_action[T](self, build_fn: Callable[[VehicleState, T], RemoteCommand | None], value: T) -> RemoteCommand:
        """Return what brings about what is wanted of the car as it is known, and as what waits will have made it.

        Raises:
            HomeAssistantError: what was to be changed is no more.
        """
        found = build_fn(self.car.commands.predicted_state, value) if self.coordinator.has_data else None
        if found is None:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="nothing_to_change")
        return found


class ChargeLimitEntity[DescriptionT: VehicleStateEntityDescription[Any]](StellantisEntity[DescriptionT, bool]):
    """Something of the charge limit, which is ours: no car is told of it."""

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the limit."""
        await super().async_added_to_hass()
        self.async_on_remove(self.car.charge_limit.async_add_listener(self.async_write_ha_state))


@callback
def async_add_monitor_entities(
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    create: Callable[[StellantisConfigEntry, UserMonitor], Entity],
) -> None:
    """Add an entity for each monitor of a person, now and later."""

    @callback
    def add(watch: UserMonitor) -> None:
        async_add_entities([create(entry, watch)], config_subentry_id=watch.subentry.subentry_id)

    for watch in entry.runtime_data.monitors.async_add_user_monitor_listener(add):
        add(watch)


class MonitorEntity(Entity):
    """Something of a person's monitor. Its state is written when the monitor is another way, or tells something."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, entry: StellantisConfigEntry, monitor: UserMonitor, description: EntityDescription) -> None:
        self.monitor, self.entity_description = monitor, description
        self._entry = entry
        name = monitor_device_id(entry, monitor.unique_id)
        self._attr_unique_id = f"{name}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, name)}, name=monitor.subentry.title, entry_type=DeviceEntryType.SERVICE
        )
        if car := entry.runtime_data.cars.get(monitor.vin):
            self._attr_device_info["via_device_id"] = car.device.id

    @override
    async def async_added_to_hass(self) -> None:
        """Hear of it."""
        await super().async_added_to_hass()
        self.async_on_remove(self.monitor.async_add_listener(self._async_handle_update))

    @property
    @override
    def available(self) -> bool:
        """Return whether it is known how the monitor is."""
        return self.monitor.status is not None

    @callback
    def _async_handle_update(self, notification: Notification | None) -> None:
        """Show how it is, by the name that it has now."""
        if notification is None:
            registry, title = dr.async_get(self.hass), self.monitor.subentry.title
            if (device := self.device_entry) and (known := registry.async_get(device.id)) and known.name != title:
                registry.async_update_device(device.id, name=title)
            self.async_write_ha_state()
