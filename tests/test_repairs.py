"""Repairs: modified monitors, orphaned monitors and a failed callback."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest

from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.repairs import async_create_fix_flow
from tests.support.helpers import Control, advance_time
from tests.support.monitors import (
    PLUGGED,
    TITLE,
    add_monitor,
    modify_remotely,
    monitor_issues,
    monitor_status,
    only_monitor,
    platform_monitors,
    wait_until_done,
    with_label,
)
from tests.support.push import PushHarness, SetUpPush

MONITOR = "/user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}"
SIX_HOURS = 6 * 3600 + 2


@pytest.fixture
async def repairs(hass: HomeAssistant) -> None:
    """Set up the repairs integration before the HTTP server starts."""
    assert await async_setup_component(hass, "repairs", {})


@pytest.fixture
async def harness(repairs: None, set_up_push: SetUpPush) -> PushHarness:
    """Set up a car without the integration's own monitors."""
    return await set_up_push()


async def synchronize(harness: PushHarness) -> None:
    """Synchronize callback and monitors."""
    harness.data.monitors.async_request_sync()
    await wait_until_done(harness)


def get_issue(harness: PushHarness, key: str) -> ir.IssueEntry:
    """Return the only issue with a translation key."""
    (entry,) = [issue for issue in ir.async_get(harness.hass).issues.values() if issue.translation_key == key]
    return entry


async def start_flow(harness: PushHarness, key: str) -> Any:
    """Start the repair flow."""
    manager = harness.hass.data["repairs"]["flow_manager"]
    return await manager.async_init(DOMAIN, data={"issue_id": get_issue(harness, key).issue_id})


async def submit(harness: PushHarness, flow: Any, user_input: dict[str, Any]) -> Any:
    """Submit a step of the repair flow."""
    result = await harness.hass.data["repairs"]["flow_manager"].async_configure(flow["flow_id"], user_input)
    await wait_until_done(harness)
    return result


@pytest.mark.parametrize(("choice", "label"), [("keep", "Theirs"), ("put_back", TITLE)])
async def test_modified(harness: PushHarness, choice: str, label: str) -> None:
    subentry = await add_monitor(harness)
    modify_remotely(only_monitor(harness))
    await synchronize(harness)
    flow = await start_flow(harness, "monitor_changed")
    assert flow["menu_options"] == ["keep", "put_back"]
    assert flow["description_placeholders"]["monitor"] == TITLE
    assert flow["description_placeholders"]["changed"] == "Theirs\n\n- **t0**: Charging cable: any change"
    assert flow["description_placeholders"]["own"].startswith(f"{TITLE}\n\n- **")
    assert (await submit(harness, flow, {"next_step_id": choice}))["type"] == "create_entry"
    assert only_monitor(harness).label == harness.entry.subentries[subentry.subentry_id].title == label
    assert monitor_status(harness) == "running"
    assert monitor_issues(harness) == set()
    await synchronize(harness)
    assert monitor_status(harness) == "running"


async def test_modified_beyond_support(harness: PushHarness) -> None:
    await add_monitor(harness)
    trigger = {"name": "t0", "data": {"data": "vehicle.doorsState.opening", "op": "equalsTo", "value": ["Driver"]}}
    only_monitor(harness).parameter = {
        **only_monitor(harness).parameter,
        "triggerParam": {"triggers": [trigger], "boolExp": "t0"},
    }
    await synchronize(harness)
    flow = await start_flow(harness, "monitor_changed")
    assert flow["menu_options"] == ["put_back"]
    assert flow["description_placeholders"]["changed"] == "Not supported by Home Assistant."
    await submit(harness, flow, {"next_step_id": "put_back"})
    assert only_monitor(harness).parameter["extendedEventParam"] == ["vehicle.status"]


async def test_modified_and_server_down(harness: PushHarness, control: Control) -> None:
    await add_monitor(harness)
    modify_remotely(only_monitor(harness))
    await synchronize(harness)
    flow = await start_flow(harness, "monitor_changed")
    await control.fault(MONITOR, method="PUT", status=500)
    assert (await submit(harness, flow, {"next_step_id": "put_back"}))["reason"] == "failed"
    assert monitor_issues(harness) == {"monitor_changed"}
    flow = await start_flow(harness, "monitor_changed")
    await harness.hass.config_entries.async_unload(harness.entry.entry_id)
    assert (await submit(harness, flow, {"next_step_id": "put_back"}))["reason"] == "gone"
    assert (await start_flow(harness, "monitor_changed"))["reason"] == "gone"


async def create_orphans(harness: PushHarness) -> None:
    """Leave monitors without subentries on the platform."""
    await add_monitor(harness)
    for number in (2, 3):
        await harness.data.monitors.async_save_monitor(harness.car.vin, f"w{number}", with_label(f"Number {number}"))
    await synchronize(harness)


async def test_orphans(harness: PushHarness, control: Control) -> None:
    await create_orphans(harness)
    assert get_issue(harness, "monitors_of_nobody").translation_placeholders == {
        "account": "Vauxhall",
        "names": "- Number 2\n- Number 3",
    }
    flow = await start_flow(harness, "monitors_of_nobody")
    assert flow["step_id"] == "confirm"
    await control.fault(MONITOR, method="DELETE", status=500)
    assert (await submit(harness, flow, {}))["reason"] == "failed"
    await control.delete("faults")
    assert (await submit(harness, await start_flow(harness, "monitors_of_nobody"), {}))["type"] == "create_entry"
    assert only_monitor(harness).label == TITLE
    assert monitor_issues(harness) == set()


async def test_orphans_of_unloaded_entry(harness: PushHarness) -> None:
    await create_orphans(harness)
    flow = await start_flow(harness, "monitors_of_nobody")
    await harness.hass.config_entries.async_unload(harness.entry.entry_id)
    assert (await submit(harness, flow, {}))["reason"] == "gone"
    await harness.hass.config_entries.async_remove(harness.entry.entry_id)
    assert monitor_issues(harness) == set()


async def test_issue_deleted_meanwhile(harness: PushHarness) -> None:
    flow = await async_create_fix_flow(harness.hass, "none", {"entry_id": harness.entry.entry_id})
    flow.hass, flow.handler, flow.context = harness.hass, DOMAIN, {"issue_id": "none"}
    assert (await flow.async_step_init())["description_placeholders"] is None  # type: ignore[attr-defined]


async def test_failed_callback(harness: PushHarness, control: Control) -> None:
    await add_monitor(harness)
    harness.callbacks[0].status = "Failed"
    await synchronize(harness)
    assert harness.callbacks[0].status == "Running"
    assert monitor_issues(harness) == {"callback_failed"}
    await control.post("clock", {"advance": 60})
    await control.patch(harness.car.vin, plug=True)
    await wait_until_done(harness)
    assert monitor_issues(harness) == set()


async def test_rejected_is_retried_after_a_day(
    harness: PushHarness, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.stellantis.monitors.user_sync.REJECTED_RETRY_INTERVAL", timedelta())
    await control.fault("/user/vehicles/{id}/callbacks/{cbid}/monitors", method="POST", status=403)
    await add_monitor(harness)
    assert monitor_issues(harness) == {"monitor_refused"}
    await control.delete("faults")
    await advance_time(harness.hass, SIX_HOURS)
    assert len(platform_monitors(harness)) == 1
    assert monitor_issues(harness) == set()


async def test_removed_entry_leaves_no_issue(harness: PushHarness) -> None:
    await add_monitor(harness, replace(PLUGGED, label="Mine"))
    modify_remotely(only_monitor(harness))
    await synchronize(harness)
    assert monitor_issues(harness) == {"monitor_changed"}
    await harness.hass.config_entries.async_remove(harness.entry.entry_id)
    assert monitor_issues(harness) == set()
