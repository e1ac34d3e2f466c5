"""A single HTTP request and its response, limited in time and size."""

from collections.abc import Mapping
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any

import aiohttp
from yarl import URL

from .exceptions import InvalidResponse, error_from_exception

DEFAULT_TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
"""In seconds. The total also limits bodies that arrive slowly."""
MAX_BODY_SIZE = 8 * 1024 * 1024
"""In bytes, decompressed. The largest real bodies, pages of trips, stay below 1 MiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """A complete HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx. Redirects are failures, because tokens must not be sent elsewhere."""
        return 200 <= self.status < 300  # noqa: PLR2004


async def send(
    session: aiohttp.ClientSession,
    method: str,
    url: URL,
    *,
    ssl: SSLContext | None = None,
    timeout: aiohttp.ClientTimeout = DEFAULT_TIMEOUT,  # noqa: ASYNC109 - passed on to aiohttp
    **request: Any,
) -> HttpResponse:
    """Send one request and read the whole response, whatever its status. Redirects are not followed.

    Raises:
        ConnectionFailed: No complete response was received.
        InvalidResponse: The response is too large or not valid HTTP.
    """
    try:
        async with session.request(
            method, url, ssl=ssl or True, timeout=timeout, allow_redirects=False, **request
        ) as response:
            return HttpResponse(
                status=response.status, headers=response.headers, body=await _read_body(response.content)
            )
    except (aiohttp.ClientError, OSError, RuntimeError, ValueError) as exc:
        raise error_from_exception(exc) from None


async def _read_body(content: aiohttp.StreamReader) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in content.iter_any():
        size += len(chunk)
        if size > MAX_BODY_SIZE:
            raise InvalidResponse("the body is too large")
        chunks.append(chunk)
    return b"".join(chunks)
