"""Actions of the archive: export trips into the media folder, and erase paths."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from homeassistant.components.zone import ATTR_RADIUS, DOMAIN as ZONE_DOMAIN
from homeassistant.const import ATTR_LATITUDE, ATTR_LONGITUDE
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import probatio as vol

from ...action_description import (
    PERIOD_SCHEMA,
    TIME,
    ActionData,
    ActionDescription,
    add_counts,
    filter_by_end,
    parse_period,
)
from ...const import DOMAIN
from ...data import Car
from ...history.place_names import Area
from ...media_files import async_write_media_file, build_file_stem
from .data import get_path_store
from .formats import FORMATS, ExportedTrip
from .path import TripPath
from .store import CarPaths

DEFAULT_RADIUS: Final = 100.0  # m
LOCATION_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_LATITUDE): cv.latitude,
        vol.Required(ATTR_LONGITUDE): cv.longitude,
        vol.Optional(ATTR_RADIUS, default=DEFAULT_RADIUS): vol.All(vol.Coerce(float), vol.Range(min=0)),
    }
)


async def _async_get_paths(car: Car) -> CarPaths:
    return await get_path_store(car).async_get_car(car.vin)


async def _async_export_trips(car: Car, data: ActionData, _context: Context) -> dict[str, Any]:
    """Write the trips of a period into a file in the media folder.

    Raises:
        HomeAssistantError: The file cannot be written.
    """
    hass, now, (start, end) = car.account.hass, dt_util.utcnow(), parse_period(data)
    paths = (await _async_get_paths(car)).paths
    trips = [
        ExportedTrip(record, paths.get(record.id))
        for record in filter_by_end(car.store.trips, start, end)
        if record.is_drive
    ]
    first = start or (trips[0].record.end if trips else now)
    days = "_".join(f"{dt_util.as_local(time):%Y-%m-%d}" for time in (first, end or now))
    name = f"{build_file_stem(car, 'trips', days)}.{data['format']}"
    path = await async_write_media_file(hass, name, partial(FORMATS[data["format"]], trips, now))
    with_path = sum(trip.path is not None for trip in trips)
    return {"path": path, "trips": len(trips), "trips_with_path": with_path}


async def _async_erase_trip_paths(car: Car, data: ActionData, _context: Context) -> dict[str, Any]:
    """Erase the paths to which everything applies that is given, and with a place or an age the names of places.

    Raises:
        ServiceValidationError: Nothing is given, or the zone does not exist.
    """
    if not data.keys() & {"trip_id", "before", "zone", "location"}:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_paths_selected")
    areas = list(_list_areas(car.account.hass, data))
    if "trip_id" not in data:
        car.account.place_names.async_erase(areas, data.get("before"))

    def is_selected(path: TripPath) -> bool:
        return (
            data.get("trip_id", path.trip_id) == path.trip_id
            and ("before" not in data or path.end < data["before"])
            and all(path.crosses(area) for area in areas)
        )

    erased = (await _async_get_paths(car)).erase(is_selected)
    get_path_store(car).async_schedule_save()
    return {"erased": erased}


def _list_areas(hass: HomeAssistant, data: ActionData) -> Iterator[Area]:
    """Yield the areas through which a path must lead.

    Raises:
        ServiceValidationError: The zone does not exist.
    """
    places = [data["location"]] if "location" in data else []
    if "zone" in data:
        state = hass.states.get(data["zone"])
        if state is None:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="no_zone", translation_placeholders={"zone": data["zone"]}
            )
        places.append(state.attributes)
    for place in places:
        yield Area(latitude=place[ATTR_LATITUDE], longitude=place[ATTR_LONGITUDE], radius=place[ATTR_RADIUS])


ACTIONS: Final = (
    ActionDescription(
        name="export_trips",
        handler=_async_export_trips,
        schema={**PERIOD_SCHEMA, vol.Optional("format", default="gpx"): vol.In(tuple(FORMATS))},
        scope="data:trip",
        is_control=True,
    ),
    ActionDescription(
        name="erase_trip_paths",
        handler=_async_erase_trip_paths,
        schema={
            vol.Optional("trip_id"): cv.string,
            vol.Optional("zone"): cv.entity_domain(ZONE_DOMAIN),
            vol.Optional("location"): LOCATION_SCHEMA,
            vol.Optional("before"): TIME,
        },
        is_control=True,
        combine_fn=add_counts,
    ),
)
