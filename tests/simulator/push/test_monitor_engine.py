"""When monitors send events."""

from typing import Any

import pytest

from simulator import SimulatorConfig

from ..conftest import MONDAY, Caller, Hook
from ..push.helpers import CHANGES, Monitors, data

DAY = 86400


@pytest.fixture
def config() -> SimulatorConfig:
    return SimulatorConfig(start=MONDAY, speed=0, routine=False)


@pytest.mark.parametrize(("trigger", "change", "literal"), CHANGES, ids=str)
async def test_every_field_and_operator(monitors: Monitors, trigger: Any, change: Any, literal: str | None) -> None:
    monitor_id = await monitors.create(trigger)
    assert await monitors.events_after(asleep=False) == []
    (event,) = await monitors.events_after(**change)
    assert (event["monitorId"], event["refresh"]) == (monitor_id, False)
    (value,) = event["values"]
    assert value["data"] == trigger["data"]["data"]
    if trigger["data"]["data"] == "vehicle.alert":
        assert value["value"]["type"] == "obj.alert"
        assert [alert["type"] for alert in value["value"]["body"]["objectValues"]] == change["alerts"]
    else:
        assert value["value"]["type"] == "string"
        assert value["value"]["body"]["literalValue"] == (
            literal or monitors.caller.car("308 Hybrid").history.trips[-1].id
        )
    assert await monitors.events_after(asleep=False) == [], "an unchanged value sends no event"


async def test_drive_is_monitored_minute_by_minute(monitors: Monitors) -> None:
    await monitors.create(data("vehicle.trip.stop"))
    await monitors.create(data("vehicle.trip.distance", "greaterThan", "10"))
    await monitors.create(data("vehicle.trip.duration", "greaterThan", "899"))
    await monitors.create(data("vehicle.kinetic.speed", "greaterThan", "50"))
    await monitors.create(data("vehicle.energy.charging.type", "equalsTo", "Partial"))
    assert [event["values"] for event in await monitors.events_after(drive={"distance": 20, "minutes": 30})] == []
    events = await monitors.events_within(3600)
    assert [(date[11:16], event["values"][0]["data"].split(".")[-1]) for date, event in events] == [
        ("03:09", "speed"), ("03:15", "duration"), ("03:16", "distance"), ("03:30", "stop"),
    ]  # fmt: skip


async def test_charge_is_monitored_without_queries(monitors: Monitors) -> None:
    await monitors.create(data("vehicle.energy.electric.level", "greaterThan", "79"))
    await monitors.create(data("vehicle.energy.charging.status", "equalsTo", "Finished"))
    await monitors.events_after(level=70, charge=True)
    (first, second) = await monitors.events_within(DAY)
    assert first[1]["values"][0]["value"]["body"]["literalValue"] == "80"
    assert first[0] < second[0]


async def test_previous_value_is_required(monitors: Monitors) -> None:
    previous = {"op": "equalsTo", "value": ["InProgress"]}
    await monitors.create(data("vehicle.energy.charging.status", "equalsTo", "Stopped", previous=previous))
    assert await monitors.events_after(plug=True) == [], "the charge is stopped, but none was in progress before"
    assert await monitors.events_after(charge=True) == []
    (event,) = await monitors.events_after(charge=False)
    assert event["values"][0]["previous"] == "InProgress"
    await monitors.events_after(plug=False)
    assert await monitors.events_after(plug=True) == []


async def test_zone_is_entered_and_left(monitors: Monitors) -> None:
    center = {"longitude": 2.0, "latitude": 48.0}
    zone = {"place": {"center": center, "radius": 5}}
    inside = await monitors.create({"zone": {**zone, "transition": "In"}})
    outside = await monitors.create({"zone": {**zone, "transition": "Out"}})
    assert [event["monitorId"] for event in await monitors.events_after(position=[2.05, 48.0])] == [inside]
    assert await monitors.events_after(position=[2.06, 48.0]) == []
    assert await monitors.events_after(privacy="Geolocation", position=[3.0, 48.0]) == [], "the position is hidden"
    assert [(event["monitorId"], event["values"]) for event in await monitors.events_after(privacy="None")] == [
        (outside, [])
    ]


async def test_daily_and_single_time_windows(monitors: Monitors) -> None:
    daily = {"start": "PT8H", "duration": "PT2H", "occurence": {"day": ["Tue", "Thu"], "week": ["w10-w10", "W12"]}}
    once = {"start": "2026-03-02T05:00:00Z", "duration": "PT30M", "recurrence": "None"}
    await monitors.create({"time": {"times": [once, daily]}})
    await monitors.create({"time": {"times": [{"start": "PT23H", "duration": "PT2H"}], "timeZone": "America/New_York"}})
    events = await monitors.events_within(21 * DAY)
    paris = [date for date, _ in events if date[14:16] == "00" and date[11:13] not in ("03", "04")]
    assert paris == [
        "2026-03-02T05:00:00Z",
        "2026-03-03T07:00:00Z",
        "2026-03-05T07:00:00Z",
        "2026-03-17T07:00:00Z",
        "2026-03-19T07:00:00Z",
    ]
    new_york = [date[5:13] for date, _ in events if date not in paris]
    assert len(new_york) == 22
    assert (new_york[0], new_york[-1]) == ("03-02T04", "03-23T03"), "daylight saving time starts on March 8 in New York"


@pytest.mark.parametrize(
    ("expression", "steps"),
    [
        ("t0 & t1", [0, 0, 1, 0]),
        ("t0 | t1", [1, 0, 0, 0]),
        ("t0 & !t1", [1, 0, 0, 1]),
        ("!(t0 | t1) | t2 & t0", [0, 0, 0, 0]),
        ("!t0 & (t1 | !t2) | t0 & t1", [0, 0, 1, 0]),
        ("!" * 24 + "(" * 25 + "t0" + ")" * 25, [1, 0, 0, 0]),
    ],
)
async def test_expressions_are_evaluated(monitors: Monitors, expression: str, steps: list[int]) -> None:
    triggers = [
        data("vehicle.energy.electric.level", "lowerThan", "20"),
        data("vehicle.energy.fuel.level", "lowerThan", "20"),
        data("vehicle.odometer", "greaterThan", "5000"),
    ]
    await monitors.create(*triggers, expression=expression)
    changes: list[Any] = [{"level": 10}, {"level": 9}, {"fuel_level": 10}, {"fuel_level": 50}]
    assert [len(await monitors.events_after(**change)) for change in changes] == steps


async def test_change_sends_an_event_although_the_expression_was_true(monitors: Monitors) -> None:
    await monitors.create(
        data("vehicle.doorsState.opening"), data("vehicle.energy.charging.plugged", "equalsTo", "true"),
        expression="t0 | t1",
    )  # fmt: skip
    assert len(await monitors.events_after(plug=True)) == 1
    (event,) = await monitors.events_after(doors=["Trunk"])
    assert [value["data"].split(".")[-1] for value in event["values"]] == ["opening", "plugged"]
    assert len(await monitors.events_after(doors="closed")) == 1


async def test_refresh_repeats_the_event_while_the_expression_is_true(monitors: Monitors) -> None:
    await monitors.create(
        data("vehicle.energy.charging.plugged", "equalsTo", "true"), subscribeParam={"refreshEvent": 600}
    )
    await monitors.events_after(plug=True)
    events = await monitors.events_within(1900)
    assert [(date[11:], event["refresh"]) for date, event in events] == [
        ("03:10:00Z", True), ("03:20:00Z", True), ("03:30:00Z", True),
    ]  # fmt: skip
    await monitors.events_after(plug=False)
    assert await monitors.events_within(1900) == []


async def test_fields_that_a_car_does_not_send_trigger_nothing(caller: Caller, hook: Hook) -> None:
    await caller.sign_in("opel")
    monitors = Monitors(caller, hook, await caller.subscribe(hook.url), "Corsa-e")
    await monitors.create(data("vehicle.doorsState.opening"), data("privacy.state"), expression="t0 | t1")
    assert await monitors.events_after(doors=["Driver"]) == []
    assert len(await monitors.events_after(privacy="Full")) == 1
