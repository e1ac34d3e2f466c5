"""Requests to Nominatim, the geocoder of OpenStreetMap."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

import aiohttp
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.singleton import singleton
from homeassistant.loader import async_get_integration
from homeassistant.util.json import json_loads_object
from yarl import URL

from ...api import StellantisError
from ...api.http import HttpResponse, send
from ...api.retry_after import parse_retry_after
from ...const import DOMAIN
from ...vehicle.trip import Coordinates

# Its usage policy: https://operations.osmfoundation.org/policies/nominatim/
DEFAULT_URL: Final = "https://nominatim.openstreetmap.org"
# It permits one request per second
REQUEST_INTERVAL: Final = 1.5  # seconds
TIMEOUT: Final = aiohttp.ClientTimeout(total=15)
STREET_ZOOM: Final = 17
MAX_NAME_LENGTH: Final = 100
UNKNOWN_PLACE: Final = "Unable to geocode"
STREETS: Final = ("road", "pedestrian", "square", "footway", "cycleway", "path")
TOWNS: Final = ("city", "town", "village", "municipality", "hamlet", "county")


class GeocoderError(Exception):
    """The geocoder did not answer a request.

    Attributes:
        status: The HTTP status; None if there was no response.
        retry_after: Seconds to wait before the next request, if the geocoder said so.
    """

    def __init__(self, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(status or "no response")
        self.status = status
        self.retry_after = retry_after


class Geocoder:
    """A Nominatim server."""

    def __init__(self, hass: HomeAssistant, url: URL) -> None:
        self._hass, self._url = hass, url

    async def async_get_name(self, place: Coordinates) -> str | None:
        """Return the street and town at a place, in the language of Home Assistant; None if there are none.

        Raises:
            GeocoderError: There was no valid answer.
        """
        longitude, latitude = place
        query: dict[str, str | int | float] = {
            "lat": latitude,
            "lon": longitude,
            "format": "jsonv2",
            "zoom": STREET_ZOOM,
            "layer": "address",
            "accept-language": self._hass.config.language,
        }
        response = await self._async_get("reverse", query)
        return read_name(response.status, response.headers, response.body)

    async def async_check(self) -> None:
        """Ask whether the server is ready.

        Raises:
            GeocoderError: It is not, or it is no Nominatim server.
        """
        response = await self._async_get("status", {"format": "json"})
        if _read_object(response.status, response.headers, response.body).get("status") != 0:
            raise GeocoderError(response.status)

    async def _async_get(self, path: str, query: Mapping[str, str | int | float]) -> HttpResponse:
        """Send a request when it is its turn.

        Raises:
            GeocoderError: There was no response.
        """
        integration = await async_get_integration(self._hass, DOMAIN)
        headers = {"User-Agent": f"{DOMAIN}/{integration.version} ({integration.documentation})"}
        async with async_get_request_limit(self._hass).async_wait():
            try:
                return await send(
                    async_get_clientsession(self._hass),
                    "GET",
                    (self._url / path).with_query(query),
                    headers=headers,
                    timeout=TIMEOUT,
                )
            except StellantisError as err:
                raise GeocoderError from err


class RequestLimit:
    """Lets one request at a time through, and keeps an interval between them."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._is_free_at = 0.0

    @asynccontextmanager
    async def async_wait(self) -> AsyncGenerator[None]:
        """Wait until it is the turn of a request, which is sent in this context."""
        loop = asyncio.get_running_loop()
        async with self._lock:
            await asyncio.sleep(self._is_free_at - loop.time())
            try:
                yield
            finally:
                self._is_free_at = loop.time() + REQUEST_INTERVAL


@singleton(f"{DOMAIN}.geocoder")
def async_get_request_limit(_hass: HomeAssistant) -> RequestLimit:
    """Return the limit that all accounts share."""
    return RequestLimit()


def read_name(status: int, headers: Mapping[str, str], body: bytes) -> str | None:
    """Return the street and town in a response of the geocoder; None if it knows none.

    Raises:
        GeocoderError: The response is not valid.
    """
    found = _read_object(status, headers, body)
    address = found.get("address")
    if not isinstance(address, dict):
        if found.get("error") == UNKNOWN_PLACE:
            return None
        raise GeocoderError(status)
    street = _read_text(found, ("name",)) or _read_text(address, STREETS)
    town = _read_text(address, TOWNS)
    return ", ".join(dict.fromkeys(part for part in (street, town) if part)) or None


def _read_object(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Return the JSON object of a response. A place that is not known may be a 404.

    Raises:
        GeocoderError: There is none.
    """
    if status not in {HTTPStatus.OK, HTTPStatus.NOT_FOUND}:
        raise GeocoderError(status, parse_retry_after(headers))
    try:
        return json_loads_object(body)
    except ValueError as err:
        raise GeocoderError(status) from err


def _read_text(members: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    """Return the first of some members that is a text, on one line and shortened."""
    texts = (" ".join(text.split())[:MAX_NAME_LENGTH] for name in names if isinstance(text := members.get(name), str))
    return next(filter(None, texts), None)
