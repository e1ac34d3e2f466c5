"""Buttons: what a car does once, and reading it now."""

from collections.abc import Callable

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.stellantis.const import DOMAIN
from tests.conftest import Link
from tests.support.commands import CARS, Json, Telling
from tests.support.entity_actions import call, fails, sent, start, truth
from tests.support.helpers import state

pytestmark = pytest.mark.simulator(**CARS)

READ = "button.peugeot_e_208_read_now"
STATUS = "GET /user/vehicles/{id}/status"
PRESSED: dict[str, tuple[Json, Callable[[Json], bool]]] = {
    "wake_up": ({"wakeUp": {"action": "WakeUp"}}, lambda car: not car["asleep"]),
    "horn": ({"horn": {"state": "Activated"}}, lambda car: bool(car["horns"] == 1)),
    "lights": ({"lights": {"on": True}}, lambda car: bool(car["state"]["lights"] == ["turn"])),
}


@pytest.mark.parametrize("name", PRESSED)
async def test_press(telling: Telling, name: str) -> None:
    told, done = PRESSED[name]
    await telling.control.patch(telling.vin, asleep=True)
    assert state(telling.hass, f"button.peugeot_e_208_{name}") == STATE_UNKNOWN
    task = await start(telling, "button.press", name)
    assert not done(await truth(telling))
    await telling.pass_time(60)
    await task
    assert done(await truth(telling))
    assert await sent(telling) == [told]
    assert state(telling.hass, f"button.peugeot_e_208_{name}") != STATE_UNKNOWN, "when it was pressed"


@pytest.mark.parametrize("name", PRESSED)
async def test_press_that_fails(telling: Telling, name: str) -> None:
    done = PRESSED[name][1]
    await telling.control.patch(telling.vin, asleep=True)
    await telling.script("Accepted", "VehicleBatteryChargeTooLow")
    task = await start(telling, "button.press", name)
    await telling.pass_time(60)
    await fails(task, "battery_too_low")
    assert not done(await truth(telling))


async def test_read_now(telling: Telling) -> None:
    """All is read, and no car is told or woken for it."""
    await telling.control.patch(telling.vin, level=42)
    before = await telling.control.requests()
    await call(telling, "button.press", "read_now")
    assert state(telling.hass, "sensor.peugeot_e_208_battery") == "42.0"
    after = await telling.control.requests()
    asked = {name for name in after if after[name] > before.get(name, 0)}
    assert STATUS in asked
    assert {name.rsplit("/", 1)[1] for name in asked} >= {"trips", "alerts"}
    assert await telling.posted() == 0


async def test_read_now_that_fails(telling: Telling) -> None:
    await telling.control.fault("/user/vehicles/{id}/status", status=500)
    with pytest.raises(HomeAssistantError) as raised:
        await call(telling, "button.press", "read_now")
    assert (raised.value.translation_domain, raised.value.translation_key) == (DOMAIN, "server_error")


@pytest.mark.simulator(brand="ds", fleet=1)
async def test_car_that_cannot_be_told(hass: HomeAssistant, link: Link) -> None:
    await link("ds")
    assert hass.states.async_entity_ids("button") == ["button.ds_3_e_tense_read_now"]


async def test_rights_that_were_not_granted(hass: HomeAssistant, link: Link) -> None:
    await link(scopes=["openid", "data:telemetry", "remote:horn:write"])
    assert set(hass.states.async_entity_ids("button")) == {READ, "button.peugeot_e_208_horn"}
