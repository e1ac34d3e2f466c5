"""What an entry holds while it is loaded."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .api import Status, StellantisClient, Vehicle
from .const import DOMAIN
from .coordinator import STATUS, EndpointCoordinator, VehiclesCoordinator
from .oauth import EntryTokens

type StellantisConfigEntry = ConfigEntry[StellantisData]


@dataclass(frozen=True, slots=True, kw_only=True)
class Car:
    """A car of the account and what is read of it."""

    vin: str
    status: EndpointCoordinator[Status]

    @property
    def vehicle(self) -> Vehicle:
        """The car as the account lists it."""
        return self.status.vehicle


@dataclass(slots=True)
class StellantisData:
    """An account's tokens and client, its cars, and who waits for new ones."""

    hass: HomeAssistant
    entry: StellantisConfigEntry
    tokens: EntryTokens
    client: StellantisClient
    vehicles: VehiclesCoordinator
    cars: dict[str, Car] = field(default_factory=dict)
    _waiting: list[Callable[[Car], None]] = field(default_factory=list)

    @callback
    def async_on_car(self, add: Callable[[Car], None]) -> None:
        """Call `add` for each car, those that come later included."""
        self._waiting.append(add)
        for car in self.cars.values():
            add(car)

    async def async_keep_in_step(self) -> None:
        """Follow the account's list: new cars are read side by side and shown, gone ones are removed."""
        listing = self.vehicles.data
        if listing.complete:
            for vin in self.cars.keys() - listing.cars.keys():
                await self.cars.pop(vin).status.async_shutdown()
            self._async_sweep_devices()
        for vin, car in self.cars.items():
            car.status.vehicle = listing.cars.get(vin, car.vehicle)
        new = [self._car(vin, vehicle) for vin, vehicle in listing.cars.items() if vin not in self.cars]
        self.cars |= {car.vin: car for car in new}
        await asyncio.gather(*(car.status.async_refresh() for car in new))
        for car in new:
            for add in self._waiting:
                add(car)

    def _car(self, vin: str, vehicle: Vehicle) -> Car:
        return Car(vin=vin, status=EndpointCoordinator(self.hass, self.entry, self.client, vehicle, STATUS))

    @callback
    def _async_sweep_devices(self) -> None:
        """Remove the devices of cars that the account no longer lists."""
        registry = dr.async_get(self.hass)
        listed = {(DOMAIN, vin) for vin in self.vehicles.data.cars}
        for device in dr.async_entries_for_config_entry(registry, self.entry.entry_id):
            if not device.identifiers & listed:
                registry.async_remove_device(device.id)
