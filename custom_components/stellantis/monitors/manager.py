"""Keeps the monitors of an account on the platform as they should be.

`reconcile.py` decides what to do, for the integration's own monitors (`own.py`) and the user's (`user_sync.py`);
`schedule.py` decides when.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange
from homeassistant.core import callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..account import AccountContext
from ..api import Monitor, Notification, NoVehicle, OutcomeUnknown, StellantisError
from ..api.requests import MonitorRequest
from ..const import CONF_CALLBACK_ID
from ..coordinator import EndpointCoordinator, MonitorsCoordinator
from ..push.callback import PushManager
from ..push.vehicle_push import ATTR_VEHICLE, VehiclePush
from ..vehicle.state import VehicleState
from .car import CarMonitors, async_delete, async_read_back
from .own import get_label, needs_own_monitors
from .reconcile import WrittenMonitor
from .request import ATTR_OWNER, compute_digest, find_monitor, with_ownership
from .schedule import MIN_SILENCE, SyncSchedule, after_success, is_due, next_check
from .user_sync import UserMonitor, async_delete_issues, async_update_orphan_issue, monitor_subentries
from .write import Path, async_create_or_update, async_list_monitors
from .written import async_save_written


class MonitorManager:
    """The monitors of the account's cars: the integration's own and the user's.

    Attributes:
        coordinator: Runs the synchronization with the platform.
        user_monitors: The user's monitors by subentry id.
    """

    def __init__(self, account: AccountContext, push: PushManager) -> None:
        self.account, self.hass = account, account.hass
        self.coordinator = MonitorsCoordinator(account, self._async_sync)
        self._push = push
        self._lock = asyncio.Lock()
        self._cars: dict[str, CarMonitors] = {}  # by vehicle tag
        self._requested: set[str] | None = None  # VINs of cars to check at once; None while only the clock asks
        self._planned_at = 0.0  # when the clock asks next; the times are those of the event loop
        self._checked_at = self._arrived_at = self.hass.loop.time()
        self._synced_callback_id: str | None = None
        self._target: str | None = None
        self.user_monitors = {
            subentry_id: UserMonitor(account, subentry)
            for subentry_id, subentry in monitor_subentries(account.entry).items()
        }
        self._removed: dict[str, str] = {}  # unique id → VIN of monitors to delete
        self._schedules: set[SyncSchedule] = set()  # of the cars that have monitors, after the last synchronization
        self._user_monitor_listeners: list[Callable[[UserMonitor], None]] = []
        on_unload = account.entry.async_on_unload
        on_unload(push.async_add_monitor_listener(self._handle_notification))
        on_unload(push.async_add_remote_listener(lambda _: self._handle_arrival(None)))
        on_unload(push.async_add_address_listener(lambda _: self._handle_address()))
        on_unload(async_dispatcher_connect(self.hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._async_handle_entry_change))
        on_unload(self.coordinator.async_add_listener(lambda: None))  # it only runs with a listener

    @property
    def _now(self) -> float:
        """The event loop's time; a timer may fire a little early, which must not count as earlier than planned."""
        return max(self.hass.loop.time(), self._checked_at)

    @property
    def orphans(self) -> list[tuple[Path, Monitor]]:
        """Monitors of our callback that have no subentry any more, with their paths."""
        return [orphan for car in self._cars.values() for orphan in car.orphans]

    def add_vehicle(
        self, status: EndpointCoordinator[VehicleState], coordinators: Mapping[str, EndpointCoordinator[Any]]
    ) -> VehiclePush:
        """Return the push data of a car, which become active with the next synchronization."""
        vehicle_push = VehiclePush(status, coordinators, self._handle_missed)
        car = self._cars[vehicle_push.vehicle_tag] = CarMonitors(vehicle_push)

        @callback
        def handle_status() -> None:
            if car.has_changed_needs():
                self.async_request_sync(status.vin)

        self.account.entry.async_on_unload(status.async_add_listener(handle_status))
        return vehicle_push

    def remove_vehicle(self, vehicle_push: VehiclePush) -> None:
        """Forget a car that has left the account, whose monitors are no longer accessible."""
        if car := self._cars.pop(vehicle_push.vehicle_tag, None):
            for user_monitor in self._user_monitors_of(car):
                user_monitor.async_mark_unknown()

    @callback
    def async_add_user_monitor_listener(self, listener: Callable[[UserMonitor], None]) -> list[UserMonitor]:
        """Return the user's monitors, and call `listener` for each that is added later."""
        self._user_monitor_listeners.append(listener)
        return list(self.user_monitors.values())

    async def async_save_monitor(self, vin: str, unique_id: str, request: MonitorRequest) -> None:
        """Create or update a user's monitor on the platform.

        Without a public URL nothing is sent; a later synchronization creates the monitor from its subentry.

        Raises:
            StellantisError: The platform rejected the monitor, or a request failed.
        """
        async with self._lock:
            car = next((car for car in self._cars.values() if car.push.status.vin == vin), None)
            if car is None:
                raise NoVehicle("The car has left the account")
            if not self._push.is_reachable:
                return
            client = self.account.client
            path = (car.push.status.vehicle_id, await self._push.async_ensure_callback(force_check=True))
            if not self._push.is_receiving:  # somebody else uses the callback
                return
            existing = find_monitor(await async_list_monitors(client, path, use_reserve=True), unique_id)
            try:
                monitor_id = existing.monitor_id if existing else None
                await async_create_or_update(client, path, monitor_id, with_ownership(request, unique_id))
            except OutcomeUnknown:
                if find_monitor(await async_list_monitors(client, path, use_reserve=True), unique_id) is None:
                    raise
            written = WrittenMonitor(digest=compute_digest(request))
            async_save_written(self.hass, self.account.entry, {unique_id: written})
            await async_read_back(car.push, path, [unique_id])

    async def async_resolve(self, user_monitor: UserMonitor, *, keep: bool) -> bool:
        """Adopt a monitor on the platform that somebody else modified, or overwrite it with the subentry's.

        Args:
            user_monitor: The monitor.
            keep: Adopt the platform's version, as it is now, instead of overwriting it.

        Returns:
            Whether the monitor still exists and has a valid request to send.

        Raises:
            StellantisError: A request failed.
        """
        async with self._lock:
            car = next((car for car in self._cars.values() if car.push.status.vin == user_monitor.vin), None)
            path = user_monitor.path
            if car is None or path is None:
                return False
            listed = await async_list_monitors(self.account.client, path, use_reserve=True)
            existing = find_monitor(listed, user_monitor.unique_id)
            if existing is None or not await user_monitor.async_resolve(existing, keep=keep):
                return False
            await async_read_back(car.push, path, [user_monitor.unique_id])
            return True

    async def async_delete_orphans(self) -> None:
        """Delete all orphaned monitors.

        Raises:
            StellantisError: A request failed.
        """
        async with self._lock:
            for car in self._cars.values():
                await async_delete(car.push, car.orphans)
                car.orphans = []
            self._update_orphan_issue()

    @callback
    def _async_handle_entry_change(self, change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        """Request a synchronization if monitors were added, changed or removed, but not for a mere token refresh."""
        if entry is not self.account.entry or change is not ConfigEntryChange.UPDATED:
            return
        subentries, changed = monitor_subentries(entry), set[str]()
        for subentry_id in self.user_monitors.keys() - subentries.keys():
            removed = self.user_monitors.pop(subentry_id)
            self._removed[removed.unique_id] = removed.vin
            changed.add(removed.vin)
            async_delete_issues(self.hass, subentry_id)
        for subentry_id, subentry in subentries.items():
            current = (subentry.title, subentry.data)
            if subentry_id not in self.user_monitors:
                user_monitor = self.user_monitors[subentry_id] = UserMonitor(self.account, subentry)
                self._removed.pop(user_monitor.unique_id, None)
                for listener in self._user_monitor_listeners:
                    listener(user_monitor)
            elif (user_monitor := self.user_monitors[subentry_id]).last_subentry != current:
                user_monitor.last_subentry = current
            else:
                continue
            changed.add(user_monitor.vin)
        if changed:
            self.async_request_sync(*changed)

    def _user_monitors_of(self, car: CarMonitors) -> list[UserMonitor]:
        return [monitor for monitor in self.user_monitors.values() if monitor.vin == car.push.status.vin]

    def _needs_sync(self, car: CarMonitors) -> bool:
        """Return whether a car has monitors to create, check or delete."""
        return bool(
            needs_own_monitors(car.push) or self._user_monitors_of(car) or car.push.status.vin in self._removed.values()
        )

    @callback
    def async_request_sync(self, *vins: str) -> None:
        """Synchronize the monitors of some cars with the platform now, in the background; of all cars by default."""
        all_vins = [car.push.status.vin for car in self._cars.values()]
        self._requested = {*(self._requested or ()), *(vins or all_vins)}
        self.coordinator.async_refresh_soon()

    @callback
    def async_sync_due(self) -> None:
        """Synchronize the monitors of new cars in the background."""
        self._requested = self._requested or set()
        self.coordinator.async_refresh_soon()

    @callback
    def _handle_address(self) -> None:
        """Adapt to another public URL, to one that has come or gone, or to another callback."""
        if self._target is not None and self._target != self._push.target:
            for car in self._cars.values():
                car.push.async_handle_new_address()
        self._target = self._push.target
        self.async_sync_due()

    @callback
    def _handle_missed(self, vehicle_push: VehiclePush) -> None:
        """Check the monitors of a car of which a notification was missed; the platform may have forgotten them."""
        if vehicle_push.reliance.is_relied_on or self._now - self._checked_at >= MIN_SILENCE:
            self.async_request_sync(vehicle_push.status.vin)

    @callback
    def _handle_arrival(self, own: CarMonitors | None) -> None:
        """Rely on push for cars whose notifications arrive; `own` is the car of a notification of our monitors."""
        self._arrived_at = self._now
        if self._push.is_receiving:
            for car in self._cars.values():
                car.push.async_handle_arrival(is_own=car is own)
        if self.coordinator.update_interval and not self._lock.locked():
            self._plan(self._now)

    @callback
    def _handle_notification(self, notification: Notification) -> None:
        unique_id, event = notification.get_attribute(ATTR_OWNER), notification.monitor_event
        car = self._cars.get(notification.get_attribute(ATTR_VEHICLE) or "")
        assert event  # noqa: S101 - listeners only get notifications of monitors
        self._handle_arrival(car if unique_id is None else None)
        if car and unique_id is None:
            car.push.async_handle_event(event)
        for user_monitor in [monitor for monitor in self.user_monitors.values() if monitor.unique_id == unique_id]:
            for monitored in [car for car in self._cars.values() if car.push.status.vin == user_monitor.vin]:
                monitored.push.async_apply_status(event.extensions)
                user_monitor.async_notify_listeners(notification)

    def _plan(self, now: float) -> None:
        """Set the time of the next synchronization. This is done with each notification: it asks no car."""
        if self._schedules:
            self._planned_at = next_check(self._schedules, self._checked_at, self._arrived_at)
            self.coordinator.async_set_interval(timedelta(seconds=max(1.0, self._planned_at - now)))

    async def _async_sync(self) -> int:
        async with self._lock:
            requested, self._requested = self._requested, None
            # What the clock asks for is due, even if it is a little early
            now = self._now if requested is not None else max(self._now, self._planned_at)
            monitored = [car for car in self._cars.values() if self._needs_sync(car)]
            if not self._push.is_reachable or not monitored:
                self._forget(list(self._cars.values()))
                self.coordinator.async_set_interval(None)
                return 0
            failure = await self._async_sync_due_cars(monitored, requested or set(), now)
            self._update_orphan_issue()
            self._schedules = {car.schedule for car in monitored}
            self._plan(now)
            if failure:
                raise failure
            return sum(len(car.push.active_monitors) for car in self._cars.values())

    async def _async_sync_due_cars(
        self, monitored: Sequence[CarMonitors], requested: set[str], now: float
    ) -> StellantisError | None:
        """Synchronize the cars that are requested or due. Return the first error, if any."""
        is_new_callback = self.account.entry.data.get(CONF_CALLBACK_ID) != self._synced_callback_id
        due = [
            car
            for car in monitored
            if is_new_callback
            or car.push.status.vin in requested
            or is_due(car.schedule, now, self._checked_at, self._arrived_at)
        ]
        if not due:
            return None
        self._checked_at = now
        try:
            callback_id = await self._push.async_ensure_callback(force_check=True, use_reserve=False)
        except StellantisError as err:
            for car in due:
                car.count_failure(self._user_monitors_of(car), now)
            return err
        if not self._push.is_receiving:  # somebody else uses the callback
            self._forget(monitored)
            for car in monitored:
                car.schedule = after_success(now)
            return None
        if callback_id != self._synced_callback_id:
            due, self._synced_callback_id = list(monitored), callback_id
        failures = await asyncio.gather(*(self._async_sync_car(car, callback_id, now) for car in due))
        return next(filter(None, failures), None)

    async def _async_sync_car(self, car: CarMonitors, callback_id: str, now: float) -> StellantisError | None:
        """Synchronize the monitors of a car. Return the first error, if any."""
        removed_ids = [unique_id for unique_id, vin in self._removed.items() if vin == car.push.status.vin]
        users = self._user_monitors_of(car)
        failure = await car.async_sync(callback_id, users, removed_ids, now)
        if failure is None:
            for unique_id in removed_ids:
                self._removed.pop(unique_id, None)
            async_save_written(self.hass, self.account.entry, dict.fromkeys(removed_ids))
        if car.push.vehicle_tag not in self._cars:  # it has left the account meanwhile
            car.deactivate(users)
        return failure

    def _forget(self, cars: Sequence[CarMonitors]) -> None:
        """Forget what is on the platform, because it cannot reach this Home Assistant."""
        self._synced_callback_id = None
        for car in cars:
            car.schedule = SyncSchedule()
            car.deactivate(self._user_monitors_of(car))

    def _update_orphan_issue(self) -> None:
        names = sorted({get_label(monitor) for _, monitor in self.orphans})
        async_update_orphan_issue(self.hass, self.account.entry, names)
