"""Own archive: keeps the paths of trips if the driver wants it, exports trips, and erases paths."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.selector import BooleanSelector
from homeassistant.util import dt as dt_util
import probatio as vol

from ...auth.scopes import grants_scope
from ...data import Car, StellantisConfigEntry
from ...endpoints import TRIPS
from ..feature import Feature, OptionForm
from .actions import ACTIONS
from .data import PATH_STORE
from .recorder import PathRecorder
from .store import PathStore

# The time since when paths are kept; without this option, none are
CONF_PATHS_SINCE: Final = "trip_paths_since"
CONF_KEEP_PATHS: Final = "keep_trip_paths"


async def _async_setup(hass: HomeAssistant, entry: StellantisConfigEntry) -> None:
    """Record the paths of an account's cars if the driver wants it."""
    store = entry.runtime_data.feature_data[PATH_STORE] = PathStore(hass, entry.entry_id)
    entry.async_on_unload(store.async_save)
    since = dt_util.parse_datetime(entry.options.get(CONF_PATHS_SINCE, ""))
    if since is None:
        return

    async def async_record(car: Car) -> None:
        PathRecorder(car, store, await store.async_get_car(car.vin), since).async_start()

    @callback
    def record(car: Car) -> None:
        entry.async_create_background_task(hass, async_record(car), f"{entry.title} paths")

    for car in entry.runtime_data.async_subscribe_cars(record):
        await async_record(car)


def _parse_options(
    _hass: HomeAssistant, entry: ConfigEntry[Any], user_input: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return since when paths are kept: unchanged if they were before."""
    since = entry.options.get(CONF_PATHS_SINCE) or dt_util.utcnow().isoformat()
    return {CONF_PATHS_SINCE: since} if user_input[CONF_KEEP_PATHS] else {}, {}


def _suggest_values(options: Mapping[str, Any]) -> dict[str, Any]:
    return {CONF_KEEP_PATHS: CONF_PATHS_SINCE in options}


ARCHIVE: Final = Feature(
    key="archive",
    actions=ACTIONS,
    async_setup=_async_setup,
    list_files_fn=lambda hass, entry: (PathStore(hass, entry.entry_id),),
    option_forms=(
        OptionForm(
            step_id="archive",
            option_names=frozenset((CONF_PATHS_SINCE,)),
            schema_fn=lambda _hass, _entry: vol.Schema(
                {vol.Required(CONF_KEEP_PATHS, default=False): BooleanSelector()}
            ),
            parse_fn=_parse_options,
            suggested_values_fn=_suggest_values,
            is_offered_fn=lambda entry: grants_scope(entry.data["token"], TRIPS.scope),
        ),
    ),
)
