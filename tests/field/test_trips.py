"""Trips as drivers saw their cars and their servers report them."""

from typing import Any, Final

from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellantis.const import CONF_BATTERY_CAPACITIES, CONF_ELECTRICITY_PRICE
from tests.conftest import Link
from tests.support.helpers import Control, advance_time, get_state, only_car
from tests.support.vehicle_states import build_status, build_trip, set_status, set_trips, time_ago

POLL: Final = 3601
LAST: Final = "sensor.ds_3_e_tense_last_trip"


@pytest.fixture
async def vin(control: Control) -> str:
    """Return the VIN of a car that stands."""
    vin = await control.vin("3 E-Tense")
    await set_status(control, vin, build_status(ignition="Stop", moving=False, mileage=1000))
    return vin


async def drive(hass: HomeAssistant, control: Control, vin: str, *trips: dict[str, Any]) -> None:
    """Drive some kilometers, after which the server lists these trips."""
    await set_trips(control, trips)
    (entry,) = hass.config_entries.async_entries("stellantis")
    mileage = (only_car(entry).status.data.mileage or 1000) + 20
    await set_status(control, vin, build_status(ignition="Stop", moving=False, mileage=mileage))
    await advance_time(hass, POLL)


async def test_ignition_that_stays_on(hass: HomeAssistant, link: Link, control: Control, vin: str) -> None:
    """Hours after a drive the car charges, and still reports the ignition of the drive."""
    body = build_status(seconds_ago=7200, ignition="StartUp", moving=True, mileage=1000)
    await set_status(control, vin, body)
    await link("ds")
    await set_trips(control, [build_trip("one", ended_ago=5400, distance=17.5)])
    later = build_status(charging=True, moving=False, mileage=1017.5)
    await set_status(control, vin, {**later, "ignition": body["ignition"]})
    await advance_time(hass, POLL)
    assert get_state(hass, f"{LAST}_distance") == "17.5"


async def test_server_that_fails_once(hass: HomeAssistant, link: Link, control: Control, vin: str) -> None:
    await link("ds")
    await control.put("faults", [{"path": "/user/vehicles/{id}/trips", "status": 500, "times": 4}])
    await set_status(control, vin, build_status(ignition="Stop", mileage=1010))
    await advance_time(hass, POLL)
    await set_trips(control, [build_trip("one", distance=9.5)])
    await advance_time(hass, 601)
    assert get_state(hass, f"{LAST}_distance") == "9.5"


async def test_two_ids_and_corrections(hass: HomeAssistant, link: Link, control: Control, vin: str) -> None:
    """The same trip is listed under two IDs; then its level at the end is corrected."""
    entry = await link("ds", setup=False)
    options = {CONF_BATTERY_CAPACITIES: {vin: 50.0}, CONF_ELECTRICITY_PRICE: 0.2}
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    def trip(name: str, end_level: float) -> dict[str, Any]:
        start, end = ([{"type": "Electric", "level": level}] for level in (61, end_level))
        return {**listed, "id": name, "startEnergies": start, "endEnergies": end}

    listed = build_trip("one", distance=12)
    await drive(hass, control, vin, trip("one", 55), trip("two", 55))
    assert get_state(hass, f"{LAST}_electricity") == "3.0"
    await drive(hass, control, vin, trip("one", 53), trip("two", 53))
    assert get_state(hass, f"{LAST}_electricity") == "4.0"
    assert len(only_car(entry).store.trips) == 1


async def test_end_before_the_start(hass: HomeAssistant, link: Link, control: Control, vin: str) -> None:
    await link("ds")
    trip = {**build_trip("one", ended_ago=1800, distance=13.5), "startedAt": time_ago(60)}
    await drive(hass, control, vin, trip)
    assert get_state(hass, f"{LAST}_distance") == "13.5"
    assert get_state(hass, f"{LAST}_duration") == "30.0"


async def test_drive_of_unknown_duration(hass: HomeAssistant, link: Link, control: Control, vin: str) -> None:
    """Its end is before its start, and nothing else tells how long it took."""
    await link("ds")
    trip = {**build_trip("one", ended_ago=1800, distance=13.5), "startedAt": time_ago(60), "duration": None}
    await drive(hass, control, vin, trip)
    assert get_state(hass, f"{LAST}_distance") == "13.5"
    assert get_state(hass, f"{LAST}_duration") is None


async def test_trip_shorter_than_a_percent(hass: HomeAssistant, link: Link, control: Control, vin: str) -> None:
    await link("ds")
    levels: dict[str, Any] = {name: [{"type": "Electric", "level": 44}] for name in ("startEnergies", "endEnergies")}
    await drive(hass, control, vin, {**build_trip("one", distance=1.6, energyConsumptions=[]), **levels})
    assert get_state(hass, f"{LAST}_distance") == "1.6"
    assert get_state(hass, f"{LAST}_electricity") is None


async def test_standing_is_no_last_trip(hass: HomeAssistant, link: Link, control: Control, vin: str) -> None:
    """Its electricity counts all the same."""
    await link("ds")
    heating = [{"type": "Electric", "consumption": 700, "avgConsumption": 0}]
    standing = build_trip("two", distance=0, energyConsumptions=heating)
    await drive(hass, control, vin, build_trip("one", ended_ago=7200, distance=8.5), standing)
    assert get_state(hass, f"{LAST}_distance") == "8.5"
    (entry,) = hass.config_entries.async_entries("stellantis")
    assert [trip.electricity for trip in only_car(entry).store.trips] == [None, 0.7]
