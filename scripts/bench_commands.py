"""What a command costs beyond the time that platform and car take, told of by push and read back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median
import time
from typing import Any, Final

from bench_integration import Measure, control, free_port, run_home_assistant, run_simulator, set_up
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.api.requests import SoundHorn
from custom_components.stellantis.commands.queue import POLL_DELAYS
from custom_components.stellantis.const import CONF_PUSH_URL
from custom_components.stellantis.data import Car

ROUNDS: Final = 40
# The car does at once what it is told, so that all that passes is ours
IMMEDIATE_SUCCESS: Final = {"events": [{"status": "Accepted"}, {"status": "Success", "delay": 0}]}


@asynccontextmanager
async def set_up_car(*, pushed: bool) -> AsyncIterator[tuple[HomeAssistant, MockConfigEntry, Car, str]]:
    """A car whose account the platform reaches, or does not."""
    port = free_port()
    async with run_simulator(1) as url, run_home_assistant(url, port) as (hass, entry):
        if pushed:
            hass.config_entries.async_update_entry(entry, options={CONF_PUSH_URL: f"http://127.0.0.1:{port}"})
        await set_up(hass, entry)
        await hass.http.start()
        (only,) = entry.runtime_data.cars.values()
        yield hass, entry, only, url


async def measure_durations(only: Car, url: str, rounds: int) -> tuple[list[float], dict[str, int]]:
    """Return the seconds that commands take, and what was asked of the platform for them."""
    await control(url, "POST", "remotes/next", IMMEDIATE_SUCCESS)
    await only.commands.async_send(SoundHorn())  # makes the callback
    await control(url, "DELETE", "requests")
    found = []
    for _ in range(rounds):
        await control(url, "POST", "remotes/next", IMMEDIATE_SUCCESS)
        started = time.perf_counter()
        await only.commands.async_send(SoundHorn())
        found.append(time.perf_counter() - started)
    return found, await control(url, "GET", "requests")


def requests_per_command(requests: dict[str, Any], rounds: int) -> float:
    """Return how many requests a command took, the looks at the car itself not counted."""
    counted: int = sum(count for path, count in requests.items() if not path.endswith("/status"))
    return counted / rounds


async def measure_commands() -> list[Measure]:
    """Commands whose fate is told, and such whose fate is read back."""
    async with set_up_car(pushed=True) as (_, entry, only, url):
        pushed, told = await measure_durations(only, url, ROUNDS)
        listens = entry.runtime_data.push.is_receiving
    async with set_up_car(pushed=False) as (_, _, only, url):
        read, looked = await measure_durations(only, url, 3)
    await asyncio.sleep(0)
    return [
        Measure(metric="command, told by push (1: it was)", value=float(listens), unit=""),
        Measure(metric="command to its end, told by push, median", value=median(pushed) * 1000, unit="ms", limit=50),
        Measure(metric="requests of such a command", value=requests_per_command(told, ROUNDS), unit="", limit=1),
        Measure(
            metric="command to its end, read back, median", value=median(read), unit="s", limit=POLL_DELAYS[0] + 0.5
        ),
        Measure(
            metric="requests of such a command, read back", value=requests_per_command(looked, 3), unit="", limit=3
        ),
    ]
