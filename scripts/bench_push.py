"""What push costs: many cars that tell at once, and a flood of what nobody should take."""

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
from bench_integration import Measure, control, free_port, run_home_assistant, run_simulator, set_up
from bench_poster import CAR_HEADER
from homeassistant.components.webhook import async_register, async_unregister
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import EVENT_STATE_CHANGED, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
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
    """A Home Assistant behind a proxy, which keeps what the platform posts."""

    hass: HomeAssistant
    entry: MockConfigEntry
    url: str
    webhook: str
    posted: list[dict[str, Any]]
    arrival_times: dict[str, float] = field(default_factory=dict)

    @property
    def queue(self) -> NotificationQueue:
        """Where notifications arrive."""
        inbox: NotificationQueue = self.entry.runtime_data.push.inbox
        return inbox

    async def set_doors(self, doors: str | list[str]) -> list[dict[str, Any]]:
        """Open or close a door of all cars, and return what the platform tells of it."""
        self.posted.clear()
        for vin in self.entry.runtime_data.cars:
            await control(self.url, "PATCH", f"vehicles/{vin}", {"doors": doors})
        return list(self.posted)

    async def post(self, bodies: list[dict[str, Any]], **more: Any) -> dict[str, int]:
        """Have them posted from outside, and return the statuses of the answers."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, POSTER_SCRIPT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate(json.dumps({"url": self.webhook, "bodies": bodies, **more}).encode())
        await self.hass.async_block_till_done()
        while self.queue.size:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
        return dict(json.loads(out))

    def record_arrivals(self) -> None:
        """Note when a notification arrives."""
        webhook_id = self.entry.data[CONF_WEBHOOK_ID]

        async def note(hass: HomeAssistant, webhook_id: str, request: web.Request) -> web.Response:
            self.arrival_times[request.headers.get(CAR_HEADER, "")] = time.monotonic()
            answer: web.Response = await self.queue.async_handle_request(hass, webhook_id, request)
            return answer

        async_unregister(self.hass, webhook_id)
        async_register(self.hass, DOMAIN, self.entry.title, webhook_id, note)


@asynccontextmanager
async def push_harness(cars: int) -> AsyncIterator[PushHarness]:
    """Cars whose platform posts to a proxy, of which nothing comes to Home Assistant unless it is posted on."""
    port, proxy = free_port(), free_port()
    async with run_simulator(cars) as url, run_home_assistant(url, port) as (hass, entry):
        kept: list[dict[str, Any]] = []

        async def keep(request: web.Request) -> web.Response:
            kept.append(await request.json())
            return web.Response()

        app = web.Application()
        app.router.add_post("/{path:.*}", keep)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", proxy).start()
        hass.config_entries.async_update_entry(entry, options={CONF_PUSH_URL: f"http://127.0.0.1:{proxy}"})
        await set_up(hass, entry)
        await hass.http.start()
        try:
            here = PushHarness(
                hass, entry, url, f"http://127.0.0.1:{port}/api/webhook/{entry.data[CONF_WEBHOOK_ID]}", kept
            )
            here.record_arrivals()
            yield here
        finally:
            await runner.cleanup()


@contextmanager
def frozen_garbage() -> Iterator[None]:
    """Have garbage collected as ever, without what is there already: most of it is the test plugin's."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


async def simultaneous_changes() -> list[Measure]:
    """A hundred cars of which the platform tells at once, over a connection each; the best of several rounds counts."""
    async with push_harness(CARS) as here:
        registry, written, seconds, unseen = er.async_get(here.hass), dict[str, float](), list[list[float]](), 0
        entities = {
            entity.entity_id: car.push.vehicle_tag
            for car in here.entry.runtime_data.cars.values()
            for entity in er.async_entries_for_device(registry, car.device.id)
            if entity.translation_key == "trunk"
        }

        @callback
        def note(event: Event[Any]) -> None:
            if tag := entities.get(event.data["entity_id"]):
                written[tag] = time.monotonic()

        here.hass.bus.async_listen(EVENT_STATE_CHANGED, note)
        for number in range(ROUNDS):
            bodies = await here.set_doors("closed" if number % 2 else ["Trunk"])
            written.clear()
            with frozen_garbage():
                await here.post(bodies)
            unseen += CARS - len(written)
            seconds.append([written[tag] - here.arrival_times[tag] for tag in written])
    fractions = [quantiles(one, n=20) for one in seconds]
    return [
        Measure(metric=f"changes of {CARS} cars at once that were not seen", value=unseen, unit="", limit=0),
        Measure(
            metric="from the arrival of each to its state, median",
            value=min(one[9] for one in fractions) * 1000,
            unit="ms",
        ),
        Measure(
            metric="from the arrival of each to its state, p95",
            value=min(one[-1] for one in fractions) * 1000,
            unit="ms",
            limit=100,
        ),
    ]


async def flood() -> list[Measure]:
    """Ten thousand notifications that nobody should take, faster than is allowed, so that each is looked at."""
    async with push_harness(1) as here:
        bodies = [body for doors in (["Trunk"], "closed") * 5 for body in await here.set_doors(doors)]
        await here.post(bodies)
        counts = here.queue.stats
        accepted, longest = counts.accepted, 0.0
        before = {state.entity_id: state.state for state in here.hass.states.async_all()}

        async def beat() -> None:
            nonlocal longest
            while True:
                due = time.monotonic() + PROBE_INTERVAL
                await asyncio.sleep(PROBE_INTERVAL)
                longest = max(longest, time.monotonic() - due)

        logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # it has a word for each that it cannot unpack
        with patch.object(webhook, "MAX_REQUEST_RATE", inf), patch.object(webhook, "MAX_REQUEST_BURST", inf):
            await here.post(bodies, bad=REJECTED_COUNT // 4)  # what is made but once is made
            counts.rejected.clear()
            counts.duplicates = 0
            with frozen_garbage():
                heart = here.hass.async_create_background_task(beat(), "heart")
                started = time.perf_counter()
                answers = await here.post(bodies, bad=REJECTED_COUNT)
                took = time.perf_counter() - started
                heart.cancel()
            print(f"bad: {dict(counts.rejected)}, {counts.duplicates} known before; answers {answers} (0: hung up)")
            tracemalloc.start()
            grown = [await traced_memory(here, bodies) for _ in range(3)]
            tracemalloc.stop()
        changed = sum(state.state != before.get(state.entity_id) for state in here.hass.states.async_all())
    return [
        Measure(metric="bad notifications posted from outside", value=REJECTED_COUNT, unit=""),
        Measure(metric="bad notifications in a second", value=REJECTED_COUNT / took, unit="1/s"),
        Measure(metric="bad notifications accepted", value=counts.accepted - accepted, unit="", limit=0),
        Measure(metric="states changed by them", value=changed, unit="", limit=0),
        Measure(metric="longest wait of others for the event loop", value=longest * 1000, unit="ms", limit=50),
        Measure(metric="memory grown by 2500 more", value=(grown[2] - grown[0]) / (1 << 20), unit="MiB", limit=1),
    ]


async def traced_memory(here: PushHarness, bodies: list[dict[str, Any]]) -> float:
    """Return the memory that is in use after so many more."""
    await here.post(bodies, bad=REJECTED_COUNT // 8)
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


PUSH = (simultaneous_changes, flood, measure_commute)
