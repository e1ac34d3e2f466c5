"""A Better Routeplanner in a running Home Assistant, with a server in the place of Iternio's."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from aiohttp.test_utils import TestServer
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.diagnostics import async_get_config_entry_diagnostics
from custom_components.stellantis.features.abrp import client, reporter
from custom_components.stellantis.features.abrp.options import CONF_API_KEY, CONF_TOKEN
from tests.conftest import Link
from tests.support.commands import ONE_CAR
from tests.support.config_flow import submit_options, suggested_values
from tests.support.helpers import Control, advance_time, get_state, only_car

pytestmark = pytest.mark.simulator(**ONE_CAR)

KEY, TOKEN = "key-5f0", "token-7a1"
SENSOR: Final = "sensor.peugeot_e_208_abrp_next_charge"


@dataclass
class Iternio:
    """A server in the place of Iternio's.

    Attributes:
        received: The live data.
        meanwhile: What happens once while live data are received.
        result: The result of the question for the next charge.
        status: The status of its responses to a valid key and token.
        garbage: What it responds instead.
    """

    received: list[dict[str, float]] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[object]] | None = None
    result: Any = None
    status: int = HTTPStatus.OK
    garbage: str | None = None

    async def receive(self, request: web.Request) -> web.Response:
        """Receive live data."""
        body = await request.json()
        self.received.append(body["tlm"])
        if meanwhile := self.meanwhile:
            self.meanwhile = None
            await meanwhile()
        return self._respond(request, body["token"])

    async def answer(self, request: web.Request) -> web.Response:
        """Return the next charge."""
        return self._respond(request, request.query["token"])

    def _respond(self, request: web.Request, token: str) -> web.Response:
        if (request.headers["Authorization"], token) != (f"APIKEY {KEY}", TOKEN):
            return web.json_response({"status": "error"}, status=HTTPStatus.UNAUTHORIZED)
        if self.garbage is not None:
            return web.Response(text=self.garbage)
        return web.json_response({"status": "ok", "result": self.result}, status=self.status)


@pytest.fixture
async def iternio(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Iternio]:
    """A server, to which data are sent at once."""
    monkeypatch.setattr(reporter, "SEND_DELAY", 0)
    iternio, app = Iternio(), web.Application()
    app.router.add_post("/1/tlm/send", iternio.receive)
    app.router.add_get("/1/tlm/get_next_charge", iternio.answer)
    async with TestServer(app) as server:
        monkeypatch.setattr(client, "API_URL", str(server.make_url("/1/tlm")))
        yield iternio


async def set_options(hass: HomeAssistant, entry: MockConfigEntry, **options: str) -> ConfigFlowResult:
    """Submit the form, and return the result."""
    return await submit_options(hass, entry, "abrp", {"car": only_car(entry).device.id, **options})


async def report_level(control: Control, entry: MockConfigEntry, level: int) -> None:
    """Let the car report another level."""
    await control.patch(only_car(entry).vin, level=level)
    await only_car(entry).status.async_refresh()


async def test_abrp(
    hass: HomeAssistant, link: Link, control: Control, iternio: Iternio, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await link("peugeot")
    vin = only_car(entry).vin

    async def report(**changes: Any) -> dict[str, float]:
        await control.patch(vin, **changes)
        await only_car(entry).async_refresh_all()
        await hass.async_block_till_done(wait_background_tasks=True)
        return iternio.received[-1]

    # The key and the token are checked without sending anything of the car
    for wrong in ({CONF_API_KEY: "other", CONF_TOKEN: TOKEN}, {CONF_API_KEY: KEY, CONF_TOKEN: "other"}):
        assert (await set_options(hass, entry, **wrong))["errors"] == {CONF_TOKEN: "abrp_refused"}
    assert (iternio.received, hass.states.get(SENSOR)) == ([], None)

    iternio.result = {"next_charge": 86.0}
    await set_options(hass, entry, **{CONF_API_KEY: KEY, CONF_TOKEN: TOKEN})
    values = await report(level=40, plug=True, charge=True)
    assert values.items() >= {"soc": 40.0, "is_charging": 1, "is_parked": 1}.items()
    assert {"utc", "odometer", "est_battery_range", "ext_temp", "lat", "lon"} <= values.keys()
    measured_at = only_car(entry).status.data.status.measured_at
    assert measured_at
    assert values["utc"] == measured_at.timestamp() // 1, "a car that sleeps has reported long ago"
    assert get_state(hass, SENSOR) == "86.0"
    diagnostics = str(await async_get_config_entry_diagnostics(hass, entry))
    assert not [secret for secret in (KEY, TOKEN, vin) if secret in diagnostics]

    # The same is not sent again, and what is hidden is not sent
    count = len(iternio.received)
    await report()
    assert len(iternio.received) == count
    assert not {"lat", "lon", "elevation"} & (await report(privacy="Geolocation")).keys()

    # What changes while data are sent is sent after them
    await control.patch(vin, level=41)
    iternio.meanwhile = lambda: report_level(control, entry, 42)
    await only_car(entry).async_refresh_all()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [values["soc"] for values in iternio.received[-2:]] == [41, 42]

    # Without a plan, the next charge is unknown; what is no level, too
    results: list[Any] = [None, {"next_charge": 900}]
    for result in results:
        iternio.result = result
        await advance_time(hass, reporter.NEXT_CHARGE_INTERVAL.total_seconds() + 1)
        assert get_state(hass, SENSOR) == "unknown"

    # A server that fails is logged once, and gets the next change
    iternio.status = HTTPStatus.BAD_GATEWAY
    for level in (50, 51):
        assert (await report(level=level))["soc"] == level
    assert caplog.text.count("A Better Routeplanner does not accept data: HTTP 502") == 1
    iternio.status = HTTPStatus.OK

    # Without the token nothing is sent, and the sensor is gone
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    form = await hass.config_entries.options.async_configure(menu["flow_id"], {"next_step_id": "abrp"})
    assert suggested_values(form) == {CONF_API_KEY: KEY, CONF_TOKEN: TOKEN, "car": only_car(entry).device.id}
    hass.config_entries.options.async_abort(menu["flow_id"])
    await set_options(hass, entry, **{CONF_API_KEY: KEY})
    count = len(iternio.received)
    await report(level=60)
    assert (len(iternio.received), hass.states.get(SENSOR)) == (count, None)
    assert entry.options == {CONF_API_KEY: KEY}


async def test_responses_that_cannot_be_read(
    hass: HomeAssistant, iternio: Iternio, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    abrp = client.AbrpClient(hass, KEY, TOKEN)
    iternio.garbage = "<html>"
    with pytest.raises(client.AbrpError, match="HTTP 200"):
        await abrp.async_get_next_charge()
    monkeypatch.setattr(client, "API_URL", f"http://127.0.0.1:{unused_tcp_port}/1/tlm")
    with pytest.raises(client.AbrpError) as failed:
        await abrp.async_send({"soc": 40})
    assert not [secret for secret in (KEY, TOKEN) if secret in str(failed.value)]
