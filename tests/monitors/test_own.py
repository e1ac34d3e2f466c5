"""Monitors of our own: made once, mended, and removed; without an address nothing is made."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from custom_components.stellantis.const import CONF_PUSH_URL
from simulator.push.monitors import Monitor
from simulator.push.triggers import TRIGGER_FIELDS
from tests.support.helpers import Control, advance_time, simulated_car
from tests.support.push import HttpClient, PushHarness, SetUpPush

MONITORS = "/user/vehicles/{id}/callbacks/{cbid}/monitors"
CHECKED = {"GET /user/callbacks": 1, f"GET {MONITORS}": 1}
SIX_HOURS = 6 * 3600 + 2


def there(harness: PushHarness) -> dict[str, Monitor]:
    """Return the monitors that the platform has, by what they are for."""
    found = {one.label.split()[2]: one for one in harness.simulator.push.monitors.values()}
    assert len(found) == len(harness.simulator.push.monitors)
    return found


def watched(monitor: Monitor) -> set[str]:
    """Return what a monitor watches."""
    return {one["data"]["data"] for one in monitor.parameter["triggerParam"]["triggers"]}


def relied(harness: PushHarness) -> dict[str, bool]:
    """Return what of a car is relied on to be told."""
    return {one.endpoint.key: one.is_pushed for one in harness.car.coordinators}


async def asked(harness: PushHarness, control: Control, seconds: float) -> dict[str, int]:
    """Return what of callbacks and monitors is asked in a time."""
    await control.delete("requests")
    await advance_time(harness.hass, seconds)
    return {call: count for call, count in (await control.request_counts()).items() if "callbacks" in call}


async def test_made_once(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push(own_monitors=True)
    made = there(harness)
    assert set(made) == {"doors", "energy", "driving"}
    assert watched(made["energy"]) == {
        "vehicle.energy.charging.status",
        "vehicle.energy.charging.plugged",
        "vehicle.preconditioning.airConditioning",
    }
    assert made["driving"].parameter["extendedEventParam"] == ["vehicle.status", "vehicle.trip"]
    assert harness.car.vin not in str([one.parameter for one in made.values()])
    assert relied(harness) == {
        **dict.fromkeys(("status", "alerts", "trips"), True),
        **dict.fromkeys(("maintenance", "alarms", "charges"), False),
    }
    assert await asked(harness, control, SIX_HOURS) == CHECKED
    await control.delete("requests")
    await harness.reload()
    requests = await control.request_counts()
    assert {call: count for call, count in requests.items() if "callbacks" in call} == CHECKED
    assert relied(harness)["status"]
    assert there(harness) == made


async def test_removed_with_the_entry(set_up_push: SetUpPush) -> None:
    harness = await set_up_push(own_monitors=True)
    await harness.hass.config_entries.async_remove(harness.entry.entry_id)
    await harness.hass.async_block_till_done(wait_background_tasks=True)
    assert harness.simulator.push.monitors == {}


async def test_nothing_without_an_address(set_up_push: SetUpPush, http_client: HttpClient, control: Control) -> None:
    harness = await set_up_push(None, own_monitors=True)
    assert harness.callbacks == []
    assert await asked(harness, control, SIX_HOURS) == {}
    assert not any(relied(harness).values())
    options = {CONF_PUSH_URL: str(http_client.make_url("/"))}
    harness.hass.config_entries.async_update_entry(harness.entry, options=options)
    await harness.hass.config.async_update(currency="EUR")  # its settings were changed, the address may be another
    await harness.hass.async_block_till_done(wait_background_tasks=True)
    assert len(there(harness)) == 3
    assert relied(harness)["status"]
    harness.hass.config_entries.async_update_entry(harness.entry, options={})
    await harness.hass.config.async_update(currency="GBP")
    await harness.hass.async_block_till_done(wait_background_tasks=True)
    assert not any(relied(harness).values())


async def gone(harness: PushHarness) -> None:
    harness.simulator.push.remove_monitor(there(harness)["energy"])


async def changed(harness: PushHarness) -> None:
    there(harness)["doors"].parameter["label"] = "Home Assistant doors 00000000"
    there(harness)["doors"].parameter["triggerParam"]["triggers"].pop()


async def paused(harness: PushHarness) -> None:
    there(harness)["driving"].requested_status = "Paused"


async def failed(harness: PushHarness) -> None:
    there(harness)["driving"].requested_status = "Failed"


async def callback_gone(harness: PushHarness) -> None:
    await harness.data.account.client.delete_callback(harness.callbacks[0].id)


async def callback_failed(harness: PushHarness) -> None:
    harness.callbacks[0].status = "Failed"


async def twice(harness: PushHarness) -> None:
    await copy(harness, there(harness)["doors"].parameter)


async def obsolete(harness: PushHarness) -> None:
    await copy(harness, {**there(harness)["doors"].parameter, "label": "Home Assistant weather 12345678"})


async def copy(harness: PushHarness, parameter: dict[str, Any]) -> None:
    """Make one more monitor like ours, with other parameters."""
    push = harness.simulator.push
    more = replace(there(harness)["doors"], id=push.new_id(), parameter=parameter)
    push.start_monitor(simulated_car(harness.simulator, harness.car.vehicle.label or ""), more)


HARMS = (gone, changed, paused, failed, callback_gone, callback_failed, twice, obsolete)


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
async def test_mended(set_up_push: SetUpPush, control: Control, harm: Callable[[PushHarness], Awaitable[None]]) -> None:
    harness = await set_up_push(own_monitors=True)
    before = {name: (one.label, one.status, watched(one)) for name, one in there(harness).items()}
    await harm(harness)
    await advance_time(harness.hass, SIX_HOURS)
    assert {name: (one.label, one.status, watched(one)) for name, one in there(harness).items()} == before
    assert relied(harness)["status"]
    assert await asked(harness, control, SIX_HOURS) == CHECKED


async def test_those_of_people_stay(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push(own_monitors=True)
    await copy(harness, {**there(harness)["doors"].parameter, "label": "Home Assistant and I", "attributes": []})
    assert await asked(harness, control, SIX_HOURS) == CHECKED
    assert len(there(harness)) == 4


@pytest.mark.parametrize("without", ["data:trip", "data:alert"])
async def test_rights_that_were_not_granted(set_up_push: SetUpPush, without: str) -> None:
    scopes = {"data:telemetry", "data:position", "data:trip", "data:alert"} - {without}
    harness = await set_up_push(own_monitors=True, scopes=sorted(scopes))
    driving = watched(there(harness)["driving"])
    assert driving >= {"vehicle.powertrain.status", "vehicle.kinetic.moving"}
    assert ("vehicle.trip.stop" in driving) is (without != "data:trip")
    assert ("vehicle.alert" in driving) is (without != "data:alert")
    assert relied(harness)["status"]


async def test_nothing_is_watched_without_the_right_to_it(set_up_push: SetUpPush) -> None:
    harness = await set_up_push(own_monitors=True, scopes=["data:position"])
    assert harness.callbacks == []


@pytest.mark.simulator(fleet=1, brand="citroen")
async def test_car_without_a_plug(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push(brand="citroen", own_monitors=True)
    assert (await control.vehicles())[0]["model"] == "C3"
    assert set(there(harness)) == {"doors", "driving"}


async def test_data_that_the_platform_refuses(
    set_up_push: SetUpPush, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is watched; what is not told is asked for as usual. After a restart that is known by the label."""
    for data in ("vehicle.alert", "vehicle.doorsState.lockedState"):
        monkeypatch.setitem(TRIGGER_FIELDS, data, replace(TRIGGER_FIELDS[data], scope="nobody's"))
    harness = await set_up_push(own_monitors=True)
    made = there(harness)
    assert set(made) == {"doors", "energy", "driving"}
    assert "vehicle.alert" not in watched(made["driving"])
    assert len(watched(made["driving"])) == 4
    assert len(watched(made["doors"])) == 4
    expected = {"status": True, "alerts": False, "trips": True}
    assert {key: relied(harness)[key] for key in expected} == expected
    await control.delete("requests")
    await harness.reload()
    requests = await control.request_counts()
    assert {call: count for call, count in requests.items() if "callbacks" in call} == CHECKED
    assert {key: relied(harness)[key] for key in expected} == expected


@pytest.mark.parametrize("fault", [{"status": 403}, {"status": 400}, {"status": 500}, {"reset": True}], ids=str)
async def test_monitors_that_cannot_be_made(set_up_push: SetUpPush, control: Control, fault: dict[str, Any]) -> None:
    """The car is read as usual, until it can be watched."""
    await control.fault(MONITORS, method="POST", **fault)
    harness = await set_up_push(own_monitors=True)
    assert not harness.simulator.push.monitors
    assert not any(relied(harness).values())
    await control.delete("faults")
    await advance_time(harness.hass, 24 * 3600 + 2)
    assert len(there(harness)) == 3
    assert relied(harness)["status"]


@pytest.mark.parametrize("path", ["/user/callbacks", MONITORS])
async def test_not_relied_on_what_cannot_be_checked(set_up_push: SetUpPush, control: Control, path: str) -> None:
    harness = await set_up_push(own_monitors=True)
    await control.fault(path, status=500)
    await advance_time(harness.hass, SIX_HOURS)
    assert not any(relied(harness).values())
    await control.delete("faults")
    await advance_time(harness.hass, 602)
    assert relied(harness)["status"]


async def test_monitors_that_are_listed_as_none(set_up_push: SetUpPush, control: Control) -> None:
    """Some servers say 404 where there is nothing yet."""
    await control.fault(MONITORS, method="GET", times=1, status=404, body={"code": 40400, "message": "none"})
    harness = await set_up_push(own_monitors=True)
    assert len(there(harness)) == 3


async def test_car_that_comes_and_car_that_goes(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push(own_monitors=True)
    new = await control.post("vehicles", {"brand": "vauxhall"})
    await advance_time(harness.hass, SIX_HOURS)
    assert {one.vehicle_id for one in harness.simulator.push.monitors.values()} == {
        one["id"] for one in await control.vehicles("vauxhall")
    }
    assert len(harness.simulator.push.monitors) == 6
    await control.delete(f"vehicles/{new['vin']}")
    await advance_time(harness.hass, SIX_HOURS)
    assert len(there(harness)) == 3
    assert relied(harness)["status"]
