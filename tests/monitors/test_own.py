"""The integration's own monitors: created once, repaired and removed; none without a public URL."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.stellantis.const import CONF_PUSH_URL
from simulator.push.monitors import Monitor
from simulator.push.triggers import TRIGGER_FIELDS
from tests.support.helpers import Control, advance_time, simulated_car
from tests.support.push import HttpClient, PushHarness, SetUpPush

MONITORS = "/user/vehicles/{id}/callbacks/{cbid}/monitors"
CHECK_REQUESTS = {"GET /user/callbacks": 1, f"GET {MONITORS}": 1}
SIX_HOURS = 6 * 3600 + 2


def monitors_by_name(harness: PushHarness) -> dict[str, Monitor]:
    """Return the monitors on the platform by the name in their label."""
    monitors = {monitor.label.split()[2]: monitor for monitor in harness.simulator.push.monitors.values()}
    assert len(monitors) == len(harness.simulator.push.monitors)
    return monitors


def monitored_data(monitor: Monitor) -> set[str]:
    """Return the data that a monitor covers."""
    return {trigger["data"]["data"] for trigger in monitor.parameter["triggerParam"]["triggers"]}


def is_pushed(harness: PushHarness) -> dict[str, bool]:
    """Return whether each endpoint of the car is pushed."""
    return {coordinator.endpoint.key: coordinator.is_pushed for coordinator in harness.car.coordinators}


async def requests_while(harness: PushHarness, control: Control, seconds: float) -> dict[str, int]:
    """Return the requests for callbacks and monitors while time passes."""
    await control.delete("requests")
    await advance_time(harness.hass, seconds)
    return {call: count for call, count in (await control.request_counts()).items() if "callbacks" in call}


async def test_created_once(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push(own_monitors=True)
    monitors = monitors_by_name(harness)
    assert set(monitors) == {"doors", "energy", "driving"}
    assert monitored_data(monitors["energy"]) == {
        "vehicle.energy.charging.status",
        "vehicle.energy.charging.plugged",
        "vehicle.preconditioning.airConditioning",
    }
    assert monitors["driving"].parameter["extendedEventParam"] == ["vehicle.status", "vehicle.trip"]
    assert harness.car.vin not in str([monitor.parameter for monitor in monitors.values()])
    # Nothing has arrived yet
    assert not any(is_pushed(harness).values())
    with patch("custom_components.stellantis.api.requests.monitor.check_expression") as build:
        await harness.prove_push()
    assert not build.called, "a notification must not build the requests of all cars"
    assert is_pushed(harness) == {
        **dict.fromkeys(("status", "alerts", "trips"), True),
        **dict.fromkeys(("maintenance", "alarms", "collisions", "charges"), False),
    }
    assert await requests_while(harness, control, SIX_HOURS) == CHECK_REQUESTS
    await control.delete("requests")
    await harness.reload()
    requests = await control.request_counts()
    assert {call: count for call, count in requests.items() if "callbacks" in call} == CHECK_REQUESTS
    assert monitors_by_name(harness) == monitors


async def test_removed_with_the_entry(set_up_push: SetUpPush) -> None:
    harness = await set_up_push(own_monitors=True)
    await harness.hass.config_entries.async_remove(harness.entry.entry_id)
    await harness.hass.async_block_till_done(wait_background_tasks=True)
    assert harness.simulator.push.monitors == {}


async def test_none_without_a_public_url(set_up_push: SetUpPush, http_client: HttpClient, control: Control) -> None:
    harness = await set_up_push(None, own_monitors=True)
    assert harness.callbacks == []
    assert await requests_while(harness, control, SIX_HOURS) == {}
    assert not any(is_pushed(harness).values())
    options = {CONF_PUSH_URL: str(http_client.make_url("/"))}
    harness.hass.config_entries.async_update_entry(harness.entry, options=options)
    await harness.hass.config.async_update(currency="EUR")  # a change of the configuration triggers a check of the URL
    await harness.hass.async_block_till_done(wait_background_tasks=True)
    assert len(monitors_by_name(harness)) == 3
    await harness.prove_push()
    assert is_pushed(harness)["status"]
    harness.hass.config_entries.async_update_entry(harness.entry, options={})
    await harness.hass.config.async_update(currency="GBP")
    await harness.hass.async_block_till_done(wait_background_tasks=True)
    assert not any(is_pushed(harness).values())


async def delete(harness: PushHarness) -> None:
    harness.simulator.push.remove_monitor(monitors_by_name(harness)["energy"])


async def modify(harness: PushHarness) -> None:
    monitors_by_name(harness)["doors"].parameter["label"] = "Home Assistant doors 00000000"
    monitors_by_name(harness)["doors"].parameter["triggerParam"]["triggers"].pop()


async def pause(harness: PushHarness) -> None:
    monitors_by_name(harness)["driving"].requested_status = "Paused"


async def fail(harness: PushHarness) -> None:
    monitors_by_name(harness)["driving"].requested_status = "Failed"


async def delete_callback(harness: PushHarness) -> None:
    await harness.data.account.client.delete_callback(harness.callbacks[0].id)


async def fail_callback(harness: PushHarness) -> None:
    harness.callbacks[0].status = "Failed"


async def duplicate(harness: PushHarness) -> None:
    await create_copy(harness, monitors_by_name(harness)["doors"].parameter)


async def add_obsolete(harness: PushHarness) -> None:
    await create_copy(
        harness, {**monitors_by_name(harness)["doors"].parameter, "label": "Home Assistant weather 12345678"}
    )


async def create_copy(harness: PushHarness, parameter: dict[str, Any]) -> None:
    """Create another monitor like ours with different parameters."""
    push = harness.simulator.push
    copied = replace(monitors_by_name(harness)["doors"], id=push.new_id(), parameter=parameter)
    push.start_monitor(simulated_car(harness.simulator, harness.car.vehicle.label or ""), copied)


DAMAGES = (delete, modify, pause, fail, delete_callback, fail_callback, duplicate, add_obsolete)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
async def test_repaired(
    set_up_push: SetUpPush, control: Control, damage: Callable[[PushHarness], Awaitable[None]]
) -> None:
    harness = await set_up_push(own_monitors=True)
    before = {
        name: (monitor.label, monitor.status, monitored_data(monitor))
        for name, monitor in monitors_by_name(harness).items()
    }
    await harness.prove_push()
    await damage(harness)
    await advance_time(harness.hass, SIX_HOURS)
    after = {
        name: (monitor.label, monitor.status, monitored_data(monitor))
        for name, monitor in monitors_by_name(harness).items()
    }
    assert after == before
    assert is_pushed(harness)["status"]
    assert await requests_while(harness, control, SIX_HOURS) == CHECK_REQUESTS


async def test_other_monitors_stay(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push(own_monitors=True)
    await create_copy(
        harness, {**monitors_by_name(harness)["doors"].parameter, "label": "Home Assistant and I", "attributes": []}
    )
    assert await requests_while(harness, control, SIX_HOURS) == CHECK_REQUESTS
    assert len(monitors_by_name(harness)) == 4


@pytest.mark.parametrize("missing_scope", ["data:trip", "data:alert"])
async def test_missing_scopes(set_up_push: SetUpPush, missing_scope: str) -> None:
    scopes = {"data:telemetry", "data:position", "data:trip", "data:alert"} - {missing_scope}
    harness = await set_up_push(own_monitors=True, scopes=sorted(scopes))
    driving = monitored_data(monitors_by_name(harness)["driving"])
    assert driving >= {"vehicle.powertrain.status", "vehicle.kinetic.moving"}
    assert ("vehicle.trip.stop" in driving) is (missing_scope != "data:trip")
    assert ("vehicle.alert" in driving) is (missing_scope != "data:alert")
    await harness.prove_push()
    assert is_pushed(harness)["status"]


async def test_none_without_telemetry_scope(set_up_push: SetUpPush) -> None:
    harness = await set_up_push(own_monitors=True, scopes=["data:position"])
    assert harness.callbacks == []


@pytest.mark.simulator(fleet=1, brand="citroen")
async def test_car_without_a_plug(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push(brand="citroen", own_monitors=True)
    assert (await control.vehicles())[0]["model"] == "C3"
    assert set(monitors_by_name(harness)) == {"doors", "driving"}


async def test_rejected_data(set_up_push: SetUpPush, control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other data are monitored and the rejected ones polled, also after a restart."""
    for data in ("vehicle.alert", "vehicle.doorsState.lockedState"):
        monkeypatch.setitem(TRIGGER_FIELDS, data, replace(TRIGGER_FIELDS[data], scope="nobody's"))
    harness = await set_up_push(own_monitors=True)
    monitors = monitors_by_name(harness)
    assert set(monitors) == {"doors", "energy", "driving"}
    assert "vehicle.alert" not in monitored_data(monitors["driving"])
    assert len(monitored_data(monitors["driving"])) == 4
    assert len(monitored_data(monitors["doors"])) == 4
    expected = {"status": True, "alerts": False, "trips": True}
    await harness.prove_push()
    assert {key: is_pushed(harness)[key] for key in expected} == expected
    await control.delete("requests")
    await harness.reload()
    requests = await control.request_counts()
    assert {call: count for call, count in requests.items() if "callbacks" in call} == CHECK_REQUESTS
    await harness.prove_push()
    assert {key: is_pushed(harness)[key] for key in expected} == expected


@pytest.mark.parametrize("fault", [{"status": 403}, {"status": 400}, {"status": 500}, {"reset": True}], ids=str)
async def test_creation_fails(set_up_push: SetUpPush, control: Control, fault: dict[str, Any]) -> None:
    """The car is polled until its monitors can be created."""
    await control.fault(MONITORS, method="POST", **fault)
    harness = await set_up_push(own_monitors=True)
    assert not harness.simulator.push.monitors
    assert not any(is_pushed(harness).values())
    await control.delete("faults")
    await advance_time(harness.hass, 24 * 3600 + 2)
    assert len(monitors_by_name(harness)) == 3
    await harness.prove_push()
    assert is_pushed(harness)["status"]


@pytest.mark.parametrize("path", ["/user/callbacks", MONITORS])
async def test_check_fails(set_up_push: SetUpPush, control: Control, path: str) -> None:
    """After three failures the car is polled; the pauses between them grow."""
    harness = await set_up_push(own_monitors=True)
    await harness.prove_push()
    await control.fault(path, status=500)
    for seconds, is_kept in ((SIX_HOURS, True), (602, True), (1202, False)):
        await advance_time(harness.hass, seconds)
        assert any(is_pushed(harness).values()) is is_kept
    await control.delete("faults")
    await advance_time(harness.hass, 2402)
    assert is_pushed(harness)["status"]


async def test_list_not_found(set_up_push: SetUpPush, control: Control) -> None:
    """Some servers return 404 if there are no monitors."""
    await control.fault(MONITORS, method="GET", times=1, status=404, body={"code": 40400, "message": "none"})
    harness = await set_up_push(own_monitors=True)
    assert len(monitors_by_name(harness)) == 3


async def test_car_added_and_removed(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push(own_monitors=True)
    vehicle = await control.post("vehicles", {"brand": "vauxhall"})
    await advance_time(harness.hass, SIX_HOURS)
    assert {monitor.vehicle_id for monitor in harness.simulator.push.monitors.values()} == {
        vehicle["id"] for vehicle in await control.vehicles("vauxhall")
    }
    assert len(harness.simulator.push.monitors) == 6
    await control.delete(f"vehicles/{vehicle['vin']}")
    await advance_time(harness.hass, SIX_HOURS)
    assert len(monitors_by_name(harness)) == 3
    await harness.prove_push()
    assert is_pushed(harness)["status"]
