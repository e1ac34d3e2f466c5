"""Responses of actions about alerts, alarms, charging sessions, consumption and pictures."""

from datetime import UTC, datetime, timedelta
from math import floor
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from hypothesis import given, strategies as st
import pytest

from custom_components.stellantis.api import Air, Telemetry, VehicleEnvironment
from custom_components.stellantis.history.responses import build_consumption_response
from custom_components.stellantis.vehicle.trip import TripRecord
from simulator import Simulator
from tests.conftest import Link
from tests.support.helpers import (
    START,
    Control,
    advance_time,
    call_action,
    call_action_on_only_car,
    car_devices,
    drive,
    simulated_car,
    to_iso,
)

POLL = 3601  # these cars have not reported for days, and are polled hourly
TELEMETRY = "GET /user/vehicles/{id}/telemetry"


# --- alerts and alarms


@pytest.mark.simulator(routine=True)
async def test_alerts_match_the_history(hass: HomeAssistant, link: Link, simulator: Simulator) -> None:
    entry = await link("ds")
    alerts = sorted(
        simulated_car(simulator, "3 E-Tense").history.alerts, key=lambda alert: alert.started_at, reverse=True
    )
    response = (await call_action_on_only_car(hass, "get_alerts", entry.entry_id))["alerts"]
    assert len(response) == len(alerts) > 5
    kinds = {
        "AddWasherFluid": ("add_washer_fluid", "information"),
        "LeftFrontTireUnderInflated": ("left_front_tire_under_inflated", "warning"),
        "ReplaceTheRemoteControlBattery": ("replace_the_remote_control_battery", "information"),
        "RiskOfIce": ("risk_of_ice", "information"),
    }
    for actual, alert in zip(response, alerts, strict=True):
        assert (actual["kind"], actual["severity"]) == kinds[alert.kind]
        assert (actual["id"], actual["start"]) == (alert.id, to_iso(alert.started_at))
        assert actual.get("end") == (None if alert.ended_at is None else to_iso(alert.ended_at))
        assert actual["active"] == (alert.ended_at is None)
        assert actual["trips"] == list(alert.trips)
        assert alert.location
        assert actual["latitude"] == pytest.approx(alert.location.place.latitude, abs=1e-5)
        assert actual["longitude"] == pytest.approx(alert.location.place.longitude, abs=1e-5)
    starts = sorted(alert.started_at for alert in alerts)
    start, end = starts[2], starts[4]
    options = {"start": to_iso(start), "end": to_iso(end + 1)}
    ids = [alert.id for alert in alerts if start <= alert.started_at <= end]
    filtered = (await call_action_on_only_car(hass, "get_alerts", entry.entry_id, **options))["alerts"]
    assert [alert["id"] for alert in filtered] == ids


async def test_active_alerts(hass: HomeAssistant, link: Link, control: Control, simulator: Simulator) -> None:
    entry = await link("ds")
    vin = await control.vin("3 E-Tense")
    await control.patch(vin, alerts=["AddWasherFluid", "FuelLevelLow"])
    simulator.world.clock.advance(60)
    await control.patch(vin, alerts=["AddWasherFluid"])

    async def kinds(**options: Any) -> list[str]:
        return [
            alert["kind"]
            for alert in (await call_action_on_only_car(hass, "get_alerts", entry.entry_id, **options))["alerts"]
        ]

    assert sorted(await kinds()) == ["add_washer_fluid", "fuel_level_low"]
    assert await kinds(active_only=True) == ["add_washer_fluid"]
    assert sorted(await kinds(active_only=False)) == ["add_washer_fluid", "fuel_level_low"]


async def test_alarms(hass: HomeAssistant, link: Link, control: Control, simulator: Simulator) -> None:
    entry = await link("vauxhall")
    vin = await control.vin("Mokka Electric")
    for change in (False, True, "RoofBreakIn"):
        simulator.world.clock.advance(600)
        await control.patch(vin, alarm=change)

    async def alarms(**options: Any) -> list[dict[str, Any]]:
        response: list[dict[str, Any]] = (await call_action_on_only_car(hass, "get_alarms", entry.entry_id, **options))[
            "alarms"
        ]
        return response

    triggered, armed, disarmed = await alarms()
    times = [(START + timedelta(minutes=minutes)).isoformat() for minutes in (30, 20, 10)]
    assert [(alarm["kind"], alarm["time"]) for alarm in (triggered, armed, disarmed)] == [
        ("triggered", times[0]),
        ("armed", times[1]),
        ("disarmed", times[2]),
    ]
    place = simulated_car(simulator, "Mokka").state.place
    assert triggered["cause"] == "roof"
    assert triggered["latitude"] == pytest.approx(place.latitude, abs=1e-5)
    assert triggered["longitude"] == pytest.approx(place.longitude, abs=1e-5)
    assert await alarms(types=["trigger"]) == [triggered]
    assert await alarms(types="status") == [armed, disarmed]
    assert await alarms(types=["status", "trigger"]) == await alarms(types=[]) == [triggered, armed, disarmed]
    assert await alarms(start=times[1]) == [triggered, armed]
    assert await alarms(end=(START + timedelta(minutes=25)).isoformat()) == [armed, disarmed]


async def test_car_without_an_alarm_has_no_alarms(hass: HomeAssistant, link: Link) -> None:
    """The API responds that there are none."""
    entry = await link("ds")
    assert await call_action_on_only_car(hass, "get_alarms", entry.entry_id) == {"alarms": []}


# --- charging sessions


async def test_charging_sessions(hass: HomeAssistant, link: Link, control: Control, simulator: Simulator) -> None:
    """They come from the store, without a request."""
    entry = await link("ds", setup=False)
    hass.config_entries.async_update_entry(entry, options={"electricity_price": 0.25})
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await call_action_on_only_car(hass, "get_charging_sessions", entry.entry_id) == {
        "sessions": [],
        "totals": {"sessions": 0, "duration": 0},
    }
    vin = await control.vin("3 E-Tense")
    for level in (60, 40):
        simulator.world.clock.advance(60)
        for change in ({"level": level, "plug": True, "charge": True}, {"charge": "Finished"}):
            await control.patch(vin, **change)
            await advance_time(hass, POLL)
            simulator.world.clock.advance(3600)
    before = await control.request_counts()
    response = await call_action_on_only_car(hass, "get_charging_sessions", entry.entry_id)
    latest, first = response["sessions"]
    for session, level in ((first, 60), (latest, 40)):
        assert session["start_level"] == level
        assert session["end_level"] > level + 5
        assert session["duration"] == 60.0
        assert session["cost"] == pytest.approx(session["energy_estimate"] / 4, abs=0.01)
    assert first["end"] < latest["start"]
    totals = response["totals"]
    assert (totals["sessions"], totals["duration"]) == (2, 120.0)
    for name in ("energy_estimate", "cost"):
        assert totals[name] == pytest.approx(first[name] + latest[name], abs=0.02)
    filtered = await call_action_on_only_car(hass, "get_charging_sessions", entry.entry_id, start=latest["start"])
    assert filtered["sessions"] == [latest]
    filtered = await call_action_on_only_car(hass, "get_charging_sessions", entry.entry_id, end=latest["start"])
    assert filtered["sessions"] == [first]
    assert filtered["totals"]["sessions"] == 1
    assert await control.request_counts() == before


# --- consumption


async def test_consumption_by_temperature(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    vin = await control.vin("3 E-Tense")
    for distance, temperature in ((20, -7.5), (10, -5), (30, 12), (15, 14.5)):
        await drive(control, simulator, vin, distance, temperature=temperature, level=90)
    entry = await link("ds")
    trips = (await call_action_on_only_car(hass, "get_trips", entry.entry_id))["trips"]
    period = {"start": START.isoformat(), "end": (START + timedelta(hours=5)).isoformat()}
    before = (await control.request_counts()).get(TELEMETRY, 0)
    response = await call_action_on_only_car(hass, "get_consumption", entry.entry_id, **period)
    assert (await control.request_counts())[TELEMETRY] == before + 1

    def per_100_km(*trips: dict[str, Any]) -> Any:
        consumption = sum(trip["electricity"] for trip in trips) * 100 / sum(trip["distance"] for trip in trips)
        return pytest.approx(consumption, abs=0.11)

    mild, warm, cool, cold = trips
    assert response == {
        "buckets": [
            {"from": -10, "to": -5, "trips": 1, "distance": 20.0, "electricity_per_100_km": per_100_km(cold)},
            {"from": -5, "to": 0, "trips": 1, "distance": 10.0, "electricity_per_100_km": per_100_km(cool)},
            {"from": 10, "to": 15, "trips": 2, "distance": 45.0, "electricity_per_100_km": per_100_km(warm, mild)},
        ],
        "overall": {"trips": 4, "distance": 75.0, "electricity_per_100_km": per_100_km(*trips)},
        "trips_without_temperature": 0,
    }
    assert response["buckets"][0]["electricity_per_100_km"] > response["buckets"][2]["electricity_per_100_km"] + 1
    filtered = await call_action_on_only_car(
        hass, "get_consumption", entry.entry_id, start=warm["start"], end=warm["end"]
    )
    assert [(bucket["from"], bucket["trips"]) for bucket in filtered["buckets"]] == [(10, 1)]


async def test_consumption_of_a_hybrid_has_both_energies(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    vin = await control.vin("308 Hybrid")
    await drive(control, simulator, vin, 100, temperature=17, level=60)
    entry = await link("peugeot")
    (device,) = [device for device in car_devices(hass, entry.entry_id) if device.serial_number == vin]
    end = (START + timedelta(days=1)).isoformat()
    response = (await call_action(hass, "get_consumption", {"device_id": device.id}, end=end))[device.id]
    (bucket,) = response["buckets"]
    assert (bucket["from"], bucket["to"]) == (15, 20)
    assert bucket["fuel_per_100_km"] > 1
    assert bucket["electricity_per_100_km"] > 1


@pytest.mark.simulator(start=START - timedelta(days=100))
async def test_default_period_of_consumption_is_ninety_days(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    """Up to the given end, else until now. Many measurements need few requests."""
    vin = await control.vin("3 E-Tense")
    for days in (0, 50, 30):
        simulator.world.clock.advance(days * 86400)
        await control.patch(vin, level=90, drive={"distance": 100, "minutes": 100})
        simulator.world.clock.advance(7200)
    entry = await link("ds")
    ends = [
        datetime.fromtimestamp(trip.stopped_at or 0, UTC)
        for trip in simulated_car(simulator, "3 E-Tense").history.trips
    ]
    for end in (START - timedelta(days=9), START - timedelta(days=40), None):
        start = (end or dt_util.utcnow()) - timedelta(days=90)
        expected = [stop for stop in ends if start <= stop and (end is None or stop <= end)]
        before = (await control.request_counts()).get(TELEMETRY, 0)
        response = await call_action_on_only_car(
            hass, "get_consumption", entry.entry_id, **({"end": end.isoformat()} if end else {})
        )
        assert response["overall"]["trips"] == len(expected)
        assert sum(bucket["trips"] for bucket in response["buckets"]) == len(expected)
        assert (await control.request_counts()).get(TELEMETRY, 0) == before + bool(expected)
        assert len(expected) == 2 or not end


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 404},
        {"status": 404, "body": {"httpCode": 404}},
        {"status": 403},
        {"status": 200, "body": {"_embedded": {"telemetries": []}}},
    ],
)
async def test_consumption_without_temperatures(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, fault: dict[str, Any]
) -> None:
    await drive(control, simulator, await control.vin("3 E-Tense"), 20)
    entry = await link("ds")
    await control.fault("/user/vehicles/{id}/telemetry", **fault)
    end = (START + timedelta(days=1)).isoformat()
    response = await call_action_on_only_car(hass, "get_consumption", entry.entry_id, end=end)
    assert response["buckets"] == []
    assert response["trips_without_temperature"] == response["overall"]["trips"] == 1
    assert response["overall"]["electricity_per_100_km"] > 5


async def test_consumption_without_trips_needs_no_request(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("ds")
    before = await control.request_counts()
    response = await call_action_on_only_car(hass, "get_consumption", entry.entry_id)
    assert response == {"buckets": [], "overall": {"trips": 0, "distance": 0}, "trips_without_temperature": 0}
    assert await control.request_counts() == before


_TRIPS = st.lists(
    st.tuples(
        st.floats(0, 1000),  # km
        st.none() | st.floats(0, 100),  # kWh
        st.none() | st.floats(0, 100),  # l
        st.lists(st.none() | st.floats(-50, 60), max_size=4),  # °C, from minute to minute
    ),
    max_size=12,
)


@given(_TRIPS, st.randoms())
def test_each_trip_is_in_one_bucket(trips: list[tuple[float, Any, Any, list[float | None]]], order: Any) -> None:
    """In any order of the samples. The overall average lies between those of the buckets."""
    records: list[TripRecord] = []
    samples: list[Telemetry] = []
    means: list[float | None] = []
    for hour, (distance, electricity, fuel, temperatures) in enumerate(trips):
        start = START + timedelta(hours=hour)
        end = start + timedelta(minutes=10)
        amounts = {"electricity": electricity, "fuel": fuel}
        records.append(TripRecord(id=str(hour), start=start, end=end, distance=distance, **amounts))
        for minute, temperature in enumerate(temperatures):
            environment = VehicleEnvironment(air=Air(temp=temperature))
            samples.append(Telemetry(created_at=start + timedelta(minutes=minute), environment=environment))
        known_temperatures = [temperature for temperature in temperatures if temperature is not None]
        means.append(sum(known_temperatures) / len(known_temperatures) if known_temperatures else None)
    samples += [Telemetry(), Telemetry(created_at=START), Telemetry(environment=VehicleEnvironment())]
    order.shuffle(samples)
    response = build_consumption_response(records, samples)
    assert response["trips_without_temperature"] == means.count(None)
    assert sum(bucket["trips"] for bucket in response["buckets"]) == len(trips) - means.count(None)
    lows = [bucket["from"] for bucket in response["buckets"]]
    assert lows == sorted(set(lows))
    assert all(bucket["to"] - bucket["from"] == 5 and bucket["from"] % 5 == 0 for bucket in response["buckets"])
    # A mean at the edge of a bucket may be rounded to either side
    certain_lows = {
        floor(mean / 5) * 5 for mean in means if mean is not None and abs(mean / 5 - round(mean / 5)) > 1e-9
    }
    assert certain_lows <= set(lows)
    assert response["overall"]["trips"] == len(trips)
    assert response["overall"]["distance"] == pytest.approx(sum(record.distance for record in records), abs=0.06)
    if not means.count(None):
        for name in ("electricity_per_100_km", "fuel_per_100_km"):
            averages = [bucket[name] for bucket in response["buckets"] if name in bucket]
            if averages and name in response["overall"] and all(record.distance > 0 for record in records):
                assert min(averages) - 0.1 <= response["overall"][name] <= max(averages) + 0.1


# --- pictures


async def test_pictures(hass: HomeAssistant, link: Link, control: Control) -> None:
    """Their URLs are known without a request."""
    entry = await link()
    before = await control.request_counts()
    response = await call_action(
        hass, "get_pictures", {"device_id": [device.id for device in car_devices(hass, entry.entry_id)]}
    )
    assert await control.request_counts() == before
    urls = [url for car in response.values() for url in car["pictures"]]
    assert len(set(urls)) == 9
    assert all(url.startswith("http://127.0.0.1:") for url in urls)


async def test_car_without_pictures_has_none(hass: HomeAssistant, link: Link, control: Control) -> None:
    (vehicle,) = await control.vehicles("ds")
    body = {"_links": {}, "_embedded": {"vehicles": [{"id": vehicle["id"], "vin": vehicle["vin"], "label": "DS 3"}]}}
    await control.fault("/user/vehicles", body=body)
    entry = await link("ds")
    assert await call_action_on_only_car(hass, "get_pictures", entry.entry_id) == {"pictures": []}
