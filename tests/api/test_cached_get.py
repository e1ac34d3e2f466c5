"""Limits that are met at once, refreshes that fail, and answers that lack the one thing that counts."""

import json

import pytest

from custom_components.stellantis.api import (
    OutcomeUnknown,
    RateLimited,
    StellantisClient,
    Transport,
    error_from_response,
    parse_notifications,
)
from custom_components.stellantis.api.requests import RemoteRequest, WakeUp
from tests.api.conftest import FakePlatform

TOO_MANY = {"code": 42900, "message": "Too many"}


async def test_short_refusal_is_waited_out(platform: FakePlatform, transport: Transport) -> None:
    """Before the first answer nobody knows how many requests a second takes."""
    platform.add_response(TOO_MANY, status=429, headers={"Retry-After": "1"})
    platform.add_response({"ok": True})
    assert await transport.get_json("user") == {"ok": True}
    assert len(platform.requests) == 2


async def test_refusal_that_goes_on_is_told(platform: FakePlatform, transport: Transport) -> None:
    platform.add_response(TOO_MANY, status=429, headers={"Retry-After": "0"})
    with pytest.raises(RateLimited):
        await transport.request("POST", "user/callbacks", body={})
    assert len(platform.requests) == 3


@pytest.mark.parametrize("status", [202, 204])
async def test_command_that_cannot_be_followed(platform: FakePlatform, client: StellantisClient, status: int) -> None:
    """It may be carried out, but the answer does not say how to ask for it."""
    platform.add_response({} if status == 202 else None, status=status)
    with pytest.raises(OutcomeUnknown):
        await client.send_remote("vehicle", "callback", RemoteRequest(command=WakeUp()))
    assert len(platform.requests) == 1


@pytest.mark.parametrize(
    "text",
    [
        "x" * 780 + " https://example.invalid/" + "y" * 790 + " at VR3UHZKXZJT123456 and on",
        "of camille.moreau%40example.com",
        "near 48,8566",
    ],
)
def test_texts_tell_nobody(text: str) -> None:
    said = str(error_from_response(400, {}, ('{"code": 40000, "message": "' + text + '"}').encode()))
    assert not [word for word in ("VR3UHZ", "camille", "8566") if word in said]


def test_telemetry_that_comes_in_parts() -> None:
    air = {"telemetry": {"_links": {}, "environment": {"air": {"temp": 7.5}}}}
    extension = {"type": "vehicle.telemetry.environment", "body": [air]}
    event = {"monitorId": "1", "extensions": [extension], "values": [], "refresh": False}
    (notification,) = parse_notifications(json.dumps({"type": "Monitor", "monitorEvent": event}))
    assert notification.monitor_event
    assert notification.monitor_event.extensions
    (sample,) = notification.monitor_event.extensions.telemetry
    assert sample.environment
    assert sample.environment.air
    assert sample.environment.air.temp == 7.5
