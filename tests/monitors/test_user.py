"""Monitors of people: made, kept in step with the platform, shown, and never overwritten silently."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis import async_remove_config_entry_device
from custom_components.stellantis.api import (
    MonitorEvent,
    NotFound,
    Notification,
    NoVehicle,
    OutcomeUnknown,
    StellantisError,
)
from tests.support.helpers import Control, advance_time, simulated_car
from tests.support.monitors import (
    NAME,
    PLUGGED,
    TITLE,
    add_monitor,
    get_state,
    modify_remotely,
    monitor_device,
    monitor_issues,
    monitor_status,
    only_monitor,
    platform_monitors,
    wait_until_done,
    with_label,
)
from tests.support.push import PushHarness, SetUpPush

MONITORS = "/user/vehicles/{id}/callbacks/{cbid}/monitors"
SIX_HOURS = 6 * 3600 + 2


@pytest.fixture
async def harness(set_up_push: SetUpPush) -> PushHarness:
    """A car of which nothing but what people want is watched."""
    return await set_up_push()


async def look(harness: PushHarness) -> None:
    """Have callback and monitors looked at."""
    harness.data.monitors.async_request_sync()
    await wait_until_done(harness)


async def turn(harness: PushHarness, to: str) -> None:
    """Turn the switch."""
    target = {"entity_id": f"switch.{NAME}_active"}
    await harness.hass.services.async_call("switch", f"turn_{to}", target=target, blocking=True)


async def test_made_and_shown(harness: PushHarness, control: Control) -> None:
    assert platform_monitors(harness) == []
    made = await add_monitor(harness)
    assert only_monitor(harness).label == TITLE
    assert monitor_status(harness) == "running"
    assert get_state(harness, f"switch.{NAME}_active").state == "on"
    assert get_state(harness, f"event.{NAME}").state == "unknown"
    made_for = monitor_device(harness)
    assert made_for
    assert (made_for.name, made_for.via_device_id) == (TITLE, harness.car.device.id)
    assert made_for.entry_type is dr.DeviceEntryType.SERVICE
    assert not await async_remove_config_entry_device(harness.hass, harness.entry, made_for)
    registry = er.async_get(harness.hass)
    assert len(er.async_entries_for_device(registry, made_for.id)) == 3
    before = only_monitor(harness)
    await control.delete("requests")
    await harness.reload()
    assert only_monitor(harness) == before
    assert (await control.request_counts())[f"GET {MONITORS}"] == 1
    assert f"PUT {MONITORS}/{{mid}}" not in await control.request_counts()
    assert monitor_status(harness) == "running"
    assert dr.async_get(harness.hass).async_get(made_for.id)
    harness.hass.config_entries.async_remove_subentry(harness.entry, made.subentry_id)
    await wait_until_done(harness)
    assert platform_monitors(harness) == []
    assert dr.async_get(harness.hass).async_get(made_for.id) is None
    assert harness.hass.states.get(f"event.{NAME}") is None


async def test_no_request_without_monitors(harness: PushHarness, control: Control) -> None:
    await control.delete("requests")
    await look(harness)
    assert not [call for call in await control.request_counts() if "callbacks" in call]


async def test_tells(harness: PushHarness, control: Control) -> None:
    """The event brings the values, and the car's entities show what came along."""
    await add_monitor(harness)
    await control.delete("requests")
    await control.post("clock", {"advance": 60})
    await control.patch(harness.car.vin, plug=True)
    await wait_until_done(harness)
    told = get_state(harness, f"event.{NAME}")
    assert told.attributes["event_type"] == "triggered"
    assert told.attributes["values"] == {"plugged": True}
    assert len(told.attributes["position"]) == 2
    assert told.attributes["time"].startswith("2026-11-20T12:01")
    assert "previous" not in told.attributes
    assert get_state(harness, "binary_sensor.vauxhall_mokka_electric_charging_cable").state == "on"
    assert not [call for call in await control.request_counts() if "/status" in call]


async def test_tells_what_brings_nothing_along(harness: PushHarness, control: Control) -> None:
    await add_monitor(harness, replace(PLUGGED, extensions=()))
    await control.post("clock", {"advance": 60})
    await control.patch(harness.car.vin, plug=True)
    await wait_until_done(harness)
    told = get_state(harness, f"event.{NAME}").attributes
    assert told["values"] == {"plugged": True}
    assert "position" not in told
    assert get_state(harness, "binary_sensor.vauxhall_mokka_electric_charging_cable").state == "off"


def notification(**event: Any) -> Notification:
    """Return what a person's monitor tells."""
    return Notification(monitor_event=MonitorEvent.from_dict(event))


async def test_reminders_and_values_of_all_kinds(harness: PushHarness) -> None:
    await add_monitor(harness)
    (watch,) = harness.data.monitors.user_monitors.values()
    values = [
        {"data": "vehicle.energy.electric.level", "value": {"body": {"literalValue": "42"}}, "previous": "43"},
        {"data": "vehicle.energy.charging.status", "value": {"body": {"literalValue": "InProgress"}}},
        {"data": "vehicle.alert", "value": {"type": "obj.alert", "body": {"objectValues": [{"type": "RiskOfIce"}]}}},
        {"data": "vehicle.hat"},
    ]
    watch.async_notify_listeners(notification(values=values, refresh=True))
    told = get_state(harness, f"event.{NAME}").attributes
    assert told["event_type"] == "reminded"
    expected = {"electric_level": 42, "charging_status": "InProgress", "alert": ["RiskOfIce"], "vehicle.hat": None}
    assert told["values"] == expected
    assert told["previous"] == {"electric_level": 43}
    assert "position" not in told


async def gone(harness: PushHarness) -> None:
    harness.simulator.push.remove_monitor(only_monitor(harness))


async def failed(harness: PushHarness) -> None:
    only_monitor(harness).requested_status = "Failed"


async def twice(harness: PushHarness) -> None:
    push = harness.simulator.push
    push.start_monitor(
        simulated_car(harness.simulator, harness.car.vehicle.label or ""),
        replace(only_monitor(harness), id=push.new_id()),
    )


@pytest.mark.parametrize("harm", [gone, failed, twice], ids=lambda harm: harm.__name__)
async def test_mended(harness: PushHarness, harm: Callable[[PushHarness], Awaitable[None]]) -> None:
    await add_monitor(harness)
    await harm(harness)
    await advance_time(harness.hass, SIX_HOURS)
    assert (only_monitor(harness).label, only_monitor(harness).status) == (TITLE, "Running")
    assert monitor_status(harness) == "running"
    assert monitor_issues(harness) == set()


async def test_edit(harness: PushHarness, control: Control) -> None:
    """An edit arrives, also one of which the platform did not hear at first; the device goes by the new name."""
    made = await add_monitor(harness)
    await control.fault(f"{MONITORS}/{{mid}}", method="PUT", status=500)
    harness.hass.config_entries.async_update_subentry(harness.entry, made, title="Cable")
    await wait_until_done(harness)
    assert only_monitor(harness).label == TITLE
    await control.delete("faults")
    await advance_time(harness.hass, 602)
    assert only_monitor(harness).label == "Cable"
    assert monitor_status(harness) == "running"
    renamed = monitor_device(harness)
    assert renamed
    assert renamed.name == "Cable"


async def test_changed_by_somebody_else(harness: PushHarness) -> None:
    made = await add_monitor(harness)
    modify_remotely(only_monitor(harness))
    await look(harness)
    assert only_monitor(harness).label == "Theirs"
    assert monitor_status(harness) == "changed"
    assert monitor_issues(harness) == {"monitor_changed"}
    await turn(harness, "off")
    assert only_monitor(harness).status == "Paused"
    assert monitor_status(harness) == "changed"
    harness.hass.config_entries.async_remove_subentry(harness.entry, made.subentry_id)
    await wait_until_done(harness)
    assert monitor_issues(harness) == set()


async def test_pause_and_resume(harness: PushHarness, control: Control) -> None:
    await add_monitor(harness)
    await turn(harness, "off")
    assert (only_monitor(harness).status, monitor_status(harness)) == ("Paused", "paused")
    await look(harness)
    assert (only_monitor(harness).status, monitor_status(harness)) == ("Paused", "paused")
    await control.fault(f"{MONITORS}/{{mid}}/status", status=500)
    with pytest.raises(HomeAssistantError, match="The server has a problem"):
        await turn(harness, "on")
    assert get_state(harness, f"switch.{NAME}_active").state == "off"
    await control.delete("faults")
    await turn(harness, "on")
    assert (only_monitor(harness).status, monitor_status(harness)) == ("Running", "running")
    await gone(harness)
    with pytest.raises(HomeAssistantError, match="does not have this monitor"):
        await turn(harness, "off")
    await wait_until_done(harness)
    assert only_monitor(harness).status == "Running"


@pytest.mark.parametrize("code", [400, 403])
async def test_refused(harness: PushHarness, control: Control, code: int) -> None:
    await control.fault(MONITORS, method="POST", status=code, body={"code": code * 100, "message": "No hats"})
    made = await add_monitor(harness)
    assert monitor_status(harness) == "refused"
    assert monitor_issues(harness) == {"monitor_refused"}
    assert get_state(harness, f"switch.{NAME}_active").state == "unavailable"
    await control.delete("faults")
    await look(harness)
    assert platform_monitors(harness) == []  # not tried again so soon
    harness.hass.config_entries.async_update_subentry(harness.entry, made, title="Cable")
    await wait_until_done(harness)
    assert only_monitor(harness).label == "Cable"
    assert monitor_issues(harness) == set()
    assert monitor_status(harness) == "running"


async def test_sixth_monitor(harness: PushHarness) -> None:
    for number in range(6):
        await add_monitor(harness, with_label(f"Number {number}"), f"w{number}")
    assert len(platform_monitors(harness)) == 5
    assert monitor_issues(harness) == {"monitor_refused"}


async def test_that_cannot_be_read(harness: PushHarness) -> None:
    await add_monitor(harness, monitor={"label": "hat"})
    assert monitor_status(harness) == "refused"
    assert monitor_issues(harness) == {"monitor_refused"}


async def test_car_that_is_not_there(harness: PushHarness) -> None:
    await add_monitor(harness, vin="nobody's")
    assert platform_monitors(harness) == []
    assert monitor_status(harness) == "unavailable"
    with pytest.raises(NoVehicle):
        await harness.data.monitors.async_save_monitor("nobody's", "w2", PLUGGED)


async def test_car_that_leaves(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push()
    new = await control.post("vehicles", {"brand": "vauxhall"})
    await advance_time(harness.hass, SIX_HOURS)
    await add_monitor(harness, vin=new["vin"])
    assert monitor_status(harness) == "running"
    await control.delete(f"vehicles/{new['vin']}")
    await advance_time(harness.hass, SIX_HOURS)
    assert monitor_status(harness) == "unavailable"
    assert monitor_device(harness)


async def test_server_that_is_down(harness: PushHarness, control: Control) -> None:
    await add_monitor(harness)
    await control.fault(MONITORS, status=500)
    await look(harness)
    assert monitor_status(harness) == "unavailable"
    await control.delete("faults")
    await advance_time(harness.hass, 602)
    assert monitor_status(harness) == "running"


async def test_put(harness: PushHarness, control: Control) -> None:
    """What the flow says arrives before the subentry is there, and is not sent again."""
    put = harness.data.monitors.async_save_monitor
    await put(harness.car.vin, "w1", PLUGGED)
    await control.delete("requests")
    await add_monitor(harness)
    assert f"PUT {MONITORS}/{{mid}}" not in await control.request_counts()
    await put(harness.car.vin, "w1", with_label("Cable"))
    assert only_monitor(harness).label == "Cable"
    await control.fault(MONITORS, method="POST", status=403)
    with pytest.raises(StellantisError):
        await put(harness.car.vin, "w2", PLUGGED)
    await control.fault(MONITORS, method="POST", reset=True)
    with pytest.raises(StellantisError):
        await put(harness.car.vin, "w2", PLUGGED)


async def test_fate_of_what_was_put(harness: PushHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """What arrived although nobody answered is there."""
    client = harness.data.account.client
    make = client.create_monitor

    async def lost(*said: Any) -> None:
        await make(*said)
        raise OutcomeUnknown

    monkeypatch.setattr(client, "create_monitor", lost)
    await harness.data.monitors.async_save_monitor(harness.car.vin, "w1", PLUGGED)
    assert only_monitor(harness).label == TITLE


async def test_turn_what_is_gone_meanwhile(harness: PushHarness) -> None:
    await add_monitor(harness)
    (watch,) = harness.data.monitors.user_monitors.values()
    watch.async_mark_unknown()
    with pytest.raises(NotFound):
        await watch.async_set_running(running=False)
    assert not await watch.async_resolve(keep=False)


async def test_deletion_that_fails_is_tried_again(harness: PushHarness, control: Control) -> None:
    made = await add_monitor(harness)
    await control.fault(f"{MONITORS}/{{mid}}", method="DELETE", status=500)
    harness.hass.config_entries.async_remove_subentry(harness.entry, made.subentry_id)
    await wait_until_done(harness)
    assert only_monitor(harness)
    await control.delete("faults")
    await advance_time(harness.hass, 602)
    assert platform_monitors(harness) == []
    assert monitor_issues(harness) == set()


async def test_beside_our_own(set_up_push: SetUpPush, control: Control) -> None:
    """One look serves both, and each hears its own only."""
    harness = await set_up_push(own_monitors=True)
    await add_monitor(harness)
    assert len(platform_monitors(harness)) == 4
    await control.delete("requests")
    await look(harness)
    assert (await control.request_counts()) == {"GET /user/callbacks": 1, f"GET {MONITORS}": 1}
    await control.post("clock", {"advance": 60})
    await control.patch(harness.car.vin, doors=["Trunk"])
    await wait_until_done(harness)
    assert get_state(harness, f"event.{NAME}").state == "unknown"
    await control.patch(harness.car.vin, plug=True)
    await wait_until_done(harness)
    assert get_state(harness, f"event.{NAME}").attributes["values"] == {"plugged": True}


async def test_without_an_address(set_up_push: SetUpPush) -> None:
    harness = await set_up_push(None)
    await harness.data.monitors.async_save_monitor(harness.car.vin, "w1", PLUGGED)
    await add_monitor(harness)
    assert harness.callbacks == []
    assert monitor_status(harness) == "unavailable"


async def test_disabled_entry_is_paused(harness: PushHarness, control: Control) -> None:
    await add_monitor(harness)
    await harness.reload()
    assert harness.callbacks[0].status == "Running"
    await harness.hass.config_entries.async_set_disabled_by(harness.entry.entry_id, ConfigEntryDisabler.USER)
    assert harness.callbacks[0].status == "Paused"
    await harness.hass.config_entries.async_set_disabled_by(harness.entry.entry_id, None)
    await wait_until_done(harness)
    assert harness.callbacks[0].status == "Running"
    await control.fault("/user/callbacks/{cbid}/status", status=500)
    await harness.hass.config_entries.async_set_disabled_by(harness.entry.entry_id, ConfigEntryDisabler.USER)
    assert harness.callbacks[0].status == "Running"


async def test_other_subentries_and_entries(harness: PushHarness, control: Control) -> None:
    """What is no monitor, and new tokens, set nothing going."""
    await add_monitor(harness)
    await control.delete("requests")
    harness.hass.config_entries.async_update_entry(harness.entry, title="Mine")
    other = MockConfigEntry()
    other.add_to_hass(harness.hass)
    harness.hass.config_entries.async_update_entry(other, title="Another")
    await wait_until_done(harness)
    assert not [call for call in await control.request_counts() if "callbacks" in call]
