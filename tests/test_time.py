"""Times: start of the delayed charge and of preconditioning programs."""

from datetime import UTC, date, datetime, time, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

from freezegun import freeze_time
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from hypothesis import example, given, settings, strategies as st
import pytest

from custom_components.stellantis.vehicle.programs import next_occurrence
from tests.conftest import Link
from tests.support.commands import ONE_CAR, CommandTester
from tests.support.entity_actions import actual_car, assert_fails, run_entity_action, sent_commands, start_entity_action
from tests.support.helpers import get_state
from tests.support.vehicle_states import build_status, set_status

pytestmark = pytest.mark.simulator(**ONE_CAR)

DELAYED = "time.peugeot_e_208_delayed_charge"
PROGRAM = "time.peugeot_e_208_program_1_start"
PARIS = ZoneInfo("Europe/Paris")
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def _set_time_zone(hass: HomeAssistant) -> None:
    """Use the time zone of the simulated cars, which has no daylight saving time."""
    await hass.config.async_set_time_zone("Etc/GMT-1")


async def test_delayed_charge(tester: CommandTester) -> None:
    assert get_state(tester.hass, DELAYED) == "22:05:00"
    before = dt_util.utcnow()
    task = await start_entity_action(tester, "time.set_value", "delayed_charge", time="23:30:45")
    assert get_state(tester.hass, DELAYED) == "23:30:00"
    assert (await actual_car(tester))["delayed_start"] == (22 * 60 + 5) * 60
    await tester.advance_clock(60)
    await task
    assert get_state(tester.hass, DELAYED) == "23:30:00"
    assert (await actual_car(tester))["delayed_start"] == (23 * 60 + 30) * 60
    await tester.car.status.async_refresh()
    assert get_state(tester.hass, DELAYED) == "23:30:00"
    (body,) = await sent_commands(tester)
    scheduled_at = datetime.fromisoformat(body["charging"]["schedule"]["nextDelayedTime"])
    assert before < scheduled_at <= before + timedelta(days=1, minutes=1)
    assert dt_util.as_local(scheduled_at).time() == time(23, 30)


async def test_midnight_is_no_delayed_charge(tester: CommandTester) -> None:
    """The entity is there, so that one can be set."""
    body = build_status(level=41)
    body["energies"][0]["extension"]["electric"]["charging"]["nextDelayedTime"] = "PT0S"
    await set_status(tester.control, tester.vin, body)
    await tester.car.status.async_refresh()
    assert get_state(tester.hass, DELAYED) == STATE_UNKNOWN


async def test_failed_delayed_charge(tester: CommandTester) -> None:
    await tester.script("Accepted", {"status": "Failed", "failureCause": "VehicleInUse"})
    task = await start_entity_action(tester, "time.set_value", "delayed_charge", time="23:30:00")
    assert get_state(tester.hass, DELAYED) == "23:30:00"
    await tester.advance_clock(60)
    await assert_fails(task, "vehicle_in_use")
    assert get_state(tester.hass, DELAYED) == "22:05:00"
    assert (await actual_car(tester))["delayed_start"] == (22 * 60 + 5) * 60


async def test_program_keeps_its_days(tester: CommandTester) -> None:
    assert get_state(tester.hass, PROGRAM) == "07:00:00"
    await run_entity_action(tester, "time.set_value", "program_1_start", time="06:45:00")
    for _ in range(2):
        assert get_state(tester.hass, PROGRAM) == "06:45:00"
        assert get_state(tester.hass, "switch.peugeot_e_208_program_1") == "on"
        await tester.car.status.async_refresh()
    assert (await actual_car(tester))["air_programs"] == {
        "1": {"enabled": True, "start": (6 * 60 + 45) * 60, "days": ["Mon", "Tue"], "daily": True}
    }


async def test_failed_program_change(tester: CommandTester) -> None:
    await tester.script("Accepted", "TooManyWakeUpsOverMonth")
    task = await start_entity_action(tester, "time.set_value", "program_1_start", time="06:45:00")
    assert get_state(tester.hass, PROGRAM) == "06:45:00"
    await tester.advance_clock(60)
    await assert_fails(task, "too_many_wake_ups")
    assert get_state(tester.hass, PROGRAM) == "07:00:00"


@pytest.mark.simulator(fleet=9)
@pytest.mark.parametrize(
    ("brand", "entities"),
    [
        (
            "peugeot",
            {DELAYED, PROGRAM, DELAYED.replace("e_208", "308_hybrid"), DELAYED.replace("e_208", "e_3008_dual_motor")},
        ),
        ("ds", set()),  # supports no commands
        ("vauxhall", {"time.vauxhall_mokka_electric_delayed_charge"}),
    ],
)
async def test_only_supported_entities_are_added(
    hass: HomeAssistant, link: Link, brand: str, entities: set[str]
) -> None:
    await link(brand)
    assert set(hass.states.async_entity_ids("time")) == entities


@pytest.mark.parametrize(
    ("now", "clock_time", "expected"),
    [
        ("2026-11-24T12:00:00+01:00", time(12, 1), "2026-11-24T12:01:00+01:00"),
        ("2026-11-24T12:00:00+01:00", time(12, 0), "2026-11-25T12:00:00+01:00"),
        ("2026-11-24T12:00:30+01:00", time(12, 0), "2026-11-25T12:00:00+01:00"),
        ("2026-11-24T23:59:00+01:00", time(0, 0), "2026-11-25T00:00:00+01:00"),
        # Clocks are set forward from 2:00 to 3:00: there is no 2:30
        ("2027-03-27T20:00:00+01:00", time(2, 30), "2027-03-29T02:30:00+02:00"),
        ("2027-03-28T01:59:00+01:00", time(2, 30), "2027-03-29T02:30:00+02:00"),
        ("2027-03-27T20:00:00+01:00", time(3, 0), "2027-03-28T03:00:00+02:00"),
        # Clocks are set back from 3:00 to 2:00: there are two 2:30
        ("2026-10-24T20:00:00+02:00", time(2, 30), "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T02:45:00+02:00", time(2, 30), "2026-10-25T02:30:00+01:00"),
        ("2026-10-25T02:45:00+01:00", time(2, 30), "2026-10-26T02:30:00+01:00"),
        ("2026-10-25T02:45:00+02:00", time(4, 0), "2026-10-25T04:00:00+01:00"),
    ],
)
async def test_next_occurrence(hass: HomeAssistant, now: str, clock_time: time, expected: str) -> None:
    await hass.config.async_set_time_zone("Europe/Paris")
    with freeze_time(datetime.fromisoformat(now)):
        assert next_occurrence(clock_time) == datetime.fromisoformat(expected)


@settings(max_examples=150)
@given(
    st.integers(0, 4 * 366 * 24 * 60).map(lambda minutes: JANUARY + timedelta(minutes=minutes)),
    st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 45))),
)
@example(datetime.combine(date(2027, 3, 28), time(0, 59), UTC), time(2, 30))
def test_next_occurrence_is_the_first(now: datetime, clock_time: time) -> None:
    """No quarter of an hour between now and the result has that time."""
    default_zone = dt_util.get_default_time_zone()
    dt_util.set_default_time_zone(PARIS)
    try:
        with patch.object(dt_util, "now", lambda: now.astimezone(PARIS)):
            occurrence = next_occurrence(clock_time)
    finally:
        dt_util.set_default_time_zone(default_zone)
    assert now < occurrence <= now + timedelta(days=2, hours=1)
    assert occurrence.astimezone(PARIS).time() == clock_time
    while (occurrence := occurrence - timedelta(minutes=15)) > now:
        assert occurrence.astimezone(PARIS).time() != clock_time
