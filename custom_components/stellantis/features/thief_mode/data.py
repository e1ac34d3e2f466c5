"""What the theft tracking has of an account at run time."""

from typing import Final

from homeassistant.util.hass_dict import HassKey

from ...data import Car, StellantisRuntimeData
from .tracker import TheftTracker

# By VIN
TRACKERS: Final[HassKey[dict[str, TheftTracker]]] = HassKey("thief_mode")


def get_tracker(car: Car) -> TheftTracker:
    """Return the tracker of a car."""
    data: StellantisRuntimeData = car.account.entry.runtime_data
    return data.feature_data[TRACKERS][car.vin]
