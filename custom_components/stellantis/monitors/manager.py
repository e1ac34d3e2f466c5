"""Keeps the monitors of an account on the platform as they should be.

`reconcile.py` decides what to do about the integration's own monitors (`own.py`); each of the user's decides about
itself (`user_sync.py`).
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange
from homeassistant.core import callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..api import (
    CallbackStatus,
    EventExtension,
    Forbidden,
    InvalidRequest,
    Monitor,
    MonitoredData,
    NoData,
    NotFound,
    Notification,
    NoVehicle,
    OutcomeUnknown,
    StellantisError,
)
from ..api.requests import MonitorRequest, Trigger
from ..const import DOMAIN
from ..coordinator import AccountContext, EndpointCoordinator, MonitorsCoordinator, MonitorSync
from ..push.callback import PushManager
from ..push.reliance import ATTR_VEHICLE, FALLBACK_PERIOD, VehiclePush
from ..vehicle.state import VehicleState
from .own import (
    build_desired_requests,
    combine_any,
    get_label,
    get_monitored_data,
    get_request_data,
    get_trigger_data,
)
from .reconcile import MonitorPlan, reconcile
from .request import ATTR_OWNER, get_attribute
from .user_sync import (
    UserMonitor,
    async_create_or_update,
    async_delete_issues,
    async_update_orphan_issue,
    monitor_subentries,
)

SYNC_INTERVAL: Final = timedelta(hours=6)
# Long, because a rejected monitor is retried with a request per trigger
REJECTED_RETRY_INTERVAL: Final = timedelta(days=1)


class MonitorManager:
    """The monitors of the account's cars: the integration's own and the user's.

    Attributes:
        coordinator: Runs the synchronization with the platform.
        user_monitors: The user's monitors by subentry id.
        orphans: Monitors of our callback that have no subentry any more, with their paths, by vehicle tag.
    """

    def __init__(self, account: AccountContext, push: PushManager) -> None:
        self.account, self.hass = account, account.hass
        self.coordinator = MonitorsCoordinator(account, self._async_sync)
        self._push = push
        self._lock = asyncio.Lock()
        self._vehicle_pushes: dict[str, VehiclePush] = {}
        self.user_monitors = {
            subentry_id: UserMonitor(account, subentry)
            for subentry_id, subentry in monitor_subentries(account.entry).items()
        }
        self.orphans: dict[str, list[tuple[tuple[str, str], Monitor]]] = {}
        self._removed: dict[str, str] = {}  # unique id → VIN of monitors to delete
        self._user_monitor_listeners: list[Callable[[UserMonitor], None]] = []
        on_unload = account.entry.async_on_unload
        on_unload(push.async_add_monitor_listener(self._handle_notification))
        on_unload(push.async_add_address_listener(lambda _: self.async_request_sync()))
        on_unload(async_dispatcher_connect(self.hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._async_handle_entry_change))
        on_unload(self.coordinator.async_add_listener(lambda: None))  # it only runs with a listener

    def add_vehicle(
        self, status: EndpointCoordinator[VehicleState], coordinators: Mapping[str, EndpointCoordinator[Any]]
    ) -> VehiclePush:
        """Return the push data of a car, which become active with the next synchronization."""
        vehicle_push = VehiclePush(status, coordinators, self.async_request_sync)
        self._vehicle_pushes[vehicle_push.vehicle_tag] = vehicle_push
        return vehicle_push

    def remove_vehicle(self, vehicle_push: VehiclePush) -> None:
        """Forget a car that has left the account, whose monitors are no longer accessible."""
        self._vehicle_pushes.pop(vehicle_push.vehicle_tag, None)
        self.orphans.pop(vehicle_push.vehicle_tag, None)
        for user_monitor in self._user_monitors_for(vehicle_push):
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
            vehicle_push = next((push for push in self._vehicle_pushes.values() if push.status.vin == vin), None)
            if vehicle_push is None:
                raise NoVehicle("The car has left the account")
            if self._push.is_reachable:
                path = (vehicle_push.status.vehicle_id, await self._push.async_ensure_callback(force_check=True))
                try:
                    await async_create_or_update(
                        self.account.client, path, await self._async_list_monitors(path), unique_id, request
                    )
                except OutcomeUnknown:
                    listed = await self._async_list_monitors(path)
                    if all(get_attribute(monitor, ATTR_OWNER) != unique_id for monitor in listed):
                        raise

    async def async_delete_orphans(self) -> None:
        """Delete all orphaned monitors.

        Raises:
            StellantisError: A request failed.
        """
        async with self._lock:
            for vehicle_tag, orphans in list(self.orphans.items()):
                for path, monitor in orphans:
                    with suppress(NotFound):
                        await self.account.client.delete_monitor(*path, str(monitor.monitor_id))
                self.orphans.pop(vehicle_tag, None)
            self._update_orphan_issue()

    @callback
    def _async_handle_entry_change(self, change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        """Request a synchronization if monitors were added, changed or removed, but not for a mere token refresh."""
        if entry is not self.account.entry or change is not ConfigEntryChange.UPDATED:
            return
        subentries, is_changed = monitor_subentries(entry), False
        for subentry_id in self.user_monitors.keys() - subentries.keys():
            removed, is_changed = self.user_monitors.pop(subentry_id), True
            self._removed[removed.unique_id] = removed.vin
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
            is_changed = True
        if is_changed:
            self.async_request_sync()

    def _user_monitors_for(self, vehicle_push: VehiclePush) -> list[UserMonitor]:
        return [monitor for monitor in self.user_monitors.values() if monitor.vin == vehicle_push.status.vin]

    def _needs_sync(self, vehicle_push: VehiclePush) -> bool:
        """Return whether a car has monitors to create, check or delete."""
        return bool(
            build_desired_requests(vehicle_push)
            or self._user_monitors_for(vehicle_push)
            or vehicle_push.status.vin in self._removed.values()
        )

    async def _async_list_monitors(self, path: tuple[str, str]) -> list[Monitor]:
        with suppress(NoData):
            monitors = self.account.client.monitors(*path, page_size=60)
            return [monitor async for monitor in monitors if monitor.monitor_id]
        return []

    @callback
    def async_request_sync(self) -> None:
        """Synchronize the monitors with the platform now, in the background."""
        self.account.entry.async_create_background_task(
            self.hass, self.coordinator.async_refresh(), f"{DOMAIN} monitors"
        )

    @callback
    def _handle_notification(self, notification: Notification) -> None:
        unique_id, event = notification.get_attribute(ATTR_OWNER), notification.monitor_event
        vehicle_push = self._vehicle_pushes.get(notification.get_attribute(ATTR_VEHICLE) or "")
        assert event  # noqa: S101 - listeners only get notifications of monitors
        if vehicle_push and unique_id is None:
            vehicle_push.async_handle_event(event)
        for user_monitor in [monitor for monitor in self.user_monitors.values() if monitor.unique_id == unique_id]:
            for push in [push for push in self._vehicle_pushes.values() if push.status.vin == user_monitor.vin]:
                push.async_apply_status(event.extensions)
                user_monitor.async_notify_listeners(notification)

    async def _async_sync(self) -> MonitorSync:
        async with self._lock:
            vehicle_pushes = list(self._vehicle_pushes.values())
            if not self._push.is_reachable or not any(map(self._needs_sync, vehicle_pushes)):
                self._deactivate_push(vehicle_pushes)
                return MonitorSync(own_monitors=0, interval=None)
            try:
                callback_id = await self._push.async_ensure_callback(force_check=True)
            except StellantisError:
                self._deactivate_push(vehicle_pushes)
                raise
            for failure in await asyncio.gather(
                *(self._async_sync_vehicle(push, callback_id) for push in vehicle_pushes if self._needs_sync(push))
            ):
                if failure:
                    raise failure
            is_complete = all(len(push.active_monitors) == len(build_desired_requests(push)) for push in vehicle_pushes)
            is_unreliable = any(push.is_unreliable for push in vehicle_pushes)
            interval = FALLBACK_PERIOD if is_unreliable else SYNC_INTERVAL if is_complete else REJECTED_RETRY_INTERVAL
            own_monitors = sum(len(push.active_monitors) for push in vehicle_pushes)
            return MonitorSync(own_monitors=own_monitors, interval=interval)

    def _deactivate_push(self, vehicle_pushes: Sequence[VehiclePush]) -> None:
        """Fall back to polling for cars whose monitors cannot be checked, and mark their user monitors unknown."""
        for vehicle_push in vehicle_pushes:
            vehicle_push.async_set_active(frozenset(), complete=False)
            for user_monitor in self._user_monitors_for(vehicle_push):
                user_monitor.async_mark_unknown()

    async def _async_sync_vehicle(self, vehicle_push: VehiclePush, callback_id: str) -> StellantisError | None:
        """Synchronize the monitors of a car. Return the first error, if any, so that other cars are not affected."""
        path = (vehicle_push.status.vehicle_id, callback_id)
        try:
            listed = await self._async_list_monitors(path)
        except StellantisError as err:
            self._deactivate_push([vehicle_push])
            return err
        plan = reconcile(
            listed,
            build_desired_requests(vehicle_push),
            user_ids={user_monitor.unique_id for user_monitor in self._user_monitors_for(vehicle_push)},
            removed_ids=self._removed.keys(),
        )
        failure = None
        try:
            covered = await self._async_sync_own(path, plan)
        except StellantisError as err:
            vehicle_push.async_set_active(frozenset(), complete=False)
            failure = err
        else:
            vehicle_push.active_monitors = [label for label, data in covered.items() if data]
            vehicle_push.async_set_active(
                frozenset().union(*covered.values()), complete=bool(covered) and all(covered.values())
            )
        try:
            await self._async_sync_user_monitors(vehicle_push, path, listed, plan)
        except StellantisError as err:
            failure = failure or err
        return failure

    async def _async_sync_user_monitors(
        self, vehicle_push: VehiclePush, path: tuple[str, str], listed: list[Monitor], plan: MonitorPlan
    ) -> None:
        """Synchronize the user's monitors of a car, delete removed ones and report orphans.

        Raises:
            StellantisError: A request failed.
        """
        for monitor in plan.removed:
            with suppress(NotFound):
                await self.account.client.delete_monitor(*path, str(monitor.monitor_id))
        for unique_id in [unique_id for unique_id, vin in self._removed.items() if vin == vehicle_push.status.vin]:
            del self._removed[unique_id]
        self.orphans[vehicle_push.vehicle_tag] = [(path, monitor) for monitor in plan.orphans]
        self._update_orphan_issue()
        failure = None
        for user_monitor in self._user_monitors_for(vehicle_push):
            try:
                await user_monitor.async_sync(
                    path, listed, vehicle_push.status.vehicle.label or self.account.entry.title
                )
            except StellantisError as err:
                failure = err
            if vehicle_push.vehicle_tag not in self._vehicle_pushes:
                user_monitor.async_mark_unknown()  # the car has left the account meanwhile
        if failure:
            raise failure

    def _update_orphan_issue(self) -> None:
        names = sorted({get_label(monitor) for orphans in self.orphans.values() for _, monitor in orphans})
        async_update_orphan_issue(self.hass, self.account.entry, names)

    async def _async_sync_own(self, path: tuple[str, str], plan: MonitorPlan) -> Mapping[str, frozenset[MonitoredData]]:
        """Create, update, resume or delete the integration's own monitors of a car.

        Returns:
            The data that each monitor covers, by label prefix; empty for a monitor that the platform rejects.

        Raises:
            StellantisError: A request failed.
        """
        client, covered = self.account.client, {}
        for label_prefix, own in plan.own.items():
            existing = own.existing
            if existing and own.is_current:
                covered[label_prefix] = get_monitored_data(existing) or get_request_data(own.request)
                status, monitor_id = existing.status, existing.monitor_id
            else:
                covered[label_prefix], status, monitor_id = await self._async_create_with_fallback(
                    path, own.request, existing.monitor_id if existing else None
                )
            if monitor_id and status in (CallbackStatus.PAUSED, CallbackStatus.FAILED):
                await client.set_monitor_status(*path, monitor_id, running=True)
        for monitor in plan.outdated:
            await client.delete_monitor(*path, str(monitor.monitor_id))
        return covered

    async def _async_create_with_fallback(
        self, path: tuple[str, str], request: MonitorRequest, monitor_id: str | None
    ) -> tuple[frozenset[MonitoredData], str | None, str | None]:
        """Create a monitor, or update the one with the given id.

        If the platform rejects it as a whole, add triggers one by one and keep the accepted ones.

        Returns:
            The data it covers, its status and its id.

        Raises:
            StellantisError: A request failed, other than by rejection.
        """
        with suppress(InvalidRequest, Forbidden):
            return get_request_data(request), *await self._async_create_or_update(path, request, monitor_id)
        accepted: list[Trigger] = []
        status = None
        for trigger in request.triggers:
            partial_request = replace(request, **combine_any([*accepted, trigger]), extensions=(EventExtension.STATUS,))
            with suppress(InvalidRequest, Forbidden):
                status, monitor_id = await self._async_create_or_update(path, partial_request, monitor_id)
                accepted.append(trigger)
        return frozenset(get_trigger_data(trigger) for trigger in accepted), status, monitor_id

    async def _async_create_or_update(
        self, path: tuple[str, str], request: MonitorRequest, monitor_id: str | None
    ) -> tuple[str | None, str | None]:
        client = self.account.client
        if monitor_id is None:
            created = await client.create_monitor(*path, request)
            return created.status, created.monitor_id
        return (await client.update_monitor(*path, monitor_id, request)).status, monitor_id
