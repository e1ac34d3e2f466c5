"""How notifications are delivered: immediately, retried, in batches, or never."""

from typing import Any

import pytest

from simulator import SimulatorConfig

from ..conftest import MONDAY, OTHER, Caller, Hook

HOUR = 3600


@pytest.fixture
def config() -> SimulatorConfig:
    return SimulatorConfig(start=MONDAY, speed=0, routine=False, clients=(OTHER,))


async def toggle_doors(caller: Caller, times: int = 1) -> None:
    """Open or close the doors a number of times, with a second in between."""
    for _ in range(times):
        is_open = bool(caller.car("e-208").state.open)
        await caller.change("e-208", doors="closed" if is_open else ["Trunk"])
        await caller.pass_time(1)


async def test_backlog_is_delivered_in_batches(caller: Caller, hook: Hook, callback: str) -> None:
    await toggle_doors(caller)
    assert (hook.received[0].headers["x-one"], hook.received[0].query["two"]) == ("1", "2")
    hook.status = 503
    await toggle_doors(caller, 130)
    await caller.pass_time(HOUR)
    waiting = (await caller.control("GET", "/notifications")).body["callbacks"][0]
    assert (waiting["status"], waiting["waiting"]) == ("Running", 130)
    assert len(hook.received) == 1
    hook.status = 200
    await caller.pass_time(9)
    assert len(hook.received) == 1, "the next attempt is ten seconds after the last one"
    await caller.pass_time(1)
    assert [len(post.body) for post in hook.received[1:]] == [100, 30]
    assert not any("x-one" in post.headers or post.query for post in hook.received[1:])
    assert all(message["attributes"] == [{"key": "three", "value": "3"}] for message in hook.messages)
    dates = [message["date"] for message in hook.messages]
    assert dates == sorted(dates)
    await toggle_doors(caller)
    assert isinstance(hook.received[-1].body, dict), "no batches without a backlog"
    assert hook.received[-1].headers["x-one"] == "1"


async def test_callback_fails_after_three_days_and_can_be_restarted(caller: Caller, hook: Hook, callback: str) -> None:
    hook.status = 500
    await toggle_doors(caller)
    await caller.pass_time(71 * HOUR)
    path = f"/user/callbacks/{callback}"
    assert (await caller.ok(path))["status"] == "Running"
    await caller.pass_time(HOUR)
    assert (await caller.ok(path))["status"] == "Failed"
    car = f"/user/vehicles/{caller.car('e-208').id}/callbacks/{callback}"
    (monitor,) = (await caller.ok(f"{car}/monitors"))["_embedded"]["monitors"]
    assert monitor["status"] == "Failed"
    assert (await caller.send("POST", f"{car}/remotes", {"horn": {"state": "Activated"}})).body["code"] == 40000
    hook.status = 200
    await toggle_doors(caller)
    assert hook.received == []
    mended = await caller.send("PUT", f"{path}/status", {"status": "Running"})
    assert (mended.status, mended.body["status"]) == (202, "Running")
    await toggle_doors(caller)
    assert len(hook.received) == 1, "dropped notifications are not sent later"


async def test_paused_callback_receives_nothing(caller: Caller, hook: Hook, callback: str) -> None:
    assert (await caller.send("PUT", f"/user/callbacks/{callback}/status", {"status": "Failed"})).status == 400
    await caller.send("PUT", f"/user/callbacks/{callback}/status", {"status": "Paused"})
    await toggle_doors(caller)
    await caller.send("PUT", f"/user/callbacks/{callback}/status", {"status": "Running"})
    await caller.pass_time(60)
    assert hook.received == []
    await toggle_doors(caller)
    assert len(hook.received) == 1


async def test_changed_target_is_tried_immediately(caller: Caller, hook: Hook, callback: str) -> None:
    hook.status = 404
    await toggle_doors(caller)
    webhook = {"target": hook.url, "name": "test"}
    hook.status = 200
    assert (await caller.send("PUT", f"/user/callbacks/{callback}", {"callback": {"webhook": webhook}})).status == 202
    await caller.pass_time(0)
    assert len(hook.received) == 1


@pytest.mark.parametrize(
    "target", ["https://example.invalid/x", "https://127.0.0.1.example.com/", "https://[2001:db8::1]/"]
)
async def test_only_this_machine_is_called(
    caller: Caller, hook: Hook, callback: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await toggle_doors(caller)
    called: list[Any] = []
    monkeypatch.setattr("simulator.push.notifier.aiohttp.ClientSession.post", lambda *args, **_: called.append(args))
    body = {"callback": {"webhook": {"target": target, "name": "test"}}}
    assert (await caller.send("PUT", f"/user/callbacks/{callback}", body)).status == 202
    await toggle_doors(caller)
    await caller.pass_time(60)
    (waiting,) = (await caller.control("GET", "/notifications")).body["callbacks"]
    assert (waiting["waiting"], waiting["failed"] > 0) == (1, True), "every attempt fails"
    assert called == []
    assert len(hook.received) == 1


async def test_delivery_faults(caller: Caller, hook: Hook, callback: str) -> None:
    await caller.control("PUT", "/notifications", {"duplicate": True})
    await toggle_doors(caller)
    assert len(hook.received) == 2
    assert hook.received[0].body == hook.received[1].body
    await caller.control("PUT", "/notifications", {"drop": True})
    await toggle_doors(caller)
    assert len(hook.received) == 2
    await caller.control("PUT", "/notifications", {"delay": 60, "shuffle": True})
    await toggle_doors(caller, 20)
    assert len(hook.received) == 2
    await caller.pass_time(60)
    dates = [message["date"] for message in hook.messages[2:]]
    assert len(dates) == 20
    assert dates != sorted(dates)
    response = await caller.control("PUT", "/notifications", {})
    assert response.body["manner"] == {"drop": False, "duplicate": False, "delay": 0, "shuffle": False}
    assert response.body["callbacks"][0]["sent"] == 22
    assert (await caller.control("PUT", "/notifications", {"lose": True})).status == 400
    assert (await caller.control("PUT", "/notifications", {"drop": "all"})).status == 400


async def test_deleting_a_callback_deletes_its_monitors(caller: Caller, hook: Hook, callback: str) -> None:
    assert (await caller.send("DELETE", f"/user/callbacks/{callback}")).status == 204
    await toggle_doors(caller)
    assert hook.received == []
    assert caller.simulator.push.monitors == {}
    assert caller.car("e-208").report_listener is None
