"""A monitor as the platform has it, made again into the request that would make it."""

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
    """Return the values that a data can have."""
    kind = get_value_type(data)
    assert kind is not None
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(-(10**6), 10**6).map(float)
    if kind is float:
        return st.floats(-1e6, 1e6).map(lambda number: round(number, 3) + 0.0)
    assert issubclass(kind, StrEnum)
    return st.sampled_from([str(word) for word in kind])


def comparisons(
    draw: st.DrawFn, data: MonitoredData, operators: frozenset[Operator]
) -> tuple[Operator, tuple[Value, ...]]:
    """Return a comparison that the data allows."""
    op = draw(st.sampled_from(sorted(operators)))
    most = {Operator.ON_CHANGE: 0, Operator.INCLUDED_IN: 3}.get(op, 1)
    if most == 0:
        return op, ()
    return op, tuple(draw(st.lists(values(data), min_size=1, max_size=most)))


@st.composite
def data_triggers(draw: st.DrawFn) -> DataTrigger:
    """Yield triggers by data."""
    data = draw(st.sampled_from(MonitoredData))
    op, told = comparisons(draw, data, OPERATORS[data])
    before = PREVIOUS_OPERATORS.get(data)
    previous = None
    if before and draw(st.booleans()):
        how, was = comparisons(draw, data, before)
        previous = Previous(op=how, values=was)
    return DataTrigger(data=data, op=op, values=told, previous=previous)


WHOLE = st.integers(1, 10**6).map(lambda seconds: timedelta(seconds=seconds))
DAILY = st.builds(
    DailyTime,
    start=st.times().map(lambda at: at.replace(microsecond=0)),
    duration=WHOLE,
    days=st.lists(st.sampled_from(Day), unique=True, max_size=6).map(tuple),
    weeks=st.sampled_from([(), ((3, 3),), ((1, 9), (40, 52))]),
)
SINGLE = st.builds(
    SingleTime,
    start=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - the bounds are naive
        lambda at: at.replace(microsecond=0)
    ),
    duration=st.none() | WHOLE,
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
    """Yield monitors."""
    whens = draw(st.lists(data_triggers() | TIMES | ZONES, min_size=1, max_size=5))
    triggers = tuple(Trigger(name, when) for name, when in zip("abcde", whens, strict=False))
    return MonitorRequest(
        label=draw(st.text(min_size=1, max_size=20)),
        triggers=triggers,
        expression=draw(st.sampled_from([" & ", " | "])).join(one.name for one in triggers),
        extensions=tuple(draw(st.lists(st.sampled_from(EventExtension), unique=True))),
        refresh=draw(st.none() | st.integers(60, 10**6).map(lambda seconds: timedelta(seconds=seconds))),
        attributes=draw(ATTRIBUTES),
        callback_attributes=draw(st.none() | st.just(QUERY)),
    )


@given(monitors())
def test_what_was_made_is_made_again(request: MonitorRequest) -> None:
    body = request.to_dict()
    assert request_from_monitor(MonitorParameter.from_dict(body)).to_dict() == body


@given(monitors())
def test_all_but_signs_of_numbers_are_the_same_objects(request: MonitorRequest) -> None:
    again = request_from_monitor(MonitorParameter.from_dict(request.to_dict()))
    assert replace(again, triggers=request.triggers) == request


PLUG = {"data": "vehicle.energy.charging.plugged", "op": "equalsTo", "value": ["true"]}
ZONE = {"transition": "In", "place": {"center": {"longitude": 1.0, "latitude": 2.0}, "radius": 3}}
DAILY_TIME = {"start": "PT8H", "duration": "PT1H", "recurrence": "Daily", "occurence": {"day": ["Mon"]}}


def monitor_parameter(trigger: dict[str, Any], **more: Any) -> MonitorParameter:
    """Return a monitor with one trigger, as the platform tells it."""
    triggers = {"triggers": [{"name": "a", **trigger}], "boolExp": "a"}
    return MonitorParameter.from_dict({"label": "l", "triggerParam": triggers, **more})


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


@pytest.mark.parametrize("odd", UNSUPPORTED, ids=range(len(UNSUPPORTED)))
def test_what_cannot_be_made_again(odd: MonitorParameter) -> None:
    with pytest.raises(InvalidValue):
        request_from_monitor(odd)


def test_what_the_platform_leaves_out() -> None:
    """Daily is usual, and so is Paris; whoever wrote all the days means every day."""
    daily = {"start": "PT8H30M", "duration": "P1D", "occurence": {"day": [day.value for day in Day]}}
    (trigger,) = request_from_monitor(monitor_parameter({"time": {"times": [daily]}})).triggers
    assert trigger.condition == TimeTrigger(times=(DailyTime(start=time(8, 30), duration=timedelta(days=1)),))
