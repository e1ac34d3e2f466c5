"""Requests to the API: identification, refreshed tokens, retries, limits, pages."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
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
    FateUnknown,
    InvalidResponse,
    NotFound,
    NotRegistered,
    RateLimited,
    ServerUntrusted,
    StellantisError,
    TimedOut,
    Transient,
    Unauthorized,
    error_from_response,
)
from .http import TIMEOUT, Answer, ask
from .models.base import member
from .models.values import parse
from .rate_limit import PATIENCE, Budget, RateLimit

type Params = Mapping[str, str | int | float | Sequence[str] | None]

_MOST_PAGES = 200
_DELAYS = (0.5, 2.0)
# Asking again helps with none of these: certificates stay what they are, what is slow is not to be hurried, and what
# may have been done is not to be done twice.
_NOT_REPEATED = (CertificateRejected, FateUnknown, ServerUntrusted, TimedOut)
# With these a gateway says that it does not know what the platform did.
_LOST_ON_THE_WAY = frozenset((502, 504))
_GONE = Answer(status=204, headers={}, body=b"")


class TokenSource(Protocol):
    """Provides access tokens, and refreshes them once for all requests that wait for a new one."""

    async def __call__(self, stale: str | None = None) -> str:
        """Return a valid access token.

        Args:
            stale: a token that the server has just rejected. It is refreshed, unless another one has replaced it since.
        """


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
        budget: Budget | None = None,
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
            budget: of the account's requests; one of its own where it is None.
        """
        self._session = session
        self._base = str(server.api).rstrip("/")
        self._realm = realm
        self._client_id = client_id
        self._token = token
        self._ssl = ssl
        self._timeout = timeout
        self._delays = tuple(delays)
        self._budget = budget or Budget()

    @property
    def rate_limit(self) -> RateLimit:
        """What the platform last said of the limits."""
        return self._budget.rate_limit

    @property
    def budget(self) -> Budget:
        """What is left of the limits, and what of it is kept for commands."""
        return self._budget

    async def get_raw(self, path: str, params: Params | None = None, *, command: bool = False) -> bytes:
        """The body at a path below the API's base, not yet decoded.

        Args:
            path: below the API's base.
            params: of the query.
            command: it may use what is kept of the day's requests for commands.

        Raises:
            StellantisError: see `exceptions`.
        """
        return (await self._repeated("GET", path, params or {}, command=command)).body

    async def get_json(self, path: str, params: Params | None = None) -> dict[str, Any]:
        """The object at a path below the API's base.

        Raises:
            StellantisError: see `exceptions`.
        """
        return _object(await self.get_raw(path, params))

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: Mapping[str, Any] | None = None,
        command: bool = False,
    ) -> dict[str, Any] | None:
        """Send a body, or ask for an object; None where the answer is empty.

        What does the same when it is done twice is tried again after a failure. A POST is tried again only when it was
        not carried out for sure. To delete what is not there is a success, since the first try may have deleted it.

        Args:
            method: GET, POST, PUT or DELETE.
            path: below the API's base.
            params: of the query.
            body: to send.
            command: it may use what is kept of the day's requests for commands.

        Raises:
            FateUnknown: nobody knows whether a POST was carried out.
            StellantisError: see `exceptions`.
        """
        answer = await self._repeated(method, path, params or {}, body, command=command)
        try:
            return _object(answer.body) if answer.body.strip() else None
        except InvalidResponse as exc:
            raise _with_fate(method, exc) from None

    async def pages(
        self, path: str, params: Params | None, name: str, *, command: bool = False
    ) -> AsyncGenerator[dict[str, Any]]:
        """The objects of a collection, page by page, as long as the server names a next one.

        Only the query of that link is taken: behind a proxy it names another host, and a token stays with its server.

        Raises:
            StellantisError: see `exceptions`.
        """
        query = dict(params or {})
        seen: set[str] = set()
        for _ in range(_MOST_PAGES):
            page = _object(await self.get_raw(path, query, command=command))
            items = member(page, "_embedded", name)
            for item in items if isinstance(items, list) else ():
                if isinstance(item, dict):
                    yield item
            link = member(page, "_links", "next", "href")
            if not isinstance(link, str) or link in seen:
                return
            seen.add(link)
            query |= _query(link)
        raise InvalidResponse(f"the collection goes on after {_MOST_PAGES} pages")

    async def _repeated(
        self, method: str, path: str, params: Params, body: Mapping[str, Any] | None = None, *, command: bool
    ) -> Answer:
        for delay in (*self._delays, None):
            try:
                return await self._authorized(method, path, params, body, command=command)
            except NotFound:
                if method == "DELETE":
                    return _GONE
                raise
            except RateLimited as exc:
                # What was refused was not carried out; the budget waits out a refusal that is short
                if delay is None or exc.retry_after is None or exc.retry_after > PATIENCE:
                    raise
                continue
            except (ConnectionFailed, Transient) as exc:
                if delay is None or not _is_repeated(method, exc):
                    raise
                spread = delay * random.uniform(0.5, 1.5)  # noqa: S311 - spreads load, guards nothing
            await asyncio.sleep(spread)
        raise AssertionError  # pragma: no cover - the last try returns or raises

    async def _authorized(
        self, method: str, path: str, params: Params, body: Mapping[str, Any] | None, *, command: bool
    ) -> Answer:
        token = await self._token()
        try:
            return await self._once(method, path, params, body, token, command=command)
        except Unauthorized as exc:
            if isinstance(exc, NotRegistered):
                raise
        fresh = await self._token(token)
        return await self._once(method, path, params, body, fresh, command=command)

    async def _once(
        self,
        method: str,
        path: str,
        params: Params,
        body: Mapping[str, Any] | None,
        token: str,
        *,
        command: bool,
    ) -> Answer:
        wait = self._budget.take(command=command)
        try:
            if wait > 0:
                await asyncio.sleep(wait)
            return await self._sent(method, path, params, body, token)
        finally:
            self._budget.settle()

    async def _sent(self, method: str, path: str, params: Params, body: Mapping[str, Any] | None, token: str) -> Answer:
        headers = {
            "Authorization": f"Bearer {token}",
            "x-introspect-realm": self._realm,
            "Accept": "application/hal+json",
        }
        content: dict[str, Any] = {}
        if body is not None:
            headers["Content-Type"] = "application/json"
            content["data"] = orjson.dumps(body)
        try:
            answer = await ask(
                self._session,
                method,
                self._url(path, params),
                ssl=self._ssl,
                timeout=self._timeout,
                headers=headers,
                **content,
            )
        except StellantisError as exc:
            raise _with_fate(method, exc) from None
        error = _error(answer)
        self._budget.learn(answer.headers, retry_after=error.retry_after if isinstance(error, RateLimited) else None)
        if error is not None:
            raise _with_fate(method, error)
        return answer

    def _url(self, path: str, params: Params) -> URL:
        query = {
            name: value if isinstance(value, str | int | float) else list(value)
            for name, value in params.items()
            if value is not None
        }
        return URL(f"{self._base}/{path}", encoded=True).with_query({**query, "client_id": self._client_id})


def _is_repeated(method: str, exc: StellantisError) -> bool:
    return not isinstance(exc, _NOT_REPEATED) and (method != "POST" or not isinstance(exc, Transient))


def _with_fate(method: str, exc: StellantisError) -> StellantisError:
    """The failure, or the doubt in which it leaves what must not be done twice."""
    if method != "POST" or not _may_be_done(exc):
        return exc
    return FateUnknown(exc.message, status=exc.status, code=exc.code, uuid=exc.uuid)


def _may_be_done(exc: StellantisError) -> bool:
    if isinstance(exc, ConnectionFailed):
        return exc.sent
    if isinstance(exc, InvalidResponse):
        return exc.status is None or exc.status < 300  # noqa: PLR2004
    return exc.status in _LOST_ON_THE_WAY


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
