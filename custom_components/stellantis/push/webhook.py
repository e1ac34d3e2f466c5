"""The webhook: requests are limited, verified and answered at once; a queue processes notifications in order."""

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

# The attribute with the secret by which a notification of our callback is verified
ATTR_SECRET: Final = "proof"  # noqa: S105 - the name of the attribute

# The platform posts up to 100 notifications per batch, each up to 9 kB with all extensions. The limits are generous: a
# batch that is too large would be retried for three days and block all later ones.
MAX_BODY_SIZE: Final = 2 << 20
MAX_JSON_CONTAINERS: Final = 100_000
MAX_BATCH_SIZE: Final = 1000
MAX_QUEUED: Final = 1000
MAX_SEEN_DIGESTS: Final = 5000
# Limits of all requests together: bytes being received, requests per second, and requests in a burst
MAX_BYTES_IN_FLIGHT: Final = 8 << 20
MAX_REQUEST_RATE: Final = 100.0
MAX_REQUEST_BURST: Final = 500.0
# Seconds to receive a body
BODY_TIMEOUT: Final = 10.0
# Seconds to collect a backlog so it can be sorted: after an outage the platform delivers in any order
BACKLOG_WAIT: Final = 1.0
# Seconds to process notifications before yielding to the event loop
MAX_WORK_TIME: Final = 0.025
# Bytes; larger bodies are parsed in an executor
INLINE_PARSE_LIMIT: Final = 1 << 16
# A batch whose notifications span more than this is a backlog
BACKLOG_SPAN: Final = timedelta(seconds=2)

# Reason of a permanent rejection → status. Other rejections return 500, after which the platform retries.
REJECTION_STATUSES: Final[Mapping[str, HTTPStatus]] = {
    "forged": HTTPStatus.UNAUTHORIZED,
    "garbage": HTTPStatus.BAD_REQUEST,
    "method": HTTPStatus.METHOD_NOT_ALLOWED,
    "oversized": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}


@dataclass(slots=True, kw_only=True)
class WebhookStats:
    """Counters since the entry was loaded.

    Attributes:
        accepted: Notifications that were queued.
        duplicates: Notifications that had been accepted before.
        refused: Requests by reason of rejection, plus forged notifications in batches that contain verified ones.
        last: Time of the last accepted request.
    """

    accepted: int = 0
    duplicates: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    last_accepted: datetime | None = None


class RequestRejected(Exception):
    """The request is not accepted; the message is the reason as counted in the stats."""


class NotificationQueue:
    """Verify notifications posted to the webhook and pass them to `on_notification` in order of their time.

    `on_other_callback` is called with the id of another callback than ours that sends notifications with our secret.
    """

    def __init__(
        self,
        entry: ConfigEntry[Any],
        on_notification: Callable[[Notification], None],
        on_other_callback: Callable[[str], None],
    ) -> None:
        self.stats = WebhookStats()
        self._entry = entry
        self._on_notification = on_notification
        self._on_other_callback = on_other_callback
        self._is_open = False
        self._queued: list[RawNotification] = []  # sorted by time
        self._backlog_deadline = 0.0
        self._seen_digests: dict[bytes, None] = {}  # oldest first
        self._parse_lock = asyncio.Lock()
        self._bytes_in_flight = 0
        self._tokens = MAX_REQUEST_BURST
        self._tokens_updated_at = 0.0
        self._worker: asyncio.Task[None] | None = None

    @property
    def size(self) -> int:
        """The number of notifications that are not processed yet."""
        return len(self._queued)

    @property
    def is_open(self) -> bool:
        """Whether notifications are accepted."""
        return self._is_open

    @callback
    def async_open(self) -> None:
        """Start to accept notifications."""
        self._is_open = True

    async def async_close(self) -> None:
        """Process the queue and stop accepting; the platform retries later notifications."""
        self._is_open = False
        if self._worker is not None:
            await asyncio.wait([self._worker])
        await self._async_process()  # Home Assistant cancels the worker before it stops

    async def async_handle_request(self, hass: HomeAssistant, _webhook_id: str, request: Request) -> Response:
        """Handle a request to the webhook.

        An exception that is not caught here would be logged together with the webhook id.
        """
        try:
            await self._async_receive(hass, request)
        except RequestRejected as err:
            self.stats.rejected[str(err)] += 1
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
            received = (
                parse_raw_notifications(body)
                if len(body) <= INLINE_PARSE_LIMIT
                else await self._async_parse(hass, body)
            )
            if len(received) > MAX_BATCH_SIZE:
                raise RequestRejected("oversized")
            with_secret = [raw for raw in received if self._has_secret(raw)]
            verified = [(raw.digest, raw) for raw in with_secret if self._is_from_our_callback(raw)]
        except InvalidResponse as err:
            raise RequestRejected("garbage") from err
        if not with_secret:
            raise RequestRejected("forged")
        if not self._is_open:
            raise RequestRejected("closed")
        if forged := len(received) - len(with_secret):
            self.stats.rejected["forged"] += forged
        if verified:
            self._enqueue(hass, verified)
        self._report_other_callbacks(with_secret)

    def _report_other_callbacks(self, with_secret: Sequence[RawNotification]) -> None:
        others = [str(raw.callback_id) for raw in with_secret if not self._is_from_our_callback(raw)]
        if others:
            self.stats.rejected["other_callback"] += len(others)
            for callback_id in dict.fromkeys(others):
                self._on_other_callback(callback_id)

    def _consume_token(self, now: float) -> None:
        """Limit the request rate with a token bucket."""
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
        """Parse a large body in an executor, one at a time because parsing holds the interpreter lock."""
        async with self._parse_lock:
            return await hass.async_add_executor_job(parse_raw_notifications, body)

    def _has_secret(self, notification: RawNotification) -> bool:
        """Return whether a notification names a callback and contains our secret."""
        secret = notification.get_attribute(ATTR_SECRET)
        return bool(notification.callback_id and secret) and _is_equal(secret, self._entry.data[CONF_PUSH_KEY])

    def _is_from_our_callback(self, notification: RawNotification) -> bool:
        return _is_equal(notification.callback_id, self._entry.data.get(CONF_CALLBACK_ID))

    def _enqueue(self, hass: HomeAssistant, verified: Sequence[tuple[bytes, RawNotification]]) -> None:
        """Queue the new notifications of a request, all or none."""
        new = {digest: raw for digest, raw in verified if digest not in self._seen_digests}
        if len(self._queued) + len(new) > MAX_QUEUED:
            raise RequestRejected("full")
        for digest, _ in verified:
            self._seen_digests.pop(digest, None)
            self._seen_digests[digest] = None
        while len(self._seen_digests) > MAX_SEEN_DIGESTS:
            del self._seen_digests[next(iter(self._seen_digests))]
        self.stats.accepted += len(new)
        self.stats.duplicates += len(verified) - len(new)
        self.stats.last_accepted = dt_util.utcnow()
        self._queued = sorted((*self._queued, *new.values()), key=_written_at)
        if new and max(dates := [*map(_written_at, new.values())]) - min(dates) > BACKLOG_SPAN:
            self._backlog_deadline = hass.loop.time() + BACKLOG_WAIT
        if self._worker is None or self._worker.done():
            self._worker = self._entry.async_create_background_task(
                hass, self._async_process(), f"{DOMAIN} notifications"
            )

    async def _async_process(self) -> None:
        loop = asyncio.get_running_loop()
        while self._queued:
            backlog_wait = self._backlog_deadline - loop.time() if self._is_open else 0.0
            await asyncio.sleep(max(0.0, backlog_wait))  # answer the platform first
            deadline = loop.time() + MAX_WORK_TIME
            while backlog_wait <= 0 and self._queued and loop.time() < deadline:
                self._on_notification(self._queued.pop(0).decode())


def _written_at(notification: RawNotification) -> datetime:
    """Return the time at which the platform created a notification."""
    return notification.date or datetime.min.replace(tzinfo=UTC)


def _is_equal(actual: str | None, expected: str | None) -> bool:
    return bool(actual and expected) and compare_digest(str(actual).encode(), str(expected).encode())
