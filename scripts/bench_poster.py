"""Who posts to the webhook, in a process of its own: told of by JSON on standard input, it tells what came of it.

`{"url", "bodies"}` are posted all at once. `{"url", "bodies", "bad"}` are genuine, and have been taken: so many others
are posted that nobody should take, forged, replayed, malformed and oversized. The answer is how often each status came,
0 where the server hung up.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
import gzip
from itertools import cycle, islice
import json
from random import Random
import sys
from typing import Any

import aiohttp

CONCURRENT_POSTS = 4
CAR_HEADER = "x-car"
TOO_LARGE = 3 << 20
# What unpacks to far more holds up any Home Assistant: its server unpacks before anybody is asked, whatever the address
COMPRESSED_TOO_LARGE = gzip.compress(b" " * TOO_LARGE)
GZIP_HEADERS = {"Content-Encoding": "gzip"}

type Content = bytes | AsyncIterator[bytes]
type Post = tuple[Content, dict[str, str]]


def with_secret(body: dict[str, Any], value: object) -> dict[str, Any]:
    """Return a notification with another proof."""
    others = [one for one in body["attributes"] if one["key"] != "proof"]
    return {**body, "attributes": [*others, {"key": "proof", "value": value}]}


def get_attribute(body: dict[str, Any], key: str) -> str:
    """Return an attribute of a notification."""
    return next(str(one["value"]) for one in body["attributes"] if one["key"] == key)


def with_altered_secret(body: dict[str, Any], dice: Random) -> dict[str, Any]:
    """Return a notification with a proof that is wrong in one place."""
    text = list(get_attribute(body, "proof"))
    at = dice.randrange(len(text))
    text[at] = "0" if text[at] != "0" else "1"
    return with_secret(body, "".join(text))


async def oversized_chunks() -> AsyncIterator[bytes]:
    """More than is taken, without saying so before."""
    for _ in range(TOO_LARGE >> 16):
        yield b" " * (1 << 16)


def json_post(body: object, **headers: str) -> Post:
    """Return what is posted for a body."""
    return json.dumps(body).encode(), headers


# What → how to make it of a genuine notification, and in how many of a round it comes
REJECTED_KINDS: dict[str, tuple[Callable[[dict[str, Any], Random], Post], int]] = {
    "forged: a proof that is wrong in one place": (lambda body, dice: json_post(with_altered_secret(body, dice)), 8),
    "forged: no proof": (lambda body, _: json_post({**body, "attributes": []}), 4),
    "forged: an odd proof": (lambda body, dice: json_post(with_secret(body, dice.choice([None, 7, "", [], "é"]))), 4),
    "forged: the proof in a header": (
        lambda body, _: json_post(with_secret(body, ""), **{"x-proof": get_attribute(body, "proof")}),
        2,
    ),
    "forged: another callback": (lambda body, dice: json_post({**body, "callbackId": dice.randbytes(16).hex()}), 4),
    "forged: a batch": (lambda body, dice: json_post([with_altered_secret(body, dice)] * 100), 3),
    "replayed": (lambda body, _: json_post(body), 15),
    "replayed: written otherwise": (lambda body, _: json_post(dict(reversed(body.items()))), 5),
    "replayed: a batch": (lambda body, _: json_post([body] * 3), 5),
    "malformed: cut off": (lambda body, dice: (json.dumps(body).encode()[: dice.randrange(1, 2000)], {}), 10),
    "malformed: not JSON": (lambda _, dice: (dice.randbytes(dice.randrange(2000)), {}), 5),
    "malformed: nested": (lambda _, dice: (dice.choice([b"[", b'{"a":']) * 90_000, {}), 2),
    "malformed: nothing of the kind": (lambda _, dice: json_post(dice.choice([None, 7, "x", [], [[]], {}])), 5),
    "malformed: not packed": (lambda body, _: json_post(body, **GZIP_HEADERS), 3),
    "oversized: too many at once": (lambda _, __: json_post([{}] * 1001), 12),
    "oversized: too many parts": (lambda _, __: (b"[" + b"{}," * 100_000 + b"{}]", {}), 8),
    "oversized: once unpacked": (lambda _, __: (COMPRESSED_TOO_LARGE, GZIP_HEADERS), 3),
    "oversized: it says so": (lambda _, __: (b" " * TOO_LARGE, {}), 1),
    "oversized: it does not say so": (lambda _, __: (oversized_chunks(), {}), 1),
}


async def post_all(url: str, bodies: list[dict[str, Any]]) -> Counter[int]:
    """Post all, each over a connection of its own and under the name of its car, and return the answers' statuses."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def send(body: dict[str, Any]) -> int:
            headers = {CAR_HEADER: get_attribute(body, "car")}
            async with session.post(url, data=json.dumps(body).encode(), headers=headers) as response:
                return response.status

        return Counter(await asyncio.gather(*map(send, bodies)))


async def post_rejected(url: str, bodies: list[dict[str, Any]], number: int) -> Counter[int]:
    """Post so many of all kinds, some at a time, and return the statuses of the answers."""
    dice, statuses = Random(1), Counter[int]()  # noqa: S311
    kinds = [make for make, times in REJECTED_KINDS.values() for _ in range(times)]
    dice.shuffle(kinds)
    waiting = islice(cycle(kinds), number)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def some() -> None:
            for make in waiting:
                content, headers = make(dice.choice(bodies), dice)
                try:
                    async with session.post(url, data=content, headers=headers) as response:
                        statuses[response.status] += 1
                except aiohttp.ClientError:
                    statuses[0] += 1

        await asyncio.gather(*(some() for _ in range(CONCURRENT_POSTS)))
    return statuses


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump(asyncio.run((post_rejected if "bad" in asked else post_all)(*asked.values())), sys.stdout)
