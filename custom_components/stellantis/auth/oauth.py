"""Adapter between Home Assistant's OAuth helpers and the OAuth servers of the brands."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
import ssl
from typing import Any, Final, override

from homeassistant.components.application_credentials import AuthImplementation, AuthorizationServer, ClientCredential
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.config_entry_oauth2_flow import OAuth2Session, async_get_config_entry_implementation

from ..api import (
    Brand,
    Environment,
    GrantExpired,
    InvalidResponse,
    Server,
    StellantisClient,
    TokenProvider,
    Transport,
    fetch_token,
    revoke_token,
    server_for,
)
from ..const import CONF_BRAND, CONF_ENVIRONMENT, CONF_REDIRECT_URI, DOMAIN
from .certificate import ClientCertificate, create_ssl_context

SCOPES: Final = (
    "openid",
    "profile",
    "email",
    "data:telemetry",
    "data:position",
    "data:trip",
    "data:alert",
    "data:collision",
    "remote:door:write",
    "remote:preconditioning:write",
    "remote:horn:write",
    "remote:charging:write",
    "remote:lights:write",
    "remote:wakeup:write",
    "remote:navigation:write",
)

# Limits of the seconds between two refreshes of tokens that the server rejects before they expire
MIN_FORCED_REFRESH_INTERVAL: Final = 300.0
MAX_FORCED_REFRESH_INTERVAL: Final = 3600.0
# Seconds until a refused refresh token is tried once more
GRANT_RETRY_DELAY: Final = 2.0


def grants_scope(token: Mapping[str, Any], scope: str) -> bool:
    """Return whether a token grants a scope; assume so if the server did not list the granted scopes.

    Applications that are registered like those of the brands are granted none of the API's scopes, and read all data.
    """
    granted = str(token.get("scope") or scope).replace(",", " ").split()
    if not any(name.startswith(("data:", "remote:")) for name in granted):
        return scope.startswith("data:")
    return scope in granted


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountServer:
    """The server of an account and how to connect to it.

    Attributes:
        brand: brand of the account.
        server: URLs of the OAuth and API servers.
        ssl: TLS context with the client certificate, if there is one.
        redirect_uri: redirect URI of the application, if it is not Home Assistant's.
    """

    brand: Brand
    server: Server
    ssl: ssl.SSLContext | None = None
    redirect_uri: str | None = None


async def async_get_account_server(hass: HomeAssistant, data: Mapping[str, Any]) -> AccountServer:
    """Return the server described by the data of a config entry.

    Raises:
        ConfigEntryError: the stored certificate is unusable.
    """
    brand = Brand(data[CONF_BRAND])
    certificate = ClientCertificate.from_entry_data(data)
    try:
        context = await hass.async_add_executor_job(create_ssl_context, certificate) if certificate else None
    except (ssl.SSLError, ValueError) as err:
        raise ConfigEntryError(translation_domain=DOMAIN, translation_key="invalid_certificate") from err
    return AccountServer(
        brand=brand,
        server=server_for(brand, Environment(data[CONF_ENVIRONMENT]), data.get(CONF_URL)),
        ssl=context,
        redirect_uri=data.get(CONF_REDIRECT_URI),
    )


class StellantisImplementation(AuthImplementation):
    """OAuth implementation with application credentials.

    Credentials are independent of the brand: call `for_server` to get an implementation that can be used. Its requests
    raise the exceptions of `api`.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        auth_domain: str,
        credential: ClientCredential,
        account_server: AccountServer | None = None,
    ) -> None:
        server = account_server.server if account_server else None
        urls = (str(server.authorize_url), str(server.token_url)) if server else ("", "")
        super().__init__(hass, auth_domain, credential, AuthorizationServer(*urls))
        self._credential = credential
        self._account_server = account_server

    def for_server(self, account_server: AccountServer) -> StellantisImplementation:
        """Return an implementation with the same credentials for a server."""
        return StellantisImplementation(self.hass, self.domain, self._credential, account_server)

    @property
    def account_server(self) -> AccountServer:
        """The server of this implementation."""
        if self._account_server is None:
            raise RuntimeError("The implementation has no server: call for_server first")
        return self._account_server

    @property
    @override
    def redirect_uri(self) -> str:
        """The redirect URI: Home Assistant's own, unless the application is registered with another one."""
        return self.account_server.redirect_uri or super().redirect_uri

    @property
    @override
    def extra_authorize_data(self) -> dict[str, str]:
        """The requested scopes, the language, and the realm if the brands share the server."""
        data = {"scope": " ".join(SCOPES), "locale": self.hass.config.language}
        if self.account_server.server.is_shared:
            data["realm"] = self.account_server.brand.realm
        return data

    @override
    async def _token_request(self, data: dict[str, Any]) -> dict[str, Any]:
        is_refresh = data["grant_type"] == "refresh_token"
        tokens = await fetch_token(
            async_get_clientsession(self.hass),
            self.account_server.server,
            self.client_id,
            self.client_secret,
            realm=self.account_server.brand.realm if is_refresh else None,
            data={name: value for name, value in data.items() if name != "client_id"},
            ssl=self.account_server.ssl,
        )
        if not is_refresh and not tokens.get("refresh_token"):
            raise InvalidResponse("the response contains no refresh token")
        # A missing value does not replace the known one
        return {name: value for name, value in tokens.items() if value is not None}

    async def async_revoke(self, token: Mapping[str, Any]) -> None:
        """Revoke the refresh token, and with it the access tokens and the consent.

        Raises:
            StellantisError: the request failed.
        """
        await revoke_token(
            async_get_clientsession(self.hass),
            self.account_server.server,
            self.client_id,
            self.client_secret,
            realm=self.account_server.brand.realm,
            token=token["refresh_token"],
            ssl=self.account_server.ssl,
        )

    def create_client(self, token_provider: TokenProvider) -> StellantisClient:
        """Create a client of the API that authenticates with the given tokens."""
        return StellantisClient(
            Transport(
                async_get_clientsession(self.hass),
                self.account_server.server,
                realm=self.account_server.brand.realm,
                client_id=self.client_id,
                token_provider=token_provider,
                ssl=self.account_server.ssl,
            )
        )


async def async_get_entry_implementation(hass: HomeAssistant, entry: ConfigEntry[Any]) -> StellantisImplementation:
    """Return the OAuth implementation of a config entry, for the entry's server.

    Raises:
        ConfigEntryNotReady: the application credentials are not available yet.
        ConfigEntryAuthFailed: the application credentials have been removed.
        ConfigEntryError: the stored certificate is unusable.
    """
    implementation = await async_get_config_entry_implementation(hass, entry)
    assert isinstance(implementation, StellantisImplementation)  # noqa: S101 - created by our application_credentials platform
    return implementation.for_server(await async_get_account_server(hass, entry.data))


def static_token(access_token: str) -> TokenProvider:
    """Return a token provider for a fresh access token that cannot be refreshed."""

    async def provide_token(rejected_token: str | None = None) -> str:  # noqa: ARG001
        return access_token

    return provide_token


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


class EntryTokens:
    """Token provider of a config entry. Concurrent requests share one refresh; new tokens are stored before use."""

    def __init__(self, session: OAuth2Session) -> None:
        self._session = session
        self._forced_refreshes = ForcedRefreshes()
        self._refresh: asyncio.Task[None] | None = None

    async def __call__(self, rejected_token: str | None = None) -> str:
        """Return a valid access token, different from `rejected_token` unless a refresh was forced a short time ago.

        Raises:
            StellantisError: the refresh failed.
        """
        session = self._session
        if rejected_token == session.token["access_token"] and (
            forced := self._forced_refreshes.next(session.hass.loop.time())
        ):
            # The token was rejected before its announced expiry, by clock difference or revocation
            self._forced_refreshes = forced
            self._store({**session.token, "expires_at": 0})
        if not session.valid_token:
            if self._refresh is None or self._refresh.done():
                # A separate task: the response must be stored even if the caller is canceled
                self._refresh = session.hass.async_create_task(self._async_refresh(), f"{DOMAIN} token refresh")
            await asyncio.shield(self._refresh)
        token: str = session.token["access_token"]
        return token

    async def async_wait(self) -> None:
        """Wait until no refresh is running."""
        if self._refresh is not None:
            await asyncio.wait([self._refresh])

    async def _async_refresh(self) -> None:
        old, implementation = self._session.token, self._session.implementation
        try:
            new = await implementation.async_refresh_token(old)
        except GrantExpired:
            # Servers were seen to refuse a good refresh token once
            await asyncio.sleep(GRANT_RETRY_DELAY)
            if self._session.token != old:
                return
            new = await implementation.async_refresh_token(old)
        if self._session.token == old:  # otherwise the user has signed in again meanwhile
            self._store(new)

    def _store(self, token: dict[str, Any]) -> None:
        entry = self._session.config_entry
        self._session.hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})
