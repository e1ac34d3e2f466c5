"""When the monitors of an account are checked. Pure: times are seconds of the event loop's clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

# Failed checks in a row after which push and the user's monitors are no longer trusted
FAILURES_UNTIL_UNKNOWN: Final = 3
SYNC_INTERVAL: Final = 6 * 3600.0
# Long, because a rejected monitor is retried with a request per trigger
REJECTED_RETRY_INTERVAL: Final = timedelta(days=1)
MIN_RETRY_INTERVAL: Final = 600.0
MAX_RETRY_INTERVAL: Final = SYNC_INTERVAL
# Silence after which the platform may have forgotten the callback and its monitors
MIN_SILENCE: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncSchedule:
    """When the monitors of a car are checked next.

    Attributes:
        failures: Number of failed checks in a row.
        due_at: The time of the next check.
        is_settled: Whether the last check found or made all monitors as they should be.
    """

    failures: int = 0
    due_at: float = 0.0
    is_settled: bool = False

    @property
    def is_unknown(self) -> bool:
        """Whether the last checks failed so often that what was found before no longer counts."""
        return self.failures >= FAILURES_UNTIL_UNKNOWN


def after_success(now: float, *, is_complete: bool = True) -> SyncSchedule:
    """Return the schedule after a check; `is_complete` tells whether the platform accepted all monitors."""
    interval = SYNC_INTERVAL if is_complete else REJECTED_RETRY_INTERVAL.total_seconds()
    return SyncSchedule(due_at=now + interval, is_settled=is_complete)


def after_failure(schedule: SyncSchedule, now: float) -> SyncSchedule:
    """Return the schedule after a failed check; the pause doubles with each failure."""
    pause = min(MIN_RETRY_INTERVAL * 2.0 ** min(schedule.failures, 10), MAX_RETRY_INTERVAL)
    return SyncSchedule(failures=schedule.failures + 1, due_at=now + pause)


def next_check(schedules: Iterable[SyncSchedule], checked_at: float, arrived_at: float) -> float:
    """Return when any of the cars is checked next.

    Args:
        schedules: The schedules of the cars.
        checked_at: When any was checked last.
        arrived_at: When the last notification arrived.
    """
    return min(_next_check(schedule, checked_at, arrived_at) for schedule in schedules)


def is_due(schedule: SyncSchedule, now: float, checked_at: float, arrived_at: float) -> bool:
    """Return whether a car is checked now."""
    return _next_check(schedule, checked_at, arrived_at) <= now


def _next_check(schedule: SyncSchedule, checked_at: float, arrived_at: float) -> float:
    """Return when a car is checked next: one where all was well also once after an hour in which nothing arrived."""
    is_silence_checked = checked_at >= arrived_at + MIN_SILENCE
    if not schedule.is_settled or is_silence_checked:
        return schedule.due_at
    return min(schedule.due_at, arrived_at + MIN_SILENCE)
