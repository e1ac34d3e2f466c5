"""A path with fewer points: Ramer, Douglas and Peucker."""

from collections.abc import Sequence
from math import cos, hypot, radians

from ..vehicle.route import KM_PER_DEGREE, Place


def simplify(path: Sequence[Place], tolerance: float) -> list[int]:
    """Return the numbers of those points of a path that keep it within a tolerance in km."""
    if len(path) < 3:
        return list(range(len(path)))
    kept = {0, len(path) - 1}
    stretches = [(0, len(path) - 1)]
    while stretches:
        first, last = stretches.pop()
        if last - first < 2:
            continue
        far, number = max((_aside(path[at], path[first], path[last]), at) for at in range(first + 1, last))
        if far > tolerance:
            kept.add(number)
            stretches += [(first, number), (number, last)]
    return sorted(kept)


def _aside(place: Place, start: Place, end: Place) -> float:
    """Return how far a place lies from the straight stretch between two others, in km."""
    wide = cos(radians(start.latitude)) * KM_PER_DEGREE
    x, y = (place.longitude - start.longitude) * wide, (place.latitude - start.latitude) * KM_PER_DEGREE
    east, north = (end.longitude - start.longitude) * wide, (end.latitude - start.latitude) * KM_PER_DEGREE
    length = east * east + north * north
    part = min(1.0, max(0.0, (x * east + y * north) / length)) if length else 0.0
    return hypot(x - part * east, y - part * north)
