"""The applications that may use the API."""

from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import replace
from hmac import compare_digest

from ..config import DEMO_CLIENT, Client
from ..http.errors import OAuthError


class Clients:
    """The applications by client id."""

    def __init__(self, clients: tuple[Client, ...]) -> None:
        self._clients = {client.client_id: client for client in (DEMO_CLIENT, *clients)}

    def get(self, client_id: str) -> Client | None:
        """Return an application, or None if it is unknown."""
        return self._clients.get(client_id)

    def register(self, client_id: str, *, registered: bool) -> bool:
        """Set whether an application is registered to the plan; return False if it is unknown."""
        client = self._clients.get(client_id)
        if client:
            self._clients[client_id] = replace(client, registered=registered)
        return client is not None

    def authenticate(self, authorization: str | None) -> Client:
        """Return the application of an Authorization header with Basic authentication.

        Raises:
            OAuthError: invalid_client, if the header or the secret is invalid.
        """
        scheme, _, credentials = (authorization or "").partition(" ")
        client = None
        if scheme.lower() == "basic":
            try:
                client_id, _, secret = b64decode(credentials, validate=True).decode().partition(":")
            except Base64Error, ValueError:  # an unknown client
                client_id = secret = ""
            client = self._clients.get(client_id)
            if client and not compare_digest(client.secret.encode(), secret.encode()):
                client = None
        if not client:
            raise OAuthError("invalid_client", "Client authentication failed", status=401)
        return client
