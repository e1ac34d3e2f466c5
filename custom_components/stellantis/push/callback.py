"""Push: the account's callback on the platform, the address that it leads to, and who hears what it brings."""

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
# A callback has to lead somewhere: this name is reserved (RFC 2606), and nobody's
UNREACHABLE_URL: Final = "https://home-assistant.invalid"
# Of external addresses, those that are not
LOCAL_SUFFIXES: Final = (".home.arpa", ".internal", ".lan", ".local", ".localhost")
RETRY_DELAY: Final = 300.0
LEARN_MORE_URL: Final = "https://github.com/stellantis-home-assistant/stellantis#push"
CLOUD_ERRORS: Final = (NabuCasaBaseError, HomeAssistantError, TimeoutError, ValueError)


class PushIssue(StrEnum):
    """What keeps the platform from reaching us, by the key of the text that says so."""

    NO_ADDRESS = "no_public_address"
    CALLBACK_FAILED = "callback_failed"


class PushManager:
    """The account's callback on the platform, and the webhook behind it.

    The webhook is there from the beginning: until `async_start` and after `async_stop` the platform is told to come
    again, while Home Assistant would take what comes to an unknown webhook, and lose it.
    """

    def __init__(self, account: AccountContext) -> None:
        self._hass, self._entry, self._client = account.hass, account.entry, account.client
        self._lock = asyncio.Lock()
        self._is_callback_needed = False
        self._address: str | None = None
        self._is_reachable = False
        self._verified_target: str | None = None  # the target with which the callback is known to run
        self.callback_status: str | None = None  # of the callback, as it was found
        self._cancel_retry: CALLBACK_TYPE | None = None
        self._remote_listeners: list[Callable[[RemoteEvent], None]] = []
        self._monitor_listeners: list[Callable[[Notification], None]] = []
        self._address_listeners: list[Callable[[None], None]] = []
        if CONF_PUSH_KEY not in self._entry.data:
            self._update_entry(**{CONF_WEBHOOK_ID: secrets.token_hex(), CONF_PUSH_KEY: secrets.token_hex()})
        self.queue = NotificationQueue(self._entry, self._handle_notification)
        webhook_id = self._entry.data[CONF_WEBHOOK_ID]
        webhook.async_unregister(self._hass, webhook_id)
        # All methods come to us: of one that is not allowed Home Assistant would log the id
        all_methods = webhook.SUPPORTED_METHODS
        webhook.async_register(
            self._hass,
            DOMAIN,
            self._entry.title,
            webhook_id,
            self.queue.async_handle_request,
            allowed_methods=all_methods,
        )

    @property
    def is_receiving(self) -> bool:
        """Whether notifications can arrive: the callback runs, and leads here."""
        return self._is_reachable and self._verified_target == self._target

    @property
    def is_reachable(self) -> bool:
        """Whether the platform can reach us: there is an address, and it leads here now."""
        return self._is_reachable

    @property
    def _target(self) -> str:
        return self._address or f"{UNREACHABLE_URL}{_webhook_path(self._entry)}"

    async def async_start(self) -> None:
        """Take what comes, and follow the address. There is no callback until one is asked for."""
        on_unload = self._entry.async_on_unload
        on_unload(self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._async_handle_address_change))
        on_unload(self._hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self.async_stop))
        if cloud := _get_cloud(self._hass):
            on_unload(cloud.async_listen_connection_change(self._hass, self._async_handle_address_change))
        self.queue.async_open()
        self._async_handle_address_change()

    async def async_stop(self, _event: object = None) -> None:
        """Work off what came. The callback stays, and what it brings from now on comes later."""
        if self._cancel_retry:
            self._cancel_retry()
        await self.queue.async_close()

    async def async_pause_callback(self) -> None:
        """Have nothing told while the entry is disabled. What happens meanwhile is lost: not for a mere reload."""
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
            force_check: verify it again, because the platform rejected a request that refers to it.

        Returns:
            The id of the callback.

        Raises:
            StellantisError: the platform did not carry that out.
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
        """Have what becomes of commands heard; return what ends that."""
        return _add_listener(self._remote_listeners, listener)

    @callback
    def async_add_monitor_listener(self, listener: Callable[[Notification], None]) -> CALLBACK_TYPE:
        """Have what monitors see heard; return what ends that."""
        return _add_listener(self._monitor_listeners, listener)

    @callback
    def async_add_address_listener(self, listener: Callable[[None], None]) -> CALLBACK_TYPE:
        """Have it heard that the address may have changed, and is known; return what ends that."""
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
        """Say what keeps the platform from reaching us."""
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
                _LOGGER.debug("The callback does not lead to the new address yet: %s", err)
                self._cancel_retry = async_call_later(self._hass, RETRY_DELAY, self._async_handle_address_change)
        for listener in tuple(self._address_listeners):
            listener(None)

    async def _async_update_address(self) -> None:
        """Have the callback, once it was asked for, lead to where Home Assistant is now. Raises StellantisError."""
        cloud = _get_cloud(self._hass)
        lender = cloud if cloud and cloud.async_active_subscription(self._hass) else None
        self._address, self._is_reachable = await self._async_find_address(lender)
        if self._address or lender:
            ir.async_delete_issue(self._hass, DOMAIN, _issue_id(self._entry, PushIssue.NO_ADDRESS))
        else:
            self._create_issue(PushIssue.NO_ADDRESS)
        if self._is_callback_needed and self._verified_target != self._target:
            await self._async_create_or_update_callback(self._target)

    async def _async_find_address(self, cloud: ModuleType | None) -> tuple[str | None, bool]:
        """Return where the platform reaches the webhook, if anywhere, and whether it does now."""
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
        """Have the callback there, running, and leading to the target. Raises StellantisError."""
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
    """Take away what an entry that is removed has here: webhook, cloudhook, and what was said of them."""
    webhook_id = entry.data.get(CONF_WEBHOOK_ID, "")
    webhook.async_unregister(hass, webhook_id)
    for issue in PushIssue:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(entry, issue))
    if CONF_CLOUDHOOK_URL in entry.data and (cloud := _get_cloud(hass)):
        with suppress(*CLOUD_ERRORS):
            await cloud.async_delete_cloudhook(hass, webhook_id)


async def async_remove_callback(hass: HomeAssistant, entry: ConfigEntry[Any], client: StellantisClient) -> None:
    """Delete the callback of an entry that is removed; its monitors go with it. Raises StellantisError."""
    for own_callback in await _async_list_own_callbacks(hass, entry, client):
        await client.delete_callback(str(own_callback.id))


def _add_listener[EventT](
    listeners: list[Callable[[EventT], None]], listener: Callable[[EventT], None]
) -> CALLBACK_TYPE:
    """Have something heard. One who fails to hear it holds up no other, and what it was is not logged."""
    guarded: Any = catch_log_exception(listener, lambda *_: "A notification was not understood")
    listeners.append(guarded)
    return partial(listeners.remove, guarded)


def _webhook_path(entry: ConfigEntry[Any]) -> str:
    return webhook.async_generate_path(entry.data[CONF_WEBHOOK_ID])


def _issue_id(entry: ConfigEntry[Any], issue: PushIssue) -> str:
    return f"{issue}_{entry.entry_id}"


def _get_cloud(hass: HomeAssistant) -> ModuleType | None:
    """Return Home Assistant Cloud, where it is set up."""
    if "cloud" not in hass.config.components:
        return None
    from homeassistant.components import cloud  # noqa: PLC0415 - it may not be there

    return cloud


async def _async_build_label(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str:
    """Return what tells the callback even if the entry was lost, and tells it from that of another Home Assistant."""
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
    """Return the callbacks that this Home Assistant made for the account; the one that it knows comes first."""
    label, known_id = await _async_build_label(hass, entry), entry.data.get(CONF_CALLBACK_ID)
    secret = Attribute(type=AttributeType.BODY, key=ATTR_SECRET, value=entry.data.get(CONF_PUSH_KEY))
    own_callbacks = [
        one
        async for one in client.callbacks()
        if one.id and (one.id == known_id or _comparable(one)[0] == label or secret in _comparable(one)[2])
    ]
    return sorted(own_callbacks, key=lambda one: one.id != known_id)


def _comparable(one: Callback) -> tuple[str | None, str | None, frozenset[Attribute], frozenset[str]]:
    """Return what matters of a callback: label, target, attributes, and what it is notified of."""
    subscription = one.subscribe or Subscription()
    where = subscription.webhook or Webhook()
    return (
        subscription.label or one.label,
        where.target,
        frozenset(where.attributes),
        frozenset(subscription.types or CallbackType),
    )
