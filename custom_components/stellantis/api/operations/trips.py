"""Trips and what belongs to them."""

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

    Where a filter takes ranges of time, it takes one to ten, and results lie in one of them.
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
        """The trips of a vehicle (`GET /user/vehicles/{id}/trips`).

        Args:
            vehicle_id: its id, not its VIN.
            timestamps: ranges of time.
            distance: km, with one decimal.
            duration: whole seconds.
            states: how much of a trip is known; all where there is none.
            **paging: how much of the collection.
        """
        params = {
            "timestamps": time_params(timestamps),
            "distance": None if distance is None else distance.to_param("distance", 1),
            "duration": None if duration is None else duration.to_param("duration", 0),
            "states": enum_param("states", TripState, states),
            **page_params(paging),
        }
        path = build_vehicle_path(vehicle_id, "trips")
        async for trip in self._iterate(Trip, path, "trips", params, paging.get("limit")):
            yield trip

    async def trip(self, vehicle_id: str, trip_id: str) -> Trip:
        """One trip (`GET /user/vehicles/{id}/trips/{tid}`)."""
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
        """What the vehicle warned of on a trip (`GET /user/vehicles/{id}/trips/{tid}/alerts`).

        Args:
            vehicle_id: its id, not its VIN.
            trip_id: of the trip.
            timestamps: ranges of time.
            locale: of texts.
            **paging: how much of the collection.
        """
        params = {
            "timestamps": time_params(timestamps),
            "locale": locale_param(locale),
            **page_params(paging),
        }
        path = build_vehicle_path(vehicle_id, "trips", trip_id, "alerts")
        async for alert in self._iterate(Alert, path, "alerts", params, paging.get("limit")):
            yield alert

    async def trip_alert(self, vehicle_id: str, trip_id: str, alert_id: str) -> Alert:
        """One warning on a trip (`GET /user/vehicles/{id}/trips/{tid}/alerts/{aid}`)."""
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
        """The collisions on a trip (`GET /user/vehicles/{id}/trips/{tid}/collisions`). Deprecated.

        Args:
            vehicle_id: its id, not its VIN.
            trip_id: of the trip.
            timestamps: ranges of time.
            **paging: how much of the collection.
        """
        params = {"timestamps": time_params(timestamps), **page_params(paging)}
        path = build_vehicle_path(vehicle_id, "trips", trip_id, "collisions")
        async for collision in self._iterate(Collision, path, COLLISIONS_KEY, params, paging.get("limit")):
            yield collision

    @deprecated("The platform deprecates its collisions.", category=None)
    async def trip_collision(self, vehicle_id: str, trip_id: str, collision_id: str) -> Collision:
        """One collision on a trip (`GET /user/vehicles/{id}/trips/{tid}/collisions/{cid}`). Deprecated."""
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
        """The path of a trip (`GET /user/vehicles/{id}/trips/{tid}/wayPoints`). Deprecated.

        Args:
            vehicle_id: its id, not its VIN.
            trip_id: of the trip.
            timestamps: ranges of time.
            tolerance: km by which a simpler path may stray, to spare points.
            index_range: which of the points.
            limit: points at all; the rest is not asked for.
        """
        if tolerance is not None and not 0 <= tolerance < float("inf"):
            raise InvalidValue("tolerance", "it is a number of km")
        paging = page_params({"limit": limit, "index_range": index_range})
        params = {
            "timestamps": time_params(timestamps),
            "tolerance": tolerance,
            "indexRange": paging["indexRange"],
        }
        path = build_vehicle_path(vehicle_id, "trips", trip_id, "wayPoints")
        async for position in self._iterate(Position, path, "positions", params, limit):
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
        """What the vehicle measured on a trip (`GET /user/vehicles/{id}/trips/{tid}/telemetry`). Deprecated.

        Args:
            vehicle_id: its id, not its VIN.
            trip_id: of the trip.
            types: parts of it; all where there is none.
            extensions: what to bring along.
            timestamps: ranges of time.
            **paging: how much of the collection.
        """
        params = {
            "type": enum_param("types", TelemetryType, types),
            "extension": enum_param("extensions", TelemetryExtension, extensions),
            "timestamps": time_params(timestamps),
            **page_params(paging),
        }
        path = build_vehicle_path(vehicle_id, "trips", trip_id, "telemetry")
        async for sample in self._iterate(Telemetry, path, "telemetries", params, paging.get("limit")):
            yield sample
