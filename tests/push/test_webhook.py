"""The webhook: valid notifications are received once and in order; all others are rejected and counted."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
import gzip
import json
from random import Random
import time
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.stellantis.api import RawNotification, parse_raw_notifications
from custom_components.stellantis.push import webhook
from tests.support.helpers import Control
from tests.support.push import HttpClient, PushHarness, SetUpPush

type Post = Callable[..., Awaitable[int]]


async def test_events_are_received_in_order(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push()
    await harness.create_plug_monitor()
    expected = await harness.toggle_plug(control, times=5)
    assert harness.plug_events == expected
    await harness.lock_car()
    await control.post("clock", {"advance": 60})
    await harness.hass.async_block_till_done(wait_background_tasks=True)
    statuses = [event.event_status.status for event in harness.remote_events if event.event_status]
    assert statuses[0] == "Accepted"
    assert statuses[-1] in ("Success", "AlreadyDone")
    assert len({event.remote_action_id for event in harness.remote_events}) == 1
    assert harness.push.queue.stats.accepted == 5 + len(statuses)
    assert harness.push.queue.stats.last_accepted is not None


@pytest.fixture
async def harness(set_up_push: SetUpPush) -> PushHarness:
    """Set up an entry with a callback that records all notifications."""
    harness = await set_up_push()
    await harness.create_plug_monitor()
    return harness


@pytest.fixture
def post(harness: PushHarness, http_client: HttpClient) -> Post:
    """Return a function that posts to the webhook and returns the status of the response."""

    async def send(body: Any, **kwargs: Any) -> int:
        content = body if isinstance(body, bytes | AsyncIterator) else json.dumps(body).encode()
        async with http_client.post(harness.webhook_path, data=content, **kwargs) as response:
            return response.status

    return send


async def received_ids(harness: PushHarness) -> list[str | None]:
    """Return the ids of the commands in the order in which their events were received."""
    await harness.hass.async_block_till_done(wait_background_tasks=True)
    return [event.remote_action_id for event in harness.remote_events]


FORGED: list[dict[str, Any]] = [
    {"attributes": []},
    {"attributes": None},
    {"attributes": {"proof": "x"}},
    {"attributes": ["proof", None, {"key": "proof"}]},
    {"attributes": [{"key": "proof", "value": 7}]},
    {"attributes": [{"key": "proof", "value": ""}]},
    {"attributes": [{"key": "proof", "value": "0" * 64}]},
    {"attributes": [{"key": "proof", "value": "é"}]},
    {"callbackId": None},
    {"callbackId": ""},
]


async def test_forged(harness: PushHarness, post: Post) -> None:
    for number, forged in enumerate(FORGED):
        invalid = harness.notification_body(number, **forged)
        assert await post(invalid) == 401, forged
        assert await post([invalid, invalid]) == 401, forged
        assert (
            await post([harness.notification_body(2 * number), invalid, harness.notification_body(2 * number + 1)])
            == 200
        ), forged
    verified_count = 2 * len(FORGED)
    assert await received_ids(harness) == [f"remote-{number}" for number in range(verified_count)]
    assert harness.push.queue.stats.rejected == {"forged": 3 * len(FORGED)}
    assert harness.push.queue.stats.accepted == verified_count


async def test_altered(harness: PushHarness, post: Post) -> None:
    """A valid body is rejected if its secret was altered, and not counted if its callback id was."""
    body, rng, statuses = json.dumps(harness.notification_body()).encode(), Random(1), Counter[int]()  # noqa: S311
    secrets = [harness.entry.data["push_key"].encode(), harness.callbacks[0].id.encode()]
    start, end = body.index(secrets[1]) - 20, body.index(secrets[0]) + len(secrets[0]) + 5
    for _ in range(400):
        altered = bytearray(body)
        for _ in range(rng.randint(1, 3)):
            position, length = rng.randrange(start, end), rng.randrange(3)
            altered[position : position + length] = rng.randbytes(rng.randrange(2))
        is_intact = all(secret in altered for secret in secrets)
        statuses[status := await post(bytes(altered))] += 1
        assert is_intact or status in (400, 401) or secrets[0] in altered
    assert statuses.keys() == {200, 400, 401}
    stats = harness.push.queue.stats
    assert stats.accepted + stats.duplicates + stats.rejected["other_callback"] == statuses[200]


async def test_secret_outside_of_the_body(harness: PushHarness, post: Post) -> None:
    """Headers and query are ignored: batches do not have them, and proxies may log them."""
    secret = harness.entry.data["push_key"]
    assert (
        await post(harness.notification_body(attributes=[]), headers={"x-proof": secret}, params={"proof": secret})
        == 401
    )
    assert await received_ids(harness) == []


async def test_secret_after_other_attributes(harness: PushHarness, post: Post) -> None:
    secret = harness.notification_body()["attributes"]
    assert await post(harness.notification_body(attributes=[{"key": "a", "value": "b"}, *secret])) == 200
    assert await received_ids(harness) == ["remote-0"]
    # Only the first attributes are searched
    assert await post(harness.notification_body(attributes=[{"key": "a", "value": "b"}] * 5000 + secret)) == 401


async def test_everything_is_forged_without_a_callback(set_up_push: SetUpPush, http_client: HttpClient) -> None:
    harness = await set_up_push()
    body = {"callbackId": "", "attributes": [{"key": "proof", "value": harness.entry.data["push_key"]}]}
    for callback_id in ("", None):
        async with http_client.post(harness.webhook_path, json={**body, "callbackId": callback_id}) as response:
            assert response.status == 401


async def test_malformed(harness: PushHarness, post: Post) -> None:
    for body in (b"", b"{", b"null", b"7", b'"x"', b"\xff\xfe", b"<html>", b"[" * 99_000, b'{"a":' * 9999):
        assert await post(body) == 400
    assert await post(b"not packed", headers={"Content-Encoding": "gzip"}) == 400
    assert harness.push.queue.stats.rejected == {"garbage": 10}


async def test_unknown_content(harness: PushHarness, post: Post) -> None:
    """A verified notification without known content is accepted; one that is nested too deeply is not."""
    assert await post([]) == 401
    deep: Any = "deep"
    for _ in range(400):
        deep = [deep]
    assert await post(harness.notification_body(x=deep)) == 400
    assert await post([harness.notification_body(remoteEvent=None), 7, "x", None]) == 200
    assert await received_ids(harness) == []


async def _chunks(size: int, pause: float = 0) -> AsyncIterator[bytes]:
    for _ in range(size >> 16):
        yield b" " * (1 << 16)
        await asyncio.sleep(pause)


async def test_oversized(harness: PushHarness, post: Post) -> None:
    assert await post(b" " * (webhook.MAX_BODY_SIZE + 1)) == 413
    assert await post(_chunks(2 * webhook.MAX_BODY_SIZE)) == 413  # without Content-Length
    assert await post(b"[" + b"{}," * webhook.MAX_JSON_CONTAINERS + b"{}]") == 413
    assert await post([{}] * (webhook.MAX_BATCH_SIZE + 1)) == 413
    packed = gzip.compress(b" " * 20 * webhook.MAX_BODY_SIZE)
    assert await post(packed, headers={"Content-Encoding": "gzip"}) == 413
    assert harness.push.queue.stats.rejected == {"oversized": 5}


async def test_largest_batch(harness: PushHarness, post: Post) -> None:
    batch = [harness.notification_body(number, pad="x" * 1500) for number in range(webhook.MAX_BATCH_SIZE)]
    assert webhook.INLINE_PARSE_LIMIT < len(json.dumps(batch)) <= webhook.MAX_BODY_SIZE
    assert await post(batch) == 200
    assert await received_ids(harness) == [f"remote-{number}" for number in range(webhook.MAX_BATCH_SIZE)]


async def test_large_bodies_are_parsed_one_at_a_time(
    harness: PushHarness, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parsing holds the interpreter lock, so several threads would block the event loop one after the other."""
    concurrent: list[int] = []
    running = [0]

    def parse_and_count(body: bytes) -> tuple[RawNotification, ...]:
        running[0] += 1
        concurrent.append(running[0])
        time.sleep(0.01)
        running[0] -= 1
        return parse_raw_notifications(body)

    monkeypatch.setattr(webhook, "parse_raw_notifications", parse_and_count)
    batch = [harness.notification_body(0, pad="x" * 1500)] * 100
    assert await asyncio.gather(*(post(batch) for _ in range(6))) == [200] * 6
    assert concurrent == [1] * 6


async def test_methods(harness: PushHarness, http_client: HttpClient) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        async with http_client.request(method, harness.webhook_path, json=harness.notification_body()) as response:
            assert response.status == 405
    assert await received_ids(harness) == []
    assert harness.push.queue.stats.rejected == {"method": 3}  # Home Assistant rejects DELETE itself


async def test_slow_body(harness: PushHarness, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "BODY_TIMEOUT", 0.05)
    assert await post(_chunks(1 << 18, pause=0.1)) == 500
    assert harness.push.queue.stats.rejected == {"slow": 1}


async def test_bytes_in_flight(harness: PushHarness, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "MAX_BYTES_IN_FLIGHT", 1 << 17)
    statuses = await asyncio.gather(*(post(_chunks(1 << 17, pause=0.01)) for _ in range(3)))
    assert 500 in statuses
    assert harness.push.queue.stats.rejected["flood"] == statuses.count(500)
    # Bytes of rejected requests no longer count
    assert await post(harness.notification_body()) == 200


async def test_rate_limit(harness: PushHarness, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "MAX_REQUEST_BURST", 20.0)
    monkeypatch.setattr(webhook, "MAX_REQUEST_RATE", 0.001)
    assert [await post(b"{") for _ in range(40)] == [400] * 20 + [500] * 20
    assert await post(harness.notification_body()) == 500
    assert harness.push.queue.stats.rejected == {"garbage": 20, "flood": 21}
    # The limit recovers
    monkeypatch.setattr(webhook, "MAX_REQUEST_RATE", 100.0)
    await asyncio.sleep(0.05)
    assert await post(harness.notification_body()) == 200
    assert await received_ids(harness) == ["remote-0"]


async def test_replayed_and_duplicated(
    harness: PushHarness, post: Post, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    await control.put("notifications", {"duplicate": True})
    expected = await harness.toggle_plug(control, times=4)
    assert harness.plug_events == expected
    for _ in range(10):
        assert await post(harness.notification_body()) == 200
    # In any notation, alone and in a batch
    assert await post([harness.notification_body(), dict(reversed(harness.notification_body().items()))]) == 200
    assert await received_ids(harness) == ["remote-0"]
    counts = harness.push.queue.stats
    assert (counts.accepted, counts.duplicates, counts.rejected) == (5, 15, {})
    # Only a limited number of digests is remembered
    monkeypatch.setattr(webhook, "MAX_SEEN_DIGESTS", 3)
    for number in (0, 1, 2, 0, 3, 0, 1):
        assert await post(harness.notification_body(number)) == 200
    assert await received_ids(harness) == [f"remote-{number}" for number in (0, 1, 2, 3, 1)]


async def test_entry_unloaded_for_an_hour(hass: HomeAssistant, harness: PushHarness, control: Control) -> None:
    """The platform keeps notifications meanwhile and delivers them in batches."""
    inbox, vin = harness.push.queue, harness.car.vin
    await hass.config_entries.async_unload(harness.entry.entry_id)
    for second in range(1, 21):
        await control.post("clock", {"advance": 1})
        await control.patch(vin, plug=second % 2 == 1)
    assert inbox.stats.rejected.keys() == {"closed"}
    assert harness.plug_events == []
    await hass.config_entries.async_setup(harness.entry.entry_id)
    harness.record_notifications()
    await control.post("clock", {"advance": 3600})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert harness.plug_events == [(float(second), "true" if second % 2 else "false") for second in range(1, 21)]
    assert harness.push.queue.stats.accepted == 20


async def test_entry_in_setup_retry(hass: HomeAssistant, harness: PushHarness, post: Post, control: Control) -> None:
    await control.fault("/user/vehicles", status=500)
    await harness.reload()
    assert harness.entry.state is ConfigEntryState.SETUP_RETRY
    assert await post(harness.notification_body()) == 500


async def test_answered_before_processing(harness: PushHarness, post: Post) -> None:
    harness.push.async_add_remote_listener(lambda _: time.sleep(0.002))
    assert await post([harness.notification_body(number) for number in range(100)]) == 200
    assert len(harness.remote_events) < 50
    assert harness.push.queue.size > 50
    # No accepted notification is lost when the entry is unloaded
    await harness.hass.config_entries.async_unload(harness.entry.entry_id)
    assert [event.remote_action_id for event in harness.remote_events] == [f"remote-{number}" for number in range(100)]


async def test_queue_full(harness: PushHarness, control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notifications rejected because the queue is full are delivered later."""
    with monkeypatch.context() as full:
        full.setattr(webhook, "MAX_QUEUED", 0)
        expected = await harness.toggle_plug(control, times=8)
        assert harness.plug_events == []
        assert harness.push.queue.stats.rejected["full"] == 1
    await control.post("clock", {"advance": 10})
    await harness.hass.async_block_till_done(wait_background_tasks=True)
    assert harness.plug_events == expected
    (outbox,) = (await control.get("notifications"))["callbacks"]
    assert (outbox["waiting"], outbox["sent"]) == (0, 8)


async def test_queue_full_with_many_requests(harness: PushHarness, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "MAX_QUEUED", 20)
    harness.push.async_add_remote_listener(lambda _: time.sleep(0.001))
    batches = [[harness.notification_body(10 * batch + number) for number in range(10)] for batch in range(10)]
    statuses: list[int] = []
    while batches:
        answers = await asyncio.gather(*map(post, batches))
        batches = [batch for batch, status in zip(batches, answers, strict=True) if status == 500]
        statuses += answers
    assert set(statuses) == {200, 500}
    assert sorted(await received_ids(harness), key=str) == sorted(
        (f"remote-{number}" for number in range(100)), key=str
    )


@pytest.mark.no_fail_on_log_exception
async def test_failing_listener(harness: PushHarness, post: Post, caplog: pytest.LogCaptureFixture) -> None:
    failed_events: list[Any] = []

    def fail(event: Any) -> None:
        failed_events.append(event)
        raise ValueError

    stop = harness.push.async_add_remote_listener(fail)
    harness.push.async_add_remote_listener(harness.remote_events.append)
    assert await post([harness.notification_body(0), harness.notification_body(1)]) == 200
    assert await received_ids(harness) == ["remote-0", "remote-0", "remote-1", "remote-1"]
    assert "A notification was not understood" in caplog.text
    assert "remote-0" not in caplog.text
    stop()
    assert await post(harness.notification_body(2)) == 200
    await received_ids(harness)
    assert len(failed_events) == 2


async def test_request_from_cloud(harness: PushHarness, hass_ws_client: WebSocketGenerator) -> None:
    """Home Assistant Cloud and the WebSocket API pass requests that did not arrive by HTTP."""
    client = await hass_ws_client()
    webhook_id = harness.entry.data["webhook_id"]
    for body, length, status in (
        (json.dumps(harness.notification_body()), "", 200),
        ("{" * 9, "99999999999999999", 413),
        (" " * (webhook.MAX_BODY_SIZE + 1), "x", 413),
    ):
        message = {"webhook_id": webhook_id, "method": "POST", "body": body, "headers": {"Content-Length": length}}
        await client.send_json_auto_id({"type": "webhook/handle", **message})
        assert (await client.receive_json())["result"]["status"] == status
    assert await received_ids(harness) == ["remote-0"]


async def test_event_loop_is_not_blocked(harness: PushHarness, post: Post) -> None:
    """No request keeps the event loop busy for 50 ms or more between two iterations."""
    longest, stop = 0.0, False

    async def measure() -> None:
        nonlocal longest
        while not stop:
            before = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - before)

    many = harness.notification_body(attributes=[{"key": "a", "value": "b"}] * 48_000)
    bodies = [
        b'{"a":1},' * 12_000,
        b"[" + b"{}," * 99_000 + b"NaN]",
        b"[" + b'"a",' * (webhook.MAX_BODY_SIZE // 4 - 1) + b"0]",
        b"{" + b",".join(b'"%d":0' % number for number in range(webhook.MAX_BODY_SIZE // 12)) + b"}",
        json.dumps(many).encode(),
        json.dumps(
            [harness.notification_body(number) | {"attributes": []} for number in range(webhook.MAX_BATCH_SIZE)]
        ).encode(),
        json.dumps(
            [harness.notification_body(number, pad="x" * 1500) for number in range(webhook.MAX_BATCH_SIZE)]
        ).encode(),
    ]
    measuring = asyncio.create_task(measure())
    statuses = [await post(body) for body in bodies]
    await received_ids(harness)
    stop = True
    await measuring
    assert statuses == [400, 413, 401, 401, 401, 401, 200]
    assert longest < 0.05
