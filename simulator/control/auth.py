"""Control of applications, grants and tokens."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from ..auth.clients import Clients
from ..auth.scopes import parse_scopes
from ..auth.tokens import Grant, TokenStore
from ..config import Client
from ..resources.links import Json
from ..world import Account, World
from .interface import ControlRoute
from .parsing import parse_object, parse_text, parse_whole_number


class AuthControl:
    """Handlers of /_control/token and /oauth."""

    def __init__(self, world: World, clients: Clients, tokens: TokenStore) -> None:
        self._world = world
        self._clients = clients
        self._tokens = tokens

    def routes(self) -> list[ControlRoute]:
        """Return the method, path and handler of each call."""
        return [("POST", "/token", self.create_token), ("PUT", "/oauth", self.change_oauth)]

    async def create_token(self, request: web.Request) -> Json:
        """Return a token set without a consent page."""
        body = parse_object(await request.json(), {"account", "brand", "scopes", "client_id", "expires_in"})
        client = self._clients.get(parse_text("client_id", body.get("client_id", "demo-client")))
        if not client:
            raise ValueError("no such client_id")
        scopes = _parse_scopes(body.get("scopes", ""), client)
        grant = Grant(client=client, account=self._account(body), scopes=scopes)
        lifetime = body.get("expires_in")
        return self._tokens.issue(grant, None if lifetime is None else parse_whole_number("expires_in", lifetime))

    async def change_oauth(self, request: web.Request) -> Json:
        """Set lifetimes, expire tokens, revoke the grants of an account, or register an application."""
        keys = {"expires_in", "code_lifetime", "expire", "revoke", "client_id", "registered"}
        body = parse_object(await request.json(), keys)
        if "client_id" in body and not self._clients.register(
            parse_text("client_id", body["client_id"]), registered=bool(body.get("registered", True))
        ):
            raise ValueError("no such client_id")
        for name in ("expires_in", "code_lifetime"):
            if name in body:
                setattr(self._tokens, name, parse_whole_number(name, body[name]))
        if body.get("expire"):
            self._tokens.expire()
        revoked = 0
        if "revoke" in body:
            revoked = self._tokens.revoke_account(self._account({"account": body["revoke"]}))
        return {
            "expires_in": self._tokens.expires_in,
            "code_lifetime": self._tokens.code_lifetime,
            "revoked": revoked,
        }

    def _account(self, body: Mapping[str, Any]) -> Account:
        name = body.get("account") or body.get("brand")
        for account in self._world.accounts.values():
            if name in (account.id, account.brand.key, account.brand.email, account.brand.realm):
                return account
        raise ValueError(f"no such account; known: {', '.join(self._world.accounts)}")


def _parse_scopes(value: Any, client: Client) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(scope, str) for scope in value):
        value = " ".join(value)
    if not isinstance(value, str):
        raise ValueError("scopes takes a list of texts, or one text")  # noqa: TRY004 - becomes status 400
    return parse_scopes(value, client)
