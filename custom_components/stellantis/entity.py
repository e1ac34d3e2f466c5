"""What all entities of a car share: its device, when they come to be, and when they write their state."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self, override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity
from homeassistant.util import dt as dt_util

from .api import (
    Air,
    AirConditioning,
    Brand,
    Charging,
    Energy,
    Engine,
    EngineType,
    Kinetic,
    Position,
    PrivacyState,
    Status,
    Timed,
    Vehicle,
)
from .const import CONF_BRAND, DOMAIN
from .coordinator import EndpointCoordinator
from .models import Car, StellantisConfigEntry

# A car that is driven reports every few minutes, and is read every few minutes
CURRENT: Final = timedelta(minutes=30)
HIDING: Final = (PrivacyState.GEOLOCATION, PrivacyState.FULL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A car as its account lists it, and its status: what values are made from."""

    vehicle: Vehicle
    status: Status
    now: datetime = field(default_factory=dt_util.utcnow)

    @classmethod
    def of(cls, coordinator: EndpointCoordinator[Status]) -> Self:
        """Return what a coordinator knows by now."""
        return cls(vehicle=coordinator.vehicle, status=coordinator.data)

    @property
    def electric(self) -> Energy | None:
        """The traction battery, if the car has one."""
        return None if self._motorization == "Thermic" else self.status.electric

    @property
    def fuel(self) -> Energy | None:
        """The fuel tank, if the car has one: electric cars report the ghost of one, empty or without a level."""
        fuel = self.status.fuel
        if fuel is None or self._motorization in ("Electric", "Hydrogen"):
            return None
        return fuel if self._motorization or fuel.level or fuel.autonomy else None

    @property
    def hydrogen(self) -> Energy | None:
        """The hydrogen tank, if the car has one."""
        return self.status.hydrogen

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The engines that the car has: electric cars report the ghost of a combustion engine."""
        if self._motorization in ("Electric", "Hydrogen"):
            return tuple(engine for engine in self.status.engines if engine.type != EngineType.THERMIC)
        return self.status.engines

    @property
    def position(self) -> Position | None:
        """The last known place, unless it has none or the driver hides it."""
        privacy, position = self.status.privacy, self.status.last_position
        if position is None or position.latitude is None or position.longitude is None:
            return None
        return None if privacy and privacy.state in HIDING else position

    @property
    def air_conditioning(self) -> AirConditioning | None:
        """The preconditioning."""
        return self.status.preconditioning.air_conditioning if self.status.preconditioning else None

    @property
    def kinetic(self) -> Kinetic | None:
        """How the car moves. What an earlier drive left behind says no more than that the car does not move now."""
        kinetic = self.status.kinetic
        if kinetic and (kinetic.moving or kinetic.speed) and not self.is_current(kinetic):
            return replace(kinetic, moving=kinetic.moving and False, speed=None, acceleration=None)
        return kinetic

    def is_current(self, part: Timed) -> bool:
        """Say whether a part was measured just now, as a car that is driven does."""
        return part.measured_at is None or self.now - part.measured_at <= CURRENT

    @property
    def charging(self) -> Charging | None:
        """Plug and charge of the traction battery."""
        return self.electric.charging if self.electric else None

    @property
    def air(self) -> Air | None:
        """The air outside."""
        return self.status.environment.air if self.status.environment else None

    @property
    def _motorization(self) -> str | None:
        """What drives the car: as the account lists it, else as the car itself reports."""
        service = self.status.service.type if self.status.service else None
        return self.vehicle.motorization or (service if service in ("Electric", "Hybrid") else None)


def of[PartT, ValueT](
    part: Callable[[Reading], PartT | None], value: Callable[[PartT], ValueT | None]
) -> Callable[[Reading], ValueT | None]:
    """Return a reader of a value of a part, for cars that have the part."""

    def read(reading: Reading) -> ValueT | None:
        found = part(reading)
        return None if found is None else value(found)

    return read


@dataclass(frozen=True, kw_only=True)
class ReadingDescription[ValueT](EntityDescription):
    """An entity that shows one value of a car; it comes to be when the car first tells that value.

    `source` names the member of the status that the value is made from, for the documentation. `same_fn` says whether
    a new value is in truth the one that is shown: an estimate that wavers is no news.
    """

    value_fn: Callable[[Reading], ValueT | None]
    source: str
    same_fn: Callable[[ValueT, ValueT], bool] | None = None


@callback
def async_add_when_told[DescriptionT: ReadingDescription[Any]](
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    descriptions: tuple[DescriptionT, ...],
    create: Callable[[Car, DescriptionT], Entity],
) -> None:
    """Add an entity for each description as soon as a car tells its value, now or later."""

    @callback
    def watch(car: Car) -> None:
        untold = list(descriptions)

        @callback
        def add_told() -> None:
            if not car.status.told or entry.runtime_data.cars.get(car.vin) is not car:
                return
            reading = Reading.of(car.status)
            told = [description for description in untold if description.value_fn(reading) is not None]
            if told:
                untold[:] = [description for description in untold if description not in told]
                async_add_entities([create(car, description) for description in told])

        entry.async_on_unload(car.status.async_add_listener(add_told))
        add_told()

    entry.runtime_data.async_on_car(watch)


class StellantisEntity[DescriptionT: ReadingDescription[Any], ValueT](CoordinatorEntity[EndpointCoordinator[Status]]):
    """A value of a car. Its state is written when the value or its availability changes, and only then."""

    _attr_has_entity_name = True
    entity_description: DescriptionT

    def __init__(self, car: Car, description: DescriptionT) -> None:
        super().__init__(car.status)
        entry, vehicle = car.status.config_entry, car.vehicle
        brand = Brand(entry.data[CONF_BRAND]).label
        self.entity_description = description
        # Two people of a family may link the same car, each with rights of their own
        self._attr_unique_id = f"{entry.unique_id}_{car.vin}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, car.vin)},
            manufacturer=brand,
            model=vehicle.label,
            name=vehicle.label or brand,
            serial_number=vehicle.vin,
        )
        self._value: ValueT | None = None
        self._take()

    @override
    async def async_added_to_hass(self) -> None:
        """Take what was read since the entity was made."""
        await super().async_added_to_hass()
        self._take()

    def _take(self) -> bool:
        """Take the value and availability from what was read; say whether that changes anything."""
        before = (self._attr_available, self._value)
        self._attr_available = self.coordinator.available
        self._show(self.entity_description.value_fn(Reading.of(self.coordinator)))
        return before != (self._attr_available, self._value)

    def _show(self, value: ValueT | None) -> None:
        """Show a value, unless it is in truth the one that is shown."""
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
