"""Attributes and variables of notifications."""

import pytest

from simulator import SimulatorConfig

from ..conftest import MONDAY, Caller, Hook
from ..remote.helpers import HORN, Remotes


@pytest.fixture
def config() -> SimulatorConfig:
    return SimulatorConfig(start=MONDAY, speed=0, routine=False)


@pytest.fixture
async def remotes(caller: Caller, hook: Hook) -> Remotes:
    """Remotes for an e-208."""
    await caller.sign_in("peugeot")
    return Remotes(caller, hook, await caller.subscribe(hook.url), "e-208")


async def test_attributes_and_variables(caller: Caller, hook: Hook) -> None:
    await caller.sign_in("peugeot")
    callback = await caller.subscribe(
        hook.url,
        {"type": "Header", "key": "vehicle", "value": "$vin"},
        {"type": "Query", "key": "callback", "value": "$CallbackID"},
        {"type": "Body", "key": "secret", "value": "s3cret"},
        {"type": "Body", "key": "unknown", "value": "$nothing"},
        label="mine",
    )
    remotes = Remotes(caller, hook, callback, "e-208")
    more = {
        "label": "beep",
        "attributes": [{"type": "Header", "key": "X-Kind", "value": "$remoteType"}],
        "callbackAttributes": {
            "webhook": [
                {"type": "Body", "key": "secret", "value": "other"},
                {"type": "Body", "key": "what", "value": "$remoteLabel"},
                {"type": "Query", "key": "status", "value": "$RemoteStatus"},
                {"type": "Query", "key": "whose", "value": "$callbackLabel"},
            ]
        },
    }
    await remotes.do(HORN | more)
    first = hook.received[0]
    assert first.headers["x-vehicle"] == caller.vin("e-208")
    assert first.headers["x-kind"] == "Horn"
    assert dict(first.query) == {"callback": callback, "status": "Accepted", "whose": "mine"}
    assert first.body["attributes"] == [
        {"key": "secret", "value": "other"},
        {"key": "unknown", "value": "$nothing"},
        {"key": "what", "value": "beep"},
    ]
    assert hook.received[-1].query["status"] == "Success"
