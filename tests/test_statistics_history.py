"""The history that the API still has becomes statistics: backwards, whole, and on where it broke off."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import aiohttp
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.conftest import Link
from tests.support.helpers import Control, advance_time
from tests.support.statistics import (
    AFTERNOON,
    DISTANCE,
    MORNING,
    NOON,
    POLL,
    TRIPS,
    Scenario,
    build_page,
    final_sum,
    hourly,
    hourly_sums,
    list_statistics,
    with_recorder,
)


async def asked(simulator: Simulator, entry: MockConfigEntry, vehicle_id: str) -> list[Mapping[str, Any]]:
    """Return the trips of a car as the API tells them, without our client."""
    url = f"{simulator.url}/connectedcar/v4/user/vehicles/{vehicle_id}/trips?pageSize=60"
    realm = f"clientsB2C{'DS' if entry.unique_id == 'ds' else entry.title}"
    headers = {"Authorization": f"Bearer {entry.data['token']['access_token']}", "x-introspect-realm": realm}
    trips: list[Mapping[str, Any]] = []
    async with aiohttp.ClientSession(headers=headers) as session:
        while url:
            async with session.get(f"{url}&client_id=demo-client") as response:
                body = await response.json()
            trips += body["_embedded"]["trips"]
            url = body["_links"].get("next", {}).get("href")
    return trips


def consumed(trips: list[Mapping[str, Any]], kind: str, finer: float) -> float:
    """Return what trips took of an energy."""
    return sum(
        float(used["avgConsumption"]) * float(trip["distance"]) / 100 / finer
        for trip in trips
        for used in trip["energyConsumptions"]
        if used["type"] == kind
    )


@with_recorder
@pytest.mark.parametrize(
    ("brand", "count"),
    [
        pytest.param("ds", 400, marks=pytest.mark.simulator(routine=True), id="a whole history"),
        pytest.param(
            "citroen",
            20,
            marks=pytest.mark.simulator(routine=True, start=datetime(2026, 1, 12, tzinfo=UTC)),
            id="petrol and electric",
        ),
    ],
)
async def test_history_is_filled_backwards(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, brand: str, count: int
) -> None:
    entry = await link(brand)
    expected: dict[str, float] = {}
    for vehicle in await control.vehicles(brand):
        trips = await asked(simulator, entry, vehicle["id"])
        assert len(trips) >= count
        name = f"{brand.upper()} {vehicle['model'].removeprefix('DS ')}"
        expected[f"{name} Distance driven"] = sum(one["distance"] for one in trips)
        expected[f"{name} Time driven"] = sum(one["duration"] for one in trips) / 3600
        expected[f"{name} Fuel used"] = consumed(trips, "Fuel", 100)
        expected[f"{name} Electricity used"] = consumed(trips, "Electric", 1000)
    # What a car never had makes no statistic
    expected = {name: amount for name, amount in expected.items() if amount}
    assert {name: final_sum(rows) for name, rows in (await hourly_sums(hass)).items()} == pytest.approx(expected)


@with_recorder
@pytest.mark.simulator(routine=True, start=datetime(2026, 4, 1, tzinfo=UTC))
async def test_history_is_read_on_where_it_broke_off(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    await control.put("faults", [{"path": TRIPS, "times": 2}, {"path": TRIPS, "status": 400}])
    entry = await link("ds")
    (vehicle,) = await control.vehicles("ds")
    found = await hourly_sums(hass)
    await control.delete("faults")
    trips = await asked(simulator, entry, vehicle["id"])
    assert len(trips) > 180
    assert final_sum(found[DISTANCE]) == pytest.approx(sum(one["distance"] for one in trips[:120]))
    await control.delete("requests")
    await advance_time(hass, POLL)
    assert final_sum((await hourly_sums(hass))[DISTANCE]) == pytest.approx(sum(one["distance"] for one in trips))
    assert (await control.request_counts())["GET /user/vehicles/{id}/trips"] < len(trips) / 60


@with_recorder
async def test_history_told_from_the_newest_on_has_no_gap(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, story: Scenario
) -> None:
    """What was told of it before a failure does not hide the older rest."""
    (vehicle,) = await control.vehicles("ds")
    rest = f"{simulator.url}/connectedcar/v4/user/vehicles/{vehicle['id']}/trips?pageToken=rest"
    first = build_page(AFTERNOON, NOON, next=rest)
    await control.put("faults", [{"path": TRIPS, "body": first, "times": 1}, {"path": TRIPS, "status": 400}])
    await link("ds")
    assert len(await list_statistics(hass)) == 2
    await story.drive(AFTERNOON, NOON, MORNING)
    assert (await hourly_sums(hass))[DISTANCE] == pytest.approx(hourly(at_10=10, at_12=15, at_14=35, at_15=45))
