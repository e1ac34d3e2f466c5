"""The monitors of an account: those of our own, that tell what changes in a car, and those of people."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange
from homeassistant.core import callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..api import (
    CallbackStatus,
    ChargingStatus,
    EventExtension,
    Forbidden,
    InvalidRequest,
    Monitor,
    MonitoredData as D,
    NoData,
    NotFound,
    Notification,
    NoVehicle,
    OutcomeUnknown,
    StellantisError,
)
from ..api.requests import AttributeType, DataTrigger, MonitorRequest, NewAttribute, Operator, Trigger
from ..const import DOMAIN
from ..coordinator import AccountContext, EndpointCoordinator, MonitorsCoordinator, MonitorSync
from ..push.callback import LABEL_PREFIX, PushManager
from ..push.reliance import ATTR_VEHICLE, FALLBACK_PERIOD, VehiclePush
from ..vehicle.state import VehicleState
from .request import ATTR_OWNER, compute_digest, get_attribute, required_scope
from .user import (
    UserMonitor,
    async_create_or_update,
    async_delete_issues,
    async_update_orphan_issue,
    monitor_subentries,
)

SYNC_INTERVAL: Final = timedelta(hours=6)
# What is refused is tried again after so long, since it takes a request for each trigger
REJECTED_RETRY_INTERVAL: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSpec:
    """What a monitor is for.

    Attributes:
        name: for its label.
        changes: what is told when it changes.
        holds: what is told again and again while it has a value.
        refresh: from one reminder of that to the next.
        brings: what comes along, and the right to it.
        of: whether a car needs it.
    """

    name: str
    on_change: tuple[D, ...]
    while_equal: tuple[D, bool | str] | None = None
    refresh: timedelta | None = None
    extensions: Mapping[EventExtension, str] = field(default_factory=lambda: {EventExtension.STATUS: "data:telemetry"})
    applies_fn: Callable[[VehicleState | None], bool] = lambda _: True

    @property
    def triggers(self) -> Iterator[DataTrigger]:
        """What sets it off, each by itself."""
        yield from (DataTrigger(data=data, op=Operator.ON_CHANGE) for data in self.on_change)
        if self.while_equal:
            yield DataTrigger(data=self.while_equal[0], op=Operator.EQUALS_TO, values=(self.while_equal[1],))


# A car can have five monitors of five triggers each: two are left for people
MONITOR_SPECS: Final = (
    MonitorSpec(name="doors", on_change=(D.LOCKED_STATE, D.OPENING, D.PRIVACY, D.ALARM_TRIGGER, D.ALARM_ACTIVATION)),
    MonitorSpec(
        name="energy",
        on_change=(D.CHARGING_STATUS, D.PLUGGED, D.PRECONDITIONING),
        while_equal=(D.CHARGING_STATUS, ChargingStatus.IN_PROGRESS),
        refresh=timedelta(minutes=5),
        applies_fn=lambda reading: reading is not None and reading.charging is not None,
    ),
    MonitorSpec(
        name="driving",
        on_change=(D.TRIP_START, D.TRIP_STOP, D.POWERTRAIN_STATUS, D.ALERT),
        while_equal=(D.MOVING, True),
        refresh=timedelta(minutes=1),
        extensions={EventExtension.STATUS: "data:telemetry", EventExtension.TRIP: "data:trip"},
    ),
)


class MonitorManager:
    """The monitors of the account's cars: the integration's own and the user's.

    Attributes:
        coordinator: synchronizes them with the platform.
        watches: those of people, by the ids of their subentries.
        nobodys: what the platform has under our callback that nobody asks for any more, by car.
    """

    def __init__(self, account: AccountContext, push: PushManager) -> None:
        self.account, self.hass = account, account.hass
        self.coordinator = MonitorsCoordinator(account, self._async_sync)
        self._push = push
        self._lock = asyncio.Lock()
        self._vehicle_pushes: dict[str, VehiclePush] = {}
        self.user_monitors = {key: UserMonitor(account, one) for key, one in monitor_subentries(account.entry).items()}
        self.orphans: dict[str, list[tuple[tuple[str, str], Monitor]]] = {}
        self._removed: dict[str, str] = {}  # by what they were known as, and of which car
        self._user_monitor_listeners: list[Callable[[UserMonitor], None]] = []
        on_unload = account.entry.async_on_unload
        on_unload(push.async_add_monitor_listener(self._handle_notification))
        on_unload(push.async_add_address_listener(lambda _: self.async_request_sync()))
        on_unload(async_dispatcher_connect(self.hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._async_handle_entry_change))
        on_unload(self.coordinator.async_add_listener(lambda: None))  # it is read at its rhythm while somebody listens

    def add_vehicle(
        self, status: EndpointCoordinator[VehicleState], coordinators: Mapping[str, EndpointCoordinator[Any]]
    ) -> VehiclePush:
        """Have told what changes in a car, from the next look on."""
        vehicle_push = VehiclePush(status, coordinators, self.async_request_sync)
        self._vehicle_pushes[vehicle_push.vehicle_tag] = vehicle_push
        return vehicle_push

    def remove_vehicle(self, vehicle_push: VehiclePush) -> None:
        """Follow a car no longer that has left the account: its monitors are not ours any more."""
        self._vehicle_pushes.pop(vehicle_push.vehicle_tag, None)
        self.orphans.pop(vehicle_push.vehicle_tag, None)
        for user_monitor in self._user_monitors_for(vehicle_push):
            user_monitor.async_mark_unknown()

    @callback
    def async_add_user_monitor_listener(self, listener: Callable[[UserMonitor], None]) -> list[UserMonitor]:
        """Return the monitors of people, and call `add` for each that comes later."""
        self._user_monitor_listeners.append(listener)
        return list(self.user_monitors.values())

    async def async_save_monitor(self, vin: str, unique_id: str, request: MonitorRequest) -> None:
        """Have a person's monitor on the platform; without an address, later. Raises StellantisError."""
        async with self._lock:
            vehicle_push = next((one for one in self._vehicle_pushes.values() if one.status.vin == vin), None)
            if vehicle_push is None:
                raise NoVehicle("The car has left the account")
            if self._push.is_reachable:
                path = (vehicle_push.status.vehicle_id, await self._push.async_ensure_callback(force_check=True))
                try:
                    await async_create_or_update(
                        self.account.client, path, await self._async_list_monitors(path), unique_id, request
                    )
                except OutcomeUnknown:
                    if all(
                        get_attribute(one, ATTR_OWNER) != unique_id for one in await self._async_list_monitors(path)
                    ):
                        raise

    async def async_delete_orphans(self) -> None:
        """Delete what nobody asks for any more. Raises StellantisError."""
        async with self._lock:
            for feed, some in list(self.orphans.items()):
                for place, one in some:
                    with suppress(NotFound):
                        await self.account.client.delete_monitor(*place, str(one.monitor_id))
                self.orphans.pop(feed, None)
            self._update_orphan_issue()

    @callback
    def _async_handle_entry_change(self, change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        """Follow the subentries; an entry changes with its tokens, too, which is none of ours."""
        if entry is not self.account.entry or change is not ConfigEntryChange.UPDATED:
            return
        subentries, is_changed = monitor_subentries(entry), False
        for key in self.user_monitors.keys() - subentries.keys():
            removed, is_changed = self.user_monitors.pop(key), True
            self._removed[removed.unique_id] = removed.vin
            async_delete_issues(self.hass, key)
        for key, subentry in subentries.items():
            current = (subentry.title, subentry.data)
            if key not in self.user_monitors:
                user_monitor = self.user_monitors[key] = UserMonitor(self.account, subentry)
                self._removed.pop(user_monitor.unique_id, None)
                for listener in self._user_monitor_listeners:
                    listener(user_monitor)
            elif (user_monitor := self.user_monitors[key]).last_subentry != current:
                user_monitor.last_subentry = current
            else:
                continue
            is_changed = True
        if is_changed:
            self.async_request_sync()

    def _user_monitors_for(self, vehicle_push: VehiclePush) -> list[UserMonitor]:
        return [one for one in self.user_monitors.values() if one.vin == vehicle_push.status.vin]

    def _needs_sync(self, vehicle_push: VehiclePush) -> bool:
        """Say whether there is anything to be seen to of a car."""
        return bool(
            _desired_requests(vehicle_push)
            or self._user_monitors_for(vehicle_push)
            or vehicle_push.status.vin in self._removed.values()
        )

    async def _async_list_monitors(self, path: tuple[str, str]) -> list[Monitor]:
        with suppress(NoData):
            return [one async for one in self.account.client.monitors(*path, page_size=60) if one.monitor_id]
        return []

    @callback
    def async_request_sync(self) -> None:
        """See at once to it that the monitors are there and run."""
        self.account.entry.async_create_background_task(
            self.hass, self.coordinator.async_refresh(), f"{DOMAIN} monitors"
        )

    @callback
    def _handle_notification(self, notification: Notification) -> None:
        unique_id, event = notification.get_attribute(ATTR_OWNER), notification.monitor_event
        vehicle_push = self._vehicle_pushes.get(notification.get_attribute(ATTR_VEHICLE) or "")
        assert event  # noqa: S101 - push tells of no others
        if vehicle_push and unique_id is None:
            vehicle_push.async_handle_event(event)
        for user_monitor in [one for one in self.user_monitors.values() if one.unique_id == unique_id]:
            for user_vehicle_push in [
                one for one in self._vehicle_pushes.values() if one.status.vin == user_monitor.vin
            ]:
                user_vehicle_push.async_apply_status(event.extensions)
                user_monitor.async_notify_listeners(notification)

    async def _async_sync(self) -> MonitorSync:
        async with self._lock:
            vehicle_pushes = list(self._vehicle_pushes.values())
            if not self._push.is_reachable or not any(self._needs_sync(feed) for feed in vehicle_pushes):
                self._deactivate_push(vehicle_pushes)
                return MonitorSync(own_monitors=0, interval=None)
            try:
                callback_id = await self._push.async_ensure_callback(force_check=True)
            except StellantisError:
                self._deactivate_push(vehicle_pushes)
                raise
            for failure in await asyncio.gather(
                *(self._async_sync_vehicle(feed, callback_id) for feed in vehicle_pushes if self._needs_sync(feed))
            ):
                if failure:
                    raise failure
            is_complete = all(len(feed.active_monitors) == len(_desired_requests(feed)) for feed in vehicle_pushes)
            is_unreliable = any(feed.is_unreliable for feed in vehicle_pushes)
            interval = FALLBACK_PERIOD if is_unreliable else SYNC_INTERVAL if is_complete else REJECTED_RETRY_INTERVAL
            return MonitorSync(
                own_monitors=sum(len(feed.active_monitors) for feed in vehicle_pushes), interval=interval
            )

    def _deactivate_push(self, vehicle_pushes: Sequence[VehiclePush]) -> None:
        """Rely on nothing of cars of which nothing is known."""
        for vehicle_push in vehicle_pushes:
            vehicle_push.async_set_active(frozenset(), complete=False)
            for user_monitor in self._user_monitors_for(vehicle_push):
                user_monitor.async_mark_unknown()

    async def _async_sync_vehicle(self, vehicle_push: VehiclePush, callback_id: str) -> StellantisError | None:
        """Have a car's monitors there and running; return why that failed."""
        path = (vehicle_push.status.vehicle_id, callback_id)
        try:
            listed = await self._async_list_monitors(path)
        except StellantisError as err:
            self._deactivate_push([vehicle_push])
            return err
        failure = None
        try:
            covered = await self._async_sync_own(
                vehicle_push, path, [one for one in listed if get_attribute(one, ATTR_OWNER) is None]
            )
        except StellantisError as err:
            vehicle_push.async_set_active(frozenset(), complete=False)
            failure = err
        else:
            vehicle_push.active_monitors = [label for label, data in covered.items() if data]
            vehicle_push.async_set_active(
                frozenset().union(*covered.values()), complete=bool(covered) and all(covered.values())
            )
        try:
            await self._async_sync_user_monitors(vehicle_push, path, listed)
        except StellantisError as err:
            failure = failure or err
        return failure

    async def _async_sync_user_monitors(
        self, vehicle_push: VehiclePush, path: tuple[str, str], listed: list[Monitor]
    ) -> None:
        """See to what people watch, and to what nobody does. Raises StellantisError."""
        label_prefixes, user_monitors, orphans = (
            tuple(_desired_requests(vehicle_push)),
            self._user_monitors_for(vehicle_push),
            [],
        )
        known_ids = {watch.unique_id for watch in user_monitors}
        for one in listed:
            unique_id = get_attribute(one, ATTR_OWNER)
            if unique_id in self._removed:
                with suppress(NotFound):
                    await self.account.client.delete_monitor(*path, str(one.monitor_id))
            elif unique_id not in known_ids and (
                unique_id or not (_is_own(one) or _get_label(one).startswith(label_prefixes))
            ):
                orphans.append((path, one))
        for unique_id in [key for key, vin in self._removed.items() if vin == vehicle_push.status.vin]:
            del self._removed[unique_id]
        self.orphans[vehicle_push.vehicle_tag] = orphans
        self._update_orphan_issue()
        failure = None
        for watch in user_monitors:
            try:
                await watch.async_sync(path, listed, vehicle_push.status.vehicle.label or self.account.entry.title)
            except StellantisError as err:
                failure = err
            if vehicle_push.vehicle_tag not in self._vehicle_pushes:
                watch.async_mark_unknown()  # the car has left meanwhile
        if failure:
            raise failure

    def _update_orphan_issue(self) -> None:
        names = sorted({_get_label(one) for some in self.orphans.values() for _, one in some})
        async_update_orphan_issue(self.hass, self.account.entry, names)

    async def _async_sync_own(
        self, vehicle_push: VehiclePush, path: tuple[str, str], listed: list[Monitor]
    ) -> Mapping[str, frozenset[D]]:
        """Make what is not there, mend what is not as it should be, delete what is too much. Raises StellantisError.

        Return what is told by each of the monitors: nothing by one that the platform does not want.
        """
        client, covered = self.account.client, {}
        for label_prefix, request in _desired_requests(vehicle_push).items():
            candidates = sorted(
                (one for one in listed if _get_label(one).startswith(label_prefix)),
                key=lambda one: _get_label(one) != request.label,
            )
            existing = candidates[0] if candidates else None
            if existing:
                listed.remove(existing)
            if existing and _get_label(existing) == request.label and existing.status != CallbackStatus.FAILED:
                covered[label_prefix] = _monitored_data(existing) or _request_data(request)
                status, monitor_id = existing.status, existing.monitor_id
            else:
                covered[label_prefix], status, monitor_id = await self._async_create_with_fallback(
                    path, request, existing.monitor_id if existing else None
                )
            if monitor_id and status in (CallbackStatus.PAUSED, CallbackStatus.FAILED):
                await client.set_monitor_status(*path, monitor_id, running=True)
        for one in listed:
            if one.monitor_id and _is_own(one):
                await client.delete_monitor(*path, one.monitor_id)
        return covered

    async def _async_create_with_fallback(
        self, path: tuple[str, str], request: MonitorRequest, monitor_id: str | None
    ) -> tuple[frozenset[D], str | None, str | None]:
        """Make a monitor, or mend the one with an id. Raises StellantisError.

        When the platform does not want it as a whole, it gets one trigger after the other, of which those stay that it
        does want. Return what it watches, its status and its id.
        """
        with suppress(InvalidRequest, Forbidden):
            return _request_data(request), *await self._async_create_or_update(path, request, monitor_id)
        accepted: list[Trigger] = []
        status = None
        for trigger in request.triggers:
            partial_request = replace(
                request, **_combine_any([*accepted, trigger]), extensions=(EventExtension.STATUS,)
            )
            with suppress(InvalidRequest, Forbidden):
                status, monitor_id = await self._async_create_or_update(path, partial_request, monitor_id)
                accepted.append(trigger)
        return frozenset(_trigger_data(trigger) for trigger in accepted), status, monitor_id

    async def _async_create_or_update(
        self, path: tuple[str, str], request: MonitorRequest, monitor_id: str | None
    ) -> tuple[str | None, str | None]:
        client = self.account.client
        if monitor_id is None:
            created = await client.create_monitor(*path, request)
            return created.status, created.monitor_id
        return (await client.update_monitor(*path, monitor_id, request)).status, monitor_id


def _desired_requests(vehicle_push: VehiclePush) -> Mapping[str, MonitorRequest]:
    """Return the monitors that a car shall have, by the beginnings of their labels."""
    has_scope, requests = vehicle_push.account.has_scope, {}
    for spec in MONITOR_SPECS if has_scope("data:telemetry") else ():
        triggers = [one for one in spec.triggers if has_scope(required_scope(one.data))]
        if spec.applies_fn(vehicle_push.status.data):
            request = MonitorRequest(
                label=LABEL_PREFIX,
                **_combine_any([Trigger(f"t{number}", when) for number, when in enumerate(triggers)]),
                extensions=tuple(data for data, right in spec.extensions.items() if has_scope(right)),
                refresh=spec.refresh,
                attributes=(NewAttribute(AttributeType.BODY, ATTR_VEHICLE, vehicle_push.vehicle_tag),),
            )
            label_prefix = f"{LABEL_PREFIX} {spec.name} "
            requests[label_prefix] = replace(request, label=f"{label_prefix}{compute_digest(request)[:8]}")
    return requests


def _combine_any(triggers: Sequence[Trigger]) -> dict[str, Any]:
    return {"triggers": tuple(triggers), "expression": " | ".join(trigger.name for trigger in triggers)}


def _trigger_data(trigger: Trigger) -> D:
    assert isinstance(trigger.condition, DataTrigger)  # noqa: S101 - ours all are
    return trigger.condition.data


def _request_data(request: MonitorRequest) -> frozenset[D]:
    return frozenset(_trigger_data(trigger) for trigger in request.triggers)


def _get_label(monitor: Monitor) -> str:
    return (monitor.monitor and monitor.monitor.label) or ""


def _is_own(monitor: Monitor) -> bool:
    attributes = monitor.monitor.attributes if monitor.monitor else ()
    return _get_label(monitor).startswith(f"{LABEL_PREFIX} ") and any(
        attribute.key == ATTR_VEHICLE for attribute in attributes
    )


def _monitored_data(monitor: Monitor) -> frozenset[D]:
    triggers = monitor.monitor.triggers if monitor.monitor else ()
    return frozenset(D(one.data.data) for one in triggers if one.data and one.data.data in set(D))
