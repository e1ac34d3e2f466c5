"""The client and the simulator over real sockets: two hands wrote them from one description."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
import json
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.stellantis.api import (
    Brand,
    Callback,
    CallbackStatus,
    CallbackType,
    Environment,
    MonitoredData,
    NotFound,
    Notification,
    RateLimited,
    RemoteStatus,
    RemoteType,
    StellantisClient,
    Transport,
    TripState,
    VehicleExtension,
    notifications,
    server_for,
)
from custom_components.stellantis.api.filters import (
    AlarmType,
    NumberRange,
    TelemetryExtension,
    TelemetryType,
    TimeRange,
)
from custom_components.stellantis.api.models.energy import ChargingPowerLevel
from custom_components.stellantis.api.requests import (
    Action,
    AttributeType,
    CallbackRequest,
    Charge,
    ChargingProgram,
    DailyTime,
    DataTrigger,
    Day,
    DeleteProgram,
    EventExtension,
    Lock,
    MonitorRequest,
    Navigate,
    NewAttribute,
    Operator,
    Place,
    Precondition,
    PreferCharging,
    Previous,
    RemoteRequest,
    ScheduleCharging,
    SetProgram,
    SoundHorn,
    SwitchLights,
    TimeTrigger,
    Transition,
    Trigger,
    Unlock,
    Variable,
    WakeUp,
    WebhookTarget,
    ZoneTrigger,
)
from simulator import Simulator, SimulatorConfig
from tests.api.description import checker, needs_description

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(slots=True)
class Hook:
    """A webhook that takes all that comes."""

    url: str = ""
    got: list[Notification] = field(default_factory=list)

    async def take(self, request: web.BaseRequest) -> web.StreamResponse:
        self.got += notifications(await request.read())
        return web.Response()


@dataclass(slots=True)
class Bench:
    """A simulator, a client of it, and the means to move its world."""

    simulator: Simulator
    client: StellantisClient
    session: aiohttp.ClientSession
    record: Path

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        async with self.session.request(method, f"{self.simulator.url}/_control/{path}", json=body) as response:
            assert response.ok, await response.text()
            return await response.json() if response.content_length else None

    async def set(self, vehicle_id: str, **state: Any) -> None:
        vin = next(car.vin for car in self.simulator.world.vehicles if car.id == vehicle_id)
        await self.control("PATCH", f"vehicles/{vin}", state)

    async def advance(self, seconds: float) -> None:
        await self.control("POST", "clock", {"advance": seconds})


@pytest.fixture
async def bench(session: aiohttp.ClientSession, tmp_path: Path) -> AsyncGenerator[Bench]:
    record = tmp_path / "traffic.jsonl"
    config = SimulatorConfig(brand="peugeot", speed=0, start=NOW, record=record)
    async with Simulator(config) as simulator:
        async with session.post(f"{simulator.url}/_control/token", json={"brand": "peugeot"}) as response:
            tokens = await response.json()

        async def token(stale: str | None = None) -> str:
            access_token: str = tokens["access_token"]
            return access_token

        server = server_for(Brand.PEUGEOT, Environment.CUSTOM, simulator.url)
        transport = Transport(session, server, realm=Brand.PEUGEOT.realm, client_id="demo-client", token=token)
        yield Bench(simulator, StellantisClient(transport), session, record)


@pytest.fixture
async def hook() -> AsyncGenerator[Hook]:
    hook = Hook()
    runner = web.ServerRunner(web.Server(hook.take))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    await runner.cleanup()


async def _vehicle(bench: Bench, label: str) -> str:
    async for vehicle in bench.client.vehicles(extensions=VehicleExtension):
        if vehicle.label and label in vehicle.label:
            assert vehicle.id
            return vehicle.id
    raise AssertionError(label)


async def _callback(bench: Bench, hook: Hook) -> str:
    request = CallbackRequest(
        target=WebhookTarget(
            name="hook",
            target=hook.url,
            attributes=(
                NewAttribute(AttributeType.HEADER, "X-Secret", "s3"),
                NewAttribute(AttributeType.BODY, "vin", Variable.VIN),
            ),
        ),
        label="home",
        types=frozenset(CallbackType),
    )
    made = await bench.client.create_callback(request)
    assert made.callback_id
    return made.callback_id


async def test_reading(bench: Bench) -> None:
    client = bench.client
    user = await client.user()
    assert len(user.vehicles) == 3
    vehicle_id = await _vehicle(bench, "308")
    vehicle = await client.vehicle(vehicle_id, extensions=VehicleExtension, locale="fr-FR")
    assert (vehicle.has_fuel, vehicle.has_electric) == (True, True)
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


async def test_trips_and_what_belongs_to_them(bench: Bench) -> None:
    client = bench.client
    vehicle_id = await _vehicle(bench, "308")
    week = TimeRange(start=NOW - timedelta(days=28), end=NOW)
    trips = [trip async for trip in client.trips(vehicle_id, timestamps=week, page_size=7)]
    assert len(trips) > 14
    assert len({trip.id for trip in trips}) == len(trips)
    long = [
        trip
        async for trip in client.trips(
            vehicle_id,
            timestamps=(week,),
            distance=NumberRange(10.5),
            duration=NumberRange(60, 36_000),
            states=[TripState.NOMINAL],
        )
    ]
    expected = [trip.id for trip in trips if (trip.distance or 0) >= 10.5 and not trip.faults and trip.done]
    assert [trip.id for trip in long] == expected
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


async def test_alerts_and_collisions(bench: Bench) -> None:
    client = bench.client
    vehicle_id = await _vehicle(bench, "308")
    await bench.set(vehicle_id, drive={"distance": 20, "minutes": 30})
    await bench.advance(300)
    await bench.set(vehicle_id, alerts=["AddWasherFluid"], collision={"side": "Front", "severity": "Major"})
    await bench.advance(3600)
    since = TimeRange(start=NOW)
    (collision,) = [found async for found in client.collisions(vehicle_id, timestamps=since)]
    assert collision.id
    assert await client.collision(vehicle_id, collision.id) == collision
    alerts = [alert async for alert in client.alerts(vehicle_id, timestamps=since)]
    alert = next(alert for alert in alerts if alert.type == "AddWasherFluid")
    assert alert.id
    assert (await client.alert(vehicle_id, alert.id)).id == alert.id
    trip_id = alert.trip_ids[0]
    assert collision.trip_id == trip_id
    assert alert.id in [found.id async for found in client.trip_alerts(vehicle_id, trip_id, locale="de")]
    assert (await client.trip_alert(vehicle_id, trip_id, alert.id)).type == "AddWasherFluid"
    (same,) = [found async for found in client.trip_collisions(vehicle_id, trip_id)]
    assert (await client.trip_collision(vehicle_id, trip_id, collision.id)).id == same.id


async def test_callbacks(bench: Bench, hook: Hook) -> None:
    client = bench.client
    callback_id = await _callback(bench, hook)
    (callback,) = [found async for found in client.callbacks(types=CallbackType)]
    assert callback == await client.callback(callback_id)
    assert callback.subscribe
    assert callback.subscribe.webhook
    assert callback.subscribe.webhook.target == hook.url
    assert (await client.set_callback_status(callback_id, running=False)).status == CallbackStatus.PAUSED
    changed = CallbackRequest(target=WebhookTarget(name="other", target=hook.url))
    assert (await client.update_callback(callback_id, changed)).callback_id == callback_id
    found: Callback = await client.callback(callback_id)
    assert found.subscribe
    assert found.subscribe.webhook
    assert found.subscribe.webhook.name == "other"
    await client.delete_callback(callback_id)
    await client.delete_callback(callback_id)
    with pytest.raises(NotFound):
        await client.callback(callback_id)


async def test_a_monitor_and_what_it_tells(bench: Bench, hook: Hook) -> None:
    client = bench.client
    vehicle_id = await _vehicle(bench, "308")
    await bench.set(vehicle_id, level=50, plug=False)
    callback_id = await _callback(bench, hook)
    always = TimeTrigger(times=(DailyTime(start=time(), duration=timedelta(hours=24)),), time_zone="Europe/Paris")
    monitor = MonitorRequest(
        label="plugged in",
        triggers=(
            Trigger(
                "plug",
                DataTrigger(
                    data=MonitoredData.PLUGGED,
                    op=Operator.EQUALS_TO,
                    values=(True,),
                    previous=Previous(op=Operator.EQUALS_TO, values=(False,)),
                ),
            ),
            Trigger("far", ZoneTrigger(transition=Transition.OUT, longitude=-140.0, latitude=-40.0, radius=100)),
            Trigger("day", always),
            Trigger("low", DataTrigger(data=MonitoredData.ELECTRIC_LEVEL, op=Operator.LOWER_THAN, values=(90,))),
        ),
        expression="plug & low & !(far & !far) | plug & day & far",
        extensions=tuple(EventExtension),
        refresh=timedelta(minutes=5),
        attributes=(NewAttribute(AttributeType.BODY, "monitor", Variable.MONITOR_LABEL),),
    )
    made = await client.create_monitor(vehicle_id, callback_id, monitor)
    assert made.monitor_id
    (listed,) = [found async for found in client.monitors(vehicle_id, callback_id)]
    assert listed == await client.monitor(vehicle_id, callback_id, made.monitor_id)
    assert listed.monitor
    assert [trigger.name for trigger in listed.monitor.triggers] == ["plug", "far", "day", "low"]
    assert (await client.update_monitor(vehicle_id, callback_id, made.monitor_id, monitor)).monitor_id
    await bench.set(vehicle_id, plug=True)
    await bench.advance(10)
    first = hook.got[0]
    assert first.monitor_event
    assert (first.monitor_event.monitor_id, first.monitor_event.refresh) == (made.monitor_id, False)
    assert first.attribute("monitor") == "plugged in"
    assert first.attribute("vin")
    assert first.monitor_event.values
    extensions = first.monitor_event.extensions
    assert extensions
    assert extensions.status
    assert extensions.status.electric
    assert extensions.status.electric.charging
    assert extensions.status.electric.charging.plugged is True
    assert extensions.maintenance
    assert extensions.telemetry
    paused = await client.set_monitor_status(vehicle_id, callback_id, made.monitor_id, running=False)
    assert paused.status == CallbackStatus.PAUSED
    await client.delete_monitor(vehicle_id, callback_id, made.monitor_id)
    assert [found async for found in client.monitors(vehicle_id, callback_id)] == []


_PROGRAM = SetProgram(slot=1, enabled=True, start=time(6, 45), days=(Day.MONDAY, Day.FRIDAY))
_TONIGHT = NOW + timedelta(hours=10)

ACTIONS: tuple[Action, ...] = (
    WakeUp(),
    Unlock(),
    Lock(),
    SoundHorn(),
    SwitchLights(on=True),
    Navigate(positions=(Place(longitude=2.35, latitude=48.85), Place(longitude=7.75, latitude=48.58))),
    Precondition(immediate=True),
    Precondition(programs=(_PROGRAM, DeleteProgram(slot=2))),
    Charge(),
    Charge(immediate=False),
    ScheduleCharging(schedule=_TONIGHT),
    ScheduleCharging(schedule=(ChargingProgram(start=time(22), end=time(6), days=(Day.MONDAY,)),)),
    PreferCharging(level=ChargingPowerLevel.LEVEL_2),
)


async def test_remotes_and_their_fate(bench: Bench, hook: Hook) -> None:
    client = bench.client
    vehicle_id = await _vehicle(bench, "e-208")
    await bench.set(vehicle_id, level=60, plug=True, charge=False, doors="closed", lock=True, drive=False)
    callback_id = await _callback(bench, hook)
    for action in ACTIONS:
        sent = await client.send_remote(vehicle_id, callback_id, RemoteRequest(action=action, label="test"))
        assert sent.remote_action_id
        await bench.advance(60)
        fate = await client.remote(vehicle_id, callback_id, sent.remote_action_id)
        assert fate.has_ended, action
        assert fate.has_succeeded, (action, fate.failure_cause)
        assert fate.callback_id in {callback_id, None}
        told = [n.remote_event for n in hook.got if n.remote_event]
        events = [event for event in told if event.remote_action_id == sent.remote_action_id]
        last = events[-1].event_status
        assert last
        assert (last.has_ended, last.status) == (True, fate.status)
    assert len([remote async for remote in client.remotes(vehicle_id, callback_id, page_size=5)]) == len(ACTIONS)


async def test_a_remote_that_fails(bench: Bench, hook: Hook) -> None:
    vehicle_id = await _vehicle(bench, "e-208")
    await bench.set(vehicle_id, doors=["Trunk"], lock=False)
    callback_id = await _callback(bench, hook)
    sent = await bench.client.send_remote(vehicle_id, callback_id, RemoteRequest(action=Lock()))
    assert sent.type == RemoteType.DOORS
    await bench.advance(60)
    assert sent.remote_action_id
    fate = await bench.client.remote(vehicle_id, callback_id, sent.remote_action_id)
    assert (fate.status, fate.failure_cause) == (RemoteStatus.FAILED, "DoorsOpen")


async def test_rate_limits(bench: Bench) -> None:
    await bench.control("PUT", "limits", {"day": 5, "burst": 0})
    for _ in range(5):
        await bench.client.user()
    assert bench.client.budget.day.remaining == 0
    for _ in range(3):
        with pytest.raises(RateLimited) as refusal:
            await bench.client.user()
        assert refusal.value.retry_after
    requests = await bench.control("GET", "requests")
    assert sum(requests.values()) <= 6


@needs_description
async def test_the_traffic_fits_the_description(bench: Bench, hook: Hook) -> None:
    """Everything above in one run, held against the description."""
    for test in (test_reading, test_trips_and_what_belongs_to_them, test_alerts_and_collisions):
        await test(bench)
    for test_with_hook in (test_callbacks, test_a_monitor_and_what_it_tells, test_remotes_and_their_fate):
        await test_with_hook(bench, hook)
    check = checker()
    check.exercised.clear()
    found = [
        problem
        for line in bench.record.read_text(encoding="utf-8").splitlines()
        for problem in check.check(json.loads(line))
    ]
    assert found == []
    assert [operation for operation in check.operations() if not check.exercised[operation]] == []
    assert check.exercised["NOTIFICATION"] > len(ACTIONS)
