"""One command at a time for each car, what is kept of them, and how the car is looked at meanwhile."""

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
from custom_components.stellantis.commands import queue as commands
from custom_components.stellantis.diagnostics import async_get_config_entry_diagnostics
from custom_components.stellantis.history import store as ledger
from custom_components.stellantis.polling import FAST_POLL_INTERVAL
from custom_components.stellantis.vehicle.command import CommandStatus, CommandType
from tests.support.commands import ONE_CAR, CommandTester, get_error_key
from tests.support.helpers import advance_time

pytestmark = pytest.mark.simulator(**ONE_CAR)

STATUS = "GET /user/vehicles/{id}/status"


def bodies(remotes: list[dict[str, Any]]) -> list[Any]:
    """Return what was sent, without the labels."""
    return [{key: value for key, value in one["body"].items() if key != "label"} for one in remotes]


async def test_the_next_waits_its_turn(tester: CommandTester) -> None:
    """The platform would refuse a second one of a kind."""
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
    assert bodies(await tester.remotes()) == [{"door": {"state": "Unlocked"}}, {"door": {"state": "Locked"}}]
    assert [outcome.type for outcome in tester.commands.history] == [CommandType.UNLOCK, CommandType.LOCK]
    assert await tester.actual_value(CommandType.LOCK) is True


@pytest.mark.parametrize("events", [("Accepted", "Success"), ("Accepted", "VehicleBatteryChargeTooLow")], ids=str)
async def test_the_same_again_shares_the_outcome(tester: CommandTester, events: tuple[str, ...]) -> None:
    await tester.prepare(CommandType.LOCK)
    await tester.script(*events)
    tasks = [await tester.start(CommandType.LOCK), tester.send(CommandType.LOCK), tester.send(CommandType.LOCK)]
    await tester.advance_clock(60)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert len({str(type(outcome)) for outcome in outcomes}) == 1
    assert len(tester.commands.history) == len(await tester.remotes()) == 1
    await tester.run_to_end(CommandType.LOCK)
    assert len(await tester.remotes()) == 2, "what has ended is not shared"


async def test_the_same_after_another_is_sent_again(tester: CommandTester) -> None:
    await tester.prepare(CommandType.LOCK)
    tasks = [
        await tester.start(CommandType.LOCK),
        *map(tester.send, (CommandType.UNLOCK, CommandType.LOCK, CommandType.LOCK)),
    ]
    for number in range(1, 4):
        await tester.wait_until(
            lambda count=number: len(tester.commands.history) == count - 1 and tester.has_remote_id()  # type: ignore[misc]
        )
        await tester.advance_clock(60)
    assert [(await task).type for task in tasks] == [
        CommandType.LOCK,
        CommandType.UNLOCK,
        CommandType.LOCK,
        CommandType.LOCK,
    ]
    assert len(await tester.remotes()) == 3


async def test_another_of_a_kind_is_not_the_same(tester: CommandTester) -> None:
    tasks = [await tester.start(SwitchLights(on=True)), tester.send(SwitchLights(on=False))]
    await tester.advance_clock(60)
    await tasks[0]
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    await tasks[1]
    assert [body["lights"]["on"] for body in bodies(await tester.remotes())] == [True, False]


async def test_a_failure_holds_up_nobody(tester: CommandTester) -> None:
    await tester.prepare(CommandType.LOCK)
    await tester.control.patch(tester.vin, doors=["Trunk"])
    lock, horn = await tester.start(CommandType.LOCK), tester.send(CommandType.HORN)
    await tester.advance_clock(60)
    assert await get_error_key(lock) == "doors_open"
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    assert (await horn).status == CommandStatus.SUCCESS


async def test_not_too_many_wait(tester: CommandTester) -> None:
    line = [tester.send(SwitchLights(on=number % 2 == 0)) for number in range(commands.MAX_QUEUED)]
    assert await get_error_key(tester.send(CommandType.HORN)) == "too_many_commands"
    assert tester.commands.history == []
    await tester.reload()
    assert [await get_error_key(one) for one in line] == ["command_interrupted"] * commands.MAX_QUEUED


@pytest.mark.simulator(**{**ONE_CAR, "fleet": 2})
async def test_cars_do_not_wait_for_each_other(tester: CommandTester) -> None:
    cars = list(tester.entry.runtime_data.cars.values())
    both = [CommandTester(tester.hass, tester.control, tester.simulator, tester.entry, car.vin) for car in cars]
    tasks = [await one.start(CommandType.HORN) for one in both]
    await tester.advance_clock(60)
    assert [(await task).status for task in tasks] == [CommandStatus.SUCCESS] * 2
    remotes = await tester.remotes()
    assert len({remote["vehicle"] for remote in remotes}) == 2
    assert len({remote["callback"] for remote in remotes}) == 1
    assert [len(one.commands.history) for one in both] == [1, 1]


# --- what is kept


async def test_history_is_bounded_and_lasts(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MAX_COMMAND_RESULTS", 3)
    for kind in (CommandType.HORN, CommandType.LIGHTS, CommandType.NAVIGATION, CommandType.HORN):
        await tester.run_to_end(kind)
    kept = tester.commands.history
    assert [outcome.type for outcome in kept] == [CommandType.LIGHTS, CommandType.NAVIGATION, CommandType.HORN]
    assert all(outcome.duration < 10 and outcome.started <= dt_util.utcnow() for outcome in kept)
    await tester.reload()
    assert tester.commands.history == kept


async def test_wake_ups_are_counted_by_month(tester: CommandTester) -> None:
    for asleep, kind in ((True, CommandType.HORN), (False, CommandType.HORN), (True, CommandType.NAVIGATION)):
        await tester.control.patch(tester.vin, asleep=asleep)
        task = await tester.start(kind)
        await tester.advance_clock(1)
        await tester.wait_for_status(
            {CommandType.HORN: "WakingUpVehicle" if asleep else "CheckingVehicle"}.get(kind, "SentToVehicle")
        )
        await tester.advance_clock(60)
        await task
    assert tester.commands.wake_ups_this_month == 1, "one that was awake need not be woken, and navigation wakes none"
    await tester.control.patch(tester.vin, asleep=True)
    await tester.run_to_end(CommandType.WAKE_UP)
    assert tester.commands.wake_ups_this_month == 2
    truly = (await tester.control.put("remotes", {}))["wake_ups"]
    assert list(truly.values()) == [2]
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


async def test_diagnostics_tell_of_them(hass: HomeAssistant, tester: CommandTester) -> None:
    await tester.script("AlreadyDone")
    await tester.run_to_end(CommandType.NAVIGATION)
    task = await tester.start(CommandType.HORN)
    (car,) = (await async_get_config_entry_diagnostics(hass, tester.entry))["cars"]
    told = car["commands"]
    (outcome,) = told.pop("history")
    assert told == {"under_way": "horn", "wake_ups": 0}
    assert (outcome["kind"], outcome["result"], outcome["cause"]) == ("navigation", "already_done", None)
    await tester.advance_clock(60)
    await task


# --- how the car is looked at


async def test_car_is_looked_at_often_and_once_more(hass: HomeAssistant, tester: CommandTester) -> None:
    def interval() -> timedelta:
        return tester.car.status.update_interval or timedelta(0)

    async def looks() -> int:
        """Return how often the car is looked at in the next moments."""
        await tester.control.delete("requests")
        async_fire_time_changed(hass, dt_util.utcnow() + FAST_POLL_INTERVAL + timedelta(seconds=1))
        await asyncio.sleep(0.1)
        return (await tester.control.request_counts()).get(STATUS, 0)

    assert interval() > FAST_POLL_INTERVAL
    task = await tester.start(CommandType.HORN)
    assert [interval(), await looks(), interval(), await looks()] == [FAST_POLL_INTERVAL, 1, FAST_POLL_INTERVAL, 1]
    # A look that began before the end does not count as the one after it
    await tester.control.fault("/user/vehicles/{id}/status", delay=0.2, times=1)
    assert await looks() == 1
    await tester.advance_clock(60)
    await task
    await asyncio.sleep(0.2)
    assert [interval(), await looks()] == [FAST_POLL_INTERVAL, 1]
    assert interval() > FAST_POLL_INTERVAL
    assert await looks() == 0


async def test_car_has_the_last_word(hass: HomeAssistant, tester: CommandTester) -> None:
    """What is seen after a success stands against older words, and yields to newer ones."""
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


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=2)], ids=["with us", "ahead of us"])
async def test_clock_of_the_car(tester: CommandTester, ahead: timedelta) -> None:
    """Where the car's clock is ahead of ours, what is seen after a success is not undone by what it said before."""
    await tester.advance_clock(ahead.total_seconds())
    await tester.prepare(CommandType.LOCK)
    stale = (await tester.control.get(f"vehicles/{tester.vin}"))["status"]
    await tester.control.put(f"vehicles/{tester.vin}/status", stale)
    await tester.car.status.async_refresh()
    await tester.run_to_end(CommandType.LOCK)
    await tester.car.status.async_refresh()
    doors = tester.car.status.data.status.doors_state
    assert doors is not None
    assert doors.locked_states == (LockedState.LOCKED,)


async def test_car_that_was_never_read(tester: CommandTester) -> None:
    """It can be told all the same."""
    await tester.control.fault("/user/vehicles/{id}/status", status=404)
    await tester.reload()
    assert not tester.car.status.has_data
    assert (await tester.run_to_end(Unlock())).succeeded
