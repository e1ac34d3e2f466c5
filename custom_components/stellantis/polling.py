"""When to poll: often while something happens, rarely while the car sleeps, always within the request budget."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from math import isnan
from typing import Any, Final, Literal, Self

from .api import Budget
from .const import CONF_ACTIVE_INTERVAL, CONF_ASLEEP_INTERVAL, CONF_PARKED_INTERVAL
from .vehicle.state import Activity

# Default, minimum and maximum of each option, in minutes
INTERVAL_LIMITS: Final[Mapping[str, tuple[int, int, int]]] = {
    CONF_ACTIVE_INTERVAL: (5, 2, 60),
    CONF_PARKED_INTERVAL: (15, 5, 360),
    CONF_ASLEEP_INTERVAL: (60, 15, 1440),
}
_OPTIONS: Final = {
    Activity.ACTIVE: CONF_ACTIVE_INTERVAL,
    Activity.PARKED: CONF_PARKED_INTERVAL,
    Activity.ASLEEP: CONF_ASLEEP_INTERVAL,
}
# Share of the daily request limit for polling the status of all cars
STATUS_BUDGET_SHARE: Final = 0.6
DAY: Final = timedelta(days=1)
# After the API has reported that there is no such data, or that the permission is missing
NO_DATA_INTERVAL: Final = timedelta(days=1)
# While expected data is not available yet
RETRY_INTERVAL: Final = timedelta(minutes=10)
MAX_RETRIES: Final = 3
# The platform may list a trip hours after its end
LATE_RETRY_INTERVALS: Final = tuple(timedelta(hours=hours) for hours in (1, 2, 4, 8))
FAST_POLL_INTERVAL: Final = timedelta(seconds=15)


class FastPolling(Enum):
    """Whether a car is polled every few seconds because of a command."""

    OFF = auto()
    ON = auto()
    # The command has ended: one more poll shows its effect
    ONCE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollState:
    """What an endpoint's next poll depends on, besides the car's activity and the request budget.

    Attributes:
        retries_left: Remaining polls at RETRY_INTERVAL for data that is expected. The very first poll is one.
        late_retries_left: Remaining polls at LATE_RETRY_INTERVALS after those.
        fast_polling: Whether a command is running, or has just ended.
        is_suspended: Whether the API has no such data of the car, or the driver did not grant the permission.
        is_pushed: Whether the data is pushed reliably.
        failures: Number of consecutive failed polls.
    """

    retries_left: int = 1
    late_retries_left: int = 0
    fast_polling: FastPolling = FastPolling.OFF
    is_suspended: bool = False
    is_pushed: bool = False
    failures: int = 0

    def expect_data(self, retries: int = MAX_RETRIES) -> Self:
        """Return the state when new data is expected; after the first retries it may still be listed late."""
        return replace(self, retries_left=retries, late_retries_left=len(LATE_RETRY_INTERVALS))

    def after_poll(self, *, is_missing: bool) -> Self:
        """Return the state after a successful poll; `is_missing` tells whether the expected data is still missing."""
        if not is_missing:
            return replace(self, retries_left=0, late_retries_left=0)
        if self.retries_left:
            return replace(self, retries_left=self.retries_left - 1)
        return replace(self, late_retries_left=max(0, self.late_retries_left - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class DataUpdate:
    """How and when an endpoint last received data."""

    source: Literal["poll", "push"]
    received_at: datetime


def next_interval(
    state: PollState,
    interval: timedelta | None,
    *,
    push_interval: timedelta | None = None,
    min_interval: timedelta = timedelta(0),
) -> timedelta | None:
    """Return the interval until the next poll of an endpoint; None if it is not polled by time.

    Args:
        state: The state of the endpoint.
        interval: The interval for the car's activity; None for data that is only polled on events.
        push_interval: The minimum interval while the data is pushed; ignored after a failed poll.
        min_interval: The minimum interval that the request budget allows.
    """
    if state.is_suspended:
        return NO_DATA_INTERVAL
    if interval and push_interval and state.is_pushed and not state.failures:
        interval = max(interval, push_interval)
    if state.retries_left:
        interval = min(interval or RETRY_INTERVAL, RETRY_INTERVAL)
    elif state.late_retries_left:
        late_interval = LATE_RETRY_INTERVALS[-state.late_retries_left]
        interval = min(interval or late_interval, late_interval)
    if state.fast_polling is not FastPolling.OFF:
        interval = FAST_POLL_INTERVAL
    return interval and max(interval, min_interval)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollingIntervals:
    """The interval between two polls of a car's status, by its activity."""

    intervals: Mapping[Activity, timedelta]

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Return the intervals from an entry's options, limited to the allowed range."""
        return cls(
            intervals={
                activity: timedelta(minutes=_limit_minutes(options.get(option), *INTERVAL_LIMITS[option]))
                for activity, option in _OPTIONS.items()
            }
        )


def _limit_minutes(value: object, default: int, minimum: int, maximum: int) -> float:
    return min(max(value, minimum), maximum) if isinstance(value, int | float) and not isnan(value) else default


def min_poll_interval(budget: Budget, vehicle_count: int) -> timedelta:
    """Return the minimum interval between two polls of each car that the account's daily request limit allows."""
    limit, reserved = budget.day.limit, budget.reserved
    if not limit or reserved is None:
        return timedelta(0)
    return DAY * vehicle_count / max(1.0, (limit - reserved) * STATUS_BUDGET_SHARE)
