"""Setup, updates during server failures, and removal of an account."""

import asyncio
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.config_entry_oauth2_flow import async_get_implementations
from homeassistant.helpers.network import NoURLAvailableError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.stellantis.api import Status, StellantisClient
from custom_components.stellantis.auth.oauth import StellantisImplementation
from custom_components.stellantis.const import DOMAIN
from tests.conftest import Link
from tests.support.helpers import Control, advance_time, car_devices, get_state, only_car

pytestmark = pytest.mark.simulator(fleet=1, brand="peugeot")

POLL_SECONDS = 3601  # longer than the interval of a sleeping car
BATTERY = "sensor.peugeot_e_208_battery"
DS_BATTERY = "sensor.ds_3_e_tense_battery"


def car_device(registry: dr.DeviceRegistry, vin: str) -> dr.DeviceEntry | None:
    """Return the device of a car; None if there is none."""
    return next((entry_device for entry_device in registry.devices if (DOMAIN, vin) in entry_device.identifiers), None)


async def test_car_devices(
    hass: HomeAssistant, link: Link, control: Control, device_registry: dr.DeviceRegistry
) -> None:
    entry = await link()
    assert entry.state is ConfigEntryState.LOADED
    for vehicle in await control.vehicles("peugeot"):
        entry_device = car_device(device_registry, vehicle["vin"])
        assert entry_device is not None
        assert (entry_device.manufacturer, entry_device.serial_number) == ("Peugeot", vehicle["vin"])
        assert vehicle["model"] in (entry_device.model or "")


async def test_unload_and_load_again(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link()
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert get_state(hass, BATTERY) == STATE_UNAVAILABLE
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert get_state(hass, BATTERY) != STATE_UNAVAILABLE


@pytest.mark.simulator(routine=True)
async def test_refresh_that_ends_during_unload(
    hass: HomeAssistant,
    link: Link,
    control: Control,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An entity that would be added during the unload is added when the entry is loaded again."""
    await control.fault("/user/vehicles/{id}/trips", status=500)
    entry = await link("vauxhall")
    trip = "event.vauxhall_mokka_electric_trip"
    assert hass.states.get(trip) is None
    await control.delete("faults")
    unload = hass.config_entries.async_unload_platforms

    async def slowly(*args: Any) -> bool:
        done = await unload(*args)
        await only_car(entry).async_refresh_secondary()
        return done

    with monkeypatch.context() as slow:
        slow.setattr(hass.config_entries, "async_unload_platforms", slowly)
        await hass.config_entries.async_unload(entry.entry_id)
    assert hass.states.get(trip) is None
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hass.states.get(trip)
    assert "does not generate unique IDs" not in caplog.text


async def test_expired_token_is_refreshed_and_stored(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link(expires_at=0)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["token"]["expires_at"] > 0
    requests = await control.request_counts()
    # All requests waited for the same refresh
    assert requests["POST /am/oauth2/access_token"] == 1
    assert entry.data["token"]["scope"]


async def test_expired_token_is_refreshed_once_for_all_cars(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link()
    token = {**entry.data["token"], "expires_at": 0}
    hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})
    await control.fault("/am/oauth2/access_token", delay=0.1)
    await advance_time(hass, POLL_SECONDS)
    assert (await control.request_counts())["POST /am/oauth2/access_token"] == 1
    assert entry.data["token"]["expires_at"] > 0
    assert get_state(hass, BATTERY) != STATE_UNAVAILABLE


async def test_rejected_token_is_refreshed_once(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link()
    before = entry.data["token"]
    await control.put("oauth", {"expire": True})
    await advance_time(hass, POLL_SECONDS)
    assert entry.data["token"]["access_token"] != before["access_token"]
    assert entry.data["token"]["refresh_token"] != before["refresh_token"]
    assert (await control.request_counts())["POST /am/oauth2/access_token"] == 1
    assert get_state(hass, BATTERY) != STATE_UNAVAILABLE


async def test_expired_grant_starts_reauth(hass: HomeAssistant, link: Link, control: Control) -> None:
    await control.put("oauth", {"revoke": "opel"})
    entry = await link("opel", expires_at=0, refresh_token="dead")
    assert entry.state is ConfigEntryState.SETUP_ERROR
    (flow,) = hass.config_entries.flow.async_progress()
    assert (flow["context"]["source"], flow["step_id"]) == (SOURCE_REAUTH, "reauth_confirm")


@pytest.mark.parametrize(
    "fault",
    [
        {"path": "/am/oauth2/access_token", "status": 503, "body": "<html>Maintenance</html>"},
        {"path": "/am/oauth2/access_token", "status": 500, "body": {"error": "server_error"}},
        {"path": "/am/oauth2/access_token", "status": 401, "body": {"error": "invalid_client"}},
        {"path": "/am/oauth2/access_token", "garbage": "html"},
        {"path": "/am/oauth2/access_token", "reset": True},
        {"path": "/user*", "status": 401},
        {"path": "/user*", "status": 403},
        {"path": "/user*", "status": 500},
        {"path": "/user*", "garbage": "empty"},
        {"path": "/user/vehicles", "status": 404, "body": {"code": 40400, "message": "No vehicle found"}},
        # A list of something else, and one that cannot be told to be one
        {"path": "/user/vehicles", "body": {"_embedded": {"vehicles": [{"name": "car"}, {"id": 5, "vin": []}]}}},
        {"path": "/user/vehicles", "body": {"error": "later"}},
    ],
)
async def test_other_errors_are_retried(
    hass: HomeAssistant, link: Link, control: Control, fault: dict[str, Any]
) -> None:
    await control.put("faults", [fault])
    entry = await link(expires_at=0)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert hass.config_entries.flow.async_progress() == []
    await control.delete("faults")
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED


async def test_missing_credentials(hass: HomeAssistant, link: Link) -> None:
    entry = await link(setup=False)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "auth_implementation": "removed"})
    assert not await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state in (ConfigEntryState.SETUP_ERROR, ConfigEntryState.SETUP_RETRY)


async def test_values_remain_during_few_failures(
    hass: HomeAssistant, link: Link, control: Control, caplog: pytest.LogCaptureFixture
) -> None:
    await link()
    before = get_state(hass, BATTERY)
    await control.fault("/user/vehicles/{id}/status", status=500, body={"code": 50000, "message": "Internal"})
    for _ in range(2):
        await advance_time(hass, POLL_SECONDS)
        assert get_state(hass, BATTERY) == before
    await advance_time(hass, POLL_SECONDS)
    assert get_state(hass, BATTERY) == STATE_UNAVAILABLE
    # Logged only once for all cars
    await advance_time(hass, POLL_SECONDS)
    assert caplog.text.count("Error fetching PEUGEOT") == caplog.text.count("data: The server returned an error") == 1
    await control.delete("faults")
    await advance_time(hass, POLL_SECONDS)
    assert get_state(hass, BATTERY) == before


@pytest.mark.parametrize(("code", "seconds"), [(40400, 24 * 3600 + 1), (50038, POLL_SECONDS)])
async def test_car_without_status(hass: HomeAssistant, link: Link, control: Control, code: int, seconds: int) -> None:
    """The entities of a car without a status are added with its first status, which is polled daily."""
    await control.fault(
        "/user/vehicles/{id}/status", status=code // 100, body={"code": code, "message": "We didn't find the status"}
    )
    entry = await link()
    assert entry.state is ConfigEntryState.LOADED
    assert get_state(hass, BATTERY) is None
    await control.delete("faults")
    await advance_time(hass, seconds)
    assert get_state(hass, BATTERY) is not None


@pytest.mark.simulator(fleet=None, brand=None)
async def test_rate_limit(hass: HomeAssistant, link: Link, control: Control) -> None:
    await link("ds")
    await control.fault("/user/vehicles/{id}/status", status=429, retry_after=400, times=1)
    await advance_time(hass, POLL_SECONDS)
    count = (await control.request_counts())["GET /user/vehicles/{id}/status"]
    # Neither by the usual poll nor by an action
    await advance_time(hass, POLL_SECONDS)
    assert await async_setup_component(hass, "homeassistant", {})
    await hass.services.async_call("homeassistant", "update_entity", {"entity_id": DS_BATTERY}, blocking=True)
    assert (await control.request_counts())["GET /user/vehicles/{id}/status"] == count
    assert get_state(hass, DS_BATTERY) != STATE_UNAVAILABLE


@pytest.mark.simulator(fleet=None, brand=None)
async def test_polling_after_rate_limit(hass: HomeAssistant, link: Link, control: Control) -> None:
    await link("ds")
    await control.fault("/user/vehicles/{id}/status", status=429, retry_after=1, times=1)
    await advance_time(hass, POLL_SECONDS)
    await asyncio.sleep(1.1)
    await advance_time(hass, 2)
    # At setup, when it was rejected, and soon after
    assert (await control.request_counts())["GET /user/vehicles/{id}/status"] == 3
    assert get_state(hass, DS_BATTERY) != STATE_UNAVAILABLE


@pytest.mark.simulator(fleet=None, brand=None)
async def test_cars_are_added_and_removed(
    hass: HomeAssistant,
    link: Link,
    control: Control,
    device_registry: dr.DeviceRegistry,
) -> None:
    entry = await link("ds")
    vins = {vehicle["vin"] for vehicle in await control.vehicles("ds")}
    new = (await control.post("vehicles", {"brand": "ds"}))["vin"]
    await advance_time(hass, 6 * 3600 + 1)
    assert car_device(device_registry, new) is not None
    count = (await control.request_counts())["GET /user/vehicles/{id}/status"]
    (gone,) = vins
    await control.delete(f"vehicles/{gone}")
    await advance_time(hass, 6 * 3600 + 1)
    assert car_device(device_registry, gone) is None
    devices = car_devices(hass, entry.entry_id)
    assert [car_device.serial_number for car_device in devices] == [new]
    # Only the new car is polled
    assert (await control.request_counts())["GET /user/vehicles/{id}/status"] > count
    await control.delete("requests")
    await advance_time(hass, POLL_SECONDS)
    assert (await control.request_counts())["GET /user/vehicles/{id}/status"] == 1


async def test_list_without_cars_removes_none(
    hass: HomeAssistant,
    link: Link,
    control: Control,
    device_registry: dr.DeviceRegistry,
) -> None:
    """A response without cars does not remove any car."""
    entry = await link()
    before = len(car_devices(hass, entry.entry_id))
    await control.fault("/user/vehicles", status=404, body={"code": 40400, "message": "No vehicle found"})
    await advance_time(hass, 6 * 3600 + 1)
    assert len(car_devices(hass, entry.entry_id)) == before
    assert get_state(hass, BATTERY) != STATE_UNAVAILABLE


@pytest.mark.simulator(fleet=None, brand=None)
async def test_empty_list_removes_no_car(
    hass: HomeAssistant, link: Link, control: Control, device_registry: dr.DeviceRegistry
) -> None:
    entry = await link("ds")
    empty = {"_links": {}, "total": 0, "totalPage": 0, "currentPage": 1, "_embedded": {"vehicles": []}}
    await control.fault("/user/vehicles", body=empty)
    await advance_time(hass, 6 * 3600 + 1)
    assert len(car_devices(hass, entry.entry_id)) == 1


async def test_implementation_without_server(hass: HomeAssistant, credentials: None) -> None:
    (implementation,) = (await async_get_implementations(hass, DOMAIN)).values()
    assert isinstance(implementation, StellantisImplementation)
    with pytest.raises(RuntimeError):
        _ = implementation.account_server


async def test_credentials_dialog_placeholders(
    hass: HomeAssistant, credentials: None, hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "application_credentials/config"})
    shown = (await client.receive_json())["result"]["integrations"][DOMAIN]["description_placeholders"]
    assert shown["portal_url"].startswith("https://")
    assert shown["redirect_url"].endswith("/auth/external/callback")
    # Some instances do not know their own URL
    with patch("custom_components.stellantis.application_credentials.get_url", side_effect=NoURLAvailableError):
        await client.send_json_auto_id({"type": "application_credentials/config"})
        shown = (await client.receive_json())["result"]["integrations"][DOMAIN]["description_placeholders"]
    assert shown["redirect_url"] == "https://YOUR-HOME-ASSISTANT/auth/external/callback"


@pytest.mark.simulator(fleet=None, brand=None)
async def test_only_other_devices_can_be_removed(
    hass: HomeAssistant, link: Link, hass_ws_client: WebSocketGenerator, device_registry: dr.DeviceRegistry
) -> None:
    assert await async_setup_component(hass, "config", {})
    entry = await link("vauxhall")
    (car,) = car_devices(hass, entry.entry_id)
    other = device_registry.async_get_or_create(config_entry_id=entry.entry_id, identifiers={(DOMAIN, "sold")})
    client = await hass_ws_client(hass)
    assert not (await client.remove_device(car.id))["success"]
    assert (await client.remove_device(other.id))["success"]
    account = next(iter(dr.async_entries_for_config_entry(device_registry, entry.entry_id)))
    assert account.entry_type is dr.DeviceEntryType.SERVICE
    assert not (await client.remove_device(account.id))["success"]


@pytest.mark.simulator(fleet=10, brand="peugeot")
async def test_ten_cars_are_fetched_in_parallel(
    hass: HomeAssistant, link: Link, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    await control.put("faults", [{"path": "/user/vehicles/{id}/status", "delay": 0.5}])
    entry = await link(setup=False)
    running, most_running, fetch = 0, 0, StellantisClient.status

    async def count(client: StellantisClient, vehicle_id: str) -> Status:
        nonlocal running, most_running
        running += 1
        most_running = max(running, most_running)
        try:
            return await fetch(client, vehicle_id)
        finally:
            running -= 1

    monkeypatch.setattr(StellantisClient, "status", count)
    await hass.config_entries.async_setup(entry.entry_id)
    assert most_running == 10
    assert entry.state is ConfigEntryState.LOADED
    assert (await control.request_counts())["GET /user/vehicles/{id}/status"] == 10
