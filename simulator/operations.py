"""The operations of the API, one row each."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from .endpoints.callbacks import CallbackEndpoints
from .endpoints.history import (
    get_alarm,
    get_alert,
    get_collision,
    get_last_position,
    get_maintenance,
    list_alarms,
    list_alerts,
    list_collisions,
)
from .endpoints.monitors import MonitorEndpoints
from .endpoints.remotes import RemoteEndpoints
from .endpoints.telemetry import list_telemetry, list_trip_telemetry
from .endpoints.trips import (
    get_trip,
    get_trip_alert,
    get_trip_collision,
    list_trip_alerts,
    list_trip_collisions,
    list_trips,
    list_way_points,
)
from .endpoints.vehicles import StatusEndpoint, get_user, get_vehicle, list_vehicles
from .http.errors import HAL_JSON
from .http.request import ApiCall
from .push.service import PushService
from .remote.service import RemoteService
from .resources.links import Json

CAR = "/user/vehicles/{id}"
TRIP = CAR + "/trips/{tid}"
CALLBACK = "/user/callbacks/{cbid}"
MONITORS = CAR + "/callbacks/{cbid}/monitors"
REMOTES = CAR + "/callbacks/{cbid}/remotes"
GEO_JSON = "application/vnd.geo+json"

# The query parameters of paged collections, of those that can be filtered by time, of vehicles, and of telemetry.
_PAGED = frozenset({"indexRange", "pageSize", "pageToken"})
_TIMED = _PAGED | {"timestamps"}
_VEHICLE = frozenset({"locale", "extension", "country"})
_TELEMETRY = frozenset({"timestamps", "type", "indexRange", "pageSize", "extension"})

_ALERT_SCOPE, _COLLISION_SCOPE, _POSITION_SCOPE, _TELEMETRY_SCOPE, _TRIP_SCOPE = (
    frozenset({f"data:{name}"}) for name in ("alert", "collision", "position", "telemetry", "trip")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation of the API.

    Attributes:
        path: Its path, relative to the base path of the API.
        handler: Performs it and returns the body of the response.
        method: Its HTTP method.
        query: The query parameters that it takes.
        ignored_query: Those that the description lacks, but that the platform was seen to accept.
        required: The scopes that it needs.
        status: The status of a successful response.
        content_type: The content type of a successful response.
    """

    path: str
    handler: Callable[[ApiCall], Awaitable[Json | bytes | None]]
    method: str = "GET"
    query: frozenset[str] = frozenset()
    ignored_query: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    status: int = 200
    content_type: str = HAL_JSON


def build_operations(
    push: PushService, remote: RemoteService, raw_statuses: Mapping[str, bytes]
) -> tuple[Operation, ...]:
    """Return all operations, bound to what they need.

    Args:
        push: The callbacks and monitors.
        remote: The remotes.
        raw_statuses: Bodies by VIN that replace the status of a car.
    """
    status = StatusEndpoint(raw_statuses)
    callbacks, monitors, remotes = CallbackEndpoints(push), MonitorEndpoints(push), RemoteEndpoints(push, remote)
    return (
        Operation(path="/user", handler=get_user, query=frozenset({"country"})),
        Operation(path="/user/vehicles", handler=list_vehicles, query=_VEHICLE | _PAGED | {"vinPrefix"}),
        Operation(path=CAR, handler=get_vehicle, query=_VEHICLE),
        Operation(path=CAR + "/status", handler=status.get, ignored_query=frozenset({"locale", "extension"})),
        Operation(
            path=CAR + "/lastPosition", handler=get_last_position, required=_POSITION_SCOPE, content_type=GEO_JSON
        ),
        Operation(path=CAR + "/maintenance", handler=get_maintenance, required=_TELEMETRY_SCOPE),
        Operation(path=CAR + "/telemetry", handler=list_telemetry, query=_TELEMETRY | {"pageToken"}),
        Operation(path=CAR + "/alerts", handler=list_alerts, query=_TIMED, required=_ALERT_SCOPE),
        Operation(path=CAR + "/alerts/{aid}", handler=get_alert, required=_ALERT_SCOPE),
        Operation(path=CAR + "/alarms", handler=list_alarms, query=_TIMED | {"type"}, required=_TELEMETRY_SCOPE),
        Operation(path=CAR + "/alarms/{aid}", handler=get_alarm, required=_TELEMETRY_SCOPE),
        Operation(path=CAR + "/collisions", handler=list_collisions, query=_TIMED, required=_COLLISION_SCOPE),
        Operation(path=CAR + "/collisions/{cid}", handler=get_collision, required=_COLLISION_SCOPE),
        Operation(
            path=CAR + "/trips",
            handler=list_trips,
            query=_TIMED | {"distance", "duration", "states"},
            ignored_query=frozenset({"locale"}),
            required=_TRIP_SCOPE,
        ),
        Operation(path=TRIP, handler=get_trip, required=_TRIP_SCOPE),
        Operation(
            path=TRIP + "/alerts",
            handler=list_trip_alerts,
            query=_TIMED | {"locale"},
            required=_TRIP_SCOPE | _ALERT_SCOPE,
        ),
        Operation(path=TRIP + "/alerts/{aid}", handler=get_trip_alert, required=_TRIP_SCOPE | _ALERT_SCOPE),
        Operation(
            path=TRIP + "/collisions",
            handler=list_trip_collisions,
            query=_TIMED,
            required=_TRIP_SCOPE | _COLLISION_SCOPE,
        ),
        Operation(path=TRIP + "/collisions/{cid}", handler=get_trip_collision, required=_TRIP_SCOPE | _COLLISION_SCOPE),
        Operation(path=TRIP + "/telemetry", handler=list_trip_telemetry, query=_TELEMETRY, required=_TRIP_SCOPE),
        Operation(
            path=TRIP + "/wayPoints",
            handler=list_way_points,
            query=frozenset({"indexRange", "timestamps", "tolerance", "pageToken"}),
            required=_TRIP_SCOPE | _POSITION_SCOPE,
        ),
        Operation(path="/user/callbacks", handler=callbacks.list_all, query=_PAGED | {"types"}),
        Operation(path="/user/callbacks", method="POST", handler=callbacks.create),
        Operation(path=CALLBACK, handler=callbacks.get),
        Operation(path=CALLBACK, method="PUT", handler=callbacks.update, status=202),
        Operation(path=CALLBACK, method="DELETE", handler=callbacks.delete, status=204),
        Operation(path=CALLBACK + "/status", method="PUT", handler=callbacks.set_status, status=202),
        Operation(path=MONITORS, handler=monitors.list_all, query=_PAGED),
        Operation(path=MONITORS, method="POST", handler=monitors.create, status=202),
        Operation(path=MONITORS + "/{mid}", handler=monitors.get),
        Operation(path=MONITORS + "/{mid}", method="PUT", handler=monitors.update, status=202),
        Operation(path=MONITORS + "/{mid}", method="DELETE", handler=monitors.delete, status=204),
        Operation(path=MONITORS + "/{mid}/status", method="PUT", handler=monitors.set_status, status=202),
        Operation(path=REMOTES, handler=remotes.list_all, query=_PAGED),
        Operation(path=REMOTES, method="POST", handler=remotes.create, status=202),
        Operation(path=REMOTES + "/{rid}", handler=remotes.get),
    )
