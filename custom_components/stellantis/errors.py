"""What a failure is called in the texts: one table for the errors of the flow and for exceptions."""

from typing import Final

from .api import (
    AccessDenied,
    CertificateRejected,
    ConnectionFailed,
    Forbidden,
    GrantExpired,
    HungUp,
    InvalidClient,
    InvalidResponse,
    NoData,
    NotRegistered,
    NoVehicle,
    RateLimited,
    ServerError,
    ServerUntrusted,
    StellantisError,
    Unauthorized,
)

# The first that fits counts: a class stands before its base.
REASONS: Final[tuple[tuple[type[StellantisError], str], ...]] = (
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
    (HungUp, "hung_up"),
    (ConnectionFailed, "cannot_connect"),
    (StellantisError, "request_failed"),
)


def reason(err: StellantisError) -> str:
    """Return the key of the text that says what went wrong."""
    return next(key for kind, key in REASONS if isinstance(err, kind))
