"""Control of the cars."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..conftest import Caller


async def test_vehicles_are_listed(caller: Caller) -> None:
    fleet = (await caller.control("GET", "/vehicles")).body
    assert len(fleet) == 9
    assert all({"id", "vin", "brand", "model", "account", "motorization"} <= car.keys() for car in fleet)


async def test_vehicles_can_be_added_and_removed(caller: Caller) -> None:
    await caller.sign_in("ds")
    added = (await caller.control("POST", "/vehicles", {"brand": "ds", "model": "3 E-Tense"})).body
    assert len((await caller.get("/user/vehicles")).body["_embedded"]["vehicles"]) == 2
    assert (await caller.get(f"/user/vehicles/{added['id']}/status")).status == 200
    assert (await caller.control("DELETE", f"/vehicles/{added['vin']}")).status == 204
    assert (await caller.get(f"/user/vehicles/{added['id']}/status")).status == 404
    refused = await caller.control("POST", "/vehicles", {"brand": "ds", "model": "2CV"})
    assert refused.status == 400
    assert "ds 3 E-Tense" in refused.body["error"]


async def test_raw_status_is_served_unchanged_until_it_is_deleted(caller: Caller) -> None:
    await caller.sign_in("ds")
    vin = caller.vin("3 E-Tense")
    raw = b'{"schedule": [],  "timed.odometer": {"mileage": 1.50}}'
    url = f"{caller.simulator.url}/_control/vehicles/{vin}/status"
    async with caller.session.put(url, data=raw) as response:
        assert response.status == 204
    car = caller.simulator.world.by_vin(vin)
    assert car
    path = f"{caller.simulator.url}/connectedcar/v4/user/vehicles/{car.id}/status?client_id=demo-client"
    headers = {"Authorization": f"Bearer {caller.tokens['access_token']}", "x-introspect-realm": caller.realm}
    async with caller.session.get(path, headers=headers) as response:
        assert await response.read() == raw
        assert response.content_type == "application/hal+json"
    await caller.control("DELETE", f"/vehicles/{vin}/status")
    assert "energies" in await caller.status("3 E-Tense")
