"""The error for every known failure, without sensitive data."""

import asyncio
import errno
import ssl

import aiohttp
from aiohttp.client_reqrep import ConnectionKey
import orjson
import pytest

from custom_components.stellantis.api import (
    AccessDenied,
    CertificateRejected,
    ConnectionClosed,
    ConnectionFailed,
    Forbidden,
    GrantExpired,
    InvalidClient,
    InvalidRequest,
    InvalidResponse,
    NoData,
    NotFound,
    NotRegistered,
    NoVehicle,
    OAuthError,
    RateLimited,
    SecurityCheckFailed,
    ServerError,
    ServerUntrusted,
    StellantisError,
    TimedOut,
    Transient,
    Unauthorized,
    error_from_exception,
    error_from_oauth_response,
    error_from_response,
)
from custom_components.stellantis.api.retry_after import parse_retry_after


def _api_body(code: object, message: str) -> bytes:
    return orjson.dumps({"uuid": "1b2c-3d", "code": code, "message": message, "timestamp": "2026-03-01T08:00:00.000Z"})


def _gateway_body(message: str, more: str, code: object = "401") -> bytes:
    return orjson.dumps({"httpCode": code, "httpMessage": message, "moreInformation": more})


@pytest.mark.parametrize(
    ("status", "body", "error_class"),
    [
        (400, _api_body(40000, " Invalid parameter: extension"), InvalidRequest),
        (409, _api_body(40900, "Conflict"), InvalidRequest),
        (401, _api_body(40100, "Token expired"), Unauthorized),
        (401, b"", Unauthorized),
        (401, b"<html>", Unauthorized),
        (401, _gateway_body("Unauthorized", "Not registered to plan"), NotRegistered),
        (401, _gateway_body("Unauthorized", "Cannot pass the security checks that are required"), SecurityCheckFailed),
        (400, b"<html><h1>400 Bad Request</h1>No required SSL certificate was sent</html>", CertificateRejected),
        (403, _api_body(40300, "Forbidden"), Forbidden),
        (404, _api_body(40400, "Not Found: nothing for this vehicle."), NoData),
        (404, _api_body(40400, "No vehicle found"), NoVehicle),
        (404, _api_body(40401, "No such monitor"), NoData),
        (404, _api_body(40410, "No data"), NoData),
        (404, _api_body(40499, "No data"), NoData),
        (404, _api_body(40000, "No data"), NotFound),
        (404, _gateway_body("Not Found", "No resources match", 404), NotFound),
        (408, _gateway_body("Request Timeout", "", 408), Transient),
        (429, b"", RateLimited),
        (500, _api_body(50038, "CVS error/user-vins"), Transient),
        (500, _api_body("50038", "CVS error/user-vins"), Transient),
        (500, _api_body(50000, "Oops"), ServerError),
        (500, _gateway_body("Internal Server Error", "Internal Error", None), ServerError),
        (502, b"<html>Bad gateway</html>", Transient),
        (503, b"", Transient),
        (504, b"[]", Transient),
        (302, b"", InvalidResponse),
        (403, _api_body(40400, "a code that is not the status's"), Forbidden),
    ],
)
def test_response(status: int, body: bytes, error_class: type[StellantisError]) -> None:
    error = error_from_response(status, {}, body)
    assert type(error) is error_class
    assert error.status == status


def test_error_details() -> None:
    error = error_from_response(400, {}, _api_body(40000, " Invalid parameter: extension"))
    assert (error.message, error.code, error.uuid) == ("Invalid parameter: extension", 40000, "1b2c-3d")
    assert str(error) == "InvalidRequest (40000): Invalid parameter: extension"
    assert str(StellantisError()) == "StellantisError"
    assert str(error_from_response(503, {}, b"")) == "Transient (503)"


def test_gateway_message() -> None:
    assert error_from_response(500, {}, _gateway_body("A", "B")).message == "A - B"


@pytest.mark.parametrize("code", [None, True, 1.5, [], {}, "x", "²"])
def test_invalid_details_are_ignored(code: object) -> None:
    body = orjson.dumps({"code": code, "uuid": ["x"], "message": {"no": "text"}})
    error = error_from_response(404, {}, body)
    assert (type(error), error.code, error.uuid, error.message) == (NotFound, None, None, "")


@pytest.mark.parametrize(
    "secret",
    [
        "VXKTESTTESTTEST01",
        "vxktesttesttest01",
        "someone@example.invalid",
        "https://host.example/path?client_id=abc",
        "48.58392",
        "-7.74553",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
        "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
    ],
)
def test_sensitive_data_is_redacted(secret: str) -> None:
    for error in (
        error_from_response(404, {}, _api_body(40400, f"Nothing for {secret} here")),
        error_from_oauth_response(
            400, orjson.dumps({"error": "invalid_grant", "error_description": f"grant {secret} is dead"})
        ),
    ):
        assert secret not in str(error)
        assert secret not in repr(error)
        assert "…" in str(error)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 780 + " https://example.invalid/" + "y" * 790 + " at VR3UHZKXZJT123456 and on",
        "of camille.moreau%40example.com",
        "near 48,8566",
    ],
)
def test_sensitive_data_in_unusual_texts_is_redacted(text: str) -> None:
    message = str(error_from_response(400, {}, ('{"code": 40000, "message": "' + text + '"}').encode()))
    assert not [fragment for fragment in ("VR3UHZ", "camille", "8566") if fragment in message]


def test_long_messages_are_truncated() -> None:
    assert len(str(error_from_response(500, {}, _api_body(50000, "word " * 10_000)))) < 300


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "1.5", "X-RateLimit-Reset": "9"}, 1.5),
        ({"X-RateLimit-Reset": "86400"}, 86400),
        # Too short or too long
        ({"Retry-After": "0"}, 1),
        ({"Retry-After": "0.01", "X-RateLimit-Reset": "9"}, 1),
        ({"Retry-After": "86401"}, 86400),
        ({"X-RateLimit-Reset": "1e9"}, 1),
        ({"X-RateLimit-Reset": "99999999999999999999999"}, 86400),
        # Dates, by the clock of the server
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT", "Date": "Wed, 21 Oct 2026 07:27:18 GMT"}, 42),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 -0000", "Date": "Wed, 21 Oct 2026 07:27:18 GMT"}, 42),
        ({"Retry-After": "Wednesday, 21-Oct-26 07:28:00 GMT", "Date": "Wed, 21 Oct 2026 07:27:18 GMT"}, 42),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT", "Date": "Wed, 21 Oct 2026 07:29:00 GMT"}, 1),
        ({"Retry-After": "Wed, 21 Oct 2036 07:28:00 GMT", "Date": "Wed, 21 Oct 2026 07:29:00 GMT"}, 86400),
        ({"Retry-After": "Wed, 21 Oct 1986 07:28:00 GMT", "X-RateLimit-Reset": "9"}, 1),
        ({"Retry-After": "Wed, 99 Oct 2026 07:28:00 GMT", "X-RateLimit-Reset": "9"}, 9),
        ({"Retry-After": "soon", "X-RateLimit-Reset": "9"}, 9),
        # Times of a clock, in seconds and milliseconds
        ({"X-RateLimit-Reset": "1792567680", "Date": "Wed, 21 Oct 2026 07:27:18 GMT"}, 42),
        ({"X-RateLimit-Reset": "1792567680000", "Date": "Wed, 21 Oct 2026 07:27:18 GMT"}, 42),
        ({"X-RateLimit-Reset": "1792567600", "Date": "Wed, 21 Oct 2026 07:27:18 GMT"}, 1),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert parse_retry_after(headers) == seconds
    error = error_from_response(429, headers, _api_body(42900, "Too many"))
    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds
    assert error.code == 42900


@pytest.mark.parametrize(
    ("status", "body", "error_class"),
    [
        (400, {"error": "invalid_grant", "error_description": "grant is invalid"}, GrantExpired),
        (401, {"error": "invalid_client"}, InvalidClient),
        (400, {"error": "invalid_client"}, InvalidClient),
        (401, {"error": "something"}, InvalidClient),
        (401, {}, InvalidClient),
        (401, {"httpMessage": "Unauthorized", "moreInformation": "Not registered to plan"}, NotRegistered),
        (403, {"error": "access_denied"}, AccessDenied),
        (400, {"error": "invalid_scope"}, OAuthError),
        (500, {"error": "server_error", "error_description": "Internal Server Error"}, ServerError),
        (400, {"error": "server_error"}, ServerError),
        (503, {"error": "invalid_grant"}, ServerError),
        (500, {}, ServerError),
        (502, {}, Transient),
        (400, {"error": 7}, InvalidRequest),
    ],
)
def test_oauth_response(status: int, body: dict[str, object], error_class: type[StellantisError]) -> None:
    error = error_from_oauth_response(status, orjson.dumps(body))
    assert type(error) is error_class
    assert error.status == status


def test_html_page_is_not_an_oauth_error() -> None:
    assert type(error_from_oauth_response(400, b"<html>invalid_grant</html>")) is InvalidRequest


def test_oauth_error_details() -> None:
    error = error_from_oauth_response(400, orjson.dumps({"error": "invalid_grant", "error_description": "is dead"}))
    assert isinstance(error, OAuthError)
    assert (error.error, error.description) == ("invalid_grant", "is dead")
    assert str(error) == "GrantExpired (400): invalid_grant: is dead"


_KEY = ConnectionKey("secret.example", 443, True, True, None, None, None)


@pytest.mark.parametrize(
    ("exc", "error_class"),
    [
        (TimeoutError(), TimedOut),
        (aiohttp.ServerTimeoutError(), TimedOut),
        (aiohttp.ConnectionTimeoutError(), TimedOut),
        (aiohttp.ServerDisconnectedError(), ConnectionClosed),
        (aiohttp.ClientPayloadError("secret"), ConnectionFailed),
        (aiohttp.ClientConnectorError(_KEY, OSError(111, "refused")), ConnectionFailed),
        (aiohttp.ClientConnectorDNSError(_KEY, OSError(-2, "unknown")), ConnectionFailed),
        (ConnectionResetError("secret"), ConnectionClosed),
        (BrokenPipeError("secret"), ConnectionClosed),
        (aiohttp.ClientOSError(errno.ECONNRESET, "secret"), ConnectionClosed),
        (aiohttp.ClientConnectionResetError("secret"), ConnectionClosed),
        (aiohttp.ClientConnectorError(_KEY, ConnectionResetError(errno.ECONNRESET, "reset")), ConnectionClosed),
        (aiohttp.InvalidURL("https://secret.example"), InvalidResponse),
        (
            aiohttp.ClientConnectorCertificateError(_KEY, ssl.SSLCertVerificationError("self-signed")),
            ServerUntrusted,
        ),
        (ssl.SSLCertVerificationError("self-signed"), ServerUntrusted),
        (aiohttp.ClientConnectorSSLError(_KEY, ssl.SSLError(1, "[SSL] wrong version number")), ConnectionFailed),
        (
            aiohttp.ClientConnectorSSLError(_KEY, ssl.SSLError(1, "tlsv13 alert certificate required")),
            CertificateRejected,
        ),
        (aiohttp.ClientOSError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED]"), CertificateRejected),
        (ssl.SSLError(1, "[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca"), CertificateRejected),
        (ssl.SSLError(1, "[SSL: SSLV3_ALERT_BAD_CERTIFICATE]"), CertificateRejected),
        (ssl.SSLError(1, "[SSL: SSLV3_ALERT_CERTIFICATE_EXPIRED]"), CertificateRejected),
        (asyncio.IncompleteReadError(b"", 1), ConnectionFailed),
    ],
)
def test_exception(exc: BaseException, error_class: type[StellantisError]) -> None:
    error = error_from_exception(exc)
    assert type(error) is error_class
    assert "secret" not in str(error)


def test_cause_of_exception_is_considered() -> None:
    exc = aiohttp.ClientOSError()
    exc.__cause__ = ssl.SSLError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required")
    assert type(error_from_exception(exc)) is CertificateRejected


def test_own_errors_are_returned_unchanged() -> None:
    error = NoData("x")
    assert error_from_exception(error) is error
