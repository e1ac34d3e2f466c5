"""The true cost of charging: the price over the session, by place, and with the meter of the wallbox."""

from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback

from ...data import Car, StellantisConfigEntry
from ..feature import Feature, FeatureEntities
from .actions import SET_SESSION_COST
from .data import COSTS
from .forms import CONF_WALLBOXES, PLACES_FORM, WALLBOX_FORM
from .place_prices import PRICE_OPTIONS, PricePlan
from .record import KEY
from .sensor import SENSORS, async_setup_sensors
from .tracker import CostTracker


async def _async_setup(_hass: HomeAssistant, entry: StellantisConfigEntry) -> None:
    """Follow the charging sessions of the cars of an account."""
    data, plan = entry.runtime_data, PricePlan.from_options(entry.options)
    data.account.prices.charging_options.update(PRICE_OPTIONS)
    trackers = data.feature_data[COSTS] = {}

    @callback
    def follow(car: Car) -> None:
        trackers[car.vin] = CostTracker(entry, car, plan, entry.options.get(CONF_WALLBOXES, {}).get(car.vin))
        trackers[car.vin].async_start()

    data.async_for_each_car(follow)


COSTS_FEATURE: Final = Feature(
    key=KEY,
    actions=(SET_SESSION_COST,),
    entities={Platform.SENSOR: FeatureEntities(descriptions=SENSORS, async_setup=async_setup_sensors)},
    option_forms=(PLACES_FORM, WALLBOX_FORM),
    async_setup=_async_setup,
)
