"""Theft tracking of a running Home Assistant: the switch, the action, what starts it, and what it does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

from homeassistant.core import Event, HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.stellantis.endpoints import ALARMS
from custom_components.stellantis.features.thief_mode import CONF_TRACK_AFTER, tracking
from custom_components.stellantis.features.thief_mode.data import get_tracker
from custom_components.stellantis.features.thief_mode.tracker import EVENT_THEFT_TRACKING, RECORD_KEY
from custom_components.stellantis.features.thief_mode.tracking import Reason, Tracking
from tests.support.commands import ONE_CAR, CommandTester
from tests.support.entity_actions import CAR, actual_car, call_entity_action
from tests.support.helpers import advance_time, call_action_on_only_car, get_state
from tests.support.push import SetUpPush

pytestmark = [pytest.mark.simulator(**ONE_CAR), pytest.mark.usefixtures("entity_registry_enabled_by_default")]

SWITCH = f"switch.{CAR}_theft_tracking"


@pytest.fixture
def no_wake_ups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wake the car, which would take until the simulator's clock is advanced."""
    monkeypatch.setattr(tracking, "MAX_WAKE_UPS", 0)


def kinds(events: list[Event]) -> list[tuple[str, str]]:
    """Return the types and reasons of events."""
    return [(event.data["type"], event.data["reason"]) for event in events]


async def set_automatic(tester: CommandTester, *reasons: str) -> None:
    """Set what starts the tracking."""
    flows = tester.hass.config_entries.options
    menu = await flows.async_init(tester.entry.entry_id)
    form = await flows.async_configure(menu["flow_id"], {"next_step_id": "thief_mode"})
    result = await flows.async_configure(form["flow_id"], {CONF_TRACK_AFTER: [*reasons]})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await tester.hass.async_block_till_done(wait_background_tasks=True)


async def report(tester: CommandTester, **changes: Any) -> None:
    """Change the car, and poll it."""
    await tester.advance_clock(5)
    await tester.control.patch(tester.vin, **changes)
    await tester.car.status.async_refresh()


async def end(tester: CommandTester) -> None:
    """Turn the switch off."""
    await call_entity_action(tester, "switch.turn_off", "theft_tracking")
    assert get_state(tester.hass, SWITCH) == "off"


async def test_switch(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sleeping car is woken, and its positions are recorded, also over a restart."""
    monkeypatch.setattr(tracking, "MAX_SILENCE", timedelta(0))
    events = async_capture_events(tester.hass, EVENT_THEFT_TRACKING)
    assert get_state(tester.hass, SWITCH) == "off"
    assert await call_action_on_only_car(tester.hass, "get_theft_track", tester.entry.entry_id) == {
        "active": False,
        "path": None,
    }
    await tester.control.patch(tester.vin, asleep=True)
    await tester.car.status.async_refresh()
    await call_entity_action(tester, "switch.turn_on", "theft_tracking")
    assert get_state(tester.hass, SWITCH) == "on"
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    await tester.wait_until_idle()
    assert not (await actual_car(tester))["asleep"]
    for latitude in (48.9, 48.95):
        await report(tester, position=[2.3, latitude])
    await tester.reload()
    assert get_state(tester.hass, SWITCH) == "on"
    await report(tester, position=[2.3, 49])
    response = await call_action_on_only_car(tester.hass, "start_theft_tracking", tester.entry.entry_id, duration=240)
    track = await call_action_on_only_car(tester.hass, "get_theft_track", tester.entry.entry_id)
    assert track.items() >= {"active": True, "reason": "person", "until": response["until"]}.items()
    assert [latitude for _, latitude, *_ in track["path"]["geometry"]["coordinates"]][-3:] == [48.9, 48.95, 49]
    await end(tester)
    await report(tester, position=[2.3, 49.1])
    after = await call_action_on_only_car(tester.hass, "get_theft_track", tester.entry.entry_id)
    assert after == {**track, "active": False}
    assert kinds(events)[-2:] == [("started", "person"), ("ended", "person")]
    assert not tester.hass.states.async_all("persistent_notification")


@pytest.mark.usefixtures("no_wake_ups")
async def test_time_is_over(tester: CommandTester) -> None:
    """A tracking ends by itself, also if that was while Home Assistant was off."""
    await call_entity_action(tester, "switch.turn_on", "theft_tracking")
    store = tester.car.store
    over = replace(Tracking.from_dict(store.feature_records[RECORD_KEY]), until=dt_util.utcnow())
    store.feature_records = {RECORD_KEY: over.to_dict()}
    await tester.reload()
    assert get_state(tester.hass, SWITCH) == "off"
    tracker = get_tracker(tester.car)
    tracker.async_start(Reason.PERSON, timedelta(milliseconds=1))
    while tracker.is_active:
        await advance_time(tester.hass, 61)
    assert get_state(tester.hass, SWITCH) == "off"


@pytest.mark.usefixtures("no_wake_ups")
async def test_what_starts_it(tester: CommandTester) -> None:
    hass = tester.hass
    assert await async_setup_component(hass, "zone", {})
    hass.states.async_set("zone.garage", "0", {"latitude": 48.8, "longitude": 2.3, "radius": 100})
    events = async_capture_events(hass, EVENT_THEFT_TRACKING)
    # Nothing, unless the driver wants it
    await report(tester, position=[2.3, 48.8], odometer=40_000)
    await report(tester, position=[2.3, 48.9])
    assert get_state(hass, SWITCH) == "off"
    await set_automatic(tester, "towed", "alarm")
    await report(tester, position=[2.3, 48.8], odometer=40_020)
    await report(tester, position=[2.3, 48.9], odometer=40_040)
    await report(tester, position=[2.3, 48.95])
    assert get_state(hass, SWITCH) == "off", "it was driven, and then towed, but not out of a zone"
    await report(tester, position=[2.3, 48.8], odometer=40_060)
    await report(tester, position=[2.3, 48.85])
    assert get_state(hass, SWITCH) == "on"
    await end(tester)
    alarms = tester.car.coordinator_for(ALARMS)
    assert alarms
    await alarms.async_refresh()
    await tester.advance_clock(5)
    await tester.control.patch(tester.vin, alarm="VehicleLifting")
    await alarms.async_refresh()
    assert get_state(hass, SWITCH) == "on"
    await end(tester)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert kinds(events) == [(kind, reason) for reason in ("towed", "alarm") for kind in ("started", "ended")]
    (notification,) = hass.data["persistent_notification"].values()
    assert notification["title"] == f"Theft tracking: {tester.car.name}"
    assert notification["message"].startswith("The alarm went off. The car is tracked until ")


@pytest.mark.usefixtures("no_wake_ups")
async def test_monitor(hass: HomeAssistant, set_up_push: SetUpPush) -> None:
    """While a car is tracked, and no longer, it notifies every minute also if it stands."""
    harness = await set_up_push(brand="peugeot", own_monitors=True)
    tracker = get_tracker(harness.car)

    def intervals() -> list[float]:
        monitors = [monitor for monitor in harness.simulator.push.monitors.values() if " tracking " in monitor.label]
        return [monitor.parameter["subscribeParam"]["refreshEvent"] for monitor in monitors]

    assert intervals() == []
    tracker.async_start(Reason.PERSON)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert intervals() == [60]
    tracker.async_stop()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert intervals() == []


@pytest.mark.usefixtures("no_wake_ups")
async def test_car_that_leaves_the_account(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not tracked any longer."""
    car, data = tester.car, tester.entry.runtime_data
    get_tracker(car).async_start(Reason.PERSON)
    refresh = Mock()
    monkeypatch.setattr(car.status, "async_refresh_soon", refresh)
    await advance_time(tester.hass, 61)
    assert refresh.called
    # A list without any car would not be believed
    await tester.control.post("vehicles", {"brand": "peugeot"})
    await tester.control.delete(f"vehicles/{tester.vin}")
    await data.vehicles.async_refresh()
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    assert tester.vin not in data.cars
    refresh.reset_mock()
    await advance_time(tester.hass, 122)
    assert not refresh.called
