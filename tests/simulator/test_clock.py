"""Simulated time."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from simulator.clock import MAX_SPEED, MAX_STEP, Clock, duration, rfc3339
from simulator.config import SimulatorConfig
from simulator.world import World

if TYPE_CHECKING:
    from freezegun.api import FrozenDateTimeFactory


def test_clock_runs_stops_and_jumps() -> None:
    real = [100.0]
    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC), 60, lambda: real[0])
    real[0] += 2
    assert clock.now() - clock.start == 120
    clock.set_speed(0)
    real[0] += 50
    assert clock.now() - clock.start == 120
    assert clock.advance(30) - clock.start == 150
    assert rfc3339(clock.start) == "2026-01-01T00:00:00Z"
    assert [duration(seconds) for seconds in (0, 59, 60, 3600, 79500)] == ["PT0S", "PT0S", "PT1M", "PT1H", "PT22H5M"]


def test_fast_clock_does_not_pile_up_time() -> None:
    """A machine that cannot keep up makes time pass slower."""
    real = [0.0]
    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC), MAX_SPEED, lambda: real[0])
    real[0] += 20
    assert clock.now() - clock.start == MAX_STEP
    clock.set_speed(1)
    real[0] += 30 * 86400
    assert clock.now() - clock.start == MAX_STEP + 30 * 86400, "a quiet month is a month"


def test_frozen_python_clock_does_not_affect_simulated_time(freezer: FrozenDateTimeFactory) -> None:
    world = World(SimulatorConfig())
    start = world.clock.now()
    freezer.tick(86400)
    assert world.clock.now() - start < 10
