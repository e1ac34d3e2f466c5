"""Buttons: what a car does once when it is told, and reading it now."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api.requests import RemoteCommand, SoundHorn, SwitchLights, WakeUp
from .data import Car, StellantisConfigEntry
from .entity import StellantisEntity, VehicleStateEntityDescription, async_add_reported_entities
from .vehicle.capabilities import CommandFeature

PARALLEL_UPDATES = 0  # the gate lets one command through at a time


@dataclass(frozen=True, kw_only=True)
class StellantisButtonDescription(VehicleStateEntityDescription[bool], ButtonEntityDescription):
    """A button of a car, which is there when the car is known."""

    value_fn: Callable[[Any], bool | None] = lambda _: True
    press_fn: Callable[[Car], Awaitable[object]]


def _command_button(key: str, feature: CommandFeature, action: RemoteCommand) -> StellantisButtonDescription:
    """Return the description of a button that has a car do something."""
    return StellantisButtonDescription(
        key=key,
        translation_key=key,
        required_features=frozenset((feature,)),
        press_fn=lambda car: car.commands.async_send(action),
        source=f"remotes.{key}",
    )


BUTTONS: Final = (
    _command_button("wake_up", CommandFeature.WAKE_UP, WakeUp()),
    _command_button("horn", CommandFeature.HORN, SoundHorn()),
    _command_button("lights", CommandFeature.LIGHTS, SwitchLights(on=True)),
    StellantisButtonDescription(
        key="read_now",
        translation_key="read_now",
        entity_category=EntityCategory.DIAGNOSTIC,
        press_fn=lambda car: car.async_refresh_all(),
        source="status",
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of what each car may be told."""
    await async_add_reported_entities(entry, async_add_entities, Platform.BUTTON, BUTTONS, StellantisButton)


class StellantisButton(StellantisEntity[StellantisButtonDescription, bool], ButtonEntity):
    """A button of a car."""

    entity_description: StellantisButtonDescription

    @override
    async def async_press(self) -> None:
        """Have it done; return when it is."""
        await self.entity_description.press_fn(self.car)
