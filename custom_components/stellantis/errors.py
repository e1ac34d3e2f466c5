"""What a failure is called in the texts: one table for the errors of the flow and for exceptions."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

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
    RateLimited,
    RemoteFailure,
    RemoteStatus,
    ServerError,
    ServerUntrusted,
    StellantisError,
    Unauthorized,
)

# The first that fits counts: a class stands before its base.
ERROR_KEYS: Final[tuple[tuple[type[StellantisError], str], ...]] = (
    (AccessDenied, "access_denied"),
    (GrantExpired, "grant_expired"),
    (InvalidClient, "invalid_client"),
    (CertificateRejected, "certificate_rejected"),
    (ServerUntrusted, "server_untrusted"),
    (NotRegistered, "not_registered"),
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


def error_key(err: StellantisError) -> str:
    """Return the key of the text that says what went wrong."""
    return next(key for kind, key in ERROR_KEYS if isinstance(err, kind))


# By the platform's word, what kept a car from doing what it was told
FAILURE_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {word.value: word.name.lower() for word in (*RemoteFailure, RemoteStatus.BATTERY_TOO_LOW)}
)
# Every key of a text that says why a command failed
COMMAND_ERROR_KEYS: Final = frozenset(
    {*FAILURE_KEYS.values(), *(key for _, key in ERROR_KEYS)}
    | {"command_failed", "fate_unknown", "not_found", "not_sent", "timed_out"}
)


def command_error_key(err: StellantisError) -> str:
    """Return the key of the text that says why a command was not sent."""
    return "not_found" if isinstance(err, NotFound) else error_key(err)


def failure_key(cause: str | None) -> str:
    """Return the key of the text that says why a car did not do what it was told, by the platform's word."""
    return FAILURE_KEYS.get(cause or "", "command_failed")
