"""What tests of push share: an entry that the simulator can reach, what it hears, and the platform's side of it."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
import logging
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.stellantis.api import MonitoredData, Notification, RemoteEvent
from custom_components.stellantis.api.models.monitored import Operator
from custom_components.stellantis.api.requests import DataTrigger, Lock, MonitorRequest, RemoteRequest, Trigger
from custom_components.stellantis.const import CONF_PUSH_KEY, CONF_PUSH_URL, DOMAIN
from custom_components.stellantis.models import Car, StellantisData
from custom_components.stellantis.push import Push
from simulator import Simulator
from simulator.push.callbacks import Callback
from tests.helpers import START, Control

type Browser = TestClient[Any, Any]
type LinkPushed = Callable[..., Awaitable[Pushed]]


@dataclass(slots=True)
class Pushed:
    """An entry with one car, and what it heard."""

    hass: HomeAssistant
    entry: MockConfigEntry
    simulator: Simulator
    remotes: list[RemoteEvent] = field(default_factory=list)
    monitored: list[Notification] = field(default_factory=list)

    @property
    def data(self) -> StellantisData:
        data: StellantisData = self.entry.runtime_data
        return data

    @property
    def push(self) -> Push:
        return self.data.push

    @property
    def car(self) -> Car:
        (car,) = self.data.cars.values()
        return car

    @property
    def path(self) -> str:
        return f"/api/webhook/{self.entry.data[CONF_WEBHOOK_ID]}"

    @property
    def callbacks(self) -> list[Callback]:
        """The callbacks that the platform has."""
        return list(self.simulator.push.callbacks.values())

    def listen(self) -> None:
        """Hear everything."""
        self.push.async_on_remote(self.remotes.append)
        self.push.async_on_monitor(self.monitored.append)

    @property
    def told(self) -> list[tuple[float, str | None]]:
        """What monitors told: after how many seconds, and whether the car was plugged in then."""
        return [
            ((one.date - START).total_seconds(), one.monitor_event.values[0].literal_value)
            for one in self.monitored
            if one.monitor_event and one.date
        ]

    def letter(self, number: int = 0, **changes: Any) -> dict[str, Any]:
        """Return a notification as the platform writes it."""
        status = {"type": "Done", "status": "Success"}
        return {
            "callbackId": self.callbacks[0].id,
            "attributes": [{"key": "proof", "value": self.entry.data[CONF_PUSH_KEY]}],
            "date": "2026-11-20T12:00:00Z",
            "type": "Remote",
            "remoteEvent": {"remoteActionId": f"remote-{number}", "remoteType": "Door", "eventStatus": status},
            **changes,
        }

    async def reload(self) -> None:
        """Load the entry anew."""
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def watch(self) -> str:
        """Make a callback, and a monitor of the plug; return the id of the callback."""
        callback_id = await self.push.async_callback_id()
        changed = DataTrigger(data=MonitoredData.PLUGGED, op=Operator.ON_CHANGE)
        monitor = MonitorRequest(label="plug", triggers=(Trigger("t0", changed),), expression="t0")
        await self.data.account.client.create_monitor(self.car.status.vehicle_id, callback_id, monitor)
        self.listen()
        return callback_id

    async def plug(self, control: Control, *, times: int, since: int = 0) -> list[tuple[float, str]]:
        """Plug in and out, once a second; return what there is to be told of it."""
        expected = []
        for second in range(since + 1, since + times + 1):
            await control.post("clock", {"advance": 1})
            await control.patch(self.car.vin, plug=second % 2 == 1)
            expected.append((float(second), "true" if second % 2 else "false"))
        await self.hass.async_block_till_done(wait_background_tasks=True)
        return expected

    async def lock(self) -> None:
        """Lock the car."""
        callback_id = await self.push.async_callback_id()
        await self.data.account.client.send_remote(
            self.car.status.vehicle_id, callback_id, RemoteRequest(action=Lock())
        )


@pytest.fixture
async def browser(hass: HomeAssistant, credentials: None, hass_client_no_auth: ClientSessionGenerator) -> Browser:
    """Home Assistant's HTTP server on a real socket, and a client of it."""
    for component in (DOMAIN, "calendar", "diagnostics", "image"):  # those that serve pages, too
        assert await async_setup_component(hass, component, {})
    client: Browser = await hass_client_no_auth()
    return client


@pytest.fixture
async def pushed(
    hass: HomeAssistant,
    link: Callable[..., Awaitable[MockConfigEntry]],
    simulator: Simulator,
    browser: Browser,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[LinkPushed]:
    """Return a function that sets up an entry to which the platform posts; an `address` of None is none.

    Nothing is watched unless it is asked for with `watches`: what the callback is to hear, the tests say themselves.
    """
    made: list[MockConfigEntry] = []

    async def make(
        address: str | None = str(browser.make_url("/")),
        brand: str = "vauxhall",
        *,
        watches: bool = False,
        **more: Any,
    ) -> Pushed:
        if not watches:
            monkeypatch.setattr("custom_components.stellantis.monitors.PURPOSES", ())
        entry = await link(brand, setup=False, **more)
        made.append(entry)
        hass.config_entries.async_update_entry(entry, options={CONF_PUSH_URL: address} if address else {})
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        return Pushed(hass, entry, simulator)

    yield make
    # Home Assistant names a webhook when it debugs; its server's log of all requests is off
    said = [
        one.getMessage()
        for one in (*caplog.get_records("setup"), *caplog.get_records("call"))
        if (one.levelno > logging.DEBUG or "stellantis" in one.name) and one.name != "aiohttp.access"
    ]
    assert said
    for entry in made:
        assert not [line for line in said if entry.data[CONF_WEBHOOK_ID] in line or entry.data[CONF_PUSH_KEY] in line]
