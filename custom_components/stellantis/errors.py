"""The translation keys of errors, one table for the config flow and for exceptions, and Home Assistant's exceptions."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError
from homeassistant.helpers.update_coordinator import UpdateFailed

from .api import (
    AccessDenied,
    CertificateRejected,
    ConnectionClosed,
    ConnectionFailed,
    Forbidden,
    GrantExpired,
    InvalidClient,
    InvalidResponse,
    NoData,
    NotFound,
    NotRegistered,
    NoVehicle,
    OutcomeUnknown,
    RateLimited,
    RemoteFailure,
    RemoteStatus,
    SecurityCheckFailed,
    ServerError,
    ServerUntrusted,
    StellantisError,
    Unauthorized,
)
from .const import DOMAIN

# Order matters: subclasses before their base class
ERROR_KEYS: Final[tuple[tuple[type[StellantisError], str], ...]] = (
    (AccessDenied, "access_denied"),
    (GrantExpired, "grant_expired"),
    (InvalidClient, "invalid_client"),
    (CertificateRejected, "certificate_rejected"),
    (ServerUntrusted, "server_untrusted"),
    (NotRegistered, "not_registered"),
    (SecurityCheckFailed, "security_check_failed"),
    (Unauthorized, "unauthorized"),
    (Forbidden, "forbidden"),
    (NoVehicle, "no_vehicles"),
    (NoData, "no_data"),
    (RateLimited, "rate_limited"),
    (InvalidResponse, "invalid_response"),
    (ServerError, "server_error"),
    (ConnectionClosed, "hung_up"),
    (ConnectionFailed, "cannot_connect"),
    (StellantisError, "request_failed"),
)


# What servers do when the client certificate has expired; most do not say so
CERTIFICATE_ERRORS: Final = (CertificateRejected, ConnectionClosed, SecurityCheckFailed)


def error_key(err: StellantisError, *, is_certificate_expired: bool = False) -> str:
    """Return the translation key of an API error.

    Args:
        err: the error.
        is_certificate_expired: whether the client certificate of the account has expired, as far as its date tells.
    """
    if is_certificate_expired and isinstance(err, CERTIFICATE_ERRORS):
        return "certificate_expired"
    if isinstance(err, OutcomeUnknown) and err.status is not None:
        return "server_error"  # it did respond, but did not say what it has done
    return next(key for error_type, key in ERROR_KEYS if isinstance(err, error_type))


def as_update_error(err: StellantisError) -> HomeAssistantError:
    """Return the exception that a coordinator raises for an API error.

    Only an expired grant starts a reauthentication; after any other error the update is tried again.
    """
    key = error_key(err)
    if isinstance(err, GrantExpired):
        return ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key=key)
    retry_after = err.retry_after if isinstance(err, RateLimited) else None
    return UpdateFailed(translation_domain=DOMAIN, translation_key=key, retry_after=retry_after)


def as_action_error(hass: HomeAssistant, entry: ConfigEntry[Any], err: StellantisError) -> HomeAssistantError:
    """Return the exception that an action raises for an API error; an expired grant starts a reauthentication."""
    if isinstance(err, GrantExpired):
        entry.async_start_reauth(hass)
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=error_key(err))


# The platform's cause of a failed command → translation key
FAILURE_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {cause.value: cause.name.lower() for cause in (*RemoteFailure, RemoteStatus.BATTERY_TOO_LOW)}
)
# All translation keys of a failed command
COMMAND_ERROR_KEYS: Final = frozenset(
    {*FAILURE_KEYS.values(), *(key for _, key in ERROR_KEYS)}
    | {"command_canceled", "command_expired", "command_failed", "command_replaced", "fate_unknown", "not_found"}
    | {"not_sent", "nothing_to_change", "start_repeated", "timed_out", "vehicle_offline"}
)


def command_error_key(err: StellantisError) -> str:
    """Return the translation key of an API error that kept a command from being sent."""
    return "not_found" if isinstance(err, NotFound) else error_key(err)


def failure_key(cause: str | None) -> str:
    """Return the translation key of the cause that the platform reports for a failed command."""
    return FAILURE_KEYS.get(cause or "", "command_failed")
