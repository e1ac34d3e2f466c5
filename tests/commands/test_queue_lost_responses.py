"""Nothing is sent twice: the connection is cut at every point, and Home Assistant restarts in the middle."""

import asyncio
from itertools import product
import logging
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellantis.commands import queue as commands
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.vehicle.command import CommandStatus, CommandType
from simulator.push.callbacks import Status
from tests.support.commands import ONE_CAR, CommandTester, get_error_key

pytestmark = pytest.mark.simulator(**ONE_CAR)

KIND = CommandType.LOCK
REMOTES = "/user/vehicles/{id}/callbacks/{cbid}/remotes"
REMOTE = f"{REMOTES}/{{rid}}"
CALLBACKS = "/user/callbacks"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what is asked again asked again without a pause."""
    monkeypatch.setattr("custom_components.stellantis.api.transport.random.uniform", lambda *_: 0.0)


# Whether a command is made whose answer is harmed so
POSTS: list[tuple[dict[str, Any], bool]] = [
    ({"reset": True}, False),
    ({"reset": "body"}, True),
    ({"garbage": "truncated"}, True),
    ({"garbage": "html"}, False),
    ({"garbage": "empty"}, False),
    ({"garbage": "wrong_type"}, False),
    ({"status": 502}, False),
    ({"status": 504}, False),
    ({"body": {"type": "Doors"}}, False),
]
# What harms the looks for it
LOOKS: tuple[dict[str, Any], ...] = ({}, {"reset": True}, {"status": 500}, {"garbage": "html"})


@pytest.mark.parametrize(("fault", "made"), POSTS, ids=str)
async def test_answer_that_is_lost(tester: CommandTester, fault: dict[str, Any], made: bool) -> None:
    """What was made is found by its label and followed, what was not is not made again."""
    for number, (kind, looking) in enumerate(product((CommandType.LOCK, CommandType.HORN), LOOKS), 1):
        await tester.prepare(kind)
        shown, true = tester.shown_value(kind), await tester.actual_value(kind)
        faults = [{"path": REMOTES, "method": "POST", "times": 1, **fault}]
        if looking:
            faults.append({"path": REMOTES, "method": "GET", "times": 4, **looking})
        await tester.control.put("faults", faults)
        task = tester.send(kind)
        if made:
            await tester.wait_until(tester.has_remote_id)
            await tester.advance_clock(60)
            assert (await task).status == CommandStatus.SUCCESS
            await tester.assert_changed(kind, shown, true)
        else:
            assert await get_error_key(task) == "not_sent"
            assert (tester.shown_value(kind), await tester.actual_value(kind)) == (shown, true)
        assert (await tester.post_count(), len(await tester.remotes())) == (number, number * made)


@pytest.mark.parametrize("fault", [{"reset": True}, {"reset": "body"}], ids=str)
async def test_nobody_can_tell(tester: CommandTester, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "COMMAND_TIMEOUT", commands.COMMAND_TIMEOUT / 1000)
    await tester.prepare(KIND)
    shown = tester.shown_value(KIND)
    await tester.control.put(
        "faults",
        [{"path": REMOTES, "method": "POST", **fault}, {"path": f"{REMOTES}*", "method": "GET", "reset": True}],
    )
    assert await get_error_key(tester.send(KIND)) == "fate_unknown"
    assert tester.shown_value(KIND) == shown
    assert (await tester.post_count(), len(await tester.remotes())) == (1, int(fault["reset"] == "body"))


async def test_list_that_does_not_say_what_was_sent(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then one that is not found may be there all the same."""
    monkeypatch.setattr(commands, "COMMAND_TIMEOUT", commands.COMMAND_TIMEOUT / 1000)
    one = {"remoteActionId": "1", "type": "Horn", "status": "Success", "_links": {}}
    body = {"_links": {}, "total": 1, "totalPage": 1, "currentPage": 1, "_embedded": {"remoteActions": [one]}}
    await tester.control.put(
        "faults",
        [{"path": REMOTES, "method": "POST", "reset": "body"}, {"path": REMOTES, "method": "GET", "body": body}],
    )
    assert await get_error_key(tester.send(CommandType.HORN)) == "fate_unknown"
    assert await tester.post_count() == 1


async def test_others_have_commands_too(tester: CommandTester) -> None:
    """One is known by its label only, and not by what it does."""
    for _ in range(3):
        await tester.run_to_end(CommandType.HORN)
    await tester.control.fault(REMOTES, method="POST", reset=True, times=1)
    assert await get_error_key(tester.send(CommandType.HORN)) == "not_sent"
    labels = [one["body"]["label"] for one in await tester.remotes()]
    assert len(set(labels)) == len(labels) == 3
    assert all(len(label) >= 16 for label in labels)


async def test_reading_that_is_cut(tester: CommandTester) -> None:
    """A command is followed on, for as long as there is time."""
    faults: tuple[dict[str, Any], ...] = (
        *({"reset": True}, {"reset": "body"}, {"status": 503}, {"status": 401}, {"garbage": "empty"}),
    )
    for number, fault in enumerate(faults, 1):
        await tester.prepare(KIND)
        await tester.control.fault(REMOTE, **fault, times=7)
        assert (await tester.run_to_end(KIND)).status == CommandStatus.SUCCESS
        assert (await tester.post_count(), len(await tester.remotes())) == (number, number)


async def test_no_callback_no_command(tester: CommandTester) -> None:
    faults: tuple[tuple[dict[str, Any], str], ...] = (
        ({"reset": True}, "hung_up"),
        ({"reset": "body"}, "cannot_connect"),
        ({"garbage": "html"}, "invalid_response"),
        ({"status": 500}, "server_error"),
        ({"status": 403}, "forbidden"),
    )
    for fault, cause in faults:
        await tester.control.fault(f"{CALLBACKS}*", **fault)
        assert await get_error_key(tester.send(KIND)) == cause
        assert (tester.commands.history[-1].status, tester.commands.history[-1].cause) == (
            CommandStatus.FAILED,
            cause,
        )
    assert await tester.post_count() == 0
    await tester.control.delete("faults")
    assert (await tester.run_to_end(KIND)).succeeded


async def test_server_that_is_not_there(tester: CommandTester) -> None:
    await tester.simulator.stop()
    assert await get_error_key(tester.send(KIND)) == "cannot_connect"
    assert tester.commands.current is None


async def test_consent_that_has_ended(hass: HomeAssistant, tester: CommandTester) -> None:
    await tester.control.put("oauth", {"revoke": "peugeot"})
    assert await get_error_key(tester.send(KIND)) == "grant_expired"
    (flow,) = hass.config_entries.flow.async_progress()
    assert (flow["handler"], flow["context"]["source"]) == (DOMAIN, "reauth")
    assert await tester.remotes() == []


async def test_callback_that_does_not_run(tester: CommandTester) -> None:
    """It is mended, and the command is sent through it."""
    await tester.run_to_end(KIND)
    (callback,) = tester.simulator.push.callbacks.values()
    statuses: tuple[Status, ...] = ("Failed", "Paused")
    for status in statuses:
        callback.status = status
        await tester.prepare(KIND)
        assert (await tester.run_to_end(KIND)).status == CommandStatus.SUCCESS
    assert len(await tester.remotes()) == 3


async def test_callback_that_has_gone(tester: CommandTester) -> None:
    await tester.run_to_end(KIND)
    (callback,) = tester.simulator.push.callbacks.values()
    tester.simulator.push.remove_callback(callback)
    await tester.prepare(KIND)
    assert (await tester.run_to_end(KIND)).status == CommandStatus.SUCCESS
    assert [one["callback"] == callback.id for one in await tester.remotes()] == [True, False]


# --- restarts


async def test_restart_before_it_is_sent(tester: CommandTester) -> None:
    """What was not sent is not sent later, when nobody expects it."""
    await tester.control.fault(f"{CALLBACKS}*", delay=0.2)
    task = tester.send(KIND)
    waiting = tester.send(CommandType.LIGHTS)
    await asyncio.sleep(0.05)
    await tester.reload()
    assert [await get_error_key(one) for one in (task, waiting)] == ["command_interrupted"] * 2
    await tester.wait_until_idle()
    assert (await tester.post_count(), tester.commands.history) == (0, [])


@pytest.mark.parametrize("made", [False, True])
async def test_restart_while_it_is_sent(tester: CommandTester, made: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """It arrives after Home Assistant has stopped to wait for the answer, or never."""
    await tester.prepare(KIND)
    shown, true = tester.shown_value(KIND), await tester.actual_value(KIND)
    await tester.control.fault(REMOTES, method="POST", delay=0.3, **({} if made else {"status": 500}))
    task = tester.send(KIND)
    await asyncio.sleep(0.15)
    assert await tester.post_count() == 1
    monkeypatch.setattr(commands, "POLL_DELAYS", (0.1,))
    await tester.reload()
    assert await get_error_key(task) == "command_interrupted"
    assert tester.commands.is_running(KIND)
    if made:
        await tester.wait_until(tester.has_remote_id)
        await tester.advance_clock(60)
    await tester.wait_until_idle()
    assert tester.commands.history[-1].cause == (None if made else "not_sent")
    assert (await tester.post_count(), len(await tester.remotes())) == (1, int(made))
    if made:
        await tester.assert_changed(KIND, shown, true)


async def test_restart_while_it_is_under_way(tester: CommandTester) -> None:
    for number, status in enumerate(("Accepted", "CheckingVehicle", "SentToVehicle", "Success")):
        await tester.prepare(KIND)
        shown, true = tester.shown_value(KIND), await tester.actual_value(KIND)
        task = await tester.start(KIND)
        if status == "Success":
            await tester.control.fault(REMOTE, status=500)
            await tester.advance_clock(60)
        else:
            await tester.advance_clock(number)
            await tester.wait_for_status(status)
        waiting = tester.send(CommandType.LIGHTS)
        await tester.reload()
        assert [await get_error_key(one) for one in (task, waiting)] == ["command_interrupted"] * 2
        assert tester.commands.is_running(KIND)
        again = tester.send(KIND)  # who sends it anew shares what comes of it
        await tester.control.delete("faults")
        await tester.advance_clock(60)
        assert (await again).status == CommandStatus.SUCCESS
        await tester.assert_changed(KIND, shown, true)
        assert [outcome.type for outcome in tester.commands.history] == [KIND] * (number + 1)
        assert (await tester.post_count(), len(await tester.remotes())) == (number + 1, number + 1)
    await tester.reload()
    assert tester.commands.current is None


async def test_power_cut(tester: CommandTester, hass_storage: dict[str, Any]) -> None:
    """What is written before a command is sent is enough to find it again."""
    await tester.prepare(KIND)
    await tester.control.fault(REMOTES, method="POST", delay=0.1)
    task = tester.send(KIND)
    key = f"{DOMAIN}.{tester.entry.entry_id}"
    await asyncio.sleep(0.05)
    kept = dict(hass_storage[key])
    assert kept["data"][tester.vin]["command"]["remote_action_id"] is None
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    await task
    assert await tester.hass.config_entries.async_unload(tester.entry.entry_id)
    hass_storage[key] = kept
    assert await tester.hass.config_entries.async_setup(tester.entry.entry_id)
    await tester.wait_until_idle()
    (outcome,) = tester.commands.history
    assert (outcome.type, outcome.status) == (KIND, CommandStatus.SUCCESS)
    assert (await tester.post_count(), len(await tester.remotes())) == (1, 1)


async def test_stop_while_it_is_under_way(
    tester: CommandTester, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Who waits for a command does not hold up the stop; it is kept for the next start."""
    task = await tester.start(KIND)
    await tester.hass.async_stop(force=True)
    assert await get_error_key(task) == "command_interrupted"
    kept = hass_storage[f"{DOMAIN}.{tester.entry.entry_id}"]["data"][tester.vin]["command"]
    assert kept["remote_action_id"] == (await tester.remotes())[0]["id"]
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_car_that_leaves_the_account_meanwhile(tester: CommandTester) -> None:
    await tester.control.post("vehicles", {"brand": "peugeot"})
    told, task = tester.commands, await tester.start(CommandType.HORN)
    await tester.control.delete(f"vehicles/{tester.vin}")
    await tester.entry.runtime_data.vehicles.async_refresh()
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    assert await get_error_key(task) == "command_interrupted"
    assert told.current is None
    assert tester.vin not in tester.entry.runtime_data.cars


async def test_nothing_changes_after_it_was_written(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command under way kept after the last writing would be written over what comes after a restart."""
    told, written = tester.commands, []
    save = tester.car.account.store.async_save

    async def note() -> None:
        written.append(told.current)
        await save()

    task = await tester.start(KIND)
    monkeypatch.setattr(tester.car.account.store, "async_save", note)
    await tester.reload()
    assert written == [None]
    assert await get_error_key(task) == "command_interrupted"
    await tester.advance_clock(60)
    await tester.wait_until_idle()


async def test_who_asked_goes_away(tester: CommandTester) -> None:
    """An automation that is stopped does not stop the car."""
    await tester.prepare(KIND)
    shown, true = tester.shown_value(KIND), await tester.actual_value(KIND)
    task = await tester.start(KIND)
    task.cancel()
    await tester.advance_clock(60)
    await tester.wait_until_idle()
    await tester.assert_changed(KIND, shown, true)
    assert tester.commands.history[-1].status == CommandStatus.SUCCESS
