"""What cars have reported: trips, telemetry, alerts, alarms, collisions, position, maintenance."""

from datetime import datetime
from itertools import pairwise
from math import hypot
from typing import Any

import pytest

from simulator import SimulatorConfig

from .conftest import MONDAY, Caller

DAY = 86400
MODELS = {"peugeot": "308 Hybrid", "citroen": "C3", "opel": "Corsa-e", "vauxhall": "Mokka Electric"}


def car_path(caller: Caller, model: str) -> str:
    """Return the path of the first car of a model."""
    return f"/user/vehicles/{caller.car(model).id}"


async def everything(caller: Caller, path: str, name: str, **query: Any) -> list[Any]:
    """Return a whole collection, following its links."""
    items: list[Any] = []
    body = await caller.ok(path, **query)
    items += body["_embedded"][name]
    while "next" in body["_links"]:
        body = await caller.ok(body["_links"]["next"]["href"])
        items += body["_embedded"][name]
    return items


async def test_months_of_trips_are_remembered_and_the_same_in_every_run(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    path = car_path(caller, "308 Hybrid")
    trips = await everything(caller, f"{path}/trips", "trips")
    assert 100 < len(trips) <= 400
    assert trips[0]["startedAt"] < "2026-01-10"
    assert [trip["startedAt"] for trip in trips] == sorted(trip["startedAt"] for trip in trips)
    miles = [(trip["startMileage"], trip["distance"]) for trip in trips if "startMileage" in trip]
    assert all(before + km <= after + 0.2 for (before, km), (after, _) in pairwise(miles))
    one = next(trip for trip in trips if "faults" not in trip)
    assert await caller.ok(f"{path}/trips/{one['id']}") == one
    assert one["done"] is True
    assert one["createdAt"] == one["stoppedAt"]
    assert one["_links"]["wayPoints"] == one["_links"]["waypoints"]
    assert one["kinetic"]["avgSpeed"] == pytest.approx(one["distance"] * 1000 / one["duration"], abs=0.1)
    assert one["startEnergies"][1]["level"] >= one["endEnergies"][1]["level"]
    assert [used["type"] for used in one["energyConsumptions"]] == ["Fuel"]
    assert sum(part["distance"] for part in one["segments"]) == pytest.approx(one["distance"], abs=0.2)
    assert (await caller.get(f"{path}/trips/unknown")).body["code"] == 40400


@pytest.mark.parametrize(("brand", "model"), MODELS.items())
async def test_every_kind_of_car_has_trips(caller: Caller, brand: str, model: str) -> None:
    await caller.sign_in(brand)
    trips = await everything(caller, f"{car_path(caller, model)}/trips", "trips")
    used = {item["subType"] for trip in trips for item in trip["energyConsumptions"]}
    assert (
        used
        == {
            "308 Hybrid": {"FossilEnergy"},
            "C3": {"FossilEnergy"},
            "Corsa-e": {"ElectricEnergy"},
            "Mokka Electric": set(),
        }[model]
    )
    assert {fault["fault"] for trip in trips for fault in trip.get("faults", ())} <= {
        "Unstarted", "DataLacking", "Unfinished",
    }  # fmt: skip


async def test_trips_are_filtered(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    path = f"{car_path(caller, 'e-208')}/trips"
    trips = await everything(caller, path, "trips")

    async def ids(**query: Any) -> list[str]:
        return [trip["id"] for trip in await everything(caller, path, "trips", **query)]

    def those(wanted: Any) -> list[str]:
        return [trip["id"] for trip in trips if wanted(trip)]

    assert await ids(distance="10-20.5") == those(lambda trip: 10 <= trip["distance"] <= 20.5)
    assert await ids(duration="1200-") == those(lambda trip: trip["duration"] >= 1200)
    assert await ids(states="Nominal") == those(lambda trip: "faults" not in trip)
    faulty = await ids(states="DataLacking,Unstarted,Unfinished")
    assert faulty == those(lambda trip: "faults" in trip)
    assert faulty
    february = await ids(timestamps="2026-02-01T00:00:00Z/P1M")
    assert february == those(lambda trip: "2026-02-01" <= trip["createdAt"] < "2026-03-01T00:00:01")
    assert february
    assert await ids(timestamps="2026-02-01T00:00:00+01:00/2026-02-02T00:00:00Z,2026-02-20T00:00:00Z/") == those(
        lambda trip: "2026-01-31T23" <= trip["createdAt"] <= "2026-02-02" or trip["createdAt"] >= "2026-02-20"
    )
    assert await ids(timestamps="/2026-01-20T00:00:00Z") == those(lambda trip: trip["createdAt"] <= "2026-01-20")
    mornings = those(lambda trip: "06" <= trip["createdAt"][11:13] < "12" and trip["createdAt"] > "2026-02-02")
    assert await ids(timestamps="R/2026-02-02T06:00:00Z/P1D/PT6H") == mornings
    assert await ids(timestamps="R3/2026-02-02T06:00:00Z/P1D/P6H") == [
        trip_id for trip_id in mornings if trip_id in await ids(timestamps="/2026-02-05T00:00:00Z")
    ]
    monthly = await ids(timestamps="R2/2026-01-10T00:00:00Z/P1M")
    assert monthly == those(lambda trip: trip["createdAt"][:10] in {"2026-01-10", "2026-02-10"})
    assert [len(await ids(indexRange=text)) for text in ("0-9", "3-3")] == [10, 1]


@pytest.mark.parametrize(
    ("where", "query"),
    [
        ("trips", {"timestamps": "yesterday/"}),
        ("trips", {"timestamps": "2026-02-01T00:00:00Z"}),
        ("trips", {"timestamps": "2026-02-01T00:00:00/P1D"}),
        ("trips", {"timestamps": "2026-02-02T00:00:00Z/2026-02-01T00:00:00Z"}),
        ("trips", {"timestamps": "2026-02-02T00:00:00Z/P"}),
        ("trips", {"timestamps": "2026-02-02T00:00:00Z/P1DT"}),
        ("trips", {"timestamps": "R/2026-02-02T00:00:00Z"}),
        ("trips", {"timestamps": "R2/2026-02-02T00:00:00Z/PT0S"}),
        ("trips", {"timestamps": "Rx/2026-02-02T00:00:00Z/P1D"}),
        ("trips", {"timestamps": "R/2026-01-01T00:00:00Z/P9000Y"}),
        ("trips", {"timestamps": "R/2026-01-01T00:00:00Z/P1D/P9000Y"}),
        ("trips", {"timestamps": "R/9999-01-01T00:00:00Z/P1D/P2Y"}),
        ("trips", {"timestamps": ",".join(["/2026-02-02T00:00:00Z"] * 11)}),
        ("trips", {"distance": "1.55-"}),
        ("trips", {"distance": "5-1"}),
        ("trips", {"duration": "1.5-"}),
        ("trips", {"duration": "long"}),
        ("trips", {"states": "Happy"}),
        ("trips", {"pageSize": "61"}),
        ("alarms", {"type": "vehicle.alarm"}),
        ("alerts", {"locale": "fr"}),
        ("telemetry", {"type": "vehicle.kinetic"}),
        ("telemetry", {"extension": "odometer"}),
        ("telemetry", {"pageSize": "2001"}),
        ("lastPosition", {"pageSize": "1"}),
        ("maintenance", {"locale": "fr"}),
    ],
    ids=str,
)
async def test_a_bad_filter_is_named(caller: Caller, where: str, query: Any) -> None:
    await caller.sign_in("peugeot")
    answer = await caller.get(f"{car_path(caller, 'e-208')}/{where}", **query)
    assert (answer.status, answer.body["code"]) == (400, 40000)
    assert next(iter(query)) in answer.body["message"]


async def test_way_points_follow_the_way_and_can_be_thinned(caller: Caller) -> None:
    await caller.sign_in("opel")
    path = f"{car_path(caller, 'Corsa-e')}/trips"
    trip = (await everything(caller, path, "trips", states="Nominal", distance="12-"))[-1]
    url = f"{path}/{trip['id']}/wayPoints"
    points = await everything(caller, url, "positions")
    places = [point["geometry"]["coordinates"][:2] for point in points]
    assert len(points) == trip["duration"] // 60 + 1
    assert places[0] == trip["startPosition"]["geometry"]["coordinates"][:2]
    assert places[-1] == trip["stopPosition"]["geometry"]["coordinates"][:2]
    thin = [
        point["geometry"]["coordinates"][:2] for point in await everything(caller, url, "positions", tolerance="0.2")
    ]
    assert 2 < len(thin) < len(places)
    assert [thin[0], thin[-1]] == [places[0], places[-1]]
    assert all(place in places for place in thin)
    assert all(_distance(place, thin) < 0.25 for place in places)
    coarse = await everything(caller, url, "positions", tolerance="1000")
    assert len(coarse) == 2
    assert (await caller.get(url, tolerance="fine")).status == 400
    assert (await caller.get(url, tolerance="-1")).status == 400
    last = await everything(caller, url, "positions", timestamps=f"{trip['stoppedAt']}/PT1S")
    assert [point["geometry"]["coordinates"][:2] for point in last] == [places[-1]]


def _distance(place: list[float], path: list[list[float]]) -> float:
    """Return how far a place is from a path, in km; the path is walked in small steps."""
    steps = [
        [one[0] + (two[0] - one[0]) * step / 200, one[1] + (two[1] - one[1]) * step / 200]
        for one, two in pairwise(path)
        for step in range(201)
    ]
    return min(hypot((place[0] - at[0]) * 71, (place[1] - at[1]) * 111.3) for at in steps)


async def test_a_trip_under_way_grows(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    await caller.change("308 Hybrid", level=50, drive={"distance": 30, "minutes": 30})
    path = car_path(caller, "308 Hybrid")
    await caller.pass_time(600)
    trip = (await everything(caller, f"{path}/trips", "trips", timestamps="2026-03-02T03:00:00Z/"))[-1]
    assert trip["done"] is False
    assert trip["duration"] == 600
    assert 7 < trip["distance"] < 8
    assert not trip.keys() & {"stoppedAt", "stopPosition", "endEnergies"}
    await caller.pass_time(3600)
    done = await caller.ok(f"{path}/trips/{trip['id']}")
    assert (done["done"], done["duration"], done["distance"]) == (True, 1800, 30.0)
    assert done["stoppedAt"] == "2026-03-02T03:30:00Z"


async def test_a_private_trip_shows_no_place_and_a_secret_one_does_not_show(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    path = car_path(caller, "308 Hybrid")
    await caller.change("308 Hybrid", privacy="Geolocation", drive={"distance": 5, "minutes": 10})
    await caller.pass_time(900)
    trip = (await everything(caller, f"{path}/trips", "trips", timestamps="2026-03-02T03:00:00Z/"))[-1]
    assert not trip.keys() & {"startPosition", "stopPosition"}
    assert trip["faults"] == [{"fault": "DataLacking", "cause": "GeoPrivacy"}]
    assert await everything(caller, f"{path}/trips/{trip['id']}/wayPoints", "positions") == []
    sent = await everything(caller, f"{path}/trips/{trip['id']}/telemetry", "telemetries", extension="location")
    assert sent
    assert not any("_embedded" in message for message in sent)
    assert (await caller.get(f"{path}/lastPosition")).body["code"] == 40400
    await caller.change("308 Hybrid", privacy="Full", drive={"distance": 5, "minutes": 10})
    await caller.pass_time(900)
    assert (await everything(caller, f"{path}/trips", "trips", timestamps="2026-03-02T03:00:00Z/"))[-1] == trip
    assert (await caller.get(f"{path}/maintenance")).body["code"] == 40400


class TestTelemetry:
    """Message by message."""

    async def test_a_trip_is_told_minute_by_minute(self, caller: Caller) -> None:
        await caller.sign_in("peugeot")
        path = car_path(caller, "E-3008 Dual Motor")
        trip = (await everything(caller, f"{path}/trips", "trips", states="Nominal", duration="1200-"))[-1]
        url = f"{path}/trips/{trip['id']}/telemetry"
        sent = await everything(caller, url, "telemetries", pageSize="7", extension="location,maintenance")
        assert len(sent) == trip["duration"] // 60 + 1
        assert sent[5]["vehicle"].keys() >= {"engines", "energies", "adas", "transmission", "wipingBlades", "kinetic"}
        assert sent[5]["vehicle"]["kinetic"]["moving"] is True
        assert "createdAt" not in sent[5]["vehicle"]["engines"][0]
        assert sent[5]["_embedded"]["extension"].keys() == {"location", "maintenance"}
        assert sent[5]["_links"]["trip"] == trip["_links"]["self"]
        miles = [message["vehicle"]["odometer"]["mileage"] for message in sent]
        assert miles == sorted(miles)
        assert miles[-1] == pytest.approx(trip["startMileage"] + trip["distance"], abs=0.11)
        page = await caller.ok(url, pageSize="7")
        assert "pageToken" not in page["_links"]["next"]["href"]

    async def test_parked_and_charging_cars_send_too(self, caller: Caller) -> None:
        await caller.sign_in("peugeot")
        sent = await everything(caller, f"{car_path(caller, 'e-208')}/telemetry", "telemetries", pageSize="2000")
        times = [message["createdAt"] for message in sent]
        assert times == sorted(times)
        charging = [
            message["vehicle"]["energies"][0]
            for message in sent
            if message["vehicle"]["energies"][0]["extension"]["electric"]["charging"]["status"] == "InProgress"
        ]
        assert len(charging) > 50
        assert max(energy["level"] for energy in charging) > 80
        assert any(not message.get("vehicle", {}).get("kinetic", {}).get("moving") for message in sent)

    @pytest.mark.parametrize(
        ("types", "top", "vehicle"),
        [
            ("environment", {"environment"}, set[str]()),
            ("privacy,vehicle.battery", {"privacy", "vehicle"}, {"battery"}),
            ("vehicle.alarm.trigger", {"vehicle"}, {"alarm"}),
            ("vehicle.doorsState,vehicle.safety", {"vehicle"}, {"doorsState", "safety"}),
        ],
    )
    async def test_types_narrow(self, caller: Caller, types: str, top: set[str], vehicle: set[str]) -> None:
        await caller.sign_in("peugeot")
        body = await caller.ok(f"{car_path(caller, '308 Hybrid')}/telemetry", type=types, pageSize="1")
        message = body["_embedded"]["telemetries"][0]
        assert message.keys() == {"createdAt", "_links"} | top
        assert message.get("vehicle", {}).keys() == vehicle
        if "alarm" in vehicle:
            assert message["vehicle"]["alarm"].keys() == {"trigger"}
        assert body["total"] > 60

    async def test_scopes_hide(self, caller: Caller) -> None:
        for scopes, top, extension in (
            ("data:telemetry", {"vehicle", "privacy", "environment", "_embedded"}, {"maintenance"}),
            ("data:position", {"_embedded"}, {"location"}),
            ("openid", set[str](), set[str]()),
        ):
            await caller.sign_in("peugeot", scopes)
            path = f"{car_path(caller, '308 Hybrid')}/telemetry"
            body = await caller.ok(path, pageSize="1", extension="location,maintenance")
            message = body["_embedded"]["telemetries"][0]
            assert message.keys() == {"createdAt", "_links"} | top
            assert message.get("_embedded", {}).get("extension", {}).keys() == extension


async def test_alerts_come_and_go(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    path = car_path(caller, "308 Hybrid")
    past = await everything(caller, f"{path}/alerts", "alerts")
    assert "RiskOfIce" in {alert["type"] for alert in past}, "it has been winter"
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


async def test_alarms_are_of_two_types(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    path = f"{car_path(caller, '308 Hybrid')}/alarms"
    statuses = await everything(caller, path, "alarms", type="vehicle.alarm.status")
    triggers = await everything(caller, path, "alarms", type="vehicle.alarm.trigger")
    assert len(statuses) > 100
    assert {alarm["status"]["activation"] for alarm in statuses} == {"Active", "Inactive"}
    assert [alarm["trigger"]["type"] for alarm in triggers] == ["VolumetricBreakIn"]
    assert len(await everything(caller, path, "alarms")) == len(statuses) + 1
    assert await caller.ok(f"{path}/{triggers[0]['id']}") == triggers[0]
    await caller.sign_in("ds")
    assert (await caller.get(f"{car_path(caller, '3 E-Tense')}/alarms")).body["code"] == 40400


async def test_collisions(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    path = car_path(caller, "e-208")
    await caller.change("e-208", drive={"distance": 5, "minutes": 10})
    await caller.pass_time(300)
    await caller.change("e-208", collision={"side": "Front", "severity": "Major"})
    found = (await everything(caller, f"{path}/collisions", "Collisions"))[-1]
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
    answer = await caller.get(f"{path}/lastPosition")
    assert answer.headers["Content-Type"].startswith("application/vnd.geo+json")
    assert answer.body["geometry"]["coordinates"] == [4.5, 45.5, 200]
    assert answer.body["properties"]["createdAt"] == "2026-03-02T05:00:00Z", "the time of the request, as in life"
    before = await caller.ok(f"{path}/maintenance")
    await caller.change("e-208", odometer=caller.car("e-208").state.odometer + 100)
    await caller.pass_time(10 * DAY)
    after = await caller.ok(f"{path}/maintenance")
    assert after["mileageBeforeMaintenance"] == before["mileageBeforeMaintenance"] - 100
    assert after["daysBeforeMaintenance"] == before["daysBeforeMaintenance"] - 10
    await caller.sign_in("citroen")
    assert (await caller.get(f"{car_path(caller, 'C3')}/lastPosition")).body["code"] == 40400


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
async def test_a_required_scope_that_is_missing_is_403(caller: Caller, where: str, needed: set[str]) -> None:
    every = {f"data:{word}" for word in ("telemetry", "position", "alert", "collision", "trip")}
    for missing in needed:
        await caller.sign_in("peugeot", " ".join(every - {missing}))
        answer = await caller.get(f"{car_path(caller, 'e-208')}/{where}")
        assert (answer.status, answer.body["code"]) == (403, 40300)
        assert missing in answer.body["message"]
    await caller.sign_in("peugeot", " ".join(needed))
    assert (await caller.get(f"{car_path(caller, 'e-208')}/{where}")).status in {200, 404}


async def test_lives_go_on_from_run_to_run(caller: Caller) -> None:
    await caller.sign_in("vauxhall")
    body = await caller.status("Mokka Electric")
    later = SimulatorConfig(start=datetime.fromisoformat("2026-03-20T03:00:00Z"), speed=0)
    async with caller.elsewhere(later) as other:
        await other.sign_in("vauxhall")
        theirs = await other.status("Mokka Electric")
        assert theirs["odometer"]["mileage"] > body["odometer"]["mileage"]
    await caller.pass_time((later.start - MONDAY).total_seconds() if later.start else 0)
    ours = await caller.status("Mokka Electric")
    assert {**ours, "_links": None} == {**theirs, "_links": None}
