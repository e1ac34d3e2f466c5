"""Which hosts are on this machine or in its network, and not on the internet."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address
import socket

from .exceptions import ConnectionFailed

type ResolveHost = Callable[[str], Awaitable[Iterable[str]]]


async def resolve_host(host: str) -> set[str]:
    """Return the IP addresses of a host.

    Raises:
        ConnectionFailed: The host is unknown.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise ConnectionFailed(type(exc).__name__) from None
    return {str(address[0]) for *_, address in found}


async def is_local_host(host: str, resolve: ResolveHost = resolve_host) -> bool:
    """Return whether one of the addresses of a host is not on the internet.

    Args:
        host: An IP address or a name.
        resolve: Returns the IP addresses of a name.

    Raises:
        ConnectionFailed: The host is unknown.
    """
    try:
        addresses = [ip_address(host)]
    except ValueError:
        addresses = [ip_address(address) for address in await resolve(host)]
    return any(not address.is_global for address in addresses)
