"""Application credentials that are entered in the config flow.

Home Assistant's collection cannot change credentials, so a corrected secret is stored as new credentials that replace
the former ones.
"""

from typing import Final

from homeassistant.components.application_credentials import CONF_AUTH_DOMAIN, DATA_COMPONENT
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_DOMAIN, CONF_ID
from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN

CONF_AUTH_IMPLEMENTATION: Final = "auth_implementation"


class EnteredCredentials:
    """The credentials that a flow stores. Those that never worked or were replaced are deleted when the flow ends."""

    def __init__(self) -> None:
        self._unneeded: set[str] = set()
        self._former: str | None = None

    async def async_enter(
        self, hass: HomeAssistant, client_id: str, client_secret: str, former: str | None = None
    ) -> str:
        """Store credentials unless they exist; return the id of their implementation.

        Args:
            hass: Home Assistant.
            client_id: client ID of the application.
            client_secret: client secret of the application.
            former: id of the implementation whose credentials they replace.
        """
        self._former = former
        collection = hass.data[DATA_COMPONENT]
        for known, credential in collection.async_client_credentials(DOMAIN).items():
            if (credential.client_id, credential.client_secret) == (client_id, client_secret):
                return known
        item = await collection.async_create_item(
            {CONF_DOMAIN: DOMAIN, CONF_CLIENT_ID: client_id, CONF_CLIENT_SECRET: client_secret}
        )
        self._unneeded |= {item[CONF_ID], former} - {None}
        auth_domain: str = item[CONF_ID]
        return auth_domain

    @callback
    def async_confirm(self, hass: HomeAssistant, auth_domain: str, own_entry_id: str | None) -> None:
        """Keep credentials, because the server accepted them; other accounts of the same application get them, too.

        Args:
            hass: Home Assistant.
            auth_domain: id of the implementation of the credentials.
            own_entry_id: id of the entry that the flow is for, which it updates by itself; None if there is none.
        """
        self._unneeded.discard(auth_domain)
        known = hass.data[DATA_COMPONENT].async_client_credentials(DOMAIN)
        former, self._former = self._former, None
        if not former or former not in known or known[former].client_id != known[auth_domain].client_id:
            return
        for entry in hass.config_entries.async_entries(DOMAIN):
            if entry.data[CONF_AUTH_IMPLEMENTATION] == former and entry.entry_id != own_entry_id:
                data = {**entry.data, CONF_AUTH_IMPLEMENTATION: auth_domain}
                hass.config_entries.async_update_entry(entry, data=data)
                hass.config_entries.async_schedule_reload(entry.entry_id)

    @callback
    def async_clean_up(self, hass: HomeAssistant) -> None:
        """Delete the credentials that are not needed, unless an entry uses them."""
        used = {entry.data[CONF_AUTH_IMPLEMENTATION] for entry in hass.config_entries.async_entries(DOMAIN)}
        if unneeded := self._unneeded - used:
            hass.async_create_task(_async_delete(hass, unneeded), f"{DOMAIN} delete credentials")


async def _async_delete(hass: HomeAssistant, auth_domains: set[str]) -> None:
    collection = hass.data[DATA_COMPONENT]
    for item in collection.async_items():
        if item[CONF_DOMAIN] == DOMAIN and item.get(CONF_AUTH_DOMAIN, item[CONF_ID]) in auth_domains:
            await collection.async_delete_item(item[CONF_ID])
