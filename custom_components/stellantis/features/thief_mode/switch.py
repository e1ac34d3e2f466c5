"""Switch of the theft tracking."""

from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import Platform
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ...data import StellantisConfigEntry
from ...entity import StellantisEntity, VehicleStateEntityDescription
from ...reported_entities import async_add_reported_entities
from ...vehicle.parts import optional
from ...vehicle.state import get_position
from .data import get_tracker
from .tracking import Reason


@dataclass(frozen=True, kw_only=True)
class TheftSwitchDescription(VehicleStateEntityDescription[bool], SwitchEntityDescription):
    """Describe the switch of the theft tracking."""


SWITCHES: Final = (
    TheftSwitchDescription(
        key="theft_tracking",
        translation_key="theft_tracking",
        entity_registry_enabled_default=False,
        value_fn=optional(get_position, lambda _: True),
        source="last_position",
    ),
)


class TheftSwitch(StellantisEntity[TheftSwitchDescription, bool], SwitchEntity):
    """Switch that starts and ends the theft tracking."""

    entity_description: TheftSwitchDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to the tracking."""
        await super().async_added_to_hass()
        self.async_on_remove(get_tracker(self.car).async_add_listener(self.async_write_ha_state))

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the car is tracked."""
        return get_tracker(self.car).is_active

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Track the car."""
        get_tracker(self.car).async_start(Reason.PERSON)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Stop tracking the car."""
        get_tracker(self.car).async_stop()


async def async_setup_switches(
    entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the switch of each car that reports its position."""
    await async_add_reported_entities(entry, async_add_entities, Platform.SWITCH, SWITCHES, TheftSwitch)
