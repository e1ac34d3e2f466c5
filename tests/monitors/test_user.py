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
async def here(pushed: SetUpPush) -> PushHarness:
    """A car of which nothing but what people want is watched."""
    return await pushed()


async def look(here: PushHarness) -> None:
    """Have callback and monitors looked at."""
    here.data.monitors.async_request_sync()
    await wait_until_done(here)


async def turn(here: PushHarness, to: str) -> None:
    """Turn the switch."""
    target = {"entity_id": f"switch.{NAME}_active"}
    await here.hass.services.async_call("switch", f"turn_{to}", target=target, blocking=True)


async def test_made_and_shown(here: PushHarness, control: Control) -> None:
    assert platform_monitors(here) == []
    made = await add_monitor(here)
    assert only_monitor(here).label == TITLE
    assert monitor_status(here) == "running"
    assert get_state(here, f"switch.{NAME}_active").state == "on"
    assert get_state(here, f"event.{NAME}").state == "unknown"
    made_for = monitor_device(here)
    assert made_for
    assert (made_for.name, made_for.via_device_id) == (TITLE, here.car.device.id)
    assert made_for.entry_type is dr.DeviceEntryType.SERVICE
    assert not await async_remove_config_entry_device(here.hass, here.entry, made_for)
    registry = er.async_get(here.hass)
    assert len(er.async_entries_for_device(registry, made_for.id)) == 3
    before = only_monitor(here)
    await control.delete("requests")
    await here.reload()
    assert only_monitor(here) == before
    assert (await control.request_counts())[f"GET {MONITORS}"] == 1
    assert f"PUT {MONITORS}/{{mid}}" not in await control.request_counts()
    assert monitor_status(here) == "running"
    assert dr.async_get(here.hass).async_get(made_for.id)
    here.hass.config_entries.async_remove_subentry(here.entry, made.subentry_id)
    await wait_until_done(here)
    assert platform_monitors(here) == []
    assert dr.async_get(here.hass).async_get(made_for.id) is None
    assert here.hass.states.get(f"event.{NAME}") is None


async def test_no_request_without_monitors(here: PushHarness, control: Control) -> None:
    await control.delete("requests")
    await look(here)
    assert not [call for call in await control.request_counts() if "callbacks" in call]


async def test_tells(here: PushHarness, control: Control) -> None:
    """The event brings the values, and the car's entities show what came along."""
    await add_monitor(here)
    await control.delete("requests")
    await control.post("clock", {"advance": 60})
    await control.patch(here.car.vin, plug=True)
    await wait_until_done(here)
    told = get_state(here, f"event.{NAME}")
    assert told.attributes["event_type"] == "triggered"
    assert told.attributes["values"] == {"plugged": True}
    assert len(told.attributes["position"]) == 2
    assert told.attributes["time"].startswith("2026-11-20T12:01")
    assert "previous" not in told.attributes
    assert get_state(here, "binary_sensor.vauxhall_mokka_electric_charging_cable").state == "on"
    assert not [call for call in await control.request_counts() if "/status" in call]


async def test_tells_what_brings_nothing_along(here: PushHarness, control: Control) -> None:
    await add_monitor(here, replace(PLUGGED, extensions=()))
    await control.post("clock", {"advance": 60})
    await control.patch(here.car.vin, plug=True)
    await wait_until_done(here)
    told = get_state(here, f"event.{NAME}").attributes
    assert told["values"] == {"plugged": True}
    assert "position" not in told
    assert get_state(here, "binary_sensor.vauxhall_mokka_electric_charging_cable").state == "off"


def notification(**event: Any) -> Notification:
    """Return what a person's monitor tells."""
    return Notification(monitor_event=MonitorEvent.from_dict(event))


async def test_reminders_and_values_of_all_kinds(here: PushHarness) -> None:
    await add_monitor(here)
    (watch,) = here.data.monitors.user_monitors.values()
    values = [
        {"data": "vehicle.energy.electric.level", "value": {"body": {"literalValue": "42"}}, "previous": "43"},
        {"data": "vehicle.energy.charging.status", "value": {"body": {"literalValue": "InProgress"}}},
        {"data": "vehicle.alert", "value": {"type": "obj.alert", "body": {"objectValues": [{"type": "RiskOfIce"}]}}},
        {"data": "vehicle.hat"},
    ]
    watch.async_notify_listeners(notification(values=values, refresh=True))
    told = get_state(here, f"event.{NAME}").attributes
    assert told["event_type"] == "reminded"
    expected = {"electric_level": 42, "charging_status": "InProgress", "alert": ["RiskOfIce"], "vehicle.hat": None}
    assert told["values"] == expected
    assert told["previous"] == {"electric_level": 43}
    assert "position" not in told


async def gone(here: PushHarness) -> None:
    here.simulator.push.remove_monitor(only_monitor(here))


async def failed(here: PushHarness) -> None:
    only_monitor(here).set_to = "Failed"


async def twice(here: PushHarness) -> None:
    push = here.simulator.push
    push.watch(
        simulated_car(here.simulator, here.car.vehicle.label or ""), replace(only_monitor(here), id=push.new_id())
    )


@pytest.mark.parametrize("harm", [gone, failed, twice], ids=lambda harm: harm.__name__)
async def test_mended(here: PushHarness, harm: Callable[[PushHarness], Awaitable[None]]) -> None:
    await add_monitor(here)
    await harm(here)
    await advance_time(here.hass, SIX_HOURS)
    assert (only_monitor(here).label, only_monitor(here).status) == (TITLE, "Running")
    assert monitor_status(here) == "running"
    assert monitor_issues(here) == set()


async def test_edit(here: PushHarness, control: Control) -> None:
    """An edit arrives, also one of which the platform did not hear at first; the device goes by the new name."""
    made = await add_monitor(here)
    await control.fault(f"{MONITORS}/{{mid}}", method="PUT", status=500)
    here.hass.config_entries.async_update_subentry(here.entry, made, title="Cable")
    await wait_until_done(here)
    assert only_monitor(here).label == TITLE
    await control.delete("faults")
    await advance_time(here.hass, 602)
    assert only_monitor(here).label == "Cable"
    assert monitor_status(here) == "running"
    renamed = monitor_device(here)
    assert renamed
    assert renamed.name == "Cable"


async def test_changed_by_somebody_else(here: PushHarness) -> None:
    made = await add_monitor(here)
    modify_remotely(only_monitor(here))
    await look(here)
    assert only_monitor(here).label == "Theirs"
    assert monitor_status(here) == "changed"
    assert monitor_issues(here) == {"monitor_changed"}
    await turn(here, "off")
    assert only_monitor(here).status == "Paused"
    assert monitor_status(here) == "changed"
    here.hass.config_entries.async_remove_subentry(here.entry, made.subentry_id)
    await wait_until_done(here)
    assert monitor_issues(here) == set()


async def test_pause_and_resume(here: PushHarness, control: Control) -> None:
    await add_monitor(here)
    await turn(here, "off")
    assert (only_monitor(here).status, monitor_status(here)) == ("Paused", "paused")
    await look(here)
    assert (only_monitor(here).status, monitor_status(here)) == ("Paused", "paused")
    await control.fault(f"{MONITORS}/{{mid}}/status", status=500)
    with pytest.raises(HomeAssistantError, match="The server has a problem"):
        await turn(here, "on")
    assert get_state(here, f"switch.{NAME}_active").state == "off"
    await control.delete("faults")
    await turn(here, "on")
    assert (only_monitor(here).status, monitor_status(here)) == ("Running", "running")
    await gone(here)
    with pytest.raises(HomeAssistantError, match="does not have this monitor"):
        await turn(here, "off")
    await wait_until_done(here)
    assert only_monitor(here).status == "Running"


@pytest.mark.parametrize("code", [400, 403])
async def test_refused(here: PushHarness, control: Control, code: int) -> None:
    await control.fault(MONITORS, method="POST", status=code, body={"code": code * 100, "message": "No hats"})
    made = await add_monitor(here)
    assert monitor_status(here) == "refused"
    assert monitor_issues(here) == {"monitor_refused"}
    assert get_state(here, f"switch.{NAME}_active").state == "unavailable"
    await control.delete("faults")
    await look(here)
    assert platform_monitors(here) == []  # not tried again so soon
    here.hass.config_entries.async_update_subentry(here.entry, made, title="Cable")
    await wait_until_done(here)
    assert only_monitor(here).label == "Cable"
    assert monitor_issues(here) == set()
    assert monitor_status(here) == "running"


async def test_sixth_monitor(here: PushHarness) -> None:
    for number in range(6):
        await add_monitor(here, with_label(f"Number {number}"), f"w{number}")
    assert len(platform_monitors(here)) == 5
    assert monitor_issues(here) == {"monitor_refused"}


async def test_that_cannot_be_read(here: PushHarness) -> None:
    await add_monitor(here, monitor={"label": "hat"})
    assert monitor_status(here) == "refused"
    assert monitor_issues(here) == {"monitor_refused"}


async def test_car_that_is_not_there(here: PushHarness) -> None:
    await add_monitor(here, vin="nobody's")
    assert platform_monitors(here) == []
    assert monitor_status(here) == "unavailable"
    with pytest.raises(NoVehicle):
        await here.data.monitors.async_save_monitor("nobody's", "w2", PLUGGED)


async def test_car_that_leaves(pushed: SetUpPush, control: Control) -> None:
    here = await pushed()
    new = await control.post("vehicles", {"brand": "vauxhall"})
    await advance_time(here.hass, SIX_HOURS)
    await add_monitor(here, vin=new["vin"])
    assert monitor_status(here) == "running"
    await control.delete(f"vehicles/{new['vin']}")
    await advance_time(here.hass, SIX_HOURS)
    assert monitor_status(here) == "unavailable"
    assert monitor_device(here)


async def test_server_that_is_down(here: PushHarness, control: Control) -> None:
    await add_monitor(here)
    await control.fault(MONITORS, status=500)
    await look(here)
    assert monitor_status(here) == "unavailable"
    await control.delete("faults")
    await advance_time(here.hass, 602)
    assert monitor_status(here) == "running"


async def test_put(here: PushHarness, control: Control) -> None:
    """What the flow says arrives before the subentry is there, and is not sent again."""
    put = here.data.monitors.async_save_monitor
    await put(here.car.vin, "w1", PLUGGED)
    await control.delete("requests")
    await add_monitor(here)
    assert f"PUT {MONITORS}/{{mid}}" not in await control.request_counts()
    await put(here.car.vin, "w1", with_label("Cable"))
    assert only_monitor(here).label == "Cable"
    await control.fault(MONITORS, method="POST", status=403)
    with pytest.raises(StellantisError):
        await put(here.car.vin, "w2", PLUGGED)
    await control.fault(MONITORS, method="POST", reset=True)
    with pytest.raises(StellantisError):
        await put(here.car.vin, "w2", PLUGGED)


async def test_fate_of_what_was_put(here: PushHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """What arrived although nobody answered is there."""
    client = here.data.account.client
    make = client.create_monitor

    async def lost(*said: Any) -> None:
        await make(*said)
        raise OutcomeUnknown

    monkeypatch.setattr(client, "create_monitor", lost)
    await here.data.monitors.async_save_monitor(here.car.vin, "w1", PLUGGED)
    assert only_monitor(here).label == TITLE


async def test_turn_what_is_gone_meanwhile(here: PushHarness) -> None:
    await add_monitor(here)
    (watch,) = here.data.monitors.user_monitors.values()
    watch.async_mark_unknown()
    with pytest.raises(NotFound):
        await watch.async_set_running(running=False)
    assert not await watch.async_resolve(keep=False)


async def test_deletion_that_fails_is_tried_again(here: PushHarness, control: Control) -> None:
    made = await add_monitor(here)
    await control.fault(f"{MONITORS}/{{mid}}", method="DELETE", status=500)
    here.hass.config_entries.async_remove_subentry(here.entry, made.subentry_id)
    await wait_until_done(here)
    assert only_monitor(here)
    await control.delete("faults")
    await advance_time(here.hass, 602)
    assert platform_monitors(here) == []
    assert monitor_issues(here) == set()


async def test_beside_our_own(pushed: SetUpPush, control: Control) -> None:
    """One look serves both, and each hears its own only."""
    here = await pushed(own_monitors=True)
    await add_monitor(here)
    assert len(platform_monitors(here)) == 4
    await control.delete("requests")
    await look(here)
    assert (await control.request_counts()) == {"GET /user/callbacks": 1, f"GET {MONITORS}": 1}
    await control.post("clock", {"advance": 60})
    await control.patch(here.car.vin, doors=["Trunk"])
    await wait_until_done(here)
    assert get_state(here, f"event.{NAME}").state == "unknown"
    await control.patch(here.car.vin, plug=True)
    await wait_until_done(here)
    assert get_state(here, f"event.{NAME}").attributes["values"] == {"plugged": True}


async def test_without_an_address(pushed: SetUpPush) -> None:
    here = await pushed(None)
    await here.data.monitors.async_save_monitor(here.car.vin, "w1", PLUGGED)
    await add_monitor(here)
    assert here.callbacks == []
    assert monitor_status(here) == "unavailable"


async def test_disabled_entry_is_paused(here: PushHarness, control: Control) -> None:
    await add_monitor(here)
    await here.reload()
    assert here.callbacks[0].status == "Running"
    await here.hass.config_entries.async_set_disabled_by(here.entry.entry_id, ConfigEntryDisabler.USER)
    assert here.callbacks[0].status == "Paused"
    await here.hass.config_entries.async_set_disabled_by(here.entry.entry_id, None)
    await wait_until_done(here)
    assert here.callbacks[0].status == "Running"
    await control.fault("/user/callbacks/{cbid}/status", status=500)
    await here.hass.config_entries.async_set_disabled_by(here.entry.entry_id, ConfigEntryDisabler.USER)
    assert here.callbacks[0].status == "Running"


async def test_other_subentries_and_entries(here: PushHarness, control: Control) -> None:
    """What is no monitor, and new tokens, set nothing going."""
    await add_monitor(here)
    await control.delete("requests")
    here.hass.config_entries.async_update_entry(here.entry, title="Mine")
    other = MockConfigEntry()
    other.add_to_hass(here.hass)
    here.hass.config_entries.async_update_entry(other, title="Another")
    await wait_until_done(here)
    assert not [call for call in await control.request_counts() if "callbacks" in call]
