"""The car in EV Smart Charging, with the entities and the automation of docs/ev-smart-charging.md.

Its source, read in November 2026: github.com/jonasbkarlsson/ev_smart_charging, helpers/config_flow.py (FlowValidator),
helpers/general.py (Validator.is_soc_state) and coordinator.py (turn_on_charging, periodic_check_charging_state).
"""

from contextlib import suppress
import re
from typing import Final

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from homeassistant.util import yaml
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.stellantis.commands.repeated_starts import MAX_STARTS
from tests.support.commands import ONE_CAR, CommandTester
from tests.support.helpers import get_state

from .support.source import ROOT

PAGE: Final = (ROOT / "docs" / "ev-smart-charging.md").read_text("utf-8")
FIELDS: Final = dict(re.findall(r"^\| (.*?) \| `(\w+\.\w+)`", PAGE, re.MULTILINE))
# At the minutes 5, 10, 20, 25, 35, 40, 50 and 55 a charger that should be on is turned on again
REPEATS_PER_HOUR: Final = 8


@pytest.mark.simulator(**ONE_CAR)
async def test_entities(tester: CommandTester) -> None:
    hass = tester.hass
    (car,) = tester.simulator.world.vehicles
    car.delayed_start, car.charge_programs = 0, ()
    await tester.control.patch(tester.vin, plug=False, level=40)
    await tester.car.status.async_refresh()
    for field in ("EV SOC entity", "EV target SOC entity"):
        assert 0 <= float(get_state(hass, FIELDS[field]) or "") <= 100, field
    charger, charging = FIELDS["Charger control switch entity"], FIELDS["Charging state entity"]
    assert (charger.partition(".")[0], get_state(hass, charger)) == ("switch", STATE_OFF)
    assert get_state(hass, charging) == STATE_OFF

    # The cable was forgotten
    for _ in range(REPEATS_PER_HOUR):
        assert get_state(hass, charging) == STATE_OFF
        await turn_on(tester, charger)
    assert await tester.post_count() == MAX_STARTS
    await tester.control.patch(tester.vin, plug=True)
    await turn_on(tester, charger)
    assert await tester.post_count() == MAX_STARTS + 1
    await tester.car.status.async_refresh()
    assert get_state(hass, charging) == STATE_ON


async def turn_on(tester: CommandTester, entity_id: str) -> None:
    """Turn on a switch as EV Smart Charging does, which does not wait for the end."""
    last_result = tester.commands.history[-1:]
    task = tester.hass.async_create_task(
        tester.hass.services.async_call("switch", "turn_on", target={"entity_id": entity_id}, blocking=True)
    )
    await tester.wait_until(lambda: tester.has_remote_id() or tester.commands.history[-1:] != last_result)
    await tester.advance_clock(20)
    with suppress(HomeAssistantError):
        await task


async def test_automation(hass: HomeAssistant) -> None:
    calls_on, calls_off = async_mock_service(hass, "switch", "turn_on"), async_mock_service(hass, "switch", "turn_off")
    (example,) = re.findall("```yaml\n(.*?)```", PAGE, re.DOTALL)
    config = yaml.parse_yaml(example)
    assert isinstance(config, dict)
    assert await async_setup_component(hass, "automation", config)
    await hass.async_block_till_done()
    for state in (STATE_OFF, STATE_ON, STATE_OFF, "unavailable"):
        hass.states.async_set("binary_sensor.peugeot_e_208_charging_cable", state)
        await hass.async_block_till_done()
    assert (len(calls_on), len(calls_off)) == (1, 2)
    assert calls_on[0].data["entity_id"] == ["switch.ev_smart_charging_ev_connected"]
