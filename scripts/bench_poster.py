"""Post notifications to the webhook from a process of its own, controlled by JSON on standard input.

`{"url", "bodies"}` posts all bodies at once. `{"url", "bodies", "rejected"}` takes valid bodies that were accepted
before, and posts the given number of notifications that must be rejected: forged, replayed, malformed and oversized.
Prints the number of responses by status, with 0 for a closed connection.
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
# Not larger, because Home Assistant's server decompresses the body of any request before it is handled
COMPRESSED_TOO_LARGE = gzip.compress(b" " * TOO_LARGE)
GZIP_HEADERS = {"Content-Encoding": "gzip"}

type Content = bytes | AsyncIterator[bytes]
type Post = tuple[Content, dict[str, str]]


def with_secret(body: dict[str, Any], value: object) -> dict[str, Any]:
    """Return a notification with another secret."""
    others = [attribute for attribute in body["attributes"] if attribute["key"] != "proof"]
    return {**body, "attributes": [*others, {"key": "proof", "value": value}]}


def get_attribute(body: dict[str, Any], key: str) -> str:
    """Return the value of an attribute of a notification."""
    return next(str(attribute["value"]) for attribute in body["attributes"] if attribute["key"] == key)


def with_altered_secret(body: dict[str, Any], rng: Random) -> dict[str, Any]:
    """Return a notification whose secret has one wrong character."""
    text = list(get_attribute(body, "proof"))
    position = rng.randrange(len(text))
    text[position] = "0" if text[position] != "0" else "1"
    return with_secret(body, "".join(text))


async def oversized_chunks() -> AsyncIterator[bytes]:
    """Yield a body that is too large, for a request without Content-Length."""
    for _ in range(TOO_LARGE >> 16):
        yield b" " * (1 << 16)


def json_post(body: object, **headers: str) -> Post:
    """Return the content and headers to post a JSON body."""
    return json.dumps(body).encode(), headers


# Kind → function that creates it from a valid notification, and how often it occurs per round
REJECTED_KINDS: dict[str, tuple[Callable[[dict[str, Any], Random], Post], int]] = {
    "forged: altered secret": (lambda body, rng: json_post(with_altered_secret(body, rng)), 8),
    "forged: no secret": (lambda body, _: json_post({**body, "attributes": []}), 4),
    "forged: unusual secret": (lambda body, rng: json_post(with_secret(body, rng.choice([None, 7, "", [], "é"]))), 4),
    "forged: secret in a header": (
        lambda body, _: json_post(with_secret(body, ""), **{"x-proof": get_attribute(body, "proof")}),
        2,
    ),
    "forged: other callback": (lambda body, rng: json_post({**body, "callbackId": rng.randbytes(16).hex()}), 4),
    "forged: batch": (lambda body, rng: json_post([with_altered_secret(body, rng)] * 100), 3),
    "replayed": (lambda body, _: json_post(body), 15),
    "replayed: other notation": (lambda body, _: json_post(dict(reversed(body.items()))), 5),
    "replayed: batch": (lambda body, _: json_post([body] * 3), 5),
    "malformed: truncated": (lambda body, rng: (json.dumps(body).encode()[: rng.randrange(1, 2000)], {}), 10),
    "malformed: not JSON": (lambda _, rng: (rng.randbytes(rng.randrange(2000)), {}), 5),
    "malformed: nested": (lambda _, rng: (rng.choice([b"[", b'{"a":']) * 90_000, {}), 2),
    "malformed: other JSON": (lambda _, rng: json_post(rng.choice([None, 7, "x", [], [[]], {}])), 5),
    "malformed: not compressed": (lambda body, _: json_post(body, **GZIP_HEADERS), 3),
    "oversized: batch": (lambda _, __: json_post([{}] * 1001), 12),
    "oversized: containers": (lambda _, __: (b"[" + b"{}," * 100_000 + b"{}]", {}), 8),
    "oversized: decompressed": (lambda _, __: (COMPRESSED_TOO_LARGE, GZIP_HEADERS), 3),
    "oversized: Content-Length": (lambda _, __: (b" " * TOO_LARGE, {}), 1),
    "oversized: chunks": (lambda _, __: (oversized_chunks(), {}), 1),
}


async def post_all(url: str, bodies: list[dict[str, Any]]) -> Counter[int]:
    """Post all bodies at once, each on its own connection. Return the number of responses by status."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def send(body: dict[str, Any]) -> int:
            headers = {CAR_HEADER: get_attribute(body, "car")}
            async with session.post(url, data=json.dumps(body).encode(), headers=headers) as response:
                return response.status

        return Counter(await asyncio.gather(*map(send, bodies)))


async def post_rejected(url: str, bodies: list[dict[str, Any]], number: int) -> Counter[int]:
    """Post a number of notifications of all rejected kinds. Return the number of responses by status."""
    rng, statuses = Random(1), Counter[int]()  # noqa: S311
    kinds = [create for create, times in REJECTED_KINDS.values() for _ in range(times)]
    rng.shuffle(kinds)
    kinds_to_post = islice(cycle(kinds), number)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def post_kinds() -> None:
            for create in kinds_to_post:
                content, headers = create(rng.choice(bodies), rng)
                try:
                    async with session.post(url, data=content, headers=headers) as response:
                        statuses[response.status] += 1
                except aiohttp.ClientError:
                    statuses[0] += 1

        await asyncio.gather(*(post_kinds() for _ in range(CONCURRENT_POSTS)))
    return statuses


if __name__ == "__main__":
    options = json.load(sys.stdin)
    json.dump(asyncio.run((post_rejected if "rejected" in options else post_all)(*options.values())), sys.stdout)
