"""Random histories of charges with a limit: bounded in stops, never below the limit, and never silent about it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final

import pytest

from custom_components.stellantis.vehicle.charge_limit import ChargeLimitRecord, ChargeReport, LimitAction
from custom_components.stellantis.vehicle.charge_limit_rules import (
    ATTEMPT_PAUSES,
    MAX_ATTEMPTS,
    REARM_AFTER,
    REARM_MARGIN,
    SILENT_AFTER,
    Decision,
    decide,
)
from tests.support.charging import time

LIMIT: Final = ChargeLimitRecord(level=80, enabled=True)
STOP, POLL = LimitAction.STOP, LimitAction.POLL
# From the first report of a level at the limit, a charge has ended or the user is told after this many minutes
BOUND: Final = 45


@dataclass(slots=True)
class World:
    """A car, the people and the platform around it, at one minute after the other."""

    random: Random
    record: ChargeLimitRecord = LIMIT
    minute: float = 0.0
    level: float = 60.0
    is_charging: bool = False
    is_plugged: bool = False
    mileage: float = 1000.0
    speed: float = 0.5
    is_silent: bool = False
    has_remaining: bool = True
    reported: ChargeReport | None = None
    polled_at: datetime | None = None
    stop_ends_at: float | None = None
    over_since: float | None = None
    # Attempts since the charge was another one the last time
    attempts: list[float] = field(default_factory=list)

    def measure(self) -> None:
        """Let the car report."""
        remaining = (
            timedelta(minutes=(100 - self.level) / self.speed) if self.has_remaining and self.is_charging else None
        )
        self.reported = ChargeReport(
            measured_at=time(self.minute),
            level=float(int(self.level)),
            is_charging=self.is_charging,
            is_unplugged=not self.is_plugged,
            mileage=self.mileage,
            remaining=remaining,
        )

    def live(self) -> None:
        """Let a minute pass."""
        roll = self.random.random()
        if roll < 0.01:
            self.is_plugged = not self.is_plugged
            self.is_charging = self.is_plugged
            self.is_silent, self.has_remaining = self.random.random() < 0.3, self.random.random() < 0.7
            self.speed = self.random.choice((0.1, 0.5, 1.5))
            self.is_silent = self.is_silent and self.is_plugged
            self.measure()
        elif roll < 0.013:
            self.is_plugged = self.is_charging = False
            self.mileage += 20
            self.level = max(10.0, self.level - self.random.randrange(5, 50))
        elif roll < 0.05 and self.is_plugged:
            self.is_charging = True  # by its own clock, or somebody's hand
        elif roll < 0.055 and self.is_plugged:
            self.is_charging = True
            self.record = self.record.with_start(self.reported)
        if self.is_charging:
            self.level = min(100.0, self.level + self.speed)
            self.is_charging = self.level < 100
        if self.minute % 5 == 0 and not self.is_silent:
            self.measure()
        if self.minute % 5 == 0:
            self.polled_at = time(self.minute)

    def step(self) -> None:
        """Let a minute pass and decide; hold the invariants."""
        self.live()
        if self.stop_ends_at is not None and self.minute >= self.stop_ends_at:
            self.end_stop()
        decision = decide(
            self.record,
            self.reported,
            time(self.minute),
            polled_at=self.polled_at,
            is_busy=self.stop_ends_at is not None,
        )
        self.note_other_charge(decision)
        self.record = decision.record
        if decision.action is POLL:
            self.polled_at = time(self.minute)
        elif decision.action is STOP:
            self.check_stop(decision)
            self.record = self.record.with_attempt(time(self.minute), self.mileage)
            self.attempts.append(self.minute)
            self.stop_ends_at = self.minute + self.random.choice((0, 1, 3))
        self.check_bound(decision)
        self.minute += 1

    def end_stop(self) -> None:
        """Let a stop succeed, succeed without effect, or fail."""
        roll = self.random.random()
        if roll < 0.5:
            self.is_charging = False
        cause = None if roll < 0.6 else "missing_rights" if roll < 0.63 else "timed_out"
        self.record = self.record.with_result(cause, time(self.minute))
        self.stop_ends_at = None

    def note_other_charge(self, decision: Decision) -> None:
        """Forget the attempts if the car was unplugged, driven, or below the limit, or the last is long ago."""
        reported = self.reported
        if reported is None or not self.attempts:
            return
        is_below = reported.level is not None and reported.level <= LIMIT.level - REARM_MARGIN
        is_long_ago = self.minute - self.attempts[-1] >= REARM_AFTER.total_seconds() / 60
        was_driven = bool(self.record.mileage and reported.mileage and reported.mileage > self.record.mileage)
        if reported.is_unplugged or is_below or is_long_ago or was_driven:
            self.attempts.clear()
        assert decision.record.attempts <= MAX_ATTEMPTS

    def check_stop(self, decision: Decision) -> None:
        """Check that a stop is due: at the limit, or by the estimate of a silent car; not too often nor too soon."""
        reported = self.reported
        assert reported is not None
        assert reported.is_charging
        assert reported.level is not None
        assert reported.measured_at is not None
        assert not self.record.overridden
        if reported.level < LIMIT.level:
            estimate = reported.estimate(LIMIT.level)
            assert estimate is not None
            assert decision.is_estimated
            assert time(self.minute) >= max(estimate, reported.measured_at + SILENT_AFTER)
        assert len(self.attempts) < MAX_ATTEMPTS
        if self.attempts and self.record.attempts:
            pause = ATTEMPT_PAUSES[self.record.attempts - 1]
            assert timedelta(minutes=self.minute - self.attempts[-1]) >= pause

    def check_bound(self, decision: Decision) -> None:
        """Check that a charge that is reported at the limit ends soon, or the user is told."""
        reported = self.reported
        is_over = bool(reported and reported.is_charging and reported.level and reported.level >= LIMIT.level)
        if not is_over or decision.record.overridden or decision.record.problem or self.stop_ends_at is not None:
            self.over_since = None
        elif reported and reported.measured_at == time(self.minute):
            self.over_since = self.minute if self.over_since is None else self.over_since
        if self.over_since is not None:
            assert self.minute - self.over_since <= BOUND


@pytest.mark.parametrize("seed", range(60))
def test_random_histories(seed: int) -> None:
    """Never too many stops in a charge, never a stop below the limit, and always a stop or a word at the limit."""
    world = World(Random(seed))  # noqa: S311 - reproducible
    for _ in range(3000):
        world.step()
