"""Benchmarks: the cost of decoding, requests, updates, setup, commands and push, each with its limit."""

import custom_components  # noqa: F401, I001 - before the test plugin's own package of that name wins

import argparse
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
import json
from pathlib import Path
import sys
import time
import timeit
from typing import Any, Final

import aiohttp
from bench_commands import measure_commands
from bench_integration import INTEGRATION_BENCHMARKS, Measure
from bench_push import PUSH
from instance import start_simulator
import orjson

from custom_components.stellantis.api import Brand, Environment, Status, StellantisClient, Transport, server_for
from simulator import Simulator, SimulatorConfig

BRAND: Final = "peugeot"
REQUESTS: Final = 800
CONCURRENT_REQUESTS: Final = 16


def best_times(*calls: Callable[[], object], number: int = 20, rounds: int = 1000) -> list[float]:
    """Return the seconds of each call in the best of many short rounds.

    The calls take turns: a processor that is shared is almost twice as slow for seconds at a time.
    """
    times = [[timeit.timeit(call, number=number) for call in calls] for _ in range(rounds)]
    return [min(column) / number for column in zip(*times, strict=True)]


@asynccontextmanager
async def run_simulator(**config: Any) -> AsyncIterator[Simulator]:
    """Run a simulator without rate limits."""
    settings = {"speed": 0, "routine": False, "day_limit": 0, "burst_limit": 0, **config}
    async with Simulator(SimulatorConfig(**settings)) as simulator:
        yield simulator


async def fetch_status_body(simulator: Simulator) -> bytes:
    """Return the undecoded body of a status response."""
    car = next(iter(simulator.world.accounts[BRAND].cars.values()))
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{simulator.url}/_control/token", json={"brand": BRAND}) as response:
            token = (await response.json())["access_token"]
        headers = {"Authorization": f"Bearer {token}", "x-introspect-realm": "clientsB2CPeugeot"}
        url = f"{simulator.url}/connectedcar/v4/user/vehicles/{car.id}/status?client_id=demo-client"
        async with session.get(url, headers=headers) as response:
            return await response.read()


async def measure_decoding() -> list[Measure]:
    """Compare decoding a status with parsing its JSON."""
    async with run_simulator() as simulator:
        body = await fetch_status_body(simulator)
    parse, decode = best_times(lambda: orjson.loads(body), lambda: Status.from_json(body))
    return [
        Measure(metric="status body", value=len(body), unit="bytes"),
        Measure(
            metric="decode a status / orjson.loads of it",
            value=decode / parse,
            unit="times",
            limit=4,
        ),
    ]


async def measure_requests() -> list[Measure]:
    """Compare the client with plain aiohttp, both requesting and decoding the same status."""
    process, url = await start_simulator(Path(sys.executable), "--no-routine")
    try:
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{url}/_control/vehicles") as response:
                vehicle_id = next(vehicle["id"] for vehicle in await response.json() if vehicle["brand"] == BRAND)
            await session.put(f"{url}/_control/limits", json={"day": 0, "burst": 0})
            async with session.post(f"{url}/_control/token", json={"brand": BRAND}) as response:
                token = (await response.json())["access_token"]
            realm = Brand(BRAND).realm

            async def get_token(rejected_token: str | None = None) -> str:  # noqa: ARG001 - there is only one token
                return str(token)

            server = server_for(Brand(BRAND), Environment.CUSTOM, url)
            client = StellantisClient(
                Transport(session, server, realm=realm, client_id="demo-client", token_provider=get_token)
            )
            headers = {"Authorization": f"Bearer {token}", "x-introspect-realm": realm}
            address = f"{url}/connectedcar/v4/user/vehicles/{vehicle_id}/status"

            async def request_with_aiohttp() -> None:
                async with session.get(address, params={"client_id": "demo-client"}, headers=headers) as response:
                    response.raise_for_status()
                    await response.json(loads=orjson.loads, content_type="application/hal+json")

            async def request_with_client() -> None:
                await client.status(vehicle_id)

            rounds = [
                (await measure_cpu_time(request_with_client), await measure_cpu_time(request_with_aiohttp))
                for _ in range(7)
            ]
            per_second = []
            for call in (request_with_client, request_with_aiohttp):
                started = time.perf_counter()
                await measure_cpu_time(call)
                per_second.append(REQUESTS / (time.perf_counter() - started))
    finally:
        await process.stop()
    ratio = min(client_time for client_time, _ in rounds) / min(aiohttp_time for _, aiohttp_time in rounds)
    return [
        Measure(metric="status requests by the client, 16 at a time", value=per_second[0], unit="1/s"),
        Measure(metric="status requests by bare aiohttp, 16 at a time", value=per_second[1], unit="1/s"),
        Measure(metric="CPU time of the client / of bare aiohttp", value=ratio, unit="times", limit=1.3),
    ]


async def measure_cpu_time(call: Callable[[], Awaitable[None]]) -> float:
    """Return the CPU time in seconds of many calls; some run concurrently, so that the process never idles."""

    async def call_repeatedly() -> None:
        for _ in range(REQUESTS // CONCURRENT_REQUESTS):
            await call()

    started = time.process_time()
    await asyncio.gather(*(call_repeatedly() for _ in range(CONCURRENT_REQUESTS)))
    return time.process_time() - started


def main() -> int:
    """Run all benchmarks and print the table; return 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table as JSON, too")
    options = parser.parse_args()
    measures = [
        measure
        for bench in (measure_decoding, measure_requests, *INTEGRATION_BENCHMARKS, measure_commands, *PUSH)
        for measure in asyncio.run(bench(), debug=False)
    ]
    width = max(len(measure.metric) for measure in measures)
    print(f"{'metric':{width}}  {'value':>10}  {'unit':8}  limit")
    for measure in measures:
        limit = "" if measure.limit is None else f"≤ {measure.limit:g}{'' if measure.is_within_limit else '  exceeded'}"
        print(f"{measure.metric:{width}}  {measure.value:>10.3f}  {measure.unit:8}  {limit}")
    if options.json:
        options.json.write_text(json.dumps([asdict(measure) for measure in measures], indent=1), encoding="utf-8")
    return 0 if all(measure.is_within_limit for measure in measures) else 1


if __name__ == "__main__":
    sys.exit(main())
