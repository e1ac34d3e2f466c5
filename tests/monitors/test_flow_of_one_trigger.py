"""The monitor flow in the usual case: one number or one change, and the monitor is created at once."""

from dataclasses import replace

from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.stellantis.api import MonitoredData
from custom_components.stellantis.api.requests import DataTrigger, Operator
from custom_components.stellantis.monitors.expressions import Triggers, adapt_expression
from tests.support.monitor_flow import MonitorFlowUser, monitor_subentries, only_monitor, threshold


async def test_thresholds(flow_user: MonitorFlowUser) -> None:
    """Below is preset; between two numbers are two triggers; what the platform does not compare with is refused."""
    await flow_user.start_named()
    await flow_user.choose_step("data")
    await flow_user.submit(data="electric_level")
    assert flow_user.suggested == {"threshold": {"type": "below"}}
    entity = {"active_choice": "entity", "entity": "sensor.limit"}
    for unsupported in ({"type": "above", "value": entity}, threshold("outside", 20, 80)):
        await flow_user.submit(threshold=unsupported)
        assert flow_user.errors == {"threshold": "threshold_unsupported"}
    await flow_user.submit(threshold=threshold("between", 20, 80))
    assert flow_user.triggers == "- **a**: Battery level above 20%\n- **b**: Battery level below 80%"
    for _ in range(2):
        await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await flow_user.add_data_trigger(MonitoredData.ELECTRIC_LEVEL, threshold=threshold("between", 30, 40))
    assert flow_user.errors == {"threshold": "threshold_unsupported"}
    await flow_user.submit(threshold=threshold("between", 30, 30))
    assert "- **e**: Battery level: 30%" in flow_user.triggers


async def test_data_by_use(flow_user: MonitorFlowUser) -> None:
    """What is used most comes first; a car without a tank is not offered the fuel."""
    await flow_user.start_named()
    await flow_user.choose_step("data")
    (selector,) = flow_user.result["data_schema"].schema.values()
    options = selector.config["options"]
    assert options[:3] == ["electric_level", "charging_status", "plugged"]
    assert {"fuel_level", "fuel_autonomy", "oil_temperature"}.isdisjoint(options)
    assert len(options) == len(MonitoredData) - 3


async def test_finish_at_once(flow_user: MonitorFlowUser) -> None:
    """One trigger is the usual case."""
    await flow_user.start_named()
    await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    assert flow_user.result["menu_options"][0] == "finish"
    assert (await flow_user.choose_step("finish"))["type"] is FlowResultType.CREATE_ENTRY
    assert only_monitor(flow_user)["triggerParam"]["boolExp"] == "a"


async def test_expression_that_leaves_out_a_trigger(flow_user: MonitorFlowUser) -> None:
    await flow_user.start_named()
    for _ in range(3):
        await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await flow_user.finish(match="expression", expression="a | b")
    assert flow_user.errors == {"expression": "unused_trigger"}
    assert flow_user.result["description_placeholders"]["part"] == "c"
    assert flow_user.result["last_step"] is True
    assert (await flow_user.submit(match="expression", expression="a | b | c"))["type"] is FlowResultType.CREATE_ENTRY


async def test_reminders_survive_finish(flow_user: MonitorFlowUser) -> None:
    """A trigger that is added to a monitor with an expression has to be put into it."""
    await flow_user.start_named("Before")
    for _ in range(2):
        await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    an_hour = {"hours": 1, "minutes": 0, "seconds": 0}
    await flow_user.finish(match="expression", expression="!a | b", refresh=an_hour)
    (subentry,) = monitor_subentries(flow_user)
    await flow_user.open_flow(subentry)
    await flow_user.submit(name="After")
    await flow_user.add_data_trigger(MonitoredData.OPENING)
    await flow_user.choose_step("finish")
    assert flow_user.errors == {"expression": "unused_trigger"}
    await flow_user.submit(match="any", refresh=an_hour)
    await flow_user.harness.hass.async_block_till_done(wait_background_tasks=True)
    assert only_monitor(flow_user)["subscribeParam"] == {"refreshEvent": 3600}


async def test_duration_of_an_hour_is_preset(flow_user: MonitorFlowUser) -> None:
    await flow_user.start_named()
    await flow_user.choose_step("time")
    await flow_user.choose_step("daily")
    assert flow_user.suggested["duration"] == {"days": 0, "hours": 1, "minutes": 0, "seconds": 0}
    assert flow_user.result["last_step"] is False


async def test_places_of_attributes_have_labels(flow_user: MonitorFlowUser) -> None:
    """The frontend does not translate the options within an object."""
    await flow_user.start_named()
    await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await flow_user.choose_step("notification")
    selector = flow_user.result["data_schema"].schema["attributes"]
    options = selector.config["fields"]["place"]["selector"]["select"]["options"]
    assert options[0] == {"value": "body", "label": "Body of the notification"}


async def test_range_in_a_combination(flow_user: MonitorFlowUser) -> None:
    """Both ends of a range are one of the alternatives: each number is above the one or below the other."""
    await flow_user.start_named()
    await flow_user.add_data_trigger(MonitoredData.ELECTRIC_LEVEL, threshold=threshold("above", 20))
    await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await flow_user.finish(match="any")
    (subentry,) = monitor_subentries(flow_user)
    await flow_user.open_flow(subentry)
    await flow_user.submit(name="Range")
    await flow_user.choose_step("change")
    await flow_user.submit(trigger="a")
    await flow_user.submit(threshold=threshold("between", 20, 80))
    await flow_user.choose_step("finish")
    await flow_user.harness.hass.async_block_till_done(wait_background_tasks=True)
    assert only_monitor(flow_user)["triggerParam"]["boolExp"] == "(a & c) | b"


ABOVE, BELOW = (
    DataTrigger(data=MonitoredData.ELECTRIC_LEVEL, op=op, values=(value,))
    for op, value in ((Operator.GREATER_THAN, 20.0), (Operator.LOWER_THAN, 80.0))
)
VERY_LOW = replace(BELOW, values=(10.0,))
FUEL = replace(BELOW, data=MonitoredData.FUEL_LEVEL)


@pytest.mark.parametrize(
    ("before", "old", "new", "replaced", "after"),
    [
        ("a | b", {"a": ABOVE, "b": FUEL}, {"a": ABOVE, "b": FUEL, "c": BELOW}, "ac", "(a & c) | b"),
        ("(a & c) | b", {"a": ABOVE, "b": FUEL, "c": BELOW}, {"a": ABOVE, "b": FUEL}, "", "a | b"),
        ("a | b", {"a": ABOVE, "b": FUEL}, {"a": ABOVE, "b": FUEL, "c": VERY_LOW}, "", "a | b | c"),
        ("a & b", {"a": ABOVE, "b": FUEL}, {"a": ABOVE, "b": FUEL, "c": BELOW}, "ac", "a & b & c"),
        ("!a | b", {"a": ABOVE, "b": FUEL}, {"a": ABOVE, "b": FUEL, "c": BELOW}, "ac", "!(a & c) | b"),
        ("!a | b", {"a": ABOVE, "b": FUEL}, {"a": ABOVE, "b": FUEL, "c": BELOW}, "", "!a | b"),
        ("", {"a": ABOVE}, {"a": ABOVE, "c": BELOW}, "ac", ""),
    ],
)
def test_adapt_expression(before: str, old: Triggers, new: Triggers, replaced: str, after: str) -> None:
    assert adapt_expression(before, old, new, tuple(replaced)) == after
