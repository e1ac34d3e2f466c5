"""The charge limit for cars that have none: charging is stopped at the limit, again if the car restarts it."""

from dataclasses import replace

from homeassistant.components.number import DOMAIN as NUMBER
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.stellantis.api.requests import ChargeCommand
from custom_components.stellantis.vehicle.capabilities import CommandFeature
from custom_components.stellantis.vehicle.command import CommandType
from tests.conftest import Link
from tests.support.charge_limit import (
    LEVEL,
    LIMIT,
    change_and_poll,
    finish_commands,
    is_charging,
    issue_key,
    limit_status,
    pass_time,
    set_limit,
)
from tests.support.commands import ONE_CAR, CommandTester
from tests.support.helpers import get_state, simulated_car

pytestmark = pytest.mark.simulator(**ONE_CAR)


@pytest.fixture
async def charging_car(tester: CommandTester) -> CommandTester:
    """A car that charges at 60 %, with a limit at 80 %."""
    await tester.prepare(CommandType.CHARGING)
    await change_and_poll(tester, level=60, plug=True, charge=True)
    await set_limit(tester, level=80, on=True)
    assert await is_charging(tester)
    assert await tester.post_count() == 0
    return tester


async def test_settings_are_shown_and_stored(hass: HomeAssistant, tester: CommandTester) -> None:
    """The settings are shown at once and survive restarts, without requests."""
    assert (get_state(hass, LEVEL), get_state(hass, LIMIT)) == ("100", "off")
    await set_limit(tester, on=True)
    assert (get_state(hass, LEVEL), get_state(hass, LIMIT)) == ("80", "on")
    await set_limit(tester, level=65, on=True)
    assert (get_state(hass, LEVEL), get_state(hass, LIMIT)) == ("65", "on")
    await tester.reload()
    assert (get_state(hass, LEVEL), get_state(hass, LIMIT)) == ("65", "on")
    await set_limit(tester, on=False)
    assert (get_state(hass, LEVEL), get_state(hass, LIMIT)) == ("100", "off"), "the level tells when the charge ends"
    await set_limit(tester, on=True)
    assert (get_state(hass, LEVEL), get_state(hass, LIMIT)) == ("65", "on")
    for level in (19, 101):
        with pytest.raises(ServiceValidationError):
            await set_limit(tester, level=level)
    await set_limit(tester, level=100)
    assert (get_state(hass, LEVEL), get_state(hass, LIMIT)) == ("100", "off")
    await set_limit(tester, level=20)
    assert (get_state(hass, LEVEL), get_state(hass, LIMIT)) == ("20", "on"), "setting a level enables the limit"
    assert await tester.post_count() == 0


async def test_stops_once_at_limit(charging_car: CommandTester) -> None:
    await change_and_poll(charging_car, level=79)
    assert await charging_car.post_count() == 0
    await change_and_poll(charging_car, level=80)
    assert await charging_car.post_count() == 1
    assert not await is_charging(charging_car)
    assert get_state(charging_car.hass, "switch.peugeot_e_208_charging") == "off"
    await change_and_poll(charging_car, temperature=3)
    assert await charging_car.post_count() == 1


@pytest.mark.parametrize("level", [80, 93, 100])
async def test_stops_above_limit(charging_car: CommandTester, level: int) -> None:
    """The limit may be exceeded between polls. A full battery ends charging by itself."""
    await set_limit(charging_car, level=level)
    await change_and_poll(charging_car, level=min(level + 3, 100))
    assert await charging_car.post_count() == (level < 100)
    assert not await is_charging(charging_car)


async def test_stops_after_push(charging_car: CommandTester) -> None:
    """The limit applies to pushed data without a poll."""
    status = charging_car.car.status
    energies = tuple(replace(energy, level=81.0) for energy in status.data.status.energies)
    new_status = replace(status.data.status, energies=energies)
    status.async_set_updated_data(replace(status.data, status=new_status))
    await finish_commands(charging_car)
    assert await charging_car.post_count() == 1
    assert not await is_charging(charging_car)


async def test_disabled_limit(charging_car: CommandTester) -> None:
    await set_limit(charging_car, on=False)
    await change_and_poll(charging_car, level=90)
    assert await charging_car.post_count() == 0
    assert await is_charging(charging_car)
    await set_limit(charging_car, on=True)
    assert await charging_car.post_count() == 1, "an enabled limit applies immediately"
    assert not await is_charging(charging_car)


async def test_lowered_limit_applies_immediately(charging_car: CommandTester) -> None:
    await change_and_poll(charging_car, level=70)
    await set_limit(charging_car, level=70)
    assert await charging_car.post_count() == 1
    assert not await is_charging(charging_car)


async def test_car_that_does_not_charge(charging_car: CommandTester) -> None:
    await change_and_poll(charging_car, level=85, charge=False)
    await set_limit(charging_car, level=50)
    await change_and_poll(charging_car, plug=False)
    assert await charging_car.post_count() == 0


@pytest.mark.parametrize("restart", [False, True])
async def test_charge_started_from_home_assistant_continues(charging_car: CommandTester, restart: bool) -> None:
    """A charge that is started from Home Assistant at the limit is not stopped until the car is unplugged."""
    await change_and_poll(charging_car, level=80)
    assert await charging_car.post_count() == 1
    if restart:
        await charging_car.reload()
    assert (await charging_car.run_to_end(ChargeCommand(), Context())).succeeded
    await finish_commands(charging_car)
    for level in (81, 90):
        await change_and_poll(charging_car, level=level)
        await pass_time(charging_car, 3600)
    assert await is_charging(charging_car)
    assert await charging_car.post_count() == 2
    assert limit_status(charging_car) == "overridden"
    await change_and_poll(charging_car, plug=False)
    await change_and_poll(charging_car, plug=True, charge=True)
    assert await charging_car.post_count() == 3
    assert not await is_charging(charging_car)


async def test_charge_started_for_a_departure_is_stopped_again(charging_car: CommandTester) -> None:
    """The limit applies to what the integration starts by itself."""
    await change_and_poll(charging_car, level=80)
    await change_and_poll(charging_car, level=79)
    assert (await charging_car.run_to_end(ChargeCommand())).succeeded
    await finish_commands(charging_car)
    assert await is_charging(charging_car)
    await pass_time(charging_car, 301)
    await change_and_poll(charging_car, level=80)
    await pass_time(charging_car, 301)
    assert not await is_charging(charging_car)
    assert limit_status(charging_car) != "overridden"


async def test_charge_that_the_car_restarts_is_stopped_again(charging_car: CommandTester) -> None:
    """Its own clock, or a program, is no person; there are a few attempts with growing pauses, then a repair."""
    await change_and_poll(charging_car, level=80)
    for count, seconds in enumerate((31, 301, 1201), start=1):
        await change_and_poll(charging_car, charge=True)
        assert (await charging_car.post_count(), limit_status(charging_car)) == (count, "retrying")
        await pass_time(charging_car, seconds)
        assert await charging_car.post_count() == count + 1
        assert not await is_charging(charging_car)
        assert issue_key(charging_car) is None
    await change_and_poll(charging_car, charge=True)
    await pass_time(charging_car, 3600)
    assert await charging_car.post_count() == 4
    assert await is_charging(charging_car)
    assert issue_key(charging_car) == "charge_limit_use_own"
    await change_and_poll(charging_car, plug=False)
    assert issue_key(charging_car) is None


async def test_rearmed_below_limit(charging_car: CommandTester) -> None:
    await change_and_poll(charging_car, level=80)
    for count in range(1, 7):
        assert await charging_car.post_count() == count
        await change_and_poll(charging_car, level=77, charge=True)
        await change_and_poll(charging_car, level=80, charge=True)


async def test_unnoticed_unplugging(charging_car: CommandTester) -> None:
    await change_and_poll(charging_car, level=80)
    assert await charging_car.post_count() == 1
    car = simulated_car(charging_car.simulator, "208")
    await change_and_poll(charging_car, odometer=car.state.odometer + 7, level=79, plug=True, charge=True)
    await change_and_poll(charging_car, level=80)
    assert await charging_car.post_count() == 2


async def test_changed_limit_applies_again(charging_car: CommandTester) -> None:
    await change_and_poll(charging_car, level=80)
    await set_limit(charging_car, level=90)
    await change_and_poll(charging_car, charge=True)
    assert await charging_car.post_count() == 1
    await change_and_poll(charging_car, level=90)
    assert await charging_car.post_count() == 2
    assert not await is_charging(charging_car)


async def test_limit_raised_during_stop(charging_car: CommandTester) -> None:
    await charging_car.script("Accepted", "Success")
    await charging_car.control.patch(charging_car.vin, level=80)
    await charging_car.car.status.async_refresh()
    await charging_car.wait_for_status("Accepted")
    charging_car.car.charge_limit.async_set(level=90)
    await finish_commands(charging_car)
    assert await charging_car.post_count() == 1
    await change_and_poll(charging_car, charge=True)
    await change_and_poll(charging_car, level=90)
    assert await charging_car.post_count() == 2


async def test_running_start_is_not_interrupted(charging_car: CommandTester) -> None:
    """A start command above the limit ends before charging is stopped."""
    await change_and_poll(charging_car, level=80)
    await charging_car.script("Accepted", "Success")
    task = charging_car.send(ChargeCommand())
    await charging_car.wait_for_status("Accepted")
    charging_car.car.charge_limit.async_set(level=70)
    assert await charging_car.post_count() == 2
    await charging_car.advance_clock(1)
    await task
    await finish_commands(charging_car)
    assert await charging_car.post_count() == 3
    assert not await is_charging(charging_car)


async def test_failed_stop_is_retried(charging_car: CommandTester, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        await charging_car.script("Accepted", {"status": "Failed", "failureCause": "VehicleInUse"})
    await change_and_poll(charging_car, level=80)
    assert await charging_car.post_count() == 1
    assert "could not be stopped at its limit: The car is in use" in caplog.text
    await change_and_poll(charging_car, level=81)
    assert await charging_car.post_count() == 1
    await pass_time(charging_car, 31)
    assert await charging_car.post_count() == 2
    assert await is_charging(charging_car)
    await change_and_poll(charging_car, level=82)
    await pass_time(charging_car, 301)
    assert await charging_car.post_count() == 3
    assert not await is_charging(charging_car)
    assert issue_key(charging_car) is None
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert not any(charging_car.vin in line for line in warnings)
    assert len([line for line in warnings if "limit" in line]) == 1
    await charging_car.script("Accepted", {"status": "Failed", "failureCause": "VehicleInUse"})
    charging_car.car.charge_limit.async_set(level=90)
    await change_and_poll(charging_car, level=91, charge=True)
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len([line for line in warnings if "limit" in line]) == 2


@pytest.mark.parametrize("is_done", [False, True], ids=["before the car", "after the car"])
async def test_restart_during_stop(charging_car: CommandTester, is_done: bool) -> None:
    """The stop is resumed, not sent again, and counts."""
    await charging_car.script("Accepted", {"status": "Success", "delay": 60})
    await charging_car.control.patch(charging_car.vin, level=80)
    await charging_car.car.status.async_refresh()
    await charging_car.wait_for_status("Accepted")
    if is_done:
        await charging_car.hass.config_entries.async_unload(charging_car.entry.entry_id)
        await charging_car.advance_clock(60)
        assert await charging_car.hass.config_entries.async_setup(charging_car.entry.entry_id)
    else:
        await charging_car.reload()
        await charging_car.advance_clock(60)
    await charging_car.hass.async_block_till_done()
    await finish_commands(charging_car)
    assert await charging_car.post_count() == 1
    assert not await is_charging(charging_car)
    await change_and_poll(charging_car, charge=True, level=85)
    assert (await charging_car.post_count(), limit_status(charging_car)) == (1, "retrying")
    await pass_time(charging_car, 31)
    assert await charging_car.post_count() == 2


async def test_stop_that_fails_after_restart_is_retried(charging_car: CommandTester) -> None:
    await charging_car.script("Accepted", {"status": "Failed", "failureCause": "VehicleInUse", "delay": 60})
    await charging_car.control.patch(charging_car.vin, level=80)
    await charging_car.car.status.async_refresh()
    await charging_car.wait_for_status("Accepted")
    await charging_car.reload()
    await charging_car.advance_clock(60)
    await finish_commands(charging_car)
    assert await is_charging(charging_car)
    await change_and_poll(charging_car, level=81)
    await pass_time(charging_car, 31)
    assert await charging_car.post_count() == 2
    assert not await is_charging(charging_car)


@pytest.mark.parametrize("cause", ["MissingRights", "CanceledByDriver"])
async def test_final_failure_is_told_at_once(charging_car: CommandTester, cause: str) -> None:
    await charging_car.script("Accepted", {"status": "Failed", "failureCause": cause})
    await change_and_poll(charging_car, level=80)
    await pass_time(charging_car, 3600)
    assert await charging_car.post_count() == 1
    assert issue_key(charging_car) == "charge_limit_use_own"
    assert limit_status(charging_car) == "failed"
    await set_limit(charging_car, on=False)
    assert issue_key(charging_car) is None


async def test_attempts_are_bounded_over_restarts(charging_car: CommandTester) -> None:
    for _ in range(8):
        await charging_car.script("Accepted", {"status": "Failed", "failureCause": "VehicleInUse"})
    for _ in range(8):
        await change_and_poll(charging_car, level=81)
        await pass_time(charging_car, 1300)
        await charging_car.reload()
        await finish_commands(charging_car)
    assert await charging_car.post_count() == 4
    assert issue_key(charging_car) == "charge_limit_use_own"


async def test_car_that_can_no_longer_be_stopped(charging_car: CommandTester) -> None:
    """The limit is not silently off: a repair tells that it cannot act."""
    vehicle = charging_car.car.vehicle
    assert vehicle.capabilities is not None
    assert vehicle.capabilities.remote is not None
    remote = replace(vehicle.capabilities.remote, charging=None)
    charging_car.car.update_vehicle(replace(vehicle, capabilities=replace(vehicle.capabilities, remote=remote)))
    await change_and_poll(charging_car, level=85)
    assert await charging_car.post_count() == 0
    assert issue_key(charging_car) == "charge_limit_unsupported"


async def test_removed_entry_leaves_no_repair(charging_car: CommandTester) -> None:
    await charging_car.script("Accepted", {"status": "Failed", "failureCause": "MissingRights"})
    await change_and_poll(charging_car, level=80)
    assert issue_key(charging_car) == "charge_limit_use_own"
    await charging_car.hass.config_entries.async_remove(charging_car.entry.entry_id)
    assert not [key for _, key in ir.async_get(charging_car.hass).issues if key.startswith("charge_limit")]


async def test_limit_reached_while_unloaded(charging_car: CommandTester) -> None:
    await charging_car.hass.config_entries.async_unload(charging_car.entry.entry_id)
    await charging_car.control.patch(charging_car.vin, level=84)
    assert await charging_car.hass.config_entries.async_setup(charging_car.entry.entry_id)
    await finish_commands(charging_car)
    assert await charging_car.post_count() == 1
    assert not await is_charging(charging_car)


async def test_missing_scope(charging_car: CommandTester) -> None:
    """Without the scope, the entities disappear, and a limit that was set before is not applied."""
    token = dict(charging_car.entry.data["token"])
    token["scope"] = " ".join(scope for scope in token["scope"].split() if scope != "remote:charging:write")
    charging_car.hass.config_entries.async_update_entry(
        charging_car.entry, data={**charging_car.entry.data, "token": token}
    )
    await charging_car.reload()
    assert (get_state(charging_car.hass, LEVEL), get_state(charging_car.hass, LIMIT)) == (None, None)
    await change_and_poll(charging_car, level=90)
    assert await charging_car.post_count() == 0


@pytest.mark.parametrize(("brand", "expected"), [("peugeot", 3), ("citroen", 1), ("ds", 0)])
@pytest.mark.simulator(fleet=None, brand=None)
async def test_cars_with_charge_limit(hass: HomeAssistant, link: Link, brand: str, expected: int) -> None:
    """Only cars that support stopping a charge have a limit."""
    entry = await link(brand)
    supported = [
        car
        for car in entry.runtime_data.cars.values()
        if CommandFeature.STOP_CHARGING in car.commands.support.available
    ]
    assert len(hass.states.async_entity_ids(NUMBER)) == len(supported) == expected


async def test_limit_turned_off_withdraws_the_waiting_stop(charging_car: CommandTester) -> None:
    """A stop that waits behind another command is not sent if the limit is turned off meanwhile."""
    await charging_car.script("Accepted", {"status": "Success", "delay": 60})
    task = await charging_car.start(CommandType.HORN)
    await charging_car.control.patch(charging_car.vin, level=80)
    await charging_car.car.status.async_refresh()
    assert limit_status(charging_car) == "stopping"
    charging_car.car.charge_limit.async_set(enabled=False)
    await charging_car.advance_clock(61)
    await task
    await finish_commands(charging_car)
    assert await charging_car.post_count() == 1
    assert await is_charging(charging_car)
