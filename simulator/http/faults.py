"""Fault injection: rules that change the responses to requests."""

from asyncio import sleep
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
import gzip
from http import HTTPStatus
import json
from socket import SO_LINGER, SOL_SOCKET
from struct import pack
from typing import Any, Literal

from aiohttp import web

from ..resources.links import API_PATH
from .errors import HAL_JSON, SECURITY_CHECKS, ApiError, GatewayError
from .rate_limits import retry_headers

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# The kinds of malformed bodies.
GARBAGE = ("truncated", "html", "empty", "wrong_type", "binary", "list", "huge", "bomb")
# In bytes; what a bomb becomes when it is decompressed.
_HUGE = 16 * 1024 * 1024
_HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"


@dataclass(slots=True, kw_only=True)
class Fault:
    """A rule for responses. Its actions are applied in the order of the attributes.

    Attributes:
        path: The requests that it applies to: a template without the base path of the API
            (`/user/vehicles/{id}/status`), a path, or the start of either followed by `*`.
        method: The method that it applies to; None for all.
        delay: Seconds to wait first.
        trickle: Seconds to wait after each byte of the body.
        reset: Whether to reset the connection: True before the response, "body" in the middle of it.
        garbage: The kind of malformed body to send, one of `GARBAGE`.
        status: The status to send.
        body: The body to send; a string is sent as HTML.
        headers: Headers to add.
        retry_after: Seconds that status 429 tells to wait.
        times: How often it is applied; None for no limit.
        until: The simulated time at which it ends, in seconds since 1970; None for no end.
    """

    path: str = "*"
    method: str | None = None
    delay: float = 0.0
    trickle: float = 0.0
    reset: bool | Literal["body"] = False
    garbage: str | None = None
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    retry_after: int | None = None
    times: int | None = None
    until: float | None = None

    def matches(self, method: str, template: str, path: str, now: float) -> bool:
        """Return whether the rule applies to a request."""
        is_over = self.times == 0 or (self.until is not None and now >= self.until)
        if is_over or self.method not in {None, method}:
            return False
        if self.path.endswith("*"):
            return any(name.startswith(self.path[:-1]) for name in (template, path))
        return self.path in {template, path}

    @property
    def replaces_response(self) -> bool:
        """Whether the response is not the simulator's own."""
        return bool(self.trickle or self.reset or self.garbage or self.status or self.body is not None)

    async def apply(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Apply the rule to a request and return the response."""
        if self.times:
            self.times -= 1
        if self.delay:
            await request.read()  # the server goes on with the request although its client may have gone meanwhile
            await sleep(self.delay)
        if self.reset is True:
            _reset_connection(request)
            return web.Response(status=499)
        if self.reset == "body" or self.garbage == "truncated":
            response = await _truncated(await handler(request), request, reset=self.reset == "body")
        elif self.garbage:
            response = _malformed(self.garbage)
        elif self.status or self.body is not None:
            response = self._response()
        else:
            response = await handler(request)
        if self.trickle and not response.prepared:
            return await _trickled(response, request, self.trickle)
        response.headers.update(self.headers)
        return response

    def _response(self) -> web.Response:
        status = self.status or 200
        headers = retry_headers(self.retry_after or 1) if status == 429 else {}
        if isinstance(self.body, str):
            return web.Response(text=self.body, status=status, content_type="text/html", headers=headers)
        if self.body is None and status == HTTPStatus.UNAUTHORIZED:
            return GatewayError(status, "Unauthorized", SECURITY_CHECKS).response()
        if self.body is None and status >= 400:
            error = ApiError(status * 100, _MESSAGES.get(status, "Error"))
            error.headers = headers
            return error.response()
        text = None if self.body is None else json.dumps(self.body)
        return web.Response(text=text, status=status, content_type=HAL_JSON, headers=headers)


_MESSAGES = {403: "Forbidden", 404: "Not Found", 429: "Rate Limit exceeded", 500: "Internal Error"}


class Faults:
    """The active rules; the first one that matches is applied."""

    def __init__(self) -> None:
        self.rules: list[Fault] = []

    def find(self, request: web.Request, template: str, now: float) -> Fault | None:
        """Return the rule that applies to a request at a simulated time, if any."""
        path = request.path.removeprefix(API_PATH)
        return next((rule for rule in self.rules if rule.matches(request.method, template, path, now)), None)


def _malformed(kind: str) -> web.Response:
    if kind == "html":
        return web.Response(text=_HTML, content_type="text/html")
    if kind == "wrong_type":
        return web.Response(text="{}", content_type="text/plain")
    if kind == "bomb":
        return web.Response(body=_bomb(), content_type=HAL_JSON, headers={"Content-Encoding": "gzip"})
    return web.Response(body=_MALFORMED_BODIES[kind](), content_type=HAL_JSON)


_MALFORMED_BODIES: dict[str, Callable[[], bytes]] = {
    "empty": bytes,
    "binary": lambda: bytes(range(256)),
    "list": lambda: b"[1, 2]",
    "huge": lambda: b" " * _HUGE,
}


@cache
def _bomb() -> bytes:
    """Return a small body that is huge when it is decompressed."""
    return gzip.compress(b" " * _HUGE)


async def _truncated(original: web.StreamResponse, request: web.Request, *, reset: bool) -> web.StreamResponse:
    whole = _body_of(original)
    half = whole[: len(whole) // 2]
    if not reset:
        return web.Response(body=half, status=original.status, content_type=original.content_type)
    response = _begin_response(original)
    with suppress(ConnectionError):  # the client may have gone meanwhile
        await response.prepare(request)
        await response.write(half)
    _reset_connection(request)
    return response


async def _trickled(original: web.StreamResponse, request: web.Request, seconds: float) -> web.StreamResponse:
    """Send a response byte by byte, until the client has it all or closes the connection."""
    response = _begin_response(original)
    with suppress(ConnectionError):
        await response.prepare(request)
        for byte in _body_of(original):
            await response.write(bytes((byte,)))
            await sleep(seconds)
    return response


def _body_of(response: web.StreamResponse) -> bytes:
    return response.body if isinstance(response, web.Response) and isinstance(response.body, bytes) else b""


def _begin_response(original: web.StreamResponse) -> web.StreamResponse:
    """Return a response with the status and the headers of another one, whose body is written in parts."""
    response = web.StreamResponse(status=original.status, headers={"Content-Type": original.content_type})
    response.content_length = len(_body_of(original))
    return response


def _reset_connection(request: web.Request) -> None:
    """Reset the connection, instead of closing it properly."""
    if transport := request.transport:
        transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, pack("ii", 1, 0))
        transport.abort()
