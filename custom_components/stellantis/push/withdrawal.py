"""Takes back or pauses what an account has on the platform when its entry is removed, disabled or moved elsewhere."""

import asyncio
import logging
from typing import Any, Final

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..api import StellantisError
from ..auth.oauth import StellantisImplementation, async_get_entry_implementation
from ..auth.tokens import EntryTokens, RemovedEntryTokens
from ..const import CONF_CALLBACK_ID, CONF_CALLBACK_TARGET, DOMAIN
from .address import target_digest, unreachable_target
from .callback import async_pause_callback, async_remove_callback
from .issues import async_create_callback_left_issue, async_update_address_issue

_LOGGER = logging.getLogger(__name__)

# Seconds that a dialog waits until the former application's callback is deleted
LEAVE_TIMEOUT: Final = 10.0


@callback
def async_pause_when_disabled(hass: HomeAssistant) -> None:
    """Pause the callback of each entry that is disabled, loaded or not: nobody receives its notifications."""
    active: set[str] = set()  # the ids of entries that are loaded, or to be loaded

    @callback
    def handle_change(_change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        if entry.domain != DOMAIN:
            return
        if entry.state is not ConfigEntryState.NOT_LOADED:
            active.add(entry.entry_id)
        elif entry.entry_id in active:
            active.discard(entry.entry_id)
            if not entry.disabled_by:
                return
            async_update_address_issue(hass, entry, is_missing=False)
            if CONF_CALLBACK_ID in entry.data:
                hass.async_create_task(_async_pause(hass, entry), f"{DOMAIN} pause callback")

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, handle_change)


async def _async_pause(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    async with entry.setup_lock:
        if not entry.disabled_by:
            return
        try:
            implementation = await async_get_entry_implementation(hass, entry)
            client = implementation.create_client(EntryTokens(hass, entry, implementation))
            await async_pause_callback(hass, entry, client)
        except (StellantisError, HomeAssistantError) as err:
            _LOGGER.debug("The callback was not paused: %s", err)


async def async_withdraw(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Delete the callback of an entry that is being removed, and revoke its tokens even if that failed."""
    written = entry.data.get(CONF_CALLBACK_TARGET)
    is_callback_left = written is not None and written != target_digest(unreachable_target(entry))
    try:
        implementation = await async_get_entry_implementation(hass, entry)
        tokens = RemovedEntryTokens(hass, entry, implementation)
        try:
            await async_remove_callback(hass, entry, implementation.create_client(tokens))
            is_callback_left = False
        finally:
            await implementation.async_revoke(tokens.token)
    except (StellantisError, HomeAssistantError) as err:
        _log_failure(err)
    if is_callback_left:
        async_create_callback_left_issue(hass, entry)


async def async_leave_application(
    hass: HomeAssistant, entry: ConfigEntry[Any], next_implementation: StellantisImplementation
) -> None:
    """Unload an entry that is about to use another application or server, and delete its callback.

    Each application has its own callbacks, so nothing would look after this one, and its monitors would take the place
    of the new ones.
    """
    if CONF_CALLBACK_ID not in entry.data:
        return
    try:
        implementation = await async_get_entry_implementation(hass, entry)
        if implementation.application == next_implementation.application:
            return
        if entry.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(entry.entry_id)
        client = implementation.create_client(EntryTokens(hass, entry, implementation))
        async with asyncio.timeout(LEAVE_TIMEOUT):
            await async_remove_callback(hass, entry, client)
    except (StellantisError, HomeAssistantError, TimeoutError) as err:
        _log_failure(err)


def _log_failure(err: Exception) -> None:
    _LOGGER.warning(
        "The callback or the authorization could not be removed. Revoke the authorization in the brand's account: %s",
        str(err) or type(err).__name__,
    )
