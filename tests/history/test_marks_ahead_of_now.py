"""What is dated in the future is no mark: what happens now stays news, with a store that holds such marks, too."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.coordinator import EndpointDescription
from custom_components.stellantis.data import Car
from custom_components.stellantis.endpoints import ALARMS, ALERTS, CHARGES, TRIPS
from custom_components.stellantis.history.events import build_charging_sessions, build_trips
from custom_components.stellantis.history.store import CarStore, EventCursor, newest_end
from custom_components.stellantis.vehicle.charging_reading import BatterySample
from custom_components.stellantis.vehicle.charging_session import ChargingSession
from custom_components.stellantis.vehicle.trip import TripRecord
from tests.conftest import Link
from tests.support.helpers import Control, only_car
from tests.support.vehicle_states import build_status, build_trip, set_status

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
# The clock of the car was ten years ahead
AHEAD = 10 * 365 * 86400


def trip(hours: float) -> TripRecord:
    """Build a trip that ends a number of hours after noon."""
    end = NOON + timedelta(hours=hours)
    return TripRecord(id=str(hours), start=end - timedelta(hours=1), end=end, distance=10)


def session(hours: float) -> ChargingSession:
    """Build a charging session that ends a number of hours after noon."""
    end = NOON + timedelta(hours=hours)
    return ChargingSession(start=end - timedelta(hours=1), end=end, start_level=20, end_level=40)


@pytest.mark.parametrize(
    ("ends", "newest"), [([], None), ([-3, -1], -1), ([-3, 0.05], 0.05), ([-3, -1, 1, 90_000], -1), ([1], None)]
)
def test_newest_end(ends: list[float], newest: float | None) -> None:
    expected = None if newest is None else NOON + timedelta(hours=newest)
    assert newest_end([trip(hours) for hours in ends], NOON) == expected
    assert newest_end([session(hours) for hours in ends], NOON) == expected


def test_record_from_the_future_is_not_shown_as_the_last_one() -> None:
    store = CarStore(trips=[trip(-2), trip(90_000)], charging_sessions=[session(-2), session(90_000)])
    trips = build_trips(store, (), currency=None, now=NOON)
    sessions = build_charging_sessions(store, (), currency=None, now=NOON)
    assert trips.last
    assert sessions.last
    assert trips.last.end == sessions.last.end == NOON - timedelta(hours=2)


def listing(name: str, *items: dict[str, Any]) -> dict[str, Any]:
    """Return a fault that has the server list these objects."""
    count = {"total": len(items), "totalPage": 1, "currentPage": 1}
    body = {"_links": {}, **count, "_embedded": {name: list(items)}}
    return {"path": f"/user/vehicles/{{id}}/{name}", "body": body}


def alert(alert_id: str, seconds_ago: float) -> dict[str, Any]:
    """Build an alert."""
    started = (dt_util.utcnow() - timedelta(seconds=seconds_ago)).isoformat()
    return {"id": alert_id, "active": True, "type": "EngineFault", "startedAt": started, "_links": {}}


def alarm(alarm_id: str, seconds_ago: float) -> dict[str, Any]:
    """Build a change of the alarm system."""
    time = (dt_util.utcnow() - timedelta(seconds=seconds_ago)).isoformat()
    return {"id": alarm_id, "status": {"createdAt": time, "activation": "Active"}, "_links": {}}


async def poll_all(car: Car) -> list[str]:
    """Poll alerts, alarms and trips, and return the types of the new events."""
    types: list[str] = []
    endpoints: tuple[EndpointDescription[Any], ...] = (ALERTS, ALARMS, TRIPS)
    for endpoint in endpoints:
        coordinator = car.coordinator_for(endpoint)
        assert coordinator
        await coordinator.async_refresh()
        assert coordinator.last_update_success
        types += [event.type for event in coordinator.data.new_events] if coordinator.has_data else []
    return types


async def test_events_from_the_future_hide_no_later_ones(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("ds")
    car = only_car(entry)
    await poll_all(car)
    await control.put(
        "faults",
        [
            listing("alerts", alert("a1", -AHEAD)),
            listing("alarms", alarm("b1", -AHEAD)),
            listing("trips", build_trip("c1", ended_ago=-AHEAD)),
        ],
    )
    await poll_all(car)
    for since in (car.store.alert_cursor.since, car.store.alarm_cursor.since, car.store.listed_until):
        assert since
        assert since <= dt_util.utcnow()
    # Over a restart, too
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await control.put(
        "faults",
        [
            listing("alerts", alert("a1", -AHEAD), alert("a2", 60)),
            listing("alarms", alarm("b1", -AHEAD), alarm("b2", 60)),
            listing("trips", build_trip("c1", ended_ago=-AHEAD), build_trip("c2", ended_ago=60)),
        ],
    )
    car = only_car(entry)
    assert await poll_all(car) == ["raised", "armed", "finished"]
    assert [record.id for record in car.store.trips] == ["c2"]


async def test_store_with_marks_from_the_future(
    hass: HomeAssistant, link: Link, control: Control, hass_storage: dict[str, Any]
) -> None:
    """An older version stored them."""
    future = dt_util.utcnow() + timedelta(seconds=AHEAD)
    seen = EventCursor(initialized=True, since=future, seen={"x": None})
    record = TripRecord(id="c1", start=future, end=future, distance=10)
    store = CarStore(
        trips=[record],
        charging_sessions=[ChargingSession(start=future, end=future, start_level=20, end_level=40)],
        battery_sample=BatterySample(measured_at=future, level=90),
        history_complete=True,
        listed_until=future,
        alert_cursor=seen,
        alarm_cursor=seen,
    )
    vin = await control.vin("3 E-Tense")
    entry = await link("ds", setup=False)
    hass_storage[f"{DOMAIN}.{entry.entry_id}"] = {"version": 1, "data": {vin: store.to_dict()}}
    await set_status(control, vin, build_status(level=30, seconds_ago=600))
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    car = only_car(entry)
    await control.put(
        "faults", [listing("alerts", alert("a2", 60)), listing("alarms", alarm("b2", 60)), listing("trips")]
    )
    await poll_all(car)
    await control.put(
        "faults",
        [
            listing("alerts", alert("a2", 60), alert("a3", 50)),
            listing("alarms", alarm("b3", 50)),
            listing("trips", build_trip("c2", ended_ago=60)),
        ],
    )
    assert await poll_all(car) == ["raised", "armed", "finished"]
    marks = (car.store.alert_cursor.since, car.store.alarm_cursor.since, car.store.listed_until)
    assert all(mark and mark <= dt_util.utcnow() for mark in marks)
    # A charge is recorded again
    for level, charging in ((40, True), (80, False)):
        await set_status(control, vin, build_status(level=level, charging=charging, seconds_ago=300 - 3 * level))
        await car.status.async_refresh()
        await hass.async_block_till_done(wait_background_tasks=True)
    charges = car.coordinator_for(CHARGES)
    assert charges
    assert charges.data.last
    assert charges.data.last.end_level == 80
