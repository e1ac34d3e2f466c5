"""Buttons: commands without a state, and the immediate refresh."""

from collections.abc import Callable

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.stellantis.const import DOMAIN
from tests.conftest import Link
from tests.support.commands import ONE_CAR, CommandTester, Json
from tests.support.entity_actions import (
    actual_car,
    assert_fails,
    call_entity_action,
    sent_commands,
    start_entity_action,
)
from tests.support.helpers import get_state

pytestmark = pytest.mark.simulator(**ONE_CAR)

REFRESH = "button.peugeot_e_208_refresh"
STATUS = "GET /user/vehicles/{id}/status"
COMMANDS: dict[str, tuple[Json, Callable[[Json], bool]]] = {
    "wake_up": ({"wakeUp": {"action": "WakeUp"}}, lambda car: not car["asleep"]),
    "sound_horn": ({"horn": {"state": "Activated"}}, lambda car: bool(car["horns"] == 1)),
    "flash_lights": ({"lights": {"on": True}}, lambda car: bool(car["state"]["lights"] == ["turn"])),
}


@pytest.mark.parametrize("name", COMMANDS)
async def test_press(tester: CommandTester, name: str) -> None:
    payload, is_done = COMMANDS[name]
    await tester.control.patch(tester.vin, asleep=True)
    assert get_state(tester.hass, f"button.peugeot_e_208_{name}") == STATE_UNKNOWN
    task = await start_entity_action(tester, "button.press", name)
    assert not is_done(await actual_car(tester))
    await tester.advance_clock(60)
    await task
    assert is_done(await actual_car(tester))
    assert await sent_commands(tester) == [payload]
    assert get_state(tester.hass, f"button.peugeot_e_208_{name}") != STATE_UNKNOWN, "the state is the time of the press"


@pytest.mark.parametrize("name", COMMANDS)
async def test_failed_command(tester: CommandTester, name: str) -> None:
    is_done = COMMANDS[name][1]
    await tester.control.patch(tester.vin, asleep=True)
    await tester.script("Accepted", "VehicleBatteryChargeTooLow")
    task = await start_entity_action(tester, "button.press", name)
    await tester.advance_clock(60)
    await assert_fails(task, "battery_too_low")
    assert not is_done(await actual_car(tester))


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_refresh(tester: CommandTester) -> None:
    """All endpoints are read, and no command is sent."""
    await tester.control.patch(tester.vin, level=42)
    before = await tester.control.request_counts()
    await call_entity_action(tester, "button.press", "refresh")
    assert get_state(tester.hass, "sensor.peugeot_e_208_battery") == "42.0"
    after = await tester.control.request_counts()
    requested = {name for name in after if after[name] > before.get(name, 0)}
    assert STATUS in requested
    assert {name.rsplit("/", 1)[1] for name in requested} >= {"trips", "alerts"}
    assert await tester.post_count() == 0


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_failed_refresh(tester: CommandTester) -> None:
    await tester.control.fault("/user/vehicles/{id}/status", status=500)
    with pytest.raises(HomeAssistantError) as raised:
        await call_entity_action(tester, "button.press", "refresh")
    assert (raised.value.translation_domain, raised.value.translation_key) == (DOMAIN, "server_error")


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.simulator(brand="ds", fleet=1)
async def test_car_without_remote_commands(hass: HomeAssistant, link: Link) -> None:
    await link("ds")
    assert hass.states.async_entity_ids("button") == ["button.ds_3_e_tense_refresh"]


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_missing_scopes(hass: HomeAssistant, link: Link) -> None:
    await link(scopes=["openid", "data:telemetry", "remote:horn:write"])
    assert set(hass.states.async_entity_ids("button")) == {REFRESH, "button.peugeot_e_208_sound_horn"}
