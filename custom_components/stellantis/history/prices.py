"""Energy prices: fixed, or the current value of an entity."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, UnitOfEnergy, UnitOfVolume
from homeassistant.core import HomeAssistant, State
from homeassistant.util.unit_conversion import BaseUnitConverter, EnergyConverter, VolumeConverter

from ..const import CONF_ELECTRICITY_PRICE, CONF_ELECTRICITY_PRICE_ENTITY, CONF_FUEL_PRICE, CONF_FUEL_PRICE_ENTITY
from ..vehicle.state import VehicleState


@dataclass(frozen=True, slots=True)
class Tariff:
    """The price of an energy.

    Attributes:
        fixed_option: The option with a fixed price.
        entity_option: The option with the ID of an entity whose state is the price.
        unit: The unit that the price is for.
        converter: Converts other units that the entity may have a price for.
    """

    fixed_option: str
    entity_option: str
    unit: str
    converter: type[BaseUnitConverter]


ELECTRICITY: Final = Tariff(
    CONF_ELECTRICITY_PRICE, CONF_ELECTRICITY_PRICE_ENTITY, UnitOfEnergy.KILO_WATT_HOUR, EnergyConverter
)
FUEL: Final = Tariff(CONF_FUEL_PRICE, CONF_FUEL_PRICE_ENTITY, UnitOfVolume.LITERS, VolumeConverter)


@dataclass(frozen=True, slots=True)
class Prices:
    """The configured prices, in the currency of Home Assistant."""

    hass: HomeAssistant
    options: Mapping[str, Any]

    @property
    def electricity(self) -> float | None:
        """The current price of a kWh; None if it is not configured or unknown."""
        return self._current(ELECTRICITY)

    @property
    def fuel(self) -> float | None:
        """The current price of a liter; None if it is not configured or unknown."""
        return self._current(FUEL)

    def has_charging_price(self, vehicle_state: VehicleState | None) -> bool:
        """Return whether a price for charging the car is configured. If its state is unknown, it may be any car."""
        return self._is_configured(ELECTRICITY) and (vehicle_state is None or vehicle_state.electric is not None)

    def has_driving_price(self, vehicle_state: VehicleState | None) -> bool:
        """Return whether the price of an energy that the car consumes is configured."""
        has_fuel = vehicle_state is None or vehicle_state.fuel is not None
        return self.has_charging_price(vehicle_state) or (self._is_configured(FUEL) and has_fuel)

    def _is_configured(self, tariff: Tariff) -> bool:
        return any(self.options.get(option) is not None for option in (tariff.fixed_option, tariff.entity_option))

    def _current(self, tariff: Tariff) -> float | None:
        entity_id = self.options.get(tariff.entity_option)
        if entity_id is None:
            fixed: float | None = self.options.get(tariff.fixed_option)
            return fixed
        state = self.hass.states.get(entity_id)
        price = parse_price(state) if state else None
        if state is None or price is None:
            return None
        # The unit may be EUR/MWh, for example
        unit = str(state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)).rpartition("/")[2]
        return price * tariff.converter.convert(1, tariff.unit, unit) if unit in tariff.converter.VALID_UNITS else price


def parse_price(state: State) -> float | None:
    """Return the price from the state of an entity; None if it is not a number."""
    try:
        number = float(state.state)
    except ValueError:
        return None
    return number if isfinite(number) else None
