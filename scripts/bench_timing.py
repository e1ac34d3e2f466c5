"""How benchmarks measure time."""

import asyncio
from asyncio.events import Handle
from collections.abc import Awaitable, Callable, Coroutine
import gc
import time
from typing import Any
from unittest.mock import patch


async def measure_cpu_time(call: Callable[[], Awaitable[object]], rounds: int = 1) -> float:
    """Return the average CPU time in seconds of consecutive calls, without garbage collection, as `timeit` does.

    A collection would traverse everything that the test plugin has loaded.
    """
    gc.collect()
    gc.disable()
    try:
        started = time.process_time()
        for _ in range(rounds):
            await call()
        return (time.process_time() - started) / rounds
    finally:
        gc.enable()


async def measure_callbacks(call: Callable[[], Coroutine[Any, Any, None]]) -> tuple[float, float]:
    """Return the CPU time of a call, and that of its longest callback, in seconds."""
    longest, run = 0.0, Handle._run  # noqa: SLF001 - the debug mode of asyncio, which measures this, too, is too slow

    def run_timed(handle: Handle) -> None:
        nonlocal longest
        started = time.thread_time()
        run(handle)
        longest = max(longest, time.thread_time() - started)

    with patch.object(Handle, "_run", run_timed):
        seconds = await measure_cpu_time(lambda: asyncio.create_task(call()))
    return seconds, longest
