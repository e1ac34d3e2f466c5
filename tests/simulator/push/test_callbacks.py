"""Operations on callbacks, and their validation."""

from typing import Any

import pytest

from simulator import SimulatorConfig

from ..conftest import MONDAY, OTHER, Caller, Hook
from ..helpers import DOOR_MONITOR

HOUR = 3600


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
    assert (await caller.send("POST", path, DOOR_MONITOR)).status == 202
    return callback


async def test_callbacks_can_be_created_read_changed_and_deleted(caller: Caller) -> None:
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
    assert (await caller.send("POST", monitors, DOOR_MONITOR)).body["code"] == 40000
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
async def test_invalid_callback_is_rejected(caller: Caller, callback: Any, place: str) -> None:
    await caller.sign_in("peugeot")
    answer = await caller.send("POST", "/user/callbacks", {"callback": callback})
    assert (answer.status, answer.body["code"]) == (400, 40000)
    assert place in answer.body["message"]


@pytest.mark.parametrize(
    "callback", [{"websocket": {"target": "wss://x.example"}}, {"pushnotif": {"devices": ["a phone"]}}], ids=str
)
async def test_other_kinds_of_callbacks_are_accepted_but_receive_nothing(caller: Caller, callback: Any) -> None:
    await caller.sign_in("peugeot")
    answer = await caller.send("POST", "/user/callbacks", {"callback": callback})
    assert answer.status == 200
    path = f"/user/vehicles/{caller.car('e-208').id}/callbacks/{answer.body['callbackId']}/remotes"
    assert (await caller.send("POST", path, {"horn": {"state": "Activated"}})).status == 202
    await caller.pass_time(HOUR)
    assert (await caller.control("GET", "/notifications")).body["callbacks"] == []
