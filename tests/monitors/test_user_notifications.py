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
from tests.support.monitors import NAME, PLUGGED, add, listed, settle
from tests.support.push import LinkPushed, Pushed

IS_PLUGGED = replace(
    PLUGGED,
    triggers=(Trigger("t0", DataTrigger(data=MonitoredData.PLUGGED, op=Operator.EQUALS_TO, values=(True,))),),
    refresh=timedelta(minutes=1),
)


@pytest.fixture
async def here(pushed: LinkPushed) -> Pushed:
    """A car of which nothing is watched."""
    return await pushed()


async def test_reminders_of_the_platform(here: Pushed, control: Control) -> None:
    """It comes true once, and is reminded of each minute, until it is true no more."""
    await add(here, IS_PLUGGED)
    told: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        if (new := event.data["new_state"]) and (kind := new.attributes.get("event_type")):
            told.append(kind)

    stop = async_track_state_change_event(here.hass, f"event.{NAME}", note)
    await control.patch(here.car.vin, plug=True)
    await settle(here)
    for _ in range(3):
        await control.post("clock", {"advance": 60})
        await settle(here)
    await control.patch(here.car.vin, plug=False)
    await control.post("clock", {"advance": 180})
    await settle(here)
    stop()
    assert told == ["triggered", "reminded", "reminded", "reminded"]


async def test_entry_that_is_lost_and_comes_again(here: Pushed, pushed: LinkPushed, control: Control) -> None:
    """The server could not be told: its callback is found by its label, and what was watched belongs to nobody."""
    await add(here)
    await control.fault("/user/callbacks/{cbid}", method="DELETE", status=500)
    await here.hass.config_entries.async_remove(here.entry.entry_id)
    await settle(here)
    assert len(listed(here)) == 1
    assert len(here.callbacks) == 1
    await control.delete("faults")
    again = await pushed()
    await again.push.async_ensure_callback()
    again.data.monitors.watches.clear()
    await add(again, replace(PLUGGED, label="Another"), "w2")
    assert len(again.callbacks) == 1
    issue = ir.async_get(again.hass).async_get_issue(DOMAIN, f"monitors_of_nobody_{again.entry.entry_id}")
    assert issue
    assert issue.translation_placeholders is not None
    assert "Plugged in" in issue.translation_placeholders["names"]
    await again.data.monitors.async_delete_nobodys()
    assert [one.label for one in listed(again)] == ["Another"]
