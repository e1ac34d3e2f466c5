"""Fixtures: a simulator with a stopped clock, a client that calls it, and a webhook, all on real sockets."""

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

# A monitor of the doors of a car.
DOOR_MONITOR = {
    "label": "doors",
    "triggerParam": {
        "triggers": [{"name": "d", "data": {"data": "vehicle.doorsState.opening", "op": "onChange"}}],
        "boolExp": "d",
    },
}


@dataclass(slots=True)
class Response:
    """An HTTP response."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(slots=True)
class Caller:
    """A client of a simulator, signed in to the account of one brand."""

    simulator: Simulator
    session: aiohttp.ClientSession
    tokens: dict[str, Any] = field(default_factory=dict)
    realm: str = ""

    async def sign_in(self, brand: str, scopes: str | None = None, **extra: Any) -> None:
        """Sign in with a token set from the control interface."""
        body = {"brand": brand, **extra} | ({"scopes": scopes} if scopes else {})
        self.tokens = (await self.control("POST", "/token", body)).body
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
        auth_headers = {"Authorization": f"Bearer {self.tokens.get('access_token')}", "x-introspect-realm": self.realm}
        url = path if "://" in path else self.simulator.url + BASE + path
        params = {"client_id": client_id, **query}
        headers = auth_headers | dict(headers or {})
        async with self.session.request(method, url, params=params, headers=headers, json=body) as response:
            return await _read_response(response)

    async def ok(self, path: str, **query: Any) -> Any:
        """Call the API and return the body; the status must be 200."""
        answer = await self.get(path, **query)
        assert answer.status == 200, answer.body
        return answer.body

    async def control(self, method: str, path: str, body: Any = None) -> Response:
        """Call the control interface."""
        url = f"{self.simulator.url}/_control{path}"
        async with self.session.request(method, url, json=body) as response:
            return await _read_response(response)

    async def oauth(self, path: str, client: str = "demo", *, realm: str | None = None, **form: str) -> Response:
        """Post a form to the authorization server."""
        headers = {"Authorization": aiohttp.encode_basic_auth(f"{client}-client", f"{client}-secret")}
        params = {"realm": realm} if realm else {}
        url = f"{self.simulator.url}/am/oauth2/{path}"
        async with self.session.post(url, params=params, data=form, headers=headers) as response:
            return await _read_response(response)

    @asynccontextmanager
    async def elsewhere(self, config: SimulatorConfig) -> AsyncGenerator[Caller]:
        """Run another simulator, and yield a client of it."""
        async with Simulator(config) as other:
            yield Caller(other, self.session)

    async def pass_time(self, seconds: float) -> None:
        """Advance the simulated clock."""
        assert (await self.control("POST", "/clock", {"advance": seconds})).status == 200

    def car(self, model: str) -> Car:
        """Return the first car of a model."""
        return next(car for car in self.simulator.world.vehicles if car.model.name == model)

    def vin(self, model: str) -> str:
        """Return the VIN of the first car of a model."""
        return self.car(model).vin

    async def change(self, model: str, **values: Any) -> Response:
        """Change a car manually."""
        return await self.control("PATCH", f"/vehicles/{self.vin(model)}", values)

    async def status(self, model: str) -> Any:
        """Return the status of a car of the signed-in account."""
        return await self.ok(f"/user/vehicles/{self.car(model).id}/status")

    async def send(self, method: str, path: str, body: Any = None) -> Response:
        """Call the API with a body."""
        return await self.get(path, method=method, body=body)

    async def subscribe(self, target: str, *attributes: Any, **extra: Any) -> str:
        """Subscribe a webhook and return the id of the callback."""
        webhook = {"target": target, "name": "test", "attributes": list(attributes)}
        answer = await self.send("POST", "/user/callbacks", {"callback": {"webhook": webhook}, **extra})
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
    """A webhook.

    Attributes:
        url: Its URL.
        status: The status of its responses.
        received: The posts that it accepted.
    """

    url: str = ""
    status: int = 200
    received: list[Received] = field(default_factory=list)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def messages(self) -> list[Any]:
        """All accepted notifications; those of batches one by one."""
        return [
            message for post in self.received for message in (post.body if isinstance(post.body, list) else [post.body])
        ]

    async def wait_for(self, count: int) -> None:
        """Wait until a number of posts were accepted."""
        async with asyncio.timeout(5):
            while len(self.received) < count:
                self._arrived.clear()
                await self._arrived.wait()

    async def handle(self, request: web.Request) -> web.Response:
        """Handle a post."""
        if self.status == 200:
            self.received.append(Received(await request.json(), request.headers, request.query))
            self._arrived.set()
        return web.Response(status=self.status)


async def _read_response(response: aiohttp.ClientResponse) -> Response:
    is_json = "json" in response.content_type
    body = await response.json(content_type=None) if is_json else await response.text()
    return Response(response.status, body, response.headers)


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Allow the tests of this folder to use sockets."""


@pytest.fixture
def config() -> SimulatorConfig:
    """The configuration of the simulator; test modules override it."""
    return SimulatorConfig(start=MONDAY, speed=0, clients=(OTHER,))


@pytest.fixture
async def simulator(config: SimulatorConfig) -> AsyncIterator[Simulator]:
    """A running simulator."""
    async with Simulator(config) as running:
        yield running


@pytest.fixture
async def caller(simulator: Simulator) -> AsyncIterator[Caller]:
    """A client of the simulator."""
    async with aiohttp.ClientSession() as session:
        yield Caller(simulator, session)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    """A webhook on a real socket."""
    hook, app = Hook(), web.Application()
    app.router.add_post("/hook/secret", hook.handle)
    async with TestServer(app) as server:
        hook.url = str(server.make_url("/hook/secret"))
        yield hook


@pytest.fixture
async def callback(caller: Caller, hook: Hook) -> str:
    """A callback with a monitor of the doors of an e-208."""
    await caller.sign_in("peugeot")
    attributes = [
        {"type": "Header", "key": "one", "value": "1"},
        {"type": "Query", "key": "two", "value": "2"},
        {"type": "Body", "key": "three", "value": "3"},
    ]
    callback = await caller.subscribe(hook.url, *attributes)
    path = f"/user/vehicles/{caller.car('e-208').id}/callbacks/{callback}/monitors"
    assert (await caller.send("POST", path, DOOR_MONITOR)).status == 202
    return callback
