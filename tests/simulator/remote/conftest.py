"""Fixtures: a simulator whose cars do nothing by themselves, and remotes for one of them."""

import pytest

from simulator import SimulatorConfig

from ..conftest import MONDAY, Caller, Hook
from .helpers import Remotes


@pytest.fixture
def config() -> SimulatorConfig:
    return SimulatorConfig(start=MONDAY, speed=0, routine=False)


@pytest.fixture
async def remotes(caller: Caller, hook: Hook) -> Remotes:
    """Remotes for an e-208."""
    await caller.sign_in("peugeot")
    return Remotes(caller, hook, await caller.subscribe(hook.url), "e-208")
