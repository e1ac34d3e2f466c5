"""The capacity of a battery as charging sessions measure it, and its projection."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from hypothesis import example, given, settings, strategies as st
import pytest

from custom_components.stellantis.features.passport.capacity import (
    MIN_SESSIONS,
    CapacityEstimate,
    CapacitySource,
    estimate_capacity,
    list_estimates,
    pool_estimates,
)
from custom_components.stellantis.features.passport.projection import STEP, pool_by_mileage, project_capacity
from custom_components.stellantis.features.passport.tracker import MAX_RECENT, merge_years, pool_by_year, pool_recent
from custom_components.stellantis.vehicle.charging_session import ChargingSession
from tests.support.charging import state_at, update_all

NOON: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
SESSION: Final = ChargingSession(
    start=NOON - timedelta(hours=4),
    end=NOON,
    start_level=20,
    end_level=80,
    start_residual=9.2,
    end_residual=36.8,
    mileage=12_000,
    supplied_energy=31.2,
)


def estimates_of(values: Sequence[float], *, error: float = 0.4) -> list[CapacityEstimate]:
    """Return estimates of these capacities, one a day."""
    return [
        CapacityEstimate(at=NOON + timedelta(days=day), capacity=value, error=error, mileage=100.0 * day)
        for day, value in enumerate(values)
    ]


ESTIMATES: Final = st.lists(
    st.builds(
        CapacityEstimate,
        at=st.datetimes(timezones=st.just(UTC)),
        capacity=st.floats(40, 50),
        error=st.floats(0.1, 3),
        mileage=st.none() | st.floats(0, 200_000),
    ),
    max_size=12,
)


@pytest.mark.parametrize(
    ("changed", "car", "wallbox"),
    [
        ({}, 46, 52),
        # What was charged is not known, or was calculated from a capacity
        ({"start_residual": None, "supplied_energy": None, "energy": 27.6}, None, None),
        ({"end_residual": None}, None, 52),
        ({"end_residual": 9.2, "supplied_energy": 0}, None, None),
        # Too short, or not seen from start to end
        ({"end_level": 34}, None, None),
        ({"started_before": NOON - timedelta(hours=2)}, None, None),
        ({"ended_after": NOON - timedelta(hours=2)}, None, None),
        # No battery of a car
        ({"end_residual": 11, "supplied_energy": 300}, None, None),
    ],
)
def test_estimate(changed: dict[str, Any], car: float | None, wallbox: float | None) -> None:
    session = replace(SESSION, **changed)
    estimates = [estimate_capacity(session, source) for source in CapacitySource]
    assert [estimate and round(estimate.capacity, 6) for estimate in estimates] == [car, wallbox]


def test_error_of_an_estimate() -> None:
    """Half a point at each end matters less, the more was charged."""
    long, short = (estimate_capacity(session, CapacitySource.CAR) for session in (SESSION, _gain(20)))
    assert long
    assert short
    assert (long.at, long.mileage) == (NOON, 12_000)
    assert long.error == pytest.approx(0.32, abs=0.01)
    assert short.error == pytest.approx(0.97, abs=0.01)


def _gain(points: float) -> ChargingSession:
    return replace(SESSION, end_level=20 + points, end_residual=9.2 + 0.46 * points)


@pytest.mark.parametrize(("entered", "known"), [(None, 1), (46, 1), (40, 1), (60, 1), (64, 0), (36, 0)])
def test_entered_capacity(entered: float | None, known: int) -> None:
    """A car that counts something else than its battery has is not believed; the meter is."""
    assert len(list_estimates([SESSION], CapacitySource.CAR, entered)) == known
    assert len(list_estimates([SESSION], CapacitySource.WALLBOX, entered)) == 1


def test_sessions_tell_what_the_car_counted() -> None:
    """Also if the user entered another capacity, with which the energy is calculated then."""
    course = (state_at(0, 20, residual=10_000), state_at(60, 60, "Finished", residual=30_100))
    for capacity, energy in ((None, 20.1), (45, 18.0)):
        _, (session,) = update_all(*course, capacity=capacity)
        assert (session.start_residual, session.end_residual, session.mileage) == (10, 30.1, 1000)
        assert session.energy == pytest.approx(energy)
        (estimate,) = list_estimates([session], CapacitySource.CAR, capacity)
        assert estimate.capacity == pytest.approx(50.25)


def test_pool() -> None:
    measured = pool_estimates(estimates_of([45.6, 46.4, 46.0, 45.8, 46.2, 33]))
    assert measured
    assert (measured.capacity, measured.sessions) == (pytest.approx(46), 5)
    assert measured.error == pytest.approx(0.4 / 5**0.5)
    assert (measured.low, measured.high) == (pytest.approx(45.64, abs=0.01), pytest.approx(46.36, abs=0.01))
    assert measured.scatter == pytest.approx(0.316, abs=0.001)
    assert (measured.first, measured.last, measured.mileage) == (NOON, NOON + timedelta(days=4), 200)
    # One that knows more counts more, and a scatter that is not explained makes the result less certain
    precise = pool_estimates([*estimates_of([46] * 5), *estimates_of([47], error=0.1)])
    assert precise
    assert precise.capacity > 46.6
    wide = pool_estimates(estimates_of([42, 44, 46, 48, 50]))
    assert wide
    assert wide.error > 1


@settings(max_examples=25)
@given(ESTIMATES, st.randoms(use_true_random=False))
def test_order_does_not_matter(estimates: list[CapacityEstimate], random: Random) -> None:
    shuffled = random.sample(estimates, len(estimates))
    assert pool_estimates(shuffled) == pool_estimates(estimates)


@settings(max_examples=25)
@given(ESTIMATES)
def test_pool_is_within_the_estimates(estimates: list[CapacityEstimate]) -> None:
    measured = pool_estimates(estimates)
    if measured is None:
        return
    values = [estimate.capacity for estimate in estimates]
    assert min(values) <= measured.capacity <= max(values)
    assert MIN_SESSIONS <= measured.sessions <= len(estimates)
    # As many again that say the same make it more certain
    repeated = pool_estimates(estimates * 3)
    assert repeated
    assert repeated.error < measured.error
    assert repeated.capacity == pytest.approx(measured.capacity)


@settings(max_examples=40)
@given(st.lists(st.floats(44, 48), min_size=2 * MIN_SESSIONS, max_size=20), st.floats(4, 200), st.floats(0.05, 5))
@example(values=[45, 46, 46, 46, 46, 48, 48, 44.5, 44.5, 44.5], wrong=40, error=0.0625)
def test_a_wrong_session_moves_the_result_little(values: list[float], wrong: float, error: float) -> None:
    good = estimates_of(values)
    measured, moved = pool_estimates(good), pool_estimates([*good, *estimates_of([wrong], error=error)])
    assert measured
    assert moved
    assert abs(moved.capacity - measured.capacity) <= max(values) - min(values) + 3 * 0.4


def aging_battery(km: int, *, loss: float, noise: float = 0.5, seed: int = 1) -> list[CapacityEstimate]:
    """Return estimates of a battery of 46 kWh that loses some kWh in 100,000 km, every 250 km."""
    random = Random(seed)  # noqa: S311 - the same noise each time
    return [
        CapacityEstimate(
            at=NOON + timedelta(days=mileage / 40),
            capacity=46 - loss * mileage / 100_000 + random.gauss(0, noise),
            error=noise,
            mileage=mileage,
        )
        for mileage in range(0, km, 250)
    ]


@pytest.mark.parametrize("loss", [0, 4, 12])
def test_projection(loss: float) -> None:
    points = pool_by_mileage(aging_battery(60_000, loss=loss))
    assert len(points) == 60_000 / STEP
    projected = project_capacity(points, 110_000)
    assert projected
    assert projected.mileage == 110_000
    truth = 46 - loss * 1.1
    assert projected.capacity == pytest.approx(truth, abs=0.8)
    assert projected.low <= truth <= projected.high
    # Nearer is more certain
    near = project_capacity(points, 65_000)
    assert near
    assert near.high - near.low < projected.high - projected.low


def test_no_projection() -> None:
    assert project_capacity([], 50_000) is None
    assert project_capacity(pool_by_mileage(aging_battery(14_000, loss=4)), 50_000) is None
    points = pool_by_mileage(aging_battery(60_000, loss=4))
    assert project_capacity(points[:3], 50_000) is None, "too few"
    assert project_capacity([replace(point, mileage=None) for point in points], 50_000) is None
    close = [replace(point, mileage=20_000 + number * 4000) for number, point in enumerate(points[:4])]
    assert project_capacity(close, 50_000) is None, "too near to each other"
    assert project_capacity(pool_by_mileage(aging_battery(60_000, loss=46)), 400_000).capacity == 0  # type: ignore[union-attr]
    assert pool_by_mileage(replace(estimate, mileage=None) for estimate in aging_battery(9000, loss=4)) == []


def test_recent() -> None:
    """The last sessions count, and none that was long before them."""
    old, new = estimates_of([50.0] * MAX_RECENT), estimates_of([46.0] * MAX_RECENT)
    later = [replace(estimate, at=estimate.at + timedelta(days=300)) for estimate in new]
    measured = pool_recent([*later, *old])
    assert measured
    assert (measured.capacity, measured.sessions) == (46, MAX_RECENT)
    much_later = [replace(estimate, at=estimate.at + timedelta(days=400)) for estimate in new[:4]]
    assert pool_recent([*old, *much_later]) is None
    assert pool_recent([]) is None


def test_years() -> None:
    years = pool_by_year([*estimates_of([46.0] * 300), *estimates_of([45.0] * 4)])
    assert {year: result.sessions for year, result in years.items()} == {"2026": 218, "2027": 86}
    fewer = {"2027": replace(years["2027"], sessions=7)}
    # What is not kept any more was measured once; a year of which all is kept is measured again
    assert merge_years(years, {}, None) == {}
    assert merge_years(years, {}, NOON) == {"2026": years["2026"]}
    assert merge_years(years, fewer, NOON) == {"2026": years["2026"], **fewer}
    assert merge_years(years, fewer, NOON + timedelta(days=300)) == years
    many = dict.fromkeys(map(str, range(1990, 2040)), years["2026"])
    assert [*merge_years({}, many, None)] == [*map(str, range(2010, 2040))]
