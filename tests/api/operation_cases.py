"""A call of each of the 36 operations, with the expected request and a response."""

from datetime import UTC, datetime
from typing import Any

from custom_components.stellantis.api import (
    AlarmDetails,
    Alert,
    Callback,
    CallbackType,
    Collision,
    Maintenance,
    Model,
    Monitor,
    Position,
    RemoteAction,
    RemoteReference,
    Telemetry,
    Trip,
    TripState,
)
from custom_components.stellantis.api.filters import (
    AlarmType,
    IndexRange,
    Locale,
    NumberRange,
    TelemetryExtension,
    TelemetryType,
    TimeRange,
)
from custom_components.stellantis.api.models.callback import CallbackReference
from custom_components.stellantis.api.models.monitor import MonitorReference
from custom_components.stellantis.api.requests import (
    CallbackRequest,
    DataTrigger,
    Lock,
    MonitoredData,
    MonitorRequest,
    Operator,
    RemoteRequest,
    Trigger,
    WebhookTarget,
)
from tests.api import bodies_records as bodies
from tests.api.bodies import STATUS, USER, VEHICLE

SINCE = TimeRange(start=datetime(2026, 3, 1, 8, tzinfo=UTC))
_UNTIL = TimeRange(end=datetime(2026, 4, 1, tzinfo=UTC))
_TIME_QUERY = "timestamps=2026-03-01T08:00:00Z/&timestamps=/2026-04-01T00:00:00Z"
CALLBACK = CallbackRequest(target=WebhookTarget(name="hook", target="https://example.invalid/hook"))
MONITOR = MonitorRequest(
    label="moves",
    triggers=(Trigger("moves", DataTrigger(data=MonitoredData.MOVING, op=Operator.ON_CHANGE)),),
    expression="moves",
)
_VEHICLE_PATH = "user/vehicles/v"
_CALLBACK_PATH = f"{_VEHICLE_PATH}/callbacks/c"

# Operations with one object: name, args, kwargs, method and path, response body, model of the result.
OBJECT_CASES: list[tuple[str, tuple[Any, ...], dict[str, Any], str, Any, type[Model] | None]] = [
    ("user", (), {}, "GET user", USER, None),
    ("vehicle", ("v",), {}, f"GET {_VEHICLE_PATH}", VEHICLE, None),
    ("status", ("v",), {}, f"GET {_VEHICLE_PATH}/status", STATUS, None),
    ("maintenance", ("v",), {}, f"GET {_VEHICLE_PATH}/maintenance", bodies.MAINTENANCE, Maintenance),
    ("last_position", ("v",), {}, f"GET {_VEHICLE_PATH}/lastPosition", bodies.WAY_POINT, Position),
    ("alert", ("v", "a"), {}, f"GET {_VEHICLE_PATH}/alerts/a", bodies.ALERT, Alert),
    ("alarm", ("v", "a"), {}, f"GET {_VEHICLE_PATH}/alarms/a", bodies.ALARM, AlarmDetails),
    ("collision", ("v", "x"), {}, f"GET {_VEHICLE_PATH}/collisions/x", bodies.COLLISION, Collision),
    ("trip", ("v", "t"), {}, f"GET {_VEHICLE_PATH}/trips/t", bodies.TRIP, Trip),
    ("trip_alert", ("v", "t", "a"), {}, f"GET {_VEHICLE_PATH}/trips/t/alerts/a", bodies.ALERT, Alert),
    ("trip_collision", ("v", "t", "x"), {}, f"GET {_VEHICLE_PATH}/trips/t/collisions/x", bodies.COLLISION, Collision),
    ("callback", ("c",), {}, "GET user/callbacks/c", bodies.CALLBACK, Callback),
    ("create_callback", (CALLBACK,), {}, "POST user/callbacks", bodies.CALLBACK_REFERENCE, CallbackReference),
    ("update_callback", ("c", CALLBACK), {}, "PUT user/callbacks/c", bodies.CALLBACK_REFERENCE, CallbackReference),
    (
        "set_callback_status",
        ("c",),
        {"running": False},
        "PUT user/callbacks/c/status",
        bodies.CALLBACK_REFERENCE,
        CallbackReference,
    ),
    ("delete_callback", ("c",), {}, "DELETE user/callbacks/c", None, None),
    ("monitor", ("v", "c", "m"), {}, f"GET {_CALLBACK_PATH}/monitors/m", bodies.MONITOR, Monitor),
    (
        "create_monitor",
        ("v", "c", MONITOR),
        {},
        f"POST {_CALLBACK_PATH}/monitors",
        bodies.MONITOR_REFERENCE,
        MonitorReference,
    ),
    (
        "update_monitor",
        ("v", "c", "m", MONITOR),
        {},
        f"PUT {_CALLBACK_PATH}/monitors/m",
        bodies.MONITOR_REFERENCE,
        MonitorReference,
    ),
    (
        "set_monitor_status",
        ("v", "c", "m"),
        {"running": True},
        f"PUT {_CALLBACK_PATH}/monitors/m/status",
        bodies.MONITOR_REFERENCE,
        MonitorReference,
    ),
    ("delete_monitor", ("v", "c", "m"), {}, f"DELETE {_CALLBACK_PATH}/monitors/m", None, None),
    ("remote", ("v", "c", "r"), {}, f"GET {_CALLBACK_PATH}/remotes/r", bodies.REMOTE, RemoteAction),
    (
        "send_remote",
        ("v", "c", RemoteRequest(command=Lock())),
        {},
        f"POST {_CALLBACK_PATH}/remotes",
        bodies.REMOTE_REFERENCE,
        RemoteReference,
    ),
]

_PAGE_ARGS = {"page_size": 7, "index_range": IndexRange(3, 20)}
_PAGE_QUERY = "pageSize=7&indexRange=3-20"

# Operations with a collection: name, args, kwargs with all filters, path, query, key in the response, item, model.
COLLECTION_CASES: list[
    tuple[str, tuple[Any, ...], dict[str, Any], str, str, str, dict[str, Any], type[Model] | None]
] = [
    ("vehicles", (), _PAGE_ARGS, "user/vehicles", _PAGE_QUERY, "vehicles", VEHICLE, None),
    (
        "alerts",
        ("v",),
        {"timestamps": (SINCE, _UNTIL), **_PAGE_ARGS},
        f"{_VEHICLE_PATH}/alerts",
        f"{_TIME_QUERY}&{_PAGE_QUERY}",
        "alerts",
        bodies.ALERT,
        Alert,
    ),
    (
        "alarms",
        ("v",),
        {"types": [AlarmType.TRIGGER], "timestamps": (SINCE, _UNTIL), **_PAGE_ARGS},
        f"{_VEHICLE_PATH}/alarms",
        f"type=vehicle.alarm.trigger&{_TIME_QUERY}&{_PAGE_QUERY}",
        "alarms",
        bodies.ALARM,
        AlarmDetails,
    ),
    (
        "collisions",
        ("v",),
        {"timestamps": (SINCE, _UNTIL), **_PAGE_ARGS},
        f"{_VEHICLE_PATH}/collisions",
        f"{_TIME_QUERY}&{_PAGE_QUERY}",
        "Collisions",
        bodies.COLLISION,
        Collision,
    ),
    (
        "telemetry",
        ("v",),
        {
            "types": [TelemetryType.ADAS, TelemetryType.PRIVACY],
            "extensions": TelemetryExtension,
            "timestamps": (SINCE, _UNTIL),
            "page_size": 2000,
        },
        f"{_VEHICLE_PATH}/telemetry",
        f"type=vehicle.adas&type=privacy&extension=location&extension=maintenance&{_TIME_QUERY}&pageSize=2000",
        "telemetries",
        bodies.TELEMETRY,
        Telemetry,
    ),
    (
        "trips",
        ("v",),
        {
            "timestamps": (SINCE, _UNTIL),
            "distance": NumberRange(0.1, 150),
            "duration": NumberRange(20),
            "states": [TripState.NOMINAL, TripState.UNFINISHED],
            **_PAGE_ARGS,
        },
        f"{_VEHICLE_PATH}/trips",
        f"{_TIME_QUERY}&distance=0.1-150&duration=20-&states=Nominal&states=Unfinished&{_PAGE_QUERY}",
        "trips",
        bodies.TRIP,
        Trip,
    ),
    (
        "trip_alerts",
        ("v", "t"),
        {"timestamps": (SINCE, _UNTIL), "locale": Locale("fr", "FR"), **_PAGE_ARGS},
        f"{_VEHICLE_PATH}/trips/t/alerts",
        f"{_TIME_QUERY}&locale=fr-FR&{_PAGE_QUERY}",
        "alerts",
        bodies.ALERT,
        Alert,
    ),
    (
        "trip_collisions",
        ("v", "t"),
        {"timestamps": (SINCE, _UNTIL), **_PAGE_ARGS},
        f"{_VEHICLE_PATH}/trips/t/collisions",
        f"{_TIME_QUERY}&{_PAGE_QUERY}",
        "Collisions",
        bodies.COLLISION,
        Collision,
    ),
    (
        "way_points",
        ("v", "t"),
        {"timestamps": (SINCE, _UNTIL), "tolerance": 0.25, "index_range": IndexRange(5)},
        f"{_VEHICLE_PATH}/trips/t/wayPoints",
        f"{_TIME_QUERY}&tolerance=0.25&indexRange=5-",
        "positions",
        bodies.WAY_POINT,
        Position,
    ),
    (
        "trip_telemetry",
        ("v", "t"),
        {
            "types": [TelemetryType.VEHICLE],
            "extensions": [TelemetryExtension.LOCATION],
            "timestamps": (SINCE, _UNTIL),
            **_PAGE_ARGS,
        },
        f"{_VEHICLE_PATH}/trips/t/telemetry",
        f"type=vehicle&extension=location&{_TIME_QUERY}&{_PAGE_QUERY}",
        "telemetries",
        bodies.TELEMETRY,
        Telemetry,
    ),
    (
        "callbacks",
        (),
        {"types": [CallbackType.MONITOR], **_PAGE_ARGS},
        "user/callbacks",
        f"types=Monitor&{_PAGE_QUERY}",
        "callbacks",
        bodies.CALLBACK,
        Callback,
    ),
    (
        "monitors",
        ("v", "c"),
        _PAGE_ARGS,
        f"{_CALLBACK_PATH}/monitors",
        _PAGE_QUERY,
        "monitors",
        bodies.MONITOR,
        Monitor,
    ),
    (
        "remotes",
        ("v", "c"),
        _PAGE_ARGS,
        f"{_CALLBACK_PATH}/remotes",
        _PAGE_QUERY,
        "remoteActions",
        bodies.REMOTE,
        RemoteAction,
    ),
]
