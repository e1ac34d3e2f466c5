"""Benchmarks of commands, with push and with polling; the platform and the car take no time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median
import time
from typing import Any, Final

from bench_integration import Measure, control, run_home_assistant, run_simulator, set_up
from homeassistant.core import HomeAssistant
from instance import free_port
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.api.requests import SoundHorn
from custom_components.stellantis.commands.queue import POLL_DELAYS
from custom_components.stellantis.const import CONF_PUSH_URL
from custom_components.stellantis.data import Car

ROUNDS: Final = 40
# The car executes commands immediately, so that only our own time is measured
IMMEDIATE_SUCCESS: Final = {"events": [{"status": "Accepted"}, {"status": "Success", "delay": 0}]}


@asynccontextmanager
async def set_up_car(*, pushed: bool) -> AsyncIterator[tuple[HomeAssistant, MockConfigEntry, Car, str]]:
    """Set up a car, with or without push."""
    port = free_port()
    async with run_simulator(1) as url, run_home_assistant(url, port) as (hass, entry):
        if pushed:
            hass.config_entries.async_update_entry(entry, options={CONF_PUSH_URL: f"http://127.0.0.1:{port}"})
        await set_up(hass, entry)
        await hass.http.start()
        (car,) = entry.runtime_data.cars.values()
        yield hass, entry, car, url


async def measure_durations(car: Car, url: str, rounds: int) -> tuple[list[float], dict[str, int]]:
    """Return the durations of commands in seconds, and the number of requests of each operation."""
    await control(url, "POST", "remotes/next", IMMEDIATE_SUCCESS)
    await car.commands.async_send(SoundHorn())  # creates the callback
    await control(url, "DELETE", "requests")
    durations = []
    for _ in range(rounds):
        await control(url, "POST", "remotes/next", IMMEDIATE_SUCCESS)
        started = time.perf_counter()
        await car.commands.async_send(SoundHorn())
        durations.append(time.perf_counter() - started)
    return durations, await control(url, "GET", "requests")


def requests_per_command(requests: dict[str, Any], rounds: int) -> float:
    """Return the number of requests per command, without those of the status."""
    count: int = sum(count for path, count in requests.items() if not path.endswith("/status"))
    return count / rounds


async def measure_commands() -> list[Measure]:
    """Measure commands with push and with polling."""
    async with set_up_car(pushed=True) as (_, entry, car, url):
        pushed, push_requests = await measure_durations(car, url, ROUNDS)
        is_receiving = entry.runtime_data.push.is_receiving
    async with set_up_car(pushed=False) as (_, _, car, url):
        polled, poll_requests = await measure_durations(car, url, 3)
    await asyncio.sleep(0)
    return [
        Measure(metric="command, told by push (1: it was)", value=float(is_receiving), unit=""),
        Measure(metric="command to its end, told by push, median", value=median(pushed) * 1000, unit="ms", limit=50),
        Measure(
            metric="requests of such a command", value=requests_per_command(push_requests, ROUNDS), unit="", limit=1
        ),
        Measure(
            metric="command to its end, read back, median", value=median(polled), unit="s", limit=POLL_DELAYS[0] + 0.5
        ),
        Measure(
            metric="requests of such a command, read back",
            value=requests_per_command(poll_requests, 3),
            unit="",
            limit=3,
        ),
    ]
