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
from .commands.queue import CommandQueue
from .const import CONF_BRAND, DOMAIN
from .coordinator import AccountContext, EndpointCoordinator, EndpointDescription, VehiclesCoordinator
from .endpoints import HISTORY_ENDPOINTS, STATUS
from .history.store import CarStore
from .monitors.own import MonitorManager
from .monitors.user import monitor_subentries
from .push.callback import PushManager
from .vehicle.state import VehicleState

type StellantisConfigEntry = ConfigEntry[StellantisRuntimeData]


def account_device_info(entry: ConfigEntry[Any]) -> DeviceInfo:
    """Return the device that stands for the account."""
    return DeviceInfo(
        identifiers={(DOMAIN, entry.entry_id)},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=Brand(entry.data[CONF_BRAND]).label,
        name=entry.title,
    )


def _car_device_info(entry: StellantisConfigEntry, vin: str, vehicle: Vehicle) -> DeviceInfo:
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


def monitor_device_id(entry: ConfigEntry[Any], unique_id: str) -> str:
    """Return by which name the device of a person's monitor is known."""
    return f"{entry.unique_id}_{unique_id}"


def monitor_device_ids(entry: ConfigEntry[Any]) -> set[tuple[str, str]]:
    """Return the identifiers of the devices of the monitors that an entry has."""
    return {
        (DOMAIN, monitor_device_id(entry, one.unique_id or one.subentry_id))
        for one in monitor_subentries(entry).values()
    }


def permission_issue_id(device_id: str) -> str:
    """Return the name of the issue that says of a car which rights were not granted."""
    return f"missing_rights_{device_id}"


class Car:
    """A car of the account, what is read of it, and what it is told."""

    def __init__(self, data: StellantisRuntimeData, vin: str, vehicle: Vehicle, device: dr.DeviceEntry) -> None:
        self.account = account = data.account
        self.vin = vin
        self.device = device
        self.status = EndpointCoordinator(account, vehicle, vin, STATUS)
        self._history_coordinators: dict[str, EndpointCoordinator[Any]] = {
            endpoint.key: EndpointCoordinator(account, vehicle, vin, endpoint, self.status)
            for endpoint in HISTORY_ENDPOINTS
            if account.has_scope(endpoint.scope)
        }
        self.commands = CommandQueue(account, self.status, data.push)
        self.charge_limit = ChargeLimit(account, self.status, self.commands)
        self._previous_state: VehicleState | None = None
        account.entry.async_on_unload(self.status.async_add_listener(self._async_status_updated))
        self.push = data.monitors.add_vehicle(self.status, self._history_coordinators)

    @property
    def vehicle(self) -> Vehicle:
        """The car as the account lists it."""
        return self.status.vehicle

    @property
    def store(self) -> CarStore:
        """What is kept of the car."""
        return self.account.store.get_car(self.vin)

    @property
    def coordinators(self) -> Iterable[EndpointCoordinator[Any]]:
        """All that is read of the car."""
        return (self.status, *self._history_coordinators.values())

    def coordinator_for[DataT](self, endpoint: EndpointDescription[DataT]) -> EndpointCoordinator[DataT] | None:
        """Return what reads an endpoint; None where the driver did not grant the right."""
        return self.status if endpoint.key == STATUS.key else self._history_coordinators.get(endpoint.key)  # type: ignore[return-value] # by its key

    def update_vehicle(self, vehicle: Vehicle, vehicle_count: int) -> None:
        """Take what the account now says of the car, and among how many cars its requests are shared."""
        for coordinator in self.coordinators:
            coordinator.vehicle, coordinator.vehicle_count = vehicle, vehicle_count

    async def async_refresh_history(self) -> None:
        """Read all but the status."""
        await asyncio.gather(*(coordinator.async_refresh() for coordinator in self._history_coordinators.values()))

    async def async_refresh_all(self) -> None:
        """Read all that there is, also what the car did not have lately.

        Raises:
            HomeAssistantError: the status could not be read.
        """
        await self.status.async_refresh()
        if not self.status.last_update_success and isinstance(self.status.last_exception, HomeAssistantError):
            raise self.status.last_exception
        await self.async_refresh_history()

    async def async_shutdown(self) -> None:
        """Stop telling and reading."""
        await self.commands.async_stop()
        await asyncio.gather(*(coordinator.async_shutdown() for coordinator in self.coordinators))

    @callback
    def _async_status_updated(self) -> None:
        """Have looked at what a new reading of the car announces."""
        old, self._previous_state = self._previous_state, self.status.data
        if self._previous_state is not None and self._previous_state is not old:
            for coordinator in self._history_coordinators.values():
                coordinator.async_handle_status_change(old, self._previous_state)


@dataclass(slots=True)
class StellantisRuntimeData:
    """An account's tokens and client, its callback and monitors, its cars, and who waits for new ones."""

    account: AccountContext
    tokens: EntryTokens
    vehicles: VehiclesCoordinator
    device_id: str
    push: PushManager
    monitors: MonitorManager
    cars: dict[str, Car] = field(default_factory=dict)
    _car_listeners: list[Callable[[Car], None]] = field(default_factory=list)

    @callback
    def async_add_car_listener(self, listener: Callable[[Car], None]) -> list[Car]:
        """Return the cars, and call `add` for each that comes later."""
        self._car_listeners.append(listener)
        return list(self.cars.values())

    async def async_stop_commands(self, _stopping: object = None) -> None:
        """Let go of the commands that are under way, so that nobody who waits for one holds up the stop."""
        await asyncio.gather(*(car.commands.async_stop() for car in self.cars.values()))

    async def async_sync_cars(self) -> list[Car]:
        """Follow the account's list: new cars are read side by side, shown and returned, gone ones are removed."""
        listing = self.vehicles.data
        if listing.is_complete:
            for vin in self.cars.keys() - listing.vehicles.keys():
                car = self.cars.pop(vin)
                self.monitors.remove_vehicle(car.push)
                await car.async_shutdown()
                ir.async_delete_issue(self.account.hass, DOMAIN, permission_issue_id(car.device.id))
            self._async_remove_stale_devices()
        devices = {vin: self._async_get_or_create_device(vin, vehicle) for vin, vehicle in listing.vehicles.items()}
        new = [Car(self, vin, listing.vehicles[vin], devices[vin]) for vin in devices if vin not in self.cars]
        self.cars |= {car.vin: car for car in new}
        for vin, car in self.cars.items():
            car.update_vehicle(listing.vehicles.get(vin, car.vehicle), len(self.cars))
        self.async_update_permission_issues()
        await asyncio.gather(*(car.status.async_refresh() for car in new))
        for car in new:
            for add in self._car_listeners:
                add(car)
        return new

    @callback
    def async_refresh_history(self, cars: Iterable[Car]) -> None:
        """Have all but the status of cars read for the first time, once there is somebody to hear the news."""
        for car in cars:
            self.account.entry.async_create_background_task(
                self.account.hass, car.async_refresh_history(), f"{DOMAIN} first records"
            )

    @callback
    def async_update_permission_issues(self) -> None:
        """Say of which cars more could be done, and which rights that needs."""
        hass, entry = self.account.hass, self.account.entry
        for car in self.cars.values():
            name = permission_issue_id(car.device.id)
            if missing := sorted(car.commands.support.missing_scopes):
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
    def _async_get_or_create_device(self, vin: str, vehicle: Vehicle) -> dr.DeviceEntry:
        """Return the device of a car, as the account now lists it."""
        entry = self.account.entry
        registry = dr.async_get(self.account.hass)
        return registry.async_get_or_create(config_entry_id=entry.entry_id, **_car_device_info(entry, vin, vehicle))

    @callback
    def _async_remove_stale_devices(self) -> None:
        """Remove the devices of cars that the account no longer lists."""
        entry = self.account.entry
        registry = dr.async_get(self.account.hass)
        kept = (
            {(DOMAIN, vin) for vin in self.vehicles.data.vehicles}
            | {(DOMAIN, entry.entry_id)}
            | monitor_device_ids(entry)
        )
        for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
            if not device.identifiers & kept:
                registry.async_remove_device(device.id)
