"""Conditions of the triggers of a monitor: zone, time or data."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import pairwise
import re
from typing import Any, override

from mashumaro import field_options

from ..models.monitored_data import MonitoredData, Operator, Transition
from ..models.program import Day, Recurrence
from .base import RequestBody, check, check_has_time_zone
from .operators import OPERATORS, PREVIOUS_OPERATORS, Value, format_value

_WEEKS = range(1, 53)
_TIME_ZONE_PATTERN = re.compile(r"[A-Za-z]+(?:[_+-]?[A-Za-z0-9]+)*(?:/[A-Za-z0-9_+-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneTrigger(RequestBody):
    """The vehicle enters or leaves a circular zone.

    Attributes:
        transition: Whether it enters or leaves.
        longitude: Longitude of the center in degrees east, WGS 84.
        latitude: Latitude of the center in degrees north, WGS 84.
        radius: Radius in whole km.
    """

    transition: Transition
    longitude: float
    latitude: float
    radius: int

    def __post_init__(self) -> None:
        check("longitude", "must be -180 to 180", is_valid=-180 <= self.longitude <= 180)  # noqa: PLR2004
        check("latitude", "must be -90 to 90", is_valid=-90 <= self.latitude <= 90)  # noqa: PLR2004
        check("radius", "must be at least 1 km, in whole km", is_valid=type(self.radius) is int and self.radius >= 1)

    @override
    def __post_serialize__(self, members: dict[str, Any]) -> dict[str, Any]:
        """Nest the members as in the API."""
        center = {name: members[name] for name in ("longitude", "latitude")}
        return {"transition": members["transition"], "place": {"center": center, "radius": members["radius"]}}


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyTime(RequestBody):
    """A recurring time window.

    Attributes:
        start: Local time of day.
        duration: Duration.
        days: Days on which it starts; every day if empty.
        weeks: First and last week of each span of weeks of the year, 1 to 52; all weeks if empty.
    """

    start: time
    duration: timedelta
    days: tuple[Day, ...] = ()
    weeks: tuple[tuple[int, int], ...] = ()
    recurrence: Recurrence = field(default=Recurrence.DAILY, init=False)

    def __post_init__(self) -> None:
        check("duration", "must be at least 1 s", is_valid=self.duration >= timedelta(seconds=1))
        check("days", "must be unique", is_valid=len(self.days) == len(set(self.days)))
        is_in_range = all(first in _WEEKS and last in _WEEKS and first <= last for first, last in self.weeks)
        is_disjoint = all(before[1] < after[0] for before, after in pairwise(sorted(self.weeks)))
        check("weeks", "must be 1 to 52 and must not overlap", is_valid=is_in_range and is_disjoint)

    @override
    def __post_serialize__(self, members: dict[str, Any]) -> dict[str, Any]:
        """Merge days and weeks into an occurrence."""
        days, weeks = members.pop("days"), members.pop("weeks")
        if days or weeks:  # the API requires days in every occurrence
            members["occurence"] = {"day": days or [day.value for day in Day]}
        if weeks:
            members["occurence"]["week"] = [
                f"w{first}" if first == last else f"w{first}-w{last}" for first, last in self.weeks
            ]
        return members


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleTime(RequestBody):
    """A time window that does not recur.

    Attributes:
        start: Start, with a time zone.
        duration: Duration; unlimited if None.
    """

    start: datetime
    duration: timedelta | None = None
    recurrence: Recurrence = field(default=Recurrence.NONE, init=False)

    def __post_init__(self) -> None:
        check_has_time_zone("start", self.start)
        check(
            "duration",
            "must be at least 1 s",
            is_valid=self.duration is None or self.duration >= timedelta(seconds=1),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeTrigger(RequestBody):
    """The vehicle is driving within time windows.

    Attributes:
        times: Time windows.
        time_zone: Time zone of the windows, such as Europe/Paris.
    """

    times: tuple[DailyTime | SingleTime, ...]
    time_zone: str = field(default="Europe/Paris", metadata=field_options(alias="timeZone"))

    def __post_init__(self) -> None:
        check("times", "must contain at least one", is_valid=bool(self.times))
        check(
            "time_zone", "must be the name of a time zone", is_valid=bool(_TIME_ZONE_PATTERN.fullmatch(self.time_zone))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous(RequestBody):
    """Condition on the previous value. Evaluated for the first event, not for reminders.

    Attributes:
        op: `EQUALS_TO` for one value, or `INCLUDED_IN` for several.
        values: Values to compare with.
    """

    op: Operator
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataTrigger(RequestBody):
    """Data of the vehicle changes, or meets a comparison.

    Attributes:
        data: Monitored data.
        op: Operator, one of `OPERATORS[data]`.
        values: Values to compare with: none for `ON_CHANGE`, one or more for `INCLUDED_IN`, otherwise one.
        previous: Condition on the previous value, with one of `PREVIOUS_OPERATORS[data]`.
    """

    data: MonitoredData
    op: Operator
    values: tuple[Value, ...] = ()
    previous: Previous | None = None

    def __post_init__(self) -> None:
        _check_comparison("values", self.data, self.op, self.values, OPERATORS[self.data])
        if self.previous is not None:
            allowed = PREVIOUS_OPERATORS.get(self.data, frozenset())
            _check_comparison("previous", self.data, self.previous.op, self.previous.values, allowed)

    @override
    def __post_serialize__(self, members: dict[str, Any]) -> dict[str, Any]:
        """Convert the values to text."""
        return _serialize_comparison(self.data, self.op, self.values) | {
            "data": self.data.value,
            **(
                {"previous": _serialize_comparison(self.data, self.previous.op, self.previous.values)}
                if self.previous
                else {}
            ),
        }


def _check_comparison(
    field_name: str, data: MonitoredData, op: Operator, values: tuple[Value, ...], allowed: frozenset[Operator]
) -> None:
    check("op" if field_name == "values" else field_name, f"{data} cannot be compared by {op}", is_valid=op in allowed)
    match op:
        case Operator.ON_CHANGE:
            check(field_name, "must be empty for a change", is_valid=not values)
        case Operator.INCLUDED_IN:
            check(field_name, "must contain at least one", is_valid=bool(values))
        case _:
            check(field_name, "must contain exactly one", is_valid=len(values) == 1)
    for value in values:
        format_value(field_name, data, value)


def _serialize_comparison(data: MonitoredData, op: Operator, values: tuple[Value, ...]) -> dict[str, Any]:
    texts = [format_value("values", data, value) for value in values]
    return {"op": op.value, **({"value": texts} if texts else {})}
