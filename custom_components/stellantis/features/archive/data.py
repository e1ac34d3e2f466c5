"""What the archive has of an account at run time."""

from typing import Final

from homeassistant.util.hass_dict import HassKey

from ...data import Car, StellantisRuntimeData
from .store import PathStore

PATH_STORE: Final[HassKey[PathStore]] = HassKey("archive")


def get_path_store(car: Car) -> PathStore:
    """Return the store of the paths of a car's account."""
    data: StellantisRuntimeData = car.account.entry.runtime_data
    return data.feature_data[PATH_STORE]
