"""Import of the trips that the API already has when an account is added."""

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
    DURATION,
    MORNING,
    NOON,
    POLL,
    TRIPS,
    Scenario,
    build_page,
    final_sum,
    hourly,
    hourly_sums,
    with_recorder,
)


async def fetch_trips(simulator: Simulator, entry: MockConfigEntry, vehicle_id: str) -> list[Mapping[str, Any]]:
    """Return the trips of a car from the API, without our client."""
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


def total_consumption(trips: list[Mapping[str, Any]], energy_type: str, divisor: float) -> float:
    """Return the total consumption of an energy."""
    return sum(
        float(consumption["avgConsumption"]) * float(trip["distance"]) / 100 / divisor
        for trip in trips
        for consumption in trip["energyConsumptions"]
        if consumption["type"] == energy_type
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
async def test_existing_trips_are_imported(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, brand: str, count: int
) -> None:
    entry = await link(brand)
    expected: dict[str, float] = {}
    for vehicle in await control.vehicles(brand):
        trips = await fetch_trips(simulator, entry, vehicle["id"])
        assert len(trips) >= count
        name = f"{brand.upper()} {vehicle['model'].removeprefix('DS ')}"
        expected[f"{name} Distance driven"] = sum(trip["distance"] for trip in trips)
        expected[f"{name} Driving time"] = sum(trip["duration"] for trip in trips) / 3600
        expected[f"{name} Fuel used for driving"] = total_consumption(trips, "Fuel", 100)
        expected[f"{name} Electricity used for driving"] = total_consumption(trips, "Electric", 1000)
    # There is no statistic of an energy that the car does not use
    expected = {name: amount for name, amount in expected.items() if amount}
    assert {name: final_sum(rows) for name, rows in (await hourly_sums(hass)).items()} == pytest.approx(expected)


@with_recorder
@pytest.mark.simulator(routine=True, start=datetime(2026, 4, 1, tzinfo=UTC))
async def test_interrupted_history_is_continued(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    await control.put("faults", [{"path": TRIPS, "times": 2}, {"path": TRIPS, "status": 400}])
    entry = await link("ds")
    (vehicle,) = await control.vehicles("ds")
    sums = await hourly_sums(hass)
    await control.delete("faults")
    trips = await fetch_trips(simulator, entry, vehicle["id"])
    assert len(trips) > 180
    assert final_sum(sums[DISTANCE]) == pytest.approx(sum(trip["distance"] for trip in trips[:120]))
    await control.delete("requests")
    await advance_time(hass, POLL)
    assert final_sum((await hourly_sums(hass))[DISTANCE]) == pytest.approx(sum(trip["distance"] for trip in trips))
    assert (await control.request_counts())["GET /user/vehicles/{id}/trips"] < len(trips) / 60


@with_recorder
async def test_interrupted_history_in_reverse_order_has_no_gap(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, scenario: Scenario
) -> None:
    """Trips that were read before a failure do not hide older ones."""
    (vehicle,) = await control.vehicles("ds")
    rest = f"{simulator.url}/connectedcar/v4/user/vehicles/{vehicle['id']}/trips?pageToken=rest"
    first = build_page(AFTERNOON, NOON, next=rest)
    await control.put("faults", [{"path": TRIPS, "body": first, "times": 1}, {"path": TRIPS, "status": 400}])
    await link("ds")
    assert set(await hourly_sums(hass)) == {DISTANCE, DURATION}
    await scenario.drive(AFTERNOON, NOON, MORNING)
    assert (await hourly_sums(hass))[DISTANCE] == pytest.approx(hourly(at_10=10, at_12=15, at_14=35, at_15=45))
