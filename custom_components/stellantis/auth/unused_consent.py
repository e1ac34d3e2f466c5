"""The consent that a flow must revoke at its end, because no entry uses it."""

from collections.abc import Mapping
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN
from .oauth import StellantisImplementation, async_get_entry_implementation

_LOGGER = logging.getLogger(__name__)


class UnusedConsent:
    """The tokens that were granted to a flow, until an entry has them; then the tokens that the entry had before."""

    def __init__(self) -> None:
        self._implementation: StellantisImplementation | None = None
        self._token: Mapping[str, Any] = {}

    @callback
    def set(self, implementation: StellantisImplementation, token: Mapping[str, Any]) -> None:
        """Set the tokens that were granted."""
        self._implementation, self._token = implementation, token

    async def async_set_former(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Set the tokens of an entry that gets new ones right after this."""
        try:
            implementation = await async_get_entry_implementation(hass, entry)
        except HomeAssistantError as err:
            _LOGGER.debug("The former consent cannot be revoked: %s", err)
            self.clear()
        else:
            self.set(implementation, entry.data["token"])

    @callback
    def clear(self) -> None:
        """Forget the tokens, because an entry has them now."""
        self._implementation = None

    @callback
    def revoke(self) -> None:
        """Revoke the tokens in the background, unless the server gave the same refresh token to an entry."""
        implementation = self._implementation
        self.clear()
        if implementation is None:
            return
        entries = implementation.hass.config_entries.async_entries(DOMAIN)
        kept = {entry.data.get("token", {}).get("refresh_token") for entry in entries}
        if self._token.get("refresh_token") not in kept:
            implementation.async_revoke_in_background(self._token)
