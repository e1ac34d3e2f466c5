"""Ready by departure: charges a car as cheaply as possible until a departure, and preconditions it."""

from functools import partial
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.selector import BooleanSelector, EntitySelector, EntitySelectorConfig
import probatio as vol

from ...data import Car, StellantisConfigEntry
from ..feature import Feature, FeatureEntities, OptionForm
from .actions import ACTIONS
from .calendar import EVENTS
from .forecasts import CONF_PRICE_ENTITY, CONF_USE_SOLAR
from .manager import KEY, MANAGERS, DepartureManager
from .sensor import PLANNED_CHARGE, async_setup_sensor

PRICE_DOMAINS: Final = ["calendar", "event", "input_number", "number", "sensor"]


async def _async_setup(hass: HomeAssistant, entry: StellantisConfigEntry) -> None:
    """Plan for the departures of an account's cars."""
    managers = entry.runtime_data.feature_data[MANAGERS] = dict[str, DepartureManager]()
    entry.runtime_data.async_for_each_car(partial(_start, hass, entry, managers))


@callback
def _start(hass: HomeAssistant, entry: StellantisConfigEntry, managers: dict[str, DepartureManager], car: Car) -> None:
    managers[car.vin] = manager = DepartureManager(hass, entry, car)
    manager.async_start()


def _build_schema(_hass: HomeAssistant, _entry: ConfigEntry[Any]) -> vol.Schema:
    return vol.Schema(
        {
            vol.Optional(CONF_PRICE_ENTITY): EntitySelector(EntitySelectorConfig(domain=PRICE_DOMAINS)),
            vol.Required(CONF_USE_SOLAR, default=False): BooleanSelector(),
        }
    )


DEPARTURE: Final = Feature(
    key=KEY,
    actions=ACTIONS,
    entities={Platform.SENSOR: FeatureEntities(descriptions=(PLANNED_CHARGE,), async_setup=async_setup_sensor)},
    option_forms=(
        OptionForm(
            step_id="departure",
            option_names=frozenset((CONF_PRICE_ENTITY, CONF_USE_SOLAR)),
            schema_fn=_build_schema,
        ),
    ),
    calendar_events=EVENTS,
    async_setup=_async_setup,
)
