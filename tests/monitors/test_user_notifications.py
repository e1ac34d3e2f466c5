"""Reminders of the user's monitors, hidden positions, and monitors of an entry that was removed and added again."""

from dataclasses import replace
from datetime import timedelta

from homeassistant.core import Event, EventStateChangedData, State, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_state_change_event
import pytest

from custom_components.stellantis.api import MonitoredData, MonitorEvent, Notification, Privacy
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
    """Set up a car without the integration's own monitors."""
    return await set_up_push()


async def test_reminders_of_the_platform(harness: PushHarness, control: Control) -> None:
    """The monitor triggers once, then reminds each minute while the condition holds."""
    await add_monitor(harness, IS_PLUGGED)
    event_types: list[str] = []

    @callback
    def record_event_type(event: Event[EventStateChangedData]) -> None:
        if (new := event.data["new_state"]) and (event_type := new.attributes.get("event_type")):
            event_types.append(event_type)

    stop = async_track_state_change_event(harness.hass, f"event.{NAME}", record_event_type)
    await control.patch(harness.car.vin, plug=True)
    await wait_until_done(harness)
    for _ in range(3):
        await control.post("clock", {"advance": 60})
        await wait_until_done(harness)
    await control.patch(harness.car.vin, plug=False)
    await control.post("clock", {"advance": 180})
    await wait_until_done(harness)
    stop()
    assert event_types == ["triggered", "reminded", "reminded", "reminded"]


async def test_entry_removed_and_added_again(harness: PushHarness, set_up_push: SetUpPush, control: Control) -> None:
    """If the server was down on removal, the callback is found by its label, and its monitors are orphans."""
    await add_monitor(harness)
    await control.fault("/user/callbacks/{cbid}", method="DELETE", status=500)
    await harness.hass.config_entries.async_remove(harness.entry.entry_id)
    await wait_until_done(harness)
    assert len(platform_monitors(harness)) == 1
    assert len(harness.callbacks) == 1
    await control.delete("faults")
    new_harness = await set_up_push()
    await new_harness.push.async_ensure_callback()
    new_harness.data.monitors.user_monitors.clear()
    await add_monitor(new_harness, replace(PLUGGED, label="Another"), "w2")
    assert len(new_harness.callbacks) == 1
    issue = ir.async_get(new_harness.hass).async_get_issue(DOMAIN, f"monitors_of_nobody_{new_harness.entry.entry_id}")
    assert issue
    assert issue.translation_placeholders is not None
    assert "Plugged in" in issue.translation_placeholders["names"]
    await new_harness.data.monitors.async_delete_orphans()
    assert [monitor.label for monitor in platform_monitors(new_harness)] == ["Another"]


@pytest.mark.parametrize(
    ("known", "brought", "is_shown"),
    [
        ("None", "None", True),
        (None, None, True),
        ("None", "Geolocation", False),
        ("Geolocation", "Geolocation", False),
        ("Full", None, False),
        ("Discreet", None, False),
        (None, "Discreet", False),
    ],
)
async def test_hidden_position_is_in_no_event(
    harness: PushHarness, known: str | None, brought: str | None, *, is_shown: bool
) -> None:
    """The position is hidden if the notification or the known status says so."""
    await add_monitor(harness)
    (user_monitor,) = harness.data.monitors.user_monitors.values()
    car = harness.data.cars[user_monitor.vin]
    status = replace(car.status.data.status, privacy=Privacy(state=known) if known else None)
    car.status.async_set_updated_data(replace(car.status.data, status=status))
    position = {"geometry": {"coordinates": [2.5, 47.25]}}
    privacy = {"privacy": {"state": brought}} if brought else {}
    values = [{"data": "vehicle.doors"}]
    for extensions in (
        {"status": {"lastPosition": position, **privacy}},
        {"position": position, "status": privacy},
    ):
        event = MonitorEvent.from_dict({"values": values, "extensions": extensions})
        user_monitor.async_notify_listeners(Notification(monitor_event=event))
        assert (
            "position" in (harness.hass.states.get(f"event.{NAME}") or State("event.none", "")).attributes
        ) is is_shown
