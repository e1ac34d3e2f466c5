"""The base entities of the integration, and how and when entities are added."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, override

from homeassistant.core import Context, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .api import Notification
from .api.requests import RemoteCommand
from .commands.origin import origin_context
from .const import DOMAIN
from .coordinator import EndpointCoordinator, EndpointDescription
from .data import Car, StellantisConfigEntry, monitor_device_id
from .endpoints import STATUS
from .monitors.summary import MonitorSummary
from .monitors.user_sync import UserMonitor
from .vehicle.capabilities import CommandFeature
from .vehicle.command import CommandRequest, CommandResult
from .vehicle.parts import PartFn, get_part_fn
from .vehicle.state import VehicleState

# The blueprint of the garage finds the events of monitors by it; cars and accounts have their brand
MONITOR_MANUFACTURER: Final = "Stellantis"


@dataclass(frozen=True, kw_only=True)
class CarEntityDescription[DataT, ValueT](EntityDescription):
    """Describes an entity that shows one value of a car; it is added when the car first reports the value.

    Attributes:
        value_fn: returns the value from the endpoint's data; None if the car does not report it.
        source: the API's name of the value, for the documentation.
        endpoint: the endpoint whose data contains the value.
        exists_fn: returns whether the car has the entity, if that does not depend on the value.
        is_equal_fn: compares the displayed value with a new one; the displayed one stays if it returns True.
        skip_restore: whether the value is meaningless after a restart, and therefore not restored.
        required_features: the features that the car must support to have the entity.
        configured_fn: returns whether the user entered what the entity needs; None if it needs nothing.
        superseded_by: the features with which the car has an entity that also controls the value, and not this one.
        attributes_fn: returns the attributes from the endpoint's data.
    """

    value_fn: Callable[[DataT], ValueT | None]
    source: str
    endpoint: EndpointDescription[DataT]
    exists_fn: Callable[[DataT], bool | None] | None = None
    is_equal_fn: Callable[[ValueT, ValueT], bool] | None = None
    skip_restore: bool = False
    required_features: frozenset[CommandFeature] = frozenset()
    configured_fn: Callable[[Car], bool] | None = None
    superseded_by: frozenset[CommandFeature] = frozenset()
    attributes_fn: Callable[[DataT], dict[str, Any]] | None = None

    @cached_property
    def part_fn(self) -> PartFn | None:
        """The function of the part of the data that the entity shows; None if it may show all of it."""
        return None if self.attributes_fn else get_part_fn(self.value_fn)

    @cached_property
    def existence_part_fns(self) -> frozenset[PartFn | None]:
        """The functions of the parts that determine whether a car has the entity; None among them if all data may."""
        return frozenset(get_part_fn(function) for function in (self.value_fn, self.exists_fn) if function)

    @cached_property
    def scope(self) -> str | None:
        """The OAuth scope that the value requires; None if the entity exists for the sake of its commands."""
        if self.source.startswith("last_position"):
            return "data:position"
        return None if self.required_features else self.endpoint.scope


@dataclass(frozen=True, kw_only=True)
class VehicleStateEntityDescription[ValueT](CarEntityDescription[VehicleState, ValueT]):
    """Describes an entity that shows a value of a car's status."""

    endpoint: EndpointDescription[VehicleState] = STATUS


def entity_unique_id(entry: StellantisConfigEntry, vin: str, key: str) -> str:
    """Return the unique id of an entity; it contains the account's, as two accounts may have the same car."""
    return f"{entry.unique_id}_{vin}_{key}"


@callback
def async_get_registered(car: Car, platform: str, keys: Iterable[str]) -> dict[str, er.RegistryEntry]:
    """Return the registry entries of a car's entities by key; entities that are not registered are left out."""
    registry, prefix = er.async_get(car.account.hass), entity_unique_id(car.account.entry, car.vin, "")
    ids = ((key, registry.async_get_entity_id(platform, DOMAIN, prefix + key)) for key in keys)
    return {key: registry.entities[entity_id] for key, entity_id in ids if entity_id}


class StellantisEntity[DescriptionT: CarEntityDescription[Any, Any], ValueT](
    CoordinatorEntity[EndpointCoordinator[Any]], RestoreEntity
):
    """A value of a car; its state is written only when the value or the availability changes."""

    _attr_has_entity_name = True
    entity_description: DescriptionT

    def __init__(self, car: Car, coordinator: EndpointCoordinator[Any], description: DescriptionT) -> None:
        super().__init__(coordinator, description.part_fn)
        self.car = car
        self.entity_description = description
        self.device_entry = car.device
        self._attr_unique_id = entity_unique_id(coordinator.config_entry, car.vin, description.key)
        self._is_available = True
        self._value: ValueT | None = None
        self._attributes: dict[str, Any] = {}

    @override
    async def async_added_to_hass(self) -> None:
        """Restore the value from before a restart and update it. A value that is replaced at once is not restored."""
        await super().async_added_to_hass()
        description = self.entity_description
        if not description.skip_restore and (description.is_equal_fn or not self.coordinator.has_data):
            self._value = await self._async_get_restored_value()
        self._update_value()

    async def _async_get_restored_value(self) -> ValueT | None:
        """Return the value from before a restart; None if there is none."""
        return None

    def _update_value(self) -> bool:
        """Update the value and availability from the coordinator; return whether either changed."""
        before = (self._is_available, self._value, self._attributes)
        self._is_available = self.coordinator.available
        if self.coordinator.has_data:
            data = self._data
            self._set_value(self.entity_description.value_fn(data))
            if attributes_fn := self.entity_description.attributes_fn:
                self._attr_extra_state_attributes = self._attributes = attributes_fn(data)
        return before != (self._is_available, self._value, self._attributes)

    @property
    def _data(self) -> Any:
        """The data that is shown."""
        return self.coordinator.shown_data

    def _set_value(self, value: ValueT | None) -> None:
        """Set the value, unless it differs insignificantly from the present one."""
        is_equal = self.entity_description.is_equal_fn
        if value is None or self._value is None or is_equal is None or not is_equal(self._value, value):
            self._value = value

    @property
    @override
    def available(self) -> bool:
        """Whether the value is valid; a single failed update does not make it unavailable."""
        return self._is_available

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self._async_update()

    @callback
    def _async_update(self) -> None:
        """Update the value and availability, and write the state if either changed."""
        if self._update_value():
            self.async_write_ha_state()

    @callback
    def _async_take_context(self) -> Context | None:
        """Return the context of the action that runs, and forget it: what the car does next is not its doing."""
        context, self._context, self._context_set = self._context, None, None
        return context


class CommandEntity[DescriptionT: VehicleStateEntityDescription[Any], ValueT](StellantisEntity[DescriptionT, ValueT]):
    """A value of a car that a command changes; shows the target value until the car has reported the value itself.

    What a command changes is attributed to whoever sent it: Home Assistant forgets that before a car has obeyed.
    """

    _command_context: Context | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to updates of the car's commands."""
        await super().async_added_to_hass()
        self.async_on_remove(self.car.commands.async_add_listener(self._async_handle_command_update))

    @property
    @override
    def _data(self) -> Any:
        return self.car.commands.expected_state

    @callback
    def _async_handle_command_update(self, result: CommandResult | None) -> None:
        """Handle a change of the commands that wait or run, or the result of one that has ended."""
        self._update_value()
        self._async_write_command_state(result)

    @callback
    def _async_write_command_state(self, result: CommandResult | None) -> None:
        """Write the state in the context of the entity's command, or else of the one that has ended."""
        context = self._command_context
        if context is None and result and result.origin:
            context = origin_context(result.origin)
        if context:
            self.async_set_context(context)
        self.async_write_ha_state()
        self._async_take_context()

    async def _async_send_command(self, action: RemoteCommand | CommandRequest) -> None:
        """Send a command and wait for its success.

        Raises:
            HomeAssistantError: the command failed, or there is nothing to change.
        """
        if isinstance(action, CommandRequest):
            state = self.car.commands.expected_state if self.coordinator.has_data else None
            if action.build_fn(state) is None:
                raise HomeAssistantError(translation_domain=DOMAIN, translation_key="nothing_to_change")
        context = self._command_context = self._async_take_context()
        try:
            await self.car.commands.async_send(action, context)
        finally:
            if self._command_context is context:
                self._command_context = None


class ChargeLimitEntity[DescriptionT: VehicleStateEntityDescription[Any]](StellantisEntity[DescriptionT, bool]):
    """A setting of the charge limit; the limit is local, so no command is sent to change it."""

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to changes of the charge limit."""
        await super().async_added_to_hass()
        self.async_on_remove(self.car.charge_limit.async_add_listener(self.async_write_ha_state))


@dataclass(frozen=True, kw_only=True)
class FeatureEntityDescription(EntityDescription):
    """Describes an entity of a feature.

    Attributes:
        source: what the value is made from, for the documentation.
    """

    source: str


class FeatureEntity[DescriptionT: FeatureEntityDescription](Entity):
    """An entity of a car that belongs to a feature; the feature has it write its state."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    entity_description: DescriptionT

    def __init__(self, car: Car, description: DescriptionT) -> None:
        self.car = car
        self.entity_description = description
        self.device_entry = car.device
        self._attr_unique_id = entity_unique_id(car.account.entry, car.vin, description.key)


@callback
def async_add_monitor_entities(
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    create: Callable[[StellantisConfigEntry, UserMonitor], Entity],
) -> None:
    """Add an entity for each user monitor, now and later."""

    @callback
    def add(monitor: UserMonitor) -> None:
        async_add_entities([create(entry, monitor)], config_subentry_id=monitor.subentry.subentry_id)

    for monitor in entry.runtime_data.monitors.async_add_user_monitor_listener(add):
        add(monitor)


class MonitorEntity(Entity):
    """An entity of a user monitor; its state is written when the monitor's status changes or it notifies."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _summary: MonitorSummary

    def __init__(self, entry: StellantisConfigEntry, monitor: UserMonitor, description: EntityDescription) -> None:
        self.monitor, self.entity_description = monitor, description
        self._entry = entry
        device_id = monitor_device_id(entry, monitor.unique_id)
        self._attr_unique_id = f"{device_id}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, device_id)},
            name=monitor.subentry.title,
            manufacturer=MONITOR_MANUFACTURER,
            entry_type=DeviceEntryType.SERVICE,
        )
        if car := entry.runtime_data.cars.get(monitor.vin):
            self._attr_device_info["via_device_id"] = car.device.id

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to updates of the monitor."""
        await super().async_added_to_hass()
        self._summary = await MonitorSummary.async_load(self.hass)
        self._async_update_device()
        self.async_on_remove(self.monitor.async_add_listener(self._async_handle_update))

    @property
    @override
    def available(self) -> bool:
        """Whether the status of the monitor is known."""
        return self.monitor.status is not None

    @callback
    def _async_handle_update(self, notification: Notification | None) -> None:
        """Handle a notification, or a change of the monitor's status or subentry if there is none."""
        if notification is None:
            self._async_update_device()
            self.async_write_ha_state()

    @callback
    def _async_update_device(self) -> None:
        """Name the device after the monitor; its model is what the monitor watches."""
        registry, title, request = dr.async_get(self.hass), self.monitor.subentry.title, self.monitor.stored_request
        identifier = (DOMAIN, monitor_device_id(self._entry, self.monitor.unique_id))
        device = registry.async_get_device_by_identifier(identifier, self._entry.entry_id)
        model = self._summary.describe_conditions(request) if request else None
        if device and (device.name, device.model) != (title, model):
            registry.async_update_device(device.id, name=title, model=model)
