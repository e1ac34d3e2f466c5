"""Faults on demand: rules that shape the answer to a call."""

from asyncio import sleep
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
import json
import re
from socket import SO_LINGER, SOL_SOCKET
from struct import pack
from typing import Any, Literal

from aiohttp import web

from .errors import HAL, ApiError
from .hal import BASE
from .rate_limits import too_many

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

GARBAGE = ("truncated", "html", "empty", "wrong_type")
_HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"


@dataclass(slots=True, kw_only=True)
class Fault:
    """A rule. All that is given must match; what shapes the answer is applied in the order of the fields.

    ``path`` is a template without the API's base (``/user/vehicles/{id}/status``), a concrete path, or the beginning
    of either followed by ``*``. ``delay`` is seconds. ``reset`` cuts the connection: True before the answer, "body"
    amid it. ``retry_after`` (seconds) goes with status 429. ``times`` is how often the rule works, None for ever.
    """

    path: str = "*"
    method: str | None = None
    delay: float = 0.0
    reset: bool | Literal["body"] = False
    garbage: str | None = None
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    retry_after: int | None = None
    times: int | None = None

    def matches(self, method: str, template: str, path: str) -> bool:
        """Return whether the rule is meant for a call."""
        if self.times == 0 or self.method not in {None, method}:
            return False
        if self.path.endswith("*"):
            return any(name.startswith(self.path[:-1]) for name in (template, path))
        return self.path in {template, path}

    @property
    def shapes(self) -> bool:
        """Whether the answer is not the simulator's own."""
        return bool(self.reset or self.garbage or self.status or self.body is not None)

    async def apply(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a call as the rule says."""
        if self.times:
            self.times -= 1
        if self.delay:
            await sleep(self.delay)
        if self.reset is True:
            _cut(request)
            return web.Response(status=499)
        if self.reset == "body" or self.garbage == "truncated":
            response = await _half(await handler(request), request, cut=self.reset == "body")
        elif self.garbage:
            response = _garbage(self.garbage)
        elif self.status or self.body is not None:
            response = self._plain()
        else:
            response = await handler(request)
        response.headers.update(self.headers)
        return response

    def _plain(self) -> web.Response:
        status = self.status or 200
        headers = too_many(self.retry_after or 1) if status == 429 else {}
        if isinstance(self.body, str):
            return web.Response(text=self.body, status=status, content_type="text/html", headers=headers)
        if self.body is None and status >= 400:
            error = ApiError(status * 100, _WORDS.get(status, "Error"))
            error.headers = headers
            return error.response()
        text = None if self.body is None else json.dumps(self.body)
        return web.Response(text=text, status=status, content_type=HAL, headers=headers)


_WORDS = {401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Rate Limit exceeded", 500: "Internal Error"}


class Faults:
    """The rules in force; the first that matches works."""

    def __init__(self) -> None:
        self.rules: list[Fault] = []

    def find(self, request: web.Request, template: str) -> Fault | None:
        """Return the rule for a call."""
        path = request.path.removeprefix(BASE)
        return next((rule for rule in self.rules if rule.matches(request.method, template, path)), None)


def fault(asked: Any) -> Fault:
    """Return a rule as control writes it.

    Raises ValueError that says what is wanted.
    """
    if not isinstance(asked, dict):
        raise ValueError("a rule is a JSON object")  # noqa: TRY004 - becomes a 400 with these words
    for name, value in asked.items():
        if name not in _MEMBERS:
            raise ValueError(f"unknown key {name!r}; known: {', '.join(sorted(_MEMBERS))}")
        takes, check = _MEMBERS[name]
        if not check(value):
            raise ValueError(f"{name} takes {takes}")
    return Fault(**asked)


def _is_whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: (
        value is None or (isinstance(value, int) and not isinstance(value, bool) and low <= value <= high)
    )


def _is_seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MOST


def _are_headers(value: Any) -> bool:
    return isinstance(value, dict) and all(
        _HEADER.fullmatch(name) and isinstance(text, str) and _HEADER_VALUE.fullmatch(text)
        for name, text in value.items()
    )


_MOST = 10**9
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")

# What a member of a rule takes, in words and as a check; what Fault has as None may be null.
_MEMBERS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "path": ("a text", lambda value: isinstance(value, str)),
    "method": ("a verb", lambda value: value is None or isinstance(value, str)),
    "delay": (f"seconds from 0 to {_MOST}", _is_seconds),
    "reset": ('true, false or "body"', lambda value: isinstance(value, bool) or value == "body"),
    "garbage": (", ".join(GARBAGE), lambda value: value is None or value in GARBAGE),
    "status": ("a whole number from 200 to 599", _is_whole(200, 599)),
    "body": ("anything", lambda _value: True),
    "headers": ("an object of names and texts", _are_headers),
    "retry_after": (f"a whole number from 0 to {_MOST}", _is_whole(0, _MOST)),
    "times": (f"a whole number from 0 to {_MOST}", _is_whole(0, _MOST)),
}


def _garbage(kind: str) -> web.Response:
    if kind == "html":
        return web.Response(text=_HTML, content_type="text/html")
    if kind == "wrong_type":
        return web.Response(text="{}", content_type="text/plain")
    return web.Response(body=b"", content_type=HAL)


async def _half(answer: web.StreamResponse, request: web.Request, *, cut: bool) -> web.StreamResponse:
    whole = answer.body if isinstance(answer, web.Response) and isinstance(answer.body, bytes) else b""
    half = whole[: len(whole) // 2]
    if not cut:
        return web.Response(body=half, status=answer.status, content_type=answer.content_type)
    response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
    response.content_length = len(whole)
    await response.prepare(request)
    await response.write(half)
    _cut(request)
    return response


def _cut(request: web.Request) -> None:
    """Reset the connection, so that the caller sees a broken one and not a clean end."""
    if transport := request.transport:
        transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, pack("ii", 1, 0))
        transport.abort()
