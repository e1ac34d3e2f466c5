"""Responses of actions about trips, compared with the history of the simulator's cars."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from simulator import Simulator
from simulator.vehicle.car import Car
from simulator.vehicle.history import Trip
from tests.conftest import Link
from tests.support.helpers import (
    START,
    Control,
    call_action,
    call_action_on_only_car,
    car_devices,
    drive,
    get_state,
    simulated_car,
    to_iso,
)

TRIPS = "GET /user/vehicles/{id}/trips"
HOUR = 3600


def ended_trips(car: Car) -> list[Trip]:
    """Return the trips of a car that have ended, latest first."""
    return [trip for trip in reversed(car.history.trips) if trip.stopped_at is not None]


def kilometers(car: Car, trip: Trip) -> float:
    """Return the distance of a trip in km."""
    assert trip.stopped_at is not None
    return round(trip.state_at(car.model, trip.stopped_at).odometer - trip.drive.odometer, 1)


def ids(response: Mapping[str, Any]) -> list[str]:
    """Return the IDs of the trips in a response."""
    return [trip["id"] for trip in response["trips"]]


# --- trips


@pytest.mark.simulator(routine=True)
async def test_trips_match_the_history(hass: HomeAssistant, link: Link, simulator: Simulator) -> None:
    """They are sorted by time, latest first. Faults are reported, and hidden positions stay hidden."""
    entry = await link("ds")
    car = simulated_car(simulator, "3 E-Tense")
    trips = (await call_action_on_only_car(hass, "get_trips", entry.entry_id, limit=500))["trips"]
    assert len(trips) == len(ended_trips(car)) > 300
    for actual, trip in zip(trips, ended_trips(car), strict=True):
        assert trip.stopped_at
        assert (actual["id"], actual["start"], actual["end"]) == (
            trip.id,
            to_iso(trip.drive.started_at),
            to_iso(trip.stopped_at),
        )
        assert actual["distance"] == kilometers(car, trip)
        assert actual["duration"] == pytest.approx((trip.stopped_at - trip.drive.started_at) / 60, abs=0.05)
        assert actual["average_speed"] == pytest.approx(actual["distance"] / actual["duration"] * 60, abs=0.1)
        assert actual["under_way"] is False
        levels = {
            "start_levels": trip.start_state.electric,
            "end_levels": trip.state_at(car.model, trip.stopped_at).electric,
        }
        missing = {"Unstarted": "start_levels", "Unfinished": "end_levels"}.get(trip.fault or "")
        for name, level in levels.items():
            assert actual[name] == ({} if name == missing else {"battery": float(int(level))})
            assert actual[name.replace("levels", "ranges")].keys() == actual[name].keys()
        assert actual.get("odometer") == (None if trip.fault == "Unstarted" else round(trip.drive.odometer, 1))
        assert ("origin" in actual) == (trip.fault != "Unstarted" and not trip.is_hidden)
        faults = {"DataLacking": "data_lacking", "Unstarted": "unstarted", "Unfinished": "unfinished"}
        causes = {"Connection": "connection", "GeoPrivacy": "geo_privacy"}
        expected_faults = [{"fault": faults[trip.fault], "cause": causes[trip.cause or ""]}] if trip.fault else []
        assert actual["faults"] == expected_faults
        assert actual["segments"] == [{"propulsion": "electric", "percent": 100.0, "distance": actual["distance"]}]
    assert {trip["faults"][0]["fault"] for trip in trips if trip["faults"]} == set(faults.values())


async def test_trips_of_several_energies(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    for vehicle in await control.vehicles("opel"):
        await drive(control, simulator, vehicle["vin"], 20)
    entry = await link("opel")
    response = await call_action(
        hass, "get_trips", {"device_id": [device.id for device in car_devices(hass, entry.entry_id)]}
    )
    by_name = sorted(response.values(), key=lambda car: car["name"])
    (electric,), (hydrogen,) = (car["trips"] for car in by_name)
    assert set(electric["start_levels"]) == {"battery"}
    assert set(hydrogen["start_levels"]) == set(hydrogen["end_ranges"]) == {"battery", "hydrogen"}


@pytest.mark.simulator(routine=True)
async def test_few_trips_need_few_requests(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    """The store knows the start of the latest trips; a page has 60 trips."""
    entry = await link("ds")
    trip_ids = [trip.id for trip in ended_trips(simulated_car(simulator, "3 E-Tense"))]
    for limit, requests in ((5, 1), (100, 2)):
        before = (await control.request_counts())[TRIPS]
        assert ids(await call_action_on_only_car(hass, "get_trips", entry.entry_id, limit=limit)) == trip_ids[:limit]
        assert (await control.request_counts())[TRIPS] == before + requests
    assert ids(await call_action_on_only_car(hass, "get_trips", entry.entry_id)) == trip_ids[:50]


@pytest.mark.simulator(routine=True)
async def test_trips_of_a_period(hass: HomeAssistant, link: Link, simulator: Simulator) -> None:
    """A time without a zone is local time."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    entry = await link("ds")
    start, end = datetime(2026, 11, 1, 23, tzinfo=UTC), datetime(2026, 11, 9, 11, tzinfo=UTC)
    trip_ids = [
        trip.id
        for trip in ended_trips(simulated_car(simulator, "3 E-Tense"))
        if trip.stopped_at and start.timestamp() <= trip.stopped_at <= end.timestamp()
    ]
    assert len(trip_ids) > 5
    period = {"start": "2026-11-02 00:00:00", "end": "2026-11-09T12:00:00+01:00"}
    assert ids(await call_action_on_only_car(hass, "get_trips", entry.entry_id, **period)) == trip_ids
    assert ids(await call_action_on_only_car(hass, "get_trips", entry.entry_id, **period, limit=3)) == trip_ids[:3]
    # A trip that started before the period, but ended in it, is included
    last = await call_action_on_only_car(hass, "get_trips", entry.entry_id, limit=1)
    assert (
        await call_action_on_only_car(hass, "get_trips", entry.entry_id, start=last["trips"][0]["end"], limit=1) == last
    )


async def test_trips_by_distance(hass: HomeAssistant, link: Link, control: Control, simulator: Simulator) -> None:
    for distance in (5, 12.3, 8, 12.3, 20):
        await drive(control, simulator, await control.vin("3 E-Tense"), distance)
    entry = await link("ds")
    cases: tuple[tuple[dict[str, Any], list[float]], ...] = (
        ({"min_distance": 12.3}, [20, 12.3, 12.3]),
        ({"max_distance": 12.3}, [12.3, 8, 12.3, 5]),
        ({"min_distance": 6, "max_distance": 12.34}, [12.3, 8, 12.3]),
        ({"min_distance": 12.3, "max_distance": 12.3, "limit": 1}, [12.3]),
        ({"max_distance": 8, "limit": 2}, [8, 5]),
        ({"max_distance": 0}, []),
        ({}, [20, 12.3, 8, 12.3, 5]),
    )
    for filters, distances in cases:
        trips = (await call_action_on_only_car(hass, "get_trips", entry.entry_id, **filters))["trips"]
        assert [trip["distance"] for trip in trips] == distances, filters


async def test_unfinished_trip_and_trip_that_is_not_stored_yet(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    vin = await control.vin("3 E-Tense")
    entry = await link("ds")
    assert await call_action_on_only_car(hass, "get_trips", entry.entry_id) == {"trips": []}
    await control.patch(vin, level=80, drive={"distance": 20, "minutes": 20})
    simulator.world.clock.advance(600)
    (trip,) = (await call_action_on_only_car(hass, "get_trips", entry.entry_id))["trips"]
    assert trip["under_way"] is True
    assert (trip["start"], trip["duration"]) == (START.isoformat(), 10.0)
    assert 5 < trip["distance"] < 15
    assert "end" not in trip
    assert trip["end_levels"] == {}
    simulator.world.clock.advance(HOUR)
    (trip,) = (await call_action_on_only_car(hass, "get_trips", entry.entry_id))["trips"]
    assert trip["under_way"] is False
    assert (trip["distance"], trip["duration"], trip["average_speed"]) == (20.0, 20.0, 60.0)
    assert trip["electricity_per_100_km"] == pytest.approx(trip["electricity"] * 5, abs=0.1)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_electricity_of_a_car_that_only_reports_levels(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    """Also of a trip that is not stored yet."""
    entry = await link("vauxhall")
    await drive(control, simulator, await control.vin("Mokka Electric"), 60, level=90)
    (trip,) = (await call_action_on_only_car(hass, "get_trips", entry.entry_id))["trips"]
    used = trip["start_levels"]["battery"] - trip["end_levels"]["battery"]
    assert used > 10
    capacity = float(get_state(hass, "sensor.vauxhall_mokka_electric_battery_capacity") or 0)
    assert trip["electricity"] == pytest.approx(used / 100 * capacity, abs=0.01)


async def test_cost_of_a_trip_does_not_change(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    """The cost in the store counts, since the API has no prices."""
    entry = await link("ds", setup=False)
    hass.config_entries.async_update_entry(entry, options={"electricity_price": 0.5})
    simulator.world.clock.advance(max(0.0, (dt_util.utcnow() - START).total_seconds() - 2 * HOUR))
    await drive(control, simulator, await control.vin("3 E-Tense"), 20)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    (trip,) = (await call_action_on_only_car(hass, "get_trips", entry.entry_id))["trips"]
    assert trip["cost"] == pytest.approx(trip["electricity"] / 2, abs=0.01)


async def test_odd_trip(hass: HomeAssistant, link: Link, control: Control) -> None:
    """Unknown values are left out, and an electric car has no fuel."""
    entry = await link("ds")
    trip = {
        "startedAt": "2026-11-20T10:00:00Z",
        "stoppedAt": "2026-11-20T10:30:00Z",
        "distance": 25,
        "startEnergies": [{"type": "Fuel", "level": 0, "autonomy": 0}, {"type": "Electric", "level": 50}],
        "endEnergies": [{"type": "Steam", "level": 10}, {"level": 5}, {"type": "Electric", "autonomy": 100}],
        "segments": [{"propulsion": "Sail", "percent": 100}],
        "faults": [{"fault": "Unstarted", "cause": "Gremlins"}],
    }
    await control.fault("/user/vehicles/{id}/trips", body={"_links": {}, "_embedded": {"trips": [trip]}})
    assert await call_action_on_only_car(hass, "get_trips", entry.entry_id) == {
        "trips": [
            {
                "id": None,
                "start": "2026-11-20T10:00:00+00:00",
                "end": "2026-11-20T10:30:00+00:00",
                "distance": 25.0,
                "start_levels": {"battery": 50.0},
                "end_levels": {},
                "start_ranges": {},
                "end_ranges": {"battery": 100.0},
                "under_way": False,
                "segments": [{"percent": 100.0}],
                "faults": [{"fault": "unstarted"}],
            }
        ]
    }


# --- one trip


async def test_trip_with_its_path(hass: HomeAssistant, link: Link, control: Control, simulator: Simulator) -> None:
    await drive(control, simulator, await control.vin("3 E-Tense"), 20)
    entry = await link("ds")
    (trip,) = simulated_car(simulator, "3 E-Tense").history.trips
    response = await call_action_on_only_car(hass, "get_trip", entry.entry_id, trip_id=trip.id)
    assert [response["trip"]] == (await call_action_on_only_car(hass, "get_trips", entry.entry_id))["trips"]
    path = response["path"]
    assert (path["type"], path["geometry"]["type"]) == ("Feature", "LineString")
    coordinates, times = path["geometry"]["coordinates"], path["properties"]["times"]
    assert times == [(START + timedelta(minutes=minute)).isoformat() for minute in range(21)]
    assert len(coordinates) == len(times)
    for point, place in (
        (coordinates[0], trip.start_state.place),
        (coordinates[-1], simulated_car(simulator, "3 E-Tense").state.place),
    ):
        assert point == pytest.approx([place.longitude, place.latitude, place.altitude], abs=0.6)
        assert point[:2] == pytest.approx([place.longitude, place.latitude], abs=1e-5)
    simplified = await call_action_on_only_car(hass, "get_trip", entry.entry_id, trip_id=trip.id, tolerance=200)
    fewer = simplified["path"]["geometry"]["coordinates"]
    assert 2 < len(fewer) < len(coordinates)
    assert all(point in coordinates for point in fewer)


async def test_trip_without_altitudes(hass: HomeAssistant, link: Link, control: Control, simulator: Simulator) -> None:
    await drive(control, simulator, await control.vin("Mokka Electric"), 20)
    entry = await link("vauxhall")
    (trip,) = simulated_car(simulator, "Mokka").history.trips
    response = await call_action_on_only_car(hass, "get_trip", entry.entry_id, trip_id=trip.id)
    assert {len(point) for point in response["path"]["geometry"]["coordinates"]} == {2}


async def test_trip_with_its_alerts(hass: HomeAssistant, link: Link, control: Control, simulator: Simulator) -> None:
    vin = await control.vin("3 E-Tense")
    for alerts in (["FuelLevelLow"], ["FuelLevelLow", "AddWasherFluid"]):
        await control.patch(vin, drive={"distance": 20, "minutes": 20})
        simulator.world.clock.advance(600)
        await control.patch(vin, alerts=alerts)
        simulator.world.clock.advance(HOUR)
    entry = await link("ds")
    second, first = (await call_action_on_only_car(hass, "get_trips", entry.entry_id))["trips"]
    all_alerts = (await call_action_on_only_car(hass, "get_alerts", entry.entry_id))["alerts"]
    for trip, kind in ((first, "fuel_level_low"), (second, "add_washer_fluid")):
        alerts = (await call_action_on_only_car(hass, "get_trip", entry.entry_id, trip_id=trip["id"]))["alerts"]
        assert kind in [alert["kind"] for alert in alerts]
        assert alerts == [alert for alert in all_alerts if trip["id"] in alert["trips"]]


async def test_trip_with_hidden_positions(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    await drive(control, simulator, await control.vin("3 E-Tense"), 20, privacy="Geolocation")
    entry = await link("ds")
    (trip,) = (await call_action_on_only_car(hass, "get_trips", entry.entry_id))["trips"]
    response = await call_action_on_only_car(hass, "get_trip", entry.entry_id, trip_id=trip["id"])
    assert response == {"trip": trip, "alerts": [], "path": None}
    assert trip["faults"] == [{"fault": "data_lacking", "cause": "geo_privacy"}]


@pytest.mark.parametrize("scopes", [["data:trip"], ["data:trip", "data:position"], ["data:trip", "data:alert"]])
async def test_trip_with_some_of_the_scopes(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, scopes: list[str]
) -> None:
    await drive(control, simulator, await control.vin("3 E-Tense"), 20)
    entry = await link("ds", scopes=["openid", "data:telemetry", *scopes])
    (trip,) = (await call_action_on_only_car(hass, "get_trips", entry.entry_id))["trips"]
    response = await call_action_on_only_car(hass, "get_trip", entry.entry_id, trip_id=trip["id"])
    assert response["trip"] == trip
    assert response["alerts"] == ([] if "data:alert" in scopes else None)
    assert (response["path"] is not None) == ("data:position" in scopes)


async def test_trip_without_waypoints(hass: HomeAssistant, link: Link, control: Control, simulator: Simulator) -> None:
    """Waypoints are deprecated, and may be gone."""
    await drive(control, simulator, await control.vin("3 E-Tense"), 20)
    entry = await link("ds")
    (trip,) = (await call_action_on_only_car(hass, "get_trips", entry.entry_id))["trips"]
    await control.fault("/user/vehicles/{id}/trips/{tid}/wayPoints", status=404, body={"httpCode": 404})
    response = await call_action_on_only_car(hass, "get_trip", entry.entry_id, trip_id=trip["id"])
    assert response == {"trip": trip, "alerts": [], "path": None}
