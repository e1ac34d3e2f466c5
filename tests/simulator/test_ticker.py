"""Due events while simulated time passes by itself."""

import pytest

from simulator import SimulatorConfig

from .conftest import MONDAY, OTHER, Caller, Hook


@pytest.fixture
def config() -> SimulatorConfig:
    return SimulatorConfig(start=MONDAY, speed=0, routine=False, clients=(OTHER,))


class TestRunningTime:
    """A clock that runs at twenty times the real speed."""

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
