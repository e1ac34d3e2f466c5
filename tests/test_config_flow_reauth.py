"""Reauthentication and reconfiguration of an existing entry."""

from unittest.mock import patch

from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.stellantis.const import DOMAIN
from simulator import Simulator
from tests.conftest import Link
from tests.support.config_flow import Flow, configure, consent_url, start_entry_flow, submit_consent
from tests.support.helpers import CLIENT_ID, CLIENT_SECRET, Control

pytestmark = [
    pytest.mark.usefixtures("current_request_with_host", "enable_custom_integrations"),
    pytest.mark.simulator(fleet=1, brand="peugeot"),
]


async def test_reauth(hass: HomeAssistant, start_flow: Flow, link_with_redirect: Flow, finish_consent: Flow) -> None:
    entry = (await link_with_redirect(await start_flow()))["result"]
    await hass.async_block_till_done()
    before = entry.data["token"]
    flow = await start_entry_flow(hass, entry, SOURCE_REAUTH)
    assert flow["step_id"] == "reauth_confirm"
    assert (flow["description_placeholders"] or {})["account"] == "Peugeot"
    flow = await configure(hass, flow)
    result = await finish_consent(flow)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    await hass.async_block_till_done()
    assert entry.data["token"]["refresh_token"] != before["refresh_token"]
    assert entry.state is ConfigEntryState.LOADED


@pytest.mark.simulator(fleet=None, brand=None)
async def test_reauth_with_pasted_url(hass: HomeAssistant, start_flow: Flow, link_with_pasted_url: Flow) -> None:
    entry = (await link_with_pasted_url(await start_flow("ds")))["result"]
    await hass.async_block_till_done()
    flow = await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH))
    assert flow["step_id"] == "paste_of_app"
    redirect_url = await submit_consent(consent_url(flow))
    result = await configure(hass, flow, redirected_url=str(redirect_url))
    assert result["reason"] == "reauth_successful"


async def test_reauth_requires_same_account(
    hass: HomeAssistant, start_flow: Flow, link_with_pasted_url: Flow, simulator: Simulator
) -> None:
    entry = (await link_with_pasted_url(await start_flow()))["result"]
    await hass.async_block_till_done()
    before = dict(entry.data)
    simulator.world.accounts["peugeot"].id = "another person"
    flow = await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH))
    redirect_url = await submit_consent(consent_url(flow))
    result = await configure(hass, flow, redirected_url=str(redirect_url))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_account")
    assert dict(entry.data) == before


async def test_reconfigure(
    hass: HomeAssistant, start_flow: Flow, link_with_pasted_url: Flow, finish_consent: Flow, simulator: Simulator
) -> None:
    entry = (await link_with_pasted_url(await start_flow()))["result"]
    await hass.async_block_till_done()
    flow = await start_entry_flow(hass, entry, SOURCE_RECONFIGURE)
    assert flow["step_id"] == "server"
    flow = await configure(
        hass, flow, environment="custom", url=simulator.url + "/", use_certificate=False, choose_redirect=True
    )
    flow = await configure(hass, flow, next_step_id="home_assistant")
    result = await finish_consent(flow)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert "redirect_uri" not in entry.data
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED


async def test_credentials_gone_at_reauth(hass: HomeAssistant, link: Link) -> None:
    entry = await link(setup=False)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "auth_implementation": "removed"})
    flow = await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH))
    # The only remaining credentials are used
    assert flow["type"] is FlowResultType.EXTERNAL_STEP


def preselected(flow: ConfigFlowResult) -> str | None:
    """Return the credentials that a form suggests."""
    schema = flow["data_schema"]
    assert schema is not None
    (field,) = schema.schema
    return (field.description or {}).get("suggested_value")


async def test_new_credentials_for_an_entry(
    hass: HomeAssistant,
    start_flow: Flow,
    link_with_pasted_url: Flow,
    finish_consent: Flow,
    simulator: Simulator,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """A changed secret is entered as new credentials, which are then selected for the entry."""
    entry = (await link_with_pasted_url(await start_flow()))["result"]
    await hass.async_block_till_done()
    client = await hass_ws_client(hass)
    secret = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "name": "New"}
    await client.send_json_auto_id({"type": "application_credentials/create", "domain": DOMAIN, **secret})
    new = (await client.receive_json())["result"]["id"]
    flow = await start_entry_flow(hass, entry, SOURCE_RECONFIGURE)
    assert flow["step_id"] == "pick_implementation"
    assert preselected(flow) == DOMAIN, "the entry's own"
    flow = await configure(hass, flow, implementation=new)
    flow = await configure(
        hass, flow, environment="custom", url=simulator.url, use_certificate=False, choose_redirect=True
    )
    flow = await configure(hass, flow, next_step_id="home_assistant")
    assert (await finish_consent(flow))["reason"] == "reconfigure_successful"
    assert entry.data["auth_implementation"] == new
    await hass.async_block_till_done(wait_background_tasks=True)  # the entry is reloaded
    assert preselected(await start_entry_flow(hass, entry, SOURCE_RECONFIGURE)) == new
    # Signing in again does not ask
    flow = await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH))
    assert (await finish_consent(flow))["reason"] == "reauth_successful"
    assert entry.data["auth_implementation"] == new
    await hass.async_block_till_done(wait_background_tasks=True)
    # Without them there is nothing to preselect
    hass.config_entries.async_update_entry(entry, data={**entry.data, "auth_implementation": "removed"})
    assert preselected(await start_entry_flow(hass, entry, SOURCE_RECONFIGURE)) is None


async def test_account_without_subject(
    hass: HomeAssistant, start_flow: Flow, link_with_pasted_url: Flow, simulator: Simulator, control: Control
) -> None:
    """Without a subject, an account is identified by its vehicles."""
    with patch("simulator.auth.tokens._id_token", return_value=None):
        await control.put("faults", [{"path": "/user", "body": {"_links": {}}}])
        entry = (await link_with_pasted_url(await start_flow()))["result"]
        await hass.async_block_till_done()
        await control.delete("faults")
        flow = await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH))
        result = await configure(hass, flow, redirected_url=str(await submit_consent(consent_url(flow))))
        assert result["reason"] == "reauth_successful"
        await hass.async_block_till_done()
        for vehicle in await control.vehicles("peugeot"):
            await control.delete(f"vehicles/{vehicle['vin']}")
        await control.post("vehicles", {"brand": "peugeot"})
        flow = await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH))
        result = await configure(hass, flow, redirected_url=str(await submit_consent(consent_url(flow))))
        assert result["reason"] == "wrong_account"
