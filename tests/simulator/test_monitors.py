"""Monitors: what sets them off, and what they bring along."""

from typing import Any

import pytest

from simulator import SimulatorConfig

from .conftest import MONDAY, Caller, Hook

DAY = 86400


@pytest.fixture
def config() -> SimulatorConfig:
    return SimulatorConfig(start=MONDAY, speed=0, routine=False)


def data(word: str, op: str = "onChange", *values: str, **more: Any) -> Any:
    """Return a data trigger without a name."""
    return {"data": {"data": word, "op": op, **({"value": list(values)} if values else {}), **more}}


def monitor(*triggers: Any, expression: str = "t0", **more: Any) -> Any:
    """Return a monitor with triggers t0, t1, …"""
    named = [{"name": f"t{number}", **trigger} for number, trigger in enumerate(triggers)]
    return {"label": "test", "triggerParam": {"triggers": named, "boolExp": expression}, **more}


class Monitors:
    """Makes monitors of a car, and reads what they tell."""

    def __init__(self, caller: Caller, hook: Hook, callback: str, model: str) -> None:
        self.caller, self.hook, self.callback, self.model = caller, hook, callback, model

    @property
    def path(self) -> str:
        return f"/user/vehicles/{self.caller.car(self.model).id}/callbacks/{self.callback}/monitors"

    async def make(self, *triggers: Any, **more: Any) -> str:
        answer = await self.caller.send("POST", self.path, monitor(*triggers, **more))
        assert answer.status == 202, answer.body
        return str(answer.body["monitorId"])

    async def told(self, **change: Any) -> list[Any]:
        """Change the car, and return the events that this brought about."""
        before = len(self.hook.messages)
        assert (await self.caller.change(self.model, **change)).status == 200
        return [message["monitorEvent"] for message in self.hook.messages[before:]]

    async def in_time(self, seconds: float) -> list[Any]:
        """Let time pass, and return the events of it, each with its date."""
        before = len(self.hook.messages)
        await self.caller.pass_time(seconds)
        return [(message["date"], message["monitorEvent"]) for message in self.hook.messages[before:]]


@pytest.fixture
async def monitors(caller: Caller, hook: Hook) -> Monitors:
    """Monitors of the car that has everything."""
    await caller.sign_in("peugeot")
    await caller.change("308 Hybrid", level=50, fuel_level=60, odometer=1000, temperature=10)
    return Monitors(caller, hook, await caller.subscribe(hook.url), "308 Hybrid")


CHANGES = [
    (data("vehicle.alert"), {"alerts": ["RiskOfIce"]}, None),
    (data("vehicle.alert", "equalsTo", "RiskOfIce"), {"alerts": ["RiskOfIce", "FuelLevelLow"]}, None),
    (data("vehicle.alert", "includedIn", "RiskOfIce", "FuelLevelLow"), {"alerts": ["FuelLevelLow"]}, None),
    (data("vehicle.odometer", "greaterThan", "1500"), {"odometer": 1600}, "1600"),
    (data("vehicle.odometer", "equalsTo", "1500"), {"odometer": 1500.4}, "1500"),
    (data("vehicle.powertrain.status"), {"drive": True}, "Running"),
    (data("vehicle.powertrain.status", "includedIn", "Running", "Starting"), {"drive": True}, "Running"),
    (data("vehicle.engines.thermic.oil.temp", "greaterThan", "10"), {"temperature": 30}, "30"),
    (data("vehicle.energy.electric.level", "lowerThan", "20"), {"level": 19}, "19"),
    (data("vehicle.energy.electric.autonomy", "lowerThan", "20"), {"level": 5}, "2"),
    (data("vehicle.energy.fuel.level", "lowerThan", "50"), {"fuel_level": 10}, "10"),
    (data("vehicle.energy.fuel.autonomy", "lowerThan", "100"), {"fuel_level": 10}, "71"),
    (data("vehicle.autonomy", "lowerThan", "100"), {"fuel_level": 10}, "96"),
    (data("vehicle.energy.charging.status"), {"charge": True}, "InProgress"),
    (data("vehicle.energy.charging.status", "equalsTo", "Failure"), {"charge": "Failure"}, "Failure"),
    (data("vehicle.energy.charging.plugged", "equalsTo", "true"), {"plug": True}, "true"),
    (data("vehicle.doorsState.lockedState"), {"lock": False}, "RearDoorsUnlocked,Unlocked"),
    (data("vehicle.doorsState.opening"), {"doors": ["Trunk", "Driver"]}, "Driver,Trunk"),
    (data("vehicle.kinetic.moving", "equalsTo", "true"), {"drive": True}, "true"),
    (data("vehicle.trip.start"), {"drive": True}, None),
    (data("vehicle.trip.state", "includedIn", "DataLacking"), {"privacy": "Geolocation", "drive": True}, "DataLacking"),
    (data("vehicle.safety.beltWarning", "equalsTo", "Normal"), {"belt": True}, "Normal"),
    (data("environment.air.temp", "lowerThan", "0"), {"temperature": -3.5}, "-3.5"),
    (data("privacy.state", "includedIn", "Full", "Geolocation"), {"privacy": "Full"}, "Full"),
    (data("vehicle.drivingBehavior.mode", "equalsTo", "Snow"), {"mode": "Snow"}, "Snow"),
    (data("vehicle.safety.autoECallTriggering"), {"ecall": "Detected"}, "Detected"),
    (data("vehicle.preconditioning.airConditioning"), {"preconditioning": True}, "Enabled"),
    (data("vehicle.alarm.trigger.type", "equalsTo", "RoofBreakIn"), {"alarm": "RoofBreakIn"}, "RoofBreakIn"),
    (data("vehicle.alarm.status.activation"), {"alarm": False}, "Inactive"),
]


@pytest.mark.parametrize(("trigger", "change", "literal"), CHANGES, ids=str)
async def test_every_word_and_operator(monitors: Monitors, trigger: Any, change: Any, literal: str | None) -> None:
    monitor_id = await monitors.make(trigger)
    assert await monitors.told(asleep=False) == []
    (event,) = await monitors.told(**change)
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
    assert await monitors.told(asleep=False) == [], "what stays as it is is no news"


async def test_a_drive_is_watched_to_the_minute(monitors: Monitors) -> None:
    await monitors.make(data("vehicle.trip.stop"))
    await monitors.make(data("vehicle.trip.distance", "greaterThan", "10"))
    await monitors.make(data("vehicle.trip.duration", "greaterThan", "899"))
    await monitors.make(data("vehicle.kinetic.speed", "greaterThan", "50"))
    await monitors.make(data("vehicle.energy.charging.type", "equalsTo", "Partial"))
    assert [event["values"] for event in await monitors.told(drive={"distance": 20, "minutes": 30})] == []
    events = await monitors.in_time(3600)
    assert [(date[11:16], event["values"][0]["data"].split(".")[-1]) for date, event in events] == [
        ("03:09", "speed"), ("03:15", "duration"), ("03:16", "distance"), ("03:30", "stop"),
    ]  # fmt: skip


async def test_a_charge_is_watched_while_nobody_looks(monitors: Monitors) -> None:
    await monitors.make(data("vehicle.energy.electric.level", "greaterThan", "79"))
    await monitors.make(data("vehicle.energy.charging.status", "equalsTo", "Finished"))
    await monitors.told(level=70, charge=True)
    (first, second) = await monitors.in_time(DAY)
    assert first[1]["values"][0]["value"]["body"]["literalValue"] == "80"
    assert first[0] < second[0]


async def test_previous_state(monitors: Monitors) -> None:
    previous = {"op": "equalsTo", "value": ["InProgress"]}
    await monitors.make(data("vehicle.energy.charging.status", "equalsTo", "Stopped", previous=previous))
    assert await monitors.told(plug=True) == [], "stopped, yet nothing had begun"
    assert await monitors.told(charge=True) == []
    (event,) = await monitors.told(charge=False)
    assert event["values"][0]["previous"] == "InProgress"
    await monitors.told(plug=False)
    assert await monitors.told(plug=True) == []


async def test_a_zone_is_entered_and_left(monitors: Monitors) -> None:
    center = {"longitude": 2.0, "latitude": 48.0}
    zone = {"place": {"center": center, "radius": 5}}
    inside = await monitors.make({"zone": {**zone, "transition": "In"}})
    outside = await monitors.make({"zone": {**zone, "transition": "Out"}})
    assert [event["monitorId"] for event in await monitors.told(position=[2.05, 48.0])] == [inside]
    assert await monitors.told(position=[2.06, 48.0]) == []
    assert await monitors.told(privacy="Geolocation", position=[3.0, 48.0]) == [], "the driver does not want to be seen"
    assert [(event["monitorId"], event["values"]) for event in await monitors.told(privacy="None")] == [(outside, [])]


async def test_hours_of_the_day_and_single_times(monitors: Monitors) -> None:
    daily = {"start": "PT8H", "duration": "PT2H", "occurence": {"day": ["Tue", "Thu"], "week": ["w10-w10", "W12"]}}
    once = {"start": "2026-03-02T05:00:00Z", "duration": "PT30M", "recurrence": "None"}
    await monitors.make({"time": {"times": [once, daily]}})
    await monitors.make({"time": {"times": [{"start": "PT23H", "duration": "PT2H"}], "timeZone": "America/New_York"}})
    events = await monitors.in_time(21 * DAY)
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
    assert (new_york[0], new_york[-1]) == ("03-02T04", "03-23T03"), "summer begins on the 8th over there"


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
async def test_expressions(monitors: Monitors, expression: str, steps: list[int]) -> None:
    triggers = [
        data("vehicle.energy.electric.level", "lowerThan", "20"),
        data("vehicle.energy.fuel.level", "lowerThan", "20"),
        data("vehicle.odometer", "greaterThan", "5000"),
    ]
    await monitors.make(*triggers, expression=expression)
    changes: list[Any] = [{"level": 10}, {"level": 9}, {"fuel_level": 10}, {"fuel_level": 50}]
    assert [len(await monitors.told(**change)) for change in changes] == steps


async def test_a_change_counts_whatever_else_holds(monitors: Monitors) -> None:
    await monitors.make(
        data("vehicle.doorsState.opening"), data("vehicle.energy.charging.plugged", "equalsTo", "true"),
        expression="t0 | t1",
    )  # fmt: skip
    assert len(await monitors.told(plug=True)) == 1
    (event,) = await monitors.told(doors=["Trunk"])
    assert [value["data"].split(".")[-1] for value in event["values"]] == ["opening", "plugged"]
    assert len(await monitors.told(doors="closed")) == 1


async def test_refresh_reminds_while_it_holds(monitors: Monitors) -> None:
    await monitors.make(
        data("vehicle.energy.charging.plugged", "equalsTo", "true"), subscribeParam={"refreshEvent": 600}
    )
    await monitors.told(plug=True)
    events = await monitors.in_time(1900)
    assert [(date[11:], event["refresh"]) for date, event in events] == [
        ("03:10:00Z", True), ("03:20:00Z", True), ("03:30:00Z", True),
    ]  # fmt: skip
    await monitors.told(plug=False)
    assert await monitors.in_time(1900) == []


async def test_data_comes_along(caller: Caller, monitors: Monitors) -> None:
    words = ["doorsState", "status", "maintenance", "position", "telemetry", "alerts", "alarm", "trip"]
    await caller.change("308 Hybrid", drive={"distance": 3, "minutes": 5}, alerts=["RiskOfIce"])
    await caller.pass_time(600)
    await monitors.make(data("vehicle.doorsState.opening"), extendedEventParam=[f"vehicle.{word}" for word in words])
    (event,) = await monitors.told(doors=["Trunk"], alerts=["RiskOfIce"])
    bodies = {extension["type"].removeprefix("vehicle."): extension["body"][0] for extension in event["extensions"]}
    assert list(bodies) == words
    assert bodies["status"]["status"] == await caller.status("308 Hybrid")
    assert bodies["doorsState"]["doorState"] == bodies["status"]["status"]["doorsState"]
    assert bodies["alarm"]["alarm"] == bodies["status"]["status"]["alarm"]
    assert bodies["trip"]["trip"]["done"] is True
    assert [alert["type"] for alert in bodies["alerts"]["alerts"]] == ["RiskOfIce"]
    assert bodies["maintenance"]["maintenance"].keys() >= {"daysBeforeMaintenance"}
    assert bodies["telemetry"]["telemetry"]["vehicle"].keys() >= {"energies", "odometer"}
    assert bodies["position"]["position"]["type"] == "Feature"


async def test_data_that_may_not_be_seen_stays_away(caller: Caller, monitors: Monitors) -> None:
    words = ["vehicle.position", "vehicle.trip", "vehicle.telemetry.vehicle.battery", "vehicle.telemetry.privacy"]
    await caller.sign_in("peugeot", "data:telemetry")
    await monitors.make(data("vehicle.doorsState.opening"), extendedEventParam=words)
    (event,) = await monitors.told(doors=["Trunk"])
    (extension,) = event["extensions"]
    assert extension["type"] == "vehicle.telemetry"
    assert extension["body"][0]["telemetry"].keys() == {"createdAt", "_links", "privacy", "vehicle"}
    assert extension["body"][0]["telemetry"]["vehicle"].keys() == {"battery"}
    refused = await caller.send("POST", monitors.path, monitor(data("vehicle.alert")))
    assert (refused.status, refused.body["code"]) == (403, 40300)


async def test_what_a_car_does_not_send_sets_nothing_off(caller: Caller, hook: Hook) -> None:
    await caller.sign_in("opel")
    monitors = Monitors(caller, hook, await caller.subscribe(hook.url), "Corsa-e")
    await monitors.make(data("vehicle.doorsState.opening"), data("privacy.state"), expression="t0 | t1")
    assert await monitors.told(doors=["Driver"]) == []
    assert len(await monitors.told(privacy="Full")) == 1


async def test_monitors_are_read_changed_paused_and_deleted(caller: Caller, monitors: Monitors) -> None:
    wanted = data("vehicle.doorsState.opening")
    monitor_id = await monitors.make(wanted, attributes=[{"type": "Body", "key": "m", "value": "$monitorLabel"}])
    shown = await caller.ok(f"{monitors.path}/{monitor_id}")
    assert shown["monitor"] == monitor(wanted, attributes=[{"type": "Body", "key": "m", "value": "$monitorLabel"}])
    assert shown["status"] == "Running"
    await monitors.told(doors=["Trunk"])
    assert monitors.hook.messages[-1]["attributes"] == [{"key": "m", "value": "test"}]
    paused = await caller.send("PUT", f"{monitors.path}/{monitor_id}/status", {"status": "Paused"})
    assert (paused.status, paused.body["status"]) == (202, "Paused")
    assert await monitors.told(doors="closed") == []
    await caller.send("PUT", f"{monitors.path}/{monitor_id}/status", {"status": "Running"})
    assert await monitors.told(asleep=False) == [], "what happened meanwhile is no news"
    assert len(await monitors.told(doors=["Trunk"])) == 1
    changed = await caller.send(
        "PUT", f"{monitors.path}/{monitor_id}", monitor(data("vehicle.alarm.status.activation"))
    )
    assert (changed.status, changed.body["monitorId"]) == (202, monitor_id)
    assert await monitors.told(doors="closed") == []
    assert len(await monitors.told(alarm=False)) == 1
    assert (await caller.send("DELETE", f"{monitors.path}/{monitor_id}")).status == 204
    assert await monitors.told(alarm=True) == []
    assert (await caller.get(f"{monitors.path}/{monitor_id}")).body["code"] == 40400
    assert (await caller.ok(monitors.path))["_embedded"]["monitors"] == []


async def test_a_vehicle_has_five_monitors_at_most(caller: Caller, monitors: Monitors) -> None:
    for _ in range(5):
        await monitors.make(data("vehicle.alert"))
    refused = await caller.send("POST", monitors.path, monitor(data("vehicle.alert")))
    assert (refused.status, refused.body["code"]) == (400, 40000)
    assert len((await caller.ok(monitors.path, pageSize="3"))["_embedded"]["monitors"]) == 3


DATA = data("vehicle.alert")
PLACE = {"center": {"longitude": 1, "latitude": 2}, "radius": 5}
WRONG = [
    (monitor(DATA) | {"label": 5}, "label"),
    ({"label": "x"}, "triggerParam"),
    (monitor(), "triggerParam.triggers"),
    (monitor(*[DATA] * 6, expression="t0"), "triggerParam.triggers"),
    (monitor(DATA, expression="t0 &"), "boolExp: it ends too early"),
    (monitor(DATA, expression="(t0"), "boolExp: a parenthesis"),
    (monitor(DATA, expression="t0 t0"), "boolExp: 't0' is too much"),
    (monitor(DATA, expression="t0 + t0"), "boolExp: '+'"),
    (monitor(DATA, expression="t9"), "boolExp: 't9' is no trigger"),
    (monitor(DATA, expression="!" * 990 + "t0"), "boolExp: nested too deep"),
    (monitor(DATA, expression="(" * 990 + "t0" + ")" * 990), "boolExp: nested too deep"),
    (monitor(DATA | {"name": "t-0"}, expression="t-0"), "triggers[0].name"),
    (monitor(DATA, expression="t0 | !t0"), "always"),
    (monitor(DATA, expression="t0 & !t0"), "always"),
    (monitor(DATA, DATA | {"name": "t0"}), "triggers.name"),
    (monitor(DATA | {"name": "my name"}, expression="t0"), "triggers[0].name"),
    (monitor(DATA | {"zone": {"transition": "In", "place": PLACE}}), "triggers[0].zone or time or data"),
    (monitor({"zone": {"transition": "In", "circle": PLACE}}), "triggers[0].zone.circle"),
    (monitor({"zone": {"transition": "In", "place": {**PLACE, "radius": 0}}}), "zone.place.radius"),
    (monitor({"time": {"times": [{"start": "PT8H"}]}}), "times[0].duration"),
    (monitor({"time": {"times": [{"start": "PT24H", "duration": "PT1H"}]}}), "times[0].start"),
    (monitor({"time": {"times": [{"start": "PT8H", "recurrence": "None"}]}}), "times[0].start"),
    (
        monitor({"time": {"times": [{"start": "9999-01-01T00:00:00Z", "duration": "P2Y", "recurrence": "None"}]}}),
        "times[0].duration",
    ),
    (monitor({"time": {"times": [{"start": "PT8H", "duration": "PT1H"}], "timeZone": "Mars/North"}}), "timeZone"),
    (monitor(data("vehicle.speed")), "data.data"),
    (monitor(data("vehicle.odometer")), "data.op"),
    (monitor(data("vehicle.odometer", "equalsTo")), "data.value"),
    (monitor(data("vehicle.odometer", "equalsTo", "far")), "data.value"),
    (monitor(data("vehicle.odometer", "equalsTo", "1", "2")), "data.value"),
    (monitor(data("privacy.state", "equalsTo", "Some")), "data.value"),
    (monitor(data("vehicle.kinetic.moving", "equalsTo", "yes")), "data.value"),
    (monitor(data("vehicle.alert", "onChange", "RiskOfIce")), "data.value"),
    (monitor(data("vehicle.autonomy", "equalsTo", "1", previous={"op": "equalsTo", "value": ["1"]})), "previous.op"),
    (monitor(data("privacy.state", previous={"op": "equalsTo", "value": ["1"]})), "previous.value"),
    (monitor(DATA, subscribeParam={"refreshEvent": 59}), "subscribeParam.refreshEvent"),
    (monitor(DATA, subscribeParam={}), "subscribeParam"),
    (monitor(DATA, extendedEventParam=["vehicle.speed"]), "extendedEventParam[0]"),
    (monitor(DATA, attributes=[{"type": "Header", "key": "a b", "value": "c"}]), "attributes[0].key"),
    (monitor(DATA, attributes=[{"type": "Header", "key": "a", "value": "c\r\nd"}]), "attributes[0].value"),
]


@pytest.mark.parametrize(("body", "place"), WRONG, ids=lambda value: str(value)[:200])
async def test_a_wrong_monitor_is_refused(caller: Caller, monitors: Monitors, body: Any, place: str) -> None:
    answer = await caller.send("POST", monitors.path, body)
    assert (answer.status, answer.body["code"]) == (400, 40000)
    assert place in answer.body["message"]
