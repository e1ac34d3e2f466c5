"""Selects: how a car charges."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Charging, ChargingPowerLevel, ChargingType
from .api.requests import Action, PreferCharging
from .data import StellantisConfigEntry
from .entity import CommandEntity, ReadingDescription, async_add_when_told
from .vehicle.capabilities import Ability
from .vehicle.state import of

PARALLEL_UPDATES = 0  # the gate lets one command through at a time


@dataclass(frozen=True, kw_only=True)
class StellantisSelectDescription(ReadingDescription[str], SelectEntityDescription):
    """A choice of a car. `action_fn` returns what tells the car."""

    action_fn: Callable[[str], Action]


def _choice[WordT: StrEnum](
    key: str,
    words: type[WordT],
    needs: Ability,
    word: Callable[[Charging], WordT | str | None],
    action: Callable[[WordT], Action],
) -> StellantisSelectDescription:
    """Return the description of a choice among words of the API."""
    options = {option.name.lower(): option for option in words}

    def chosen(charging: Charging) -> str | None:
        said = word(charging)
        return said.name.lower() if isinstance(said, words) else None

    return StellantisSelectDescription(
        key=key,
        translation_key=key,
        entity_category=EntityCategory.CONFIG,
        options=list(options),
        needs=frozenset((needs,)),
        value_fn=of(lambda car: car.charging, chosen),
        action_fn=lambda option: action(options[option]),
        source=f"energies[Electric].charging.{key.removeprefix('charging_') if key == 'charging_type' else key}",
    )


SELECTS: Final = (
    _choice(
        "charging_power_level",
        ChargingPowerLevel,
        Ability.CHARGING_LEVEL,
        lambda charging: charging.charging_power_level,
        lambda level: PreferCharging(level=level),
    ),
    _choice(
        "charging_type",
        ChargingType,
        Ability.CHARGING_TYPE,
        lambda charging: charging.type,
        lambda kind: PreferCharging(type=kind),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the choices that each car has and may be told."""
    await async_add_when_told(entry, async_add_entities, Platform.SELECT, SELECTS, StellantisSelect)


class StellantisSelect(CommandEntity[StellantisSelectDescription, str], SelectEntity):
    """A choice of a car."""

    entity_description: StellantisSelectDescription

    @property
    @override
    def current_option(self) -> str | None:
        """Return what is chosen, or is being chosen."""
        return self._shown

    @override
    async def async_select_option(self, option: str) -> None:
        """Choose."""
        await self._async_tell(self.entity_description.action_fn(option), option)
