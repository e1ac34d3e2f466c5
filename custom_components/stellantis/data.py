"""What an entry holds while it is loaded."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo

from .api import Brand, Vehicle
from .auth.oauth import EntryTokens
from .commands.charge_limit import ChargeLimit
from .commands.queue import Commands
from .const import CONF_BRAND, DOMAIN
from .coordinator import Account, Endpoint, EndpointCoordinator, VehiclesCoordinator
from .endpoints import RECORDS, STATUS
from .history.store import CarLedger
from .monitors.own import MonitorManager
from .monitors.user import monitors_of
from .push.callback import Push
from .vehicle.state import Reading

type StellantisConfigEntry = ConfigEntry[StellantisData]


def account_device(entry: ConfigEntry[Any]) -> DeviceInfo:
    """Return the device that stands for the account."""
    return DeviceInfo(
        identifiers={(DOMAIN, entry.entry_id)},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=Brand(entry.data[CONF_BRAND]).label,
        name=entry.title,
    )


def _car_device(entry: StellantisConfigEntry, vin: str, vehicle: Vehicle) -> DeviceInfo:
    """Return the device that a car is."""
    brand = Brand(entry.data[CONF_BRAND]).label
    return DeviceInfo(
        identifiers={(DOMAIN, vin)},
        manufacturer=brand,
        model=vehicle.label,
        name=vehicle.label or brand,
        serial_number=vin,
        via_device_id=entry.runtime_data.device_id,
    )


def watch_device(entry: ConfigEntry[Any], unique_id: str) -> str:
    """Return by which name the device of a person's monitor is known."""
    return f"{entry.unique_id}_{unique_id}"


def watch_devices(entry: ConfigEntry[Any]) -> set[tuple[str, str]]:
    """Return the identifiers of the devices of the monitors that an entry has."""
    return {(DOMAIN, watch_device(entry, one.unique_id or one.subentry_id)) for one in monitors_of(entry).values()}


def missing_rights(device_id: str) -> str:
    """Return the name of the issue that says of a car which rights were not granted."""
    return f"missing_rights_{device_id}"


class Car:
    """A car of the account, what is read of it, and what it is told."""

    def __init__(self, data: StellantisData, vin: str, vehicle: Vehicle, device: dr.DeviceEntry) -> None:
        self.account = account = data.account
        self.vin = vin
        self.device = device
        self.status = EndpointCoordinator(account, vehicle, vin, STATUS)
        self._records: dict[str, EndpointCoordinator[Any]] = {
            endpoint.key: EndpointCoordinator(account, vehicle, vin, endpoint, self.status)
            for endpoint in RECORDS
            if account.may(endpoint.scope)
        }
        self.commands = Commands(account, self.status, data.push)
        self.limit = ChargeLimit(account, self.status, self.commands)
        self._seen: Reading | None = None
        account.entry.async_on_unload(self.status.async_add_listener(self._announce))
        self.feed = data.monitors.follow(self.status, self._records)

    @property
    def vehicle(self) -> Vehicle:
        """The car as the account lists it."""
        return self.status.vehicle

    @property
    def ledger(self) -> CarLedger:
        """What is kept of the car."""
        return self.account.ledger.car(self.vin)

    @property
    def coordinators(self) -> Iterable[EndpointCoordinator[Any]]:
        """All that is read of the car."""
        return (self.status, *self._records.values())

    def reads[DataT](self, endpoint: Endpoint[DataT]) -> EndpointCoordinator[DataT] | None:
        """Return what reads an endpoint; None where the driver did not grant the right."""
        return self.status if endpoint.key == STATUS.key else self._records.get(endpoint.key)  # type: ignore[return-value] # by its key

    def keep_in_step(self, vehicle: Vehicle, cars: int) -> None:
        """Take what the account now says of the car, and among how many cars its requests are shared."""
        for coordinator in self.coordinators:
            coordinator.vehicle, coordinator.vehicle_count = vehicle, cars

    async def async_read_records(self) -> None:
        """Read all but the status."""
        await asyncio.gather(*(coordinator.async_refresh() for coordinator in self._records.values()))

    async def async_read_now(self) -> None:
        """Read all that there is, also what the car did not have lately.

        Raises:
            HomeAssistantError: the status could not be read.
        """
        await self.status.async_refresh()
        if not self.status.last_update_success and isinstance(self.status.last_exception, HomeAssistantError):
            raise self.status.last_exception
        await self.async_read_records()

    async def async_shutdown(self) -> None:
        """Stop telling and reading."""
        await self.commands.async_stop()
        await asyncio.gather(*(coordinator.async_shutdown() for coordinator in self.coordinators))

    @callback
    def _announce(self) -> None:
        """Have looked at what a new reading of the car announces."""
        old, self._seen = self._seen, self.status.data
        if self._seen is not None and self._seen is not old:
            for coordinator in self._records.values():
                coordinator.async_handle_status_change(old, self._seen)


@dataclass(slots=True)
class StellantisData:
    """An account's tokens and client, its callback and monitors, its cars, and who waits for new ones."""

    account: Account
    tokens: EntryTokens
    vehicles: VehiclesCoordinator
    device_id: str
    push: Push
    monitors: MonitorManager
    cars: dict[str, Car] = field(default_factory=dict)
    _waiting: list[Callable[[Car], None]] = field(default_factory=list)

    @callback
    def async_on_car(self, add: Callable[[Car], None]) -> list[Car]:
        """Return the cars, and call `add` for each that comes later."""
        self._waiting.append(add)
        return list(self.cars.values())

    async def async_let_go(self, _stopping: object = None) -> None:
        """Let go of the commands that are under way, so that nobody who waits for one holds up the stop."""
        await asyncio.gather(*(car.commands.async_stop() for car in self.cars.values()))

    async def async_keep_in_step(self) -> list[Car]:
        """Follow the account's list: new cars are read side by side, shown and returned, gone ones are removed."""
        listing = self.vehicles.data
        if listing.complete:
            for vin in self.cars.keys() - listing.cars.keys():
                car = self.cars.pop(vin)
                self.monitors.forget(car.feed)
                await car.async_shutdown()
                ir.async_delete_issue(self.account.hass, DOMAIN, missing_rights(car.device.id))
            self._async_sweep_devices()
        devices = {vin: self._async_device(vin, vehicle) for vin, vehicle in listing.cars.items()}
        new = [Car(self, vin, listing.cars[vin], devices[vin]) for vin in devices if vin not in self.cars]
        self.cars |= {car.vin: car for car in new}
        for vin, car in self.cars.items():
            car.keep_in_step(listing.cars.get(vin, car.vehicle), len(self.cars))
        self.async_tell_missing_rights()
        await asyncio.gather(*(car.status.async_refresh() for car in new))
        for car in new:
            for add in self._waiting:
                add(car)
        return new

    @callback
    def async_read_records(self, cars: Iterable[Car]) -> None:
        """Have all but the status of cars read for the first time, once there is somebody to hear the news."""
        for car in cars:
            self.account.entry.async_create_background_task(
                self.account.hass, car.async_read_records(), f"{DOMAIN} first records"
            )

    @callback
    def async_tell_missing_rights(self) -> None:
        """Say of which cars more could be done, and which rights that needs."""
        hass, entry = self.account.hass, self.account.entry
        for car in self.cars.values():
            name = missing_rights(car.device.id)
            if missing := sorted(car.commands.abilities.missing):
                ir.async_create_issue(
                    hass,
                    DOMAIN,
                    name,
                    is_fixable=False,
                    severity=ir.IssueSeverity.WARNING,
                    translation_key="missing_rights",
                    translation_placeholders={
                        "account": entry.title,
                        "car": car.device.name_by_user or car.device.name or entry.title,
                        "rights": ", ".join(missing),
                    },
                )
            else:
                ir.async_delete_issue(hass, DOMAIN, name)

    @callback
    def _async_device(self, vin: str, vehicle: Vehicle) -> dr.DeviceEntry:
        """Return the device of a car, as the account now lists it."""
        entry = self.account.entry
        registry = dr.async_get(self.account.hass)
        return registry.async_get_or_create(config_entry_id=entry.entry_id, **_car_device(entry, vin, vehicle))

    @callback
    def _async_sweep_devices(self) -> None:
        """Remove the devices of cars that the account no longer lists."""
        entry = self.account.entry
        registry = dr.async_get(self.account.hass)
        kept = {(DOMAIN, vin) for vin in self.vehicles.data.cars} | {(DOMAIN, entry.entry_id)} | watch_devices(entry)
        for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
            if not device.identifiers & kept:
                registry.async_remove_device(device.id)
