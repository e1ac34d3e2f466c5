"""The API server: authorizes calls and dispatches them to the operations."""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from .auth.clients import Clients
from .auth.tokens import Grant, TokenStore
from .http.errors import SECURITY_CHECKS, ApiError, GatewayError, json_response, not_found
from .http.hal import check_query
from .http.rate_limits import RateLimits
from .http.request import ApiCall
from .operations import Operation
from .resources.links import API_PATH, Json
from .world import World


class Api:
    """Serves the operations under /connectedcar/v4."""

    def __init__(
        self,
        operations: Sequence[Operation],
        world: World,
        clients: Clients,
        tokens: TokenStore,
        rate_limits: RateLimits,
    ) -> None:
        self._operations = operations
        self._world = world
        self._clients = clients
        self._tokens = tokens
        self._rate_limits = rate_limits

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of all operations, and one for unknown paths."""
        routes = [web.route(row.method, API_PATH + row.path, self._handler(row)) for row in self._operations]
        return [*routes, web.route("*", API_PATH + "{unknown:.*}", self._handler(None))]

    def _handler(self, operation: Operation | None) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            headers: dict[str, str] = {}
            try:
                grant = self._authorize(request)
                headers = self._rate_limits.count(grant.client.client_id)
                if operation is None:
                    raise not_found("Not Found: no such path")
                body = await self._perform(request, grant, operation)
            except (ApiError, GatewayError) as error:
                error.headers = headers | error.headers
                return error.response()
            status, content_type = operation.status, operation.content_type
            if body is None:
                return web.Response(status=status, headers=headers)
            if isinstance(body, bytes):
                return web.Response(body=body, status=status, content_type=content_type, headers=headers)
            return json_response(body, status=status, content_type=content_type, headers=headers)

        return handle

    def _authorize(self, request: web.Request) -> Grant:
        """Return the grant of the access token, if the realm and the application match it.

        Raises:
            ApiError: 40101 for another realm.
            GatewayError: 401 for an invalid token, and for another or unregistered application.
        """
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        grant = self._tokens.check(token) if scheme.lower() == "bearer" else None
        if not grant:
            raise self._invalid_token()
        if request.headers.get("x-introspect-realm") != grant.account.brand.realm:
            raise ApiError(40101, "Unauthorized: the token does not belong to this realm")
        client = self._clients.get(request.query.get("client_id", ""))
        if not client or client.client_id != grant.client.client_id:
            raise GatewayError(401, "Unauthorized", "Invalid client id or secret.")
        if not client.registered:
            raise GatewayError(401, "Unauthorized", "Not registered to plan")
        return grant

    def _invalid_token(self) -> ApiError | GatewayError:
        """Return the error for a missing, expired or unknown access token; the platform leaves it to its gateway."""
        if self._world.config.strict:
            return ApiError(40100, "Unauthorized: the access token is missing, expired or unknown")
        return GatewayError(401, "Unauthorized", SECURITY_CHECKS)

    async def _perform(self, request: web.Request, grant: Grant, operation: Operation) -> Json | bytes | None:
        accepted = operation.query if self._world.config.strict else operation.query | operation.ignored_query
        check_query(request.query, accepted)
        missing = operation.required.difference(grant.data_scopes)
        if missing:
            raise ApiError(40300, f"Forbidden: the scope {min(missing)} is missing")
        call = ApiCall(
            request=request,
            query_names=operation.query,
            client_id=grant.client.client_id,
            account=grant.account,
            scopes=grant.data_scopes,
            is_brand_app=grant.client.reads_everything and not self._world.config.strict,
            world=self._world,
        )
        return await operation.handler(call)
