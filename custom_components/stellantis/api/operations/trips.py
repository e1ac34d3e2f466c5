"""Operations on trips and their details."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Unpack
from warnings import deprecated

from ..exceptions import InvalidValue
from ..filters import (
    IndexRange,
    Locale,
    NumberRange,
    Paging,
    TelemetryExtension,
    TelemetryType,
    TimeRange,
    enum_param,
    locale_param,
    page_params,
    time_params,
)
from ..models.alert import Alert
from ..models.collision import Collision
from ..models.position import Position
from ..models.telemetry import Telemetry
from ..models.trip import Trip, TripState
from .history import COLLISIONS_KEY
from .resource import Resource, build_vehicle_path


class Trips(Resource):
    """Operations on the trips of a vehicle.

    Filters by time take up to ten ranges; a result must be within any of them.
    """

    async def trips(
        self,
        vehicle_id: str,
        *,
        timestamps: TimeRange | Sequence[TimeRange] = (),
        distance: NumberRange | None = None,
        duration: NumberRange | None = None,
        states: Iterable[TripState] = (),
        **paging: Unpack[Paging],
    ) -> AsyncIterator[Trip]:
        """Iterate over the trips of a vehicle (`GET /user/vehicles/{id}/trips`).

        Args:
            vehicle_id: The id of the vehicle, not its VIN.
            timestamps: Time ranges; all if empty.
            distance: Range in km, with at most one decimal.
            duration: Range in whole seconds.
            states: Only trips in these states; all if empty.
            **paging: Limits and pages of the collection.
        """
        params = {
            "timestamps": time_params(timestamps),
            "distance": None if distance is None else distance.to_param("distance", 1),
            "duration": None if duration is None else duration.to_param("duration", 0),
            "states": enum_param("states", TripState, states),
            **page_params(paging),
        }
        path = build_vehicle_path(vehicle_id, "trips")
        async for trip in self._iterate_data(Trip, path, "trips", params, paging.get("limit")):
            yield trip

    async def trip(self, vehicle_id: str, trip_id: str) -> Trip:
        """Return a trip (`GET /user/vehicles/{id}/trips/{tid}`)."""
        return await self._get(Trip, build_vehicle_path(vehicle_id, "trips", trip_id))

    async def trip_alerts(
        self,
        vehicle_id: str,
        trip_id: str,
        *,
        timestamps: TimeRange | Sequence[TimeRange] = (),
        locale: Locale | str | None = None,
        **paging: Unpack[Paging],
    ) -> AsyncIterator[Alert]:
        """Iterate over the alerts of a trip (`GET /user/vehicles/{id}/trips/{tid}/alerts`).

        Args:
            vehicle_id: The id of the vehicle, not its VIN.
            trip_id: The id of the trip.
            timestamps: Time ranges; all if empty.
            locale: Language of the texts.
            **paging: Limits and pages of the collection.
        """
        params = {
            "timestamps": time_params(timestamps),
            "locale": locale_param(locale),
            **page_params(paging),
        }
        path = build_vehicle_path(vehicle_id, "trips", trip_id, "alerts")
        async for alert in self._iterate_data(Alert, path, "alerts", params, paging.get("limit")):
            yield alert

    async def trip_alert(self, vehicle_id: str, trip_id: str, alert_id: str) -> Alert:
        """Return an alert of a trip (`GET /user/vehicles/{id}/trips/{tid}/alerts/{aid}`)."""
        return await self._get(Alert, build_vehicle_path(vehicle_id, "trips", trip_id, "alerts", alert_id))

    @deprecated("The platform deprecates its collisions.", category=None)
    async def trip_collisions(
        self,
        vehicle_id: str,
        trip_id: str,
        *,
        timestamps: TimeRange | Sequence[TimeRange] = (),
        **paging: Unpack[Paging],
    ) -> AsyncIterator[Collision]:
        """Iterate over the collisions of a trip (`GET /user/vehicles/{id}/trips/{tid}/collisions`). Deprecated.

        Args:
            vehicle_id: The id of the vehicle, not its VIN.
            trip_id: The id of the trip.
            timestamps: Time ranges; all if empty.
            **paging: Limits and pages of the collection.
        """
        params = {"timestamps": time_params(timestamps), **page_params(paging)}
        path = build_vehicle_path(vehicle_id, "trips", trip_id, "collisions")
        async for collision in self._iterate_data(Collision, path, COLLISIONS_KEY, params, paging.get("limit")):
            yield collision

    @deprecated("The platform deprecates its collisions.", category=None)
    async def trip_collision(self, vehicle_id: str, trip_id: str, collision_id: str) -> Collision:
        """Return a collision of a trip (`GET /user/vehicles/{id}/trips/{tid}/collisions/{cid}`). Deprecated."""
        return await self._get(Collision, build_vehicle_path(vehicle_id, "trips", trip_id, "collisions", collision_id))

    @deprecated("The platform deprecates its way points.", category=None)
    async def way_points(
        self,
        vehicle_id: str,
        trip_id: str,
        *,
        timestamps: TimeRange | Sequence[TimeRange] = (),
        tolerance: float | None = None,
        index_range: IndexRange | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[Position]:
        """Iterate over the positions of a trip's path (`GET /user/vehicles/{id}/trips/{tid}/wayPoints`). Deprecated.

        Args:
            vehicle_id: The id of the vehicle, not its VIN.
            trip_id: The id of the trip.
            timestamps: Time ranges; all if empty.
            tolerance: Distance in km by which a simplified path with fewer points may deviate.
            index_range: Range of points to return.
            limit: Maximum number of points.
        """
        if tolerance is not None and not 0 <= tolerance < float("inf"):
            raise InvalidValue("tolerance", "it is not a distance in km")
        paging = page_params({"limit": limit, "index_range": index_range})
        params = {
            "timestamps": time_params(timestamps),
            "tolerance": tolerance,
            "indexRange": paging["indexRange"],
        }
        path = build_vehicle_path(vehicle_id, "trips", trip_id, "wayPoints")
        async for position in self._iterate_data(Position, path, "positions", params, limit):
            yield position

    @deprecated("The platform deprecates its telemetry.", category=None)
    async def trip_telemetry(
        self,
        vehicle_id: str,
        trip_id: str,
        *,
        types: Iterable[TelemetryType] = (),
        extensions: Iterable[TelemetryExtension] = (),
        timestamps: TimeRange | Sequence[TimeRange] = (),
        **paging: Unpack[Paging],
    ) -> AsyncIterator[Telemetry]:
        """Iterate over the telemetry samples of a trip (`GET /user/vehicles/{id}/trips/{tid}/telemetry`). Deprecated.

        Args:
            vehicle_id: The id of the vehicle, not its VIN.
            trip_id: The id of the trip.
            types: Only these parts of a sample; all if empty.
            extensions: Additional data to include.
            timestamps: Time ranges; all if empty.
            **paging: Limits and pages of the collection.
        """
        params = {
            "type": enum_param("types", TelemetryType, types),
            "extension": enum_param("extensions", TelemetryExtension, extensions),
            "timestamps": time_params(timestamps),
            **page_params(paging),
        }
        path = build_vehicle_path(vehicle_id, "trips", trip_id, "telemetry")
        async for sample in self._iterate_data(Telemetry, path, "telemetries", params, paging.get("limit")):
            yield sample
