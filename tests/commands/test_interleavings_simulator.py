"""Random histories of commands against the simulator: real requests, notifications, restarts and lost responses."""

from datetime import UTC, datetime, timedelta
import os
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.commands import late, queue as command_queue
from tests.support.commands import ONE_CAR, CommandTester, MakeCommandTester
from tests.support.simulator_histories import SimulatorHistory

pytestmark = pytest.mark.simulator(**ONE_CAR)

HISTORIES = 5
MORE_HISTORIES = int(os.environ.get("HISTORIES", "50"))  # scripts/interleavings --simulator COUNT


@pytest.fixture(params=[False, True], ids=["polled", "pushed"])
async def tester(
    make_tester: MakeCommandTester,
    http_client: TestClient[Any, Any],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> CommandTester:
    """A car whose clock is also Home Assistant's, and whose commands are given up after a second."""
    tester = await make_tester(str(http_client.make_url("/")) if request.param else None, has_monitors=True)
    clock = tester.simulator.world.clock
    monkeypatch.setattr(dt_util, "utcnow", lambda: datetime.fromtimestamp(clock.now(), UTC))
    monkeypatch.setattr(command_queue, "COMMAND_TIMEOUT", timedelta(seconds=1))
    monkeypatch.setattr(command_queue, "PUSH_WAIT", 0.1)
    monkeypatch.setattr(late, "LATE_POLL_DELAYS", (0.02,))
    return tester


async def find_problems(tester: CommandTester, seeds: range) -> dict[int, list[str]]:
    """Run the histories of some seeds one after the other; return the problems of those that have any.

    A seed decides what happens; how fast the machine is decides in which order responses arrive.
    """
    problems = {seed: await SimulatorHistory(tester, seed).run() for seed in seeds}
    return {seed: found for seed, found in problems.items() if found}


async def test_histories_end_in_agreement(tester: CommandTester) -> None:
    """At rest the entities show what the simulated car is, and it has received each command once."""
    assert await find_problems(tester, range(HISTORIES)) == {}


@pytest.mark.slow
async def test_more_histories_end_in_agreement(tester: CommandTester) -> None:
    assert await find_problems(tester, range(HISTORIES, HISTORIES + MORE_HISTORIES)) == {}
