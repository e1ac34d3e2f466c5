"""Switches: charging, preconditioning programs, and the charge limit."""

import asyncio
from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from simulator.vehicle.programs import WEEKDAYS, AirProgram
from tests.conftest import Link
from tests.support.commands import ONE_CAR, CommandTester
from tests.support.entity_actions import (
    actual_car,
    assert_fails,
    call_entity_action,
    run_entity_action,
    sent_commands,
    start_entity_action,
)
from tests.support.helpers import Control, get_state

pytestmark = pytest.mark.simulator(**ONE_CAR)

CHARGING = "switch.peugeot_e_208_charging"
PROGRAM = "switch.peugeot_e_208_program_{}"
TIME = "time.peugeot_e_208_program_{}_start"
# Initial program of the simulated car
FIRST_PROGRAM = {"enabled": True, "start": 7 * 3600, "days": ["Mon", "Tue"], "daily": True}


async def change_car(tester: CommandTester, **changes: Any) -> None:
    """Change the simulated car, which does not start to charge by its own clock, and refresh its status."""
    (car,) = tester.simulator.world.vehicles
    car.delayed_start, car.charge_programs = 0, ()
    await tester.control.patch(tester.vin, **changes)
    await tester.car.status.async_refresh()


async def test_charging_starts_and_stops(tester: CommandTester) -> None:
    await change_car(tester, plug=True, level=30, charge=False)
    for service, before, after, charging_status in (
        ("turn_on", STATE_OFF, STATE_ON, "InProgress"),
        ("turn_off", STATE_ON, STATE_OFF, "Stopped"),
    ):
        assert get_state(tester.hass, CHARGING) == before
        task = await start_entity_action(tester, f"switch.{service}", "charging")
        assert get_state(tester.hass, CHARGING) == after, "the target is shown while the command runs"
        assert (await actual_car(tester))["state"]["charging"] != charging_status
        await tester.advance_clock(60)
        await task
        assert get_state(tester.hass, CHARGING) == after
        assert (await actual_car(tester))["state"]["charging"] == charging_status
        await tester.car.status.async_refresh()
        assert get_state(tester.hass, CHARGING) == after, "the car reports the same"
    assert await sent_commands(tester) == [{"charging": {"immediate": True}}, {"charging": {"immediate": False}}]


async def test_charging_cannot_start(tester: CommandTester) -> None:
    await change_car(tester, plug=False)
    task = await start_entity_action(tester, "switch.turn_on", "charging")
    assert get_state(tester.hass, CHARGING) == STATE_ON
    await tester.advance_clock(60)
    await assert_fails(task, "external_charging_system_error")
    assert get_state(tester.hass, CHARGING) == STATE_OFF
    assert (await actual_car(tester))["state"]["charging"] == "Disconnected"


async def test_charging_already_started(tester: CommandTester) -> None:
    await tester.control.patch(tester.vin, plug=True, level=30, charge=True)
    assert get_state(tester.hass, CHARGING) == STATE_OFF, "not polled yet"
    await run_entity_action(tester, "switch.turn_on", "charging")
    assert get_state(tester.hass, CHARGING) == STATE_ON


async def test_last_pending_command_is_shown(tester: CommandTester) -> None:
    await change_car(tester, plug=True, level=30, charge=False)
    turn_on = await start_entity_action(tester, "switch.turn_on", "charging")
    turn_off = tester.hass.async_create_task(call_entity_action(tester, "switch.turn_off", "charging"))
    await asyncio.sleep(0)
    assert get_state(tester.hass, CHARGING) == STATE_OFF
    await tester.advance_clock(60)
    await turn_on
    await tester.wait_until(tester.has_remote_id)
    assert get_state(tester.hass, CHARGING) == STATE_OFF, "the second command is running"
    await tester.advance_clock(60)
    await turn_off
    assert get_state(tester.hass, CHARGING) == STATE_OFF
    assert (await actual_car(tester))["state"]["charging"] == "Stopped"


async def test_program_keeps_its_other_settings(tester: CommandTester) -> None:
    for service, enabled in (("turn_off", False), ("turn_on", True)):
        task = await start_entity_action(tester, f"switch.{service}", "program_1")
        assert get_state(tester.hass, PROGRAM.format(1)) == (STATE_ON if enabled else STATE_OFF)
        await tester.advance_clock(60)
        await task
        (program,) = (await sent_commands(tester))[-1]["preconditioning"]["airConditioning"]["programs"]
        assert program == {
            "slot": 1,
            "enabled": enabled,
            "start": "PT7H",
            "occurence": {"day": ["Mon", "Tue"]},
            "recurrence": "Daily",
            "actionsType": "Set",
        }
        await tester.car.status.async_refresh()
        assert get_state(tester.hass, PROGRAM.format(1)) == (STATE_ON if enabled else STATE_OFF)
        assert get_state(tester.hass, "time.peugeot_e_208_program_1_start") == "07:00:00"
    assert (await actual_car(tester))["air_programs"] == {"1": FIRST_PROGRAM}


async def test_failed_program_change(tester: CommandTester) -> None:
    await tester.script("Accepted", {"status": "Failed", "failureCause": "VehicleConnectionTimeout"})
    task = await start_entity_action(tester, "switch.turn_off", "program_1")
    assert get_state(tester.hass, PROGRAM.format(1)) == STATE_OFF
    await tester.advance_clock(60)
    await assert_fails(task, "vehicle_connection_timeout")
    assert get_state(tester.hass, PROGRAM.format(1)) == STATE_ON
    assert (await actual_car(tester))["air_programs"] == {"1": FIRST_PROGRAM}


async def test_failed_change_does_not_go_out_with_the_next_one(tester: CommandTester) -> None:
    await tester.script("Accepted", {"status": "Failed", "failureCause": "VehicleConnectionTimeout"})
    set_time = await start_entity_action(tester, "time.set_value", "program_1_start", time="06:15:00")
    turn_off = tester.hass.async_create_task(call_entity_action(tester, "switch.turn_off", "program_1"))
    await tester.advance_clock(60)
    await assert_fails(set_time, "vehicle_connection_timeout")
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    await turn_off
    program = (await actual_car(tester))["status"]["preconditioning"]["airConditioning"]["programs"][0]
    assert (program["start"], program["enabled"]) == ("PT7H", False)
    assert get_state(tester.hass, TIME.format(1)) == "07:00:00"


async def test_program_with_pending_time_change(tester: CommandTester) -> None:
    """The second command keeps the change of the first one, although that is still pending."""
    set_time = await start_entity_action(tester, "time.set_value", "program_1_start", time="06:15:00")
    turn_off = tester.hass.async_create_task(call_entity_action(tester, "switch.turn_off", "program_1"))
    await tester.advance_clock(60)
    await set_time
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    await turn_off
    status = (await actual_car(tester))["status"]["preconditioning"]["airConditioning"]["programs"][0]
    assert (status["start"], status["enabled"], status["occurence"]) == ("PT6H15M", False, {"day": ["Mon", "Tue"]})


async def test_unset_program_has_no_switch(tester: CommandTester) -> None:
    """The switch is added when the program is set, and becomes unknown when it is deleted."""
    assert [get_state(tester.hass, PROGRAM.format(slot)) for slot in (1, 2, 3, 4)] == [STATE_ON, None, None, None]
    vehicle = next(car for car in tester.simulator.world.vehicles if car.vin == tester.vin)
    empty, program = vehicle.air_programs[3], vehicle.air_programs[1]
    for programs, expected in (({3: program}, STATE_ON), ({3: empty}, STATE_UNKNOWN)):
        vehicle.air_programs = {**vehicle.air_programs, **programs}
        vehicle.state.touch(tester.simulator.world.clock.now(), "preconditioning")
        await tester.advance_clock(1)
        await tester.car.status.async_refresh()
        await tester.hass.async_block_till_done()
        assert get_state(tester.hass, PROGRAM.format(3)) == expected
    with pytest.raises(HomeAssistantError) as raised:
        await call_entity_action(tester, "switch.turn_on", "program_3")
    assert raised.value.translation_key == "nothing_to_change"
    assert await tester.post_count() == 0


async def test_reload_during_command(tester: CommandTester) -> None:
    """The action fails, but the command is tracked to its end after the reload."""
    await change_car(tester, plug=True, level=30, charge=False)
    task = await start_entity_action(tester, "switch.turn_on", "charging")
    await tester.reload()
    await assert_fails(task, "command_interrupted")
    assert get_state(tester.hass, CHARGING) == STATE_OFF
    await tester.advance_clock(60)
    await tester.wait_until_idle()
    assert get_state(tester.hass, CHARGING) == STATE_ON
    assert len(await tester.remotes()) == 1


@pytest.mark.simulator(brand="ds", fleet=1)
async def test_car_without_remote_commands(hass: HomeAssistant, link: Link) -> None:
    await link("ds")
    assert hass.states.async_entity_ids("switch") == []


async def test_missing_scopes(hass: HomeAssistant, link: Link, control: Control) -> None:
    await link(scopes=["openid", "data:telemetry", "remote:preconditioning:write"])
    assert hass.states.async_entity_ids("switch") == [PROGRAM.format(1)]


async def test_charge_limit(tester: CommandTester) -> None:
    """The limit sends no command before it is reached, and is kept over a restart."""
    entity_id = "switch.peugeot_e_208_stop_at_limit"
    for service, expected in (("turn_on", STATE_ON), ("turn_off", STATE_OFF)):
        await call_entity_action(tester, f"switch.{service}", "stop_at_limit")
        assert get_state(tester.hass, entity_id) == expected
        await tester.reload()
        assert get_state(tester.hass, entity_id) == expected
    assert await tester.post_count() == 0


@pytest.mark.parametrize(
    ("days", "daily", "sent_days"), [((), True, list(WEEKDAYS)), (("Sat", "Sun"), False, ["Sat", "Sun"])], ids=str
)
async def test_other_programs(tester: CommandTester, days: tuple[str, ...], daily: bool, sent_days: list[str]) -> None:
    """A program without days runs every day; one without recurrence still runs once."""
    vehicle = next(car for car in tester.simulator.world.vehicles if car.vin == tester.vin)
    vehicle.air_programs = {1: AirProgram(enabled=True, start=6 * 3600, days=days, daily=daily)}
    await tester.advance_clock(1)
    vehicle.state.touch(tester.simulator.world.clock.now(), "preconditioning")
    await tester.car.status.async_refresh()
    await run_entity_action(tester, "switch.turn_off", "program_1")
    (program,) = (await sent_commands(tester))[0]["preconditioning"]["airConditioning"]["programs"]
    assert (program["start"], program["enabled"]) == ("PT6H", False)
    assert program["occurence"] == {"day": sent_days}
    assert program["recurrence"] == ("Daily" if daily else "None")
