"""What tests of remotes share: the usual bodies, and a hand that sends them."""

from dataclasses import dataclass
from typing import Any

from ..conftest import Caller, Hook

USUAL = ["Accepted", "CheckingVehicle", "SentToVehicle", "Success"]
SLEEPING = ["Accepted", "WakingUpVehicle", "CheckingVehicle", "SentToVehicle", "Success"]
LOCK = {"door": {"state": "Locked"}}
UNLOCK = {"door": {"state": "Unlocked"}}
HEAT = {"preconditioning": {"airConditioning": {"immediate": True}}}
CHARGE = {"charging": {"immediate": True}}
HORN = {"horn": {"state": "Activated"}}
WAKE = {"wakeUp": {"action": "WakeUp"}}
PARIS = {"type": "Point", "coordinates": [2.35, 48.85]}
GO = {"navigation": {"positions": [PARIS]}}


@dataclass(slots=True)
class Remotes:
    """Sends remotes to a car, and reads what becomes of them."""

    caller: Caller
    hook: Hook
    callback: str
    model: str

    @property
    def path(self) -> str:
        return f"/user/vehicles/{self.caller.car(self.model).id}/callbacks/{self.callback}/remotes"

    async def post(self, body: Any) -> str:
        answer = await self.caller.send("POST", self.path, body)
        assert answer.status == 202, answer.body
        assert answer.body["_links"].keys() == {"callback", "remote"}
        return str(answer.body["remoteActionId"])

    async def read(self, remote: str) -> Any:
        return await self.caller.ok(f"{self.path}/{remote}")

    async def do(self, body: Any, seconds: float = 300) -> Any:
        """Send a remote, let it take its course, and return how it ended."""
        remote = await self.post(body)
        await self.caller.pass_time(seconds)
        return await self.read(remote)

    def told(self, remote: str) -> list[Any]:
        events = [message["remoteEvent"] for message in self.hook.messages if message["type"] == "Remote"]
        return [event["eventStatus"] for event in events if event["remoteActionId"] == remote]


async def true_state(caller: Caller, model: str = "e-208") -> Any:
    """Return how a car truly stands."""
    return (await caller.control("GET", f"/vehicles/{caller.vin(model)}")).body
