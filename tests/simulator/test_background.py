"""A simulator in a thread of its own."""

from http.client import HTTPConnection
import json
from pathlib import Path
import threading
from urllib.parse import urlsplit

import pytest

from simulator import BackgroundSimulator, ControlError, SimulatorConfig

from .conftest import MONDAY

CONFIG = SimulatorConfig(start=MONDAY, speed=0, routine=False, fleet=3)


def _read_level(simulator: BackgroundSimulator, vehicle_id: str, token: str) -> float:
    """Return the level of an electric car of the Peugeot account."""
    connection = HTTPConnection(urlsplit(simulator.url).netloc)
    path = f"{urlsplit(simulator.api_url).path}/user/vehicles/{vehicle_id}/status?client_id={simulator.client_id}"
    headers = {"Authorization": f"Bearer {token}", "x-introspect-realm": "clientsB2CPeugeot"}
    connection.request("GET", path, headers=headers)
    (energy,) = json.loads(connection.getresponse().read())["energies"]
    connection.close()
    return float(energy["level"])


def test_runs_beside_a_program_that_is_not_asynchronous() -> None:
    with BackgroundSimulator(CONFIG) as simulator:
        (car, *_), tokens = simulator.vehicles(), simulator.create_token("peugeot", expires_in=60)
        assert tokens["expires_in"] == 60
        simulator.change_vehicle(car["vin"], level=40)
        simulator.advance(60)
        assert _read_level(simulator, car["id"], tokens["access_token"]) == 40
        assert simulator.oauth_url == f"{simulator.url}/am/oauth2"
        assert simulator.control("PUT", "/limits", {"day": 0}) is None
        with pytest.raises(ControlError, match=r"PATCH /vehicles/nobody: 404 .*no such vin"):
            simulator.change_vehicle("nobody", level=40)
    assert "stellantis-simulator" not in {thread.name for thread in threading.enumerate()}
    simulator.stop()


def test_control_works_with_tls(tmp_path: Path) -> None:
    with BackgroundSimulator(SimulatorConfig(fleet=1, speed=0, tls=tmp_path)) as simulator:
        assert simulator.url.startswith("https://")
        assert len(simulator.vehicles()) == 1


def test_failure_to_start_is_raised(tmp_path: Path) -> None:
    with BackgroundSimulator(CONFIG) as simulator, pytest.raises(OSError, match="in use"):
        BackgroundSimulator(SimulatorConfig(port=int(simulator.url.rpartition(":")[2]))).start()
    (tmp_path / "state.json").write_text("[]")
    with pytest.raises(ValueError, match="state"):
        BackgroundSimulator(SimulatorConfig(state=tmp_path / "state.json")).start()
