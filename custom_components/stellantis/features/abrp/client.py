"""Requests to Iternio's telemetry interface, which A Better Routeplanner belongs to."""

from collections.abc import Mapping
from typing import Any, Final

import aiohttp
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util.json import json_loads_object
from yarl import URL

from ...api import StellantisError
from ...api.http import send

# https://documenter.getpostman.com/view/7396339/SWTK5a8w
API_URL: Final = "https://api.iternio.com/1/tlm"
TIMEOUT: Final = aiohttp.ClientTimeout(total=15)
MAX_LEVEL: Final = 100.0  # %


class AbrpError(Exception):
    """A request failed. The message contains neither the key nor the token."""


class AbrpClient:
    """The interface for one car."""

    def __init__(self, hass: HomeAssistant, api_key: str, token: str) -> None:
        self._hass, self._token = hass, token
        self._headers = {"Authorization": f"APIKEY {api_key}"}

    async def async_send(self, values: Mapping[str, float]) -> None:
        """Send live data (`tlm/send`).

        Raises:
            AbrpError: The request failed.
        """
        await self._async_request("POST", "send", json={"token": self._token, "tlm": dict(values)})

    async def async_get_next_charge(self) -> float | None:
        """Return the level in % to which the active plan charges next (`tlm/get_next_charge`); None without a plan.

        Raises:
            AbrpError: The request failed.
        """
        result = await self._async_request("GET", "get_next_charge", params={"token": self._token})
        level = result.get("next_charge") if isinstance(result, dict) else None
        return float(level) if isinstance(level, int | float) and 0 <= level <= MAX_LEVEL else None

    async def _async_request(self, method: str, name: str, **request: Any) -> Any:
        """Send a request, and return its result.

        Raises:
            AbrpError: It failed.
        """
        session = async_get_clientsession(self._hass)
        try:
            response = await send(
                session, method, URL(API_URL) / name, headers=self._headers, timeout=TIMEOUT, **request
            )
        except StellantisError as err:
            raise AbrpError(type(err).__name__) from None
        try:
            content = json_loads_object(response.body)
        except ValueError:
            content = {}
        if not response.ok or content.get("status") != "ok":
            raise AbrpError(f"HTTP {response.status}")
        return content.get("result")
