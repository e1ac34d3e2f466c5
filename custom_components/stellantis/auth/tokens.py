"""The tokens of a config entry, and their refresh."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
import logging
import time
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.config_entry_oauth2_flow import CLOCK_OUT_OF_SYNC_MAX_SEC
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from ..api import GrantExpired, StellantisError
from ..const import DOMAIN
from .oauth import StellantisImplementation
from .scopes import granted_scopes

_LOGGER = logging.getLogger(__name__)

# Limits of the seconds between two refreshes of tokens that the server rejects before they expire
MIN_FORCED_REFRESH_INTERVAL: Final = 300.0
MAX_FORCED_REFRESH_INTERVAL: Final = 3600.0
# Seconds until a refused refresh token is tried once more, and then until each further try
GRANT_RETRY_DELAY: Final = 2.0
GRANT_RETRY_INTERVAL: Final = 3600.0
STORAGE_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class ForcedRefreshes:
    """When tokens were last refreshed because the server rejected them, and how long until that is allowed again.

    The server may reject valid tokens for hours, and then no refresh helps.

    Attributes:
        last: when the last forced refresh was; None before the first one.
        interval: the minimum seconds until the next one.
    """

    last: float | None = None
    interval: float = MIN_FORCED_REFRESH_INTERVAL

    def next(self, now: float) -> ForcedRefreshes | None:
        """Return the new state if a refresh may be forced now, else None."""
        if self.last is None or now - self.last >= 2 * MAX_FORCED_REFRESH_INTERVAL:
            return ForcedRefreshes(now)
        if now - self.last < self.interval:
            return None
        return ForcedRefreshes(now, min(2 * self.interval, MAX_FORCED_REFRESH_INTERVAL))


# By entry id: a failed setup is tried again soon, and must not force a refresh each time
FORCED_REFRESHES: Final[HassKey[dict[str, ForcedRefreshes]]] = HassKey(f"{DOMAIN}_forced_refreshes")


@dataclass(frozen=True, slots=True)
class RefusedGrant:
    """A refresh token that the server has refused twice.

    Attributes:
        token: the tokens that were to be refreshed.
        refused_at: the event loop's time of the refusal.
    """

    token: Mapping[str, Any]
    refused_at: float

    def holds(self, token: Mapping[str, Any], now: float) -> bool:
        """Return whether the same tokens need not be tried again yet."""
        return self.token == token and now - self.refused_at < GRANT_RETRY_INTERVAL


class RefreshedTokenFile:
    """The result of the last refresh, on disk before it is used.

    The server invalidates a refresh token when it sends the next one. Home Assistant writes a changed entry after a
    second; if it is killed before that, the entry has the invalid token, and this file the valid one. What remains is
    the moment between the server's response and the end of this write.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        self._hass, self._entry = hass, entry
        self._store = Store[dict[str, Any]](
            hass, STORAGE_VERSION, f"{DOMAIN}.{entry.entry_id}.token", private=True, atomic_writes=True
        )

    async def async_save(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Write the tokens that replace the old ones."""
        await self._store.async_save({"replaces": _digest(old), "token": dict(new)})

    async def async_restore(self) -> None:
        """Give the entry the tokens that replace those which it has, if it was not written after their refresh."""
        try:
            stored = await self._store.async_load()
        except (HomeAssistantError, ValueError) as err:
            _LOGGER.warning("The tokens of the last refresh cannot be read (%s)", type(err).__name__)
            return
        if (
            isinstance(stored, Mapping)
            and stored.get("replaces") == _digest(self._entry.data["token"])
            and isinstance(token := stored.get("token"), dict)
        ):
            _update_token(self._hass, self._entry, token)

    async def async_remove(self) -> None:
        """Delete the file."""
        await self._store.async_remove()


class EntryTokens:
    """Token provider of a config entry. Concurrent requests share one refresh; new tokens are stored before use.

    The result of a refresh is kept only if the entry still has the tokens that were refreshed; otherwise the user has
    signed in again meanwhile, and the result is revoked.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], implementation: StellantisImplementation) -> None:
        self._hass = hass
        self._entry = entry
        self._implementation = implementation
        self._file = RefreshedTokenFile(hass, entry)
        self._refresh: asyncio.Task[None] | None = None
        self._refused: RefusedGrant | None = None

    @property
    def token(self) -> dict[str, Any]:
        """The tokens, as the server sent them."""
        token: dict[str, Any] = self._entry.data["token"]
        return token

    async def __call__(self, rejected_token: str | None = None) -> str:
        """Return a valid access token, different from `rejected_token` unless a refresh was forced a short time ago.

        Raises:
            StellantisError: the refresh failed.
        """
        if rejected_token == self.token["access_token"] and self._may_force_refresh():
            # The token was rejected before its announced expiry, by clock difference or revocation
            self._set_token({**self.token, "expires_at": 0})
        if self.token["expires_at"] <= time.time() + CLOCK_OUT_OF_SYNC_MAX_SEC:
            if self._refresh is None or self._refresh.done():
                # A separate task: the response must be stored even if the caller is canceled
                self._refresh = self._hass.async_create_task(self._async_refresh(), f"{DOMAIN} token refresh")
                self._refresh.add_done_callback(_retrieve_exception)
            # Not shield, which reports a failure as an error of its own if the caller is canceled
            (done,), _ = await asyncio.wait([self._refresh])
            done.result()
        access_token: str = self.token["access_token"]
        return access_token

    def _may_force_refresh(self) -> bool:
        """Return whether a refresh may be forced now, and count it."""
        all_forced = self._hass.data.setdefault(FORCED_REFRESHES, {})
        forced = all_forced.get(self._entry.entry_id, ForcedRefreshes()).next(self._hass.loop.time())
        if forced:
            all_forced[self._entry.entry_id] = forced
        return forced is not None

    async def async_wait(self) -> None:
        """Wait until no refresh is running."""
        if self._refresh is not None:
            await asyncio.wait([self._refresh])

    async def _async_refresh(self) -> None:
        old, implementation = self.token, self._implementation
        if self._refused and self._refused.holds(old, self._hass.loop.time()):
            raise GrantExpired("invalid_grant", "refused a short time ago")
        try:
            new = await implementation.async_refresh_token(old)
        except GrantExpired:
            # Servers were seen to refuse a good refresh token once
            await asyncio.sleep(GRANT_RETRY_DELAY)
            if self.token != old:
                return
            try:
                new = await implementation.async_refresh_token(old)
            except GrantExpired:
                self._refused = RefusedGrant(old, self._hass.loop.time())
                raise
        if self.token == old:
            await self._async_write(old, new)
        if self.token == old:
            self._set_token(new)
        elif self.token.get("refresh_token") != new.get("refresh_token"):
            with suppress(StellantisError):
                await implementation.async_revoke(new)

    async def _async_write(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        await self._file.async_save(old, new)

    def _set_token(self, token: dict[str, Any]) -> None:
        has_other_scopes = granted_scopes(token) != granted_scopes(self.token)
        _update_token(self._hass, self._entry, token)
        if has_other_scopes and self._entry.state is ConfigEntryState.LOADED:
            # Entities and coordinators come and go with the scopes
            self._hass.config_entries.async_schedule_reload(self._entry.entry_id)


class RemovedEntryTokens(EntryTokens):
    """Token provider of an entry that is being removed: refreshed tokens are not stored."""

    _token: dict[str, Any] | None = None

    @property
    @override
    def token(self) -> dict[str, Any]:
        return self._token or super().token

    @override
    async def _async_write(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        return

    @override
    def _set_token(self, token: dict[str, Any]) -> None:
        self._token = token


@callback
def async_forget_forced_refreshes(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Forget when a refresh was forced for an entry that is unloaded or removed: a reload by the user may force one."""
    hass.data.get(FORCED_REFRESHES, {}).pop(entry.entry_id, None)


def _digest(token: Mapping[str, Any]) -> str:
    """Return what tells a pair of tokens from all others, without revealing it."""
    return sha256(f"{token.get('access_token')} {token.get('refresh_token')}".encode()).hexdigest()


def _update_token(hass: HomeAssistant, entry: ConfigEntry[Any], token: dict[str, Any]) -> None:
    hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})


def _retrieve_exception(task: asyncio.Task[None]) -> None:
    """Mark the exception of a task as retrieved, because all who waited for it may have been canceled."""
    if not task.cancelled():
        task.exception()
