"""Random histories of commands on a running Home Assistant against the simulator, over sockets."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
import random
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from tests.support.commands import CommandTester
from tests.support.helpers import get_state
from tests.support.interleavings import ACTIONS, UNSENT

# What happens in a history, and how often
EVENTS: Final = {"ask": 10, "hand": 5, "clock": 6, "poll": 3, "cancel": 2, "restart": 1, "lose": 2, "script": 2}
REMOTES: Final = "/user/vehicles/{id}/callbacks/{cbid}/remotes"
FAULTS: Final = (
    {"path": REMOTES, "method": "POST", "reset": "body", "times": 1},  # it is created, but the response is lost
    {"path": f"{REMOTES}/{{rid}}", "status": 503, "times": 3},
    {"path": "/user/vehicles/{id}/status", "status": 503, "times": 1},
)
SCRIPTS: Final = (
    ("Accepted", {"status": "Success", "delay": 240}),  # long after the command was given up
    ("Accepted", {"status": "Failed", "failureCause": "VehicleInUse"}),
    ("AlreadyDone",),  # although the car does nothing
)
TIMEOUT: Final = 60.0  # seconds until a history is ended
MAX_REST_STEPS: Final = 200

type Shown = dict[str, bool]


@dataclass(slots=True)
class SimulatorHistory:
    """A random history of one car.

    Attributes:
        problems: What is wrong, empty if all is right.
    """

    tester: CommandTester
    seed: int
    problems: list[str] = field(default_factory=list)
    _asks: list[asyncio.Task[None]] = field(default_factory=list)

    async def run(self) -> list[str]:
        """Run the history to its rest and return its problems."""
        tester, rng = self.tester, random.Random(self.seed)  # noqa: S311 - reproducible
        await tester.control.patch(tester.vin, doors="closed", lock=rng.random() < 0.5, plug=True, level=30)
        await tester.car.status.async_refresh()
        tester.car.store.command_results.clear()
        remotes_before = len(await tester.remotes())
        async with asyncio.timeout(TIMEOUT):
            for _ in range(rng.randint(4, 14)):
                (event,) = rng.choices(tuple(EVENTS), tuple(EVENTS.values()))
                await self._play(event, rng)
                await asyncio.sleep(rng.choice((0.0, 0.0, 0.02)))
            await self._rest()
        await self._check((await tester.remotes())[remotes_before:])
        return self.problems

    async def _play(self, event: str, rng: random.Random) -> None:
        tester, control = self.tester, self.tester.control
        match event:
            case "ask":
                self._asks.append(asyncio.create_task(self._ask(rng.choice(ACTIONS))))
            case "hand":
                part = rng.choice(("lock", "lock", "charge", "preconditioning"))
                await control.patch(tester.vin, **{part: rng.random() < 0.5})
            case "clock":
                await tester.advance_clock(rng.choice((1, 5, 30, 130)))
            case "poll":
                await tester.car.status.async_refresh()
            case "cancel" if self._asks:
                rng.choice(self._asks).cancel()
            case "restart":
                await tester.reload()
            case "lose":
                await control.put("faults", [rng.choice(FAULTS)])
                await control.put("notifications", {"drop": rng.random() < 0.5})
            case "script":
                await tester.script(*rng.choice(SCRIPTS))

    async def _ask(self, action: Any) -> None:
        with suppress(HomeAssistantError):
            await self.tester.commands.async_send(action)

    async def _rest(self) -> None:
        """Let everything end, then let the car report, and poll it."""
        tester, control = self.tester, self.tester.control
        await control.delete("faults")
        await control.put("notifications", {})
        await control.delete("remotes/next")
        for _ in range(MAX_REST_STEPS):
            if all(ask.done() for ask in self._asks) and not tester.commands.current and not self._has_late_commands:
                break
            await tester.advance_clock(60)
            await asyncio.sleep(0.02)
        else:
            self.problems.append("a command has not ended")
        await tester.advance_clock(2)
        await control.patch(tester.vin, asleep=False)
        await tester.car.status.async_refresh()
        await asyncio.sleep(0)

    @property
    def _has_late_commands(self) -> bool:
        return bool(self.tester.car.store.late_commands)

    async def _check(self, remotes: list[dict[str, Any]]) -> None:
        state = (await self.tester.control.get(f"vehicles/{self.tester.vin}"))["state"]
        actual = {
            "locked": state["locked"],
            "charging": state["charging"] == "InProgress",
            "preconditioning": state["air"] == "Enabled",
        }
        if (shown := _shown(self.tester.hass)) != actual:
            self.problems.append(f"shown {shown}, but the car is {actual}")
        results = self.tester.car.store.command_results
        sent = [result for result in results if not result.is_late and result.cause not in UNSENT]
        if len(remotes) != len(sent):
            self.problems.append(f"{len(remotes)} remotes, but {len(sent)} results of sent commands")
        if len(remotes) > len(self._asks):
            self.problems.append(f"{len(remotes)} remotes for {len(self._asks)} requests")


def _shown(hass: HomeAssistant) -> Shown:
    """Return what the entities show."""
    return {
        "locked": get_state(hass, "lock.peugeot_e_208_central_locking") == "locked",
        "charging": get_state(hass, "switch.peugeot_e_208_charging") == "on",
        "preconditioning": get_state(hass, "climate.peugeot_e_208_preconditioning") == "heat_cool",
    }
