"""Push for data: the monitors of our own that have the platform tell what changes in a car, and what they tell."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final, override

from homeassistant.core import callback
import orjson

from .api import (
    CallbackStatus,
    ChargingStatus,
    EventExtension,
    Forbidden,
    InvalidRequest,
    Monitor,
    MonitoredData as D,
    NoData,
    Notification,
    StellantisError,
)
from .api.requests import AttributeType, DataTrigger, MonitorRequest, NewAttribute, Operator, Trigger
from .const import DOMAIN
from .coordinator import Account, EndpointCoordinator, StellantisCoordinator
from .feed import DOUBT, TAG, Feed
from .push import NAME, Push
from .reading import Reading

INTERVAL: Final = timedelta(hours=6)
RETRY: Final = timedelta(minutes=10)
# What is refused is tried again after so long, since it takes a request for each trigger
REFUSED: Final = timedelta(days=1)
RIGHTS: Final[Mapping[D, str]] = {D.ALERT: "data:alert", D.TRIP_START: "data:trip", D.TRIP_STOP: "data:trip"}


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
            if not self._push.is_reached or not any(_wanted(feed) for feed in feeds):
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
            made = all(len(feed.monitors) == len(_wanted(feed)) for feed in feeds)
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
        triggers = [one for one in purpose.triggers if one.data not in RIGHTS or may(RIGHTS[one.data])]
        if purpose.of(feed.status.data):
            request = MonitorRequest(
                label=NAME,
                **_any_of([Trigger(f"t{number}", when) for number, when in enumerate(triggers)]),
                extensions=tuple(data for data, right in purpose.brings.items() if may(right)),
                refresh=purpose.refresh,
                attributes=(NewAttribute(AttributeType.BODY, TAG, feed.tag),),
            )
            version = sha256(orjson.dumps(request.to_dict(), option=orjson.OPT_SORT_KEYS)).hexdigest()[:8]
            begin = f"{NAME} {purpose.name} "
            wanted[begin] = replace(request, label=f"{begin}{version}")
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
