"""What people's monitors tell, from the platform's own reminders to an automation; a lost entry that comes again."""

from dataclasses import replace
from datetime import timedelta

from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_state_change_event
import pytest

from custom_components.stellantis.api import MonitoredData
from custom_components.stellantis.api.models.monitored_data import Operator
from custom_components.stellantis.api.requests import DataTrigger, Trigger
from custom_components.stellantis.const import DOMAIN
from tests.support.helpers import Control
from tests.support.monitors import NAME, PLUGGED, add_monitor, platform_monitors, wait_until_done
from tests.support.push import PushHarness, SetUpPush

IS_PLUGGED = replace(
    PLUGGED,
    triggers=(Trigger("t0", DataTrigger(data=MonitoredData.PLUGGED, op=Operator.EQUALS_TO, values=(True,))),),
    refresh=timedelta(minutes=1),
)


@pytest.fixture
async def harness(set_up_push: SetUpPush) -> PushHarness:
    """A car of which nothing is watched."""
    return await set_up_push()


async def test_reminders_of_the_platform(harness: PushHarness, control: Control) -> None:
    """It comes true once, and is reminded of each minute, until it is true no more."""
    await add_monitor(harness, IS_PLUGGED)
    told: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        if (new := event.data["new_state"]) and (kind := new.attributes.get("event_type")):
            told.append(kind)

    stop = async_track_state_change_event(harness.hass, f"event.{NAME}", note)
    await control.patch(harness.car.vin, plug=True)
    await wait_until_done(harness)
    for _ in range(3):
        await control.post("clock", {"advance": 60})
        await wait_until_done(harness)
    await control.patch(harness.car.vin, plug=False)
    await control.post("clock", {"advance": 180})
    await wait_until_done(harness)
    stop()
    assert told == ["triggered", "reminded", "reminded", "reminded"]


async def test_entry_that_is_lost_and_comes_again(
    harness: PushHarness, set_up_push: SetUpPush, control: Control
) -> None:
    """The server could not be told: its callback is found by its label, and what was watched belongs to nobody."""
    await add_monitor(harness)
    await control.fault("/user/callbacks/{cbid}", method="DELETE", status=500)
    await harness.hass.config_entries.async_remove(harness.entry.entry_id)
    await wait_until_done(harness)
    assert len(platform_monitors(harness)) == 1
    assert len(harness.callbacks) == 1
    await control.delete("faults")
    again = await set_up_push()
    await again.push.async_ensure_callback()
    again.data.monitors.user_monitors.clear()
    await add_monitor(again, replace(PLUGGED, label="Another"), "w2")
    assert len(again.callbacks) == 1
    issue = ir.async_get(again.hass).async_get_issue(DOMAIN, f"monitors_of_nobody_{again.entry.entry_id}")
    assert issue
    assert issue.translation_placeholders is not None
    assert "Plugged in" in issue.translation_placeholders["names"]
    await again.data.monitors.async_delete_orphans()
    assert [one.label for one in platform_monitors(again)] == ["Another"]
