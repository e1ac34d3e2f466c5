"""Where a car is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, override

from .base import Members, Timed, Within, member

_LONGITUDES = Within(-180, 180)
_LATITUDES = Within(-90, 90)
_POINT = 2


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
        properties = members.get("properties")
        shaped = dict(properties) if type(properties) is dict else {}
        if shaped.get("type") == "Aquire":  # spelt so before April 2023
            shaped["type"] = PositionType.ACQUIRE.value
        if "createdAt" in members:  # its place before 2023
            shaped.setdefault("createdAt", members["createdAt"])
        coordinates = member(members, "geometry", "coordinates")
        if type(coordinates) is list and _is_point(coordinates):
            shaped["longitude"], shaped["latitude"] = coordinates[:_POINT]
            shaped["altitude"] = coordinates[_POINT] if len(coordinates) > _POINT else None
        return shaped


def _is_point(coordinates: list[Any]) -> bool:
    return len(coordinates) >= _POINT and all(
        type(degrees) in {int, float} and within.low <= degrees <= within.high
        for degrees, within in zip(coordinates, (_LONGITUDES, _LATITUDES), strict=False)
    )
