"""Tells which hosts are this machine, and which others the simulator may call."""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

ANY_HOST = "*"


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine; names are not resolved."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_reachable(host: str, allowed: Iterable[str]) -> bool:
    """Return whether a webhook on a host may be called: the host is this machine, or one that is allowed.

    Args:
        host: A name or an address; names are not resolved.
        allowed: Names, addresses, networks (192.168.0.0/16), or * for every host.
    """
    return is_loopback(host) or any(_matches(host.lower(), rule.lower()) for rule in allowed)


def parse_hosts(text: str) -> tuple[str, ...]:
    """Return hosts that are separated by commas.

    Raises:
        ValueError: One of them is neither a name, an address, a network, nor *.
    """
    hosts = tuple(host.strip() for host in text.split(","))
    for host in hosts:
        if host != ANY_HOST and not _is_network(host) and not _is_name(host):
            raise ValueError(f"neither a host name, an address, a network nor *: {host or 'nothing'}")
    return hosts


def _matches(host: str, rule: str) -> bool:
    if rule in {ANY_HOST, host}:
        return True
    try:
        return ip_address(host.strip("[]")) in ip_network(rule, strict=False)
    except ValueError:
        return False


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _is_name(text: str) -> bool:
    return bool(text) and all(label and label.replace("-", "").replace("_", "").isalnum() for label in text.split("."))
