"""Automations for tests: those of the documentation, and their messages."""

from collections.abc import AsyncGenerator, Callable
from typing import Any

from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from .documentation import read_yaml_examples
from .source import ROOT

type Json = dict[str, Any]
type NewMessages = Callable[[], list[str]]


def documented_automations(path: str) -> list[Json]:
    """Return the automations in the YAML examples of a document."""
    return [automation for example in read_yaml_examples(ROOT / path) for automation in example.get("automation", [])]


async def set_up_automations(hass: HomeAssistant, automations: list[Json]) -> None:
    """Set up automations, each of which must be valid."""
    assert await async_setup_component(hass, "automation", {"automation": automations})
    states = hass.states.async_all("automation")
    assert len(states) == len(automations)
    assert {state.state for state in states} == {STATE_ON}, "an invalid automation is unavailable"


def notify(trigger: Json, message: str = "") -> Json:
    """Return an automation that notifies of a trigger, by default of its cause."""
    data = {"message": message or "{{ trigger.platform.split('.')[1] }}"}
    return {
        "alias": message or trigger["trigger"],
        "triggers": [trigger],
        "actions": [{"action": "persistent_notification.create", "data": data}],
    }


@pytest.fixture
async def new_messages(hass: HomeAssistant, enable_custom_integrations: None) -> AsyncGenerator[NewMessages]:
    """Return a function that returns the messages that automations sent since it was called last."""
    calls: list[ServiceCall] = async_mock_service(hass, "persistent_notification", "create")

    def pop_messages() -> list[str]:
        messages = sorted(call.data["message"] for call in calls)
        calls.clear()
        return messages

    yield pop_messages
    if hass.services.has_service("automation", "turn_off"):
        await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)
