"""Calls of Home Assistant's own actions for the entities of a car, and what is shown meanwhile."""

import asyncio
from typing import Any

from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.stellantis.const import DOMAIN
from tests.support.commands import Json, Telling

CAR = "peugeot_e_208"


async def start(telling: Telling, action: str, name: str, **said: Any) -> asyncio.Task[Any]:
    """Call an action for an entity of the car, such as `switch.turn_on` and `charging`; return when it was sent."""
    task = telling.hass.async_create_task(call(telling, action, name, **said))
    await telling.until(telling.remotes_seen)
    return task


async def call(telling: Telling, action: str, name: str, **said: Any) -> None:
    """Call an action for an entity of the car, and wait for its end."""
    domain, _, service = action.partition(".")
    data = {"entity_id": f"{domain}.{CAR}_{name}", **said}
    await telling.hass.services.async_call(domain, service, data, blocking=True)


async def finish(telling: Telling, action: str, name: str, **said: Any) -> None:
    """Call an action for an entity of the car, and let the car have the time that it needs."""
    task = await start(telling, action, name, **said)
    await telling.pass_time(60)
    await task


async def fails(task: asyncio.Task[Any], key: str) -> None:
    """Hold that an action fails, with a text for people."""
    with pytest.raises(HomeAssistantError) as raised:
        await task
    assert (raised.value.translation_domain, raised.value.translation_key) == (DOMAIN, key)
    assert key not in str(raised.value), "there is no text"


async def truth(telling: Telling) -> Json:
    """Return how the car truly stands."""
    return dict(await telling.control.get(f"vehicles/{telling.vin}"))


async def sent(telling: Telling) -> list[Json]:
    """Return what the platform was told to do, without the labels."""
    return [
        {name: value for name, value in remote["body"].items() if name != "label"} for remote in await telling.remotes()
    ]
