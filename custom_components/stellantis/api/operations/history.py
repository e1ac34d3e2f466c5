"""Operations on the history of a vehicle: alerts, alarms, collisions and telemetry."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Unpack
from warnings import deprecated

from ..filters import (
    AlarmType,
    Paging,
    TelemetryExtension,
    TelemetryType,
    TimeRange,
    enum_param,
    page_params,
    time_params,
)
from ..models.alarm import AlarmDetails
from ..models.alert import Alert
from ..models.collision import Collision
from ..models.telemetry import Telemetry
from .resource import Resource, build_vehicle_path

MAX_TELEMETRY_PAGE_SIZE = 2000
COLLISIONS_KEY = "Collisions"


class History(Resource):
    """Operations on the history of a vehicle.

    Filters by time take up to ten ranges; a result must be within any of them.
    """

    async def alerts(
        self, vehicle_id: str, *, timestamps: TimeRange | Sequence[TimeRange] = (), **paging: Unpack[Paging]
    ) -> AsyncIterator[Alert]:
        """Iterate over the alerts of a vehicle (`GET /user/vehicles/{id}/alerts`).

        Args:
            vehicle_id: The id of the vehicle, not its VIN.
            timestamps: Time ranges; all if empty.
            **paging: Limits and pages of the collection.
        """
        params = {"timestamps": time_params(timestamps), **page_params(paging)}
        path = build_vehicle_path(vehicle_id, "alerts")
        async for alert in self._iterate_data(Alert, path, "alerts", params, paging.get("limit")):
            yield alert

    async def alert(self, vehicle_id: str, alert_id: str) -> Alert:
        """Return an alert (`GET /user/vehicles/{id}/alerts/{aid}`)."""
        return await self._get(Alert, build_vehicle_path(vehicle_id, "alerts", alert_id))

    async def alarms(
        self,
        vehicle_id: str,
        *,
        types: Iterable[AlarmType] = (),
        timestamps: TimeRange | Sequence[TimeRange] = (),
        **paging: Unpack[Paging],
    ) -> AsyncIterator[AlarmDetails]:
        """Iterate over the alarm events of a vehicle (`GET /user/vehicles/{id}/alarms`).

        Args:
            vehicle_id: The id of the vehicle, not its VIN.
            types: Only these types of events; all if empty.
            timestamps: Time ranges; all if empty.
            **paging: Limits and pages of the collection.
        """
        params = {
            "type": enum_param("types", AlarmType, types),
            "timestamps": time_params(timestamps),
            **page_params(paging),
        }
        path = build_vehicle_path(vehicle_id, "alarms")
        async for alarm in self._iterate(AlarmDetails, path, "alarms", params, paging.get("limit")):
            yield alarm

    async def alarm(self, vehicle_id: str, alarm_id: str) -> AlarmDetails:
        """Return an alarm event (`GET /user/vehicles/{id}/alarms/{aid}`)."""
        return await self._get(AlarmDetails, build_vehicle_path(vehicle_id, "alarms", alarm_id))

    @deprecated("The platform deprecates its collisions.", category=None)
    async def collisions(
        self, vehicle_id: str, *, timestamps: TimeRange | Sequence[TimeRange] = (), **paging: Unpack[Paging]
    ) -> AsyncIterator[Collision]:
        """Iterate over the collisions of a vehicle (`GET /user/vehicles/{id}/collisions`). Deprecated.

        Args:
            vehicle_id: The id of the vehicle, not its VIN.
            timestamps: Time ranges; all if empty.
            **paging: Limits and pages of the collection.
        """
        params = {"timestamps": time_params(timestamps), **page_params(paging)}
        path = build_vehicle_path(vehicle_id, "collisions")
        async for collision in self._iterate_data(Collision, path, COLLISIONS_KEY, params, paging.get("limit")):
            yield collision

    @deprecated("The platform deprecates its collisions.", category=None)
    async def collision(self, vehicle_id: str, collision_id: str) -> Collision:
        """Return a collision (`GET /user/vehicles/{id}/collisions/{cid}`). Deprecated."""
        return await self._get(Collision, build_vehicle_path(vehicle_id, "collisions", collision_id))

    @deprecated("The platform deprecates its telemetry.", category=None)
    async def telemetry(
        self,
        vehicle_id: str,
        *,
        types: Iterable[TelemetryType] = (),
        extensions: Iterable[TelemetryExtension] = (),
        timestamps: TimeRange | Sequence[TimeRange] = (),
        **paging: Unpack[Paging],
    ) -> AsyncIterator[Telemetry]:
        """Iterate over the telemetry samples of a vehicle (`GET /user/vehicles/{id}/telemetry`). Deprecated.

        Args:
            vehicle_id: The id of the vehicle, not its VIN.
            types: Only these parts of a sample; all if empty.
            extensions: Additional data to include.
            timestamps: Time ranges; all if empty.
            **paging: Limits and pages of the collection; a page contains up to 2000 items.
        """
        params = {
            "type": enum_param("types", TelemetryType, types),
            "extension": enum_param("extensions", TelemetryExtension, extensions),
            "timestamps": time_params(timestamps),
            **page_params(paging, MAX_TELEMETRY_PAGE_SIZE),
        }
        path = build_vehicle_path(vehicle_id, "telemetry")
        async for sample in self._iterate_data(Telemetry, path, "telemetries", params, paging.get("limit")):
            yield sample
