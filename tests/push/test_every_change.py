"""A thousand changes of a car: each is received once and in order, despite outages of the connection."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
import logging

from aiohttp.test_utils import TestServer
from aiohttp.web import TCPSite
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.helpers.event import async_track_state_change_event
import pytest

from custom_components.stellantis.api import Notification
from custom_components.stellantis.push import webhook
from simulator import Simulator
from tests.support.helpers import Control, get_state
from tests.support.push import HttpClient, PushHarness, SetUpPush

CAR = "vauxhall_mokka_electric"
ODOMETER = f"sensor.{CAR}_odometer"
PLUG = f"binary_sensor.{CAR}_charging_cable"
FIRST_MILEAGE = 20_000


class ChangeRecorder:
    """A car that is plugged in and out and driven a kilometer each time, and the resulting notifications and states."""

    def __init__(self, harness: PushHarness, control: Control, server: TestServer) -> None:
        self.harness, self.control, self.server = harness, control, server
        self.vin = harness.car.vin
        self.changes = 0
        self.received: list[int] = []
        self.shown: list[int] = []
        async_track_state_change_event(harness.hass, ODOMETER, self._record_state)

    def record_notifications(self) -> None:
        """Record the notifications of monitors."""
        self.harness.push.async_add_monitor_listener(self._record_notification)

    @callback
    def _record_notification(self, notification: Notification) -> None:
        extensions = notification.monitor_event and notification.monitor_event.extensions
        assert extensions
        assert extensions.status
        assert extensions.status.odometer
        assert extensions.status.odometer.mileage
        self.received.append(round(extensions.status.odometer.mileage - FIRST_MILEAGE))

    @callback
    def _record_state(self, event: Event[EventStateChangedData]) -> None:
        new = event.data["new_state"]
        if new and new.state.replace(".", "").isdecimal() and (change := round(float(new.state) - FIRST_MILEAGE)) > 0:
            self.shown.append(change)

    async def change(self, times: int) -> None:
        """Change the car once a second and wait for all notifications."""
        for _ in range(times):
            self.changes += 1
            self.harness.simulator.world.clock.advance(1)
            await self.control.patch(self.vin, plug=self.changes % 2 == 1, odometer=FIRST_MILEAGE + self.changes)
        await self.harness.hass.async_block_till_done(wait_background_tasks=True)

    @asynccontextmanager
    async def server_outage(self) -> AsyncGenerator[None]:
        """Stop Home Assistant's HTTP server and restart it afterwards, until the platform has delivered again."""
        runner = self.server.runner
        assert runner
        assert runner.server
        for site in list(runner.sites):
            await site.stop()
        await runner.server.shutdown(0.01)
        yield
        await TCPSite(runner, "127.0.0.1", self.server.port).start()
        await self.control.post("clock", {"advance": 11})
        await self.harness.hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
async def change_recorder(
    set_up_push: SetUpPush,
    control: Control,
    simulator: Simulator,
    http_client: HttpClient,
    caplog: pytest.LogCaptureFixture,
) -> ChangeRecorder:
    """Set up a monitored car with the clocks in sync, and without debug mode and logs, which take most of the time."""
    asyncio.get_running_loop().set_debug(False)
    caplog.set_level(logging.INFO)
    await control.post("clock", {"advance": datetime.now(UTC).timestamp() - simulator.world.clock.now()})
    harness = await set_up_push(own_monitors=True)
    server = http_client.server
    assert isinstance(server, TestServer)
    recorder = ChangeRecorder(harness, control, server)
    recorder.record_notifications()
    return recorder


@pytest.mark.slow
async def test_a_thousand_changes(change_recorder: ChangeRecorder) -> None:
    """All changes are received as events, once and in order, and become states unless they are outdated.

    On setup the entry polls the current state, and notifications from before arrive later. They are received but do not
    become states, because older data never replace newer data. So of the hundred changes during a restart only the last
    one becomes a state; of all other changes, each one does.
    """
    harness, hass = change_recorder.harness, change_recorder.harness.hass
    await change_recorder.change(200)
    assert change_recorder.shown == list(range(1, 201))

    # Home Assistant restarts
    await hass.config_entries.async_unload(harness.entry.entry_id)
    await change_recorder.change(50)
    async with change_recorder.server_outage():
        await change_recorder.change(50)
        await hass.config_entries.async_setup(harness.entry.entry_id)
        change_recorder.record_notifications()
    assert change_recorder.shown[200:] == [300]  # only the current state
    assert change_recorder.received == list(range(1, 301))

    await change_recorder.control.put("notifications", {"duplicate": True, "shuffle": True})
    await change_recorder.change(200)
    assert harness.push.queue.stats.duplicates == 200
    async with change_recorder.server_outage():
        await change_recorder.change(300)
        await change_recorder.control.post("clock", {"advance": 3300})
        assert len(change_recorder.received) == 500
    await change_recorder.change(100)
    await harness.reload()
    change_recorder.record_notifications()
    await change_recorder.change(100)

    assert change_recorder.received == list(range(1, 1001))
    assert change_recorder.shown == [*range(1, 201), *range(300, 901), *range(900, 1001)]
    assert get_state(hass, PLUG) == "off"
    (outbox,) = (await change_recorder.control.get("notifications"))["callbacks"]
    assert (outbox["status"], outbox["waiting"]) == ("Running", 0)


@pytest.fixture
async def harness(set_up_push: SetUpPush) -> PushHarness:
    """Set up an entry with a callback that records all notifications."""
    harness = await set_up_push()
    await harness.create_plug_monitor()
    return harness


async def received_ids(harness: PushHarness) -> list[str | None]:
    """Return the ids of the commands in the order in which their events were received."""
    await harness.hass.async_block_till_done(wait_background_tasks=True)
    return [event.remote_action_id for event in harness.remote_events]


async def test_backlog_is_sorted(
    harness: PushHarness, http_client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backlog arrives in batches of any order, with new notifications in between: all are sorted."""
    monkeypatch.setattr(webhook, "BACKLOG_WAIT", 0.2)
    bodies = [harness.notification_body(number, date=f"2026-11-20T12:00:{number:02}Z") for number in range(9)]
    for body in ([bodies[number] for number in (7, 2, 5)], [bodies[4], bodies[0]], bodies[8], bodies[1]):
        async with http_client.post(harness.webhook_path, json=body) as response:
            assert response.status == 200
    assert harness.remote_events == []
    assert await received_ids(harness) == [f"remote-{number}" for number in (0, 1, 2, 4, 5, 7, 8)]


async def test_simultaneous_events_are_not_delayed(
    harness: PushHarness, http_client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notifications with the same time keep their order; those without a valid time come first."""
    monkeypatch.setattr(webhook, "BACKLOG_WAIT", 3600.0)
    simultaneous = [
        harness.notification_body(number, date=f"2026-11-20T12:00:{number // 4:02}Z") for number in range(8)
    ]
    async with http_client.post(harness.webhook_path, json=simultaneous[::-1]) as response:
        assert response.status == 200
    assert await received_ids(harness) == [f"remote-{number}" for number in (3, 2, 1, 0, 7, 6, 5, 4)]
    harness.remote_events.clear()
    without_time = [
        harness.notification_body(number, date=date) for number, date in enumerate((None, "0" * 99, "now", 7))
    ]
    async with http_client.post(harness.webhook_path, json=without_time) as response:
        assert response.status == 200
    assert await received_ids(harness) == [f"remote-{number}" for number in range(4)]


async def test_home_assistant_stop_loses_nothing(harness: PushHarness, http_client: HttpClient) -> None:
    """Accepted notifications are processed even though Home Assistant cancels background tasks first."""
    bodies = [harness.notification_body(number, date=f"2026-11-20T12:00:{number:02}Z") for number in range(9)]
    async with http_client.post(harness.webhook_path, json=bodies) as response:
        assert response.status == 200
    assert harness.remote_events == []
    for task in harness.hass._background_tasks:
        task.cancel()
    harness.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    assert await received_ids(harness) == [f"remote-{number}" for number in range(9)]
    async with http_client.post(harness.webhook_path, json=harness.notification_body(9)) as response:
        assert response.status == 500
