"""Clients that others wrote for the real platform run against the simulator, unchanged but for the base URL.

They run in an environment of their own, which scripts/foreign-clients builds; without it the tests are skipped.
"""

import asyncio
from collections.abc import AsyncIterator
import json
from pathlib import Path
import subprocess
from typing import Any

import aiohttp
import pytest

from simulator import Simulator, SimulatorConfig
from simulator.config import BRAND_APP_CLIENT
from simulator.vehicle.brands import BRANDS

from ..simulator.conftest import MONDAY

ROOT = Path(__file__).parents[2]
CLIENTS = Path(__file__).parent / "clients"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.usefixtures("socket_enabled")]

CREDENTIALS = (BRAND_APP_CLIENT.client_id, BRAND_APP_CLIENT.secret)

# What psa-connected-car-client cannot read: its models require members that these cars do not send.
UNREAD_BY_CCC = {
    "C3": {"status": "missing required field `lastPosition`", "position": '"code": 40400'},
    "3 E-Tense": {"status": "missing required field `programs`"},
    "Vivaro-e Hydrogen": {"status": "missing required field `programs`"},
}


@pytest.fixture(scope="module")
def interpreter() -> str:
    """The Python that has the clients."""
    process = subprocess.run([ROOT / "scripts" / "foreign-clients"], capture_output=True, text=True, check=False)  # noqa: S603
    if process.returncode:
        pytest.skip(f"the clients cannot be installed: {process.stderr.strip().partition('\n')[0]}")
    return process.stdout.strip()


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """A simulator as it is, except that its cars stand still."""
    async with Simulator(SimulatorConfig(start=MONDAY, speed=0, routine=False)) as running:
        yield running


async def run(interpreter: str, script: str, cwd: Path, *arguments: str) -> Any:
    """Run a client in an empty folder, and return what it printed last."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        interpreter, CLIENTS / script, *arguments, cwd=cwd, stdout=pipe, stderr=pipe
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return json.loads(output.splitlines()[-1])


async def test_psa_car_controller_signs_in_reads_and_refreshes(
    interpreter: str, simulator: Simulator, tmp_path: Path
) -> None:
    arguments = (simulator.url, *CREDENTIALS, *(brand.realm for brand in BRANDS.values()))
    result = await run(interpreter, "psa_car_controller_client.py", tmp_path, *arguments)
    assert result["is_refreshed"]
    for accounts in (result["cars"], result["cars_after_refresh"]):
        read = [car for account in accounts for car in account]
        assert len(read) == 9
        for found, car in zip(read, simulator.world.vehicles, strict=True):
            assert found["vin"] == car.vin
            assert found["mileage"] == pytest.approx(car.state.odometer, abs=0.1)
            if car.model.motorization != "Thermic":
                assert found["electric_level"] == pytest.approx(car.state.electric, abs=1)
                assert found["charging"] == "Disconnected"
                assert None not in found["position"]


async def test_psa_connected_car_client_reads_and_refreshes(
    interpreter: str, simulator: Simulator, tmp_path: Path
) -> None:
    tokens = {}
    async with aiohttp.ClientSession(simulator.url) as session:
        for account in simulator.world.accounts.values():
            body = {"account": account.id, "client_id": BRAND_APP_CLIENT.client_id, "scopes": "openid profile"}
            async with session.post("/_control/token", json=body) as response:
                tokens[account.brand.realm] = await response.json()
    arguments = (simulator.url, *CREDENTIALS, json.dumps(tokens))
    accounts = await run(interpreter, "psa_connected_car_client.py", tmp_path, *arguments)
    assert [account["user"] for account in accounts] == [brand.email for brand in BRANDS.values()]
    assert all(account["is_refreshed"] for account in accounts)
    for cars in ("cars", "cars_after_refresh"):
        read = [car for account in accounts for car in account[cars]]
        assert len(read) == 9
        for found, car in zip(read, simulator.world.vehicles, strict=True):
            assert (found["vin"], found["label"]) == (car.vin, car.model.label)
            assert found["days_before_maintenance"] > 0
            unread = UNREAD_BY_CCC.get(car.model.name, {})
            assert found["failures"].keys() == unread.keys()
            assert all(text in found["failures"][name] for name, text in unread.items())
            if "status" not in unread:
                assert found["mileage"] == pytest.approx(car.state.odometer, abs=0.1)
                assert found["levels"]["Electric"] == pytest.approx(car.state.electric, abs=1)
                assert found["position"]
