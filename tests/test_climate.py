"""Climate: preconditioning is started and stopped, and programs that the car loses are restored."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
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

from custom_components.stellantis.commands import queue as command_queue
from custom_components.stellantis.vehicle.command import CommandType
from simulator.vehicle.programs import AirProgram
from tests.support.commands import ONE_CAR, CommandTester
from tests.support.helpers import simulated_car

pytestmark = pytest.mark.simulator(**ONE_CAR)

type Action = tuple[str, Mapping[str, Any]]

ENTITY_ID = "climate.peugeot_e_208_preconditioning"
TURN_ON: Action = (SERVICE_TURN_ON, {})
TURN_OFF: Action = (SERVICE_TURN_OFF, {})
MORNING = AirProgram(enabled=True, start=7 * 3600, days=("Mon", "Fri"))
EVENING = AirProgram(enabled=False, start=18 * 3600 + 900, days=("Sat",), daily=False)
EMPTY = AirProgram()
PROGRAMS = {1: MORNING, 2: EVENING, 3: EMPTY, 4: EMPTY}


def start_action(tester: CommandTester, service: str, data: Mapping[str, Any]) -> asyncio.Task[Any]:
    """Call a climate action without waiting for its end."""
    target = {"entity_id": ENTITY_ID, **data}
    return tester.hass.async_create_task(tester.hass.services.async_call(CLIMATE, service, target, blocking=True))


async def run_action(tester: CommandTester, service: str, data: Mapping[str, Any]) -> None:
    """Call a climate action and advance the clock until it ends."""
    task = start_action(tester, service, data)
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    await task


def preconditioning(tester: CommandTester) -> State:
    """Return the state of the preconditioning."""
    state = tester.hass.states.get(ENTITY_ID)
    assert state is not None
    return state


def programs(tester: CommandTester) -> Mapping[int, AirProgram]:
    """Return the programs of the simulated car."""
    return dict(simulated_car(tester.simulator, "208").air_programs)


async def prepare(tester: CommandTester, **changes: Any) -> None:
    """Set up a plugged-in car with programs and further changes."""
    await tester.prepare(CommandType.PRECONDITIONING)
    simulated_car(tester.simulator, "208").air_programs = dict(PROGRAMS)
    await tester.control.patch(tester.vin, **{"temperature": 7, **changes})
    await tester.car.status.async_refresh()


async def run_until_idle(tester: CommandTester) -> None:
    """Refresh the car's status and run the resulting commands."""
    await tester.advance_clock(1)
    await tester.control.patch(tester.vin, temperature=8)
    await tester.car.status.async_refresh()
    while tester.commands.current:
        await tester.wait_until(lambda: tester.has_remote_id() or tester.commands.current is None)
        await tester.advance_clock(60)
        await tester.wait_until_idle()
    await tester.hass.async_block_till_done(wait_background_tasks=True)


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
async def test_start_and_stop(any_tester: CommandTester, start: Action, stop: Action) -> None:
    await prepare(any_tester)
    assert preconditioning(any_tester).state == HVACMode.OFF
    for (service, data), before, after in ((start, "off", "heat_cool"), (stop, "heat_cool", "off")):
        assert preconditioning(any_tester).state == before
        previous = await any_tester.actual_value(CommandType.PRECONDITIONING)
        await any_tester.script("Accepted", "Success")
        task = start_action(any_tester, service, data)
        await any_tester.wait_for_status("Accepted")
        assert preconditioning(any_tester).state == after, "the target is shown immediately"
        await any_tester.advance_clock(1)
        await task
        assert preconditioning(any_tester).state == after
        await any_tester.car.status.async_refresh()
        assert preconditioning(any_tester).state == after
        assert await any_tester.actual_value(CommandType.PRECONDITIONING) != previous
    assert len(await any_tester.remotes()) == 2
    assert programs(any_tester) == PROGRAMS


async def test_unknown_attributes_are_not_claimed(tester: CommandTester) -> None:
    """No car reports whether it heats or cools, nor the cabin temperature."""
    await prepare(tester)
    attributes = preconditioning(tester).attributes
    assert attributes["hvac_modes"] == [HVACMode.OFF, HVACMode.HEAT_COOL]
    assert attributes["hvac_action"] == HVACAction.OFF
    assert attributes["status"] == "disabled"
    assert attributes["current_temperature"] is None
    assert "temperature" not in attributes
    task = start_action(tester, *TURN_ON)
    await tester.wait_until(tester.has_remote_id)
    assert preconditioning(tester).attributes["hvac_action"] == HVACAction.PREHEATING
    await tester.advance_clock(60)
    await task
    attributes = preconditioning(tester).attributes
    assert attributes["status"] == "enabled"
    assert attributes["hvac_action"] == HVACAction.IDLE
    assert "failure" not in attributes
    task = start_action(tester, *TURN_OFF)
    await tester.wait_until(tester.has_remote_id)
    assert preconditioning(tester).attributes["hvac_action"] == HVACAction.OFF, "a stop heats nothing"
    await tester.advance_clock(60)
    await task


async def test_failure_cause_attribute(tester: CommandTester) -> None:
    await prepare(tester)
    now = datetime.now(UTC).isoformat()
    air_conditioning = {"createdAt": now, "updatedAt": now, "status": "Failure", "failureCause": "DoorOpened"}
    await tester.control.put(
        f"vehicles/{tester.vin}/status", {"preconditioning": {"airConditioning": air_conditioning}}
    )
    await tester.car.status.async_refresh()
    assert preconditioning(tester).state == HVACMode.OFF
    attributes = preconditioning(tester).attributes
    assert (attributes["status"], attributes["failure"]) == ("failure", "door_opened")


async def test_unknown_status(tester: CommandTester) -> None:
    await prepare(tester)
    now = datetime.now(UTC).isoformat()
    air_conditioning = {"createdAt": now, "updatedAt": now, "status": "Simmering"}
    await tester.control.put(
        f"vehicles/{tester.vin}/status", {"preconditioning": {"airConditioning": air_conditioning}}
    )
    await tester.car.status.async_refresh()
    assert preconditioning(tester).state == "unknown"


@pytest.mark.parametrize("is_running", [False, True])
async def test_failure(tester: CommandTester, is_running: bool) -> None:
    """A failed command restores the previous state and raises a translated error."""
    await prepare(tester)
    if is_running:
        await run_action(tester, *TURN_ON)
    before = preconditioning(tester)
    await tester.script("Accepted", {"status": "Failed", "failureCause": "DoorsOpen"})
    task = start_action(tester, *(TURN_OFF if is_running else TURN_ON))
    await tester.wait_for_status("Accepted")
    assert preconditioning(tester).state != before.state
    await tester.advance_clock(1)
    with pytest.raises(HomeAssistantError) as failed:
        await task
    assert failed.value.translation_key == "doors_open"
    assert (preconditioning(tester).state, preconditioning(tester).attributes) == (before.state, before.attributes)
    await run_until_idle(tester)
    assert preconditioning(tester).state == before.state


async def test_last_pending_command_is_shown(tester: CommandTester) -> None:
    await prepare(tester)
    await tester.script("Accepted", "Success")
    await tester.script("Accepted", "Success")
    first = start_action(tester, *TURN_ON)
    await tester.wait_for_status("Accepted")
    second = start_action(tester, *TURN_OFF)
    await tester.advance_clock(1)
    await first
    await tester.wait_for_status("Accepted")
    assert preconditioning(tester).state == HVACMode.OFF
    await tester.advance_clock(1)
    await second
    assert preconditioning(tester).state == HVACMode.OFF


async def test_reload_during_command(tester: CommandTester) -> None:
    await prepare(tester)
    await tester.script("Accepted", {"status": "Success", "delay": 60})
    task = start_action(tester, *TURN_ON)
    await tester.wait_for_status("Accepted")
    await tester.reload()
    with pytest.raises(HomeAssistantError):
        await task
    await tester.advance_clock(60)
    await tester.wait_until_idle()
    assert preconditioning(tester).state == HVACMode.HEAT_COOL
    assert await tester.post_count() == 1


async def test_start_repeats_programs(any_tester: CommandTester) -> None:
    """Some cars lose the programs that are not part of the command that starts preconditioning."""
    await prepare(any_tester)
    await any_tester.script(erase_programs=True)
    await run_action(any_tester, *TURN_ON)
    assert programs(any_tester) == PROGRAMS
    assert preconditioning(any_tester).state == HVACMode.HEAT_COOL
    await run_until_idle(any_tester)
    assert programs(any_tester) == PROGRAMS
    (remote,) = await any_tester.remotes()
    body = remote["body"]["preconditioning"]["airConditioning"]
    assert body["immediate"] is True
    assert [program["slot"] for program in body["programs"]] == [1, 2]


async def test_start_repeats_current_programs_only(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that was deleted elsewhere since the last poll does not come back; nothing is sent after a failure."""
    await prepare(tester)
    simulated_car(tester.simulator, "208").air_programs = {**PROGRAMS, 2: EMPTY}
    await tester.control.patch(tester.vin, temperature=5)
    monkeypatch.setattr(command_queue, "MAX_STATE_AGE", timedelta(0))
    await tester.script("Accepted", {"status": "Failed", "failureCause": "VehicleInUse"})
    with pytest.raises(HomeAssistantError):
        await run_action(tester, *TURN_ON)
    await run_until_idle(tester)
    (remote,) = await tester.remotes()
    assert [program["slot"] for program in remote["body"]["preconditioning"]["airConditioning"]["programs"]] == [1]
    assert programs(tester)[2] == EMPTY


async def test_stop_sends_no_programs(tester: CommandTester) -> None:
    await prepare(tester)
    await run_action(tester, *TURN_ON)
    await run_action(tester, *TURN_OFF)
    await run_until_idle(tester)
    bodies = [remote["body"]["preconditioning"]["airConditioning"] for remote in await tester.remotes()]
    assert "programs" in bodies[0]
    assert bodies[1] == {"immediate": False}
    assert programs(tester) == PROGRAMS
