"""What a monitor can be told to watch for: a zone, times, or data."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import pairwise
import re
from typing import Any, override

from mashumaro import field_options

from ..models.monitored_data import MonitoredData, Operator, Transition
from ..models.program import Day, Recurrence
from .body import RequestBody, check, check_has_time_zone
from .operators import OPERATORS, PREVIOUS_OPERATORS, Value, format_value

_WEEKS = range(1, 53)
_TIME_ZONE_PATTERN = re.compile(r"[A-Za-z]+(?:[_+-]?[A-Za-z0-9]+)*(?:/[A-Za-z0-9_+-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneTrigger(RequestBody):
    """The vehicle enters or leaves a circle.

    Attributes:
        transition: enters or leaves.
        longitude: of its middle, degrees east, WGS 84.
        latitude: of its middle, degrees north, WGS 84.
        radius: whole km.
    """

    transition: Transition
    longitude: float
    latitude: float
    radius: int

    def __post_init__(self) -> None:
        check("longitude", "it is -180 to 180", is_valid=-180 <= self.longitude <= 180)  # noqa: PLR2004
        check("latitude", "it is -90 to 90", is_valid=-90 <= self.latitude <= 90)  # noqa: PLR2004
        check("radius", "it is 1 km or more, in whole km", is_valid=type(self.radius) is int and self.radius >= 1)

    @override
    def __post_serialize__(self, members: dict[str, Any]) -> dict[str, Any]:
        """As a circle."""
        center = {name: members[name] for name in ("longitude", "latitude")}
        return {"transition": members["transition"], "place": {"center": center, "radius": members["radius"]}}


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyTime(RequestBody):
    """A span of the day, again and again.

    Attributes:
        start: local time of day.
        duration: how long it lasts.
        days: on which it begins; every day where there is none.
        weeks: of the year in which it counts, first and last of each span, 1 to 52; all where there is none.
    """

    start: time
    duration: timedelta
    days: tuple[Day, ...] = ()
    weeks: tuple[tuple[int, int], ...] = ()
    recurrence: Recurrence = field(default=Recurrence.DAILY, init=False)

    def __post_init__(self) -> None:
        check("duration", "it is more than nothing", is_valid=self.duration >= timedelta(seconds=1))
        check("days", "each comes once", is_valid=len(self.days) == len(set(self.days)))
        is_in_range = all(first in _WEEKS and last in _WEEKS and first <= last for first, last in self.weeks)
        is_disjoint = all(before[1] < after[0] for before, after in pairwise(sorted(self.weeks)))
        check("weeks", "they are 1 to 52, each once", is_valid=is_in_range and is_disjoint)

    @override
    def __post_serialize__(self, members: dict[str, Any]) -> dict[str, Any]:
        """With days and weeks as an occurrence."""
        days, weeks = members.pop("days"), members.pop("weeks")
        if days or weeks:  # the description demands days of every occurrence
            members["occurence"] = {"day": days or [day.value for day in Day]}
        if weeks:
            members["occurence"]["week"] = [
                f"w{first}" if first == last else f"w{first}-w{last}" for first, last in self.weeks
            ]
        return members


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleTime(RequestBody):
    """A span of time, once.

    Attributes:
        start: with a time zone.
        duration: how long it lasts; for ever where that is None.
    """

    start: datetime
    duration: timedelta | None = None
    recurrence: Recurrence = field(default=Recurrence.NONE, init=False)

    def __post_init__(self) -> None:
        check_has_time_zone("start", self.start)
        check(
            "duration",
            "it is more than nothing",
            is_valid=self.duration is None or self.duration >= timedelta(seconds=1),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeTrigger(RequestBody):
    """The vehicle moves at a time at which that counts.

    Attributes:
        times: at which it counts.
        time_zone: of the times, such as Europe/Paris.
    """

    times: tuple[DailyTime | SingleTime, ...]
    time_zone: str = field(default="Europe/Paris", metadata=field_options(alias="timeZone"))

    def __post_init__(self) -> None:
        check("times", "there is at least one", is_valid=bool(self.times))
        check("time_zone", "it is the name of a time zone", is_valid=bool(_TIME_ZONE_PATTERN.fullmatch(self.time_zone)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous(RequestBody):
    """What the data had to be before. Counts for the first event, not for reminders.

    Attributes:
        op: `EQUALS_TO` one value, or `INCLUDED_IN` several.
        values: the values.
    """

    op: Operator
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataTrigger(RequestBody):
    """Data of the vehicle changes, or compares to values as it should.

    Attributes:
        data: what is watched.
        op: how it is compared; not every data can be compared in every way.
        values: with what: nothing for `ON_CHANGE`, one or more for `INCLUDED_IN`, else one.
        previous: what it had to be before, for the data for which that can be asked.
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
        """With values as texts."""
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
    check("op" if field_name == "values" else field_name, f"{data} is not compared by {op}", is_valid=op in allowed)
    match op:
        case Operator.ON_CHANGE:
            check(field_name, "a change has no value", is_valid=not values)
        case Operator.INCLUDED_IN:
            check(field_name, "there is at least one", is_valid=bool(values))
        case _:
            check(field_name, "there is exactly one", is_valid=len(values) == 1)
    for value in values:
        format_value(field_name, data, value)


def _serialize_comparison(data: MonitoredData, op: Operator, values: tuple[Value, ...]) -> dict[str, Any]:
    texts = [format_value("values", data, value) for value in values]
    return {"op": op.value, **({"value": texts} if texts else {})}
