"""The pictures of a vehicle, which lie on servers of the brands."""

from typing import Final

import aiohttp
from yarl import URL

from .brands import is_loopback
from .exceptions import InvalidResponse, error_from_response
from .http import send

PICTURE_TIMEOUT: Final = aiohttp.ClientTimeout(total=8)
"""Seconds; who wants to see a picture does not wait longer."""
_MAX_REDIRECTS = 3


async def fetch_picture(session: aiohttp.ClientSession, link: str) -> bytes:
    """What lies at the link of a picture: no token goes there, and nobody says that it is a picture.

    Old links begin with http; they too are followed over https, but for those to this machine.

    Raises:
        StellantisError: nothing was found, or more than a picture can be.
    """
    url = _parse_url(link)
    for _ in range(_MAX_REDIRECTS + 1):
        response = await send(session, "GET", url, timeout=PICTURE_TIMEOUT)
        if response.ok:
            return response.body
        if not (300 <= response.status < 400 and "Location" in response.headers):  # noqa: PLR2004
            raise error_from_response(response.status, response.headers, b"")
        url = _parse_url(response.headers["Location"], url)
    raise InvalidResponse("the picture is always elsewhere")


def _parse_url(link: str, base: URL | None = None) -> URL:
    try:
        url = base.join(URL(link)) if base else URL(link)
    except ValueError:
        raise InvalidResponse("not a link to a picture") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise InvalidResponse("not a link to a picture")
    return url if is_loopback(url.host) else url.with_scheme("https")
