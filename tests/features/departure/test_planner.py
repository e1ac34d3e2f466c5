"""The planner of charging until a departure, as tables and by property."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import fmean
from typing import Final

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.stellantis.features.departure.planner import (
    MARGIN,
    Plan,
    PlanReason,
    PlanRequest,
    PriceSlot,
    SolarSlot,
    is_outdated,
    make_plan,
)

HOUR: Final = timedelta(hours=1)
MIDNIGHT: Final = datetime(2026, 3, 2, tzinfo=UTC)
EVENING: Final = MIDNIGHT - 6 * HOUR
# 10 kW from the socket, of which 9 kW fill a fifth of the battery in an hour
REQUEST: Final = PlanRequest(
    now=EVENING, departure=MIDNIGHT + 7 * HOUR, level=40, target=80, capacity=45, power=9, efficiency=0.9
)
# From 18:00 on, by hour: dear in the evening, cheap at 1, 2 and 4
PRICES: Final = (0.5, 0.4, 0.4, 0.3, 0.3, 0.3, 0.25, 0.1, 0.1, 0.3, 0.1, 0.3, 0.4)


PENDING_PRICES: Final = {"are_prices_pending": True}
PENDING_SOLAR: Final = {"is_solar_pending": True}
WAITING_FOR_PRICES: Final = {"prices": (), **PENDING_PRICES}


def slots(prices: Sequence[float], start: datetime = EVENING, length: timedelta = HOUR) -> tuple[PriceSlot, ...]:
    """Return prices as they follow each other."""
    return tuple(
        PriceSlot(start + length * index, start + length * (index + 1), price) for index, price in enumerate(prices)
    )


def shown(plan: Plan) -> list[str]:
    """Return the windows of a plan."""
    return [f"{window.start:%H:%M}-{window.end:%H:%M}" for window in plan.windows]


UNTIL_MIDNIGHT: Final = {"prices": slots(PRICES[:6]), **PENDING_PRICES}
# 5 hours
FULL_CHARGE: Final = {"level": 0, "target": 100}
WITH_GAP: Final = (*slots(PRICES)[:4], *slots(PRICES)[5:])


@pytest.mark.parametrize(
    ("changes", "reason", "windows", "cost", "level"),
    [
        # 2 hours: the two cheap ones that follow each other
        ({}, PlanReason.CHEAPEST, ["01:00-03:00"], 2.0, 80),
        # 3 hours: worth a second window
        ({"target": 100}, PlanReason.CHEAPEST, ["01:00-03:00", "04:00-05:00"], 3.0, 100),
        # the last step is not used to its end
        ({"target": 81}, PlanReason.CHEAPEST, ["01:00-03:00", "04:00-04:03"], 2.05, 81),
        ({"target": 100, "max_windows": 1}, PlanReason.CHEAPEST, ["00:00-03:00"], 4.5, 100),
        ({"target": 100, "limit": 80}, PlanReason.CHEAPEST, ["01:00-03:00"], 2.0, 80),
        # equal prices: as early as possible
        ({"prices": slots([0.2] * 13)}, PlanReason.CHEAPEST, ["18:00-20:00"], 4.0, 80),
        ({"prices": ()}, PlanReason.NO_PRICE, ["18:00-20:00"], None, 80),
        # a saving that is too small for a second window
        ({"prices": slots([0.3, 0.2, 0.2, 0.21, 0.2, 0.3])[:6]}, PlanReason.CHEAPEST, ["19:00-21:00"], 4.0, 80),
        # the price of tomorrow is not known: as today
        (
            {"now": EVENING, "prices": slots([0.1, 0.1, *[0.4] * 22], EVENING - 17 * HOUR)},
            PlanReason.CHEAPEST,
            ["01:00-03:00"],
            2.0,
            80,
        ),
        # sun
        (
            {"prices": (), "solar": [SolarSlot(MIDNIGHT + 4 * HOUR, MIDNIGHT + 6 * HOUR, 8)]},
            PlanReason.CHEAPEST,
            ["04:00-06:00"],
            None,
            80,
        ),
        (
            {"solar": [SolarSlot(MIDNIGHT + 5 * HOUR, MIDNIGHT + 6 * HOUR, 20)], "target": 60},
            PlanReason.CHEAPEST,
            ["05:00-06:00"],
            0.0,
            60,
        ),
        ({"level": 80}, PlanReason.ALREADY_CHARGED, [], 0.0, 80),
        ({"level": 85, "limit": 80}, PlanReason.ALREADY_CHARGED, [], 0.0, 85),
        ({"is_plugged": False}, PlanReason.NOT_PLUGGED_IN, ["01:00-03:00"], 2.0, 80),
        # no later than a quarter of an hour before
        ({"departure": MIDNIGHT + 3 * HOUR}, PlanReason.CHEAPEST, ["00:45-02:45"], 2.375, 80),
        ({"departure": MIDNIGHT - 4 * HOUR}, PlanReason.NO_TIME_TO_WAIT, ["18:00-20:00"], 9.0, 80),
        ({"departure": MIDNIGHT - 4 * HOUR, "target": 79}, PlanReason.NO_TIME_TO_WAIT, ["18:00-19:57"], 8.8, 79),
        ({"departure": MIDNIGHT - 5 * HOUR}, PlanReason.NOT_ENOUGH_TIME, ["18:00-19:00"], 5.0, 60),
        ({"departure": EVENING}, PlanReason.NOT_ENOUGH_TIME, [], 0.0, 40),
        ({"departure": EVENING - HOUR}, PlanReason.NOT_ENOUGH_TIME, [], 0.0, 40),
        # prices are to come: as late as possible, by quarters of an hour
        (WAITING_FOR_PRICES, PlanReason.WAITING_FOR_PRICES, ["04:45-06:45"], None, 80),
        ({**WAITING_FOR_PRICES, "target": 79}, PlanReason.WAITING_FOR_PRICES, ["04:45-06:42"], None, 79),
        ({**WAITING_FOR_PRICES, "is_plugged": False}, PlanReason.NOT_PLUGGED_IN, ["04:45-06:45"], None, 80),
        (
            {**WAITING_FOR_PRICES, "now": MIDNIGHT + 3.75 * HOUR},
            PlanReason.WAITING_FOR_PRICES,
            ["04:45-06:45"],
            None,
            80,
        ),
        # but not for less than an hour
        ({**WAITING_FOR_PRICES, "now": MIDNIGHT + 3.8 * HOUR}, PlanReason.NO_TIME_TO_WAIT, ["03:48-05:48"], None, 80),
        (
            {**WAITING_FOR_PRICES, "departure": MIDNIGHT - 5 * HOUR},
            PlanReason.NOT_ENOUGH_TIME,
            ["18:00-19:00"],
            None,
            60,
        ),
        ({**WAITING_FOR_PRICES, "level": 80}, PlanReason.ALREADY_CHARGED, [], 0.0, 80),
        # those of tomorrow are: as today, if that is known
        (
            UNTIL_MIDNIGHT,
            PlanReason.WAITING_FOR_PRICES,
            ["04:45-06:45"],
            7 + 1 / 3,
            80,
        ),
        (
            {"prices": slots([0.1, 0.1, *[0.4] * 22], EVENING - 17 * HOUR), **PENDING_PRICES},
            PlanReason.CHEAPEST,
            ["01:00-03:00"],
            2.0,
            80,
        ),
        (
            {"prices": slots([0.1, 0.1, *[0.4] * 22], EVENING - 42 * HOUR), **PENDING_PRICES},
            PlanReason.WAITING_FOR_PRICES,
            ["04:45-06:45"],
            7.5,
            80,
        ),
        # of a time that is too short for the charge, they are not waited for
        ({**UNTIL_MIDNIGHT, "departure": MIDNIGHT + 2 * HOUR}, PlanReason.CHEAPEST, ["21:00-23:00"], 6.0, 80),
        (
            {**UNTIL_MIDNIGHT, "departure": MIDNIGHT + 2.25 * HOUR},
            PlanReason.WAITING_FOR_PRICES,
            ["00:00-02:00"],
            22 / 3,
            80,
        ),
        (
            {**UNTIL_MIDNIGHT, **FULL_CHARGE, "departure": MIDNIGHT + 3 * HOUR},
            PlanReason.CHEAPEST,
            ["21:00-02:00"],
            49 / 3,
            100,
        ),
        (
            {**UNTIL_MIDNIGHT, **FULL_CHARGE, "departure": MIDNIGHT + 3.25 * HOUR},
            PlanReason.WAITING_FOR_PRICES,
            ["22:00-03:00"],
            17.0,
            100,
        ),
        # a gap is never filled
        ({"prices": WITH_GAP, **PENDING_PRICES}, PlanReason.CHEAPEST, ["01:00-03:00"], 2.0, 80),
        ({"prices": slots(PRICES), **PENDING_PRICES}, PlanReason.CHEAPEST, ["01:00-03:00"], 2.0, 80),
        # and the solar forecast is, which matters if all times cost the same
        ({**PENDING_SOLAR, "prices": ()}, PlanReason.WAITING_FOR_SOLAR_FORECAST, ["04:45-06:45"], None, 80),
        (
            {**PENDING_SOLAR, "prices": slots([0.2] * 13)},
            PlanReason.WAITING_FOR_SOLAR_FORECAST,
            ["04:45-06:45"],
            4.0,
            80,
        ),
        (PENDING_SOLAR, PlanReason.CHEAPEST, ["01:00-03:00"], 2.0, 80),
        # between quarters of an hour
        (
            {"now": MIDNIGHT + 70 * timedelta(minutes=1), "target": 60},
            PlanReason.CHEAPEST,
            ["01:10-02:10"],
            1.0,
            60,
        ),
    ],
)
def test_plan(
    changes: dict[str, object], reason: PlanReason, windows: list[str], cost: float | None, level: float
) -> None:
    plan = make_plan(replace(REQUEST, **{"prices": slots(PRICES), **changes}))  # type: ignore[arg-type]
    assert (plan.reason, shown(plan), plan.level) == (reason, windows, level)
    assert plan.cost == (cost if cost is None else pytest.approx(cost))


def test_one_price_for_all_times() -> None:
    """There is nothing to wait for, whatever the digits of the price and of the time are."""
    for seconds in range(0, 3600, 61):
        now = EVENING + timedelta(seconds=seconds + seconds / 997)
        prices = [PriceSlot(EVENING, MIDNIGHT + 24 * HOUR, 0.1234)]
        plan = make_plan(replace(REQUEST, now=now, level=52, power=3.5, prices=prices))
        assert [window.start for window in plan.windows] == [now]


def test_what_is_assumed_and_saved_is_told() -> None:
    plan = make_plan(replace(REQUEST, prices=slots(PRICES)))
    assert (plan.cost_at_once, plan.energy, plan.is_price_assumed) == (pytest.approx(9.0), pytest.approx(20), False)
    assert make_plan(replace(REQUEST, prices=slots(PRICES[:8]))).is_price_assumed


@pytest.mark.parametrize(
    ("hours", "changes", "is_outdated_then"),
    [
        (0, {}, False),
        # it charges from 7 hours on for 2 hours
        (7, {"level": 42.9}, False),
        (7, {"level": 43}, True),
        (8, {"level": 60}, False),
        (8, {"level": 56}, True),
        (9, {"level": 79.5}, False),
        (9, {"level": 79}, True),
        (9, {"level": 79, "is_plugged": False}, True),
        (0, {"is_plugged": False}, True),
        (0, {"target": 81}, True),
        (0, {"departure": MIDNIGHT + 8 * HOUR}, True),
        # prices of the past do not matter
        (1, {"prices": slots([0.9, *PRICES[1:]])}, False),
        (0, {"prices": slots([0.9, *PRICES[1:]])}, True),
        (0, {"prices": slots([*PRICES, 0.1])}, True),
        (0, {"solar": [SolarSlot(MIDNIGHT, MIDNIGHT + HOUR, 3)]}, True),
    ],
)
def test_outdated_plan(hours: int, changes: dict[str, object], is_outdated_then: bool) -> None:
    made_from = replace(REQUEST, prices=slots(PRICES))
    then = replace(made_from, now=EVENING + hours * HOUR, **changes)  # type: ignore[arg-type]
    assert is_outdated(make_plan(made_from), made_from, then) is is_outdated_then


@pytest.mark.parametrize(
    ("hours", "changes", "is_outdated_then"),
    [
        (10, {}, False),
        # it is over: from now on, the car charges, whatever comes
        (10.75, {}, True),
        (0, {"prices": slots(PRICES)}, True),
        (0, {"are_prices_pending": False}, True),
    ],
)
def test_outdated_wait(hours: float, changes: dict[str, object], is_outdated_then: bool) -> None:
    made_from = replace(REQUEST, prices=(), are_prices_pending=True)
    then = replace(made_from, now=EVENING + hours * HOUR, **changes)  # type: ignore[arg-type]
    assert is_outdated(make_plan(made_from), made_from, then) is is_outdated_then


@pytest.mark.parametrize("minutes", [0, 5, 20, 60])
def test_car_that_has_waited_is_not_stopped(minutes: int) -> None:
    """It may charge faster than it was expected."""
    now = MIDNIGHT + timedelta(hours=4, minutes=45 + minutes)
    level = 40 + minutes / 120 * 40 * 1.3
    plan = make_plan(replace(REQUEST, now=now, level=level, prices=(), are_prices_pending=True))
    assert (plan.reason, plan.windows[0].start) == (PlanReason.NO_TIME_TO_WAIT, now)


requests: Final = st.builds(
    PlanRequest,
    now=st.integers(0, 6 * 60).map(lambda minutes: EVENING + timedelta(minutes=minutes)),
    departure=st.integers(0, 30 * 60).map(lambda minutes: EVENING + timedelta(minutes=minutes)),
    level=st.integers(0, 100).map(float),
    target=st.integers(0, 100).map(float),
    limit=st.sampled_from([80.0, 100.0]),
    capacity=st.sampled_from([12.0, 45.0, 90.0]),
    power=st.sampled_from([1.8, 7.0, 11.0]),
    prices=st.lists(st.floats(0, 1).map(lambda price: round(price, 3)), max_size=24).map(slots),
    solar=st.lists(st.floats(0, 8), max_size=6).map(
        lambda powers: [SolarSlot(slot.start, slot.end, slot.price) for slot in slots(powers, MIDNIGHT)]
    ),
    are_prices_pending=st.booleans(),
    is_solar_pending=st.booleans(),
    is_plugged=st.booleans(),
    max_windows=st.integers(1, 3),
)


@settings(max_examples=40)
@given(request=requests)
def test_every_plan(request: PlanRequest) -> None:
    plan = make_plan(request)
    assert plan == make_plan(request)
    target, times = min(request.target, request.limit), [(window.start, window.end) for window in plan.windows]
    # one after the other, from now until the departure, and with the margin if there was a choice
    assert times == sorted(times)
    assert len(times) <= request.max_windows
    assert all(start < end for start, end in times)
    assert all(end < start for (_, end), (start, _) in pairwise(times))
    if times:
        assert request.now <= times[0][0]
        assert times[-1][1] <= request.departure
        assert times[0][0] == request.now or times[-1][1] <= request.departure - MARGIN
    # ready if it can be, and not beyond the limit
    charged = plan.energy * request.efficiency / request.capacity * 100
    assert plan.level == pytest.approx(request.level + charged, abs=0.03)
    assert plan.level <= max(request.level, target + 1e-6)
    full = max(0.0, target - request.level) / 100 * request.capacity / request.power * HOUR
    if full <= request.departure - request.now - timedelta(seconds=1):
        assert plan.level >= target
    if request.are_prices_pending or request.is_solar_pending:
        return
    if plan.cost is not None and plan.cost_at_once is not None:
        assert plan.cost <= plan.cost_at_once + 1e-4
    # later is never dearer, and less is never dearer
    later = make_plan(replace(request, departure=request.departure + HOUR))
    less = make_plan(replace(request, target=max(0, request.target - 5)))
    if request.prices and plan.level >= target:
        assert _effort(later, request) <= _effort(plan, request) + 1e-4
        assert _effort(less, request) <= _effort(plan, request) + 1e-4


def _effort(plan: Plan, request: PlanRequest) -> float:
    """Return the cost of a plan, and what it costs to switch charging on for each of its windows."""
    mean = fmean(slot.price for slot in request.prices)
    return (plan.cost or 0) + len(plan.windows) * 0.2 * mean
