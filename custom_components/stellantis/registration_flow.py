"""The part of the config flow that leads to credentials: an application is registered with Mobilisights."""

from abc import abstractmethod
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_COUNTRY, CONF_EMAIL, CONF_STATE
from homeassistant.helpers.config_entry_oauth2_flow import async_get_implementations
from homeassistant.util import dt as dt_util
import probatio as vol

from .auth.certificate import CertificateError, ClientCertificate
from .auth.registration import CONTACT_URL, Registration, RegistrationStore, build_letter, get_redirect_uris
from .auth.schemas import (
    APPLICATION_SCHEMA,
    CONF_CARS,
    CONF_CITY,
    CONF_LETTER,
    CONF_LOGIN,
    CONF_ORGANIZATION,
    CONF_SIGNING_REQUEST,
    LETTER_SCHEMA,
    SIGNED_CERTIFICATE_SCHEMA,
    SIGNING_REQUEST_SCHEMA,
    SUBJECT_SCHEMA,
    scopes_of_options,
)
from .auth.signing_request_file import async_get_file_link
from .auth.uploads import CONF_CERTIFICATE_TEXT, CertificateUploads
from .const import CONF_SCOPES, DOMAIN


class RegistrationFlow(ConfigFlow):
    """The first steps of a config flow: enter credentials, or apply for them.

    The registration is kept in a file until an entry has its certificate, so the dialog can be closed at any time.
    """

    def __init__(self) -> None:
        super().__init__()
        self._data: dict[str, Any] = {}
        self._uploads = CertificateUploads()
        self._registration: Registration | None = None

    @abstractmethod
    async def async_step_credentials(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the account and its credentials."""

    @abstractmethod
    async def _async_use_known_credentials(self) -> ConfigFlowResult:
        """Continue with known credentials; ask which ones if there are several."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:  # noqa: ARG002
        """Continue with a registration or the credentials, or ask whether there are any."""
        self._registration = await RegistrationStore(self.hass).async_load()
        if self._registration:
            return await self.async_step_pending()
        if await async_get_implementations(self.hass, DOMAIN):
            return await self.async_step_enter()
        return self.async_show_menu(step_id="user", menu_options=["enter", "apply"])

    async def async_step_pending(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:  # noqa: ARG002
        """Ask whether to continue with the registration that was started."""
        return self.async_show_menu(
            step_id="pending",
            menu_options=["registration", "enter", "discard"],
            description_placeholders={"date": self._started.date},
        )

    async def async_step_enter(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:  # noqa: ARG002
        """Continue with the credentials, which the user has."""
        if await async_get_implementations(self.hass, DOMAIN):
            return await self._async_use_known_credentials()
        return await self.async_step_credentials()

    async def async_step_apply(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what the letter must say about the application."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if scopes := scopes_of_options(user_input[CONF_SCOPES]):
                registration = Registration(
                    created_at=dt_util.utcnow().isoformat(),
                    organization=user_input[CONF_ORGANIZATION].strip(),
                    email=user_input[CONF_EMAIL].strip(),
                    cars=int(user_input[CONF_CARS]),
                    scopes=scopes,
                )
                await self._async_save(registration)
                return await self.async_step_letter()
            errors[CONF_SCOPES] = "no_scope"
        return self.async_show_form(
            step_id="apply",
            data_schema=self.add_suggested_values_to_schema(APPLICATION_SCHEMA, user_input),
            errors=errors,
            last_step=False,
        )

    async def async_step_letter(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the letter to Mobilisights."""
        if user_input is not None:
            return await self.async_step_registration()
        letter = build_letter(self._started, get_redirect_uris(self.hass))
        return self.async_show_form(
            step_id="letter",
            data_schema=self.add_suggested_values_to_schema(LETTER_SCHEMA, {CONF_LETTER: letter}),
            description_placeholders={"contact_url": CONTACT_URL},
            last_step=False,
        )

    async def async_step_registration(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:  # noqa: ARG002
        """Ask what has arrived."""
        if self._started.signing_request:
            return self.async_show_menu(
                step_id="registration", menu_options=["signed_certificate", "signing_request", "subject", "letter"]
            )
        return self.async_show_menu(step_id="registration", menu_options=["subject", "letter"])

    async def async_step_subject(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what the certificate signing request must say, and create it."""
        errors: dict[str, str] = {}
        if user_input is not None:
            subject = [user_input[name].strip() for name in (CONF_LOGIN, CONF_COUNTRY, CONF_STATE, CONF_CITY)]
            try:
                registration = await self.hass.async_add_executor_job(self._started.with_signing_request, *subject)
            except ValueError:
                errors["base"] = "invalid_subject"
            else:
                await self._async_save(registration)
                return await self.async_step_signing_request()
        known = {
            CONF_LOGIN: self._started.login,
            CONF_COUNTRY: self._started.country or self.hass.config.country or "",
            CONF_STATE: self._started.state,
            CONF_CITY: self._started.city,
        }
        suggested_values = user_input or {name: value for name, value in known.items() if value}
        return self.async_show_form(
            step_id="subject",
            data_schema=self.add_suggested_values_to_schema(SUBJECT_SCHEMA, suggested_values),
            errors=errors,
            last_step=False,
        )

    async def async_step_signing_request(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the certificate signing request."""
        if user_input is not None:
            return await self.async_step_registration()
        shown = {CONF_SIGNING_REQUEST: self._started.signing_request}
        return self.async_show_form(
            step_id="signing_request",
            data_schema=self.add_suggested_values_to_schema(SIGNING_REQUEST_SCHEMA, shown),
            description_placeholders={"file": async_get_file_link(self.hass)},
            last_step=False,
        )

    async def async_step_signed_certificate(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the certificate that Stellantis signed; then continue with the credentials."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                signed = await self.hass.async_add_executor_job(
                    self._uploads.read_signed, self.hass, user_input, self._started
                )
            except CertificateError as err:
                errors[err.field] = err.error
            else:
                await self._async_save(
                    replace(self._started, certificate=signed.certificate or "", ca=signed.ca or self._started.ca)
                )
                ClientCertificate.replace_in(self._data, self._signed_certificate)
                return await self.async_step_enter()
        suggested_values = user_input or {CONF_CERTIFICATE_TEXT: self._started.certificate}
        return self.async_show_form(
            step_id="signed_certificate",
            data_schema=self.add_suggested_values_to_schema(SIGNED_CERTIFICATE_SCHEMA, suggested_values),
            errors=errors,
            last_step=False,
        )

    async def async_step_discard(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for confirmation before the registration is deleted with its key; then begin anew."""
        if user_input is not None:
            await self._async_discard()
            return await self.async_step_user()
        return self.async_show_form(
            step_id="discard",
            data_schema=vol.Schema({}),
            description_placeholders={"date": self._started.date},
            last_step=False,
        )

    @property
    def _started(self) -> Registration:
        assert self._registration is not None  # noqa: S101 - these steps are shown for a registration only
        return self._registration

    @property
    def _signed_certificate(self) -> ClientCertificate | None:
        """The certificate that was signed for the registration, with its key."""
        if self._registration and self._registration.certificate:
            return ClientCertificate(
                certificate=self._registration.certificate,
                key=self._registration.key,
                ca=self._registration.ca or None,
            )
        return None

    async def _async_save(self, registration: Registration) -> None:
        self._registration = registration
        await RegistrationStore(self.hass).async_save(registration)

    async def _async_discard(self) -> None:
        """Delete the registration and its key."""
        self._registration = None
        await RegistrationStore(self.hass).async_remove()
