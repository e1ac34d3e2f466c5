"""Repairs of monitors: what was changed elsewhere, what belongs to nobody, a callback that failed."""

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
    """What asks people, before the server runs."""
    assert await async_setup_component(hass, "repairs", {})


@pytest.fixture
async def here(repairs: None, pushed: SetUpPush) -> PushHarness:
    """A car of which nothing but what people want is watched."""
    return await pushed()


async def look(here: PushHarness) -> None:
    """Have callback and monitors looked at."""
    here.data.monitors.async_request_sync()
    await wait_until_done(here)


def issue(here: PushHarness, key: str) -> ir.IssueEntry:
    """Return an issue that is there."""
    (found,) = [known for known in ir.async_get(here.hass).issues.values() if known.translation_key == key]
    return found


async def begin(here: PushHarness, key: str) -> Any:
    """Begin to repair."""
    manager = here.hass.data["repairs"]["flow_manager"]
    return await manager.async_init(DOMAIN, data={"issue_id": issue(here, key).issue_id})


async def go_on(here: PushHarness, flow: Any, said: dict[str, Any]) -> Any:
    """Answer."""
    ended = await here.hass.data["repairs"]["flow_manager"].async_configure(flow["flow_id"], said)
    await wait_until_done(here)
    return ended


@pytest.mark.parametrize(("choice", "label"), [("keep", "Theirs"), ("put_back", TITLE)])
async def test_changed(here: PushHarness, choice: str, label: str) -> None:
    made = await add_monitor(here)
    modify_remotely(only_monitor(here))
    await look(here)
    flow = await begin(here, "monitor_changed")
    assert flow["menu_options"] == ["keep", "put_back"]
    assert flow["description_placeholders"]["monitor"] == TITLE
    assert (await go_on(here, flow, {"next_step_id": choice}))["type"] == "create_entry"
    assert only_monitor(here).label == here.entry.subentries[made.subentry_id].title == label
    assert monitor_status(here) == "running"
    assert monitor_issues(here) == set()
    await look(here)
    assert monitor_status(here) == "running"


async def test_changed_to_what_cannot_be_said_here(here: PushHarness) -> None:
    await add_monitor(here)
    odd = {"name": "t0", "data": {"data": "vehicle.doorsState.opening", "op": "equalsTo", "value": ["Driver"]}}
    only_monitor(here).parameter = {
        **only_monitor(here).parameter,
        "triggerParam": {"triggers": [odd], "boolExp": "t0"},
    }
    await look(here)
    flow = await begin(here, "monitor_changed")
    assert flow["menu_options"] == ["put_back"]
    await go_on(here, flow, {"next_step_id": "put_back"})
    assert only_monitor(here).parameter["extendedEventParam"] == ["vehicle.status"]


async def test_changed_and_the_platform_is_deaf(here: PushHarness, control: Control) -> None:
    await add_monitor(here)
    modify_remotely(only_monitor(here))
    await look(here)
    flow = await begin(here, "monitor_changed")
    await control.fault(MONITOR, method="PUT", status=500)
    assert (await go_on(here, flow, {"next_step_id": "put_back"}))["reason"] == "failed"
    assert monitor_issues(here) == {"monitor_changed"}
    flow = await begin(here, "monitor_changed")
    await here.hass.config_entries.async_unload(here.entry.entry_id)
    assert (await go_on(here, flow, {"next_step_id": "put_back"}))["reason"] == "gone"
    assert (await begin(here, "monitor_changed"))["reason"] == "gone"


async def orphans(here: PushHarness) -> None:
    """Leave monitors on the platform that nobody has any more."""
    await add_monitor(here)
    for number in (2, 3):
        await here.data.monitors.async_save_monitor(here.car.vin, f"w{number}", with_label(f"Number {number}"))
    await look(here)


async def test_of_nobody(here: PushHarness, control: Control) -> None:
    await orphans(here)
    assert issue(here, "monitors_of_nobody").translation_placeholders == {
        "account": "Vauxhall",
        "names": "Number 2, Number 3",
    }
    flow = await begin(here, "monitors_of_nobody")
    assert flow["step_id"] == "confirm"
    await control.fault(MONITOR, method="DELETE", status=500)
    assert (await go_on(here, flow, {}))["reason"] == "failed"
    await control.delete("faults")
    assert (await go_on(here, await begin(here, "monitors_of_nobody"), {}))["type"] == "create_entry"
    assert only_monitor(here).label == TITLE
    assert monitor_issues(here) == set()


async def test_of_nobody_when_the_account_is_not_loaded(here: PushHarness) -> None:
    await orphans(here)
    flow = await begin(here, "monitors_of_nobody")
    await here.hass.config_entries.async_unload(here.entry.entry_id)
    assert (await go_on(here, flow, {}))["reason"] == "gone"
    await here.hass.config_entries.async_remove(here.entry.entry_id)
    assert monitor_issues(here) == set()


async def test_issue_that_went_meanwhile(here: PushHarness) -> None:
    flow = await async_create_fix_flow(here.hass, "none", {"entry_id": here.entry.entry_id})
    flow.hass, flow.handler, flow.context = here.hass, DOMAIN, {"issue_id": "none"}
    assert (await flow.async_step_init())["description_placeholders"] is None  # type: ignore[attr-defined]


async def test_callback_that_failed(here: PushHarness, control: Control) -> None:
    await add_monitor(here)
    here.callbacks[0].status = "Failed"
    await look(here)
    assert here.callbacks[0].status == "Running"
    assert monitor_issues(here) == {"callback_failed"}
    await control.post("clock", {"advance": 60})
    await control.patch(here.car.vin, plug=True)
    await wait_until_done(here)
    assert monitor_issues(here) == set()


async def test_refused_is_tried_again_after_a_day(
    here: PushHarness, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.stellantis.monitors.user.REJECTED_RETRY_INTERVAL", timedelta())
    await control.fault("/user/vehicles/{id}/callbacks/{cbid}/monitors", method="POST", status=403)
    await add_monitor(here)
    assert monitor_issues(here) == {"monitor_refused"}
    await control.delete("faults")
    await advance_time(here.hass, SIX_HOURS)
    assert len(platform_monitors(here)) == 1
    assert monitor_issues(here) == set()


async def test_removed_entry_leaves_no_issue(here: PushHarness) -> None:
    await add_monitor(here, replace(PLUGGED, label="Mine"))
    modify_remotely(only_monitor(here))
    await look(here)
    assert monitor_issues(here) == {"monitor_changed"}
    await here.hass.config_entries.async_remove(here.entry.entry_id)
    assert monitor_issues(here) == set()
