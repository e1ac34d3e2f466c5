"""What all entities of a car share: its device, when they come to be, and when they write their state."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import batched
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .abilities import Ability
from .const import DOMAIN
from .coordinator import Endpoint, EndpointCoordinator
from .endpoints import STATUS
from .models import Car, StellantisConfigEntry
from .reading import Reading

# So many entities are made before others have their turn
AT_A_TIME: Final = 16


@dataclass(frozen=True, kw_only=True)
class CarDescription[DataT, ValueT](EntityDescription):
    """An entity that shows one value of a car; it comes to be when the car first tells that value.

    `endpoint` is what the value is read from, and `source` names its member there, for the documentation. `same_fn`
    says whether a new value is in truth the one that is shown: an estimate that wavers is no news. A `fleeting` value
    means nothing any more after a restart, while all others stay as they were last told until the car tells them anew.
    Only cars that may be told all that it `needs` have the entity.
    """

    value_fn: Callable[[DataT], ValueT | None]
    source: str
    endpoint: Endpoint[DataT]
    same_fn: Callable[[ValueT, ValueT], bool] | None = None
    fleeting: bool = False
    needs: frozenset[Ability] = frozenset()


@dataclass(frozen=True, kw_only=True)
class ReadingDescription[ValueT](CarDescription[Reading, ValueT]):
    """An entity that shows a value of a car's status."""

    endpoint: Endpoint[Reading] = STATUS


class _Untold[DescriptionT: CarDescription[Any, Any]]:
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
        descriptions = [one for one in descriptions if self._is_able(car, platform, one)]
        ids = {
            one.key: registry.async_get_entity_id(platform, DOMAIN, unique_id(entry, car.vin, one.key))
            for one in descriptions
        }
        known = {key: registry.async_get(entity_id) for key, entity_id in ids.items() if entity_id}
        # Who turns one on has the entry set up anew; until then it costs nothing
        off = {key for key, one in known.items() if one and one.disabled}
        # What was there before a restart is there again at once, with what it showed
        self._known = known.keys() - off
        self._descriptions = [one for one in descriptions if one.key not in off]
        self._create = create
        self.car = car
        self.coordinator = coordinator

    def _is_able(self, car: Car, platform: str, one: DescriptionT) -> bool:
        """Say whether the car may be told what an entity needs; of what it may be told no more, nothing is left."""
        if not one.needs or one.needs <= car.commands.abilities.granted:
            return True
        if car.vehicle.capabilities is not None:
            registry = er.async_get(car.account.hass)
            name = unique_id(car.account.entry, car.vin, one.key)
            if entity_id := registry.async_get_entity_id(platform, DOMAIN, name):
                registry.async_remove(entity_id)
        return False

    def pop(self) -> list[Entity]:
        """Return those that have come."""
        data = self.coordinator.data
        found = [
            one
            for one in self._descriptions
            if one.key in self._known or (self.coordinator.told and one.value_fn(data) is not None)
        ]
        self._descriptions = [one for one in self._descriptions if one not in found]
        return [self._create(self.car, self.coordinator, one) for one in found]


async def async_add_when_told[DescriptionT: CarDescription[Any, Any]](
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

    def watch(car: Car) -> Iterator[Entity]:
        for some in by_endpoint.values():
            if coordinator := car.reads(some[0].endpoint):
                untold = _Untold(car, coordinator, some, create, platform)
                entry.async_on_unload(coordinator.async_add_listener(partial(add_told, untold)))
                yield from untold.pop()

    @callback
    def add_told(untold: _Untold[DescriptionT]) -> None:
        if entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS:
            return  # whoever came now would stay
        if entry.runtime_data.cars.get(untold.car.vin) is untold.car and (entities := untold.pop()):
            async_add_entities(entities)

    for car in entry.runtime_data.async_on_car(lambda car: async_add_entities(list(watch(car)))):
        for some in batched(watch(car), AT_A_TIME, strict=False):
            async_add_entities(some)
            await asyncio.sleep(0)  # others want the event loop, too


def unique_id(entry: StellantisConfigEntry, vin: str, key: str) -> str:
    """Return what tells an entity from all others: two people may link one car, each with rights of their own."""
    return f"{entry.unique_id}_{vin}_{key}"


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
        self.device_entry = car.device
        self._attr_unique_id = unique_id(coordinator.config_entry, car.vin, description.key)
        self._value: ValueT | None = None
        self._told = False

    @override
    async def async_added_to_hass(self) -> None:
        """Go on from what was shown before a restart."""
        await super().async_added_to_hass()
        if not self.entity_description.fleeting:
            self._value = await self._async_restored()
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
