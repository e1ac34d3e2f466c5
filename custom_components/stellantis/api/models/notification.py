"""Notifications: what the platform posts to a callback, one at a time or, after a pause, in batches."""

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
from .values import MAX_TIME_LENGTH, parse_json, parse_literal, parse_timestamp


class RemoteEventType(StrEnum):
    """Whether a command is still under way."""

    PENDING = "Pending"
    DONE = "Done"


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyAttribute(Model):
    """An attribute of the callback, monitor or command, of those that go into the body."""

    key: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorValue(Model):
    """What set off a monitor.

    Attributes:
        data: what was watched.
        type: `string`, or `obj.alert` where it is alerts.
        literal_value: what it is now, as a text.
        alerts: what it is now, where it is alerts.
        previous: what it was before, where the monitor asked for that.
    """

    data: MonitoredData | str | None = None
    type: str | None = None
    literal_value: str | None = None
    alerts: tuple[Alert, ...] = field(default=(), metadata=json_names("objectValues"))
    previous: str | None = None

    @property
    def current_value(self) -> str | bool | float | None:
        """What it is now: a number or a truth where the text says one."""
        return parse_literal(self.literal_value)

    @property
    def previous_value(self) -> str | bool | float | None:
        """What it was before, likewise."""
        return parse_literal(self.previous)

    @override
    @classmethod
    def normalize(cls, members: JsonObject) -> JsonObject:
        value = members.get("value")
        shaped = {name: members[name] for name in ("data", "previous") if name in members}
        shaped["type"] = get_nested(value, "type")
        shaped["literalValue"] = get_nested(value, "body", "literalValue")
        shaped["objectValues"] = get_nested(value, "body", "objectValues")
        return shaped


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensions(Model):
    """What a notification brings along: the latest of each when the event happened.

    Attributes:
        doors_state, status, maintenance, position, alarm, trip: of the vehicle.
        telemetry: samples.
        alerts: the active ones.
    """

    doors_state: DoorsState | None = field(default=None, metadata=json_names("doorState"))
    status: Status | None = None
    maintenance: Maintenance | None = None
    position: Position | None = None
    telemetry: tuple[Telemetry, ...] = ()
    alerts: tuple[Alert, ...] = ()
    alarm: Alarm | None = None
    trip: Trip | None = None


# The name of an extension → those of the member of its body. Of what is in `_SEVERAL` there can be several.
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
# Among how many attributes of a notification one is looked for: ours are few
_MAX_ATTRIBUTES = 100
_LIST_EXTENSIONS = frozenset((EventExtension.TELEMETRY, EventExtension.ALERTS))


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorEvent(Model):
    """What a monitor saw.

    Attributes:
        monitor_id: of the monitor.
        values: what set it off, one for each trigger.
        extensions: what it brings along.
        refresh: whether this is a reminder that the condition still holds.
    """

    monitor_id: str | None = None
    values: tuple[MonitorValue, ...] = ()
    extensions: Extensions | None = None
    refresh: bool | None = None

    @override
    @classmethod
    def normalize(cls, members: JsonObject) -> JsonObject:
        extensions = members.get("extensions")
        return {**members, "extensions": _collect_extensions(extensions)} if type(extensions) is list else members


def _collect_extensions(extensions: list[Any]) -> dict[str, Any]:
    """The extensions as one object, from a list of lists of objects with one member each."""
    collected: dict[str, Any] = {}
    for kind, item in _iter_extension_items(extensions):
        names = _EXTENSION_KEYS[kind]
        # Described as wrapped into its name; the bare object is as clear
        value = next((item[name] for name in names if name in item), item)
        if kind in _LIST_EXTENSIONS:
            collected.setdefault(names[0], []).extend(value if type(value) is list else [value])
        else:
            collected[names[0]] = value
    return collected


def _iter_extension_items(extensions: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for extension in extensions:
        kind, body = get_nested(extension, "type"), get_nested(extension, "body")
        if type(kind) is str and kind.startswith(f"{EventExtension.TELEMETRY}."):
            kind = EventExtension.TELEMETRY.value  # asked for in parts, it may come back by their names
        if type(kind) is str and kind in _EXTENSION_KEYS and type(body) is list:
            yield from ((kind, item) for item in body if type(item) is dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteEventStatus(Model):
    """What a command is at.

    Attributes:
        type: whether it is still under way, by the platform's word; two statuses end it although they are pending.
        status: what it is at.
        failure_cause: why it failed.
        feedback_detail: more on its success.
    """

    type: RemoteEventType | str | None = None
    status: RemoteStatus | str | None = None
    failure_cause: RemoteFailure | str | None = None
    feedback_detail: RemoteFeedback | str | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self.type == RemoteEventType.DONE or has_ended(self.status)

    @property
    def has_succeeded(self) -> bool:
        """Whether the car is as the command wanted it."""
        return has_succeeded(self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteEvent(Model):
    """What became of a command.

    Attributes:
        remote_action_id: of the command.
        remote_type: its kind.
        event_status: what it is at.
    """

    remote_action_id: str | None = None
    remote_type: RemoteType | str | None = None
    event_status: RemoteEventStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification(Model):
    """What the platform posts to a callback.

    Attributes:
        callback_id: of the callback.
        type: whether it is on a monitor or on a command.
        date: when it was written.
        attributes: those that the callback, monitor or command adds to the body.
        monitor_event: what a monitor saw.
        remote_event: what became of a command.
    """

    callback_id: str | None = None
    type: CallbackType | str | None = None
    date: datetime | None = None
    attributes: tuple[BodyAttribute, ...] = ()
    monitor_event: MonitorEvent | None = None
    remote_event: RemoteEvent | None = None

    def get_attribute(self, key: str) -> str | None:
        """The value of the first attribute of this name."""
        return next((attribute.value for attribute in self.attributes if attribute.key == key), None)


@dataclass(frozen=True, slots=True)
class RawNotification:
    """A notification that is not read yet: it tells at little cost whose it is, for a forged one is not worth reading.

    Attributes:
        members: as they were posted.
    """

    data: JsonObject

    @property
    def callback_id(self) -> str:
        """Of the callback; empty where there is none."""
        callback_id = self.data.get("callbackId")
        return callback_id if type(callback_id) is str else ""

    @property
    def digest(self) -> bytes:
        """What is the same for two that say the same, and for no others.

        Raises:
            InvalidResponse: it is nested deeper than anything that is meant seriously.
        """
        try:
            return sha256(orjson.dumps(self.data, option=orjson.OPT_SORT_KEYS)).digest()
        except orjson.JSONEncodeError:
            raise InvalidResponse("the body is no notification") from None

    @property
    def date(self) -> datetime | None:
        """When it was written."""
        text = self.data.get("date")
        return parse_timestamp(text) if type(text) is str and len(text) < MAX_TIME_LENGTH else None

    def get_attribute(self, key: str) -> str:
        """The value of the first attribute of this name; empty where there is none."""
        attributes = self.data.get("attributes")
        for attribute in attributes[:_MAX_ATTRIBUTES] if type(attributes) is list else ():
            if get_nested(attribute, "key") == key:
                value = get_nested(attribute, "value")
                return value if type(value) is str else ""
        return ""

    def decode(self) -> Notification:
        """The notification."""
        return Notification.from_dict(self.data)


def parse_raw_notifications(body: bytes | str) -> tuple[RawNotification, ...]:
    """What a request to a webhook brings, not read yet: one notification, or a batch of up to a hundred.

    What of a batch is no object is left out.

    Raises:
        InvalidResponse: it is neither an object nor a list.
    """
    parsed = parse_json(body)
    if type(parsed) is list:
        return tuple(RawNotification(item) for item in parsed if type(item) is dict)
    if type(parsed) is not dict:
        raise InvalidResponse("the body is no notification")
    return (RawNotification(parsed),)


def parse_notifications(body: bytes | str) -> tuple[Notification, ...]:
    """What a request to a webhook tells: see `envelopes`.

    Raises:
        InvalidResponse: it is neither an object nor a list.
    """
    return tuple(raw.decode() for raw in parse_raw_notifications(body))
