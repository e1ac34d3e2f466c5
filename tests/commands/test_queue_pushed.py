"""Commands whose outcome is pushed: what goes astray is read back, and nothing is asked for that is told."""

import asyncio
from typing import Any

from aiohttp.test_utils import TestClient
import pytest

from custom_components.stellantis.commands import queue as commands
from custom_components.stellantis.vehicle.command import CommandStatus, CommandType
from tests.support.commands import ONE_CAR, CommandTester, MakeCommandTester, get_error_key

pytestmark = pytest.mark.simulator(**ONE_CAR)

REMOTES = "/user/vehicles/{id}/callbacks/{cbid}/remotes"
READ = f"GET {REMOTES}/{{rid}}"


@pytest.fixture
async def tester(make_tester: MakeCommandTester, http_client: TestClient[Any, Any]) -> CommandTester:
    """The first car of an account to which the platform posts."""
    return await make_tester(str(http_client.make_url("/")))


async def test_nothing_is_read_that_is_told(tester: CommandTester) -> None:
    await tester.control.delete("requests")
    for kind in (CommandType.HORN, CommandType.UNLOCK, CommandType.HORN):
        assert (await tester.run_to_end(kind)).status == CommandStatus.SUCCESS
    asked = {call: count for call, count in (await tester.control.request_counts()).items() if "status" not in call}
    assert asked == {"GET /user/callbacks": 1, "POST /user/callbacks": 1, f"POST {REMOTES}": 3}


@pytest.mark.parametrize("manner", [{"drop": True}, {"delay": 3600}, {"duplicate": True}, {"shuffle": True}], ids=str)
async def test_notifications_that_go_astray(
    tester: CommandTester, monkeypatch: pytest.MonkeyPatch, manner: dict[str, Any]
) -> None:
    """What does not come in time is read back."""
    lost = bool({"drop", "delay"} & manner.keys())
    monkeypatch.setattr(commands, "PUSH_WAIT", 0.2 if lost else 3600.0)
    await tester.prepare(CommandType.LOCK)
    shown, true = tester.shown_value(CommandType.LOCK), await tester.actual_value(CommandType.LOCK)
    await tester.control.put("notifications", manner)
    task = await tester.start(CommandType.LOCK)
    await tester.advance_clock(60)
    assert (await task).status == CommandStatus.SUCCESS
    await tester.assert_changed(CommandType.LOCK, shown, true)
    await tester.advance_clock(3600)
    assert [outcome.type for outcome in tester.commands.history] == [CommandType.LOCK]
    assert (READ in await tester.control.request_counts()) is lost
    assert (await tester.post_count(), len(await tester.remotes())) == (1, 1)


async def test_trust_ends_with_patience(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing came in time it is read at the rhythm of those to whom nothing comes."""
    monkeypatch.setattr(commands, "PUSH_WAIT", 0.3)
    await tester.control.put("notifications", {"drop": True})
    task = await tester.start(CommandType.HORN)
    assert READ not in await tester.control.request_counts()
    await asyncio.sleep(0.6)
    assert (await tester.control.request_counts())[READ] > 3
    await tester.advance_clock(60)
    assert (await task).status == CommandStatus.SUCCESS


async def test_callback_that_does_not_run(tester: CommandTester) -> None:
    """It is known to run, and is looked at again when the platform takes no command through it."""
    await tester.run_to_end(CommandType.HORN)
    (callback,) = tester.simulator.push.callbacks.values()
    callback.status = "Failed"
    assert (await tester.run_to_end(CommandType.HORN)).status == CommandStatus.SUCCESS
    tester.simulator.push.remove_callback(callback)
    assert (await tester.run_to_end(CommandType.HORN)).status == CommandStatus.SUCCESS
    remotes = await tester.remotes()
    assert [one["callback"] == callback.id for one in remotes] == [True, True, False]
    assert await tester.post_count() == len(remotes) + 2


async def test_answer_that_is_lost(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was told before its id was known counts, too."""
    monkeypatch.setattr(commands, "POLL_DELAYS", (0.1, 0.1, 3600.0))
    await tester.control.put(
        "faults",
        [{"path": REMOTES, "method": "POST", "reset": "body"}, {"path": REMOTES, "status": 500, "times": 1}],
    )
    pending = ("Accepted", "WakingUpVehicle", "CheckingVehicle")
    await tester.script(*({"status": status, "delay": 0} for status in pending), {"status": "Success", "delay": 9})
    task = tester.send(CommandType.HORN)
    await tester.wait_until(lambda: tester.commands.current and tester.commands.current.woke_vehicle)
    await tester.advance_clock(60)
    assert (await task).woke_vehicle
    assert (await tester.post_count(), len(await tester.remotes())) == (1, 1)
    assert READ not in await tester.control.request_counts()


@pytest.mark.simulator(**{**ONE_CAR, "fleet": 2})
async def test_each_car_hears_of_its_own(tester: CommandTester) -> None:
    vins = list(tester.entry.runtime_data.cars)
    one, other = (CommandTester(tester.hass, tester.control, tester.simulator, tester.entry, vin) for vin in vins)
    await one.control.patch(vins[0], doors=["Trunk"])
    tasks = [await one.start(CommandType.LOCK), await other.start(CommandType.HORN)]
    await tester.advance_clock(60)
    assert await get_error_key(tasks[0]) == "doors_open"
    assert (await tasks[1]).status == CommandStatus.SUCCESS
    assert (one.commands.history[-1].type, other.commands.history[-1].type) == (CommandType.LOCK, CommandType.HORN)


@pytest.mark.parametrize("status", ["Accepted", "SentToVehicle"])
async def test_restart_while_it_is_under_way(
    tester: CommandTester, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    """It is read once, and then it is told again."""
    monkeypatch.setattr(commands, "POLL_DELAYS", (3600.0,))
    await tester.prepare(CommandType.UNLOCK)
    shown, true = tester.shown_value(CommandType.UNLOCK), await tester.actual_value(CommandType.UNLOCK)
    task = await tester.start(CommandType.UNLOCK)
    await tester.advance_clock(["Accepted", "CheckingVehicle", "SentToVehicle"].index(status))
    await tester.wait_for_status(status)
    await tester.reload()
    assert await get_error_key(task) == "command_interrupted"
    await tester.wait_for_status(status)
    await tester.advance_clock(60)
    await tester.wait_until_idle()
    await tester.assert_changed(CommandType.UNLOCK, shown, true)
    assert tester.commands.history[-1].status == CommandStatus.SUCCESS
    assert (await tester.post_count(), len(await tester.remotes())) == (1, 1)
    assert (await tester.control.request_counts())[READ] == 1
