"""Config flow: credentials, brand, server, certificate, consent, and a first request for the account's data."""

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
from homeassistant.const import CONF_URL
from homeassistant.core import callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler, async_get_implementations
from homeassistant.util import dt as dt_util
import probatio as vol
from yarl import URL

from .api import Brand, Environment, InvalidClient, InvalidServerUrl, StellantisError, parse_server_url
from .auth.account import LinkedAccount, SignedInAccount, async_fetch_account, unused_title
from .auth.certificate import CertificateError, ClientCertificate
from .auth.certificate_expiry import is_expired
from .auth.oauth import StellantisImplementation, async_get_account_server, get_api_host, static_token
from .auth.redirect import EXAMPLE_REDIRECT_URI, RedirectError, get_home_assistant_uri, is_redirect_uri, parse_code
from .auth.retry_steps import get_retry_step
from .auth.schemas import (
    BRAND_SCHEMA,
    CERTIFICATE_SCHEMA,
    CONF_REDIRECTED,
    CONF_USE_CERTIFICATE,
    PASTE_SCHEMA,
    REDIRECT_SCHEMA,
    SCOPES_SCHEMA,
    SERVER_SCHEMA,
    SIGN_IN_KEYS,
    scopes_of_options,
    sign_in_data,
)
from .auth.scopes import OPTION_BY_SCOPE, SCOPES, requested_scopes
from .auth.unused_consent import UnusedConsent
from .auth.uploads import CertificateUploads, has_uploads
from .const import CONF_BRAND, CONF_ENVIRONMENT, CONF_REDIRECT_URI, CONF_SCOPES, DOMAIN
from .errors import error_key
from .monitor_flow import MonitorFlow
from .monitors.request import SUBENTRY_TYPE_MONITOR
from .options_flow import StellantisOptionsFlow, async_start_next_flow
from .push.withdrawal import async_leave_application

_LOGGER = logging.getLogger(__name__)


class StellantisConfigFlow(AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Handle a config flow: one entry per account and brand."""

    DOMAIN = DOMAIN
    VERSION = 1
    MINOR_VERSION = 2

    def __init__(self) -> None:
        super().__init__()
        self._data: dict[str, Any] = {}
        self._uploads = CertificateUploads()
        self._authorize_url: URL | None = None
        self._is_scope_refused = False
        self._unused = UnusedConsent()
        self._error: str = ""
        self._retry_step: str = ""

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

    @property
    @override
    def logger(self) -> logging.Logger:
        return _LOGGER

    @property
    def _implementation(self) -> StellantisImplementation:
        assert isinstance(self.flow_impl, StellantisImplementation)  # noqa: S101 - created by our application_credentials platform
        return self.flow_impl

    @override
    async def async_step_pick_implementation(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the credentials if there are several."""
        result = await super().async_step_pick_implementation(user_input)
        if result["type"] is FlowResultType.FORM:
            result["last_step"] = False
        return result

    @property
    def _is_existing(self) -> bool:
        return self.source in (SOURCE_REAUTH, SOURCE_RECONFIGURE)

    # Server

    async def async_step_brand(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the brand."""
        if user_input is not None:
            self._data[CONF_BRAND] = user_input[CONF_BRAND]
            return await self.async_step_server()
        return self.async_show_form(
            step_id="brand",
            data_schema=self.add_suggested_values_to_schema(BRAND_SCHEMA, self._data),
            last_step=False,
        )

    async def async_step_server(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the server, and whether it requires a client certificate."""
        errors: dict[str, str] = {}
        if user_input is not None:
            is_custom = user_input[CONF_ENVIRONMENT] == Environment.CUSTOM
            try:
                url = str(parse_server_url(user_input.get(CONF_URL, ""))) if is_custom else None
            except InvalidServerUrl:
                errors[CONF_URL] = "invalid_url"
            else:
                self._data |= {CONF_ENVIRONMENT: user_input[CONF_ENVIRONMENT], CONF_URL: url}
                if user_input[CONF_USE_CERTIFICATE]:
                    return await self.async_step_certificate()
                ClientCertificate.replace_in(self._data, None)
                return await self.async_step_consent()
        suggested_values = user_input or {
            **self._data,
            CONF_USE_CERTIFICATE: ClientCertificate.from_entry_data(self._data) is not None,
        }
        return self.async_show_form(
            step_id="server",
            data_schema=self.add_suggested_values_to_schema(SERVER_SCHEMA, suggested_values),
            errors=errors,
            description_placeholders={
                "production": get_api_host(Environment.PRODUCTION),
                "pre_production": get_api_host(Environment.PRE_PRODUCTION),
            },
            last_step=False,
        )

    async def async_step_certificate(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the client certificate, its key, and a certificate authority to trust."""
        errors: dict[str, str] = {}
        if user_input is not None:
            existing = ClientCertificate.from_entry_data(self._data)
            if existing and not has_uploads(user_input):
                return await self.async_step_consent()
            try:
                uploaded = await self.hass.async_add_executor_job(self._uploads.read, self.hass, user_input)
            except CertificateError as err:
                errors[err.field] = err.error
            else:
                ClientCertificate.replace_in(self._data, uploaded.merged_with(existing))
                return await self.async_step_consent()
        return self.async_show_form(
            step_id="certificate",
            data_schema=self.add_suggested_values_to_schema(CERTIFICATE_SCHEMA, user_input),
            errors=errors,
            last_step=False,
        )

    # Consent

    async def async_step_consent(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:  # noqa: ARG002
        """Ask whether the application is registered with Home Assistant's redirect URI or another one."""
        return self.async_show_menu(
            step_id="consent",
            menu_options=["home_assistant", "other_address", "scopes"],
            description_placeholders={
                "home_assistant": get_home_assistant_uri(self.hass),
                "other": self._data.get(CONF_REDIRECT_URI, EXAMPLE_REDIRECT_URI),
            },
        )

    async def async_step_scopes(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the scopes to request, because the application may be registered for some of them only."""
        errors: dict[str, str] = {}
        if self._is_scope_refused:
            errors["base"] = "invalid_scope"
        if user_input is not None:
            if chosen := scopes_of_options(user_input[CONF_SCOPES]):
                self._data[CONF_SCOPES] = None if chosen == list(SCOPES) else chosen
                if self._is_scope_refused:
                    self._is_scope_refused = False
                    return await self._async_authorize()
                return await self.async_step_consent()
            errors[CONF_SCOPES] = "no_scope"
        options = [OPTION_BY_SCOPE[scope] for scope in requested_scopes(self._data)]
        return self.async_show_form(
            step_id="scopes",
            data_schema=self.add_suggested_values_to_schema(SCOPES_SCHEMA, user_input or {CONF_SCOPES: options}),
            errors=errors,
            last_step=False,
        )

    async def async_step_home_assistant(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:  # noqa: ARG002
        """Authorize with Home Assistant's redirect URI."""
        self._data.pop(CONF_REDIRECT_URI, None)
        return await self._async_authorize()

    async def async_step_other_address(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the redirect URI of the application."""
        errors: dict[str, str] = {}
        if user_input is not None:
            redirect_uri = user_input[CONF_REDIRECT_URI].strip()
            if is_redirect_uri(redirect_uri):
                # Unchanged: servers compare it character by character
                self._data[CONF_REDIRECT_URI] = redirect_uri
                return await self._async_authorize()
            errors[CONF_REDIRECT_URI] = "invalid_redirect_uri"
        return self.async_show_form(
            step_id="other_address",
            data_schema=self.add_suggested_values_to_schema(REDIRECT_SCHEMA, user_input or self._data),
            errors=errors,
            last_step=False,
        )

    async def async_step_paste(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the URL of the consent page, and ask for the URL to which the browser was redirected."""
        if self._authorize_url is None:
            self._authorize_url = URL(await self.async_generate_authorize_url())
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                code = parse_code(user_input[CONF_REDIRECTED], self._authorize_url.query["state"])
            except RedirectError as err:
                if err.error == "invalid_scope":
                    return await self._async_ask_for_fewer_scopes()
                errors[CONF_REDIRECTED] = err.error
            else:
                self.external_data = {"code": code, "state": {"redirect_uri": self._data[CONF_REDIRECT_URI]}}
                return await self.async_step_creation()
        return self.async_show_form(
            step_id="paste",
            data_schema=self.add_suggested_values_to_schema(PASTE_SCHEMA, user_input),
            errors=errors,
            description_placeholders={"url": str(self._authorize_url)},
            last_step=True,
        )

    async def _async_authorize(self) -> ConfigFlowResult:
        """Start the authorization at the chosen server, with the chosen redirect URI."""
        try:
            account_server = await async_get_account_server(self.hass, self._data)
        except ConfigEntryError:
            return self._show_error("invalid_certificate", "certificate")
        self.flow_impl = self._implementation.for_server(account_server)
        self._authorize_url = None
        if CONF_REDIRECT_URI in self._data:
            return await self.async_step_paste()
        return await super().async_step_auth()

    @override
    async def async_step_auth(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Continue after the credentials were picked, or after the browser was redirected."""
        if user_input is not None:
            return await super().async_step_auth(user_input)
        if self.source == SOURCE_REAUTH:
            return await self._async_authorize()
        return await (self.async_step_server() if self.source == SOURCE_RECONFIGURE else self.async_step_brand())

    @override
    async def async_step_authorize_rejected(self, data: None = None) -> ConfigFlowResult:
        """Handle a rejection by the user or the server."""
        if self.external_data["error"] == "invalid_scope":
            return await self._async_ask_for_fewer_scopes()
        is_denied = self.external_data["error"] == "access_denied"
        return self._show_error("access_denied" if is_denied else "consent_failed", "consent")

    async def _async_ask_for_fewer_scopes(self) -> ConfigFlowResult:
        self._is_scope_refused = True
        return await self.async_step_scopes()

    # Account

    @override
    async def async_step_creation(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Exchange the authorization code for tokens."""
        try:
            return await super().async_step_creation()
        except InvalidClient:
            return self.async_abort(reason="invalid_client")
        except StellantisError as err:
            return self._show_api_error(err, "creation")

    @override
    async def async_oauth_create_entry(self, data: dict[str, Any]) -> ConfigFlowResult:
        """Store the tokens and fetch the account."""
        self._unused.revoke()  # an earlier consent of this flow
        self._unused.set(self._implementation, data["token"])
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
        """Revoke what no entry has when the flow ends, however it ends."""
        self._unused.revoke()

    def _show_api_error(self, err: StellantisError, default_step: str) -> ConfigFlowResult:
        expires_at = self._implementation.account_server.certificate_expires_at
        is_certificate_expired = is_expired(expires_at, dt_util.utcnow())
        return self._show_error(error_key(err, is_certificate_expired=is_certificate_expired), default_step)

    def _show_error(self, error: str, default_step: str) -> ConfigFlowResult:
        """Show an error; continue with the step that can fix it, or with `default_step`."""
        self._error = error
        self._retry_step = get_retry_step(error, default_step, is_new=not self._is_existing)
        return self.async_show_form(
            step_id="problem", data_schema=vol.Schema({}), errors={"base": error}, last_step=False
        )

    async def async_step_problem(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Continue after an error."""
        if user_input is None:
            return self._show_error(self._error, self._retry_step)
        result: ConfigFlowResult = await getattr(self, f"async_step_{self._retry_step}")()
        return result

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
