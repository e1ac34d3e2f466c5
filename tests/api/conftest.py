"""Fixtures for the tests of the library, which use real servers on 127.0.0.1 instead of mocks."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import socket

import aiohttp
from aiohttp import web
import pytest
from yarl import URL

from custom_components.stellantis.api import Server, StellantisClient, Transport

type Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@pytest.fixture(autouse=True)
def _allow_sockets(socket_enabled: None) -> None:
    """Allow sockets, which pytest-socket blocks by default."""


@dataclass(slots=True)
class FakePlatform:
    """A server that returns queued responses and records the requests."""

    url: URL = field(default_factory=URL)
    handlers: list[Handler] = field(default_factory=list)
    requests: list[web.BaseRequest] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request)
        self.bodies.append(await request.read())
        handler = self.handlers.pop(0) if len(self.handlers) > 1 else self.handlers[0]
        return await handler(request)

    def add_response(
        self,
        body: object = None,
        *,
        status: int = 200,
        text: str | bytes | None = None,
        content_type: str = "application/hal+json",
        headers: dict[str, str] | None = None,
    ) -> None:
        """Queue a response. Each is returned once, the last one repeatedly."""

        async def respond(_: web.BaseRequest) -> web.StreamResponse:
            if text is not None:
                raw = text.encode() if isinstance(text, str) else text
                return web.Response(status=status, body=raw, content_type=content_type, headers=headers)
            return web.json_response(body, status=status, content_type=content_type, headers=headers)

        self.handlers.append(respond)

    def add_handler(self, handler: Handler) -> None:
        """Queue a handler that creates the response."""
        self.handlers.append(handler)

    @property
    def server(self) -> Server:
        return Server(api=self.url / "connectedcar/v4", oauth=self.url / "am/oauth2")


@asynccontextmanager
async def run_platform() -> AsyncGenerator[FakePlatform]:
    """Run a fake platform on a socket of this machine."""
    platform = FakePlatform()
    runner = web.ServerRunner(web.Server(platform.handle), shutdown_timeout=0.1)
    await runner.setup()
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    await web.SockSite(runner, sock).start()
    platform.url = URL(f"http://127.0.0.1:{sock.getsockname()[1]}")
    yield platform
    await runner.cleanup()


@pytest.fixture
async def platform() -> AsyncGenerator[FakePlatform]:
    async with run_platform() as platform:
        yield platform


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@dataclass(slots=True)
class FakeTokenProvider:
    """Provides tokens with a number that increases with each refresh."""

    rejected: list[str] = field(default_factory=list)

    async def __call__(self, rejected_token: str | None = None) -> str:
        if rejected_token is not None:
            self.rejected.append(rejected_token)
        return f"token-{len(self.rejected)}"


@pytest.fixture
def tokens() -> FakeTokenProvider:
    return FakeTokenProvider()


@pytest.fixture
def transport(platform: FakePlatform, session: aiohttp.ClientSession, tokens: FakeTokenProvider) -> Transport:
    return Transport(
        session,
        platform.server,
        realm="clientsB2CPeugeot",
        client_id="the-client",
        token_provider=tokens,
        timeout=aiohttp.ClientTimeout(total=1),
        retry_delays=(0, 0),
    )


@pytest.fixture
def client(transport: Transport) -> StellantisClient:
    return StellantisClient(transport)
