"""The applications that may use the API."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import replace
from hmac import compare_digest
from urllib.parse import unquote_plus

from ..config import CLIENTS, Client
from ..http.errors import OAuthError


class Clients:
    """The applications by client id."""

    def __init__(self, clients: tuple[Client, ...]) -> None:
        self._clients = {client.client_id: client for client in (*CLIENTS, *clients)}

    def get(self, client_id: str) -> Client | None:
        """Return an application, or None if it is unknown."""
        return self._clients.get(client_id)

    def register(self, client_id: str, *, registered: bool) -> bool:
        """Set whether an application is registered to the plan; return False if it is unknown."""
        client = self._clients.get(client_id)
        if client:
            self._clients[client_id] = replace(client, registered=registered)
        return client is not None

    def authenticate(self, authorization: str | None, params: Mapping[str, str]) -> Client:
        """Return the application that sent a request.

        Args:
            authorization: The Authorization header. With Basic authentication, id and secret are form-encoded
                (RFC 6749, section 2.3.1).
            params: The parameters of the request. Without the header, `client_id` and `client_secret` count.

        Raises:
            OAuthError: invalid_client, if the application is unknown or its secret is wrong.
        """
        scheme, _, credentials = (authorization or "").partition(" ")
        if scheme.lower() == "basic":
            client_id, secret = _decode_basic(credentials)
        else:
            client_id, secret = params.get("client_id", ""), params.get("client_secret", "")
        client = self._clients.get(client_id)
        if not client or not compare_digest(client.secret.encode(), secret.encode(errors="replace")):
            raise OAuthError("invalid_client", "Client authentication failed", status=401)
        return client


def _decode_basic(credentials: str) -> tuple[str, str]:
    """Return the id and secret of Basic authentication; empty if they cannot be decoded."""
    try:
        client_id, _, secret = b64decode(credentials, validate=True).decode().partition(":")
    except (Base64Error, ValueError):
        return "", ""
    return unquote_plus(client_id), unquote_plus(secret)
