"""Numbers: the charge limit, and what the user knows of a car."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.number import NumberDeviceClass, NumberEntity, NumberEntityDescription, NumberMode
from homeassistant.const import PERCENTAGE, EntityCategory, Platform, UnitOfEnergy, UnitOfVolume
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands.charge_limit import MAX_LEVEL, MIN_LEVEL
from .data import StellantisConfigEntry
from .entity import ChargeLimitEntity, StellantisEntity, VehicleStateEntityDescription
from .features import async_add_feature_entities
from .reported_entities import async_add_reported_entities
from .vehicle.capabilities import CommandFeature
from .vehicle.parts import optional
from .vehicle.settings import BATTERY_CAPACITY, TANK_SIZE, CarSetting
from .vehicle.state import VehicleState, get_charging, get_electric, get_fuel

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
        value_fn=optional(get_charging, lambda _: True),
        source="energies[Electric].level",
    ),
)


@dataclass(frozen=True, kw_only=True)
class SettingNumberDescription(VehicleStateEntityDescription[float], NumberEntityDescription):
    """Describe a number that the user enters for a car.

    Attributes:
        setting: the option of the entry that has the number.
    """

    setting: CarSetting


def _setting_number(
    key: str, setting: CarSetting, value_fn: Callable[[VehicleState], float | None], source: str, **kwargs: Any
) -> SettingNumberDescription:
    """Create the description for a number that the user enters."""
    return SettingNumberDescription(
        key=key,
        translation_key=key,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        mode=NumberMode.BOX,
        native_min_value=setting.minimum,
        native_max_value=setting.maximum,
        native_step=0.1,
        setting=setting,
        value_fn=value_fn,
        source=source,
        **kwargs,
    )


SETTING_NUMBERS: Final = (
    _setting_number(
        "battery_capacity",
        BATTERY_CAPACITY,
        optional(get_electric, lambda energy: energy.level),
        "energies[Electric].level, battery.load.capacity",
        device_class=NumberDeviceClass.ENERGY_STORAGE,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
    ),
    _setting_number(
        "tank_size",
        TANK_SIZE,
        optional(get_fuel, lambda energy: energy.level),
        "energies[Fuel].level",
        device_class=NumberDeviceClass.VOLUME_STORAGE,
        native_unit_of_measurement=UnitOfVolume.LITERS,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the charge limit of each car that supports stopping the charging, and its battery and tank."""
    await async_add_reported_entities(entry, async_add_entities, Platform.NUMBER, NUMBERS, ChargeLimitNumber)
    await async_add_reported_entities(entry, async_add_entities, Platform.NUMBER, SETTING_NUMBERS, SettingNumber)
    await async_add_feature_entities(entry, async_add_entities, Platform.NUMBER)


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


class SettingNumber(StellantisEntity[SettingNumberDescription, float], NumberEntity):
    """A number that the user enters for a car; until then, what the car reports of it."""

    entity_description: SettingNumberDescription

    @override
    def _set_value(self, value: float | None) -> None:
        setting, options = self.entity_description.setting, self.car.account.entry.options
        self._value = setting.get_or_suggest(options, self.car.vin, self.car.status.data)

    @property
    @override
    def native_value(self) -> float | None:
        """Return the number that the user entered, or a suggestion."""
        return self._value

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Save the number in the entry's options, and add entities that need it."""
        entry = self.car.account.entry
        options = self.entity_description.setting.set(entry.options, self.car.vin, value)
        self.hass.config_entries.async_update_entry(entry, options=options)
        self._async_update()
        self.car.status.async_update_listeners()
