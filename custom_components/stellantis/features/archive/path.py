"""Paths of trips: points, simplified so that years of them fit into a file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, hypot, radians
from typing import Any, Final, NamedTuple, Self

from ...api import Position
from ...history.place_names import Area

METERS_PER_DEGREE: Final = 111_320.0
# A path deviates from the reported positions by this at most, in m, unless it would have too many points
TOLERANCE: Final = 10.0
MAX_POINTS: Final = 500
# Degrees; about a meter
_DIGITS: Final = 5


class PathPoint(NamedTuple):
    """A point of a path.

    Attributes:
        time: When the car was there.
        longitude: Degrees east.
        latitude: Degrees north.
        altitude: Altitude in m; None if unknown.
    """

    time: datetime
    longitude: float
    latitude: float
    altitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TripPath:
    """The path of a trip.

    Attributes:
        trip_id: The API's ID of the trip.
        points: The points in chronological order, at least two.
    """

    trip_id: str
    points: tuple[PathPoint, ...]

    @property
    def end(self) -> datetime:
        """When the car was at the last point."""
        return self.points[-1].time

    def crosses(self, area: Area) -> bool:
        """Return whether the path leads through an area, also between two points."""
        center = (area.longitude, area.latitude)
        return any(
            _distance_to_line(center, first, last, cos(radians(area.latitude))) <= area.radius
            for first, last in zip(self.points, self.points[1:], strict=False)
        )

    def to_json(self) -> dict[str, Any]:
        """Return the path as it is stored: rows with the seconds since the start, and what a point has."""
        start = self.points[0].time
        rows = [
            [round((time - start).total_seconds()), longitude, latitude, *([] if altitude is None else [altitude])]
            for time, longitude, latitude, altitude in self.points
        ]
        return {"start": start.isoformat(), "points": rows}

    @classmethod
    def from_json(cls, trip_id: str, data: dict[str, Any]) -> Self:
        """Return a stored path.

        Raises:
            ValueError, LookupError, TypeError: The data is none.
        """
        start = datetime.fromisoformat(data["start"])
        points = tuple(
            PathPoint(start + timedelta(seconds=seconds), float(longitude), float(latitude), *altitude)
            for seconds, longitude, latitude, *altitude in data["points"]
        )
        if len(points) < 2:  # noqa: PLR2004 - a path has two ends
            raise ValueError("A path has two ends")
        return cls(trip_id=trip_id, points=points)


def get_point(position: Position | None) -> PathPoint | None:
    """Return a reported position as a point; None if it lacks a time or the coordinates."""
    if position is None or position.measured_at is None or position.longitude is None or position.latitude is None:
        return None
    altitude = None if position.altitude is None else round(position.altitude)
    return PathPoint(
        position.measured_at, round(position.longitude, _DIGITS), round(position.latitude, _DIGITS), altitude
    )


def build_trip_path(trip_id: str, points: Iterable[PathPoint]) -> TripPath | None:
    """Return the simplified path of a trip; None if there are fewer than two points at different times."""
    by_time = {point.time: point for point in points}
    ordered = [by_time[time] for time in sorted(by_time)]
    if len(ordered) < 2:  # noqa: PLR2004 - a path has two ends
        return None
    tolerance, simplified = TOLERANCE, simplify(ordered, TOLERANCE)
    while len(simplified) > MAX_POINTS:
        tolerance *= 2
        simplified = simplify(simplified, tolerance)
    return TripPath(trip_id=trip_id, points=tuple(simplified))


def simplify(points: Sequence[PathPoint], tolerance: float) -> list[PathPoint]:
    """Return the points without those that are within a distance of the line between their neighbors.

    This is the algorithm of Douglas and Peucker, without its recursion. The first and the last point remain.

    Args:
        points: The points in chronological order.
        tolerance: The distance in m.
    """
    kept = {0, len(points) - 1}
    sections = [(0, len(points) - 1)]
    while sections:
        first, last = sections.pop()
        scale = cos(radians(points[first].latitude)) if last - first > 1 else 1.0
        distance, farthest = max(
            (
                (_distance_to_line(points[index][1:3], points[first], points[last], scale), index)
                for index in range(first + 1, last)
            ),
            default=(0.0, first),
        )
        if distance > tolerance:
            kept.add(farthest)
            sections += [(first, farthest), (farthest, last)]
    return [point for index, point in enumerate(points) if index in kept]


def _distance_to_line(center: tuple[float, float], first: PathPoint, last: PathPoint, scale: float) -> float:
    """Return the distance in m of a place from the line between two points, on a plane.

    Args:
        center: Longitude and latitude of the place.
        first: One end of the line.
        last: The other end of the line.
        scale: How much shorter a degree of longitude is there than one of latitude.
    """
    x, y = _offset(center, first, scale)
    line_x, line_y = _offset((last.longitude, last.latitude), first, scale)
    length = line_x**2 + line_y**2
    share = min(1.0, max(0.0, (x * line_x + y * line_y) / length)) if length else 0.0
    return hypot(x - share * line_x, y - share * line_y)


def _offset(place: tuple[float, float], origin: PathPoint, scale: float) -> tuple[float, float]:
    """Return in m how far east and north of a point a place is; 180° west and east are the same."""
    east = (place[0] - origin.longitude + 180) % 360 - 180
    return east * scale * METERS_PER_DEGREE, (place[1] - origin.latitude) * METERS_PER_DEGREE
