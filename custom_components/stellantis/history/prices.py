"""What energy costs: fixed, or as an entity says at the moment."""

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
    """How a price is chosen, and of what it is one.

    Attributes:
        fixed: the option that holds a fixed price.
        entity: the option that names the entity that shows the price.
        unit: what the price is for.
        converter: knows the other units that an entity may show a price for.
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
    """The prices that a person chose, in the currency of Home Assistant."""

    hass: HomeAssistant
    options: Mapping[str, Any]

    @property
    def electricity(self) -> float | None:
        """The price of a kWh now; None where nobody said it, or the entity does not know."""
        return self._current(ELECTRICITY)

    @property
    def fuel(self) -> float | None:
        """The price of a litre now; None where nobody said it, or the entity does not know."""
        return self._current(FUEL)

    def has_charging_price(self, vehicle_state: VehicleState | None) -> bool:
        """Say whether somebody said what charging the car costs; one that was not read yet may be any car."""
        return self._is_configured(ELECTRICITY) and (vehicle_state is None or vehicle_state.electric is not None)

    def has_driving_price(self, vehicle_state: VehicleState | None) -> bool:
        """Say whether somebody said what an energy that drives the car costs."""
        burns = vehicle_state is None or vehicle_state.fuel is not None
        return self.has_charging_price(vehicle_state) or (self._is_configured(FUEL) and burns)

    def _is_configured(self, tariff: Tariff) -> bool:
        return any(self.options.get(name) is not None for name in (tariff.fixed_option, tariff.entity_option))

    def _current(self, tariff: Tariff) -> float | None:
        entity_id = self.options.get(tariff.entity_option)
        if entity_id is None:
            fixed: float | None = self.options.get(tariff.fixed_option)
            return fixed
        state = self.hass.states.get(entity_id)
        price = parse_price(state) if state else None
        if state is None or price is None:
            return None
        per = str(state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)).rpartition("/")[2]
        # What is for a MWh is not for a kWh
        return price * tariff.converter.convert(1, tariff.unit, per) if per in tariff.converter.VALID_UNITS else price


def parse_price(state: State) -> float | None:
    """Return the number that an entity shows; None where it shows none."""
    try:
        number = float(state.state)
    except ValueError:
        return None
    return number if isfinite(number) else None
