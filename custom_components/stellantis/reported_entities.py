"""Adds the entities of a car as soon as it reports their values."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from itertools import batched
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import UNDEFINED, UndefinedType

from .coordinator import EndpointCoordinator
from .data import Car, StellantisConfigEntry
from .entity import CarEntityDescription, async_get_registered
from .vehicle.parts import PartFn

_LOGGER = logging.getLogger(__name__)
# Entities that are added before other tasks of the event loop get their turn
BATCH_SIZE: Final = 16


class _UnreportedEntities[DescriptionT: CarEntityDescription[Any, Any]]:
    """The entities of an endpoint of a car whose value has not been reported yet."""

    def __init__(
        self,
        car: Car,
        coordinator: EndpointCoordinator[Any],
        descriptions: Collection[DescriptionT],
        create: Callable[[Car, EndpointCoordinator[Any], DescriptionT], Entity],
        platform: str,
    ) -> None:
        self.car = car
        self.coordinator = coordinator
        self._platform = platform
        self._create = create
        self._support = car.commands.support
        registered = async_get_registered(car, platform, [description.key for description in descriptions])
        # Registered entities are restored immediately
        self._registered = set[str]()
        self._pending = {
            description.key: description
            for description in descriptions
            if (entry := registered.get(description.key)) is None or self._async_look_up(description, entry)
        }
        # By the functions of the parts that they depend on, from the first listener on
        self._by_part: dict[PartFn | None, list[DescriptionT]] = {}

    @callback
    def _async_look_up(self, description: DescriptionT, registered: er.RegistryEntry) -> bool:
        """Look at a registered entity, and remove one that the car does not have any more.

        Returns:
            Whether the entity can be added. A disabled one cannot: enabling it reloads the entry.
        """
        is_unsupported = self.car.vehicle.capabilities is not None and not self._is_supported(description)
        if is_unsupported or not self._is_configured(description):
            _async_remove_entity(self.car, self._platform, description)
            return True
        if not registered.disabled:
            self._registered.add(description.key)
        return not registered.disabled

    def _is_configured(self, description: DescriptionT) -> bool:
        """Return whether the user entered what an entity needs."""
        return description.configured_fn is None or description.configured_fn(self.car)

    def _is_supported(self, description: DescriptionT) -> bool:
        """Return whether the car supports an entity."""
        required, superseding = description.required_features, description.superseded_by
        available = self._support.available
        return (not required or required <= available) and not (superseding and superseding <= available)

    @callback
    def _async_update_support(self) -> None:
        """Look at what the car supports now, and remove the pending entities that it is known not to support."""
        self._support = self.car.commands.support
        if self.car.vehicle.capabilities is not None:
            for description in self._pending.values():
                if not self._is_supported(description):
                    _async_remove_entity(self.car, self._platform, description)

    @callback
    def async_add_listener(self, listener: Callable[[PartFn | None], None]) -> None:
        """Call `listener` with the function of each part that pending entities depend on, whenever it may have changed.

        It is None for those that may depend on all data. The listener is called until the car leaves the account.
        """
        for description in self._pending.values():
            for part_fn in description.existence_part_fns:
                self._by_part.setdefault(part_fn, []).append(description)
        for part_fn in self._by_part:
            unsub = self.coordinator.async_add_listener(partial(listener, part_fn), part_fn)
            self.car.async_on_unload(unsub)

    @callback
    def async_pop_reported(self, part_fn: PartFn | UndefinedType | None = UNDEFINED) -> list[Entity]:
        """Create the entities whose value is reported, or that were registered before a restart; each only once.

        Args:
            part_fn: The function of the part that may have changed; undefined if all may.
        """
        if self.car.commands.support is not self._support:
            self._async_update_support()
        data = self.coordinator.shown_data if self.coordinator.has_data else None
        reported = [
            description
            for description in (self._pending.values() if part_fn is UNDEFINED else self._by_part.get(part_fn, ()))
            if description.key in self._pending
            and self._is_supported(description)
            and (description.key in self._registered or (data is not None and self._is_reported(description, data)))
            and self._is_configured(description)
        ]
        for description in reported:
            del self._pending[description.key]
        return [self._create(self.car, self.coordinator, description) for description in reported]

    def _is_reported(self, description: DescriptionT, data: Any) -> bool:
        """Return whether the car has reported the value of an entity."""
        try:
            return description.value_fn(data) is not None or bool(description.exists_fn and description.exists_fn(data))
        except Exception:
            _LOGGER.exception("Unexpected error reading %s of %s", description.key, self.coordinator.name)
            return False


@callback
def _async_remove_entity(car: Car, platform: str, description: CarEntityDescription[Any, Any]) -> None:
    """Remove an entity that a car does not have any more."""
    for registered in async_get_registered(car, platform, [description.key]).values():
        er.async_get(car.account.hass).async_remove(registered.entity_id)


def _take_turns(entities_of_cars: Iterable[Iterable[Entity]]) -> Iterator[Entity]:
    """Yield the entities of cars in turns, so that the first entities of each car are the first in lists, too."""
    turns = deque(batched(entities, BATCH_SIZE, strict=False) for entities in entities_of_cars)
    while turns:
        if batch := next(turns[0], None):
            yield from batch
            turns.rotate(-1)
        else:
            turns.popleft()


async def async_add_in_batches(
    async_add_entities: AddConfigEntryEntitiesCallback, entities_of_cars: Iterable[Iterable[Entity]]
) -> None:
    """Add the entities of several cars, some at a time; other tasks run in between."""
    await asyncio.sleep(0)  # let other platforms begin
    for batch in batched(_take_turns(entities_of_cars), BATCH_SIZE, strict=False):
        async_add_entities(batch)
        await asyncio.sleep(0)


class _PlatformEntities[DescriptionT: CarEntityDescription[Any, Any]]:
    """The entities of a platform, which are the same for all cars of an account."""

    def __init__(
        self,
        entry: StellantisConfigEntry,
        async_add_entities: AddConfigEntryEntitiesCallback,
        platform: str,
        descriptions: Collection[DescriptionT],
        create: Callable[[Car, EndpointCoordinator[Any], DescriptionT], Entity],
    ) -> None:
        self._entry = entry
        self._async_add_entities = async_add_entities
        self._platform = platform
        self._create = create
        # The descriptions by endpoint and scope
        self._by_access: dict[tuple[str, str | None], list[DescriptionT]] = {}
        for description in descriptions:
            self._by_access.setdefault((description.endpoint.key, description.scope), []).append(description)

    @callback
    def async_add_car(self, car: Car) -> None:
        """Add the entities of a car that is new in the account."""
        (entities,) = self.create_reported([car])
        self._async_add_entities(list(entities))

    def create_reported(self, cars: Iterable[Car]) -> list[Iterator[Entity]]:
        """Create the entities whose value the cars report, for each car; watch for the others."""
        account = self._entry.runtime_data.account
        granted = {scope: scope is None or account.has_scope(scope) for _, scope in self._by_access}
        return [self._create_reported(car, granted) for car in cars]

    def _create_reported(self, car: Car, granted: Mapping[str | None, bool]) -> Iterator[Entity]:
        for (_, scope), descriptions in self._by_access.items():
            if not granted[scope]:
                for description in descriptions:
                    _async_remove_entity(car, self._platform, description)
            elif coordinator := car.coordinator_for(descriptions[0].endpoint):
                pending = _UnreportedEntities(car, coordinator, descriptions, self._create, self._platform)
                entities = pending.async_pop_reported()
                pending.async_add_listener(partial(self._async_add_reported, pending))  # to those still pending
                yield from entities

    @callback
    def _async_add_reported(self, pending: _UnreportedEntities[DescriptionT], part_fn: PartFn | None) -> None:
        if self._entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS:
            return  # an entity that is added now would not be unloaded
        is_listed = self._entry.runtime_data.cars.get(pending.car.vin) is pending.car
        if is_listed and (entities := pending.async_pop_reported(part_fn)):
            self._async_add_entities(entities)


async def async_add_reported_entities[DescriptionT: CarEntityDescription[Any, Any]](
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    platform: str,
    descriptions: tuple[DescriptionT, ...],
    create: Callable[[Car, EndpointCoordinator[Any], DescriptionT], Entity],
) -> None:
    """Add an entity for each description as soon as a car reports its value, now or later."""
    entities = _PlatformEntities(entry, async_add_entities, platform, descriptions, create)
    cars = entry.runtime_data.async_subscribe_cars(entities.async_add_car)
    await async_add_in_batches(async_add_entities, entities.create_reported(cars))
