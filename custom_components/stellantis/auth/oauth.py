"""Adapter between Home Assistant's OAuth helpers and the OAuth servers of the brands."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
import logging
import ssl
from typing import Any, Final, override

from homeassistant.components.application_credentials import AuthImplementation, AuthorizationServer, ClientCredential
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.config_entry_oauth2_flow import async_get_config_entry_implementation

from ..api import (
    Brand,
    Budget,
    ConnectionFailed,
    Environment,
    InvalidResponse,
    RateLimited,
    Server,
    ServerError,
    StellantisClient,
    StellantisError,
    TimedOut,
    TokenProvider,
    Transport,
    fetch_token,
    revoke_token,
    server_for,
)
from ..const import CONF_BRAND, CONF_ENVIRONMENT, CONF_REDIRECT_URI, DOMAIN
from .certificate import ClientCertificate, create_ssl_context
from .scopes import SCOPES, requested_scopes

_LOGGER = logging.getLogger(__name__)

# Seconds between the attempts to revoke a token, and for all of them
REVOKE_RETRY_DELAYS: Final = (1.0, 4.0)
REVOKE_TIMEOUT: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountServer:
    """The server of an account and how to connect to it.

    Attributes:
        brand: brand of the account.
        server: URLs of the OAuth and API servers.
        ssl: TLS context with the client certificate, if there is one.
        redirect_uri: redirect URI of the application, if it is not Home Assistant's.
        scopes: scopes to ask for.
        certificate_expires_at: when the client certificate expires, if there is one.
    """

    brand: Brand
    server: Server
    ssl: ssl.SSLContext | None = None
    redirect_uri: str | None = None
    scopes: tuple[str, ...] = SCOPES
    certificate_expires_at: datetime | None = None


def get_server(data: Mapping[str, Any]) -> Server:
    """Return the URLs of the server described by the data of a config entry."""
    return server_for(Brand(data[CONF_BRAND]), Environment(data[CONF_ENVIRONMENT]), data.get(CONF_URL))


def get_api_host(environment: Environment) -> str:
    """Return the host of the API in one of the platform's own environments; all brands share it."""
    return str(server_for(Brand.PEUGEOT, environment).api.host)


async def async_get_account_server(hass: HomeAssistant, data: Mapping[str, Any]) -> AccountServer:
    """Return the server described by the data of a config entry.

    Raises:
        ConfigEntryError: the stored certificate is unusable.
    """
    certificate = ClientCertificate.from_entry_data(data)
    try:
        context = await hass.async_add_executor_job(create_ssl_context, certificate) if certificate else None
    except (ssl.SSLError, ValueError) as err:
        raise ConfigEntryError(translation_domain=DOMAIN, translation_key="invalid_certificate") from err
    return AccountServer(
        brand=Brand(data[CONF_BRAND]),
        server=get_server(data),
        ssl=context,
        redirect_uri=data.get(CONF_REDIRECT_URI),
        scopes=requested_scopes(data),
        certificate_expires_at=certificate.expires_at if certificate else None,
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
    def application(self) -> tuple[str, str]:
        """What identifies the application on its server, which has its own callbacks and request limit."""
        return self.client_id, str(self.account_server.server.api)

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
        data = {"scope": " ".join(self.account_server.scopes), "locale": self.hass.config.language}
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
            with suppress(StellantisError):
                await self._async_revoke(tokens)
            raise InvalidResponse("the response contains no refresh token")
        # A missing value does not replace the known one
        return {name: value for name, value in tokens.items() if value is not None}

    async def async_revoke(self, token: Mapping[str, Any]) -> None:
        """Revoke the refresh token, and with it the access tokens and the consent.

        It is tried a few times, for a minute at most.

        Raises:
            StellantisError: the last request failed.
        """
        try:
            async with asyncio.timeout(REVOKE_TIMEOUT):
                for delay in REVOKE_RETRY_DELAYS:
                    try:
                        return await self._async_revoke(token)
                    except (ConnectionFailed, ServerError, RateLimited) as err:
                        _LOGGER.debug("The consent is not revoked yet: %s", err)
                    await asyncio.sleep(delay)
                return await self._async_revoke(token)
        except TimeoutError:
            raise TimedOut("the consent was not revoked in time") from None

    @callback
    def async_revoke_in_background(self, token: Mapping[str, Any]) -> None:
        """Revoke a token that nobody uses any more, as far as that is possible."""

        async def revoke() -> None:
            try:
                await self.async_revoke(token)
            except StellantisError as err:
                _LOGGER.debug("A consent that is not used was not revoked: %s", err)

        self.hass.async_create_background_task(revoke(), f"{DOMAIN} revoke consent")

    async def _async_revoke(self, token: Mapping[str, Any]) -> None:
        await revoke_token(
            async_get_clientsession(self.hass),
            self.account_server.server,
            self.client_id,
            self.client_secret,
            realm=self.account_server.brand.realm,
            token=token.get("refresh_token") or token["access_token"],
            ssl=self.account_server.ssl,
        )

    def create_client(self, token_provider: TokenProvider, budget: Budget | None = None) -> StellantisClient:
        """Create a client of the API that authenticates with the given tokens, with a budget of its own if None."""
        return StellantisClient(
            Transport(
                async_get_clientsession(self.hass),
                self.account_server.server,
                realm=self.account_server.brand.realm,
                client_id=self.client_id,
                token_provider=token_provider,
                ssl=self.account_server.ssl,
                budget=budget,
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
