"""Request to create or update a callback."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from yarl import URL

from ..models.callback import AttributeType, CallbackType
from .attribute import NewAttribute, check_attribute_types
from .base import RequestBody, check


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTarget(RequestBody):
    """A webhook that notifications are posted to.

    Attributes:
        name: Name of the webhook.
        target: A public https URL with a certificate of a trusted authority.
        attributes: Attributes added to each notification.
    """

    name: str
    target: str
    attributes: tuple[NewAttribute, ...] = ()

    def __post_init__(self) -> None:
        check("name", "must not be empty", is_valid=bool(self.name))
        _check_url(self.target, "https", "http")


@dataclass(frozen=True, slots=True, kw_only=True)
class PushTarget(RequestBody):
    """Phones that notifications are pushed to through Firebase.

    Attributes:
        devices: Device tokens.
        attributes: Attributes added to each notification: body, and headers, which become its data.
    """

    devices: tuple[str, ...]
    attributes: tuple[NewAttribute, ...] = ()

    def __post_init__(self) -> None:
        check("devices", "must contain at least one", is_valid=bool(self.devices) and all(self.devices))
        check_attribute_types(self.attributes, AttributeType.HEADER, AttributeType.BODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketTarget(RequestBody):
    """A WebSocket that notifications are sent to.

    Attributes:
        target: A `wss` URL, or `ws` for tests.
        attributes: Attributes added to each notification: only body.
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
    """A callback to create.

    Attributes:
        target: Target of the notifications.
        label: Name.
        types: Kinds of notifications; all if empty.
    """

    target: WebhookTarget | PushTarget | SocketTarget
    label: str | None = None
    types: frozenset[CallbackType] = frozenset()

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON body."""
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
    check(
        "target", f"must be a URL with scheme {' or '.join(schemes)}", is_valid=url.scheme in schemes and bool(url.host)
    )
