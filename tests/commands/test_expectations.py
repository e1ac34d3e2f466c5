"""What is expected after a command never outlives what the car reports after it was sent."""

import asyncio
from typing import Any

from homeassistant.components.climate import HVACMode
from homeassistant.components.lock import LockState
from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellantis.commands import queue as command_queue
from custom_components.stellantis.commands.expectations import MAX_EXPECTATION_AGE
from custom_components.stellantis.vehicle.command import CommandStatus, CommandType
from tests.support.commands import ONE_CAR, CommandTester, get_error_key
from tests.support.helpers import advance_time, get_state

pytestmark = pytest.mark.simulator(**ONE_CAR)

DOORS = "lock.peugeot_e_208_central_locking"
CLIMATE = "climate.peugeot_e_208_preconditioning"
REMOTE = "/user/vehicles/{id}/callbacks/{cbid}/remotes/{rid}"


def doors(tester: CommandTester) -> str | None:
    """Return the state of the lock."""
    return get_state(tester.hass, DOORS)


async def lock_without_response(tester: CommandTester, *, unlock: bool = True) -> Any:
    """Lock the car while its remotes cannot be read, and unlock it by hand; return the task that still waits."""
    await tester.prepare(CommandType.LOCK)
    task = await tester.start(CommandType.LOCK)
    await tester.control.fault(REMOTE, status=503)
    await tester.advance_clock(60)
    assert await tester.actual_value(CommandType.LOCK) is True
    if unlock:
        await tester.control.patch(tester.vin, lock=False)
    return task


async def test_driver_unlocks_before_result_is_read(tester: CommandTester) -> None:
    task = await lock_without_response(tester)
    await tester.car.status.async_refresh()
    await tester.control.delete("faults")
    assert (await task).status == CommandStatus.SUCCESS
    assert doors(tester) == LockState.UNLOCKED
    await tester.car.status.async_refresh()
    assert doors(tester) == LockState.UNLOCKED


async def test_restart_before_result_is_read(tester: CommandTester) -> None:
    """After a restart the car is read; what was commanded hours ago says nothing about now."""
    task = await lock_without_response(tester)
    await tester.reload()
    assert await get_error_key(task) == "command_interrupted"
    await tester.advance_clock(8 * 3600)
    await tester.control.delete("faults")
    await tester.wait_until_idle()
    assert tester.commands.history[-1].status == CommandStatus.SUCCESS
    assert doors(tester) == LockState.UNLOCKED


async def test_press_after_driver_unlocked(tester: CommandTester) -> None:
    """A press is not satisfied by a command that was executed before the driver unlocked the car."""
    task = await lock_without_response(tester)
    again = tester.send(CommandType.LOCK)
    await tester.control.delete("faults")
    assert (await task).status == CommandStatus.SUCCESS
    await tester.wait_until(lambda: len(tester.commands.history) == 1 and tester.has_remote_id())
    await tester.advance_clock(60)
    assert (await again).status == CommandStatus.SUCCESS
    assert await tester.actual_value(CommandType.LOCK) is True
    assert doors(tester) == LockState.LOCKED
    assert len(await tester.remotes()) == 2


async def test_success_that_the_car_ignores(tester: CommandTester) -> None:
    """A success is believed until the car is read again."""
    await tester.prepare(CommandType.LOCK)
    await tester.script("AlreadyDone")
    assert (await tester.run_to_end(CommandType.LOCK)).succeeded
    assert await tester.actual_value(CommandType.LOCK) is False
    assert doors(tester) == LockState.LOCKED
    await tester.control.patch(tester.vin, temperature=3)
    await tester.car.status.async_refresh()
    await asyncio.sleep(0)
    assert doors(tester) == LockState.UNLOCKED


@pytest.mark.usefixtures("immediate_retries")
async def test_success_that_the_car_never_reports(hass: HomeAssistant, tester: CommandTester) -> None:
    """It is not believed for long, even if the car is not polled meanwhile."""
    await tester.prepare(CommandType.LOCK)
    await tester.script("AlreadyDone")
    assert (await tester.run_to_end(CommandType.LOCK)).succeeded
    await tester.control.fault("/user/vehicles/{id}/status", status=503)
    await advance_time(hass, MAX_EXPECTATION_AGE.total_seconds() - 1)
    assert doors(tester) == LockState.LOCKED
    await advance_time(hass, MAX_EXPECTATION_AGE.total_seconds() + 1)
    assert doors(tester) == LockState.UNLOCKED


@pytest.mark.usefixtures("immediate_retries")
async def test_successes_are_believed_equally_long(hass: HomeAssistant, tester: CommandTester) -> None:
    """A later command does not prolong the time for which an earlier one is believed."""
    await tester.prepare(CommandType.LOCK)
    await tester.prepare(CommandType.PRECONDITIONING)
    for command in (CommandType.LOCK, CommandType.PRECONDITIONING):
        await tester.script("AlreadyDone")
        assert (await tester.run_to_end(command)).succeeded
    await tester.control.fault("/user/vehicles/{id}/status", status=503)
    assert (doors(tester), get_state(hass, CLIMATE)) == (LockState.LOCKED, HVACMode.HEAT_COOL)
    await advance_time(hass, MAX_EXPECTATION_AGE.total_seconds() + 1)
    assert (doors(tester), get_state(hass, CLIMATE)) == (LockState.UNLOCKED, HVACMode.HEAT_COOL)
    await advance_time(hass, MAX_EXPECTATION_AGE.total_seconds() + 1)
    assert get_state(hass, CLIMATE) == HVACMode.OFF


async def test_late_end(hass: HomeAssistant, tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that ends after it was given up is read, shown, and told by an event."""
    await tester.prepare(CommandType.UNLOCK)
    with monkeypatch.context() as patched:
        patched.setattr(command_queue, "COMMAND_TIMEOUT", command_queue.COMMAND_TIMEOUT / 6000)
        await tester.script("Accepted", {"status": "Success", "delay": 240})
        assert await get_error_key(tester.send(CommandType.UNLOCK)) == "timed_out"
    assert doors(tester) == LockState.LOCKED
    await tester.advance_clock(300)
    assert await tester.actual_value(CommandType.UNLOCK) is False
    await tester.reload()
    await advance_time(hass, 31)
    assert doors(tester) == LockState.UNLOCKED
    event = hass.states.get("event.peugeot_e_208_command")
    assert event is not None
    assert (event.attributes["event_type"], event.attributes["kind"]) == ("success", "unlock")
    assert event.attributes["late"] is True
    assert [result.status for result in tester.commands.history] == [CommandStatus.TIMED_OUT, CommandStatus.SUCCESS]
    assert tester.car.store.late_commands == []


async def test_waiting_lock_is_shown(tester: CommandTester) -> None:
    await tester.prepare(CommandType.UNLOCK)
    horn = await tester.start(CommandType.HORN)
    unlock = tester.send(CommandType.UNLOCK)
    await tester.wait_until(lambda: doors(tester) == LockState.UNLOCKING)
    assert await tester.post_count() == 1
    await tester.advance_clock(60)
    await horn
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    await unlock
    assert doors(tester) == LockState.UNLOCKED
