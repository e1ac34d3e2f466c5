"""The simulated platform of the crash rounds: what happens to the car, and what has really reached the platform."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from unittest.mock import patch

import aiohttp
from crash_verdict import SeenMonitor

from simulator import Client, Simulator, SimulatorConfig
from simulator.config import DEMO_CLIENT
from simulator.http.faults import Fault
from simulator.push.callbacks import Callback
from simulator.push.monitors import Monitor

BRAND: Final = "peugeot"
# Every Home Assistant has its own application, because callbacks and commands belong to one
UNDISTURBED_CLIENT: Final = Client(client_id="undisturbed", secret="undisturbed-secret")  # noqa: S106 - public
# Simulated time has this far to go until it is now: no car may report what is still to come
HEAD_START: Final = timedelta(days=90)
# Simulated seconds per second: a command takes no longer than a test can wait
SPEED: Final = 10.0
# The attribute by which a monitor on the platform tells whose it is
OWNER_ATTRIBUTE: Final = "watch"


@dataclass(slots=True)
class Platform:
    """The simulated platform with one car.

    Attributes:
        simulator: The simulator, in this process.
        session: Sends the calls of its control interface.
        used_tokens: The access tokens that came with requests.
    """

    simulator: Simulator
    session: aiohttp.ClientSession
    used_tokens: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        """The URL of the platform."""
        return self.simulator.url

    @property
    def vin(self) -> str:
        """The VIN of the car."""
        return self.simulator.world.vehicles[0].vin

    @property
    def level(self) -> int:
        """The battery level in %."""
        return int(self.simulator.world.vehicles[0].state.electric)

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control interface."""
        async with self.session.request(method, f"{self.url}/_control{path}", json=body) as response:
            response.raise_for_status()
            return await response.json(content_type=None)

    async def change_car(self, **values: Any) -> None:
        """Change the car by hand."""
        await self.control("PATCH", f"/vehicles/{self.vin}", values)

    async def advance(self, time: timedelta) -> None:
        """Let simulated time pass."""
        await self.control("POST", "/clock", {"advance": time.total_seconds()})

    # Requests

    @contextmanager
    def delayed(self, method: str, path: str, delay: float) -> Iterator[None]:
        """Delay the handling of requests. It goes on although the client is killed meanwhile."""
        rule = Fault(method=method, path=path, delay=delay)
        self.simulator.faults.rules.append(rule)
        try:
            yield
        finally:
            self.simulator.faults.rules.remove(rule)

    def count_requests(self, method: str, path: str) -> int:
        """Return how many requests have arrived."""
        return self.simulator.requests[f"{method} {path}"]

    # Tokens

    def grants(self, client: Client = DEMO_CLIENT) -> list[dict[str, Any]]:
        """Return the consents to an application, with their tokens."""
        return [grant for grant in self.simulator.tokens.dump() if grant["client_id"] == client.client_id]

    def expire_tokens(self) -> None:
        """Expire the access tokens of the Home Assistant that is killed."""
        self.simulator.tokens.expire(DEMO_CLIENT)

    def was_used(self, grants: list[dict[str, Any]]) -> bool:
        """Return whether an access token of consents came with a request."""
        return any(self.used_tokens & grant["access"].keys() for grant in grants)

    # Commands, callbacks and monitors of the Home Assistant that is killed

    @property
    def command_labels(self) -> list[str]:
        """The labels of the commands that were posted."""
        return [str(remote.body.get("label")) for remote in self.simulator.remote.remotes.values()]

    @property
    def callbacks(self) -> list[Callback]:
        """The callbacks."""
        callbacks = self.simulator.push.callbacks.values()
        return [callback for callback in callbacks if callback.client_id == DEMO_CLIENT.client_id]

    @property
    def monitors(self) -> list[SeenMonitor]:
        """The monitors."""
        return [SeenMonitor(label=monitor.label, owner=_owner(monitor)) for monitor in self._monitors]

    @property
    def _monitors(self) -> list[Monitor]:
        callbacks = self.callbacks
        return [monitor for monitor in self.simulator.push.monitors.values() if monitor.callback in callbacks]

    def remove_callbacks(self) -> None:
        """Delete the callbacks with their monitors, as if the platform had forgotten them."""
        for callback in self.callbacks:
            self.simulator.push.remove_callback(callback)

    def remove_user_monitors(self) -> None:
        """Delete the monitors of users."""
        for monitor in [monitor for monitor in self._monitors if _owner(monitor)]:
            self.simulator.push.remove_monitor(monitor)


@asynccontextmanager
async def run_platform() -> AsyncIterator[Platform]:
    """Run the platform in this process."""
    config = SimulatorConfig(
        start=datetime.now(UTC) - HEAD_START,
        speed=SPEED,
        brand=BRAND,
        fleet=1,
        routine=False,
        clients=(UNDISTURBED_CLIENT,),
        day_limit=0,
        burst_limit=0,
    )
    async with Simulator(config) as simulator, aiohttp.ClientSession() as session:
        platform = Platform(simulator, session)
        check = simulator.tokens.check

        def record_and_check(access_token: str) -> Any:
            platform.used_tokens.add(access_token)
            return check(access_token)

        with patch.object(simulator.tokens, "check", record_and_check):
            yield platform


def _owner(monitor: Monitor) -> str | None:
    return next((item["value"] for item in monitor.attributes if item["key"] == OWNER_ATTRIBUTE), None)
