"""Actions: alerts, alarms, charging sessions, consumption and pictures, held against what the simulator's cars did."""

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

POLL = 3601  # the cars of these tests have been silent for days
TELEMETRY = "GET /user/vehicles/{id}/telemetry"


# --- alerts and alarms


@pytest.mark.simulator(routine=True)
async def test_alerts_are_those_of_the_car(hass: HomeAssistant, link: Link, simulator: Simulator) -> None:
    entry = await link("ds")
    alerts = sorted(simulated_car(simulator, "3 E-Tense").history.alerts, key=lambda one: one.started_at, reverse=True)
    told = (await call_action_on_only_car(hass, "get_alerts", entry.entry_id))["alerts"]
    assert len(told) == len(alerts) > 5
    kinds = {
        "AddWasherFluid": ("add_washer_fluid", "information"),
        "LeftFrontTireUnderInflated": ("left_front_tire_under_inflated", "warning"),
        "ReplaceTheRemoteControlBattery": ("replace_the_remote_control_battery", "information"),
        "RiskOfIce": ("risk_of_ice", "information"),
    }
    for one, alert in zip(told, alerts, strict=True):
        assert (one["kind"], one["severity"]) == kinds[alert.kind]
        assert (one["id"], one["start"]) == (alert.id, to_iso(alert.started_at))
        assert one.get("end") == (None if alert.ended_at is None else to_iso(alert.ended_at))
        assert one["active"] == (alert.ended_at is None)
        assert one["trips"] == list(alert.trips)
        assert alert.location
        assert one["latitude"] == pytest.approx(alert.location.place.latitude, abs=1e-5)
        assert one["longitude"] == pytest.approx(alert.location.place.longitude, abs=1e-5)
    starts = sorted(alert.started_at for alert in alerts)
    start, end = starts[2], starts[4]
    said = {"start": to_iso(start), "end": to_iso(end + 1)}
    inside = [alert.id for alert in alerts if start <= alert.started_at <= end]
    assert [
        one["id"] for one in (await call_action_on_only_car(hass, "get_alerts", entry.entry_id, **said))["alerts"]
    ] == inside


async def test_active_alerts(hass: HomeAssistant, link: Link, control: Control, simulator: Simulator) -> None:
    entry = await link("ds")
    vin = await control.vin("3 E-Tense")
    await control.patch(vin, alerts=["AddWasherFluid", "FuelLevelLow"])
    simulator.world.clock.advance(60)
    await control.patch(vin, alerts=["AddWasherFluid"])

    async def kinds(**said: Any) -> list[str]:
        return [
            alert["kind"]
            for alert in (await call_action_on_only_car(hass, "get_alerts", entry.entry_id, **said))["alerts"]
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

    async def alarms(**said: Any) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = (await call_action_on_only_car(hass, "get_alarms", entry.entry_id, **said))[
            "alarms"
        ]
        return told

    triggered, armed, disarmed = await alarms()
    times = [(START + timedelta(minutes=minutes)).isoformat() for minutes in (30, 20, 10)]
    assert [(one["kind"], one["time"]) for one in (triggered, armed, disarmed)] == [
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
    """The platform has nothing of the kind, and says so."""
    entry = await link("ds")
    assert await call_action_on_only_car(hass, "get_alarms", entry.entry_id) == {"alarms": []}


# --- charging sessions


async def test_charging_sessions(hass: HomeAssistant, link: Link, control: Control, simulator: Simulator) -> None:
    """They are those that Home Assistant saw; nothing is asked for."""
    entry = await link("ds", setup=False)
    hass.config_entries.async_update_entry(entry, options={"electricity_price": 0.25})
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await call_action_on_only_car(hass, "get_charging_sessions", entry.entry_id) == {
        "sessions": [],
        "totals": {"sessions": 0, "duration": 0},
    }
    vin = await control.vin("3 E-Tense")
    for level in (40, 60):
        simulator.world.clock.advance(60)
        for change in ({"level": level, "plug": True, "charge": True}, {"charge": "Stopped"}):
            await control.patch(vin, **change)
            await advance_time(hass, POLL)
            simulator.world.clock.advance(3600)
    before = await control.request_counts()
    answer = await call_action_on_only_car(hass, "get_charging_sessions", entry.entry_id)
    latest, first = answer["sessions"]
    for session, level in ((first, 40), (latest, 60)):
        assert session["start_level"] == level
        assert session["end_level"] > level + 5
        assert session["duration"] == 60.0
        assert session["cost"] == pytest.approx(session["energy_estimate"] / 4, abs=0.01)
    assert first["end"] < latest["start"]
    totals = answer["totals"]
    assert (totals["sessions"], totals["duration"]) == (2, 120.0)
    for name in ("energy_estimate", "cost"):
        assert totals[name] == pytest.approx(first[name] + latest[name], abs=0.02)
    some = await call_action_on_only_car(hass, "get_charging_sessions", entry.entry_id, start=latest["start"])
    assert some["sessions"] == [latest]
    some = await call_action_on_only_car(hass, "get_charging_sessions", entry.entry_id, end=latest["start"])
    assert some["sessions"] == [first]
    assert some["totals"]["sessions"] == 1
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
    answer = await call_action_on_only_car(hass, "get_consumption", entry.entry_id, **period)
    assert (await control.request_counts())[TELEMETRY] == before + 1

    def per_100_km(*of: dict[str, Any]) -> Any:
        used = sum(trip["electricity"] for trip in of) * 100 / sum(trip["distance"] for trip in of)
        return pytest.approx(used, abs=0.11)

    mild, warm, cool, cold = trips
    assert answer == {
        "buckets": [
            {"from": -10, "to": -5, "trips": 1, "distance": 20.0, "electricity_per_100_km": per_100_km(cold)},
            {"from": -5, "to": 0, "trips": 1, "distance": 10.0, "electricity_per_100_km": per_100_km(cool)},
            {"from": 10, "to": 15, "trips": 2, "distance": 45.0, "electricity_per_100_km": per_100_km(warm, mild)},
        ],
        "overall": {"trips": 4, "distance": 75.0, "electricity_per_100_km": per_100_km(*trips)},
        "trips_without_temperature": 0,
    }
    assert answer["buckets"][0]["electricity_per_100_km"] > answer["buckets"][2]["electricity_per_100_km"] + 1
    some = await call_action_on_only_car(hass, "get_consumption", entry.entry_id, start=warm["start"], end=warm["end"])
    assert [(one["from"], one["trips"]) for one in some["buckets"]] == [(10, 1)]


async def test_consumption_of_a_hybrid_has_both_energies(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    vin = await control.vin("308 Hybrid")
    await drive(control, simulator, vin, 100, temperature=17, level=60)
    entry = await link("peugeot")
    (device,) = [device for device in car_devices(hass, entry.entry_id) if device.serial_number == vin]
    end = (START + timedelta(days=1)).isoformat()
    answer = (await call_action(hass, "get_consumption", {"device_id": device.id}, end=end))[device.id]
    (bucket,) = answer["buckets"]
    assert (bucket["from"], bucket["to"]) == (15, 20)
    assert bucket["fuel_per_100_km"] > 1
    assert bucket["electricity_per_100_km"] > 1


async def test_consumption_is_that_of_ninety_days(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    """Up to the end that is said, else until now. Many measurements cost few requests."""
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
    for said in (START + timedelta(days=91), START + timedelta(days=60), None):
        start = (said or dt_util.utcnow()) - timedelta(days=90)
        known = [one for one in ends if start <= one and (said is None or one <= said)]
        before = (await control.request_counts()).get(TELEMETRY, 0)
        answer = await call_action_on_only_car(
            hass, "get_consumption", entry.entry_id, **({"end": said.isoformat()} if said else {})
        )
        assert answer["overall"]["trips"] == len(known)
        assert sum(bucket["trips"] for bucket in answer["buckets"]) == len(known)
        assert (await control.request_counts()).get(TELEMETRY, 0) == before + bool(known)
        assert len(known) == 2 or not said


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 404},
        {"status": 404, "body": {"httpCode": 404}},
        {"status": 403},
        {"status": 200, "body": {"_embedded": {"telemetries": []}}},
    ],
)
async def test_consumption_where_no_temperature_is_told(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, fault: dict[str, Any]
) -> None:
    await drive(control, simulator, await control.vin("3 E-Tense"), 20)
    entry = await link("ds")
    await control.fault("/user/vehicles/{id}/telemetry", **fault)
    end = (START + timedelta(days=1)).isoformat()
    answer = await call_action_on_only_car(hass, "get_consumption", entry.entry_id, end=end)
    assert answer["buckets"] == []
    assert answer["trips_without_temperature"] == answer["overall"]["trips"] == 1
    assert answer["overall"]["electricity_per_100_km"] > 5


async def test_consumption_without_trips_asks_nothing(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("ds")
    before = await control.request_counts()
    answer = await call_action_on_only_car(hass, "get_consumption", entry.entry_id)
    assert answer == {"buckets": [], "overall": {"trips": 0, "distance": 0}, "trips_without_temperature": 0}
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
    """Whatever the order of the samples; and the average of all lies between those of the buckets."""
    records: list[TripRecord] = []
    samples: list[Telemetry] = []
    means: list[float | None] = []
    for hour, (distance, electricity, fuel, temperatures) in enumerate(trips):
        start = START + timedelta(hours=hour)
        end = start + timedelta(minutes=10)
        known = {"electricity": electricity, "fuel": fuel}
        records.append(TripRecord(id=str(hour), start=start, end=end, distance=distance, **known))
        for minute, temperature in enumerate(temperatures):
            environment = VehicleEnvironment(air=Air(temp=temperature))
            samples.append(Telemetry(created_at=start + timedelta(minutes=minute), environment=environment))
        measured = [one for one in temperatures if one is not None]
        means.append(sum(measured) / len(measured) if measured else None)
    samples += [Telemetry(), Telemetry(created_at=START), Telemetry(environment=VehicleEnvironment())]
    order.shuffle(samples)
    answer = build_consumption_response(records, samples)
    assert answer["trips_without_temperature"] == means.count(None)
    assert sum(bucket["trips"] for bucket in answer["buckets"]) == len(trips) - means.count(None)
    lows = [bucket["from"] for bucket in answer["buckets"]]
    assert lows == sorted(set(lows))
    assert all(bucket["to"] - bucket["from"] == 5 and bucket["from"] % 5 == 0 for bucket in answer["buckets"])
    # A mean at the very edge may fall to either side, by how its sum is rounded
    certain = {floor(mean / 5) * 5 for mean in means if mean is not None and abs(mean / 5 - round(mean / 5)) > 1e-9}
    assert certain <= set(lows)
    assert answer["overall"]["trips"] == len(trips)
    assert answer["overall"]["distance"] == pytest.approx(sum(record.distance for record in records), abs=0.06)
    if not means.count(None):
        for name in ("electricity_per_100_km", "fuel_per_100_km"):
            averages = [bucket[name] for bucket in answer["buckets"] if name in bucket]
            if averages and name in answer["overall"] and all(record.distance > 0 for record in records):
                assert min(averages) - 0.1 <= answer["overall"][name] <= max(averages) + 0.1


# --- pictures


async def test_pictures(hass: HomeAssistant, link: Link, control: Control) -> None:
    """Their addresses are known: nothing is asked for."""
    entry = await link()
    before = await control.request_counts()
    answer = await call_action(
        hass, "get_pictures", {"device_id": [device.id for device in car_devices(hass, entry.entry_id)]}
    )
    assert await control.request_counts() == before
    addresses = [address for told in answer.values() for address in told["pictures"]]
    assert len(set(addresses)) == 9
    assert all(address.startswith("http://127.0.0.1:") for address in addresses)


async def test_car_without_pictures_has_none(hass: HomeAssistant, link: Link, control: Control) -> None:
    (vehicle,) = await control.vehicles("ds")
    body = {"_links": {}, "_embedded": {"vehicles": [{"id": vehicle["id"], "vin": vehicle["vin"], "label": "DS 3"}]}}
    await control.fault("/user/vehicles", body=body)
    entry = await link("ds")
    assert await call_action_on_only_car(hass, "get_pictures", entry.entry_id) == {"pictures": []}
