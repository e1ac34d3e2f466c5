"""Callbacks: targets to which the platform sends notifications, and the attributes it adds to them."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import override

from .base import JsonObject, Model, get_nested, json_names


class AttributeType(StrEnum):
    """Part of a notification that an attribute is added to."""

    HEADER = "Header"
    BODY = "Body"
    QUERY = "Query"


class CallbackType(StrEnum):
    """Kind of notifications: results of commands, or events of monitors."""

    REMOTE = "Remote"
    MONITOR = "Monitor"


class CallbackStatus(StrEnum):
    """Status of a callback or monitor. The platform sets it to failed if the target stays unreachable."""

    RUNNING = "Running"
    PAUSED = "Paused"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute(Model):
    """An attribute that the platform adds to notifications.

    Attributes:
        type: Part of the notification that it is added to.
        key: Name.
        value: Literal value, or a variable such as `$vin`.
    """

    type: AttributeType | str | None = None
    key: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook(Model):
    """A webhook that receives notifications.

    Attributes:
        name: Name of the webhook.
        target: URL.
        attributes: Attributes added to each notification.
    """

    name: str | None = None
    target: str | None = None
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PushNotification(Model):
    """Phones that receive push notifications.

    Attributes:
        devices: Device tokens.
        attributes: Attributes added to each notification.
    """

    devices: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSocket(Model):
    """A WebSocket that receives notifications.

    Attributes:
        target: URL.
        attributes: Attributes added to each notification.
    """

    target: str | None = None
    attributes: tuple[Attribute, ...] = ()


_TARGET_KEYS = ("webhook", "pushnotif", "websocket")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(Model):
    """Kinds of notifications and target of a callback.

    Attributes:
        label: Name.
        types: Kinds of notifications; all if empty.
        webhook: Target, if it is a webhook.
        push_notification: Target, if it is a phone.
        web_socket: Target, if it is a WebSocket.
    """

    label: str | None = None
    types: tuple[CallbackType | str, ...] = field(default=(), metadata=json_names("type"))
    webhook: Webhook | None = None
    push_notification: PushNotification | None = field(default=None, metadata=json_names("pushnotif"))
    web_socket: WebSocket | None = field(default=None, metadata=json_names("websocket"))

    @override
    @classmethod
    def normalize(cls, data: JsonObject) -> JsonObject:
        return {**data, **{name: get_nested(data, "callback", name) for name in _TARGET_KEYS}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback(Model):
    """A callback of the user (GET /user/callbacks).

    Attributes:
        id: Identifier in the API.
        label: Name.
        subscribe: Kinds of notifications and target.
        status: Whether notifications are sent.
    """

    id: str | None = None
    label: str | None = None
    subscribe: Subscription | None = None
    status: CallbackStatus | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackReference(Model):
    """Reference to a created or updated callback."""

    callback_id: str | None = None
    status: CallbackStatus | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdditionalAttributes(Model):
    """Attributes that a monitor or command adds to those of its callback, by kind of target."""

    webhook: tuple[Attribute, ...] = ()
    push_notification: tuple[Attribute, ...] = field(default=(), metadata=json_names("pushnotif"))
    web_socket: tuple[Attribute, ...] = field(default=(), metadata=json_names("websocket"))
