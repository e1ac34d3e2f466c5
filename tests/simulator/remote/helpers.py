"""Helpers of the tests of remotes: bodies, and a class that sends them."""

from dataclasses import dataclass
from typing import Any

from ..conftest import Caller, Hook

# The statuses of a successful remote, if the car is awake and if it sleeps.
AWAKE_STATUSES = ["Accepted", "CheckingVehicle", "SentToVehicle", "Success"]
ASLEEP_STATUSES = ["Accepted", "WakingUpVehicle", "CheckingVehicle", "SentToVehicle", "Success"]
LOCK = {"door": {"state": "Locked"}}
UNLOCK = {"door": {"state": "Unlocked"}}
HEAT = {"preconditioning": {"airConditioning": {"immediate": True}}}
CHARGE = {"charging": {"immediate": True}}
HORN = {"horn": {"state": "Activated"}}
WAKE = {"wakeUp": {"action": "WakeUp"}}
PARIS = {"type": "Point", "coordinates": [2.35, 48.85]}
NAVIGATE = {"navigation": {"positions": [PARIS]}}


@dataclass(slots=True)
class Remotes:
    """Sends remotes to a car, and returns their status and events."""

    caller: Caller
    hook: Hook
    callback: str
    model: str

    @property
    def path(self) -> str:
        return f"/user/vehicles/{self.caller.car(self.model).id}/callbacks/{self.callback}/remotes"

    async def post(self, body: Any) -> str:
        response = await self.caller.send("POST", self.path, body)
        assert response.status == 202, response.body
        assert response.body["_links"].keys() == {"callback", "remote"}
        return str(response.body["remoteActionId"])

    async def read(self, remote: str) -> Any:
        return await self.caller.ok(f"{self.path}/{remote}")

    async def do(self, body: Any, seconds: float = 300) -> Any:
        """Send a remote, advance the clock, and return the remote."""
        remote = await self.post(body)
        await self.caller.pass_time(seconds)
        return await self.read(remote)

    def events(self, remote: str) -> list[Any]:
        remote_events = [message["remoteEvent"] for message in self.hook.messages if message["type"] == "Remote"]
        return [event["eventStatus"] for event in remote_events if event["remoteActionId"] == remote]


async def true_state(caller: Caller, model: str = "e-208") -> Any:
    """Return the true state of a car from the control interface."""
    return (await caller.control("GET", f"/vehicles/{caller.vin(model)}")).body
