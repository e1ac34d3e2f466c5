"""Steps of a config flow, and the consent page in between."""

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


async def configure(hass: HomeAssistant, flow: ConfigFlowResult, **answer: Any) -> ConfigFlowResult:
    """Answer a step."""
    return await hass.config_entries.flow.async_configure(flow["flow_id"], answer)


async def start_on(hass: HomeAssistant, entry: ConfigEntry, source: str) -> ConfigFlowResult:
    """Start a flow on an entry that is there."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": source, "entry_id": entry.entry_id}, data=entry.data
    )


async def decide(url: str, decision: str = "allow", context: ssl.SSLContext | None = None) -> URL:
    """Press a button on the consent page and return where the browser is sent."""
    query = URL(url).query
    form = [("decision", decision), *(("scope", scope) for scope in query["scope"].split())]
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(url, data=form, allow_redirects=False, ssl=context or True) as response,
    ):
        assert response.status == 302
        return URL(response.headers["Location"])


def consent_page(flow: ConfigFlowResult) -> str:
    """Return the address of the consent page that a step shows."""
    placeholders = flow["description_placeholders"]
    assert placeholders is not None
    return placeholders["url"]


@pytest.fixture
async def start(hass: HomeAssistant, credentials: None, simulator: Simulator) -> Flow:
    """Return a function that goes to the consent menu."""

    async def go(brand: str = "peugeot", url: str | None = None) -> ConfigFlowResult:
        flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
        assert flow["step_id"] == "brand"
        flow = await configure(hass, flow, brand=brand)
        assert flow["step_id"] == "server"
        flow = await configure(hass, flow, environment="custom", url=url or simulator.url, use_certificate=False)
        assert flow["type"] is FlowResultType.MENU
        return flow

    return go


@pytest.fixture
async def come_back(hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator) -> Flow:
    """Return a function that decides on the consent page and lets the browser come back to Home Assistant."""

    async def go(flow: ConfigFlowResult, decision: str = "allow") -> ConfigFlowResult:
        assert flow["type"] is FlowResultType.EXTERNAL_STEP
        back = await decide(flow["url"], decision)
        client = await hass_client_no_auth()
        assert (await client.get(str(back.relative()))).status == 200
        return await hass.config_entries.flow.async_configure(flow["flow_id"])

    return go


@pytest.fixture
async def redirect(hass: HomeAssistant, come_back: Flow) -> Flow:
    """Return a function that goes from the consent menu through Home Assistant's own redirect."""

    async def go(flow: ConfigFlowResult, decision: str = "allow") -> ConfigFlowResult:
        return await come_back(await configure(hass, flow, next_step_id="home_assistant"), decision)

    return go


@pytest.fixture
async def paste(hass: HomeAssistant) -> Flow:
    """Return a function that goes from the consent menu through an address of the application's own."""

    async def go(flow: ConfigFlowResult) -> ConfigFlowResult:
        flow = await configure(hass, flow, next_step_id="other_address")
        flow = await configure(hass, flow, redirect_uri=REDIRECT_URI)
        assert flow["step_id"] == "paste"
        back = await decide(consent_page(flow))
        return await configure(hass, flow, redirected_url=f" {back} ")

    return go
