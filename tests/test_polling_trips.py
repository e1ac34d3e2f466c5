"""Trips are asked for when a drive has ended, until they are there, and never by the clock."""

from typing import Any

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
import pytest

from tests.conftest import Link
from tests.support.helpers import Control, advance_time, get_state
from tests.support.vehicle_states import build_status, build_trip, set_status, set_trips

DAY = 24 * 3600
ACTIVE, PARKED = 301, 901
AGAIN = 601
DISTANCE = "sensor.ds_3_e_tense_last_trip_distance"
BATTERY = "sensor.ds_3_e_tense_battery"
DRIVING: dict[str, Any] = {"ignition": "Start", "moving": True}
STANDING: dict[str, Any] = {"ignition": "Stop", "moving": False}


async def asked(control: Control) -> int:
    """Return how often trips were asked for."""
    return (await control.request_counts()).get("GET /user/vehicles/{id}/trips", 0)


async def drive(hass: HomeAssistant, control: Control, vin: str) -> None:
    """Drive and park, and have both seen."""
    await set_status(control, vin, build_status(**DRIVING))
    await advance_time(hass, PARKED)
    await set_status(control, vin, build_status(**STANDING))
    await advance_time(hass, ACTIVE)


@pytest.fixture
async def vin(control: Control) -> str:
    """Return the VIN of a car that stands."""
    found = await control.vin("3 E-Tense")
    await set_status(control, found, build_status(**STANDING))
    return found


@pytest.mark.parametrize("doing", [DRIVING, STANDING])
async def test_trips_do_not_go_by_the_clock(
    hass: HomeAssistant, link: Link, control: Control, vin: str, doing: dict[str, Any]
) -> None:
    await set_status(control, vin, build_status(**doing))
    await link("ds")
    for seconds in (ACTIVE, 3601, DAY + 1):
        await advance_time(hass, seconds)
    assert await asked(control) == 1


@pytest.mark.parametrize(
    ("before", "after", "ended"),
    [
        (DRIVING, STANDING, True),
        ({"ignition": "Start"}, {"ignition": "Stop"}, True),
        ({"moving": True}, {"moving": False}, True),
        # Nobody saw it, but it was driven
        ({**STANDING, "mileage": 1000}, {**STANDING, "mileage": 1012.5}, True),
        ({**DRIVING, "mileage": 1000}, {**DRIVING, "mileage": 1012.5}, False),
        ({**STANDING, "mileage": 1000}, {**DRIVING, "mileage": 1000.5}, False),
        ({**STANDING, "mileage": 1000}, {**STANDING, "mileage": 1000, "level": 70}, False),
        (STANDING, {**STANDING, "mileage": 1000}, False),
    ],
)
async def test_trips_are_asked_for_when_a_drive_has_ended(
    hass: HomeAssistant,
    link: Link,
    control: Control,
    vin: str,
    before: dict[str, Any],
    after: dict[str, Any],
    ended: bool,
) -> None:
    await set_status(control, vin, build_status(**before))
    await link("ds")
    await set_trips(control, [build_trip("one", distance=12.5)])
    await set_status(control, vin, build_status(**after))
    await advance_time(hass, PARKED)
    assert await asked(control) == (2 if ended else 1)
    assert get_state(hass, DISTANCE) == ("12.5" if ended else None)


async def test_what_is_there_is_asked_for_once(hass: HomeAssistant, link: Link, control: Control, vin: str) -> None:
    await link("ds")
    await set_trips(control, [build_trip("one")])
    await drive(hass, control, vin)
    for _ in range(3):
        await advance_time(hass, AGAIN)
    assert await asked(control) == 2


async def test_what_is_not_there_yet_is_asked_for_again(
    hass: HomeAssistant, link: Link, control: Control, vin: str
) -> None:
    await link("ds")
    await drive(hass, control, vin)
    assert await asked(control) == 2
    for times in (3, 4):
        await advance_time(hass, AGAIN - 20)
        assert await asked(control) == times - 1
        await advance_time(hass, AGAIN)
        assert await asked(control) == times
    # So often, and no more: it may never come
    await advance_time(hass, DAY + 1)
    assert await asked(control) == 4


async def test_second_trip_that_is_late(hass: HomeAssistant, link: Link, control: Control, vin: str) -> None:
    """That the one before is no news any more is no sign of another."""
    await link("ds")
    first = build_trip("one", ended_ago=7200, distance=20)
    await set_trips(control, [first])
    await drive(hass, control, vin)
    assert get_state(hass, DISTANCE) == "20.0"
    await drive(hass, control, vin)
    assert get_state(hass, DISTANCE) == "20.0"
    await set_trips(control, [first, build_trip("two", distance=30)])
    await advance_time(hass, AGAIN)
    assert get_state(hass, DISTANCE) == "30.0"
    before = await asked(control)
    await advance_time(hass, AGAIN)
    assert await asked(control) == before


async def test_what_fails_is_asked_for_until_there_is_an_answer(
    hass: HomeAssistant, link: Link, control: Control, vin: str
) -> None:
    await link("ds")
    await set_trips(control, [build_trip("one", ended_ago=7200)])
    await drive(hass, control, vin)
    shown = get_state(hass, DISTANCE)
    assert shown == "20.0"
    await control.fault("/user/vehicles/{id}/trips", status=500)
    await drive(hass, control, vin)
    await advance_time(hass, AGAIN)
    assert get_state(hass, DISTANCE) == shown
    for _ in range(3):
        await advance_time(hass, AGAIN)
    assert get_state(hass, DISTANCE) == STATE_UNAVAILABLE
    assert get_state(hass, BATTERY) == "50.0"
    await set_trips(control, [build_trip("two", distance=30)])
    await advance_time(hass, AGAIN)
    assert get_state(hass, DISTANCE) == "30.0"


async def test_car_without_trips_is_left_in_peace_for_a_day(
    hass: HomeAssistant, link: Link, control: Control, vin: str
) -> None:
    await control.fault("/user/vehicles/{id}/trips", status=404, body={"code": 40400, "message": "No trip found"})
    await link("ds")
    await set_trips(control, [build_trip("one")])
    await drive(hass, control, vin)
    assert await asked(control) == 1
    await advance_time(hass, DAY + 1)
    assert await asked(control) == 2
    assert get_state(hass, DISTANCE) == "20.0"


async def test_trips_stay_while_the_status_fails(hass: HomeAssistant, link: Link, control: Control, vin: str) -> None:
    await link("ds")
    await set_trips(control, [build_trip("one")])
    await drive(hass, control, vin)
    await control.fault("/user/vehicles/{id}/status", status=500)
    for _ in range(3):
        await advance_time(hass, PARKED)
    assert get_state(hass, BATTERY) == STATE_UNAVAILABLE
    assert get_state(hass, DISTANCE) == "20.0"
