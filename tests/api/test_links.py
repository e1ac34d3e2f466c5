"""Links of the platform lead nowhere else: no request, and with it no token, goes to another host or path."""

from collections.abc import AsyncGenerator

import pytest

from custom_components.stellantis.api import StellantisClient, StellantisError, Transport

from .conftest import FakePlatform, run_platform

VEHICLES = "/connectedcar/v4/user/vehicles"


@pytest.fixture
async def stranger() -> AsyncGenerator[FakePlatform]:
    """Another server that answers everything."""
    async with run_platform() as stranger:
        stranger.add_response({"_embedded": {"vehicles": [{"vin": "VIN-OF-A-STRANGER"}]}})
        yield stranger


@pytest.mark.parametrize(
    "link",
    [
        "{stranger}/connectedcar/v4/user/vehicles?pageToken=2",
        "//{authority}/connectedcar/v4/user/vehicles?pageToken=2",
        "http://api:secret@{authority}/user?pageToken=2",
        "/../../admin?pageToken=2",
        "user/vehicles/../../../oauth?pageToken=2",
        "file:///etc/passwd?pageToken=2",
        "?pageToken=2&client_id=another-application",
    ],
)
async def test_next_page(client: StellantisClient, platform: FakePlatform, stranger: FakePlatform, link: str) -> None:
    """Of a link to the next page, only the query counts."""
    href = link.format(stranger=stranger.url, authority=stranger.url.authority)
    platform.add_response({"_embedded": {"vehicles": [{"vin": "VIN1"}]}, "_links": {"next": {"href": href}}})
    platform.add_response({"_embedded": {"vehicles": [{"vin": "VIN2"}]}})
    assert [vehicle.vin async for vehicle in client.vehicles()] == ["VIN1", "VIN2"]
    assert stranger.requests == []
    assert [request.path for request in platform.requests] == [VEHICLES] * 2
    assert platform.requests[1].query["pageToken"] == "2"
    assert {request.query["client_id"] for request in platform.requests} == {"the-client"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_redirect(
    transport: Transport, platform: FakePlatform, stranger: FakePlatform, method: str, status: int
) -> None:
    platform.add_response(status=status, headers={"Location": f"{stranger.url}/connectedcar/v4/user"})
    with pytest.raises(StellantisError):
        await transport.request(method, "user", body={} if method in ("POST", "PUT") else None)
    assert stranger.requests == []


@pytest.mark.parametrize(
    "vehicle_id",
    ["../../../am/oauth2/token", "..%2f..%2fuser", "http://stranger.example/", "a/b?c#d", "\\\\stranger\\"],
)
async def test_id_is_one_part_of_the_path(client: StellantisClient, platform: FakePlatform, vehicle_id: str) -> None:
    """Ids come from the platform, too, and from notifications; they cannot change where a request goes."""
    platform.add_response({"id": "1"})
    await client.vehicle(vehicle_id)
    (request,) = platform.requests
    path, _, _ = request.raw_path.partition("?")
    assert path.startswith(f"{VEHICLES}/")
    assert path.count("/") == f"{VEHICLES}/ID".count("/")
