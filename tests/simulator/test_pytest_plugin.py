"""The pytest plugin, in test runs of another project."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]

TESTS = """
import asyncio
import json
from urllib.request import urlopen

import pytest


def test_default_world_stands_still(stellantis_simulator):
    assert len(stellantis_simulator.vehicles()) == 9
    clock = stellantis_simulator.control("GET", "/clock")
    assert clock["speed"] == 0 and clock["now"].startswith("2026-03-02T12:00:00")
    assert stellantis_simulator.create_token("opel")["access_token"]


def test_asynchronous_code_has_its_own_loop(stellantis_simulator):
    async def read():
        reader, writer = await asyncio.open_connection("127.0.0.1", int(stellantis_simulator.url.split(":")[2]))
        writer.write(b"GET /connectedcar/v4/user HTTP/1.0\\r\\n\\r\\n")
        line = await reader.readline()
        writer.close()
        return line

    assert b" 401 " in asyncio.run(read())


@pytest.mark.stellantis_simulator(brand="opel")
class TestMarkers:
    @pytest.mark.stellantis_simulator(fleet=2)
    def test_change_the_configuration(self, stellantis_simulator):
        assert [car["brand"] for car in stellantis_simulator.vehicles()] == ["opel", "opel"]


def test_each_test_has_a_new_world(stellantis_simulator):
    (car, *_) = stellantis_simulator.vehicles()
    stellantis_simulator.control("DELETE", f"/vehicles/{car['vin']}")
    assert len(stellantis_simulator.vehicles()) == 8
"""

OVERRIDE = """
import pytest
from simulator import Client, SimulatorConfig


@pytest.fixture
def stellantis_simulator_config():
    return SimulatorConfig(fleet=1, speed=0, clients=(Client(client_id="mine", secret="own"),))


def test_own_configuration(stellantis_simulator):
    assert len(stellantis_simulator.vehicles()) == 1
    assert stellantis_simulator.create_token(stellantis_simulator.vehicles()[0]["brand"], client_id="mine")
"""


@pytest.fixture(autouse=True)
def _another_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """Test runs that know no plugin but the simulator's."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def run(pytester: pytest.Pytester, source: str) -> pytest.RunResult:
    pytester.makepyfile(source)
    return pytester.runpytest_subprocess("-p", "simulator.pytest_plugin", "--strict-markers", "-W", "error")


def test_fixture_gives_each_test_a_simulator(pytester: pytest.Pytester) -> None:
    run(pytester, TESTS).assert_outcomes(passed=4)


def test_configuration_can_be_overridden(pytester: pytest.Pytester) -> None:
    run(pytester, OVERRIDE).assert_outcomes(passed=1)


def test_fixture_and_marker_are_described(pytester: pytest.Pytester) -> None:
    for option, text in (("--markers", "@pytest.mark.stellantis_simulator(**changes)*"), ("--fixtures", "*running*")):
        pytester.runpytest_subprocess("-p", "simulator.pytest_plugin", option).stdout.fnmatch_lines([text])
