"""Each of the 36 operations: what it asks, and what it makes of the answer."""

from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from typing import Any

import orjson
import pytest

from custom_components.stellantis.api import (
    InvalidValue,
    Model,
    NotFound,
    StellantisClient,
)
from custom_components.stellantis.api.filters import (
    NumberRange,
)
from custom_components.stellantis.api.requests import (
    MonitorRequest,
)
from tests.api import bodies_records as bodies
from tests.api.conftest import FakePlatform
from tests.api.description import checker, needs_description, request_problems
from tests.api.operation_cases import CALLBACK, COLLECTION_CASES, MONITOR, OBJECT_CASES, SINCE

DEPRECATED = {
    *("last_position", "collisions", "collision", "telemetry"),
    *("trip_collisions", "trip_collision", "way_points", "trip_telemetry"),
}


@pytest.mark.parametrize(("name", "args", "kwargs", "asked", "answer", "kind"), OBJECT_CASES)
async def test_single(
    platform: FakePlatform,
    client: StellantisClient,
    name: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    asked: str,
    answer: Any,
    kind: type[Model] | None,
) -> None:
    if answer is None:
        platform.add_response(text=b"", status=204)
    else:
        platform.add_response(answer)
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


@pytest.mark.parametrize(("name", "args", "kwargs", "path", "query", "member", "item", "kind"), COLLECTION_CASES)
async def test_collection(
    platform: FakePlatform,
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
    platform.add_response({"_embedded": {member: [item]}, "_links": {"next": {"href": "?pageToken=2"}}})
    platform.add_response({"_embedded": {member: [item, item]}})
    found: AsyncIterator[Any] = getattr(client, name)(*args, **kwargs)
    results = [result async for result in found]
    assert len(results) == 3
    assert kind is None or set(map(str, results)) == {str(kind.from_dict(item))}
    request = platform.requests[0]
    assert request.path == f"/connectedcar/v4/{path}"
    assert request.query_string.replace("%2F", "/").replace("%3A", ":") == f"{query}&client_id=the-client"


@needs_description
def test_all_operations_of_the_description() -> None:
    asked = {asked for *_, asked, _, _ in OBJECT_CASES} | {f"GET {path}" for _, _, _, path, *_ in COLLECTION_CASES}
    for question in asked:
        method, path = question.split()
        body = {"status": "Running"} if path.endswith("/status") else None
        request_problems(method, f"http://x/connectedcar/v4/{path}", body)
    exercised = {operation for operation, count in checker().exercised.items() if count}
    assert len(asked) == 36
    assert set(checker().operations()) <= exercised


@needs_description
@pytest.mark.parametrize(("path", "query"), [(case[3], case[4]) for case in COLLECTION_CASES])
def test_queries_fit_the_description(path: str, query: str) -> None:
    assert request_problems("GET", f"http://x/connectedcar/v4/{path}?{query}&client_id=c") == []


@pytest.mark.parametrize("name", [case[0] for case in (*OBJECT_CASES, *COLLECTION_CASES)])
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


async def test_bodies_are_sent(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response(bodies.CALLBACK_REFERENCE)
    await client.create_callback(CALLBACK)
    await client.set_callback_status("c", running=False)
    await client.set_monitor_status("v", "c", "m", running=True)
    assert [orjson.loads(body) for body in platform.bodies] == [
        {"callback": {"webhook": {"name": "hook", "target": "https://example.invalid/hook"}}},
        {"status": "Paused"},
        {"status": "Running"},
    ]


async def test_limit_ends_the_asking(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response(
        {"_embedded": {"trips": [{"id": "1"}, {"id": "2"}]}, "_links": {"next": {"href": "?pageToken=2"}}}
    )
    platform.add_response(
        {"_embedded": {"trips": [{"id": "3"}, {"id": "4"}]}, "_links": {"next": {"href": "?pageToken=3"}}}
    )
    assert [trip.id async for trip in client.trips("v", limit=3)] == ["1", "2", "3"]
    assert [request.query.get("pageSize") for request in platform.requests] == ["3", "3"]


async def test_no_more_than_asked_for(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response(
        {"_embedded": {"positions": [bodies.WAY_POINT] * 5}, "_links": {"next": {"href": "?pageToken=2"}}}
    )
    assert len([point async for point in client.way_points("v", "t", limit=2)]) == 2
    assert len(platform.requests) == 1


@pytest.mark.parametrize("vehicle_id", ["", ".", ".."])
async def test_ids_lead_nowhere_else(platform: FakePlatform, client: StellantisClient, vehicle_id: str) -> None:
    with pytest.raises(InvalidValue):
        await client.status(vehicle_id)
    with pytest.raises(InvalidValue):
        await anext(client.alerts(vehicle_id))
    assert platform.requests == []


async def test_nothing_is_asked_with_nonsense(platform: FakePlatform, client: StellantisClient) -> None:
    nonsense: list[AsyncIterator[Any]] = [
        client.trips("v", page_size=61),
        client.trips("v", page_size=0),
        client.trips("v", limit=0),
        client.trips("v", timestamps=[SINCE] * 11),
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


async def test_absent_callback(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response({"code": 40401, "message": "no such callback"}, status=404)
    with pytest.raises(NotFound):
        await client.set_callback_status("c", running=True)


async def test_refresh_of_a_monitor_is_seconds(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response(bodies.MONITOR_REFERENCE)
    monitor = MonitorRequest(
        label=MONITOR.label,
        triggers=MONITOR.triggers,
        expression=MONITOR.expression,
        refresh=timedelta(minutes=2),
    )
    await client.update_monitor("v", "c", "m", monitor)
    assert orjson.loads(platform.bodies[0])["subscribeParam"] == {"refreshEvent": 120}
