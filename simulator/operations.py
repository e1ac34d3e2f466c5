"""The operations of the API: one row each."""

from .endpoints.history import alarm, alarms, alert, alerts, car_maintenance, collision, collisions, last_position
from .endpoints.vehicles import status, user, vehicle, vehicles
from .http.request import Operation
from .push.callbacks import callback, callbacks, create_callback, delete_callback, set_callback_status, update_callback
from .push.monitors import create_monitor, delete_monitor, monitor, monitors, set_monitor_status, update_monitor
from .remote.remotes import create_remote, remote, remotes
from .resources.telemetry import telemetry, trip_telemetry
from .resources.trips import trip, trip_alert, trip_alerts, trip_collision, trip_collisions, trips, way_points

CAR = "/user/vehicles/{id}"
TRIP = CAR + "/trips/{tid}"
CALLBACK = "/user/callbacks/{cbid}"
MONITORS = CAR + "/callbacks/{cbid}/monitors"
REMOTES = CAR + "/callbacks/{cbid}/remotes"
GEO_JSON = "application/vnd.geo+json"

_PAGED = frozenset({"indexRange", "pageSize", "pageToken"})
_TIMED = _PAGED | {"timestamps"}
_VEHICLE = frozenset({"locale", "extension", "country"})
_TELEMETRY = frozenset({"timestamps", "type", "indexRange", "pageSize", "extension"})

_ALERT, _COLLISION, _POSITION, _TELEMETRIC, _TRIP = (
    frozenset({f"data:{word}"}) for word in ("alert", "collision", "position", "telemetry", "trip")
)

OPERATIONS = (
    Operation(path="/user", answer=user, query=frozenset({"country"})),
    Operation(path="/user/vehicles", answer=vehicles, query=_VEHICLE | _PAGED | {"vinPrefix"}),
    Operation(path=CAR, answer=vehicle, query=_VEHICLE),
    Operation(path=CAR + "/status", answer=status),
    Operation(path=CAR + "/lastPosition", answer=last_position, required=_POSITION, content_type=GEO_JSON),
    Operation(path=CAR + "/maintenance", answer=car_maintenance, required=_TELEMETRIC),
    Operation(path=CAR + "/telemetry", answer=telemetry, query=_TELEMETRY | {"pageToken"}),
    Operation(path=CAR + "/alerts", answer=alerts, query=_TIMED, required=_ALERT),
    Operation(path=CAR + "/alerts/{aid}", answer=alert, required=_ALERT),
    Operation(path=CAR + "/alarms", answer=alarms, query=_TIMED | {"type"}, required=_TELEMETRIC),
    Operation(path=CAR + "/alarms/{aid}", answer=alarm, required=_TELEMETRIC),
    Operation(path=CAR + "/collisions", answer=collisions, query=_TIMED, required=_COLLISION),
    Operation(path=CAR + "/collisions/{cid}", answer=collision, required=_COLLISION),
    Operation(path=CAR + "/trips", answer=trips, query=_TIMED | {"distance", "duration", "states"}, required=_TRIP),
    Operation(path=TRIP, answer=trip, required=_TRIP),
    Operation(path=TRIP + "/alerts", answer=trip_alerts, query=_TIMED | {"locale"}, required=_TRIP | _ALERT),
    Operation(path=TRIP + "/alerts/{aid}", answer=trip_alert, required=_TRIP | _ALERT),
    Operation(path=TRIP + "/collisions", answer=trip_collisions, query=_TIMED, required=_TRIP | _COLLISION),
    Operation(path=TRIP + "/collisions/{cid}", answer=trip_collision, required=_TRIP | _COLLISION),
    Operation(path=TRIP + "/telemetry", answer=trip_telemetry, query=_TELEMETRY, required=_TRIP),
    Operation(
        path=TRIP + "/wayPoints",
        answer=way_points,
        query=frozenset({"indexRange", "timestamps", "tolerance", "pageToken"}),
        required=_TRIP | _POSITION,
    ),
    Operation(path="/user/callbacks", answer=callbacks, query=_PAGED | {"types"}),
    Operation(path="/user/callbacks", method="POST", answer=create_callback),
    Operation(path=CALLBACK, answer=callback),
    Operation(path=CALLBACK, method="PUT", answer=update_callback, status=202),
    Operation(path=CALLBACK, method="DELETE", answer=delete_callback, status=204),
    Operation(path=CALLBACK + "/status", method="PUT", answer=set_callback_status, status=202),
    Operation(path=MONITORS, answer=monitors, query=_PAGED),
    Operation(path=MONITORS, method="POST", answer=create_monitor, status=202),
    Operation(path=MONITORS + "/{mid}", answer=monitor),
    Operation(path=MONITORS + "/{mid}", method="PUT", answer=update_monitor, status=202),
    Operation(path=MONITORS + "/{mid}", method="DELETE", answer=delete_monitor, status=204),
    Operation(path=MONITORS + "/{mid}/status", method="PUT", answer=set_monitor_status, status=202),
    Operation(path=REMOTES, answer=remotes, query=_PAGED),
    Operation(path=REMOTES, method="POST", answer=create_remote, status=202),
    Operation(path=REMOTES + "/{rid}", answer=remote),
)
