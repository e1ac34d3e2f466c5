"""The process, and several simulators at once."""

import asyncio
from pathlib import Path
import signal
import sys

import aiohttp
import pytest

from simulator import Simulator, SimulatorConfig

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_command_prints_its_url_and_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
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


async def test_command_has_help() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulator", "--help", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    text = (await process.communicate())[0].decode()
    for name in (
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
        assert name in text


async def test_several_simulators_run_side_by_side() -> None:
    async with Simulator(SimulatorConfig(seed=1)) as first, Simulator(SimulatorConfig(seed=2)) as second:
        assert first.port != second.port
        async with aiohttp.ClientSession() as session:
            for simulator in (first, second):
                async with session.get(f"{simulator.url}/_control/vehicles") as response:
                    assert [car["vin"] for car in await response.json()] == [
                        car.vin for car in simulator.world.vehicles
                    ]
    with pytest.raises(RuntimeError, match="not running"):
        _ = first.port
