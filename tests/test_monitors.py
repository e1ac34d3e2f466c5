"""Monitors of our own: made once, mended, and removed; without an address nothing is made."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from custom_components.stellantis.const import CONF_PUSH_URL
from simulator.push.monitors import Monitor
from simulator.push.triggers import TRIGGER_FIELDS
from tests.helpers import Control, car_of, pass_time
from tests.pushing import Browser, LinkPushed, Pushed

MONITORS = "/user/vehicles/{id}/callbacks/{cbid}/monitors"
CHECKED = {"GET /user/callbacks": 1, f"GET {MONITORS}": 1}
SIX_HOURS = 6 * 3600 + 2


def there(here: Pushed) -> dict[str, Monitor]:
    """Return the monitors that the platform has, by what they are for."""
    found = {one.label.split()[2]: one for one in here.simulator.push.monitors.values()}
    assert len(found) == len(here.simulator.push.monitors)
    return found


def watched(monitor: Monitor) -> set[str]:
    """Return what a monitor watches."""
    return {one["data"]["data"] for one in monitor.parameter["triggerParam"]["triggers"]}


def relied(here: Pushed) -> dict[str, bool]:
    """Return what of a car is relied on to be told."""
    return {one.endpoint.key: one.is_pushed for one in here.car.coordinators}


async def asked(here: Pushed, control: Control, seconds: float) -> dict[str, int]:
    """Return what of callbacks and monitors is asked in a time."""
    await control.delete("requests")
    await pass_time(here.hass, seconds)
    return {call: count for call, count in (await control.requests()).items() if "callbacks" in call}


async def test_made_once(pushed: LinkPushed, control: Control) -> None:
    here = await pushed(watches=True)
    made = there(here)
    assert set(made) == {"doors", "energy", "driving"}
    assert watched(made["energy"]) == {
        "vehicle.energy.charging.status",
        "vehicle.energy.charging.plugged",
        "vehicle.preconditioning.airConditioning",
    }
    assert made["driving"].parameter["extendedEventParam"] == ["vehicle.status", "vehicle.trip"]
    assert here.car.vin not in str([one.parameter for one in made.values()])
    assert relied(here) == {
        **dict.fromkeys(("status", "alerts", "trips"), True),
        **dict.fromkeys(("maintenance", "alarms", "charges"), False),
    }
    assert await asked(here, control, SIX_HOURS) == CHECKED
    await control.delete("requests")
    await here.reload()
    requests = await control.requests()
    assert {call: count for call, count in requests.items() if "callbacks" in call} == CHECKED
    assert relied(here)["status"]
    assert there(here) == made


async def test_removed_with_the_entry(pushed: LinkPushed) -> None:
    here = await pushed(watches=True)
    await here.hass.config_entries.async_remove(here.entry.entry_id)
    await here.hass.async_block_till_done(wait_background_tasks=True)
    assert here.simulator.push.monitors == {}


async def test_nothing_without_an_address(pushed: LinkPushed, browser: Browser, control: Control) -> None:
    here = await pushed(None, watches=True)
    assert here.callbacks == []
    assert await asked(here, control, SIX_HOURS) == {}
    assert not any(relied(here).values())
    options = {CONF_PUSH_URL: str(browser.make_url("/"))}
    here.hass.config_entries.async_update_entry(here.entry, options=options)
    await here.hass.config.async_update(currency="EUR")  # its settings were changed, the address may be another
    await here.hass.async_block_till_done(wait_background_tasks=True)
    assert len(there(here)) == 3
    assert relied(here)["status"]
    here.hass.config_entries.async_update_entry(here.entry, options={})
    await here.hass.config.async_update(currency="GBP")
    await here.hass.async_block_till_done(wait_background_tasks=True)
    assert not any(relied(here).values())


async def gone(here: Pushed) -> None:
    here.simulator.push.remove_monitor(there(here)["energy"])


async def changed(here: Pushed) -> None:
    there(here)["doors"].parameter["label"] = "Home Assistant doors 00000000"
    there(here)["doors"].parameter["triggerParam"]["triggers"].pop()


async def paused(here: Pushed) -> None:
    there(here)["driving"].requested_status = "Paused"


async def failed(here: Pushed) -> None:
    there(here)["driving"].requested_status = "Failed"


async def callback_gone(here: Pushed) -> None:
    await here.data.account.client.delete_callback(here.callbacks[0].id)


async def callback_failed(here: Pushed) -> None:
    here.callbacks[0].status = "Failed"


async def twice(here: Pushed) -> None:
    await copy(here, there(here)["doors"].parameter)


async def obsolete(here: Pushed) -> None:
    await copy(here, {**there(here)["doors"].parameter, "label": "Home Assistant weather 12345678"})


async def copy(here: Pushed, parameter: dict[str, Any]) -> None:
    """Make one more monitor like ours, with other parameters."""
    push = here.simulator.push
    more = replace(there(here)["doors"], id=push.new_id(), parameter=parameter)
    push.start_monitor(car_of(here.simulator, here.car.vehicle.label or ""), more)


HARMS = (gone, changed, paused, failed, callback_gone, callback_failed, twice, obsolete)


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
async def test_mended(pushed: LinkPushed, control: Control, harm: Callable[[Pushed], Awaitable[None]]) -> None:
    here = await pushed(watches=True)
    before = {name: (one.label, one.status, watched(one)) for name, one in there(here).items()}
    await harm(here)
    await pass_time(here.hass, SIX_HOURS)
    assert {name: (one.label, one.status, watched(one)) for name, one in there(here).items()} == before
    assert relied(here)["status"]
    assert await asked(here, control, SIX_HOURS) == CHECKED


async def test_those_of_people_stay(pushed: LinkPushed, control: Control) -> None:
    here = await pushed(watches=True)
    await copy(here, {**there(here)["doors"].parameter, "label": "Home Assistant and I", "attributes": []})
    assert await asked(here, control, SIX_HOURS) == CHECKED
    assert len(there(here)) == 4


@pytest.mark.parametrize("without", ["data:trip", "data:alert"])
async def test_rights_that_were_not_granted(pushed: LinkPushed, without: str) -> None:
    scopes = {"data:telemetry", "data:position", "data:trip", "data:alert"} - {without}
    here = await pushed(watches=True, scopes=sorted(scopes))
    driving = watched(there(here)["driving"])
    assert driving >= {"vehicle.powertrain.status", "vehicle.kinetic.moving"}
    assert ("vehicle.trip.stop" in driving) is (without != "data:trip")
    assert ("vehicle.alert" in driving) is (without != "data:alert")
    assert relied(here)["status"]


async def test_nothing_is_watched_without_the_right_to_it(pushed: LinkPushed) -> None:
    here = await pushed(watches=True, scopes=["data:position"])
    assert here.callbacks == []


@pytest.mark.simulator(fleet=1, brand="citroen")
async def test_car_without_a_plug(pushed: LinkPushed, control: Control) -> None:
    here = await pushed(brand="citroen", watches=True)
    assert (await control.vehicles())[0]["model"] == "C3"
    assert set(there(here)) == {"doors", "driving"}


async def test_data_that_the_platform_refuses(
    pushed: LinkPushed, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is watched; what is not told is asked for as usual. After a restart that is known by the label."""
    for data in ("vehicle.alert", "vehicle.doorsState.lockedState"):
        monkeypatch.setitem(TRIGGER_FIELDS, data, replace(TRIGGER_FIELDS[data], scope="nobody's"))
    here = await pushed(watches=True)
    made = there(here)
    assert set(made) == {"doors", "energy", "driving"}
    assert "vehicle.alert" not in watched(made["driving"])
    assert len(watched(made["driving"])) == 4
    assert len(watched(made["doors"])) == 4
    expected = {"status": True, "alerts": False, "trips": True}
    assert {key: relied(here)[key] for key in expected} == expected
    await control.delete("requests")
    await here.reload()
    requests = await control.requests()
    assert {call: count for call, count in requests.items() if "callbacks" in call} == CHECKED
    assert {key: relied(here)[key] for key in expected} == expected


@pytest.mark.parametrize("fault", [{"status": 403}, {"status": 400}, {"status": 500}, {"reset": True}], ids=str)
async def test_monitors_that_cannot_be_made(pushed: LinkPushed, control: Control, fault: dict[str, Any]) -> None:
    """The car is read as usual, until it can be watched."""
    await control.fault(MONITORS, method="POST", **fault)
    here = await pushed(watches=True)
    assert not here.simulator.push.monitors
    assert not any(relied(here).values())
    await control.delete("faults")
    await pass_time(here.hass, 24 * 3600 + 2)
    assert len(there(here)) == 3
    assert relied(here)["status"]


@pytest.mark.parametrize("path", ["/user/callbacks", MONITORS])
async def test_not_relied_on_what_cannot_be_checked(pushed: LinkPushed, control: Control, path: str) -> None:
    here = await pushed(watches=True)
    await control.fault(path, status=500)
    await pass_time(here.hass, SIX_HOURS)
    assert not any(relied(here).values())
    await control.delete("faults")
    await pass_time(here.hass, 602)
    assert relied(here)["status"]


async def test_monitors_that_are_listed_as_none(pushed: LinkPushed, control: Control) -> None:
    """Some servers say 404 where there is nothing yet."""
    await control.fault(MONITORS, method="GET", times=1, status=404, body={"code": 40400, "message": "none"})
    here = await pushed(watches=True)
    assert len(there(here)) == 3


async def test_car_that_comes_and_car_that_goes(pushed: LinkPushed, control: Control) -> None:
    here = await pushed(watches=True)
    new = await control.post("vehicles", {"brand": "vauxhall"})
    await pass_time(here.hass, SIX_HOURS)
    assert {one.vehicle_id for one in here.simulator.push.monitors.values()} == {
        one["id"] for one in await control.vehicles("vauxhall")
    }
    assert len(here.simulator.push.monitors) == 6
    await control.delete(f"vehicles/{new['vin']}")
    await pass_time(here.hass, SIX_HOURS)
    assert len(there(here)) == 3
    assert relied(here)["status"]
