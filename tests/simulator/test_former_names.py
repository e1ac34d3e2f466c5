"""Former names that stay available, and the state file as earlier versions wrote it."""

import json
from pathlib import Path
from typing import Any

from simulator import Simulator, SimulatorConfig

from .conftest import DOOR_MONITOR, MONDAY, Caller


def old_state(vehicle_id: str) -> dict[str, Any]:
    """Return the state that an earlier version wrote, with a monitor and a remote of a vehicle."""
    return {
        "version": 1,
        "grants": [
            {
                "client_id": "demo-client",
                "account": "peugeot",
                "scopes": ["openid", "data:telemetry"],
                "refresh_token": "refresh-me",
                "access": {"let-me-in": 4102444800},
            }
        ],
        "callbacks": [
            {
                "id": "c1",
                "client_id": "demo-client",
                "account": "peugeot",
                "subscribe": {"callback": {"webhook": {"target": "https://example.invalid/x", "name": "n"}}},
                "status": "Running",
            }
        ],
        "monitors": [
            {
                "id": "m1",
                "vehicle_id": vehicle_id,
                "parameter": DOOR_MONITOR,
                "created": MONDAY.timestamp(),
                "updated": MONDAY.timestamp(),
                "set_to": "Paused",
                "callback": "c1",
                "scopes": ["data:telemetry", "openid"],
            }
        ],
        "remotes": [
            {
                "id": "r1",
                "vehicle_id": vehicle_id,
                "body": {"horn": {"state": "Activated"}},
                "created": MONDAY.timestamp(),
                "status": "Failed",
                "cause": "VehicleInUse",
                "feedback": None,
                "events": [{"type": "Done", "status": "Failed", "failureCause": "VehicleInUse"}],
                "callback": "c1",
            }
        ],
        "wake_ups": {"car:2026-03": 2},
        "clock": MONDAY.timestamp() + 60,
    }


async def test_beat_and_character_are_aliases(simulator: Simulator, caller: Caller) -> None:
    car = caller.car("e-208")
    reached: list[float] = []
    await caller.change("e-208", alarm=False)
    await caller.sign_in("peugeot")
    callback = await caller.subscribe("https://example.invalid/x")
    path = f"/user/vehicles/{car.id}/callbacks/{callback}/monitors"
    assert (await caller.send("POST", path, DOOR_MONITOR)).status == 202
    car.call_at(simulator.world.clock.advance(60), reached.append)
    await simulator.pulse.beat()
    assert reached == [MONDAY.timestamp() + 60]
    assert car.character is car.model


async def test_state_file_is_read_and_written_in_the_same_format(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    config = SimulatorConfig(start=MONDAY, speed=0, routine=False, state=path)
    car = next(iter(Simulator(config).world.accounts["peugeot"].cars.values()))
    state = old_state(car.id)
    path.write_text(json.dumps(state), encoding="utf-8")
    async with Simulator(config) as simulator:
        (monitor,) = simulator.push.monitors.values()
        assert (monitor.status, monitor.label) == ("Paused", "doors")
        assert simulator.remote.remotes["r1"].cause == "VehicleInUse"
        assert simulator.world.clock.now() == MONDAY.timestamp() + 60
    assert json.loads(path.read_text(encoding="utf-8")) == state
