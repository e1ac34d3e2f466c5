"""A long run with faults: nothing is lost, grows, or stays broken. scripts/soak runs it for 30 days."""

import asyncio
from collections.abc import AsyncGenerator, Generator
import logging
import os
import random

from freezegun.api import FrozenDateTimeFactory
import pytest

from simulator import Simulator, SimulatorConfig
from tests.support.disk import hass_config_dir, hass_storage  # noqa: F401 - fixtures
from tests.support.helpers import START, Control
from tests.support.privacy import Recorder
from tests.support.push import SetUpPush
from tests.support.soak import DAY_LIMIT, Soak
from tests.support.soak_usage import ShortLogRecord
from tests.support.virtual_time import VirtualTime

pytestmark = pytest.mark.slow
DAYS = int(os.environ.get("SOAK_DAYS", "3"))
SEED = int(os.environ.get("SOAK_SEED", "1"))


@pytest.fixture
async def virtual_time(freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[VirtualTime]:
    """Virtual time of the event loop, of Home Assistant, and of the simulator."""
    freezer.move_to(START)
    virtual_time = VirtualTime(asyncio.get_running_loop(), freezer.tick)
    monkeypatch.setattr("simulator.clock.real_seconds", virtual_time.time)
    yield virtual_time
    virtual_time.restore()


@pytest.fixture
async def simulator(virtual_time: VirtualTime, socket_enabled: None) -> AsyncGenerator[Simulator]:
    """A simulator whose cars are driven and charged: three Peugeots and two Citroëns belong to the accounts."""
    config = SimulatorConfig(start=START, seed=SEED, day_limit=DAY_LIMIT)
    async with Simulator(config) as running:
        running.tokens._now = running.rate_limits._now = virtual_time.time
        yield running


@pytest.fixture(autouse=True)
def _fast_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait until files are on the disk, which takes most of the time."""
    monkeypatch.setattr("os.fsync", lambda _: None)


@pytest.fixture(autouse=True)
def _little_memory(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Keep little of the test itself in memory. The access log does not work with a frozen clock."""
    monkeypatch.setattr(Recorder, "add", lambda *_: None)
    logging.setLogRecordFactory(ShortLogRecord)
    with caplog.at_level(logging.INFO), caplog.at_level(logging.ERROR, "aiohttp.access"):
        yield
    logging.setLogRecordFactory(logging.LogRecord)


@pytest.mark.timeout(7200)
@pytest.mark.usefixtures("virtual_time")
async def test_long_run(set_up_push: SetUpPush, control: Control, capsys: pytest.CaptureFixture[str]) -> None:
    random.seed(SEED)
    soak = Soak(
        accounts=[await set_up_push(brand=brand, own_monitors=True) for brand in ("peugeot", "citroen")],
        control=control,
        rng=random.Random(SEED),  # noqa: S311 - reproducible
        days=DAYS,
    )
    await soak.run()
    with capsys.disabled():
        print(f"\n{await soak.summary()}")  # noqa: T201 - scripts/soak shows it
    problems = await soak.problems()
    assert not problems, "\n".join(problems)
