"""Commands whose outcome is pushed: what goes astray is read back, and nothing is asked for that is told."""

import asyncio
from typing import Any

from aiohttp.test_utils import TestClient
import pytest

from custom_components.stellantis.commands import queue as commands
from custom_components.stellantis.vehicle.command import Kind, Result
from tests.support.commands import CARS, Tell, Telling, failure

pytestmark = pytest.mark.simulator(**CARS)

REMOTES = "/user/vehicles/{id}/callbacks/{cbid}/remotes"
READ = f"GET {REMOTES}/{{rid}}"


@pytest.fixture
async def telling(tell: Tell, browser: TestClient[Any, Any]) -> Telling:
    """The first car of an account to which the platform posts."""
    return await tell(str(browser.make_url("/")))


async def test_nothing_is_read_that_is_told(telling: Telling) -> None:
    await telling.control.delete("requests")
    for kind in (Kind.HORN, Kind.UNLOCK, Kind.HORN):
        assert (await telling.finish(kind)).result == Result.SUCCESS
    asked = {call: count for call, count in (await telling.control.requests()).items() if "status" not in call}
    assert asked == {"GET /user/callbacks": 1, "POST /user/callbacks": 1, f"POST {REMOTES}": 3}


@pytest.mark.parametrize("manner", [{"drop": True}, {"delay": 3600}, {"duplicate": True}, {"shuffle": True}], ids=str)
async def test_notifications_that_go_astray(
    telling: Telling, monkeypatch: pytest.MonkeyPatch, manner: dict[str, Any]
) -> None:
    """What does not come in time is read back."""
    lost = bool({"drop", "delay"} & manner.keys())
    monkeypatch.setattr(commands, "PATIENCE", 0.2 if lost else 3600.0)
    await telling.prepare(Kind.LOCK)
    shown, true = telling.shown(Kind.LOCK), await telling.true(Kind.LOCK)
    await telling.control.put("notifications", manner)
    task = await telling.begin(Kind.LOCK)
    await telling.pass_time(60)
    assert (await task).result == Result.SUCCESS
    await telling.has_changed(Kind.LOCK, shown, true)
    await telling.pass_time(3600)
    assert [outcome.kind for outcome in telling.commands.history] == [Kind.LOCK]
    assert (READ in await telling.control.requests()) is lost
    assert (await telling.posted(), len(await telling.remotes())) == (1, 1)


async def test_trust_ends_with_patience(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing came in time it is read at the rhythm of those to whom nothing comes."""
    monkeypatch.setattr(commands, "PATIENCE", 0.3)
    await telling.control.put("notifications", {"drop": True})
    task = await telling.begin(Kind.HORN)
    assert READ not in await telling.control.requests()
    await asyncio.sleep(0.6)
    assert (await telling.control.requests())[READ] > 3
    await telling.pass_time(60)
    assert (await task).result == Result.SUCCESS


async def test_callback_that_does_not_run(telling: Telling) -> None:
    """It is known to run, and is looked at again when the platform takes no command through it."""
    await telling.finish(Kind.HORN)
    (callback,) = telling.simulator.push.callbacks.values()
    callback.status = "Failed"
    assert (await telling.finish(Kind.HORN)).result == Result.SUCCESS
    telling.simulator.push.remove_callback(callback)
    assert (await telling.finish(Kind.HORN)).result == Result.SUCCESS
    remotes = await telling.remotes()
    assert [one["callback"] == callback.id for one in remotes] == [True, True, False]
    assert await telling.posted() == len(remotes) + 2


async def test_answer_that_is_lost(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was told before its id was known counts, too."""
    monkeypatch.setattr(commands, "RHYTHM", (0.1, 0.1, 3600.0))
    await telling.control.put(
        "faults",
        [{"path": REMOTES, "method": "POST", "reset": "body"}, {"path": REMOTES, "status": 500, "times": 1}],
    )
    pending = ("Accepted", "WakingUpVehicle", "CheckingVehicle")
    await telling.script(*({"status": status, "delay": 0} for status in pending), {"status": "Success", "delay": 9})
    task = telling.send(Kind.HORN)
    await telling.until(lambda: telling.commands.under_way and telling.commands.under_way.woke)
    await telling.pass_time(60)
    assert (await task).woke
    assert (await telling.posted(), len(await telling.remotes())) == (1, 1)
    assert READ not in await telling.control.requests()


@pytest.mark.simulator(**{**CARS, "fleet": 2})
async def test_each_car_hears_of_its_own(telling: Telling) -> None:
    vins = list(telling.entry.runtime_data.cars)
    one, other = (Telling(telling.hass, telling.control, telling.simulator, telling.entry, vin) for vin in vins)
    await one.control.patch(vins[0], doors=["Trunk"])
    tasks = [await one.begin(Kind.LOCK), await other.begin(Kind.HORN)]
    await telling.pass_time(60)
    assert await failure(tasks[0]) == "doors_open"
    assert (await tasks[1]).result == Result.SUCCESS
    assert (one.commands.history[-1].kind, other.commands.history[-1].kind) == (Kind.LOCK, Kind.HORN)


@pytest.mark.parametrize("status", ["Accepted", "SentToVehicle"])
async def test_restart_while_it_is_under_way(telling: Telling, monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    """It is read once, and then it is told again."""
    monkeypatch.setattr(commands, "RHYTHM", (3600.0,))
    await telling.prepare(Kind.UNLOCK)
    shown, true = telling.shown(Kind.UNLOCK), await telling.true(Kind.UNLOCK)
    task = await telling.begin(Kind.UNLOCK)
    await telling.pass_time(["Accepted", "CheckingVehicle", "SentToVehicle"].index(status))
    await telling.until_at(status)
    await telling.reload()
    assert await failure(task) == "command_interrupted"
    await telling.until_at(status)
    await telling.pass_time(60)
    await telling.ended()
    await telling.has_changed(Kind.UNLOCK, shown, true)
    assert telling.commands.history[-1].result == Result.SUCCESS
    assert (await telling.posted(), len(await telling.remotes())) == (1, 1)
    assert (await telling.control.requests())[READ] == 1
