"""The account's callback on the platform, the URL it points to, and the listeners for its notifications."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import partial
import logging
import secrets
from typing import Any, Final

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID, EVENT_CORE_CONFIG_UPDATE, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util.logging import catch_log_exception

from ..account import AccountContext
from ..api import (
    Callback,
    CallbackReference,
    CallbackStatus,
    Notification,
    OutcomeUnknown,
    RemoteEvent,
    StellantisClient,
    StellantisError,
)
from ..api.requests import CallbackRequest
from ..const import CONF_CALLBACK_ID, CONF_CALLBACK_TARGET, CONF_CLOUDHOOK_URL, CONF_PUSH_KEY, DOMAIN
from .address import (
    CLOUD_ERRORS,
    PushAddress,
    async_find_address,
    get_cloud,
    target_digest,
    unreachable_target,
)
from .issues import (
    PushIssue,
    async_create_push_issue,
    async_delete_callback_left_issue,
    async_delete_push_issue,
    async_update_address_issue,
    async_update_other_callbacks_issue,
)
from .own_callback import (
    ListedCallbacks,
    SyncAction,
    async_build_label,
    build_request,
    decide,
    is_look_due,
    is_taken,
    sort_callbacks,
)
from .webhook import NotificationQueue

_LOGGER = logging.getLogger(__name__)

RETRY_DELAY: Final = 300.0


class PushManager:
    """Manage the account's callback on the platform and the webhook behind it.

    The webhook is registered immediately: before `async_start` and after `async_stop` it answers with a status that
    makes the platform retry, whereas Home Assistant answers 200 for an unknown webhook and the notification is lost.
    """

    def __init__(self, account: AccountContext) -> None:
        self._hass, self._entry, self._client = account.hass, account.entry, account.client
        self._lock = asyncio.Lock()
        self._is_callback_needed = False
        self._address = PushAddress()
        self._announced: tuple[PushAddress, str | None] | None = None  # as the listeners know them
        self.other_callbacks: Sequence[Callback] = ()  # those that this Home Assistant did not create
        self._verified_target: str | None = None  # the target of the callback when it was last known to run
        self.callback_status: str | None = None  # as last read from the platform, before any update
        self._creation: asyncio.Task[CallbackReference] | None = None
        self._cancel_retry: CALLBACK_TYPE | None = None
        self._looked_for: set[str] = set()  # the ids of callbacks that are not ours
        self._looked_at = -RETRY_DELAY
        self._last_action: SyncAction | None = None
        self._remote_listeners: list[Callable[[RemoteEvent], None]] = []
        self._monitor_listeners: list[Callable[[Notification], None]] = []
        self._address_listeners: list[Callable[[None], None]] = []
        if CONF_PUSH_KEY not in self._entry.data:
            self._update_entry(**{CONF_WEBHOOK_ID: secrets.token_hex(), CONF_PUSH_KEY: secrets.token_hex()})
        self.queue = NotificationQueue(self._entry, self._handle_notification, self._handle_other_callback)
        webhook_id = self._entry.data[CONF_WEBHOOK_ID]
        webhook.async_unregister(self._hass, webhook_id)
        webhook.async_register(
            self._hass,
            DOMAIN,
            self._entry.title,
            webhook_id,
            self.queue.async_handle_request,
            # Home Assistant would log the webhook id with a method that is not allowed
            allowed_methods=webhook.SUPPORTED_METHODS,
        )

    @property
    def is_receiving(self) -> bool:
        """Whether notifications can arrive: the callback runs and points to a reachable URL."""
        return self.is_reachable and self._verified_target == self.target

    @property
    def is_reachable(self) -> bool:
        """Whether there is a public URL that currently leads to this Home Assistant."""
        return self._address.is_reachable

    @property
    def target(self) -> str:
        """Where the callback should point to."""
        return self._address.url or unreachable_target(self._entry)

    async def async_start(self) -> None:
        """Accept notifications and track the public URL.

        The callback is only created by `async_ensure_callback`. One that points to a former address is led away now.
        """
        on_unload = self._entry.async_on_unload
        on_unload(self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._async_handle_address_change))
        on_unload(self._hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self.async_stop))
        if cloud := get_cloud(self._hass):
            on_unload(cloud.async_listen_connection_change(self._hass, self._async_handle_address_change))
        self.queue.async_open()
        self._async_handle_address_change()

    async def async_stop(self, _event: object = None) -> None:
        """Process what was received. The callback stays: the platform retries later notifications after a restart."""
        if self._cancel_retry:
            self._cancel_retry()
        await self.queue.async_close()

    async def async_wait(self) -> None:
        """Wait until no callback is being created: it could not be found yet, and would be left or made twice."""
        if self._creation:
            await asyncio.wait([self._creation])  # unlike gather, it is not canceled with the caller
            if not self._creation.cancelled():
                self._creation.exception()  # retrieved, because the caller may have been canceled

    async def async_ensure_callback(self, *, force_check: bool = False, use_reserve: bool = True) -> str:
        """Create, update or resume the account's callback as needed, so that it runs and points to the current URL.

        While push works the callback is verified only once. Without a public URL it fails after a while, so it is
        verified on every call.

        Args:
            force_check: Verify it again, because the platform rejected a request that refers to it.
            use_reserve: Whether to verify it with requests that are reserved for commands.

        Returns:
            The id of the callback.

        Raises:
            StellantisError: A request failed.
        """
        async with self._lock:
            self._is_callback_needed = True
            if force_check or not self.is_receiving:
                self._verified_target = None
            await self._async_update_address(use_reserve=use_reserve)
            self._announce()
            callback_id: str = self._entry.data[CONF_CALLBACK_ID]
            return callback_id

    async def async_take_over(self) -> None:
        """Point the callback here again, although somebody else has pointed it elsewhere.

        Raises:
            StellantisError: A request failed.
        """
        async with self._lock:
            self._is_callback_needed = True
            await self._async_create_or_update_callback(self.target, take_over=True)

    async def async_delete_callbacks(self, callback_ids: Collection[str]) -> None:
        """Delete callbacks that this Home Assistant did not create, and with them their monitors.

        Raises:
            StellantisError: A request failed.
        """
        async with self._lock:
            for callback_id in callback_ids:
                await self._client.delete_callback(callback_id)
                self.other_callbacks = [other for other in self.other_callbacks if other.id != callback_id]
            async_update_other_callbacks_issue(self._hass, self._entry, self.other_callbacks)

    @callback
    def async_add_remote_listener(self, listener: Callable[[RemoteEvent], None]) -> CALLBACK_TYPE:
        """Add a listener for events of commands. Return an unsubscribe function."""
        return _add_listener(self._remote_listeners, listener)

    @callback
    def async_add_monitor_listener(self, listener: Callable[[Notification], None]) -> CALLBACK_TYPE:
        """Add a listener for notifications of monitors. Return an unsubscribe function."""
        return _add_listener(self._monitor_listeners, listener)

    @callback
    def async_add_address_listener(self, listener: Callable[[None], None]) -> CALLBACK_TYPE:
        """Add a listener for changes of the public URL or the callback. Return an unsubscribe function."""
        return _add_listener(self._address_listeners, listener)

    def _handle_notification(self, notification: Notification) -> None:
        async_delete_push_issue(self._hass, self._entry, PushIssue.CALLBACK_FAILED)
        if notification.remote_event:
            for remote_listener in tuple(self._remote_listeners):
                remote_listener(notification.remote_event)
        if notification.monitor_event:
            for monitor_listener in tuple(self._monitor_listeners):
                monitor_listener(notification)

    @callback
    def _handle_other_callback(self, callback_id: str) -> None:
        """Look at the callbacks again, once for each callback with our secret that is not ours, and not too often.

        A look does not help against one of another application, or one that the platform has deleted meanwhile.
        """
        now = self._hass.loop.time()
        if callback_id not in self._looked_for and now - self._looked_at >= RETRY_DELAY:
            self._looked_for.add(callback_id)
            self._looked_at, self._verified_target, self._is_callback_needed = now, None, True
            self._async_handle_address_change()

    def _update_entry(self, **data: str) -> None:
        self._hass.config_entries.async_update_entry(self._entry, data={**self._entry.data, **data})

    def _announce(self) -> None:
        """Call the listeners if the address or the callback has changed."""
        current = (self._address, self._entry.data.get(CONF_CALLBACK_ID))
        if current != self._announced:
            self._announced = current
            for listener in tuple(self._address_listeners):
                listener(None)

    @callback
    def _async_handle_address_change(self, _event: object = None) -> None:
        if self._cancel_retry:
            self._cancel_retry()
            self._cancel_retry = None
        if self.queue.is_open:
            self._entry.async_create_background_task(self._hass, self._async_try_update_address(), f"{DOMAIN} address")

    async def _async_try_update_address(self) -> None:
        async with self._lock:
            try:
                await self._async_update_address(use_reserve=False)
            except StellantisError as err:
                _LOGGER.debug("The callback does not point to the new address yet: %s", err)
                if self.queue.is_open:
                    self._cancel_retry = async_call_later(self._hass, RETRY_DELAY, self._async_handle_address_change)
        self._announce()

    async def _async_update_address(self, *, use_reserve: bool) -> None:
        """Determine the public URL and, once a callback is needed or has to be led away, point the callback to it.

        Raises:
            StellantisError: A request failed.
        """
        self._address = await async_find_address(self._hass, self._entry)
        async_update_address_issue(self._hass, self._entry, is_missing=not self._address.is_expected)
        has_looked = self._last_action is not None
        is_needed = self._is_callback_needed or is_look_due(self._entry, self.target, has_looked=has_looked)
        if is_needed and self._verified_target != self.target:
            await self._async_create_or_update_callback(self.target, use_reserve=use_reserve)

    async def _async_create_or_update_callback(
        self, target: str, *, take_over: bool = False, use_reserve: bool = True
    ) -> None:
        """Create, update or resume the callback so that it runs and points to the target.

        Without need of a callback, one that exists is led to the target, and none is created. One that somebody else
        has pointed elsewhere stays as it is.

        Raises:
            StellantisError: A request failed.
        """
        self._verified_target = None
        await self.async_wait()
        label = await async_build_label(self._hass, self._entry)
        request = build_request(self._entry, label, target)
        own = (await self._async_list_callbacks(label, use_reserve=use_reserve)).own
        async_delete_callback_left_issue(self._hass, self._entry)
        existing, written = own[0] if own else None, self._entry.data.get(CONF_CALLBACK_TARGET)
        action = self._last_action = decide(existing, request, written, take_over=take_over)
        self.callback_status = existing.status if existing else None
        if existing is None and not self._is_callback_needed:
            return
        if action is SyncAction.ASK:
            async_create_push_issue(self._hass, self._entry, PushIssue.CALLBACK_TAKEN, is_fixable=True)
            self._update_entry(**{CONF_CALLBACK_ID: str(existing and existing.id)})
            return
        for twin in own[1:]:
            await self._client.delete_callback(str(twin.id))
        if existing is None:
            try:
                callback_id, status = await self._async_create_callback(request)
            except OutcomeUnknown:
                own = (await self._async_list_callbacks(label, use_reserve=use_reserve)).own
                if not own:
                    raise
                callback_id, status = str(own[0].id), own[0].status
            self.callback_status = status
        else:
            callback_id, status = str(existing.id), existing.status
            if status == CallbackStatus.FAILED and self._address.url:
                async_create_push_issue(self._hass, self._entry, PushIssue.CALLBACK_FAILED)
            if action is SyncAction.UPDATE:
                status = (await self._client.update_callback(callback_id, request)).status
        if status in (CallbackStatus.PAUSED, CallbackStatus.FAILED):
            await self._client.set_callback_status(callback_id, running=True)
        async_delete_push_issue(self._hass, self._entry, PushIssue.CALLBACK_TAKEN)
        self._update_entry(**{CONF_CALLBACK_ID: callback_id, CONF_CALLBACK_TARGET: target_digest(target)})
        self._verified_target = target

    async def _async_create_callback(self, request: CallbackRequest) -> tuple[str, str | None]:
        # A separate task: the platform creates the callback even if the caller is canceled
        self._creation = self._hass.async_create_task(
            self._client.create_callback(request), f"{DOMAIN} create callback"
        )
        await asyncio.wait([self._creation])
        created = self._creation.result()
        return str(created.callback_id), created.status

    async def _async_list_callbacks(self, label: str, *, use_reserve: bool) -> ListedCallbacks:
        """List the callbacks, and tell of those that this Home Assistant did not create."""
        callbacks = [listed async for listed in self._client.callbacks(use_reserve=use_reserve)]
        listed = sort_callbacks(callbacks, self._entry, label)
        self.other_callbacks = listed.others
        async_update_other_callbacks_issue(self._hass, self._entry, self.other_callbacks)
        return listed


async def async_remove_webhook(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Remove the webhook, cloudhook and issues of an entry that is being removed."""
    webhook_id = entry.data.get(CONF_WEBHOOK_ID, "")
    webhook.async_unregister(hass, webhook_id)
    async_update_address_issue(hass, entry, is_missing=False)
    for issue in PushIssue:
        async_delete_push_issue(hass, entry, issue)
    if CONF_CLOUDHOOK_URL in entry.data and (cloud := get_cloud(hass)):
        with suppress(*CLOUD_ERRORS):
            await cloud.async_delete_cloudhook(hass, webhook_id)


async def async_pause_callback(hass: HomeAssistant, entry: ConfigEntry[Any], client: StellantisClient) -> None:
    """Pause the callback of an entry, unless somebody else has pointed it elsewhere.

    Not for a reload, because events of a paused callback are lost.

    Raises:
        StellantisError: A request failed.
    """
    for own_callback in await _async_list_own(hass, entry, client):
        await client.set_callback_status(str(own_callback.id), running=False)


async def async_remove_callback(hass: HomeAssistant, entry: ConfigEntry[Any], client: StellantisClient) -> None:
    """Delete the callback of an entry that is being removed, and with it all its monitors.

    One that somebody else has pointed elsewhere stays.

    Raises:
        StellantisError: A request failed.
    """
    for own_callback in await _async_list_own(hass, entry, client):
        await client.delete_callback(str(own_callback.id))


async def _async_list_own(hass: HomeAssistant, entry: ConfigEntry[Any], client: StellantisClient) -> list[Callback]:
    """Return the callbacks of an entry that point to this Home Assistant."""
    label = await async_build_label(hass, entry)
    own = sort_callbacks([listed async for listed in client.callbacks()], entry, label).own
    return [listed for listed in own if not is_taken(listed, entry.data.get(CONF_CALLBACK_TARGET))]


def _add_listener[EventT](
    listeners: list[Callable[[EventT], None]], listener: Callable[[EventT], None]
) -> CALLBACK_TYPE:
    """Add a listener whose exceptions are logged, without the notification, and do not affect the others."""
    guarded: Any = catch_log_exception(listener, lambda *_: "A notification was not understood")
    listeners.append(guarded)
    return partial(listeners.remove, guarded)
