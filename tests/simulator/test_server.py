"""The process, the record and mutual TLS."""

import asyncio
import json
from pathlib import Path
import signal
import ssl
import sys

import aiohttp
import pytest

from simulator import Simulator, SimulatorConfig
from simulator.auth.tls import KEY_PASSWORD, server_context

from .conftest import BASE, MONDAY, Caller

ROOT = Path(__file__).parents[2]


class TestRecord:
    """What goes over the wire is written down."""

    @pytest.fixture
    def record(self, tmp_path: Path) -> Path:
        return tmp_path / "new" / "traffic.jsonl"

    @pytest.fixture
    def config(self, record: Path) -> SimulatorConfig:
        return SimulatorConfig(start=MONDAY, speed=0, record=record, day_limit=0, burst_limit=0)

    async def test_lines_hold_the_exchange_and_no_secret(self, caller: Caller, record: Path) -> None:
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
        assert all(injected[4:-1]), "as often as the client tried on a connection that was cut"
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


class TestTls:
    """Only those whom the simulator's own CA signed come in."""

    @pytest.fixture
    def config(self, tmp_path: Path) -> SimulatorConfig:
        return SimulatorConfig(tls=tmp_path)

    async def test_a_client_without_a_certificate_is_refused(self, simulator: Simulator, tmp_path: Path) -> None:
        assert simulator.url.startswith("https://127.0.0.1:")
        bare = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        with_certificate = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        with_certificate.load_cert_chain(tmp_path / "client.pem", tmp_path / "client.key")
        sealed = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        sealed.load_cert_chain(tmp_path / "client.pem", tmp_path / "client-encrypted.key", KEY_PASSWORD)
        url = f"{simulator.url}{BASE}/user"
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientError):
                await session.get(url, ssl=bare)
            for context in (with_certificate, sealed):
                async with session.get(url, ssl=context) as response:
                    assert response.status == 401
                    assert (await response.json())["code"] == 40100

    def test_certificates_are_kept_while_they_are_good(self, tmp_path: Path) -> None:
        server_context(tmp_path)
        first = (tmp_path / "ca.pem").read_bytes()
        server_context(tmp_path)
        assert (tmp_path / "ca.pem").read_bytes() == first
        (tmp_path / "client.der").unlink()
        server_context(tmp_path)
        assert (tmp_path / "ca.pem").read_bytes() != first


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_command_says_where_it_is_and_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    record = tmp_path / "r.jsonl"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulator", "--port", "0", "--fleet", "3", "--speed", "60", "--record", str(record),
        "--state", str(tmp_path / "state.json"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    line = (await process.stdout.readline()).decode().strip()
    assert line.startswith("simulator ready on http://127.0.0.1:")
    async with aiohttp.ClientSession() as session, session.get(f"{line.split()[-1]}/_control/vehicles") as response:
        assert len(await response.json()) == 3
    process.send_signal(number)
    assert await process.communicate() == (b"", b"")
    assert process.returncode == 0
    assert record.exists()
    assert '"clock"' in (tmp_path / "state.json").read_text()


async def test_the_command_has_help_worth_reading() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulator", "--help", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    text = (await process.communicate())[0].decode()
    for word in (
        "--host",
        "--port",
        "--record",
        "--speed",
        "--fleet",
        "--tls",
        "--seed",
        "--state",
        "demo-secret",
        "/_control",
    ):
        assert word in text
