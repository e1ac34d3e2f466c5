"""How often a car is asked for: by what it does, by what a person chose, and by what the server allows."""

from collections.abc import Mapping
from datetime import timedelta
from math import inf, nan
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.api import Budget
from custom_components.stellantis.endpoints import ALARMS
from custom_components.stellantis.polling import (
    INTERVAL_LIMITS,
    STATUS_BUDGET_SHARE,
    PollingIntervals,
    min_poll_interval,
)
from custom_components.stellantis.vehicle.state import Activity
from tests.conftest import Link
from tests.support.helpers import Control, advance_time, get_state
from tests.support.vehicle_states import build_status, set_status

DAY = 24 * 3600
CHOSEN = {"active_interval": 3, "parked_interval": 20, "asleep_interval": 120}
ACTIVE: dict[str, Any] = {"charging": True}
PARKED: dict[str, Any] = {"ignition": "Stop"}
ASLEEP: dict[str, Any] = {"seconds_ago": 3600}


async def set_up(hass: HomeAssistant, entry: MockConfigEntry, options: Mapping[str, Any]) -> None:
    """Set up an entry with options."""
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def asked(control: Control, what: str) -> int:
    """Return how often something of the cars was asked for."""
    return (await control.request_counts()).get(f"GET /user/vehicles/{{id}}/{what}", 0)


async def comes_after(hass: HomeAssistant, control: Control, what: str, seconds: float) -> None:
    """Hold that something is asked for once more after so many seconds, and not before."""
    before = await asked(control, what)
    await advance_time(hass, seconds - 10)
    assert await asked(control, what) == before, f"{what} before {seconds} s"
    await advance_time(hass, seconds + 1)
    assert await asked(control, what) > before, f"no {what} after {seconds} s"


# --- the status


@pytest.mark.parametrize(
    ("doing", "usual", "chosen"),
    [
        (ACTIVE, 5, 3),
        ({"ignition": "Start"}, 5, 3),
        ({"ignition": "StartUp"}, 5, 3),
        ({"moving": True}, 5, 3),
        # A car that charges may be silent until the charge is complete
        ({"charging": True, "remaining": "PT3H", "seconds_ago": 7200}, 5, 3),
        (PARKED, 15, 20),
        ({"moving": False}, 15, 20),
        (ASLEEP, 60, 120),
        ({"charging": True, "seconds_ago": 3600}, 60, 120),
        ({"ignition": "Start", "moving": True, "seconds_ago": 3600}, 60, 120),
    ],
)
async def test_status_goes_by_what_the_car_does(
    hass: HomeAssistant, link: Link, control: Control, doing: dict[str, Any], usual: int, chosen: int
) -> None:
    vin = await control.vin("3 E-Tense")
    await set_status(control, vin, build_status(**doing))
    entry = await link("ds")
    await comes_after(hass, control, "status", 60 * usual)
    await hass.config_entries.async_unload(entry.entry_id)
    await set_status(control, vin, build_status(**doing))
    await set_up(hass, entry, CHOSEN)
    await comes_after(hass, control, "status", 60 * chosen)


async def test_status_follows_what_the_car_does(hass: HomeAssistant, link: Link, control: Control) -> None:
    vin = await control.vin("3 E-Tense")
    await set_status(control, vin, build_status(**ASLEEP))
    await link("ds")
    minutes = 60
    for doing, then in ((ACTIVE, 5), (PARKED, 15), (ACTIVE, 5), (PARKED, 15)):
        # What it does now is known from the next look on
        await set_status(control, vin, build_status(**doing))
        await comes_after(hass, control, "status", 60 * minutes)
        minutes = then


@pytest.mark.parametrize(
    ("nonsense", "minutes"),
    [(0, 2), (-60, 2), (0.01, 2), (1e9, 60), (inf, 60), (nan, 5), ("often", 5), (None, 5), ([], 5), (True, 2)],
)
async def test_nonsense_keeps_within_bounds(
    hass: HomeAssistant, link: Link, control: Control, nonsense: object, minutes: int
) -> None:
    await set_status(control, await control.vin("3 E-Tense"), build_status(**ACTIVE))
    await set_up(hass, await link("ds", setup=False), {"active_interval": nonsense})
    await comes_after(hass, control, "status", 60 * minutes)


@pytest.mark.parametrize(("day", "doing", "seconds"), [(100, ACTIVE, 1516), (100, ASLEEP, 3600), (20, ASLEEP, 7579)])
async def test_status_is_stretched_to_what_the_server_allows(
    hass: HomeAssistant, link: Link, control: Control, day: int, doing: dict[str, Any], seconds: float
) -> None:
    """Of a hundred requests, 5 are kept for commands, and 57 are for the status."""
    await control.put("limits", {"day": day})
    await set_status(control, await control.vin("3 E-Tense"), build_status(**doing))
    await link("ds")
    await comes_after(hass, control, "status", seconds)


async def test_cars_share_what_the_server_allows(hass: HomeAssistant, link: Link, control: Control) -> None:
    await control.put("limits", {"day": 200})
    for vehicle in await control.vehicles("peugeot"):
        await set_status(control, vehicle["vin"], build_status(**ACTIVE))
    await link()
    before = await asked(control, "status")
    await comes_after(hass, control, "status", 3 * DAY / 114)
    assert await asked(control, "status") == before + 3


# --- all else


@pytest.mark.parametrize(("doing", "minutes"), [(ACTIVE, 15), (PARKED, 60), (ASLEEP, 6 * 60)])
async def test_all_else_has_intervals_of_its_own(
    hass: HomeAssistant, link: Link, control: Control, doing: dict[str, Any], minutes: int
) -> None:
    vin = await control.vin("Mokka Electric")
    await set_status(control, vin, build_status(**doing))
    entry = await link("vauxhall")
    # What nobody looks at is not read
    alarms = entry.runtime_data.cars[vin].coordinator_for(ALARMS)
    entry.async_on_unload(alarms.async_add_listener(lambda: None))
    await comes_after(hass, control, "alerts", 60 * minutes)
    for what in ("maintenance", "alarms"):
        await comes_after(hass, control, what, DAY / 2)


async def test_alerts_are_looked_for_once_the_car_is_driven(hass: HomeAssistant, link: Link, control: Control) -> None:
    """They do not wait for what was planned while it slept."""
    vin = await control.vin("3 E-Tense")
    await set_status(control, vin, build_status(**ASLEEP))
    await link("ds")
    await set_status(control, vin, build_status(ignition="Start"))
    await comes_after(hass, control, "alerts", 3600)
    for _ in range(2):
        await comes_after(hass, control, "alerts", 600)
    await comes_after(hass, control, "alerts", 900)


async def test_all_else_is_stretched_to_what_the_server_allows(
    hass: HomeAssistant, link: Link, control: Control
) -> None:
    await control.put("limits", {"day": 100})
    await set_status(control, await control.vin("3 E-Tense"), build_status(**ACTIVE))
    await link("ds")
    await comes_after(hass, control, "alerts", DAY / 57)


@pytest.mark.parametrize("fault", [{"status": 404, "body": {"code": 40400, "message": "No alert"}}, {"status": 403}])
async def test_who_has_none_of_a_kind_is_left_in_peace_for_a_day(
    hass: HomeAssistant, link: Link, control: Control, fault: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    vehicles = await control.vehicles("peugeot")
    (refused,) = [vehicle["id"] for vehicle in vehicles if vehicle["model"] == "e-208"]
    await control.fault(f"/user/vehicles/{refused}/alerts", **fault)
    await link()
    # The other two cars are asked
    before = await asked(control, "alerts")
    await advance_time(hass, 6 * 3600 + 1)
    assert await asked(control, "alerts") == before + 2
    assert get_state(hass, "sensor.peugeot_e_208_alerts") is None
    assert get_state(hass, "sensor.peugeot_e_3008_dual_motor_alerts") == "0"
    # It is no failure, and who has none today may have one tomorrow
    assert "Error fetching" not in caplog.text
    await control.delete("faults")
    await advance_time(hass, DAY - 60)
    assert get_state(hass, "sensor.peugeot_e_208_alerts") is None
    await advance_time(hass, DAY + 1)
    assert get_state(hass, "sensor.peugeot_e_208_alerts") == "0"


async def test_who_has_none_of_a_kind_any_more_keeps_what_was_told(
    hass: HomeAssistant, link: Link, control: Control
) -> None:
    await link("ds")
    shown = get_state(hass, "sensor.ds_3_e_tense_time_to_maintenance")
    assert shown is not None
    await control.fault("/user/vehicles/{id}/maintenance", status=404, body={"code": 40400, "message": "None"})
    for _ in range(4):
        await advance_time(hass, DAY + 1)
        assert get_state(hass, "sensor.ds_3_e_tense_time_to_maintenance") == shown


async def test_what_was_not_granted_is_never_asked_for(hass: HomeAssistant, link: Link, control: Control) -> None:
    await link("ds", scopes=["openid", "data:telemetry"])
    await advance_time(hass, DAY + 1)
    assert await asked(control, "maintenance") == 2
    assert await asked(control, "alerts") == await asked(control, "trips") == 0


@pytest.mark.parametrize(
    ("fails", "status", "lost", "stays"),
    [
        ("status", 500, "battery", "time_to_maintenance"),
        # Without a status, nothing is as it should be
        ("status", 403, "battery", "time_to_maintenance"),
        ("maintenance", 500, "time_to_maintenance", "battery"),
    ],
)
async def test_what_fails_takes_nothing_else_along(
    hass: HomeAssistant, link: Link, control: Control, fails: str, status: int, lost: str, stays: str
) -> None:
    await link("ds")
    await control.fault(f"/user/vehicles/{{id}}/{fails}", status=status)
    for _ in range(3):
        await advance_time(hass, DAY + 1)
    assert get_state(hass, f"sensor.ds_3_e_tense_{lost}") == STATE_UNAVAILABLE
    assert get_state(hass, f"sensor.ds_3_e_tense_{stays}") not in (None, STATE_UNAVAILABLE)


@pytest.mark.parametrize("what", ["status", "maintenance", "trips"])
async def test_what_was_never_read_is_asked_for_again_soon(
    hass: HomeAssistant, link: Link, control: Control, what: str
) -> None:
    await control.fault(f"/user/vehicles/{{id}}/{what}", status=500, times=2)
    await link("ds")
    await comes_after(hass, control, what, 600)
    await comes_after(hass, control, what, 600)
    # Now there is an answer
    before = await asked(control, what)
    await advance_time(hass, 601)
    assert await asked(control, what) == before


# --- by themselves

_anything = st.one_of(
    st.floats(), st.integers(), st.booleans(), st.none(), st.sampled_from(["", "5", "often"]), st.just([5])
)


@given(options=st.dictionaries(st.sampled_from([*INTERVAL_LIMITS, "something else"]), _anything))
def test_whatever_the_options_hold_is_within_bounds(options: dict[str, Any]) -> None:
    intervals = PollingIntervals.from_options(options).intervals
    assert list(intervals) == list(Activity)
    for name, interval in zip(INTERVAL_LIMITS, intervals.values(), strict=True):
        usual, least, most = INTERVAL_LIMITS[name]
        assert timedelta(minutes=least) <= interval <= timedelta(minutes=most)
        if not isinstance(options.get(name), int | float):
            assert interval == timedelta(minutes=usual)


@given(data=st.data())
def test_what_is_within_bounds_is_as_it_was_chosen(data: st.DataObject) -> None:
    options = {name: data.draw(st.integers(least, most)) for name, (_, least, most) in INTERVAL_LIMITS.items()}
    intervals = PollingIntervals.from_options(options).intervals.values()
    assert [interval / timedelta(minutes=1) for interval in intervals] == list(options.values())


@given(limit=st.integers(2, 10**6), cars=st.integers(1, 50), reserve=st.floats(0, 0.5))
def test_all_cars_together_take_their_share_and_no_more(limit: int, cars: int, reserve: float) -> None:
    budget = Budget(reserve_share=reserve, clock=lambda: 0.0)
    assert min_poll_interval(budget, cars) == timedelta(0)
    budget.update({"X-RateLimit-Limit-1": str(limit)})
    requests = cars * timedelta(days=1) / min_poll_interval(budget, cars)
    assert budget.reserved is not None
    share = max(1.0, (limit - budget.reserved) * STATUS_BUDGET_SHARE)
    assert share * 0.99 < requests < share * 1.01
    assert min_poll_interval(budget, cars) <= min_poll_interval(budget, cars + 1)
