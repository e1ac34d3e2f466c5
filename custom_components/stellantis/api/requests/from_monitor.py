"""Convert an existing monitor to the request that would create it."""

from datetime import time, timedelta
import re

from ..exceptions import InvalidValue
from ..models.callback import Attribute, AttributeType
from ..models.monitor import DataCondition, MonitorParameter, MonitorTrigger, TimeCondition, TimeWindow, ZoneCondition
from ..models.monitored_data import EventExtension, MonitoredData, Operator, Transition
from ..models.program import Day, Recurrence
from ..models.values import parse_duration, parse_timestamp
from .attribute import NewAttribute, WebhookAttributes
from .base import check
from .monitor import MonitorRequest, Trigger, round_interval
from .operators import parse_value
from .trigger import DailyTime, DataTrigger, Previous, SingleTime, TimeTrigger, ZoneTrigger

_DAY = timedelta(days=1)
_WEEKS_PATTERN = re.compile(r"[wW](?P<first>\d{1,2})(?:-[wW](?P<last>\d{1,2}))?")
_DEFAULT_TIME_ZONE = "Europe/Paris"


def request_from_monitor(monitor: MonitorParameter) -> MonitorRequest:
    """Return the request that would create a monitor.

    Raises:
        InvalidValue: The monitor uses something that `MonitorRequest` does not support.
    """
    subscription = monitor.subscribe
    refresh = subscription.refresh_event if subscription else None
    added = subscription.callback_attributes if subscription else None
    webhook = tuple(_attribute_from_monitor(attribute) for attribute in added.webhook) if added else ()
    return MonitorRequest(
        label=monitor.label or "",
        triggers=tuple(Trigger(trigger.name or "", _condition_from_trigger(trigger)) for trigger in monitor.triggers),
        expression=monitor.expression or "",
        extensions=tuple(_to_enum(EventExtension, "extensions", extension) for extension in monitor.extensions),
        refresh=round_interval(timedelta(seconds=refresh)) if refresh is not None else None,
        attributes=tuple(_attribute_from_monitor(attribute) for attribute in monitor.attributes),
        callback_attributes=WebhookAttributes(webhook=webhook) if webhook else None,
    )


def _to_enum[EnumT: (EventExtension, MonitoredData, Operator, Transition, Day, AttributeType)](
    enum: type[EnumT], field: str, value: str | None
) -> EnumT:
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
    raise InvalidValue("triggers", "must have a condition")


def _zone_trigger(condition: ZoneCondition) -> ZoneTrigger:
    center = condition.place and condition.place.center
    if center is None or center.longitude is None or center.latitude is None:
        raise InvalidValue("place", "must have a center")
    radius = condition.place.radius if condition.place else None
    check("radius", "must be in whole km", is_valid=radius is not None and float(radius).is_integer())
    return ZoneTrigger(
        transition=_to_enum(Transition, "transition", condition.transition),
        longitude=center.longitude,
        latitude=center.latitude,
        radius=int(radius or 0),
    )


def _time_trigger(condition: TimeCondition) -> TimeTrigger:
    windows = tuple(_time_from_window(window) for window in condition.times)
    return TimeTrigger(times=windows, time_zone=condition.time_zone or _DEFAULT_TIME_ZONE)


def _time_from_window(window: TimeWindow) -> DailyTime | SingleTime:
    length = parse_duration(window.duration or "")
    check("duration", "must be an ISO 8601 duration", is_valid=length is not None or window.duration is None)
    if window.recurrence == Recurrence.NONE:
        start = parse_timestamp(window.start or "")
        if start is None:
            raise InvalidValue("start", "must be a timestamp")
        return SingleTime(start=start, duration=length)
    since_midnight = parse_duration(window.start or "")
    if since_midnight is None or not timedelta() <= since_midnight < _DAY or length is None:
        raise InvalidValue("start", "must be a time of day, with a duration")
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
        raise InvalidValue("weeks", f"{span} is not a week")
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
