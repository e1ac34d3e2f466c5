"""New events that are late, read in part, or that happen while Home Assistant is not running."""

from typing import Any

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


async def poll_event_types(hass: HomeAssistant, car: Car, endpoint: Any) -> list[str]:
    """Poll an endpoint, and return the types of the new events."""
    coordinator = car.coordinator_for(endpoint)
    assert coordinator
    await coordinator.async_refresh()
    return [event.type for event in coordinator.data.new_events]


async def test_first_alert_of_a_car_is_new(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    """The API responds with 404 if there are no alerts."""
    await control.fault(PATHS["alerts"], status=404)
    entry = await link("ds")
    await control.delete("faults")
    simulator.world.clock.advance(60)
    await control.patch(await control.vin("3 E-Tense"), alerts=["AddWasherFluid"])
    assert await poll_event_types(hass, only_car(entry), ALERTS) == ["raised"]
    await hass.async_block_till_done()
    assert get_state(hass, f"sensor.{CAR}_warning") == "add_washer_fluid"
    await control.fault(PATHS["alerts"], status=404)
    assert await poll_event_types(hass, only_car(entry), ALERTS) == ["cleared"]
    assert await poll_event_types(hass, only_car(entry), ALERTS) == []
    assert get_state(hass, f"sensor.{CAR}_warning") == "none"


async def test_alert_replaces_another(hass: HomeAssistant, link: Link, control: Control, simulator: Simulator) -> None:
    """The number of alerts stays the same, but the alert differs."""
    entry = await link("ds")
    vin = await control.vin("3 E-Tense")
    for alert in ("AddWasherFluid", "RiskOfIce"):
        simulator.world.clock.advance(60)
        await control.patch(vin, alerts=[alert])
        await poll_event_types(hass, only_car(entry), ALERTS)
        warning = hass.states.get(f"sensor.{CAR}_warning")
        assert warning
        alert_key = {"AddWasherFluid": "add_washer_fluid", "RiskOfIce": "risk_of_ice"}[alert]
        assert warning.state == alert_key
        assert (warning.attributes["alerts"], warning.attributes["count"]) == ([alert_key], 1)


@pytest.mark.parametrize(("severity", "severity_key"), [("Critical", "critical"), (None, None), ("Odd", None)])
async def test_severity_of_an_alert(
    hass: HomeAssistant, link: Link, control: Control, severity: str | None, severity_key: str | None
) -> None:
    alert = {"id": "a", "active": True, "type": "EngineFault", "startedAt": "2026-11-20T12:00:00Z", "_links": {}}
    body = {**EMPTY, "total": 1, "totalPage": 1, "_embedded": {"alerts": [{**alert, "severity": severity}]}}
    entry = await link("ds")
    assert get_state(hass, f"sensor.{CAR}_warning") == "none"
    await control.fault(PATHS["alerts"], body=body)
    await poll_event_types(hass, only_car(entry), ALERTS)
    warning = hass.states.get(f"sensor.{CAR}_warning")
    assert warning
    assert (warning.state, warning.attributes["severity"]) == ("engine_fault", severity_key)


async def test_trip_during_a_restart_is_new(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    """It is reported once listeners exist."""
    entry = await link("ds")
    await drive(control, simulator, await control.vin("3 E-Tense"), 10)
    await hass.config_entries.async_unload(entry.entry_id)
    await drive(control, simulator, await control.vin("3 E-Tense"), 7)
    await hass.config_entries.async_setup(entry.entry_id)
    trips = only_car(entry).coordinator_for(TRIPS)
    assert trips
    assert not trips.has_data
    events: list[Any] = []
    entry.async_on_unload(trips.async_add_listener(lambda: events.extend(trips.data.new_events)))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [event.attributes["distance"] for event in events] == [10, 7]


async def test_new_trips_that_were_read_in_part_are_read_again(
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
    assert await poll_event_types(hass, car, TRIPS) == ["finished", "finished"]


@pytest.mark.parametrize("newest_first", [False, True])
async def test_interrupted_history_is_continued(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, newest_first: bool
) -> None:
    """In either order of the list. Trips of the history are not new."""
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
    assert await poll_event_types(hass, car, TRIPS) == []
    assert [trip.distance for trip in car.store.trips] == [5, 6, 7]


async def two_pages(
    hass: HomeAssistant, control: Control, entry: MockConfigEntry, *, newest_first: bool = False
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a fault that serves a first page with one trip, and one for the second page."""
    car = only_car(entry)
    client = car.account.client
    await control.delete("faults")
    trips = [trip async for trip in client.trips(car.status.vehicle_id)]
    trip = trips[-1 if newest_first else 0]
    assert trip.started_at
    assert trip.stopped_at
    trip_body: dict[str, Any] = {
        "id": trip.id,
        "startedAt": trip.started_at.isoformat(),
        "stoppedAt": trip.stopped_at.isoformat(),
        "distance": trip.distance,
        "done": True,
        "_links": {},
    }
    path = f"/user/vehicles/{car.status.vehicle_id}/trips"
    url = f"{entry.data['url']}/connectedcar/v4{path}?pageToken=more"
    body = {**EMPTY, "total": 2, "totalPage": 2, "_embedded": {"trips": [trip_body]}, "_links": {"next": {"href": url}}}
    return {"path": path, "body": body}, {"path": path}
