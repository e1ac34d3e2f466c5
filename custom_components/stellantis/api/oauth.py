"""The authorization server: tokens for codes, tokens for refresh tokens, and their end."""

from base64 import b64encode
from collections.abc import Mapping
from ssl import SSLContext
from typing import Any

import aiohttp
from yarl import URL

from .brands import Server
from .exceptions import InvalidResponse, error_from_oauth_response
from .http import HttpResponse, send
from .models.values import parse_json

_DEFAULT_LIFETIME = 3599
_MAX_LIFETIME = 10 * 365 * 86400


async def fetch_token(
    session: aiohttp.ClientSession,
    server: Server,
    client_id: str,
    client_secret: str,
    *,
    realm: str | None,
    data: Mapping[str, str],
    ssl: SSLContext | None = None,
) -> dict[str, Any]:
    """Exchange what `data` holds, a code or a refresh token with its `grant_type`, for tokens.

    Returns:
        The answer's members; `access_token` is there, and `expires_in` is an int of seconds. A `refresh_token` in it
        replaces the one that was sent, which is dead from now on.

    Raises:
        GrantExpired: the user must consent again.
        InvalidClient: the client id or secret is wrong.
        OAuthError: another refusal.
        ConnectionFailed, ServerError, InvalidResponse: a bad day of the server, no reason to drop a token.
    """
    url = server.token_url
    if realm is not None and data.get("grant_type") == "refresh_token":
        url = url.with_query(realm=realm)
    response = await _post(session, url, client_id, client_secret, data, ssl)
    tokens = parse_json(response.body)
    if not isinstance(tokens, dict):
        raise InvalidResponse("the answer holds no token")
    access_token = tokens.get("access_token")
    if not isinstance(access_token, str) or not access_token:
        raise InvalidResponse("the answer holds no token")
    return {**tokens, "expires_in": _parse_lifetime(tokens.get("expires_in"))}


async def revoke_token(
    session: aiohttp.ClientSession,
    server: Server,
    client_id: str,
    client_secret: str,
    *,
    realm: str | None,
    token: str,
    ssl: SSLContext | None = None,
) -> None:
    """Make a token worthless; a refresh token takes its access tokens along.

    Raises:
        StellantisError: as for `fetch_token`.
    """
    url = server.revoke_url if realm is None else server.revoke_url.with_query(realm=realm)
    await _post(session, url, client_id, client_secret, {"token": token}, ssl)


async def _post(
    session: aiohttp.ClientSession,
    url: URL,
    client_id: str,
    client_secret: str,
    data: Mapping[str, str],
    ssl: SSLContext | None,
) -> HttpResponse:
    credentials = b64encode(f"{client_id}:{client_secret}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}", "Accept": "application/json"}
    response = await send(session, "POST", url, ssl=ssl, headers=headers, data=dict(data))
    if not response.ok:
        raise error_from_oauth_response(response.status, response.body)
    return response


def _parse_lifetime(lifetime: object) -> int:
    try:
        seconds = int(lifetime)  # type: ignore[call-overload]
    except TypeError, ValueError, OverflowError:
        return _DEFAULT_LIFETIME
    return seconds if 0 < seconds < _MAX_LIFETIME else _DEFAULT_LIFETIME
