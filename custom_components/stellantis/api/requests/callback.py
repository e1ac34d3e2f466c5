"""Callbacks to make."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from yarl import URL

from ..models.callback import AttributeType, CallbackType
from .attribute import NewAttribute, check_attribute_types
from .body import RequestBody, check


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTarget(RequestBody):
    """Notifications are posted.

    Attributes:
        name: of the webhook.
        target: a public https URL with a certificate of a known authority.
        attributes: what is added to each notification.
    """

    name: str
    target: str
    attributes: tuple[NewAttribute, ...] = ()

    def __post_init__(self) -> None:
        check("name", "it is not empty", is_valid=bool(self.name))
        _check_url(self.target, "https", "http")


@dataclass(frozen=True, slots=True, kw_only=True)
class PushTarget(RequestBody):
    """Notifications are pushed to phones, through Firebase.

    Attributes:
        devices: tokens of the phones.
        attributes: what is added to each notification: headers, which become its data, and body.
    """

    devices: tuple[str, ...]
    attributes: tuple[NewAttribute, ...] = ()

    def __post_init__(self) -> None:
        check("devices", "there is at least one", is_valid=bool(self.devices) and all(self.devices))
        check_attribute_types(self.attributes, AttributeType.HEADER, AttributeType.BODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketTarget(RequestBody):
    """Notifications are written into a web socket.

    Attributes:
        target: its URL; `wss`, except for tests.
        attributes: what is added to each notification: body only.
    """

    target: str
    attributes: tuple[NewAttribute, ...] = ()

    def __post_init__(self) -> None:
        _check_url(self.target, "wss", "ws")
        check_attribute_types(self.attributes, AttributeType.BODY)


_TARGET_KEYS: Mapping[type[RequestBody], str] = MappingProxyType(
    {WebhookTarget: "webhook", PushTarget: "pushnotif", SocketTarget: "websocket"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRequest:
    """A callback to make.

    Attributes:
        target: where it leads.
        label: its name.
        types: what it is notified of; everything where there is none.
    """

    target: WebhookTarget | PushTarget | SocketTarget
    label: str | None = None
    types: frozenset[CallbackType] = frozenset()

    def to_dict(self) -> dict[str, Any]:
        """Its members."""
        optional = {"label": self.label, "type": sorted(self.types) or None}
        return {
            **{name: value for name, value in optional.items() if value is not None},
            "callback": {_TARGET_KEYS[type(self.target)]: self.target.to_dict()},
        }


def _check_url(target: str, *schemes: str) -> None:
    try:
        url = URL(target)
    except ValueError:
        url = URL()
    check("target", f"it is a URL of {' or '.join(schemes)}", is_valid=url.scheme in schemes and bool(url.host))
