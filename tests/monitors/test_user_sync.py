"""The user's monitors: created, synchronized, shown, and never silently overwritten."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

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
from custom_components.stellantis.entity import MONITOR_MANUFACTURER
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
    """Set up a car without the integration's own monitors."""
    return await set_up_push()


async def synchronize(harness: PushHarness) -> None:
    """Synchronize callback and monitors."""
    harness.data.monitors.async_request_sync()
    await wait_until_done(harness)


async def turn_switch(harness: PushHarness, state: str) -> None:
    """Turn the monitor's switch on or off."""
    target = {"entity_id": f"switch.{NAME}_active"}
    await harness.hass.services.async_call("switch", f"turn_{state}", target=target, blocking=True)


async def test_created_and_shown(harness: PushHarness, control: Control) -> None:
    assert platform_monitors(harness) == []
    subentry = await add_monitor(harness)
    assert only_monitor(harness).label == TITLE
    assert monitor_status(harness) == "running"
    assert get_state(harness, f"switch.{NAME}_active").state == "on"
    assert get_state(harness, f"event.{NAME}").state == "unknown"
    device = monitor_device(harness)
    assert device
    assert (device.name, device.model) == (TITLE, "Charging cable: any change")
    assert device.via_device_id == harness.car.device.id
    assert (device.entry_type, device.manufacturer) == (dr.DeviceEntryType.SERVICE, MONITOR_MANUFACTURER)
    assert not await async_remove_config_entry_device(harness.hass, harness.entry, device)
    registry = er.async_get(harness.hass)
    assert len(er.async_entries_for_device(registry, device.id)) == 3
    before = only_monitor(harness)
    await control.delete("requests")
    await harness.reload()
    assert only_monitor(harness) == before
    assert (await control.request_counts())[f"GET {MONITORS}"] == 1
    assert f"PUT {MONITORS}/{{mid}}" not in await control.request_counts()
    assert monitor_status(harness) == "running"
    assert dr.async_get(harness.hass).async_get(device.id)
    harness.hass.config_entries.async_remove_subentry(harness.entry, subentry.subentry_id)
    await wait_until_done(harness)
    assert platform_monitors(harness) == []
    assert dr.async_get(harness.hass).async_get(device.id) is None
    assert harness.hass.states.get(f"event.{NAME}") is None


async def test_no_request_without_monitors(harness: PushHarness, control: Control) -> None:
    await control.delete("requests")
    await synchronize(harness)
    assert not [call for call in await control.request_counts() if "callbacks" in call]


async def test_event(harness: PushHarness, control: Control) -> None:
    """The event has the values, and the car's entities show the status in the notification."""
    await add_monitor(harness)
    await control.delete("requests")
    await control.post("clock", {"advance": 60})
    await control.patch(harness.car.vin, plug=True)
    await wait_until_done(harness)
    event = get_state(harness, f"event.{NAME}")
    assert event.attributes["event_type"] == "triggered"
    assert event.attributes["values"] == {"plugged": True}
    assert len(event.attributes["position"]) == 2
    assert event.attributes["time"].startswith("2026-11-20T12:01")
    assert "previous" not in event.attributes
    assert get_state(harness, "binary_sensor.vauxhall_mokka_electric_charging_cable").state == "on"
    assert not [call for call in await control.request_counts() if "/status" in call]


async def test_event_without_extensions(harness: PushHarness, control: Control) -> None:
    await add_monitor(harness, replace(PLUGGED, extensions=()))
    await control.post("clock", {"advance": 60})
    await control.patch(harness.car.vin, plug=True)
    await wait_until_done(harness)
    attributes = get_state(harness, f"event.{NAME}").attributes
    assert attributes["values"] == {"plugged": True}
    assert "position" not in attributes
    assert get_state(harness, "binary_sensor.vauxhall_mokka_electric_charging_cable").state == "off"


def notification(**event: Any) -> Notification:
    """Return a notification of a user's monitor."""
    return Notification(monitor_event=MonitorEvent.from_dict(event))


async def test_reminders_and_values_of_all_kinds(harness: PushHarness) -> None:
    await add_monitor(harness)
    (user_monitor,) = harness.data.monitors.user_monitors.values()
    values = [
        {"data": "vehicle.energy.electric.level", "value": {"body": {"literalValue": "42"}}, "previous": "43"},
        {"data": "vehicle.energy.charging.status", "value": {"body": {"literalValue": "InProgress"}}},
        {"data": "vehicle.alert", "value": {"type": "obj.alert", "body": {"objectValues": [{"type": "RiskOfIce"}]}}},
        {"data": "vehicle.hat"},
    ]
    user_monitor.async_notify_listeners(notification(values=values, refresh=True))
    attributes = get_state(harness, f"event.{NAME}").attributes
    assert attributes["event_type"] == "reminded"
    expected = {"electric_level": 42, "charging_status": "InProgress", "alert": ["RiskOfIce"], "vehicle.hat": None}
    assert attributes["values"] == expected
    assert attributes["previous"] == {"electric_level": 43}
    assert "position" not in attributes


async def delete_remotely(harness: PushHarness) -> None:
    harness.simulator.push.remove_monitor(only_monitor(harness))


async def fail_remotely(harness: PushHarness) -> None:
    only_monitor(harness).requested_status = "Failed"


async def duplicate_remotely(harness: PushHarness) -> None:
    push = harness.simulator.push
    push.start_monitor(
        simulated_car(harness.simulator, harness.car.vehicle.label or ""),
        replace(only_monitor(harness), id=push.new_id()),
    )


@pytest.mark.parametrize(
    "damage", [delete_remotely, fail_remotely, duplicate_remotely], ids=lambda damage: damage.__name__
)
async def test_repaired(harness: PushHarness, damage: Callable[[PushHarness], Awaitable[None]]) -> None:
    await add_monitor(harness)
    await damage(harness)
    await advance_time(harness.hass, SIX_HOURS)
    assert (only_monitor(harness).label, only_monitor(harness).status) == (TITLE, "Running")
    assert monitor_status(harness) == "running"
    assert monitor_issues(harness) == set()


async def test_edit(harness: PushHarness, control: Control) -> None:
    """An edit is sent, if need be by a retry, and the device gets the new name."""
    subentry = await add_monitor(harness)
    await control.fault(f"{MONITORS}/{{mid}}", method="PUT", status=500)
    harness.hass.config_entries.async_update_subentry(harness.entry, subentry, title="Cable")
    await wait_until_done(harness)
    assert only_monitor(harness).label == TITLE
    await control.delete("faults")
    await advance_time(harness.hass, 602)
    assert only_monitor(harness).label == "Cable"
    assert monitor_status(harness) == "running"
    renamed = monitor_device(harness)
    assert renamed
    assert renamed.name == "Cable"


async def test_modified_by_somebody_else(harness: PushHarness) -> None:
    subentry = await add_monitor(harness)
    modify_remotely(only_monitor(harness))
    await synchronize(harness)
    assert only_monitor(harness).label == "Theirs"
    assert monitor_status(harness) == "changed"
    assert monitor_issues(harness) == {"monitor_changed"}
    await turn_switch(harness, "off")
    assert only_monitor(harness).status == "Paused"
    assert monitor_status(harness) == "changed"
    harness.hass.config_entries.async_remove_subentry(harness.entry, subentry.subentry_id)
    await wait_until_done(harness)
    assert monitor_issues(harness) == set()


async def test_pause_and_resume(harness: PushHarness, control: Control) -> None:
    await add_monitor(harness)
    await turn_switch(harness, "off")
    assert (only_monitor(harness).status, monitor_status(harness)) == ("Paused", "paused")
    await synchronize(harness)
    assert (only_monitor(harness).status, monitor_status(harness)) == ("Paused", "paused")
    await control.fault(f"{MONITORS}/{{mid}}/status", status=500)
    with pytest.raises(HomeAssistantError, match="The server returned an error"):
        await turn_switch(harness, "on")
    assert get_state(harness, f"switch.{NAME}_active").state == "off"
    await control.delete("faults")
    await turn_switch(harness, "on")
    assert (only_monitor(harness).status, monitor_status(harness)) == ("Running", "running")
    await delete_remotely(harness)
    with pytest.raises(HomeAssistantError, match="has not been created yet"):
        await turn_switch(harness, "off")
    await wait_until_done(harness)
    assert only_monitor(harness).status == "Running"


@pytest.mark.parametrize("status_code", [400, 403])
async def test_rejected(harness: PushHarness, control: Control, status_code: int) -> None:
    await control.fault(
        MONITORS, method="POST", status=status_code, body={"code": status_code * 100, "message": "No hats"}
    )
    subentry = await add_monitor(harness)
    assert monitor_status(harness) == "refused"
    assert monitor_issues(harness) == {"monitor_refused"}
    assert get_state(harness, f"switch.{NAME}_active").state == "unavailable"
    await control.delete("faults")
    await synchronize(harness)
    assert platform_monitors(harness) == []  # not retried so soon
    harness.hass.config_entries.async_update_subentry(harness.entry, subentry, title="Cable")
    await wait_until_done(harness)
    assert only_monitor(harness).label == "Cable"
    assert monitor_issues(harness) == set()
    assert monitor_status(harness) == "running"


async def test_sixth_monitor(harness: PushHarness) -> None:
    for number in range(6):
        await add_monitor(harness, with_label(f"Number {number}"), f"w{number}")
    assert len(platform_monitors(harness)) == 5
    assert monitor_issues(harness) == {"monitor_refused"}


async def test_malformed_subentry(harness: PushHarness) -> None:
    await add_monitor(harness, monitor={"label": "hat"})
    assert monitor_status(harness) == "refused"
    assert monitor_issues(harness) == {"monitor_invalid"}


async def test_unknown_car(harness: PushHarness) -> None:
    await add_monitor(harness, vin="nobody's")
    assert platform_monitors(harness) == []
    assert monitor_status(harness) == "unavailable"
    with pytest.raises(NoVehicle):
        await harness.data.monitors.async_save_monitor("nobody's", "w2", PLUGGED)


async def test_car_removed(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push()
    vehicle = await control.post("vehicles", {"brand": "vauxhall"})
    await advance_time(harness.hass, SIX_HOURS)
    await add_monitor(harness, vin=vehicle["vin"])
    assert monitor_status(harness) == "running"
    await control.delete(f"vehicles/{vehicle['vin']}")
    await advance_time(harness.hass, SIX_HOURS)
    assert monitor_status(harness) == "unavailable"
    assert monitor_device(harness)


async def test_server_down(harness: PushHarness, control: Control) -> None:
    await add_monitor(harness)
    await control.fault(MONITORS, status=500)
    for status in ("running", "running", "unavailable"):
        await synchronize(harness)
        assert monitor_status(harness) == status
    await control.delete("faults")
    await advance_time(harness.hass, 2402)
    assert monitor_status(harness) == "running"


async def test_save_monitor(harness: PushHarness, control: Control) -> None:
    """The flow creates the monitor before the subentry, and it is not sent again."""
    save = harness.data.monitors.async_save_monitor
    await save(harness.car.vin, "w1", PLUGGED)
    await control.delete("requests")
    await add_monitor(harness)
    assert f"PUT {MONITORS}/{{mid}}" not in await control.request_counts()
    await save(harness.car.vin, "w1", with_label("Cable"))
    assert only_monitor(harness).label == "Cable"
    await control.fault(MONITORS, method="POST", status=403)
    with pytest.raises(StellantisError):
        await save(harness.car.vin, "w2", PLUGGED)
    await control.fault(MONITORS, method="POST", reset=True)
    with pytest.raises(StellantisError):
        await save(harness.car.vin, "w2", PLUGGED)


async def test_save_monitor_with_lost_response(harness: PushHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """A monitor that was created although the response was lost is found."""
    client = harness.data.account.client
    create_monitor = client.create_monitor

    async def lose_response(*args: Any) -> None:
        await create_monitor(*args)
        raise OutcomeUnknown

    monkeypatch.setattr(client, "create_monitor", lose_response)
    await harness.data.monitors.async_save_monitor(harness.car.vin, "w1", PLUGGED)
    assert only_monitor(harness).label == TITLE


async def test_set_running_of_unknown_monitor(harness: PushHarness) -> None:
    await add_monitor(harness)
    (user_monitor,) = harness.data.monitors.user_monitors.values()
    user_monitor.async_mark_unknown()
    with pytest.raises(NotFound):
        await user_monitor.async_set_running(running=False)
    await delete_remotely(harness)
    assert not await harness.data.monitors.async_resolve(user_monitor, keep=False)


async def test_deletion_is_retried(harness: PushHarness, control: Control) -> None:
    subentry = await add_monitor(harness)
    await control.fault(f"{MONITORS}/{{mid}}", method="DELETE", status=500)
    harness.hass.config_entries.async_remove_subentry(harness.entry, subentry.subentry_id)
    await wait_until_done(harness)
    assert only_monitor(harness)
    await control.delete("faults")
    await advance_time(harness.hass, 602)
    assert platform_monitors(harness) == []
    assert monitor_issues(harness) == set()


async def test_beside_own_monitors(set_up_push: SetUpPush, control: Control) -> None:
    """One synchronization serves both, and each gets only its own notifications."""
    harness = await set_up_push(own_monitors=True)
    await add_monitor(harness)
    assert len(platform_monitors(harness)) == 4
    await control.delete("requests")
    await synchronize(harness)
    assert (await control.request_counts()) == {"GET /user/callbacks": 1, f"GET {MONITORS}": 1}
    await control.post("clock", {"advance": 60})
    await control.patch(harness.car.vin, doors=["Trunk"])
    await wait_until_done(harness)
    assert get_state(harness, f"event.{NAME}").state == "unknown"
    await control.patch(harness.car.vin, plug=True)
    await wait_until_done(harness)
    assert get_state(harness, f"event.{NAME}").attributes["values"] == {"plugged": True}


async def test_without_a_public_url(set_up_push: SetUpPush) -> None:
    harness = await set_up_push(None)
    await harness.data.monitors.async_save_monitor(harness.car.vin, "w1", PLUGGED)
    await add_monitor(harness)
    assert harness.callbacks == []
    assert monitor_status(harness) == "unavailable"


async def test_other_subentries_and_entries(harness: PushHarness, control: Control) -> None:
    """Other changes of the entry and other entries do not request a synchronization."""
    await add_monitor(harness)
    await control.delete("requests")
    harness.hass.config_entries.async_update_entry(harness.entry, title="Mine")
    other = MockConfigEntry()
    other.add_to_hass(harness.hass)
    harness.hass.config_entries.async_update_entry(other, title="Another")
    await wait_until_done(harness)
    assert not [call for call in await control.request_counts() if "callbacks" in call]
