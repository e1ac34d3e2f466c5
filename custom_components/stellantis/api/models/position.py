"""Where a car is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, override

from .base import Members, Timed, Within

_LONGITUDES = Within(-180, 180)
_LATITUDES = Within(-90, 90)
_FLAT = 2
_NUMBERS = frozenset((int, float))


class PositionType(StrEnum):
    """How a position was found."""

    ESTIMATED = "Estimated"
    ACQUIRE = "Acquire"


class FixStatus(StrEnum):
    """How much a satellite fix knows: the place, or the place and its altitude."""

    TWO_DIMENSIONAL = "2D"
    THREE_DIMENSIONAL = "3D"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position(Timed):
    """A place on earth and when the car was there; without usable coordinates, both are None.

    Attributes:
        longitude: degrees east, WGS 84.
        latitude: degrees north, WGS 84.
        altitude: metres.
        heading: course in degrees, 0 to 360.
        signal_quality: of the satellite fix, without unit.
        type: measured or estimated.
        fix_status: of a measured position.
    """

    longitude: Annotated[float, _LONGITUDES] | None = None
    latitude: Annotated[float, _LATITUDES] | None = None
    altitude: Annotated[float, Within(-1000, 20_000)] | None = None
    heading: Annotated[float, Within(0, 360)] | None = None
    signal_quality: int | None = None
    type: PositionType | str | None = None
    fix_status: FixStatus | str | None = None

    @override
    @classmethod
    def reshape(cls, members: Members) -> Members:
        properties, geometry = members.get("properties"), members.get("geometry")
        shaped = dict(properties) if type(properties) is dict else {}
        if "createdAt" in members:  # its place before October 2023
            shaped.setdefault("createdAt", members["createdAt"])
        if shaped.get("type") == "Aquire":  # spelt so before April 2023
            shaped["type"] = PositionType.ACQUIRE.value
        coordinates = geometry.get("coordinates") if type(geometry) is dict else None
        if type(coordinates) is list and _is_place(coordinates):
            shaped["longitude"] = coordinates[0]
            shaped["latitude"] = coordinates[1]
            shaped["altitude"] = coordinates[2] if len(coordinates) > _FLAT else None
        return shaped


def _is_place(coordinates: list[Any]) -> bool:
    if len(coordinates) < _FLAT:
        return False
    longitude, latitude = coordinates[0], coordinates[1]
    return (
        type(longitude) in _NUMBERS
        and type(latitude) in _NUMBERS
        and _LONGITUDES.low <= longitude <= _LONGITUDES.high
        and _LATITUDES.low <= latitude <= _LATITUDES.high
    )
