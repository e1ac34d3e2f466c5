"""Scripts of remotes."""

from typing import Any

import pytest

from simulator import SimulatorConfig

from ..conftest import MONDAY, Caller, Hook
from ..remote.helpers import LOCK, UNLOCK, Remotes, true_state


@pytest.fixture
def config() -> SimulatorConfig:
    return SimulatorConfig(start=MONDAY, speed=0, routine=False)


@pytest.fixture
async def remotes(caller: Caller, hook: Hook) -> Remotes:
    """Remotes for an e-208."""
    await caller.sign_in("peugeot")
    return Remotes(caller, hook, await caller.subscribe(hook.url), "e-208")


async def test_next_remotes_follow_scripts(caller: Caller, hook: Hook, remotes: Remotes) -> None:
    events = [
        {"status": "Accepted"},
        {"status": "SentToVehicle", "delay": 60},
        {"status": "Failed", "failureCause": "CanceledByDriver", "delay": 30},
    ]
    await caller.control("POST", "/remotes/next", {"events": events})
    await caller.control("POST", "/remotes/next", {"refuse": {"code": 40300, "message": "not today"}})
    await caller.control("POST", "/remotes/next", {"events": [{"status": "Success"}], "notifications": {"drop": True}})
    await caller.control("POST", "/remotes/next", {"events": [{"status": "Accepted"}]})
    remote = await remotes.post(UNLOCK)
    await caller.pass_time(89)
    assert (await remotes.read(remote))["status"] == "SentToVehicle"
    await caller.pass_time(1)
    assert (await remotes.read(remote))["failureCause"] == "CanceledByDriver"
    assert len(remotes.events(remote)) == 3
    refused = await caller.send("POST", remotes.path, UNLOCK)
    assert (refused.status, refused.body["message"]) == (403, "not today")
    assert (await true_state(caller))["state"]["locked"] is True
    silent = await remotes.post(UNLOCK)
    assert len((await caller.control("GET", "/remotes")).body) == 2, "a refused remote is not listed"
    assert (await remotes.read(silent))["status"] == "Success"
    assert (await true_state(caller))["state"]["locked"] is False
    stuck = await remotes.do(LOCK, 86400)
    assert stuck["status"] == "Accepted"
    assert remotes.events(silent) == []


@pytest.mark.parametrize(
    "script",
    [
        {},
        {"event": []},
        {"events": [{"status": "Maybe"}]},
        {"events": [{"status": "Failed"}]},
        {"events": [{"status": "Success", "failureCause": "DoorsOpen"}]},
        {"events": [{"status": "Success", "type": "Pending"}]},
        {"events": [{"status": "Success", "delay": -1}]},
        {"refuse": {"code": 4}},
        {"notifications": {"drop": 1}},
        {"notifications": {"delay": "long"}},
        {"notifications": {"lose": True}},
    ],
    ids=str,
)
async def test_invalid_script_is_rejected(caller: Caller, script: Any) -> None:
    response = await caller.control("POST", "/remotes/next", script)
    assert response.status == 400
    assert response.body["error"]
