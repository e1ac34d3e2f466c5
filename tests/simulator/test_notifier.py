"""Callbacks, and how notifications reach them: at once, again and again, in batches, or never."""

from typing import Any

import pytest

from simulator import SimulatorConfig

from .conftest import MONDAY, OTHER, Caller, Hook

HOUR = 3600
DOORS = {
    "label": "doors",
    "triggerParam": {
        "triggers": [{"name": "d", "data": {"data": "vehicle.doorsState.opening", "op": "onChange"}}],
        "boolExp": "d",
    },
}


@pytest.fixture
def config() -> SimulatorConfig:
    return SimulatorConfig(start=MONDAY, speed=0, routine=False, clients=(OTHER,))


@pytest.fixture
async def callback(caller: Caller, hook: Hook) -> str:
    """A callback with a monitor of the doors of an e-208."""
    await caller.sign_in("peugeot")
    attributes = [
        {"type": "Header", "key": "one", "value": "1"},
        {"type": "Query", "key": "two", "value": "2"},
        {"type": "Body", "key": "three", "value": "3"},
    ]
    callback = await caller.subscribe(hook.url, *attributes)
    path = f"/user/vehicles/{caller.car('e-208').id}/callbacks/{callback}/monitors"
    assert (await caller.send("POST", path, DOORS)).status == 202
    return callback


async def slam(caller: Caller, times: int = 1) -> None:
    """Open or close a door so many times, a second apart."""
    for _ in range(times):
        is_open = bool(caller.car("e-208").state.open)
        await caller.change("e-208", doors="closed" if is_open else ["Trunk"])
        await caller.pass_time(1)


async def test_callbacks_are_made_read_changed_and_deleted(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    subscribe = {"label": "a", "callback": {"webhook": {"target": "https://example.invalid/x", "name": "n"}}}
    made = await caller.send("POST", "/user/callbacks", subscribe)
    assert made.status == 200
    assert made.body["status"] == "Running"
    path = f"/user/callbacks/{made.body['callbackId']}"
    assert made.body["_links"]["callback"]["href"].endswith(path)
    shown = await caller.ok(path)
    assert (shown["id"], shown["label"], shown["subscribe"]) == (made.body["callbackId"], "a", subscribe)
    changed = await caller.send("PUT", path, subscribe | {"type": ["Remote"]})
    assert (changed.status, changed.body["callbackId"]) == (202, made.body["callbackId"])
    for types, count in (("Remote", 1), ("Monitor", 0), ("Monitor,Remote", 1)):
        assert len((await caller.ok("/user/callbacks", types=types))["_embedded"]["callbacks"]) == count
    assert (await caller.get("/user/callbacks", types="Both")).status == 400
    monitors = f"/user/vehicles/{caller.car('e-208').id}/callbacks/{shown['id']}/monitors"
    assert (await caller.send("POST", monitors, DOORS)).body["code"] == 40000
    await caller.sign_in("peugeot", client_id=OTHER.client_id)
    assert (await caller.get(path, client_id=OTHER.client_id)).body["code"] == 40400, "another application's"
    await caller.sign_in("opel")
    assert (await caller.send("DELETE", path)).body["code"] == 40400, "another person's"
    await caller.sign_in("peugeot")
    assert (await caller.send("DELETE", path)).status == 204
    assert (await caller.get(path)).body["code"] == 40400


@pytest.mark.parametrize(
    ("callback", "place"),
    [
        ({}, "callback.webhook or websocket or pushnotif"),
        ({"webhook": {"name": "n"}}, "callback.webhook.target"),
        ({"webhook": {"target": "https://x.example"}}, "callback.webhook.name"),
        ({"webhook": {"target": "http://x.example", "name": "n"}}, "https is wanted"),
        ({"webhook": {"target": "http://[::1", "name": "n"}}, "callback.webhook.target"),
        ({"webhook": {"target": "x.example", "name": "n"}}, "callback.webhook.target"),
        ({"websocket": {"target": "https://x.example"}}, "callback.websocket.target"),
        ({"pushnotif": {"devices": []}}, "callback.pushnotif.devices"),
        ({"webhook": {"target": "https://x", "name": "n", "attributes": [{"key": "k"}]}}, "attributes[0]"),
        ({"websocket": {"target": "wss://x"}, "pushnotif": {"devices": ["d"]}}, "callback.webhook or"),
    ],
    ids=str,
)
async def test_a_wrong_callback_is_refused(caller: Caller, callback: Any, place: str) -> None:
    await caller.sign_in("peugeot")
    answer = await caller.send("POST", "/user/callbacks", {"callback": callback})
    assert (answer.status, answer.body["code"]) == (400, 40000)
    assert place in answer.body["message"]


@pytest.mark.parametrize(
    "callback", [{"websocket": {"target": "wss://x.example"}}, {"pushnotif": {"devices": ["a phone"]}}], ids=str
)
async def test_other_kinds_are_taken_though_they_hear_nothing(caller: Caller, callback: Any) -> None:
    await caller.sign_in("peugeot")
    answer = await caller.send("POST", "/user/callbacks", {"callback": callback})
    assert answer.status == 200
    path = f"/user/vehicles/{caller.car('e-208').id}/callbacks/{answer.body['callbackId']}/remotes"
    assert (await caller.send("POST", path, {"horn": {"state": "Activated"}})).status == 202
    await caller.pass_time(HOUR)
    assert (await caller.control("GET", "/notifications")).body["callbacks"] == []


async def test_a_body_that_is_no_json_is_refused(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    headers = {"Authorization": f"Bearer {caller.tokens['access_token']}", "x-introspect-realm": caller.realm}
    url = f"{caller.simulator.url}/connectedcar/v4/user/callbacks?client_id=demo-client"
    async with caller.session.post(url, data=b"{", headers=headers) as response:
        assert response.status == 400


async def test_an_hour_of_a_dead_webhook_ends_in_batches(caller: Caller, hook: Hook, callback: str) -> None:
    await slam(caller)
    assert (hook.got[0].headers["x-one"], hook.got[0].query["two"]) == ("1", "2")
    hook.status = 503
    await slam(caller, 130)
    await caller.pass_time(HOUR)
    waiting = (await caller.control("GET", "/notifications")).body["callbacks"][0]
    assert (waiting["status"], waiting["waiting"]) == ("Running", 130)
    assert len(hook.got) == 1
    hook.status = 200
    await caller.pass_time(9)
    assert len(hook.got) == 1, "the next try is ten seconds after the last"
    await caller.pass_time(1)
    assert [len(post.body) for post in hook.got[1:]] == [100, 30]
    assert not any("x-one" in post.headers or post.query for post in hook.got[1:])
    assert all(message["attributes"] == [{"key": "three", "value": "3"}] for message in hook.messages)
    dates = [message["date"] for message in hook.messages]
    assert dates == sorted(dates)
    await slam(caller)
    assert isinstance(hook.got[-1].body, dict), "no more lag, no more batches"
    assert hook.got[-1].headers["x-one"] == "1"


async def test_a_callback_fails_after_three_days_and_can_be_mended(caller: Caller, hook: Hook, callback: str) -> None:
    hook.status = 500
    await slam(caller)
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
    await slam(caller)
    assert hook.got == []
    mended = await caller.send("PUT", f"{path}/status", {"status": "Running"})
    assert (mended.status, mended.body["status"]) == (202, "Running")
    await slam(caller)
    assert len(hook.got) == 1, "what was lost stays lost"


async def test_a_paused_callback_says_nothing(caller: Caller, hook: Hook, callback: str) -> None:
    assert (await caller.send("PUT", f"/user/callbacks/{callback}/status", {"status": "Failed"})).status == 400
    await caller.send("PUT", f"/user/callbacks/{callback}/status", {"status": "Paused"})
    await slam(caller)
    await caller.send("PUT", f"/user/callbacks/{callback}/status", {"status": "Running"})
    await caller.pass_time(60)
    assert hook.got == []
    await slam(caller)
    assert len(hook.got) == 1


async def test_a_changed_target_is_tried_at_once(caller: Caller, hook: Hook, callback: str) -> None:
    hook.status = 404
    await slam(caller)
    webhook = {"target": hook.url, "name": "test"}
    hook.status = 200
    assert (await caller.send("PUT", f"/user/callbacks/{callback}", {"callback": {"webhook": webhook}})).status == 202
    await caller.pass_time(0)
    assert len(hook.got) == 1


@pytest.mark.parametrize(
    "target", ["https://example.invalid/x", "https://127.0.0.1.example.com/", "https://[2001:db8::1]/"]
)
async def test_strangers_are_never_called(
    caller: Caller, hook: Hook, callback: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await slam(caller)
    called: list[Any] = []
    monkeypatch.setattr("simulator.push.notifier.aiohttp.ClientSession.post", lambda *args, **_: called.append(args))
    body = {"callback": {"webhook": {"target": target, "name": "test"}}}
    assert (await caller.send("PUT", f"/user/callbacks/{callback}", body)).status == 202
    await slam(caller)
    await caller.pass_time(60)
    (waiting,) = (await caller.control("GET", "/notifications")).body["callbacks"]
    assert (waiting["waiting"], waiting["failed"] > 0) == (1, True), "it counts as dead"
    assert called == []
    assert len(hook.got) == 1


async def test_notifications_go_astray(caller: Caller, hook: Hook, callback: str) -> None:
    await caller.control("PUT", "/notifications", {"duplicate": True})
    await slam(caller)
    assert len(hook.got) == 2
    assert hook.got[0].body == hook.got[1].body
    await caller.control("PUT", "/notifications", {"drop": True})
    await slam(caller)
    assert len(hook.got) == 2
    await caller.control("PUT", "/notifications", {"delay": 60, "shuffle": True})
    await slam(caller, 20)
    assert len(hook.got) == 2
    await caller.pass_time(60)
    dates = [message["date"] for message in hook.messages[2:]]
    assert len(dates) == 20
    assert dates != sorted(dates)
    answer = await caller.control("PUT", "/notifications", {})
    assert answer.body["manner"] == {"drop": False, "duplicate": False, "delay": 0, "shuffle": False}
    assert answer.body["callbacks"][0]["sent"] == 22
    assert (await caller.control("PUT", "/notifications", {"lose": True})).status == 400
    assert (await caller.control("PUT", "/notifications", {"drop": "all"})).status == 400


async def test_deleting_a_callback_takes_its_monitors_along(caller: Caller, hook: Hook, callback: str) -> None:
    assert (await caller.send("DELETE", f"/user/callbacks/{callback}")).status == 204
    await slam(caller)
    assert hook.got == []
    assert caller.simulator.push.monitors == {}
    assert caller.car("e-208").report_listener is None


class TestRunningTime:
    """A world in which time passes by itself."""

    @pytest.fixture
    def config(self) -> SimulatorConfig:
        return SimulatorConfig(start=MONDAY, speed=20, routine=False)

    async def test_what_is_due_happens_while_nobody_asks(self, caller: Caller, hook: Hook, callback: str) -> None:
        path = f"/user/vehicles/{caller.car('e-208').id}/callbacks/{callback}/remotes"
        assert (await caller.send("POST", path, {"horn": {"state": "Activated"}})).status == 202
        await hook.wait_for(4)
        statuses = [message["remoteEvent"]["eventStatus"]["status"] for message in hook.messages]
        assert statuses == ["Accepted", "CheckingVehicle", "SentToVehicle", "Success"]

    @pytest.mark.usefixtures("callback")
    async def test_a_webhook_that_comes_back_is_found(self, caller: Caller, hook: Hook) -> None:
        hook.status = 502
        await caller.change("e-208", doors=["Trunk"])
        hook.status = 200
        await hook.wait_for(1)
        assert hook.messages[0]["type"] == "Monitor"
