"""Live data for A Better Routeplanner, with the configuration of docs/abrp.md, against a server in its place."""

from collections.abc import AsyncGenerator
import re
from typing import Any, Final

from aiohttp import web
from aiohttp.test_utils import TestServer
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
import pytest

from tests.conftest import ROOT, Link
from tests.support.helpers import Control

pytestmark = pytest.mark.simulator(fleet=1, brand="peugeot")

(_EXAMPLE,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "abrp.md").read_text("utf-8"), re.DOTALL)
IDENTIFIERS: Final = {*re.findall(r"(?:sensor|device_tracker)\.peugeot_e_208\w*", _EXAMPLE)}

type Received = list[tuple[str | None, Any]]


def read_example() -> dict[str, Any]:
    """Return the configuration."""
    example = parse_yaml(_EXAMPLE)
    assert isinstance(example, dict)
    return example


@pytest.fixture
async def server(socket_enabled: None) -> AsyncGenerator[tuple[str, Received]]:
    """The address of a server in the place of Iternio's, and what it has received."""
    received: Received = []

    async def receive(request: web.Request) -> web.Response:
        received.append((request.headers.get("Authorization"), await request.json()))
        return web.json_response({"status": "ok"})

    app = web.Application()
    app.router.add_post("/1/tlm/send", receive)
    async with TestServer(app) as running:
        yield str(running.make_url("/1/tlm/send")), received


async def test_live_data(hass: HomeAssistant, link: Link, control: Control, server: tuple[str, Received]) -> None:
    url, received = server
    vin = await control.vin("e-208")
    await control.patch(vin, level=40, plug=True, charge=True)
    entry = await link("peugeot")
    missing = {entity_id for entity_id in IDENTIFIERS if hass.states.get(entity_id) is None}
    assert missing == {"sensor.peugeot_e_208_speed"}, "it comes with the first drive"
    example = read_example()
    commands = example["rest_command"]
    commands["abrp"]["url"] = url
    assert await async_setup_component(hass, "rest_command", {"rest_command": commands})
    await hass.services.async_call("rest_command", "abrp", blocking=True)
    ((authorization, body),) = received
    assert authorization == "APIKEY your-api-key"
    assert body["token"] == "your-token"
    values = body["tlm"]
    assert values.items() >= {"soc": 40.0, "is_charging": 1, "is_parked": 1}.items()
    assert {"utc", "odometer", "est_battery_range", "ext_temp", "lat", "lon"} <= values.keys()
    # What is unknown or hidden is not sent
    await control.patch(vin, privacy="Full")
    await entry.runtime_data.cars[vin].async_refresh_all()
    await hass.services.async_call("rest_command", "abrp", blocking=True)
    assert not {"lat", "lon"} & received[-1][1]["tlm"].keys()
    hass.states.async_set("sensor.peugeot_e_208_battery", "unknown")
    await hass.services.async_call("rest_command", "abrp", blocking=True)
    assert "soc" not in received[-1][1]["tlm"]
