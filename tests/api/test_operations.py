"""Each of the 36 operations: what it asks, and what it makes of the answer."""

from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from custom_components.stellantis.api import (
    AlarmDetails,
    Alert,
    Callback,
    CallbackType,
    Collision,
    InvalidValue,
    Maintenance,
    Model,
    Monitor,
    NotFound,
    Position,
    RemoteAction,
    RemoteReference,
    StellantisClient,
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
from tests.api.conftest import Platform
from tests.api.description import checker, needs_description, problems

_SINCE = TimeRange(start=datetime(2026, 3, 1, 8, tzinfo=UTC))
_UNTIL = TimeRange(end=datetime(2026, 4, 1, tzinfo=UTC))
_TIMES = "timestamps=2026-03-01T08:00:00Z/&timestamps=/2026-04-01T00:00:00Z"
_CALLBACK = CallbackRequest(target=WebhookTarget(name="hook", target="https://example.invalid/hook"))
_MONITOR = MonitorRequest(
    label="moves",
    triggers=(Trigger("moves", DataTrigger(data=MonitoredData.MOVING, op=Operator.ON_CHANGE)),),
    expression="moves",
)
_V = "user/vehicles/v"
_C = f"{_V}/callbacks/c"

# One object: how to ask for it, method and path, the answer, what it becomes.
SINGLE: list[tuple[str, tuple[Any, ...], dict[str, Any], str, Any, type[Model] | None]] = [
    ("user", (), {}, "GET user", USER, None),
    ("vehicle", ("v",), {}, f"GET {_V}", VEHICLE, None),
    ("status", ("v",), {}, f"GET {_V}/status", STATUS, None),
    ("maintenance", ("v",), {}, f"GET {_V}/maintenance", bodies.MAINTENANCE, Maintenance),
    ("last_position", ("v",), {}, f"GET {_V}/lastPosition", bodies.WAY_POINT, Position),
    ("alert", ("v", "a"), {}, f"GET {_V}/alerts/a", bodies.ALERT, Alert),
    ("alarm", ("v", "a"), {}, f"GET {_V}/alarms/a", bodies.ALARM, AlarmDetails),
    ("collision", ("v", "x"), {}, f"GET {_V}/collisions/x", bodies.COLLISION, Collision),
    ("trip", ("v", "t"), {}, f"GET {_V}/trips/t", bodies.TRIP, Trip),
    ("trip_alert", ("v", "t", "a"), {}, f"GET {_V}/trips/t/alerts/a", bodies.ALERT, Alert),
    ("trip_collision", ("v", "t", "x"), {}, f"GET {_V}/trips/t/collisions/x", bodies.COLLISION, Collision),
    ("callback", ("c",), {}, "GET user/callbacks/c", bodies.CALLBACK, Callback),
    ("create_callback", (_CALLBACK,), {}, "POST user/callbacks", bodies.CALLBACK_REFERENCE, CallbackReference),
    ("update_callback", ("c", _CALLBACK), {}, "PUT user/callbacks/c", bodies.CALLBACK_REFERENCE, CallbackReference),
    (
        "set_callback_status",
        ("c",),
        {"running": False},
        "PUT user/callbacks/c/status",
        bodies.CALLBACK_REFERENCE,
        CallbackReference,
    ),
    ("delete_callback", ("c",), {}, "DELETE user/callbacks/c", None, None),
    ("monitor", ("v", "c", "m"), {}, f"GET {_C}/monitors/m", bodies.MONITOR, Monitor),
    ("create_monitor", ("v", "c", _MONITOR), {}, f"POST {_C}/monitors", bodies.MONITOR_REFERENCE, MonitorReference),
    (
        "update_monitor",
        ("v", "c", "m", _MONITOR),
        {},
        f"PUT {_C}/monitors/m",
        bodies.MONITOR_REFERENCE,
        MonitorReference,
    ),
    (
        "set_monitor_status",
        ("v", "c", "m"),
        {"running": True},
        f"PUT {_C}/monitors/m/status",
        bodies.MONITOR_REFERENCE,
        MonitorReference,
    ),
    ("delete_monitor", ("v", "c", "m"), {}, f"DELETE {_C}/monitors/m", None, None),
    ("remote", ("v", "c", "r"), {}, f"GET {_C}/remotes/r", bodies.REMOTE, RemoteAction),
    (
        "send_remote",
        ("v", "c", RemoteRequest(action=Lock())),
        {},
        f"POST {_C}/remotes",
        bodies.REMOTE_REFERENCE,
        RemoteReference,
    ),
]

_PAGE = {"page_size": 7, "index_range": IndexRange(3, 20)}
_PAGED = "pageSize=7&indexRange=3-20"

# A collection: how to ask for it with all filters, path and query, its name in the answer, an item of it.
COLLECTIONS: list[tuple[str, tuple[Any, ...], dict[str, Any], str, str, str, dict[str, Any], type[Model] | None]] = [
    ("vehicles", (), _PAGE, "user/vehicles", _PAGED, "vehicles", VEHICLE, None),
    (
        "alerts",
        ("v",),
        {"timestamps": (_SINCE, _UNTIL), **_PAGE},
        f"{_V}/alerts",
        f"{_TIMES}&{_PAGED}",
        "alerts",
        bodies.ALERT,
        Alert,
    ),
    (
        "alarms",
        ("v",),
        {"types": [AlarmType.TRIGGER], "timestamps": (_SINCE, _UNTIL), **_PAGE},
        f"{_V}/alarms",
        f"type=vehicle.alarm.trigger&{_TIMES}&{_PAGED}",
        "alarms",
        bodies.ALARM,
        AlarmDetails,
    ),
    (
        "collisions",
        ("v",),
        {"timestamps": (_SINCE, _UNTIL), **_PAGE},
        f"{_V}/collisions",
        f"{_TIMES}&{_PAGED}",
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
            "timestamps": (_SINCE, _UNTIL),
            "page_size": 2000,
        },
        f"{_V}/telemetry",
        f"type=vehicle.adas&type=privacy&extension=location&extension=maintenance&{_TIMES}&pageSize=2000",
        "telemetries",
        bodies.TELEMETRY,
        Telemetry,
    ),
    (
        "trips",
        ("v",),
        {
            "timestamps": (_SINCE, _UNTIL),
            "distance": NumberRange(0.1, 150),
            "duration": NumberRange(20),
            "states": [TripState.NOMINAL, TripState.UNFINISHED],
            **_PAGE,
        },
        f"{_V}/trips",
        f"{_TIMES}&distance=0.1-150&duration=20-&states=Nominal&states=Unfinished&{_PAGED}",
        "trips",
        bodies.TRIP,
        Trip,
    ),
    (
        "trip_alerts",
        ("v", "t"),
        {"timestamps": (_SINCE, _UNTIL), "locale": Locale("fr", "FR"), **_PAGE},
        f"{_V}/trips/t/alerts",
        f"{_TIMES}&locale=fr-FR&{_PAGED}",
        "alerts",
        bodies.ALERT,
        Alert,
    ),
    (
        "trip_collisions",
        ("v", "t"),
        {"timestamps": (_SINCE, _UNTIL), **_PAGE},
        f"{_V}/trips/t/collisions",
        f"{_TIMES}&{_PAGED}",
        "Collisions",
        bodies.COLLISION,
        Collision,
    ),
    (
        "way_points",
        ("v", "t"),
        {"timestamps": (_SINCE, _UNTIL), "tolerance": 0.25, "index_range": IndexRange(5)},
        f"{_V}/trips/t/wayPoints",
        f"{_TIMES}&tolerance=0.25&indexRange=5-",
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
            "timestamps": (_SINCE, _UNTIL),
            **_PAGE,
        },
        f"{_V}/trips/t/telemetry",
        f"type=vehicle&extension=location&{_TIMES}&{_PAGED}",
        "telemetries",
        bodies.TELEMETRY,
        Telemetry,
    ),
    (
        "callbacks",
        (),
        {"types": [CallbackType.MONITOR], **_PAGE},
        "user/callbacks",
        f"types=Monitor&{_PAGED}",
        "callbacks",
        bodies.CALLBACK,
        Callback,
    ),
    ("monitors", ("v", "c"), _PAGE, f"{_C}/monitors", _PAGED, "monitors", bodies.MONITOR, Monitor),
    ("remotes", ("v", "c"), _PAGE, f"{_C}/remotes", _PAGED, "remoteActions", bodies.REMOTE, RemoteAction),
]

DEPRECATED = {
    *("last_position", "collisions", "collision", "telemetry"),
    *("trip_collisions", "trip_collision", "way_points", "trip_telemetry"),
}


@pytest.mark.parametrize(("name", "args", "kwargs", "asked", "answer", "kind"), SINGLE)
async def test_single(
    platform: Platform,
    client: StellantisClient,
    name: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    asked: str,
    answer: Any,
    kind: type[Model] | None,
) -> None:
    if answer is None:
        platform.says(text=b"", status=204)
    else:
        platform.says(answer)
    found: Awaitable[Any] = getattr(client, name)(*args, **kwargs)
    result = await found
    request = platform.requests[0]
    method, path = asked.split()
    assert (request.method, request.path) == (method, f"/connectedcar/v4/{path}")
    assert request.query_string == "client_id=the-client"
    if answer is None:
        assert result is None
    elif kind is not None:
        assert result == kind.from_dict(answer)


@pytest.mark.parametrize(("name", "args", "kwargs", "path", "query", "member", "item", "kind"), COLLECTIONS)
async def test_collection(
    platform: Platform,
    client: StellantisClient,
    name: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    path: str,
    query: str,
    member: str,
    item: dict[str, Any],
    kind: type[Model] | None,
) -> None:
    platform.says({"_embedded": {member: [item]}, "_links": {"next": {"href": "?pageToken=2"}}})
    platform.says({"_embedded": {member: [item, item]}})
    found: AsyncIterator[Any] = getattr(client, name)(*args, **kwargs)
    results = [result async for result in found]
    assert len(results) == 3
    assert kind is None or set(map(str, results)) == {str(kind.from_dict(item))}
    request = platform.requests[0]
    assert request.path == f"/connectedcar/v4/{path}"
    assert request.query_string.replace("%2F", "/").replace("%3A", ":") == f"{query}&client_id=the-client"


@needs_description
def test_all_operations_of_the_description() -> None:
    asked = {asked for *_, asked, _, _ in SINGLE} | {f"GET {path}" for _, _, _, path, *_ in COLLECTIONS}
    for question in asked:
        method, path = question.split()
        body = {"status": "Running"} if path.endswith("/status") else None
        problems(method, f"http://x/connectedcar/v4/{path}", body)
    exercised = {operation for operation, count in checker().exercised.items() if count}
    assert len(asked) == 36
    assert set(checker().operations()) <= exercised


@needs_description
@pytest.mark.parametrize(("path", "query"), [(case[3], case[4]) for case in COLLECTIONS])
def test_queries_fit_the_description(path: str, query: str) -> None:
    assert problems("GET", f"http://x/connectedcar/v4/{path}?{query}&client_id=c") == []


@pytest.mark.parametrize("name", [case[0] for case in (*SINGLE, *COLLECTIONS)])
def test_deprecated_operations_say_so(name: str) -> None:
    operation = getattr(StellantisClient, name)
    assert hasattr(operation, "__deprecated__") == (name in DEPRECATED)
    assert ("Deprecated" in operation.__doc__) == (name in DEPRECATED)


@needs_description
def test_the_platform_deprecates_the_same() -> None:
    spec = checker().spec
    described = sum(
        bool(spec.deref(item).get(verb, {}).get("deprecated"))
        for item in spec.doc["paths"].values()
        for verb in ("get", "post", "put", "delete")
    )
    assert described == len(DEPRECATED)


async def test_bodies_are_sent(platform: Platform, client: StellantisClient) -> None:
    platform.says(bodies.CALLBACK_REFERENCE)
    await client.create_callback(_CALLBACK)
    await client.set_callback_status("c", running=False)
    await client.set_monitor_status("v", "c", "m", running=True)
    assert [orjson.loads(body) for body in platform.bodies] == [
        {"callback": {"webhook": {"name": "hook", "target": "https://example.invalid/hook"}}},
        {"status": "Paused"},
        {"status": "Running"},
    ]


async def test_limit_ends_the_asking(platform: Platform, client: StellantisClient) -> None:
    platform.says({"_embedded": {"trips": [{"id": "1"}, {"id": "2"}]}, "_links": {"next": {"href": "?pageToken=2"}}})
    platform.says({"_embedded": {"trips": [{"id": "3"}, {"id": "4"}]}, "_links": {"next": {"href": "?pageToken=3"}}})
    assert [trip.id async for trip in client.trips("v", limit=3)] == ["1", "2", "3"]
    assert [request.query.get("pageSize") for request in platform.requests] == ["3", "3"]


async def test_no_more_than_asked_for(platform: Platform, client: StellantisClient) -> None:
    platform.says({"_embedded": {"positions": [bodies.WAY_POINT] * 5}, "_links": {"next": {"href": "?pageToken=2"}}})
    assert len([point async for point in client.way_points("v", "t", limit=2)]) == 2
    assert len(platform.requests) == 1


@pytest.mark.parametrize("vehicle_id", ["", ".", ".."])
async def test_ids_lead_nowhere_else(platform: Platform, client: StellantisClient, vehicle_id: str) -> None:
    with pytest.raises(InvalidValue):
        await client.status(vehicle_id)
    with pytest.raises(InvalidValue):
        await anext(client.alerts(vehicle_id))
    assert platform.requests == []


async def test_nothing_is_asked_with_nonsense(platform: Platform, client: StellantisClient) -> None:
    nonsense: list[AsyncIterator[Any]] = [
        client.trips("v", page_size=61),
        client.trips("v", page_size=0),
        client.trips("v", limit=0),
        client.trips("v", timestamps=[_SINCE] * 11),
        client.trips("v", distance=NumberRange(0.15)),
        client.trips("v", duration=NumberRange(0.5)),
        client.trips("v", states=["Imaginary"]),  # type: ignore[list-item]
        client.way_points("v", "t", tolerance=-1),
        client.vehicles(locale="no locale"),
        client.vehicles(country="XX"),  # type: ignore[arg-type]
    ]
    for found in nonsense:
        with pytest.raises(InvalidValue):
            await anext(found)
    assert platform.requests == []


async def test_absent_callback(platform: Platform, client: StellantisClient) -> None:
    platform.says({"code": 40401, "message": "no such callback"}, status=404)
    with pytest.raises(NotFound):
        await client.set_callback_status("c", running=True)


async def test_refresh_of_a_monitor_is_seconds(platform: Platform, client: StellantisClient) -> None:
    platform.says(bodies.MONITOR_REFERENCE)
    monitor = MonitorRequest(
        label=_MONITOR.label,
        triggers=_MONITOR.triggers,
        expression=_MONITOR.expression,
        refresh=timedelta(minutes=2),
    )
    await client.update_monitor("v", "c", "m", monitor)
    assert orjson.loads(platform.bodies[0])["subscribeParam"] == {"refreshEvent": 120}
