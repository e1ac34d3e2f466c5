"""Keeps the path of each trip that ends."""

from datetime import datetime
from typing import Final

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ...api import Forbidden, NoData, NotFound, StellantisError
from ...const import DOMAIN
from ...data import Car
from ...endpoints import TRIPS
from ...vehicle.state import VehicleState
from ...vehicle.trip import TripRecord
from .path import PathPoint, get_point
from .store import CarPaths, PathStore

# Paths that are fetched at once, so that those of many trips leave requests for the rest
MAX_FETCHES: Final = 10


def get_path_parts(state: VehicleState) -> tuple[object, ...]:
    """Return the parts of a state that determine which positions are recorded."""
    return state.position, state.is_position_hidden


class PathRecorder:
    """Fetches the path of each trip of a car once, and records the positions in case that the API has none."""

    def __init__(self, car: Car, store: PathStore, paths: CarPaths, since: datetime) -> None:
        self._car, self._store, self._paths, self._since = car, store, paths, since
        self._is_fetching = False

    @callback
    def async_start(self) -> None:
        """Record until the car is unloaded; nothing without the permission for trips."""
        on_unload = self._car.async_on_unload
        if trips := self._car.coordinator_for(TRIPS):
            on_unload(self._car.status.async_add_listener(self._async_handle_status, get_path_parts))
            on_unload(trips.async_add_listener(self._async_handle_trips))
            self._async_handle_trips()

    @property
    def _is_hidden(self) -> bool:
        """Whether the driver hides the position; nothing is kept then."""
        return self._car.status.has_data and self._car.status.data.is_position_hidden

    @callback
    def _async_handle_status(self) -> None:
        """Record the position of the car."""
        if not self._car.status.has_data:
            return
        state, before = self._car.status.data, self._paths.positions
        if state.is_position_hidden:
            self._paths.positions = ()
        elif point := get_point(state.position):
            self._paths.add_position(point)
        if self._paths.positions is not before:
            self._store.async_schedule_save()

    @callback
    def _async_handle_trips(self) -> None:
        """Fetch the paths of new trips in the background."""
        if not self._is_fetching and self._find_pending():
            self._is_fetching = True
            self._car.account.entry.async_create_background_task(
                self._car.account.hass, self._async_fetch(), f"{DOMAIN} paths"
            )

    def _find_pending(self) -> list[TripRecord]:
        return self._paths.find_pending(self._car.store.trips, self._since, dt_util.utcnow())

    async def _async_fetch(self) -> None:
        """Fetch the paths of new trips; those that cannot be fetched now are fetched after the next trip."""
        try:
            for trip in self._find_pending()[:MAX_FETCHES]:
                points = [] if self._is_hidden else await self._async_fetch_points(trip.id)
                if points is None:
                    break
                self._paths.handle_trip(trip, [] if self._is_hidden else points, dt_util.utcnow())
                self._store.async_schedule_save()
        finally:
            self._is_fetching = False

    async def _async_fetch_points(self, trip_id: str) -> list[PathPoint] | None:
        """Return the points that the API has of a trip (`GET /user/vehicles/{id}/trips/{tid}/wayPoints`).

        Returns:
            The points; empty if the API has none, or does not permit them; None if they cannot be fetched now.
        """
        client = self._car.account.client
        try:
            positions = [position async for position in client.way_points(self._car.status.vehicle_id, trip_id)]
        except Forbidden, NotFound, NoData:
            return []
        except StellantisError:
            return None
        return [point for position in positions if (point := get_point(position))]
