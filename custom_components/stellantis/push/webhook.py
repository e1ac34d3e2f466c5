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

from ..api import InvalidResponse, Notification, RawNotification, parse_raw_notifications
from ..const import CONF_CALLBACK_ID, CONF_PUSH_KEY, DOMAIN

# The attribute of each notification that proves whose it is
ATTR_SECRET: Final = "proof"

# The platform posts up to a hundred notifications at a time. One that brings everything along has 9 kB; what of a batch
# is too large would be tried again for three days, and hold up all behind it.
MAX_BODY_SIZE: Final = 2 << 20
MAX_JSON_CONTAINERS: Final = 100_000
MAX_BATCH_SIZE: Final = 1000
MAX_QUEUED: Final = 1000
MAX_SEEN_DIGESTS: Final = 5000
# Of all requests together: bytes that are being received, and how many come in a second, and at once
MAX_BYTES_IN_FLIGHT: Final = 8 << 20
MAX_REQUEST_RATE: Final = 100.0
MAX_REQUEST_BURST: Final = 500.0
# Seconds
BODY_TIMEOUT: Final = 10.0
# So long it is waited for the rest of what the platform could not deliver earlier, which comes in any order
BACKLOG_WAIT: Final = 1.0
# What waits is worked off before more is taken, but others want their turn, too
MAX_WORK_TIME: Final = 0.025
# What is larger is not parsed in the event loop
INLINE_PARSE_LIMIT: Final = 1 << 16
# A batch of notifications from so far apart is such a rest: what happens at once is told at once
BACKLOG_SPAN: Final = timedelta(seconds=2)

# Why something is refused for good → what it is answered. After any other answer, a 500, the platform comes again.
REJECTION_STATUSES: Final[Mapping[str, HTTPStatus]] = {
    "forged": HTTPStatus.UNAUTHORIZED,
    "garbage": HTTPStatus.BAD_REQUEST,
    "method": HTTPStatus.METHOD_NOT_ALLOWED,
    "oversized": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}


@dataclass(slots=True, kw_only=True)
class WebhookStats:
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


class RequestRejected(Exception):
    """A request is not taken, for a reason that has a name."""


class NotificationQueue:
    """The notifications of an entry on their way from the webhook to `hear`."""

    def __init__(self, entry: ConfigEntry[Any], on_notification: Callable[[Notification], None]) -> None:
        self.stats = WebhookStats()
        self._entry = entry
        self._on_notification = on_notification
        self._is_open = False
        self._envelopes: list[RawNotification] = []  # in the order in which they were written
        self._backlog_deadline = 0.0
        self._seen_digests: dict[bytes, None] = {}  # in the order of their coming
        self._parse_lock = asyncio.Lock()
        self._bytes_in_flight = 0
        self._tokens = MAX_REQUEST_BURST
        self._tokens_updated_at = 0.0
        self._worker: asyncio.Task[None] | None = None

    @property
    def size(self) -> int:
        """How many notifications are not worked off yet."""
        return len(self._envelopes)

    @callback
    def async_open(self) -> None:
        """Take what comes."""
        self._is_open = True

    async def async_close(self) -> None:
        """Work off what was taken; from now on the platform is told to come again."""
        self._is_open = False
        if self._worker is not None:
            await asyncio.wait([self._worker])
        await self._async_process()  # if Home Assistant stops, the worker was stopped before

    async def async_handle_request(self, hass: HomeAssistant, _webhook_id: str, request: Request) -> Response:
        """Answer a request to the webhook. What escaped from here would be logged, with the webhook's id."""
        try:
            await self._async_receive(hass, request)
        except RequestRejected as err:
            self.stats.refused[str(err)] += 1
            return Response(status=REJECTION_STATUSES.get(str(err), HTTPStatus.INTERNAL_SERVER_ERROR))
        return Response()

    async def _async_receive(self, hass: HomeAssistant, request: Request) -> None:
        if request.method != METH_POST:
            raise RequestRejected("method")
        self._consume_token(hass.loop.time())
        body = await self._async_read_body(request)
        if body.count(b"{") + body.count(b"[") > MAX_JSON_CONTAINERS:
            raise RequestRejected("oversized")
        try:
            envelopes_in_body = (
                parse_raw_notifications(body)
                if len(body) <= INLINE_PARSE_LIMIT
                else await self._async_parse(hass, body)
            )
            if len(envelopes_in_body) > MAX_BATCH_SIZE:
                raise RequestRejected("oversized")
            verified = [(one.digest, one) for one in envelopes_in_body if self._is_verified(one)]
        except InvalidResponse as err:
            raise RequestRejected("garbage") from err
        if not verified:
            raise RequestRejected("forged")
        if len(verified) < len(envelopes_in_body):
            self.stats.refused["forged"] += len(envelopes_in_body) - len(verified)
        self._enqueue(hass, verified)

    def _consume_token(self, now: float) -> None:
        """Let as many come as may."""
        self._tokens = min(MAX_REQUEST_BURST, self._tokens + (now - self._tokens_updated_at) * MAX_REQUEST_RATE)
        self._tokens_updated_at = now
        if self._tokens < 1:
            raise RequestRejected("flood")
        self._tokens -= 1

    async def _async_read_body(self, request: Request) -> bytes:
        content_length = request.headers.get(CONTENT_LENGTH, "")
        if content_length.isdecimal() and int(content_length[:9]) > MAX_BODY_SIZE:
            raise RequestRejected("oversized")
        body, content = bytearray(), request.content
        try:
            async with asyncio.timeout(BODY_TIMEOUT):
                while chunk := await content.read(INLINE_PARSE_LIMIT):
                    body += chunk
                    self._bytes_in_flight += len(chunk)
                    if len(body) > MAX_BODY_SIZE:
                        raise RequestRejected("oversized")
                    if self._bytes_in_flight > MAX_BYTES_IN_FLIGHT:
                        raise RequestRejected("flood")
        except TimeoutError as err:
            raise RequestRejected("slow") from err
        except RequestPayloadError as err:
            raise RequestRejected("garbage") from err
        finally:
            self._bytes_in_flight -= len(body)
        return bytes(body)

    async def _async_parse(self, hass: HomeAssistant, body: bytes) -> Sequence[RawNotification]:
        """Parse a large body, one after the other: the event loop gets no turn while a thread parses."""
        async with self._parse_lock:
            return await hass.async_add_executor_job(parse_raw_notifications, body)

    def _is_verified(self, envelope: RawNotification) -> bool:
        """Say whether it comes from our callback and knows the secret, which of a batch each has to."""
        data = self._entry.data
        actual = (envelope.callback_id, envelope.get_attribute(ATTR_SECRET))
        expected = (data.get(CONF_CALLBACK_ID), data[CONF_PUSH_KEY])
        return all(
            one and compare_digest(one.encode(), other.encode()) for one, other in zip(expected, actual, strict=True)
        )

    def _enqueue(self, hass: HomeAssistant, verified: Sequence[tuple[bytes, RawNotification]]) -> None:
        """Have worked off what is new: all of it, or nothing."""
        new = {digest: one for digest, one in verified if digest not in self._seen_digests}
        if not self._is_open:
            raise RequestRejected("closed")
        if len(self._envelopes) + len(new) > MAX_QUEUED:
            raise RequestRejected("full")
        for digest, _ in verified:
            self._seen_digests.pop(digest, None)
            self._seen_digests[digest] = None
        while len(self._seen_digests) > MAX_SEEN_DIGESTS:
            del self._seen_digests[next(iter(self._seen_digests))]
        self.stats.accepted += len(new)
        self.stats.duplicates += len(verified) - len(new)
        self.stats.last = dt_util.utcnow()
        self._envelopes = sorted((*self._envelopes, *new.values()), key=_written_at)
        if new and max(dates := [*map(_written_at, new.values())]) - min(dates) > BACKLOG_SPAN:
            self._backlog_deadline = hass.loop.time() + BACKLOG_WAIT
        if self._worker is None or self._worker.done():
            self._worker = self._entry.async_create_background_task(
                hass, self._async_process(), f"{DOMAIN} notifications"
            )

    async def _async_process(self) -> None:
        loop = asyncio.get_running_loop()
        while self._envelopes:
            backlog_wait = self._backlog_deadline - loop.time() if self._is_open else 0.0
            await asyncio.sleep(max(0.0, backlog_wait))  # the platform is answered first
            deadline = loop.time() + MAX_WORK_TIME
            while backlog_wait <= 0 and self._envelopes and loop.time() < deadline:
                self._on_notification(self._envelopes.pop(0).decode())


def _written_at(envelope: RawNotification) -> datetime:
    """Return when a notification was written."""
    return envelope.date or datetime.min.replace(tzinfo=UTC)
