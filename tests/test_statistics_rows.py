"""Rows of statistics: amounts are complete, sums never fall, and the order of updates does not matter."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.stellantis.history import store as store_module
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
BY_KEY = {description.key: description for description in STATISTICS}
DISTANCE = BY_KEY["distance"]

amounts = st.floats(0, 1000)
moments = st.integers(0, 3 * 86_400_000).map(lambda ms: BEGIN + timedelta(milliseconds=ms))
lengths = st.integers(0, 6 * 3_600_000).map(lambda ms: timedelta(milliseconds=ms))
spans = st.tuples(moments, lengths, amounts).map(lambda span: (span[0], span[0] + span[1], span[2]))


def trips_with(ids: st.SearchStrategy[str]) -> st.SearchStrategy[TripRecord]:
    """Generate trips with IDs."""
    return st.builds(
        lambda trip_id, span: TripRecord(id=trip_id, start=span[0], end=span[1], distance=span[2]), ids, spans
    )


# Some trips are updated by a later batch
batches = st.lists(st.lists(trips_with(st.sampled_from("abcdefgh")), max_size=4), min_size=1, max_size=6)


def expected_sums(store: CarStore) -> dict[float, float]:
    """Return the sums of a car's distance as they should be in the end."""
    rows = build_rows(DISTANCE.spans(store), store.archived_totals.get("distance", 0.0), 0.0)
    return {row["start"].timestamp(): row["sum"] for row in rows}


def import_trips(store: CarStore, database: dict[float, float], trips: Sequence[TripRecord]) -> None:
    """Add trips to a store, and write changed rows as the recorder does."""
    store.add_trips(trips)
    if store.statistics_dirty_since is None:
        return
    first = start_of_hour(store.statistics_dirty_since.timestamp())
    existing_hours = [hour for hour in database if hour >= first]
    for row in build_rows(DISTANCE.spans(store), store.archived_totals.get("distance", 0.0), first, existing_hours):
        database[row["start"].timestamp()] = row["sum"]
    store.statistics_dirty_since = None


@settings(max_examples=100, deadline=None)
@given(spans)
def test_spread_amounts_are_complete(span: tuple[datetime, datetime, float]) -> None:
    start, end, amount = span
    shares = dict(spread_over_hours(*span))
    assert sum(shares.values()) == pytest.approx(amount)
    assert min(shares.values()) >= 0
    assert all(hour % HOUR == 0 for hour in shares)
    assert min(shares) <= start.timestamp() < min(shares) + HOUR
    assert max(shares) <= end.timestamp() <= max(shares) + HOUR
    assert [later - earlier for earlier, later in pairwise(shares)] == [HOUR] * (len(shares) - 1)


def test_amounts_are_spread_by_time() -> None:
    start = BEGIN.replace(hour=10, minute=45)
    assert [share for _, share in spread_over_hours(start, start + timedelta(hours=2), 8)] == [1, 4, 3]
    # Only hours that the span covers
    assert len(list(spread_over_hours(start, start + timedelta(minutes=15), 1))) == 1


def test_wrong_clock_does_not_create_years_of_rows() -> None:
    shares = dict(spread_over_hours(datetime(1970, 1, 1, tzinfo=UTC), BEGIN, 100))
    assert len(shares) <= MAX_DURATION / HOUR + 1
    assert sum(shares.values()) == pytest.approx(100)


@settings(max_examples=100, deadline=None)
@given(st.lists(spans), st.floats(0, 1e6))
def test_rows_are_hourly_and_never_fall(spans: list[tuple[datetime, datetime, float]], archived_total: float) -> None:
    rows = build_rows(spans, archived_total, 0.0)
    starts = [row["start"] for row in rows]
    assert starts == sorted(set(starts))
    assert all((start.minute, start.second, start.microsecond, start.tzinfo) == (0, 0, 0, UTC) for start in starts)
    sums = [archived_total, *(row["sum"] for row in rows)]
    assert sums == sorted(sums)
    if rows:
        assert sums[-1] == pytest.approx(archived_total + sum(amount for *_, amount in spans))
    else:
        assert not any(amount for *_, amount in spans)


@settings(max_examples=100, deadline=None)
@given(batches)
def test_order_of_updates_does_not_matter(trip_batches: list[list[TripRecord]]) -> None:
    store, database = CarStore(), dict[float, float]()
    for batch in trip_batches:
        import_trips(store, database, batch)
    expected = expected_sums(store)
    # There are no rows before the first amount
    assert {hour for hour, amount in expected.items() if amount} <= database.keys()
    # Where an updated trip was before, there is a row that adds nothing
    for hour in sorted(database):
        earlier = [amount for start, amount in expected.items() if start <= hour]
        assert database[hour] == pytest.approx(earlier[-1] if earlier else 0.0)


@settings(max_examples=100, deadline=None)
@given(st.lists(trips_with(st.uuids().map(str)), min_size=4, max_size=12), st.integers(1, 3))
def test_archived_trips_stay_in_the_sums(trips: list[TripRecord], size: int) -> None:
    trips.sort(key=lambda trip: (trip.end, trip.id))
    store, database = CarStore(), dict[float, float]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_module, "MAX_TRIPS", 3)
        for index in range(0, len(trips), size):
            import_trips(store, database, trips[index : index + size])
            import_trips(store, database, trips[index : index + size])
    assert len(store.trips) == 3
    total = sum(trip.distance for trip in trips)
    assert (database[max(database)] if database else 0.0) == pytest.approx(total)
    sums = [database[hour] for hour in sorted(database)]
    assert all(later >= earlier - 1e-6 for earlier, later in pairwise(sums))


def test_archived_charging_sessions_stay_in_the_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MAX_CHARGING_SESSIONS", 1)
    store = CarStore()
    for hour in (1, 2, 3):
        start = BEGIN + timedelta(hours=hour)
        end = start + timedelta(minutes=30)
        store.add_charging_session(
            ChargingSession(start=start, end=end, start_level=10, end_level=50, energy=20, cost=4)
        )
    for key, total in {"charged": 60, "charging_cost": 12}.items():
        (row,) = build_rows(BY_KEY[key].spans(store), store.archived_totals[key], 0.0)
        assert (row["start"], row["sum"]) == (BEGIN + timedelta(hours=3), total)


def test_spans_of_a_trip_and_a_charging_session() -> None:
    store, end = CarStore(), BEGIN + timedelta(hours=2)
    store.add_trips([TripRecord(id="1", start=BEGIN, end=end, distance=80, electricity=-0.5, fuel=4, cost=-1)])
    store.add_charging_session(ChargingSession(start=BEGIN, end=end, start_level=10, end_level=50, energy=20, cost=-2))
    # Consumption is never negative, but a cost is if the price is
    expected = {"distance": 80, "duration": 2, "electricity": 0, "fuel": 4, "driving_cost": -1}
    expected |= {"charged": 20, "charging_cost": -2}
    assert {key: [amount for *_, amount in description.spans(store)] for key, description in BY_KEY.items()} == {
        key: [amount] for key, amount in expected.items()
    }


def test_statistic_without_amounts_has_no_rows() -> None:
    assert build_rows([], 0.0, 0.0) == []
    assert build_rows([(BEGIN, BEGIN, 0.0)], 0.0, 0.0) == []
