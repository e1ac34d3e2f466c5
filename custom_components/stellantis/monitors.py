"""Push for data: the monitors of our own that have the platform tell what changes in a car, and what they tell."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, override

from homeassistant.core import callback
from homeassistant.util import dt as dt_util
import orjson

from .api import (
    CallbackStatus,
    ChargingStatus,
    EventExtension,
    Forbidden,
    InvalidRequest,
    Monitor,
    MonitoredData as D,
    MonitorEvent,
    NoData,
    Notification,
    StellantisError,
    Timed,
)
from .api.requests import AttributeType, DataTrigger, MonitorRequest, NewAttribute, Operator, Trigger
from .const import CONF_PUSH_KEY, DOMAIN
from .coordinator import Account, EndpointCoordinator, StellantisCoordinator
from .endpoints import ALERTS, TRIPS, reading_of, take_trip
from .push import NAME, Push
from .reading import Activity, Reading

# The attribute of a notification that says of which car it is, to us only
TAG: Final = "car"
INTERVAL: Final = timedelta(hours=6)
RETRY: Final = timedelta(minutes=10)
# What is refused is tried again after so long, since it takes a request for each trigger
REFUSED: Final = timedelta(days=1)
# What changed so long ago would have been told, and one that drives or charges is told of at least so often
LATE: Final = timedelta(minutes=3)
SILENT: Final = timedelta(minutes=15)
# So long it is not relied on what failed to tell something
DOUBT: Final = timedelta(hours=1)
RIGHTS: Final[Mapping[D, str]] = {D.ALERT: "data:alert", D.TRIP_START: "data:trip", D.TRIP_STOP: "data:trip"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What a monitor is for.

    Attributes:
        name: for its label.
        changes: what is told when it changes.
        holds: what is told again and again while it has a value.
        refresh: from one reminder of that to the next.
        of: whether a car needs it.
    """

    name: str
    changes: tuple[D, ...]
    holds: tuple[D, bool | str] | None = None
    refresh: timedelta | None = None
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
    ),
)


class Feed:
    """What the platform tells by itself of a car, and whether that is relied on."""

    def __init__(
        self,
        status: EndpointCoordinator[Reading],
        records: Mapping[str, EndpointCoordinator[Any]],
        doubt: Callable[[], None],
    ) -> None:
        self.account, self.status = status.account, status
        self.monitors: Sequence[str] = ()
        self.last: datetime | None = None
        self.doubted: datetime | None = None
        self._alerts, self._trips = records.get(ALERTS.key), records.get(TRIPS.key)
        self._since: datetime | None = None
        self._seen: Reading | None = None
        self._takes = False
        self._doubt = doubt
        key = f"{self.account.entry.data[CONF_PUSH_KEY]}:{status.vin}"
        self.tag = sha256(key.encode()).hexdigest()[:16]
        self.account.entry.async_on_unload(status.async_add_listener(self._check))

    @property
    def wanted(self) -> Mapping[str, MonitorRequest]:
        """The monitors that the car shall have, by the beginnings of their labels."""
        wanted = {}
        for purpose in PURPOSES:
            triggers = [one for one in purpose.triggers if self.account.may(RIGHTS.get(one.data, "data:telemetry"))]
            if triggers and purpose.of(self.status.data):
                trip = self.account.may(TRIPS.scope) and purpose.holds == (D.MOVING, True)
                request = MonitorRequest(
                    label=NAME,
                    **_any_of([Trigger(f"t{number}", when) for number, when in enumerate(triggers)]),
                    extensions=(EventExtension.STATUS, *([EventExtension.TRIP] if trip else [])),
                    refresh=purpose.refresh,
                    attributes=(NewAttribute(AttributeType.BODY, TAG, self.tag),),
                )
                version = sha256(orjson.dumps(request.to_dict(), option=orjson.OPT_SORT_KEYS)).hexdigest()[:8]
                begin = f"{NAME} {purpose.name} "
                wanted[begin] = replace(request, label=f"{begin}{version}")
        return wanted

    @property
    def is_doubted(self) -> bool:
        """Whether something was not told, not long ago."""
        return self.doubted is not None and dt_util.utcnow() - self.doubted < DOUBT

    @callback
    def async_rely(self, told: frozenset[D], *, complete: bool) -> None:
        """Rely on being told what changes, as far as it is and has been."""
        complete = complete and not self.is_doubted
        if complete and not self.status.is_pushed:
            self._since = dt_util.utcnow()
        self.status.async_rely(pushed=complete)
        for records, data in ((self._alerts, D.ALERT), (self._trips, D.TRIP_STOP)):
            if records:
                records.async_rely(pushed=complete and data in told)

    @callback
    def async_take(self, event: MonitorEvent) -> None:
        """Take what a monitor tells. A trip comes after the status, which says that there is one to be read."""
        self.last, told = dt_util.utcnow(), event.extensions
        if told and told.status:
            self._takes = True
            self.status.async_take(reading_of(self.status, told.status))
            self._takes = False
        if told and told.trip and self._trips:
            take_trip(self._trips, told.trip)
        if self._alerts and any(value.data == D.ALERT for value in event.values):
            self._alerts.async_look()

    @callback
    def _check(self) -> None:
        """Doubt that everything is told when a reading brings what should have been."""
        old, self._seen = self._seen, self.status.data
        if self._takes or not self.status.is_pushed or not self._since or old is None or self._seen is None:
            return
        now = dt_util.utcnow()
        heard = max(self.last or self._since, self._since)
        was_active = old.activity(now) == self._seen.activity(now) == Activity.ACTIVE
        before = _signs(old)
        missed = any(
            sign != before[name][0] and measured_at is not None and self._since < measured_at < now - LATE
            for name, (sign, measured_at) in _signs(self._seen).items()
        )
        if missed or (was_active and now - heard >= SILENT):
            self.doubted = now
            self.async_rely(frozenset(), complete=False)
            self._doubt()


class Monitors(StellantisCoordinator[int]):
    """The monitors of our own of the account's cars. What is read is how many there are."""

    def __init__(self, account: Account, push: Push) -> None:
        super().__init__(account, name=f"{account.entry.title} monitors", interval=None)
        self._push = push
        self._lock = asyncio.Lock()
        self._feeds: dict[str, Feed] = {}
        on_unload = account.entry.async_on_unload
        on_unload(push.async_on_monitor(self._hear))
        on_unload(push.async_on_address(lambda _: self.async_look()))
        on_unload(self.async_add_listener(lambda: None))  # it is read at its rhythm while somebody listens

    def follow(self, status: EndpointCoordinator[Reading], records: Mapping[str, EndpointCoordinator[Any]]) -> Feed:
        """Have told what changes in a car, from the next look on."""
        feed = Feed(status, records, self.async_look)
        self._feeds[feed.tag] = feed
        return feed

    def forget(self, feed: Feed) -> None:
        """Follow a car no longer that has left the account: its monitors are not ours any more."""
        self._feeds.pop(feed.tag, None)

    @callback
    def async_look(self) -> None:
        """See at once to it that the monitors are there and run."""
        self.account.entry.async_create_background_task(self.hass, self.async_refresh(), f"{DOMAIN} monitors")

    @callback
    def _hear(self, notification: Notification) -> None:
        feed = self._feeds.get(notification.attribute(TAG) or "")
        if feed and notification.monitor_event:
            feed.async_take(notification.monitor_event)

    @override
    async def _async_read(self) -> int:
        async with self._lock:
            feeds = list(self._feeds.values())
            self.update_interval = None
            if not self._push.is_reached or not any(feed.wanted for feed in feeds):
                for feed in feeds:
                    feed.async_rely(frozenset(), complete=False)
                return 0
            self.update_interval = RETRY
            try:
                callback_id = await self._push.async_callback_id(again=True)
            except StellantisError:
                for feed in feeds:
                    feed.async_rely(frozenset(), complete=False)
                raise
            for failure in await asyncio.gather(*(self._async_keep(feed, callback_id) for feed in feeds)):
                if failure:
                    raise failure
            made = all(len(feed.monitors) == len(feed.wanted) for feed in feeds)
            doubted = any(feed.is_doubted for feed in feeds)
            self.update_interval = DOUBT if doubted else INTERVAL if made else REFUSED
            return sum(len(feed.monitors) for feed in feeds)

    async def _async_keep(self, feed: Feed, callback_id: str) -> StellantisError | None:
        """Have a car's monitors there and running; return why that failed."""
        try:
            told = await self._async_settle(feed, callback_id)
        except StellantisError as err:
            feed.async_rely(frozenset(), complete=False)
            return err
        feed.monitors = [label for label, data in told.items() if data]
        feed.async_rely(frozenset().union(*told.values()), complete=all(told.values()))
        return None

    async def _async_settle(self, feed: Feed, callback_id: str) -> Mapping[str, frozenset[D]]:
        """Make what is not there, mend what is not as it should be, delete what is too much. Raises StellantisError.

        Return what is told by each of the monitors: nothing by one that the platform does not want.
        """
        client, place = self.account.client, (feed.status.vehicle_id, callback_id)
        listed: list[Monitor] = []
        with suppress(NoData):
            listed += [one async for one in client.monitors(*place, page_size=60) if one.monitor_id]
        told = {}
        for begin, request in feed.wanted.items():
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


def _signs(reading: Reading) -> dict[str, tuple[object, datetime | None]]:
    """Return what a car that is watched is told of at once, and when it was measured."""
    status, charging, air = reading.status, reading.charging, reading.air_conditioning
    parts: tuple[tuple[str, Timed | None, Callable[[Any], object]], ...] = (
        ("doors", status.doors_state, lambda doors: (frozenset(doors.locked_states), frozenset(doors.opening))),
        ("privacy", status.privacy, lambda privacy: privacy.state),
        ("alarm", status.alarm.status if status.alarm else None, lambda alarm: alarm.activation),
        ("energy", reading.electric, lambda _: charging and (charging.plugged, charging.status)),
        ("preconditioning", air, lambda air: air.status),
        ("powertrain", status.powertrain, lambda powertrain: powertrain.status),
        ("motion", status.kinetic, lambda kinetic: kinetic.moving),
    )
    return {name: (part and sign(part), part.measured_at if part else None) for name, part, sign in parts}
