"""The account's callback: how it is recognized among those on the platform, and what to do about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from hashlib import sha256
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import instance_id
from yarl import URL

from ..api import Attribute, Callback, CallbackStatus, CallbackType, Subscription, Webhook
from ..api.requests import AttributeType, CallbackRequest, NewAttribute, WebhookTarget
from ..const import CONF_CALLBACK_ID, CONF_CALLBACK_TARGET, CONF_PUSH_KEY
from .address import target_digest
from .webhook import ATTR_SECRET

LABEL_PREFIX: Final = "Home Assistant"


class SyncAction(Enum):
    """What to do about a callback or a monitor that should be there."""

    CREATE = auto()
    UPDATE = auto()
    # It is as it should be, but paused or failed
    RESUME = auto()
    LEAVE = auto()
    # Somebody else has changed it: leave it, and ask the user
    ASK = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCallbacks:
    """The callbacks of the user and the application.

    Attributes:
        own: Those that this Home Assistant created for the account, the one in the entry first.
        others: All others.
    """

    own: Sequence[Callback]
    others: Sequence[Callback]


async def async_build_label(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str:
    """Return a label unique to this Home Assistant and account, by which the callback is found without the entry."""
    instance = await instance_id.async_get(hass)
    return f"{LABEL_PREFIX} {sha256(f'{instance}:{entry.unique_id}'.encode()).hexdigest()[:8]}"


def build_request(entry: ConfigEntry[Any], label: str, target: str) -> CallbackRequest:
    """Return the request for the account's callback."""
    secret = NewAttribute(AttributeType.BODY, ATTR_SECRET, entry.data[CONF_PUSH_KEY])
    webhook_target = WebhookTarget(name=LABEL_PREFIX, target=target, attributes=(secret,))
    return CallbackRequest(label=label, types=frozenset(CallbackType), target=webhook_target)


def sort_callbacks(callbacks: Iterable[Callback], entry: ConfigEntry[Any], label: str) -> ListedCallbacks:
    """Tell our own callbacks, recognized by id, label or secret, from all others."""
    known_id = entry.data.get(CONF_CALLBACK_ID)
    secret = Attribute(type=AttributeType.BODY, key=ATTR_SECRET, value=entry.data.get(CONF_PUSH_KEY))
    own: list[Callback] = []
    others: list[Callback] = []
    for listed in callbacks:
        found_label, _, attributes, _ = _comparable(listed)
        is_own = listed.id == known_id or found_label == label or secret in attributes
        if listed.id:
            (own if is_own else others).append(listed)
    own.sort(key=lambda own_callback: own_callback.id != known_id)
    return ListedCallbacks(own=own, others=others)


def decide(
    existing: Callback | None, desired: CallbackRequest, written: str | None, *, take_over: bool = False
) -> SyncAction:
    """Return what to do about the account's callback.

    A target that is neither the desired one nor the one that was written last was set by somebody else, for example by
    a second Home Assistant that was restored from a backup of this one.

    Args:
        existing: The callback as the platform lists it; None if there is none.
        desired: What it should be.
        written: The digest of the target that was written last; None if not known.
        take_over: Whether to point it here anyway.
    """
    if existing is None:
        return SyncAction.CREATE
    wanted = Callback(subscribe=Subscription.from_dict(desired.to_dict()))
    target, wanted_target = _comparable(existing)[1], _comparable(wanted)[1]
    if target != wanted_target and is_taken(existing, written) and not take_over:
        return SyncAction.ASK
    if existing.status == CallbackStatus.FAILED or _comparable(existing) != _comparable(wanted):
        return SyncAction.UPDATE
    return SyncAction.RESUME if existing.status == CallbackStatus.PAUSED else SyncAction.LEAVE


def is_taken(existing: Callback, written: str | None) -> bool:
    """Return whether a callback leads elsewhere than to the target that was written last, if that is known."""
    return bool(written) and target_digest(_comparable(existing)[1]) != written


def is_look_due(entry: ConfigEntry[Any], target: str, *, has_looked: bool) -> bool:
    """Return whether the platform may still post to an address that is no longer ours, so that a look is due.

    Args:
        entry: The account's entry.
        target: The target that the callback should have.
        has_looked: Whether the callbacks were listed since the entry was loaded.
    """
    if CONF_CALLBACK_TARGET not in entry.data:
        return not has_looked  # a lost entry may have left a callback
    return CONF_CALLBACK_ID in entry.data and entry.data[CONF_CALLBACK_TARGET] != target_digest(target)


def describe(listed: Callback) -> str:
    """Return a text by which a person recognizes a callback: its label and the host of its target."""
    label, target, _, _ = _comparable(listed)
    try:
        host = URL(target).host if target else None
    except ValueError:
        host = None
    return f"{label or listed.id} ({host})" if host else str(label or listed.id)


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
