"""Query parameters: ranges of times and numbers, enum values, pages. Invalid values raise `InvalidValue`."""

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
    """Optional data in a response with vehicles."""

    ONBOARD_CAPABILITIES = "onboardCapabilities"
    BRANDING = "branding"
    PICTURES = "pictures"


class TelemetryExtension(StrEnum):
    """Optional data in a response with telemetry."""

    LOCATION = "location"
    MAINTENANCE = "maintenance"


class TelemetryType(StrEnum):
    """Part of telemetry."""

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
    """Type of alarm event: armed or disarmed, or triggered."""

    STATUS = "vehicle.alarm.status"
    TRIGGER = "vehicle.alarm.trigger"


class Country(StrEnum):
    """Countries with different responses (ISO 3166-1 alpha-2)."""

    CHILE = "CL"
    BRAZIL = "BR"
    ARGENTINA = "AR"


@dataclass(frozen=True, slots=True)
class Locale:
    """Language of texts, such as `Locale("fr")` or `Locale("pt", "BR")`."""

    language: str
    region: str | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch("[A-Za-z]{2,8}", self.language):
            raise InvalidValue("locale", "language must be 2 to 8 letters")
        if self.region is not None and not re.fullmatch("[A-Za-z0-9]{2,8}", self.region):
            raise InvalidValue("locale", "region must be 2 to 8 letters or digits")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a locale such as `fr`, `fr-FR` or `fr_FR`.

        Raises:
            InvalidValue: The text is not a locale.
        """
        language, _, region = text.replace("_", "-").partition("-")
        return cls(language, region or None)

    @override
    def __str__(self) -> str:
        return f"{self.language}-{self.region}" if self.region else self.language


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """Repetition of a time range.

    Attributes:
        every: Time from one start to the next.
        times: Number of ranges; unlimited if None.
    """

    interval: timedelta
    count: int | None = None

    def __post_init__(self) -> None:
        if self.interval <= timedelta(0):
            raise InvalidValue("timestamps", "interval must be positive")
        if self.count is not None and self.count < 1:
            raise InvalidValue("timestamps", "count must be at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRange:
    """A time range: from start to end, from start with a duration, from start on, or until end; optionally repeated.

    Attributes:
        start: Start, with a time zone.
        end: End, with a time zone.
        duration: Duration, as an alternative to an end. If repeated, the duration of each range, by default one day.
        repetition: Repetition, only with a start and without an end.
    """

    start: datetime | None = None
    end: datetime | None = None
    duration: timedelta | None = None
    repetition: Repetition | None = None

    def __post_init__(self) -> None:
        if any(time is not None and time.tzinfo is None for time in (self.start, self.end)):
            raise InvalidValue("timestamps", "must have a time zone")
        if self.start is None and (self.end is None or self.duration is not None or self.repetition is not None):
            raise InvalidValue("timestamps", "must have a start, or only an end")
        if self.end is not None and (self.duration is not None or self.repetition is not None):
            raise InvalidValue("timestamps", "must not have a duration or repetition with an end")
        if self.start and self.end and self.end <= self.start:
            raise InvalidValue("timestamps", "end must be after start")
        if self.duration is not None and self.duration <= timedelta(0):
            raise InvalidValue("timestamps", "duration must be positive")

    @override
    def __str__(self) -> str:
        start, end = (time and format_timestamp(time) for time in (self.start, self.end))
        if self.repetition is None:
            return f"{start or ''}/{end or (format_duration(self.duration) if self.duration else '')}"
        each_duration = f"/{format_duration(self.duration)}" if self.duration else ""
        return f"R{self.repetition.count or ''}/{start}/{format_duration(self.repetition.interval)}{each_duration}"


@dataclass(frozen=True, slots=True)
class NumberRange:
    """A range of numbers, such as `NumberRange(1, 150)`; unlimited if `high` is None."""

    low: float = 0
    high: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.low < float("inf"):
            raise InvalidValue("range", "low must be zero or more")
        if self.high is not None and not self.low <= self.high < float("inf"):
            raise InvalidValue("range", "high must not be less than low")

    def to_param(self, field: str, decimals: int) -> str:
        """Return the range as a query parameter.

        Args:
            field: Name of the parameter.
            decimals: Number of decimals that the API accepts.

        Raises:
            InvalidValue: A bound has more decimals.
        """
        bounds = [bound for bound in (self.low, self.high) if bound is not None]
        if any(round(bound, decimals) != bound for bound in bounds):
            raise InvalidValue(field, f"must have at most {decimals} decimals")
        low, high = (*(f"{bound:.{decimals}f}".removesuffix(".0") for bound in bounds), "")[:2]
        return f"{low}-{high}"


@dataclass(frozen=True, slots=True)
class IndexRange:
    """A range of results by index: `IndexRange(0, 9)` for the first ten; unlimited if `last` is None."""

    first: int = 0
    last: int | None = None

    def __post_init__(self) -> None:
        if self.first < 0 or (self.last is not None and self.last < self.first):
            raise InvalidValue("index_range", "must start at zero or more and must not end before its start")

    @override
    def __str__(self) -> str:
        return f"{self.first}-{'' if self.last is None else self.last}"


class Paging(TypedDict, total=False):
    """Pagination of a collection.

    Attributes:
        page_size: Number of results in each response, 1 to 60.
        limit: Total number of results, 1 or more; further pages are not requested.
        index_range: Range of results.
    """

    page_size: int | None
    limit: int | None
    index_range: IndexRange | None


def page_params(paging: Paging, max_size: int = _MAX_PAGE_SIZE) -> dict[str, str | int | None]:
    """Return the query parameters of a page.

    Raises:
        InvalidValue: The page size or limit is out of range.
    """
    size, limit, index_range = paging.get("page_size"), paging.get("limit"), paging.get("index_range")
    if size is not None and not 1 <= size <= max_size:
        raise InvalidValue("page_size", f"must be 1 to {max_size}")
    if limit is not None and limit < 1:
        raise InvalidValue("limit", "must be at least 1")
    if size is None and limit is not None and limit < _MAX_PAGE_SIZE:
        size = limit
    return {"pageSize": size, "indexRange": None if index_range is None else str(index_range)}


def time_params(timestamps: TimeRange | Sequence[TimeRange]) -> list[str] | None:
    """Return up to ten time ranges as a query parameter, or None if there are none.

    Raises:
        InvalidValue: There are too many.
    """
    ranges = [timestamps] if isinstance(timestamps, TimeRange) else timestamps
    if len(ranges) > _MAX_RANGES:
        raise InvalidValue("timestamps", f"must not be more than {_MAX_RANGES} ranges")
    return [str(time_range) for time_range in ranges] or None


def enum_param[E: StrEnum](field: str, enum: type[E], values: Iterable[E]) -> list[str] | None:
    """Return the unique values of an enum as a query parameter, or None if there are none.

    Raises:
        InvalidValue: A value is not in the enum.
    """
    try:
        return list(dict.fromkeys(enum(value).value for value in values)) or None
    except ValueError as exc:
        raise InvalidValue(field, str(exc)) from None


def locale_param(locale: Locale | str | None) -> str | None:
    """Return a locale as a query parameter.

    Raises:
        InvalidValue: The text is not a locale.
    """
    return None if locale is None else str(Locale.parse(locale) if isinstance(locale, str) else locale)


def country_param(country: Country | None) -> str | None:
    """Return a country as a query parameter.

    Raises:
        InvalidValue: The country is not in the enum.
    """
    return None if country is None else "".join(enum_param("country", Country, [country]) or ())
