"""Operations that read, against the simulator."""

from datetime import timedelta

import pytest

from custom_components.stellantis.api import (
    NotFound,
    RateLimited,
    TripState,
    VehicleExtension,
)
from custom_components.stellantis.api.filters import (
    AlarmType,
    NumberRange,
    TelemetryExtension,
    TelemetryType,
    TimeRange,
)
from tests.api.against_simulator.conftest import NOW, Harness, find_vehicle_id


async def test_vehicle_operations(harness: Harness) -> None:
    client = harness.client
    user = await client.user()
    assert len(user.vehicles) == 3
    vehicle_id = await find_vehicle_id(harness, "308")
    vehicle = await client.vehicle(vehicle_id, extensions=VehicleExtension, locale="fr-FR")
    assert vehicle.motorization == "Hybrid"
    status = await client.status(vehicle_id)
    assert status.odometer
    assert status.odometer.mileage
    maintenance = await client.maintenance(vehicle_id)
    assert maintenance.mileage_before_maintenance is not None
    position = await client.last_position(vehicle_id)
    assert position.longitude is not None
    alarms = [alarm async for alarm in client.alarms(vehicle_id, types=AlarmType, limit=5)]
    assert alarms
    assert alarms[0].id
    assert await client.alarm(vehicle_id, alarms[0].id) == alarms[0]
    with pytest.raises(NotFound):
        await client.alert(vehicle_id, "nothing")


async def test_trip_operations(harness: Harness) -> None:
    client = harness.client
    vehicle_id = await find_vehicle_id(harness, "308")
    weeks = TimeRange(start=NOW - timedelta(days=28), end=NOW)
    trips = [trip async for trip in client.trips(vehicle_id, timestamps=weeks, page_size=7)]
    assert len(trips) > 14
    assert len({trip.id for trip in trips}) == len(trips)
    long_trips = [
        trip
        async for trip in client.trips(
            vehicle_id,
            timestamps=(weeks,),
            distance=NumberRange(10.5),
            duration=NumberRange(60, 36_000),
            states=[TripState.NOMINAL],
        )
    ]
    expected = [trip.id for trip in trips if (trip.distance or 0) >= 10.5 and not trip.faults and trip.done]
    assert [trip.id for trip in long_trips] == expected
    trip_id = trips[0].id
    assert trip_id
    assert await client.trip(vehicle_id, trip_id) == trips[0]
    points = [point async for point in client.way_points(vehicle_id, trip_id)]
    fewer = [point async for point in client.way_points(vehicle_id, trip_id, tolerance=0.5)]
    assert 2 <= len(fewer) <= len(points)
    samples = [
        sample
        async for sample in client.trip_telemetry(
            vehicle_id, trip_id, types=[TelemetryType.VEHICLE], extensions=TelemetryExtension, limit=5
        )
    ]
    assert samples
    assert samples[0].trip_id == trip_id
    assert samples[0].vehicle
    recent = TimeRange(start=NOW - timedelta(days=2))
    all_samples = [s async for s in client.telemetry(vehicle_id, timestamps=recent, page_size=2000, limit=5)]
    assert all(sample.created_at and sample.created_at >= NOW - timedelta(days=2) for sample in all_samples)


async def test_alert_and_collision_operations(harness: Harness) -> None:
    client = harness.client
    vehicle_id = await find_vehicle_id(harness, "308")
    await harness.change_vehicle(vehicle_id, drive={"distance": 20, "minutes": 30})
    await harness.advance_clock(300)
    await harness.change_vehicle(
        vehicle_id, alerts=["AddWasherFluid"], collision={"side": "Front", "severity": "Major"}
    )
    await harness.advance_clock(3600)
    since = TimeRange(start=NOW)
    (collision,) = [collision async for collision in client.collisions(vehicle_id, timestamps=since)]
    assert collision.id
    assert await client.collision(vehicle_id, collision.id) == collision
    alerts = [alert async for alert in client.alerts(vehicle_id, timestamps=since)]
    alert = next(alert for alert in alerts if alert.type == "AddWasherFluid")
    assert alert.id
    assert (await client.alert(vehicle_id, alert.id)).id == alert.id
    trip_id = alert.trip_ids[0]
    assert collision.trip_id == trip_id
    assert alert.id in [alert.id async for alert in client.trip_alerts(vehicle_id, trip_id, locale="de")]
    assert (await client.trip_alert(vehicle_id, trip_id, alert.id)).type == "AddWasherFluid"
    (trip_collision,) = [collision async for collision in client.trip_collisions(vehicle_id, trip_id)]
    assert (await client.trip_collision(vehicle_id, trip_id, collision.id)).id == trip_collision.id


async def test_rate_limits(harness: Harness) -> None:
    await harness.call_control("PUT", "limits", {"day": 5, "burst": 0})
    for _ in range(5):
        await harness.client.user()
    assert harness.client.budget.day.remaining == 0
    for _ in range(3):
        with pytest.raises(RateLimited) as refusal:
            await harness.client.user()
        assert refusal.value.retry_after
    requests = await harness.call_control("GET", "requests")
    assert sum(requests.values()) <= 6
