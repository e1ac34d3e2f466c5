"""A Home Assistant with automations from the blueprints of the repository."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest.mock import PropertyMock, patch

from homeassistant.components import automation, persistent_notification
from homeassistant.components.homeassistant.const import DOMAIN as HOMEASSISTANT
from homeassistant.const import SERVICE_RELOAD, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from .commands import CommandTester, Json
from .entity_actions import sent_commands
from .source import ROOT

BLUEPRINTS: Final = ROOT / "blueprints" / "automation"
PATHS: Final[tuple[Path, ...]] = tuple(sorted(BLUEPRINTS.rglob("*.yaml")))
HOME: Final = (45.764, 4.8357)
AWAY: Final = (45.70, 4.80)


@pytest.fixture
def repository_blueprints() -> Generator[None]:
    """Read blueprints from the repository, instead of the folder of the configuration."""
    folder = "homeassistant.components.blueprint.models.DomainBlueprints.blueprint_folder"
    with patch(folder, new_callable=PropertyMock, return_value=BLUEPRINTS):
        yield


@dataclass(slots=True)
class BlueprintUser:
    """Somebody who uses a blueprint for a car, and sees persistent notifications.

    Attributes:
        hass: Home Assistant.
        tester: The car.
        entity_id: The automation.
        created: How many automations were created.
    """

    hass: HomeAssistant
    tester: CommandTester
    entity_id: str = ""
    created: int = 0

    @property
    def device_id(self) -> str:
        """The device of the car."""
        return self.tester.car.device.id

    async def use(self, blueprint: str, **inputs: Any) -> None:
        """Create an automation from a blueprint, in place of the former one.

        It has an entity ID of its own: one with the ID of the former would be told when that was triggered last.
        """
        self.created += 1
        use = {"path": f"stellantis/{blueprint}.yaml", "input": {"car": self.device_id, **inputs}}
        config = {automation.DOMAIN: [{"alias": f"{blueprint} {self.created}", "use_blueprint": use}]}
        if automation.DOMAIN in self.hass.config.components:
            with patch("homeassistant.config.load_yaml_config_file", return_value=config):
                await self.hass.services.async_call(automation.DOMAIN, SERVICE_RELOAD, blocking=True)
        else:
            assert await async_setup_component(self.hass, automation.DOMAIN, config)
        (self.entity_id,) = [
            state.entity_id for state in self.hass.states.async_all(automation.DOMAIN) if state.state == STATE_ON
        ]

    async def stop(self) -> None:
        """Turn off the automation, if there is one."""
        if self.entity_id:
            await self.hass.services.async_call(
                automation.DOMAIN, "turn_off", {"entity_id": self.entity_id}, blocking=True
            )

    async def run(self) -> None:
        """Run the automation as its trigger does, if its conditions are met."""
        data = {"entity_id": self.entity_id, "skip_condition": False}
        await self.hass.services.async_call(automation.DOMAIN, "trigger", data)
        await self.settle()

    async def change(self, **changes: Any) -> None:
        """Change the car, and poll it."""
        await self.tester.control.patch(self.tester.vin, **changes)
        await self.tester.car.async_refresh_all()
        await self.settle()

    async def settle(self) -> None:
        """Wait until everything that has begun is done."""
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def sent_commands(self) -> list[Json]:
        """Return the bodies of the commands that the platform received."""
        return await sent_commands(self.tester)

    async def wait_for_message(self) -> str:
        """Wait for a notification, and return its message."""
        changed = asyncio.Event()
        remove = persistent_notification.async_register_callback(self.hass, lambda *_: changed.set())
        async with asyncio.timeout(5):
            while not (messages := self.pop_messages()):
                await changed.wait()
                changed.clear()
        remove()
        return messages[0]

    def pop_messages(self) -> list[str]:
        """Return the messages of the notifications, and dismiss them."""
        notifications = dict(persistent_notification._async_get_or_create_notifications(self.hass))
        for notification_id in notifications:
            persistent_notification.async_dismiss(self.hass, notification_id)
        return [notification["message"] for notification in notifications.values()]


@pytest.fixture
async def blueprint_user(
    hass: HomeAssistant, tester: CommandTester, repository_blueprints: None
) -> AsyncGenerator[BlueprintUser]:
    """Somebody with one car, which is at home."""
    for integration in (HOMEASSISTANT, persistent_notification.DOMAIN, "zone"):
        assert await async_setup_component(hass, integration, {})
    await hass.config.async_update(latitude=HOME[0], longitude=HOME[1])
    user = BlueprintUser(hass, tester)
    await user.change(position=[*reversed(HOME)], doors="closed", lock=True)
    user.pop_messages()
    yield user
    await user.stop()
