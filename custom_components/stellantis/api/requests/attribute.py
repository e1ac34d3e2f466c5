"""What the platform shall add to notifications."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
import re

from ..models.callback import AttributeType
from .body import RequestBody, check

_HEADER_NAME_PATTERN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class AttributeVariable(StrEnum):
    """A value that the platform fills in."""

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
    """Something to add to notifications. Of a batch only its body attributes come.

    Attributes:
        type: where it goes.
        key: its name.
        value: as it is, or a `Variable`.
    """

    type: AttributeType
    key: str
    value: str

    def __post_init__(self) -> None:
        check("attributes", "it has a key", is_valid=bool(self.key))
        if self.type is AttributeType.HEADER:
            check(
                "attributes", "its key is the name of a header", is_valid=bool(_HEADER_NAME_PATTERN.fullmatch(self.key))
            )
            check("attributes", "a header is one printable line", is_valid=self.value.isprintable())


def check_attribute_types(attributes: Iterable[NewAttribute], *types: AttributeType) -> None:
    """Refuse attributes that cannot go where they should.

    Raises:
        InvalidValue: one is of another type.
    """
    for attribute in attributes:
        check("attributes", f"it goes into {' or '.join(types)}", is_valid=attribute.type in types)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAttributes(RequestBody):
    """What is added to the attributes of a webhook."""

    webhook: tuple[NewAttribute, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PushAttributes(RequestBody):
    """What is added to the attributes of a push notification: headers, which become its data, and body."""

    pushnotif: tuple[NewAttribute, ...]

    def __post_init__(self) -> None:
        check_attribute_types(self.pushnotif, AttributeType.HEADER, AttributeType.BODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketAttributes(RequestBody):
    """What is added to the attributes of a web socket: body only."""

    websocket: tuple[NewAttribute, ...]

    def __post_init__(self) -> None:
        check_attribute_types(self.websocket, AttributeType.BODY)


type CallbackAttributes = WebhookAttributes | PushAttributes | SocketAttributes
