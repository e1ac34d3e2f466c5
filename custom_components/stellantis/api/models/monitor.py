"""Monitors: conditions under which the platform sends notifications."""

from dataclasses import dataclass, field
from typing import Annotated, override

from .base import Bounds, JsonObject, Model, NonNegative, UpdatedModel, get_nested, json_names
from .callback import AdditionalAttributes, Attribute, CallbackStatus
from .monitored_data import EventExtension, MonitoredData, Operator, Transition
from .program import Day, Recurrence


@dataclass(frozen=True, slots=True, kw_only=True)
class Center(Model):
    """The center of a zone.

    Attributes:
        longitude: Degrees east, WGS 84.
        latitude: Degrees north, WGS 84.
    """

    longitude: Annotated[float, Bounds(-180, 180)] | None = None
    latitude: Annotated[float, Bounds(-90, 90)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle(Model):
    """A circular zone.

    Attributes:
        center: Center.
        radius: Radius in km.
    """

    center: Center | None = None
    radius: NonNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneCondition(Model):
    """A condition on the position: entering or leaving a zone."""

    transition: Transition | str | None = None
    place: Circle | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyOccurrence(Model):
    """Days and weeks on which a time window recurs.

    Attributes:
        day: Days of the week.
        week: Weeks of the year, such as w1 or w34-w46.
    """

    day: tuple[Day | str, ...] = ()
    week: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow(Model):
    """A time window in which driving meets a condition.

    Attributes:
        start: Start: an ISO 8601 duration since local midnight if recurring, otherwise a timestamp.
        duration: An ISO 8601 duration.
        recurrence: Whether it recurs.
        occurrence: Days and weeks on which it recurs; misspelled by the API.
    """

    start: str | None = None
    duration: str | None = None
    recurrence: Recurrence | str | None = None
    occurrence: WeeklyOccurrence | None = field(default=None, metadata=json_names("occurence"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeCondition(Model):
    """A condition on the time: driving within time windows.

    Attributes:
        times: Time windows.
        time_zone: Time zone of the windows, such as Europe/Paris.
    """

    times: tuple[TimeWindow, ...] = ()
    time_zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousValue(Model):
    """A condition on the previous value of monitored data."""

    op: Operator | str | None = None
    value: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataCondition(Model):
    """A condition on monitored data.

    Attributes:
        data: Monitored data.
        op: Operator.
        value: Values to compare with.
        previous: Condition on the previous value.
    """

    data: MonitoredData | str | None = None
    op: Operator | str | None = None
    value: tuple[str, ...] = ()
    previous: PreviousValue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorTrigger(Model):
    """A named trigger with one condition: exactly one of `zone`, `time` and `data` is set."""

    name: str | None = None
    zone: ZoneCondition | None = None
    time: TimeCondition | None = None
    data: DataCondition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSubscription(Model):
    """Notification settings of a monitor.

    Attributes:
        refresh_event: Seconds between reminders while the condition is met.
        callback_attributes: Attributes added to those of the callback.
    """

    refresh_event: NonNegative | None = None
    callback_attributes: AdditionalAttributes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorParameter(Model):
    """Definition of a monitor.

    Attributes:
        label: Name.
        subscribe: Notification settings.
        attributes: Attributes added to its notifications.
        extensions: Data included in its notifications.
        triggers: One to five triggers.
        expression: Names of triggers combined with `&`, `|`, `!` and parentheses.
    """

    label: str | None = None
    subscribe: MonitorSubscription | None = field(default=None, metadata=json_names("subscribeParam"))
    attributes: tuple[Attribute, ...] = ()
    extensions: tuple[EventExtension | str, ...] = field(default=(), metadata=json_names("extendedEventParam"))
    triggers: tuple[MonitorTrigger, ...] = ()
    expression: str | None = field(default=None, metadata=json_names("boolExp"))

    @override
    @classmethod
    def normalize(cls, data: JsonObject) -> JsonObject:
        return {**data, **{name: get_nested(data, "triggerParam", name) for name in ("triggers", "boolExp")}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor(UpdatedModel):
    """A monitor of a vehicle (GET /user/vehicles/{id}/callbacks/{cbid}/monitors).

    Attributes:
        monitor_id: Identifier in the API.
        monitor: Definition.
        status: Whether it is running.
    """

    monitor_id: str | None = None
    monitor: MonitorParameter | None = None
    status: CallbackStatus | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorReference(UpdatedModel):
    """Reference to a created or updated monitor."""

    monitor_id: str | None = None
    status: CallbackStatus | str | None = None
