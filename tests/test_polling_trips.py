"""Trips are polled when a drive has ended, until they are available, and never at an interval."""

from typing import Any

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
import pytest

from tests.conftest import Link
from tests.support.helpers import Control, advance_time, get_state
from tests.support.vehicle_states import build_status, build_trip, set_status, set_trips

DAY = 24 * 3600
# Seconds after which the next poll is due
ACTIVE, PARKED = 301, 901
RETRY = 601
# After several failures
LONGEST_RETRY = 3601
DISTANCE = "sensor.ds_3_e_tense_last_trip_distance"
BATTERY = "sensor.ds_3_e_tense_battery"
DRIVING: dict[str, Any] = {"ignition": "Start", "moving": True}
STANDING: dict[str, Any] = {"ignition": "Stop", "moving": False}


async def request_count(control: Control) -> int:
    """Return the number of requests of trips."""
    return (await control.request_counts()).get("GET /user/vehicles/{id}/trips", 0)


async def drive(hass: HomeAssistant, control: Control, vin: str) -> None:
    """Drive and park, with a poll after each."""
    await set_status(control, vin, build_status(**DRIVING))
    await advance_time(hass, PARKED)
    await set_status(control, vin, build_status(**STANDING))
    await advance_time(hass, ACTIVE)


@pytest.fixture
async def vin(control: Control) -> str:
    """Return the VIN of a parked car."""
    car_vin = await control.vin("3 E-Tense")
    await set_status(control, car_vin, build_status(**STANDING))
    return car_vin


@pytest.mark.parametrize("activity", [DRIVING, STANDING])
async def test_trips_are_not_polled_at_an_interval(
    hass: HomeAssistant, link: Link, control: Control, vin: str, activity: dict[str, Any]
) -> None:
    await set_status(control, vin, build_status(**activity))
    await link("ds")
    for seconds in (ACTIVE, 3601, DAY + 1):
        await advance_time(hass, seconds)
    assert await request_count(control) == 1


@pytest.mark.parametrize(
    ("before", "after", "has_ended"),
    [
        (DRIVING, STANDING, True),
        ({"ignition": "Start"}, {"ignition": "Stop"}, True),
        ({"moving": True}, {"moving": False}, True),
        # The drive was missed, but the odometer shows it
        ({**STANDING, "mileage": 1000}, {**STANDING, "mileage": 1012.5}, True),
        ({**DRIVING, "mileage": 1000}, {**DRIVING, "mileage": 1012.5}, False),
        ({**STANDING, "mileage": 1000}, {**DRIVING, "mileage": 1000.5}, False),
        ({**STANDING, "mileage": 1000}, {**STANDING, "mileage": 1000, "level": 70}, False),
        (STANDING, {**STANDING, "mileage": 1000}, False),
        # Some cars report an ignition that is on while they charge
        ({**DRIVING, "mileage": 1000}, {"ignition": "StartUp", "charging": True, "mileage": 1012.5}, True),
        ({"ignition": "StartUp", "charging": True}, {"ignition": "StartUp", "charging": True, "level": 70}, False),
    ],
)
async def test_trips_are_polled_when_a_drive_has_ended(
    hass: HomeAssistant,
    link: Link,
    control: Control,
    vin: str,
    before: dict[str, Any],
    after: dict[str, Any],
    has_ended: bool,
) -> None:
    await set_status(control, vin, build_status(**before))
    await link("ds")
    await set_trips(control, [build_trip("one", distance=12.5)])
    await set_status(control, vin, build_status(**after))
    await advance_time(hass, PARKED)
    assert await request_count(control) == (2 if has_ended else 1)
    assert get_state(hass, DISTANCE) == ("12.5" if has_ended else None)


async def test_available_trip_is_polled_once(hass: HomeAssistant, link: Link, control: Control, vin: str) -> None:
    await link("ds")
    await set_trips(control, [build_trip("one")])
    await drive(hass, control, vin)
    for _ in range(3):
        await advance_time(hass, RETRY)
    assert await request_count(control) == 2


async def test_missing_trip_is_polled_again(hass: HomeAssistant, link: Link, control: Control, vin: str) -> None:
    await link("ds")
    await drive(hass, control, vin)
    assert await request_count(control) == 2
    for count in (3, 4):
        await advance_time(hass, RETRY - 20)
        assert await request_count(control) == count - 1
        await advance_time(hass, RETRY)
        assert await request_count(control) == count
    # Then at growing intervals, since it may be listed hours later
    for hours, count in ((1, 5), (2, 6), (4, 7), (8, 8)):
        await advance_time(hass, 3600 * hours - 20)
        assert await request_count(control) == count - 1
        await advance_time(hass, 3600 * hours + 1)
        assert await request_count(control) == count
    # The number of retries is limited
    await advance_time(hass, DAY + 1)
    assert await request_count(control) == 8


async def test_trip_that_is_listed_an_hour_late(hass: HomeAssistant, link: Link, control: Control, vin: str) -> None:
    await link("ds")
    await drive(hass, control, vin)
    for _ in range(4):
        await advance_time(hass, RETRY)
    await set_trips(control, [build_trip("one", ended_ago=5400, distance=14.5)])
    for _ in range(3):
        await advance_time(hass, 3601)
    assert get_state(hass, DISTANCE) == "14.5"


async def test_second_trip_that_is_late(hass: HomeAssistant, link: Link, control: Control, vin: str) -> None:
    """The previous trip, which is listed again, is not mistaken for it."""
    await link("ds")
    first = build_trip("one", ended_ago=7200, distance=20)
    await set_trips(control, [first])
    await drive(hass, control, vin)
    assert get_state(hass, DISTANCE) == "20.0"
    await drive(hass, control, vin)
    assert get_state(hass, DISTANCE) == "20.0"
    await set_trips(control, [first, build_trip("two", distance=30)])
    await advance_time(hass, RETRY)
    assert get_state(hass, DISTANCE) == "30.0"
    before = await request_count(control)
    await advance_time(hass, RETRY)
    assert await request_count(control) == before


async def test_failed_poll_is_repeated_until_it_succeeds(
    hass: HomeAssistant, link: Link, control: Control, vin: str
) -> None:
    await link("ds")
    await set_trips(control, [build_trip("one", ended_ago=7200)])
    await drive(hass, control, vin)
    distance = get_state(hass, DISTANCE)
    assert distance == "20.0"
    await control.fault("/user/vehicles/{id}/trips", status=500)
    await drive(hass, control, vin)
    await advance_time(hass, RETRY)
    assert get_state(hass, DISTANCE) == distance
    for _ in range(3):
        await advance_time(hass, RETRY)
    assert get_state(hass, DISTANCE) == STATE_UNAVAILABLE
    assert get_state(hass, BATTERY) == "50.0"
    await set_trips(control, [build_trip("two", distance=30)])
    await advance_time(hass, LONGEST_RETRY)
    assert get_state(hass, DISTANCE) == "30.0"


async def test_car_without_trips_is_polled_after_its_first_drive(
    hass: HomeAssistant, link: Link, control: Control, vin: str
) -> None:
    """Servers respond with 404 while there is no trip."""
    await control.fault("/user/vehicles/{id}/trips", status=404, body={"code": 40400, "message": "No trip found"})
    await link("ds")
    await set_trips(control, [build_trip("one")])
    await drive(hass, control, vin)
    assert await request_count(control) == 2
    assert get_state(hass, DISTANCE) == "20.0"


async def test_trips_stay_available_while_the_status_fails(
    hass: HomeAssistant, link: Link, control: Control, vin: str
) -> None:
    await link("ds")
    await set_trips(control, [build_trip("one")])
    await drive(hass, control, vin)
    await control.fault("/user/vehicles/{id}/status", status=500)
    for _ in range(3):
        await advance_time(hass, PARKED)
    assert get_state(hass, BATTERY) == STATE_UNAVAILABLE
    assert get_state(hass, DISTANCE) == "20.0"
