"""A car of which more and more is told, and what the long-term statistics say of it."""

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

POLL: Final = 3601  # the cars of these tests have been silent for days
TRIPS: Final = "/user/vehicles/{id}/trips"
MODEL: Final = "3 E-Tense"
NAME: Final = f"DS {MODEL}"
CHARGED: Final = f"{NAME} Charged energy (estimate)"
CHARGING_COST: Final = f"{NAME} Cost of charging (estimate)"
DISTANCE: Final = f"{NAME} Distance driven"
DRIVING_COST: Final = f"{NAME} Cost of driving"
DURATION: Final = f"{NAME} Time driven"

with_recorder = pytest.mark.usefixtures("hass_storage", "recorder_mock")

type Sums = dict[datetime, float]


async def list_statistics(hass: HomeAssistant) -> dict[str, dict[str, Any]]:
    """Return what is told of each of our statistics, by its name."""
    found = await get_instance(hass).async_add_executor_job(list_statistic_ids, hass)
    return {one["name"]: one for one in found if one["source"] == DOMAIN}


async def hourly_sums(hass: HomeAssistant) -> dict[str, Sums]:
    """Return the rows of each of our statistics, by its name, once all is written."""
    await hass.async_block_till_done(wait_background_tasks=True)
    await async_wait_recording_done(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    names = {one["statistic_id"]: name for name, one in (await list_statistics(hass)).items()}
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    found = await get_instance(hass).async_add_executor_job(
        statistics_during_period, hass, begin, None, set(names), "hour", None, {"sum", "state"}
    )
    assert all(row["state"] == row["sum"] for rows in found.values() for row in rows)
    return {
        names[name]: {datetime.fromtimestamp(row["start"], UTC): row["sum"] or 0.0 for row in rows}
        for name, rows in found.items()
    }


def final_sum(rows: Sums) -> float:
    """Return what a statistic comes to, after a look at its rows."""
    assert list(rows) == sorted(rows)
    assert list(rows.values()) == sorted(rows.values())
    return rows[max(rows)]


def build_trip(
    name: str, start: datetime, minutes: float, km: float, wh_per_100_km: float | None = None
) -> dict[str, Any]:
    """Return a trip as the API tells it."""
    end = start + timedelta(minutes=minutes)
    began, ended = (moment.isoformat().replace("+00:00", "Z") for moment in (start, end))
    used = {"type": "Electric", "subType": "ElectricEnergy", "avgConsumption": wh_per_100_km}
    return {
        "id": name,
        "createdAt": ended,
        "startedAt": began,
        "stoppedAt": ended,
        "duration": int(minutes * 60),
        "distance": km,
        "done": True,
        "energyConsumptions": [used] if wh_per_100_km is not None else [],
        "_links": {},
    }


def build_page(*trips: dict[str, Any], **links: str) -> dict[str, Any]:
    """Return trips as an answer of the API."""
    return {
        "_links": {relation: {"href": href} for relation, href in links.items()},
        "total": len(trips),
        "totalPage": 1,
        "currentPage": 1,
        "_embedded": {"trips": list(trips)},
    }


# The day before the simulator's own
DAY_START = START.replace(hour=0) - timedelta(days=1)
MORNING = build_trip("morning", DAY_START + timedelta(hours=10), 30, 10)
NOON = build_trip("noon", DAY_START + timedelta(hours=12, minutes=15), 30, 5)
AFTERNOON = build_trip("afternoon", DAY_START + timedelta(hours=14), 90, 30)


def hourly(**amounts: float) -> Sums:
    """Return rows of that day, `at_10=1.5` is what the sum was at the end of the hour from ten."""
    return {DAY_START + timedelta(hours=int(hour.removeprefix("at_"))): amount for hour, amount in amounts.items()}


class Scenario:
    """A car that is at home and of which more and more is told."""

    def __init__(self, hass: HomeAssistant, control: Control, simulator: Simulator) -> None:
        self.hass, self.control, self.simulator = hass, control, simulator
        self.mileage = 50_000.0

    async def change(self, **changes: Any) -> None:
        """Change the car and have it read."""
        self.simulator.world.clock.advance(60)
        await self.control.patch(await self.control.vin(MODEL), **changes)
        await advance_time(self.hass, POLL)

    async def drive(self, *trips: dict[str, Any]) -> None:
        """Let the server tell these trips, once the car has driven."""
        self.mileage += 10
        await self.control.fault(TRIPS, body=build_page(*trips))
        await self.change(odometer=self.mileage)

    async def charge(self, before: float, after: float, hours: float) -> None:
        """Charge the car."""
        await self.change(plug=True, charge=True, level=before)
        self.simulator.world.clock.advance(hours * 3600 - 60)
        await self.change(charge="Finished", level=after)


@pytest.fixture
def story(hass: HomeAssistant, control: Control, simulator: Simulator) -> Scenario:
    """A car of which more and more is told."""
    return Scenario(hass, control, simulator)
