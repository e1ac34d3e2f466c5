"""Helpers and fixtures to click through a config flow, including the consent page."""

from collections.abc import Awaitable, Callable
import ssl
from typing import Any

import aiohttp
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from custom_components.stellantis.const import DOMAIN
from simulator import Simulator

type Flow = Callable[..., Awaitable[ConfigFlowResult]]

REDIRECT_URI = "myapp://oauth2redirect/fr"


async def configure(hass: HomeAssistant, flow: ConfigFlowResult, **user_input: Any) -> ConfigFlowResult:
    """Submit a step."""
    return await hass.config_entries.flow.async_configure(flow["flow_id"], user_input)


def suggested_values(form: ConfigFlowResult) -> dict[str, Any]:
    """Return the suggested values of a form."""
    schema = form["data_schema"]
    assert schema is not None
    return {str(key): key.description["suggested_value"] for key in schema.schema if key.description}


async def submit_options(
    hass: HomeAssistant, entry: ConfigEntry, step: str, user_input: dict[str, Any]
) -> ConfigFlowResult:
    """Submit a form of the options, and return the result; a form with errors is closed."""
    flows = hass.config_entries.options
    menu = await flows.async_init(entry.entry_id)
    await flows.async_configure(menu["flow_id"], {"next_step_id": step})
    result = await flows.async_configure(menu["flow_id"], user_input)
    if result["type"] is FlowResultType.FORM:
        flows.async_abort(menu["flow_id"])
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


async def start_entry_flow(hass: HomeAssistant, entry: ConfigEntry, source: str) -> ConfigFlowResult:
    """Start a reauthentication or reconfiguration flow for an entry."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": source, "entry_id": entry.entry_id}, data=entry.data
    )


async def submit_consent(url: str, decision: str = "allow", context: ssl.SSLContext | None = None) -> URL:
    """Submit the consent page and return the URL to which the browser is redirected."""
    query = URL(url).query
    form = [("decision", decision), *(("scope", scope) for scope in query["scope"].split())]
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(url, data=form, allow_redirects=False, ssl=context or True) as response,
    ):
        assert response.status == 302
        return URL(response.headers["Location"])


def consent_url(flow: ConfigFlowResult) -> str:
    """Return the URL of the consent page shown by a step."""
    placeholders = flow["description_placeholders"]
    assert placeholders is not None
    return placeholders["url"]


@pytest.fixture
async def start_flow(hass: HomeAssistant, credentials: None, simulator: Simulator) -> Flow:
    """Return a function that starts a flow and proceeds to the consent menu."""

    async def start(brand: str = "peugeot", url: str | None = None) -> ConfigFlowResult:
        flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
        assert flow["step_id"] == "server"
        flow = await configure(
            hass,
            flow,
            brand=brand,
            environment="custom",
            url=url or simulator.url,
            use_certificate=False,
            choose_redirect=True,
        )
        assert flow["type"] is FlowResultType.MENU
        return flow

    return start


@pytest.fixture
async def finish_consent(hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator) -> Flow:
    """Return a function that submits the consent page and follows the redirect to Home Assistant."""

    async def finish(flow: ConfigFlowResult, decision: str = "allow") -> ConfigFlowResult:
        assert flow["type"] is FlowResultType.EXTERNAL_STEP
        redirect_url = await submit_consent(flow["url"], decision)
        client = await hass_client_no_auth()
        assert (await client.get(str(redirect_url.relative()))).status == 200
        return await hass.config_entries.flow.async_configure(flow["flow_id"])

    return finish


@pytest.fixture
async def link_with_redirect(hass: HomeAssistant, finish_consent: Flow) -> Flow:
    """Return a function that proceeds from the consent menu with Home Assistant's redirect URI."""

    async def link(flow: ConfigFlowResult, decision: str = "allow") -> ConfigFlowResult:
        return await finish_consent(await configure(hass, flow, next_step_id="home_assistant"), decision)

    return link


@pytest.fixture
async def link_with_pasted_url(hass: HomeAssistant) -> Flow:
    """Return a function that proceeds from the consent menu with the application's own redirect URI."""

    async def link(flow: ConfigFlowResult) -> ConfigFlowResult:
        flow = await configure(hass, flow, next_step_id="other_address")
        flow = await configure(hass, flow, redirect_uri=REDIRECT_URI)
        assert flow["step_id"] == "paste_of_app"
        redirect_url = await submit_consent(consent_url(flow))
        return await configure(hass, flow, redirected_url=f" {redirect_url} ")

    return link
