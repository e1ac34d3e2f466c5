"""What can be asked for: ranges of times and numbers, words of the API, pages. Nonsense is refused unsent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
import re
from typing import Self, TypedDict, override

from .exceptions import InvalidValue
from .wire import format_duration, format_timestamp

_MAX_RANGES = 10
_MAX_PAGE_SIZE = 60


class VehicleExtension(StrEnum):
    """What can be asked for along with a vehicle."""

    ONBOARD_CAPABILITIES = "onboardCapabilities"
    BRANDING = "branding"
    PICTURES = "pictures"


class TelemetryExtension(StrEnum):
    """What can be asked for along with telemetry."""

    LOCATION = "location"
    MAINTENANCE = "maintenance"


class TelemetryType(StrEnum):
    """The parts of telemetry."""

    ENVIRONMENT = "environment"
    PRIVACY = "privacy"
    VEHICLE = "vehicle"
    ADAS = "vehicle.adas"
    BATTERY = "vehicle.battery"
    DOORS_STATE = "vehicle.doorsState"
    ENERGIES = "vehicle.energies"
    ENGINES = "vehicle.engines"
    IGNITION = "vehicle.ignition"
    LIGHTING_SYSTEM = "vehicle.lightingSystem"
    SAFETY = "vehicle.safety"
    TRANSMISSION = "vehicle.transmission"
    ALARM_STATUS = "vehicle.alarm.status"
    ALARM_TRIGGER = "vehicle.alarm.trigger"
    WIPING_BLADES = "vehicle.wipingBlades"


class AlarmType(StrEnum):
    """What can happen to an alarm: it is armed or disarmed, or it is set off."""

    STATUS = "vehicle.alarm.status"
    TRIGGER = "vehicle.alarm.trigger"


class Country(StrEnum):
    """The countries for which answers differ (ISO 3166-1)."""

    CHILE = "CL"
    BRAZIL = "BR"
    ARGENTINA = "AR"


@dataclass(frozen=True, slots=True)
class Locale:
    """The language of texts, such as `Locale("fr")` or `Locale("pt", "BR")`."""

    language: str
    region: str | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch("[A-Za-z]{2,8}", self.language):
            raise InvalidValue("locale", "the language is no word")
        if self.region is not None and not re.fullmatch("[A-Za-z0-9]{2,8}", self.region):
            raise InvalidValue("locale", "the region is no word")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `fr`, `fr-FR` or `fr_FR`.

        Raises:
            InvalidValue: it is neither.
        """
        language, _, region = text.replace("_", "-").partition("-")
        return cls(language, region or None)

    @override
    def __str__(self) -> str:
        return f"{self.language}-{self.region}" if self.region else self.language


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """How often a range of time comes again.

    Attributes:
        every: from one start to the next.
        times: how often; for ever where that is None.
    """

    interval: timedelta
    count: int | None = None

    def __post_init__(self) -> None:
        if self.interval <= timedelta(0):
            raise InvalidValue("timestamps", "a repetition takes time")
        if self.count is not None and self.count < 1:
            raise InvalidValue("timestamps", "a range comes at least once")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRange:
    """A range of time: from start to end, for so long from start, since start, or until end; once or again and again.

    Attributes:
        start: with a time zone.
        end: with a time zone.
        duration: instead of an end; of each range where they repeat, a day where it is None.
        repetition: of ranges that have a start and no end.
    """

    start: datetime | None = None
    end: datetime | None = None
    duration: timedelta | None = None
    repetition: Repetition | None = None

    def __post_init__(self) -> None:
        if any(time is not None and time.tzinfo is None for time in (self.start, self.end)):
            raise InvalidValue("timestamps", "a time without a zone could be any")
        if self.start is None and (self.end is None or self.duration is not None or self.repetition is not None):
            raise InvalidValue("timestamps", "a range has a start, or nothing but an end")
        if self.end is not None and (self.duration is not None or self.repetition is not None):
            raise InvalidValue("timestamps", "a range with an end has no duration and does not repeat")
        if self.start and self.end and self.end <= self.start:
            raise InvalidValue("timestamps", "a range ends after its start")
        if self.duration is not None and self.duration <= timedelta(0):
            raise InvalidValue("timestamps", "a range takes time")

    @override
    def __str__(self) -> str:
        start, end = (time and format_timestamp(time) for time in (self.start, self.end))
        if self.repetition is None:
            return f"{start or ''}/{end or (format_duration(self.duration) if self.duration else '')}"
        each = f"/{format_duration(self.duration)}" if self.duration else ""
        return f"R{self.repetition.count or ''}/{start}/{format_duration(self.repetition.interval)}{each}"


@dataclass(frozen=True, slots=True)
class NumberRange:
    """A range of numbers, such as `NumberRange(1, 150)`, or from a number on where `high` is None."""

    low: float = 0
    high: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.low < float("inf"):
            raise InvalidValue("range", "it begins at zero or above")
        if self.high is not None and not self.low <= self.high < float("inf"):
            raise InvalidValue("range", "it ends where it begins or above")

    def to_param(self, field: str, decimals: int) -> str:
        """The range as the API reads it.

        Raises:
            InvalidValue: a bound is finer than the API reads.
        """
        bounds = [bound for bound in (self.low, self.high) if bound is not None]
        if any(round(bound, decimals) != bound for bound in bounds):
            raise InvalidValue(field, f"it is read with {decimals} decimals")
        low, high = (*(f"{bound:.{decimals}f}".removesuffix(".0") for bound in bounds), "")[:2]
        return f"{low}-{high}"


@dataclass(frozen=True, slots=True)
class IndexRange:
    """Which results, counted from zero: `IndexRange(0, 9)` for the first ten, or from one on where `last` is None."""

    first: int = 0
    last: int | None = None

    def __post_init__(self) -> None:
        if self.first < 0 or (self.last is not None and self.last < self.first):
            raise InvalidValue("index_range", "it counts up from zero")

    @override
    def __str__(self) -> str:
        return f"{self.first}-{'' if self.last is None else self.last}"


class Paging(TypedDict, total=False):
    """How much of a collection.

    Attributes:
        page_size: results of one request, 1 to 60.
        limit: results at all, 1 or more; the rest is not asked for.
        index_range: which of the results.
    """

    page_size: int | None
    limit: int | None
    index_range: IndexRange | None


def page_params(paging: Paging, max_size: int = _MAX_PAGE_SIZE) -> dict[str, str | int | None]:
    """The query parameters of a page.

    Raises:
        InvalidValue: a size or limit is out of bounds.
    """
    size, limit, index_range = paging.get("page_size"), paging.get("limit"), paging.get("index_range")
    if size is not None and not 1 <= size <= max_size:
        raise InvalidValue("page_size", f"it is 1 to {max_size}")
    if limit is not None and limit < 1:
        raise InvalidValue("limit", "it is 1 or more")
    if size is None and limit is not None and limit < _MAX_PAGE_SIZE:
        size = limit
    return {"pageSize": size, "indexRange": None if index_range is None else str(index_range)}


def time_params(timestamps: TimeRange | Sequence[TimeRange]) -> list[str] | None:
    """One to ten ranges of time as a query parameter; none is no filter.

    Raises:
        InvalidValue: there are more.
    """
    ranges = [timestamps] if isinstance(timestamps, TimeRange) else timestamps
    if len(ranges) > _MAX_RANGES:
        raise InvalidValue("timestamps", f"there are at most {_MAX_RANGES} ranges")
    return [str(each) for each in ranges] or None


def enum_param[E: StrEnum](field: str, enum: type[E], values: Iterable[E]) -> list[str] | None:
    """Words of an enumeration as a query parameter, each once; none is no filter.

    Raises:
        InvalidValue: one is not of them.
    """
    try:
        return list(dict.fromkeys(enum(value).value for value in values)) or None
    except ValueError as exc:
        raise InvalidValue(field, str(exc)) from None


def locale_param(locale: Locale | str | None) -> str | None:
    """A locale as a query parameter.

    Raises:
        InvalidValue: it is none.
    """
    return None if locale is None else str(Locale.parse(locale) if isinstance(locale, str) else locale)


def country_param(country: Country | None) -> str | None:
    """A country as a query parameter.

    Raises:
        InvalidValue: it is none of those for which answers differ.
    """
    return None if country is None else "".join(enum_param("country", Country, [country]) or ())
