"""Selects: charging preferences of a car."""

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
from .entity import CommandEntity, VehicleStateEntityDescription
from .features import async_add_feature_entities
from .reported_entities import async_add_reported_entities
from .vehicle.capabilities import CommandFeature
from .vehicle.parts import optional
from .vehicle.state import get_charging

PARALLEL_UPDATES = 0  # the command queue sends one command at a time


@dataclass(frozen=True, kw_only=True)
class StellantisSelectDescription(VehicleStateEntityDescription[str], SelectEntityDescription):
    """Describe a select. `command_fn` builds the command that selects an option."""

    command_fn: Callable[[str], RemoteCommand]


def _charging_select[EnumT: StrEnum](
    key: str,
    enum: type[EnumT],
    feature: CommandFeature,
    enum_fn: Callable[[Charging], EnumT | str | None],
    command_fn: Callable[[EnumT], RemoteCommand],
    *,
    enabled: bool = True,
) -> StellantisSelectDescription:
    """Create the description for a charging preference whose options are the members of an enum."""
    options = {member.name.lower(): member for member in enum}

    def current_key(charging: Charging) -> str | None:
        value = enum_fn(charging)
        return value.name.lower() if isinstance(value, enum) else None

    return StellantisSelectDescription(
        key=key,
        translation_key=key,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=enabled,
        options=list(options),
        required_features=frozenset((feature,)),
        value_fn=optional(get_charging, current_key),
        command_fn=lambda option: command_fn(options[option]),
        source=f"energies[Electric].charging.{key.removeprefix('charging_') if key == 'charging_type' else key}",
    )


SELECTS: Final = (
    _charging_select(
        "charging_power_level",
        ChargingPowerLevel,
        CommandFeature.CHARGING_LEVEL,
        lambda charging: charging.charging_power_level,
        lambda level: SetChargingPreferences(level=level),
        enabled=False,
    ),
    _charging_select(
        "charging_type",
        ChargingType,
        CommandFeature.CHARGING_TYPE,
        lambda charging: charging.type,
        lambda charging_type: SetChargingPreferences(type=charging_type),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the selects that each car supports."""
    await async_add_reported_entities(entry, async_add_entities, Platform.SELECT, SELECTS, StellantisSelect)
    await async_add_feature_entities(entry, async_add_entities, Platform.SELECT)


class StellantisSelect(CommandEntity[StellantisSelectDescription, str], SelectEntity):
    """Charging preference of a car."""

    entity_description: StellantisSelectDescription

    @property
    @override
    def current_option(self) -> str | None:
        """Return the selected option, or the one that is being set."""
        return self._value

    @override
    async def async_select_option(self, option: str) -> None:
        """Set an option."""
        await self._async_send_command(self.entity_description.command_fn(option))
