"""Download of vehicle pictures from the servers of the brands."""

from typing import Final

import aiohttp
from yarl import URL

from .brands import Server, is_loopback
from .exceptions import InvalidResponse, error_from_response
from .http import send
from .local_hosts import ResolveHost, is_local_host, resolve_host
from .models.vehicle import Vehicle

PICTURE_TIMEOUT: Final = aiohttp.ClientTimeout(total=8)
"""In seconds. Short, because a user is waiting for the picture."""
_MAX_REDIRECTS = 3


async def fetch_picture(
    session: aiohttp.ClientSession, link: str, server: Server, *, resolve: ResolveHost = resolve_host
) -> bytes:
    """Download a picture.

    No token is sent, and the content is not validated. Old links start with http; they are fetched over https too,
    except from loopback addresses. Neither the link nor a redirect may lead into the local network, unless the server
    is there itself.

    Args:
        session: The HTTP session.
        link: The link from `Vehicle.pictures`.
        server: The server of the account that listed the link.
        resolve: Returns the IP addresses of a name.

    Returns:
        The body of the response.

    Raises:
        StellantisError: The picture was not found, is too large, or is on a local host.
    """
    url = _parse_url(link)
    for _ in range(_MAX_REDIRECTS + 1):
        await _check_host(url, server, resolve)
        response = await send(session, "GET", url, timeout=PICTURE_TIMEOUT)
        if response.ok:
            return response.body
        if not (300 <= response.status < 400 and "Location" in response.headers):  # noqa: PLR2004
            raise error_from_response(response.status, response.headers, b"")
        url = _parse_url(response.headers["Location"], url)
    raise InvalidResponse("too many redirects")


def public_picture_url(vehicle: Vehicle) -> str | None:
    """Return the URL of the first picture of a vehicle; None without one, or if it says which vehicle it is.

    The URLs of the brands name a model and its equipment, and need no token: anybody may see them.
    """
    try:
        url = _parse_url(vehicle.pictures[0])
    except IndexError, InvalidResponse:
        return None
    text, private = str(url).casefold(), (name.casefold() for name in (vehicle.vin, vehicle.id) if name)
    return None if url.scheme != "https" or url.user or any(name in text for name in private) else str(url)


async def _check_host(url: URL, server: Server, resolve: ResolveHost) -> None:
    if await is_local_host(url.host or "", resolve) and not await is_local_host(server.api.host or "", resolve):
        raise InvalidResponse("the picture is on a local host")


def _parse_url(link: str, base: URL | None = None) -> URL:
    try:
        url = base.join(URL(link)) if base else URL(link)
    except ValueError:
        raise InvalidResponse("not a valid picture URL") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise InvalidResponse("not a valid picture URL")
    return url if is_loopback(url.host) else url.with_scheme("https")
