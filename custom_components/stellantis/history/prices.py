"""Energy prices: fixed, or the current value of an entity."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, UnitOfEnergy, UnitOfVolume
from homeassistant.core import HomeAssistant, State
from homeassistant.util.unit_conversion import BaseUnitConverter, EnergyConverter, VolumeConverter

from ..const import CONF_ELECTRICITY_PRICE, CONF_ELECTRICITY_PRICE_ENTITY, CONF_FUEL_PRICE, CONF_FUEL_PRICE_ENTITY
from ..vehicle.state import VehicleState

# A hundredth of a currency, as units of entities call it
MINOR_UNITS: Final = frozenset(
    {"c", "ct", "cts", "cent", "cents", "¢", "c€", "€c", "ct€", "€ct", "eurocent", "snt", "p", "penny", "pence"}
    | {"øre", "öre", "ore", "rp", "rp.", "rappen", "gr", "grosz", "groszy", "haléř", "hal", "fillér", "bani", "st"}
)
# Symbols of currencies, besides their codes
CURRENCY_SYMBOLS: Final[Mapping[str, tuple[str, ...]]] = {
    "EUR": ("€", "euro", "euros"),
    "GBP": ("£", "pound", "pounds"),
    **dict.fromkeys(("USD", "CAD", "AUD", "NZD", "MXN", "CLP", "ARS"), ("$",)),
    **dict.fromkeys(("SEK", "NOK", "DKK", "ISK"), ("kr", "kr.")),
    "CHF": ("fr", "fr.", "sfr"),
    "PLN": ("zł", "zl"),
    "CZK": ("kč", "kc"),
    "HUF": ("ft",),
    "RON": ("lei",),
    "JPY": ("¥",),
    "TRY": ("₺", "tl"),
    "UAH": ("₴",),
    "ILS": ("₪",),
    "BRL": ("r$",),
}
AMOUNT_NAMES: Final = {"l": "L", "liter": "L", "litre": "L", "liters": "L", "litres": "L"}


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

    def factor(self, state: State, currency: str) -> float | None:
        """Return the factor that converts the price of an entity to the currency per `unit`.

        Args:
            state: The state of the entity, whose unit may be EUR/MWh, ct/kWh or p/L, for example.
            currency: The currency of Home Assistant.

        Returns:
            The factor; None if the unit is none of a price in that currency for an amount of this energy.
        """
        unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        if not unit:
            return 1.0
        money, _, amount = (part.strip() for part in str(unit).partition("/"))
        amounts = {name.casefold(): name for name in map(str, self.converter.VALID_UNITS)} | AMOUNT_NAMES
        known = amounts.get(amount.casefold(), self.unit if not amount else "")
        # Wh and MWh differ from their lower case by nothing else
        known = amount if amount in self.converter.VALID_UNITS else known
        if known not in self.converter.VALID_UNITS:
            return None
        if money.upper() == currency.upper() or money.casefold() in CURRENCY_SYMBOLS.get(currency.upper(), ()):
            share = 1.0
        elif money.casefold() in MINOR_UNITS:
            share = 0.01
        else:
            return None
        return share * float(self.converter.convert(1, self.unit, known))


ELECTRICITY: Final = Tariff(
    CONF_ELECTRICITY_PRICE, CONF_ELECTRICITY_PRICE_ENTITY, UnitOfEnergy.KILO_WATT_HOUR, EnergyConverter
)
FUEL: Final = Tariff(CONF_FUEL_PRICE, CONF_FUEL_PRICE_ENTITY, UnitOfVolume.LITERS, VolumeConverter)


@dataclass(frozen=True, slots=True)
class Prices:
    """The configured prices, in the currency of Home Assistant.

    Attributes:
        hass: Home Assistant.
        options: The options of the account.
        charging_options: The names of the options with a price for charging.
    """

    hass: HomeAssistant
    options: Mapping[str, Any]
    charging_options: set[str] = field(default_factory=lambda: {CONF_ELECTRICITY_PRICE, CONF_ELECTRICITY_PRICE_ENTITY})

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
        has_battery = vehicle_state is None or vehicle_state.electric is not None
        return has_battery and any(self.options.get(option) is not None for option in self.charging_options)

    def has_driving_price(self, vehicle_state: VehicleState | None) -> bool:
        """Return whether the price of an energy that the car consumes is configured."""
        has_battery = vehicle_state is None or vehicle_state.electric is not None
        has_tank = vehicle_state is None or vehicle_state.fuel is not None
        return (has_battery and self._is_configured(ELECTRICITY)) or (has_tank and self._is_configured(FUEL))

    def _is_configured(self, tariff: Tariff) -> bool:
        return any(self.options.get(option) is not None for option in (tariff.fixed_option, tariff.entity_option))

    def _current(self, tariff: Tariff) -> float | None:
        entity_id = self.options.get(tariff.entity_option)
        if entity_id is None:
            fixed: float | None = self.options.get(tariff.fixed_option)
            return fixed
        state = self.hass.states.get(entity_id)
        return convert_price(state, tariff, self.hass.config.currency) if state else None


def convert_price(state: State, tariff: Tariff, currency: str) -> float | None:
    """Return the price from the state of an entity, in a currency per unit of the tariff; None if it has none."""
    price, factor = parse_number(state), tariff.factor(state, currency)
    return None if price is None or factor is None else price * factor


def parse_number(state: State) -> float | None:
    """Return the state of an entity as a number; None if it is not one."""
    try:
        number = float(state.state)
    except ValueError:
        return None
    return number if isfinite(number) else None
