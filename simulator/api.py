"""The API: who may call, and what the operations answer."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from .auth.clients import Clients
from .auth.tokens import Grant, TokenStore
from .http.errors import ApiError, GatewayError, json_response, not_found
from .http.hal import BASE, Json, check_query
from .http.rate_limits import Limits
from .http.request import Call, Operation
from .operations import OPERATIONS
from .push.service import Push
from .world import World


class Api:
    """Handlers of /connectedcar/v4."""

    def __init__(self, world: World, clients: Clients, tokens: TokenStore, limits: Limits, push: Push) -> None:
        self._world = world
        self._clients = clients
        self._tokens = tokens
        self._limits = limits
        self._push = push
        self.raw_statuses: dict[str, bytes] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return what is served."""
        rows = [web.route(row.method, BASE + row.path, self._handler(row)) for row in OPERATIONS]
        return [*rows, web.route("*", BASE + "{unknown:.*}", self._handler(None))]

    def _handler(self, row: Operation | None) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            headers: dict[str, str] = {}
            try:
                grant = self._admit(request)
                headers = self._limits.count(grant.client.client_id)
                if row is None:
                    raise not_found("Not Found: no such path")
                body = await self._perform(request, grant, row)
            except (ApiError, GatewayError) as error:
                error.headers = headers | error.headers
                return error.response()
            if body is None:
                return web.Response(status=row.status, headers=headers)
            if isinstance(body, bytes):
                return web.Response(body=body, status=row.status, content_type=row.content_type, headers=headers)
            return json_response(body, status=row.status, content_type=row.content_type, headers=headers)

        return answer

    def _admit(self, request: web.Request) -> Grant:
        """Return the grant of a caller who shows a live token, its realm, and the application that it belongs to."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        grant = self._tokens.check(token) if scheme.lower() == "bearer" else None
        if not grant:
            raise ApiError(40100, "Unauthorized: the access token is missing, expired or unknown")
        if request.headers.get("x-introspect-realm") != grant.account.brand.realm:
            raise ApiError(40101, "Unauthorized: the token does not belong to this realm")
        client = self._clients.get(request.query.get("client_id", ""))
        if not client or client.client_id != grant.client.client_id:
            raise GatewayError(401, "Unauthorized", "Invalid client id or secret.")
        if not client.registered:
            raise GatewayError(401, "Unauthorized", "Not registered to plan")
        return grant

    async def _perform(self, request: web.Request, grant: Grant, row: Operation) -> Json | bytes | None:
        check_query(request.query, row.query)
        missing = row.required.difference(grant.scopes)
        if missing:
            raise ApiError(40300, f"Forbidden: the scope {min(missing)} is missing")
        call = Call(
            request=request,
            operation=row,
            grant=grant,
            world=self._world,
            push=self._push,
            raw_statuses=self.raw_statuses,
        )
        return await row.answer(call)
