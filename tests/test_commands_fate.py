"""Nothing is sent twice: the connection is cut at every point, and Home Assistant restarts in the middle."""

import asyncio
from itertools import product
import logging
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellantis import commands
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.remotes import Kind, Result
from simulator.push.callbacks import Status
from tests.sending import CARS, Telling, failure

pytestmark = pytest.mark.simulator(**CARS)

KIND = Kind.LOCK
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
async def test_answer_that_is_lost(telling: Telling, fault: dict[str, Any], made: bool) -> None:
    """What was made is found by its label and followed, what was not is not made again."""
    for number, (kind, looking) in enumerate(product((Kind.LOCK, Kind.HORN), LOOKS), 1):
        await telling.prepare(kind)
        shown, true = telling.shown(kind), await telling.true(kind)
        faults = [{"path": REMOTES, "method": "POST", "times": 1, **fault}]
        if looking:
            faults.append({"path": REMOTES, "method": "GET", "times": 4, **looking})
        await telling.control.put("faults", faults)
        task = telling.send(kind)
        if made:
            await telling.until(telling.remotes_seen)
            await telling.pass_time(60)
            assert (await task).result == Result.SUCCESS
            await telling.has_changed(kind, shown, true)
        else:
            assert await failure(task) == "not_sent"
            assert (telling.shown(kind), await telling.true(kind)) == (shown, true)
        assert (await telling.posted(), len(await telling.remotes())) == (number, number * made)


@pytest.mark.parametrize("fault", [{"reset": True}, {"reset": "body"}], ids=str)
async def test_nobody_can_tell(telling: Telling, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "LIMIT", commands.LIMIT / 1000)
    await telling.prepare(KIND)
    shown = telling.shown(KIND)
    await telling.control.put(
        "faults",
        [{"path": REMOTES, "method": "POST", **fault}, {"path": f"{REMOTES}*", "method": "GET", "reset": True}],
    )
    assert await failure(telling.send(KIND)) == "fate_unknown"
    assert telling.shown(KIND) == shown
    assert (await telling.posted(), len(await telling.remotes())) == (1, int(fault["reset"] == "body"))


async def test_list_that_does_not_say_what_was_sent(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then one that is not found may be there all the same."""
    monkeypatch.setattr(commands, "LIMIT", commands.LIMIT / 1000)
    one = {"remoteActionId": "1", "type": "Horn", "status": "Success", "_links": {}}
    body = {"_links": {}, "total": 1, "totalPage": 1, "currentPage": 1, "_embedded": {"remoteActions": [one]}}
    await telling.control.put(
        "faults",
        [{"path": REMOTES, "method": "POST", "reset": "body"}, {"path": REMOTES, "method": "GET", "body": body}],
    )
    assert await failure(telling.send(Kind.HORN)) == "fate_unknown"
    assert await telling.posted() == 1


async def test_others_have_commands_too(telling: Telling) -> None:
    """One is known by its label only, and not by what it does."""
    for _ in range(3):
        await telling.finish(Kind.HORN)
    await telling.control.fault(REMOTES, method="POST", reset=True, times=1)
    assert await failure(telling.send(Kind.HORN)) == "not_sent"
    labels = [one["body"]["label"] for one in await telling.remotes()]
    assert len(set(labels)) == len(labels) == 3
    assert all(len(label) >= 16 for label in labels)


async def test_reading_that_is_cut(telling: Telling) -> None:
    """A command is followed on, for as long as there is time."""
    faults: tuple[dict[str, Any], ...] = (
        *({"reset": True}, {"reset": "body"}, {"status": 503}, {"status": 401}, {"garbage": "empty"}),
    )
    for number, fault in enumerate(faults, 1):
        await telling.prepare(KIND)
        await telling.control.fault(REMOTE, **fault, times=7)
        assert (await telling.finish(KIND)).result == Result.SUCCESS
        assert (await telling.posted(), len(await telling.remotes())) == (number, number)


async def test_no_callback_no_command(telling: Telling) -> None:
    faults: tuple[tuple[dict[str, Any], str], ...] = (
        ({"reset": True}, "hung_up"),
        ({"reset": "body"}, "cannot_connect"),
        ({"garbage": "html"}, "invalid_response"),
        ({"status": 500}, "server_error"),
        ({"status": 403}, "forbidden"),
    )
    for fault, cause in faults:
        await telling.control.fault(f"{CALLBACKS}*", **fault)
        assert await failure(telling.send(KIND)) == cause
        assert (telling.commands.history[-1].result, telling.commands.history[-1].cause) == (Result.FAILED, cause)
    assert await telling.posted() == 0
    await telling.control.delete("faults")
    assert (await telling.finish(KIND)).succeeded


async def test_server_that_is_not_there(telling: Telling) -> None:
    await telling.simulator.stop()
    assert await failure(telling.send(KIND)) == "cannot_connect"
    assert telling.commands.under_way is None


async def test_consent_that_has_ended(hass: HomeAssistant, telling: Telling) -> None:
    await telling.control.put("oauth", {"revoke": "peugeot"})
    assert await failure(telling.send(KIND)) == "grant_expired"
    (flow,) = hass.config_entries.flow.async_progress()
    assert (flow["handler"], flow["context"]["source"]) == (DOMAIN, "reauth")
    assert await telling.remotes() == []


async def test_callback_that_does_not_run(telling: Telling) -> None:
    """It is mended, and the command is sent through it."""
    await telling.finish(KIND)
    (callback,) = telling.simulator.push.callbacks.values()
    statuses: tuple[Status, ...] = ("Failed", "Paused")
    for status in statuses:
        callback.status = status
        await telling.prepare(KIND)
        assert (await telling.finish(KIND)).result == Result.SUCCESS
    assert len(await telling.remotes()) == 3


async def test_callback_that_has_gone(telling: Telling) -> None:
    await telling.finish(KIND)
    (callback,) = telling.simulator.push.callbacks.values()
    telling.simulator.push.remove_callback(callback)
    await telling.prepare(KIND)
    assert (await telling.finish(KIND)).result == Result.SUCCESS
    assert [one["callback"] == callback.id for one in await telling.remotes()] == [True, False]


# --- restarts


async def test_restart_before_it_is_sent(telling: Telling) -> None:
    """What was not sent is not sent later, when nobody expects it."""
    await telling.control.fault(f"{CALLBACKS}*", delay=0.2)
    task = telling.send(KIND)
    waiting = telling.send(Kind.LIGHTS)
    await asyncio.sleep(0.05)
    await telling.reload()
    assert [await failure(one) for one in (task, waiting)] == ["command_interrupted"] * 2
    await telling.ended()
    assert (await telling.posted(), telling.commands.history) == (0, [])


@pytest.mark.parametrize("made", [False, True])
async def test_restart_while_it_is_sent(telling: Telling, made: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """It arrives after Home Assistant has stopped to wait for the answer, or never."""
    await telling.prepare(KIND)
    shown, true = telling.shown(KIND), await telling.true(KIND)
    await telling.control.fault(REMOTES, method="POST", delay=0.3, **({} if made else {"status": 500}))
    task = telling.send(KIND)
    await asyncio.sleep(0.15)
    assert await telling.posted() == 1
    monkeypatch.setattr(commands, "RHYTHM", (0.1,))
    await telling.reload()
    assert await failure(task) == "command_interrupted"
    assert telling.commands.is_under_way(KIND)
    if made:
        await telling.until(telling.remotes_seen)
        await telling.pass_time(60)
    await telling.ended()
    assert telling.commands.history[-1].cause == (None if made else "not_sent")
    assert (await telling.posted(), len(await telling.remotes())) == (1, int(made))
    if made:
        await telling.has_changed(KIND, shown, true)


async def test_restart_while_it_is_under_way(telling: Telling) -> None:
    for number, status in enumerate(("Accepted", "CheckingVehicle", "SentToVehicle", "Success")):
        await telling.prepare(KIND)
        shown, true = telling.shown(KIND), await telling.true(KIND)
        task = await telling.begin(KIND)
        if status == "Success":
            await telling.control.fault(REMOTE, status=500)
            await telling.pass_time(60)
        else:
            await telling.pass_time(number)
            await telling.until_at(status)
        waiting = telling.send(Kind.LIGHTS)
        await telling.reload()
        assert [await failure(one) for one in (task, waiting)] == ["command_interrupted"] * 2
        assert telling.commands.is_under_way(KIND)
        again = telling.send(KIND)  # who sends it anew shares what comes of it
        await telling.control.delete("faults")
        await telling.pass_time(60)
        assert (await again).result == Result.SUCCESS
        await telling.has_changed(KIND, shown, true)
        assert [outcome.kind for outcome in telling.commands.history] == [KIND] * (number + 1)
        assert (await telling.posted(), len(await telling.remotes())) == (number + 1, number + 1)
    await telling.reload()
    assert telling.commands.under_way is None


async def test_power_cut(telling: Telling, hass_storage: dict[str, Any]) -> None:
    """What is written before a command is sent is enough to find it again."""
    await telling.prepare(KIND)
    await telling.control.fault(REMOTES, method="POST", delay=0.1)
    task = telling.send(KIND)
    key = f"{DOMAIN}.{telling.entry.entry_id}"
    await asyncio.sleep(0.05)
    kept = dict(hass_storage[key])
    assert kept["data"][telling.vin]["command"]["remote_action_id"] is None
    await telling.until(telling.remotes_seen)
    await telling.pass_time(60)
    await task
    assert await telling.hass.config_entries.async_unload(telling.entry.entry_id)
    hass_storage[key] = kept
    assert await telling.hass.config_entries.async_setup(telling.entry.entry_id)
    await telling.ended()
    (outcome,) = telling.commands.history
    assert (outcome.kind, outcome.result) == (KIND, Result.SUCCESS)
    assert (await telling.posted(), len(await telling.remotes())) == (1, 1)


async def test_stop_while_it_is_under_way(
    telling: Telling, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Who waits for a command does not hold up the stop; it is kept for the next start."""
    task = await telling.begin(KIND)
    await telling.hass.async_stop(force=True)
    assert await failure(task) == "command_interrupted"
    kept = hass_storage[f"{DOMAIN}.{telling.entry.entry_id}"]["data"][telling.vin]["command"]
    assert kept["remote_action_id"] == (await telling.remotes())[0]["id"]
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_car_that_leaves_the_account_meanwhile(telling: Telling) -> None:
    await telling.control.post("vehicles", {"brand": "peugeot"})
    told, task = telling.commands, await telling.begin(Kind.HORN)
    await telling.control.delete(f"vehicles/{telling.vin}")
    await telling.entry.runtime_data.vehicles.async_refresh()
    await telling.hass.async_block_till_done(wait_background_tasks=True)
    assert await failure(task) == "command_interrupted"
    assert told.under_way is None
    assert telling.vin not in telling.entry.runtime_data.cars


async def test_nothing_changes_after_it_was_written(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command under way kept after the last writing would be written over what comes after a restart."""
    told, written = telling.commands, []
    save = telling.car.account.ledger.async_save

    async def note() -> None:
        written.append(told.under_way)
        await save()

    task = await telling.begin(KIND)
    monkeypatch.setattr(telling.car.account.ledger, "async_save", note)
    await telling.reload()
    assert written == [None]
    assert await failure(task) == "command_interrupted"
    await telling.pass_time(60)
    await telling.ended()


async def test_who_asked_goes_away(telling: Telling) -> None:
    """An automation that is stopped does not stop the car."""
    await telling.prepare(KIND)
    shown, true = telling.shown(KIND), await telling.true(KIND)
    task = await telling.begin(KIND)
    task.cancel()
    await telling.pass_time(60)
    await telling.ended()
    await telling.has_changed(KIND, shown, true)
    assert telling.commands.history[-1].result == Result.SUCCESS
