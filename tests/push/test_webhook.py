"""The webhook: what the platform tells is heard, once and in order; all else is refused and counted."""

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


async def test_remotes_and_monitors_are_heard_in_order(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push()
    await harness.create_plug_monitor()
    expected = await harness.toggle_plug(control, times=5)
    assert harness.plug_events == expected
    await harness.lock_car()
    await control.post("clock", {"advance": 60})
    await harness.hass.async_block_till_done(wait_background_tasks=True)
    statuses = [one.event_status.status for one in harness.remote_events if one.event_status]
    assert statuses[0] == "Accepted"
    assert statuses[-1] in ("Success", "AlreadyDone")
    assert len({one.remote_action_id for one in harness.remote_events}) == 1
    assert harness.push.queue.stats.accepted == 5 + len(statuses)
    assert harness.push.queue.stats.last_accepted is not None


@pytest.fixture
async def harness(set_up_push: SetUpPush) -> PushHarness:
    """An entry that has a callback and hears everything."""
    made = await set_up_push()
    await made.create_plug_monitor()
    return made


@pytest.fixture
def post(harness: PushHarness, http_client: HttpClient) -> Post:
    """Return a function that posts to the webhook and returns the status of the answer."""

    async def send(body: Any, **more: Any) -> int:
        content = body if isinstance(body, bytes | AsyncIterator) else json.dumps(body).encode()
        async with http_client.post(harness.webhook_path, data=content, **more) as response:
            return response.status

    return send


async def heard(harness: PushHarness) -> list[str | None]:
    """Return the remotes that were told of, in the order in which they were heard."""
    await harness.hass.async_block_till_done(wait_background_tasks=True)
    return [one.remote_action_id for one in harness.remote_events]


FORGED: list[dict[str, Any]] = [
    {"attributes": []},
    {"attributes": None},
    {"attributes": {"proof": "x"}},
    {"attributes": ["proof", None, {"key": "proof"}]},
    {"attributes": [{"key": "proof", "value": 7}]},
    {"attributes": [{"key": "proof", "value": ""}]},
    {"attributes": [{"key": "proof", "value": "0" * 64}]},
    {"attributes": [{"key": "proof", "value": "é"}]},
    {"callbackId": "another"},
    {"callbackId": None},
    {"callbackId": ""},
]


async def test_forged(harness: PushHarness, post: Post) -> None:
    for number, forged in enumerate(FORGED):
        bad = harness.notification_body(number, **forged)
        assert await post(bad) == 401, forged
        assert await post([bad, bad]) == 401, forged
        assert (
            await post([harness.notification_body(2 * number), bad, harness.notification_body(2 * number + 1)]) == 200
        ), forged
    genuine = 2 * len(FORGED)
    assert await heard(harness) == [f"remote-{number}" for number in range(genuine)]
    assert harness.push.queue.stats.rejected == {"forged": 3 * len(FORGED)}
    assert harness.push.queue.stats.accepted == genuine


async def test_altered(harness: PushHarness, post: Post) -> None:
    """Of a genuine body nothing may be altered that proves whose it is."""
    body, dice, statuses = json.dumps(harness.notification_body()).encode(), Random(1), Counter[int]()  # noqa: S311
    proofs = [harness.entry.data["push_key"].encode(), harness.callbacks[0].id.encode()]
    begin, end = body.index(proofs[1]) - 20, body.index(proofs[0]) + len(proofs[0]) + 5
    for _ in range(400):
        altered = bytearray(body)
        for _ in range(dice.randint(1, 3)):
            at, length = dice.randrange(begin, end), dice.randrange(3)
            altered[at : at + length] = dice.randbytes(dice.randrange(2))
        whole = all(proof in altered for proof in proofs)
        statuses[status := await post(bytes(altered))] += 1
        assert whole or status in (400, 401)
    assert statuses.keys() == {200, 400, 401}
    assert harness.push.queue.stats.accepted + harness.push.queue.stats.duplicates == statuses[200]


async def test_no_proof_counts_outside_of_the_body(harness: PushHarness, post: Post) -> None:
    """Of a batch the platform sends neither headers nor a query, and anybody can write them into a log."""
    key = harness.entry.data["push_key"]
    assert await post(harness.notification_body(attributes=[]), headers={"x-proof": key}, params={"proof": key}) == 401
    assert await heard(harness) == []


async def test_proof_that_another_attribute_is_before(harness: PushHarness, post: Post) -> None:
    proof = harness.notification_body()["attributes"]
    assert await post(harness.notification_body(attributes=[{"key": "a", "value": "b"}, *proof])) == 200
    assert await heard(harness) == ["remote-0"]
    # Among thousands it is not looked for
    assert await post(harness.notification_body(attributes=[{"key": "a", "value": "b"}] * 5000 + proof)) == 401


async def test_nothing_is_genuine_before_there_is_a_callback(set_up_push: SetUpPush, http_client: HttpClient) -> None:
    harness = await set_up_push()
    body = {"callbackId": "", "attributes": [{"key": "proof", "value": harness.entry.data["push_key"]}]}
    for callback_id in ("", "None", None):
        async with http_client.post(harness.webhook_path, json={**body, "callbackId": callback_id}) as response:
            assert response.status == 401


async def test_garbage(harness: PushHarness, post: Post) -> None:
    for body in (b"", b"{", b"null", b"7", b'"x"', b"\xff\xfe", b"<html>", b"[" * 99_000, b'{"a":' * 9999):
        assert await post(body) == 400
    assert await post(b"not packed", headers={"Content-Encoding": "gzip"}) == 400
    assert harness.push.queue.stats.rejected == {"garbage": 10}


async def test_nothing_to_hear(harness: PushHarness, post: Post) -> None:
    """What is genuine is taken, even if it says nothing that is known; what is nested beyond reason is not."""
    assert await post([]) == 401
    deep: Any = "deep"
    for _ in range(400):
        deep = [deep]
    assert await post(harness.notification_body(x=deep)) == 400
    assert await post([harness.notification_body(remoteEvent=None), 7, "x", None]) == 200
    assert await heard(harness) == []


async def _chunks(size: int, pause: float = 0) -> AsyncIterator[bytes]:
    for _ in range(size >> 16):
        yield b" " * (1 << 16)
        await asyncio.sleep(pause)


async def test_oversized(harness: PushHarness, post: Post) -> None:
    assert await post(b" " * (webhook.MAX_BODY_SIZE + 1)) == 413
    assert await post(_chunks(2 * webhook.MAX_BODY_SIZE)) == 413  # does not say how much it is
    assert await post(b"[" + b"{}," * webhook.MAX_JSON_CONTAINERS + b"{}]") == 413
    assert await post([{}] * (webhook.MAX_BATCH_SIZE + 1)) == 413
    packed = gzip.compress(b" " * 20 * webhook.MAX_BODY_SIZE)
    assert await post(packed, headers={"Content-Encoding": "gzip"}) == 413
    assert harness.push.queue.stats.rejected == {"oversized": 5}


async def test_largest_that_is_taken(harness: PushHarness, post: Post) -> None:
    batch = [harness.notification_body(number, pad="x" * 1500) for number in range(webhook.MAX_BATCH_SIZE)]
    assert webhook.INLINE_PARSE_LIMIT < len(json.dumps(batch)) <= webhook.MAX_BODY_SIZE
    assert await post(batch) == 200
    assert await heard(harness) == [f"remote-{number}" for number in range(webhook.MAX_BATCH_SIZE)]


async def test_large_ones_are_parsed_one_after_the_other(
    harness: PushHarness, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop gets no turn while a thread parses: of several threads it would have to wait for each."""
    at_once: list[int] = []
    busy = [0]

    def watched(body: bytes) -> tuple[RawNotification, ...]:
        busy[0] += 1
        at_once.append(busy[0])
        time.sleep(0.01)
        busy[0] -= 1
        return parse_raw_notifications(body)

    monkeypatch.setattr(webhook, "parse_raw_notifications", watched)
    batch = [harness.notification_body(0, pad="x" * 1500)] * 100
    assert await asyncio.gather(*(post(batch) for _ in range(6))) == [200] * 6
    assert at_once == [1] * 6


async def test_only_posts(harness: PushHarness, http_client: HttpClient) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        async with http_client.request(method, harness.webhook_path, json=harness.notification_body()) as response:
            assert response.status == 405
    assert await heard(harness) == []
    assert harness.push.queue.stats.rejected == {"method": 3}  # the last is none that webhooks have


async def test_slow(harness: PushHarness, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "BODY_TIMEOUT", 0.05)
    assert await post(_chunks(1 << 18, pause=0.1)) == 500
    assert harness.push.queue.stats.rejected == {"slow": 1}


async def test_no_more_than_so_much_at_once(harness: PushHarness, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "MAX_BYTES_IN_FLIGHT", 1 << 17)
    statuses = await asyncio.gather(*(post(_chunks(1 << 17, pause=0.01)) for _ in range(3)))
    assert 500 in statuses
    assert harness.push.queue.stats.rejected["flood"] == statuses.count(500)
    # What was given up is not held any more
    assert await post(harness.notification_body()) == 200


async def test_flood(harness: PushHarness, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "MAX_REQUEST_BURST", 20.0)
    monkeypatch.setattr(webhook, "MAX_REQUEST_RATE", 0.001)
    assert [await post(b"{") for _ in range(40)] == [400] * 20 + [500] * 20
    assert await post(harness.notification_body()) == 500
    assert harness.push.queue.stats.rejected == {"garbage": 20, "flood": 21}
    # It passes
    monkeypatch.setattr(webhook, "MAX_REQUEST_RATE", 100.0)
    await asyncio.sleep(0.05)
    assert await post(harness.notification_body()) == 200
    assert await heard(harness) == ["remote-0"]


async def test_replayed_and_duplicated(
    harness: PushHarness, post: Post, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    await control.put("notifications", {"duplicate": True})
    expected = await harness.toggle_plug(control, times=4)
    assert harness.plug_events == expected
    for _ in range(10):
        assert await post(harness.notification_body()) == 200
    # However it is written, alone and in a batch
    assert await post([harness.notification_body(), dict(reversed(harness.notification_body().items()))]) == 200
    assert await heard(harness) == ["remote-0"]
    counts = harness.push.queue.stats
    assert (counts.accepted, counts.duplicates, counts.rejected) == (5, 15, {})
    # Not for ever: no more is remembered than a bounded number of the last ones
    monkeypatch.setattr(webhook, "MAX_SEEN_DIGESTS", 3)
    for number in (0, 1, 2, 0, 3, 0, 1):
        assert await post(harness.notification_body(number)) == 200
    assert await heard(harness) == [f"remote-{number}" for number in (0, 1, 2, 3, 1)]


async def test_an_hour_without_the_entry(hass: HomeAssistant, harness: PushHarness, control: Control) -> None:
    """What comes meanwhile waits at the platform, and comes in batches."""
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


async def test_entry_that_cannot_be_set_up(
    hass: HomeAssistant, harness: PushHarness, post: Post, control: Control
) -> None:
    await control.fault("/user/vehicles", status=500)
    await harness.reload()
    assert harness.entry.state is ConfigEntryState.SETUP_RETRY
    assert await post(harness.notification_body()) == 500


async def test_answered_before_it_is_worked_off(harness: PushHarness, post: Post) -> None:
    harness.push.async_add_remote_listener(lambda _: time.sleep(0.002))
    assert await post([harness.notification_body(number) for number in range(100)]) == 200
    assert len(harness.remote_events) < 50
    assert harness.push.queue.size > 50
    # Nothing that was taken is lost when the entry is unloaded amid it
    await harness.hass.config_entries.async_unload(harness.entry.entry_id)
    assert [one.remote_action_id for one in harness.remote_events] == [f"remote-{number}" for number in range(100)]


async def test_full(harness: PushHarness, control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """What finds no room comes again, all of it."""
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


async def test_full_while_many_come(harness: PushHarness, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "MAX_QUEUED", 20)
    harness.push.async_add_remote_listener(lambda _: time.sleep(0.001))
    batches = [[harness.notification_body(10 * batch + number) for number in range(10)] for batch in range(10)]
    statuses: list[int] = []
    while batches:
        answers = await asyncio.gather(*map(post, batches))
        batches = [batch for batch, status in zip(batches, answers, strict=True) if status == 500]
        statuses += answers
    assert set(statuses) == {200, 500}
    assert sorted(await heard(harness), key=str) == sorted((f"remote-{number}" for number in range(100)), key=str)


@pytest.mark.no_fail_on_log_exception
async def test_one_who_fails_holds_up_nobody(
    harness: PushHarness, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    heard_before: list[Any] = []

    def fail(event: Any) -> None:
        heard_before.append(event)
        raise ValueError

    stop = harness.push.async_add_remote_listener(fail)
    harness.push.async_add_remote_listener(harness.remote_events.append)
    assert await post([harness.notification_body(0), harness.notification_body(1)]) == 200
    assert await heard(harness) == ["remote-0", "remote-0", "remote-1", "remote-1"]
    assert "A notification was not understood" in caplog.text
    assert "remote-0" not in caplog.text
    stop()
    assert await post(harness.notification_body(2)) == 200
    await heard(harness)
    assert len(heard_before) == 2


async def test_cloud_brings_them_too(harness: PushHarness, hass_ws_client: WebSocketGenerator) -> None:
    """Home Assistant Cloud, as the websocket does, hands over a request that was none of HTTP."""
    client = await hass_ws_client()
    webhook_id = harness.entry.data["webhook_id"]
    for body, length, status in (
        (json.dumps(harness.notification_body()), "", 200),
        ("{" * 9, "99999999999999999", 413),
        (" " * (webhook.MAX_BODY_SIZE + 1), "x", 413),
    ):
        asked = {"webhook_id": webhook_id, "method": "POST", "body": body, "headers": {"Content-Length": length}}
        await client.send_json_auto_id({"type": "webhook/handle", **asked})
        assert (await client.receive_json())["result"]["status"] == status
    assert await heard(harness) == ["remote-0"]


async def test_nothing_holds_up_the_loop(harness: PushHarness, post: Post) -> None:
    """Whatever is posted: between two turns of the loop it works for less than 50 ms."""
    longest, stop = 0.0, False

    async def watch() -> None:
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
    watching = asyncio.create_task(watch())
    statuses = [await post(body) for body in bodies]
    await heard(harness)
    stop = True
    await watching
    assert statuses == [400, 413, 401, 401, 401, 401, 200]
    assert longest < 0.05
