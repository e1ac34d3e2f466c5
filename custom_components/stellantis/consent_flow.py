"""The part of the config flow that asks the driver for consent, on a page of the server."""

import logging
from typing import Any, override

from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE, ConfigFlowResult
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler
from homeassistant.util import dt as dt_util
import probatio as vol
from yarl import URL

from .api import StellantisError
from .auth.certificate_expiry import is_expired
from .auth.oauth import StellantisImplementation, async_get_account_server
from .auth.redirect import (
    EXAMPLE_REDIRECT_URI,
    RedirectError,
    get_home_assistant_uri,
    is_redirect_uri,
    is_web_uri,
    parse_code,
)
from .auth.retry_steps import get_retry_step
from .auth.schemas import CONF_REDIRECTED, PASTE_SCHEMA, REDIRECT_SCHEMA, SCOPES_SCHEMA, scopes_of_options
from .auth.scopes import OPTION_BY_SCOPE, SCOPES, requested_scopes
from .const import CONF_REDIRECT_URI, CONF_SCOPES, DOMAIN
from .errors import error_key

_LOGGER = logging.getLogger(__name__)


class ConsentFlow(AbstractOAuth2FlowHandler):
    """The steps from a known server to an authorization code, and those that follow an error."""

    DOMAIN = DOMAIN

    def __init__(self) -> None:
        super().__init__()
        self._data: dict[str, Any] = {}
        self._authorize_url: URL | None = None
        self._paste_errors: dict[str, str] = {}
        self._is_scope_refused = False
        self._has_redirect_choice = True
        self._error: str = ""
        self._retry_step: str = ""

    @property
    @override
    def logger(self) -> logging.Logger:
        return _LOGGER

    @property
    def _implementation(self) -> StellantisImplementation:
        assert isinstance(self.flow_impl, StellantisImplementation)  # noqa: S101 - created by our application_credentials platform
        return self.flow_impl

    @property
    def _is_existing(self) -> bool:
        return self.source in (SOURCE_REAUTH, SOURCE_RECONFIGURE)

    async def _async_show_consent(self) -> ConfigFlowResult:
        """Authorize as most applications are registered, or ask for the redirect URI and the permissions."""
        if self._has_redirect_choice:
            return await self.async_step_consent()
        self._data[CONF_SCOPES] = None
        return await self.async_step_home_assistant()

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
        """Show the URL of the consent page, and ask for the URL that the browser shows after it."""
        if result := await self._async_parse_pasted(user_input):
            return result
        return self.async_show_form(
            step_id="paste",
            data_schema=self.add_suggested_values_to_schema(PASTE_SCHEMA, user_input),
            errors=self._paste_errors,
            description_placeholders={"url": str(self._authorize_url)},
            last_step=True,
        )

    async def async_step_paste_of_app(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Do the same for the redirect URI of an app, which browsers do not show in the address bar."""
        if result := await self._async_parse_pasted(user_input):
            return result
        return self.async_show_form(
            step_id="paste_of_app",
            data_schema=self.add_suggested_values_to_schema(PASTE_SCHEMA, user_input),
            errors=self._paste_errors,
            description_placeholders={"url": str(self._authorize_url), "redirect_uri": self._data[CONF_REDIRECT_URI]},
            last_step=True,
        )

    async def _async_parse_pasted(self, user_input: dict[str, Any] | None) -> ConfigFlowResult | None:
        """Continue with the code of a pasted URL; None if it has to be asked for."""
        if self._authorize_url is None:
            self._authorize_url = URL(await self.async_generate_authorize_url())
        self._paste_errors.clear()
        if user_input is None:
            return None
        try:
            code = parse_code(user_input[CONF_REDIRECTED], self._authorize_url.query["state"])
        except RedirectError as err:
            if err.error == "invalid_scope":
                return await self._async_ask_for_fewer_scopes()
            self._paste_errors[CONF_REDIRECTED] = err.error
            return None
        self.external_data = {"code": code, "state": {"redirect_uri": self._data[CONF_REDIRECT_URI]}}
        return await self.async_step_creation()

    async def _async_authorize(self) -> ConfigFlowResult:
        """Start the authorization at the chosen server, with the chosen redirect URI."""
        try:
            account_server = await async_get_account_server(self.hass, self._data)
        except ConfigEntryError:
            return self._show_error("invalid_certificate", "certificate")
        self.flow_impl = self._implementation.for_server(account_server)
        self._authorize_url = None
        if redirect_uri := self._data.get(CONF_REDIRECT_URI):
            return await (self.async_step_paste() if is_web_uri(redirect_uri) else self.async_step_paste_of_app())
        return await AbstractOAuth2FlowHandler.async_step_auth(self)

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
