"""The public URL at which the platform can reach the webhook of an entry."""

from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from types import ModuleType
from typing import Any, Final

from hass_nabucasa import NabuCasaBaseError
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.network import NoURLAvailableError, get_url
from yarl import URL

from ..api import InvalidServerUrl, parse_server_url
from ..const import CONF_CLOUDHOOK_URL, CONF_PUSH_URL

# Placeholder target without a public URL: a callback needs one, and this name is reserved (RFC 2606)
UNREACHABLE_URL: Final = "https://home-assistant.invalid"
# Domains that are not reachable from the internet
LOCAL_SUFFIXES: Final = (".home.arpa", ".internal", ".lan", ".local", ".localhost")
CLOUD_ERRORS: Final = (NabuCasaBaseError, HomeAssistantError, TimeoutError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class PushAddress:
    """Where the platform can reach the webhook.

    Attributes:
        url: The public URL of the webhook; None without one.
        is_reachable: Whether it leads to this Home Assistant now.
        is_expected: Whether there is one, or Home Assistant Cloud will soon provide one.
    """

    url: str | None = None
    is_reachable: bool = False
    is_expected: bool = False


def get_cloud(hass: HomeAssistant) -> ModuleType | None:
    """Return the cloud integration if it is set up."""
    if "cloud" not in hass.config.components:
        return None
    from homeassistant.components import cloud  # noqa: PLC0415 - it may not be installed

    return cloud


def unreachable_target(entry: ConfigEntry[Any]) -> str:
    """Return a target that leads nowhere, for a callback without a public URL."""
    return f"{UNREACHABLE_URL}{_webhook_path(entry)}"


def target_digest(target: str | None) -> str:
    """Return a hash of the target of a callback."""
    return sha256((target or "").encode()).hexdigest()[:16]


async def async_find_address(hass: HomeAssistant, entry: ConfigEntry[Any]) -> PushAddress:
    """Find the public URL of the webhook: from the options, Home Assistant Cloud or the network settings."""
    with suppress(InvalidServerUrl):
        if configured_url := entry.options.get(CONF_PUSH_URL):
            url = f"{str(parse_server_url(configured_url)).rstrip('/')}{_webhook_path(entry)}"
            return PushAddress(url=url, is_reachable=True, is_expected=True)
    cloud = get_cloud(hass)
    if cloud and not cloud.async_active_subscription(hass):
        cloud = None
    if cloud and cloud.async_is_connected(hass):
        with suppress(*CLOUD_ERRORS):
            hook = await cloud.async_get_or_create_cloudhook(hass, entry.data[CONF_WEBHOOK_ID])
            hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_CLOUDHOOK_URL: hook})
            return PushAddress(url=hook, is_reachable=True, is_expected=True)
    with suppress(NoURLAvailableError):
        base_url = get_url(hass, require_ssl=True, allow_internal=False, allow_ip=False, allow_cloud=False)
        host = URL(base_url).host or ""
        if "." in host and not host.endswith(LOCAL_SUFFIXES):
            return PushAddress(url=f"{base_url}{_webhook_path(entry)}", is_reachable=True, is_expected=True)
    return PushAddress(url=entry.data.get(CONF_CLOUDHOOK_URL) if cloud else None, is_expected=cloud is not None)


def _webhook_path(entry: ConfigEntry[Any]) -> str:
    return webhook.async_generate_path(entry.data[CONF_WEBHOOK_ID])
