"""Buttons: what a car does once when it is told, and reading it now."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api.requests import Action, SoundHorn, SwitchLights, WakeUp
from .data import Car, StellantisConfigEntry
from .entity import ReadingDescription, StellantisEntity, async_add_when_told
from .vehicle.capabilities import Ability

PARALLEL_UPDATES = 0  # the gate lets one command through at a time


@dataclass(frozen=True, kw_only=True)
class StellantisButtonDescription(ReadingDescription[bool], ButtonEntityDescription):
    """A button of a car, which is there when the car is known."""

    value_fn: Callable[[Any], bool | None] = lambda _: True
    press_fn: Callable[[Car], Awaitable[object]]


def _command(key: str, needs: Ability, action: Action) -> StellantisButtonDescription:
    """Return the description of a button that has a car do something."""
    return StellantisButtonDescription(
        key=key,
        translation_key=key,
        needs=frozenset((needs,)),
        press_fn=lambda car: car.commands.async_send(action),
        source=f"remotes.{key}",
    )


BUTTONS: Final = (
    _command("wake_up", Ability.WAKE_UP, WakeUp()),
    _command("horn", Ability.HORN, SoundHorn()),
    _command("lights", Ability.LIGHTS, SwitchLights(on=True)),
    StellantisButtonDescription(
        key="read_now",
        translation_key="read_now",
        entity_category=EntityCategory.DIAGNOSTIC,
        press_fn=lambda car: car.async_read_now(),
        source="status",
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of what each car may be told."""
    await async_add_when_told(entry, async_add_entities, Platform.BUTTON, BUTTONS, StellantisButton)


class StellantisButton(StellantisEntity[StellantisButtonDescription, bool], ButtonEntity):
    """A button of a car."""

    entity_description: StellantisButtonDescription

    @override
    async def async_press(self) -> None:
        """Have it done; return when it is."""
        await self.entity_description.press_fn(self.car)
