"""Names of the places where trips end, from a geocoder, if the driver allows it."""

from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant

from ...api import parse_base_url
from ...const import DOMAIN
from ...data import StellantisConfigEntry
from ..feature import Feature, FeatureEntities
from .finder import PlaceFinder
from .geocoder import DEFAULT_URL, Geocoder
from .options import CONF_NAME_PLACES, CONF_URL, FORM
from .sensor import SENSORS, async_setup_sensors
from .store import PlaceStore


async def _async_setup(hass: HomeAssistant, entry: StellantisConfigEntry) -> None:
    """Find the names of places if the driver allows it; otherwise, forget those that were found."""
    store = PlaceStore(hass, entry.entry_id)
    if not entry.options.get(CONF_NAME_PLACES):
        entry.async_create_background_task(hass, store.async_forget(), f"{DOMAIN} place names")
        return
    entry.async_on_unload(store.async_save)
    geocoder = Geocoder(hass, parse_base_url(entry.options.get(CONF_URL, DEFAULT_URL)))
    finder = PlaceFinder(entry, geocoder, store, await store.async_load())
    entry.runtime_data.account.place_names.source = finder
    finder.async_start()


PLACE_NAMES: Final = Feature(
    key="place_names",
    entities={Platform.SENSOR: FeatureEntities(descriptions=SENSORS, async_setup=async_setup_sensors)},
    option_forms=(FORM,),
    async_setup=_async_setup,
    list_files_fn=lambda hass, entry: (PlaceStore(hass, entry.entry_id),),
)
