"""What is kept of the cars: each thing once, its sums for ever, and never at the price of the set-up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json
import logging
from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.history.store import (
    SAVE_DELAY,
    STORAGE_VERSION,
    CarStore,
    EventCursor,
    StellantisStore,
)
from custom_components.stellantis.vehicle.charging_session import ActiveSession, ChargingSession
from custom_components.stellantis.vehicle.trip import TripRecord
from tests.conftest import Link
from tests.support.helpers import Control, advance_time, get_state

NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
VIN: Final = "VR3UHZKXZPD400001"
BATTERY: Final = "sensor.ds_3_e_tense_battery"


def trip(number: int, **more: Any) -> TripRecord:
    """Return the trip of an hour."""
    start = NOON + timedelta(hours=number)
    return replace(TripRecord(id=f"{number:03}", start=start, end=start + timedelta(minutes=30), distance=10), **more)


def charge(number: int, **more: Any) -> ChargingSession:
    """Return the charge of an hour."""
    start = NOON + timedelta(hours=number)
    return replace(
        ChargingSession(start=start, end=start + timedelta(minutes=30), start_level=20, end_level=40), **more
    )


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger that keeps three trips and two charges; of what is older, the sums."""
    monkeypatch.setattr("custom_components.stellantis.history.store.MAX_TRIPS", 3)
    monkeypatch.setattr("custom_components.stellantis.history.store.MOST_CHARGES", 2)


# --- trips


@given(st.lists(st.integers(0, 20)), st.lists(st.integers(0, 20)))
def test_trips_are_kept_once_in_the_order_of_their_ends(first: list[int], second: list[int]) -> None:
    ledger, other = CarStore(), CarStore()
    told = [trip(number) for number in first]
    assert ledger.add_trips(told) == [trip(number) for number in sorted(set(first))]
    assert ledger.add_trips(told) == []
    assert ledger.add_trips(map(trip, second)) == [trip(number) for number in sorted(set(second) - set(first))]
    assert ledger.trips == [trip(number) for number in sorted({*first, *second})]
    # In whatever order, and in however many pieces, they come
    for number in reversed([*first, *second]):
        other.add_trips([trip(number)])
    assert other == ledger
    assert ledger.statistics_dirty_since == (ledger.trips[0].start if ledger.trips else None)


def test_trips_that_ended_at_once_have_an_order() -> None:
    twins = [trip(1, id="b"), trip(1, id="a")]
    ledger, other = CarStore(), CarStore()
    ledger.add_trips(twins)
    other.add_trips(reversed(twins))
    assert ledger.trips == other.trips == [twins[1], twins[0]]


def test_the_latest_word_on_a_trip_counts() -> None:
    ledger = CarStore()
    ledger.add_trips([trip(1, electricity=4.0, fuel=1.0, cost=2.0), trip(2)])
    ledger.statistics_dirty_since = None
    # Nothing is new, and nothing has changed
    assert ledger.add_trips([trip(1, electricity=4.0, fuel=1.0, cost=2.0)]) == []
    assert ledger.statistics_dirty_since is None
    earlier = trip(1).start - timedelta(minutes=5)
    assert ledger.add_trips([trip(1, start=earlier, distance=12, electricity=5.0, fuel=1.5, cost=9.0)]) == []
    # What it cost was reckoned at the prices of then
    assert ledger.trips[0] == trip(1, start=earlier, distance=12, electricity=5.0, fuel=1.5, cost=2.0)
    assert ledger.statistics_dirty_since == earlier


def test_what_was_known_of_a_trip_stays_known() -> None:
    """The capacity of the battery, by which electricity is estimated, is credible at times only."""
    ledger = CarStore()
    full = trip(1, electricity=4.0, fuel=1.0, cost=2.0)
    ledger.add_trips([full])
    ledger.statistics_dirty_since = None
    ledger.add_trips([trip(1)])
    assert (ledger.trips, ledger.statistics_dirty_since) == ([full], None)
    ledger = CarStore()
    ledger.add_trips([trip(1)])
    ledger.add_trips([full])
    assert ledger.trips == [full]


def test_trip_that_is_told_twice_in_one_answer() -> None:
    ledger = CarStore()
    assert ledger.add_trips([trip(1), trip(1, distance=12)]) == [trip(1, distance=12)]
    assert ledger.trips == [trip(1, distance=12)]


# --- folding


def total(ledger: CarStore, name: str, folded: str) -> float:
    """Return a sum over all trips that ever were."""
    return ledger.archived_totals.get(folded, 0.0) + sum(getattr(one, name) or 0.0 for one in ledger.trips)


@pytest.mark.usefixtures("short")
def test_folding_keeps_the_sums() -> None:
    ledger = CarStore()
    trips = [trip(number, electricity=0.5 * number, cost=0.25, fuel=None) for number in range(7)]
    for told in trips[:5]:
        ledger.add_trips([told])
    assert ledger.trips == trips[2:5]
    # What is in the sums is not counted again; what follows is
    assert ledger.add_trips(trips) == trips[5:]
    assert ledger.trips == trips[4:]
    for name, folded in (("distance", "distance"), ("electricity", "electricity"), ("cost", "driving_cost")):
        assert total(ledger, name, folded) == pytest.approx(sum(getattr(one, name) for one in trips))
    assert (total(ledger, "fuel", "fuel"), total(ledger, "hours", "duration")) == (0, pytest.approx(7 * 0.5))


@pytest.mark.usefixtures("short")
def test_a_long_history_is_folded_whole() -> None:
    ledger = CarStore()
    ledger.add_charging_session(charge(0))
    trips = [trip(number) for number in range(10)]
    assert ledger.add_trips(reversed(trips)) == trips
    assert (ledger.trips, ledger.archived_totals["distance"]) == (trips[7:], 70)


@pytest.mark.usefixtures("short")
def test_charges() -> None:
    ledger = CarStore()
    charges = [charge(number, energy=None if number == 1 else 2.0, cost=0.5) for number in range(5)]
    for ended in charges:
        ledger.statistics_dirty_since = None
        ledger.add_charging_session(ended)
        assert ledger.statistics_dirty_since == ended.start
    assert ledger.charging_sessions == charges[3:]
    assert (ledger.archived_totals["charged"], ledger.archived_totals["charging_cost"]) == (4, 1.5)
    ledger.statistics_dirty_since = NOON
    ledger.add_charging_session(charge(9))
    assert ledger.statistics_dirty_since == NOON


# --- storage


def filled() -> CarStore:
    """Return all that can be kept of a car."""
    begun = ActiveSession(
        start=NOON, start_level=20, start_residual=9.5, last_seen=NOON, level=25, capacity=46, mileage=1000
    )
    return CarStore(
        trips=[trip(1, electricity=4.5, cost=2.0, origin=(7.5, 48.5), destination=(7.75, 48.25)), trip(2, fuel=0.5)],
        charging_sessions=[charge(1, energy=9.25, cost=3.0, zone="Home"), charge(2)],
        active_session=begun,
        archived_totals={"distance": 12.5},
        statistics_dirty_since=NOON,
        history_complete=True,
        alert_cursor=EventCursor(initialized=True, since=NOON, seen={"a": "engine_fault", "b": None}),
        alarm_cursor=EventCursor(initialized=True),
    )


async def test_what_is_kept_comes_back(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    ledger = StellantisStore(hass, "entry")
    await ledger.async_load()
    for name, value in filled().to_dict().items():
        setattr(ledger.get_car(VIN), name, getattr(CarStore.from_dict({name: value}), name))
    ledger.async_schedule_save()
    assert hass_storage == {}
    await advance_time(hass, SAVE_DELAY + 1)
    assert hass_storage[f"{DOMAIN}.entry"]["version"] == STORAGE_VERSION
    json.dumps(hass_storage)
    again = StellantisStore(hass, "entry")
    await again.async_load()
    assert (again.get_car(VIN), again.get_car("another")) == (filled(), CarStore())
    await again.async_remove()
    assert hass_storage == {}


async def test_what_is_not_yet_written_is_written_when_home_assistant_stops(
    hass: HomeAssistant, link: Link, hass_storage: dict[str, Any]
) -> None:
    entry = await link("ds")
    assert f"{DOMAIN}.{entry.entry_id}" not in hass_storage
    await hass.config_entries.async_unload(entry.entry_id)
    assert hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]


async def test_ledger_goes_with_its_entry(hass: HomeAssistant, link: Link, hass_storage: dict[str, Any]) -> None:
    entry = await link("ds")
    await hass.config_entries.async_remove(entry.entry_id)
    await advance_time(hass, SAVE_DELAY + 1)
    assert f"{DOMAIN}.{entry.entry_id}" not in hass_storage


BROKEN: Final[dict[str, Any]] = {
    "newer": {"version": STORAGE_VERSION + 1, "data": {VIN: {"journeys": []}}},
    "a list": {"version": STORAGE_VERSION, "data": [1]},
    "a car that is a number": {"version": STORAGE_VERSION, "data": {VIN: 3}},
    "trips that are a number": {"version": STORAGE_VERSION, "data": {VIN: {"trips": 3}}},
    "a trip without an end": {
        "version": STORAGE_VERSION,
        "data": {VIN: {"trips": [{"id": "a", "origin": [7.5123, 48.5123]}]}},
    },
    "a time that is none": {"version": STORAGE_VERSION, "data": {VIN: {"statistics_dirty_since": "48.5123"}}},
    "a charge that is a word": {"version": STORAGE_VERSION, "data": {VIN: {"charge": "48.5123"}}},
}


async def linked_over(hass: HomeAssistant, link: Link, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Set the entry up, and return what was said of its ledger."""
    caplog.clear()
    entry = hass.config_entries.async_entries(DOMAIN)[0]
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert get_state(hass, BATTERY) is not None
    ours = [one for one in caplog.records if one.name.startswith("custom_components")]
    assert not [one for one in ours if VIN in one.getMessage() or "48.5123" in one.getMessage()]
    return [one.getMessage() for one in ours if one.levelno >= logging.WARNING]


@pytest.mark.parametrize("what", BROKEN)
async def test_broken_ledger_is_begun_anew(
    hass: HomeAssistant, link: Link, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture, what: str
) -> None:
    entry = await link("ds", setup=False)
    hass_storage[f"{DOMAIN}.{entry.entry_id}"] = BROKEN[what]
    (said,) = await linked_over(hass, link, caplog)
    assert f"{DOMAIN}.{entry.entry_id}.broken" in said
    await hass.config_entries.async_unload(entry.entry_id)
    (kept,) = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"].values()
    assert kept["trips_read"]
    # Nor is it said again
    assert await linked_over(hass, link, caplog) == []


async def test_only_one_of_two_cars_is_new(
    hass: HomeAssistant, link: Link, control: Control, hass_storage: dict[str, Any]
) -> None:
    """A car that was not there yet has a ledger of its own, and those of the others go on."""
    vin = await control.vin("3 E-Tense")
    entry = await link("ds", setup=False)
    hass_storage[f"{DOMAIN}.{entry.entry_id}"] = {"version": STORAGE_VERSION, "data": {vin: filled().to_dict()}}
    await control.post("vehicles", {"brand": "ds"})
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    kept = {car.vin: car.store for car in entry.runtime_data.cars.values()}
    assert kept.pop(vin).trips == filled().trips
    assert [ledger.trips for ledger in kept.values()] == [[]]


class TestFiles:
    """On a real disk."""

    @pytest.fixture
    def hass_storage(self) -> dict[str, Any]:
        """Nothing stands in for the disk."""
        return {}

    @pytest.fixture
    def hass_config_dir(self, tmp_path: Path) -> str:
        """A folder of its own."""
        (tmp_path / ".storage").mkdir()
        return str(tmp_path)

    @pytest.mark.parametrize("content", [json.dumps({**BROKEN["newer"], "key": "x"}), "[]", '{"version": "one"}', "{"])
    async def test_broken_ledger_is_set_aside(
        self, hass: HomeAssistant, tmp_path: Path, caplog: pytest.LogCaptureFixture, content: str
    ) -> None:
        entry = MockConfigEntry(domain=DOMAIN)
        file = tmp_path / ".storage" / f"{DOMAIN}.{entry.entry_id}"
        file.write_text(content, encoding="utf-8")
        ledger = StellantisStore(hass, entry.entry_id)
        await ledger.async_load()
        (aside,) = (path for path in (tmp_path / ".storage").iterdir() if path.name.startswith(f"{file.name}."))
        assert aside.read_text(encoding="utf-8") == content
        said = [one for one in caplog.records if one.name == "custom_components.stellantis.history.store"]
        # What is no JSON at all, Home Assistant itself sets aside
        is_ours = content != "{"
        assert (aside.name.endswith(".broken"), len(said)) == (is_ours, is_ours)
        ledger.get_car(VIN).history_complete = True
        await ledger.async_save()
        again = StellantisStore(hass, entry.entry_id)
        await again.async_load()
        assert again.get_car(VIN) == CarStore(history_complete=True)
        await again.async_remove()
        assert not file.exists()
        assert aside.exists() != is_ours
