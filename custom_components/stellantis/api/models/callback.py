"""Callbacks: where the platform sends its notifications, and what it adds to them."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import override

from .base import JsonObject, Model, get_nested, json_names


class AttributeType(StrEnum):
    """Where an attribute goes in a notification."""

    HEADER = "Header"
    BODY = "Body"
    QUERY = "Query"


class CallbackType(StrEnum):
    """What a callback is notified of: the fate of commands, or what monitors saw."""

    REMOTE = "Remote"
    MONITOR = "Monitor"


class CallbackStatus(StrEnum):
    """Whether notifications are sent. It fails by itself when its target stays dead. Monitors have the same."""

    RUNNING = "Running"
    PAUSED = "Paused"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute(Model):
    """Something that the platform adds to notifications.

    Attributes:
        type: where it goes.
        key: its name.
        value: as it is, or a variable such as `$vin`.
    """

    type: AttributeType | str | None = None
    key: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook(Model):
    """An address to which notifications are posted.

    Attributes:
        name: of the webhook.
        target: its URL.
        attributes: what is added to each notification.
    """

    name: str | None = None
    target: str | None = None
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PushNotification(Model):
    """Phones to which notifications are pushed.

    Attributes:
        devices: their tokens.
        attributes: what is added to each notification.
    """

    devices: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSocket(Model):
    """A web socket into which notifications are written.

    Attributes:
        target: its URL.
        attributes: what is added to each notification.
    """

    target: str | None = None
    attributes: tuple[Attribute, ...] = ()


_TARGET_KEYS = ("webhook", "pushnotif", "websocket")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(Model):
    """What a callback is for and where it leads.

    Attributes:
        label: its name.
        types: what it is notified of; empty for everything.
        webhook: where it leads, if to a webhook.
        push_notification: where it leads, if to phones.
        web_socket: where it leads, if into a web socket.
    """

    label: str | None = None
    types: tuple[CallbackType | str, ...] = field(default=(), metadata=json_names("type"))
    webhook: Webhook | None = None
    push_notification: PushNotification | None = field(default=None, metadata=json_names("pushnotif"))
    web_socket: WebSocket | None = field(default=None, metadata=json_names("websocket"))

    @override
    @classmethod
    def normalize(cls, members: JsonObject) -> JsonObject:
        return {**members, **{name: get_nested(members, "callback", name) for name in _TARGET_KEYS}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback(Model):
    """A callback of the user (`GET /user/callbacks`).

    Attributes:
        id: by which the API knows it.
        label: its name.
        subscribe: what it is for and where it leads.
        status: whether notifications are sent.
    """

    id: str | None = None
    label: str | None = None
    subscribe: Subscription | None = None
    status: CallbackStatus | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackReference(Model):
    """A callback that was made or changed."""

    callback_id: str | None = None
    status: CallbackStatus | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdditionalAttributes(Model):
    """What a monitor or a command adds to the attributes of its callback, by the kind of the callback."""

    webhook: tuple[Attribute, ...] = ()
    push_notification: tuple[Attribute, ...] = field(default=(), metadata=json_names("pushnotif"))
    web_socket: tuple[Attribute, ...] = field(default=(), metadata=json_names("websocket"))
