"""Polling intervals, by the car's activity, the options, and the request limit."""

from collections.abc import Mapping
from datetime import timedelta
from math import inf, nan
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.api import Budget
from custom_components.stellantis.auth.shared_budget import DATA_BUDGETS
from custom_components.stellantis.endpoints import ALARMS, SECONDARY_ENDPOINTS, STATUS
from custom_components.stellantis.polling import (
    INTERVAL_LIMITS,
    PollingIntervals,
    min_poll_interval,
)
from custom_components.stellantis.vehicle.state import Activity
from tests.conftest import Link
from tests.support.helpers import Control, advance_time, get_state
from tests.support.vehicle_states import build_status, set_status

DAY = 24 * 3600
CONFIGURED = {"active_interval": 3, "parked_interval": 20, "asleep_interval": 120}
ACTIVE: dict[str, Any] = {"charging": True}
PARKED: dict[str, Any] = {"ignition": "Stop"}
ASLEEP: dict[str, Any] = {"seconds_ago": 3600}


async def set_up(hass: HomeAssistant, entry: MockConfigEntry, options: Mapping[str, Any]) -> None:
    """Set an entry up with options."""
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def request_count(control: Control, endpoint: str) -> int:
    """Return the number of requests of an endpoint, for all cars."""
    return (await control.request_counts()).get(f"GET /user/vehicles/{{id}}/{endpoint}", 0)


async def assert_polled_after(hass: HomeAssistant, control: Control, endpoint: str, seconds: float) -> None:
    """Assert that an endpoint is polled again after a number of seconds, and not before."""
    before = await request_count(control, endpoint)
    await advance_time(hass, seconds - 10)
    assert await request_count(control, endpoint) == before, f"{endpoint} before {seconds} s"
    await advance_time(hass, seconds + 1)
    assert await request_count(control, endpoint) > before, f"no {endpoint} after {seconds} s"


# --- the status


@pytest.mark.parametrize(
    ("activity", "default", "configured"),
    [
        (ACTIVE, 5, 3),
        ({"ignition": "Start"}, 5, 3),
        ({"ignition": "StartUp"}, 5, 3),
        ({"moving": True}, 5, 3),
        # A charging car may not report before charging is complete
        ({"charging": True, "remaining": "PT3H", "seconds_ago": 7200}, 5, 3),
        (PARKED, 15, 20),
        ({"moving": False}, 15, 20),
        (ASLEEP, 60, 120),
        ({"charging": True, "seconds_ago": 3600}, 60, 120),
        ({"ignition": "Start", "moving": True, "seconds_ago": 3600}, 60, 120),
    ],
)
async def test_status_interval_by_activity(
    hass: HomeAssistant, link: Link, control: Control, activity: dict[str, Any], default: int, configured: int
) -> None:
    vin = await control.vin("3 E-Tense")
    await set_status(control, vin, build_status(**activity))
    entry = await link("ds")
    await assert_polled_after(hass, control, "status", 60 * default)
    await hass.config_entries.async_unload(entry.entry_id)
    await set_status(control, vin, build_status(**activity))
    await set_up(hass, entry, CONFIGURED)
    await assert_polled_after(hass, control, "status", 60 * configured)


async def test_status_interval_follows_the_activity(hass: HomeAssistant, link: Link, control: Control) -> None:
    vin = await control.vin("3 E-Tense")
    await set_status(control, vin, build_status(**ASLEEP))
    await link("ds")
    minutes = 60
    for activity, next_minutes in ((ACTIVE, 5), (PARKED, 15), (ACTIVE, 5), (PARKED, 15)):
        # The activity is known after the next poll
        await set_status(control, vin, build_status(**activity))
        await assert_polled_after(hass, control, "status", 60 * minutes)
        minutes = next_minutes


async def test_car_that_waits_to_charge_is_polled_when_it_starts(
    hass: HomeAssistant, link: Link, control: Control
) -> None:
    start = dt_util.now() + timedelta(minutes=20)
    start = start.replace(minute=start.minute | 1, second=0, microsecond=0)  # midnight stands for none
    body = build_status(**ASLEEP)
    charging = {"plugged": True, "status": "Stopped", "nextDelayedTime": f"PT{start.hour}H{start.minute}M"}
    body["energies"][0]["extension"]["electric"]["charging"] = charging
    await set_status(control, await control.vin("3 E-Tense"), body)
    await link("ds")
    await assert_polled_after(hass, control, "status", (start - dt_util.now()).total_seconds() + 120)


@pytest.mark.parametrize(
    ("option", "minutes"),
    [(0, 2), (-60, 2), (0.01, 2), (1e9, 60), (inf, 60), (nan, 5), ("often", 5), (None, 5), ([], 5), (True, 2)],
)
async def test_invalid_options_are_limited(
    hass: HomeAssistant, link: Link, control: Control, option: object, minutes: int
) -> None:
    await set_status(control, await control.vin("3 E-Tense"), build_status(**ACTIVE))
    await set_up(hass, await link("ds", setup=False), {"active_interval": option})
    await assert_polled_after(hass, control, "status", 60 * minutes)


@pytest.mark.parametrize(("day", "activity", "seconds"), [(100, ACTIVE, 1516), (100, ASLEEP, 3600), (20, ASLEEP, 7579)])
async def test_request_limit_extends_the_status_interval(
    hass: HomeAssistant, link: Link, control: Control, day: int, activity: dict[str, Any], seconds: float
) -> None:
    """Of 100 requests, 5 are reserved for commands, and 57 are for the status."""
    await control.put("limits", {"day": day})
    await set_status(control, await control.vin("3 E-Tense"), build_status(**activity))
    await link("ds")
    await assert_polled_after(hass, control, "status", seconds)


async def test_cars_share_the_request_limit(hass: HomeAssistant, link: Link, control: Control) -> None:
    await control.put("limits", {"day": 200})
    for vehicle in await control.vehicles("peugeot"):
        await set_status(control, vehicle["vin"], build_status(**ACTIVE))
    await link()
    before = await request_count(control, "status")
    await assert_polled_after(hass, control, "status", 3 * DAY / 114)
    assert await request_count(control, "status") == before + 3


# --- other endpoints


@pytest.mark.parametrize(("activity", "minutes"), [(ACTIVE, 15), (PARKED, 60), (ASLEEP, 6 * 60)])
async def test_intervals_of_other_endpoints(
    hass: HomeAssistant, link: Link, control: Control, activity: dict[str, Any], minutes: int
) -> None:
    vin = await control.vin("Mokka Electric")
    await set_status(control, vin, build_status(**activity))
    entry = await link("vauxhall")
    # An endpoint without listeners is not polled
    alarms = entry.runtime_data.cars[vin].coordinator_for(ALARMS)
    entry.async_on_unload(alarms.async_add_listener(lambda: None))
    await assert_polled_after(hass, control, "alerts", 60 * minutes)
    for endpoint in ("maintenance", "alarms"):
        await assert_polled_after(hass, control, endpoint, DAY / 2)


async def test_alerts_are_polled_when_the_car_is_driven(hass: HomeAssistant, link: Link, control: Control) -> None:
    """The interval that was set while the car was asleep does not delay them."""
    vin = await control.vin("3 E-Tense")
    await set_status(control, vin, build_status(**ASLEEP))
    await link("ds")
    await set_status(control, vin, build_status(ignition="Start"))
    await assert_polled_after(hass, control, "alerts", 3600)
    for _ in range(2):
        await assert_polled_after(hass, control, "alerts", 600)
    await assert_polled_after(hass, control, "alerts", 900)


async def test_request_limit_extends_other_intervals(hass: HomeAssistant, link: Link, control: Control) -> None:
    await control.put("limits", {"day": 100})
    await set_status(control, await control.vin("3 E-Tense"), build_status(**ACTIVE))
    await link("ds")
    await assert_polled_after(hass, control, "alerts", DAY / 14.25)


async def test_accounts_of_one_application_share_the_request_limit(
    hass: HomeAssistant, link: Link, control: Control
) -> None:
    await control.put("limits", {"day": 200})
    for vehicle in await control.vehicles():
        await set_status(control, vehicle["vin"], build_status(**ACTIVE))
    three_cars, one_car = await link(), await link("ds")
    budgets = {id(entry.runtime_data.account.client.budget) for entry in (three_cars, one_car)}
    assert len(budgets) == 1
    # Each car has a quarter
    await hass.config_entries.async_reload(three_cars.entry_id)
    await assert_polled_after(hass, control, "status", 4 * DAY / 114)
    # An account that is not loaded leaves its share to the others, and the last one takes the budget along
    await hass.config_entries.async_unload(one_car.entry_id)
    await three_cars.runtime_data.vehicles.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert three_cars.runtime_data.account.shared_budget.vehicle_count == 3
    await hass.config_entries.async_remove(one_car.entry_id)
    assert len(hass.data[DATA_BUDGETS]) == 1
    await hass.config_entries.async_remove(three_cars.entry_id)
    assert DATA_BUDGETS not in hass.data


@pytest.mark.parametrize("body", [{"code": 40400, "message": "No alert"}, {"code": 40499, "message": "Not here"}, {}])
async def test_collection_that_does_not_exist_is_empty(
    hass: HomeAssistant, link: Link, control: Control, body: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Servers respond with 404 while there is no alert, and may have one a minute later."""
    await control.fault("/user/vehicles/{id}/alerts", status=404, body=body)
    await link("ds")
    assert get_state(hass, "sensor.ds_3_e_tense_warning") == "none"
    before = await request_count(control, "alerts")
    await advance_time(hass, 6 * 3600 + 1)
    assert await request_count(control, "alerts") == before + 1
    assert "Error fetching" not in caplog.text


async def test_endpoint_without_permission_is_not_polled_for_a_day(
    hass: HomeAssistant, link: Link, control: Control, caplog: pytest.LogCaptureFixture
) -> None:
    fault: dict[str, Any] = {"status": 403}
    vehicles = await control.vehicles("peugeot")
    (vehicle_id,) = [vehicle["id"] for vehicle in vehicles if vehicle["model"] == "e-208"]
    await control.fault(f"/user/vehicles/{vehicle_id}/alerts", **fault)
    await link()
    # The other two cars are polled
    before = await request_count(control, "alerts")
    await advance_time(hass, 6 * 3600 + 1)
    assert await request_count(control, "alerts") == before + 2
    assert get_state(hass, "sensor.peugeot_e_208_warning") is None
    assert get_state(hass, "sensor.peugeot_e_3008_dual_motor_warning") == "none"
    # This is not a failure, and there may be data later
    assert "Error fetching" not in caplog.text
    await control.delete("faults")
    await advance_time(hass, DAY - 60)
    assert get_state(hass, "sensor.peugeot_e_208_warning") is None
    await advance_time(hass, DAY + 1)
    assert get_state(hass, "sensor.peugeot_e_208_warning") == "none"


async def test_data_that_the_api_no_longer_has_stays(hass: HomeAssistant, link: Link, control: Control) -> None:
    await link("ds")
    value = get_state(hass, "sensor.ds_3_e_tense_service_due")
    assert value is not None
    await control.fault("/user/vehicles/{id}/maintenance", status=404, body={"code": 40400, "message": "None"})
    for _ in range(4):
        await advance_time(hass, DAY + 1)
        assert get_state(hass, "sensor.ds_3_e_tense_service_due") == value


async def test_endpoints_without_permission_are_not_polled(hass: HomeAssistant, link: Link, control: Control) -> None:
    await link("ds", scopes=["openid", "data:telemetry"])
    await advance_time(hass, DAY + 1)
    assert await request_count(control, "maintenance") == 2
    assert await request_count(control, "alerts") == await request_count(control, "trips") == 0


@pytest.mark.parametrize(
    ("failing", "status", "unavailable", "unaffected"),
    [
        ("status", 500, "battery", "service_due"),
        # The status is required
        ("status", 403, "battery", "service_due"),
        ("maintenance", 500, "service_due", "battery"),
    ],
)
async def test_failing_endpoint_affects_no_other(
    hass: HomeAssistant, link: Link, control: Control, failing: str, status: int, unavailable: str, unaffected: str
) -> None:
    await link("ds")
    await control.fault(f"/user/vehicles/{{id}}/{failing}", status=status)
    for _ in range(3):
        await advance_time(hass, DAY + 1)
    assert get_state(hass, f"sensor.ds_3_e_tense_{unavailable}") == STATE_UNAVAILABLE
    assert get_state(hass, f"sensor.ds_3_e_tense_{unaffected}") not in (None, STATE_UNAVAILABLE)


@pytest.mark.parametrize("endpoint", ["status", "maintenance", "trips"])
async def test_first_poll_is_repeated_soon_after_a_failure(
    hass: HomeAssistant, link: Link, control: Control, endpoint: str
) -> None:
    await control.fault(f"/user/vehicles/{{id}}/{endpoint}", status=500, times=2)
    await link("ds")
    await assert_polled_after(hass, control, endpoint, 600)
    await assert_polled_after(hass, control, endpoint, 600)
    # It has succeeded
    before = await request_count(control, endpoint)
    await advance_time(hass, 601)
    assert await request_count(control, endpoint) == before


# --- functions

_any_value = st.one_of(
    st.floats(), st.integers(), st.booleans(), st.none(), st.sampled_from(["", "5", "often"]), st.just([5])
)


@given(options=st.dictionaries(st.sampled_from([*INTERVAL_LIMITS, "something else"]), _any_value))
def test_intervals_are_limited(options: dict[str, Any]) -> None:
    intervals = PollingIntervals.from_options(options).intervals
    assert list(intervals) == list(Activity)
    for name, interval in zip(INTERVAL_LIMITS, intervals.values(), strict=True):
        default, minimum, maximum = INTERVAL_LIMITS[name]
        assert timedelta(minutes=minimum) <= interval <= timedelta(minutes=maximum)
        if not isinstance(options.get(name), int | float):
            assert interval == timedelta(minutes=default)


@given(data=st.data())
def test_valid_options_are_used(data: st.DataObject) -> None:
    options = {
        name: data.draw(st.integers(minimum, maximum)) for name, (_, minimum, maximum) in INTERVAL_LIMITS.items()
    }
    intervals = PollingIntervals.from_options(options).intervals.values()
    assert [interval / timedelta(minutes=1) for interval in intervals] == list(options.values())


@given(limit=st.integers(2, 10**6), cars=st.integers(1, 50), reserve=st.floats(0, 0.5))
def test_all_cars_together_use_their_share_of_the_request_limit(limit: int, cars: int, reserve: float) -> None:
    budget = Budget(reserve_share=reserve, clock=lambda: 0.0)
    shares = [endpoint.budget_share for endpoint in (STATUS, *SECONDARY_ENDPOINTS)]
    assert sum(shares) < 1
    assert min_poll_interval(budget, cars, 0.0) == min_poll_interval(budget, cars, STATUS.budget_share) == timedelta(0)
    budget.update({"X-RateLimit-Limit-1": str(limit)})
    assert budget.reserved is not None
    assert min_poll_interval(budget, cars, 0.0) == timedelta(0)
    for share in filter(None, shares):
        requests = cars * timedelta(days=1) / min_poll_interval(budget, cars, share)
        available = max(1.0, (limit - budget.reserved) * share)
        assert available * 0.99 < requests < available * 1.01
        assert min_poll_interval(budget, cars, share) <= min_poll_interval(budget, cars + 1, share)
