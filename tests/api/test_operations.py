"""The requests and results of all 36 operations."""

from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from typing import Any

import orjson
import pytest

from custom_components.stellantis.api import (
    InvalidValue,
    Model,
    NoData,
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


@pytest.mark.parametrize(("name", "args", "kwargs", "request_line", "body", "model"), OBJECT_CASES)
async def test_object_operation(
    platform: FakePlatform,
    client: StellantisClient,
    name: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    request_line: str,
    body: Any,
    model: type[Model] | None,
) -> None:
    if body is None:
        platform.add_response(text=b"", status=204)
    else:
        platform.add_response(body)
    operation: Awaitable[Any] = getattr(client, name)(*args, **kwargs)
    result = await operation
    request = platform.requests[0]
    method, path = request_line.split()
    assert (request.method, request.path) == (method, f"/connectedcar/v4/{path}")
    assert request.query_string == "client_id=the-client"
    if body is None:
        assert result is None
    elif model is not None:
        assert result == model.from_dict(body)


@pytest.mark.parametrize(("name", "args", "kwargs", "path", "query", "member", "item", "model"), COLLECTION_CASES)
async def test_collection_operation(
    platform: FakePlatform,
    client: StellantisClient,
    name: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    path: str,
    query: str,
    member: str,
    item: dict[str, Any],
    model: type[Model] | None,
) -> None:
    platform.add_response({"_embedded": {member: [item]}, "_links": {"next": {"href": "?pageToken=2"}}})
    platform.add_response({"_embedded": {member: [item, item]}})
    operation: AsyncIterator[Any] = getattr(client, name)(*args, **kwargs)
    results = [result async for result in operation]
    assert len(results) == 3
    assert model is None or set(map(str, results)) == {str(model.from_dict(item))}
    request = platform.requests[0]
    assert request.path == f"/connectedcar/v4/{path}"
    assert request.query_string.replace("%2F", "/").replace("%3A", ":") == f"{query}&client_id=the-client"


@needs_description
def test_cases_cover_the_api_description() -> None:
    request_lines = {line for *_, line, _, _ in OBJECT_CASES}
    request_lines |= {f"GET {path}" for _, _, _, path, *_ in COLLECTION_CASES}
    for request_line in request_lines:
        method, path = request_line.split()
        body = {"status": "Running"} if path.endswith("/status") else None
        request_problems(method, f"http://x/connectedcar/v4/{path}", body)
    exercised = {operation for operation, count in checker().exercised.items() if count}
    assert len(request_lines) == 36
    assert set(checker().operations()) <= exercised


@needs_description
@pytest.mark.parametrize(("path", "query"), [(case[3], case[4]) for case in COLLECTION_CASES])
def test_queries_match_the_api_description(path: str, query: str) -> None:
    assert request_problems("GET", f"http://x/connectedcar/v4/{path}?{query}&client_id=c") == []


@pytest.mark.parametrize("name", [case[0] for case in (*OBJECT_CASES, *COLLECTION_CASES)])
def test_deprecated_operations_are_marked(name: str) -> None:
    operation = getattr(StellantisClient, name)
    assert hasattr(operation, "__deprecated__") == (name in DEPRECATED)
    assert ("Deprecated" in operation.__doc__) == (name in DEPRECATED)


@needs_description
def test_deprecations_match_the_api_description() -> None:
    spec = checker().spec
    described = sum(
        bool(spec.deref(item).get(verb, {}).get("deprecated"))
        for item in spec.doc["paths"].values()
        for verb in ("get", "post", "put", "delete")
    )
    assert described == len(DEPRECATED)


async def test_request_bodies(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response(bodies.CALLBACK_REFERENCE)
    await client.create_callback(CALLBACK)
    await client.set_callback_status("c", running=False)
    await client.set_monitor_status("v", "c", "m", running=True)
    assert [orjson.loads(body) for body in platform.bodies] == [
        {"callback": {"webhook": {"name": "hook", "target": "https://example.invalid/hook"}}},
        {"status": "Paused"},
        {"status": "Running"},
    ]


async def _collect(items: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in items]


@pytest.mark.parametrize("code", [40400, 40403, 40410, 40499])
@pytest.mark.parametrize("name", ["trips", "alerts", "collisions"])
async def test_data_collection_that_is_not_found_is_empty(
    platform: FakePlatform, client: StellantisClient, name: str, code: int
) -> None:
    platform.add_response({"code": code, "message": "No trip was found."}, status=404)
    assert await _collect(getattr(client, name)("car")) == []


@pytest.mark.parametrize(("name", "args"), [("alarms", ("car",)), ("monitors", ("car", "callback"))])
async def test_other_missing_collections_are_failures(
    platform: FakePlatform, client: StellantisClient, name: str, args: tuple[str, ...]
) -> None:
    """A car that has no alarm, and monitors of a callback that does not exist."""
    platform.add_response({"code": 40400, "message": "Not found"}, status=404)
    with pytest.raises(NoData):
        await _collect(getattr(client, name)(*args))


async def test_404_without_a_code_of_the_api_is_a_failure(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response({"httpMessage": "Not Found"}, status=404)
    with pytest.raises(NotFound):
        await _collect(client.trips("car"))


async def test_collection_that_ends_amid_its_pages_is_a_failure(
    platform: FakePlatform, client: StellantisClient
) -> None:
    platform.add_response({"_links": {"next": {"href": "/?pageToken=2"}}, "_embedded": {"trips": [{"id": "1"}]}})
    platform.add_response({"code": 40400}, status=404)
    with pytest.raises(NoData):
        await _collect(client.trips("car"))


async def test_limit_ends_the_paging(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response(
        {"_embedded": {"trips": [{"id": "1"}, {"id": "2"}]}, "_links": {"next": {"href": "?pageToken=2"}}}
    )
    platform.add_response(
        {"_embedded": {"trips": [{"id": "3"}, {"id": "4"}]}, "_links": {"next": {"href": "?pageToken=3"}}}
    )
    assert [trip.id async for trip in client.trips("v", limit=3)] == ["1", "2", "3"]
    assert [request.query.get("pageSize") for request in platform.requests] == ["3", "3"]


async def test_limit_within_a_page(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response(
        {"_embedded": {"positions": [bodies.WAY_POINT] * 5}, "_links": {"next": {"href": "?pageToken=2"}}}
    )
    assert len([point async for point in client.way_points("v", "t", limit=2)]) == 2
    assert len(platform.requests) == 1


@pytest.mark.parametrize("vehicle_id", ["", ".", ".."])
async def test_invalid_ids(platform: FakePlatform, client: StellantisClient, vehicle_id: str) -> None:
    with pytest.raises(InvalidValue):
        await client.status(vehicle_id)
    with pytest.raises(InvalidValue):
        await anext(client.alerts(vehicle_id))
    assert platform.requests == []


async def test_invalid_arguments(platform: FakePlatform, client: StellantisClient) -> None:
    operations: list[AsyncIterator[Any]] = [
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
    for operation in operations:
        with pytest.raises(InvalidValue):
            await anext(operation)
    assert platform.requests == []


async def test_missing_callback(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response({"code": 40401, "message": "no such callback"}, status=404)
    with pytest.raises(NotFound):
        await client.set_callback_status("c", running=True)


async def test_monitor_refresh_is_sent_in_seconds(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response(bodies.MONITOR_REFERENCE)
    monitor = MonitorRequest(
        label=MONITOR.label,
        triggers=MONITOR.triggers,
        expression=MONITOR.expression,
        refresh=timedelta(minutes=2),
    )
    await client.update_monitor("v", "c", "m", monitor)
    assert orjson.loads(platform.bodies[0])["subscribeParam"] == {"refreshEvent": 120}
