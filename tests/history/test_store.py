"""The store: records are unique, totals are complete, and a corrupt store never prevents setup."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
import json
import logging
from typing import Any, Final
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from hypothesis import given, strategies as st
import pytest

from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.history.files import SAVE_DELAY, STORAGE_VERSION, StellantisStore
from custom_components.stellantis.history.store import CarStore, EventCursor
from custom_components.stellantis.vehicle.charging_session import ActiveSession, ChargingSession
from custom_components.stellantis.vehicle.trip import TripRecord
from tests.conftest import Link
from tests.support.helpers import Control, advance_time, get_state, only_car

NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
VIN: Final = "VR3UHZKXZPD400001"
BATTERY: Final = "sensor.ds_3_e_tense_battery"


def build_trip(number: int, **values: Any) -> TripRecord:
    """Build the trip of an hour."""
    start = NOON + timedelta(hours=number)
    return replace(TripRecord(id=f"{number:03}", start=start, end=start + timedelta(minutes=30), distance=10), **values)


def build_session(number: int, **values: Any) -> ChargingSession:
    """Build the charging session of an hour."""
    start = NOON + timedelta(hours=number)
    return replace(
        ChargingSession(start=start, end=start + timedelta(minutes=30), start_level=20, end_level=40), **values
    )


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limit the store to three trips and two charging sessions."""
    monkeypatch.setattr("custom_components.stellantis.history.store.MAX_TRIPS", 3)
    monkeypatch.setattr("custom_components.stellantis.history.store.MAX_CHARGING_SESSIONS", 2)


# --- trips


@given(st.lists(st.integers(0, 20)), st.lists(st.integers(0, 20)))
def test_trips_are_unique_and_sorted_by_end(first: list[int], second: list[int]) -> None:
    store, other = CarStore(), CarStore()
    first_trips = [build_trip(number) for number in first]
    assert store.add_trips(first_trips) == [build_trip(number) for number in sorted(set(first))]
    assert store.add_trips(first_trips) == []
    assert store.add_trips(map(build_trip, second)) == [
        build_trip(number) for number in sorted(set(second) - set(first))
    ]
    assert store.trips == [build_trip(number) for number in sorted({*first, *second})]
    # In any order, and one by one
    for number in reversed([*first, *second]):
        other.add_trips([build_trip(number)])
    assert other == store
    assert store.statistics_dirty_since == (store.trips[0].start if store.trips else None)


def test_trips_with_the_same_end_are_sorted_by_id() -> None:
    twins = [build_trip(1, id="b"), build_trip(1, id="a", start=build_trip(1).start + timedelta(minutes=5))]
    store, other = CarStore(), CarStore()
    store.add_trips(twins)
    other.add_trips(reversed(twins))
    assert store.trips == other.trips == [twins[1], twins[0]]


def test_trip_is_updated() -> None:
    store = CarStore()
    store.add_trips([build_trip(1, electricity=4.0, fuel=1.0, cost=2.0), build_trip(2)])
    store.statistics_dirty_since = None
    # Without changes
    assert store.add_trips([build_trip(1, electricity=4.0, fuel=1.0, cost=2.0)]) == []
    assert store.statistics_dirty_since is None
    earlier = build_trip(1).start - timedelta(minutes=5)
    assert store.add_trips([build_trip(1, start=earlier, distance=12, electricity=5.0, fuel=1.5, cost=9.0)]) == []
    # The cost at the original prices stays
    assert store.trips[0] == build_trip(1, start=earlier, distance=12, electricity=5.0, fuel=1.5, cost=2.0)
    assert store.statistics_dirty_since == earlier


def test_values_that_are_missing_in_an_update_stay() -> None:
    """Estimated electricity may be missing, if the battery capacity is not credible at that time."""
    store = CarStore()
    full = build_trip(1, electricity=4.0, fuel=1.0, cost=2.0)
    store.add_trips([full])
    store.statistics_dirty_since = None
    store.add_trips([build_trip(1)])
    assert (store.trips, store.statistics_dirty_since) == ([full], None)
    store = CarStore()
    store.add_trips([build_trip(1)])
    store.add_trips([full])
    assert store.trips == [full]


def test_trip_that_is_listed_twice() -> None:
    store = CarStore()
    assert store.add_trips([build_trip(1), build_trip(1, distance=12)]) == [build_trip(1, distance=12)]
    assert store.trips == [build_trip(1, distance=12)]


# --- archived totals


def total(store: CarStore, name: str, key: str) -> float:
    """Return a total over all trips, archived or not."""
    return store.archived_totals.get(key, 0.0) + sum(getattr(stored, name) or 0.0 for stored in store.trips)


@pytest.mark.usefixtures("small_limits")
def test_totals_include_archived_trips() -> None:
    store = CarStore()
    trips = [build_trip(number, electricity=0.5 * number, cost=0.25, fuel=None) for number in range(7)]
    for added in trips[:5]:
        store.add_trips([added])
        store.archive()
    # They are only archived after they have been imported into the statistics
    assert store.trips == trips[:5]
    store.statistics_dirty_since = None
    store.archive()
    assert store.trips == trips[2:5]
    # Archived trips are not counted again
    assert store.add_trips(trips) == trips[5:]
    store.archive(is_forced=True)
    assert store.trips == trips[4:]
    for name, key in (("distance", "distance"), ("electricity", "electricity"), ("cost", "driving_cost")):
        assert total(store, name, key) == pytest.approx(sum(getattr(added, name) for added in trips))
    assert (total(store, "fuel", "fuel"), total(store, "hours", "duration")) == (0, pytest.approx(7 * 0.5))


@pytest.mark.usefixtures("small_limits")
def test_long_history_is_archived() -> None:
    store = CarStore()
    store.add_charging_session(build_session(0))
    trips = [build_trip(number) for number in range(10)]
    assert store.add_trips(reversed(trips)) == trips
    store.archive(is_forced=True)
    assert store.archived_until == {"trips": trips[6].end}
    assert (store.trips, store.archived_totals["distance"]) == (trips[7:], 70)


@pytest.mark.usefixtures("small_limits")
def test_charging_sessions() -> None:
    store = CarStore()
    sessions = [build_session(number, energy=None if number == 1 else 2.0, cost=0.5) for number in range(5)]
    for ended in sessions:
        store.charging_dirty_since = None
        store.add_charging_session(ended)
        assert store.charging_dirty_since == ended.start
    store.charging_dirty_since = None
    store.archive()
    assert store.charging_sessions == sessions[3:]
    assert (store.archived_totals["charged"], store.archived_totals["charging_cost"]) == (4, 1.5)
    store.charging_dirty_since = NOON
    store.add_charging_session(build_session(9))
    assert (store.charging_dirty_since, store.statistics_dirty_since) == (NOON, None)


@pytest.mark.usefixtures("small_limits")
def test_trips_in_the_same_hour_are_archived_together() -> None:
    """The rows of the statistics from the first hour of the others on are written again."""
    store = CarStore()
    store.add_trips(
        [build_trip(number, start=NOON, end=NOON + timedelta(minutes=5 * number)) for number in range(1, 3)]
    )
    store.add_trips([build_trip(number) for number in range(3, 6)])
    early = build_trip(9, start=build_trip(3).start - timedelta(minutes=50), end=build_trip(3).start)
    store.add_trips([early])
    store.add_trips([build_trip(2, id="002b")])
    store.archive(is_forced=True)
    # Four are too many, but the one that begins in the hour in which another ends stays with it
    assert [trip.id for trip in store.trips] == ["002b", "009", "003", "004", "005"]
    store.add_trips([build_trip(10)])
    store.archive(is_forced=True)
    assert store.trips == [build_trip(number) for number in (4, 5, 10)]


# --- storage


def build_full_store() -> CarStore:
    """Build the store of a car with all values."""
    active_session = ActiveSession(
        start=NOON, start_level=20, start_residual=9.5, last_seen=NOON, level=25, capacity=46, mileage=1000
    )
    return CarStore(
        trips=[
            build_trip(1, electricity=4.5, cost=2.0, origin=(7.5, 48.5), destination=(7.75, 48.25)),
            build_trip(2, fuel=0.5),
        ],
        charging_sessions=[build_session(1, energy=9.25, cost=3.0, zone="Home"), build_session(2)],
        active_session=active_session,
        archived_totals={"distance": 12.5},
        statistics_dirty_since=NOON,
        history_complete=True,
        alert_cursor=EventCursor(initialized=True, since=NOON, seen={"a": "engine_fault", "b": None}),
        alarm_cursor=EventCursor(initialized=True),
    )


async def test_store_is_saved_and_loaded(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    store = StellantisStore(hass, "entry")
    await store.async_load()
    for member in fields(CarStore):
        setattr(store.get_car(VIN), member.name, getattr(build_full_store(), member.name))
    store.async_schedule_save()
    assert hass_storage == {}
    await advance_time(hass, SAVE_DELAY + 1)
    assert hass_storage[f"{DOMAIN}.entry"]["version"] == STORAGE_VERSION
    json.dumps(hass_storage)
    # The history of each car is in a file of its own
    (history,) = (content["data"] for key, content in hass_storage.items() if key.startswith(f"{DOMAIN}.entry."))
    assert [trip["id"] for trip in history["trips"]] == [trip.id for trip in build_full_store().trips]
    assert "trips" not in hass_storage[f"{DOMAIN}.entry"]["data"][VIN]
    assert VIN not in "".join(hass_storage)
    reloaded = StellantisStore(hass, "entry")
    await reloaded.async_load()
    assert (reloaded.get_car(VIN), reloaded.get_car("another")) == (build_full_store(), CarStore())
    await reloaded.async_remove()
    assert hass_storage == {}


async def test_store_is_saved_on_unload(hass: HomeAssistant, link: Link, hass_storage: dict[str, Any]) -> None:
    entry = await link("ds")
    assert f"{DOMAIN}.{entry.entry_id}" not in hass_storage
    await hass.config_entries.async_unload(entry.entry_id)
    assert hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]


async def test_store_is_removed_with_its_entry(hass: HomeAssistant, link: Link, hass_storage: dict[str, Any]) -> None:
    entry = await link("ds")
    await hass.config_entries.async_remove(entry.entry_id)
    await advance_time(hass, SAVE_DELAY + 1)
    assert f"{DOMAIN}.{entry.entry_id}" not in hass_storage


CORRUPT: Final[dict[str, Any]] = {
    "newer": {"version": STORAGE_VERSION + 1, "data": {VIN: {"journeys": []}}},
    "a list": {"version": STORAGE_VERSION, "data": [1]},
    "an old list": {"version": 1, "data": [1]},
    "a car that is a number": {"version": STORAGE_VERSION, "data": {VIN: 3}},
    "an old car that is a number": {"version": 1, "data": {VIN: 3}},
    "trips that are a number": {"version": 1, "data": {VIN: {"trips": 3}}},
    "a trip without an end": {"version": 1, "data": {VIN: {"trips": [{"id": "a", "origin": [7.5123, 48.5123]}]}}},
    "a time that is not one": {"version": STORAGE_VERSION, "data": {VIN: {"changed_since": "48.5123"}}},
    "a session that is a string": {"version": STORAGE_VERSION, "data": {VIN: {"charge": "48.5123"}}},
}


async def set_up(hass: HomeAssistant, link: Link, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Set the entry up, and return the warnings in the log."""
    caplog.clear()
    entry = hass.config_entries.async_entries(DOMAIN)[0]
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert get_state(hass, BATTERY) is not None
    records = [record for record in caplog.records if record.name.startswith("custom_components")]
    assert not [record for record in records if VIN in record.getMessage() or "48.5123" in record.getMessage()]
    return [record.getMessage() for record in records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("case", CORRUPT)
async def test_corrupt_store_is_replaced(
    hass: HomeAssistant, link: Link, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture, case: str
) -> None:
    entry = await link("ds", setup=False)
    hass_storage[f"{DOMAIN}.{entry.entry_id}"] = CORRUPT[case]
    (warning,) = await set_up(hass, link, caplog)
    # In this test there is no file
    assert "could not be" in warning
    assert ".broken" not in warning
    await hass.config_entries.async_unload(entry.entry_id)
    assert "alerts" in [*hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"].values()][-1]
    # The warning is not repeated
    assert await set_up(hass, link, caplog) == []


async def test_unreadable_record_costs_that_record(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    data = build_full_store().to_dict()
    data["trips"].insert(1, {"id": "broken"})
    data["charges"][0]["start"] = "yesterday"
    data["limit"] = {"level": "high"}
    hass_storage[f"{DOMAIN}.entry"] = {"version": 1, "data": {VIN: data, "another": {"trips": [1]}}}
    store = StellantisStore(hass, "entry")
    await store.async_load()
    expected = replace(build_full_store(), charging_sessions=build_full_store().charging_sessions[1:])
    assert store.get_car(VIN) == expected
    assert store.get_car("another") == CarStore()


async def test_only_changes_are_saved(
    hass: HomeAssistant, link: Link, control: Control, hass_storage: dict[str, Any]
) -> None:
    """A poll that brings nothing new writes nothing, and what changes often does not write the history."""
    entry = await link("ds")
    store, car = entry.runtime_data.account.store, only_car(entry)
    with patch.object(store, "async_schedule_save") as schedule_save:
        for coordinator in (*car.coordinators, *car.coordinators):
            await coordinator.async_refresh()
    schedule_save.assert_not_called()

    async def written() -> list[str]:
        hass_storage.clear()
        await store.async_save()
        return [key for key in hass_storage if key.startswith(DOMAIN)]

    main = f"{DOMAIN}.{entry.entry_id}"
    assert len(await written()) == 2
    car.store.wake_ups = {"2026-03": 2}
    assert await written() == [main]
    car.store.add_trips([build_trip(1)])
    assert len(await written()) == 2


async def test_new_car_beside_a_stored_one(
    hass: HomeAssistant, link: Link, control: Control, hass_storage: dict[str, Any]
) -> None:
    """A new car starts with an empty store, and those of the others stay."""
    vin = await control.vin("3 E-Tense")
    entry = await link("ds", setup=False)
    hass_storage[f"{DOMAIN}.{entry.entry_id}"] = {
        "version": 1,
        "data": {vin: build_full_store().to_dict()},
    }
    await control.post("vehicles", {"brand": "ds"})
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    stores = {car.vin: car.store for car in entry.runtime_data.cars.values()}
    assert stores.pop(vin).trips == build_full_store().trips
    assert [store.trips for store in stores.values()] == [[]]
