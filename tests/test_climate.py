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
from custom_components.stellantis.api.requests import DeleteProgram, Precondition
from custom_components.stellantis.remotes import Kind
from simulator.vehicle.programs import AirProgram
from tests.helpers import car_of
from tests.sending import CARS, Telling

pytestmark = pytest.mark.simulator(**CARS)

type Call = tuple[str, Mapping[str, Any]]

AIR = "climate.peugeot_e_208_preconditioning"
ON: Call = (SERVICE_TURN_ON, {})
OFF: Call = (SERVICE_TURN_OFF, {})
MORNING = AirProgram(enabled=True, start=7 * 3600, days=("Mon", "Fri"))
EVENING = AirProgram(enabled=False, start=18 * 3600 + 900, days=("Sat",), daily=False)
EMPTY = AirProgram()
PROGRAMS = {1: MORNING, 2: EVENING, 3: EMPTY, 4: EMPTY}


def call(telling: Telling, service: str, said: Mapping[str, Any]) -> asyncio.Task[Any]:
    """Begin to start or stop it."""
    target = {"entity_id": AIR, **said}
    return telling.hass.async_create_task(telling.hass.services.async_call(CLIMATE, service, target, blocking=True))


async def act(telling: Telling, service: str, said: Mapping[str, Any]) -> None:
    """Start or stop it, and give the car the time that it needs."""
    task = call(telling, service, said)
    await telling.until(telling.remotes_seen)
    await telling.pass_time(60)
    await task


def air(telling: Telling) -> State:
    """Return the state of the preconditioning."""
    found = telling.hass.states.get(AIR)
    assert found is not None
    return found


def programs(telling: Telling) -> Mapping[int, AirProgram]:
    """Return the programs that the car truly has."""
    return dict(car_of(telling.simulator, "208").air_programs)


async def prepare(telling: Telling, **hand: Any) -> None:
    """Have a car with programs, plugged in; more is set by hand."""
    await telling.prepare(Kind.PRECONDITIONING)
    car_of(telling.simulator, "208").air_programs = dict(PROGRAMS)
    await telling.control.patch(telling.vin, **{"temperature": 7, **hand})
    await telling.car.status.async_refresh()


async def settle(telling: Telling) -> None:
    """Read the car, and let the commands that come of it be done."""
    await telling.pass_time(1)
    await telling.control.patch(telling.vin, temperature=8)
    await telling.car.status.async_refresh()
    while telling.commands.under_way:
        await telling.until(lambda: telling.remotes_seen() or telling.commands.under_way is None)
        await telling.pass_time(60)
        await telling.ended()
    await telling.hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize(
    ("start", "stop"),
    [
        (ON, OFF),
        (
            (SERVICE_SET_HVAC_MODE, {"hvac_mode": HVACMode.HEAT_COOL}),
            (SERVICE_SET_HVAC_MODE, {"hvac_mode": HVACMode.OFF}),
        ),
    ],
)
async def test_start_and_stop(both: Telling, start: Call, stop: Call) -> None:
    await prepare(both)
    assert air(both).state == HVACMode.OFF
    for (service, said), before, after in ((start, "off", "heat_cool"), (stop, "heat_cool", "off")):
        assert air(both).state == before
        true = await both.true(Kind.PRECONDITIONING)
        await both.script("Accepted", "Success")
        task = call(both, service, said)
        await both.until_at("Accepted")
        assert air(both).state == after, "what it is to be, at once"
        await both.pass_time(1)
        await task
        assert air(both).state == after
        await both.car.status.async_refresh()
        assert air(both).state == after
        assert await both.true(Kind.PRECONDITIONING) != true
    assert len(await both.remotes()) == 2
    assert programs(both) == PROGRAMS


async def test_no_more_is_claimed_than_is_told(telling: Telling) -> None:
    """Whether a car heats or cools, and how warm it is inside, it does not tell."""
    await prepare(telling)
    told = air(telling).attributes
    assert told["hvac_modes"] == [HVACMode.OFF, HVACMode.HEAT_COOL]
    assert told["hvac_action"] == HVACAction.OFF
    assert told["status"] == "disabled"
    assert told["current_temperature"] is None
    assert "temperature" not in told
    await act(telling, *ON)
    told = air(telling).attributes
    assert told["status"] == "enabled"
    assert told.get("hvac_action") is None
    assert "failure" not in told


async def test_why_it_stopped(telling: Telling) -> None:
    await prepare(telling)
    now = datetime.now(UTC).isoformat()
    told = {"createdAt": now, "updatedAt": now, "status": "Failure", "failureCause": "DoorOpened"}
    await telling.control.put(f"vehicles/{telling.vin}/status", {"preconditioning": {"airConditioning": told}})
    await telling.car.status.async_refresh()
    assert air(telling).state == HVACMode.OFF
    attributes = air(telling).attributes
    assert (attributes["status"], attributes["failure"]) == ("failure", "door_opened")


async def test_word_that_is_not_known(telling: Telling) -> None:
    await prepare(telling)
    now = datetime.now(UTC).isoformat()
    told = {"createdAt": now, "updatedAt": now, "status": "Simmering"}
    await telling.control.put(f"vehicles/{telling.vin}/status", {"preconditioning": {"airConditioning": told}})
    await telling.car.status.async_refresh()
    assert air(telling).state == "unknown"


@pytest.mark.parametrize("runs", [False, True])
async def test_failure(telling: Telling, runs: bool) -> None:
    """What was before is back, and why is told."""
    await prepare(telling)
    if runs:
        await act(telling, *ON)
    before = air(telling)
    await telling.script("Accepted", {"status": "Failed", "failureCause": "DoorsOpen"})
    task = call(telling, *(OFF if runs else ON))
    await telling.until_at("Accepted")
    assert air(telling).state != before.state
    await telling.pass_time(1)
    with pytest.raises(HomeAssistantError) as failed:
        await task
    assert failed.value.translation_key == "doors_open"
    assert (air(telling).state, air(telling).attributes) == (before.state, before.attributes)
    await settle(telling)
    assert air(telling).state == before.state


async def test_two_at_once_show_the_last(telling: Telling) -> None:
    await prepare(telling)
    await telling.script("Accepted", "Success")
    await telling.script("Accepted", "Success")
    first = call(telling, *ON)
    await telling.until_at("Accepted")
    second = call(telling, *OFF)
    await telling.pass_time(1)
    await first
    await telling.until_at("Accepted")
    assert air(telling).state == HVACMode.OFF
    await telling.pass_time(1)
    await second
    assert air(telling).state == HVACMode.OFF


async def test_reload_in_the_middle(telling: Telling) -> None:
    await prepare(telling)
    await telling.script("Accepted", {"status": "Success", "delay": 60})
    task = call(telling, *ON)
    await telling.until_at("Accepted")
    await telling.reload()
    with pytest.raises(HomeAssistantError):
        await task
    await telling.pass_time(60)
    await telling.ended()
    assert air(telling).state == HVACMode.HEAT_COOL
    assert await telling.posted() == 1


async def test_programs_that_the_car_loses_are_set_again(both: Telling) -> None:
    await prepare(both)
    await both.script(erase_programs=True)
    await act(both, *ON)
    assert set(programs(both).values()) == {EMPTY}
    assert await both.posted() == 1
    await settle(both)
    assert programs(both) == PROGRAMS
    assert air(both).state == HVACMode.HEAT_COOL
    await settle(both)
    await settle(both)
    assert len(await both.remotes()) == await both.posted() == 2, "once"


async def test_programs_lost_for_good_are_told(telling: Telling, caplog: pytest.LogCaptureFixture) -> None:
    """It is tried once; what keeps the car from it is no reason to tell it again and again."""
    await prepare(telling)
    await telling.script(erase_programs=True)
    await act(telling, *ON)
    await telling.script("Accepted", {"status": "Failed", "failureCause": "VehicleInUse"})
    await settle(telling)
    assert "could not be set again: The car is in use" in caplog.text
    await settle(telling)
    assert await telling.posted() == 2
    assert telling.vin not in "".join(one.getMessage() for one in caplog.records if one.levelno > logging.INFO)


async def test_programs_that_stay_cost_nothing(telling: Telling) -> None:
    await prepare(telling)
    await act(telling, *ON)
    await settle(telling)
    await act(telling, *OFF)
    await settle(telling)
    assert await telling.posted() == 2
    assert programs(telling) == PROGRAMS


async def test_programs_that_somebody_changes_stay_so(telling: Telling) -> None:
    """Turned off in the car, or deleted from here: that is no loss."""
    await prepare(telling)
    await act(telling, *ON)
    car_of(telling.simulator, "208").air_programs = {**PROGRAMS, 1: replace(MORNING, enabled=False)}
    await settle(telling)
    assert await telling.posted() == 1
    assert (await telling.finish(Precondition(programs=(DeleteProgram(slot=2),)))).succeeded
    await settle(telling)
    assert await telling.posted() == 2
    assert programs(telling)[2] == EMPTY


async def test_programs_are_looked_after_for_a_while(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    await prepare(telling)
    await act(telling, *ON)
    monkeypatch.setattr(climate, "LOOKED_AFTER", climate.LOOKED_AFTER * 0)
    await settle(telling)
    monkeypatch.undo()
    car_of(telling.simulator, "208").air_programs = dict.fromkeys(PROGRAMS, EMPTY)
    await settle(telling)
    assert await telling.posted() == 1


async def test_nothing_is_set_again_that_nobody_started(telling: Telling) -> None:
    await prepare(telling)
    car_of(telling.simulator, "208").air_programs = dict.fromkeys(PROGRAMS, EMPTY)
    await settle(telling)
    assert await telling.posted() == 0
