"""Long failures of the server: few requests and log lines while it is down, and everything is back soon after."""

from datetime import timedelta
import logging
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.api import Status
from custom_components.stellantis.coordinator import StellantisCoordinator
from custom_components.stellantis.endpoints import merge_status
from custom_components.stellantis.polling import DataUpdate
from tests.conftest import Link
from tests.support.helpers import Control, advance_time, get_state, only_car
from tests.support.vehicle_states import build_status, set_status

pytestmark = pytest.mark.usefixtures("immediate_retries")
HOUR = 3600
BATTERY = "sensor.ds_3_e_tense_battery"
LOGGER = "custom_components.stellantis.coordinator"
DOWN: dict[str, Any] = {"path": "/user*", "status": 500}


def coordinators(entry: MockConfigEntry) -> list[StellantisCoordinator[Any]]:
    """Return all coordinators of an account."""
    data = entry.runtime_data
    return [data.vehicles, *(coordinator for car in data.cars.values() for coordinator in car.coordinators)]


def failing(entry: MockConfigEntry) -> list[str]:
    """Return the names of the coordinators whose last update has failed."""
    return [coordinator.name for coordinator in coordinators(entry) if not coordinator.last_update_success]


async def refresh_all(entry: MockConfigEntry) -> None:
    """Poll everything once."""
    for coordinator in coordinators(entry):
        await coordinator.async_refresh()


async def request_count(control: Control) -> int:
    """Return the number of requests so far."""
    return sum((await control.request_counts()).values())


def log_lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Return the lines of the log about failures and recoveries of polls: the level, and the first word."""
    return [
        (record.levelname, record.getMessage().split()[0])
        for record in caplog.records
        if record.name == LOGGER and record.levelno > logging.DEBUG
    ]


async def test_server_that_is_down_for_days(
    hass: HomeAssistant, link: Link, control: Control, caplog: pytest.LogCaptureFixture
) -> None:
    """It costs a request per hour and one line in the log. The first success has everything polled."""
    entry = await link()
    caplog.clear()
    await control.put("faults", [DOWN])
    await refresh_all(entry)
    assert len(failing(entry)) == len(coordinators(entry)) - 3  # charging sessions are no request
    before = await request_count(control)
    for _ in range(2):
        await advance_time(hass, HOUR + 1)
    # Each has one poll of its own at most, but for the one that is polled for all
    assert await request_count(control) <= before + 2
    for _ in range(72):
        await advance_time(hass, HOUR + 1)
    assert await request_count(control) <= before + 74
    assert all(not coordinator.available for coordinator in coordinators(entry) if "charges" not in coordinator.name)
    assert log_lines(caplog) == [("ERROR", "Error")]
    await control.delete("faults")
    await advance_time(hass, HOUR + 1)
    assert failing(entry) == []
    assert all(coordinator.available for coordinator in coordinators(entry))
    assert log_lines(caplog) == [("ERROR", "Error"), ("INFO", "Fetching")]


async def test_first_success_of_any_endpoint_has_the_others_polled(
    hass: HomeAssistant, link: Link, control: Control
) -> None:
    """Here, that of an action of the user."""
    entry = await link("ds")
    await control.put("faults", [DOWN])
    await refresh_all(entry)
    await control.delete("faults")
    await only_car(entry).status.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert failing(entry) == []


async def test_server_that_fails_again_during_the_recovery(hass: HomeAssistant, link: Link, control: Control) -> None:
    """The polls stop, and go on later."""
    entry = await link()
    await control.put("faults", [DOWN])
    await refresh_all(entry)
    still_failing = {"path": "/user/vehicles/{id}/*", "status": 500}
    await control.put("faults", [still_failing])
    before = await request_count(control)
    await entry.runtime_data.vehicles.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await request_count(control) == before + 3
    await control.delete("faults")
    await advance_time(hass, HOUR + 1)
    await advance_time(hass, HOUR + 1)
    assert failing(entry) == []


async def test_pushed_data_is_valid_though_polls_fail(
    hass: HomeAssistant, link: Link, control: Control, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await link("ds")
    status = only_car(entry).status
    await control.put("faults", [DOWN])
    await refresh_all(entry)
    caplog.clear()
    for _ in range(5):
        status.async_set_pushed_data(merge_status(status, Status.from_dict(build_status())))
        for _ in range(4):
            await advance_time(hass, HOUR + 1)
        assert get_state(hass, BATTERY) not in (None, STATE_UNAVAILABLE)
    assert get_state(hass, "sensor.ds_3_e_tense_service_due") == STATE_UNAVAILABLE
    assert log_lines(caplog) == []
    await status.async_refresh()
    assert get_state(hass, BATTERY) not in (None, STATE_UNAVAILABLE)
    # Until it is old, whichever endpoint is polled next
    status.last_update = DataUpdate(source="push", received_at=dt_util.utcnow() - timedelta(hours=13))
    await advance_time(hass, HOUR + 1)
    assert get_state(hass, BATTERY) == STATE_UNAVAILABLE


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 404, "body": {"code": 40400, "message": "No status"}},
        {"status": 429, "headers": {"Retry-After": "soon"}},
        {"garbage": "truncated"},
        {"body": {"deep": {}}},
    ],
    ids=lambda fault: str(fault.get("status") or fault.get("garbage") or "empty"),
)
async def test_failed_poll_is_repeated_as_soon_as_without_push(
    hass: HomeAssistant, link: Link, control: Control, fault: dict[str, Any]
) -> None:
    """While the data of a sleeping car is pushed, it is polled every 12 hours."""
    await set_status(control, await control.vin("3 E-Tense"), build_status(seconds_ago=HOUR))
    status = only_car(await link("ds")).status
    status.async_set_push_active(active=True)
    assert status.update_interval == timedelta(hours=12)
    await control.fault("/user/vehicles/{id}/status", **fault, times=3)
    await status.async_refresh()
    assert status.update_interval
    assert status.update_interval <= timedelta(hours=1)
    await control.delete("faults")
    await status.async_refresh()
    assert status.update_interval == timedelta(hours=12)


async def test_status_without_readable_member_is_polled_again_soon(
    hass: HomeAssistant, link: Link, control: Control
) -> None:
    """The body is a JSON object, but no status."""
    nested: dict[str, Any] = {}
    for _ in range(100):
        nested = {"status": nested}
    await control.fault("/user/vehicles/{id}/status", body=nested, times=1)
    await link("ds")
    assert get_state(hass, BATTERY) is None
    await advance_time(hass, 601)
    assert get_state(hass, BATTERY) is not None


async def test_removed_car_is_not_polled_when_the_server_is_back(
    hass: HomeAssistant, link: Link, control: Control
) -> None:
    entry = await link()
    car = next(iter(entry.runtime_data.cars.values()))
    await control.put("faults", [DOWN])
    await refresh_all(entry)
    await control.delete("faults")
    await control.delete(f"vehicles/{car.vin}")
    await entry.runtime_data.vehicles.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert car.vin not in entry.runtime_data.cars
    assert failing(entry) == []
    assert not entry.runtime_data.account.recovery.has_failed()
