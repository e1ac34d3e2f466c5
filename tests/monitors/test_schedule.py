"""When the monitors of an account are checked, as tables."""

import pytest

from custom_components.stellantis.monitors.schedule import (
    MAX_RETRY_INTERVAL,
    SyncSchedule,
    after_failure,
    after_success,
    is_due,
    next_check,
)

MINUTE, HOUR = 60.0, 3600.0


def test_a_car_that_refuses_is_asked_ever_more_rarely() -> None:
    schedule, now, pauses = after_success(0.0), 0.0, []
    for _ in range(100):
        schedule = after_failure(schedule, now)
        pauses.append(schedule.due_at - now)
        now = schedule.due_at
    assert pauses[:4] == [10 * MINUTE, 20 * MINUTE, 40 * MINUTE, 80 * MINUTE]
    assert set(pauses[7:]) == {MAX_RETRY_INTERVAL}
    assert after_success(now) == SyncSchedule(due_at=now + 6 * HOUR, is_settled=True)


def test_three_failures_until_nothing_is_known() -> None:
    schedule, known = after_success(0.0), []
    for _ in range(4):
        schedule = after_failure(schedule, 0.0)
        known.append(not schedule.is_unknown)
    assert known == [True, True, False, False]


SETTLED = after_success(0.0)
FAILED = after_failure(SyncSchedule(), 0.0)


@pytest.mark.parametrize(
    ("schedules", "checked_at", "arrived_at", "expected"),
    [
        # Once after an hour of silence, and every six hours anyway
        ([SETTLED], 0.0, 0.0, HOUR),
        ([after_success(0.5 * HOUR)], 0.5 * HOUR, 0.0, HOUR),
        ([after_success(HOUR)], HOUR, 0.0, 7 * HOUR),
        ([after_success(20 * HOUR)], 20 * HOUR, 0.0, 26 * HOUR),
        # While notifications arrive, nothing needs to be checked early
        ([SETTLED], 0.0, 3 * HOUR, 4 * HOUR),
        ([SETTLED], 0.0, 5.9 * HOUR, 6 * HOUR),
        # A car that refused, or whose monitors were rejected, is not asked because of silence
        ([FAILED], 0.0, 0.0, 10 * MINUTE),
        ([after_failure(FAILED, 0.0)], 0.0, 0.0, 20 * MINUTE),
        ([after_success(0.0, is_complete=False)], 0.0, 0.0, 24 * HOUR),
        ([FAILED, SETTLED], 0.0, 0.0, 10 * MINUTE),
        # A new car
        ([SyncSchedule(), SETTLED], 50.0, 50.0, 0.0),
    ],
)
def test_next_check(schedules: list[SyncSchedule], checked_at: float, arrived_at: float, expected: float) -> None:
    assert next_check(schedules, checked_at, arrived_at) == expected


@pytest.mark.parametrize(
    ("schedule", "now", "expected"),
    [
        (SyncSchedule(), 0.0, True),
        (SETTLED, HOUR - 1, False),
        (SETTLED, HOUR, True),
        (FAILED, 10 * MINUTE - 1, False),
        (FAILED, 10 * MINUTE, True),
        (after_success(0.0, is_complete=False), HOUR, False),
    ],
)
def test_is_due(schedule: SyncSchedule, now: float, *, expected: bool) -> None:
    assert is_due(schedule, now, checked_at=0.0, arrived_at=0.0) is expected
