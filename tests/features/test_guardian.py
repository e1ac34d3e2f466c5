"""Protection of the 12 V battery: wake-ups are refused below a level, and nothing else is."""

import asyncio
from typing import Any, Final

from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.features.guardian import CONF_MIN_LEVEL
from tests.support.commands import ONE_CAR, CommandTester
from tests.support.entity_actions import actual_car, call_entity_action, run_entity_action
from tests.support.helpers import call_action_on_only_car

pytestmark = pytest.mark.simulator(**ONE_CAR)

MAX_WAIT: Final = 10  # seconds


async def set_minimum(tester: CommandTester, **user_input: float) -> None:
    """Set the level in the options."""
    flows = tester.hass.config_entries.options
    menu = await flows.async_init(tester.entry.entry_id)
    form = await flows.async_configure(menu["flow_id"], {"next_step_id": "guardian"})
    result = await flows.async_configure(form["flow_id"], dict(user_input))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await tester.hass.async_block_till_done(wait_background_tasks=True)


async def fall_asleep(tester: CommandTester, **changes: Any) -> None:
    """Change the car, and let it fall asleep."""
    await tester.control.patch(tester.vin, **changes)
    await tester.control.patch(tester.vin, asleep=True)
    await tester.car.status.async_refresh()


async def test_low_level(tester: CommandTester) -> None:
    await set_minimum(tester, **{CONF_MIN_LEVEL: 70})
    await fall_asleep(tester, battery_12v=69)
    for attempt in (
        call_entity_action(tester, "button.press", "wake_up"),
        call_action_on_only_car(tester.hass, "wake_up", tester.entry.entry_id),
    ):
        # One that is not refused would wait for the simulator's clock
        with pytest.raises(HomeAssistantError) as raised:
            await asyncio.wait_for(attempt, MAX_WAIT)
        assert (raised.value.translation_domain, raised.value.translation_key) == (DOMAIN, "auxiliary_battery_low")
        assert "was last at 69%" in str(raised.value)
        assert "below 70%" in str(raised.value)
    assert tester.commands.history == []
    assert (await actual_car(tester))["asleep"]
    # A command that the driver needs wakes the car nevertheless
    await run_entity_action(tester, "button.press", "flash_lights")
    assert not (await actual_car(tester))["asleep"]
    # Without a level, nothing is refused
    await set_minimum(tester)
    assert CONF_MIN_LEVEL not in tester.entry.options
    await fall_asleep(tester)
    await run_entity_action(tester, "button.press", "wake_up")
    assert not (await actual_car(tester))["asleep"]


@pytest.mark.parametrize("changes", [{"battery_12v": 70}, {"battery_12v": 60, "plug": True, "charge": True}])
async def test_sufficient_level(tester: CommandTester, changes: dict[str, Any]) -> None:
    """A charge of the traction battery charges the 12 V battery, too."""
    await set_minimum(tester, **{CONF_MIN_LEVEL: 70})
    await fall_asleep(tester, level=40, **changes)
    await run_entity_action(tester, "button.press", "wake_up")
    assert tester.commands.history[-1].succeeded
