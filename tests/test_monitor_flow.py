"""The flow of monitors: built in forms, checked where it was entered, made on the platform before it is kept."""

from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.stellantis.api import MonitoredData
from custom_components.stellantis.api.requests import OPERATORS, PREVIOUS_OPERATORS, Operator, get_value_type
from custom_components.stellantis.const import CONF_PUSH_URL
from custom_components.stellantis.errors import ERROR_KEYS
from custom_components.stellantis.monitor_flow import MonitorFlow
from custom_components.stellantis.monitors.request import ATTR_OWNER, SUBENTRY_TYPE_MONITOR
from custom_components.stellantis.monitors.summary import enum_values
from tests.support.helpers import Control, get_state
from tests.support.monitor_flow import (
    TEXTS,
    ZERO_DURATION,
    MonitorFlowUser,
    monitor_subentries,
    only_monitor,
    platform_monitors,
)
from tests.support.push import SetUpPush
from tests.support.source import COMPONENT, string_literals

MONITORS = "/user/vehicles/{id}/callbacks/{cbid}/monitors"


async def test_add(person: MonitorFlowUser) -> None:
    await person.start_named(" School run ")
    assert person.result["menu_options"] == ["data", "zone", "time"]
    assert person.triggers == "No trigger yet."
    await person.add_data_trigger(MonitoredData.ELECTRIC_LEVEL, op="lower_than", value=20)
    assert person.triggers == "- **a**: Battery level below 20 %"
    shown = await person.finish(refresh={"hours": 0, "minutes": 5, "seconds": 0})
    assert shown["type"] is FlowResultType.CREATE_ENTRY
    assert shown["title"] == "School run"
    body = only_monitor(person)
    assert body["triggerParam"] == {
        "triggers": [
            {"name": "a", "data": {"data": "vehicle.energy.electric.level", "op": "lowerThan", "value": ["20"]}}
        ],
        "boolExp": "a",
    }
    assert body["subscribeParam"] == {"refreshEvent": 300}
    (subentry,) = monitor_subentries(person)
    assert {one["key"]: one["value"] for one in body["attributes"]}[ATTR_OWNER] == subentry.unique_id
    await person.harness.hass.async_block_till_done(wait_background_tasks=True)
    assert len(platform_monitors(person)) == 1
    assert get_state(person.harness.hass, "sensor.school_run_status") == "running"


def some(data: MonitoredData, op: Operator, allowed: frozenset[Operator]) -> Any:
    """Return something that a data can be compared with."""
    kind = get_value_type(data)
    if kind is bool:
        return "yes"
    if known := enum_values(data):
        several = Operator.INCLUDED_IN in allowed
        options = [one.name.lower() for one in known][: 2 if op is Operator.INCLUDED_IN else 1]
        return options if several else options[0]
    return 7


CASES = [(data, op) for data in MonitoredData for op in Operator if op in OPERATORS[data]]


@pytest.mark.parametrize("part", range(6))
async def test_all_that_can_be_compared(person: MonitorFlowUser, part: int) -> None:
    """Each data, by each operator, with and without what it was before, is taken by the platform, and shown again."""
    for number, (data, op) in enumerate(CASES[part::6]):
        await person.start_named(f"Monitor {number}")
        entered: dict[str, Any] = {"op": "equals_to" if op is Operator.INCLUDED_IN else op.name.lower()}
        if op is not Operator.ON_CHANGE:
            entered["value"] = some(data, op, OPERATORS[data])
        if data in PREVIOUS_OPERATORS:
            entered["previous"] = some(data, Operator.EQUALS_TO, PREVIOUS_OPERATORS[data])
        await person.add_data_trigger(data, **entered)
        assert person.result["type"] is FlowResultType.MENU, (data, op, person.errors)
        assert "component." not in person.triggers
        assert (await person.finish())["type"] is FlowResultType.CREATE_ENTRY, (data, op, person.result)
        trigger = platform_monitors(person)[f"Monitor {number}"].parameter["triggerParam"]["triggers"][0]["data"]
        single = op is Operator.INCLUDED_IN and len(trigger["value"]) == 1
        assert (trigger["data"], trigger["op"]) == (
            data.value,
            "equalsTo" if single and data.name != "TRIP_STATE" else op.value,
        )
        assert ("previous" in trigger) is (data in PREVIOUS_OPERATORS)
        (subentry,) = monitor_subentries(person)
        await person.open_flow(subentry)
        await person.submit(name="x")
        await person.choose_step("change")
        await person.submit(trigger="a")
        if person.result["step_id"] == "comparison":
            assert {key: value for key, value in person.suggested.items() if value is not None} == entered
        person.flows.async_abort(person.result["flow_id"])
        person.harness.hass.config_entries.async_remove_subentry(person.harness.entry, subentry.subentry_id)
        await person.harness.hass.async_block_till_done(wait_background_tasks=True)
        assert not platform_monitors(person)


async def test_zone(person: MonitorFlowUser) -> None:
    await person.start_named()
    await person.choose_step("zone")
    assert person.suggested["where"]["latitude"] == person.harness.hass.config.latitude
    await person.submit(where={"latitude": 48.5, "longitude": 2.25, "radius": 2400.0}, transition="out")
    assert person.triggers == "- **a**: Leaves the zone of 2 km around 48.5000, 2.2500"
    await person.choose_step("change")
    await person.submit(trigger="a")
    where = {"latitude": 48.5, "longitude": 2.25, "radius": 2000.0}
    assert person.suggested == {"where": where, "transition": "out"}
    await person.submit(where={**where, "radius": 10.0}, transition="in")
    await person.finish()
    (trigger,) = only_monitor(person)["triggerParam"]["triggers"]
    place = {"center": {"longitude": 2.25, "latitude": 48.5}, "radius": 1}
    assert trigger == {"name": "a", "zone": {"transition": "In", "place": place}}


async def test_values_that_are_missing_or_impossible(person: MonitorFlowUser) -> None:
    await person.start_named()
    await person.add_data_trigger(MonitoredData.ODOMETER, op="greater_than")
    assert person.errors == {"value": "value_missing"}
    await person.submit(op="greater_than", value=0.5)
    assert person.errors == {"value": "invalid_value"}


async def test_combined(person: MonitorFlowUser) -> None:
    """By letters, with what is removed, up to five, and with what comes along."""
    await person.start_named()
    for _ in range(5):
        await person.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    assert person.result["menu_options"] == ["change", "remove", "notification", "combine"]
    await person.choose_step("remove")
    await person.submit(trigger="b")
    assert "**b**" not in person.triggers
    await person.add_data_trigger(MonitoredData.LOCKED_STATE)
    assert "- **b**: Locks changes" in person.triggers
    await person.choose_step("notification")
    attributes = [
        {"place": "body", "key": "one", "value": "1"},
        {"place": "callback_query", "key": "two", "value": "$vin"},
    ]
    await person.submit(extensions=["status", "trip"], attributes=attributes)
    await person.choose_step("notification")
    assert person.suggested == {"extensions": ["status", "trip"], "attributes": attributes}
    await person.submit(extensions=["status"], attributes=attributes)
    await person.finish(match="expression", expression="a & !(b | c) | d & e")
    body = only_monitor(person)
    assert body["triggerParam"]["boolExp"] == "a & !(b | c) | d & e"
    assert body["extendedEventParam"] == ["vehicle.status"]
    assert {"type": "Body", "key": "one", "value": "1"} in body["attributes"]
    assert body["subscribeParam"]["callbackAttributes"] == {
        "webhook": [{"type": "Query", "key": "two", "value": "$vin"}]
    }


@pytest.mark.parametrize(
    ("attribute", "errors"),
    [
        ({"place": "header", "key": "a b", "value": ""}, {"attributes": "invalid_attribute"}),
        ({"place": "body", "key": ATTR_OWNER, "value": "x"}, {"attributes": "reserved_key"}),
    ],
    ids=["invalid", "ours"],
)
async def test_attributes_that_cannot_be(
    person: MonitorFlowUser, attribute: dict[str, str], errors: dict[str, str]
) -> None:
    await person.start_named()
    await person.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await person.choose_step("notification")
    await person.submit(attributes=[attribute])
    assert person.errors == errors
    assert person.suggested["attributes"] == [attribute]


async def test_reminders_that_come_too_often(person: MonitorFlowUser) -> None:
    await person.start_named()
    await person.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await person.finish(refresh={"hours": 0, "minutes": 0, "seconds": 59})
    assert person.errors == {"refresh": "refresh_too_short"}
    assert (await person.submit(match="all", refresh=ZERO_DURATION))["type"] is FlowResultType.CREATE_ENTRY
    assert "subscribeParam" not in only_monitor(person)


async def test_change(person: MonitorFlowUser) -> None:
    """By PUT; what was chosen is shown again. The name is the device's, too."""
    await person.start_named("Before")
    await person.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await person.add_data_trigger(MonitoredData.OPENING)
    await person.finish(match="any", refresh={"hours": 1, "minutes": 0, "seconds": 0})
    (old,) = platform_monitors(person).values()
    (subentry,) = monitor_subentries(person)
    await person.open_flow(subentry)
    assert person.suggested == {"name": "Before"}
    await person.submit(name=" ")
    assert person.errors == {"name": "name_missing"}
    await person.submit(name="After")
    await person.choose_step("change")
    await person.submit(trigger="b")
    assert person.result["step_id"] == "data"
    await person.submit(data="odometer")
    await person.submit(op="equals_to", value=9)
    await person.choose_step("combine")
    assert person.suggested["match"] == "any"
    assert person.suggested["refresh"] == {"days": 0, "hours": 1, "minutes": 0, "seconds": 0}
    shown = await person.submit(match="all")
    assert (shown["type"], shown["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    await person.harness.hass.async_block_till_done(wait_background_tasks=True)
    assert set(platform_monitors(person)) == {"After"}
    assert platform_monitors(person)["After"].id == old.id
    assert only_monitor(person)["triggerParam"]["boolExp"] == "a & b"
    assert monitor_subentries(person)[0].title == "After"


async def test_remove_follows_a_condition_of_all_or_any(person: MonitorFlowUser) -> None:
    await person.start_named("Before")
    for _ in range(3):
        await person.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await person.finish(match="any")
    (subentry,) = monitor_subentries(person)
    await person.open_flow(subentry)
    await person.submit(name="Before")
    await person.choose_step("remove")
    await person.submit(trigger="b")
    await person.choose_step("combine")
    assert (person.suggested["match"], person.suggested["expression"]) == ("any", "a | c")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 400, "body": {"code": 40000, "message": "no more than five"}}, "refused"),
        ({"status": 403}, "forbidden"),
        ({"status": 500}, "server_error"),
    ],
    ids=["refused", "forbidden", "down"],
)
async def test_platform_that_does_not_want_it(
    person: MonitorFlowUser, control: Control, fault: dict[str, Any], error: str
) -> None:
    """Said where the person is; the next try has all that was entered."""
    await person.start_named()
    await person.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await control.fault(MONITORS, method="POST", **fault)
    await person.finish()
    assert person.errors == {"base": error}
    if error == "refused":
        assert "no more than five" in person.result["description_placeholders"]["reason"]
    assert not platform_monitors(person)
    assert not monitor_subentries(person)
    await control.delete("faults")
    assert (await person.submit(match="all"))["type"] is FlowResultType.CREATE_ENTRY
    assert platform_monitors(person)


async def test_sixth_monitor(person: MonitorFlowUser) -> None:
    for number in range(6):
        await person.start_named(f"Monitor {number}")
        await person.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
        await person.finish()
    assert person.errors == {"base": "refused"}
    assert "5" in person.result["description_placeholders"]["reason"]
    assert len(platform_monitors(person)) == 5


async def test_entry_that_is_unloaded_meanwhile(person: MonitorFlowUser) -> None:
    await person.start_named()
    entries = person.harness.hass.config_entries
    await entries.async_unload(person.harness.entry.entry_id)
    await person.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await person.finish()
    assert person.errors == {"base": "not_loaded"}
    assert (await person.open_flow())["reason"] == "not_loaded"
    await entries.async_setup(person.harness.entry.entry_id)


async def test_change_while_the_entry_is_not_loaded(person: MonitorFlowUser) -> None:
    await person.start_named()
    await person.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await person.finish()
    (subentry,) = monitor_subentries(person)
    await person.harness.hass.config_entries.async_unload(person.harness.entry.entry_id)
    assert (await person.open_flow(subentry))["reason"] == "not_loaded"
    await person.harness.hass.config_entries.async_setup(person.harness.entry.entry_id)


async def test_without_an_address(pushed: SetUpPush) -> None:
    here = await pushed(None)
    assert CONF_PUSH_URL not in here.entry.options
    assert (await MonitorFlowUser(here).open_flow())["reason"] == "no_public_address"


async def test_without_a_car(person: MonitorFlowUser) -> None:
    person.harness.data.cars.clear()
    assert (await person.open_flow())["reason"] == "no_car"


async def test_what_cannot_be_read(person: MonitorFlowUser) -> None:
    subentry = ConfigSubentry(data={"vin": "x"}, subentry_type=SUBENTRY_TYPE_MONITOR, title="Odd", unique_id="odd")  # type: ignore[arg-type] # as it is stored
    person.harness.hass.config_entries.async_add_subentry(person.harness.entry, subentry)
    assert (await person.open_flow(subentry))["reason"] == "unreadable"


@pytest.mark.parametrize(
    ("scopes", "zone", "alert", "trip"),
    [(["data:telemetry"], False, False, False), (["data:position", "data:trip", "data:alert"], True, True, True)],
    ids=["telemetry", "all but telemetry"],
)
async def test_only_what_may_be_watched_is_offered(
    pushed: SetUpPush, scopes: list[str], zone: bool, alert: bool, trip: bool
) -> None:
    person = MonitorFlowUser(await pushed(scopes=scopes))
    await person.start_named()
    assert ("zone" in person.result["menu_options"]) is zone
    await person.choose_step("data")
    (selector,) = person.result["data_schema"].schema.values()
    offered = selector.config["options"]
    assert ("alert" in offered, "trip_stop" in offered) == (alert, trip)
    assert ("plugged" in offered) is ("data:telemetry" in scopes)


async def test_several_cars(pushed: SetUpPush) -> None:
    person = MonitorFlowUser(await pushed(brand="peugeot"))
    await person.open_flow()
    assert list(person.suggested) == ["car", "name"]
    cars = person.harness.data.cars
    chosen = list(cars)[-1]
    await person.submit(car=chosen, name=" ")
    assert person.errors == {"name": "name_missing"}
    await person.submit(car=chosen, name="Mine")
    await person.add_data_trigger(MonitoredData.LOCKED_STATE)
    await person.finish()
    assert platform_monitors(person)["Mine"].vehicle_id == cars[chosen].status.vehicle_id


def test_no_text_is_left_over() -> None:
    """What is shown has a text: that is looked at wherever the flow is gone through."""
    steps = {name.removeprefix("async_step_") for name in vars(MonitorFlow) if name.startswith("async_step_")}
    assert set(TEXTS["step"]) == steps
    files = [COMPONENT / f"monitor_{name}.py" for name in ("flow", "forms")]
    files.append(COMPONENT / "api/requests/expression.py")
    named = set[str]().union(*(string_literals(path) for path in files), {key for _, key in ERROR_KEYS})
    assert {key for key in TEXTS["error"] if not key.startswith("always_")} <= named
    assert set(TEXTS["abort"]) <= named
