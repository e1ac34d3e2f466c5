"""What the platform tells by itself of a car: seen at once and in order, relied on while nothing is missed."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.helpers.event import async_track_state_change_event
import pytest

from custom_components.stellantis.endpoints import ALERTS, TRIPS
from custom_components.stellantis.push import reliance as feed
from simulator import Simulator
from tests.support.helpers import Control, advance_time, drive, get_state
from tests.support.push import PushHarness, SetUpPush
from tests.support.vehicle_states import build_status, set_status

CAR = "vauxhall_mokka_electric"
PLUG = f"binary_sensor.{CAR}_charging_cable"
READ = "GET /user/vehicles/{id}/"

type Link = Callable[[], Awaitable[PushHarness]]


@pytest.fixture
async def harness(set_up_push: SetUpPush, control: Control, simulator: Simulator) -> PushHarness:
    """A watched car that was asleep until now, on a platform on which it is as late as here."""
    await control.post("clock", {"advance": datetime.now(UTC).timestamp() - simulator.world.clock.now()})
    made = await set_up_push(own_monitors=True)
    await control.delete("requests")
    return made


async def settle(harness: PushHarness) -> None:
    """Wait for what notifications set going."""
    await harness.hass.async_block_till_done(wait_background_tasks=True)


async def reads(control: Control) -> dict[str, int]:
    """Return what was read of cars."""
    return {call.removeprefix(READ): count for call, count in (await control.request_counts()).items() if READ in call}


async def test_seen_without_being_read(harness: PushHarness, control: Control) -> None:
    trunk = f"binary_sensor.{CAR}_trunk"
    assert get_state(harness.hass, trunk) == "off"
    await control.patch(harness.car.vin, doors=["Trunk"])
    await settle(harness)
    assert get_state(harness.hass, trunk) == "on"
    await control.patch(harness.car.vin, plug=True, level=42)
    await settle(harness)
    assert get_state(harness.hass, PLUG) == "on"
    assert get_state(harness.hass, f"sensor.{CAR}_battery") == "42.0"
    assert await reads(control) == {}


@pytest.mark.parametrize("manner", [{"shuffle": True}, {"duplicate": True}, {"delay": 30}], ids=str)
async def test_deliveries_that_go_astray(harness: PushHarness, control: Control, manner: dict[str, Any]) -> None:
    """What is late, comes twice or in another order changes nothing that is newer."""
    await control.put("notifications", manner)
    entity = f"sensor.{CAR}_battery"
    levels: list[float] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        if new := event.data["new_state"]:
            levels.append(float(new.state))

    async_track_state_change_event(harness.hass, entity, note)
    first = 60
    for step in range(1, 21):
        await control.post("clock", {"advance": 7})
        await control.patch(harness.car.vin, plug=step % 2 == 1, level=first + step)
    await control.post("clock", {"advance": 60})
    await settle(harness)
    assert levels == sorted(set(levels))
    assert levels[-1] == first + 20
    assert get_state(harness.hass, PLUG) == "off"
    assert await reads(control) == {}


async def test_drive(harness: PushHarness, control: Control) -> None:
    """A trip is told when it ends, once, and needs no reading."""
    news: list[str] = []
    trips = harness.car.coordinator_for(TRIPS)
    assert trips
    trips.async_add_listener(lambda: news.extend(one.type for one in trips.data.new_events))
    await drive(control, harness.simulator, harness.car.vin, 12)
    await control.post("clock", {"advance": 60})
    await settle(harness)
    assert trips.data.last
    assert trips.data.last.distance == pytest.approx(12, abs=0.5)
    assert news == ["finished"]
    assert len(harness.car.store.trips) == 1
    assert not {"status", "trips"} & (await reads(control)).keys()
    await advance_time(harness.hass, 1900)
    assert (await reads(control)).get("trips", 0) == 0
    assert len(harness.car.store.trips) == 1


async def test_alert_is_read_at_once(harness: PushHarness, control: Control) -> None:
    await control.post("clock", {"advance": 60})
    await control.patch(harness.car.vin, alerts=["AddWasherFluid"])
    await settle(harness)
    assert get_state(harness.hass, f"sensor.{CAR}_alerts") == "1"
    assert await reads(control) == {"alerts": 1}


async def test_trip_before_the_history_is_known(harness: PushHarness, control: Control) -> None:
    """It is no news: who has not been told of a car before is not told of its past."""
    harness.car.store.history_complete = False
    await drive(control, harness.simulator, harness.car.vin, 12)
    await control.post("clock", {"advance": 60})
    await settle(harness)
    assert harness.car.store.trips == []


async def test_alerts_and_trips_that_were_announced_are_waited_for(harness: PushHarness, control: Control) -> None:
    """If nothing is told of a drive that is seen, it is looked for after a while, once."""
    await set_status(control, harness.car.vin, build_status(ignition="Start", mileage=1000.0))
    await harness.car.status.async_refresh()
    await settle(harness)
    await set_status(control, harness.car.vin, build_status(ignition="Stop", mileage=1010.0))
    await harness.car.status.async_refresh()
    await settle(harness)
    assert harness.car.status.is_pushed
    found = await reads(control)
    assert not {"trips", "alerts"} & found.keys()
    await advance_time(harness.hass, 602)
    found = await reads(control)
    assert (found["trips"], found["alerts"]) == (1, 1)


# --- rhythm

MINUTES: list[tuple[dict[str, Any], int, int]] = [
    ({"charging": True, "level": 30}, 5, 15),
    ({"ignition": "Stop"}, 15, 360),
    ({"seconds_ago": 3600}, 60, 720),
]


@pytest.mark.parametrize(("doing", "usual", "while_pushed"), MINUTES, ids=["active", "parked", "asleep"])
async def test_rhythm_sinks_and_returns(
    harness: PushHarness, control: Control, doing: dict[str, Any], usual: int, while_pushed: int
) -> None:
    await set_status(control, harness.car.vin, build_status(**doing))
    await harness.car.status.async_refresh()
    interval = harness.car.status.update_interval
    assert harness.car.status.is_pushed
    assert interval is not None
    assert interval.total_seconds() == 60 * while_pushed
    alerts = harness.car.coordinator_for(ALERTS)
    assert alerts
    assert alerts.update_interval is not None
    assert alerts.update_interval.total_seconds() == 12 * 3600
    harness.hass.config_entries.async_update_entry(harness.entry, options={})
    await harness.hass.config.async_update(currency="GBP")  # the address is gone
    await settle(harness)
    assert not harness.car.status.is_pushed
    assert harness.car.status.update_interval.total_seconds() == 60 * usual
    assert alerts.update_interval.total_seconds() < 12 * 3600


async def doubted(harness: PushHarness, control: Control) -> bool:
    """Return whether it is no longer relied on push after a reading, and callback and monitors are looked at."""
    await control.delete("requests")
    await harness.car.status.async_refresh()
    await settle(harness)
    looked = "GET /user/callbacks" in await control.request_counts()
    assert looked is not harness.car.status.is_pushed
    return looked


@pytest.mark.parametrize("late", [True, False])
async def test_change_that_was_not_told(
    harness: PushHarness, control: Control, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    """What changed minutes ago should have been told; what changes now still may be."""
    await set_status(control, harness.car.vin, build_status(seconds_ago=1))
    await harness.car.status.async_refresh()
    monkeypatch.setattr(feed, "MAX_DELAY", feed.MAX_DELAY * (-1 if late else 1))
    await set_status(control, harness.car.vin, build_status(charging=True))
    assert await doubted(harness, control) is late
    if not late:
        return
    assert harness.data.monitors.coordinator.update_interval == feed.FALLBACK_PERIOD
    assert harness.car.status.update_interval
    assert harness.car.status.update_interval.total_seconds() == 300
    # It is trusted again after an hour
    monkeypatch.setattr(feed, "FALLBACK_PERIOD", feed.FALLBACK_PERIOD * 0)
    await advance_time(harness.hass, 3602)
    assert harness.car.status.is_pushed


async def test_car_in_use_that_is_silent(
    harness: PushHarness, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_status(control, harness.car.vin, build_status(charging=True, level=40))
    await harness.car.status.async_refresh()
    await set_status(control, harness.car.vin, build_status(charging=True, level=41))
    assert not await doubted(harness, control)
    monkeypatch.setattr(feed, "MAX_SILENCE", feed.MAX_SILENCE * 0)
    await set_status(control, harness.car.vin, build_status(charging=True, level=42))
    assert await doubted(harness, control)


async def test_what_was_told_is_as_good_as_a_reading(harness: PushHarness, control: Control) -> None:
    """A server that fails to answer, but tells, has not failed."""
    status = "/user/vehicles/{id}/status"
    await control.fault(status, status=500)
    for _ in range(3):
        await harness.car.status.async_refresh()
    assert get_state(harness.hass, PLUG) == "unavailable"
    await control.patch(harness.car.vin, plug=True)
    await settle(harness)
    assert get_state(harness.hass, PLUG) == "on"
