"""A charge limit for cars that have none: the charge is stopped at a level, once, whoever tells of it."""

from dataclasses import replace
from typing import Any

from homeassistant.components.number import ATTR_VALUE, DOMAIN as NUMBER, SERVICE_SET_VALUE
from homeassistant.components.switch import DOMAIN as SWITCH, SERVICE_TURN_OFF, SERVICE_TURN_ON
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.stellantis.api.requests import ChargeCommand
from custom_components.stellantis.vehicle.capabilities import CommandFeature
from custom_components.stellantis.vehicle.command import CommandType
from tests.conftest import Link
from tests.support.commands import ONE_CAR, CommandTester
from tests.support.helpers import get_state, simulated_car

pytestmark = pytest.mark.simulator(**ONE_CAR)

LEVEL = "number.peugeot_e_208_charge_limit"
LIMIT = "switch.peugeot_e_208_charge_limit"


async def choose(tester: CommandTester, *, level: int | None = None, on: bool | None = None) -> None:
    """Choose the level, turn the limit on or off."""
    services = tester.hass.services
    if level is not None:
        await services.async_call(NUMBER, SERVICE_SET_VALUE, {"entity_id": LEVEL, ATTR_VALUE: level}, blocking=True)
    if on is not None:
        service = SERVICE_TURN_ON if on else SERVICE_TURN_OFF
        await services.async_call(SWITCH, service, {"entity_id": LIMIT}, blocking=True)
    await settle(tester)


async def settle(tester: CommandTester) -> None:
    """Let the commands that are under way be done."""
    while tester.commands.current:
        await tester.wait_until(lambda: tester.has_remote_id() or tester.commands.current is None)
        await tester.advance_clock(30)
        await tester.wait_until_idle()
    await tester.hass.async_block_till_done(wait_background_tasks=True)


async def read(tester: CommandTester, **hand: Any) -> None:
    """Set the car by hand, read it, and let what comes of it be done."""
    await tester.advance_clock(1)
    await tester.control.patch(tester.vin, **hand)
    await tester.car.status.async_refresh()
    await settle(tester)


async def charges(tester: CommandTester) -> bool:
    """Say whether the car truly charges."""
    return bool(await tester.actual_value(CommandType.CHARGING) == "InProgress")


@pytest.fixture
async def charging(tester: CommandTester) -> CommandTester:
    """A car that charges at 60 %, with a limit at 80 %."""
    await tester.prepare(CommandType.CHARGING)
    await read(tester, level=60, plug=True, charge=True)
    await choose(tester, level=80, on=True)
    assert await charges(tester)
    assert await tester.post_count() == 0
    return tester


async def test_what_is_chosen(hass: HomeAssistant, tester: CommandTester) -> None:
    """It is shown at once, and kept across restarts. Nobody is asked."""
    assert (get_state(hass, LEVEL), get_state(hass, LIMIT)) == ("80", "off")
    await choose(tester, level=65, on=True)
    assert (get_state(hass, LEVEL), get_state(hass, LIMIT)) == ("65", "on")
    await tester.reload()
    assert (get_state(hass, LEVEL), get_state(hass, LIMIT)) == ("65", "on")
    await choose(tester, on=False)
    assert (get_state(hass, LEVEL), get_state(hass, LIMIT)) == ("65", "off")
    for level in (19, 101):
        with pytest.raises(ServiceValidationError):
            await choose(tester, level=level)
    await choose(tester, level=20)
    await choose(tester, level=100)
    assert get_state(hass, LEVEL) == "100"
    assert await tester.post_count() == 0


async def test_stops_at_the_level_once(charging: CommandTester) -> None:
    await read(charging, level=79)
    assert await charging.post_count() == 0
    await read(charging, level=80)
    assert await charging.post_count() == 1
    assert not await charges(charging)
    assert get_state(charging.hass, "switch.peugeot_e_208_charging") == "off"
    await read(charging, temperature=3)
    assert await charging.post_count() == 1


@pytest.mark.parametrize("level", [80, 93, 100])
async def test_stops_above_the_level(charging: CommandTester, level: int) -> None:
    """A car is not looked at all the time. One that is full has ended its charge itself."""
    await choose(charging, level=level)
    await read(charging, level=min(level + 3, 100))
    assert await charging.post_count() == (level < 100)
    assert not await charges(charging)


async def test_stops_when_it_is_pushed(charging: CommandTester) -> None:
    """Whoever tells of the level: nothing is read for it."""
    status = charging.car.status
    energies = tuple(replace(energy, level=81.0) for energy in status.data.status.energies)
    told = replace(status.data.status, energies=energies)
    status.async_set_updated_data(replace(status.data, status=told))
    await settle(charging)
    assert await charging.post_count() == 1
    assert not await charges(charging)


async def test_does_nothing_when_off(charging: CommandTester) -> None:
    await choose(charging, on=False)
    await read(charging, level=90)
    assert await charging.post_count() == 0
    assert await charges(charging)
    await choose(charging, on=True)
    assert await charging.post_count() == 1, "turned on anew, it acts at once"
    assert not await charges(charging)


async def test_lower_level_acts_at_once(charging: CommandTester) -> None:
    await read(charging, level=70)
    await choose(charging, level=70)
    assert await charging.post_count() == 1
    assert not await charges(charging)


async def test_car_that_does_not_charge_is_left_alone(charging: CommandTester) -> None:
    await read(charging, level=85, charge=False)
    await choose(charging, level=50)
    await read(charging, plug=False)
    assert await charging.post_count() == 0


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("here", [False, True])
async def test_who_starts_again_is_obeyed(charging: CommandTester, restart: bool, here: bool) -> None:
    """Until the next plug-in."""
    await read(charging, level=80)
    assert await charging.post_count() == 1
    if restart:
        await charging.reload()
    if here:
        assert (await charging.run_to_end(ChargeCommand())).succeeded
    else:
        await read(charging, charge=True)
    count = await charging.post_count()
    for level in (81, 90):
        await read(charging, level=level)
    assert await charges(charging)
    assert await charging.post_count() == count
    await read(charging, plug=False)
    await read(charging, plug=True, charge=True)
    assert await charging.post_count() == count + 1
    assert not await charges(charging)


async def test_unplugged_and_plugged_in_between_two_looks(charging: CommandTester) -> None:
    await read(charging, level=80)
    assert await charging.post_count() == 1
    car = simulated_car(charging.simulator, "208")
    await read(charging, odometer=car.state.odometer + 7, level=79, plug=True, charge=True)
    await read(charging, level=80)
    assert await charging.post_count() == 2


async def test_limit_that_is_chosen_anew_counts_anew(charging: CommandTester) -> None:
    await read(charging, level=80)
    await choose(charging, level=90)
    await read(charging, charge=True)
    assert await charging.post_count() == 1
    await read(charging, level=90)
    assert await charging.post_count() == 2
    assert not await charges(charging)


async def test_limit_that_is_raised_while_a_charge_is_stopped(charging: CommandTester) -> None:
    await charging.script("Accepted", "Success")
    await charging.control.patch(charging.vin, level=80)
    await charging.car.status.async_refresh()
    await charging.wait_for_status("Accepted")
    charging.car.charge_limit.async_set(level=90)
    await settle(charging)
    assert await charging.post_count() == 1
    await read(charging, charge=True)
    await read(charging, level=90)
    assert await charging.post_count() == 2


async def test_a_start_that_is_under_way_is_not_crossed(charging: CommandTester) -> None:
    """Who starts a charge above the limit that was not stopped yet sees it stopped after that, not before."""
    await read(charging, level=80)
    await charging.script("Accepted", "Success")
    task = charging.send(ChargeCommand())
    await charging.wait_for_status("Accepted")
    charging.car.charge_limit.async_set(level=70)
    assert await charging.post_count() == 2
    await charging.advance_clock(1)
    await task
    await settle(charging)
    assert await charges(charging)
    await read(charging, temperature=3)
    assert await charging.post_count() == 3
    assert not await charges(charging)


async def test_stop_that_fails_is_tried_again(charging: CommandTester, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        await charging.script("Accepted", {"status": "Failed", "failureCause": "VehicleInUse"})
    await read(charging, level=80)
    assert await charging.post_count() == 1
    assert "could not be stopped at its limit: The car is in use" in caplog.text
    await read(charging, level=81)
    assert await charging.post_count() == 2
    assert await charges(charging)
    await read(charging, level=82)
    assert await charging.post_count() == 3
    assert not await charges(charging)
    await read(charging, charge=True)
    assert await charging.post_count() == 3
    warned = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    assert not any(charging.vin in line for line in warned)
    assert len([line for line in warned if "limit" in line]) == 1
    await charging.script("Accepted", {"status": "Failed", "failureCause": "VehicleInUse"})
    charging.car.charge_limit.async_set(level=90)
    await read(charging, level=91)
    warned = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    assert len([line for line in warned if "limit" in line]) == 2


@pytest.mark.parametrize("done", [False, True], ids=["before the car", "after the car"])
async def test_restart_while_a_charge_is_stopped(charging: CommandTester, done: bool) -> None:
    """The stop is followed on, not sent again; who starts then is obeyed."""
    await charging.script("Accepted", {"status": "Success", "delay": 60})
    await charging.control.patch(charging.vin, level=80)
    await charging.car.status.async_refresh()
    await charging.wait_for_status("Accepted")
    if done:
        await charging.hass.config_entries.async_unload(charging.entry.entry_id)
        await charging.advance_clock(60)
        assert await charging.hass.config_entries.async_setup(charging.entry.entry_id)
    else:
        await charging.reload()
        await charging.advance_clock(60)
    await charging.hass.async_block_till_done()
    await settle(charging)
    assert await charging.post_count() == 1
    assert not await charges(charging)
    await read(charging, charge=True)
    await read(charging, level=85)
    assert await charging.post_count() == 1
    assert await charges(charging)


async def test_stop_that_fails_after_a_restart_is_tried_again(charging: CommandTester) -> None:
    await charging.script("Accepted", {"status": "Failed", "failureCause": "VehicleInUse", "delay": 60})
    await charging.control.patch(charging.vin, level=80)
    await charging.car.status.async_refresh()
    await charging.wait_for_status("Accepted")
    await charging.reload()
    await charging.advance_clock(60)
    await settle(charging)
    assert await charges(charging)
    await read(charging, level=81)
    assert await charging.post_count() == 2
    assert not await charges(charging)


async def test_level_is_reached_while_home_assistant_is_off(charging: CommandTester) -> None:
    await charging.hass.config_entries.async_unload(charging.entry.entry_id)
    await charging.control.patch(charging.vin, level=84)
    assert await charging.hass.config_entries.async_setup(charging.entry.entry_id)
    await settle(charging)
    assert await charging.post_count() == 1
    assert not await charges(charging)


async def test_car_that_may_not_be_told_is_not_stopped(charging: CommandTester) -> None:
    """Without the right there is no limit, and nothing is sent for one that was chosen before."""
    token = dict(charging.entry.data["token"])
    token["scope"] = " ".join(one for one in token["scope"].split() if one != "remote:charging:write")
    charging.hass.config_entries.async_update_entry(charging.entry, data={**charging.entry.data, "token": token})
    await charging.reload()
    assert (get_state(charging.hass, LEVEL), get_state(charging.hass, LIMIT)) == (None, None)
    await read(charging, level=90)
    assert await charging.post_count() == 0


@pytest.mark.parametrize(("brand", "expected"), [("peugeot", 3), ("citroen", 1), ("ds", 0)])
@pytest.mark.simulator(fleet=None, brand=None)
async def test_cars_with_it(hass: HomeAssistant, link: Link, brand: str, expected: int) -> None:
    """Those that can be told to stop charging, and no others."""
    entry = await link(brand)
    able = [
        car
        for car in entry.runtime_data.cars.values()
        if CommandFeature.STOP_CHARGING in car.commands.support.available
    ]
    assert len(hass.states.async_entity_ids(NUMBER)) == len(able) == expected
