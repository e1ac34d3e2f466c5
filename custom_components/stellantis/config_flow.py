"""Config flow: credentials, server, certificate, consent, and a first request for the account's data."""

from collections.abc import Mapping
import logging
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
    ConfigSubentryFlow,
)
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_URL
from homeassistant.core import callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.config_entry_oauth2_flow import async_get_implementations

from .api import Brand, Environment, InvalidClient, InvalidServerUrl, StellantisError, parse_server_url
from .auth.account import LinkedAccount, SignedInAccount, async_fetch_account, unused_title
from .auth.certificate import CertificateError, ClientCertificate
from .auth.credentials import CONF_AUTH_IMPLEMENTATION, EnteredCredentials
from .auth.custom_server import async_is_listening
from .auth.oauth import get_api_host, static_token
from .auth.schemas import (
    CERTIFICATE_SCHEMA,
    CONF_CHOOSE_REDIRECT,
    CONF_USE_CERTIFICATE,
    CREDENTIALS_SCHEMA,
    NEW_ACCOUNT_SCHEMA,
    SECRET_SCHEMA,
    SERVER_SCHEMA,
    SIGN_IN_KEYS,
    sign_in_data,
)
from .auth.unused_consent import UnusedConsent
from .auth.uploads import has_uploads
from .consent_flow import ConsentFlow
from .const import CONF_BRAND, CONF_ENVIRONMENT, CONF_REDIRECT_URI, CONF_SCOPES, DOMAIN
from .monitor_flow import MonitorFlow
from .monitors.request import SUBENTRY_TYPE_MONITOR
from .options_flow import StellantisOptionsFlow, async_start_next_flow
from .push.withdrawal import async_leave_application
from .registration_flow import RegistrationFlow

_LOGGER = logging.getLogger(__name__)


class StellantisConfigFlow(RegistrationFlow, ConsentFlow, domain=DOMAIN):
    """Handle a config flow: one entry per account and brand."""

    VERSION = 1
    MINOR_VERSION = 2

    def __init__(self) -> None:
        super().__init__()
        self._credentials = EnteredCredentials()
        self._unused = UnusedConsent()

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> StellantisOptionsFlow:
        """Return the options flow."""
        return StellantisOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(cls, config_entry: ConfigEntry) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the subentry flow of monitors."""
        return {SUBENTRY_TYPE_MONITOR: MonitorFlow}

    @override
    async def _async_use_known_credentials(self) -> ConfigFlowResult:
        return await self.async_step_pick_implementation()

    @override
    async def async_step_pick_implementation(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the credentials if there are several."""
        result = await super().async_step_pick_implementation(user_input)
        if result["type"] is FlowResultType.FORM:
            result["last_step"] = False
        return result

    # Credentials and server

    @override
    async def async_step_credentials(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the account and its credentials, because there are none yet."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = await self._async_update_server(user_input)
            if not errors:
                await self._async_enter_credentials(user_input)
                return await self._async_show_certificate(user_input)
        return self.async_show_form(
            step_id="credentials",
            data_schema=self.add_suggested_values_to_schema(CREDENTIALS_SCHEMA, user_input or self._server_values),
            errors=errors,
            description_placeholders={
                "production": get_api_host(Environment.PRODUCTION),
                "pre_production": get_api_host(Environment.PRE_PRODUCTION),
            },
            last_step=False,
        )

    async def async_step_server(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the account of known credentials; the brand of an existing entry does not change."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = await self._async_update_server(user_input)
            if not errors:
                return await self._async_show_certificate(user_input)
        return self.async_show_form(
            step_id="server",
            data_schema=self.add_suggested_values_to_schema(
                SERVER_SCHEMA if self._is_existing else NEW_ACCOUNT_SCHEMA, user_input or self._server_values
            ),
            errors=errors,
            description_placeholders={
                "production": get_api_host(Environment.PRODUCTION),
                "pre_production": get_api_host(Environment.PRE_PRODUCTION),
            },
            last_step=False,
        )

    @property
    def _server_values(self) -> dict[str, Any]:
        return {
            **self._data,
            CONF_USE_CERTIFICATE: ClientCertificate.from_entry_data(self._data) is not None,
            CONF_CHOOSE_REDIRECT: bool(self._data.get(CONF_REDIRECT_URI) or self._data.get(CONF_SCOPES)),
        }

    async def _async_update_server(self, user_input: Mapping[str, Any]) -> dict[str, str]:
        """Take over the account's brand and server from a form; return its errors."""
        is_custom = user_input[CONF_ENVIRONMENT] == Environment.CUSTOM
        try:
            url = parse_server_url(user_input.get(CONF_URL, "")) if is_custom else None
        except InvalidServerUrl:
            return {CONF_URL: "invalid_url"}
        # The browser would be sent to a page that it cannot load, and all input would be lost
        if url and not await async_is_listening(url):
            return {CONF_URL: "cannot_connect"}
        self._data |= {CONF_ENVIRONMENT: user_input[CONF_ENVIRONMENT], CONF_URL: url and str(url)}
        self._data |= {CONF_BRAND: user_input[CONF_BRAND]} if CONF_BRAND in user_input else {}
        return {}

    async def _async_show_certificate(self, user_input: Mapping[str, Any]) -> ConfigFlowResult:
        """Ask for the certificate if there is one that is not known yet; then for consent."""
        self._has_redirect_choice = user_input[CONF_CHOOSE_REDIRECT]
        certificate = ClientCertificate.from_entry_data(self._data)
        if not user_input[CONF_USE_CERTIFICATE]:
            ClientCertificate.replace_in(self._data, None)
        elif certificate is None or certificate != self._signed_certificate:
            return await self.async_step_certificate()
        return await self._async_show_consent()

    async def _async_enter_credentials(self, user_input: Mapping[str, Any]) -> None:
        """Store credentials and use them, instead of those that the flow has."""
        auth_domain = await self._credentials.async_enter(
            self.hass,
            user_input[CONF_CLIENT_ID].strip(),
            user_input[CONF_CLIENT_SECRET].strip(),
            self.flow_impl.domain if self.flow_impl else None,
        )
        self.flow_impl = (await async_get_implementations(self.hass, DOMAIN))[auth_domain]

    async def async_step_secret(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the credentials again, because the server rejected them."""
        if user_input is not None:
            await self._async_enter_credentials(user_input)
            return await self._async_authorize()
        return self.async_show_form(
            step_id="secret",
            data_schema=self.add_suggested_values_to_schema(
                SECRET_SCHEMA, {CONF_CLIENT_ID: self._implementation.client_id}
            ),
            last_step=False,
        )

    async def async_step_certificate(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the client certificate, its key, and a certificate authority to trust."""
        errors: dict[str, str] = {}
        if user_input is not None:
            existing = ClientCertificate.from_entry_data(self._data)
            if existing and not has_uploads(user_input):
                return await self._async_show_consent()
            try:
                uploaded = await self.hass.async_add_executor_job(self._uploads.read, self.hass, user_input)
            except CertificateError as err:
                errors[err.field] = err.error
            else:
                ClientCertificate.replace_in(self._data, uploaded.merged_with(existing))
                return await self._async_show_consent()
        return self.async_show_form(
            step_id="certificate",
            data_schema=self.add_suggested_values_to_schema(CERTIFICATE_SCHEMA, user_input),
            errors=errors,
            last_step=False,
        )

    @override
    async def async_step_auth(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Continue after the credentials were picked, or after the browser was redirected."""
        if user_input is not None:
            return await super().async_step_auth(user_input)
        if self.source == SOURCE_REAUTH:
            return await self._async_authorize()
        if not self._is_existing:
            self._data = self._sign_in_data_of_application() | self._data
        return await self.async_step_server()

    def _sign_in_data_of_application(self) -> dict[str, Any]:
        """Return what an account of the same application was set up with, besides its brand."""
        for entry in self._async_current_entries():
            if entry.data[CONF_AUTH_IMPLEMENTATION] == self.flow_impl.domain:
                return {name: value for name, value in sign_in_data(entry.data).items() if name != CONF_BRAND}
        return {}

    # Account

    @override
    async def async_step_creation(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Exchange the authorization code for tokens."""
        try:
            return await super().async_step_creation()
        except InvalidClient:
            return self._show_error("invalid_client", "secret")
        except StellantisError as err:
            return self._show_api_error(err, "creation")

    @override
    async def async_oauth_create_entry(self, data: dict[str, Any]) -> ConfigFlowResult:
        """Store the tokens and fetch the account."""
        self._unused.revoke()  # an earlier consent of this flow
        self._unused.set(self._implementation, data["token"])
        self._credentials.async_confirm(self.hass, self._implementation.domain, self.context.get("entry_id"))
        self._data |= data
        return await self.async_step_account()

    async def async_step_account(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:  # noqa: ARG002
        """Fetch the account, then create or update the config entry."""
        token = self._data["token"]
        client = self._implementation.create_client(static_token(token["access_token"]))
        try:
            account = await async_fetch_account(client, Brand(self._data[CONF_BRAND]), token)
        except StellantisError as err:
            return self._show_api_error(err, "account")
        await self.async_set_unique_id(account.unique_id)
        data = {name: value for name, value in self._data.items() if value is not None}
        if self._is_existing:
            return await self._async_update_entry(account, data)
        self._abort_if_unique_id_configured()
        if any(account.is_same(LinkedAccount.from_entry(self.hass, entry)) for entry in self._async_current_entries()):
            return self.async_abort(reason="already_configured")
        self._unused.clear()
        if (signed := self._signed_certificate) and signed == ClientCertificate.from_entry_data(data):
            await self._async_discard()
        title = unused_title(account, {entry.title for entry in self._async_current_entries()})
        return self.async_create_entry(title=title, data=data)

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Continue with options of the new entry, which the user can skip."""
        if next_flow := await async_start_next_flow(self.hass, result["result"]):
            result["next_flow"] = next_flow
        return result

    async def _async_update_entry(self, account: SignedInAccount, data: dict[str, Any]) -> ConfigFlowResult:
        """Give the entry its new data, and keep what was added to it since the flow began."""
        entry = self._get_reauth_entry() if self.source == SOURCE_REAUTH else self._get_reconfigure_entry()
        if not account.is_same(LinkedAccount.from_entry(self.hass, entry), is_expected=True):
            return self.async_abort(reason="wrong_account")
        await async_leave_application(self.hass, entry, self._implementation)
        await self._unused.async_set_former(self.hass, entry)
        kept = {name: value for name, value in entry.data.items() if name not in SIGN_IN_KEYS}
        return self.async_update_reload_and_abort(entry, data=kept | data)

    @callback
    @override
    def async_remove(self) -> None:
        """Revoke and delete what no entry has when the flow ends, however it ends."""
        self._unused.revoke()
        self._credentials.async_clean_up(self.hass)

    # Existing entries

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Handle expired or revoked consent."""
        self._data = sign_in_data(entry_data)
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for confirmation before the browser is redirected."""
        if user_input is None:
            return self.async_show_form(
                step_id="reauth_confirm",
                description_placeholders={"account": self._get_reauth_entry().title},
                last_step=False,
            )
        return await self._async_pick_credentials(self._get_reauth_entry())

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:  # noqa: ARG002
        """Change the credentials, the server, the certificate, the redirect URI or the permissions."""
        entry = self._get_reconfigure_entry()
        self._data = sign_in_data(entry.data)
        return await self._async_pick_credentials(entry)

    async def _async_pick_credentials(self, entry: ConfigEntry[Any]) -> ConfigFlowResult:
        """Use the entry's credentials, or ask if there are others: a changed secret is entered as new credentials."""
        own = {"implementation": entry.data["auth_implementation"]}
        implementations = await async_get_implementations(self.hass, DOMAIN)
        has_choice = self.source == SOURCE_RECONFIGURE and len(implementations) > 1
        result = await self.async_step_pick_implementation(None if has_choice else own)
        if own["implementation"] in implementations and (schema := result.get("data_schema")):
            result["data_schema"] = self.add_suggested_values_to_schema(schema, own)
        return result
