"""Config flow: credentials, brand, server, certificate, consent, and a first request for the account's data."""

from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
import logging
import ssl
from typing import Any, Final, override

from homeassistant.components.file_upload import process_uploaded_file
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
    ConfigSubentryFlow,
)
from homeassistant.const import CONF_PASSWORD, CONF_URL
from homeassistant.core import callback
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler, async_get_implementations
import jwt
import probatio as vol
from yarl import URL

from .api import (
    Brand,
    Environment,
    InvalidClient,
    InvalidServerUrl,
    NoVehicle,
    StellantisError,
    User,
    Vehicle,
    parse_server_url,
)
from .auth.certificate import CertificateError, ClientCertificate, create_ssl_context, parse_certificate
from .auth.oauth import StellantisImplementation, async_get_account_server, static_token
from .auth.schemas import (
    BRAND_SCHEMA,
    CERTIFICATE_SCHEMA,
    CONF_REDIRECTED,
    CONF_USE_CERTIFICATE,
    PASTE_SCHEMA,
    REDIRECT_SCHEMA,
    SERVER_SCHEMA,
)
from .const import CONF_BRAND, CONF_CA, CONF_CERTIFICATE, CONF_ENVIRONMENT, CONF_KEY, CONF_REDIRECT_URI, DOMAIN
from .errors import error_key
from .monitor_flow import MonitorFlow
from .monitors.request import SUBENTRY_TYPE_MONITOR
from .options_flow import StellantisOptionsFlow

# Step in which the user can fix an error; the step that failed is repeated after all other errors
RETRY_STEPS: Final = {
    "access_denied": "consent",
    "certificate_rejected": "certificate",
    "forbidden": "consent",
    "grant_expired": "consent",
    "hung_up": "server",
    "not_registered": "server",
    "security_check_failed": "server",
    "server_untrusted": "certificate",
    "unauthorized": "consent",
}


class StellantisConfigFlow(AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Handle a config flow: one entry per account and brand."""

    DOMAIN = DOMAIN
    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        super().__init__()
        self._data: dict[str, Any] = {}
        self._uploads: dict[str, bytes] = {}
        self._authorize_url: URL | None = None
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
        return logging.getLogger(__name__)

    @property
    def _implementation(self) -> StellantisImplementation:
        assert isinstance(self.flow_impl, StellantisImplementation)  # noqa: S101 - created by our application_credentials platform
        return self.flow_impl

    # Server

    async def async_step_brand(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the brand."""
        if user_input is not None:
            self._data[CONF_BRAND] = user_input[CONF_BRAND]
            return await self.async_step_server()
        return self.async_show_form(step_id="brand", data_schema=BRAND_SCHEMA)

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
                self._set_certificate(None)
                return await self.async_step_consent()
        suggested_values = user_input or {
            **self._data,
            CONF_USE_CERTIFICATE: ClientCertificate.from_entry_data(self._data) is not None,
        }
        return self.async_show_form(
            step_id="server",
            data_schema=self.add_suggested_values_to_schema(SERVER_SCHEMA, suggested_values),
            errors=errors,
        )

    async def async_step_certificate(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the client certificate, its key, and a certificate authority to trust."""
        errors: dict[str, str] = {}
        if user_input is not None:
            upload_ids = {name: user_input.get(name) for name in (CONF_CERTIFICATE, CONF_KEY, CONF_CA)}
            existing = ClientCertificate.from_entry_data(self._data)
            if existing and not any(upload_ids.values()):
                return await self.async_step_consent()
            try:
                uploaded = await self.hass.async_add_executor_job(
                    self._read_uploads, upload_ids, user_input.get(CONF_PASSWORD)
                )
            except CertificateError as err:
                errors[err.field] = err.error
            except ssl.SSLError:
                errors["base"] = "invalid_certificate"
            else:
                self._set_certificate(uploaded.merged_with(existing))
                return await self.async_step_consent()
        return self.async_show_form(
            step_id="certificate",
            data_schema=self.add_suggested_values_to_schema(CERTIFICATE_SCHEMA, user_input),
            errors=errors,
        )

    def _read_uploads(self, upload_ids: dict[str, str | None], password: str | None) -> ClientCertificate:
        contents: dict[str, bytes | None] = {}
        for field, upload_id in upload_ids.items():
            # An upload can be read only once, but is submitted again if another field had an error
            if upload_id and upload_id not in self._uploads:
                with process_uploaded_file(self.hass, upload_id) as path:
                    self._uploads[upload_id] = path.read_bytes()
            contents[field] = self._uploads[upload_id] if upload_id else None
        certificate = parse_certificate(contents[CONF_CERTIFICATE], contents[CONF_KEY], contents[CONF_CA], password)
        create_ssl_context(certificate)
        return certificate

    def _set_certificate(self, certificate: ClientCertificate | None) -> None:
        for name in (CONF_CERTIFICATE, CONF_KEY, CONF_CA):
            self._data.pop(name, None)
        self._data |= certificate.as_entry_data() if certificate else {}

    # Consent

    async def async_step_consent(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:  # noqa: ARG002
        """Ask whether the application is registered with Home Assistant's redirect URI or another one."""
        return self.async_show_menu(step_id="consent", menu_options=["home_assistant", "other_address"])

    async def async_step_home_assistant(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:  # noqa: ARG002
        """Authorize with Home Assistant's redirect URI."""
        self._data.pop(CONF_REDIRECT_URI, None)
        return await self._async_authorize()

    async def async_step_other_address(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the redirect URI of the application."""
        errors: dict[str, str] = {}
        if user_input is not None:
            redirect_uri = user_input[CONF_REDIRECT_URI].strip()
            if _is_redirect_uri(redirect_uri):
                # Unchanged: servers compare it character by character
                self._data[CONF_REDIRECT_URI] = redirect_uri
                return await self._async_authorize()
            errors[CONF_REDIRECT_URI] = "invalid_redirect_uri"
        return self.async_show_form(
            step_id="other_address",
            data_schema=self.add_suggested_values_to_schema(REDIRECT_SCHEMA, user_input or self._data),
            errors=errors,
        )

    async def async_step_paste(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the URL of the consent page, and ask for the URL to which the browser was redirected."""
        if self._authorize_url is None:
            self._authorize_url = URL(await self.async_generate_authorize_url())
        errors: dict[str, str] = {}
        if user_input is not None:
            query = _parse_query(user_input[CONF_REDIRECTED])
            if "code" not in query and "error" not in query:
                errors[CONF_REDIRECTED] = "no_code"
            elif query.get("state") != self._authorize_url.query["state"]:
                errors[CONF_REDIRECTED] = "state_mismatch"
            elif "error" in query:
                errors[CONF_REDIRECTED] = "access_denied" if query["error"] == "access_denied" else "consent_failed"
            else:
                self.external_data = {
                    "code": query["code"],
                    "state": {"redirect_uri": self._data[CONF_REDIRECT_URI]},
                }
                return await self.async_step_creation()
        return self.async_show_form(
            step_id="paste",
            data_schema=self.add_suggested_values_to_schema(PASTE_SCHEMA, user_input),
            errors=errors,
            description_placeholders={"url": str(self._authorize_url)},
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
        is_denied = self.external_data["error"] == "access_denied"
        return self._show_error("access_denied" if is_denied else "consent_failed", "consent")

    # Account

    @override
    async def async_step_creation(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Exchange the authorization code for tokens."""
        try:
            return await super().async_step_creation()
        except InvalidClient:
            return self.async_abort(reason="invalid_client")
        except StellantisError as err:
            return self._show_error(error_key(err), "creation")

    @override
    async def async_oauth_create_entry(self, data: dict[str, Any]) -> ConfigFlowResult:
        """Store the tokens and fetch the account."""
        self._data |= data
        return await self.async_step_account()

    async def async_step_account(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:  # noqa: ARG002
        """Fetch the account, then create or update the config entry."""
        try:
            user, vehicles = await self._async_fetch_account()
        except StellantisError as err:
            return self._show_error(error_key(err), "account")
        account = self._subject or user.email or min(vehicle.vin or vehicle.id or "" for vehicle in vehicles)
        # A hash, because the ID must not identify the driver
        await self.async_set_unique_id(sha256(f"{self._data[CONF_BRAND]}:{account}".encode()).hexdigest()[:32])
        data = {name: value for name, value in self._data.items() if value is not None}
        if self.source in (SOURCE_REAUTH, SOURCE_RECONFIGURE):
            entry = self._get_reauth_entry() if self.source == SOURCE_REAUTH else self._get_reconfigure_entry()
            if self.unique_id != entry.unique_id and (self._subject or not self._has_common_vehicle(entry, vehicles)):
                return self.async_abort(reason="wrong_account")
            return self.async_update_reload_and_abort(entry, data=data)
        self._abort_if_unique_id_configured()
        return self.async_create_entry(title=Brand(data[CONF_BRAND]).label, data=data)

    @property
    def _subject(self) -> str | None:
        """The subject of the ID token, which never changes; None if the server sends no ID token."""
        with suppress(jwt.InvalidTokenError):
            claims = jwt.decode(self._data["token"].get("id_token") or "", options={"verify_signature": False})
            return str(claims["sub"]) if claims.get("sub") else None
        return None

    def _has_common_vehicle(self, entry: ConfigEntry[Any], vehicles: list[Vehicle]) -> bool:
        """Return whether one of the vehicles belongs to the entry.

        Used for accounts without a subject, because all other account data may change.
        """
        devices = dr.async_entries_for_config_entry(dr.async_get(self.hass), entry.entry_id)
        identifiers = {identifier for device in devices for identifier in device.identifiers}
        return any((DOMAIN, vehicle.vin) in identifiers for vehicle in vehicles)

    async def _async_fetch_account(self) -> tuple[User, list[Vehicle]]:
        client = self._implementation.create_client(static_token(self._data["token"]["access_token"]))
        user = await client.user()
        vehicles = [vehicle async for vehicle in client.vehicles()]
        if not vehicles:
            raise NoVehicle("The account has no vehicle")
        return user, vehicles

    def _show_error(self, error: str, default_step: str) -> ConfigFlowResult:
        """Show an error; continue with the step that can fix it, or with `default_step`."""
        self._error = error
        self._retry_step = RETRY_STEPS.get(error, default_step)
        return self.async_show_form(step_id="problem", data_schema=vol.Schema({}), errors={"base": error})

    async def async_step_problem(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Continue after an error."""
        if user_input is None:
            return self._show_error(self._error, self._retry_step)
        result: ConfigFlowResult = await getattr(self, f"async_step_{self._retry_step}")()
        return result

    # Existing entries

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Handle expired or revoked consent."""
        self._data = _server_data(entry_data)
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for confirmation before the browser is redirected."""
        if user_input is None:
            return self.async_show_form(
                step_id="reauth_confirm", description_placeholders={"account": self._get_reauth_entry().title}
            )
        return await self._async_pick_credentials(self._get_reauth_entry())

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:  # noqa: ARG002
        """Change the server, the certificate or the redirect URI."""
        entry = self._get_reconfigure_entry()
        self._data = _server_data(entry.data)
        return await self._async_pick_credentials(entry)

    async def _async_pick_credentials(self, entry: ConfigEntry[Any]) -> ConfigFlowResult:
        """Use the entry's credentials, or ask if there are others: a changed secret is entered as new credentials."""
        has_choice = len(await async_get_implementations(self.hass, DOMAIN)) > 1
        return await self.async_step_pick_implementation(
            None if has_choice else {"implementation": entry.data["auth_implementation"]}
        )


def _server_data(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of an entry's data that describes its server."""
    return {name: value for name, value in data.items() if name not in ("auth_implementation", "token")}


def _parse_query(url: str) -> Mapping[str, str]:
    """Return the query parameters of a URL; none if it is invalid."""
    try:
        return URL(url.strip()).query
    except ValueError:
        return {}


def _is_redirect_uri(text: str) -> bool:
    """Return whether a text is a URI that a browser can be redirected to."""
    try:
        return bool(URL(text).scheme) and not URL(text).fragment
    except ValueError:
        return False
