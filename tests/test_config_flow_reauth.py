"""Reauthentication and reconfiguration: the flows of an entry that is there already."""

from unittest.mock import patch

from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.stellantis.const import DOMAIN
from simulator import Simulator
from tests.conftest import Link
from tests.support.config_flow import Flow, configure, consent_url, start_entry_flow, submit_consent
from tests.support.helpers import CLIENT_ID, CLIENT_SECRET, Control

pytestmark = pytest.mark.usefixtures("current_request_with_host", "enable_custom_integrations")


async def test_reauth(hass: HomeAssistant, start: Flow, redirect: Flow, come_back: Flow) -> None:
    entry = (await redirect(await start()))["result"]
    await hass.async_block_till_done()
    before = entry.data["token"]
    flow = await start_entry_flow(hass, entry, SOURCE_REAUTH)
    assert flow["step_id"] == "reauth_confirm"
    assert (flow["description_placeholders"] or {})["account"] == "Peugeot"
    flow = await configure(hass, flow)
    done = await come_back(flow)
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    await hass.async_block_till_done()
    assert entry.data["token"]["refresh_token"] != before["refresh_token"]
    assert entry.state is ConfigEntryState.LOADED


async def test_reauth_with_a_pasted_address(hass: HomeAssistant, start: Flow, paste: Flow) -> None:
    entry = (await paste(await start("ds")))["result"]
    await hass.async_block_till_done()
    flow = await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH))
    assert flow["step_id"] == "paste"
    back = await submit_consent(consent_url(flow))
    done = await configure(hass, flow, redirected_url=str(back))
    assert done["reason"] == "reauth_successful"


async def test_reauth_wants_the_same_account(
    hass: HomeAssistant, start: Flow, paste: Flow, simulator: Simulator
) -> None:
    entry = (await paste(await start()))["result"]
    await hass.async_block_till_done()
    before = dict(entry.data)
    simulator.world.accounts["peugeot"].id = "another person"
    flow = await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH))
    back = await submit_consent(consent_url(flow))
    done = await configure(hass, flow, redirected_url=str(back))
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "wrong_account")
    assert dict(entry.data) == before


async def test_reconfigure(
    hass: HomeAssistant, start: Flow, paste: Flow, come_back: Flow, simulator: Simulator
) -> None:
    entry = (await paste(await start()))["result"]
    await hass.async_block_till_done()
    flow = await start_entry_flow(hass, entry, SOURCE_RECONFIGURE)
    assert flow["step_id"] == "server"
    flow = await configure(hass, flow, environment="custom", url=simulator.url + "/", use_certificate=False)
    flow = await configure(hass, flow, next_step_id="home_assistant")
    done = await come_back(flow)
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert "redirect_uri" not in entry.data
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED


async def test_credentials_gone_at_reauth(hass: HomeAssistant, link: Link) -> None:
    entry = await link(setup=False)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "auth_implementation": "removed"})
    flow = await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH))
    # The only credentials that are left are taken
    assert flow["type"] is FlowResultType.EXTERNAL_STEP


async def test_new_credentials_for_an_entry(
    hass: HomeAssistant,
    start: Flow,
    paste: Flow,
    come_back: Flow,
    simulator: Simulator,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """A secret that was changed is entered as new credentials, and the entry is told to use them."""
    entry = (await paste(await start()))["result"]
    await hass.async_block_till_done()
    client = await hass_ws_client(hass)
    secret = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "name": "New"}
    await client.send_json_auto_id({"type": "application_credentials/create", "domain": DOMAIN, **secret})
    new = (await client.receive_json())["result"]["id"]
    flow = await start_entry_flow(hass, entry, SOURCE_RECONFIGURE)
    assert flow["step_id"] == "pick_implementation"
    flow = await configure(hass, flow, implementation=new)
    flow = await configure(hass, flow, environment="custom", url=simulator.url, use_certificate=False)
    flow = await configure(hass, flow, next_step_id="home_assistant")
    assert (await come_back(flow))["reason"] == "reconfigure_successful"
    assert entry.data["auth_implementation"] == new


async def test_account_that_the_server_does_not_name(
    hass: HomeAssistant, start: Flow, paste: Flow, simulator: Simulator, control: Control
) -> None:
    """Without a subject the cars tell whether it is the same account, whatever else of it has changed."""
    with patch("simulator.auth.tokens._id_token", return_value=None):
        await control.put("faults", [{"path": "/user", "body": {"_links": {}}}])
        entry = (await paste(await start()))["result"]
        await hass.async_block_till_done()
        await control.delete("faults")
        flow = await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH))
        done = await configure(hass, flow, redirected_url=str(await submit_consent(consent_url(flow))))
        assert done["reason"] == "reauth_successful"
        await hass.async_block_till_done()
        for vehicle in await control.vehicles("peugeot"):
            await control.delete(f"vehicles/{vehicle['vin']}")
        await control.post("vehicles", {"brand": "peugeot"})
        flow = await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH))
        done = await configure(hass, flow, redirected_url=str(await submit_consent(consent_url(flow))))
        assert done["reason"] == "wrong_account"
