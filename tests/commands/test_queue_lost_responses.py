"""No command is sent twice, even if the connection fails at any point or Home Assistant restarts."""

import asyncio
from itertools import product
import logging
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellantis.commands import queue as command_queue
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.vehicle.command import CommandStatus, CommandType
from simulator.push.callbacks import Status
from tests.support.commands import ONE_CAR, CommandTester, get_error_key

pytestmark = pytest.mark.simulator(**ONE_CAR)

COMMAND_TYPE = CommandType.LOCK
REMOTES = "/user/vehicles/{id}/callbacks/{cbid}/remotes"
REMOTE = f"{REMOTES}/{{rid}}"
CALLBACKS = "/user/callbacks"


@pytest.fixture(autouse=True)
def retry_immediately(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry requests without a delay."""
    monkeypatch.setattr("custom_components.stellantis.api.transport.random.uniform", lambda *_: 0.0)


# Fault of the POST request, and whether the command is created
POST_FAULTS: list[tuple[dict[str, Any], bool]] = [
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
# Fault of the polls that follow
POLL_FAULTS: tuple[dict[str, Any], ...] = ({}, {"reset": True}, {"status": 500}, {"garbage": "html"})


@pytest.mark.parametrize(("fault", "is_created"), POST_FAULTS, ids=str)
async def test_lost_response(tester: CommandTester, fault: dict[str, Any], is_created: bool) -> None:
    """A created command is found by its label and tracked; one that was not created is not posted again."""
    for number, (command_type, poll_fault) in enumerate(product((CommandType.LOCK, CommandType.HORN), POLL_FAULTS), 1):
        await tester.prepare(command_type)
        shown, actual = tester.shown_value(command_type), await tester.actual_value(command_type)
        faults = [{"path": REMOTES, "method": "POST", "times": 1, **fault}]
        if poll_fault:
            faults.append({"path": REMOTES, "method": "GET", "times": 4, **poll_fault})
        await tester.control.put("faults", faults)
        task = tester.send(command_type)
        if is_created:
            await tester.wait_until(tester.has_remote_id)
            await tester.advance_clock(60)
            assert (await task).status == CommandStatus.SUCCESS
            await tester.assert_changed(command_type, shown, actual)
        else:
            assert await get_error_key(task) == "not_sent"
            assert (tester.shown_value(command_type), await tester.actual_value(command_type)) == (shown, actual)
        assert (await tester.post_count(), len(await tester.remotes())) == (number, number * is_created)


@pytest.mark.parametrize("fault", [{"reset": True}, {"reset": "body"}], ids=str)
async def test_unknown_outcome(tester: CommandTester, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_queue, "COMMAND_TIMEOUT", command_queue.COMMAND_TIMEOUT / 1000)
    await tester.prepare(COMMAND_TYPE)
    shown = tester.shown_value(COMMAND_TYPE)
    await tester.control.put(
        "faults",
        [{"path": REMOTES, "method": "POST", **fault}, {"path": f"{REMOTES}*", "method": "GET", "reset": True}],
    )
    assert await get_error_key(tester.send(COMMAND_TYPE)) == "fate_unknown"
    assert tester.shown_value(COMMAND_TYPE) == shown
    assert (await tester.post_count(), len(await tester.remotes())) == (1, int(fault["reset"] == "body"))


async def test_list_without_content(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the list lacks the content of commands, a command that is not found may exist."""
    monkeypatch.setattr(command_queue, "COMMAND_TIMEOUT", command_queue.COMMAND_TIMEOUT / 1000)
    remote = {"remoteActionId": "1", "type": "Horn", "status": "Success", "_links": {}}
    body = {"_links": {}, "total": 1, "totalPage": 1, "currentPage": 1, "_embedded": {"remoteActions": [remote]}}
    await tester.control.put(
        "faults",
        [{"path": REMOTES, "method": "POST", "reset": "body"}, {"path": REMOTES, "method": "GET", "body": body}],
    )
    assert await get_error_key(tester.send(CommandType.HORN)) == "fate_unknown"
    assert await tester.post_count() == 1


async def test_other_commands_in_list(tester: CommandTester) -> None:
    """A command is identified by its label, not by its content."""
    for _ in range(3):
        await tester.run_to_end(CommandType.HORN)
    await tester.control.fault(REMOTES, method="POST", reset=True, times=1)
    assert await get_error_key(tester.send(CommandType.HORN)) == "not_sent"
    labels = [remote["body"]["label"] for remote in await tester.remotes()]
    assert len(set(labels)) == len(labels) == 3
    assert all(len(label) >= 16 for label in labels)


async def test_failed_polls(tester: CommandTester) -> None:
    """A command is tracked until the timeout."""
    faults: tuple[dict[str, Any], ...] = (
        *({"reset": True}, {"reset": "body"}, {"status": 503}, {"status": 401}, {"garbage": "empty"}),
    )
    for number, fault in enumerate(faults, 1):
        await tester.prepare(COMMAND_TYPE)
        await tester.control.fault(REMOTE, **fault, times=7)
        assert (await tester.run_to_end(COMMAND_TYPE)).status == CommandStatus.SUCCESS
        assert (await tester.post_count(), len(await tester.remotes())) == (number, number)


async def test_no_command_without_callback(tester: CommandTester) -> None:
    faults: tuple[tuple[dict[str, Any], str], ...] = (
        ({"reset": True}, "hung_up"),
        ({"reset": "body"}, "cannot_connect"),
        ({"garbage": "html"}, "invalid_response"),
        ({"status": 500}, "server_error"),
        ({"status": 403}, "forbidden"),
    )
    for fault, cause in faults:
        await tester.control.fault(f"{CALLBACKS}*", **fault)
        assert await get_error_key(tester.send(COMMAND_TYPE)) == cause
        assert (tester.commands.history[-1].status, tester.commands.history[-1].cause) == (
            CommandStatus.FAILED,
            cause,
        )
    assert await tester.post_count() == 0
    await tester.control.delete("faults")
    assert (await tester.run_to_end(COMMAND_TYPE)).succeeded


async def test_unreachable_server(tester: CommandTester) -> None:
    await tester.simulator.stop()
    assert await get_error_key(tester.send(COMMAND_TYPE)) == "cannot_connect"
    assert tester.commands.current is None


async def test_expired_grant(hass: HomeAssistant, tester: CommandTester) -> None:
    await tester.control.put("oauth", {"revoke": "peugeot"})
    assert await get_error_key(tester.send(COMMAND_TYPE)) == "grant_expired"
    (flow,) = hass.config_entries.flow.async_progress()
    assert (flow["handler"], flow["context"]["source"]) == (DOMAIN, "reauth")
    assert await tester.remotes() == []


async def test_stopped_callback(tester: CommandTester) -> None:
    """The callback is repaired, and the command is posted with it."""
    await tester.run_to_end(COMMAND_TYPE)
    (callback,) = tester.simulator.push.callbacks.values()
    statuses: tuple[Status, ...] = ("Failed", "Paused")
    for status in statuses:
        callback.status = status
        await tester.prepare(COMMAND_TYPE)
        assert (await tester.run_to_end(COMMAND_TYPE)).status == CommandStatus.SUCCESS
    assert len(await tester.remotes()) == 3


async def test_deleted_callback(tester: CommandTester) -> None:
    await tester.run_to_end(COMMAND_TYPE)
    (callback,) = tester.simulator.push.callbacks.values()
    tester.simulator.push.remove_callback(callback)
    await tester.prepare(COMMAND_TYPE)
    assert (await tester.run_to_end(COMMAND_TYPE)).status == CommandStatus.SUCCESS
    assert [remote["callback"] == callback.id for remote in await tester.remotes()] == [True, False]


# --- restarts


async def test_restart_before_post(tester: CommandTester) -> None:
    """A command that was not posted before a restart is dropped."""
    await tester.control.fault(f"{CALLBACKS}*", delay=0.2)
    task = tester.send(COMMAND_TYPE)
    waiting = tester.send(CommandType.LIGHTS)
    await asyncio.sleep(0.05)
    await tester.reload()
    assert [await get_error_key(sent) for sent in (task, waiting)] == ["command_interrupted"] * 2
    await tester.wait_until_idle()
    assert (await tester.post_count(), tester.commands.history) == (0, [])


@pytest.mark.parametrize("is_created", [False, True])
async def test_restart_during_post(tester: CommandTester, is_created: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request arrives after Home Assistant has stopped waiting for the response, or never."""
    await tester.prepare(COMMAND_TYPE)
    shown, actual = tester.shown_value(COMMAND_TYPE), await tester.actual_value(COMMAND_TYPE)
    await tester.control.fault(REMOTES, method="POST", delay=0.3, **({} if is_created else {"status": 500}))
    task = tester.send(COMMAND_TYPE)
    await asyncio.sleep(0.15)
    assert await tester.post_count() == 1
    monkeypatch.setattr(command_queue, "POLL_DELAYS", (0.1,))
    await tester.reload()
    assert await get_error_key(task) == "command_interrupted"
    assert tester.commands.is_running(COMMAND_TYPE)
    if is_created:
        await tester.wait_until(tester.has_remote_id)
        await tester.advance_clock(60)
    await tester.wait_until_idle()
    assert tester.commands.history[-1].cause == (None if is_created else "not_sent")
    assert (await tester.post_count(), len(await tester.remotes())) == (1, int(is_created))
    if is_created:
        await tester.assert_changed(COMMAND_TYPE, shown, actual)


async def test_restart_while_running(tester: CommandTester) -> None:
    for number, status in enumerate(("Accepted", "CheckingVehicle", "SentToVehicle", "Success")):
        await tester.prepare(COMMAND_TYPE)
        shown, actual = tester.shown_value(COMMAND_TYPE), await tester.actual_value(COMMAND_TYPE)
        task = await tester.start(COMMAND_TYPE)
        if status == "Success":
            await tester.control.fault(REMOTE, status=500)
            await tester.advance_clock(60)
        else:
            await tester.advance_clock(number)
            await tester.wait_for_status(status)
        waiting = tester.send(CommandType.LIGHTS)
        await tester.reload()
        assert [await get_error_key(sent) for sent in (task, waiting)] == ["command_interrupted"] * 2
        assert tester.commands.is_running(COMMAND_TYPE)
        repeated = tester.send(COMMAND_TYPE)  # shares the result of the resumed command
        await tester.control.delete("faults")
        await tester.advance_clock(60)
        assert (await repeated).status == CommandStatus.SUCCESS
        await tester.assert_changed(COMMAND_TYPE, shown, actual)
        assert [result.type for result in tester.commands.history] == [COMMAND_TYPE] * (number + 1)
        assert (await tester.post_count(), len(await tester.remotes())) == (number + 1, number + 1)
    await tester.reload()
    assert tester.commands.current is None


async def test_power_cut(tester: CommandTester, hass_storage: dict[str, Any]) -> None:
    """What is stored before a command is posted suffices to find it."""
    await tester.prepare(COMMAND_TYPE)
    await tester.control.fault(REMOTES, method="POST", delay=0.1)
    task = tester.send(COMMAND_TYPE)
    key = f"{DOMAIN}.{tester.entry.entry_id}"
    await asyncio.sleep(0.05)
    stored = dict(hass_storage[key])
    assert stored["data"][tester.vin]["command"]["remote_action_id"] is None
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    await task
    assert await tester.hass.config_entries.async_unload(tester.entry.entry_id)
    hass_storage[key] = stored
    assert await tester.hass.config_entries.async_setup(tester.entry.entry_id)
    await tester.wait_until_idle()
    (result,) = tester.commands.history
    assert (result.type, result.status) == (COMMAND_TYPE, CommandStatus.SUCCESS)
    assert (await tester.post_count(), len(await tester.remotes())) == (1, 1)


async def test_stop_while_running(
    tester: CommandTester, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """A waiting caller does not delay the stop; the command is stored for the next start."""
    task = await tester.start(COMMAND_TYPE)
    await tester.hass.async_stop(force=True)
    assert await get_error_key(task) == "command_interrupted"
    stored = hass_storage[f"{DOMAIN}.{tester.entry.entry_id}"]["data"][tester.vin]["command"]
    assert stored["remote_action_id"] == (await tester.remotes())[0]["id"]
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_car_removed_while_running(tester: CommandTester) -> None:
    await tester.control.post("vehicles", {"brand": "peugeot"})
    queue, task = tester.commands, await tester.start(CommandType.HORN)
    await tester.control.delete(f"vehicles/{tester.vin}")
    await tester.entry.runtime_data.vehicles.async_refresh()
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    assert await get_error_key(task) == "command_interrupted"
    assert queue.current is None
    assert tester.vin not in tester.entry.runtime_data.cars


async def test_no_changes_after_final_save(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A running command changes nothing after the final save, which would overwrite the store of the next start."""
    queue, saved_commands = tester.commands, []
    save = tester.car.account.store.async_save

    async def save_and_record() -> None:
        saved_commands.append(queue.current)
        await save()

    task = await tester.start(COMMAND_TYPE)
    monkeypatch.setattr(tester.car.account.store, "async_save", save_and_record)
    await tester.reload()
    assert saved_commands == [None]
    assert await get_error_key(task) == "command_interrupted"
    await tester.advance_clock(60)
    await tester.wait_until_idle()


async def test_canceled_caller(tester: CommandTester) -> None:
    """A command continues if its caller is canceled, for example a stopped automation."""
    await tester.prepare(COMMAND_TYPE)
    shown, actual = tester.shown_value(COMMAND_TYPE), await tester.actual_value(COMMAND_TYPE)
    task = await tester.start(COMMAND_TYPE)
    task.cancel()
    await tester.advance_clock(60)
    await tester.wait_until_idle()
    await tester.assert_changed(COMMAND_TYPE, shown, actual)
    assert tester.commands.history[-1].status == CommandStatus.SUCCESS
