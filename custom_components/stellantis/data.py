"""The runtime data of a config entry: the account and its cars."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassDict

from .account import AccountContext
from .api import Brand, Vehicle
from .auth.permissions import async_permission_name
from .auth.scopes import SCOPES, requested_scopes
from .auth.tokens import EntryTokens
from .commands.charge_limit import ChargeLimit
from .commands.queue import CommandQueue
from .const import CONF_BRAND, DOMAIN
from .coordinator import EndpointCoordinator, EndpointDescription, VehiclesCoordinator
from .endpoints import SECONDARY_ENDPOINTS, STATUS, get_refresh_parts
from .history.store import CarStore
from .monitors.manager import MonitorManager
from .monitors.user_sync import monitor_subentries
from .push.callback import PushManager
from .vehicle.auxiliary_battery import get_sample_parts, next_samples
from .vehicle.state import VehicleState

# Characters of the VIN that tell cars of the same brand apart
VIN_END_LENGTH: Final = 6

type StellantisConfigEntry = ConfigEntry[StellantisRuntimeData]


def account_device_info(entry: ConfigEntry[Any]) -> DeviceInfo:
    """Return the device info of the account, a service device."""
    return DeviceInfo(
        identifiers={(DOMAIN, entry.entry_id)},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=Brand(entry.data[CONF_BRAND]).label,
        translation_key="account",
        translation_placeholders={"account": entry.title},
    )


def _car_device_info(entry: ConfigEntry[Any], vin: str, vehicle: Vehicle) -> DeviceInfo:
    """Return the device info of a car. A car without a label is told from others by the end of its VIN."""
    brand = Brand(entry.data[CONF_BRAND]).label
    return DeviceInfo(
        identifiers={(DOMAIN, vin)},
        manufacturer=brand,
        model=vehicle.label,
        name=vehicle.label or f"{brand} {vin[-VIN_END_LENGTH:]}",
        serial_number=vin,
    )


@callback
def async_create_devices(
    hass: HomeAssistant, entry: ConfigEntry[Any], vehicles: Mapping[str, Vehicle]
) -> dr.DeviceEntry:
    """Create the devices of an account and its cars; return that of the account.

    The cars come first, because Home Assistant asks for the areas of new devices in this order.
    """
    registry = dr.async_get(hass)
    for vin, vehicle in vehicles.items():
        registry.async_get_or_create(config_entry_id=entry.entry_id, **_car_device_info(entry, vin, vehicle))
    return registry.async_get_or_create(config_entry_id=entry.entry_id, **account_device_info(entry))


def list_cars_with(entry: ConfigEntry[Any], part_fn: Callable[[VehicleState], object]) -> dict[str, Car]:
    """Return the cars whose state has a part, by the id of their device; none if the account is not loaded."""
    if entry.state is not ConfigEntryState.LOADED:
        return {}
    cars: Iterable[Car] = entry.runtime_data.cars.values()
    return {car.device.id: car for car in cars if car.status.has_data and part_fn(car.status.data)}


def monitor_device_id(entry: ConfigEntry[Any], unique_id: str) -> str:
    """Return the id of a user monitor's device, the second part of its identifier."""
    return f"{entry.unique_id}_{unique_id}"


def monitor_device_ids(entry: ConfigEntry[Any]) -> set[tuple[str, str]]:
    """Return the device identifiers of an entry's user monitors."""
    return {
        (DOMAIN, monitor_device_id(entry, subentry.unique_id or subentry.subentry_id))
        for subentry in monitor_subentries(entry).values()
    }


def permission_issue_id(device_id: str) -> str:
    """Return the id of the repair issue for a car's missing permissions."""
    return f"missing_rights_{device_id}"


def no_cars_issue_id(entry: ConfigEntry[Any]) -> str:
    """Return the id of the repair issue for an account that has no car any more."""
    return f"no_cars_{entry.entry_id}"


class Car:
    """A car of the account, with its coordinators and commands."""

    def __init__(self, data: StellantisRuntimeData, vin: str, vehicle: Vehicle, device: dr.DeviceEntry) -> None:
        self.account = account = data.account
        self.vin = vin
        self.device = device
        self.status = EndpointCoordinator(account, vehicle, vin, STATUS)
        self._secondary_coordinators: dict[str, EndpointCoordinator[Any]] = {
            endpoint.key: EndpointCoordinator(account, vehicle, vin, endpoint, self.status)
            for endpoint in SECONDARY_ENDPOINTS
            if account.has_scope(endpoint.scope)
        }
        self.commands = CommandQueue(account, self.status, data.push)
        self.charge_limit = ChargeLimit(account, self.status, self.commands, device.id)
        self._previous_state: VehicleState | None = None
        self._unload_callbacks: list[CALLBACK_TYPE] = []
        account.entry.async_on_unload(self._async_unload)
        account.entry.async_on_unload(self.status.async_add_listener(self._async_refresh_others, get_refresh_parts))
        account.entry.async_on_unload(self.status.async_add_listener(self._async_sample_battery, get_sample_parts))
        self.push = data.monitors.add_vehicle(self.status, self._secondary_coordinators)

    @property
    def vehicle(self) -> Vehicle:
        """The car as the account lists it."""
        return self.status.vehicle

    @property
    def name(self) -> str:
        """The name of the car, as the user or the brand gave it."""
        device = dr.async_get(self.account.hass).async_get(self.device.id) or self.device
        return device.name_by_user or device.name or self.account.entry.title

    @property
    def store(self) -> CarStore:
        """The stored data of the car."""
        return self.account.store.get_car(self.vin)

    @property
    def coordinators(self) -> Iterable[EndpointCoordinator[Any]]:
        """All coordinators of the car, the status first."""
        return (self.status, *self._secondary_coordinators.values())

    def coordinator_for[DataT](self, endpoint: EndpointDescription[DataT]) -> EndpointCoordinator[DataT] | None:
        """Return the coordinator of an endpoint; None if the driver did not grant its scope."""
        return self.status if endpoint.key == STATUS.key else self._secondary_coordinators.get(endpoint.key)  # type: ignore[return-value] # the key determines the type

    def update_vehicle(self, vehicle: Vehicle) -> None:
        """Update the car from the account's list."""
        is_changed = vehicle != self.vehicle
        for coordinator in self.coordinators:
            coordinator.vehicle = vehicle
        if not is_changed:
            return
        if self.status.has_data:
            state = self.status.data
            self.status.data = VehicleState.from_status(dt_util.utcnow(), vehicle, state.status, state)
        self.status.async_update_listeners()  # entities of new capabilities are added

    async def async_refresh_secondary(self) -> None:
        """Refresh all endpoints but the status."""
        await asyncio.gather(*(coordinator.async_refresh() for coordinator in self._secondary_coordinators.values()))

    async def async_refresh_all(self) -> None:
        """Refresh all endpoints, those included whose polling is suspended.

        Raises:
            HomeAssistantError: the status could not be fetched.
        """
        await self.status.async_refresh()
        if not self.status.last_update_success and isinstance(self.status.last_exception, HomeAssistantError):
            raise self.status.last_exception
        await self.async_refresh_secondary()

    @callback
    def async_on_unload(self, func: CALLBACK_TYPE) -> None:
        """Call a function when the car leaves the account, or the account is unloaded."""
        self._unload_callbacks.append(func)

    async def async_shutdown(self) -> None:
        """Stop all that goes on for the car, as it has left the account."""
        self._async_unload()
        self.charge_limit.async_shutdown()
        await self.commands.async_stop()
        await asyncio.gather(*(coordinator.async_shutdown() for coordinator in self.coordinators))

    @callback
    def _async_unload(self) -> None:
        while self._unload_callbacks:
            self._unload_callbacks.pop()()

    @callback
    def _async_refresh_others(self) -> None:
        """Let the other endpoints poll if the new state of the car shows that they have new data."""
        old, self._previous_state = self._previous_state, self.status.data
        if self._previous_state is not None and self._previous_state is not old:
            for coordinator in self._secondary_coordinators.values():
                coordinator.async_handle_status_change(old, self._previous_state)

    @callback
    def _async_sample_battery(self) -> None:
        """Store the level of the 12 V battery."""
        if not self.status.has_data:
            return
        samples = next_samples(self.store.auxiliary_samples, self.status.data)
        if samples != self.store.auxiliary_samples:
            self.store.auxiliary_samples = samples
            self.account.store.async_schedule_save()


@dataclass(slots=True)
class StellantisRuntimeData:
    """The objects of a loaded config entry.

    Attributes:
        account: the objects that the account's coordinators and commands share.
        tokens: the OAuth tokens of the entry.
        vehicles: the coordinator of the account's list of cars.
        device_id: the id of the account's device.
        push: the account's callback and webhook.
        monitors: the account's monitors.
        cars: the cars by VIN.
        feature_data: the objects of the features, each by a key of its own.
    """

    account: AccountContext
    tokens: EntryTokens
    vehicles: VehiclesCoordinator
    device_id: str
    push: PushManager
    monitors: MonitorManager
    cars: dict[str, Car] = field(default_factory=dict)
    feature_data: HassDict = field(default_factory=HassDict)
    _car_listeners: list[Callable[[Car], object]] = field(default_factory=list)

    @callback
    def async_subscribe_cars(self, listener: Callable[[Car], object]) -> list[Car]:
        """Return the present cars, and call `listener` for each that is added later."""
        self._car_listeners.append(listener)
        return list(self.cars.values())

    @callback
    def async_for_each_car(self, action: Callable[[Car], object]) -> None:
        """Call `action` for each present car, and for each that is added later."""
        for car in self.async_subscribe_cars(action):
            action(car)

    async def async_stop_commands(self, _stopping: object = None) -> None:
        """Stop tracking commands, so that waiting callers do not delay the shutdown of Home Assistant."""
        await asyncio.gather(*(car.commands.async_stop() for car in self.cars.values()))

    async def async_sync_cars(self) -> list[Car]:
        """Add and remove cars according to the account's list; return the new ones."""
        vehicle_list = self.vehicles.data
        if vehicle_list.is_complete:
            for vin in self.cars.keys() - vehicle_list.vehicles.keys():
                car = self.cars.pop(vin)
                self.monitors.remove_vehicle(car.push)
                await car.async_shutdown()
                ir.async_delete_issue(self.account.hass, DOMAIN, permission_issue_id(car.device.id))
            self._async_remove_stale_devices()
        vehicles = vehicle_list.vehicles
        devices = {vin: self._async_get_or_create_device(vin, vehicle) for vin, vehicle in vehicles.items()}
        new = [Car(self, vin, vehicles[vin], devices[vin]) for vin in devices if vin not in self.cars]
        self.cars |= {car.vin: car for car in new}
        self.account.shared_budget.vehicle_counts[self.account.entry.entry_id] = len(self.cars)
        for vin, car in self.cars.items():
            car.update_vehicle(vehicles.get(vin, car.vehicle))
        self.async_update_permission_issues()
        self._async_update_no_cars_issue()
        await asyncio.gather(*(car.status.async_refresh() for car in new))
        for car in new:
            for listener in self._car_listeners:
                listener(car)
        return new

    @callback
    def async_start_first_refresh(self, cars: Iterable[Car]) -> None:
        """Fetch all endpoints but the status for the first time; call this when the event entities exist."""
        for car in cars:
            self.account.entry.async_create_background_task(
                self.account.hass, car.async_refresh_secondary(), f"{DOMAIN} first records"
            )

    @callback
    def async_update_permission_issues(self) -> None:
        """Create or delete the repair issue of each car that offers more than the driver permitted."""
        hass, entry = self.account.hass, self.account.entry
        # What is not asked for, because the application cannot have it, is no news for the driver
        requested = requested_scopes(entry.data)
        data = {scope for scope in requested if scope.startswith("data:") and not self.account.has_scope(scope)}
        for car in self.cars.values():
            issue_id = permission_issue_id(car.device.id)
            if missing := data | car.commands.support.missing_scopes.intersection(requested):
                ir.async_create_issue(
                    hass,
                    DOMAIN,
                    issue_id,
                    is_fixable=False,
                    severity=ir.IssueSeverity.WARNING,
                    translation_key="missing_rights",
                    translation_placeholders={
                        "account": entry.title,
                        "car": car.name,
                        "permissions": "\n".join(
                            f"- {async_permission_name(hass, scope)}" for scope in SCOPES if scope in missing
                        ),
                    },
                )
            else:
                ir.async_delete_issue(hass, DOMAIN, issue_id)

    @callback
    def _async_update_no_cars_issue(self) -> None:
        """Create the repair issue when the last car has left the account; delete it when there is a car again."""
        hass, entry = self.account.hass, self.account.entry
        if self.cars:
            ir.async_delete_issue(hass, DOMAIN, no_cars_issue_id(entry))
            return
        ir.async_create_issue(
            hass,
            DOMAIN,
            no_cars_issue_id(entry),
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key="no_cars",
            translation_placeholders={"account": entry.title},
        )

    @callback
    def _async_get_or_create_device(self, vin: str, vehicle: Vehicle) -> dr.DeviceEntry:
        """Return the device of a car, created or updated from the account's list."""
        entry = self.account.entry
        registry, info = dr.async_get(self.account.hass), _car_device_info(entry, vin, vehicle)
        info["via_device_id"] = self.device_id
        return registry.async_get_or_create(config_entry_id=entry.entry_id, **info)

    @callback
    def _async_remove_stale_devices(self) -> None:
        """Remove the devices of cars that the account no longer lists."""
        entry = self.account.entry
        registry = dr.async_get(self.account.hass)
        current = (
            {(DOMAIN, vin) for vin in self.vehicles.data.vehicles}
            | {(DOMAIN, entry.entry_id)}
            | monitor_device_ids(entry)
        )
        for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
            if not device.identifiers & current:
                registry.async_remove_device(device.id)
