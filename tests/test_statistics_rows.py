"""Rows of statistics: nothing gets lost between the hours, sums never fall, and the way to them does not matter."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.stellantis.history import store as ledger_module
from custom_components.stellantis.history.store import CarStore
from custom_components.stellantis.statistics import (
    HOUR,
    MAX_DURATION,
    STATISTICS,
    build_rows,
    spread_over_hours,
    start_of_hour,
)
from custom_components.stellantis.vehicle.charging_session import ChargingSession
from custom_components.stellantis.vehicle.trip import TripRecord

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
BY_KEY = {quantity.key: quantity for quantity in STATISTICS}
DISTANCE = BY_KEY["distance"]

amounts = st.floats(0, 1000)
moments = st.integers(0, 3 * 86_400_000).map(lambda ms: BEGIN + timedelta(milliseconds=ms))
lengths = st.integers(0, 6 * 3_600_000).map(lambda ms: timedelta(milliseconds=ms))
spans = st.tuples(moments, lengths, amounts).map(lambda span: (span[0], span[0] + span[1], span[2]))


def trips_with(names: st.SearchStrategy[str]) -> st.SearchStrategy[TripRecord]:
    """Make trips."""
    return st.builds(lambda name, span: TripRecord(id=name, start=span[0], end=span[1], distance=span[2]), names, spans)


# Some are told again, and otherwise
batches = st.lists(st.lists(trips_with(st.sampled_from("abcdefgh")), max_size=4), min_size=1, max_size=6)


def sums_of(ledger: CarStore) -> dict[float, float]:
    """Return what the statistics of a car's distance are to be in the end."""
    found = build_rows(DISTANCE.spans(ledger), ledger.archived_totals.get("distance", 0.0), 0.0)
    return {row["start"].timestamp(): row["sum"] for row in found}


def tell(ledger: CarStore, database: dict[float, float], trips: Sequence[TripRecord]) -> None:
    """Tell a ledger of trips, and write what that changes as the recorder does."""
    ledger.add_trips(trips)
    if ledger.statistics_dirty_since is None:
        return
    first = start_of_hour(ledger.statistics_dirty_since.timestamp())
    there = [hour for hour in database if hour >= first]
    for row in build_rows(DISTANCE.spans(ledger), ledger.archived_totals.get("distance", 0.0), first, there):
        database[row["start"].timestamp()] = row["sum"]
    ledger.statistics_dirty_since = None


@settings(max_examples=100, deadline=None)
@given(spans)
def test_spreading_loses_nothing(span: tuple[datetime, datetime, float]) -> None:
    start, end, amount = span
    found = dict(spread_over_hours(*span))
    assert sum(found.values()) == pytest.approx(amount)
    assert min(found.values()) >= 0
    assert all(hour % HOUR == 0 for hour in found)
    assert min(found) <= start.timestamp() < min(found) + HOUR
    assert max(found) <= end.timestamp() <= max(found) + HOUR
    assert [later - earlier for earlier, later in pairwise(found)] == [HOUR] * (len(found) - 1)


def test_spreading_is_by_time() -> None:
    start = BEGIN.replace(hour=10, minute=45)
    assert [share for _, share in spread_over_hours(start, start + timedelta(hours=2), 8)] == [1, 4, 3]
    # No more than the hours that it covers
    assert len(list(spread_over_hours(start, start + timedelta(minutes=15), 1))) == 1


def test_clock_that_was_off_makes_no_years_of_rows() -> None:
    found = dict(spread_over_hours(datetime(1970, 1, 1, tzinfo=UTC), BEGIN, 100))
    assert len(found) <= MAX_DURATION / HOUR + 1
    assert sum(found.values()) == pytest.approx(100)


@settings(max_examples=100, deadline=None)
@given(st.lists(spans), st.floats(0, 1e6))
def test_rows_are_hourly_and_never_fall(told: list[tuple[datetime, datetime, float]], folded: float) -> None:
    found = build_rows(told, folded, 0.0)
    starts = [row["start"] for row in found]
    assert starts == sorted(set(starts))
    assert all((one.minute, one.second, one.microsecond, one.tzinfo) == (0, 0, 0, UTC) for one in starts)
    sums = [folded, *(row["sum"] for row in found)]
    assert sums == sorted(sums)
    if found:
        assert sums[-1] == pytest.approx(folded + sum(amount for *_, amount in told))
    else:
        assert not any(amount for *_, amount in told)


@settings(max_examples=100, deadline=None)
@given(batches)
def test_way_to_the_rows_does_not_matter(told: list[list[TripRecord]]) -> None:
    ledger, database = CarStore(), dict[float, float]()
    for batch in told:
        tell(ledger, database, batch)
    expected = sums_of(ledger)
    # Before there is anything to add up, there is no row
    assert {hour for hour, amount in expected.items() if amount} <= database.keys()
    # Where a trip was told to have been is a row that adds nothing
    for hour in sorted(database):
        before = [amount for start, amount in expected.items() if start <= hour]
        assert database[hour] == pytest.approx(before[-1] if before else 0.0)


@settings(max_examples=100, deadline=None)
@given(st.lists(trips_with(st.uuids().map(str)), min_size=4, max_size=12), st.integers(1, 3))
def test_what_is_kept_no_longer_stays_in_the_sums(told: list[TripRecord], size: int) -> None:
    told.sort(key=lambda trip: (trip.end, trip.id))
    ledger, database = CarStore(), dict[float, float]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger_module, "MAX_TRIPS", 3)
        for index in range(0, len(told), size):
            tell(ledger, database, told[index : index + size])
            tell(ledger, database, told[index : index + size])
    assert len(ledger.trips) == 3
    total = sum(trip.distance for trip in told)
    assert (database[max(database)] if database else 0.0) == pytest.approx(total)
    found = [database[hour] for hour in sorted(database)]
    assert all(later >= earlier - 1e-6 for earlier, later in pairwise(found))


def test_charges_that_are_kept_no_longer_stay_in_the_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "MAX_CHARGING_SESSIONS", 1)
    ledger = CarStore()
    for hour in (1, 2, 3):
        start = BEGIN + timedelta(hours=hour)
        end = start + timedelta(minutes=30)
        ledger.add_charging_session(
            ChargingSession(start=start, end=end, start_level=10, end_level=50, energy=20, cost=4)
        )
    for key, total in {"charged": 60, "charging_cost": 12}.items():
        (row,) = build_rows(BY_KEY[key].spans(ledger), ledger.archived_totals[key], 0.0)
        assert (row["start"], row["sum"]) == (BEGIN + timedelta(hours=3), total)


def test_what_a_trip_and_a_charge_come_to() -> None:
    ledger, end = CarStore(), BEGIN + timedelta(hours=2)
    ledger.add_trips([TripRecord(id="1", start=BEGIN, end=end, distance=80, electricity=-0.5, fuel=4, cost=-1)])
    ledger.add_charging_session(ChargingSession(start=BEGIN, end=end, start_level=10, end_level=50, energy=20, cost=-2))
    # Downhill nothing was used; a price may be negative, and then a cost is
    expected = {"distance": 80, "duration": 2, "electricity": 0, "fuel": 4, "driving_cost": -1}
    expected |= {"charged": 20, "charging_cost": -2}
    assert {key: [amount for *_, amount in one.spans(ledger)] for key, one in BY_KEY.items()} == {
        key: [amount] for key, amount in expected.items()
    }


def test_what_there_never_was_has_no_rows() -> None:
    assert build_rows([], 0.0, 0.0) == []
    assert build_rows([(BEGIN, BEGIN, 0.0)], 0.0, 0.0) == []
