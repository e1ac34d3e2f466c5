"""Simplifies paths with the Ramer-Douglas-Peucker algorithm."""

from collections.abc import Sequence
from math import cos, hypot, radians

from ..vehicle.route import KM_PER_DEGREE, Place


def simplify(path: Sequence[Place], tolerance: float) -> list[int]:
    """Return the indexes of the points that describe a path within a tolerance in km."""
    if len(path) < 3:
        return list(range(len(path)))
    indexes = {0, len(path) - 1}
    segments = [(0, len(path) - 1)]
    while segments:
        first, last = segments.pop()
        if last - first < 2:
            continue
        distance, index = max((_distance(path[at], path[first], path[last]), at) for at in range(first + 1, last))
        if distance > tolerance:
            indexes.add(index)
            segments += [(first, index), (index, last)]
    return sorted(indexes)


def _distance(place: Place, start: Place, end: Place) -> float:
    """Return the distance in km of a place from the straight line between two others."""
    km_per_degree = cos(radians(start.latitude)) * KM_PER_DEGREE
    x, y = (place.longitude - start.longitude) * km_per_degree, (place.latitude - start.latitude) * KM_PER_DEGREE
    east, north = (end.longitude - start.longitude) * km_per_degree, (end.latitude - start.latitude) * KM_PER_DEGREE
    length = east * east + north * north
    fraction = min(1.0, max(0.0, (x * east + y * north) / length)) if length else 0.0
    return hypot(x - fraction * east, y - fraction * north)
