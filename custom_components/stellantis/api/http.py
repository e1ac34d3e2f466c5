"""One question over HTTP and its whole answer, bounded in time and size."""

from collections.abc import Mapping
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any

import aiohttp
from yarl import URL

from .exceptions import InvalidResponse, error_from_exception

DEFAULT_TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10, sock_read=20)
"""Seconds; a body that trickles in ends with the total."""
MAX_BODY_SIZE = 8 * 1024 * 1024
"""Of a body, decompressed. The longest real ones, pages of trips, stay under 1 MiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether it is a success. A redirect is none: a token must not follow it."""
        return 200 <= self.status < 300  # noqa: PLR2004


async def send(
    session: aiohttp.ClientSession,
    method: str,
    url: URL,
    *,
    ssl: SSLContext | None = None,
    timeout: aiohttp.ClientTimeout = DEFAULT_TIMEOUT,  # noqa: ASYNC109 - it is aiohttp's
    **request: Any,
) -> HttpResponse:
    """Ask once and read the answer to its end, whatever its status; redirects are answers.

    Raises:
        ConnectionFailed: no whole answer came.
        InvalidResponse: it is too large, or not HTTP.
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
