"""When to poll: often while something happens, rarely while the car sleeps, always within the request budget."""

from collections.abc import Hashable, Mapping
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
DAY: Final = timedelta(days=1)
# After the API has reported that there is no such data, or that the permission is missing
NO_DATA_INTERVAL: Final = timedelta(days=1)
# While expected data is not available yet
RETRY_INTERVAL: Final = timedelta(minutes=10)
MAX_RETRIES: Final = 3
# The platform may list a trip hours after its end
LATE_RETRY_INTERVALS: Final = tuple(timedelta(hours=hours) for hours in (1, 2, 4, 8))
# What is expected has been reported so much later
REPORT_DELAY: Final = timedelta(minutes=2)
FAST_POLL_INTERVAL: Final = timedelta(seconds=15)
# After a first failure, and after many
FIRST_FAILURE_INTERVAL: Final = timedelta(minutes=15)
MAX_FAILURE_INTERVAL: Final = timedelta(hours=1)
# After this many failed polls in a row, data is no longer valid
FAILURES_UNTIL_UNAVAILABLE: Final = 3
# After this many failed polls of an account in a row, whatever the endpoints, its server is considered down
FAILURES_UNTIL_DOWN: Final = 3
FIRST_PROBE_INTERVAL: Final = timedelta(minutes=10)
# Data that was pushed is valid as long as the polls of a sleeping car are apart while push is relied on
PUSHED_DATA_LIFETIME: Final = timedelta(hours=12)


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
        is_confirmed: Whether the last poll brought the data. If not, the next one does not rely on push.
        is_waiting: Whether the server is down. Then it is not decided for each endpoint when to poll again.
        failures: Number of consecutive failed polls, those included that exceeded the rate limit.
    """

    retries_left: int = 1
    late_retries_left: int = 0
    fast_polling: FastPolling = FastPolling.OFF
    is_suspended: bool = False
    is_pushed: bool = False
    is_confirmed: bool = True
    is_waiting: bool = False
    failures: int = 0

    def expect_data(self, retries: int = MAX_RETRIES) -> Self:
        """Return the state when new data is expected; after the first retries it may still be listed late."""
        return replace(self, retries_left=retries, late_retries_left=len(LATE_RETRY_INTERVALS))

    def before_poll(self) -> Self:
        """Return the state when a poll begins."""
        if self.fast_polling is FastPolling.ONCE:
            return replace(self, fast_polling=FastPolling.OFF, is_suspended=False)
        return replace(self, is_suspended=False) if self.is_suspended else self

    def after_poll(self, *, is_missing: bool) -> Self:
        """Return the state after a successful poll; `is_missing` tells whether the expected data is still missing."""
        if not is_missing:
            is_expected = self.retries_left or self.late_retries_left
            return replace(self, retries_left=0, late_retries_left=0) if is_expected else self
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
    expected_in: timedelta | None = None,
) -> timedelta | None:
    """Return the interval until the next poll of an endpoint; None if it is not polled by time.

    Args:
        state: The state of the endpoint.
        interval: The interval for the car's activity; None for data that is only polled on events.
        push_interval: The minimum interval while the data is pushed; ignored after a poll that brought no data.
        min_interval: The minimum interval that the request budget allows.
        expected_in: The time until the car is expected to wake up and report something.
    """
    if state.is_suspended:
        return NO_DATA_INTERVAL
    if state.is_waiting and state.fast_polling is FastPolling.OFF:
        return None
    is_relied_on = state.is_pushed and state.is_confirmed and not state.failures
    if interval and push_interval and is_relied_on:
        interval = max(interval, push_interval)
    elif interval and expected_in is not None and expected_in > -REPORT_DELAY:
        interval = min(interval, expected_in + REPORT_DELAY)
    if state.retries_left:
        interval = min(interval or RETRY_INTERVAL, RETRY_INTERVAL)
    elif state.late_retries_left:
        late_interval = LATE_RETRY_INTERVALS[-state.late_retries_left]
        interval = min(interval or late_interval, late_interval)
    if state.failures:
        interval = failure_interval(state.failures, min(interval or FIRST_FAILURE_INTERVAL, FIRST_FAILURE_INTERVAL))
    if state.fast_polling is not FastPolling.OFF:
        interval = FAST_POLL_INTERVAL
    return interval and max(interval, min_interval)


def failure_interval(failures: int, first: timedelta) -> timedelta:
    """Return the interval after consecutive failures: `first` after the first two, then twice the last one."""
    doublings = min(max(failures - 2, 0), 10)  # a longer outage does not make it longer
    return min(first * 2.0**doublings, MAX_FAILURE_INTERVAL)


def is_valid(failures: int, last_update: DataUpdate | None, now: datetime) -> bool:
    """Return whether data is still valid: few polls in a row have failed, or it was pushed not long ago."""
    if failures < FAILURES_UNTIL_UNAVAILABLE:
        return True
    if last_update is None or last_update.source != "push":
        return False
    return abs(now - last_update.received_at) < PUSHED_DATA_LIFETIME  # the clock may have been set back


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPolls[EndpointT: Hashable]:
    """The result of the last polls of all endpoints of an account.

    Attributes:
        failures: Failed polls in a row, of whatever endpoint. Those of faulty endpoints do not count.
        probes: Failed polls in a row of endpoints that had failed before, since the server is down.
        failed: The endpoints whose last poll failed; that which was polled last is at the end.
        faulty: Those of them that failed while the server was up, so that this is not the reason.
        limited: The endpoints whose last poll exceeded the rate limit.
    """

    failures: int = 0
    probes: int = 0
    failed: tuple[EndpointT, ...] = ()
    faulty: frozenset[EndpointT] = frozenset()
    limited: frozenset[EndpointT] = frozenset()

    @property
    def is_down(self) -> bool:
        """Whether the server is considered down. Then only one endpoint is polled at a time."""
        return self.failures >= FAILURES_UNTIL_DOWN

    @property
    def waiting(self) -> tuple[EndpointT, ...]:
        """The endpoints that wait for the server, the one to be polled next first."""
        return tuple(endpoint for endpoint in self.failed if endpoint not in self.faulty) if self.is_down else ()

    @property
    def probe_interval(self) -> timedelta:
        """The time until the next poll of one endpoint while the server is down."""
        return failure_interval(self.probes + 1, FIRST_PROBE_INTERVAL)

    def after_success(self, endpoint: EndpointT) -> Self:
        """Return the state after a poll that has succeeded."""
        if not (self.failures or self.probes or self.failed or self.limited):
            return self
        return replace(self.without(endpoint), failures=0, probes=0)

    def after_failure(self, endpoint: EndpointT, *, is_server_up: bool = False) -> Self:
        """Return the state after a poll that has failed.

        Args:
            endpoint: The endpoint that was polled.
            is_server_up: Whether the server has refused just this poll, or responded to another one right before.
        """
        rest = self.without(endpoint)
        is_faulty = is_server_up or endpoint in self.faulty
        is_probe = self.is_down and endpoint in self.failed
        return replace(
            rest,
            failures=self.failures + (not is_faulty),
            probes=self.probes + (is_probe and not is_faulty),
            failed=(*rest.failed, endpoint),
            faulty=rest.faulty | {endpoint} if is_faulty else rest.faulty,
        )

    def to_recover(self, endpoint: EndpointT) -> tuple[EndpointT, ...]:
        """Return the endpoints to poll now, because a poll of `endpoint` has succeeded after failures."""
        if not self.is_down and endpoint not in self.failed:
            return ()
        return tuple(failed for failed in self.failed if failed != endpoint and failed not in self.faulty)

    def after_limit(self, endpoint: EndpointT) -> Self:
        """Return the state after a poll that exceeded the rate limit, which does not tell whether the server is up."""
        return replace(self, limited=self.limited | {endpoint})

    def without(self, endpoint: EndpointT) -> Self:
        """Return the state without an endpoint, as before its first failure."""
        failed = tuple(other for other in self.failed if other != endpoint)
        return replace(self, failed=failed, faulty=self.faulty - {endpoint}, limited=self.limited - {endpoint})


def affordable_polls(budget: Budget, count: int) -> int:
    """Return how many of a number of polls fit into half of what is left of the request budget; at least one."""
    remaining = budget.day.remaining
    return count if remaining is None else min(count, max(1, (remaining - (budget.reserved or 0)) // 2))


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


def min_poll_interval(budget: Budget, vehicle_count: int, share: float) -> timedelta:
    """Return the minimum interval between two polls of an endpoint that the daily request limit allows.

    Args:
        budget: The budget of the application.
        vehicle_count: The number of cars that share the budget.
        share: The endpoint's share of it; 0 if it sends no request.
    """
    limit, reserved = budget.rate_limit.day_limit, budget.reserved
    if not limit or reserved is None or not share:
        return timedelta(0)
    return DAY * vehicle_count / max(1.0, (limit - reserved) * share)
