"""What energy costs: fixed, or as an entity says at the moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from homeassistant.core import HomeAssistant

from .const import CONF_ELECTRICITY_PRICE, CONF_ELECTRICITY_PRICE_ENTITY, CONF_FUEL_PRICE, CONF_FUEL_PRICE_ENTITY

ELECTRICITY: Final = (CONF_ELECTRICITY_PRICE, CONF_ELECTRICITY_PRICE_ENTITY)
FUEL: Final = (CONF_FUEL_PRICE, CONF_FUEL_PRICE_ENTITY)


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices that a person chose, in the currency of Home Assistant."""

    hass: HomeAssistant
    options: Mapping[str, Any]

    @property
    def electricity(self) -> float | None:
        """The price of a kWh now; None where nobody said it, or the entity does not know."""
        return self._now(*ELECTRICITY)

    @property
    def fuel(self) -> float | None:
        """The price of a litre now; None where nobody said it, or the entity does not know."""
        return self._now(*FUEL)

    @property
    def has_electricity(self) -> bool:
        """Whether somebody said what electricity costs."""
        return any(self.options.get(name) is not None for name in ELECTRICITY)

    @property
    def has_any(self) -> bool:
        """Whether somebody said what some energy costs."""
        return self.has_electricity or any(self.options.get(name) is not None for name in FUEL)

    def _now(self, fixed: str, entity: str) -> float | None:
        entity_id = self.options.get(entity)
        if entity_id is None:
            price: float | None = self.options.get(fixed)
            return price
        state = self.hass.states.get(entity_id)
        try:
            price = float(state.state) if state else None
        except ValueError:
            return None
        return price if price is not None and isfinite(price) else None
