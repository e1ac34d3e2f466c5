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


async def test_the_next_waits_its_turn(telling: CommandTester) -> None:
    """The platform would refuse a second one of a kind."""
    await telling.prepare(CommandType.UNLOCK)
    unlock = await telling.start(CommandType.UNLOCK)
    lock = telling.send(CommandType.LOCK)
    await telling.advance_clock(60)
    assert (await unlock).type == CommandType.UNLOCK
    await telling.wait_until(telling.has_remote_id)
    assert telling.commands.is_running(CommandType.LOCK, CommandType.PRECONDITIONING)
    assert not telling.commands.is_running(CommandType.UNLOCK)
    assert telling.shown_value(CommandType.LOCK) is True, "still unlocked"
    await telling.advance_clock(60)
    assert (await lock).status == CommandStatus.SUCCESS
    assert bodies(await telling.remotes()) == [{"door": {"state": "Unlocked"}}, {"door": {"state": "Locked"}}]
    assert [outcome.type for outcome in telling.commands.history] == [CommandType.UNLOCK, CommandType.LOCK]
    assert await telling.actual_value(CommandType.LOCK) is True


@pytest.mark.parametrize("events", [("Accepted", "Success"), ("Accepted", "VehicleBatteryChargeTooLow")], ids=str)
async def test_the_same_again_shares_the_outcome(telling: CommandTester, events: tuple[str, ...]) -> None:
    await telling.prepare(CommandType.LOCK)
    await telling.script(*events)
    tasks = [await telling.start(CommandType.LOCK), telling.send(CommandType.LOCK), telling.send(CommandType.LOCK)]
    await telling.advance_clock(60)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert len({str(type(outcome)) for outcome in outcomes}) == 1
    assert len(telling.commands.history) == len(await telling.remotes()) == 1
    await telling.run_to_end(CommandType.LOCK)
    assert len(await telling.remotes()) == 2, "what has ended is not shared"


async def test_the_same_after_another_is_sent_again(telling: CommandTester) -> None:
    await telling.prepare(CommandType.LOCK)
    tasks = [
        await telling.start(CommandType.LOCK),
        *map(telling.send, (CommandType.UNLOCK, CommandType.LOCK, CommandType.LOCK)),
    ]
    for number in range(1, 4):
        await telling.wait_until(
            lambda count=number: len(telling.commands.history) == count - 1 and telling.has_remote_id()  # type: ignore[misc]
        )
        await telling.advance_clock(60)
    assert [(await task).type for task in tasks] == [
        CommandType.LOCK,
        CommandType.UNLOCK,
        CommandType.LOCK,
        CommandType.LOCK,
    ]
    assert len(await telling.remotes()) == 3


async def test_another_of_a_kind_is_not_the_same(telling: CommandTester) -> None:
    tasks = [await telling.start(SwitchLights(on=True)), telling.send(SwitchLights(on=False))]
    await telling.advance_clock(60)
    await tasks[0]
    await telling.wait_until(telling.has_remote_id)
    await telling.advance_clock(60)
    await tasks[1]
    assert [body["lights"]["on"] for body in bodies(await telling.remotes())] == [True, False]


async def test_a_failure_holds_up_nobody(telling: CommandTester) -> None:
    await telling.prepare(CommandType.LOCK)
    await telling.control.patch(telling.vin, doors=["Trunk"])
    lock, horn = await telling.start(CommandType.LOCK), telling.send(CommandType.HORN)
    await telling.advance_clock(60)
    assert await get_error_key(lock) == "doors_open"
    await telling.wait_until(telling.has_remote_id)
    await telling.advance_clock(60)
    assert (await horn).status == CommandStatus.SUCCESS


async def test_not_too_many_wait(telling: CommandTester) -> None:
    line = [telling.send(SwitchLights(on=number % 2 == 0)) for number in range(commands.MAX_QUEUED)]
    assert await get_error_key(telling.send(CommandType.HORN)) == "too_many_commands"
    assert telling.commands.history == []
    await telling.reload()
    assert [await get_error_key(one) for one in line] == ["command_interrupted"] * commands.MAX_QUEUED


@pytest.mark.simulator(**{**ONE_CAR, "fleet": 2})
async def test_cars_do_not_wait_for_each_other(telling: CommandTester) -> None:
    cars = list(telling.entry.runtime_data.cars.values())
    both = [CommandTester(telling.hass, telling.control, telling.simulator, telling.entry, car.vin) for car in cars]
    tasks = [await one.start(CommandType.HORN) for one in both]
    await telling.advance_clock(60)
    assert [(await task).status for task in tasks] == [CommandStatus.SUCCESS] * 2
    remotes = await telling.remotes()
    assert len({remote["vehicle"] for remote in remotes}) == 2
    assert len({remote["callback"] for remote in remotes}) == 1
    assert [len(one.commands.history) for one in both] == [1, 1]


# --- what is kept


async def test_history_is_bounded_and_lasts(telling: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MAX_COMMAND_RESULTS", 3)
    for kind in (CommandType.HORN, CommandType.LIGHTS, CommandType.NAVIGATION, CommandType.HORN):
        await telling.run_to_end(kind)
    kept = telling.commands.history
    assert [outcome.type for outcome in kept] == [CommandType.LIGHTS, CommandType.NAVIGATION, CommandType.HORN]
    assert all(outcome.duration < 10 and outcome.started <= dt_util.utcnow() for outcome in kept)
    await telling.reload()
    assert telling.commands.history == kept


async def test_wake_ups_are_counted_by_month(telling: CommandTester) -> None:
    for asleep, kind in ((True, CommandType.HORN), (False, CommandType.HORN), (True, CommandType.NAVIGATION)):
        await telling.control.patch(telling.vin, asleep=asleep)
        task = await telling.start(kind)
        await telling.advance_clock(1)
        await telling.wait_for_status(
            {CommandType.HORN: "WakingUpVehicle" if asleep else "CheckingVehicle"}.get(kind, "SentToVehicle")
        )
        await telling.advance_clock(60)
        await task
    assert telling.commands.wake_ups_this_month == 1, "one that was awake need not be woken, and navigation wakes none"
    await telling.control.patch(telling.vin, asleep=True)
    await telling.run_to_end(CommandType.WAKE_UP)
    assert telling.commands.wake_ups_this_month == 2
    truly = (await telling.control.put("remotes", {}))["wake_ups"]
    assert list(truly.values()) == [2]
    await telling.reload()
    assert telling.commands.wake_ups_this_month == 2
    with patch(
        "custom_components.stellantis.commands.queue.dt_util.now",
        lambda: dt_util.as_local(dt_util.utcnow() + timedelta(days=32)),
    ):
        assert telling.commands.wake_ups_this_month == 0
        await telling.control.patch(telling.vin, asleep=True)
        await telling.run_to_end(CommandType.WAKE_UP)
        assert telling.commands.wake_ups_this_month == 1


async def test_diagnostics_tell_of_them(hass: HomeAssistant, telling: CommandTester) -> None:
    await telling.script("AlreadyDone")
    await telling.run_to_end(CommandType.NAVIGATION)
    task = await telling.start(CommandType.HORN)
    (car,) = (await async_get_config_entry_diagnostics(hass, telling.entry))["cars"]
    told = car["commands"]
    (outcome,) = told.pop("history")
    assert told == {"under_way": "horn", "wake_ups": 0}
    assert (outcome["kind"], outcome["result"], outcome["cause"]) == ("navigation", "already_done", None)
    await telling.advance_clock(60)
    await task


# --- how the car is looked at


async def test_car_is_looked_at_often_and_once_more(hass: HomeAssistant, telling: CommandTester) -> None:
    def interval() -> timedelta:
        return telling.car.status.update_interval or timedelta(0)

    async def looks() -> int:
        """Return how often the car is looked at in the next moments."""
        await telling.control.delete("requests")
        async_fire_time_changed(hass, dt_util.utcnow() + FAST_POLL_INTERVAL + timedelta(seconds=1))
        await asyncio.sleep(0.1)
        return (await telling.control.request_counts()).get(STATUS, 0)

    assert interval() > FAST_POLL_INTERVAL
    task = await telling.start(CommandType.HORN)
    assert [interval(), await looks(), interval(), await looks()] == [FAST_POLL_INTERVAL, 1, FAST_POLL_INTERVAL, 1]
    # A look that began before the end does not count as the one after it
    await telling.control.fault("/user/vehicles/{id}/status", delay=0.2, times=1)
    assert await looks() == 1
    await telling.advance_clock(60)
    await task
    await asyncio.sleep(0.2)
    assert [interval(), await looks()] == [FAST_POLL_INTERVAL, 1]
    assert interval() > FAST_POLL_INTERVAL
    assert await looks() == 0


async def test_car_has_the_last_word(hass: HomeAssistant, telling: CommandTester) -> None:
    """What is seen after a success stands against older words, and yields to newer ones."""
    await telling.prepare(CommandType.LOCK)
    stale = (await telling.control.get(f"vehicles/{telling.vin}"))["status"]
    await telling.run_to_end(CommandType.LOCK)
    assert telling.shown_value(CommandType.LOCK) is False
    await telling.control.put(f"vehicles/{telling.vin}/status", stale)
    await telling.car.status.async_refresh()
    assert telling.shown_value(CommandType.LOCK) is False
    await telling.control.delete(f"vehicles/{telling.vin}/status")
    await telling.advance_clock(5)
    await telling.control.patch(telling.vin, lock=False)
    await advance_time(hass, 3601)
    assert telling.shown_value(CommandType.LOCK) is True


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=2)], ids=["with us", "ahead of us"])
async def test_clock_of_the_car(telling: CommandTester, ahead: timedelta) -> None:
    """Where the car's clock is ahead of ours, what is seen after a success is not undone by what it said before."""
    await telling.advance_clock(ahead.total_seconds())
    await telling.prepare(CommandType.LOCK)
    stale = (await telling.control.get(f"vehicles/{telling.vin}"))["status"]
    await telling.control.put(f"vehicles/{telling.vin}/status", stale)
    await telling.car.status.async_refresh()
    await telling.run_to_end(CommandType.LOCK)
    await telling.car.status.async_refresh()
    doors = telling.car.status.data.status.doors_state
    assert doors is not None
    assert doors.locked_states == (LockedState.LOCKED,)


async def test_car_that_was_never_read(telling: CommandTester) -> None:
    """It can be told all the same."""
    await telling.control.fault("/user/vehicles/{id}/status", status=404)
    await telling.reload()
    assert not telling.car.status.has_data
    assert (await telling.run_to_end(Unlock())).succeeded
