"""Operations on callbacks, and their validation."""

from typing import Any

import pytest

from simulator import SimulatorConfig

from ..conftest import DOOR_MONITOR, MONDAY, OTHER, Caller

HOUR = 3600


@pytest.fixture
def config() -> SimulatorConfig:
    return SimulatorConfig(start=MONDAY, speed=0, routine=False, clients=(OTHER,))


async def test_callbacks_can_be_created_read_changed_and_deleted(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    subscribe = {"label": "a", "callback": {"webhook": {"target": "https://example.invalid/x", "name": "n"}}}
    created = await caller.send("POST", "/user/callbacks", subscribe)
    assert created.status == 200
    assert created.body["status"] == "Running"
    path = f"/user/callbacks/{created.body['callbackId']}"
    assert created.body["_links"]["callback"]["href"].endswith(path)
    shown = await caller.ok(path)
    assert (shown["id"], shown["label"], shown["subscribe"]) == (created.body["callbackId"], "a", subscribe)
    changed = await caller.send("PUT", path, subscribe | {"type": ["Remote"]})
    assert (changed.status, changed.body["callbackId"]) == (202, created.body["callbackId"])
    for types, count in (("Remote", 1), ("Monitor", 0), ("Monitor,Remote", 1)):
        assert len((await caller.ok("/user/callbacks", types=types))["_embedded"]["callbacks"]) == count
    assert (await caller.get("/user/callbacks", types="Both")).status == 400
    monitors = f"/user/vehicles/{caller.car('e-208').id}/callbacks/{shown['id']}/monitors"
    assert (await caller.send("POST", monitors, DOOR_MONITOR)).body["code"] == 40000
    await caller.sign_in("peugeot", client_id=OTHER.client_id)
    assert (await caller.get(path, client_id=OTHER.client_id)).body["code"] == 40400, "another application"
    await caller.sign_in("opel")
    assert (await caller.send("DELETE", path)).body["code"] == 40400, "another account"
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
    response = await caller.send("POST", "/user/callbacks", {"callback": callback})
    assert (response.status, response.body["code"]) == (400, 40000)
    assert place in response.body["message"]


@pytest.mark.parametrize(
    "callback", [{"websocket": {"target": "wss://x.example"}}, {"pushnotif": {"devices": ["a phone"]}}], ids=str
)
async def test_other_kinds_of_callbacks_are_accepted_but_receive_nothing(caller: Caller, callback: Any) -> None:
    await caller.sign_in("peugeot")
    response = await caller.send("POST", "/user/callbacks", {"callback": callback})
    assert response.status == 200
    path = f"/user/vehicles/{caller.car('e-208').id}/callbacks/{response.body['callbackId']}/remotes"
    assert (await caller.send("POST", path, {"horn": {"state": "Activated"}})).status == 202
    await caller.pass_time(HOUR)
    assert (await caller.control("GET", "/notifications")).body["callbacks"] == []
