"""When to poll: often while something happens, rarely while the car sleeps, always within the request budget."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from math import isnan
from typing import Any, Final, Self

from .api import Budget
from .const import CONF_ACTIVE_INTERVAL, CONF_ASLEEP_INTERVAL, CONF_PARKED_INTERVAL
from .vehicle.state import Activity

# Minutes: what is usual, and the least and the most that a person may choose
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
# Of what the platform allows in a day, the part that the status of all cars together may take
STATUS_BUDGET_SHARE: Final = 0.6
DAY: Final = timedelta(days=1)
# After the API reported that it has no such data, or that the permission for it is missing
NO_DATA_INTERVAL: Final = timedelta(days=1)
# While data is expected that the API does not have yet
RETRY_INTERVAL: Final = timedelta(minutes=10)
MAX_RETRIES: Final = 3
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
        retries_left: polls at RETRY_INTERVAL that are left for data that is expected. The first poll of all is such.
        fast_polling: whether a command is running, or has just ended.
        is_suspended: the API has no such data of this car, or the driver did not grant the permission.
        is_pushed: notifications bring this data, and are relied on.
        failures: polls in a row that have failed.
    """

    retries_left: int = 1
    fast_polling: FastPolling = FastPolling.OFF
    is_suspended: bool = False
    is_pushed: bool = False
    failures: int = 0


def next_interval(
    state: PollState,
    interval: timedelta | None,
    *,
    push_interval: timedelta | None = None,
    min_interval: timedelta = timedelta(0),
) -> timedelta | None:
    """Return the time until an endpoint is polled again; None means that the clock does not start a poll.

    Args:
        state: what is known of earlier polls, commands and push.
        interval: the usual interval for the car's activity; None for data that is polled on events only.
        push_interval: the least interval while the data is pushed. A poll that failed is not put off by it.
        min_interval: the least interval that the request budget allows.
    """
    if state.is_suspended:
        return NO_DATA_INTERVAL
    if interval and push_interval and state.is_pushed and not state.failures:
        interval = max(interval, push_interval)
    if state.retries_left:
        interval = min(interval or RETRY_INTERVAL, RETRY_INTERVAL)
    if state.fast_polling is not FastPolling.OFF:
        interval = FAST_POLL_INTERVAL
    return interval and max(interval, min_interval)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollingIntervals:
    """The time from one look at a car to the next, by what the car is doing."""

    intervals: Mapping[Activity, timedelta]

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Return the rhythm that a person chose: as usual where they did not, and within bounds."""
        minutes = {doing: _limit_minutes(options.get(name), *INTERVAL_LIMITS[name]) for doing, name in _OPTIONS.items()}
        return cls(intervals={doing: timedelta(minutes=chosen) for doing, chosen in minutes.items()})


def _limit_minutes(chosen: object, default: int, minimum: int, maximum: int) -> float:
    return min(max(chosen, minimum), maximum) if isinstance(chosen, int | float) and not isnan(chosen) else default


def min_poll_interval(budget: Budget, vehicle_count: int) -> timedelta:
    """Return the least time between two looks at each car that the account's requests of a day allow."""
    limit, reserved = budget.day.limit, budget.reserved
    if not limit or reserved is None:
        return timedelta(0)
    return DAY * vehicle_count / max(1.0, (limit - reserved) * STATUS_BUDGET_SHARE)
