"""Calls of Home Assistant's own actions for the entities of a car, and what is shown meanwhile."""

import asyncio
from typing import Any

from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.stellantis.const import DOMAIN
from tests.support.commands import CommandTester, Json

CAR = "peugeot_e_208"


async def start_entity_action(tester: CommandTester, action: str, name: str, **data: Any) -> asyncio.Task[Any]:
    """Call an action for an entity of the car, such as `switch.turn_on` and `charging`; return when it was sent."""
    task = tester.hass.async_create_task(call_entity_action(tester, action, name, **data))
    await tester.wait_until(tester.has_remote_id)
    return task


async def call_entity_action(tester: CommandTester, action: str, name: str, **data: Any) -> None:
    """Call an action for an entity of the car, and wait for its end."""
    domain, _, service = action.partition(".")
    service_data = {"entity_id": f"{domain}.{CAR}_{name}", **data}
    await tester.hass.services.async_call(domain, service, service_data, blocking=True)


async def run_entity_action(tester: CommandTester, action: str, name: str, **data: Any) -> None:
    """Call an action for an entity of the car, and let the car have the time that it needs."""
    task = await start_entity_action(tester, action, name, **data)
    await tester.advance_clock(60)
    await task


async def assert_fails(task: asyncio.Task[Any], error_key: str) -> None:
    """Hold that an action fails, with a text for people."""
    with pytest.raises(HomeAssistantError) as raised:
        await task
    assert (raised.value.translation_domain, raised.value.translation_key) == (DOMAIN, error_key)
    assert error_key not in str(raised.value), "there is no text"


async def actual_car(tester: CommandTester) -> Json:
    """Return how the car truly stands."""
    return dict(await tester.control.get(f"vehicles/{tester.vin}"))


async def sent_commands(tester: CommandTester) -> list[Json]:
    """Return what the platform was told to do, without the labels."""
    return [
        {name: value for name, value in remote["body"].items() if name != "label"} for remote in await tester.remotes()
    ]
