"""Benchmarks in a running Home Assistant: updates of a car, and setup of one to a hundred cars."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
import gc
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
import sys
import time
import tracemalloc
from typing import Any, Final, cast
from unittest.mock import patch

import aiohttp
from bench_bare import add_bare_entry
from bench_timing import measure_callbacks, measure_cpu_time
from homeassistant import loader
from homeassistant.components import http
from homeassistant.components.application_credentials import ClientCredential, async_import_client_credential
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, frame
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.entity import Entity
from homeassistant.setup import async_setup_component
from instance import start_simulator
import orjson
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_test_home_assistant
from yarl import URL

from custom_components.stellantis.api import Brand
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.data import Car

BRAND: Final = "peugeot"
ROUNDS: Final = 300
SETUP_ROUNDS: Final = 5
KNOWN_CARS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A measured value and its limit."""

    metric: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def is_within_limit(self) -> bool:
        """Whether the value is within its limit."""
        return self.limit is None or self.value <= self.limit


@asynccontextmanager
async def run_simulator(cars: int) -> AsyncIterator[str]:
    """Run a simulator without rate limits in its own process; yield its URL."""
    process, url = await start_simulator(Path(sys.executable), "--no-routine", "--brand", BRAND, "--fleet", str(cars))
    try:
        await control(url, "PUT", "limits", {"day": 0, "burst": 0})
        yield url
    finally:
        await process.stop()


async def control(url: str, method: str, path: str, body: Any = None) -> Any:
    """Send a request to the simulator's control interface; return the response."""
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{url}/_control/{path}", json=body) as response,
    ):
        return await response.json() if response.status != 204 else None  # noqa: PLR2004 - no content


@asynccontextmanager
async def run_home_assistant(url: str, port: int = 0) -> AsyncIterator[tuple[HomeAssistant, MockConfigEntry]]:
    """Run Home Assistant with an entry that is not set up yet."""
    resolver = aiohttp.ThreadedResolver()
    resolver.real_close = resolver.close  # type: ignore[attr-defined]
    load_config = http.async_load_config

    async def load_config_with_port(*args: Any) -> Any:
        return {**await load_config(*args), "server_host": ["127.0.0.1"], "server_port": port}

    with (
        # The default resolver needs the network, and the default port may be in use
        patch("homeassistant.helpers.aiohttp_client._async_make_resolver", return_value=resolver),
        patch("homeassistant.components.http.async_load_config", load_config_with_port),
    ):
        async with async_test_home_assistant() as hass:
            frame.async_setup(hass)
            hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
            await async_setup_component(hass, "application_credentials", {})
            await async_import_client_credential(hass, DOMAIN, ClientCredential("demo-client", "demo-secret"))
            token = await control(url, "POST", "token", {"brand": BRAND})
            token["expires_at"] = time.time() + token["expires_in"]
            data = {
                "auth_implementation": DOMAIN,
                "token": token,
                "brand": BRAND,
                "environment": "custom",
                "url": url,
            }
            entry = MockConfigEntry(domain=DOMAIN, title="Bench", data=data)
            entry.add_to_hass(hass)
            yield hass, entry
            await hass.config_entries.async_unload(entry.entry_id)
            await hass.async_stop(force=True)


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set up an entry and wait until all endpoints are fetched."""
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    if entry.state is not ConfigEntryState.LOADED:
        sys.exit(f"bench: the entry is {entry.state}")


@asynccontextmanager
async def record_written_states(hass: HomeAssistant) -> AsyncIterator[set[str]]:
    """Yield a set to which the ids of entities are added whose states are written or reported."""
    ids: set[str] = set()

    @callback
    def record(event: Event[Any]) -> None:
        ids.add(event.data["entity_id"])

    unsubs = [
        hass.bus.async_listen(EVENT_STATE_CHANGED, record),
        hass.bus.async_listen(EVENT_STATE_REPORTED, record, event_filter=callback(lambda _data: True)),
    ]
    yield ids
    await hass.async_block_till_done(wait_background_tasks=True)
    for unsub in unsubs:
        unsub()


async def measure_refresh() -> list[Measure]:
    """Measure an update without changes, and one with a change."""
    async with run_simulator(1) as url, run_home_assistant(url) as (hass, entry):
        await set_up(hass, entry)
        session = async_get_clientsession(hass)
        (car,) = entry.runtime_data.cars.values()
        async with record_written_states(hass) as unchanged:
            await car.status.async_refresh()
        address = f"{url}/connectedcar/v4/user/vehicles/{car.vehicle.id}/status"
        headers = {
            "Authorization": f"Bearer {entry.data['token']['access_token']}",
            "x-introspect-realm": Brand(BRAND).realm,
        }

        async def request_with_aiohttp() -> None:
            async with session.get(address, params={"client_id": "demo-client"}, headers=headers) as response:
                orjson.loads(await response.read())

        # Not by aiohttp, whose code the caches of the processor would then have for the baseline, but not ours
        connection = HTTPConnection(cast("str", URL(url).host), URL(url).port)

        def change_a_door(number: int) -> None:
            doors = orjson.dumps({"doors": ["Trunk"] if number % 2 else "closed"})
            connection.request("PATCH", f"/_control/vehicles/{car.vin}", doors, {"Content-Type": "application/json"})
            connection.getresponse().read()

        ratio = await compare_refresh(hass, car, request_with_aiohttp, lambda _number: None)
        before = {state.entity_id: state.state for state in hass.states.async_all()}
        await control(url, "PATCH", f"vehicles/{car.vin}", {"doors": ["Trunk"]})
        async with record_written_states(hass) as changed:
            await car.status.async_refresh()
        unnecessary = {
            entity_id
            for entity_id in changed
            if (state := hass.states.get(entity_id)) and state.state == before.get(entity_id)
        }
        changed_ratio = await compare_refresh(hass, car, request_with_aiohttp, change_a_door)
        connection.close()
    return [
        Measure(metric="states written by a refresh of an unchanged car", value=len(unchanged), unit="", limit=0),
        Measure(metric="such a refresh / its GET and orjson.loads, CPU", value=ratio, unit="times", limit=1.5),
        Measure(metric="states written by a refresh after a door opened", value=len(changed), unit=""),
        Measure(metric="of these, such that had not changed", value=len(unnecessary), unit="", limit=0),
        Measure(
            metric="such a refresh / its GET, orjson.loads and writes, CPU", value=changed_ratio, unit="times", limit=2
        ),
    ]


async def compare_refresh(
    hass: HomeAssistant,
    car: Car,
    request_fn: Callable[[], Awaitable[None]],
    prepare_fn: Callable[[int], None],
) -> float:
    """Return the CPU time of a refresh, divided by that of what it needs at least.

    That is the same request, parsed, and the writes of the states that have changed, which are timed in the refresh.
    Both are measured in turns, so that a busy machine slows down both, and the medians are compared.

    Args:
        hass: Home Assistant.
        car: The car.
        request_fn: Requests the status, and parses it.
        prepare_fn: Called with the number of the round before each of both, while nothing else runs.
    """
    written, write_state = 0.0, Entity.async_write_ha_state

    def write_timed(entity: Entity) -> None:
        nonlocal written
        started = time.thread_time()
        write_state(entity)
        written += time.thread_time() - started

    refreshes, requests, writes = list[float](), list[float](), list[float]()
    gc.collect()
    gc.disable()
    try:
        with patch.object(Entity, "async_write_ha_state", write_timed):
            for number in range(ROUNDS):
                for call, seconds in ((car.status.async_refresh, refreshes), (request_fn, requests)):
                    prepare_fn(number)
                    before, started = written, time.thread_time()
                    await call()
                    seconds.append(time.thread_time() - started)
                    if seconds is refreshes:
                        writes.append(written - before)
                    await hass.async_block_till_done(wait_background_tasks=True)
    finally:
        gc.enable()
    return median(refreshes) / (median(requests) + median(writes))


async def measure_slow_server() -> list[Measure]:
    """Measure the setup of ten cars with a slow server."""
    async with run_simulator(10) as url, run_home_assistant(url) as (hass, entry):
        await control(url, "PUT", "faults", [{"path": "/user*", "delay": 0.3}])
        gc.collect()
        started = time.perf_counter()
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        seconds = time.perf_counter() - started
        await hass.async_block_till_done(wait_background_tasks=True)
    return [Measure(metric="set-up of 10 cars, 300 ms an answer", value=seconds, unit="s", limit=1.5)]


async def measure_first_setup(cars: int) -> tuple[float, float, int]:
    """Measure the first setup of cars.

    Returns:
        The CPU time in seconds, the longest callback / that of as many bare sensors, and the number of entities.
    """
    async with run_simulator(cars) as url, run_home_assistant(url) as (hass, entry):
        await set_up_platforms(hass)
        seconds, longest = await measure_callbacks(lambda: set_up(hass, entry))
        await set_up(hass, add_bare_entry(hass, 1, 1))  # Home Assistant has loaded the integration then
        bare = add_bare_entry(hass, cars, count_entities(hass, entry, enabled=True) // cars)
        _, longest_bare = await measure_callbacks(lambda: set_up(hass, bare))
        return seconds, longest / longest_bare, count_entities(hass, entry)


async def set_up_platforms(hass: HomeAssistant) -> None:
    """Set up the entity platforms, which other integrations have usually loaded."""
    from custom_components.stellantis.const import PLATFORMS  # noqa: PLC0415 - after coverage has started

    for platform in PLATFORMS:
        await async_setup_component(hass, platform, {})


def count_entities(hass: HomeAssistant, entry: MockConfigEntry, *, enabled: bool = False) -> int:
    """Return the number of entities of an entry, those included that are disabled unless only enabled ones count."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return sum(not (enabled and entity.disabled) for entity in entities)


async def measure_repeated_setup(cars: int) -> tuple[float, float]:
    """Return the CPU time of the setup of known entities, divided by that of as many bare sensors.

    Returns:
        The ratio of the platforms alone, whose coordinators have their data, and that of the whole entries, with the
        requests of ours.
    """
    from custom_components.stellantis.const import PLATFORMS  # noqa: PLC0415 - after coverage has started

    async with run_simulator(cars) as url, run_home_assistant(url) as (hass, entry):
        await set_up(hass, entry)
        bare = add_bare_entry(hass, cars, count_entities(hass, entry, enabled=True) // cars)
        await set_up(hass, bare)
        platforms: dict[str, Collection[str]] = {entry.entry_id: PLATFORMS, bare.entry_id: ["sensor"]}

        async def unload_platforms(known: MockConfigEntry) -> None:
            await hass.config_entries.async_unload_platforms(known, platforms[known.entry_id])

        async def forward_setup(known: MockConfigEntry) -> None:
            await hass.config_entries.async_forward_entry_setups(known, platforms[known.entry_id])
            await hass.async_block_till_done(wait_background_tasks=True)

        async def unload(known: MockConfigEntry) -> None:
            await hass.config_entries.async_unload(known.entry_id)

        async def compare(
            unload_fn: Callable[[MockConfigEntry], Awaitable[None]],
            set_up_fn: Callable[[MockConfigEntry], Awaitable[None]],
        ) -> float:
            seconds: dict[str, list[float]] = {entry.entry_id: [], bare.entry_id: []}
            for _ in range(SETUP_ROUNDS):
                for known in (entry, bare):
                    await unload_fn(known)
                    await hass.async_block_till_done(wait_background_tasks=True)
                    seconds[known.entry_id].append(await measure_cpu_time(partial(set_up_fn, known)))
            own, baseline = (
                min(seconds[known.entry_id]) / count_entities(hass, known, enabled=True) for known in (entry, bare)
            )
            return own / baseline

        return await compare(unload_platforms, forward_setup), await compare(unload, partial(set_up, hass))


async def measure_memory(cars: int) -> tuple[float, int]:
    """Return the memory in KiB that a setup allocates, and the number of entities."""
    async with run_simulator(cars) as url, run_home_assistant(url) as (hass, entry):
        await set_up_platforms(hass)
        gc.collect()
        tracemalloc.start()
        await set_up(hass, entry)
        gc.collect()
        allocated = tracemalloc.get_traced_memory()[0] / 1024
        tracemalloc.stop()
        return allocated, count_entities(hass, entry)


async def measure_scaling() -> list[Measure]:
    """Measure how the cost grows from one to a hundred cars."""
    one, ten, hundred = [await measure_first_setup(cars) for cars in (1, 10, 100)]
    (small, small_count), (large, large_count) = await measure_memory(10), await measure_memory(30)
    known_ratio, whole_ratio = await measure_repeated_setup(KNOWN_CARS)
    first_of_one, first_of_ten, first_of_many = (measured[0] / measured[2] * 1000 for measured in (one, ten, hundred))
    each = "CPU of each entity"
    return [
        Measure(metric="entities of 100 cars, those included that are off", value=hundred[2], unit=""),
        Measure(metric=f"first set-up of 1 car, {each}", value=first_of_one, unit="ms"),
        Measure(metric=f"first set-up of 10 cars, {each}", value=first_of_ten, unit="ms"),
        Measure(
            metric=f"first set-up of 100 cars / of 10, {each}",
            value=first_of_many / first_of_ten,
            unit="times",
            limit=1.25,
        ),
        Measure(
            metric="set-up of a known entity / of a bare sensor, CPU",
            value=known_ratio,
            unit="times",
            limit=1.5,
        ),
        Measure(metric="the same with the account, the cars and their requests", value=whole_ratio, unit="times"),
        Measure(
            metric="memory of each entity", value=(large - small) / (large_count - small_count), unit="KiB", limit=8
        ),
        Measure(
            metric="longest callback while ten cars are set up / while bare sensors are",
            value=ten[1],
            unit="times",
            limit=1.5,
        ),
    ]


INTEGRATION_BENCHMARKS: Final = (measure_refresh, measure_slow_server, measure_scaling)
