"""Commands whose results are pushed: only missing notifications cause polls."""

import asyncio
from typing import Any
from unittest.mock import AsyncMock

from aiohttp.test_utils import TestClient
import pytest

from custom_components.stellantis.commands import queue as command_queue
from custom_components.stellantis.history.files import StellantisStore
from custom_components.stellantis.vehicle.command import CommandStatus, CommandType
from tests.support.commands import ONE_CAR, CommandTester, MakeCommandTester, get_error_key

pytestmark = pytest.mark.simulator(**ONE_CAR)

REMOTES = "/user/vehicles/{id}/callbacks/{cbid}/remotes"
READ = f"GET {REMOTES}/{{rid}}"


@pytest.fixture
async def tester(make_tester: MakeCommandTester, http_client: TestClient[Any, Any]) -> CommandTester:
    """The first car of an account with push."""
    return await make_tester(str(http_client.make_url("/")))


async def test_no_polls_with_push(tester: CommandTester) -> None:
    await tester.control.delete("requests")
    for command_type in (CommandType.HORN, CommandType.UNLOCK, CommandType.HORN):
        assert (await tester.run_to_end(command_type)).status == CommandStatus.SUCCESS
    requests = {call: count for call, count in (await tester.control.request_counts()).items() if "status" not in call}
    assert requests == {"GET /user/callbacks": 1, "POST /user/callbacks": 1, f"POST {REMOTES}": 3}


@pytest.mark.parametrize("delivery", [{"drop": True}, {"delay": 3600}, {"duplicate": True}, {"shuffle": True}], ids=str)
async def test_disturbed_notifications(
    tester: CommandTester, monkeypatch: pytest.MonkeyPatch, delivery: dict[str, Any]
) -> None:
    """A command is polled if its notifications do not arrive in time."""
    is_lost = bool({"drop", "delay"} & delivery.keys())
    monkeypatch.setattr(command_queue, "PUSH_WAIT", 0.2 if is_lost else 3600.0)
    await tester.prepare(CommandType.LOCK)
    shown, actual = tester.shown_value(CommandType.LOCK), await tester.actual_value(CommandType.LOCK)
    await tester.control.put("notifications", delivery)
    task = await tester.start(CommandType.LOCK)
    await tester.advance_clock(60)
    assert (await task).status == CommandStatus.SUCCESS
    await tester.assert_changed(CommandType.LOCK, shown, actual)
    await tester.advance_clock(3600)
    assert [result.type for result in tester.commands.history] == [CommandType.LOCK]
    assert (READ in await tester.control.request_counts()) is is_lost
    assert (await tester.post_count(), len(await tester.remotes())) == (1, 1)


async def test_polling_after_missing_notifications(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    """If no notification arrives in time, the command is polled as without push."""
    monkeypatch.setattr(command_queue, "PUSH_WAIT", 0.3)
    await tester.control.put("notifications", {"drop": True})
    started = tester.hass.loop.time()
    task = await tester.start(CommandType.HORN)
    async with asyncio.timeout(10):
        while (await tester.control.request_counts()).get(READ, 0) <= 3:  # noqa: ASYNC110 - the simulator counts them
            await asyncio.sleep(0.01)
    assert tester.hass.loop.time() - started > 0.3
    await tester.advance_clock(60)
    assert (await task).status == CommandStatus.SUCCESS


async def test_own_command_is_sent_once(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that is sent before its caller waits for it is not sent again when the driver has undone it."""
    await tester.run_to_end(CommandType.HORN)  # the callback is verified
    monkeypatch.setattr(StellantisStore, "async_save", AsyncMock())  # an executor may finish at once
    monkeypatch.setattr(command_queue, "PUSH_WAIT", 0.01)
    await tester.prepare(CommandType.LOCK)
    await tester.control.put("notifications", {"drop": True})
    await tester.control.fault(f"{REMOTES}/{{rid}}", status=503)
    task = await tester.start(CommandType.LOCK)
    await tester.advance_clock(60)
    await tester.control.patch(tester.vin, lock=False)
    await tester.control.delete("faults")
    async with asyncio.timeout(5):
        assert (await task).status == CommandStatus.SUCCESS
    assert len(await tester.remotes()) == 2
    await tester.car.status.async_refresh()
    assert tester.shown_value(CommandType.LOCK) is True, "unlocked by the driver"


async def test_stopped_callback(tester: CommandTester) -> None:
    """A callback that was verified is checked again if the platform rejects a command."""
    await tester.run_to_end(CommandType.HORN)
    (callback,) = tester.simulator.push.callbacks.values()
    callback.status = "Failed"
    assert (await tester.run_to_end(CommandType.HORN)).status == CommandStatus.SUCCESS
    tester.simulator.push.remove_callback(callback)
    assert (await tester.run_to_end(CommandType.HORN)).status == CommandStatus.SUCCESS
    remotes = await tester.remotes()
    assert [remote["callback"] == callback.id for remote in remotes] == [True, True, False]
    assert await tester.post_count() == len(remotes) + 2


async def test_lost_response(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notifications that arrive before the id is known count, too."""
    monkeypatch.setattr(command_queue, "POLL_DELAYS", (0.1, 0.1, 3600.0))
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
async def test_notifications_of_two_cars(tester: CommandTester) -> None:
    vins = list(tester.entry.runtime_data.cars)
    first, second = (CommandTester(tester.hass, tester.control, tester.simulator, tester.entry, vin) for vin in vins)
    await first.control.patch(vins[0], doors=["Trunk"])
    tasks = [await first.start(CommandType.LOCK), await second.start(CommandType.HORN)]
    await tester.advance_clock(60)
    assert await get_error_key(tasks[0]) == "doors_open"
    assert (await tasks[1]).status == CommandStatus.SUCCESS
    assert (first.commands.history[-1].type, second.commands.history[-1].type) == (CommandType.LOCK, CommandType.HORN)


@pytest.mark.parametrize("status", ["Accepted", "SentToVehicle"])
async def test_restart_while_running(tester: CommandTester, monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    """After a restart the command is polled once, and then notifications are used again."""
    monkeypatch.setattr(command_queue, "POLL_DELAYS", (3600.0,))
    await tester.prepare(CommandType.UNLOCK)
    shown, actual = tester.shown_value(CommandType.UNLOCK), await tester.actual_value(CommandType.UNLOCK)
    task = await tester.start(CommandType.UNLOCK)
    await tester.advance_clock(["Accepted", "CheckingVehicle", "SentToVehicle"].index(status))
    await tester.wait_for_status(status)
    await tester.reload()
    assert await get_error_key(task) == "command_interrupted"
    await tester.wait_for_status(status)
    await tester.advance_clock(60)
    await tester.wait_until_idle()
    await tester.assert_changed(CommandType.UNLOCK, shown, actual)
    assert tester.commands.history[-1].status == CommandStatus.SUCCESS
    assert (await tester.post_count(), len(await tester.remotes())) == (1, 1)
    assert (await tester.control.request_counts())[READ] == 1
