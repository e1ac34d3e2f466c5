"""Requests to the API: identification, refreshed tokens, retries, limits, pages."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
import random
from ssl import SSLContext
from typing import Any, Protocol

import aiohttp
import orjson
from yarl import URL

from .answer import TIMEOUT, Answer, ask
from .brands import Server
from .exceptions import (
    CertificateRejected,
    ConnectionFailed,
    InvalidResponse,
    NotRegistered,
    ServerUntrusted,
    StellantisError,
    TimedOut,
    Transient,
    Unauthorized,
    error_from_response,
)
from .models.base import member
from .models.values import parse
from .rate_limit import Pace, RateLimit

type Params = Mapping[str, str | int | float | Sequence[str] | None]

_MOST_PAGES = 200
_DELAYS = (0.5, 2.0)
# Asking again helps with none of these: certificates stay what they are, and what is slow is not to be hurried.
_NOT_REPEATED = (CertificateRejected, ServerUntrusted, TimedOut)


class TokenSource(Protocol):
    """Where access tokens come from."""

    async def __call__(self, stale: str | None = None) -> str:
        """A valid access token; another one than `stale`, which the server has just refused."""


class Transport:
    """The way to the API of one account."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        server: Server,
        *,
        realm: str,
        client_id: str,
        token: TokenSource,
        ssl: SSLContext | None = None,
        timeout: aiohttp.ClientTimeout = TIMEOUT,
        delays: Sequence[float] = _DELAYS,
    ) -> None:
        """Bind a session to a server.

        Args:
            session: is neither configured nor closed here.
            server: where to ask. Tokens go nowhere else.
            realm: the customer realm of the account's brand.
            client_id: of the registered application.
            token: where access tokens come from.
            ssl: with the client certificate, for a registered application.
            timeout: of each single try.
            delays: seconds before each further try, each jittered by half; their number bounds the tries.
        """
        self._session = session
        self._server = server
        self._realm = realm
        self._client_id = client_id
        self._token = token
        self._ssl = ssl
        self._timeout = timeout
        self._delays = tuple(delays)
        self._pace = Pace()
        self._rate_limit = RateLimit()

    @property
    def rate_limit(self) -> RateLimit:
        """What the platform last said of the limits."""
        return self._rate_limit

    async def get_raw(self, path: str, params: Params | None = None) -> bytes:
        """The body at a path below the API's base, not yet decoded.

        Raises:
            StellantisError: see `exceptions`.
        """
        return (await self._repeated("GET", path, params or {})).body

    async def get_json(self, path: str, params: Params | None = None) -> dict[str, Any]:
        """The object at a path below the API's base.

        Raises:
            StellantisError: see `exceptions`.
        """
        return _object(await self.get_raw(path, params))

    async def request(
        self, method: str, path: str, *, params: Params | None = None, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """Send a body, or ask for an object; None where the answer is empty.

        Only a GET is tried again after a failure, since nobody knows what became of anything else.

        Raises:
            StellantisError: see `exceptions`.
        """
        if method == "GET":
            answer = await self._repeated(method, path, params or {})
        else:
            answer = await self._authorized(method, path, params or {}, body)
        return _object(answer.body) if answer.body.strip() else None

    async def pages(self, path: str, params: Params | None, name: str) -> AsyncIterator[dict[str, Any]]:
        """The objects of a collection, page by page, as long as the server names a next one.

        Only the query of that link is taken: behind a proxy it names another host, and a token stays with its server.

        Raises:
            StellantisError: see `exceptions`.
        """
        query = dict(params or {})
        seen: set[str] = set()
        for _ in range(_MOST_PAGES):
            page = await self.get_json(path, query)
            items = member(page, "_embedded", name)
            for item in items if isinstance(items, list) else ():
                if isinstance(item, dict):
                    yield item
            link = member(page, "_links", "next", "href")
            if not isinstance(link, str) or link in seen:
                return
            seen.add(link)
            query |= _query(link)

    async def _repeated(self, method: str, path: str, params: Params) -> Answer:
        for delay in self._delays:
            try:
                return await self._authorized(method, path, params)
            except (ConnectionFailed, Transient) as exc:
                if isinstance(exc, _NOT_REPEATED):
                    raise
                await asyncio.sleep(delay * random.uniform(0.5, 1.5))  # noqa: S311 - spreads load, guards nothing
        return await self._authorized(method, path, params)

    async def _authorized(
        self, method: str, path: str, params: Params, body: Mapping[str, Any] | None = None
    ) -> Answer:
        token = await self._token()
        try:
            return await self._once(method, path, params, body, token)
        except Unauthorized as exc:
            if isinstance(exc, NotRegistered):
                raise
        fresh = await self._token(stale=token)
        return await self._once(method, path, params, body, fresh)

    async def _once(self, method: str, path: str, params: Params, body: Mapping[str, Any] | None, token: str) -> Answer:
        await asyncio.sleep(self._pace.wait(self._rate_limit.burst_limit, asyncio.get_running_loop().time()))
        headers = {
            "Authorization": f"Bearer {token}",
            "x-introspect-realm": self._realm,
            "Accept": "application/hal+json",
        }
        content: dict[str, Any] = {}
        if body is not None:
            headers["Content-Type"] = "application/json"
            content["data"] = orjson.dumps(body)
        answer = await ask(
            self._session,
            method,
            self._url(path, params),
            ssl=self._ssl,
            timeout=self._timeout,
            headers=headers,
            **content,
        )
        self._rate_limit = self._rate_limit.updated(answer.headers)
        if (error := _error(answer)) is not None:
            raise error
        return answer

    def _url(self, path: str, params: Params) -> URL:
        query = {
            name: value if isinstance(value, str | int | float) else list(value)
            for name, value in params.items()
            if value is not None
        }
        base = self._server.api
        url = base.with_path(f"{base.raw_path.rstrip('/')}/{path}", encoded=True)
        return url.with_query({**query, "client_id": self._client_id})


def _error(answer: Answer) -> StellantisError | None:
    if not answer.ok:
        return error_from_response(answer.status, answer.headers, answer.body)
    kind = answer.headers.get("Content-Type", "").lower()
    if kind and "json" not in kind and answer.body.strip():
        return InvalidResponse("the body is not JSON", status=answer.status)
    return None


def _object(body: bytes) -> dict[str, Any]:
    found = parse(body)
    if not isinstance(found, dict):
        raise InvalidResponse("the body is not an object")
    return found


def _query(link: str) -> dict[str, list[str]]:
    try:
        query = URL(link).query
    except ValueError:
        raise InvalidResponse("the link to the next page is no link") from None
    return {name: query.getall(name) for name in query if name != "client_id"}
