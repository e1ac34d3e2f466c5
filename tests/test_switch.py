"""Switches: charging, and the programs of preconditioning."""

import asyncio
from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from simulator.vehicle.programs import WEEKDAYS, AirProgram
from tests.calling import call, fails, finish, sent, start, truth
from tests.conftest import Link
from tests.helpers import Control, state
from tests.sending import CARS, Telling

pytestmark = pytest.mark.simulator(**CARS)

CHARGING = "switch.peugeot_e_208_charging"
PROGRAM = "switch.peugeot_e_208_preconditioning_program_{}"
# As the simulator's car is made
FIRST = {"enabled": True, "start": 7 * 3600, "days": ["Mon", "Tue"], "daily": True}


async def by_hand(telling: Telling, **hand: Any) -> None:
    """Set the car by hand, and have that seen."""
    await telling.control.patch(telling.vin, **hand)
    await telling.car.status.async_refresh()


async def test_charging_starts_and_stops(telling: Telling) -> None:
    await by_hand(telling, plug=True, level=30, charge=False)
    for service, before, after, charges in (
        ("turn_on", STATE_OFF, STATE_ON, "InProgress"),
        ("turn_off", STATE_ON, STATE_OFF, "Stopped"),
    ):
        assert state(telling.hass, CHARGING) == before
        task = await start(telling, f"switch.{service}", "charging")
        assert state(telling.hass, CHARGING) == after, "what it shall be is shown while the car is told"
        assert (await truth(telling))["state"]["charging"] != charges
        await telling.pass_time(60)
        await task
        assert state(telling.hass, CHARGING) == after
        assert (await truth(telling))["state"]["charging"] == charges
        await telling.car.status.async_refresh()
        assert state(telling.hass, CHARGING) == after, "the car tells the same"
    assert await sent(telling) == [{"charging": {"immediate": True}}, {"charging": {"immediate": False}}]


async def test_charging_that_cannot_start(telling: Telling) -> None:
    await by_hand(telling, plug=False)
    task = await start(telling, "switch.turn_on", "charging")
    assert state(telling.hass, CHARGING) == STATE_ON
    await telling.pass_time(60)
    await fails(task, "external_charging_system_error")
    assert state(telling.hass, CHARGING) == STATE_OFF
    assert (await truth(telling))["state"]["charging"] == "Disconnected"


async def test_charging_that_goes_on_already(telling: Telling) -> None:
    await telling.control.patch(telling.vin, plug=True, level=30, charge=True)
    assert state(telling.hass, CHARGING) == STATE_OFF, "that was not read yet"
    await finish(telling, "switch.turn_on", "charging")
    assert state(telling.hass, CHARGING) == STATE_ON


async def test_two_wishes_the_last_is_shown(telling: Telling) -> None:
    await by_hand(telling, plug=True, level=30, charge=False)
    on = await start(telling, "switch.turn_on", "charging")
    off = telling.hass.async_create_task(call(telling, "switch.turn_off", "charging"))
    await asyncio.sleep(0)
    assert state(telling.hass, CHARGING) == STATE_OFF
    await telling.pass_time(60)
    await on
    await telling.until(telling.remotes_seen)
    assert state(telling.hass, CHARGING) == STATE_OFF, "the second is under way"
    await telling.pass_time(60)
    await off
    assert state(telling.hass, CHARGING) == STATE_OFF
    assert (await truth(telling))["state"]["charging"] == "Stopped"


async def test_program_keeps_all_but_whether_it_is_on(telling: Telling) -> None:
    for service, enabled in (("turn_off", False), ("turn_on", True)):
        task = await start(telling, f"switch.{service}", "preconditioning_program_1")
        assert state(telling.hass, PROGRAM.format(1)) == (STATE_ON if enabled else STATE_OFF)
        await telling.pass_time(60)
        await task
        (program,) = (await sent(telling))[-1]["preconditioning"]["airConditioning"]["programs"]
        assert program == {
            "slot": 1,
            "enabled": enabled,
            "start": "PT7H",
            "occurence": {"day": ["Mon", "Tue"]},
            "recurrence": "Daily",
            "actionsType": "Set",
        }
        await telling.car.status.async_refresh()
        assert state(telling.hass, PROGRAM.format(1)) == (STATE_ON if enabled else STATE_OFF)
        assert state(telling.hass, "time.peugeot_e_208_preconditioning_program_1") == "07:00:00"
    assert (await truth(telling))["air_programs"] == {"1": FIRST}


async def test_program_that_is_not_changed(telling: Telling) -> None:
    await telling.script("Accepted", {"status": "Failed", "failureCause": "VehicleConnectionTimeout"})
    task = await start(telling, "switch.turn_off", "preconditioning_program_1")
    assert state(telling.hass, PROGRAM.format(1)) == STATE_OFF
    await telling.pass_time(60)
    await fails(task, "vehicle_connection_timeout")
    assert state(telling.hass, PROGRAM.format(1)) == STATE_ON
    assert (await truth(telling))["air_programs"] == {"1": FIRST}


async def test_program_whose_time_is_being_changed(telling: Telling) -> None:
    """What is changed second does not undo what was changed first, and is not done yet."""
    at = await start(telling, "time.set_value", "preconditioning_program_1", time="06:15:00")
    off = telling.hass.async_create_task(call(telling, "switch.turn_off", "preconditioning_program_1"))
    await telling.pass_time(60)
    await at
    await telling.until(telling.remotes_seen)
    await telling.pass_time(60)
    await off
    status = (await truth(telling))["status"]["preconditioning"]["airConditioning"]["programs"][0]
    assert (status["start"], status["enabled"], status["occurence"]) == ("PT6H15M", False, {"day": ["Mon", "Tue"]})


async def test_program_that_was_never_set_is_none(telling: Telling) -> None:
    """It comes to be when it is set, and is unknown and cannot be turned on when it is deleted."""
    assert [state(telling.hass, PROGRAM.format(slot)) for slot in (1, 2, 3, 4)] == [STATE_ON, None, None, None]
    vehicle = next(car for car in telling.simulator.world.vehicles if car.vin == telling.vin)
    empty, program = vehicle.air_programs[3], vehicle.air_programs[1]
    for programs, shown in (({3: program}, STATE_ON), ({3: empty}, STATE_UNKNOWN)):
        vehicle.air_programs = {**vehicle.air_programs, **programs}
        vehicle.state.touch(telling.simulator.world.clock.now(), "preconditioning")
        await telling.pass_time(1)
        await telling.car.status.async_refresh()
        await telling.hass.async_block_till_done()
        assert state(telling.hass, PROGRAM.format(3)) == shown
    with pytest.raises(HomeAssistantError) as raised:
        await call(telling, "switch.turn_on", "preconditioning_program_3")
    assert raised.value.translation_key == "nothing_to_change"
    assert await telling.posted() == 0


async def test_reload_amid_a_change(telling: Telling) -> None:
    """Who asked is told so; the car goes on, and that is followed."""
    await by_hand(telling, plug=True, level=30, charge=False)
    task = await start(telling, "switch.turn_on", "charging")
    await telling.reload()
    await fails(task, "command_interrupted")
    assert state(telling.hass, CHARGING) == STATE_OFF
    await telling.pass_time(60)
    await telling.ended()
    assert state(telling.hass, CHARGING) == STATE_ON
    assert len(await telling.remotes()) == 1


@pytest.mark.simulator(brand="ds", fleet=1)
async def test_car_that_cannot_be_told(hass: HomeAssistant, link: Link) -> None:
    await link("ds")
    assert hass.states.async_entity_ids("switch") == []


async def test_rights_that_were_not_granted(hass: HomeAssistant, link: Link, control: Control) -> None:
    await link(scopes=["openid", "data:telemetry", "remote:preconditioning:write"])
    assert hass.states.async_entity_ids("switch") == [PROGRAM.format(1)]


async def test_charge_limit(telling: Telling) -> None:
    """It is ours: no car is told of it before it is reached, and it stays over a restart."""
    entity_id = "switch.peugeot_e_208_charge_limit"
    for service, shown in (("turn_on", STATE_ON), ("turn_off", STATE_OFF)):
        await call(telling, f"switch.{service}", "charge_limit")
        assert state(telling.hass, entity_id) == shown
        await telling.reload()
        assert state(telling.hass, entity_id) == shown
    assert await telling.posted() == 0


@pytest.mark.parametrize(
    ("days", "daily", "told"), [((), True, list(WEEKDAYS)), (("Sat", "Sun"), False, ["Sat", "Sun"])], ids=str
)
async def test_other_programs(telling: Telling, days: tuple[str, ...], daily: bool, told: list[str]) -> None:
    """One without days runs on all, one that runs once stays so."""
    vehicle = next(car for car in telling.simulator.world.vehicles if car.vin == telling.vin)
    vehicle.air_programs = {1: AirProgram(enabled=True, start=6 * 3600, days=days, daily=daily)}
    await telling.pass_time(1)
    vehicle.state.touch(telling.simulator.world.clock.now(), "preconditioning")
    await telling.car.status.async_refresh()
    await finish(telling, "switch.turn_off", "preconditioning_program_1")
    (program,) = (await sent(telling))[0]["preconditioning"]["airConditioning"]["programs"]
    assert (program["start"], program["enabled"]) == ("PT6H", False)
    assert program["occurence"] == {"day": told}
    assert program["recurrence"] == ("Daily" if daily else "None")
