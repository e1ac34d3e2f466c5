"""Finds the names of the places where the trips and charging sessions of an account's cars end."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
import logging
from typing import Final

from homeassistant.components.zone import ENTITY_ID_HOME, async_active_zone, in_zone
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ...const import DOMAIN
from ...data import Car, StellantisConfigEntry
from ...endpoints import CHARGES, TRIPS
from ...history.place_names import Area
from ...vehicle.trip import Coordinates
from .geocoder import Geocoder, GeocoderError
from .store import Cell, KnownPlaces, PlaceStore

_LOGGER = logging.getLogger(__name__)

# Older trips are not asked for
MAX_TRIP_AGE: Final = timedelta(days=7)
# The geocoder is not to know where the home is; in m around its zone, and around the other zones, whose names count
HOME_MARGIN: Final = 250.0
ZONE_MARGIN: Final = 50.0
FIRST_PAUSE: Final = timedelta(minutes=15)
MAX_PAUSE: Final = timedelta(days=1)


def get_pause(error: GeocoderError, failures: int) -> timedelta:
    """Return how long a geocoder that did not answer is left alone.

    Args:
        error: Why it did not answer.
        failures: How often it did not answer before.
    """
    if error.status == HTTPStatus.FORBIDDEN:
        return MAX_PAUSE  # it does not want more requests from here
    if error.retry_after is not None:
        return min(max(timedelta(seconds=error.retry_after), FIRST_PAUSE), MAX_PAUSE)
    pause: timedelta = FIRST_PAUSE * 4 ** min(failures, 5)
    return min(pause, MAX_PAUSE)


class PlaceFinder:
    """Asks a geocoder for the name of each place once, when the car is parked there."""

    def __init__(
        self, entry: StellantisConfigEntry, geocoder: Geocoder, store: PlaceStore, places: KnownPlaces
    ) -> None:
        self._hass: HomeAssistant = entry.runtime_data.account.hass
        self._entry, self._geocoder, self._store, self._places = entry, geocoder, store, places
        self._is_asking = False
        self._failures = 0
        self._cancel_pause: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> None:
        """Follow the cars until the entry is unloaded."""
        self._entry.runtime_data.async_for_each_car(self._async_follow)
        self._entry.async_on_unload(self._async_end_pause)
        self._async_ask_if_needed()

    @callback
    def _async_follow(self, car: Car) -> None:
        for coordinator in (car.coordinator_for(TRIPS), car.coordinator_for(CHARGES)):
            if coordinator:
                car.async_on_unload(coordinator.async_add_listener(self._async_ask_if_needed))

    def get_name(self, place: Coordinates) -> str | None:
        """Return the name of a place; None if it is unknown."""
        known = self._places.find(place, dt_util.utcnow())
        return known.name if known else None

    def erase(self, areas: Sequence[Area], before: datetime | None) -> None:
        """Forget the places that are in all of some areas, and were asked for before a time."""
        self._places.erase(areas, before, dt_util.utcnow())
        self._store.async_schedule_save()

    @callback
    def _async_ask_if_needed(self) -> None:
        """Ask for the names of new places in the background."""
        if not self._is_asking and self._cancel_pause is None and self._find_pending():
            self._is_asking = True
            self._entry.async_create_background_task(self._hass, self._async_ask(), f"{DOMAIN} place names")

    async def _async_ask(self) -> None:
        """Ask for the names of new places, as many as may be asked for today."""
        try:
            while (cell := self._find_pending()) and self._places.take_request(dt_util.utcnow()):
                self._store.async_schedule_save()
                since = self._places.since
                name = await self._geocoder.async_get_name(cell.center)
                self._failures = 0
                if self._places.since != since:
                    continue  # places were erased in the meantime
                self._places.add(cell, name, dt_util.utcnow())
                self._entry.runtime_data.account.place_names.async_notify()
        except GeocoderError as err:
            self._async_pause(err)
        finally:
            self._is_asking = False

    @callback
    def _async_pause(self, error: GeocoderError) -> None:
        """Leave the geocoder alone for a while, and then ask again."""
        if not self._failures:
            _LOGGER.info("The names of places cannot be looked up at present: %s", error)
        pause = get_pause(error, self._failures)
        self._failures += 1

        @callback
        def ask_again(_now: datetime) -> None:
            self._cancel_pause = None
            self._async_ask_if_needed()

        self._cancel_pause = async_call_later(self._hass, pause, ask_again)

    @callback
    def _async_end_pause(self) -> None:
        if self._cancel_pause:
            self._cancel_pause()

    def _find_pending(self) -> Cell | None:
        """Return a cell whose name is to be asked for, of the latest trip first; None if there is none."""
        now = dt_util.utcnow()
        for car in self._entry.runtime_data.cars.values():
            for place in _list_places(car, max(self._places.since, now - MAX_TRIP_AGE)):
                cell = Cell.at(place)
                if not self._places.find(place, now) and not any(map(self._is_private, (place, cell.center))):
                    return cell
        return None

    def _is_private(self, place: Coordinates) -> bool:
        """Return whether a place is in a zone, or near the home."""
        longitude, latitude = place
        home = self._hass.states.get(ENTITY_ID_HOME)
        is_near_home = home is not None and in_zone(home, latitude, longitude, HOME_MARGIN)
        return is_near_home or async_active_zone(self._hass, latitude, longitude, ZONE_MARGIN) is not None


def _list_places(car: Car, since: datetime) -> Iterator[Coordinates]:
    """Yield where trips and charging sessions that ended after a time began and ended, the latest first.

    Nothing is listed while the car is driven, or while the driver hides the position.
    """
    if not car.status.has_data or car.status.data.is_driving or car.status.data.is_position_hidden:
        return
    if (active := car.store.active_session) and active.position and active.last_seen > since:
        yield active.position
    for trip in reversed(car.store.trips):
        if trip.end <= since:
            break
        yield from filter(None, (trip.destination, trip.origin))
    for session in reversed(car.store.charging_sessions):
        if session.end <= since:
            break
        if session.position:
            yield session.position
