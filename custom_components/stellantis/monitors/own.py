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
    FateUnknown,
    Forbidden,
    InvalidRequest,
    Monitor,
    MonitoredData as D,
    NoData,
    NotFound,
    Notification,
    NoVehicle,
    StellantisError,
)
from ..api.requests import AttributeType, DataTrigger, MonitorRequest, NewAttribute, Operator, Trigger
from ..const import DOMAIN
from ..coordinator import Account, EndpointCoordinator, MonitorsCoordinator, MonitorSync
from ..push.callback import NAME, Push
from ..push.reliance import DOUBT, TAG, Feed
from ..vehicle.state import Reading
from .request import WATCH, attribute, digest, right_to
from .user import Watch, async_forget, async_put, async_tell_nobodys, monitors_of

INTERVAL: Final = timedelta(hours=6)
# What is refused is tried again after so long, since it takes a request for each trigger
REFUSED: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
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
    changes: tuple[D, ...]
    holds: tuple[D, bool | str] | None = None
    refresh: timedelta | None = None
    brings: Mapping[EventExtension, str] = field(default_factory=lambda: {EventExtension.STATUS: "data:telemetry"})
    of: Callable[[Reading | None], bool] = lambda _: True

    @property
    def triggers(self) -> Iterator[DataTrigger]:
        """What sets it off, each by itself."""
        yield from (DataTrigger(data=data, op=Operator.ON_CHANGE) for data in self.changes)
        if self.holds:
            yield DataTrigger(data=self.holds[0], op=Operator.EQUALS_TO, values=(self.holds[1],))


# A car can have five monitors of five triggers each: two are left for people
PURPOSES: Final = (
    Purpose(name="doors", changes=(D.LOCKED_STATE, D.OPENING, D.PRIVACY, D.ALARM_TRIGGER, D.ALARM_ACTIVATION)),
    Purpose(
        name="energy",
        changes=(D.CHARGING_STATUS, D.PLUGGED, D.PRECONDITIONING),
        holds=(D.CHARGING_STATUS, ChargingStatus.IN_PROGRESS),
        refresh=timedelta(minutes=5),
        of=lambda reading: reading is not None and reading.charging is not None,
    ),
    Purpose(
        name="driving",
        changes=(D.TRIP_START, D.TRIP_STOP, D.POWERTRAIN_STATUS, D.ALERT),
        holds=(D.MOVING, True),
        refresh=timedelta(minutes=1),
        brings={EventExtension.STATUS: "data:telemetry", EventExtension.TRIP: "data:trip"},
    ),
)


class MonitorManager:
    """The monitors of the account's cars: the integration's own and the user's.

    Attributes:
        coordinator: synchronizes them with the platform.
        watches: those of people, by the ids of their subentries.
        nobodys: what the platform has under our callback that nobody asks for any more, by car.
    """

    def __init__(self, account: Account, push: Push) -> None:
        self.account, self.hass = account, account.hass
        self.coordinator = MonitorsCoordinator(account, self._async_sync)
        self._push = push
        self._lock = asyncio.Lock()
        self._feeds: dict[str, Feed] = {}
        self.watches = {key: Watch(account, one) for key, one in monitors_of(account.entry).items()}
        self.nobodys: dict[str, list[tuple[tuple[str, str], Monitor]]] = {}
        self._gone: dict[str, str] = {}  # by what they were known as, and of which car
        self._waiting: list[Callable[[Watch], None]] = []
        on_unload = account.entry.async_on_unload
        on_unload(push.async_on_monitor(self._hear))
        on_unload(push.async_on_address(lambda _: self.async_look()))
        on_unload(async_dispatcher_connect(self.hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._async_entry_changed))
        on_unload(self.coordinator.async_add_listener(lambda: None))  # it is read at its rhythm while somebody listens

    def follow(self, status: EndpointCoordinator[Reading], records: Mapping[str, EndpointCoordinator[Any]]) -> Feed:
        """Have told what changes in a car, from the next look on."""
        feed = Feed(status, records, self.async_look)
        self._feeds[feed.tag] = feed
        return feed

    def forget(self, feed: Feed) -> None:
        """Follow a car no longer that has left the account: its monitors are not ours any more."""
        self._feeds.pop(feed.tag, None)
        self.nobodys.pop(feed.tag, None)
        for watch in self._watches_of(feed):
            watch.async_lose()

    @callback
    def async_on_watch(self, add: Callable[[Watch], None]) -> list[Watch]:
        """Return the monitors of people, and call `add` for each that comes later."""
        self._waiting.append(add)
        return list(self.watches.values())

    async def async_put(self, vin: str, unique_id: str, request: MonitorRequest) -> None:
        """Have a person's monitor on the platform; without an address, later. Raises StellantisError."""
        async with self._lock:
            feed = next((one for one in self._feeds.values() if one.status.vin == vin), None)
            if feed is None:
                raise NoVehicle("The car has left the account")
            if self._push.is_reached:
                place = (feed.status.vehicle_id, await self._push.async_ensure_callback(force_check=True))
                try:
                    await async_put(self.account.client, place, await self._async_list(place), unique_id, request)
                except FateUnknown:
                    if all(attribute(one, WATCH) != unique_id for one in await self._async_list(place)):
                        raise

    async def async_delete_nobodys(self) -> None:
        """Delete what nobody asks for any more. Raises StellantisError."""
        async with self._lock:
            for feed, some in list(self.nobodys.items()):
                for place, one in some:
                    with suppress(NotFound):
                        await self.account.client.delete_monitor(*place, str(one.monitor_id))
                self.nobodys.pop(feed, None)
            self._tell_nobodys()

    @callback
    def _async_entry_changed(self, change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        """Follow the subentries; an entry changes with its tokens, too, which is none of ours."""
        if entry is not self.account.entry or change is not ConfigEntryChange.UPDATED:
            return
        subentries, is_new = monitors_of(entry), False
        for key in self.watches.keys() - subentries.keys():
            gone, is_new = self.watches.pop(key), True
            self._gone[gone.unique_id] = gone.vin
            async_forget(self.hass, key)
        for key, subentry in subentries.items():
            seen = (subentry.title, subentry.data)
            if key not in self.watches:
                watch = self.watches[key] = Watch(self.account, subentry)
                self._gone.pop(watch.unique_id, None)
                for add in self._waiting:
                    add(watch)
            elif (watch := self.watches[key]).seen != seen:
                watch.seen = seen
            else:
                continue
            is_new = True
        if is_new:
            self.async_look()

    def _watches_of(self, feed: Feed) -> list[Watch]:
        return [one for one in self.watches.values() if one.vin == feed.status.vin]

    def _has(self, feed: Feed) -> bool:
        """Say whether there is anything to be seen to of a car."""
        return bool(_wanted(feed) or self._watches_of(feed) or feed.status.vin in self._gone.values())

    async def _async_list(self, place: tuple[str, str]) -> list[Monitor]:
        with suppress(NoData):
            return [one async for one in self.account.client.monitors(*place, page_size=60) if one.monitor_id]
        return []

    @callback
    def async_look(self) -> None:
        """See at once to it that the monitors are there and run."""
        self.account.entry.async_create_background_task(
            self.hass, self.coordinator.async_refresh(), f"{DOMAIN} monitors"
        )

    @callback
    def _hear(self, notification: Notification) -> None:
        unique_id, event = notification.attribute(WATCH), notification.monitor_event
        feed = self._feeds.get(notification.attribute(TAG) or "")
        assert event  # noqa: S101 - push tells of no others
        if feed and unique_id is None:
            feed.async_take(event)
        for watch in [one for one in self.watches.values() if one.unique_id == unique_id]:
            for its in [one for one in self._feeds.values() if one.status.vin == watch.vin]:
                its.async_take_along(event.extensions)
                watch.async_hear(notification)

    async def _async_sync(self) -> MonitorSync:
        async with self._lock:
            feeds = list(self._feeds.values())
            if not self._push.is_reached or not any(self._has(feed) for feed in feeds):
                self._lose(feeds)
                return MonitorSync(own_monitors=0, interval=None)
            try:
                callback_id = await self._push.async_ensure_callback(force_check=True)
            except StellantisError:
                self._lose(feeds)
                raise
            for failure in await asyncio.gather(
                *(self._async_keep(feed, callback_id) for feed in feeds if self._has(feed))
            ):
                if failure:
                    raise failure
            made = all(len(feed.monitors) == len(_wanted(feed)) for feed in feeds)
            doubted = any(feed.is_doubted for feed in feeds)
            interval = DOUBT if doubted else INTERVAL if made else REFUSED
            return MonitorSync(own_monitors=sum(len(feed.monitors) for feed in feeds), interval=interval)

    def _lose(self, feeds: Sequence[Feed]) -> None:
        """Rely on nothing of cars of which nothing is known."""
        for feed in feeds:
            feed.async_rely(frozenset(), complete=False)
            for watch in self._watches_of(feed):
                watch.async_lose()

    async def _async_keep(self, feed: Feed, callback_id: str) -> StellantisError | None:
        """Have a car's monitors there and running; return why that failed."""
        place = (feed.status.vehicle_id, callback_id)
        try:
            listed = await self._async_list(place)
        except StellantisError as err:
            self._lose([feed])
            return err
        failure = None
        try:
            told = await self._async_settle(feed, place, [one for one in listed if attribute(one, WATCH) is None])
        except StellantisError as err:
            feed.async_rely(frozenset(), complete=False)
            failure = err
        else:
            feed.monitors = [label for label, data in told.items() if data]
            feed.async_rely(frozenset().union(*told.values()), complete=bool(told) and all(told.values()))
        try:
            await self._async_keep_watches(feed, place, listed)
        except StellantisError as err:
            failure = failure or err
        return failure

    async def _async_keep_watches(self, feed: Feed, place: tuple[str, str], listed: list[Monitor]) -> None:
        """See to what people watch, and to what nobody does. Raises StellantisError."""
        begins, watches, nobodys = tuple(_wanted(feed)), self._watches_of(feed), []
        known = {watch.unique_id for watch in watches}
        for one in listed:
            unique_id = attribute(one, WATCH)
            if unique_id in self._gone:
                with suppress(NotFound):
                    await self.account.client.delete_monitor(*place, str(one.monitor_id))
            elif unique_id not in known and (unique_id or not (_is_ours(one) or _label(one).startswith(begins))):
                nobodys.append((place, one))
        for unique_id in [key for key, vin in self._gone.items() if vin == feed.status.vin]:
            del self._gone[unique_id]
        self.nobodys[feed.tag] = nobodys
        self._tell_nobodys()
        failure = None
        for watch in watches:
            try:
                await watch.async_keep(place, listed, feed.status.vehicle.label or self.account.entry.title)
            except StellantisError as err:
                failure = err
            if feed.tag not in self._feeds:
                watch.async_lose()  # the car has left meanwhile
        if failure:
            raise failure

    def _tell_nobodys(self) -> None:
        names = sorted({_label(one) for some in self.nobodys.values() for _, one in some})
        async_tell_nobodys(self.hass, self.account.entry, names)

    async def _async_settle(
        self, feed: Feed, place: tuple[str, str], listed: list[Monitor]
    ) -> Mapping[str, frozenset[D]]:
        """Make what is not there, mend what is not as it should be, delete what is too much. Raises StellantisError.

        Return what is told by each of the monitors: nothing by one that the platform does not want.
        """
        client, told = self.account.client, {}
        for begin, request in _wanted(feed).items():
            same = sorted(
                (one for one in listed if _label(one).startswith(begin)), key=lambda one: _label(one) != request.label
            )
            there = same[0] if same else None
            if there:
                listed.remove(there)
            if there and _label(there) == request.label and there.status != CallbackStatus.FAILED:
                told[begin] = _watched(there) or _data(request)
                status, monitor_id = there.status, there.monitor_id
            else:
                told[begin], status, monitor_id = await self._async_make(
                    place, request, there.monitor_id if there else None
                )
            if monitor_id and status in (CallbackStatus.PAUSED, CallbackStatus.FAILED):
                await client.set_monitor_status(*place, monitor_id, running=True)
        for one in listed:
            if one.monitor_id and _is_ours(one):
                await client.delete_monitor(*place, one.monitor_id)
        return told

    async def _async_make(
        self, place: tuple[str, str], request: MonitorRequest, monitor_id: str | None
    ) -> tuple[frozenset[D], str | None, str | None]:
        """Make a monitor, or mend the one with an id. Raises StellantisError.

        When the platform does not want it as a whole, it gets one trigger after the other, of which those stay that it
        does want. Return what it watches, its status and its id.
        """
        with suppress(InvalidRequest, Forbidden):
            return _data(request), *await self._async_put(place, request, monitor_id)
        kept: list[Trigger] = []
        status = None
        for trigger in request.triggers:
            tried = replace(request, **_any_of([*kept, trigger]), extensions=(EventExtension.STATUS,))
            with suppress(InvalidRequest, Forbidden):
                status, monitor_id = await self._async_put(place, tried, monitor_id)
                kept.append(trigger)
        return frozenset(_datum(trigger) for trigger in kept), status, monitor_id

    async def _async_put(
        self, place: tuple[str, str], request: MonitorRequest, monitor_id: str | None
    ) -> tuple[str | None, str | None]:
        client = self.account.client
        if monitor_id is None:
            made = await client.create_monitor(*place, request)
            return made.status, made.monitor_id
        return (await client.update_monitor(*place, monitor_id, request)).status, monitor_id


def _wanted(feed: Feed) -> Mapping[str, MonitorRequest]:
    """Return the monitors that a car shall have, by the beginnings of their labels."""
    may, wanted = feed.account.may, {}
    for purpose in PURPOSES if may("data:telemetry") else ():
        triggers = [one for one in purpose.triggers if may(right_to(one.data))]
        if purpose.of(feed.status.data):
            request = MonitorRequest(
                label=NAME,
                **_any_of([Trigger(f"t{number}", when) for number, when in enumerate(triggers)]),
                extensions=tuple(data for data, right in purpose.brings.items() if may(right)),
                refresh=purpose.refresh,
                attributes=(NewAttribute(AttributeType.BODY, TAG, feed.tag),),
            )
            begin = f"{NAME} {purpose.name} "
            wanted[begin] = replace(request, label=f"{begin}{digest(request)[:8]}")
    return wanted


def _any_of(triggers: Sequence[Trigger]) -> dict[str, Any]:
    return {"triggers": tuple(triggers), "expression": " | ".join(trigger.name for trigger in triggers)}


def _datum(trigger: Trigger) -> D:
    assert isinstance(trigger.when, DataTrigger)  # noqa: S101 - ours all are
    return trigger.when.data


def _data(request: MonitorRequest) -> frozenset[D]:
    return frozenset(_datum(trigger) for trigger in request.triggers)


def _label(monitor: Monitor) -> str:
    return (monitor.monitor and monitor.monitor.label) or ""


def _is_ours(monitor: Monitor) -> bool:
    attributes = monitor.monitor.attributes if monitor.monitor else ()
    return _label(monitor).startswith(f"{NAME} ") and any(attribute.key == TAG for attribute in attributes)


def _watched(monitor: Monitor) -> frozenset[D]:
    triggers = monitor.monitor.triggers if monitor.monitor else ()
    return frozenset(D(one.data.data) for one in triggers if one.data and one.data.data in set(D))
