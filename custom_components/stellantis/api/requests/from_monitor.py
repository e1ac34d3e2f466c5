"""A monitor that is there, as the request that would make it."""

from datetime import time, timedelta
import re

from ..exceptions import InvalidValue
from ..models.callback import Attribute, AttributeType
from ..models.monitor import DataCondition, MonitorParameter, MonitorTrigger, TimeCondition, TimeWindow, ZoneCondition
from ..models.monitored_data import EventExtension, MonitoredData, Operator, Transition
from ..models.program import Day, Recurrence
from ..models.values import parse_duration, parse_timestamp
from .attribute import NewAttribute, WebhookAttributes
from .body import check
from .monitor import MonitorRequest, Trigger
from .operators import parse_value
from .trigger import DailyTime, DataTrigger, Previous, SingleTime, TimeTrigger, ZoneTrigger

_DAY = timedelta(days=1)
_WEEKS_PATTERN = re.compile(r"[wW](?P<first>\d{1,2})(?:-[wW](?P<last>\d{1,2}))?")
_DEFAULT_TIME_ZONE = "Europe/Paris"


def request_from_monitor(monitor: MonitorParameter) -> MonitorRequest:
    """The request that would make a monitor what it is.

    Raises:
        InvalidValue: it is one that no request of ours can make.
    """
    subscription = monitor.subscribe
    callback_attributes = subscription.callback_attributes if subscription else None
    webhook = tuple(_attribute_from_monitor(one) for one in callback_attributes.webhook) if callback_attributes else ()
    return MonitorRequest(
        label=monitor.label or "",
        triggers=tuple(Trigger(one.name or "", _condition_from_trigger(one)) for one in monitor.triggers),
        expression=monitor.expression or "",
        extensions=tuple(_to_enum(EventExtension, "extensions", one) for one in monitor.extensions),
        refresh=timedelta(seconds=subscription.refresh_event)
        if subscription and subscription.refresh_event is not None
        else None,
        attributes=tuple(_attribute_from_monitor(one) for one in monitor.attributes),
        callback_attributes=WebhookAttributes(webhook=webhook) if webhook else None,
    )


def _to_enum[WordT: (EventExtension, MonitoredData, Operator, Transition, Day, AttributeType)](
    enum: type[WordT], field: str, value: str | None
) -> WordT:
    if value in set(enum):
        return enum(value)
    raise InvalidValue(field, f"{value} is unknown")


def _attribute_from_monitor(attribute: Attribute) -> NewAttribute:
    return NewAttribute(
        _to_enum(AttributeType, "attributes", attribute.type), attribute.key or "", attribute.value or ""
    )


def _condition_from_trigger(trigger: MonitorTrigger) -> ZoneTrigger | TimeTrigger | DataTrigger:
    if trigger.zone:
        return _zone_trigger(trigger.zone)
    if trigger.time:
        return _time_trigger(trigger.time)
    if trigger.data:
        return _data_trigger(trigger.data)
    raise InvalidValue("triggers", "it watches nothing")


def _zone_trigger(zone: ZoneCondition) -> ZoneTrigger:
    center = zone.place and zone.place.center
    if center is None or center.longitude is None or center.latitude is None:
        raise InvalidValue("place", "it is nowhere")
    radius = zone.place.radius if zone.place else None
    check("radius", "it is in whole km", is_valid=radius is not None and float(radius).is_integer())
    return ZoneTrigger(
        transition=_to_enum(Transition, "transition", zone.transition),
        longitude=center.longitude,
        latitude=center.latitude,
        radius=int(radius or 0),
    )


def _time_trigger(times: TimeCondition) -> TimeTrigger:
    return TimeTrigger(
        times=tuple(_time_from_window(one) for one in times.times), time_zone=times.time_zone or _DEFAULT_TIME_ZONE
    )


def _time_from_window(window: TimeWindow) -> DailyTime | SingleTime:
    length = parse_duration(window.duration or "")
    check("duration", "it is a duration", is_valid=length is not None or window.duration is None)
    if window.recurrence == Recurrence.NONE:
        start = parse_timestamp(window.start or "")
        if start is None:
            raise InvalidValue("start", "it is a time")
        return SingleTime(start=start, duration=length)
    since_midnight = parse_duration(window.start or "")
    if since_midnight is None or not timedelta() <= since_midnight < _DAY or length is None:
        raise InvalidValue("start", "it is a time of day, and lasts")
    minutes, seconds = divmod(int(since_midnight.total_seconds()), 60)
    days = tuple(_to_enum(Day, "days", day) for day in window.occurrence.day) if window.occurrence else ()
    return DailyTime(
        start=time(minutes // 60, minutes % 60, seconds),
        duration=length,
        days=() if set(days) == set(Day) else days,
        weeks=tuple(_parse_weeks(span) for span in window.occurrence.week) if window.occurrence else (),
    )


def _parse_weeks(span: str) -> tuple[int, int]:
    match = _WEEKS_PATTERN.fullmatch(span)
    if match is None:
        raise InvalidValue("weeks", f"{span} is no week")
    return int(match["first"]), int(match["last"] or match["first"])


def _data_trigger(condition: DataCondition) -> DataTrigger:
    data = _to_enum(MonitoredData, "data", condition.data)
    previous = condition.previous
    return DataTrigger(
        data=data,
        op=_to_enum(Operator, "op", condition.op),
        values=tuple(parse_value("values", data, text) for text in condition.value),
        previous=previous
        and Previous(
            op=_to_enum(Operator, "previous", previous.op),
            values=tuple(parse_value("previous", data, text) for text in previous.value),
        ),
    )
