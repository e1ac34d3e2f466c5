"""What happens by itself as time passes."""

import pytest

from simulator import SimulatorConfig

from .conftest import MONDAY, OTHER, Caller, Hook
from .helpers import DOOR_MONITOR


@pytest.fixture
def config() -> SimulatorConfig:
    return SimulatorConfig(start=MONDAY, speed=0, routine=False, clients=(OTHER,))


@pytest.fixture
async def callback(caller: Caller, hook: Hook) -> str:
    """A callback with a monitor of the doors of an e-208."""
    await caller.sign_in("peugeot")
    attributes = [
        {"type": "Header", "key": "one", "value": "1"},
        {"type": "Query", "key": "two", "value": "2"},
        {"type": "Body", "key": "three", "value": "3"},
    ]
    callback = await caller.subscribe(hook.url, *attributes)
    path = f"/user/vehicles/{caller.car('e-208').id}/callbacks/{callback}/monitors"
    assert (await caller.send("POST", path, DOOR_MONITOR)).status == 202
    return callback


class TestRunningTime:
    """A world in which time passes by itself."""

    @pytest.fixture
    def config(self) -> SimulatorConfig:
        return SimulatorConfig(start=MONDAY, speed=20, routine=False)

    async def test_due_events_happen_without_queries(self, caller: Caller, hook: Hook, callback: str) -> None:
        path = f"/user/vehicles/{caller.car('e-208').id}/callbacks/{callback}/remotes"
        assert (await caller.send("POST", path, {"horn": {"state": "Activated"}})).status == 202
        await hook.wait_for(4)
        statuses = [message["remoteEvent"]["eventStatus"]["status"] for message in hook.messages]
        assert statuses == ["Accepted", "CheckingVehicle", "SentToVehicle", "Success"]

    @pytest.mark.usefixtures("callback")
    async def test_delivery_is_retried_until_the_webhook_is_back(self, caller: Caller, hook: Hook) -> None:
        hook.status = 502
        await caller.change("e-208", doors=["Trunk"])
        hook.status = 200
        await hook.wait_for(1)
        assert hook.messages[0]["type"] == "Monitor"
