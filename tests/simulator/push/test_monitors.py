"""Operations on monitors, and their validation."""

from typing import Any

import pytest

from simulator import SimulatorConfig

from ..conftest import MONDAY, Caller
from ..push.helpers import Monitors, data, monitor


@pytest.fixture
def config() -> SimulatorConfig:
    return SimulatorConfig(start=MONDAY, speed=0, routine=False)


async def test_monitors_can_be_read_changed_paused_and_deleted(caller: Caller, monitors: Monitors) -> None:
    wanted = data("vehicle.doorsState.opening")
    monitor_id = await monitors.create(wanted, attributes=[{"type": "Body", "key": "m", "value": "$monitorLabel"}])
    shown = await caller.ok(f"{monitors.path}/{monitor_id}")
    assert shown["monitor"] == monitor(wanted, attributes=[{"type": "Body", "key": "m", "value": "$monitorLabel"}])
    assert shown["status"] == "Running"
    await monitors.events_after(doors=["Trunk"])
    assert monitors.hook.messages[-1]["attributes"] == [{"key": "m", "value": "test"}]
    paused = await caller.send("PUT", f"{monitors.path}/{monitor_id}/status", {"status": "Paused"})
    assert (paused.status, paused.body["status"]) == (202, "Paused")
    assert await monitors.events_after(doors="closed") == []
    await caller.send("PUT", f"{monitors.path}/{monitor_id}/status", {"status": "Running"})
    assert await monitors.events_after(asleep=False) == [], "changes during the pause send no event"
    assert len(await monitors.events_after(doors=["Trunk"])) == 1
    changed = await caller.send(
        "PUT", f"{monitors.path}/{monitor_id}", monitor(data("vehicle.alarm.status.activation"))
    )
    assert (changed.status, changed.body["monitorId"]) == (202, monitor_id)
    assert await monitors.events_after(doors="closed") == []
    assert len(await monitors.events_after(alarm=False)) == 1
    assert (await caller.send("DELETE", f"{monitors.path}/{monitor_id}")).status == 204
    assert await monitors.events_after(alarm=True) == []
    assert (await caller.get(f"{monitors.path}/{monitor_id}")).body["code"] == 40400
    assert (await caller.ok(monitors.path))["_embedded"]["monitors"] == []


async def test_vehicle_has_at_most_five_monitors(caller: Caller, monitors: Monitors) -> None:
    for _ in range(5):
        await monitors.create(data("vehicle.alert"))
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
async def test_invalid_monitor_is_rejected(caller: Caller, monitors: Monitors, body: Any, place: str) -> None:
    response = await caller.send("POST", monitors.path, body)
    assert (response.status, response.body["code"]) == (400, 40000)
    assert place in response.body["message"]
