"""A Better Routeplanner: sends live data of cars to the driver's own account, and shows its plan's next charge."""

from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback

from ...data import Car, StellantisConfigEntry
from ..feature import Feature, FeatureEntities
from .client import AbrpClient
from .data import REPORTERS
from .options import CONF_API_KEY, CONF_TOKENS, FORM
from .reporter import LiveDataReporter
from .sensor import SENSORS, async_setup_sensors


async def _async_setup(hass: HomeAssistant, entry: StellantisConfigEntry) -> None:
    """Report the cars of which there is a token."""
    reporters = entry.runtime_data.feature_data[REPORTERS] = dict[str, LiveDataReporter]()
    api_key, tokens = entry.options.get(CONF_API_KEY), entry.options.get(CONF_TOKENS, {})

    @callback
    def report(car: Car) -> None:
        if api_key and (token := tokens.get(car.vin)):
            reporters[car.vin] = LiveDataReporter(car, AbrpClient(hass, api_key, token))
            reporters[car.vin].async_start()

    entry.runtime_data.async_for_each_car(report)


ABRP: Final = Feature(
    key="abrp",
    entities={Platform.SENSOR: FeatureEntities(descriptions=SENSORS, async_setup=async_setup_sensors)},
    option_forms=(FORM,),
    async_setup=_async_setup,
)
