"""Helpers for tests of the charge limit: settings, the passing of time, and what is shown."""

import asyncio
from datetime import timedelta
from typing import Any, Final

from homeassistant.components.number import ATTR_VALUE, DOMAIN as NUMBER, SERVICE_SET_VALUE
from homeassistant.components.switch import DOMAIN as SWITCH, SERVICE_TURN_OFF, SERVICE_TURN_ON
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.stellantis.commands.charge_limit import charge_limit_issue_id
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.vehicle.command import CommandType
from tests.support.commands import CommandTester

LEVEL: Final = "number.peugeot_e_208_charge_limit"
LIMIT: Final = "switch.peugeot_e_208_stop_at_limit"


async def set_limit(tester: CommandTester, *, level: int | None = None, on: bool | None = None) -> None:
    """Set the level, enable or disable the limit."""
    services = tester.hass.services
    if level is not None:
        await services.async_call(NUMBER, SERVICE_SET_VALUE, {"entity_id": LEVEL, ATTR_VALUE: level}, blocking=True)
    if on is not None:
        service = SERVICE_TURN_ON if on else SERVICE_TURN_OFF
        await services.async_call(SWITCH, service, {"entity_id": LIMIT}, blocking=True)
    await finish_commands(tester)


async def finish_commands(tester: CommandTester) -> None:
    """Advance the clock until all commands have ended."""
    while tester.commands.current:
        await tester.wait_until(lambda: tester.has_remote_id() or tester.commands.current is None)
        await tester.advance_clock(30)
        await tester.wait_until_idle()
    await tester.hass.async_block_till_done(wait_background_tasks=True)


async def change_and_poll(tester: CommandTester, **changes: Any) -> None:
    """Change the simulated car, poll it, and finish the commands that this causes."""
    await tester.advance_clock(1)
    await tester.control.patch(tester.vin, **changes)
    await tester.car.status.async_refresh()
    await finish_commands(tester)


async def pass_time(tester: CommandTester, seconds: float) -> None:
    """Let the timers of the limit that are due within some seconds fire, and finish the commands that this causes."""
    async_fire_time_changed(tester.hass, dt_util.utcnow() + timedelta(seconds=seconds))
    await asyncio.sleep(0.05)
    await finish_commands(tester)


def limit_status(tester: CommandTester) -> Any:
    """Return what the limit is doing, as the switch shows it."""
    state = tester.hass.states.get(LIMIT)
    return state and state.attributes["status"]


def issue_key(tester: CommandTester) -> str | None:
    """Return the translation key of the repair issue of the limit; None if there is none."""
    issue_id = charge_limit_issue_id(tester.car.device.id)
    issue = ir.async_get(tester.hass).async_get_issue(DOMAIN, issue_id)
    return issue.translation_key if issue else None


async def is_charging(tester: CommandTester) -> bool:
    """Return whether the simulated car is charging."""
    return bool(await tester.actual_value(CommandType.CHARGING) == "InProgress")
