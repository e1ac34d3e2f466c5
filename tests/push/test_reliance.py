"""Push data of a car: applied immediately and in order, and relied on while no notification is missed."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.endpoints import ALERTS, TRIPS
from custom_components.stellantis.push import reliance, vehicle_push
from simulator import Simulator
from tests.support.helpers import Control, advance_time, drive, get_state
from tests.support.push import PushHarness, SetUpPush
from tests.support.vehicle_states import build_status, set_status

CAR = "vauxhall_mokka_electric"
PLUG = f"binary_sensor.{CAR}_charging_cable"
VEHICLE_PREFIX = "GET /user/vehicles/{id}/"

type Link = Callable[[], Awaitable[PushHarness]]


@pytest.fixture
async def harness(set_up_push: SetUpPush, control: Control, simulator: Simulator) -> PushHarness:
    """Set up a monitored car that was asleep until now, with the clocks in sync."""
    await control.post("clock", {"advance": datetime.now(UTC).timestamp() - simulator.world.clock.now()})
    harness = await set_up_push(own_monitors=True)
    await harness.prove_push()
    await control.delete("requests")
    return harness


@pytest.fixture
async def harness_days_ago(set_up_push: SetUpPush, control: Control) -> PushHarness:
    """Set up a monitored car whose platform lives some days ago, so that no trip is ahead of now."""
    harness = await set_up_push(own_monitors=True)
    await harness.prove_push()
    await control.delete("requests")
    return harness


DAYS_AGO = pytest.mark.simulator(start=datetime.now(UTC) - timedelta(days=9))


async def wait_until_done(harness: PushHarness) -> None:
    """Wait for all tasks, including those in the background."""
    await harness.hass.async_block_till_done(wait_background_tasks=True)


async def vehicle_requests(control: Control) -> dict[str, int]:
    """Return the number of requests for vehicle data by endpoint."""
    return {
        call.removeprefix(VEHICLE_PREFIX): count
        for call, count in (await control.request_counts()).items()
        if VEHICLE_PREFIX in call
    }


async def test_shown_without_polling(harness: PushHarness, control: Control) -> None:
    trunk = f"binary_sensor.{CAR}_trunk"
    assert get_state(harness.hass, trunk) == "off"
    await control.patch(harness.car.vin, doors=["Trunk"])
    await wait_until_done(harness)
    assert get_state(harness.hass, trunk) == "on"
    await control.patch(harness.car.vin, plug=True, level=42)
    await wait_until_done(harness)
    assert get_state(harness.hass, PLUG) == "on"
    assert get_state(harness.hass, f"sensor.{CAR}_battery") == "42.0"
    assert await vehicle_requests(control) == {}


@pytest.mark.parametrize("delivery_faults", [{"shuffle": True}, {"duplicate": True}, {"delay": 30}], ids=str)
async def test_faulty_deliveries(harness: PushHarness, control: Control, delivery_faults: dict[str, Any]) -> None:
    """Late, duplicate or reordered notifications never replace newer data."""
    await control.put("notifications", delivery_faults)
    entity = f"sensor.{CAR}_battery"
    levels: list[float] = []

    @callback
    def record_level(event: Event[EventStateChangedData]) -> None:
        if new := event.data["new_state"]:
            levels.append(float(new.state))

    async_track_state_change_event(harness.hass, entity, record_level)
    first = 60
    for step in range(1, 21):
        await control.post("clock", {"advance": 7})
        await control.patch(harness.car.vin, plug=step % 2 == 1, level=first + step)
    await control.post("clock", {"advance": 60})
    await wait_until_done(harness)
    assert levels == sorted(set(levels))
    assert levels[-1] == first + 20
    assert get_state(harness.hass, PLUG) == "off"
    assert await vehicle_requests(control) == {}


@DAYS_AGO
async def test_drive(harness_days_ago: PushHarness, control: Control) -> None:
    """A trip is pushed once when it ends and is not polled."""
    harness = harness_days_ago
    event_types: list[str] = []
    trips = harness.car.coordinator_for(TRIPS)
    assert trips
    trips.async_add_listener(lambda: event_types.extend(event.type for event in trips.data.new_events))
    await drive(control, harness.simulator, harness.car.vin, 12)
    await control.post("clock", {"advance": 60})
    await wait_until_done(harness)
    assert trips.data.last
    assert trips.data.last.distance == pytest.approx(12, abs=0.5)
    assert event_types == ["finished"]
    assert len(harness.car.store.trips) == 1
    assert not {"status", "trips"} & (await vehicle_requests(control)).keys()
    await advance_time(harness.hass, 1900)
    assert (await vehicle_requests(control)).get("trips", 0) == 0
    assert len(harness.car.store.trips) == 1


@DAYS_AGO
async def test_pushed_trip_does_not_hide_a_gap(harness_days_ago: PushHarness, control: Control) -> None:
    """Trips are listed since the last one that was listed, even if one was pushed after a gap of days."""
    harness = harness_days_ago
    trips = harness.car.coordinator_for(TRIPS)
    assert trips
    for distance, is_lost in ((12, False), (23, True), (34, False)):
        await control.put("notifications", {"drop": is_lost})
        await drive(control, harness.simulator, harness.car.vin, distance)
        await control.post("clock", {"advance": 60})
        await wait_until_done(harness)
        if distance == 12:
            await trips.async_refresh()
        await control.post("clock", {"advance": 1.5 * 86400})
    assert [round(trip.distance or 0) for trip in harness.car.store.trips] == [12, 34]
    await trips.async_refresh()
    assert [round(trip.distance or 0) for trip in harness.car.store.trips] == [12, 23, 34]


async def test_alert_is_polled_immediately(harness: PushHarness, control: Control) -> None:
    await control.post("clock", {"advance": 60})
    await control.patch(harness.car.vin, alerts=["AddWasherFluid"])
    await wait_until_done(harness)
    assert get_state(harness.hass, f"sensor.{CAR}_warning") == "add_washer_fluid"
    assert await vehicle_requests(control) == {"alerts": 1}


async def test_trip_before_history_is_loaded(harness: PushHarness, control: Control) -> None:
    """A trip does not fire an event before the history was loaded."""
    harness.car.store.history_complete = False
    await drive(control, harness.simulator, harness.car.vin, 12)
    await control.post("clock", {"advance": 60})
    await wait_until_done(harness)
    assert harness.car.store.trips == []


async def test_announced_alerts_and_trips_are_awaited(harness: PushHarness, control: Control) -> None:
    """If a drive was polled and no trip is pushed, trips are polled once after a while."""
    await set_status(control, harness.car.vin, build_status(ignition="Start", mileage=1000.0))
    await harness.car.status.async_refresh()
    await wait_until_done(harness)
    await set_status(control, harness.car.vin, build_status(ignition="Stop", mileage=1010.0))
    await harness.car.status.async_refresh()
    await wait_until_done(harness)
    assert harness.car.status.is_pushed
    requests = await vehicle_requests(control)
    assert not {"trips", "alerts"} & requests.keys()
    await advance_time(harness.hass, 602)
    requests = await vehicle_requests(control)
    assert (requests["trips"], requests["alerts"]) == (1, 1)


# --- polling intervals

INTERVALS: list[tuple[dict[str, Any], int, int]] = [
    ({"charging": True, "level": 30}, 5, 15),
    ({"ignition": "Stop"}, 15, 360),
    ({"seconds_ago": 3600}, 60, 720),
]


@pytest.mark.parametrize(("status", "polled_minutes", "pushed_minutes"), INTERVALS, ids=["active", "parked", "asleep"])
async def test_polling_slows_down_and_recovers(
    harness: PushHarness, control: Control, status: dict[str, Any], polled_minutes: int, pushed_minutes: int
) -> None:
    await set_status(control, harness.car.vin, build_status(**status))
    await harness.car.status.async_refresh()
    interval = harness.car.status.update_interval
    assert harness.car.status.is_pushed
    assert interval is not None
    assert interval.total_seconds() == 60 * pushed_minutes
    alerts = harness.car.coordinator_for(ALERTS)
    assert alerts
    assert alerts.update_interval is not None
    assert alerts.update_interval.total_seconds() == 12 * 3600
    harness.hass.config_entries.async_update_entry(harness.entry, options={})
    await harness.hass.config.async_update(currency="GBP")  # the address is gone
    await wait_until_done(harness)
    assert not harness.car.status.is_pushed
    assert harness.car.status.update_interval.total_seconds() == 60 * polled_minutes
    assert alerts.update_interval.total_seconds() < 12 * 3600


async def is_push_dropped(harness: PushHarness, control: Control) -> bool:
    """Poll the status; return whether push is now considered unreliable, and callback and monitors were checked."""
    await control.delete("requests")
    await harness.car.status.async_refresh()
    await wait_until_done(harness)
    is_checked = "GET /user/callbacks" in await control.request_counts()
    assert is_checked is not harness.car.status.is_pushed
    return is_checked


@pytest.mark.parametrize("is_late", [True, False])
async def test_missed_change(
    harness: PushHarness, control: Control, monkeypatch: pytest.MonkeyPatch, is_late: bool
) -> None:
    """A change from minutes ago should have been pushed; a current change still may be."""
    await set_status(control, harness.car.vin, build_status(seconds_ago=1))
    await harness.car.status.async_refresh()
    monkeypatch.setattr(vehicle_push, "MAX_DELAY", vehicle_push.MAX_DELAY * (-1 if is_late else 1))
    await set_status(control, harness.car.vin, build_status(charging=True))
    assert await is_push_dropped(harness, control) is is_late
    if not is_late:
        return
    assert harness.car.status.update_interval
    assert harness.car.status.update_interval.total_seconds() == 300
    # Time alone proves nothing, nor does a notification of anything else than the car's own monitors
    monkeypatch.setattr(reliance, "MIN_DOUBT_PERIOD", 0.0)
    await advance_time(harness.hass, 3602)
    await harness.prove_push()
    assert not harness.car.status.is_pushed
    await control.post("clock", {"advance": 60})
    await control.patch(harness.car.vin, doors=["Trunk"])
    await wait_until_done(harness)
    assert harness.car.status.is_pushed


async def test_silence_of_active_car(harness: PushHarness, control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    await set_status(control, harness.car.vin, build_status(charging=True, level=40))
    await harness.car.status.async_refresh()
    await set_status(control, harness.car.vin, build_status(charging=True, level=41))
    assert not await is_push_dropped(harness, control)
    monkeypatch.setattr(vehicle_push, "MAX_SILENCE", vehicle_push.MAX_SILENCE * 0)
    await set_status(control, harness.car.vin, build_status(charging=True, level=42))
    assert await is_push_dropped(harness, control)


async def test_push_makes_available(harness: PushHarness, control: Control) -> None:
    """A pushed update makes entities available although polling fails."""
    status = "/user/vehicles/{id}/status"
    await control.fault(status, status=500)
    for _ in range(3):
        await harness.car.status.async_refresh()
    assert get_state(harness.hass, PLUG) == "unavailable"
    await control.patch(harness.car.vin, plug=True)
    await wait_until_done(harness)
    assert get_state(harness.hass, PLUG) == "on"


async def test_clock_that_is_set_back(
    set_up_push: SetUpPush, control: Control, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Push that was proved while the clock was days ahead is doubted for a miss, and relied on again as ever."""
    await control.post("clock", {"advance": datetime.now(UTC).timestamp() - simulator.world.clock.now()})
    utcnow = dt_util.utcnow
    with monkeypatch.context() as ahead:
        ahead.setattr(dt_util, "utcnow", lambda: utcnow() + timedelta(days=3))
        harness = await set_up_push(own_monitors=True)
        await control.patch(harness.car.vin, doors=["Trunk"])
        await wait_until_done(harness)
    assert harness.car.status.is_pushed
    await set_status(control, harness.car.vin, build_status(seconds_ago=1))
    assert not await is_push_dropped(harness, control), "the clock is no miss"
    monkeypatch.setattr(vehicle_push, "MAX_DELAY", -vehicle_push.MAX_DELAY)
    await set_status(control, harness.car.vin, build_status(charging=True))
    assert await is_push_dropped(harness, control)
    monkeypatch.setattr(reliance, "MIN_DOUBT_PERIOD", 0.0)
    await control.post("clock", {"advance": 60})
    await control.patch(harness.car.vin, doors=["Driver"])
    await wait_until_done(harness)
    assert harness.car.status.is_pushed
