"""Position of a vehicle."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, override

from .base import Bounds, JsonObject, TimedModel

_LONGITUDE_BOUNDS = Bounds(-180, 180)
_LATITUDE_BOUNDS = Bounds(-90, 90)
# Coordinates that are both smaller are in the open sea, in degrees
_NO_VALUE = 0.01
_MIN_COORDINATES = 2
_NUMBER_TYPES = frozenset((int, float))


class PositionType(StrEnum):
    """Whether a position was measured or estimated."""

    ESTIMATED = "Estimated"
    ACQUIRE = "Acquire"


class FixStatus(StrEnum):
    """Kind of satellite fix: without or with altitude."""

    TWO_DIMENSIONAL = "2D"
    THREE_DIMENSIONAL = "3D"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position(TimedModel):
    """A position with its time. If the coordinates are invalid, or about [0, 0] for "no value", both are None.

    Attributes:
        longitude: Degrees east, WGS 84.
        latitude: Degrees north, WGS 84.
        altitude: Altitude in m.
        heading: Course in degrees, 0 to 360.
        signal_quality: Signal quality of the satellite fix, without unit.
        type: Whether it was measured or estimated.
        fix_status: Kind of satellite fix.
    """

    longitude: Annotated[float, _LONGITUDE_BOUNDS] | None = None
    latitude: Annotated[float, _LATITUDE_BOUNDS] | None = None
    altitude: Annotated[float, Bounds(-1000, 20_000)] | None = None
    heading: Annotated[float, Bounds(0, 360)] | None = None
    signal_quality: int | None = None
    type: PositionType | str | None = None
    fix_status: FixStatus | str | None = None

    @property
    @override
    def is_empty(self) -> bool:
        return self.longitude is None or self.latitude is None

    @override
    @classmethod
    def normalize(cls, data: JsonObject) -> JsonObject:
        properties, geometry = data.get("properties"), data.get("geometry")
        shaped = {**properties} if type(properties) is dict else {}
        if "createdAt" in data:  # here before October 2023
            shaped.setdefault("createdAt", data["createdAt"])
        if shaped.get("type") == "Aquire":  # misspelled before April 2023
            shaped["type"] = PositionType.ACQUIRE.value
        coordinates = geometry.get("coordinates") if type(geometry) is dict else None
        if type(coordinates) is list and _has_valid_coordinates(coordinates):
            shaped["longitude"] = coordinates[0]
            shaped["latitude"] = coordinates[1]
            shaped["altitude"] = coordinates[2] if len(coordinates) > _MIN_COORDINATES else None
        return shaped


def _has_valid_coordinates(coordinates: list[Any]) -> bool:
    if len(coordinates) < _MIN_COORDINATES:
        return False
    longitude, latitude = coordinates[0], coordinates[1]
    return (
        type(longitude) in _NUMBER_TYPES
        and type(latitude) in _NUMBER_TYPES
        and (abs(longitude) > _NO_VALUE or abs(latitude) > _NO_VALUE)
        and abs(longitude) <= _LONGITUDE_BOUNDS.high
        and abs(latitude) <= _LATITUDE_BOUNDS.high
    )
