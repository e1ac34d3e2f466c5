"""A custom server, whose URL the user enters."""

import asyncio
from typing import Final

from yarl import URL

CONNECT_TIMEOUT: Final = 10  # seconds


async def async_is_listening(url: URL) -> bool:
    """Return whether a server accepts connections at the host and port of a URL."""
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            _, writer = await asyncio.open_connection(url.host, url.port)
    except OSError:
        return False
    writer.close()
    return True
