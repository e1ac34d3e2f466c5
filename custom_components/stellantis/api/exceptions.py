"""The exceptions of the library, and their mapping from responses and lower-level exceptions.

Messages contain text from servers. URLs, e-mail addresses, VINs, tokens and coordinates are redacted, so that `str()`
of these exceptions is safe to log.
"""

from collections.abc import Callable, Iterator, Mapping
import errno
import re
import ssl
from typing import Any

import aiohttp
import orjson

from .retry_after import parse_retry_after

_MAX_TEXT_LENGTH = 200
_CODES_PER_STATUS = 100
_SENSITIVE = re.compile(
    r"(?P<url>https?://\S+)"
    r"|(?P<mail>[^\s@]+(?:@|%40)[^\s@]+)"
    r"|(?P<vin>\b[A-HJ-NPR-Z0-9]{17}\b)"
    r"|(?P<place>-?\d{1,3}[.,]\d{3,})"
    r"|(?P<token>(?=[\w.~+/=-]*\d)[\w.~+/=-]{20,})",
    re.IGNORECASE,
)


def _redact(text: object) -> str:
    """Return a server's text on one line, shortened and with sensitive data removed."""
    if not isinstance(text, str):
        return ""
    words = " ".join(text[: 8 * _MAX_TEXT_LENGTH].split())
    if len(text) > 8 * _MAX_TEXT_LENGTH:
        words = words.rpartition(" ")[0]  # a truncated secret would not match the pattern
    return _SENSITIVE.sub("…", words)[:_MAX_TEXT_LENGTH]


class StellantisError(Exception):
    """Base class of the errors of a request.

    Attributes:
        message: The server's message, redacted, or our own.
        status: The HTTP status, if there was a response.
        code: The API's error code. Its first three digits are the HTTP status.
        uuid: The API's id of this failure, for support requests.
    """

    def __init__(
        self, message: str = "", *, status: int | None = None, code: int | None = None, uuid: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.uuid = uuid

    def __str__(self) -> str:
        reference = self.code or self.status
        label = f"{type(self).__name__} ({reference})" if reference else type(self).__name__
        return f"{label}: {self.message}" if self.message else label


class ConnectionFailed(StellantisError):
    """No complete response was received, e.g. because of DNS, a timeout or a connection reset.

    Attributes:
        maybe_sent: Whether the request may have reached the server.
    """

    maybe_sent = True


class TimedOut(ConnectionFailed):
    """No complete response was received in time."""


class ConnectionClosed(ConnectionFailed):
    """The server closed the connection without a response. Some do so if the client certificate is missing."""


class OutcomeUnknown(ConnectionFailed):
    """The request may or may not have been executed. Check the state before sending it again."""


class CertificateRejected(ConnectionFailed):
    """The client certificate is missing or was rejected."""

    maybe_sent = False


class ServerUntrusted(ConnectionFailed):
    """The server's certificate could not be verified."""

    maybe_sent = False


class Unauthorized(StellantisError):
    """401: the token is missing, expired or revoked."""


class NotRegistered(Unauthorized):
    """401: the application is not registered to the plan."""


class SecurityCheckFailed(Unauthorized):
    """401: the gateway refused the request at its security checks.

    It says so about an invalid token, about a client certificate that is missing or refused, and sometimes for hours
    about requests that are valid.
    """


class Forbidden(StellantisError):
    """403: the vehicle belongs to another user, or a scope is missing."""


class NotFound(StellantisError):
    """404: the resource does not exist."""


class NoData(NotFound):
    """404 with a code of the API, such as 40400 or 40410: the platform has no data of this kind, or not yet."""


class NoVehicle(NotFound):
    """40400: no vehicle is linked to this account."""


class InvalidRequest(StellantisError):
    """400 and all other 4xx: the request is invalid."""


class RateLimited(StellantisError):
    """429: too many requests.

    Attributes:
        retry_after: Seconds to wait before the next request, if the server said so.
    """

    def __init__(self, message: str = "", *, retry_after: float | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after


class ServerError(StellantisError):
    """5xx: server error."""


class Transient(ServerError):
    """408, 50038, 502, 503, 504: temporary server error; an immediate retry may succeed."""


class InvalidResponse(StellantisError):
    """The response cannot be decoded, e.g. because it is not JSON, not an object or too large."""


class OAuthError(StellantisError):
    """The authorization server refused the request.

    Attributes:
        error: The error code of RFC 6749, e.g. `invalid_grant`.
        description: The server's description, redacted.
    """

    def __init__(self, error: str, description: str = "", *, status: int | None = None) -> None:
        super().__init__(f"{error}: {description}" if description else error, status=status)
        self.error = error
        self.description = description


class GrantExpired(OAuthError):
    """`invalid_grant`: the code or refresh token is no longer valid; the user must give consent again."""


class InvalidClient(OAuthError):
    """`invalid_client`: the client id or secret is wrong."""


class AccessDenied(OAuthError):
    """`access_denied`: the user denied consent."""


class InvalidValue(ValueError):
    """A value is invalid. Raised before anything is sent.

    Attributes:
        field: The name of the parameter or field.
        reason: The key of the problem, if the value is a condition; otherwise empty.
        part: The part of the condition that has the problem.
    """

    def __init__(self, field: str, message: str, *, reason: str = "", part: str = "") -> None:
        super().__init__(f"{field}: {message}")
        self.field, self.reason, self.part = field, reason, part


_BY_STATUS: Mapping[int, type[StellantisError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    408: Transient,
    429: RateLimited,
    502: Transient,
    503: Transient,
    504: Transient,
}
_BY_CODE: Mapping[int, type[StellantisError]] = {50038: Transient}
_BY_MESSAGE: tuple[tuple[int, str, type[StellantisError]], ...] = (
    (401, "not registered to plan", NotRegistered),
    (401, "security checks", SecurityCheckFailed),
    (404, "no vehicle found", NoVehicle),
)
_BY_OAUTH_ERROR: Mapping[str, type[OAuthError]] = {
    "invalid_grant": GrantExpired,
    "invalid_client": InvalidClient,
    "unauthorized_client": InvalidClient,
    "access_denied": AccessDenied,
}


def error_from_response(status: int, headers: Mapping[str, str], body: bytes) -> StellantisError:
    """Return the error for an unsuccessful response of the API or its gateway."""
    payload = _parse_object(body)
    code = _parse_int(payload.get("code"))
    uuid = payload.get("uuid")
    parts = (payload.get("message"), payload.get("httpMessage"), payload.get("moreInformation"))
    message = " - ".join(filter(None, map(_redact, parts)))
    details: dict[str, Any] = {
        "status": status,
        "code": code,
        "uuid": uuid if isinstance(uuid, str) and re.fullmatch(r"[\w-]{1,64}", uuid) else None,
    }
    error_class = _get_error_class(status, code, message)
    if status == 400 and b"SSL certificate" in body:  # noqa: PLR2004 - HTML page of nginx
        error_class = CertificateRejected
    if error_class is RateLimited:
        return RateLimited(message, retry_after=parse_retry_after(headers), **details)
    return error_class(message, **details)


def _get_error_class(status: int, code: int | None, message: str) -> type[StellantisError]:
    for error_status, text, error_class in _BY_MESSAGE:
        if status == error_status and text in message.lower():
            return error_class
    if code is not None and code in _BY_CODE and code // _CODES_PER_STATUS == status:
        return _BY_CODE[code]
    if status == 404 and code is not None and code // _CODES_PER_STATUS == status:  # noqa: PLR2004
        return NoData
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:  # noqa: PLR2004
        return ServerError
    return InvalidRequest if status >= 400 else InvalidResponse  # noqa: PLR2004


def error_from_oauth_response(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> StellantisError:
    """Return the error for an unsuccessful response of the authorization server.

    Only OAuth error bodies become an `OAuthError`. A 5xx status or an HTML page is a server error and does not
    invalidate the tokens.
    """
    payload = _parse_object(body)
    error = _redact(payload.get("error"))
    if error and error != "server_error" and status < 500:  # noqa: PLR2004
        error_class = InvalidClient if status == 401 else _BY_OAUTH_ERROR.get(error, OAuthError)  # noqa: PLR2004
        return error_class(error, _redact(payload.get("error_description")), status=status)
    if status == 401:  # noqa: PLR2004
        response_error = error_from_response(status, headers or {}, body)
        return (
            InvalidClient("invalid_client", status=status) if type(response_error) is Unauthorized else response_error
        )
    if error:
        return ServerError(_redact(payload.get("error_description")) or error, status=status)
    return error_from_response(status, headers or {}, body)


# TLS alerts of servers that require a client certificate or reject the given one.
_CLIENT_CERTIFICATE_ALERTS = re.compile(
    "certificate.required|alert.bad.certificate|alert.unknown.ca|alert.certificate.(expired|revoked|unknown)"
    "|alert.unsupported.certificate|alert.handshake.failure|alert.access.denied",
    re.IGNORECASE,
)


def _iter_causes(exc: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = exc
    while cause is not None:
        yield cause
        cause = getattr(cause, "os_error", None) or getattr(cause, "certificate_error", None) or cause.__cause__


def _tls_error(exc: BaseException) -> StellantisError | None:
    causes = [cause for cause in _iter_causes(exc) if isinstance(cause, OSError)]
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return ServerUntrusted("the server's certificate could not be verified")
    if any(_CLIENT_CERTIFICATE_ALERTS.search(str(cause)) for cause in causes):
        return CertificateRejected("the server refused the client certificate")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return ConnectionFailed("no secure connection")
    return None


_BY_EXCEPTION: tuple[tuple[type[BaseException], Callable[[str], StellantisError]], ...] = (
    (TimeoutError, lambda _: TimedOut("no complete response in time")),
    (aiohttp.ClientPayloadError, lambda _: ConnectionFailed("the response is incomplete")),
    (aiohttp.ClientResponseError, lambda name: InvalidResponse(f"invalid response ({name})")),
    (aiohttp.InvalidURL, lambda _: InvalidResponse("invalid URL")),
)
# Which of them is raised depends on timing. aiohttp sometimes keeps only the errno, not the class.
_CLOSED_EXCEPTIONS = (aiohttp.ServerDisconnectedError, ConnectionResetError, BrokenPipeError)
_CONNECT_EXCEPTIONS = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_CLOSED_ERRNOS = frozenset((errno.ECONNRESET, errno.EPIPE))


def error_from_exception(exc: BaseException) -> StellantisError:
    """Return the error for an exception below HTTP, without its original text, which may contain addresses."""
    if isinstance(exc, StellantisError):
        return exc
    error = _tls_error(exc) or _connection_error(exc)
    if isinstance(error, ConnectionFailed) and isinstance(exc, _CONNECT_EXCEPTIONS):
        error.maybe_sent = False
    return error


def _connection_error(exc: BaseException) -> StellantisError:
    for exception_class, make_error in _BY_EXCEPTION:
        if isinstance(exc, exception_class):
            return make_error(type(exc).__name__)
    if any(
        isinstance(cause, _CLOSED_EXCEPTIONS) or getattr(cause, "errno", None) in _CLOSED_ERRNOS
        for cause in _iter_causes(exc)
    ):
        return ConnectionClosed("the server closed the connection without a response")
    return ConnectionFailed(type(exc).__name__)


def _parse_object(body: bytes) -> Mapping[str, Any]:
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return payload if isinstance(payload, dict) else {}


def _parse_int(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:9])
    return value if isinstance(value, int) and not isinstance(value, bool) else None
