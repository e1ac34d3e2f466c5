"""Preconditioning, started and stopped as a person would, and the programs that some cars lose by it."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
import logging
from typing import Any

from homeassistant.components.climate import (
    DOMAIN as CLIMATE,
    SERVICE_SET_HVAC_MODE,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    HVACAction,
    HVACMode,
)
from homeassistant.core import State
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.stellantis import climate
from custom_components.stellantis.api.requests import DeleteProgram, PreconditionCommand
from custom_components.stellantis.vehicle.command import CommandType
from simulator.programs import AirProgram
from tests.support.commands import ONE_CAR, CommandTester
from tests.support.helpers import simulated_car

pytestmark = pytest.mark.simulator(**ONE_CAR)

type Call = tuple[str, Mapping[str, Any]]

ENTITY_ID = "climate.peugeot_e_208_preconditioning"
TURN_ON: Call = (SERVICE_TURN_ON, {})
TURN_OFF: Call = (SERVICE_TURN_OFF, {})
MORNING = AirProgram(enabled=True, start=7 * 3600, days=("Mon", "Fri"))
EVENING = AirProgram(enabled=False, start=18 * 3600 + 900, days=("Sat",), daily=False)
EMPTY = AirProgram()
PROGRAMS = {1: MORNING, 2: EVENING, 3: EMPTY, 4: EMPTY}


def start_action(telling: CommandTester, service: str, data: Mapping[str, Any]) -> asyncio.Task[Any]:
    """Begin to start or stop it."""
    target = {"entity_id": ENTITY_ID, **data}
    return telling.hass.async_create_task(telling.hass.services.async_call(CLIMATE, service, target, blocking=True))


async def run_action(telling: CommandTester, service: str, data: Mapping[str, Any]) -> None:
    """Start or stop it, and give the car the time that it needs."""
    task = start_action(telling, service, data)
    await telling.wait_until(telling.has_remote_id)
    await telling.advance_clock(60)
    await task


def preconditioning(telling: CommandTester) -> State:
    """Return the state of the preconditioning."""
    state = telling.hass.states.get(ENTITY_ID)
    assert state is not None
    return state


def programs(telling: CommandTester) -> Mapping[int, AirProgram]:
    """Return the programs that the car truly has."""
    return dict(simulated_car(telling.simulator, "208").air_programs)


async def prepare(telling: CommandTester, **changes: Any) -> None:
    """Have a car with programs, plugged in; more is set by hand."""
    await telling.prepare(CommandType.PRECONDITIONING)
    simulated_car(telling.simulator, "208").air_programs = dict(PROGRAMS)
    await telling.control.patch(telling.vin, **{"temperature": 7, **changes})
    await telling.car.status.async_refresh()


async def run_until_idle(telling: CommandTester) -> None:
    """Read the car, and let the commands that come of it be done."""
    await telling.advance_clock(1)
    await telling.control.patch(telling.vin, temperature=8)
    await telling.car.status.async_refresh()
    while telling.commands.current:
        await telling.wait_until(lambda: telling.has_remote_id() or telling.commands.current is None)
        await telling.advance_clock(60)
        await telling.wait_until_idle()
    await telling.hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize(
    ("start", "stop"),
    [
        (TURN_ON, TURN_OFF),
        (
            (SERVICE_SET_HVAC_MODE, {"hvac_mode": HVACMode.HEAT_COOL}),
            (SERVICE_SET_HVAC_MODE, {"hvac_mode": HVACMode.OFF}),
        ),
    ],
)
async def test_start_and_stop(both: CommandTester, start: Call, stop: Call) -> None:
    await prepare(both)
    assert preconditioning(both).state == HVACMode.OFF
    for (service, said), before, after in ((start, "off", "heat_cool"), (stop, "heat_cool", "off")):
        assert preconditioning(both).state == before
        previous = await both.actual_value(CommandType.PRECONDITIONING)
        await both.script("Accepted", "Success")
        task = start_action(both, service, said)
        await both.wait_for_status("Accepted")
        assert preconditioning(both).state == after, "what it is to be, at once"
        await both.advance_clock(1)
        await task
        assert preconditioning(both).state == after
        await both.car.status.async_refresh()
        assert preconditioning(both).state == after
        assert await both.actual_value(CommandType.PRECONDITIONING) != previous
    assert len(await both.remotes()) == 2
    assert programs(both) == PROGRAMS


async def test_unknown_attributes_are_not_claimed(telling: CommandTester) -> None:
    """Whether a car heats or cools, and how warm it is inside, it does not tell."""
    await prepare(telling)
    attributes = preconditioning(telling).attributes
    assert attributes["hvac_modes"] == [HVACMode.OFF, HVACMode.HEAT_COOL]
    assert attributes["hvac_action"] == HVACAction.OFF
    assert attributes["status"] == "disabled"
    assert attributes["current_temperature"] is None
    assert "temperature" not in attributes
    await run_action(telling, *TURN_ON)
    attributes = preconditioning(telling).attributes
    assert attributes["status"] == "enabled"
    assert attributes.get("hvac_action") is None
    assert "failure" not in attributes


async def test_failure_cause_attribute(telling: CommandTester) -> None:
    await prepare(telling)
    now = datetime.now(UTC).isoformat()
    air_conditioning = {"createdAt": now, "updatedAt": now, "status": "Failure", "failureCause": "DoorOpened"}
    await telling.control.put(
        f"vehicles/{telling.vin}/status", {"preconditioning": {"airConditioning": air_conditioning}}
    )
    await telling.car.status.async_refresh()
    assert preconditioning(telling).state == HVACMode.OFF
    attributes = preconditioning(telling).attributes
    assert (attributes["status"], attributes["failure"]) == ("failure", "door_opened")


async def test_unknown_status(telling: CommandTester) -> None:
    await prepare(telling)
    now = datetime.now(UTC).isoformat()
    air_conditioning = {"createdAt": now, "updatedAt": now, "status": "Simmering"}
    await telling.control.put(
        f"vehicles/{telling.vin}/status", {"preconditioning": {"airConditioning": air_conditioning}}
    )
    await telling.car.status.async_refresh()
    assert preconditioning(telling).state == "unknown"


@pytest.mark.parametrize("runs", [False, True])
async def test_failure(telling: CommandTester, runs: bool) -> None:
    """What was before is back, and why is told."""
    await prepare(telling)
    if runs:
        await run_action(telling, *TURN_ON)
    before = preconditioning(telling)
    await telling.script("Accepted", {"status": "Failed", "failureCause": "DoorsOpen"})
    task = start_action(telling, *(TURN_OFF if runs else TURN_ON))
    await telling.wait_for_status("Accepted")
    assert preconditioning(telling).state != before.state
    await telling.advance_clock(1)
    with pytest.raises(HomeAssistantError) as failed:
        await task
    assert failed.value.translation_key == "doors_open"
    assert (preconditioning(telling).state, preconditioning(telling).attributes) == (before.state, before.attributes)
    await run_until_idle(telling)
    assert preconditioning(telling).state == before.state


async def test_last_pending_command_is_shown(telling: CommandTester) -> None:
    await prepare(telling)
    await telling.script("Accepted", "Success")
    await telling.script("Accepted", "Success")
    first = start_action(telling, *TURN_ON)
    await telling.wait_for_status("Accepted")
    second = start_action(telling, *TURN_OFF)
    await telling.advance_clock(1)
    await first
    await telling.wait_for_status("Accepted")
    assert preconditioning(telling).state == HVACMode.OFF
    await telling.advance_clock(1)
    await second
    assert preconditioning(telling).state == HVACMode.OFF


async def test_reload_during_command(telling: CommandTester) -> None:
    await prepare(telling)
    await telling.script("Accepted", {"status": "Success", "delay": 60})
    task = start_action(telling, *TURN_ON)
    await telling.wait_for_status("Accepted")
    await telling.reload()
    with pytest.raises(HomeAssistantError):
        await task
    await telling.advance_clock(60)
    await telling.wait_until_idle()
    assert preconditioning(telling).state == HVACMode.HEAT_COOL
    assert await telling.post_count() == 1


async def test_lost_programs_are_restored(both: CommandTester) -> None:
    await prepare(both)
    await both.script(erase_programs=True)
    await run_action(both, *TURN_ON)
    assert set(programs(both).values()) == {EMPTY}
    assert await both.post_count() == 1
    await run_until_idle(both)
    assert programs(both) == PROGRAMS
    assert preconditioning(both).state == HVACMode.HEAT_COOL
    await run_until_idle(both)
    await run_until_idle(both)
    assert len(await both.remotes()) == await both.post_count() == 2, "once"


async def test_failed_restore_is_logged_once(telling: CommandTester, caplog: pytest.LogCaptureFixture) -> None:
    """It is tried once; what keeps the car from it is no reason to tell it again and again."""
    await prepare(telling)
    await telling.script(erase_programs=True)
    await run_action(telling, *TURN_ON)
    await telling.script("Accepted", {"status": "Failed", "failureCause": "VehicleInUse"})
    await run_until_idle(telling)
    assert "could not be set again: The car is in use" in caplog.text
    await run_until_idle(telling)
    assert await telling.post_count() == 2
    assert telling.vin not in "".join(one.getMessage() for one in caplog.records if one.levelno > logging.INFO)


async def test_kept_programs_need_no_request(telling: CommandTester) -> None:
    await prepare(telling)
    await run_action(telling, *TURN_ON)
    await run_until_idle(telling)
    await run_action(telling, *TURN_OFF)
    await run_until_idle(telling)
    assert await telling.post_count() == 2
    assert programs(telling) == PROGRAMS


async def test_changed_programs_are_not_restored(telling: CommandTester) -> None:
    """Turned off in the car, or deleted from here: that is no loss."""
    await prepare(telling)
    await run_action(telling, *TURN_ON)
    simulated_car(telling.simulator, "208").air_programs = {**PROGRAMS, 1: replace(MORNING, enabled=False)}
    await run_until_idle(telling)
    assert await telling.post_count() == 1
    assert (await telling.run_to_end(PreconditionCommand(programs=(DeleteProgram(slot=2),)))).succeeded
    await run_until_idle(telling)
    assert await telling.post_count() == 2
    assert programs(telling)[2] == EMPTY


async def test_programs_are_checked_for_limited_time(telling: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    await prepare(telling)
    await run_action(telling, *TURN_ON)
    monkeypatch.setattr(climate, "PROGRAM_CHECK_PERIOD", climate.PROGRAM_CHECK_PERIOD * 0)
    await run_until_idle(telling)
    monkeypatch.undo()
    simulated_car(telling.simulator, "208").air_programs = dict.fromkeys(PROGRAMS, EMPTY)
    await run_until_idle(telling)
    assert await telling.post_count() == 1


async def test_programs_are_not_restored_without_start(telling: CommandTester) -> None:
    await prepare(telling)
    simulated_car(telling.simulator, "208").air_programs = dict.fromkeys(PROGRAMS, EMPTY)
    await run_until_idle(telling)
    assert await telling.post_count() == 0
