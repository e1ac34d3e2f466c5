"""Steps of a config flow, and the consent page in between."""

import ssl
from typing import Any

import aiohttp
from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
from yarl import URL

from custom_components.stellantis.const import DOMAIN

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
