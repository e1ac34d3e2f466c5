"""The examples of README.md: Home Assistant takes them, and the one that heats the car does."""

from collections.abc import AsyncGenerator
import re

from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import yaml
import pytest

from tests.support.commands import ONE_CAR, CommandTester
from tests.support.entity_actions import actual_car, sent_commands

from .support.source import ROOT

EXAMPLES = re.findall("```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(autouse=True)
async def _no_longer(hass: HomeAssistant) -> AsyncGenerator[None]:
    """Turn the automations off at the end: one waits for a time of day."""
    yield
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)


async def set_up(hass: HomeAssistant) -> None:
    """Set up all examples, as if they stood in one configuration."""
    read = [yaml.parse_yaml(example) for example in EXAMPLES]
    assert all(isinstance(one, dict) for one in read)
    config = {
        "automation": [one for found in read if isinstance(found, dict) for one in found.get("automation", [])],
        "script": {
            name: one for found in read if isinstance(found, dict) for name, one in found.get("script", {}).items()
        },
    }
    for domain in config:
        assert await async_setup_component(hass, domain, config)


async def test_examples_are_valid(hass: HomeAssistant) -> None:
    await set_up(hass)
    shown = hass.states.async_all("automation")
    assert len(shown) == sum(example.startswith("automation:") for example in EXAMPLES)
    assert {one.state for one in shown} == {STATE_ON}, "one that is not valid is unavailable"
    assert hass.services.has_service("script", "consumption")


@pytest.mark.simulator(**ONE_CAR)
@pytest.mark.parametrize(("temperature", "heats"), [(-3, True), (8, False)])
async def test_car_is_preheated_when_it_is_cold(tester: CommandTester, temperature: int, heats: bool) -> None:
    await set_up(tester.hass)
    await tester.control.patch(tester.vin, plug=True, temperature=temperature)
    await tester.car.status.async_refresh()
    task = tester.hass.async_create_task(
        tester.hass.services.async_call(
            "automation",
            "trigger",
            {"entity_id": "automation.preheat_the_car", "skip_condition": False},
            blocking=True,
        )
    )
    if heats:
        await tester.wait_until(tester.has_remote_id)
        await tester.advance_clock(60)
    await task
    assert ((await actual_car(tester))["state"]["air"] == "Enabled") is heats
    assert await sent_commands(tester) == [{"preconditioning": {"airConditioning": {"immediate": True}}}] * heats
