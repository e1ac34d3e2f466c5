"""A simulator whose clock stands still, and a client that talks to it over a real socket."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
import pytest

from simulator import Client, Simulator, SimulatorConfig
from simulator.vehicle.car import Car

MONDAY = datetime(2026, 3, 2, 3, tzinfo=UTC)
BASE = "/connectedcar/v4"
OTHER = Client(client_id="other-client", secret="other-secret")


@dataclass(slots=True)
class Response:
    """What came back."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(slots=True)
class Caller:
    """A client of a simulator, as one brand's driver let it in."""

    simulator: Simulator
    session: aiohttp.ClientSession
    tokens: dict[str, Any] = field(default_factory=dict)
    realm: str = ""

    async def sign_in(self, brand: str, scopes: str | None = None, **more: Any) -> None:
        """Take a token set from the control interface."""
        asked = {"brand": brand, **more} | ({"scopes": scopes} if scopes else {})
        self.tokens = (await self.control("POST", "/token", asked)).body
        self.realm = self.simulator.world.accounts[brand].brand.realm

    async def get(
        self,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        body: Any = None,
        client_id: str = "demo-client",
        **query: Any,
    ) -> Response:
        """Call the API."""
        sent = {"Authorization": f"Bearer {self.tokens.get('access_token')}", "x-introspect-realm": self.realm}
        url = path if "://" in path else self.simulator.url + BASE + path
        params = {"client_id": client_id, **query}
        headers = sent | dict(headers or {})
        async with self.session.request(method, url, params=params, headers=headers, json=body) as response:
            return await _answer(response)

    async def ok(self, path: str, **query: Any) -> Any:
        """Read something that is there."""
        answer = await self.get(path, **query)
        assert answer.status == 200, answer.body
        return answer.body

    async def control(self, method: str, path: str, body: Any = None) -> Response:
        """Call the control interface."""
        url = f"{self.simulator.url}/_control{path}"
        async with self.session.request(method, url, json=body) as response:
            return await _answer(response)

    async def oauth(self, path: str, client: str = "demo", *, realm: str | None = None, **form: str) -> Response:
        """Post a form to the authorization server."""
        headers = {"Authorization": aiohttp.encode_basic_auth(f"{client}-client", f"{client}-secret")}
        params = {"realm": realm} if realm else {}
        url = f"{self.simulator.url}/am/oauth2/{path}"
        async with self.session.post(url, params=params, data=form, headers=headers) as response:
            return await _answer(response)

    @asynccontextmanager
    async def elsewhere(self, config: SimulatorConfig) -> AsyncGenerator[Caller]:
        """Run another simulator, and talk to that."""
        async with Simulator(config) as other:
            yield Caller(other, self.session)

    async def pass_time(self, seconds: float) -> None:
        """Let simulated time pass at once."""
        assert (await self.control("POST", "/clock", {"advance": seconds})).status == 200

    def car(self, model: str) -> Car:
        """Return the first car of a model."""
        return next(car for car in self.simulator.world.vehicles if car.model.name == model)

    def vin(self, model: str) -> str:
        """Return the VIN of the first car of a model."""
        return self.car(model).vin

    async def change(self, model: str, **values: Any) -> Response:
        """Set a car by hand."""
        return await self.control("PATCH", f"/vehicles/{self.vin(model)}", values)

    async def status(self, model: str) -> Any:
        """Return the status of a car of the signed-in account."""
        return await self.ok(f"/user/vehicles/{self.car(model).id}/status")

    async def send(self, method: str, path: str, body: Any = None) -> Response:
        """Call the API with a body."""
        return await self.get(path, method=method, body=body)

    async def subscribe(self, target: str, *attributes: Any, **more: Any) -> str:
        """Subscribe a webhook and return the id of the callback."""
        webhook = {"target": target, "name": "test", "attributes": list(attributes)}
        answer = await self.send("POST", "/user/callbacks", {"callback": {"webhook": webhook}, **more})
        assert answer.status == 200, answer.body
        return str(answer.body["callbackId"])


@dataclass(slots=True)
class Received:
    """A post to a webhook."""

    body: Any
    headers: Mapping[str, str]
    query: Mapping[str, str]


@dataclass(slots=True)
class Hook:
    """A webhook: what it was sent, and the status with which it answers."""

    url: str = ""
    status: int = 200
    got: list[Received] = field(default_factory=list)
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def messages(self) -> list[Any]:
        """All messages that were taken, those of batches one by one."""
        return [one for post in self.got for one in (post.body if isinstance(post.body, list) else [post.body])]

    async def wait_for(self, count: int) -> None:
        """Wait until so many posts were taken."""
        async with asyncio.timeout(5):
            while len(self.got) < count:
                self._more.clear()
                await self._more.wait()

    async def take(self, request: web.Request) -> web.Response:
        """Take a notification."""
        if self.status == 200:
            self.got.append(Received(await request.json(), request.headers, request.query))
            self._more.set()
        return web.Response(status=self.status)


async def _answer(response: aiohttp.ClientResponse) -> Response:
    is_json = "json" in response.content_type
    body = await response.json(content_type=None) if is_json else await response.text()
    return Response(response.status, body, response.headers)


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Let the tests of this folder use sockets."""


@pytest.fixture
def config() -> SimulatorConfig:
    """How the simulator of a test starts; a test module overrides it to have another."""
    return SimulatorConfig(start=MONDAY, speed=0, clients=(OTHER,))


@pytest.fixture
async def simulator(config: SimulatorConfig) -> AsyncIterator[Simulator]:
    """A running simulator."""
    async with Simulator(config) as running:
        yield running


@pytest.fixture
async def caller(simulator: Simulator) -> AsyncIterator[Caller]:
    """A client of it."""
    async with aiohttp.ClientSession() as session:
        yield Caller(simulator, session)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    """A webhook on a real socket."""
    hook, app = Hook(), web.Application()
    app.router.add_post("/hook/secret", hook.take)
    async with TestServer(app) as server:
        hook.url = str(server.make_url("/hook/secret"))
        yield hook
