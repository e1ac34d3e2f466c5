"""Removal of an account revokes its consent, whatever fails; an account whose last car is gone is told."""

from typing import Any
from unittest.mock import patch

import aiohttp
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.data import no_cars_issue_id
from custom_components.stellantis.vehicle import listed
from simulator import Simulator
from tests.conftest import Link
from tests.support.helpers import Control, car_devices, get_state

pytestmark = pytest.mark.simulator(fleet=1, brand="peugeot")

DS_BATTERY = "sensor.ds_3_e_tense_battery"


async def test_removal_revokes_consent(hass: HomeAssistant, link: Link, simulator: Simulator) -> None:
    entry = await link()
    token = entry.data["token"]["access_token"]
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    headers = {"Authorization": f"Bearer {token}", "x-introspect-realm": "clientsB2CPeugeot"}
    async with (
        aiohttp.ClientSession(simulator.url) as session,
        session.get("/connectedcar/v4/user", params={"client_id": "demo-client"}, headers=headers) as response,
    ):
        assert response.status == 401


async def test_removal_while_server_is_down(
    hass: HomeAssistant, link: Link, control: Control, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await link()
    await control.fault("/am/oauth2/token/revoke", status=503)
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.config_entries.async_entries(DOMAIN) == []
    assert "authorization could not be removed" in caplog.text
    assert (await control.request_counts())["POST /am/oauth2/token/revoke"] == 3


@pytest.mark.parametrize(
    "fault",
    [
        {"path": "/am/oauth2/access_token", "status": 503},
        {"path": "/am/oauth2/access_token", "status": 400, "body": {"error": "invalid_grant"}},
        {"path": "/user/callbacks*", "status": 403},
        {"path": "/am/oauth2/token/revoke", "status": 503, "times": 2},
        {"path": "/am/oauth2/token/revoke", "status": 429, "times": 1},
        {"path": "/am/oauth2/token/revoke", "reset": True, "times": 1},
    ],
    ids=str,
)
async def test_removal_revokes_consent_despite_failures(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, fault: dict[str, Any]
) -> None:
    """The access token has expired, and a request fails."""
    entry = await link("ds", expires_at=0, setup=False)
    await control.put("faults", [fault])
    await hass.config_entries.async_remove(entry.entry_id)
    assert simulator.tokens.dump() == []


async def test_removal_does_not_wait_for_ever(
    hass: HomeAssistant, link: Link, control: Control, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await link("ds", setup=False)
    await control.fault("/am/oauth2/token/revoke", delay=0.5)
    with patch("custom_components.stellantis.auth.oauth.REVOKE_TIMEOUT", 0.05):
        await hass.config_entries.async_remove(entry.entry_id)
    assert "was not revoked in time" in caplog.text
    await hass.async_block_till_done()


@pytest.mark.simulator(fleet=None, brand=None)
async def test_last_car_is_gone(
    hass: HomeAssistant, link: Link, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After two days without a car it is believed, and told; a car that comes is added."""
    entry = await link("ds")
    issue = (DOMAIN, no_cars_issue_id(entry))
    monkeypatch.setattr(listed, "MIN_ABSENCE", 0)
    await control.fault("/user/vehicles", status=404, body={"code": 40400, "message": "No vehicle found"})
    await entry.runtime_data.vehicles.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert car_devices(hass, entry.entry_id) == []
    assert get_state(hass, DS_BATTERY) is None
    assert issue in ir.async_get(hass).issues
    await control.delete("faults")
    await entry.runtime_data.vehicles.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(car_devices(hass, entry.entry_id)) == 1
    assert get_state(hass, DS_BATTERY) is not None
    assert issue not in ir.async_get(hass).issues
