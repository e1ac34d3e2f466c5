"""The field for a price in forms of options."""

from typing import Any, override

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import ChooseSelector, ChooseSelectorConfig

from .history.prices import Tariff, parse_number


class PriceSelector(ChooseSelector):
    """Selector of a fixed price or an entity; None if the chosen one is empty."""

    def __init__(self) -> None:
        super().__init__(
            ChooseSelectorConfig(
                choices={
                    "fixed": {"selector": {"number": {"min": 0, "step": "any", "mode": "box"}}},
                    "entity": {"selector": {"entity": {"domain": ["input_number", "number", "sensor"]}}},
                },
                translation_key="price",
            )
        )

    @override
    def __call__(self, data: Any) -> Any:
        choice = data.get("active_choice") if isinstance(data, dict) else None
        is_empty = choice in self.config["choices"] and data.get(choice) is None
        return None if is_empty else super().__call__(data)


def find_price_error(hass: HomeAssistant, tariff: Tariff, entity_id: str) -> str | None:
    """Return the error of an entity that does not provide a price of an energy; None if it does."""
    state = hass.states.get(entity_id)
    if state is None:
        return "unknown_entity"
    if parse_number(state) is None and state.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN):
        return "no_number"
    return "price_unit" if tariff.factor(state, hass.config.currency) is None else None
