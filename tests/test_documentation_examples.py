"""Each example in README.md and the documentation is valid for what it configures."""

import ast
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from homeassistant.components.automation.config import async_validate_config_item as async_validate_automation
from homeassistant.components.script.config import async_validate_config_item as async_validate_script
from homeassistant.components.template.config import async_validate_config_section as async_validate_template
from homeassistant.components.utility_meter import METER_CONFIG_SCHEMA
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import probatio as vol
import pytest

from tests.support.documentation import PAGES, read_code, read_yaml_examples
from tests.support.evcc import REQUIRED_SETTINGS, SETTINGS

from .support.source import ROOT

type Validator = Callable[[HomeAssistant, Any], Awaitable[object]]

LANGUAGES: Final = {"yaml", "python", "console", "text"}


async def _validate_automations(hass: HomeAssistant, automations: list[dict[str, Any]]) -> None:
    for automation in automations:
        assert await async_validate_automation(hass, "", automation)


async def _validate_scripts(hass: HomeAssistant, scripts: dict[str, dict[str, Any]]) -> None:
    for name, script in scripts.items():
        assert await async_validate_script(hass, name, script)


async def _validate_templates(hass: HomeAssistant, sections: list[dict[str, Any]]) -> None:
    for section in sections:
        await async_validate_template(hass, section)


async def _validate_utility_meters(_: HomeAssistant, meters: dict[str, dict[str, Any]]) -> None:
    for meter in meters.values():
        METER_CONFIG_SCHEMA(meter)


async def _validate_views(_: HomeAssistant, views: list[dict[str, Any]]) -> None:
    """Validate views of a dashboard, as frontend/strategy.js reads them."""
    for view in views:
        assert view.keys() == {"title", "strategy"}
        assert view["strategy"].keys() == {"type", "device_id"}
        assert view["strategy"]["type"] == "custom:stellantis"


async def _validate_evcc(_: HomeAssistant, vehicles: list[dict[str, Any]]) -> None:
    for vehicle in vehicles:
        assert vehicle.keys() >= REQUIRED_SETTINGS
        assert vehicle.keys() <= SETTINGS
        assert vehicle["template"] == "homeassistant"


VALIDATORS: Final[dict[str, Validator]] = {
    "automation": _validate_automations,
    "script": _validate_scripts,
    "template": _validate_templates,
    "utility_meter": _validate_utility_meters,
    "vehicles": _validate_evcc,
    "views": _validate_views,
}


@pytest.fixture
async def home(hass: HomeAssistant, enable_custom_integrations: None) -> HomeAssistant:
    """A Home Assistant that knows the triggers and conditions of the examples."""
    for domain in ("stellantis", "battery", "door", "lock", "zone"):
        assert await async_setup_component(hass, domain, {}), domain
    return hass


async def test_examples_are_valid(home: HomeAssistant) -> None:
    kinds = set[str]()
    for page in PAGES:
        for example in read_yaml_examples(page):
            assert example.keys() <= VALIDATORS.keys(), f"{page.name}: nothing validates {example.keys()}"
            for kind, config in example.items():
                await VALIDATORS[kind](home, config)
                kinds.add(kind)
    assert kinds == VALIDATORS.keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_languages_are_known(page: Path) -> None:
    """No example escapes the tests because its language is missing or misspelled."""
    code = list(read_code(page))
    assert page.read_text(encoding="utf-8").count("```") == 2 * len(code)
    assert {language for language, _ in code} <= LANGUAGES
    for text in (text for language, text in code if language == "python"):
        ast.parse(text)


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("automation", [{"triggers": [{"trigger": "stellantis.no_such"}], "actions": []}]),
        ("script", {"name": {"sequence": [{"action": "no dot"}]}}),
        ("template", [{"binary_sensor": [{"state": "{{ 1"}]}]),
        ("utility_meter", {"name": {"source": "sensor.energy", "cycle": "sometimes"}}),
        ("views", [{"title": "", "strategy": {"type": "custom:stellantis", "device": ""}}]),
        ("vehicles", [{"name": "", "template": "homeassistant"}]),
    ],
)
async def test_invalid_examples_fail(home: HomeAssistant, kind: str, config: Any) -> None:
    with pytest.raises((vol.Invalid, HomeAssistantError, AssertionError)):
        await VALIDATORS[kind](home, config)
