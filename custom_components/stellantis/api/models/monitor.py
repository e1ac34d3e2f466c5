"""Monitors: what the platform watches for."""

from dataclasses import dataclass, field
from typing import Annotated, override

from .base import Bounds, JsonObject, Model, NonNegative, UpdatedModel, get_nested, json_names
from .callback import AdditionalAttributes, Attribute, CallbackStatus
from .monitored_data import EventExtension, MonitoredData, Operator, Transition
from .program import Day, Recurrence


@dataclass(frozen=True, slots=True, kw_only=True)
class Center(Model):
    """The middle of a zone.

    Attributes:
        longitude: degrees east, WGS 84.
        latitude: degrees north, WGS 84.
    """

    longitude: Annotated[float, Bounds(-180, 180)] | None = None
    latitude: Annotated[float, Bounds(-90, 90)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle(Model):
    """A zone.

    Attributes:
        center: its middle.
        radius: km.
    """

    center: Center | None = None
    radius: NonNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneCondition(Model):
    """A trigger by place."""

    transition: Transition | str | None = None
    place: Circle | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyOccurrence(Model):
    """When a recurring time recurs.

    Attributes:
        day: days of the week.
        week: weeks of the year, such as w1 or w34-w46.
    """

    day: tuple[Day | str, ...] = ()
    week: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow(Model):
    """A time at which moving counts.

    Attributes:
        start: an ISO 8601 duration since local midnight for a recurring time, a timestamp for a single one.
        duration: an ISO 8601 duration.
        recurrence: whether it recurs.
        occurrence: when it recurs; the API spells it with one r.
    """

    start: str | None = None
    duration: str | None = None
    recurrence: Recurrence | str | None = None
    occurrence: WeeklyOccurrence | None = field(default=None, metadata=json_names("occurence"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeCondition(Model):
    """A trigger by time.

    Attributes:
        times: when it counts.
        time_zone: of the times, such as Europe/Paris.
    """

    times: tuple[TimeWindow, ...] = ()
    time_zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousValue(Model):
    """What the data had to be before."""

    op: Operator | str | None = None
    value: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataCondition(Model):
    """A trigger by data.

    Attributes:
        data: what is watched.
        op: how it is compared.
        value: with what.
        previous: what it had to be before.
    """

    data: MonitoredData | str | None = None
    op: Operator | str | None = None
    value: tuple[str, ...] = ()
    previous: PreviousValue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorTrigger(Model):
    """A named trigger: one of zone, time and data is there."""

    name: str | None = None
    zone: ZoneCondition | None = None
    time: TimeCondition | None = None
    data: DataCondition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSubscription(Model):
    """How a monitor notifies.

    Attributes:
        refresh_event: s between reminders while the condition holds.
        callback_attributes: what is added to the attributes of the callback.
    """

    refresh_event: NonNegative | None = None
    callback_attributes: AdditionalAttributes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorParameter(Model):
    """What a monitor watches for and tells.

    Attributes:
        label: its name.
        subscribe: how it notifies.
        attributes: what is added to its notifications.
        extensions: what its notifications bring along.
        triggers: one to five.
        expression: the condition: `&`, `|`, `!` and parentheses over the triggers' names.
    """

    label: str | None = None
    subscribe: MonitorSubscription | None = field(default=None, metadata=json_names("subscribeParam"))
    attributes: tuple[Attribute, ...] = ()
    extensions: tuple[EventExtension | str, ...] = field(default=(), metadata=json_names("extendedEventParam"))
    triggers: tuple[MonitorTrigger, ...] = ()
    expression: str | None = field(default=None, metadata=json_names("boolExp"))

    @override
    @classmethod
    def normalize(cls, members: JsonObject) -> JsonObject:
        return {**members, **{name: get_nested(members, "triggerParam", name) for name in ("triggers", "boolExp")}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor(UpdatedModel):
    """A monitor of a vehicle (`GET /user/vehicles/{id}/callbacks/{cbid}/monitors`).

    Attributes:
        monitor_id: by which the API knows it.
        monitor: what it watches for and tells.
        status: whether it runs.
    """

    monitor_id: str | None = None
    monitor: MonitorParameter | None = None
    status: CallbackStatus | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorReference(UpdatedModel):
    """A monitor that was made or changed."""

    monitor_id: str | None = None
    status: CallbackStatus | str | None = None
