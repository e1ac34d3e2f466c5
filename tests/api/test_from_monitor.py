"""Conversion of existing monitors to requests."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.stellantis.api import MonitoredData, MonitorParameter
from custom_components.stellantis.api.exceptions import InvalidValue
from custom_components.stellantis.api.requests import (
    OPERATORS,
    PREVIOUS_OPERATORS,
    AttributeType,
    DailyTime,
    DataTrigger,
    Day,
    EventExtension,
    MonitorRequest,
    NewAttribute,
    Operator,
    Previous,
    SingleTime,
    TimeTrigger,
    Transition,
    Trigger,
    Value,
    WebhookAttributes,
    ZoneTrigger,
    get_value_type,
    request_from_monitor,
)


def values(data: MonitoredData) -> st.SearchStrategy[Value]:
    """Return a strategy for the possible values of monitored data."""
    value_type = get_value_type(data)
    assert value_type is not None
    if value_type is bool:
        return st.booleans()
    if value_type is int:
        return st.integers(-(10**6), 10**6).map(float)
    if value_type is float:
        return st.floats(-1e6, 1e6).map(lambda number: round(number, 3) + 0.0)
    assert issubclass(value_type, StrEnum)
    return st.sampled_from([str(member) for member in value_type])


def draw_comparison(
    draw: st.DrawFn, data: MonitoredData, operators: frozenset[Operator]
) -> tuple[Operator, tuple[Value, ...]]:
    """Draw an allowed comparison of monitored data."""
    op = draw(st.sampled_from(sorted(operators)))
    max_values = {Operator.ON_CHANGE: 0, Operator.INCLUDED_IN: 3}.get(op, 1)
    if max_values == 0:
        return op, ()
    return op, tuple(draw(st.lists(values(data), min_size=1, max_size=max_values)))


@st.composite
def data_triggers(draw: st.DrawFn) -> DataTrigger:
    """Draw conditions on monitored data."""
    data = draw(st.sampled_from(MonitoredData))
    op, compared_values = draw_comparison(draw, data, OPERATORS[data])
    previous_operators = PREVIOUS_OPERATORS.get(data)
    previous = None
    if previous_operators and draw(st.booleans()):
        previous_op, previous_values = draw_comparison(draw, data, previous_operators)
        previous = Previous(op=previous_op, values=previous_values)
    return DataTrigger(data=data, op=op, values=compared_values, previous=previous)


DURATIONS = st.integers(1, 10**6).map(lambda seconds: timedelta(seconds=seconds))
DAILY = st.builds(
    DailyTime,
    start=st.times().map(lambda moment: moment.replace(microsecond=0)),
    duration=DURATIONS,
    days=st.lists(st.sampled_from(Day), unique=True, max_size=6).map(tuple),
    weeks=st.sampled_from([(), ((3, 3),), ((1, 9), (40, 52))]),
)
SINGLE = st.builds(
    SingleTime,
    start=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - the bounds are naive
        lambda moment: moment.replace(microsecond=0)
    ),
    duration=st.none() | DURATIONS,
)
TIMES = st.builds(
    TimeTrigger,
    times=st.lists(DAILY | SINGLE, min_size=1, max_size=3).map(tuple),
    time_zone=st.sampled_from(["Europe/Paris", "America/Argentina/Ushuaia"]),
)
ZONES = st.builds(
    ZoneTrigger,
    transition=st.sampled_from(Transition),
    longitude=st.floats(-180, 180),
    latitude=st.floats(-90, 90),
    radius=st.integers(1, 1000),
)
ATTRIBUTES = st.lists(
    st.builds(NewAttribute, st.just(AttributeType.BODY), st.sampled_from("xyz"), st.text(max_size=9)), max_size=3
).map(tuple)
QUERY = WebhookAttributes(webhook=(NewAttribute(AttributeType.QUERY, "q", "$vin"),))


@st.composite
def monitors(draw: st.DrawFn) -> MonitorRequest:
    """Draw monitors."""
    conditions = draw(st.lists(data_triggers() | TIMES | ZONES, min_size=1, max_size=5))
    triggers = tuple(Trigger(name, condition) for name, condition in zip("abcde", conditions, strict=False))
    return MonitorRequest(
        label=draw(st.text(min_size=1, max_size=20)),
        triggers=triggers,
        expression=draw(st.sampled_from([" & ", " | "])).join(trigger.name for trigger in triggers),
        extensions=tuple(draw(st.lists(st.sampled_from(EventExtension), unique=True))),
        refresh=draw(st.none() | st.integers(60, 10**6).map(lambda seconds: timedelta(seconds=seconds))),
        attributes=draw(ATTRIBUTES),
        callback_attributes=draw(st.none() | st.just(QUERY)),
    )


@given(monitors())
def test_round_trip_of_the_body(request: MonitorRequest) -> None:
    body = request.to_dict()
    assert request_from_monitor(MonitorParameter.from_dict(body)).to_dict() == body


@given(monitors())
def test_round_trip_of_everything_but_triggers(request: MonitorRequest) -> None:
    converted = request_from_monitor(MonitorParameter.from_dict(request.to_dict()))
    assert replace(converted, triggers=request.triggers) == request


PLUG = {"data": "vehicle.energy.charging.plugged", "op": "equalsTo", "value": ["true"]}
ZONE = {"transition": "In", "place": {"center": {"longitude": 1.0, "latitude": 2.0}, "radius": 3}}
DAILY_TIME = {"start": "PT8H", "duration": "PT1H", "recurrence": "Daily", "occurence": {"day": ["Mon"]}}


def monitor_parameter(trigger: dict[str, Any], **members: Any) -> MonitorParameter:
    """Return a monitor with one trigger."""
    triggers = {"triggers": [{"name": "a", **trigger}], "boolExp": "a"}
    return MonitorParameter.from_dict({"label": "l", "triggerParam": triggers, **members})


UNSUPPORTED: list[MonitorParameter] = [
    monitor_parameter({}),
    monitor_parameter({"zone": {**ZONE, "transition": "Near"}}),
    monitor_parameter({"zone": {"transition": "In"}}),
    monitor_parameter({"zone": {"transition": "In", "place": {"center": {"longitude": 1.0}, "radius": 3}}}),
    monitor_parameter({"zone": {"transition": "In", "place": {**ZONE["place"], "radius": 2.5}}}),  # type: ignore[dict-item]
    monitor_parameter({"time": {"times": [{**DAILY_TIME, "duration": "long"}]}}),
    monitor_parameter({"time": {"times": [{**DAILY_TIME, "start": "PT30H"}]}}),
    monitor_parameter({"time": {"times": [{**DAILY_TIME, "occurence": {"day": ["Mon"], "week": ["x1"]}}]}}),
    monitor_parameter({"time": {"times": [{**DAILY_TIME, "occurence": {"day": ["Someday"]}}]}}),
    monitor_parameter({"time": {"times": [{"recurrence": "None", "start": "soon"}]}}),
    monitor_parameter({"data": {**PLUG, "data": "vehicle.mood"}}),
    monitor_parameter({"data": {**PLUG, "op": "resembles"}}),
    monitor_parameter({"data": {**PLUG, "value": ["perhaps"]}}),
    monitor_parameter({"data": {"data": "vehicle.odometer", "op": "equalsTo", "value": ["far"]}}),
    monitor_parameter({"data": PLUG}, extendedEventParam=["vehicle.mood"]),
    monitor_parameter({"data": PLUG}, attributes=[{"type": "Smoke", "key": "k", "value": "v"}]),
    MonitorParameter(),
]


@pytest.mark.parametrize("monitor", UNSUPPORTED, ids=range(len(UNSUPPORTED)))
def test_unsupported_monitors(monitor: MonitorParameter) -> None:
    with pytest.raises(InvalidValue):
        request_from_monitor(monitor)


def test_defaults() -> None:
    """Default are daily recurrence and the time zone of Paris. All days are the same as no days."""
    daily = {"start": "PT8H30M", "duration": "P1D", "occurence": {"day": [day.value for day in Day]}}
    (trigger,) = request_from_monitor(monitor_parameter({"time": {"times": [daily]}})).triggers
    assert trigger.condition == TimeTrigger(times=(DailyTime(start=time(8, 30), duration=timedelta(days=1)),))
