"""A thousand changes of a car: each is heard of once and in order, whatever befalls the way from the platform."""

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
FIRST = 20_000


class Story:
    """A car that is plugged in and out, one kilometre further each time, and what is heard and seen of it."""

    def __init__(self, harness: PushHarness, control: Control, server: TestServer) -> None:
        self.harness, self.control, self.server = harness, control, server
        self.vin = harness.car.vin
        self.changes = 0
        self.heard: list[int] = []
        self.seen: list[int] = []
        async_track_state_change_event(harness.hass, ODOMETER, self._see)

    def listen(self) -> None:
        """Hear what monitors tell, as those do who wait for events."""
        self.harness.push.async_add_monitor_listener(self._hear)

    @callback
    def _hear(self, notification: Notification) -> None:
        told = notification.monitor_event and notification.monitor_event.extensions
        assert told
        assert told.status
        assert told.status.odometer
        assert told.status.odometer.mileage
        self.heard.append(round(told.status.odometer.mileage - FIRST))

    @callback
    def _see(self, event: Event[EventStateChangedData]) -> None:
        new = event.data["new_state"]
        if new and new.state.replace(".", "").isdecimal() and (said := round(float(new.state) - FIRST)) > 0:
            self.seen.append(said)

    async def change(self, times: int) -> None:
        """Change the car so often, once a second."""
        for _ in range(times):
            self.changes += 1
            self.harness.simulator.world.clock.advance(1)
            await self.control.patch(self.vin, plug=self.changes % 2 == 1, odometer=FIRST + self.changes)
        await self.harness.hass.async_block_till_done(wait_background_tasks=True)

    @asynccontextmanager
    async def dead_server(self) -> AsyncGenerator[None]:
        """Home Assistant's HTTP server hangs up and listens no more; afterwards it does, and the platform finds out."""
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
async def story(
    set_up_push: SetUpPush,
    control: Control,
    simulator: Simulator,
    http_client: HttpClient,
    caplog: pytest.LogCaptureFixture,
) -> Story:
    """A watched car, on a platform on which it is as late as here. Nobody debugs, which would take most of the time."""
    asyncio.get_running_loop().set_debug(False)
    caplog.set_level(logging.INFO)
    await control.post("clock", {"advance": datetime.now(UTC).timestamp() - simulator.world.clock.now()})
    harness = await set_up_push(own_monitors=True)
    server = http_client.server
    assert isinstance(server, TestServer)
    made = Story(harness, control, server)
    made.listen()
    return made


async def test_a_thousand_changes(story: Story) -> None:
    """All are heard of, once and in order: by what tells of events. All that is not the past yet is shown, too.

    An entry that is loaded first reads how the car stands. What it was like in the meantime comes afterwards: it is
    heard of, but is no state any more, for nothing older replaces what is newer. So of a hundred changes during the
    restart the last one is shown; of all others each one is.
    """
    harness, hass = story.harness, story.harness.hass
    await story.change(200)
    assert story.seen == list(range(1, 201))

    # Home Assistant restarts
    await hass.config_entries.async_unload(harness.entry.entry_id)
    await story.change(50)
    async with story.dead_server():
        await story.change(50)
        await hass.config_entries.async_setup(harness.entry.entry_id)
        story.listen()
    assert story.seen[200:] == [300]  # how it stands now
    assert story.heard == list(range(1, 301))

    await story.control.put("notifications", {"duplicate": True, "shuffle": True})
    await story.change(200)
    assert harness.push.queue.stats.duplicates == 200
    async with story.dead_server():
        await story.change(300)
        await story.control.post("clock", {"advance": 3300})
        assert len(story.heard) == 500
    await story.change(100)
    await harness.reload()
    story.listen()
    await story.change(100)

    assert story.heard == list(range(1, 1001))
    assert story.seen == [*range(1, 201), *range(300, 901), *range(900, 1001)]
    assert get_state(hass, PLUG) == "off"
    (outbox,) = (await story.control.get("notifications"))["callbacks"]
    assert (outbox["status"], outbox["waiting"]) == ("Running", 0)


@pytest.fixture
async def harness(set_up_push: SetUpPush) -> PushHarness:
    """An entry that has a callback and hears everything."""
    made = await set_up_push()
    await made.create_plug_monitor()
    return made


async def heard(harness: PushHarness) -> list[str | None]:
    """Return the commands that were told of, in the order in which they were heard."""
    await harness.hass.async_block_till_done(wait_background_tasks=True)
    return [one.remote_action_id for one in harness.remote_events]


async def test_rest_that_comes_in_any_order(
    harness: PushHarness, http_client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be delivered for a while comes in batches: they are put in order, with what is new amid them."""
    monkeypatch.setattr(webhook, "BACKLOG_WAIT", 0.2)
    letters = [harness.notification_body(number, date=f"2026-11-20T12:00:{number:02}Z") for number in range(9)]
    for body in ([letters[number] for number in (7, 2, 5)], [letters[4], letters[0]], letters[8], letters[1]):
        async with http_client.post(harness.webhook_path, json=body) as response:
            assert response.status == 200
    assert harness.remote_events == []
    assert await heard(harness) == [f"remote-{number}" for number in (0, 1, 2, 4, 5, 7, 8)]


async def test_what_happens_at_once_is_heard_at_once(
    harness: PushHarness, http_client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two at one time that which came first is the first; one without a time, or with an odd one, is before all."""
    monkeypatch.setattr(webhook, "BACKLOG_WAIT", 3600.0)
    now = [harness.notification_body(number, date=f"2026-11-20T12:00:{number // 4:02}Z") for number in range(8)]
    async with http_client.post(harness.webhook_path, json=now[::-1]) as response:
        assert response.status == 200
    assert await heard(harness) == [f"remote-{number}" for number in (3, 2, 1, 0, 7, 6, 5, 4)]
    harness.remote_events.clear()
    odd = [harness.notification_body(number, date=date) for number, date in enumerate((None, "0" * 99, "now", 7))]
    async with http_client.post(harness.webhook_path, json=odd) as response:
        assert response.status == 200
    assert await heard(harness) == [f"remote-{number}" for number in range(4)]


async def test_stop_of_home_assistant_loses_nothing(harness: PushHarness, http_client: HttpClient) -> None:
    """What was taken is worked off, though Home Assistant cancels what runs in the background first."""
    letters = [harness.notification_body(number, date=f"2026-11-20T12:00:{number:02}Z") for number in range(9)]
    async with http_client.post(harness.webhook_path, json=letters) as response:
        assert response.status == 200
    assert harness.remote_events == []
    for task in harness.hass._background_tasks:
        task.cancel()
    harness.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    assert await heard(harness) == [f"remote-{number}" for number in range(9)]
    async with http_client.post(harness.webhook_path, json=harness.notification_body(9)) as response:
        assert response.status == 500
