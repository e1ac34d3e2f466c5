"""When to charge until a departure, as cheaply as possible: a pure function."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil
from statistics import fmean
from typing import Final

from ...vehicle.stored import StoredModel

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
# Charging windows begin and end at quarters of an hour, as prices do
STEP: Final = timedelta(minutes=15)
# The charge ends so long before the departure, if there is time
MARGIN: Final = timedelta(minutes=15)
# The car waits for prices or a solar forecast only if it can wait this long
MIN_WAIT: Final = timedelta(hours=1)
# If the prices of this long a time are missing, the car waits for them, however long it charges
MIN_UNKNOWN: Final = timedelta(hours=3)
# Charging in another window is worth it if it saves as much as so many kWh cost on average
WINDOW_ENERGY: Final = 0.2
MAX_WINDOWS: Final = 3
# The share of the energy from the socket that the battery gets
DEFAULT_EFFICIENCY: Final = 0.9
# A plan is made anew if the level in % is so far from that which was expected, or from the target after the last window
LEVEL_TOLERANCE: Final = 3.0
TARGET_TOLERANCE: Final = 0.5
# Costs are compared as whole numbers, so that equal ones are equal
COST_DIGITS: Final = 1_000_000

type Times = tuple[tuple[datetime, datetime], ...]
# What it costs to charge in some windows; their first steps and those after their last, the latest window first
type _Way = tuple[int, tuple[tuple[int, int], ...]]
# The ways by their number of windows and of charged steps
type _Ways = dict[tuple[int, int], _Way]


class PlanReason(StrEnum):
    """Why the car charges when it does."""

    CHEAPEST = "cheapest"
    NO_PRICE = "no_price"
    WAITING_FOR_PRICES = "waiting_for_prices"
    WAITING_FOR_SOLAR_FORECAST = "waiting_for_solar_forecast"
    NO_TIME_TO_WAIT = "no_time_to_wait"
    NOT_ENOUGH_TIME = "not_enough_time"
    ALREADY_CHARGED = "already_charged"
    NOT_PLUGGED_IN = "not_plugged_in"


WAITING: Final = frozenset((PlanReason.WAITING_FOR_PRICES, PlanReason.WAITING_FOR_SOLAR_FORECAST))


@dataclass(frozen=True, slots=True)
class PriceSlot(StoredModel):
    """The price of a kWh during a time."""

    start: datetime
    end: datetime
    price: float


@dataclass(frozen=True, slots=True)
class SolarSlot(StoredModel):
    """The solar power in kW that is left for the car during a time."""

    start: datetime
    end: datetime
    power: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What a plan is made from. All times are in UTC.

    Attributes:
        now: The present time.
        departure: When the car must be ready.
        level: Battery level in %.
        target: Battery level in % for the departure.
        limit: Battery level in % at which charging is stopped, by the car or the integration.
        capacity: Usable capacity in kWh.
        power: Power in kW that the battery is charged with.
        efficiency: The share of the energy from the socket that the battery gets.
        prices: Prices as far as they are known.
        solar: Solar forecast.
        are_prices_pending: Whether more prices are to be expected.
        is_solar_pending: Whether a solar forecast is to be expected.
        is_plugged: Whether the cable is plugged in.
        max_windows: In how many windows the car can charge: 1 if it cannot be stopped.
    """

    now: datetime
    departure: datetime
    level: float
    target: float
    limit: float = 100.0
    capacity: float
    power: float
    efficiency: float = DEFAULT_EFFICIENCY
    prices: Sequence[PriceSlot] = ()
    solar: Sequence[SolarSlot] = ()
    are_prices_pending: bool = False
    is_solar_pending: bool = False
    is_plugged: bool = True
    max_windows: int = MAX_WINDOWS


@dataclass(frozen=True, slots=True)
class ChargingWindow:
    """A time in which the car charges.

    Attributes:
        start: When charging starts.
        end: When it ends.
        energy: Energy in kWh from the socket.
        cost: What it costs; None without a price.
    """

    start: datetime
    end: datetime
    energy: float
    cost: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When a car charges until a departure. Without a cable, when it would.

    Attributes:
        reason: Why it charges then.
        level: Battery level in % at the departure.
        windows: When it charges.
        cost_at_once: What it would cost to charge at once; None without a price.
        is_price_assumed: Whether the price of a part of the time until the departure is not known yet.
    """

    reason: PlanReason
    level: float
    windows: tuple[ChargingWindow, ...] = ()
    cost_at_once: float | None = None
    is_price_assumed: bool = False

    @property
    def energy(self) -> float:
        """Energy in kWh from the socket."""
        return sum(window.energy for window in self.windows)

    @property
    def cost(self) -> float | None:
        """What the charge costs; None without a price."""
        costs = [window.cost for window in self.windows if window.cost is not None]
        return sum(costs) if len(costs) == len(self.windows) else None


def make_plan(request: PlanRequest) -> Plan:
    """Return when the car charges until a departure."""
    target = min(request.target, request.limit)
    gain = request.capacity * (target - request.level) / 100
    needed = timedelta(seconds=ceil(round(max(0.0, gain) / request.power * 3600, 3)))
    if not needed:
        return Plan(reason=PlanReason.ALREADY_CHARGED, level=request.level)
    cost = _Cost(request)
    available = max(timedelta(0), request.departure - request.now)
    reason, level = PlanReason.NO_TIME_TO_WAIT, target
    if needed > available:
        reason, needed = PlanReason.NOT_ENOUGH_TIME, available
        level = request.level + available / HOUR * request.power / request.capacity * 100
    at_once: Times = ((request.now, request.now + needed),) if needed else ()
    windows = at_once
    if available - MARGIN >= needed:
        if awaited := _awaited_forecast(request, needed, cost):
            # By quarters of an hour, so that it is not written into the car anew with each % of the level
            start = _floor(request.departure - MARGIN - needed)
            if start - request.now >= MIN_WAIT:
                reason, windows = awaited, ((start, start + needed),)
        elif not cost.is_known:
            reason = PlanReason.NO_PRICE
        elif cheapest := _cheapest_windows(request, needed, cost):
            reason = PlanReason.CHEAPEST
            windows = min(at_once, cheapest, key=lambda times: round(cost.with_switching(times) * COST_DIGITS))
    return Plan(
        reason=reason if request.is_plugged else PlanReason.NOT_PLUGGED_IN,
        level=level,
        windows=tuple(cost.build_window(start, end) for start, end in windows),
        cost_at_once=sum(cost.between(start, end) for start, end in at_once) if request.prices else None,
        is_price_assumed=bool(request.prices) and cost.is_assumed_until(request.departure),
    )


def _awaited_forecast(request: PlanRequest, needed: timedelta, cost: _Cost) -> PlanReason | None:
    """Return why the car waits as long as it can; None if enough is known to choose when it charges.

    It waits for prices if the time without them is long, or at least as long as the charge, and for a solar forecast if
    all times cost the same.
    """
    end = request.departure - MARGIN
    if request.are_prices_pending and cost.unknown_until(end) >= min(needed, MIN_UNKNOWN):
        return PlanReason.WAITING_FOR_PRICES
    if request.is_solar_pending and cost.is_constant_until(end):
        return PlanReason.WAITING_FOR_SOLAR_FORECAST
    return None


def is_outdated(plan: Plan, made_from: PlanRequest, request: PlanRequest) -> bool:
    """Return whether a plan is to be made anew.

    Args:
        plan: The plan.
        made_from: What it was made from.
        request: What it would be made from now.
    """
    now = request.now
    comparable = replace(
        request, now=made_from.now, level=made_from.level, prices=made_from.prices, solar=made_from.solar
    )
    charged = sum(
        (max(window.start, min(window.end, now)) - window.start) / HOUR * request.power for window in plan.windows
    )
    expected = made_from.level + (charged / request.capacity * 100 if request.is_plugged else 0.0)
    is_wait_over = plan.reason in WAITING and now >= plan.windows[0].start
    is_late = bool(plan.windows) and now >= plan.windows[-1].end and request.level < plan.level - TARGET_TOLERANCE
    return (
        comparable != made_from
        or _future(request.prices, now) != _future(made_from.prices, now)
        or _future(request.solar, now) != _future(made_from.solar, now)
        or abs(request.level - expected) >= LEVEL_TOLERANCE
        or is_wait_over
        or (is_late and request.is_plugged)
    )


def _future[SlotT: (PriceSlot, SolarSlot)](slots: Sequence[SlotT], now: datetime) -> list[SlotT]:
    return [slot for slot in slots if slot.end > now]


class _Cost:
    """What charging costs over time."""

    def __init__(self, request: PlanRequest) -> None:
        self._request = request
        self._prices = sorted(request.prices, key=lambda slot: slot.start)
        self._starts = [slot.start for slot in self._prices]
        self._mean = fmean(slot.price for slot in self._prices) if self._prices else 1.0
        self._power = request.power / request.efficiency
        self.is_known = bool(request.prices or request.solar)
        # The price of an average kWh also where prices are negative now and then
        self.switching = WINDOW_ENERGY * max(0.0, self._mean)

    def between(self, start: datetime, end: datetime) -> float:
        """Return what it costs to charge from one time to another."""
        steps = _split(start, end)
        return sum(self.rate(first) * ((last - first) / HOUR) for first, last in steps)

    def with_switching(self, windows: Times) -> float:
        """Return what it costs to charge in some windows, and to switch charging on for each."""
        return sum(self.between(*window) + self.switching for window in windows)

    def rate(self, at: datetime) -> float:
        """Return what an hour of charging costs at a time."""
        solar = sum(slot.power for slot in self._request.solar if slot.start <= at < slot.end)
        return max(0.0, self._power - solar) * self._price(at)

    def is_assumed_until(self, end: datetime) -> bool:
        """Return whether the price is not known at a time before the end."""
        return any(self._known_price(first) is None for first, _ in _split(self._request.now, end))

    def unknown_until(self, end: datetime) -> timedelta:
        """Return for how long, from the last price on, neither the price nor that of a day before is known."""
        known_until = max((slot.end for slot in self._prices), default=self._request.now)
        steps = _split(max(known_until, self._request.now), end)
        return sum((last - first for first, last in steps if self._expected_price(first) is None), timedelta())

    def is_constant_until(self, end: datetime) -> bool:
        """Return whether the price is the same at all times before the end."""
        return len({self._price(first) for first, _ in _split(self._request.now, end)}) <= 1

    def build_window(self, start: datetime, end: datetime) -> ChargingWindow:
        """Return the window between two times."""
        cost = self.between(start, end) if self._request.prices else None
        return ChargingWindow(start, end, energy=self._power * ((end - start) / HOUR), cost=cost)

    def _price(self, at: datetime) -> float:
        """Return the price at a time; where none is to be expected, the mean."""
        price = self._expected_price(at)
        return self._mean if price is None else price

    def _expected_price(self, at: datetime) -> float | None:
        """Return the price at a time; where it is not known, that of a day before."""
        price = self._known_price(at)
        return self._known_price(at - DAY) if price is None else price

    def _known_price(self, at: datetime) -> float | None:
        index = bisect_right(self._starts, at) - 1
        return self._prices[index].price if index >= 0 and at < self._prices[index].end else None


def _split(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the parts of a time between quarters of an hour."""
    while start < end:
        following = min(end, _floor(start) + STEP)
        yield start, following
        start = following


def _floor(at: datetime) -> datetime:
    """Return the last quarter of an hour."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (at - epoch) // STEP * STEP


def _cheapest_windows(request: PlanRequest, needed: timedelta, cost: _Cost) -> Times | None:
    """Return the cheapest windows of whole steps, of which the last may end earlier; None if there is no time for them.

    Args:
        request: What the plan is made from.
        needed: How long the car charges.
        cost: What charging costs over time.
    """
    first = _floor(request.now + STEP - timedelta(microseconds=1))
    last = _floor(request.departure - MARGIN)
    rates = [round(cost.rate(first + STEP * index) * COST_DIGITS) for index in range(max(0, (last - first) // STEP))]
    count = -(-needed // STEP)
    unused = STEP * count - needed
    durations = [int(STEP.total_seconds())] * count
    durations[-1] -= int(unused.total_seconds())
    switching = round(cost.switching * COST_DIGITS) * int(HOUR.total_seconds())
    way = _cheapest_way(rates, durations, request.max_windows, switching)
    if way is None:
        return None
    windows = [(first + STEP * start, first + STEP * end) for start, end in reversed(way[1])]
    start, end = windows.pop()
    return (*windows, (start, end - unused))


def _cheapest_way(rates: Sequence[int], durations: Sequence[int], max_windows: int, switching: int) -> _Way | None:
    """Return the cheapest way to charge for some steps.

    Step by step, the cheapest way is kept for each number of windows and of charged steps so far, apart for those that
    charge in the last step. Of ways with equal costs, it is the one whose last window is earlier.

    Args:
        rates: What charging costs per hour, by step.
        durations: How long charging lasts in seconds, by charged step.
        max_windows: The number of windows that are allowed.
        switching: What a window costs besides, in the unit of a rate times a second.
    """
    count = len(durations)
    paused: _Ways = {(0, 0): (0, ())}
    charging: _Ways = {}
    for index, rate in enumerate(rates):
        continued: _Ways = {}
        for (windows, used), (spent, times) in charging.items():
            if used < count:
                (start, _), *earlier = times
                continued[windows, used + 1] = (spent + rate * durations[used], ((start, index + 1), *earlier))
        for (windows, used), (spent, times) in paused.items():
            if used < count and windows < max_windows:
                started = (spent + switching + rate * durations[used], ((index, index + 1), *times))
                _keep(continued, (windows + 1, used + 1), started)
        _keep_all(paused, charging)
        charging = continued
    _keep_all(paused, charging)
    return min((way for (_, used), way in paused.items() if used == count), default=None)


def _keep_all(ways: _Ways, others: _Ways) -> None:
    for key, way in others.items():
        _keep(ways, key, way)


def _keep(ways: _Ways, key: tuple[int, int], way: _Way) -> None:
    """Keep a way if it is the cheapest so far."""
    if key not in ways or way < ways[key]:
        ways[key] = way
