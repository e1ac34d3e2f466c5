"""The record of all traffic."""

import json
from pathlib import Path

import aiohttp
import pytest

from simulator import SimulatorConfig

from ..conftest import BASE, MONDAY, Caller


class TestRecord:
    """Requests, responses and notifications are recorded."""

    @pytest.fixture
    def record(self, tmp_path: Path) -> Path:
        return tmp_path / "new" / "traffic.jsonl"

    @pytest.fixture
    def config(self, record: Path) -> SimulatorConfig:
        return SimulatorConfig(start=MONDAY, speed=0, record=record, day_limit=0, burst_limit=0)

    async def test_lines_hold_exchanges_without_secrets(self, caller: Caller, record: Path) -> None:
        await caller.sign_in("ds")
        await caller.get("/user")
        vin = caller.vin("3 E-Tense")
        await caller.control("PUT", f"/vehicles/{vin}/status", {"odd": True})
        await caller.status("3 E-Tense")
        await caller.control("PUT", "/faults", {"status": 500, "times": 1})
        await caller.get("/user")
        await caller.control("PUT", "/faults", {"delay": 0.01, "times": 1})
        await caller.get("/user")
        await caller.control("PUT", "/faults", {"path": "/user", "reset": True})
        with pytest.raises(aiohttp.ClientConnectionError):
            await caller.get("/user")
        await caller.control("DELETE", "/faults")
        await caller.oauth("access_token", grant_type="refresh_token", refresh_token="very-secret", realm="r")
        text = record.read_text()  # noqa: ASYNC240 - a few lines
        assert "very-secret" not in text
        assert "Bearer" not in text
        assert caller.tokens["access_token"] not in text
        lines = [json.loads(line) for line in text.splitlines()]
        injected = [line.get("injected", False) for line in lines]
        assert injected[:4] == [False, True, True, False]
        assert all(injected[4:-1]), "the client may repeat a request if the connection is reset"
        assert lines[0]["method"] == "GET"
        assert lines[0]["url"].endswith(f"{BASE}/user?client_id=demo-client")
        assert lines[0]["response_body"]["email"] == "louis.garnier@example.com"
        assert lines[1]["response_body"] == {"odd": True}
        assert lines[-1] == {
            "kind": "api",
            "method": "POST",
            "url": f"{caller.simulator.url}/am/oauth2/access_token",
            "request_body": None,
            "status": 400,
            "response_body": None,
        }
