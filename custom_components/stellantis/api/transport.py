"""Requests to the API: authentication, retries, rate limits and paging."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
import random
from ssl import SSLContext
from typing import Any, Protocol

import aiohttp
import orjson
from yarl import URL

from .brands import Server
from .exceptions import (
    CertificateRejected,
    ConnectionFailed,
    InvalidResponse,
    NotFound,
    NotRegistered,
    OutcomeUnknown,
    RateLimited,
    ServerUntrusted,
    StellantisError,
    TimedOut,
    Transient,
    Unauthorized,
    error_from_response,
)
from .http import DEFAULT_TIMEOUT, HttpResponse, send
from .models.base import get_nested
from .models.values import parse_json
from .rate_limit import MAX_WAIT, Budget, RateLimit

type Params = Mapping[str, str | int | float | Sequence[str] | None]

_MAX_PAGES = 200
_RETRY_DELAYS = (0.5, 2.0)
# Certificates do not change, a retry makes a slow server slower, and a command must not be executed twice.
_NON_RETRYABLE = (CertificateRejected, OutcomeUnknown, ServerUntrusted, TimedOut)
# A server or gateway that fails does not tell whether the platform executed the request.
_SERVER_ERROR = 500
_NO_CONTENT = HttpResponse(status=204, headers={}, body=b"")


class TokenProvider(Protocol):
    """Provides access tokens. Concurrent requests for a new token must share one refresh."""

    async def __call__(self, rejected_token: str | None = None) -> str:
        """Return a valid access token.

        Args:
            rejected_token: A token that the server has rejected. If it is still the current one, it is refreshed,
                unless that was done a short time ago; then the rejected token is returned.
        """


class Transport:
    """Sends authenticated requests to the API for one account."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        server: Server,
        *,
        realm: str,
        client_id: str,
        token_provider: TokenProvider,
        ssl: SSLContext | None = None,
        timeout: aiohttp.ClientTimeout = DEFAULT_TIMEOUT,
        retry_delays: Sequence[float] = _RETRY_DELAYS,
        budget: Budget | None = None,
    ) -> None:
        """Create a transport.

        Args:
            session: The HTTP session; it is not closed here.
            server: The server. Tokens are sent to no other server.
            realm: The customer realm of the account's brand.
            client_id: The id of the registered application.
            token_provider: Provides the access tokens.
            ssl: The SSL context with the client certificate of a registered application.
            timeout: The timeout of each attempt.
            retry_delays: Seconds before each retry, jittered by ±50 %. Their number is the maximum number of retries.
            budget: The request budget of the account; None creates one.
        """
        self._session = session
        self._base_url = str(server.api).rstrip("/")
        self._realm = realm
        self._client_id = client_id
        self._token_provider = token_provider
        self._ssl = ssl
        self._timeout = timeout
        self._retry_delays = tuple(retry_delays)
        self._budget = budget or Budget()

    @property
    def rate_limit(self) -> RateLimit:
        """The rate limits most recently reported by the platform."""
        return self._budget.rate_limit

    @property
    def budget(self) -> Budget:
        """The remaining requests, including the reserve for commands."""
        return self._budget

    async def get_raw(self, path: str, params: Params | None = None, *, use_reserve: bool = False) -> bytes:
        """Send a GET request and return the undecoded body.

        Args:
            path: The path relative to the API's base URL.
            params: The query parameters; None values are omitted.
            use_reserve: Whether the request may use the reserve for commands.

        Raises:
            StellantisError: The request failed.
        """
        return (await self._with_retries("GET", path, params or {}, use_reserve=use_reserve)).body

    async def get_json(self, path: str, params: Params | None = None) -> dict[str, Any]:
        """Send a GET request and return the JSON object.

        Raises:
            StellantisError: The request failed.
        """
        return _parse_object(await self.get_raw(path, params))

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: Mapping[str, Any] | None = None,
        use_reserve: bool = False,
    ) -> dict[str, Any] | None:
        """Send a request with a JSON body.

        Idempotent requests are retried after temporary failures, a POST only if it was certainly not executed. A DELETE
        of a missing resource succeeds, because an earlier attempt may have deleted it.

        Args:
            method: GET, POST, PUT or DELETE.
            path: The path relative to the API's base URL.
            params: The query parameters; None values are omitted.
            body: The JSON body.
            use_reserve: Whether the request may use the reserve for commands.

        Returns:
            The JSON object of the response, or None if the response is empty.

        Raises:
            OutcomeUnknown: It is unknown whether the POST was executed.
            StellantisError: The request failed.
        """
        response = await self._with_retries(method, path, params or {}, body, use_reserve=use_reserve)
        try:
            return _parse_object(response.body) if response.body.strip() else None
        except InvalidResponse as exc:
            raise _as_outcome_unknown(method, exc) from None

    async def iterate_items(
        self, path: str, params: Params | None, embedded_name: str, *, use_reserve: bool = False
    ) -> AsyncGenerator[dict[str, Any]]:
        """Iterate over the objects of a collection and follow its links to the next page.

        Anything else among them is passed as an empty object, so that it is known that something is listed.

        Only the query of these links is used: behind a proxy they point to another host, and tokens must not be sent
        there.

        Args:
            path: The path relative to the API's base URL.
            params: The query parameters; None values are omitted.
            embedded_name: The key of the list in `_embedded`.
            use_reserve: Whether the requests may use the reserve for commands.

        Raises:
            InvalidResponse: Something else is listed than objects.
            StellantisError: A request failed.
        """
        query = dict(params or {})
        seen: set[str] = set()
        for _ in range(_MAX_PAGES):
            page = _parse_object(await self.get_raw(path, query, use_reserve=use_reserve))
            for item in _parse_items(page, embedded_name):
                yield item
            link = get_nested(page, "_links", "next", "href")
            if not isinstance(link, str) or link in seen:
                return
            seen.add(link)
            query |= _parse_next_query(link)
        raise InvalidResponse(f"the collection goes on after {_MAX_PAGES} pages")

    async def _with_retries(
        self, method: str, path: str, params: Params, body: Mapping[str, Any] | None = None, *, use_reserve: bool
    ) -> HttpResponse:
        for delay in (*self._retry_delays, None):
            try:
                return await self._with_auth(method, path, params, body, use_reserve=use_reserve)
            except NotFound:
                if method == "DELETE":
                    return _NO_CONTENT
                raise
            except RateLimited as exc:
                # A refused request was not executed. Before the retry, the budget waits for a short retry_after.
                if delay is None or exc.retry_after is None or exc.retry_after > MAX_WAIT:
                    raise
                continue
            except (ConnectionFailed, Transient) as exc:
                if delay is None or not _is_retryable(method, exc):
                    raise
                jittered_delay = delay * random.uniform(0.5, 1.5)  # noqa: S311 - not used for security
            await asyncio.sleep(jittered_delay)
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    async def _with_auth(
        self, method: str, path: str, params: Params, body: Mapping[str, Any] | None, *, use_reserve: bool
    ) -> HttpResponse:
        token = await self._token_provider()
        try:
            return await self._attempt(method, path, params, body, token, use_reserve=use_reserve)
        except NotRegistered:
            raise
        except Unauthorized as exc:
            new_token = await self._token_provider(token)
            if new_token == token:
                raise exc from None
        return await self._attempt(method, path, params, body, new_token, use_reserve=use_reserve)

    async def _attempt(
        self,
        method: str,
        path: str,
        params: Params,
        body: Mapping[str, Any] | None,
        token: str,
        *,
        use_reserve: bool,
    ) -> HttpResponse:
        wait = self._budget.acquire(use_reserve=use_reserve)
        try:
            if wait > 0:
                await asyncio.sleep(wait)
            return await self._send(method, path, params, body, token)
        finally:
            self._budget.release()

    async def _send(
        self, method: str, path: str, params: Params, body: Mapping[str, Any] | None, token: str
    ) -> HttpResponse:
        headers = {
            "Authorization": f"Bearer {token}",
            "x-introspect-realm": self._realm,
            "Accept": "application/hal+json",
        }
        request_body: dict[str, Any] = {}
        if body is not None:
            headers["Content-Type"] = "application/json"
            request_body["data"] = orjson.dumps(body)
        try:
            response = await send(
                self._session,
                method,
                self._url(path, params),
                ssl=self._ssl,
                timeout=self._timeout,
                headers=headers,
                **request_body,
            )
        except StellantisError as exc:
            if _may_have_executed(exc):
                self._budget.count_unreported()
            raise _as_outcome_unknown(method, exc) from None
        error = _response_error(response)
        retry_after = error.retry_after if isinstance(error, RateLimited) else None
        if not self._budget.update(response.headers, retry_after=retry_after) and not isinstance(error, RateLimited):
            self._budget.count_unreported()
        if error is not None:
            raise _as_outcome_unknown(method, error)
        return response

    def _url(self, path: str, params: Params) -> URL:
        url = _build_url(f"{self._base_url}/{path}", self._client_id)
        query = {
            name: value if isinstance(value, str | int | float) else list(value)
            for name, value in params.items()
            if value is not None
        }
        return url.with_query({**query, "client_id": self._client_id}) if query else url


@lru_cache
def _build_url(address: str, client_id: str) -> URL:
    return URL(address, encoded=True).with_query(client_id=client_id)


def _is_retryable(method: str, exc: StellantisError) -> bool:
    return not isinstance(exc, _NON_RETRYABLE) and (method != "POST" or not isinstance(exc, Transient))


def _as_outcome_unknown(method: str, exc: StellantisError) -> StellantisError:
    """Return OutcomeUnknown for a POST that may have been executed, else the error itself."""
    if method != "POST" or not _may_have_executed(exc):
        return exc
    return OutcomeUnknown(exc.message, status=exc.status, code=exc.code, uuid=exc.uuid)


def _may_have_executed(exc: StellantisError) -> bool:
    if isinstance(exc, ConnectionFailed):
        return exc.maybe_sent
    if isinstance(exc, InvalidResponse):
        return exc.status is None or exc.status < 300  # noqa: PLR2004
    return exc.status is not None and (exc.status == HTTPStatus.REQUEST_TIMEOUT or exc.status >= _SERVER_ERROR)


def _response_error(response: HttpResponse) -> StellantisError | None:
    if not response.ok:
        return error_from_response(response.status, response.headers, response.body)
    content_type = response.headers.get("Content-Type", "").lower()
    if content_type and "json" not in content_type and response.body.strip():
        return InvalidResponse("the body is not JSON", status=response.status)
    return None


def _parse_object(body: bytes) -> dict[str, Any]:
    payload = parse_json(body)
    if not isinstance(payload, dict):
        raise InvalidResponse("the body is not an object")
    return payload


def _parse_items(page: dict[str, Any], embedded_name: str) -> list[dict[str, Any]]:
    embedded = page.get("_embedded") or {}
    items = (embedded.get(embedded_name) or []) if isinstance(embedded, dict) else None
    if not isinstance(items, list):
        raise InvalidResponse("the collection is not a list")
    return [item if isinstance(item, dict) else {} for item in items]


def _parse_next_query(link: str) -> dict[str, list[str]]:
    try:
        query = URL(link).query
    except ValueError:
        raise InvalidResponse("the link to the next page is not a valid URL") from None
    return {name: query.getall(name) for name in query if name != "client_id"}
