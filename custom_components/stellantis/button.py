"""Buttons: commands without a state, and an immediate refresh."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api.requests import RemoteCommand, SoundHorn, SwitchLights, WakeUp
from .data import Car, StellantisConfigEntry
from .entity import StellantisEntity, VehicleStateEntityDescription
from .features import async_add_feature_entities
from .reported_entities import async_add_reported_entities
from .vehicle.capabilities import CommandFeature
from .vehicle.parts import ALWAYS

PARALLEL_UPDATES = 0  # the command queue sends one command at a time


@dataclass(frozen=True, kw_only=True)
class StellantisButtonDescription(VehicleStateEntityDescription[bool], ButtonEntityDescription):
    """Describe a button. It needs no data of the car, so `value_fn` always returns a value."""

    value_fn: Callable[[Any], bool | None] = ALWAYS
    press_fn: Callable[[Car, Context | None], Awaitable[object]]


def _command_button(key: str, feature: CommandFeature, action: RemoteCommand) -> StellantisButtonDescription:
    """Create the description for a button that sends a command."""
    return StellantisButtonDescription(
        key=key,
        translation_key=key,
        required_features=frozenset((feature,)),
        press_fn=lambda car, context: car.commands.async_send(action, context),
        source=f"remotes.{key}",
    )


BUTTONS: Final = (
    _command_button("wake_up", CommandFeature.WAKE_UP, WakeUp()),
    _command_button("horn", CommandFeature.HORN, SoundHorn()),
    _command_button("lights", CommandFeature.LIGHTS, SwitchLights(on=True)),
    StellantisButtonDescription(
        key="refresh",
        translation_key="refresh",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        press_fn=lambda car, _: car.async_refresh_all(),
        source="status",
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the buttons of each car, as far as it supports the commands."""
    await async_add_reported_entities(entry, async_add_entities, Platform.BUTTON, BUTTONS, StellantisButton)
    await async_add_feature_entities(entry, async_add_entities, Platform.BUTTON)


class StellantisButton(StellantisEntity[StellantisButtonDescription, bool], ButtonEntity):
    """A button of a car."""

    entity_description: StellantisButtonDescription

    @override
    async def async_press(self) -> None:
        """Run the button's action and wait until it is done."""
        await self.entity_description.press_fn(self.car, self._async_take_context())
