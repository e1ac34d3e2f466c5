"""The applications that the platform knows."""

from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import replace
from hmac import compare_digest

from ..config import DEMO_CLIENT, Client
from ..http.errors import OAuthError


class Clients:
    """Applications by client id; whether one is registered to the plan can change."""

    def __init__(self, clients: tuple[Client, ...]) -> None:
        self._known = {client.client_id: client for client in (DEMO_CLIENT, *clients)}

    def get(self, client_id: str) -> Client | None:
        """Return an application."""
        return self._known.get(client_id)

    def register(self, client_id: str, *, registered: bool) -> bool:
        """Say whether an application is registered to the plan; False if there is no such application."""
        client = self._known.get(client_id)
        if client:
            self._known[client_id] = replace(client, registered=registered)
        return client is not None

    def authenticate(self, authorization: str | None) -> Client:
        """Return the application that Basic authentication names.

        Raises OAuthError invalid_client.
        """
        scheme, _, credentials = (authorization or "").partition(" ")
        client = None
        if scheme.lower() == "basic":
            try:
                client_id, _, secret = b64decode(credentials, validate=True).decode().partition(":")
            except Base64Error, ValueError:  # what does not decode names nobody
                client_id = secret = ""
            client = self._known.get(client_id)
            if client and not compare_digest(client.secret.encode(), secret.encode()):
                client = None
        if not client:
            raise OAuthError("invalid_client", "Client authentication failed", status=401)
        return client
