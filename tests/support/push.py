"""Harness for tests of push: an entry that the simulator posts notifications to."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
import logging
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.stellantis.api import MonitoredData, Notification, RemoteEvent
from custom_components.stellantis.api.models.monitored_data import Operator
from custom_components.stellantis.api.requests import DataTrigger, Lock, MonitorRequest, RemoteRequest, Trigger
from custom_components.stellantis.const import CONF_CALLBACK_ID, CONF_PUSH_KEY, CONF_PUSH_URL, DOMAIN
from custom_components.stellantis.data import Car, StellantisRuntimeData
from custom_components.stellantis.push.callback import PushManager
from simulator import Simulator
from simulator.push.callbacks import Callback
from tests.support.helpers import START, Control

_NUMBERS = count(1)

type HttpClient = TestClient[Any, Any]
type SetUpPush = Callable[..., Awaitable[PushHarness]]


@dataclass(slots=True)
class PushHarness:
    """An entry with one car, its notifications, and the simulated platform."""

    hass: HomeAssistant
    entry: MockConfigEntry
    simulator: Simulator
    remote_events: list[RemoteEvent] = field(default_factory=list)
    monitor_notifications: list[Notification] = field(default_factory=list)

    @property
    def data(self) -> StellantisRuntimeData:
        data: StellantisRuntimeData = self.entry.runtime_data
        return data

    @property
    def push(self) -> PushManager:
        return self.data.push

    @property
    def car(self) -> Car:
        (car,) = self.data.cars.values()
        return car

    @property
    def webhook_path(self) -> str:
        return f"/api/webhook/{self.entry.data[CONF_WEBHOOK_ID]}"

    @property
    def callbacks(self) -> list[Callback]:
        """The callbacks on the platform."""
        return list(self.simulator.push.callbacks.values())

    def record_notifications(self) -> None:
        """Record events of commands and notifications of monitors from now on."""
        self.push.async_add_remote_listener(self.remote_events.append)
        self.push.async_add_monitor_listener(self.monitor_notifications.append)

    @property
    def plug_events(self) -> list[tuple[float, str | None]]:
        """The recorded events of the plug monitor: seconds since the start, and the value."""
        return [
            ((notification.date - START).total_seconds(), notification.monitor_event.values[0].literal_value)
            for notification in self.monitor_notifications
            if notification.monitor_event and notification.date
        ]

    def notification_body(self, number: int = 0, **changes: Any) -> dict[str, Any]:
        """Return the body of a valid notification as the platform posts it."""
        status = {"type": "Done", "status": "Success"}
        return {
            "callbackId": self.entry.data[CONF_CALLBACK_ID],
            "attributes": [{"key": "proof", "value": self.entry.data[CONF_PUSH_KEY]}],
            "date": "2026-11-20T12:00:00Z",
            "type": "Remote",
            "remoteEvent": {"remoteActionId": f"remote-{number}", "remoteType": "Door", "eventStatus": status},
            **changes,
        }

    async def reload(self) -> None:
        """Reload the entry."""
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def prove_push(self, url: str | None = None) -> None:
        """Post a notification to the callback's target or a URL, so that push is relied on; it tells of nothing."""
        session = async_get_clientsession(self.hass)
        (callback,) = (callback for callback in self.callbacks if callback.id == self.entry.data[CONF_CALLBACK_ID])
        date = f"2026-11-20T12:00:00.{next(_NUMBERS):06}Z"
        async with session.post(url or callback.target or "", json=self.notification_body(date=date)) as response:
            assert response.status == 200
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def create_plug_monitor(self) -> str:
        """Create the callback and a monitor of the plug, and record notifications. Return the id of the callback."""
        callback_id = await self.push.async_ensure_callback()
        on_change = DataTrigger(data=MonitoredData.PLUGGED, op=Operator.ON_CHANGE)
        request = MonitorRequest(label="plug", triggers=(Trigger("t0", on_change),), expression="t0")
        await self.data.account.client.create_monitor(self.car.status.vehicle_id, callback_id, request)
        self.record_notifications()
        return callback_id

    async def toggle_plug(self, control: Control, *, times: int, since: int = 0) -> list[tuple[float, str]]:
        """Plug in and out once a second. Return the expected `plug_events`."""
        expected = []
        for second in range(since + 1, since + times + 1):
            await control.post("clock", {"advance": 1})
            await control.patch(self.car.vin, plug=second % 2 == 1)
            expected.append((float(second), "true" if second % 2 else "false"))
        await self.hass.async_block_till_done(wait_background_tasks=True)
        return expected

    async def lock_car(self) -> None:
        """Lock the car."""
        callback_id = await self.push.async_ensure_callback()
        await self.data.account.client.send_remote(
            self.car.status.vehicle_id, callback_id, RemoteRequest(command=Lock())
        )


@pytest.fixture
async def http_client(
    hass: HomeAssistant, credentials: None, hass_client_no_auth: ClientSessionGenerator
) -> HttpClient:
    """Return a client of Home Assistant's HTTP server on a real socket."""
    for component in (DOMAIN, "calendar", "diagnostics", "image"):  # all that register HTTP views
        assert await async_setup_component(hass, component, {})
    client: HttpClient = await hass_client_no_auth()
    return client


@pytest.fixture
async def set_up_push(
    hass: HomeAssistant,
    link: Callable[..., Awaitable[MockConfigEntry]],
    simulator: Simulator,
    http_client: HttpClient,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[SetUpPush]:
    """Return a function that sets up an entry with the public URL `address`, or with none.

    Without `own_monitors` the integration creates none of its own, so that tests control all notifications.
    """
    entries: list[MockConfigEntry] = []

    async def make(
        address: str | None = str(http_client.make_url("/")),
        brand: str = "vauxhall",
        *,
        own_monitors: bool = False,
        **options: Any,
    ) -> PushHarness:
        if not own_monitors:
            monkeypatch.setattr("custom_components.stellantis.monitors.own.MONITOR_SPECS", ())
        entry = await link(brand, setup=False, **options)
        entries.append(entry)
        hass.config_entries.async_update_entry(entry, options={CONF_PUSH_URL: address} if address else {})
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        return PushHarness(hass, entry, simulator)

    yield make
    # Webhook id and key are not logged, except by Home Assistant's debug log and aiohttp's access log
    messages = [
        record.getMessage()
        for record in (*caplog.get_records("setup"), *caplog.get_records("call"))
        if (record.levelno > logging.DEBUG or "stellantis" in record.name) and record.name != "aiohttp.access"
    ]
    assert messages
    for entry in entries:
        assert not [
            line for line in messages if entry.data[CONF_WEBHOOK_ID] in line or entry.data[CONF_PUSH_KEY] in line
        ]
