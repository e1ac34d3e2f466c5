"""The permissions that a flow asks for, when the application is registered for fewer, and entities that follow."""

from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from yarl import URL

from custom_components.stellantis.auth.scopes import SCOPES
from simulator import Client, Simulator
from tests.support.config_flow import (
    REDIRECT_URI,
    Flow,
    configure,
    consent_url,
    start_entry_flow,
    submit_consent,
)
from tests.support.helpers import CLIENT_ID, CLIENT_SECRET

pytestmark = pytest.mark.usefixtures("current_request_with_host", "enable_custom_integrations")

REGISTERED = ["openid", "email", "data:telemetry", "remote:door:write"]
limited = pytest.mark.simulator(
    fleet=1, brand="peugeot", clients=(Client(client_id=CLIENT_ID, secret=CLIENT_SECRET, scopes=frozenset(REGISTERED)),)
)


def options(*scopes: str) -> list[str]:
    """Return the options of the form that stand for scopes."""
    return [scope.replace(":", "_") for scope in scopes]


def suggested_options(flow: ConfigFlowResult) -> list[str]:
    """Return the options that the form has ticked."""
    schema = flow["data_schema"]
    assert schema is not None
    (field,) = schema.schema
    return list(field.description["suggested_value"])


def asked_scopes(url: str) -> list[str]:
    """Return the scopes that a consent page is asked for."""
    return URL(url).query["scope"].split()


def platforms(hass: HomeAssistant, entry_id: str) -> set[str]:
    """Return the domains of the entities of an entry."""
    return {entity.domain for entity in er.async_entries_for_config_entry(er.async_get(hass), entry_id)}


def entity_keys(hass: HomeAssistant, entry_id: str) -> set[str]:
    """Return the last parts of the unique ids of the entities of an entry."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry_id)
    return {entity.unique_id.rsplit("_", 1)[-1] for entity in entities}


@limited
async def test_application_with_fewer_scopes(
    hass: HomeAssistant, start_flow: Flow, link_with_redirect: Flow, finish_consent: Flow
) -> None:
    flow = await link_with_redirect(await start_flow())
    assert (flow["step_id"], flow["errors"]) == ("scopes", {"base": "invalid_scope"})
    assert suggested_options(flow) == options(*SCOPES)
    flow = await configure(hass, flow, scopes=[])
    assert (flow["step_id"], flow["errors"]) == ("scopes", {"base": "invalid_scope", "scopes": "no_scope"})
    flow = await configure(hass, flow, scopes=options(*REGISTERED, "data:trip"))
    flow = await finish_consent(flow)
    assert (flow["step_id"], flow["errors"]) == ("scopes", {"base": "invalid_scope"}), "still too many"
    assert suggested_options(flow) == options("openid", "email", "data:telemetry", "data:trip", "remote:door:write")
    result = await finish_consent(await configure(hass, flow, scopes=options(*REGISTERED)))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["scopes"] == REGISTERED
    entry = result["result"]
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert {"sensor", "lock"} <= platforms(hass, entry.entry_id)
    assert "device_tracker" not in platforms(hass, entry.entry_id)
    issues = {issue.translation_key for issue in ir.async_get(hass).issues.values()}
    assert "missing_rights" not in issues, "nobody can grant what is not asked for"

    flow = await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH))
    assert asked_scopes(flow["url"]) == REGISTERED, "remembered"
    assert (await finish_consent(flow))["reason"] == "reauth_successful"
    assert entry.data["scopes"] == REGISTERED
    await hass.async_block_till_done(wait_background_tasks=True)


@limited
async def test_pasted_url_of_a_refused_scope(hass: HomeAssistant, start_flow: Flow) -> None:
    flow = await configure(hass, await start_flow(), next_step_id="other_address")
    flow = await configure(hass, flow, redirect_uri=REDIRECT_URI)
    flow = await configure(hass, flow, redirected_url=str(await submit_consent(consent_url(flow))))
    assert (flow["step_id"], flow["errors"]) == ("scopes", {"base": "invalid_scope"})
    flow = await configure(hass, flow, scopes=options(*REGISTERED))
    assert flow["step_id"] == "paste_of_app"
    assert asked_scopes(consent_url(flow)) == REGISTERED
    flow = await configure(hass, flow, redirected_url=str(await submit_consent(consent_url(flow))))
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.simulator(fleet=1, brand="peugeot")
async def test_reconfigure_changes_the_scopes(
    hass: HomeAssistant, start_flow: Flow, link_with_redirect: Flow, simulator: Simulator
) -> None:
    """Entities come and go with what the driver grants."""
    result = await link_with_redirect(await start_flow())
    entry = result["result"]
    await hass.async_block_till_done(wait_background_tasks=True)
    assert "scopes" not in entry.data
    every_platform = platforms(hass, entry.entry_id)
    assert {"device_tracker", "lock", "switch"} <= every_platform
    assert entity_keys(hass, entry.entry_id) >= {"heading", "trip", "alert"}

    async def reconfigure(*scopes: str) -> None:
        flow = await start_entry_flow(hass, entry, SOURCE_RECONFIGURE)
        flow = await configure(
            hass, flow, environment="custom", url=simulator.url, use_certificate=False, choose_redirect=True
        )
        flow = await configure(hass, flow, next_step_id="scopes")
        assert flow["errors"] == {}
        flow = await configure(hass, flow, scopes=options(*scopes))
        assert flow["type"] is FlowResultType.MENU
        assert (await link_with_redirect(flow))["reason"] == "reconfigure_successful"
        await hass.async_block_till_done(wait_background_tasks=True)

    await reconfigure("openid", "data:telemetry")
    assert entry.data["scopes"] == ["openid", "data:telemetry"]
    assert platforms(hass, entry.entry_id).isdisjoint({"device_tracker", "lock", "climate"})
    assert not hass.states.async_entity_ids("device_tracker")
    assert entity_keys(hass, entry.entry_id).isdisjoint({"heading", "trip", "alert"})

    await reconfigure(*SCOPES)
    assert "scopes" not in entry.data, "also those of later versions"
    assert platforms(hass, entry.entry_id) == every_platform
    assert entity_keys(hass, entry.entry_id) >= {"heading", "trip", "alert"}
    assert hass.states.async_entity_ids("device_tracker")
