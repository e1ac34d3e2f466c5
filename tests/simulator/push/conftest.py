"""Fixtures of the tests of push."""

import pytest

from ..conftest import Caller, Hook
from .helpers import Monitors


@pytest.fixture
async def monitors(caller: Caller, hook: Hook) -> Monitors:
    """Monitors of the 308 Hybrid, which sends every object of a status."""
    await caller.sign_in("peugeot")
    await caller.change("308 Hybrid", level=50, fuel_level=60, odometer=1000, temperature=10)
    return Monitors(caller, hook, await caller.subscribe(hook.url), "308 Hybrid")
