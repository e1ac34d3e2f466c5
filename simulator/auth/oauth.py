"""The authorization server: consent, tokens and revocation."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import urlencode, urlsplit, urlunsplit

from aiohttp import web

from ..config import Client
from ..http.errors import OAuthError, json_response
from ..world import Account, World
from .clients import Clients
from .consent import consent_page, error_page
from .scopes import parse_scopes, registered_scopes
from .tokens import CHALLENGE_METHODS, Challenge, TokenStore

OAUTH_PATH = "/am/oauth2"
NO_STORE = {"Cache-Control": "no-store"}


class OAuthServer:
    """Handlers of the requests under /am/oauth2."""

    def __init__(self, world: World, clients: Clients, tokens: TokenStore) -> None:
        self._world = world
        self._is_strict = world.config.strict
        self._clients = clients
        self._tokens = tokens

    def routes(self) -> list[web.RouteDef]:
        """Return its routes."""
        return [
            web.get(f"{OAUTH_PATH}/authorize", self.show_consent, allow_head=False),
            web.post(f"{OAUTH_PATH}/authorize", self.submit_consent),
            web.post(f"{OAUTH_PATH}/access_token", _with_oauth_errors(self.access_token)),
            web.post(f"{OAUTH_PATH}/token/revoke", _with_oauth_errors(self.revoke)),
        ]

    async def show_consent(self, request: web.Request) -> web.Response:
        """Show the consent page; `auto=allow` or `auto=deny` decides immediately, for scripts."""
        query = request.query
        client = self._clients.get(query.get("client_id", ""))
        redirect_uri = query.get("redirect_uri", "")
        if not client or not urlsplit(redirect_uri).scheme:
            return _page(error_page("This application is not known here, or says no redirect URI."), status=400)
        accounts = self._accounts(query.get("realm"))
        scopes = parse_scopes(query.get("scope"), client)
        if refusal := _refusal(query, client, accounts, scopes):
            return _redirect(query, **refusal)
        if auto := query.get("auto"):
            return self._decide(query, client, auto, accounts[0], scopes)
        return _page(consent_page(accounts, scopes))

    async def submit_consent(self, request: web.Request) -> web.Response:
        """Handle the form of the consent page: `decision`, `account` and the granted `scope` values."""
        query, form = request.query, await request.post()
        client = self._clients.get(query.get("client_id", ""))
        redirect_uri = query.get("redirect_uri", "")
        account_name = form.get("account")
        accounts = self._accounts(query.get("realm"))
        account = next((item for item in accounts if account_name in {item.id, item.brand.key, item.brand.email}), None)
        if account_name is None and accounts:
            account = accounts[0]
        if not client or not urlsplit(redirect_uri).scheme or not account:
            return _page(error_page("This form does not belong to a request of a known application."), status=400)
        requested = parse_scopes(query.get("scope"), client)
        if refusal := _refusal(query, client, accounts, requested):
            return _redirect(query, **refusal)
        checked = {str(value) for value in form.getall("scope", [])}
        granted = tuple(scope for scope in requested if scope in checked)
        return self._decide(query, client, str(form.get("decision")), account, granted)

    async def access_token(self, request: web.Request) -> web.Response:
        """Return a token set for an authorization code or a refresh token."""
        params = await self._params(request)
        client = self._clients.authenticate(request.headers.get("Authorization"), params)
        match params.get("grant_type"):
            case "authorization_code":
                grant = self._tokens.redeem(
                    params.get("code", ""), client, params.get("redirect_uri", ""), params.get("code_verifier", "")
                )
            case "refresh_token":
                realm = request.query.get("realm")
                if not realm and self._is_strict:
                    raise OAuthError("invalid_request", "the query parameter realm is missing")
                grant = self._tokens.refresh(params.get("refresh_token", ""), client, realm)
            case _:
                raise OAuthError("unsupported_grant_type", "Grant type is not supported")
        return json_response(self._tokens.issue(grant), content_type="application/json", headers=NO_STORE)

    async def revoke(self, request: web.Request) -> web.Response:
        """Revoke a token, and all other tokens of its grant."""
        params = await self._params(request)
        client = self._clients.authenticate(request.headers.get("Authorization"), params)
        self._tokens.revoke(params.get("token", ""), client)
        return json_response({}, content_type="application/json", headers=NO_STORE)

    async def _params(self, request: web.Request) -> Mapping[str, str]:
        """Return the parameters of a request to a token endpoint.

        The description puts them into the form, and the client's secret into the Authorization header. The platform
        also accepts all of them in the form or the query.
        """
        form = {name: str(value) for name, value in (await request.post()).items()}
        if self._is_strict:
            return {name: value for name, value in form.items() if name != "client_secret"}
        return {**request.query, **form}

    def _accounts(self, realm: str | None) -> list[Account]:
        return [account for account in self._world.accounts.values() if realm in {None, account.brand.realm}]

    def _decide(
        self, query: Mapping[str, str], client: Client, decision: str, account: Account, scopes: tuple[str, ...]
    ) -> web.Response:
        if decision != "allow" or not scopes:
            return _redirect(
                query, error="access_denied", error_description="Resource Owner did not authorize the request"
            )
        challenge = (
            Challenge(query["code_challenge"], query.get("code_challenge_method", "plain"))
            if "code_challenge" in query
            else None
        )
        code = self._tokens.create_code(client, account, scopes, query["redirect_uri"], challenge)
        return _redirect(query, code=code, scope=" ".join(scopes))


def _refusal(
    query: Mapping[str, str], client: Client, accounts: Sequence[Account], scopes: Sequence[str]
) -> dict[str, str] | None:
    """Return the error with which a request for consent is redirected back, or None if it is valid."""
    if query.get("response_type") != "code":
        return {"error": "unsupported_response_type", "error_description": "response_type must be code"}
    if not accounts:
        return {"error": "invalid_request", "error_description": "unknown realm"}
    if unknown := [scope for scope in scopes if scope not in registered_scopes(client)]:
        return {"error": "invalid_scope", "error_description": f"Unknown/invalid scope(s): [{', '.join(unknown)}]"}
    if query.get("code_challenge_method", "plain") not in CHALLENGE_METHODS:
        return {"error": "invalid_request", "error_description": "Invalid code_challenge_method"}
    return None


def _with_oauth_errors(
    handler: Callable[[web.Request], Awaitable[web.Response]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except OAuthError as error:
            return error.response()

    return handle


def _redirect(query: Mapping[str, str], **params: str) -> web.Response:
    """Redirect to the application.

    The URI is assembled by hand, because URL libraries change URIs with a custom scheme.
    """
    if "state" in query:
        params["state"] = query["state"]
    parts = urlsplit(query["redirect_uri"])
    joined = "&".join(filter(None, (parts.query, urlencode(params))))
    return web.Response(status=302, headers={"Location": urlunsplit(parts._replace(query=joined))} | NO_STORE)


def _page(html: str, status: int = 200) -> web.Response:
    headers = NO_STORE | {
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
    }
    return web.Response(text=html, status=status, content_type="text/html", headers=headers)
