"""The examples of README.md and docs/examples.md are valid, and the one that preheats the car works."""

from collections.abc import AsyncGenerator

from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from tests.support.commands import ONE_CAR, CommandTester
from tests.support.entity_actions import actual_car, sent_commands

from .support.documentation import read_yaml_examples
from .support.source import ROOT

PAGES = [ROOT / "README.md", ROOT / "docs" / "examples.md"]
EXAMPLES = [example for page in PAGES for example in read_yaml_examples(page)]


@pytest.fixture(autouse=True)
async def _turn_off_automations(hass: HomeAssistant) -> AsyncGenerator[None]:
    """Turn off the automations after each test: one waits for a time of day."""
    yield
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)


async def set_up(hass: HomeAssistant) -> None:
    """Set up all examples, as if they were in one configuration."""
    config = {
        "automation": [automation for example in EXAMPLES for automation in example.get("automation", [])],
        "script": {name: script for example in EXAMPLES for name, script in example.get("script", {}).items()},
    }
    for domain in config:
        assert await async_setup_component(hass, domain, config)


async def test_examples_are_valid(hass: HomeAssistant, enable_custom_integrations: None) -> None:
    await set_up(hass)
    automations = hass.states.async_all("automation")
    assert len(automations) == sum("automation" in example for example in EXAMPLES)
    assert {automation.state for automation in automations} == {STATE_ON}, "an invalid automation is unavailable"
    assert hass.services.has_service("script", "consumption")


@pytest.mark.simulator(**ONE_CAR)
@pytest.mark.parametrize(("temperature", "is_preheated"), [(-3, True), (8, False)])
async def test_car_is_preheated_when_it_is_cold(tester: CommandTester, temperature: int, is_preheated: bool) -> None:
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
    if is_preheated:
        await tester.wait_until(tester.has_remote_id)
        await tester.advance_clock(60)
    await task
    assert ((await actual_car(tester))["state"]["air"] == "Enabled") is is_preheated
    sent = [command["preconditioning"]["airConditioning"] for command in await sent_commands(tester)]
    # The known programs are sent along, because some cars lose them otherwise
    assert [(command["immediate"], len(command["programs"])) for command in sent] == [(True, 1)] * is_preheated
