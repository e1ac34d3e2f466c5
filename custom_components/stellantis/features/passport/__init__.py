"""Battery passport: the usable capacity as the car's own charging sessions measure it, over years and kilometers."""

from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback

from ...data import Car, StellantisConfigEntry
from ..feature import Feature, FeatureEntities
from .actions import EXPORT_BATTERY_REPORT
from .sensor import SENSORS, async_setup_sensors
from .tracker import KEY, PASSPORTS, PassportTracker


async def _async_setup(_hass: HomeAssistant, entry: StellantisConfigEntry) -> None:
    """Measure the batteries of the cars of an account."""
    trackers = entry.runtime_data.feature_data[PASSPORTS] = {}

    @callback
    def measure(car: Car) -> None:
        trackers[car.vin] = PassportTracker(car)
        trackers[car.vin].async_start()

    entry.runtime_data.async_for_each_car(measure)


PASSPORT: Final = Feature(
    key=KEY,
    actions=(EXPORT_BATTERY_REPORT,),
    entities={Platform.SENSOR: FeatureEntities(descriptions=SENSORS, async_setup=async_setup_sensors)},
    async_setup=_async_setup,
)
