"""The monitor flow: input is checked per form, and the monitor is created on the platform before its subentry."""

from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.stellantis import monitor_flow
from custom_components.stellantis.api import MonitoredData
from custom_components.stellantis.api.requests import OPERATORS, PREVIOUS_OPERATORS, Operator, get_value_type
from custom_components.stellantis.const import CONF_PUSH_URL
from custom_components.stellantis.errors import ERROR_KEYS
from custom_components.stellantis.monitor_flow import MonitorFlow
from custom_components.stellantis.monitors.forms import is_number
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
    threshold,
)
from tests.support.push import SetUpPush
from tests.support.source import COMPONENT, string_literals

MONITORS = "/user/vehicles/{id}/callbacks/{cbid}/monitors"


async def test_add(flow_user: MonitorFlowUser) -> None:
    await flow_user.start_named(" School run ")
    assert flow_user.result["menu_options"] == ["data", "zone", "time"]
    assert flow_user.triggers == "No triggers yet."
    await flow_user.add_data_trigger(MonitoredData.ELECTRIC_LEVEL, threshold=threshold("below", 20))
    assert flow_user.triggers == "- **a**: Battery level below 20%"
    result = await flow_user.finish(refresh={"hours": 0, "minutes": 5, "seconds": 0})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "School run"
    body = only_monitor(flow_user)
    assert body["triggerParam"] == {
        "triggers": [
            {"name": "a", "data": {"data": "vehicle.energy.electric.level", "op": "lowerThan", "value": ["20"]}}
        ],
        "boolExp": "a",
    }
    assert body["subscribeParam"] == {"refreshEvent": 300}
    (subentry,) = monitor_subentries(flow_user)
    assert {attribute["key"]: attribute["value"] for attribute in body["attributes"]}[ATTR_OWNER] == subentry.unique_id
    await flow_user.harness.hass.async_block_till_done(wait_background_tasks=True)
    assert len(platform_monitors(flow_user)) == 1
    assert get_state(flow_user.harness.hass, "sensor.school_run_status") == "running"


def comparable_input(data: MonitoredData, op: Operator, allowed: frozenset[Operator]) -> Any:
    """Return form input that the data can be compared with."""
    value_type = get_value_type(data)
    if value_type is bool:
        return "yes"
    if members := enum_values(data):
        multiple = Operator.INCLUDED_IN in allowed
        options = [member.name.lower() for member in members][: 2 if op is Operator.INCLUDED_IN else 1]
        return options if multiple else options[0]
    raise NotImplementedError


# Exactly a number is between it and itself
THRESHOLD_TYPES = {
    Operator.EQUALS_TO: "between",
    Operator.GREATER_THAN: "above",
    Operator.LOWER_THAN: "below",
}
CASES = [(data, op) for data in MonitoredData for op in Operator if op in OPERATORS[data]]


@pytest.mark.parametrize("chunk", range(6))
async def test_all_comparisons(flow_user: MonitorFlowUser, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each data and operator, with a previous value if possible, is accepted by the platform and shown again."""
    monkeypatch.setattr(monitor_flow, "is_monitored", lambda _, **energies: energies)
    for number, (data, op) in enumerate(CASES[chunk::6]):
        await flow_user.start_named(f"Monitor {number}")
        entered: dict[str, Any] = {"op": "equals_to" if op is Operator.INCLUDED_IN else op.name.lower()}
        if is_number(data):
            entered = {"threshold": threshold(THRESHOLD_TYPES[op], 7)}
        elif op is not Operator.ON_CHANGE:
            entered["value"] = comparable_input(data, op, OPERATORS[data])
        if data in PREVIOUS_OPERATORS:
            entered["previous"] = comparable_input(data, Operator.EQUALS_TO, PREVIOUS_OPERATORS[data])
        await flow_user.add_data_trigger(data, **entered)
        assert flow_user.result["type"] is FlowResultType.MENU, (data, op, flow_user.errors)
        assert "component." not in flow_user.triggers
        assert (await flow_user.finish())["type"] is FlowResultType.CREATE_ENTRY, (data, op, flow_user.result)
        trigger = platform_monitors(flow_user)[f"Monitor {number}"].parameter["triggerParam"]["triggers"][0]["data"]
        single = op is Operator.INCLUDED_IN and len(trigger["value"]) == 1
        assert (trigger["data"], trigger["op"]) == (
            data.value,
            "equalsTo" if single and data.name != "TRIP_STATE" else op.value,
        )
        assert ("previous" in trigger) is (data in PREVIOUS_OPERATORS)
        (subentry,) = monitor_subentries(flow_user)
        await flow_user.open_flow(subentry)
        await flow_user.submit(name="x")
        await flow_user.choose_step("change")
        await flow_user.submit(trigger="a")
        if flow_user.result["step_id"] == "comparison":
            assert {key: value for key, value in flow_user.suggested.items() if value is not None} == entered
        flow_user.flows.async_abort(flow_user.result["flow_id"])
        flow_user.harness.hass.config_entries.async_remove_subentry(flow_user.harness.entry, subentry.subentry_id)
        await flow_user.harness.hass.async_block_till_done(wait_background_tasks=True)
        assert not platform_monitors(flow_user)


async def test_zone(flow_user: MonitorFlowUser) -> None:
    await flow_user.start_named()
    await flow_user.choose_step("zone")
    assert flow_user.suggested["where"]["latitude"] == flow_user.harness.hass.config.latitude
    await flow_user.submit(where={"latitude": 48.5, "longitude": 2.25, "radius": 2400.0}, transition="out")
    assert flow_user.triggers == "- **a**: Leaves the 2 km zone around 48.5000, 2.2500"
    await flow_user.choose_step("change")
    await flow_user.submit(trigger="a")
    where = {"latitude": 48.5, "longitude": 2.25, "radius": 2000.0}
    assert flow_user.suggested == {"where": where, "transition": "out"}
    await flow_user.submit(where={**where, "radius": 10.0}, transition="in")
    await flow_user.finish()
    (trigger,) = only_monitor(flow_user)["triggerParam"]["triggers"]
    place = {"center": {"longitude": 2.25, "latitude": 48.5}, "radius": 1}
    assert trigger == {"name": "a", "zone": {"transition": "In", "place": place}}


async def test_missing_and_invalid_values(flow_user: MonitorFlowUser) -> None:
    await flow_user.start_named()
    await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="equals_to")
    assert flow_user.errors == {"value": "value_missing"}
    await flow_user.submit(op="on_change")
    await flow_user.add_data_trigger(MonitoredData.ODOMETER, threshold=threshold("above", 0.5))
    assert flow_user.errors == {"threshold": "invalid_value"}


async def test_combined_triggers(flow_user: MonitorFlowUser) -> None:
    """Up to five triggers, one removed and replaced, with an expression and notification content."""
    await flow_user.start_named()
    for _ in range(5):
        await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    assert flow_user.result["menu_options"] == ["finish", "change", "remove", "notification", "combine"]
    await flow_user.choose_step("remove")
    await flow_user.submit(trigger="b")
    assert "**b**" not in flow_user.triggers
    await flow_user.add_data_trigger(MonitoredData.LOCKED_STATE)
    assert "- **b**: Central locking: any change" in flow_user.triggers
    await flow_user.choose_step("notification")
    attributes = [
        {"place": "body", "key": "one", "value": "1"},
        {"place": "callback_query", "key": "two", "value": "$vin"},
    ]
    await flow_user.submit(extensions=["status", "trip"], attributes=attributes)
    await flow_user.choose_step("notification")
    assert flow_user.suggested == {"extensions": ["status", "trip"], "attributes": attributes}
    await flow_user.submit(extensions=["status"], attributes=attributes)
    await flow_user.finish(match="expression", expression="a & !(b | c) | d & e")
    body = only_monitor(flow_user)
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
async def test_invalid_attributes(
    flow_user: MonitorFlowUser, attribute: dict[str, str], errors: dict[str, str]
) -> None:
    await flow_user.start_named()
    await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await flow_user.choose_step("notification")
    await flow_user.submit(attributes=[attribute])
    assert flow_user.errors == errors
    assert flow_user.suggested["attributes"] == [attribute]


async def test_refresh_too_short(flow_user: MonitorFlowUser) -> None:
    await flow_user.start_named()
    await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await flow_user.finish(refresh={"hours": 0, "minutes": 0, "seconds": 59})
    assert flow_user.errors == {"refresh": "refresh_too_short"}
    assert (await flow_user.submit(match="all", refresh=ZERO_DURATION))["type"] is FlowResultType.CREATE_ENTRY
    assert "subscribeParam" not in only_monitor(flow_user)


async def test_refresh_with_a_fraction(flow_user: MonitorFlowUser) -> None:
    """The platform knows whole seconds only."""
    await flow_user.start_named()
    await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    refresh = {"hours": 0, "minutes": 1, "seconds": 30.4}
    assert (await flow_user.finish(refresh=refresh))["type"] is FlowResultType.CREATE_ENTRY
    assert only_monitor(flow_user)["subscribeParam"]["refreshEvent"] == 90


async def test_car_has_left_the_account(flow_user: MonitorFlowUser, control: Control) -> None:
    """The error is about this car, not about the account."""
    await flow_user.start_named()
    await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await flow_user.finish()
    (subentry,) = monitor_subentries(flow_user)
    await flow_user.open_flow(subentry)
    await flow_user.submit(name="After")
    data = flow_user.harness.data
    data.monitors.remove_vehicle(flow_user.harness.car.push)
    await flow_user.choose_step("combine")
    await flow_user.submit(match="all")
    assert flow_user.errors == {"base": "car_gone"}


async def test_reconfigure(flow_user: MonitorFlowUser) -> None:
    """The flow suggests the stored values and updates the monitor on the platform."""
    await flow_user.start_named("Before")
    await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await flow_user.add_data_trigger(MonitoredData.OPENING)
    await flow_user.finish(match="any", refresh={"hours": 1, "minutes": 0, "seconds": 0})
    (monitor,) = platform_monitors(flow_user).values()
    (subentry,) = monitor_subentries(flow_user)
    await flow_user.open_flow(subentry)
    assert flow_user.suggested == {"name": "Before"}
    await flow_user.submit(name=" ")
    assert flow_user.errors == {"name": "name_missing"}
    await flow_user.submit(name="After")
    await flow_user.choose_step("change")
    await flow_user.submit(trigger="b")
    assert flow_user.result["step_id"] == "data"
    await flow_user.submit(data="odometer")
    await flow_user.submit(threshold=threshold("between", 9, 9))
    await flow_user.choose_step("combine")
    assert flow_user.suggested["match"] == "any"
    assert flow_user.suggested["refresh"] == {"days": 0, "hours": 1, "minutes": 0, "seconds": 0}
    result = await flow_user.submit(match="all")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    await flow_user.harness.hass.async_block_till_done(wait_background_tasks=True)
    assert set(platform_monitors(flow_user)) == {"After"}
    assert platform_monitors(flow_user)["After"].id == monitor.id
    assert only_monitor(flow_user)["triggerParam"]["boolExp"] == "a & b"
    assert monitor_subentries(flow_user)[0].title == "After"


@pytest.mark.parametrize(("match", "expression"), [("all", "a & b & c"), ("any", "a | b | c")])
async def test_added_trigger_adapts_expression(flow_user: MonitorFlowUser, match: str, expression: str) -> None:
    """A monitor of all or any triggers stays so; it is finished without another question."""
    await flow_user.start_named("Before")
    for _ in range(2):
        await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await flow_user.finish(match=match)
    await flow_user.open_flow(monitor_subentries(flow_user)[0])
    await flow_user.submit(name="Before")
    await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    result = await flow_user.choose_step("finish")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    await flow_user.harness.hass.async_block_till_done(wait_background_tasks=True)
    assert only_monitor(flow_user)["triggerParam"]["boolExp"] == expression


async def test_remove_adapts_expression(flow_user: MonitorFlowUser) -> None:
    await flow_user.start_named("Before")
    for _ in range(3):
        await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await flow_user.finish(match="any")
    (subentry,) = monitor_subentries(flow_user)
    await flow_user.open_flow(subentry)
    await flow_user.submit(name="Before")
    await flow_user.choose_step("remove")
    await flow_user.submit(trigger="b")
    await flow_user.choose_step("combine")
    assert (flow_user.suggested["match"], flow_user.suggested["expression"]) == ("any", "a | c")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 400, "body": {"code": 40000, "message": "no more than five"}}, "refused"),
        ({"status": 403}, "forbidden"),
        ({"status": 500}, "server_error"),
    ],
    ids=["refused", "forbidden", "down"],
)
async def test_creation_fails(flow_user: MonitorFlowUser, control: Control, fault: dict[str, Any], error: str) -> None:
    """The error is shown in the flow, and a retry has all of the input."""
    await flow_user.start_named()
    await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await control.fault(MONITORS, method="POST", **fault)
    await flow_user.finish()
    assert flow_user.errors == {"base": error}
    if error == "refused":
        assert "no more than five" in flow_user.result["description_placeholders"]["reason"]
    assert not platform_monitors(flow_user)
    assert not monitor_subentries(flow_user)
    await control.delete("faults")
    assert (await flow_user.submit(match="all"))["type"] is FlowResultType.CREATE_ENTRY
    assert platform_monitors(flow_user)


async def test_sixth_monitor(flow_user: MonitorFlowUser) -> None:
    for number in range(6):
        await flow_user.start_named(f"Monitor {number}")
        await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
        await flow_user.finish()
    assert flow_user.errors == {"base": "refused"}
    assert "5" in flow_user.result["description_placeholders"]["reason"]
    assert len(platform_monitors(flow_user)) == 5


async def test_entry_unloaded_meanwhile(flow_user: MonitorFlowUser) -> None:
    await flow_user.start_named()
    entries = flow_user.harness.hass.config_entries
    await entries.async_unload(flow_user.harness.entry.entry_id)
    await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await flow_user.finish()
    assert flow_user.errors == {"base": "not_loaded"}
    assert (await flow_user.open_flow())["reason"] == "not_loaded"
    await entries.async_setup(flow_user.harness.entry.entry_id)


async def test_reconfigure_while_entry_is_not_loaded(flow_user: MonitorFlowUser) -> None:
    await flow_user.start_named()
    await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await flow_user.finish()
    (subentry,) = monitor_subentries(flow_user)
    await flow_user.harness.hass.config_entries.async_unload(flow_user.harness.entry.entry_id)
    assert (await flow_user.open_flow(subentry))["reason"] == "not_loaded"
    await flow_user.harness.hass.config_entries.async_setup(flow_user.harness.entry.entry_id)


async def test_without_a_public_url(set_up_push: SetUpPush) -> None:
    harness = await set_up_push(None)
    assert CONF_PUSH_URL not in harness.entry.options
    assert (await MonitorFlowUser(harness).open_flow())["reason"] == "no_public_address"


async def test_without_a_car(flow_user: MonitorFlowUser) -> None:
    flow_user.harness.data.cars.clear()
    assert (await flow_user.open_flow())["reason"] == "no_car"


async def test_malformed_subentry(flow_user: MonitorFlowUser) -> None:
    subentry = ConfigSubentry(data={"vin": "x"}, subentry_type=SUBENTRY_TYPE_MONITOR, title="Odd", unique_id="odd")  # type: ignore[arg-type] # as it is stored
    flow_user.harness.hass.config_entries.async_add_subentry(flow_user.harness.entry, subentry)
    assert (await flow_user.open_flow(subentry))["reason"] == "unreadable"


@pytest.mark.parametrize(
    ("scopes", "zone", "alert", "trip"),
    [(["data:telemetry"], False, False, False), (["data:position", "data:trip", "data:alert"], True, True, True)],
    ids=["telemetry", "all but telemetry"],
)
async def test_options_depend_on_scopes(
    set_up_push: SetUpPush, scopes: list[str], zone: bool, alert: bool, trip: bool
) -> None:
    flow_user = MonitorFlowUser(await set_up_push(scopes=scopes))
    await flow_user.start_named()
    assert ("zone" in flow_user.result["menu_options"]) is zone
    await flow_user.choose_step("data")
    (selector,) = flow_user.result["data_schema"].schema.values()
    options = selector.config["options"]
    assert ("alert" in options, "trip_stop" in options) == (alert, trip)
    assert ("plugged" in options) is ("data:telemetry" in scopes)


async def test_several_cars(set_up_push: SetUpPush) -> None:
    flow_user = MonitorFlowUser(await set_up_push(brand="peugeot"))
    await flow_user.open_flow()
    assert list(flow_user.suggested) == ["car", "name"]
    cars = flow_user.harness.data.cars
    chosen = list(cars)[-1]
    await flow_user.submit(car=chosen, name=" ")
    assert flow_user.errors == {"name": "name_missing"}
    await flow_user.submit(car=chosen, name="Mine")
    await flow_user.add_data_trigger(MonitoredData.LOCKED_STATE)
    await flow_user.finish()
    assert platform_monitors(flow_user)["Mine"].vehicle_id == cars[chosen].status.vehicle_id


def test_no_unused_texts() -> None:
    """There are no unused texts. That all steps have their texts is checked while the flow runs."""
    steps = {name.removeprefix("async_step_") for name in vars(MonitorFlow) if name.startswith("async_step_")}
    assert set(TEXTS["step"]) == steps - {"finish"}  # it shows nothing of its own
    forms = ("forms", "time_forms", "expressions")
    files = ("monitor_flow.py", *(f"monitors/{name}.py" for name in forms), "api/requests/expression.py")
    keys = set[str]().union(*(string_literals(COMPONENT / name) for name in files), {key for _, key in ERROR_KEYS})
    assert {key for key in TEXTS["error"] if not key.startswith("always_")} <= keys
    assert set(TEXTS["abort"]) <= keys
