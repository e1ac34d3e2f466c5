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
    FateUnknown,
    MonitorEvent,
    NotFound,
    Notification,
    NoVehicle,
    StellantisError,
)
from tests.helpers import Control, car_of, pass_time
from tests.pushing import LinkPushed, Pushed
from tests.watches import (
    NAME,
    PLUGGED,
    TITLE,
    add,
    change,
    device,
    issues,
    listed,
    one,
    relabelled,
    settle,
    shown,
    status,
)

MONITORS = "/user/vehicles/{id}/callbacks/{cbid}/monitors"
SIX_HOURS = 6 * 3600 + 2


@pytest.fixture
async def here(pushed: LinkPushed) -> Pushed:
    """A car of which nothing but what people want is watched."""
    return await pushed()


async def look(here: Pushed) -> None:
    """Have callback and monitors looked at."""
    here.data.monitors.async_look()
    await settle(here)


async def turn(here: Pushed, to: str) -> None:
    """Turn the switch."""
    target = {"entity_id": f"switch.{NAME}_active"}
    await here.hass.services.async_call("switch", f"turn_{to}", target=target, blocking=True)


async def test_made_and_shown(here: Pushed, control: Control) -> None:
    assert listed(here) == []
    made = await add(here)
    assert one(here).label == TITLE
    assert status(here) == "running"
    assert shown(here, f"switch.{NAME}_active").state == "on"
    assert shown(here, f"event.{NAME}").state == "unknown"
    made_for = device(here)
    assert made_for
    assert (made_for.name, made_for.via_device_id) == (TITLE, here.car.device.id)
    assert made_for.entry_type is dr.DeviceEntryType.SERVICE
    assert not await async_remove_config_entry_device(here.hass, here.entry, made_for)
    registry = er.async_get(here.hass)
    assert len(er.async_entries_for_device(registry, made_for.id)) == 3
    before = one(here)
    await control.delete("requests")
    await here.reload()
    assert one(here) == before
    assert (await control.requests())[f"GET {MONITORS}"] == 1
    assert f"PUT {MONITORS}/{{mid}}" not in await control.requests()
    assert status(here) == "running"
    assert dr.async_get(here.hass).async_get(made_for.id)
    here.hass.config_entries.async_remove_subentry(here.entry, made.subentry_id)
    await settle(here)
    assert listed(here) == []
    assert dr.async_get(here.hass).async_get(made_for.id) is None
    assert here.hass.states.get(f"event.{NAME}") is None


async def test_no_request_without_monitors(here: Pushed, control: Control) -> None:
    await control.delete("requests")
    await look(here)
    assert not [call for call in await control.requests() if "callbacks" in call]


async def test_tells(here: Pushed, control: Control) -> None:
    """The event brings the values, and the car's entities show what came along."""
    await add(here)
    await control.delete("requests")
    await control.post("clock", {"advance": 60})
    await control.patch(here.car.vin, plug=True)
    await settle(here)
    told = shown(here, f"event.{NAME}")
    assert told.attributes["event_type"] == "triggered"
    assert told.attributes["values"] == {"plugged": True}
    assert len(told.attributes["position"]) == 2
    assert told.attributes["time"].startswith("2026-11-20T12:01")
    assert "previous" not in told.attributes
    assert shown(here, "binary_sensor.vauxhall_mokka_electric_charging_cable").state == "on"
    assert not [call for call in await control.requests() if "/status" in call]


async def test_tells_what_brings_nothing_along(here: Pushed, control: Control) -> None:
    await add(here, replace(PLUGGED, extensions=()))
    await control.post("clock", {"advance": 60})
    await control.patch(here.car.vin, plug=True)
    await settle(here)
    told = shown(here, f"event.{NAME}").attributes
    assert told["values"] == {"plugged": True}
    assert "position" not in told
    assert shown(here, "binary_sensor.vauxhall_mokka_electric_charging_cable").state == "off"


def notification(**event: Any) -> Notification:
    """Return what a person's monitor tells."""
    return Notification(monitor_event=MonitorEvent.from_dict(event))


async def test_reminders_and_values_of_all_kinds(here: Pushed) -> None:
    await add(here)
    (watch,) = here.data.monitors.watches.values()
    values = [
        {"data": "vehicle.energy.electric.level", "value": {"body": {"literalValue": "42"}}, "previous": "43"},
        {"data": "vehicle.energy.charging.status", "value": {"body": {"literalValue": "InProgress"}}},
        {"data": "vehicle.alert", "value": {"type": "obj.alert", "body": {"objectValues": [{"type": "RiskOfIce"}]}}},
        {"data": "vehicle.hat"},
    ]
    watch.async_hear(notification(values=values, refresh=True))
    told = shown(here, f"event.{NAME}").attributes
    assert told["event_type"] == "reminded"
    expected = {"electric_level": 42, "charging_status": "InProgress", "alert": ["RiskOfIce"], "vehicle.hat": None}
    assert told["values"] == expected
    assert told["previous"] == {"electric_level": 43}
    assert "position" not in told


async def gone(here: Pushed) -> None:
    here.simulator.push.remove_monitor(one(here))


async def failed(here: Pushed) -> None:
    one(here).requested_status = "Failed"


async def twice(here: Pushed) -> None:
    push = here.simulator.push
    push.start_monitor(car_of(here.simulator, here.car.vehicle.label or ""), replace(one(here), id=push.new_id()))


@pytest.mark.parametrize("harm", [gone, failed, twice], ids=lambda harm: harm.__name__)
async def test_mended(here: Pushed, harm: Callable[[Pushed], Awaitable[None]]) -> None:
    await add(here)
    await harm(here)
    await pass_time(here.hass, SIX_HOURS)
    assert (one(here).label, one(here).status) == (TITLE, "Running")
    assert status(here) == "running"
    assert issues(here) == set()


async def test_edit(here: Pushed, control: Control) -> None:
    """An edit arrives, also one of which the platform did not hear at first; the device goes by the new name."""
    made = await add(here)
    await control.fault(f"{MONITORS}/{{mid}}", method="PUT", status=500)
    here.hass.config_entries.async_update_subentry(here.entry, made, title="Cable")
    await settle(here)
    assert one(here).label == TITLE
    await control.delete("faults")
    await pass_time(here.hass, 602)
    assert one(here).label == "Cable"
    assert status(here) == "running"
    renamed = device(here)
    assert renamed
    assert renamed.name == "Cable"


async def test_changed_by_somebody_else(here: Pushed) -> None:
    made = await add(here)
    change(one(here))
    await look(here)
    assert one(here).label == "Theirs"
    assert status(here) == "changed"
    assert issues(here) == {"monitor_changed"}
    await turn(here, "off")
    assert one(here).status == "Paused"
    assert status(here) == "changed"
    here.hass.config_entries.async_remove_subentry(here.entry, made.subentry_id)
    await settle(here)
    assert issues(here) == set()


async def test_pause_and_resume(here: Pushed, control: Control) -> None:
    await add(here)
    await turn(here, "off")
    assert (one(here).status, status(here)) == ("Paused", "paused")
    await look(here)
    assert (one(here).status, status(here)) == ("Paused", "paused")
    await control.fault(f"{MONITORS}/{{mid}}/status", status=500)
    with pytest.raises(HomeAssistantError, match="The server has a problem"):
        await turn(here, "on")
    assert shown(here, f"switch.{NAME}_active").state == "off"
    await control.delete("faults")
    await turn(here, "on")
    assert (one(here).status, status(here)) == ("Running", "running")
    await gone(here)
    with pytest.raises(HomeAssistantError, match="does not have this monitor"):
        await turn(here, "off")
    await settle(here)
    assert one(here).status == "Running"


@pytest.mark.parametrize("code", [400, 403])
async def test_refused(here: Pushed, control: Control, code: int) -> None:
    await control.fault(MONITORS, method="POST", status=code, body={"code": code * 100, "message": "No hats"})
    made = await add(here)
    assert status(here) == "refused"
    assert issues(here) == {"monitor_refused"}
    assert shown(here, f"switch.{NAME}_active").state == "unavailable"
    await control.delete("faults")
    await look(here)
    assert listed(here) == []  # not tried again so soon
    here.hass.config_entries.async_update_subentry(here.entry, made, title="Cable")
    await settle(here)
    assert one(here).label == "Cable"
    assert issues(here) == set()
    assert status(here) == "running"


async def test_sixth_monitor(here: Pushed) -> None:
    for number in range(6):
        await add(here, relabelled(f"Number {number}"), f"w{number}")
    assert len(listed(here)) == 5
    assert issues(here) == {"monitor_refused"}


async def test_that_cannot_be_read(here: Pushed) -> None:
    await add(here, monitor={"label": "hat"})
    assert status(here) == "refused"
    assert issues(here) == {"monitor_refused"}


async def test_car_that_is_not_there(here: Pushed) -> None:
    await add(here, vin="nobody's")
    assert listed(here) == []
    assert status(here) == "unavailable"
    with pytest.raises(NoVehicle):
        await here.data.monitors.async_put("nobody's", "w2", PLUGGED)


async def test_car_that_leaves(pushed: LinkPushed, control: Control) -> None:
    here = await pushed()
    new = await control.post("vehicles", {"brand": "vauxhall"})
    await pass_time(here.hass, SIX_HOURS)
    await add(here, vin=new["vin"])
    assert status(here) == "running"
    await control.delete(f"vehicles/{new['vin']}")
    await pass_time(here.hass, SIX_HOURS)
    assert status(here) == "unavailable"
    assert device(here)


async def test_server_that_is_down(here: Pushed, control: Control) -> None:
    await add(here)
    await control.fault(MONITORS, status=500)
    await look(here)
    assert status(here) == "unavailable"
    await control.delete("faults")
    await pass_time(here.hass, 602)
    assert status(here) == "running"


async def test_put(here: Pushed, control: Control) -> None:
    """What the flow says arrives before the subentry is there, and is not sent again."""
    put = here.data.monitors.async_put
    await put(here.car.vin, "w1", PLUGGED)
    await control.delete("requests")
    await add(here)
    assert f"PUT {MONITORS}/{{mid}}" not in await control.requests()
    await put(here.car.vin, "w1", relabelled("Cable"))
    assert one(here).label == "Cable"
    await control.fault(MONITORS, method="POST", status=403)
    with pytest.raises(StellantisError):
        await put(here.car.vin, "w2", PLUGGED)
    await control.fault(MONITORS, method="POST", reset=True)
    with pytest.raises(StellantisError):
        await put(here.car.vin, "w2", PLUGGED)


async def test_fate_of_what_was_put(here: Pushed, monkeypatch: pytest.MonkeyPatch) -> None:
    """What arrived although nobody answered is there."""
    client = here.data.account.client
    make = client.create_monitor

    async def lost(*said: Any) -> None:
        await make(*said)
        raise FateUnknown

    monkeypatch.setattr(client, "create_monitor", lost)
    await here.data.monitors.async_put(here.car.vin, "w1", PLUGGED)
    assert one(here).label == TITLE


async def test_turn_what_is_gone_meanwhile(here: Pushed) -> None:
    await add(here)
    (watch,) = here.data.monitors.watches.values()
    watch.async_lose()
    with pytest.raises(NotFound):
        await watch.async_turn(running=False)
    assert not await watch.async_settle(keep=False)


async def test_deletion_that_fails_is_tried_again(here: Pushed, control: Control) -> None:
    made = await add(here)
    await control.fault(f"{MONITORS}/{{mid}}", method="DELETE", status=500)
    here.hass.config_entries.async_remove_subentry(here.entry, made.subentry_id)
    await settle(here)
    assert one(here)
    await control.delete("faults")
    await pass_time(here.hass, 602)
    assert listed(here) == []
    assert issues(here) == set()


async def test_beside_our_own(pushed: LinkPushed, control: Control) -> None:
    """One look serves both, and each hears its own only."""
    here = await pushed(watches=True)
    await add(here)
    assert len(listed(here)) == 4
    await control.delete("requests")
    await look(here)
    assert (await control.requests()) == {"GET /user/callbacks": 1, f"GET {MONITORS}": 1}
    await control.post("clock", {"advance": 60})
    await control.patch(here.car.vin, doors=["Trunk"])
    await settle(here)
    assert shown(here, f"event.{NAME}").state == "unknown"
    await control.patch(here.car.vin, plug=True)
    await settle(here)
    assert shown(here, f"event.{NAME}").attributes["values"] == {"plugged": True}


async def test_without_an_address(pushed: LinkPushed) -> None:
    here = await pushed(None)
    await here.data.monitors.async_put(here.car.vin, "w1", PLUGGED)
    await add(here)
    assert here.callbacks == []
    assert status(here) == "unavailable"


async def test_disabled_entry_is_paused(here: Pushed, control: Control) -> None:
    await add(here)
    await here.reload()
    assert here.callbacks[0].status == "Running"
    await here.hass.config_entries.async_set_disabled_by(here.entry.entry_id, ConfigEntryDisabler.USER)
    assert here.callbacks[0].status == "Paused"
    await here.hass.config_entries.async_set_disabled_by(here.entry.entry_id, None)
    await settle(here)
    assert here.callbacks[0].status == "Running"
    await control.fault("/user/callbacks/{cbid}/status", status=500)
    await here.hass.config_entries.async_set_disabled_by(here.entry.entry_id, ConfigEntryDisabler.USER)
    assert here.callbacks[0].status == "Running"


async def test_other_subentries_and_entries(here: Pushed, control: Control) -> None:
    """What is no monitor, and new tokens, set nothing going."""
    await add(here)
    await control.delete("requests")
    here.hass.config_entries.async_update_entry(here.entry, title="Mine")
    other = MockConfigEntry()
    other.add_to_hass(here.hass)
    here.hass.config_entries.async_update_entry(other, title="Another")
    await settle(here)
    assert not [call for call in await control.requests() if "callbacks" in call]
