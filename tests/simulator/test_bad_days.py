"""What must not stop the simulator: failing events, hanging webhooks, odd texts, deep bodies, high speed."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
import pytest

from simulator import SimulatorConfig

from .conftest import BASE, MONDAY, Caller, Hook

HORN = {"horn": {"state": "Activated"}}
SURROGATE = "\ud83d"


# Time runs at twenty times the real speed.
RUNNING = SimulatorConfig(start=MONDAY, speed=20, routine=False)


async def send_horn(caller: Caller, callback: str, **extra: Any) -> None:
    """Post a remote to an e-208."""
    path = f"/user/vehicles/{caller.car('e-208').id}/callbacks/{callback}/remotes"
    assert (await caller.send("POST", path, HORN | extra)).status == 202


async def test_telemetry_of_a_car_that_was_silent_for_a_month(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    car = caller.car("e-208")
    await caller.change("e-208", routine=False)
    await caller.pass_time(40 * 86400)
    body = await caller.ok(f"/user/vehicles/{car.id}/telemetry", timestamps="2026-04-05T00:00:00Z/")
    assert body["total"] == 0


async def test_event_that_fails_stops_no_other(caller: Caller, hook: Hook, caplog: pytest.LogCaptureFixture) -> None:
    async with caller.elsewhere(RUNNING) as other:
        await other.sign_in("peugeot")
        callback = await other.subscribe(hook.url)

        def fail(_at: float) -> None:
            raise RuntimeError("an event that fails")

        car = other.car("e-208")
        car.call_at(other.simulator.world.clock.now() + 2, fail)
        await send_horn(other, callback)
        await hook.wait_for(4)
    assert "an event that fails" in caplog.text


async def test_hanging_webhook_delays_no_other(caller: Caller, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.push.notifier.TIMEOUT", aiohttp.ClientTimeout(total=60))
    release = asyncio.Event()

    async def hang(_request: web.Request) -> web.Response:
        await release.wait()
        return web.Response()

    app = web.Application()
    app.router.add_post("/hang", hang)
    async with TestServer(app) as server, caller.elsewhere(RUNNING) as other:
        await other.sign_in("peugeot")
        hanging, good = await other.subscribe(str(server.make_url("/hang"))), await other.subscribe(hook.url)
        await send_horn(other, hanging)
        await asyncio.sleep(0.1)
        path = f"/user/vehicles/{other.car('308 Hybrid').id}/callbacks/{good}/remotes"
        assert (await other.send("POST", path, HORN)).status == 202
        await hook.wait_for(4)
        release.set()


async def test_surrogate_in_a_label(caller: Caller, hook: Hook, tmp_path: Path) -> None:
    """JSON can carry half of a pair of surrogates, a file in UTF-8 cannot."""
    state, record = tmp_path / "state.json", tmp_path / "record.jsonl"
    config = SimulatorConfig(start=MONDAY, speed=0, routine=False, state=state, record=record)
    async with caller.elsewhere(config) as other:
        await other.sign_in("peugeot")
        callback = await other.subscribe(hook.url)
        headers = [{"type": "Header", "key": "label", "value": "$remoteLabel"}]
        await send_horn(other, callback, label=SURROGATE, attributes=headers)
        await send_horn(other, callback, label=SURROGATE)
        await other.pass_time(60)
        assert (await other.get("/user")).status == 200
    async with caller.elsewhere(SimulatorConfig(start=MONDAY, speed=0, routine=False, state=state)) as again:
        assert [remote.body["label"] for remote in again.simulator.remote.remotes.values()] == [SURROGATE] * 2
    assert [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("path", [f"{BASE}/user/callbacks", "/_control/faults"])
async def test_deeply_nested_json_is_a_bad_request(caller: Caller, tmp_path: Path, path: str) -> None:
    config = SimulatorConfig(start=MONDAY, speed=0, routine=False, record=tmp_path / "record.jsonl")
    async with caller.elsewhere(config) as other:
        await other.sign_in("peugeot")
        headers = {
            "Authorization": f"Bearer {other.tokens['access_token']}",
            "x-introspect-realm": other.realm,
            "Content-Type": "application/json",
        }
        method = "PUT" if "faults" in path else "POST"
        url = f"{other.simulator.url}{path}?client_id=demo-client"
        data = b"[" * 100_000 + b"]" * 100_000
        async with other.session.request(method, url, data=data, headers=headers) as response:
            assert response.status == 400
            assert "json" in response.content_type


async def test_looking_costs_no_writing(caller: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `--state`, only what may have changed something is followed by a look at everything."""
    config = SimulatorConfig(start=MONDAY, speed=0, routine=False, state=tmp_path / "state.json")
    async with caller.elsewhere(config) as other:
        await other.sign_in("peugeot")
        looks: list[bool] = []
        dump = other.simulator.tokens.dump

        def counted_dump() -> Any:
            looks.append(True)
            return dump()

        monkeypatch.setattr(other.simulator.tokens, "dump", counted_dump)
        for _ in range(20):
            await other.ok("/user")
        assert not looks
        await other.subscribe("http://127.0.0.1/hook")
        assert looks


async def test_highest_speed_does_not_block(caller: Caller, hook: Hook) -> None:
    async with caller.elsewhere(SimulatorConfig(start=MONDAY, speed=1e6)) as other:
        await other.sign_in("peugeot")
        callback = await other.subscribe(hook.url)
        trigger = {"name": "d", "data": {"data": "vehicle.doorsState.opening", "op": "onChange"}}
        monitor = {"label": "doors", "triggerParam": {"triggers": [trigger], "boolExp": "d"}}
        path = f"/user/vehicles/{other.car('e-208').id}/callbacks/{callback}/monitors"
        assert (await other.send("POST", path, monitor)).status == 202
        async with asyncio.timeout(20):
            for _ in range(10):
                assert (await other.control("GET", "/clock")).status == 200
                await asyncio.sleep(0.05)
