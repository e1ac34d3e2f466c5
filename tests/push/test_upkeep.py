"""Push that has to prove itself, and what happens when the platform forgets, fails or sends much at once."""

import asyncio
from datetime import UTC, datetime, timedelta

from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellantis.api import NoData, NotFound, Status
from custom_components.stellantis.endpoints import ALERTS
from custom_components.stellantis.vehicle.state import VehicleState
from simulator import Simulator
from tests.support.helpers import Control, advance_time, get_state
from tests.support.push import PushHarness, SetUpPush
from tests.support.vehicle_states import build_status, set_status

CAR = "vauxhall_mokka_electric"
MONITORS = "/user/vehicles/{id}/callbacks/{cbid}/monitors"
STATUS = "/user/vehicles/{id}/status"


@pytest.fixture
async def harness(set_up_push: SetUpPush, control: Control, simulator: Simulator) -> PushHarness:
    """Set up a monitored car with the clocks in sync. Nothing has arrived yet."""
    await control.post("clock", {"advance": datetime.now(UTC).timestamp() - simulator.world.clock.now()})
    return await set_up_push(own_monitors=True)


async def wait_until_done(harness: PushHarness) -> None:
    """Wait for all tasks, including those in the background."""
    await harness.hass.async_block_till_done(wait_background_tasks=True)


async def callback_requests(control: Control) -> list[str]:
    """Return the requests about callbacks and monitors."""
    return [call for call in await control.request_counts() if "callbacks" in call]


async def test_dead_address_is_polled_as_without_push(harness: PushHarness, control: Control) -> None:
    """Where nothing arrives, the car is polled as often as without push, also after changes were missed."""
    await control.put("notifications", {"drop": True})
    for mileage in (1000.0, 1001.0, 1002.0):
        await set_status(control, harness.car.vin, build_status(ignition="Stop", mileage=mileage))
        await harness.car.status.async_refresh()
        assert harness.car.status.update_interval == timedelta(minutes=15)
    await advance_time(harness.hass, 3602)
    await harness.car.status.async_refresh()
    assert harness.car.status.update_interval == timedelta(minutes=15)


# --- the platform has forgotten


async def forget(harness: PushHarness) -> None:
    """Let the platform forget the callback and its monitors."""
    harness.simulator.push.remove_callback(harness.callbacks[0])
    assert not harness.simulator.push.monitors


async def test_forgotten_is_seen_by_a_missed_change(
    harness: PushHarness, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    await harness.prove_push()
    await set_status(control, harness.car.vin, build_status(seconds_ago=1))
    await harness.car.status.async_refresh()
    await forget(harness)
    monkeypatch.setattr("custom_components.stellantis.push.vehicle_push.MAX_DELAY", timedelta(minutes=-3))
    await set_status(control, harness.car.vin, build_status(charging=True))
    await harness.car.status.async_refresh()
    await wait_until_done(harness)
    assert len(harness.simulator.push.monitors) == 3


async def test_forgotten_is_seen_by_a_command(harness: PushHarness) -> None:
    """A command whose callback is unknown has it made anew, and the monitors with it."""
    await forget(harness)
    with pytest.raises(NotFound):
        await harness.lock_car()
    await harness.push.async_ensure_callback(force_check=True)
    await wait_until_done(harness)
    assert len(harness.simulator.push.monitors) == 3


async def test_forgotten_is_seen_by_silence(harness: PushHarness, control: Control) -> None:
    await harness.prove_push()
    await forget(harness)
    await advance_time(harness.hass, 3602)
    assert len(harness.simulator.push.monitors) == 3
    await control.delete("requests")
    await advance_time(harness.hass, 3602)
    assert await callback_requests(control) == []


# --- what is not known yet


async def test_first_status_is_unreadable(harness: PushHarness, control: Control) -> None:
    """The monitor of the plug stays, polling is not reduced, and all is well when the status is known."""
    monitors = {monitor.label: monitor for monitor in harness.simulator.push.monitors.values()}
    assert any("energy" in label for label in monitors)
    await control.fault(STATUS, status=500)
    last_status = harness.data.account.last_status
    await harness.hass.config_entries.async_unload(harness.entry.entry_id)
    await last_status.async_remove()
    await harness.hass.config_entries.async_setup(harness.entry.entry_id)
    await wait_until_done(harness)
    await harness.prove_push()
    assert {monitor.label: monitor for monitor in harness.simulator.push.monitors.values()} == monitors
    assert not harness.car.status.is_pushed
    await control.delete("faults")
    await harness.car.status.async_refresh()
    await wait_until_done(harness)
    assert {monitor.label: monitor for monitor in harness.simulator.push.monitors.values()} == monitors
    assert harness.car.status.is_pushed


async def test_plug_that_appears_later(harness: PushHarness, control: Control) -> None:
    """A car that did not tell of its plug at first gets its monitor when it does."""
    state = harness.car.status.data
    bare = VehicleState.from_status(datetime.now(UTC), state.vehicle, Status())
    harness.car.status.async_set_updated_data(bare)
    energy = next(monitor for monitor in harness.simulator.push.monitors.values() if "energy" in monitor.label)
    await wait_until_done(harness)
    harness.simulator.push.remove_monitor(energy)
    harness.data.monitors.async_request_sync()
    await wait_until_done(harness)
    assert len(harness.simulator.push.monitors) == 2
    await control.delete("requests")
    harness.car.status.async_set_updated_data(state)
    await wait_until_done(harness)
    assert len(harness.simulator.push.monitors) == 3


# --- much at once


async def test_many_alerts_are_polled_once_more(harness: PushHarness, control: Control) -> None:
    """One poll is under way, and one comes after it."""
    alerts = harness.car.coordinator_for(ALERTS)
    assert alerts
    await control.fault("/user/vehicles/{id}/alerts", delay=0.05)
    await control.delete("requests")
    for _ in range(20):
        alerts.async_refresh_with_retries()
    await wait_until_done(harness)
    assert (await control.request_counts())["GET /user/vehicles/{id}/alerts"] == 2


async def test_other_changes_of_the_configuration(harness: PushHarness, control: Control) -> None:
    """Neither the callback nor the monitors are listed for a new currency or name."""
    await control.delete("requests")
    for currency in ("EUR", "GBP", "USD"):
        await harness.hass.config.async_update(currency=currency, location_name=f"Home {currency}")
    await wait_until_done(harness)
    assert await callback_requests(control) == []


# --- failures


async def test_pushed_data_is_available_while_the_api_is_down(harness: PushHarness, control: Control) -> None:
    await harness.prove_push()
    await control.fault(STATUS, status=500)
    await control.post("clock", {"advance": 60})
    await control.patch(harness.car.vin, plug=True)
    await wait_until_done(harness)
    plug, level = f"binary_sensor.{CAR}_charging_cable", f"sensor.{CAR}_battery"
    for _ in range(4):
        await harness.car.status.async_refresh()
    assert get_state(harness.hass, plug) == "on"
    assert get_state(harness.hass, level) != "unavailable"


async def test_late_404_does_not_put_back_what_was_pushed(
    harness: PushHarness, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    plug = f"binary_sensor.{CAR}_charging_cable"
    status, pushed = harness.car.status, asyncio.Event()

    async def respond_late(*_: object) -> None:
        await pushed.wait()
        raise NoData

    monkeypatch.setattr(harness.data.account.client, "status", respond_late)
    status.async_add_listener(pushed.set)
    poll = harness.hass.async_create_task(status.async_refresh())
    await control.post("clock", {"advance": 60})
    await control.patch(harness.car.vin, plug=True)
    await poll
    await wait_until_done(harness)
    assert get_state(harness.hass, plug) == "on"
    assert not status.is_suspended


async def test_car_that_refuses_is_left_in_peace(set_up_push: SetUpPush, control: Control) -> None:
    """Its pauses grow, whatever the other cars of the account do, and it shows no failure of theirs."""
    harness = await set_up_push(brand="peugeot", own_monitors=True)
    cars = list(harness.data.cars.values())
    refusing = cars[0].status.vehicle_id
    await control.fault(f"/user/vehicles/{refusing}/callbacks*", status=500)
    for vin in harness.data.cars:
        harness.data.monitors.async_request_sync(vin)
    await wait_until_done(harness)
    counts = []
    for seconds in (602, 602, 602):
        await control.delete("requests")
        await advance_time(harness.hass, seconds)
        counts.append((await control.request_counts()).get(f"GET {MONITORS}", 0))
    # The first pause is ten minutes, the second twenty
    assert counts == [1, 0, 0]


async def test_monitors_are_not_listed_from_the_reserve(set_up_push: SetUpPush, control: Control) -> None:
    """The upkeep of monitors leaves the last requests to commands."""
    harness = await set_up_push(own_monitors=True)
    budget = harness.data.account.client.budget
    budget.update({"X-RateLimit-Limit-1": "1000", "X-RateLimit-Remaining-1": "20"})
    await control.delete("requests")
    harness.data.monitors.async_request_sync()
    await wait_until_done(harness)
    assert await callback_requests(control) == []
    await harness.push.async_ensure_callback(force_check=True)
    assert await callback_requests(control) == ["GET /user/callbacks"]


async def test_retry_does_not_outlive_the_entry(hass: HomeAssistant, set_up_push: SetUpPush, control: Control) -> None:
    """A request that fails after the unload starts no timer."""
    harness = await set_up_push(None)
    await harness.push.async_ensure_callback()
    await control.fault("/user/callbacks*", status=500, delay=0.2)
    await hass.config.async_update(external_url="https://home.example.com")
    await harness.push.async_stop()
    await wait_until_done(harness)
    await hass.config_entries.async_unload(harness.entry.entry_id)
    await control.delete("requests")
    await advance_time(hass, 301)
    assert await control.request_counts() == {}
