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
from .api.requests import RemoteCommand, SetChargingPreferences
from .data import StellantisConfigEntry
from .entity import CommandEntity, VehicleStateEntityDescription, async_add_reported_entities
from .vehicle.capabilities import CommandFeature
from .vehicle.state import optional

PARALLEL_UPDATES = 0  # the gate lets one command through at a time


@dataclass(frozen=True, kw_only=True)
class StellantisSelectDescription(VehicleStateEntityDescription[str], SelectEntityDescription):
    """A choice of a car. `action_fn` returns what tells the car."""

    action_fn: Callable[[str], RemoteCommand]


def _charging_select[WordT: StrEnum](
    key: str,
    enum: type[WordT],
    feature: CommandFeature,
    enum_fn: Callable[[Charging], WordT | str | None],
    build_fn: Callable[[WordT], RemoteCommand],
) -> StellantisSelectDescription:
    """Return the description of a choice among words of the API."""
    options = {option.name.lower(): option for option in enum}

    def current_key(charging: Charging) -> str | None:
        value = enum_fn(charging)
        return value.name.lower() if isinstance(value, enum) else None

    return StellantisSelectDescription(
        key=key,
        translation_key=key,
        entity_category=EntityCategory.CONFIG,
        options=list(options),
        required_features=frozenset((feature,)),
        value_fn=optional(lambda car: car.charging, current_key),
        action_fn=lambda option: build_fn(options[option]),
        source=f"energies[Electric].charging.{key.removeprefix('charging_') if key == 'charging_type' else key}",
    )


SELECTS: Final = (
    _charging_select(
        "charging_power_level",
        ChargingPowerLevel,
        CommandFeature.CHARGING_LEVEL,
        lambda charging: charging.charging_power_level,
        lambda level: SetChargingPreferences(level=level),
    ),
    _charging_select(
        "charging_type",
        ChargingType,
        CommandFeature.CHARGING_TYPE,
        lambda charging: charging.type,
        lambda kind: SetChargingPreferences(type=kind),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the choices that each car has and may be told."""
    await async_add_reported_entities(entry, async_add_entities, Platform.SELECT, SELECTS, StellantisSelect)


class StellantisSelect(CommandEntity[StellantisSelectDescription, str], SelectEntity):
    """A choice of a car."""

    entity_description: StellantisSelectDescription

    @property
    @override
    def current_option(self) -> str | None:
        """Return what is chosen, or is being chosen."""
        return self._displayed_value

    @override
    async def async_select_option(self, option: str) -> None:
        """Choose."""
        await self._async_send_command(self.entity_description.action_fn(option), option)
