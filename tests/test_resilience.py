"""Tokens, cars and values are not lost when the server misbehaves or things happen at the wrong moment."""

import asyncio
from datetime import timedelta
import logging
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import mock_restore_cache_with_extra_data
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.stellantis.const import DOMAIN, PLATFORMS
from simulator import Simulator
from tests.conftest import Link
from tests.support.helpers import Control, advance_time, car_devices, get_state

POLL_SECONDS = 3601  # longer than the interval of a sleeping car
LIST_SECONDS = 6 * 3600 + 1
BATTERY = "sensor.ds_3_e_tense_battery"
ODOMETER = "sensor.ds_3_e_tense_odometer"


async def set_vehicle_list(control: Control, *vehicles: dict[str, Any]) -> None:
    """Replace the server's list of cars."""
    body = {"_links": {}, "total": len(vehicles), "totalPage": 1, "currentPage": 1}
    await control.fault("/user/vehicles", body={**body, "_embedded": {"vehicles": list(vehicles)}})


def car_vins(hass: HomeAssistant, entry_id: str) -> set[str | None]:
    """Return the VINs of an entry's car devices."""
    return {device.serial_number for device in car_devices(hass, entry_id)}


async def test_car_of_two_accounts(
    hass: HomeAssistant, link: Link, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """A car of two accounts is in both entries, with the scopes of each."""
    first = await link("ds")
    second = await link("ds", unique_id="another", scopes=["openid", "data:telemetry"])
    assert second.state is ConfigEntryState.LOADED
    registry = er.async_get(hass)
    ids = [
        {entity.unique_id for entity in er.async_entries_for_config_entry(registry, entry.entry_id)}
        for entry in (first, second)
    ]
    assert all(ids)
    assert ids[0].isdisjoint(ids[1])
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_reload_during_token_refresh(hass: HomeAssistant, link: Link, control: Control) -> None:
    """The server invalidates the old tokens when it sends new ones, so these must not be lost."""
    entry = await link("ds")
    before = entry.data["token"]["refresh_token"]
    await control.put("oauth", {"expire": True})
    await control.fault("/am/oauth2/access_token", delay=0.3)
    refresh = hass.async_create_task(entry.runtime_data.cars.copy().popitem()[1].status.async_refresh())
    await asyncio.sleep(0.1)
    assert (await control.request_counts())["POST /am/oauth2/access_token"] == 1
    refresh.cancel()
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["token"]["refresh_token"] != before
    assert hass.config_entries.flow.async_progress() == []
    assert get_state(hass, BATTERY) != STATE_UNAVAILABLE


async def test_wrong_odometer_does_not_last_over_a_restart(hass: HomeAssistant, link: Link) -> None:
    """A wrong value that an earlier version believed is replaced by what the car reports."""
    restored = State(ODOMETER, "999999.5")
    extra = {"native_value": 999999.5, "native_unit_of_measurement": "km"}
    mock_restore_cache_with_extra_data(hass, [(restored, extra)])
    await link("ds")
    assert get_state(hass, ODOMETER) == "12368.6"
    assert float(get_state(hass, BATTERY) or 0) > 0


@pytest.mark.parametrize("missing_key", ["id", "vin"])
async def test_incompletely_listed_car_is_not_removed(
    hass: HomeAssistant, link: Link, control: Control, missing_key: str
) -> None:
    entry = await link("ds")
    before = car_vins(hass, entry.entry_id)
    (vehicle,) = await control.vehicles("ds")
    part = {name: vehicle[name] for name in ("id", "vin") if name != missing_key}
    await set_vehicle_list(control, {"_links": {}, **part})
    await advance_time(hass, LIST_SECONDS)
    assert car_vins(hass, entry.entry_id) == before
    await control.delete("requests")
    await advance_time(hass, POLL_SECONDS)
    assert (await control.request_counts())["GET /user/vehicles/{id}/status"] == 1
    # Nor after a reload, when only the device of the car is known: it is tried again soon
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert car_vins(hass, entry.entry_id) == before


async def test_response_for_removed_car(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("ds")
    (removed,) = await control.vehicles("ds")
    await control.post("vehicles", {"brand": "ds"})
    car = entry.runtime_data.cars[removed["vin"]]
    await control.fault("/user/vehicles/{id}/status", delay=0.3)
    refresh = hass.async_create_task(car.status.async_refresh())
    await asyncio.sleep(0.05)
    await control.delete(f"vehicles/{removed['vin']}")
    await advance_time(hass, LIST_SECONDS)
    await refresh
    await hass.async_block_till_done()
    assert removed["vin"] not in car_vins(hass, entry.entry_id)


async def test_diagnostics_of_failed_setup(
    hass: HomeAssistant,
    link: Link,
    control: Control,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
) -> None:
    assert await async_setup_component(hass, "config", {})
    entry = await link("ds")
    await control.fault("/user*", status=500)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert (await get_diagnostics_for_config_entry(hass, hass_client, entry))["state"] == "setup_retry"
    (device,) = car_devices(hass, entry.entry_id)
    client = await hass_ws_client(hass)
    # The cars are not known now, so the user may remove any device
    assert (await client.remove_device(device.id))["success"]


async def test_abbreviated_brand(hass: HomeAssistant, link: Link, control: Control) -> None:
    """Some accounts list no model, and only the first letter of the brand."""
    (vehicle,) = await control.vehicles("ds")
    await set_vehicle_list(control, {"_links": {}, "id": vehicle["id"], "vin": vehicle["vin"], "brand": "D"})
    entry = await link("ds")
    (device,) = car_devices(hass, entry.entry_id)
    assert (device.name, device.manufacturer, device.model) == (f"DS {vehicle['vin'][-6:]}", "DS", None)


async def test_unknown_enum_values(hass: HomeAssistant, link: Link, control: Control) -> None:
    """The API may add enum values at any time."""
    time = dt_util.utcnow().isoformat()
    charging = {"plugged": True, "status": "Pondering"}
    body = {
        "createdAt": time,
        "_links": {},
        "energies": [
            {
                "type": "Electric",
                "subType": "ElectricEnergy",
                "createdAt": time,
                "level": 50,
                "extension": {"electric": {"charging": charging}},
            }
        ],
    }
    await link("ds")
    assert get_state(hass, "binary_sensor.ds_3_e_tense_battery_charging") == "off"
    await control.put(f"vehicles/{await control.vin('3 E-Tense')}/status", body)
    await advance_time(hass, POLL_SECONDS)
    assert get_state(hass, BATTERY) == "50.0"
    assert get_state(hass, "binary_sensor.ds_3_e_tense_battery_charging") == STATE_UNKNOWN
    assert get_state(hass, "sensor.ds_3_e_tense_charging_status") == STATE_UNKNOWN


async def test_motion_expires(hass: HomeAssistant, link: Link, control: Control) -> None:
    """A car that loses coverage while driving does not drive forever; an emergency call is shown for a day."""
    now = dt_util.utcnow()
    time = now.isoformat()
    kinetic = {"createdAt": time, "moving": True, "speed": 87.0}
    belts = [{"id": "Driver", "belt": "Omission"}]
    safety = {"createdAt": time, "autoECallTriggering": "Detected", "beltStatus": belts}
    body = {"createdAt": time, "_links": {}, "kinetic": kinetic, "safety": safety}
    await control.put(f"vehicles/{await control.vin('3 E-Tense')}/status", body)
    entry = await link("ds")
    names = ("binary_sensor.ds_3_e_tense_moving", "binary_sensor.ds_3_e_tense_driver_seat_belt")
    emergency_call = "binary_sensor.ds_3_e_tense_emergency_call"
    assert [get_state(hass, name) for name in names] == ["on", "on"]
    assert get_state(hass, "sensor.ds_3_e_tense_speed") == "87.0"
    (car,) = entry.runtime_data.cars.values()
    with patch("custom_components.stellantis.coordinator.dt_util.utcnow", lambda: now + timedelta(hours=1)):
        await car.status.async_refresh()
    assert [get_state(hass, name) for name in names] == ["off", STATE_UNKNOWN]
    assert get_state(hass, "sensor.ds_3_e_tense_speed") == STATE_UNKNOWN
    assert get_state(hass, emergency_call) == "on"
    with patch("custom_components.stellantis.coordinator.dt_util.utcnow", lambda: now + timedelta(hours=25)):
        await car.status.async_refresh()
    assert get_state(hass, emergency_call) == "off"


async def test_no_deprecated_calls(
    hass: HomeAssistant, link: Link, control: Control, caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant logs deprecated calls."""
    entry = await link("ds")
    (vehicle,) = await control.vehicles("ds")
    await control.post("vehicles", {"brand": "ds"})
    await control.delete(f"vehicles/{vehicle['vin']}")
    await advance_time(hass, LIST_SECONDS)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.async_entity_ids(PLATFORMS) == []
    assert [record.getMessage() for record in caplog.records if record.name == "homeassistant.helpers.frame"] == []
    assert hass.config_entries.async_entries(DOMAIN) == []
