"""Attributes that the platform adds to notifications."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
import re

from ..models.callback import AttributeType
from .base import RequestBody, check

_HEADER_NAME_PATTERN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class AttributeVariable(StrEnum):
    """Variable that the platform replaces by its value."""

    VIN = "$vin"
    CALLBACK_ID = "$callbackID"
    CALLBACK_LABEL = "$callbackLabel"
    REMOTE_TYPE = "$remoteType"
    REMOTE_STATUS = "$remoteStatus"
    REMOTE_LABEL = "$remoteLabel"
    MONITOR_ID = "$monitorID"
    MONITOR_LABEL = "$monitorLabel"


@dataclass(frozen=True, slots=True)
class NewAttribute(RequestBody):
    """An attribute to add to notifications. Batches of notifications only have body attributes.

    Attributes:
        type: Part of the notification to add it to.
        key: Name.
        value: Literal value, or an `AttributeVariable`.
    """

    type: AttributeType
    key: str
    value: str

    def __post_init__(self) -> None:
        check("attributes", "must have a key", is_valid=bool(self.key))
        if self.type is AttributeType.HEADER:
            check(
                "attributes", "key must be a valid header name", is_valid=bool(_HEADER_NAME_PATTERN.fullmatch(self.key))
            )
            check("attributes", "value of a header must be one printable line", is_valid=self.value.isprintable())


def check_attribute_types(attributes: Iterable[NewAttribute], *types: AttributeType) -> None:
    """Check that all attributes are of the given types.

    Raises:
        InvalidValue: An attribute is of another type.
    """
    for attribute in attributes:
        check("attributes", f"type must be {' or '.join(types)}", is_valid=attribute.type in types)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAttributes(RequestBody):
    """Attributes added to those of a webhook."""

    webhook: tuple[NewAttribute, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PushAttributes(RequestBody):
    """Attributes added to those of push notifications: body, and headers, which become their data."""

    pushnotif: tuple[NewAttribute, ...]

    def __post_init__(self) -> None:
        check_attribute_types(self.pushnotif, AttributeType.HEADER, AttributeType.BODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketAttributes(RequestBody):
    """Attributes added to those of a WebSocket: only body."""

    websocket: tuple[NewAttribute, ...]

    def __post_init__(self) -> None:
        check_attribute_types(self.websocket, AttributeType.BODY)


type CallbackAttributes = WebhookAttributes | PushAttributes | SocketAttributes
