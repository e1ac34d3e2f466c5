"""The account's callback on the platform, the URL it points to, and the listeners for its notifications."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from functools import partial
from hashlib import sha256
import logging
import secrets
from types import ModuleType
from typing import Any, Final

from hass_nabucasa import NabuCasaBaseError
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID, EVENT_CORE_CONFIG_UPDATE, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import instance_id, issue_registry as ir
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.util.logging import catch_log_exception
from yarl import URL

from ..api import (
    Attribute,
    Callback,
    CallbackStatus,
    CallbackType,
    InvalidServerUrl,
    Notification,
    OutcomeUnknown,
    RemoteEvent,
    StellantisClient,
    StellantisError,
    Subscription,
    Webhook,
    parse_server_url,
)
from ..api.requests import AttributeType, CallbackRequest, NewAttribute, WebhookTarget
from ..const import CONF_CALLBACK_ID, CONF_CLOUDHOOK_URL, CONF_PUSH_KEY, CONF_PUSH_URL, DOMAIN
from ..coordinator import AccountContext
from .webhook import ATTR_SECRET, NotificationQueue

_LOGGER = logging.getLogger(__name__)

LABEL_PREFIX: Final = "Home Assistant"
# Placeholder target without a public URL: a callback needs one, and this name is reserved (RFC 2606)
UNREACHABLE_URL: Final = "https://home-assistant.invalid"
# Domains that are not reachable from the internet
LOCAL_SUFFIXES: Final = (".home.arpa", ".internal", ".lan", ".local", ".localhost")
RETRY_DELAY: Final = 300.0
LEARN_MORE_URL: Final = "https://github.com/stellantis-home-assistant/stellantis#push"
CLOUD_ERRORS: Final = (NabuCasaBaseError, HomeAssistantError, TimeoutError, ValueError)


class PushIssue(StrEnum):
    """Repair issues of push; the values are translation keys."""

    NO_ADDRESS = "no_public_address"
    CALLBACK_FAILED = "callback_failed"


class PushManager:
    """Manage the account's callback on the platform and the webhook behind it.

    The webhook is registered immediately: before `async_start` and after `async_stop` it answers with a status that
    makes the platform retry, whereas Home Assistant answers 200 for an unknown webhook and the notification is lost.
    """

    def __init__(self, account: AccountContext) -> None:
        self._hass, self._entry, self._client = account.hass, account.entry, account.client
        self._lock = asyncio.Lock()
        self._is_callback_needed = False
        self._address: str | None = None
        self._is_reachable = False
        self._verified_target: str | None = None  # the target of the callback when it was last known to run
        self.callback_status: str | None = None  # as last read from the platform, before any update
        self._cancel_retry: CALLBACK_TYPE | None = None
        self._remote_listeners: list[Callable[[RemoteEvent], None]] = []
        self._monitor_listeners: list[Callable[[Notification], None]] = []
        self._address_listeners: list[Callable[[None], None]] = []
        if CONF_PUSH_KEY not in self._entry.data:
            self._update_entry(**{CONF_WEBHOOK_ID: secrets.token_hex(), CONF_PUSH_KEY: secrets.token_hex()})
        self.queue = NotificationQueue(self._entry, self._handle_notification)
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
        return self._is_reachable and self._verified_target == self._target

    @property
    def is_reachable(self) -> bool:
        """Whether there is a public URL that currently leads to this Home Assistant."""
        return self._is_reachable

    @property
    def _target(self) -> str:
        return self._address or f"{UNREACHABLE_URL}{_webhook_path(self._entry)}"

    async def async_start(self) -> None:
        """Accept notifications and track the public URL. The callback is only created by `async_ensure_callback`."""
        on_unload = self._entry.async_on_unload
        on_unload(self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._async_handle_address_change))
        on_unload(self._hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self.async_stop))
        if cloud := _get_cloud(self._hass):
            on_unload(cloud.async_listen_connection_change(self._hass, self._async_handle_address_change))
        self.queue.async_open()
        self._async_handle_address_change()

    async def async_stop(self, _event: object = None) -> None:
        """Process what was received. The callback stays: the platform retries later notifications after a restart."""
        if self._cancel_retry:
            self._cancel_retry()
        await self.queue.async_close()

    async def async_pause_callback(self) -> None:
        """Pause the callback of a disabled entry. Not for a reload, because events of a paused callback are lost."""
        async with self._lock:
            if callback_id := self._entry.data.get(CONF_CALLBACK_ID):
                try:
                    await self._client.set_callback_status(callback_id, running=False)
                except StellantisError as err:
                    _LOGGER.debug("The callback was not paused: %s", err)

    async def async_ensure_callback(self, *, force_check: bool = False) -> str:
        """Create, update or resume the account's callback as needed, so that it runs and points to the current URL.

        While push works the callback is verified only once. Without a public URL it fails after a while, so it is
        verified on every call.

        Args:
            force_check: Verify it again, because the platform rejected a request that refers to it.

        Returns:
            The id of the callback.

        Raises:
            StellantisError: A request failed.
        """
        async with self._lock:
            self._is_callback_needed = True
            if force_check or not self.is_receiving:
                self._verified_target = None
            await self._async_update_address()
            callback_id: str = self._entry.data[CONF_CALLBACK_ID]
            return callback_id

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
        """Add a listener for public URL updates, changed or not. Return an unsubscribe function."""
        return _add_listener(self._address_listeners, listener)

    def _handle_notification(self, notification: Notification) -> None:
        ir.async_delete_issue(self._hass, DOMAIN, _issue_id(self._entry, PushIssue.CALLBACK_FAILED))
        if notification.remote_event:
            for remote_listener in tuple(self._remote_listeners):
                remote_listener(notification.remote_event)
        if notification.monitor_event:
            for monitor_listener in tuple(self._monitor_listeners):
                monitor_listener(notification)

    def _create_issue(self, issue: PushIssue) -> None:
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            _issue_id(self._entry, issue),
            is_fixable=False,
            learn_more_url=LEARN_MORE_URL,
            severity=ir.IssueSeverity.WARNING,
            translation_key=issue.value,
            translation_placeholders={"account": self._entry.title},
        )

    def _update_entry(self, **data: str) -> None:
        self._hass.config_entries.async_update_entry(self._entry, data={**self._entry.data, **data})

    @callback
    def _async_handle_address_change(self, _event: object = None) -> None:
        if self._cancel_retry:
            self._cancel_retry()
        self._entry.async_create_background_task(self._hass, self._async_try_update_address(), f"{DOMAIN} address")

    async def _async_try_update_address(self) -> None:
        async with self._lock:
            try:
                await self._async_update_address()
            except StellantisError as err:
                _LOGGER.debug("The callback does not point to the new address yet: %s", err)
                self._cancel_retry = async_call_later(self._hass, RETRY_DELAY, self._async_handle_address_change)
        for listener in tuple(self._address_listeners):
            listener(None)

    async def _async_update_address(self) -> None:
        """Determine the public URL and, once a callback is needed, point the callback to it.

        Raises:
            StellantisError: A request failed.
        """
        cloud = _get_cloud(self._hass)
        if cloud and not cloud.async_active_subscription(self._hass):
            cloud = None
        self._address, self._is_reachable = await self._async_find_address(cloud)
        if self._address or cloud:
            ir.async_delete_issue(self._hass, DOMAIN, _issue_id(self._entry, PushIssue.NO_ADDRESS))
        else:
            self._create_issue(PushIssue.NO_ADDRESS)
        if self._is_callback_needed and self._verified_target != self._target:
            await self._async_create_or_update_callback(self._target)

    async def _async_find_address(self, cloud: ModuleType | None) -> tuple[str | None, bool]:
        """Return the public URL of the webhook, if any, and whether it is reachable now."""
        with suppress(InvalidServerUrl):
            if configured_url := self._entry.options.get(CONF_PUSH_URL):
                return f"{str(parse_server_url(configured_url)).rstrip('/')}{_webhook_path(self._entry)}", True
        if cloud and cloud.async_is_connected(self._hass):
            with suppress(*CLOUD_ERRORS):
                hook = await cloud.async_get_or_create_cloudhook(self._hass, self._entry.data[CONF_WEBHOOK_ID])
                self._update_entry(**{CONF_CLOUDHOOK_URL: hook})
                return hook, True
        with suppress(NoURLAvailableError):
            url = get_url(self._hass, require_ssl=True, allow_internal=False, allow_ip=False, allow_cloud=False)
            host = URL(url).host or ""
            if "." in host and not host.endswith(LOCAL_SUFFIXES):
                return f"{url}{_webhook_path(self._entry)}", True
        return self._entry.data.get(CONF_CLOUDHOOK_URL) if cloud else None, False

    async def _async_create_or_update_callback(self, target: str) -> None:
        """Create, update or resume the callback so that it runs and points to the target.

        Raises:
            StellantisError: A request failed.
        """
        self._verified_target = None
        request = await _async_build_request(self._hass, self._entry, target)
        desired = Callback(subscribe=Subscription.from_dict(request.to_dict()))
        own_callbacks = await _async_list_own_callbacks(self._hass, self._entry, self._client)
        if not own_callbacks:
            try:
                created = await self._client.create_callback(request)
                own_callbacks = [replace(desired, id=created.callback_id, status=created.status)]
            except OutcomeUnknown:
                own_callbacks = await _async_list_own_callbacks(self._hass, self._entry, self._client)
                if not own_callbacks:
                    raise
        callback_id, status = str(own_callbacks[0].id), own_callbacks[0].status
        self.callback_status = status
        if status == CallbackStatus.FAILED and self._address:
            self._create_issue(PushIssue.CALLBACK_FAILED)
        if status == CallbackStatus.FAILED or _comparable(own_callbacks[0]) != _comparable(desired):
            status = (await self._client.update_callback(callback_id, request)).status
        if status in (CallbackStatus.PAUSED, CallbackStatus.FAILED):
            await self._client.set_callback_status(callback_id, running=True)
        self._update_entry(**{CONF_CALLBACK_ID: callback_id})
        self._verified_target = target


async def async_remove_webhook(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Remove the webhook, cloudhook and issues of an entry that is being removed."""
    webhook_id = entry.data.get(CONF_WEBHOOK_ID, "")
    webhook.async_unregister(hass, webhook_id)
    for issue in PushIssue:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(entry, issue))
    if CONF_CLOUDHOOK_URL in entry.data and (cloud := _get_cloud(hass)):
        with suppress(*CLOUD_ERRORS):
            await cloud.async_delete_cloudhook(hass, webhook_id)


async def async_remove_callback(hass: HomeAssistant, entry: ConfigEntry[Any], client: StellantisClient) -> None:
    """Delete the callback of an entry that is being removed, and with it all its monitors.

    Raises:
        StellantisError: A request failed.
    """
    for own_callback in await _async_list_own_callbacks(hass, entry, client):
        await client.delete_callback(str(own_callback.id))


def _add_listener[EventT](
    listeners: list[Callable[[EventT], None]], listener: Callable[[EventT], None]
) -> CALLBACK_TYPE:
    """Add a listener whose exceptions are logged, without the notification, and do not affect the others."""
    guarded: Any = catch_log_exception(listener, lambda *_: "A notification was not understood")
    listeners.append(guarded)
    return partial(listeners.remove, guarded)


def _webhook_path(entry: ConfigEntry[Any]) -> str:
    return webhook.async_generate_path(entry.data[CONF_WEBHOOK_ID])


def _issue_id(entry: ConfigEntry[Any], issue: PushIssue) -> str:
    return f"{issue}_{entry.entry_id}"


def _get_cloud(hass: HomeAssistant) -> ModuleType | None:
    """Return the cloud integration if it is set up."""
    if "cloud" not in hass.config.components:
        return None
    from homeassistant.components import cloud  # noqa: PLC0415 - it may not be installed

    return cloud


async def _async_build_label(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str:
    """Return a label unique to this Home Assistant and account, by which the callback is found without the entry."""
    instance = await instance_id.async_get(hass)
    return f"{LABEL_PREFIX} {sha256(f'{instance}:{entry.unique_id}'.encode()).hexdigest()[:8]}"


async def _async_build_request(hass: HomeAssistant, entry: ConfigEntry[Any], target: str) -> CallbackRequest:
    secret = NewAttribute(AttributeType.BODY, ATTR_SECRET, entry.data[CONF_PUSH_KEY])
    webhook_target = WebhookTarget(name=LABEL_PREFIX, target=target, attributes=(secret,))
    return CallbackRequest(
        label=await _async_build_label(hass, entry), types=frozenset(CallbackType), target=webhook_target
    )


async def _async_list_own_callbacks(
    hass: HomeAssistant, entry: ConfigEntry[Any], client: StellantisClient
) -> list[Callback]:
    """Return the callbacks that this Home Assistant created for the account, the one in the entry first."""
    label, known_id = await _async_build_label(hass, entry), entry.data.get(CONF_CALLBACK_ID)
    secret = Attribute(type=AttributeType.BODY, key=ATTR_SECRET, value=entry.data.get(CONF_PUSH_KEY))
    own_callbacks = [
        existing
        async for existing in client.callbacks()
        if existing.id
        and (existing.id == known_id or _comparable(existing)[0] == label or secret in _comparable(existing)[2])
    ]
    return sorted(own_callbacks, key=lambda own_callback: own_callback.id != known_id)


def _comparable(existing: Callback) -> tuple[str | None, str | None, frozenset[Attribute], frozenset[str]]:
    """Return the properties to compare callbacks by: label, target URL, attributes and notification types."""
    subscription = existing.subscribe or Subscription()
    target = subscription.webhook or Webhook()
    return (
        subscription.label or existing.label,
        target.target,
        frozenset(target.attributes),
        frozenset(subscription.types or CallbackType),
    )
