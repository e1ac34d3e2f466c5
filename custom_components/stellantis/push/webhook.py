"""What is posted to the webhook: bounded and verified, answered at once, and worked off afterwards, in order."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from http import HTTPStatus
from typing import Any, Final

from aiohttp.hdrs import CONTENT_LENGTH, METH_POST
from aiohttp.web import Request, RequestPayloadError, Response
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..api import Envelope, InvalidResponse, Notification, envelopes
from ..const import CONF_CALLBACK_ID, CONF_PUSH_KEY, DOMAIN

# The attribute of each notification that proves whose it is
PROOF: Final = "proof"

# The platform posts up to a hundred notifications at a time. One that brings everything along has 9 kB; what of a batch
# is too large would be tried again for three days, and hold up all behind it.
LARGEST: Final = 2 << 20
MOST_PARTS: Final = 100_000
MOST_IN_BATCH: Final = 1000
MOST_WAITING: Final = 1000
MOST_KNOWN: Final = 5000
# Of all requests together: bytes that are being received, and how many come in a second, and at once
MOST_HELD: Final = 8 << 20
RATE: Final = 100.0
BURST: Final = 500.0
# Seconds
SLOWEST: Final = 10.0
# So long it is waited for the rest of what the platform could not deliver earlier, which comes in any order
GATHER: Final = 1.0
# What waits is worked off before more is taken, but others want their turn, too
TURN: Final = 0.025
# What is larger is not parsed in the event loop
SMALL: Final = 1 << 16
# A batch of notifications from so far apart is such a rest: what happens at once is told at once
APART: Final = timedelta(seconds=2)

# Why something is refused for good → what it is answered. After any other answer, a 500, the platform comes again.
REFUSALS: Final[Mapping[str, HTTPStatus]] = {
    "forged": HTTPStatus.UNAUTHORIZED,
    "garbage": HTTPStatus.BAD_REQUEST,
    "method": HTTPStatus.METHOD_NOT_ALLOWED,
    "oversized": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}


@dataclass(slots=True, kw_only=True)
class Counts:
    """What came since the entry was loaded.

    Attributes:
        accepted: notifications that were taken.
        duplicates: notifications that had been taken before.
        refused: requests that were refused, by reason, and forged notifications amid others that were not.
        last: when a notification was taken last.
    """

    accepted: int = 0
    duplicates: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    last: datetime | None = None


class Refused(Exception):
    """A request is not taken, for a reason that has a name."""


class Inbox:
    """The notifications of an entry on their way from the webhook to `hear`."""

    def __init__(self, entry: ConfigEntry[Any], hear: Callable[[Notification], None]) -> None:
        self.counts = Counts()
        self._entry = entry
        self._hear = hear
        self._is_open = False
        self._waiting: list[Envelope] = []  # in the order in which they were written
        self._gathers_until = 0.0
        self._known: dict[bytes, None] = {}  # in the order of their coming
        self._parses = asyncio.Lock()
        self._held = 0
        self._credit = BURST
        self._credited_at = 0.0
        self._worker: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many notifications are not worked off yet."""
        return len(self._waiting)

    @callback
    def async_open(self) -> None:
        """Take what comes."""
        self._is_open = True

    async def async_close(self) -> None:
        """Work off what was taken; from now on the platform is told to come again."""
        self._is_open = False
        if self._worker is not None:
            await asyncio.wait([self._worker])
        await self._async_work()  # if Home Assistant stops, the worker was stopped before

    async def async_handle(self, hass: HomeAssistant, _webhook_id: str, request: Request) -> Response:
        """Answer a request to the webhook. What escaped from here would be logged, with the webhook's id."""
        try:
            await self._async_take(hass, request)
        except Refused as err:
            self.counts.refused[str(err)] += 1
            return Response(status=REFUSALS.get(str(err), HTTPStatus.INTERNAL_SERVER_ERROR))
        return Response()

    async def _async_take(self, hass: HomeAssistant, request: Request) -> None:
        if request.method != METH_POST:
            raise Refused("method")
        self._pay(hass.loop.time())
        body = await self._async_body(request)
        if body.count(b"{") + body.count(b"[") > MOST_PARTS:
            raise Refused("oversized")
        try:
            posted = envelopes(body) if len(body) <= SMALL else await self._async_parse(hass, body)
            if len(posted) > MOST_IN_BATCH:
                raise Refused("oversized")
            genuine = [(one.digest, one) for one in posted if self._is_genuine(one)]
        except InvalidResponse as err:
            raise Refused("garbage") from err
        if not genuine:
            raise Refused("forged")
        if len(genuine) < len(posted):
            self.counts.refused["forged"] += len(posted) - len(genuine)
        self._accept(hass, genuine)

    def _pay(self, now: float) -> None:
        """Let as many come as may."""
        self._credit = min(BURST, self._credit + (now - self._credited_at) * RATE)
        self._credited_at = now
        if self._credit < 1:
            raise Refused("flood")
        self._credit -= 1

    async def _async_body(self, request: Request) -> bytes:
        told = request.headers.get(CONTENT_LENGTH, "")
        if told.isdecimal() and int(told[:9]) > LARGEST:
            raise Refused("oversized")
        body, content = bytearray(), request.content
        try:
            async with asyncio.timeout(SLOWEST):
                while chunk := await content.read(SMALL):
                    body += chunk
                    self._held += len(chunk)
                    if len(body) > LARGEST:
                        raise Refused("oversized")
                    if self._held > MOST_HELD:
                        raise Refused("flood")
        except TimeoutError as err:
            raise Refused("slow") from err
        except RequestPayloadError as err:
            raise Refused("garbage") from err
        finally:
            self._held -= len(body)
        return bytes(body)

    async def _async_parse(self, hass: HomeAssistant, body: bytes) -> Sequence[Envelope]:
        """Parse a large body, one after the other: the event loop gets no turn while a thread parses."""
        async with self._parses:
            return await hass.async_add_executor_job(envelopes, body)

    def _is_genuine(self, envelope: Envelope) -> bool:
        """Say whether it comes from our callback and knows the secret, which of a batch each has to."""
        data = self._entry.data
        told = (envelope.callback_id, envelope.attribute(PROOF))
        known = (data.get(CONF_CALLBACK_ID), data[CONF_PUSH_KEY])
        return all(one and compare_digest(one.encode(), other.encode()) for one, other in zip(known, told, strict=True))

    def _accept(self, hass: HomeAssistant, genuine: Sequence[tuple[bytes, Envelope]]) -> None:
        """Have worked off what is new: all of it, or nothing."""
        new = {digest: one for digest, one in genuine if digest not in self._known}
        if not self._is_open:
            raise Refused("closed")
        if len(self._waiting) + len(new) > MOST_WAITING:
            raise Refused("full")
        for digest, _ in genuine:
            self._known.pop(digest, None)
            self._known[digest] = None
        while len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]
        self.counts.accepted += len(new)
        self.counts.duplicates += len(genuine) - len(new)
        self.counts.last = dt_util.utcnow()
        self._waiting = sorted((*self._waiting, *new.values()), key=_written)
        if new and max(written := [*map(_written, new.values())]) - min(written) > APART:
            self._gathers_until = hass.loop.time() + GATHER
        if self._worker is None or self._worker.done():
            self._worker = self._entry.async_create_background_task(hass, self._async_work(), f"{DOMAIN} notifications")

    async def _async_work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            rest = self._gathers_until - loop.time() if self._is_open else 0.0
            await asyncio.sleep(max(0.0, rest))  # the platform is answered first
            until = loop.time() + TURN
            while rest <= 0 and self._waiting and loop.time() < until:
                self._hear(self._waiting.pop(0).read())


def _written(envelope: Envelope) -> datetime:
    """Return when a notification was written."""
    return envelope.date or datetime.min.replace(tzinfo=UTC)
