"""Notifications that the platform posts to a callback: one at a time, or in batches after an interruption."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Any, override

import orjson

from ..exceptions import InvalidResponse
from .alert import Alert
from .base import JsonObject, Model, get_nested, json_names
from .body import Alarm, DoorsState
from .callback import CallbackType
from .maintenance import Maintenance
from .monitored_data import EventExtension, MonitoredData
from .position import Position
from .remote import RemoteFailure, RemoteFeedback, RemoteStatus, RemoteType, has_ended, has_succeeded
from .status import Status
from .telemetry import Telemetry
from .trip import Trip
from .values import TIMESTAMPS, parse_json, parse_literal


class RemoteEventType(StrEnum):
    """Whether a command is still in progress."""

    PENDING = "Pending"
    DONE = "Done"


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyAttribute(Model):
    """A body attribute of the callback, monitor or command."""

    key: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorValue(Model):
    """A value that triggered a monitor.

    Attributes:
        data: Monitored data.
        type: `obj.alert` for alerts, otherwise `string`.
        literal_value: Current value as text.
        alerts: Current alerts.
        previous: Previous value as text, if the trigger has a condition on it.
    """

    data: MonitoredData | str | None = None
    type: str | None = None
    literal_value: str | None = None
    alerts: tuple[Alert, ...] = field(default=(), metadata=json_names("objectValues"))
    previous: str | None = None

    @property
    def current_value(self) -> str | bool | float | None:
        """The current value, as a number or boolean if the text is one."""
        return parse_literal(self.literal_value)

    @property
    def previous_value(self) -> str | bool | float | None:
        """The previous value, as a number or boolean if the text is one."""
        return parse_literal(self.previous)

    @override
    @classmethod
    def normalize(cls, data: JsonObject) -> JsonObject:
        value = data.get("value")
        shaped = {name: data[name] for name in ("data", "previous") if name in data}
        shaped["type"] = get_nested(value, "type")
        shaped["literalValue"] = get_nested(value, "body", "literalValue")
        shaped["objectValues"] = get_nested(value, "body", "objectValues")
        return shaped


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensions(Model):
    """Data of the vehicle included in a notification, as last known at the time of the event.

    Attributes:
        doors_state: Doors and locks.
        status: Status.
        maintenance: Next maintenance.
        position: Position.
        telemetry: Samples.
        alerts: Active alerts.
        alarm: Alarm system.
        trip: Trip.
    """

    doors_state: DoorsState | None = field(default=None, metadata=json_names("doorState"))
    status: Status | None = None
    maintenance: Maintenance | None = None
    position: Position | None = None
    telemetry: tuple[Telemetry, ...] = ()
    alerts: tuple[Alert, ...] = ()
    alarm: Alarm | None = None
    trip: Trip | None = None


# Type of an extension → possible names of the member in its body.
_EXTENSION_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        EventExtension.DOORS_STATE: ("doorState", "doorsState"),
        EventExtension.STATUS: ("status",),
        EventExtension.MAINTENANCE: ("maintenance",),
        EventExtension.POSITION: ("position",),
        EventExtension.TELEMETRY: ("telemetry",),
        EventExtension.ALERTS: ("alerts",),
        EventExtension.ALARM: ("alarm",),
        EventExtension.TRIP: ("trip",),
    }
)
_LIST_EXTENSIONS = frozenset((EventExtension.TELEMETRY, EventExtension.ALERTS))
# Attributes of an unverified notification that are searched at most
_MAX_ATTRIBUTES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorEvent(Model):
    """Event of a monitor.

    Attributes:
        monitor_id: Identifier of the monitor.
        values: Values that triggered it, one for each trigger.
        extensions: Included data of the vehicle.
        refresh: Whether this is a reminder that the condition is still met.
    """

    monitor_id: str | None = None
    values: tuple[MonitorValue, ...] = ()
    extensions: Extensions | None = None
    refresh: bool | None = None

    @override
    @classmethod
    def normalize(cls, data: JsonObject) -> JsonObject:
        extensions = data.get("extensions")
        return {**data, "extensions": _collect_extensions(extensions)} if type(extensions) is list else data


def _collect_extensions(extensions: list[Any]) -> dict[str, Any]:
    """Merge a list of extensions, each with a list of single-member objects, into one object."""
    collected: dict[str, Any] = {}
    for extension_type, item in _iter_extension_items(extensions):
        names = _EXTENSION_KEYS[extension_type]
        # Documented as nested under its name, but unambiguous without
        value = next((item[name] for name in names if name in item), item)
        if extension_type in _LIST_EXTENSIONS:
            collected.setdefault(names[0], []).extend(value if type(value) is list else [value])
        else:
            collected[names[0]] = value
    return collected


def _iter_extension_items(extensions: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for extension in extensions:
        extension_type, body = get_nested(extension, "type"), get_nested(extension, "body")
        if type(extension_type) is str and extension_type.startswith(f"{EventExtension.TELEMETRY}."):
            extension_type = EventExtension.TELEMETRY.value  # may have the type of the requested part
        if type(extension_type) is str and extension_type in _EXTENSION_KEYS and type(body) is list:
            yield from ((extension_type, item) for item in body if type(item) is dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteEventStatus(Model):
    """Status of a command.

    Attributes:
        type: Whether it is still in progress. Two statuses are sent as pending although they are final.
        status: Status.
        failure_cause: Cause of the failure.
        feedback_detail: Details of the success.
    """

    type: RemoteEventType | str | None = None
    status: RemoteStatus | str | None = None
    failure_cause: RemoteFailure | str | None = None
    feedback_detail: RemoteFeedback | str | None = None

    @property
    def has_ended(self) -> bool:
        """Whether the command has ended: no further status will follow."""
        return self.type == RemoteEventType.DONE or has_ended(self.status)

    @property
    def has_succeeded(self) -> bool:
        """Whether the command has succeeded, or was not necessary."""
        return has_succeeded(self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteEvent(Model):
    """Event of a command.

    Attributes:
        remote_action_id: Identifier of the command.
        remote_type: Type of the command.
        event_status: Status.
    """

    remote_action_id: str | None = None
    remote_type: RemoteType | str | None = None
    event_status: RemoteEventStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification(Model):
    """A notification posted to a callback.

    Attributes:
        callback_id: Identifier of the callback.
        type: Whether it is about a monitor or a command.
        date: Time of creation.
        attributes: Attributes that the callback, monitor or command adds to the body.
        monitor_event: Event of a monitor.
        remote_event: Event of a command.
    """

    callback_id: str | None = None
    type: CallbackType | str | None = None
    date: datetime | None = None
    attributes: tuple[BodyAttribute, ...] = ()
    monitor_event: MonitorEvent | None = None
    remote_event: RemoteEvent | None = None

    def get_attribute(self, key: str) -> str | None:
        """Return the value of the first attribute with this name."""
        return next((attribute.value for attribute in self.attributes if attribute.key == key), None)


@dataclass(frozen=True, slots=True)
class RawNotification:
    """A notification that is not decoded yet, so that forged ones can be rejected cheaply.

    Attributes:
        data: The members as posted.
    """

    data: JsonObject

    @property
    def callback_id(self) -> str:
        """The identifier of the callback, or an empty string."""
        callback_id = self.data.get("callbackId")
        return callback_id if type(callback_id) is str else ""

    @property
    def digest(self) -> bytes:
        """A hash of the content, to recognize duplicates.

        Raises:
            InvalidResponse: The notification is nested too deeply.
        """
        try:
            return sha256(orjson.dumps(self.data, option=orjson.OPT_SORT_KEYS)).digest()
        except orjson.JSONEncodeError:
            raise InvalidResponse("the body is not a notification") from None

    @property
    def date(self) -> datetime | None:
        """The time of creation."""
        text = self.data.get("date")
        return TIMESTAMPS[text] if type(text) is str else None

    def get_attribute(self, key: str) -> str:
        """Return the value of the first attribute with this name, or an empty string."""
        attributes = self.data.get("attributes")
        for attribute in attributes[:_MAX_ATTRIBUTES] if type(attributes) is list else ():
            if get_nested(attribute, "key") == key:
                value = get_nested(attribute, "value")
                return value if type(value) is str else ""
        return ""

    def decode(self) -> Notification:
        """Decode the notification."""
        return Notification.from_dict(self.data)


def parse_raw_notifications(body: bytes | str) -> tuple[RawNotification, ...]:
    """Parse the body of a webhook request: one notification, or a batch of up to a hundred.

    Items of a batch that are not objects are ignored.

    Raises:
        InvalidResponse: The body is neither an object nor a list.
    """
    parsed = parse_json(body)
    if type(parsed) is list:
        return tuple(RawNotification(item) for item in parsed if type(item) is dict)
    if type(parsed) is not dict:
        raise InvalidResponse("the body is not a notification")
    return (RawNotification(parsed),)


def parse_notifications(body: bytes | str) -> tuple[Notification, ...]:
    """Parse and decode the body of a webhook request: see `parse_raw_notifications`.

    Raises:
        InvalidResponse: The body is neither an object nor a list.
    """
    return tuple(raw.decode() for raw in parse_raw_notifications(body))
