"""Alerts, alarms, collisions, position and maintenance."""

from ..conftest import Caller
from ..helpers import car_path, get_all

DAY = 86400


async def test_alerts_start_and_end(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    path = car_path(caller, "308 Hybrid")
    past = await get_all(caller, f"{path}/alerts", "alerts")
    assert "RiskOfIce" in {alert["type"] for alert in past}, "there were days below 3 °C"
    assert not any(alert["active"] for alert in past if alert["type"] == "RiskOfIce")
    of_a_trip = next(alert for alert in past if alert["_links"]["trips"])
    trip = of_a_trip["_links"]["trips"][0]["href"]
    assert of_a_trip in (await caller.ok(f"{trip}/alerts", locale="fr-FR"))["_embedded"]["alerts"]
    assert await caller.ok(f"{trip}/alerts/{of_a_trip['id']}") == of_a_trip
    await caller.change("308 Hybrid", alerts=["AddWasherFluid", "BrakingSystemFailure"])
    (washer, brakes) = (await caller.ok(f"{path}/alerts", timestamps="2026-03-02T03:00:00Z/"))["_embedded"]["alerts"]
    assert (washer["active"], washer["severity"], brakes["severity"]) == (True, "Information", "Critical")
    await caller.pass_time(60)
    await caller.change("308 Hybrid", alerts=["BrakingSystemFailure"])
    washer = await caller.ok(f"{path}/alerts/{washer['id']}")
    assert (washer["active"], washer["endAt"]) == (False, "2026-03-02T03:01:00Z")
    assert {"startPosition", "endPosition"} <= washer.keys()
    assert (await caller.get(f"{trip}/alerts/{washer['id']}")).status == 404
    await caller.sign_in("peugeot", "data:alert")
    assert not {"startPosition", "endPosition"} & (await caller.ok(f"{path}/alerts/{washer['id']}")).keys()


async def test_alarms_have_two_types(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    path = f"{car_path(caller, '308 Hybrid')}/alarms"
    statuses = await get_all(caller, path, "alarms", type="vehicle.alarm.status")
    triggers = await get_all(caller, path, "alarms", type="vehicle.alarm.trigger")
    assert len(statuses) > 100
    assert {alarm["status"]["activation"] for alarm in statuses} == {"Active", "Inactive"}
    assert [alarm["trigger"]["type"] for alarm in triggers] == ["VolumetricBreakIn"]
    assert len(await get_all(caller, path, "alarms")) == len(statuses) + 1
    assert await caller.ok(f"{path}/{triggers[0]['id']}") == triggers[0]
    await caller.sign_in("ds")
    assert (await caller.get(f"{car_path(caller, '3 E-Tense')}/alarms")).body["code"] == 40400


async def test_collisions_are_listed(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    path = car_path(caller, "e-208")
    await caller.change("e-208", drive={"distance": 5, "minutes": 10})
    await caller.pass_time(300)
    await caller.change("e-208", collision={"side": "Front", "severity": "Major"})
    found = (await get_all(caller, f"{path}/collisions", "Collisions"))[-1]
    assert found["details"] == [{"side": "Front", "severity": "Major"}]
    assert await caller.ok(f"{path}/collisions/{found['id']}") == found
    trip = found["_links"]["trip"]["href"]
    assert (await caller.ok(f"{trip}/collisions"))["_embedded"]["Collisions"] == [found]
    assert await caller.ok(f"{trip}/collisions/{found['id']}") == found
    assert (await caller.get(f"{path}/collisions/none")).status == 404


async def test_position_and_maintenance(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    path = car_path(caller, "e-208")
    await caller.change("e-208", position=[4.5, 45.5, 200])
    await caller.pass_time(7200)
    response = await caller.get(f"{path}/lastPosition")
    assert response.headers["Content-Type"].startswith("application/vnd.geo+json")
    assert response.body["geometry"]["coordinates"] == [4.5, 45.5, 200]
    assert response.body["properties"]["createdAt"] == "2026-03-02T05:00:00Z", "the time of the request"
    before = await caller.ok(f"{path}/maintenance")
    await caller.change("e-208", odometer=caller.car("e-208").state.odometer + 100)
    await caller.pass_time(10 * DAY)
    after = await caller.ok(f"{path}/maintenance")
    assert after["mileageBeforeMaintenance"] == before["mileageBeforeMaintenance"] - 100
    assert after["daysBeforeMaintenance"] == before["daysBeforeMaintenance"] - 10
    await caller.sign_in("citroen")
    assert (await caller.get(f"{car_path(caller, 'C3')}/lastPosition")).body["code"] == 40400
