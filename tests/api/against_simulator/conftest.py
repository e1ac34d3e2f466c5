"""Fixtures for tests of the client against the simulator, over real sockets."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.stellantis.api import (
    Brand,
    CallbackType,
    Environment,
    Notification,
    StellantisClient,
    Transport,
    VehicleExtension,
    parse_notifications,
    server_for,
)
from custom_components.stellantis.api.requests import (
    AttributeType,
    AttributeVariable,
    CallbackRequest,
    NewAttribute,
    WebhookTarget,
)
from simulator import Simulator, SimulatorConfig
from tests.conftest import TRAFFIC, WORKER

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(slots=True)
class WebhookReceiver:
    """A webhook that records all notifications."""

    url: str = ""
    received: list[Notification] = field(default_factory=list)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.received += parse_notifications(await request.read())
        return web.Response()


@dataclass(slots=True)
class Harness:
    """A running simulator and a client, with methods to control the simulation."""

    simulator: Simulator
    client: StellantisClient
    session: aiohttp.ClientSession
    traffic_log: Path

    async def call_control(self, method: str, path: str, body: Any = None) -> Any:
        async with self.session.request(method, f"{self.simulator.url}/_control/{path}", json=body) as response:
            assert response.ok, await response.text()
            return await response.json() if response.content_length else None

    async def change_vehicle(self, vehicle_id: str, **state: Any) -> None:
        vin = next(car.vin for car in self.simulator.world.vehicles if car.id == vehicle_id)
        await self.call_control("PATCH", f"vehicles/{vin}", state)

    async def advance_clock(self, seconds: float) -> None:
        await self.call_control("POST", "clock", {"advance": seconds})


@pytest.fixture
async def harness(session: aiohttp.ClientSession, tmp_path: Path) -> AsyncGenerator[Harness]:
    record = tmp_path / "traffic.jsonl"
    config = SimulatorConfig(brand="peugeot", speed=0, start=NOW, record=record)
    async with Simulator(config) as simulator:
        async with session.post(f"{simulator.url}/_control/token", json={"brand": "peugeot"}) as response:
            tokens = await response.json()

        async def provide_token(rejected_token: str | None = None) -> str:
            access_token: str = tokens["access_token"]
            return access_token

        server = server_for(Brand.PEUGEOT, Environment.CUSTOM, simulator.url)
        transport = Transport(
            session, server, realm=Brand.PEUGEOT.realm, client_id="demo-client", token_provider=provide_token
        )
        yield Harness(simulator, StellantisClient(transport), session, record)
    with (TRAFFIC / f"{WORKER}.jsonl").open("ab") as traffic:
        traffic.write(record.read_bytes())


@pytest.fixture
async def receiver() -> AsyncGenerator[WebhookReceiver]:
    receiver = WebhookReceiver()
    runner = web.ServerRunner(web.Server(receiver.handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


async def find_vehicle_id(harness: Harness, label: str) -> str:
    async for vehicle in harness.client.vehicles(extensions=VehicleExtension):
        if vehicle.label and label in vehicle.label:
            assert vehicle.id
            return vehicle.id
    raise AssertionError(label)


async def create_callback(harness: Harness, receiver: WebhookReceiver) -> str:
    request = CallbackRequest(
        target=WebhookTarget(
            name="hook",
            target=receiver.url,
            attributes=(
                NewAttribute(AttributeType.HEADER, "X-Secret", "s3"),
                NewAttribute(AttributeType.BODY, "vin", AttributeVariable.VIN),
            ),
        ),
        label="home",
        types=frozenset(CallbackType),
    )
    created = await harness.client.create_callback(request)
    assert created.callback_id
    return created.callback_id
