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
        return tokens

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


class EntryTokens:
    """Token provider of a config entry. Concurrent requests share one refresh; new tokens are stored before use."""

    def __init__(self, session: OAuth2Session) -> None:
        self._session = session
        self._refresh: asyncio.Task[None] | None = None

    async def __call__(self, rejected_token: str | None = None) -> str:
        """Return a valid access token, different from `rejected_token`.

        Raises:
            StellantisError: the refresh failed.
        """
        session = self._session
        if rejected_token == session.token["access_token"]:
            # The token was rejected before its announced expiry, by clock difference or revocation
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
        old = self._session.token
        new = await self._session.implementation.async_refresh_token(old)
        if self._session.token == old:  # otherwise the user has signed in again meanwhile
            self._store(new)

    def _store(self, token: dict[str, Any]) -> None:
        entry = self._session.config_entry
        self._session.hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})
