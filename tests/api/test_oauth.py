"""Fetching and revoking tokens at the authorization server."""

from base64 import b64decode
from urllib.parse import parse_qs, unquote_plus

import aiohttp
import pytest

from custom_components.stellantis.api import (
    ConnectionFailed,
    GrantExpired,
    InvalidClient,
    InvalidResponse,
    OAuthError,
    RateLimited,
    ServerError,
    fetch_token,
    revoke_token,
)
from tests.api.conftest import FakePlatform

_CODE = {"grant_type": "authorization_code", "code": "the code", "redirect_uri": "https://x.example/back"}
_REFRESH = {"grant_type": "refresh_token", "refresh_token": "the-refresh-token"}


async def _fetch_token(
    platform: FakePlatform, session: aiohttp.ClientSession, data: dict[str, str]
) -> dict[str, object]:
    return await fetch_token(session, platform.server, "id", "sécret:x", realm="clientsB2CDS", data=data)


async def test_fetch_token_with_code(platform: FakePlatform, session: aiohttp.ClientSession) -> None:
    platform.add_response({"access_token": "a", "refresh_token": "r", "expires_in": 1200, "scope": "openid"})
    tokens = await _fetch_token(platform, session, _CODE)
    assert tokens == {"access_token": "a", "refresh_token": "r", "expires_in": 1200, "scope": "openid"}
    (request,) = platform.requests
    assert (request.method, request.path, request.query_string) == ("POST", "/am/oauth2/access_token", "")
    assert parse_qs(platform.bodies[0].decode()) == {name: [value] for name, value in _CODE.items()}
    scheme, credentials = request.headers["Authorization"].split()
    assert (scheme, b64decode(credentials).decode()) == ("Basic", "id:s%C3%A9cret%3Ax")


async def test_credentials_are_form_encoded(platform: FakePlatform, session: aiohttp.ClientSession) -> None:
    platform.add_response({"access_token": "a"})
    await fetch_token(session, platform.server, "an id", "50%+:", realm=None, data=_REFRESH)
    credentials = b64decode(platform.requests[0].headers["Authorization"].split()[1]).decode()
    assert [unquote_plus(part) for part in credentials.split(":")] == ["an id", "50%+:"]


async def test_refused_for_now(platform: FakePlatform, session: aiohttp.ClientSession) -> None:
    platform.add_response({}, status=429, headers={"Retry-After": "17"})
    with pytest.raises(RateLimited) as raised:
        await _fetch_token(platform, session, _REFRESH)
    assert raised.value.retry_after == 17


async def test_refresh_sends_the_realm(platform: FakePlatform, session: aiohttp.ClientSession) -> None:
    platform.add_response({"access_token": "a"})
    await _fetch_token(platform, session, _REFRESH)
    assert platform.requests[0].query_string == "realm=clientsB2CDS"


async def test_without_realm(platform: FakePlatform, session: aiohttp.ClientSession) -> None:
    platform.add_response({"access_token": "a"})
    await fetch_token(session, platform.server, "id", "secret", realm=None, data=_REFRESH)
    await revoke_token(session, platform.server, "id", "secret", realm=None, token="t")
    assert [request.query_string for request in platform.requests] == ["", ""]


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        (600, 600),
        ("600", 600),
        (599.9, 599),
        (None, 3599),
        ("soon", 3599),
        (-5, 3599),
        (0, 3599),
        ([], 3599),
        (1e30, 3599),
    ],
)
async def test_expires_in(
    platform: FakePlatform, session: aiohttp.ClientSession, expires_in: object, seconds: int
) -> None:
    platform.add_response({"access_token": "a", "expires_in": expires_in})
    assert (await _fetch_token(platform, session, _CODE))["expires_in"] == seconds


async def test_infinite_expires_in(platform: FakePlatform, session: aiohttp.ClientSession) -> None:
    platform.add_response(text='{"access_token": "a", "expires_in": 1e999}')
    assert (await _fetch_token(platform, session, _CODE))["expires_in"] == 3599


@pytest.mark.parametrize("text", ["", "[]", "{}", "<html>", '{"access_token": ""}', '{"access_token": 7}'])
async def test_response_without_token(platform: FakePlatform, session: aiohttp.ClientSession, text: str) -> None:
    platform.add_response(text=text)
    with pytest.raises(InvalidResponse):
        await _fetch_token(platform, session, _CODE)


@pytest.mark.parametrize(
    ("status", "body", "error_class"),
    [
        (400, {"error": "invalid_grant", "error_description": "grant is invalid"}, GrantExpired),
        (401, {"error": "invalid_client"}, InvalidClient),
        (500, {"error": "server_error"}, ServerError),
        (503, {}, ServerError),
        # The API would mean by these that it has no such data, or that a permission is missing
        (400, {"httpCode": "400"}, OAuthError),
        (403, {"httpCode": "403"}, OAuthError),
        (404, {"code": 40400, "message": "No data"}, OAuthError),
        (404, {"code": 40400, "message": "No vehicle found"}, OAuthError),
    ],
)
async def test_error_responses(
    platform: FakePlatform, session: aiohttp.ClientSession, status: int, body: object, error_class: type[Exception]
) -> None:
    platform.add_response(body, status=status)
    with pytest.raises(error_class):
        await _fetch_token(platform, session, _REFRESH)
    assert len(platform.requests) == 1, "a refresh token must not be sent twice, because it may have been used"


async def test_redirect_is_not_followed(platform: FakePlatform, session: aiohttp.ClientSession) -> None:
    platform.add_response(status=307, headers={"Location": "/elsewhere"})
    with pytest.raises(InvalidResponse):
        await _fetch_token(platform, session, _REFRESH)
    assert len(platform.requests) == 1


async def test_revoke(platform: FakePlatform, session: aiohttp.ClientSession) -> None:
    platform.add_response(text="")
    await revoke_token(session, platform.server, "id", "secret", realm="clientsB2CDS", token="the token")
    (request,) = platform.requests
    assert (request.path, request.query_string) == ("/am/oauth2/token/revoke", "realm=clientsB2CDS")
    assert platform.bodies == [b"token=the+token"]
    assert b64decode(request.headers["Authorization"].split()[1]) == b"id:secret"


async def test_revoke_error(platform: FakePlatform, session: aiohttp.ClientSession) -> None:
    platform.add_response({"error": "invalid_client"}, status=401)
    with pytest.raises(InvalidClient):
        await revoke_token(session, platform.server, "id", "secret", realm="r", token="t")


async def test_unreachable_server(platform: FakePlatform, session: aiohttp.ClientSession) -> None:
    platform.url = platform.url.with_port(9)
    with pytest.raises(ConnectionFailed):
        await _fetch_token(platform, session, _CODE)
