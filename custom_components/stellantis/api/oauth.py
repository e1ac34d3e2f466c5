"""Requests to the authorization server: fetch and revoke tokens."""

from base64 import b64encode
from collections.abc import Mapping
from ssl import SSLContext
from typing import Any
from urllib.parse import quote_plus

import aiohttp
from yarl import URL

from .brands import Server
from .exceptions import (
    Forbidden,
    InvalidRequest,
    InvalidResponse,
    NotFound,
    OAuthError,
    StellantisError,
    error_from_oauth_response,
)
from .http import HttpResponse, send
from .models.values import parse_json

_DEFAULT_LIFETIME = 3599
_MAX_LIFETIME = 10 * 365 * 86400
# Errors that mean something about a car, a permission or a request of the API
_API_REFUSALS = (Forbidden, InvalidRequest, NotFound)


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
    """Exchange an authorization code or a refresh token for tokens.

    Args:
        session: The HTTP session.
        server: The server of the account's brand.
        client_id: The id of the registered application.
        client_secret: The secret of the registered application.
        realm: The customer realm; only sent with refresh tokens.
        data: The form fields of the request: the `grant_type` and its code or refresh token.
        ssl: The SSL context with the client certificate, if there is one.

    Returns:
        The members of the response. `access_token` is always present and `expires_in` is an int in seconds. A
        `refresh_token` replaces the one that was sent, which is invalid from then on.

    Raises:
        GrantExpired: The user must give consent again.
        InvalidClient: The client id or secret is wrong.
        OAuthError: The server refused for another reason.
        ConnectionFailed: The server was not reached; the tokens remain valid.
        ServerError: The server failed; the tokens remain valid.
        InvalidResponse: The response is malformed; the tokens remain valid.
    """
    url = server.token_url
    if realm is not None and data.get("grant_type") == "refresh_token":
        url = url.with_query(realm=realm)
    response = await _post(session, url, client_id, client_secret, data, ssl)
    tokens = parse_json(response.body)
    if not isinstance(tokens, dict):
        raise InvalidResponse("the response contains no token")
    access_token = tokens.get("access_token")
    if not isinstance(access_token, str) or not access_token:
        raise InvalidResponse("the response contains no token")
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
    """Revoke a token. Revoking a refresh token also revokes its access tokens.

    Raises:
        StellantisError: See `fetch_token`.
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
    # Both are form-encoded: RFC 6749, section 2.3.1
    credentials = b64encode(f"{quote_plus(client_id)}:{quote_plus(client_secret)}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}", "Accept": "application/json"}
    response = await send(session, "POST", url, ssl=ssl, headers=headers, data=dict(data))
    if not response.ok:
        raise _error_from(response)
    return response


def _error_from(response: HttpResponse) -> StellantisError:
    """Return the error for an unsuccessful response, from which nobody concludes that the API refused a request."""
    error = error_from_oauth_response(response.status, response.body, response.headers)
    if isinstance(error, _API_REFUSALS):
        return OAuthError(f"status {response.status}", error.message, status=response.status)
    return error


def _parse_lifetime(lifetime: object) -> int:
    try:
        seconds = int(lifetime)  # type: ignore[call-overload]
    except TypeError, ValueError, OverflowError:
        return _DEFAULT_LIFETIME
    return seconds if 0 < seconds < _MAX_LIFETIME else _DEFAULT_LIFETIME
