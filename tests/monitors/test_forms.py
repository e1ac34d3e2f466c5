"""Times and expressions entered in the monitor flow."""

from typing import Any

from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.stellantis.api import MonitoredData
from custom_components.stellantis.api.requests import DataTrigger, Operator
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.monitors.summary import MonitorSummary
from tests.support.monitor_flow import ZERO_DURATION, MonitorFlowUser, monitor_subentries, only_monitor
from tests.support.source import COMPONENT, load_json

DAILY: dict[str, Any] = {
    "days": ["mon", "fri"],
    "weeks": "1-10, 40",
    "start": "08:00:00",
    "duration": {"days": 0, "hours": 1, "minutes": 30, "seconds": 0},
    "time_zone": "Europe/Paris",
    "again": False,
}


async def test_times(flow_user: MonitorFlowUser) -> None:
    await flow_user.start_named()
    await flow_user.choose_step("time")
    await flow_user.choose_step("daily")
    assert flow_user.suggested["time_zone"] == flow_user.harness.hass.config.time_zone
    await flow_user.submit(**{**DAILY, "again": True})
    await flow_user.choose_step("once")
    await flow_user.submit(start="2026-12-24 18:00:00", time_zone="Europe/Paris", again=True)
    await flow_user.choose_step("daily")
    required = {key: DAILY[key] for key in ("start", "duration", "time_zone", "again")}
    await flow_user.submit(**required)
    assert flow_user.triggers == (
        "- **a**: Car is driven: Monday, Friday, 08:00-09:30 (weeks of the year: 1-10, 40); "
        "from 2026-12-24 09:00; every day, 08:00-09:30"
    )
    await flow_user.choose_step("change")
    await flow_user.submit(trigger="a")
    assert flow_user.suggested == {**DAILY, "again": True}
    await flow_user.submit(**{**DAILY, "again": True})
    assert flow_user.suggested == {
        "start": "2026-12-24 18:00:00",
        "duration": None,
        "time_zone": "Europe/Paris",
        "again": True,
    }
    await flow_user.submit(
        start="2026-12-24 18:00:00", duration={**ZERO_DURATION, "hours": 5}, time_zone="Europe/Paris", again=True
    )
    assert flow_user.suggested == {**required, "days": [], "weeks": None}
    await flow_user.submit(**required)
    assert "2026-12-24 09:00 - 2026-12-24 14:00" in flow_user.triggers
    await flow_user.finish()
    (trigger,) = only_monitor(flow_user)["triggerParam"]["triggers"]
    assert trigger["time"] == {
        "timeZone": "Europe/Paris",
        "times": [
            {
                "recurrence": "Daily",
                "start": "PT8H",
                "duration": "PT1H30M",
                "occurence": {"day": ["Mon", "Fri"], "week": ["w1-w10", "w40"]},
            },
            {"recurrence": "None", "start": "2026-12-24T17:00:00Z", "duration": "PT5H"},
            {"recurrence": "Daily", "start": "PT8H", "duration": "PT1H30M"},
        ],
    }


@pytest.mark.parametrize(
    ("step", "entered", "errors"),
    [
        ("daily", {**DAILY, "weeks": "1-99"}, {"weeks": "invalid_weeks"}),
        ("daily", {**DAILY, "weeks": "May"}, {"weeks": "invalid_weeks"}),
        ("daily", {**DAILY, "duration": ZERO_DURATION}, {"duration": "no_duration"}),
        ("daily", {**DAILY, "time_zone": "Mars/Olympus"}, {"time_zone": "unknown_time_zone"}),
        (
            "once",
            {"start": "2026-12-24 18:00:00", "duration": ZERO_DURATION, "time_zone": "Europe/Paris", "again": False},
            {"duration": "no_duration"},
        ),
    ],
    ids=str,
)
async def test_invalid_times(
    flow_user: MonitorFlowUser, step: str, entered: dict[str, Any], errors: dict[str, str]
) -> None:
    await flow_user.start_named()
    await flow_user.choose_step("time")
    await flow_user.choose_step(step)
    await flow_user.submit(**entered)
    assert flow_user.errors == errors
    assert {key: flow_user.suggested[key] for key in entered} == entered


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("a & z", "unknown_trigger"),
        ("a b", "misplaced"),
        ("a &", "ends_early"),
        ("(a", "not_closed"),
        ("a)", "not_opened"),
        ("a + b", "no_meaning"),
        ("a" * 1001, "too_long"),
        ("a | !a", "always_true"),
        ("a & !a", "always_false"),
        ("", "ends_early"),
    ],
)
async def test_invalid_expressions(flow_user: MonitorFlowUser, expression: str, error: str) -> None:
    """The error is shown at the field, with the invalid part; the input is kept."""
    await flow_user.start_named()
    await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="on_change")
    await flow_user.choose_step("combine")
    entered = {"match": "expression", "expression": expression}
    await flow_user.submit(**entered)
    assert flow_user.errors == {"expression": error}
    assert flow_user.suggested["expression"] == expression
    assert (await flow_user.submit(match="any"))["type"] is FlowResultType.CREATE_ENTRY


async def test_expression_is_described(flow_user: MonitorFlowUser) -> None:
    """The reconfigure flow shows a description of the expression."""
    await flow_user.start_named("Mine")
    await flow_user.add_data_trigger(MonitoredData.PLUGGED, op="equals_to", value="yes", previous="no")
    await flow_user.add_data_trigger(MonitoredData.CHARGING_STATUS, op="equals_to", value=["failure", "stopped"])
    await flow_user.finish(match="expression", expression="a & !(b|a & b)")
    (subentry,) = monitor_subentries(flow_user)
    await flow_user.open_flow(subentry)
    await flow_user.submit(name="Mine")
    plug, charge = "“Charging cable: Yes (previously No)”", "“Charging status: Error, Stopped”"
    assert flow_user.triggers.splitlines()[-1] == f"{plug} and not ({charge} or {plug} and {charge})"


@pytest.mark.parametrize(
    ("language", "description"), [("de", "nicht „Laden: Ja“"), ("fr", "non «\u00a0Laden\u00a0: Ja\u00a0»")]
)
def test_expression_is_quoted_as_in_the_language(language: str, description: str) -> None:
    common = load_json(COMPONENT / "translations" / f"{language}.json")["common"]
    prefix = f"component.{DOMAIN}"
    options = {f"{prefix}.selector.monitor_data.options.plugged": "Laden"}
    options |= {f"{prefix}.selector.monitor_truth.options.yes": "Ja"}
    summary = MonitorSummary(language, {f"{prefix}.common.{key}": text for key, text in common.items()}, options)
    trigger = DataTrigger(data=MonitoredData.PLUGGED, op=Operator.EQUALS_TO, values=(True,))
    assert summary.describe_expression("!a", {"a": trigger}) == description
