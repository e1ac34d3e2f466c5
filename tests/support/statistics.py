"""A car that drives and charges, and access to its long-term statistics."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import list_statistic_ids, statistics_during_period
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.stellantis.const import DOMAIN
from simulator import Simulator
from tests.support.helpers import START, Control, advance_time

POLL: Final = 3601  # these cars have not reported for days, and are polled hourly
TRIPS: Final = "/user/vehicles/{id}/trips"
MODEL: Final = "3 E-Tense"
NAME: Final = f"DS {MODEL}"
CHARGED: Final = f"{NAME} Charged energy (estimated)"
CHARGED_AT_HOME: Final = f"{NAME} Energy charged at home (estimated)"
CHARGED_ELSEWHERE: Final = f"{NAME} Energy charged elsewhere (estimated)"
CHARGING_COST: Final = f"{NAME} Charging cost (estimated)"
DISTANCE: Final = f"{NAME} Distance driven"
DRIVING_COST: Final = f"{NAME} Driving cost"
DURATION: Final = f"{NAME} Driving time"

with_recorder = pytest.mark.usefixtures("hass_storage", "recorder_mock")

type Sums = dict[datetime, float]


async def list_statistics(hass: HomeAssistant) -> dict[str, dict[str, Any]]:
    """Return the metadata of each of our statistics, by its name."""
    statistics = await get_instance(hass).async_add_executor_job(list_statistic_ids, hass)
    return {metadata["name"]: metadata for metadata in statistics if metadata["source"] == DOMAIN}


async def hourly_sums(hass: HomeAssistant) -> dict[str, Sums]:
    """Wait until all rows are written, and return the sums of our statistics that have an amount, by their name."""
    await hass.async_block_till_done(wait_background_tasks=True)
    await async_wait_recording_done(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    names = {metadata["statistic_id"]: name for name, metadata in (await list_statistics(hass)).items()}
    start = datetime(2020, 1, 1, tzinfo=UTC)
    statistics = await get_instance(hass).async_add_executor_job(
        statistics_during_period, hass, start, None, set(names), "hour", None, {"sum", "state"}
    )
    assert all(row["state"] == row["sum"] for rows in statistics.values() for row in rows)
    return {
        names[statistic_id]: {datetime.fromtimestamp(row["start"], UTC): row["sum"] or 0.0 for row in rows}
        for statistic_id, rows in statistics.items()
        if any(row["sum"] for row in rows)
    }


def final_sum(rows: Sums) -> float:
    """Return the last sum of a statistic, and check that its rows are sorted and never fall."""
    assert list(rows) == sorted(rows)
    assert list(rows.values()) == sorted(rows.values())
    return rows[max(rows)]


def build_trip(
    trip_id: str, start: datetime, minutes: float, km: float, wh_per_100_km: float | None = None
) -> dict[str, Any]:
    """Build a trip as the API reports it."""
    end = start + timedelta(minutes=minutes)
    started_at, stopped_at = (time.isoformat().replace("+00:00", "Z") for time in (start, end))
    consumption = {"type": "Electric", "subType": "ElectricEnergy", "avgConsumption": wh_per_100_km}
    return {
        "id": trip_id,
        "createdAt": stopped_at,
        "startedAt": started_at,
        "stoppedAt": stopped_at,
        "duration": int(minutes * 60),
        "distance": km,
        "done": True,
        "energyConsumptions": [consumption] if wh_per_100_km is not None else [],
        "_links": {},
    }


def build_page(*trips: dict[str, Any], **links: str) -> dict[str, Any]:
    """Build a response of the API with trips."""
    return {
        "_links": {relation: {"href": href} for relation, href in links.items()},
        "total": len(trips),
        "totalPage": 1,
        "currentPage": 1,
        "_embedded": {"trips": list(trips)},
    }


# The day before the simulator's clock starts
DAY_START = START.replace(hour=0) - timedelta(days=1)
MORNING = build_trip("morning", DAY_START + timedelta(hours=10), 30, 10)
NOON = build_trip("noon", DAY_START + timedelta(hours=12, minutes=15), 30, 5)
AFTERNOON = build_trip("afternoon", DAY_START + timedelta(hours=14), 90, 30)


def hourly(**amounts: float) -> Sums:
    """Return the sums of that day: `at_10=1.5` is the sum at the end of the hour that starts at ten."""
    return {DAY_START + timedelta(hours=int(hour.removeprefix("at_"))): amount for hour, amount in amounts.items()}


class Scenario:
    """A car at home that drives and charges."""

    def __init__(self, hass: HomeAssistant, control: Control, simulator: Simulator) -> None:
        self.hass, self.control, self.simulator = hass, control, simulator
        self.mileage = 12_400.0

    async def change(self, **changes: Any) -> None:
        """Change the car, and poll it."""
        self.simulator.world.clock.advance(60)
        await self.control.patch(await self.control.vin(MODEL), **changes)
        await advance_time(self.hass, POLL)

    async def drive(self, *trips: dict[str, Any]) -> None:
        """Drive the car, and make the server list these trips."""
        self.mileage += 10
        await self.control.fault(TRIPS, body=build_page(*trips))
        await self.change(odometer=self.mileage)

    async def charge(self, start_level: float, end_level: float, hours: float) -> None:
        """Charge the car from one level to another."""
        await self.change(plug=True, charge=True, level=start_level)
        self.simulator.world.clock.advance(hours * 3600 - 60)
        await self.change(charge="Finished", level=end_level)


@pytest.fixture
def scenario(hass: HomeAssistant, control: Control, simulator: Simulator) -> Scenario:
    """A car at home that drives and charges."""
    return Scenario(hass, control, simulator)
