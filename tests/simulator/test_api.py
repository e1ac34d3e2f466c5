"""Authorization of API calls."""

import pytest

from .conftest import OTHER, Caller
from .helpers import car_path


async def test_checks_of_a_caller_are_made_in_order(caller: Caller) -> None:
    response = await caller.get("/user", client_id="nobody")
    assert response.status == 401
    assert response.body["httpMessage"] == "Unauthorized", "the gateway rejects a dead token"
    await caller.sign_in("peugeot")
    wrong_realm = await caller.get("/user", headers={"x-introspect-realm": "clientsB2COpel"})
    assert (wrong_realm.status, wrong_realm.body["code"]) == (401, 40101)
    assert wrong_realm.body.keys() == {"code", "uuid", "message", "timestamp"}
    assert wrong_realm.headers["Content-Type"].startswith("application/hal+json")
    for client_id in ("nobody", OTHER.client_id):
        gateway = await caller.get("/user", client_id=client_id)
        assert gateway.status == 401
        assert gateway.body["httpCode"] == "401"
        assert gateway.body["httpMessage"] == "Unauthorized"
    assert (await caller.get("/user")).status == 200


async def test_unregistered_application_is_rejected(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    await caller.control("PUT", "/oauth", {"client_id": "demo-client", "registered": False})
    response = await caller.get("/user")
    assert (response.status, response.body["moreInformation"]) == (401, "Not registered to plan")
    await caller.control("PUT", "/oauth", {"client_id": "demo-client", "registered": True})
    assert (await caller.get("/user")).status == 200


async def test_vehicles_of_others_and_unknown_paths_are_rejected(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    other = next(iter(caller.simulator.world.accounts["opel"].cars))
    cases = {
        f"/user/vehicles/{other}": 40300,
        f"/user/vehicles/{other}/status": 40300,
        "/user/vehicles/nobody": 40400,
        "/user/nothing": 40400,
        "/": 40400,
    }
    for path, code in cases.items():
        response = await caller.get(path)
        assert (response.status, response.body["code"]) == (code // 100, code), path


@pytest.mark.parametrize(
    ("where", "needed"),
    [
        ("lastPosition", {"data:position"}),
        ("maintenance", {"data:telemetry"}),
        ("alerts", {"data:alert"}),
        ("alarms", {"data:telemetry"}),
        ("collisions", {"data:collision"}),
        ("trips", {"data:trip"}),
        ("trips/x/alerts", {"data:trip", "data:alert"}),
        ("trips/x/collisions", {"data:trip", "data:collision"}),
        ("trips/x/telemetry", {"data:trip"}),
        ("trips/x/wayPoints", {"data:trip", "data:position"}),
    ],
)
async def test_missing_required_scope_is_answered_with_403(caller: Caller, where: str, needed: set[str]) -> None:
    every = {f"data:{word}" for word in ("telemetry", "position", "alert", "collision", "trip")}
    for missing in needed:
        await caller.sign_in("peugeot", " ".join(every - {missing}))
        response = await caller.get(f"{car_path(caller, 'e-208')}/{where}")
        assert (response.status, response.body["code"]) == (403, 40300)
        assert missing in response.body["message"]
    await caller.sign_in("peugeot", " ".join(needed))
    assert (await caller.get(f"{car_path(caller, 'e-208')}/{where}")).status in {200, 404}
