"""Helpers to call Home Assistant's actions for the entities of a car."""

import asyncio
from typing import Any

from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.stellantis.const import DOMAIN
from tests.support.commands import CommandTester, Json

CAR = "peugeot_e_208"


async def start_entity_action(tester: CommandTester, action: str, name: str, **data: Any) -> asyncio.Task[Any]:
    """Call an action for an entity, such as `switch.turn_on` for `charging`; return when the command was sent."""
    task = tester.hass.async_create_task(call_entity_action(tester, action, name, **data))
    await tester.wait_until(tester.has_remote_id)
    return task


async def call_entity_action(tester: CommandTester, action: str, name: str, **data: Any) -> None:
    """Call an action for an entity and wait until it ends."""
    domain, _, service = action.partition(".")
    service_data = {"entity_id": f"{domain}.{CAR}_{name}", **data}
    await tester.hass.services.async_call(domain, service, service_data, blocking=True)


async def run_entity_action(tester: CommandTester, action: str, name: str, **data: Any) -> None:
    """Call an action for an entity and advance the clock until it ends."""
    task = await start_entity_action(tester, action, name, **data)
    await tester.advance_clock(60)
    await task


async def assert_fails(task: asyncio.Task[Any], error_key: str) -> None:
    """Assert that an action fails with a translated error."""
    with pytest.raises(HomeAssistantError) as raised:
        await task
    assert (raised.value.translation_domain, raised.value.translation_key) == (DOMAIN, error_key)
    assert error_key not in str(raised.value), "the error is not translated"


async def actual_car(tester: CommandTester) -> Json:
    """Return the simulated car, as the control interface shows it."""
    return dict(await tester.control.get(f"vehicles/{tester.vin}"))


async def sent_commands(tester: CommandTester) -> list[Json]:
    """Return the bodies of the commands that the platform received, without labels."""
    return [
        {name: value for name, value in remote["body"].items() if name != "label"} for remote in await tester.remotes()
    ]
