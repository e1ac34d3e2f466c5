"""News of a car: told once, when they come late, in part, or while Home Assistant is down."""

from typing import Any

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.data import Car
from custom_components.stellantis.endpoints import ALERTS, TRIPS
from simulator import Simulator
from tests.conftest import Link
from tests.support.helpers import Control, drive, get_state, only_car

CAR = "ds_3_e_tense"
PATHS = {key: f"/user/vehicles/{{id}}/{key}" for key in ("alerts", "trips")}
EMPTY = {"_links": {}, "total": 0, "totalPage": 0, "currentPage": 1, "_embedded": {"trips": [], "alerts": []}}


async def heard(hass: HomeAssistant, car: Car, endpoint: Any) -> list[str]:
    """Return what is news at the next look."""
    coordinator = car.coordinator_for(endpoint)
    assert coordinator
    await coordinator.async_refresh()
    return [one.type for one in coordinator.data.new_events]


async def test_first_alert_of_a_car_is_news(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    """Platforms say 404 where there is nothing yet, and where there is nothing any more."""
    await control.fault(PATHS["alerts"], status=404)
    entry = await link("ds")
    await control.delete("faults")
    simulator.world.clock.advance(60)
    await control.patch(await control.vin("3 E-Tense"), alerts=["AddWasherFluid"])
    assert await heard(hass, only_car(entry), ALERTS) == ["raised"]
    await hass.async_block_till_done()
    assert get_state(hass, f"sensor.{CAR}_alerts") == "1"
    await control.fault(PATHS["alerts"], status=404)
    assert await heard(hass, only_car(entry), ALERTS) == ["cleared"]
    assert await heard(hass, only_car(entry), ALERTS) == []
    assert get_state(hass, f"sensor.{CAR}_alerts") == "0"


async def test_alert_in_place_of_another(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    """As many as before, but others."""
    entry = await link("ds")
    vin = await control.vin("3 E-Tense")
    for alert in ("AddWasherFluid", "RiskOfIce"):
        simulator.world.clock.advance(60)
        await control.patch(vin, alerts=[alert])
        await heard(hass, only_car(entry), ALERTS)
        shown = hass.states.get(f"sensor.{CAR}_alerts")
        assert shown
        assert shown.state == "1"
        kind = {"AddWasherFluid": "add_washer_fluid", "RiskOfIce": "risk_of_ice"}[alert]
        assert shown.attributes["alerts"] == [kind]


@pytest.mark.parametrize(
    ("severity", "shown"), [("Critical", "critical"), (None, STATE_UNKNOWN), ("Odd", STATE_UNKNOWN)]
)
async def test_severity_of_an_alert(
    hass: HomeAssistant, link: Link, control: Control, severity: str | None, shown: str
) -> None:
    alert = {"id": "a", "active": True, "type": "EngineFault", "startedAt": "2026-11-20T12:00:00Z", "_links": {}}
    body = {**EMPTY, "total": 1, "totalPage": 1, "_embedded": {"alerts": [{**alert, "severity": severity}]}}
    entry = await link("ds")
    assert get_state(hass, f"sensor.{CAR}_alert_severity") == "none"
    await control.fault(PATHS["alerts"], body=body)
    await heard(hass, only_car(entry), ALERTS)
    assert get_state(hass, f"sensor.{CAR}_alert_severity") == shown
    assert get_state(hass, f"binary_sensor.{CAR}_critical_alert") == ("on" if severity == "Critical" else "off")


async def test_trip_during_a_restart_is_news(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    """What happened while Home Assistant was down is told, once there is somebody to hear it."""
    entry = await link("ds")
    await drive(control, simulator, await control.vin("3 E-Tense"), 10)
    await hass.config_entries.async_unload(entry.entry_id)
    await drive(control, simulator, await control.vin("3 E-Tense"), 7)
    await hass.config_entries.async_setup(entry.entry_id)
    trips = only_car(entry).coordinator_for(TRIPS)
    assert trips
    assert not trips.has_data
    heard_of: list[Any] = []
    entry.async_on_unload(trips.async_add_listener(lambda: heard_of.extend(trips.data.new_events)))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [one.attributes["distance"] for one in heard_of] == [10, 7]


async def test_news_that_was_read_in_part_is_read_again(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    entry = await link("ds")
    car = only_car(entry)
    await drive(control, simulator, await control.vin("3 E-Tense"), 10)
    await drive(control, simulator, await control.vin("3 E-Tense"), 7)
    first, second = await two_pages(hass, control, entry)
    await control.put("faults", [{**first, "times": 1}, {**second, "status": 500}])
    trips = car.coordinator_for(TRIPS)
    assert trips
    await trips.async_refresh()
    assert (trips.last_update_success, car.store.trips) == (False, [])
    await control.delete("faults")
    assert await heard(hass, car, TRIPS) == ["finished", "finished"]


@pytest.mark.parametrize("newest_first", [False, True])
async def test_history_that_broke_off_is_read_on(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, newest_first: bool
) -> None:
    """In whatever order the platform lists it. What there was at first is no news."""
    for km in (5, 6, 7):
        simulator.world.clock.advance(48 * 3600)
        await drive(control, simulator, await control.vin("3 E-Tense"), km)
    await control.fault(PATHS["trips"], status=500)
    entry = await link("ds")
    car = only_car(entry)
    assert car.store.trips == []
    first, second = await two_pages(hass, control, entry, newest_first=newest_first)
    await control.put("faults", [{**first, "times": 1}, {**second, "status": 500}])
    trips = car.coordinator_for(TRIPS)
    assert trips
    await trips.async_refresh()
    assert [trip.distance for trip in car.store.trips] == [7 if newest_first else 5]
    assert not car.store.history_complete
    await control.delete("faults")
    assert await heard(hass, car, TRIPS) == []
    assert [trip.distance for trip in car.store.trips] == [5, 6, 7]


async def two_pages(
    hass: HomeAssistant, control: Control, entry: MockConfigEntry, *, newest_first: bool = False
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a fault that serves a first page of one trip, and one for the page that follows."""
    car = only_car(entry)
    client = car.account.client
    await control.delete("faults")
    bodies = [trip async for trip in client.trips(car.status.vehicle_id)]
    trip = bodies[-1 if newest_first else 0]
    assert trip.started_at
    assert trip.stopped_at
    told: dict[str, Any] = {
        "id": trip.id,
        "startedAt": trip.started_at.isoformat(),
        "stoppedAt": trip.stopped_at.isoformat(),
        "distance": trip.distance,
        "done": True,
        "_links": {},
    }
    path = f"/user/vehicles/{car.status.vehicle_id}/trips"
    url = f"{entry.data['url']}/connectedcar/v4{path}?pageToken=more"
    body = {**EMPTY, "total": 2, "totalPage": 2, "_embedded": {"trips": [told]}, "_links": {"next": {"href": url}}}
    return {"path": path, "body": body}, {"path": path}
