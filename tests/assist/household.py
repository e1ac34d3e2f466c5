"""A Home Assistant with two cars, the conversation agent of Home Assistant, and automations from the blueprints."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from homeassistant.components import automation, conversation
from homeassistant.components.conversation.default_agent import DefaultAgent
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.const import ATTR_ENTITY_ID, EVENT_CALL_SERVICE, SERVICE_RELOAD, STATE_ON
from homeassistant.core import Context, Event, HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from custom_components.stellantis.const import DOMAIN
from tests.support.commands import CommandTester

BLUEPRINTS: Final = Path(__file__).parents[2] / "blueprints" / "automation"
# What the description of the blueprint says to choose, as ends of unique ids by platform
CHOSEN: Final = {
    "device_tracker": ("location",),
    "lock": ("central_locking",),
    "climate": ("preconditioning",),
    "switch": ("charging",),
    "sensor": ("battery_level", "fuel_level", "charging_end", "warning"),
}
RANGES: Final = ("electric_range", "total_range")
# Domains whose actions change something
ACTING_DOMAINS: Final = ("button", "climate", "cover", "lock", "number", "select", "switch", "time")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a sentence led to: the answer, the code of the error, and the actions with their targets."""

    speech: str
    error: str | None
    actions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Household:
    """Two cars of one account in Home Assistant."""

    hass: HomeAssistant
    tester: CommandTester

    @property
    def vins(self) -> list[str]:
        """The VINs of the cars."""
        return list(self.tester.entry.runtime_data.cars)

    def find(self, vin: str, platform: str, key: str) -> str | None:
        """Return the id of an entity of a car; None if the car does not have it."""
        unique_id = f"{self.tester.entry.unique_id}_{vin}_{key}"
        return er.async_get(self.hass).async_get_entity_id(platform, DOMAIN, unique_id)

    def chosen_entities(self, vin: str) -> list[str]:
        """Return the entities of a car that somebody chooses for the blueprint."""
        keys = [(platform, key) for platform, keys in CHOSEN.items() for key in keys]
        ranges = [entity_id for key in RANGES if (entity_id := self.find(vin, "sensor", key))]
        return [entity_id for key in keys if (entity_id := self.find(vin, *key))] + ranges[-1:]

    def fix_states(self) -> None:
        """Replace the states that depend on the time of the test by those of docs/voice.md."""
        first, second = self.vins
        fixed = [
            (first, "charging_end", "2026-11-20T13:30:00+00:00"),
            (first, "electric_range", "160"),
            (second, "total_range", "420"),
        ]
        for vin, key, value in fixed:
            entity_id = self.find(vin, "sensor", key)
            state = entity_id and self.hass.states.get(entity_id)
            assert state
            self.hass.states.async_set(state.entity_id, value, state.attributes)

    async def async_add_automation(self, blueprint: str, **inputs: Any) -> None:
        """Create an automation from a blueprint, in place of the former one."""
        automations = [{"id": blueprint, "use_blueprint": {"path": f"stellantis/{blueprint}.yaml", "input": inputs}}]
        config = {automation.DOMAIN: automations}
        if automation.DOMAIN in self.hass.config.components:
            with patch("homeassistant.config.load_yaml_config_file", return_value=config):
                await self.hass.services.async_call(automation.DOMAIN, SERVICE_RELOAD, blocking=True)
        else:
            assert await async_setup_component(self.hass, automation.DOMAIN, config)
        (entity_id,) = self.hass.states.async_entity_ids(automation.DOMAIN)
        assert self.hass.states.is_state(entity_id, STATE_ON)

    def expose(self, entity_ids: Iterable[str], *, should_expose: bool = True) -> None:
        """Expose entities to Assist, or no longer."""
        for entity_id in entity_ids:
            async_expose_entity(self.hass, conversation.DOMAIN, entity_id, should_expose)

    async def async_is_answered(self, sentence: str) -> bool:
        """Return whether an automation answers a sentence."""
        agent = conversation.async_get_agent(self.hass)
        assert isinstance(agent, DefaultAgent)
        said = conversation.ConversationInput(
            sentence, Context(), None, None, None, "en", conversation.HOME_ASSISTANT_AGENT
        )
        return await agent.async_recognize_sentence_trigger(said) is not None

    async def async_say(self, sentence: str, language: str = "en", result: str | dict[str, Any] = "Success") -> Reply:
        """Say a sentence, and wait until all that it started is done; a command has its result at once."""
        actions: list[tuple[str, str]] = []

        def note(event: Event[Any]) -> None:
            if event.data["domain"] in ACTING_DOMAINS:
                targets = event.data["service_data"].get(ATTR_ENTITY_ID, ())
                action = f"{event.data['domain']}.{event.data['service']}"
                actions.extend((action, target) for target in ([targets] if isinstance(targets, str) else targets))

        await self.tester.script(result)
        unsubscribe = self.hass.bus.async_listen(EVENT_CALL_SERVICE, note)
        response = (await conversation.async_converse(self.hass, sentence, None, Context(), language)).response
        await self.hass.async_block_till_done(wait_background_tasks=True)
        unsubscribe()
        return Reply(response.speech["plain"]["speech"], response.error_code, tuple(actions))
