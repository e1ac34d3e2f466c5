"""Download of vehicle pictures from the servers of the brands."""

from typing import Final

import aiohttp
from yarl import URL

from .brands import is_loopback
from .exceptions import InvalidResponse, error_from_response
from .http import send

PICTURE_TIMEOUT: Final = aiohttp.ClientTimeout(total=8)
"""In seconds. Short, because a user is waiting for the picture."""
_MAX_REDIRECTS = 3


async def fetch_picture(session: aiohttp.ClientSession, link: str) -> bytes:
    """Download a picture.

    No token is sent, and the content is not validated. Old links start with http; they are fetched over https too,
    except from loopback addresses.

    Args:
        session: The HTTP session.
        link: The link from `Vehicle.pictures`.

    Returns:
        The body of the response.

    Raises:
        StellantisError: The picture was not found or is too large.
    """
    url = _parse_url(link)
    for _ in range(_MAX_REDIRECTS + 1):
        response = await send(session, "GET", url, timeout=PICTURE_TIMEOUT)
        if response.ok:
            return response.body
        if not (300 <= response.status < 400 and "Location" in response.headers):  # noqa: PLR2004
            raise error_from_response(response.status, response.headers, b"")
        url = _parse_url(response.headers["Location"], url)
    raise InvalidResponse("too many redirects")


def _parse_url(link: str, base: URL | None = None) -> URL:
    try:
        url = base.join(URL(link)) if base else URL(link)
    except ValueError:
        raise InvalidResponse("not a valid picture URL") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise InvalidResponse("not a valid picture URL")
    return url if is_loopback(url.host) else url.with_scheme("https")
