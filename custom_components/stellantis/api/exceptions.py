"""One tree of errors, and the only place where a failure becomes one of them.

Texts come from servers, so whatever could identify a person (addresses, VINs, tokens, coordinates) is struck out before
a text is kept: `str()` of any of these errors may be logged.
"""

from collections.abc import Callable, Iterator, Mapping
import errno
import re
import ssl
from typing import Any

import aiohttp
import orjson

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
    """A server's own words on one line, short, without what could identify a person."""
    if not isinstance(text, str):
        return ""
    words = " ".join(text[: 8 * _MAX_TEXT_LENGTH].split())
    if len(text) > 8 * _MAX_TEXT_LENGTH:
        words = words.rpartition(" ")[0]  # half a word could be half a secret, which nothing would recognise
    return _SENSITIVE.sub("…", words)[:_MAX_TEXT_LENGTH]


class StellantisError(Exception):
    """Anything that keeps a request from being answered.

    Attributes:
        message: the server's own words, cleaned, or ours.
        status: the HTTP status, where there was an answer.
        code: the API's code, of which the first three digits are the HTTP status.
        uuid: the API's reference of this failure, for its support.
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
    """No whole answer came: network, name, timeout, reset.

    Attributes:
        sent: whether anything of the request may have reached the server.
    """

    maybe_sent = True


class TimedOut(ConnectionFailed):
    """No whole answer came in time."""


class ConnectionClosed(ConnectionFailed):
    """The server hung up without an answer. Some do so to a client without a certificate."""


class OutcomeUnknown(ConnectionFailed):
    """What was sent may have been carried out or not: no answer says. Look it up before sending it again."""


class CertificateRejected(ConnectionFailed):
    """Our client certificate is missing or refused, by TLS or by the gateway."""

    maybe_sent = False


class ServerUntrusted(ConnectionFailed):
    """The server's certificate could not be verified."""

    maybe_sent = False


class Unauthorized(StellantisError):
    """401: the token is missing, expired or revoked."""


class NotRegistered(Unauthorized):
    """401: the application is not registered to the plan."""


class Forbidden(StellantisError):
    """403: not this user's car, or a scope is missing."""


class NotFound(StellantisError):
    """404: there is no such thing."""


class NoData(NotFound):
    """40400: no data of this kind, perhaps not yet."""


class NoVehicle(NotFound):
    """40400: no vehicle is linked to this account."""


class InvalidRequest(StellantisError):
    """400 and the other 4xx: asked wrongly."""


class RateLimited(StellantisError):
    """429: too many requests.

    Attributes:
        retry_after: seconds after which asking makes sense again, where the server said so.
    """

    def __init__(self, message: str = "", *, retry_after: float | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after


class ServerError(StellantisError):
    """5xx: the server is having a bad day."""


class Transient(ServerError):
    """50038, 502, 503, 504: passes by itself, worth asking again at once."""


class InvalidResponse(StellantisError):
    """An answer that cannot be read: not JSON, not an object, too large."""


class OAuthError(StellantisError):
    """The authorization server refused.

    Attributes:
        error: the word of RFC 6749, such as `invalid_grant`.
        description: the server's own words, cleaned.
    """

    def __init__(self, error: str, description: str = "", *, status: int | None = None) -> None:
        super().__init__(f"{error}: {description}" if description else error, status=status)
        self.error = error
        self.description = description


class GrantExpired(OAuthError):
    """`invalid_grant`: the code or refresh token is dead; the user must consent again."""


class InvalidClient(OAuthError):
    """`invalid_client`: the client id or secret is wrong."""


class AccessDenied(OAuthError):
    """`access_denied`: the user said no."""


class InvalidValue(ValueError):
    """A value that the platform would refuse, refused before it is sent.

    Attributes:
        field: the parameter or field that it was meant for.
        reason: a key for what is wrong with a condition; empty of all else.
        part: the part of the condition with which it is wrong.
    """

    def __init__(self, field: str, message: str, *, reason: str = "", part: str = "") -> None:
        super().__init__(f"{field}: {message}")
        self.field, self.reason, self.part = field, reason, part


_BY_STATUS: Mapping[int, type[StellantisError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    429: RateLimited,
    502: Transient,
    503: Transient,
    504: Transient,
}
_BY_CODE: Mapping[int, type[StellantisError]] = {40400: NoData, 50038: Transient}
_BY_MESSAGE: tuple[tuple[int, str, type[StellantisError]], ...] = (
    (401, "not registered to plan", NotRegistered),
    (401, "security checks", CertificateRejected),
    (404, "no vehicle found", NoVehicle),
)
_BY_OAUTH_ERROR: Mapping[str, type[OAuthError]] = {
    "invalid_grant": GrantExpired,
    "invalid_client": InvalidClient,
    "unauthorized_client": InvalidClient,
    "access_denied": AccessDenied,
}


def parse_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as the server said, from `Retry-After` or else `X-RateLimit-Reset`; None where it did not."""
    for name in ("Retry-After", "X-RateLimit-Reset"):
        try:
            seconds = float(headers.get(name, ""))
        except ValueError:
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    return None


def error_from_response(status: int, headers: Mapping[str, str], body: bytes) -> StellantisError:
    """The error that an answer of the API, or of the gateway in front of it, stands for."""
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
    if status == 400 and b"SSL certificate" in body:  # noqa: PLR2004 - so nginx, in HTML
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
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:  # noqa: PLR2004
        return ServerError
    return InvalidRequest if status >= 400 else InvalidResponse  # noqa: PLR2004


def error_from_oauth_response(status: int, body: bytes) -> StellantisError:
    """The error that an answer of the authorization server stands for.

    Only an OAuth body makes an `OAuthError`: a 5xx or an HTML page is the server's bad day, and no reason to drop a
    token.
    """
    payload = _parse_object(body)
    error = _redact(payload.get("error"))
    if error and error != "server_error" and status < 500:  # noqa: PLR2004
        error_class = InvalidClient if status == 401 else _BY_OAUTH_ERROR.get(error, OAuthError)  # noqa: PLR2004
        return error_class(error, _redact(payload.get("error_description")), status=status)
    if status == 401:  # noqa: PLR2004
        response_error = error_from_response(status, {}, body)
        return (
            InvalidClient("invalid_client", status=status) if type(response_error) is Unauthorized else response_error
        )
    if error:
        return ServerError(_redact(payload.get("error_description")) or error, status=status)
    return error_from_response(status, {}, body)


# Alerts with which a server says that it wants a client certificate, or not this one.
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
    (TimeoutError, lambda _: TimedOut("no whole answer in time")),
    (aiohttp.ClientPayloadError, lambda _: ConnectionFailed("the answer broke off")),
    (aiohttp.ClientResponseError, lambda name: InvalidResponse(f"not a proper answer ({name})")),
    (aiohttp.InvalidURL, lambda _: InvalidResponse("not a proper address")),
)
# Which of them it is, is a matter of timing. aiohttp keeps the number of a reset and loses its class.
_CLOSED_EXCEPTIONS = (aiohttp.ServerDisconnectedError, ConnectionResetError, BrokenPipeError)
_CONNECT_EXCEPTIONS = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_CLOSED_ERRNOS = frozenset((errno.ECONNRESET, errno.EPIPE))


def error_from_exception(exc: BaseException) -> StellantisError:
    """The error that a failure below HTTP stands for. Its text is ours alone: theirs can hold addresses."""
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
        return ConnectionClosed("the server hung up without an answer")
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
