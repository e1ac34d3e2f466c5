"""The order of commands, their history, and polling while a command runs."""

import asyncio
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.stellantis.api import LockedState
from custom_components.stellantis.api.requests import SwitchLights, Unlock
from custom_components.stellantis.commands import queue as command_queue
from custom_components.stellantis.diagnostics import async_get_config_entry_diagnostics
from custom_components.stellantis.history import store
from custom_components.stellantis.polling import FAST_POLL_INTERVAL
from custom_components.stellantis.vehicle.command import CommandStatus, CommandType
from tests.support.commands import ONE_CAR, CommandTester, get_error_key
from tests.support.helpers import advance_time

pytestmark = pytest.mark.simulator(**ONE_CAR)

STATUS = "GET /user/vehicles/{id}/status"


def payloads_without_label(remotes: list[dict[str, Any]]) -> list[Any]:
    """Return the payloads of commands, without their labels."""
    return [{key: value for key, value in remote["body"].items() if key != "label"} for remote in remotes]


async def test_next_command_waits(tester: CommandTester) -> None:
    """The platform would reject a second command of the same type."""
    await tester.prepare(CommandType.UNLOCK)
    unlock = await tester.start(CommandType.UNLOCK)
    lock = tester.send(CommandType.LOCK)
    await tester.advance_clock(60)
    assert (await unlock).type == CommandType.UNLOCK
    await tester.wait_until(tester.has_remote_id)
    assert tester.commands.is_running(CommandType.LOCK, CommandType.PRECONDITIONING)
    assert not tester.commands.is_running(CommandType.UNLOCK)
    assert tester.shown_value(CommandType.LOCK) is True, "still unlocked"
    await tester.advance_clock(60)
    assert (await lock).status == CommandStatus.SUCCESS
    assert payloads_without_label(await tester.remotes()) == [
        {"door": {"state": "Unlocked"}},
        {"door": {"state": "Locked"}},
    ]
    assert [result.type for result in tester.commands.history] == [CommandType.UNLOCK, CommandType.LOCK]
    assert await tester.actual_value(CommandType.LOCK) is True


@pytest.mark.parametrize("events", [("Accepted", "Success"), ("Accepted", "VehicleBatteryChargeTooLow")], ids=str)
async def test_equal_commands_share_result(tester: CommandTester, events: tuple[str, ...]) -> None:
    await tester.prepare(CommandType.LOCK)
    await tester.script(*events)
    tasks = [await tester.start(CommandType.LOCK), tester.send(CommandType.LOCK), tester.send(CommandType.LOCK)]
    await tester.advance_clock(60)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert len({str(type(result)) for result in results}) == 1
    assert len(tester.commands.history) == len(await tester.remotes()) == 1
    await tester.run_to_end(CommandType.LOCK)
    assert len(await tester.remotes()) == 2, "a result is not shared after its command has ended"


async def test_newest_wish_replaces_waiting_one(tester: CommandTester) -> None:
    """A waiting command for the same target is not sent any more; what equals the running one shares its result."""
    await tester.prepare(CommandType.LOCK)
    lock = await tester.start(CommandType.LOCK)
    unlock = tester.send(CommandType.UNLOCK)
    await asyncio.sleep(0)
    again = tester.send(CommandType.LOCK)
    assert await get_error_key(unlock) == "command_replaced"
    assert [(result.type, result.cause) for result in tester.commands.history] == [
        (CommandType.UNLOCK, "command_replaced")
    ]
    await tester.advance_clock(60)
    assert (await lock).status == (await again).status == CommandStatus.SUCCESS
    assert len(await tester.remotes()) == 1


async def test_replacement_keeps_its_place(tester: CommandTester) -> None:
    await tester.prepare(CommandType.LOCK)
    first = await tester.start(CommandType.HORN)
    tasks = [tester.send(command_type) for command_type in (CommandType.LOCK, CommandType.LIGHTS, CommandType.UNLOCK)]
    for task in (first, tasks[2], tasks[1]):
        await tester.wait_until(tester.has_remote_id)
        await tester.advance_clock(60)
        assert (await task).succeeded
    assert await get_error_key(tasks[0]) == "command_replaced"
    names = [next(iter(body)) for body in payloads_without_label(await tester.remotes())]
    assert names == ["horn", "door", "lights"]


async def test_waiting_command_ends_with_its_caller(tester: CommandTester) -> None:
    """An unlock that nobody waits for any longer does not open the car later."""
    await tester.prepare(CommandType.UNLOCK)
    lights = await tester.start(CommandType.LIGHTS)
    unlock = tester.send(CommandType.UNLOCK)
    await asyncio.sleep(0)
    assert tester.commands.last_pending(CommandType.LOCK, CommandType.UNLOCK) == CommandType.UNLOCK
    unlock.cancel()
    await tester.advance_clock(60)
    await lights
    await tester.wait_until_idle()
    assert [(result.type, result.cause) for result in tester.commands.history] == [
        (CommandType.UNLOCK, "command_canceled"),
        (CommandType.LIGHTS, None),
    ]
    assert len(await tester.remotes()) == 1
    assert await tester.actual_value(CommandType.UNLOCK) is True


async def test_waiting_command_expires(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    await tester.prepare(CommandType.UNLOCK)
    lights = await tester.start(CommandType.LIGHTS)
    unlock = tester.send(CommandType.UNLOCK)
    await asyncio.sleep(0)
    monkeypatch.setattr(command_queue, "COMMAND_TIMEOUT", timedelta(hours=1))
    async_fire_time_changed(tester.hass, dt_util.utcnow() + command_queue.MAX_WAIT + timedelta(seconds=1))
    assert await get_error_key(unlock) == "command_expired"
    await tester.advance_clock(60)
    await lights
    assert len(await tester.remotes()) == 1


async def test_caller_leaves_before_post(tester: CommandTester) -> None:
    await tester.control.fault("/user/callbacks*", delay=0.3)
    task = tester.send(CommandType.HORN)
    await asyncio.sleep(0.1)
    task.cancel()
    await tester.wait_until_idle()
    await tester.wait_until(lambda: tester.commands.history)
    assert tester.commands.history[-1].cause == "command_canceled"
    assert await tester.post_count() == 0
    assert tester.car.store.current_command is None


async def test_same_type_but_different_command(tester: CommandTester) -> None:
    tasks = [await tester.start(SwitchLights(on=True)), tester.send(SwitchLights(on=False))]
    await tester.advance_clock(60)
    await tasks[0]
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    await tasks[1]
    assert [body["lights"]["on"] for body in payloads_without_label(await tester.remotes())] == [True, False]


async def test_failure_does_not_block_queue(tester: CommandTester) -> None:
    await tester.prepare(CommandType.LOCK)
    await tester.control.patch(tester.vin, doors=["Trunk"])
    lock, horn = await tester.start(CommandType.LOCK), tester.send(CommandType.HORN)
    await tester.advance_clock(60)
    assert await get_error_key(lock) == "doors_open"
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    assert (await horn).status == CommandStatus.SUCCESS


async def test_full_queue(tester: CommandTester) -> None:
    types = (
        *(CommandType.HORN, CommandType.LIGHTS, CommandType.WAKE_UP),
        *(CommandType.NAVIGATION, CommandType.CHARGING_PREFERENCES),
    )
    assert len(types) == command_queue.MAX_QUEUED
    tasks = [tester.send(command_type) for command_type in types]
    assert await get_error_key(tester.send(CommandType.LOCK)) == "too_many_commands"
    assert tester.commands.history == []
    newest = tester.send(SwitchLights(on=False))
    assert await get_error_key(tasks[1]) == "command_replaced", "the newest wish is not rejected"
    await tester.reload()
    keys = [await get_error_key(task) for task in (tasks[0], *tasks[2:], newest)]
    assert keys == ["command_interrupted"] * command_queue.MAX_QUEUED


@pytest.mark.simulator(**{**ONE_CAR, "fleet": 2})
async def test_cars_have_separate_queues(tester: CommandTester) -> None:
    cars = list(tester.entry.runtime_data.cars.values())
    testers = [CommandTester(tester.hass, tester.control, tester.simulator, tester.entry, car.vin) for car in cars]
    tasks = [await other.start(CommandType.HORN) for other in testers]
    await tester.advance_clock(60)
    assert [(await task).status for task in tasks] == [CommandStatus.SUCCESS] * 2
    remotes = await tester.remotes()
    assert len({remote["vehicle"] for remote in remotes}) == 2
    assert len({remote["callback"] for remote in remotes}) == 1
    assert [len(other.commands.history) for other in testers] == [1, 1]


# --- history


async def test_history_is_limited_and_stored(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_COMMAND_RESULTS", 3)
    for command_type in (CommandType.HORN, CommandType.LIGHTS, CommandType.NAVIGATION, CommandType.HORN):
        await tester.run_to_end(command_type)
    history = tester.commands.history
    assert [result.type for result in history] == [CommandType.LIGHTS, CommandType.NAVIGATION, CommandType.HORN]
    assert all(result.duration < 10 and result.started <= dt_util.utcnow() for result in history)
    await tester.reload()
    assert tester.commands.history == history


async def test_wake_ups_by_month(tester: CommandTester) -> None:
    for asleep, command_type in ((True, CommandType.HORN), (False, CommandType.HORN), (True, CommandType.NAVIGATION)):
        await tester.control.patch(tester.vin, asleep=asleep)
        task = await tester.start(command_type)
        await tester.advance_clock(1)
        await tester.wait_for_status(
            {CommandType.HORN: "WakingUpVehicle" if asleep else "CheckingVehicle"}.get(command_type, "SentToVehicle")
        )
        await tester.advance_clock(60)
        await task
    assert tester.commands.wake_ups_this_month == 1, "an awake car is not woken, and navigation wakes no car"
    await tester.control.patch(tester.vin, asleep=True)
    await tester.run_to_end(CommandType.WAKE_UP)
    assert tester.commands.wake_ups_this_month == 2
    simulated_wake_ups = (await tester.control.put("remotes", {}))["wake_ups"]
    assert list(simulated_wake_ups.values()) == [2]
    await tester.reload()
    assert tester.commands.wake_ups_this_month == 2
    with patch(
        "custom_components.stellantis.commands.queue.dt_util.now",
        lambda: dt_util.as_local(dt_util.utcnow() + timedelta(days=32)),
    ):
        assert tester.commands.wake_ups_this_month == 0
        await tester.control.patch(tester.vin, asleep=True)
        await tester.run_to_end(CommandType.WAKE_UP)
        assert tester.commands.wake_ups_this_month == 1


async def test_diagnostics(hass: HomeAssistant, tester: CommandTester) -> None:
    await tester.script("AlreadyDone")
    await tester.run_to_end(CommandType.NAVIGATION)
    task = await tester.start(CommandType.HORN)
    (car,) = (await async_get_config_entry_diagnostics(hass, tester.entry))["cars"]
    diagnostics = car["commands"]
    (result,) = diagnostics.pop("history")
    assert diagnostics == {"under_way": "horn", "wake_ups": 0}
    assert (result["kind"], result["result"], result["cause"]) == ("navigation", "already_done", None)
    await tester.advance_clock(60)
    await task


# --- polling of the status


async def test_fast_polling_and_final_poll(hass: HomeAssistant, tester: CommandTester) -> None:
    def interval() -> timedelta:
        return tester.car.status.update_interval or timedelta(0)

    async def count_polls() -> int:
        """Return the number of status requests within the next fast interval."""
        await tester.control.delete("requests")
        async_fire_time_changed(hass, dt_util.utcnow() + FAST_POLL_INTERVAL + timedelta(seconds=1))
        await asyncio.sleep(0.1)
        return (await tester.control.request_counts()).get(STATUS, 0)

    assert interval() > FAST_POLL_INTERVAL
    task = await tester.start(CommandType.HORN)
    assert [interval(), await count_polls(), interval(), await count_polls()] == [
        FAST_POLL_INTERVAL,
        1,
        FAST_POLL_INTERVAL,
        1,
    ]
    # A poll that began before the end does not count as the final one
    await tester.control.fault("/user/vehicles/{id}/status", delay=0.2, times=1)
    assert await count_polls() == 1
    await tester.advance_clock(60)
    await task
    await asyncio.sleep(0.2)
    assert [interval(), await count_polls()] == [FAST_POLL_INTERVAL, 1]
    assert interval() > FAST_POLL_INTERVAL
    assert await count_polls() == 0


async def test_newer_status_replaces_prediction(hass: HomeAssistant, tester: CommandTester) -> None:
    """The predicted state is kept against an older status, and replaced by a newer one."""
    await tester.prepare(CommandType.LOCK)
    stale = (await tester.control.get(f"vehicles/{tester.vin}"))["status"]
    await tester.run_to_end(CommandType.LOCK)
    assert tester.shown_value(CommandType.LOCK) is False
    await tester.control.put(f"vehicles/{tester.vin}/status", stale)
    await tester.car.status.async_refresh()
    assert tester.shown_value(CommandType.LOCK) is False
    await tester.control.delete(f"vehicles/{tester.vin}/status")
    await tester.advance_clock(5)
    await tester.control.patch(tester.vin, lock=False)
    await advance_time(hass, 3601)
    assert tester.shown_value(CommandType.LOCK) is True


@pytest.mark.parametrize("offset", [timedelta(0), timedelta(days=2)], ids=["same clock", "clock ahead"])
async def test_car_clock_offset(tester: CommandTester, offset: timedelta) -> None:
    """If the car's clock is ahead of ours, its earlier status does not replace the expected state."""
    await tester.advance_clock(offset.total_seconds())
    await tester.prepare(CommandType.LOCK)
    stale = (await tester.control.get(f"vehicles/{tester.vin}"))["status"]
    await tester.control.put(f"vehicles/{tester.vin}/status", stale)
    await tester.car.status.async_refresh()
    await tester.run_to_end(CommandType.LOCK)
    await tester.car.status.async_refresh()
    doors = tester.commands.shown_state.status.doors_state
    assert doors is not None
    assert doors.locked_states == (LockedState.LOCKED,)
    reported = tester.car.status.data.status.doors_state
    assert reported is not None
    assert reported.locked_states != doors.locked_states, "what is expected is not stored as if it was measured"


async def test_car_without_status(tester: CommandTester) -> None:
    """A car without a status can be sent commands."""
    await tester.control.fault("/user/vehicles/{id}/status", status=404)
    await tester.reload()
    assert not tester.car.status.has_data
    assert (await tester.run_to_end(Unlock())).succeeded
