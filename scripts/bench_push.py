"""Benchmarks of push: notifications of many cars at once, and a flood of notifications that must be rejected."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
import gc
import json
import logging
from math import inf
from pathlib import Path
from statistics import quantiles
import sys
import time
import tracemalloc
from typing import Any
from unittest.mock import patch

from aiohttp import web
from bench_day import measure_commute
from bench_integration import Measure, control, run_home_assistant, run_simulator, set_up
from bench_poster import CAR_HEADER
from homeassistant.components.webhook import async_register, async_unregister
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import EVENT_STATE_CHANGED, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from instance import free_port
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.const import CONF_PUSH_URL, DOMAIN
from custom_components.stellantis.push import webhook
from custom_components.stellantis.push.webhook import NotificationQueue

CARS = 100
ROUNDS = 7
REJECTED_COUNT = 10_000
PROBE_INTERVAL = 0.001
POSTER_SCRIPT = Path(__file__).with_name("bench_poster.py")


@dataclass(slots=True)
class PushHarness:
    """Home Assistant behind a proxy that records the platform's notifications instead of forwarding them."""

    hass: HomeAssistant
    entry: MockConfigEntry
    url: str
    webhook_url: str
    posted: list[dict[str, Any]]
    arrival_times: dict[str, float] = field(default_factory=dict)

    @property
    def queue(self) -> NotificationQueue:
        """The queue behind the webhook."""
        queue: NotificationQueue = self.entry.runtime_data.push.queue
        return queue

    async def set_doors(self, doors: str | list[str]) -> list[dict[str, Any]]:
        """Open or close a door of all cars. Return the bodies that the platform posts."""
        self.posted.clear()
        for vin in self.entry.runtime_data.cars:
            await control(self.url, "PATCH", f"vehicles/{vin}", {"doors": doors})
        return list(self.posted)

    async def post(self, bodies: list[dict[str, Any]], **options: Any) -> dict[str, int]:
        """Post bodies from another process. Return the number of responses by status."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, POSTER_SCRIPT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate(json.dumps({"url": self.webhook_url, "bodies": bodies, **options}).encode())
        await self.hass.async_block_till_done()
        while self.queue.size:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.01)
        return dict(json.loads(out))

    def record_arrivals(self) -> None:
        """Record the arrival time of each notification by vehicle tag."""
        webhook_id = self.entry.data[CONF_WEBHOOK_ID]

        async def record_and_handle(hass: HomeAssistant, webhook_id: str, request: web.Request) -> web.Response:
            self.arrival_times[request.headers.get(CAR_HEADER, "")] = time.monotonic()
            response: web.Response = await self.queue.async_handle_request(hass, webhook_id, request)
            return response

        async_unregister(self.hass, webhook_id)
        async_register(self.hass, DOMAIN, self.entry.title, webhook_id, record_and_handle)


@asynccontextmanager
async def push_harness(cars: int) -> AsyncIterator[PushHarness]:
    """Set up cars whose notifications only reach Home Assistant by `PushHarness.post`."""
    port, proxy = free_port(), free_port()
    async with run_simulator(cars) as url, run_home_assistant(url, port) as (hass, entry):
        posted: list[dict[str, Any]] = []

        async def record(request: web.Request) -> web.Response:
            posted.append(await request.json())
            return web.Response()

        app = web.Application()
        app.router.add_post("/{path:.*}", record)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", proxy).start()
        hass.config_entries.async_update_entry(entry, options={CONF_PUSH_URL: f"http://127.0.0.1:{proxy}"})
        await set_up(hass, entry)
        await hass.http.start()
        try:
            webhook_url = f"http://127.0.0.1:{port}/api/webhook/{entry.data[CONF_WEBHOOK_ID]}"
            harness = PushHarness(hass, entry, url, webhook_url, posted)
            harness.record_arrivals()
            yield harness
        finally:
            await runner.cleanup()


@contextmanager
def frozen_garbage() -> Iterator[None]:
    """Exclude existing objects, most of them of the test plugin, from garbage collection."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


async def simultaneous_changes() -> list[Measure]:
    """Measure notifications of a hundred cars at once, each on its own connection; the best round counts."""
    async with push_harness(CARS) as harness:
        registry, state_times, seconds, missing = er.async_get(harness.hass), dict[str, float](), list[list[float]](), 0
        entities = {
            entity.entity_id: car.push.vehicle_tag
            for car in harness.entry.runtime_data.cars.values()
            for entity in er.async_entries_for_device(registry, car.device.id)
            if entity.translation_key == "trunk"
        }

        @callback
        def record_state(event: Event[Any]) -> None:
            if tag := entities.get(event.data["entity_id"]):
                state_times[tag] = time.monotonic()

        harness.hass.bus.async_listen(EVENT_STATE_CHANGED, record_state)
        for number in range(ROUNDS):
            bodies = await harness.set_doors("closed" if number % 2 else ["Trunk"])
            state_times.clear()
            with frozen_garbage():
                await harness.post(bodies)
            missing += CARS - len(state_times)
            seconds.append([state_times[tag] - harness.arrival_times[tag] for tag in state_times])
    round_quantiles = [quantiles(durations, n=20) for durations in seconds]
    return [
        Measure(metric=f"changes of {CARS} cars at once that were not seen", value=missing, unit="", limit=0),
        Measure(
            metric="from the arrival of each to its state, median",
            value=min(ventiles[9] for ventiles in round_quantiles) * 1000,
            unit="ms",
        ),
        Measure(
            metric="from the arrival of each to its state, p95",
            value=min(ventiles[-1] for ventiles in round_quantiles) * 1000,
            unit="ms",
            limit=100,
        ),
    ]


async def flood() -> list[Measure]:
    """Measure ten thousand notifications that must be rejected, without the rate limit so that each is checked."""
    async with push_harness(1) as harness:
        bodies = [body for doors in (["Trunk"], "closed") * 5 for body in await harness.set_doors(doors)]
        await harness.post(bodies)
        stats = harness.queue.stats
        accepted, longest = stats.accepted, 0.0
        before = {state.entity_id: state.state for state in harness.hass.states.async_all()}

        async def probe() -> None:
            nonlocal longest
            while True:
                due = time.monotonic() + PROBE_INTERVAL
                await asyncio.sleep(PROBE_INTERVAL)
                longest = max(longest, time.monotonic() - due)

        logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # logs each body that cannot be decompressed
        with patch.object(webhook, "MAX_REQUEST_RATE", inf), patch.object(webhook, "MAX_REQUEST_BURST", inf):
            await harness.post(bodies, rejected=REJECTED_COUNT // 4)  # warm up
            stats.rejected.clear()
            stats.duplicates = 0
            with frozen_garbage():
                probe_task = harness.hass.async_create_background_task(probe(), "heart")
                started = time.perf_counter()
                responses = await harness.post(bodies, rejected=REJECTED_COUNT)
                seconds = time.perf_counter() - started
                probe_task.cancel()
            print(f"rejected: {dict(stats.rejected)}, {stats.duplicates} duplicates; responses {responses} (0: closed)")
            tracemalloc.start()
            memory = [await traced_memory(harness, bodies) for _ in range(3)]
            tracemalloc.stop()
        changed = sum(state.state != before.get(state.entity_id) for state in harness.hass.states.async_all())
    return [
        Measure(metric="bad notifications posted from outside", value=REJECTED_COUNT, unit=""),
        Measure(metric="bad notifications in a second", value=REJECTED_COUNT / seconds, unit="1/s"),
        Measure(metric="bad notifications accepted", value=stats.accepted - accepted, unit="", limit=0),
        Measure(metric="states changed by them", value=changed, unit="", limit=0),
        Measure(metric="longest wait of others for the event loop", value=longest * 1000, unit="ms", limit=50),
        Measure(metric="memory grown by 2500 more", value=(memory[2] - memory[0]) / (1 << 20), unit="MiB", limit=1),
    ]


async def traced_memory(harness: PushHarness, bodies: list[dict[str, Any]]) -> float:
    """Return the memory in use after another eighth of the rejected notifications."""
    await harness.post(bodies, rejected=REJECTED_COUNT // 8)
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


PUSH = (simultaneous_changes, flood, measure_commute)
