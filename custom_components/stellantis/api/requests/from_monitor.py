"""A monitor that is there, as the request that would make it."""

from datetime import time, timedelta
import re

from ..exceptions import InvalidValue
from ..models.callback import Attribute, AttributeType
from ..models.monitor import MonitorParameter, MonitorTrigger, WatchedData, WatchedTime, WatchedTimes, WatchedZone
from ..models.monitored_data import EventExtension, MonitoredData, Operator, Transition
from ..models.program import Day, Recurrence
from ..models.values import duration, instant
from .attribute import NewAttribute, WebhookAttributes
from .body import check
from .monitor import MonitorRequest, Trigger
from .operators import value_of
from .trigger import DailyTime, DataTrigger, Previous, SingleTime, TimeTrigger, ZoneTrigger

_DAY = timedelta(days=1)
_WEEKS = re.compile(r"[wW](?P<first>\d{1,2})(?:-[wW](?P<last>\d{1,2}))?")
_PARIS = "Europe/Paris"


def request_of(monitor: MonitorParameter) -> MonitorRequest:
    """The request that would make a monitor what it is.

    Raises:
        InvalidValue: it is one that no request of ours can make.
    """
    told = monitor.subscribe
    more = told.callback_attributes if told else None
    webhook = tuple(_attribute(one) for one in more.webhook) if more else ()
    return MonitorRequest(
        label=monitor.label or "",
        triggers=tuple(Trigger(one.name or "", _when(one)) for one in monitor.triggers),
        expression=monitor.expression or "",
        extensions=tuple(_known(EventExtension, "extensions", one) for one in monitor.extensions),
        refresh=timedelta(seconds=told.refresh_event) if told and told.refresh_event is not None else None,
        attributes=tuple(_attribute(one) for one in monitor.attributes),
        callback_attributes=WebhookAttributes(webhook=webhook) if webhook else None,
    )


def _known[WordT: (EventExtension, MonitoredData, Operator, Transition, Day, AttributeType)](
    words: type[WordT], field: str, word: str | None
) -> WordT:
    if word in set(words):
        return words(word)
    raise InvalidValue(field, f"{word} is unknown")


def _attribute(one: Attribute) -> NewAttribute:
    return NewAttribute(_known(AttributeType, "attributes", one.type), one.key or "", one.value or "")


def _when(trigger: MonitorTrigger) -> ZoneTrigger | TimeTrigger | DataTrigger:
    if trigger.zone:
        return _zone(trigger.zone)
    if trigger.time:
        return _times(trigger.time)
    if trigger.data:
        return _data(trigger.data)
    raise InvalidValue("triggers", "it watches nothing")


def _zone(zone: WatchedZone) -> ZoneTrigger:
    center = zone.place and zone.place.center
    if center is None or center.longitude is None or center.latitude is None:
        raise InvalidValue("place", "it is nowhere")
    radius = zone.place.radius if zone.place else None
    check("radius", "it is in whole km", that=radius is not None and float(radius).is_integer())
    return ZoneTrigger(
        transition=_known(Transition, "transition", zone.transition),
        longitude=center.longitude,
        latitude=center.latitude,
        radius=int(radius or 0),
    )


def _times(times: WatchedTimes) -> TimeTrigger:
    return TimeTrigger(times=tuple(_time(one) for one in times.times), time_zone=times.time_zone or _PARIS)


def _time(one: WatchedTime) -> DailyTime | SingleTime:
    length = duration(one.duration or "")
    check("duration", "it is a duration", that=length is not None or one.duration is None)
    if one.recurrence == Recurrence.NONE:
        begin = instant(one.start or "")
        if begin is None:
            raise InvalidValue("start", "it is a time")
        return SingleTime(start=begin, duration=length)
    since_midnight = duration(one.start or "")
    if since_midnight is None or not timedelta() <= since_midnight < _DAY or length is None:
        raise InvalidValue("start", "it is a time of day, and lasts")
    minutes, seconds = divmod(int(since_midnight.total_seconds()), 60)
    days = tuple(_known(Day, "days", day) for day in one.occurrence.day) if one.occurrence else ()
    return DailyTime(
        start=time(minutes // 60, minutes % 60, seconds),
        duration=length,
        days=() if set(days) == set(Day) else days,
        weeks=tuple(_weeks(span) for span in one.occurrence.week) if one.occurrence else (),
    )


def _weeks(span: str) -> tuple[int, int]:
    found = _WEEKS.fullmatch(span)
    if found is None:
        raise InvalidValue("weeks", f"{span} is no week")
    return int(found["first"]), int(found["last"] or found["first"])


def _data(told: WatchedData) -> DataTrigger:
    data = _known(MonitoredData, "data", told.data)
    before = told.previous
    return DataTrigger(
        data=data,
        op=_known(Operator, "op", told.op),
        values=tuple(value_of("values", data, text) for text in told.value),
        previous=before
        and Previous(
            op=_known(Operator, "previous", before.op),
            values=tuple(value_of("previous", data, text) for text in before.value),
        ),
    )
