"""What the feature has of an account at run time."""

from typing import Final

from homeassistant.util.hass_dict import HassKey

from ...data import Car, StellantisRuntimeData
from .reporter import LiveDataReporter

# By VIN
REPORTERS: Final[HassKey[dict[str, LiveDataReporter]]] = HassKey("abrp")


def get_reporter(car: Car) -> LiveDataReporter | None:
    """Return the reporter of a car; None if the driver entered no token of it."""
    data: StellantisRuntimeData = car.account.entry.runtime_data
    return data.feature_data[REPORTERS].get(car.vin)
