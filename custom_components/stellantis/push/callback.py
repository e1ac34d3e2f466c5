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
    FateUnknown,
    InvalidServerUrl,
    Notification,
    RemoteEvent,
    StellantisClient,
    StellantisError,
    Subscription,
    Webhook,
    parse_server_url,
)
from ..api.requests import AttributeType, CallbackRequest, NewAttribute, WebhookTarget
from ..const import CONF_CALLBACK_ID, CONF_CLOUDHOOK_URL, CONF_PUSH_KEY, CONF_PUSH_URL, DOMAIN
from ..coordinator import Account
from .webhook import PROOF, Inbox

_LOGGER = logging.getLogger(__name__)

NAME: Final = "Home Assistant"
# A callback has to lead somewhere: this name is reserved (RFC 2606), and nobody's
NOWHERE: Final = "https://home-assistant.invalid"
# Of external addresses, those that are not
LOCAL: Final = (".home.arpa", ".internal", ".lan", ".local", ".localhost")
RETRY: Final = 300.0
LEARN_MORE: Final = "https://github.com/stellantis-home-assistant/stellantis#push"
CLOUD_FAILURES: Final = (NabuCasaBaseError, HomeAssistantError, TimeoutError, ValueError)


class Hindrance(StrEnum):
    """What keeps the platform from reaching us, by the key of the text that says so."""

    NO_ADDRESS = "no_public_address"
    GIVEN_UP = "callback_failed"


class Push:
    """The account's callback on the platform, and the webhook behind it.

    The webhook is there from the beginning: until `async_start` and after `async_stop` the platform is told to come
    again, while Home Assistant would take what comes to an unknown webhook, and lose it.
    """

    def __init__(self, account: Account) -> None:
        self._hass, self._entry, self._client = account.hass, account.entry, account.client
        self._lock = asyncio.Lock()
        self._is_asked = False
        self._address: str | None = None
        self._is_reached = False
        self._running: str | None = None  # the target with which the callback is known to run
        self.status: str | None = None  # of the callback, as it was found
        self._cancel_retry: CALLBACK_TYPE | None = None
        self._hear_remote: list[Callable[[RemoteEvent], None]] = []
        self._hear_monitor: list[Callable[[Notification], None]] = []
        self._hear_address: list[Callable[[None], None]] = []
        if CONF_PUSH_KEY not in self._entry.data:
            self._keep(**{CONF_WEBHOOK_ID: secrets.token_hex(), CONF_PUSH_KEY: secrets.token_hex()})
        self.inbox = Inbox(self._entry, self._hear)
        webhook_id = self._entry.data[CONF_WEBHOOK_ID]
        webhook.async_unregister(self._hass, webhook_id)
        # All methods come to us: of one that is not allowed Home Assistant would log the id
        every = webhook.SUPPORTED_METHODS
        webhook.async_register(
            self._hass, DOMAIN, self._entry.title, webhook_id, self.inbox.async_handle, allowed_methods=every
        )

    @property
    def listens(self) -> bool:
        """Whether notifications can arrive: the callback runs, and leads here."""
        return self._is_reached and self._running == self._target

    @property
    def is_reached(self) -> bool:
        """Whether the platform can reach us: there is an address, and it leads here now."""
        return self._is_reached

    @property
    def _target(self) -> str:
        return self._address or f"{NOWHERE}{_path(self._entry)}"

    async def async_start(self) -> None:
        """Take what comes, and follow the address. There is no callback until one is asked for."""
        on_unload = self._entry.async_on_unload
        on_unload(self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._async_address_changed))
        on_unload(self._hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self.async_stop))
        if cloud := _cloud(self._hass):
            on_unload(cloud.async_listen_connection_change(self._hass, self._async_address_changed))
        self.inbox.async_open()
        self._async_address_changed()

    async def async_stop(self, _stopping: object = None) -> None:
        """Work off what came. The callback stays, and what it brings from now on comes later."""
        if self._cancel_retry:
            self._cancel_retry()
        await self.inbox.async_close()

    async def async_pause(self) -> None:
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
            self._is_asked = True
            if force_check or not self.listens:
                self._running = None
            await self._async_follow()
            callback_id: str = self._entry.data[CONF_CALLBACK_ID]
            return callback_id

    @callback
    def async_on_remote(self, hear: Callable[[RemoteEvent], None]) -> CALLBACK_TYPE:
        """Have what becomes of commands heard; return what ends that."""
        return _listen(self._hear_remote, hear)

    @callback
    def async_on_monitor(self, hear: Callable[[Notification], None]) -> CALLBACK_TYPE:
        """Have what monitors see heard; return what ends that."""
        return _listen(self._hear_monitor, hear)

    @callback
    def async_on_address(self, hear: Callable[[None], None]) -> CALLBACK_TYPE:
        """Have it heard that the address may have changed, and is known; return what ends that."""
        return _listen(self._hear_address, hear)

    def _hear(self, notification: Notification) -> None:
        ir.async_delete_issue(self._hass, DOMAIN, _issue(self._entry, Hindrance.GIVEN_UP))
        if notification.remote_event:
            for hear_remote in tuple(self._hear_remote):
                hear_remote(notification.remote_event)
        if notification.monitor_event:
            for hear_monitor in tuple(self._hear_monitor):
                hear_monitor(notification)

    def _warn(self, hindrance: Hindrance) -> None:
        """Say what keeps the platform from reaching us."""
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            _issue(self._entry, hindrance),
            is_fixable=False,
            learn_more_url=LEARN_MORE,
            severity=ir.IssueSeverity.WARNING,
            translation_key=hindrance.value,
            translation_placeholders={"account": self._entry.title},
        )

    def _keep(self, **data: str) -> None:
        self._hass.config_entries.async_update_entry(self._entry, data={**self._entry.data, **data})

    @callback
    def _async_address_changed(self, _changed: object = None) -> None:
        if self._cancel_retry:
            self._cancel_retry()
        self._entry.async_create_background_task(self._hass, self._async_try_to_follow(), f"{DOMAIN} address")

    async def _async_try_to_follow(self) -> None:
        async with self._lock:
            try:
                await self._async_follow()
            except StellantisError as err:
                _LOGGER.debug("The callback does not lead to the new address yet: %s", err)
                self._cancel_retry = async_call_later(self._hass, RETRY, self._async_address_changed)
        for hear in tuple(self._hear_address):
            hear(None)

    async def _async_follow(self) -> None:
        """Have the callback, once it was asked for, lead to where Home Assistant is now. Raises StellantisError."""
        cloud = _cloud(self._hass)
        lender = cloud if cloud and cloud.async_active_subscription(self._hass) else None
        self._address, self._is_reached = await self._async_find_address(lender)
        if self._address or lender:
            ir.async_delete_issue(self._hass, DOMAIN, _issue(self._entry, Hindrance.NO_ADDRESS))
        else:
            self._warn(Hindrance.NO_ADDRESS)
        if self._is_asked and self._running != self._target:
            await self._async_settle(self._target)

    async def _async_find_address(self, lender: ModuleType | None) -> tuple[str | None, bool]:
        """Return where the platform reaches the webhook, if anywhere, and whether it does now."""
        with suppress(InvalidServerUrl):
            if given := self._entry.options.get(CONF_PUSH_URL):
                return f"{str(parse_server_url(given)).rstrip('/')}{_path(self._entry)}", True
        if lender and lender.async_is_connected(self._hass):
            with suppress(*CLOUD_FAILURES):
                hook = await lender.async_get_or_create_cloudhook(self._hass, self._entry.data[CONF_WEBHOOK_ID])
                self._keep(**{CONF_CLOUDHOOK_URL: hook})
                return hook, True
        with suppress(NoURLAvailableError):
            url = get_url(self._hass, require_ssl=True, allow_internal=False, allow_ip=False, allow_cloud=False)
            host = URL(url).host or ""
            if "." in host and not host.endswith(LOCAL):
                return f"{url}{_path(self._entry)}", True
        return self._entry.data.get(CONF_CLOUDHOOK_URL) if lender else None, False

    async def _async_settle(self, target: str) -> None:
        """Have the callback there, running, and leading to the target. Raises StellantisError."""
        self._running = None
        request = await _async_request(self._hass, self._entry, target)
        wanted = Callback(subscribe=Subscription.from_dict(request.to_dict()))
        ours = await _async_ours(self._hass, self._entry, self._client)
        if not ours:
            try:
                made = await self._client.create_callback(request)
                ours = [replace(wanted, id=made.callback_id, status=made.status)]
            except FateUnknown:
                ours = await _async_ours(self._hass, self._entry, self._client)
                if not ours:
                    raise
        callback_id, status = str(ours[0].id), ours[0].status
        self.status = status
        if status == CallbackStatus.FAILED and self._address:
            self._warn(Hindrance.GIVEN_UP)
        if status == CallbackStatus.FAILED or _gist(ours[0]) != _gist(wanted):
            status = (await self._client.update_callback(callback_id, request)).status
        if status in (CallbackStatus.PAUSED, CallbackStatus.FAILED):
            await self._client.set_callback_status(callback_id, running=True)
        self._keep(**{CONF_CALLBACK_ID: callback_id})
        self._running = target


async def async_remove(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Take away what an entry that is removed has here: webhook, cloudhook, and what was said of them."""
    webhook_id = entry.data.get(CONF_WEBHOOK_ID, "")
    webhook.async_unregister(hass, webhook_id)
    for hindrance in Hindrance:
        ir.async_delete_issue(hass, DOMAIN, _issue(entry, hindrance))
    if CONF_CLOUDHOOK_URL in entry.data and (cloud := _cloud(hass)):
        with suppress(*CLOUD_FAILURES):
            await cloud.async_delete_cloudhook(hass, webhook_id)


async def async_remove_callback(hass: HomeAssistant, entry: ConfigEntry[Any], client: StellantisClient) -> None:
    """Delete the callback of an entry that is removed; its monitors go with it. Raises StellantisError."""
    for ours in await _async_ours(hass, entry, client):
        await client.delete_callback(str(ours.id))


def _listen[EventT](hearers: list[Callable[[EventT], None]], hear: Callable[[EventT], None]) -> CALLBACK_TYPE:
    """Have something heard. One who fails to hear it holds up no other, and what it was is not logged."""
    guarded: Any = catch_log_exception(hear, lambda *_: "A notification was not understood")
    hearers.append(guarded)
    return partial(hearers.remove, guarded)


def _path(entry: ConfigEntry[Any]) -> str:
    return webhook.async_generate_path(entry.data[CONF_WEBHOOK_ID])


def _issue(entry: ConfigEntry[Any], hindrance: Hindrance) -> str:
    return f"{hindrance}_{entry.entry_id}"


def _cloud(hass: HomeAssistant) -> ModuleType | None:
    """Return Home Assistant Cloud, where it is set up."""
    if "cloud" not in hass.config.components:
        return None
    from homeassistant.components import cloud  # noqa: PLC0415 - it may not be there

    return cloud


async def _async_label(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str:
    """Return what tells the callback even if the entry was lost, and tells it from that of another Home Assistant."""
    instance = await instance_id.async_get(hass)
    return f"{NAME} {sha256(f'{instance}:{entry.unique_id}'.encode()).hexdigest()[:8]}"


async def _async_request(hass: HomeAssistant, entry: ConfigEntry[Any], target: str) -> CallbackRequest:
    proof = NewAttribute(AttributeType.BODY, PROOF, entry.data[CONF_PUSH_KEY])
    where = WebhookTarget(name=NAME, target=target, attributes=(proof,))
    return CallbackRequest(label=await _async_label(hass, entry), types=frozenset(CallbackType), target=where)


async def _async_ours(hass: HomeAssistant, entry: ConfigEntry[Any], client: StellantisClient) -> list[Callback]:
    """Return the callbacks that this Home Assistant made for the account; the one that it knows comes first."""
    label, known = await _async_label(hass, entry), entry.data.get(CONF_CALLBACK_ID)
    proof = Attribute(type=AttributeType.BODY, key=PROOF, value=entry.data.get(CONF_PUSH_KEY))
    ours = [
        one
        async for one in client.callbacks()
        if one.id and (one.id == known or _gist(one)[0] == label or proof in _gist(one)[2])
    ]
    return sorted(ours, key=lambda one: one.id != known)


def _gist(one: Callback) -> tuple[str | None, str | None, frozenset[Attribute], frozenset[str]]:
    """Return what matters of a callback: label, target, attributes, and what it is notified of."""
    told = one.subscribe or Subscription()
    where = told.webhook or Webhook()
    return told.label or one.label, where.target, frozenset(where.attributes), frozenset(told.types or CallbackType)
