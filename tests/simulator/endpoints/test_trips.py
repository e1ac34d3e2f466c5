"""Trips and their way points."""

from itertools import pairwise
from math import hypot
from typing import Any

import pytest

from ..conftest import Caller
from ..helpers import car_path, get_all

MODELS = {"peugeot": "308 Hybrid", "citroen": "C3", "opel": "Corsa-e", "vauxhall": "Mokka Electric"}


async def test_months_of_trips_are_listed(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    path = car_path(caller, "308 Hybrid")
    trips = await get_all(caller, f"{path}/trips", "trips")
    assert 100 < len(trips) <= 400
    assert trips[0]["startedAt"] < "2026-01-10"
    assert [trip["startedAt"] for trip in trips] == sorted(trip["startedAt"] for trip in trips)
    miles = [(trip["startMileage"], trip["distance"]) for trip in trips if "startMileage" in trip]
    assert all(before + km <= after + 0.2 for (before, km), (after, _) in pairwise(miles))
    trip = next(trip for trip in trips if "faults" not in trip)
    assert await caller.ok(f"{path}/trips/{trip['id']}") == trip
    assert trip["done"] is True
    assert trip["createdAt"] == trip["stoppedAt"]
    assert trip["_links"]["wayPoints"] == trip["_links"]["waypoints"]
    assert trip["kinetic"]["avgSpeed"] == pytest.approx(trip["distance"] * 1000 / trip["duration"], abs=0.1)
    assert trip["startEnergies"][1]["level"] >= trip["endEnergies"][1]["level"]
    assert [used["type"] for used in trip["energyConsumptions"]] == ["Fuel"]
    assert sum(part["distance"] for part in trip["segments"]) == pytest.approx(trip["distance"], abs=0.2)
    assert (await caller.get(f"{path}/trips/unknown")).body["code"] == 40400


@pytest.mark.parametrize(("brand", "model"), MODELS.items())
async def test_every_kind_of_car_has_trips(caller: Caller, brand: str, model: str) -> None:
    await caller.sign_in(brand)
    trips = await get_all(caller, f"{car_path(caller, model)}/trips", "trips")
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
    trips = await get_all(caller, path, "trips")

    async def ids(**query: Any) -> list[str]:
        return [trip["id"] for trip in await get_all(caller, path, "trips", **query)]

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


async def test_way_points_follow_the_route_and_can_be_simplified(caller: Caller) -> None:
    await caller.sign_in("opel")
    path = f"{car_path(caller, 'Corsa-e')}/trips"
    trip = (await get_all(caller, path, "trips", states="Nominal", distance="12-"))[-1]
    url = f"{path}/{trip['id']}/wayPoints"
    points = await get_all(caller, url, "positions")
    places = [point["geometry"]["coordinates"][:2] for point in points]
    assert len(points) == trip["duration"] // 60 + 1
    assert places[0] == trip["startPosition"]["geometry"]["coordinates"][:2]
    assert places[-1] == trip["stopPosition"]["geometry"]["coordinates"][:2]
    thin = [point["geometry"]["coordinates"][:2] for point in await get_all(caller, url, "positions", tolerance="0.2")]
    assert 2 < len(thin) < len(places)
    assert [thin[0], thin[-1]] == [places[0], places[-1]]
    assert all(place in places for place in thin)
    assert all(_distance(place, thin) < 0.25 for place in places)
    coarse = await get_all(caller, url, "positions", tolerance="1000")
    assert len(coarse) == 2
    assert (await caller.get(url, tolerance="fine")).status == 400
    assert (await caller.get(url, tolerance="-1")).status == 400
    last = await get_all(caller, url, "positions", timestamps=f"{trip['stoppedAt']}/PT1S")
    assert [point["geometry"]["coordinates"][:2] for point in last] == [places[-1]]


def _distance(place: list[float], path: list[list[float]]) -> float:
    """Return the distance of a place from a path in km, approximated in small steps."""
    steps = [
        [start[0] + (end[0] - start[0]) * step / 200, start[1] + (end[1] - start[1]) * step / 200]
        for start, end in pairwise(path)
        for step in range(201)
    ]
    return min(hypot((place[0] - at[0]) * 71, (place[1] - at[1]) * 111.3) for at in steps)


async def test_current_trip_grows(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    await caller.change("308 Hybrid", level=50, drive={"distance": 30, "minutes": 30})
    path = car_path(caller, "308 Hybrid")
    await caller.pass_time(600)
    trip = (await get_all(caller, f"{path}/trips", "trips", timestamps="2026-03-02T03:00:00Z/"))[-1]
    assert trip["done"] is False
    assert trip["duration"] == 600
    assert 7 < trip["distance"] < 8
    assert not trip.keys() & {"stoppedAt", "stopPosition", "endEnergies"}
    await caller.pass_time(3600)
    done = await caller.ok(f"{path}/trips/{trip['id']}")
    assert (done["done"], done["duration"], done["distance"]) == (True, 1800, 30.0)
    assert done["stoppedAt"] == "2026-03-02T03:30:00Z"


async def test_privacy_hides_positions_of_a_trip_or_the_whole_trip(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    path = car_path(caller, "308 Hybrid")
    await caller.change("308 Hybrid", privacy="Geolocation", drive={"distance": 5, "minutes": 10})
    await caller.pass_time(900)
    trip = (await get_all(caller, f"{path}/trips", "trips", timestamps="2026-03-02T03:00:00Z/"))[-1]
    assert not trip.keys() & {"startPosition", "stopPosition"}
    assert trip["faults"] == [{"fault": "DataLacking", "cause": "GeoPrivacy"}]
    assert await get_all(caller, f"{path}/trips/{trip['id']}/wayPoints", "positions") == []
    sent = await get_all(caller, f"{path}/trips/{trip['id']}/telemetry", "telemetries", extension="location")
    assert sent
    assert not any("_embedded" in message for message in sent)
    assert (await caller.get(f"{path}/lastPosition")).body["code"] == 40400
    await caller.change("308 Hybrid", privacy="Full", drive={"distance": 5, "minutes": 10})
    await caller.pass_time(900)
    assert (await get_all(caller, f"{path}/trips", "trips", timestamps="2026-03-02T03:00:00Z/"))[-1] == trip
    assert (await caller.get(f"{path}/maintenance")).body["code"] == 40400
