"""Conditions of a car."""

from collections.abc import Mapping
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.condition import Condition

from .automations.charging import LockedCondition, PluggedInCondition, UnlockedCondition, UnpluggedCondition
from .automations.data_age import AsleepCondition, AwakeCondition, DataAgeCondition, FreshDataCondition
from .automations.events import NoWarningCondition, WarningCondition

CONDITIONS: Final[Mapping[str, type[Condition]]] = {
    "has_no_warning": NoWarningCondition,
    "has_warning": WarningCondition,
    "is_asleep": AsleepCondition,
    "is_awake": AwakeCondition,
    "is_data_newer_than": FreshDataCondition,
    "is_data_older_than": DataAgeCondition,
    "is_locked": LockedCondition,
    "is_plugged_in": PluggedInCondition,
    "is_unlocked": UnlockedCondition,
    "is_unplugged": UnpluggedCondition,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:  # noqa: ARG001
    """Return the conditions of this integration."""
    return dict(CONDITIONS)
