"""Rows of statistics: amounts are complete, sums never fall, and the order of updates does not matter."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.stellantis.history import store as store_module
from custom_components.stellantis.history.hours import (
    HOUR,
    MAX_DURATION,
    find_missing,
    hourly_amounts,
    spread_over_hours,
    start_of_hour,
)
from custom_components.stellantis.history.store import CarStore
from custom_components.stellantis.statistics import build_rows
from custom_components.stellantis.statistics_table import STATISTICS, archived_until
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
    rows = build_rows(hourly_amounts(DISTANCE.spans(store)), 0.0)
    return {row["start"].timestamp(): row["sum"] for row in rows}


def import_trips(store: CarStore, database: dict[float, float], trips: Sequence[TripRecord]) -> None:
    """Add trips to a store, and write changed rows as the recorder does."""
    store.add_trips(trips)
    if store.statistics_dirty_since is None:
        return
    kept_until = archived_until(store, DISTANCE)
    first = start_of_hour(store.statistics_dirty_since.timestamp())
    first = max(first, start_of_hour(kept_until.timestamp()) if kept_until else 0.0)
    existing = {hour: amount for hour, amount in database.items() if hour >= first}
    base = max(((hour, amount) for hour, amount in database.items() if hour < first), default=(0.0, 0.0))[1]
    for row in build_rows(hourly_amounts(DISTANCE.spans(store), kept_until), first, existing, base=base):
        database[row["start"].timestamp()] = row["sum"]
    store.statistics_dirty_since = None
    store.archive()


@settings(max_examples=100)
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


@settings(max_examples=100)
@given(st.lists(spans), st.floats(0, 1e6))
def test_rows_are_hourly_and_never_fall(spans: list[tuple[datetime, datetime, float]], base: float) -> None:
    rows = build_rows(hourly_amounts(spans), 0.0, base=base)
    starts = [row["start"] for row in rows]
    assert starts == sorted(set(starts))
    assert all((start.minute, start.second, start.microsecond, start.tzinfo) == (0, 0, 0, UTC) for start in starts)
    sums = [base, *(row["sum"] for row in rows)]
    assert sums == sorted(sums)
    if rows:
        assert sums[-1] == pytest.approx(base + sum(amount for *_, amount in spans))
    else:
        assert not any(amount for *_, amount in spans)


@settings(max_examples=100)
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


@settings(max_examples=100)
@given(st.lists(trips_with(st.uuids().map(str)), min_size=4, max_size=12), st.integers(1, 3))
def test_archived_trips_stay_in_the_sums(trips: list[TripRecord], size: int) -> None:
    # The odometer tells apart trips that start at the same time
    trips = [replace(trip, mileage=100.0 * number) for number, trip in enumerate(trips)]
    trips.sort(key=lambda trip: (trip.end, trip.id))
    # A car makes one trip at a time
    ends = [BEGIN, *(trip.end for trip in trips)]
    trips = [replace(trip, start=max(trip.start, end)) for trip, end in zip(trips, ends, strict=False)]
    store, database = CarStore(), dict[float, float]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_module, "MAX_TRIPS", 3)
        for index in range(0, len(trips), size):
            import_trips(store, database, trips[index : index + size])
            import_trips(store, database, trips[index : index + size])
    # Some more are kept if they share an hour
    assert len(store.trips) >= 3
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
    store.charging_dirty_since = None
    store.archive()
    for key, total in {"charged": 40, "charging_cost": 8}.items():
        assert store.archived_totals[key] == total
        (row,) = build_rows(hourly_amounts(BY_KEY[key].spans(store)), 0.0, base=total)
        assert (row["start"], row["sum"]) == (BEGIN + timedelta(hours=3), total * 1.5)


def test_spans_of_a_trip_and_a_charging_session() -> None:
    store, end = CarStore(), BEGIN + timedelta(hours=2)
    store.add_trips([TripRecord(id="1", start=BEGIN, end=end, distance=80, electricity=-0.5, fuel=4, cost=-1)])
    store.add_charging_session(ChargingSession(start=BEGIN, end=end, start_level=10, end_level=50, energy=20, cost=-2))
    # Consumption is never negative, but a cost is if the price is
    expected = {"distance": 80, "duration": 2, "electricity": 0, "fuel": 4, "driving_cost": -1}
    expected |= {"charged": 20, "charging_cost": -2}
    amounts = {key: [amount for *_, amount in description.spans(store)] for key, description in BY_KEY.items()}
    assert amounts == {"charged_at_home": [], "charged_elsewhere": []} | {
        key: [amount] for key, amount in expected.items()
    }


def test_charged_at_home_and_elsewhere() -> None:
    """A session of which it is unknown where it was counts for neither."""
    store = CarStore()
    for day, (zone, energy) in enumerate((("Home", 1), ("Work", 2), ("not_home", 4), (None, 8))):
        start = BEGIN + timedelta(days=day)
        store.add_charging_session(
            ChargingSession(
                start=start, end=start + timedelta(hours=1), start_level=10, end_level=20, energy=energy, zone=zone
            )
        )

    def total(key: str, *home_names: str) -> float:
        store.home_names = [*home_names]
        return sum(amount for *_, amount in BY_KEY[key].spans(store))

    keys = ("charged", "charged_at_home", "charged_elsewhere")
    assert [total(key, "Home", "Our house") for key in keys] == [15, 1, 6]
    assert [total(key) for key in keys] == [15, 0, 0]


def test_statistic_without_amounts_has_no_rows() -> None:
    assert build_rows({}, 0.0) == []
    assert build_rows(hourly_amounts([(BEGIN, BEGIN, 0.0)]), 0.0) == []


def test_rows_of_lost_records_are_kept() -> None:
    """A store that was lost takes nothing from the statistics, and what is stored since then counts."""
    hour = start_of_hour(BEGIN.timestamp())
    existing = {hour: 110.0, hour + HOUR: 150.0, hour + 2 * HOUR: 170.0}
    amounts = {hour + HOUR: 12.0, hour + 3 * HOUR: 5.0}
    rows = build_rows(amounts, hour, existing, base=100.0, kept_until=hour + 2 * HOUR)
    assert [row["sum"] for row in rows] == [110, 150, 150, 155]


def test_first_hour_that_the_recorder_lacks() -> None:
    assert find_missing({0.0: 1.0, HOUR: 2.0, 2 * HOUR: 0.0, 3 * HOUR: 1.0}, [0.0, HOUR]) == 3 * HOUR
    assert find_missing({0.0: 1.0, HOUR: 2.0}, [0.0, HOUR, 2 * HOUR]) is None


def test_costs_in_another_currency_are_another_statistic() -> None:
    store = CarStore(currency="EUR")
    for day, currency in enumerate((None, "EUR", "USD")):
        start = BEGIN + timedelta(days=day)
        end = start + timedelta(hours=1)
        store.add_trips([TripRecord(id=f"{day}", start=start, end=end, distance=9, cost=2.0**day, currency=currency)])
    amounts = {code: [amount for *_, amount in BY_KEY["driving_cost"].spans(store, code)] for code in ("EUR", "USD")}
    assert amounts == {"EUR": [1, 2], "USD": [4]}
    assert (store.cost_key("driving_cost", "EUR"), store.cost_key("driving_cost", "USD")) == (
        "driving_cost",
        "driving_cost_usd",
    )
