"""Diagnostics: complete, but without secrets, personal data and positions."""

import json

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.stellantis.api import StellantisClient
from custom_components.stellantis.diagnostics import async_get_config_entry_diagnostics
from simulator import Simulator
from tests.conftest import Link
from tests.support.helpers import Control, advance_time, find_private
from tests.support.monitors import TITLE, add_monitor, wait_until_done
from tests.support.push import SetUpPush


@pytest.mark.parametrize("brand", ["peugeot", "citroen", "ds", "opel", "vauxhall"])
async def test_nothing_private(
    hass: HomeAssistant, link: Link, hass_client: ClientSessionGenerator, simulator: Simulator, brand: str
) -> None:
    entry = await link(brand)
    diagnostics = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    text = json.dumps(diagnostics)
    token = entry.data["token"]
    assert find_private(simulator, text) == []
    assert [name for name in ("access_token", "refresh_token", "id_token") if token[name] in text] == []
    assert diagnostics["entry"]["brand"] == brand
    assert "data:telemetry" in diagnostics["granted"]
    for car in diagnostics["cars"]:
        assert all(endpoint["last_update_success"] for endpoint in car["read"].values())
        assert car["status"]["energies"][0]["level"] > 0
        assert car["vehicle"]["motorization"]


async def test_last_failure(
    hass: HomeAssistant, link: Link, hass_client: ClientSessionGenerator, control: Control
) -> None:
    entry = await link("ds")
    await control.fault("/user/vehicles/{id}/status", status=500)
    await advance_time(hass, 3601)
    (car,) = (await get_diagnostics_for_config_entry(hass, hass_client, entry))["cars"]
    assert (car["read"]["status"]["last_update_success"], car["read"]["status"]["last_failure"]) == (
        False,
        "server_error",
    )


async def test_car_without_status(
    hass: HomeAssistant, link: Link, hass_client: ClientSessionGenerator, control: Control
) -> None:
    await control.fault("/user/vehicles/{id}/status", status=404)
    entry = await link("ds")
    (car,) = (await get_diagnostics_for_config_entry(hass, hass_client, entry))["cars"]
    assert (car["status"], car["read"]["status"]["last_failure"]) == (None, "no_data")


@pytest.mark.simulator(fleet=1, brand="peugeot")
async def test_everything_fails(
    hass: HomeAssistant,
    link: Link,
    hass_client: ClientSessionGenerator,
    control: Control,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What still can be told is told: that is when somebody downloads them."""
    entry = await link()
    (car,) = entry.runtime_data.cars.values()
    await control.fault(status=500)
    await car.status.async_refresh()
    await car.async_refresh_secondary()
    with monkeypatch.context() as broken:
        broken.setattr(car, "push", None)
        broken.setattr(car, "commands", None)
        broken.setattr(car.status, "data", object())
        broken.setattr(StellantisClient, "rate_limit", None)
        of_car = await get_diagnostics_for_device(hass, hass_client, entry, car.device)
        of_entry = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    for told in (of_car["car"], of_entry["cars"][0]):
        assert told["vehicle"]["motorization"] == "Electric"
        assert told["status"] == told["push"] == told["commands"] == {"error": "AttributeError"}
        assert not told["read"]["status"]["last_update_success"]
    assert "sensor.peugeot_e_208_battery" in of_car["entities"]
    assert of_entry["rate_limit"] == {"error": "TypeError"}
    assert of_entry["granted"]


async def test_monitors_and_sources_of_values(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push()
    await add_monitor(harness)
    await control.post("clock", {"advance": 60})
    await control.patch(harness.car.vin, plug=True)
    await wait_until_done(harness)
    harness.data.monitors.async_request_sync()
    await wait_until_done(harness)
    diagnostics = await async_get_config_entry_diagnostics(harness.hass, harness.entry)
    assert diagnostics["monitors"]["people"] == [
        {
            "status": "running",
            "is_paused": False,
            "is_there": True,
            "expression": "t0",
            "triggers": ["vehicle.energy.charging.plugged"],
        }
    ]
    assert TITLE not in str(diagnostics["monitors"])
    cable = diagnostics["entities"]["binary_sensor.vauxhall_mokka_electric_charging_cable"]
    assert (cable["endpoint"], cable["came_by"]) == ("status", "push")
    assert diagnostics["entities"]["sensor.vauxhall_mokka_electric_warning"]["came_by"] == "poll"
    assert (diagnostics["push"]["found"], diagnostics["push"]["has_address"]) == ("Running", True)


async def test_devices(
    hass: HomeAssistant, link: Link, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """A car has its own part of the entry's diagnostics, as redacted."""
    entry = await link()
    of_entry = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    found = []
    for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id):
        of_device = await get_diagnostics_for_device(hass, hass_client, entry, device)
        assert find_private(simulator, json.dumps(of_device)) == []
        assert of_device["state"] == "loaded"
        assert of_device["entities"].items() <= of_entry["entities"].items()
        found += [of_device["car"]] if "car" in of_device else []
    assert len(found) == len(of_entry["cars"])
    assert [car["vehicle"] for car in found] == [car["vehicle"] for car in of_entry["cars"]]
    car = next(iter(entry.runtime_data.cars.values()))
    await hass.config_entries.async_unload(entry.entry_id)
    assert await get_diagnostics_for_device(hass, hass_client, entry, car.device) == {"state": "not_loaded"}


async def test_device_of_a_monitor(set_up_push: SetUpPush, hass_client: ClientSessionGenerator) -> None:
    harness = await set_up_push()
    await add_monitor(harness)
    await wait_until_done(harness)
    (device,) = (
        device
        for device in dr.async_entries_for_config_entry(dr.async_get(harness.hass), harness.entry.entry_id)
        if device.name == TITLE
    )
    diagnostics = await get_diagnostics_for_device(harness.hass, hass_client, harness.entry, device)
    assert diagnostics["monitor"]["status"] == "running"
    assert TITLE not in str(diagnostics)
