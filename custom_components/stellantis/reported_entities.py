"""Adds the entities of a car as soon as it reports their values."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterator
from functools import partial
from itertools import batched
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .coordinator import EndpointCoordinator
from .data import Car, StellantisConfigEntry
from .entity import CarEntityDescription, entity_unique_id
from .vehicle.parts import PartFn, get_part_fn

_LOGGER = logging.getLogger(__name__)
# Entities that are added before other tasks of the event loop get their turn
BATCH_SIZE: Final = 16


class _UnreportedEntities[DescriptionT: CarEntityDescription[Any, Any]]:
    """The entities of an endpoint of a car whose value has not been reported yet."""

    def __init__(
        self,
        car: Car,
        coordinator: EndpointCoordinator[Any],
        descriptions: list[DescriptionT],
        create: Callable[[Car, EndpointCoordinator[Any], DescriptionT], Entity],
        platform: str,
    ) -> None:
        registry, entry = er.async_get(coordinator.hass), coordinator.config_entry
        self._platform = platform
        self.car = car
        self.coordinator = coordinator
        for description in descriptions:
            if not self._is_configured(description):
                _async_remove_entity(car, platform, description)
        self._support = car.commands.support
        supported = {description.key for description in descriptions if self._is_supported(description)}
        keys = [description.key for description in descriptions]
        ids = {
            key: registry.async_get_entity_id(platform, DOMAIN, entity_unique_id(entry, car.vin, key)) for key in keys
        }
        registered = {key: registry.async_get(entity_id) for key, entity_id in ids.items() if entity_id}
        # Skip disabled entities: enabling one reloads the entry
        disabled = {key for key, entity in registered.items() if entity and entity.disabled}
        # Restore registered entities immediately
        self._registered = registered.keys() - disabled
        self._pending = [
            (_existence_part_fns(description), description)
            for description in descriptions
            if description.key not in disabled
        ]
        self._create = create
        self._supported = [item for item in self._pending if item[1].key in supported]

    def _is_configured(self, description: DescriptionT) -> bool:
        """Return whether the user entered what an entity needs."""
        return description.configured_fn is None or description.configured_fn(self.car)

    def _is_supported(self, description: DescriptionT) -> bool:
        """Return whether the car supports an entity; remove the entity if it is known to be unsupported now."""
        available, superseding = self.car.commands.support.available, description.superseded_by
        if description.required_features <= available and not (superseding and superseding <= available):
            return True
        if self.car.vehicle.capabilities is not None:
            _async_remove_entity(self.car, self._platform, description)
        return False

    @property
    def part_fns(self) -> Collection[PartFn | None]:
        """The functions of the parts that the entities depend on; None for those that may depend on all data."""
        return dict.fromkeys(part_fn for part_fns, _ in self._pending for part_fn in part_fns)

    @callback
    def async_add_listener(self, listener: Callable[[PartFn | None], None]) -> None:
        """Call `listener` with the function of each of these parts that may have changed, while the entry is loaded."""
        for part_fn in self.part_fns:
            unsub = self.coordinator.async_add_listener(partial(listener, part_fn), part_fn)
            self.car.async_on_unload(unsub)

    def pop_reported(self, part_fns: Collection[PartFn | None]) -> list[Entity]:
        """Create the entities whose value is reported, or that were registered before a restart; each only once.

        Args:
            part_fns: The functions of the parts that may have changed.
        """
        if (support := self.car.commands.support) is not self._support:
            self._support = support
            self._supported = [item for item in self._pending if self._is_supported(item[1])]
        reported = [
            description
            for own_part_fns, description in self._supported
            if not own_part_fns.isdisjoint(part_fns)
            and self._is_reported(description)
            and self._is_configured(description)
        ]
        if keys := {description.key for description in reported}:
            self._pending = [item for item in self._pending if item[1].key not in keys]
            self._supported = [item for item in self._supported if item[1].key not in keys]
        return [self._create(self.car, self.coordinator, description) for description in reported]

    def _is_reported(self, description: DescriptionT) -> bool:
        """Return whether the car has reported the value of an entity, now or before a restart."""
        if description.key in self._registered:
            return True
        if not self.coordinator.has_data:
            return False
        data = self.coordinator.shown_data
        try:
            return description.value_fn(data) is not None or bool(description.exists_fn and description.exists_fn(data))
        except Exception:
            _LOGGER.exception("Unexpected error reading %s of %s", description.key, self.coordinator.name)
            return False


def _existence_part_fns(description: CarEntityDescription[Any, Any]) -> frozenset[PartFn | None]:
    """Return the functions of the parts that determine whether a car has an entity; None among them if all data may."""
    functions = (description.value_fn, description.exists_fn)
    return frozenset(get_part_fn(function) for function in functions if function)


@callback
def _async_remove_entity(car: Car, platform: str, description: CarEntityDescription[Any, Any]) -> None:
    """Remove an entity that a car does not have any more."""
    registry = er.async_get(car.account.hass)
    unique_id = entity_unique_id(car.account.entry, car.vin, description.key)
    if entity_id := registry.async_get_entity_id(platform, DOMAIN, unique_id):
        registry.async_remove(entity_id)


@callback
def _async_keep_granted[DescriptionT: CarEntityDescription[Any, Any]](
    car: Car, platform: str, descriptions: list[DescriptionT]
) -> list[DescriptionT]:
    """Return the descriptions whose values the driver grants; remove the entities of the others."""
    scopes = {description.scope for description in descriptions}
    missing = {scope for scope in scopes if scope is not None and not car.account.has_scope(scope)}
    for description in descriptions if missing else ():
        if description.scope in missing:
            _async_remove_entity(car, platform, description)
    return [description for description in descriptions if description.scope not in missing]


async def async_add_reported_entities[DescriptionT: CarEntityDescription[Any, Any]](
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    platform: str,
    descriptions: tuple[DescriptionT, ...],
    create: Callable[[Car, EndpointCoordinator[Any], DescriptionT], Entity],
) -> None:
    """Add an entity for each description as soon as a car reports its value, now or later."""
    by_endpoint: dict[str, list[DescriptionT]] = {}
    for description in descriptions:
        by_endpoint.setdefault(description.endpoint.key, []).append(description)

    def create_reported_entities(car: Car) -> Iterator[Entity]:
        for endpoint_descriptions in by_endpoint.values():
            granted = _async_keep_granted(car, platform, endpoint_descriptions)
            if granted and (coordinator := car.coordinator_for(granted[0].endpoint)):
                pending = _UnreportedEntities(car, coordinator, granted, create, platform)
                entities = pending.pop_reported(pending.part_fns)
                pending.async_add_listener(partial(add_reported, pending))  # to those that are still pending
                yield from entities

    @callback
    def add_reported(pending: _UnreportedEntities[DescriptionT], part_fn: PartFn | None) -> None:
        if entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS:
            return  # an entity that is added now would not be unloaded
        is_listed = entry.runtime_data.cars.get(pending.car.vin) is pending.car
        if is_listed and (entities := pending.pop_reported({part_fn})):
            async_add_entities(entities)

    cars = entry.runtime_data.async_subscribe_cars(lambda car: async_add_entities(list(create_reported_entities(car))))
    batches = deque(batched(create_reported_entities(car), BATCH_SIZE, strict=False) for car in cars)
    while batches:
        await asyncio.sleep(0)  # let other tasks run, the set-up of other platforms among them
        # Take turns, so that the first entities of each car are the first in lists, too
        if batch := next(batches[0], None):
            async_add_entities(batch)
            batches.rotate(-1)
        else:
            batches.popleft()
