"""Operations on the user and the vehicles: requests and decoded responses."""

import pytest

from custom_components.stellantis.api import NoData, NoVehicle, RateLimit, StellantisClient, VehicleExtension
from custom_components.stellantis.api.filters import Country, Locale
from tests.api import bodies
from tests.api.conftest import FakePlatform


async def test_user(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response(bodies.USER)
    user = await client.user(country=Country.CHILE)
    assert (user.email, user.first_name, user.last_name) == ("someone@example.invalid", "Some", "One")
    assert [vehicle.id for vehicle in user.vehicles] == ["vehicle-1"]
    assert platform.requests[0].path_qs == "/connectedcar/v4/user?country=CL&client_id=the-client"


async def test_vehicles(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response({"_embedded": {"vehicles": [bodies.VEHICLE]}, "_links": {"next": {"href": "?pageToken=2"}}})
    platform.add_response({"_embedded": {"vehicles": [{"id": "vehicle-2"}]}})
    vehicles = client.vehicles(
        extensions=(VehicleExtension.BRANDING, VehicleExtension.PICTURES),
        vin_prefix="VXK",
        locale="fr-FR",
        page_size=1,
        country=Country.BRAZIL,
    )
    assert [vehicle.id async for vehicle in vehicles] == ["vehicle-1", "vehicle-2"]
    assert platform.requests[0].path == "/connectedcar/v4/user/vehicles"
    assert platform.requests[0].query_string == (
        "extension=branding&extension=pictures&vinPrefix=VXK&locale=fr-FR&country=BR&pageSize=1&client_id=the-client"
    )


async def test_vehicles_without_filters(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response({"_embedded": {"vehicles": []}})
    assert [vehicle async for vehicle in client.vehicles()] == []
    assert platform.requests[0].query_string == "client_id=the-client"


async def test_no_vehicle(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response({"code": 40400, "message": "No vehicle found"}, status=404)
    with pytest.raises(NoVehicle):
        await anext(client.vehicles())


async def test_vehicle(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response(bodies.VEHICLE)
    vehicle = await client.vehicle(
        "a/../b?c", extensions=VehicleExtension, locale=Locale("de"), country=Country.ARGENTINA
    )
    assert vehicle.label == "308 SW"
    assert platform.requests[0].raw_path == (
        "/connectedcar/v4/user/vehicles/a%2F..%2Fb%3Fc?extension=onboardCapabilities&extension=branding"
        "&extension=pictures&locale=de&country=AR&client_id=the-client"
    )


async def test_status(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response(bodies.STATUS, headers={"X-RateLimit-Limit-1": "100"})
    status = await client.status("vehicle-1")
    assert status.odometer
    assert status.odometer.mileage == 12345.6
    assert platform.requests[0].path == "/connectedcar/v4/user/vehicles/vehicle-1/status"
    assert client.rate_limit == RateLimit(day_limit=100)


async def test_no_status(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response({"code": 40400, "message": "Not Found: no status yet."}, status=404)
    with pytest.raises(NoData):
        await client.status("vehicle-1")
