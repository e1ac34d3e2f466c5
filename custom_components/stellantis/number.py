"""Number: the charge limit."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.number import NumberDeviceClass, NumberEntity, NumberEntityDescription, NumberMode
from homeassistant.const import PERCENTAGE, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands.charge_limit import MAX_LEVEL, MIN_LEVEL
from .data import StellantisConfigEntry
from .entity import ChargeLimitEntity, VehicleStateEntityDescription, async_add_reported_entities
from .vehicle.capabilities import CommandFeature
from .vehicle.state import optional

PARALLEL_UPDATES = 0  # changes need no request


@dataclass(frozen=True, kw_only=True)
class StellantisNumberDescription(VehicleStateEntityDescription[bool], NumberEntityDescription):
    """Describe a number."""


NUMBERS: Final = (
    StellantisNumberDescription(
        key="charge_limit",
        translation_key="charge_limit",
        device_class=NumberDeviceClass.BATTERY,
        native_min_value=MIN_LEVEL,
        native_max_value=MAX_LEVEL,
        native_step=1,
        native_unit_of_measurement=PERCENTAGE,
        mode=NumberMode.SLIDER,
        required_features=frozenset((CommandFeature.STOP_CHARGING,)),
        value_fn=optional(lambda state: state.charging, lambda _: True),
        source="energies[Electric].level",
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the charge limit of each car that supports stopping the charging."""
    await async_add_reported_entities(entry, async_add_entities, Platform.NUMBER, NUMBERS, ChargeLimitNumber)


class ChargeLimitNumber(ChargeLimitEntity[StellantisNumberDescription], NumberEntity):
    """Battery level at which charging is stopped.

    What plans a charge, such as evcc, takes the value as the end of the charge. So it is 100 % while the limit is off,
    and setting a level turns the limit on.
    """

    entity_description: StellantisNumberDescription

    @property
    @override
    def native_value(self) -> float:
        """Return the level in %; 100 if there is no limit."""
        return self.car.charge_limit.record.effective_level

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the level in % and enable the limit; 100 disables it and keeps the level for the next time."""
        if value < MAX_LEVEL:
            self.car.charge_limit.async_set(level=round(value), enabled=True)
        else:
            self.car.charge_limit.async_set(enabled=False)
