"""Trips that are listed twice, or whose cost becomes known later."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.stellantis.history.store import CarStore
from tests.history.test_store import NOON, build_trip


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ({}, {}, True),
        ({"mileage": 1000.2}, {"mileage": 1000.3}, True),
        ({"mileage": 1000.2}, {}, True),
        ({}, {"start": NOON + timedelta(hours=1, seconds=59), "distance": 11}, True),
        # Corrected times
        ({"mileage": 1000.96}, {"mileage": 1001.04, "start": NOON, "end": NOON + timedelta(minutes=20)}, True),
        # A clock that was reset twice
        ({"mileage": 1000}, {"mileage": 1020}, False),
        ({}, {"start": NOON + timedelta(hours=1, minutes=5)}, False),
        ({"mileage": 1000}, {"mileage": 1000, "start": NOON, "distance": 3}, False),
    ],
)
def test_trip_under_two_ids(first: dict[str, Any], second: dict[str, Any], is_same: bool) -> None:
    one, two = build_trip(1, id="one", **first), build_trip(1, id="two", **second)
    store = CarStore()
    assert len(store.add_trips([one, two])) == (1 if is_same else 2)
    assert store.add_trips([two, one]) == []
    assert [trip.id for trip in store.trips] == (["one"] if is_same else [trip.id for trip in store.trips])
    assert len(store.trips) == (1 if is_same else 2)


def test_partial_cost_is_completed() -> None:
    store = CarStore()
    store.add_trips([build_trip(1, fuel=1.0, cost=2.0, is_cost_partial=True)])
    store.add_trips([build_trip(1, fuel=1.0, cost=9.0, is_cost_partial=True)])
    assert store.trips[0].cost == 2
    store.add_trips([build_trip(1, fuel=1.0, electricity=5.0, cost=3.0, currency="EUR")])
    assert (store.trips[0].cost, store.trips[0].currency, store.trips[0].is_cost_partial) == (3, "EUR", False)
    store.add_trips([build_trip(1, fuel=1.0, electricity=5.0, cost=4.0)])
    assert store.trips[0].cost == 3
