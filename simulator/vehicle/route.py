"""Places and routes: plane geometry, accurate enough within a few hundred kilometers."""

from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, pi, radians, sin

KM_PER_DEGREE = 111.32
# A road is longer than the straight line by this factor.
WINDING_FACTOR = 1.25


@dataclass(frozen=True, slots=True)
class Place:
    """A point; longitude and latitude in degrees, altitude in meters."""

    longitude: float
    latitude: float
    altitude: float = 0.0

    def towards(self, bearing: float, km: float) -> "Place":
        """Return the place at a bearing (degrees, 0 is north) and a straight distance in km."""
        north = km * cos(radians(bearing)) / KM_PER_DEGREE
        east = km * sin(radians(bearing)) / (KM_PER_DEGREE * cos(radians(self.latitude)))
        return Place(self.longitude + east, self.latitude + north, self.altitude)


def km_between(start: Place, end: Place) -> float:
    """Return the straight distance in km."""
    east = (end.longitude - start.longitude) * cos(radians((start.latitude + end.latitude) / 2))
    return hypot(east, end.latitude - start.latitude) * KM_PER_DEGREE


def point_on_route(start: Place, end: Place, fraction: float, bend: float) -> tuple[Place, int]:
    """Return the place and the heading (degrees) at a fraction of a route.

    Args:
        start: Where the route begins.
        end: Where it ends.
        fraction: The part of the route that has been covered, from 0 to 1.
        bend: How far the route swings sideways, as a share of its length.
    """
    place = _point_at(start, end, fraction, bend)
    behind = _point_at(start, end, max(0.0, fraction - 0.01), bend)
    ahead = _point_at(start, end, min(1.0, fraction + 0.01), bend)
    east = (ahead.longitude - behind.longitude) * cos(radians(place.latitude))
    heading = degrees(atan2(east, ahead.latitude - behind.latitude))
    return place, int(heading) % 360


def _point_at(start: Place, end: Place, fraction: float, bend: float) -> Place:
    east, north = end.longitude - start.longitude, end.latitude - start.latitude
    sideways = bend * sin(2 * pi * fraction)
    climb = 25 * sin(pi * fraction)
    return Place(
        start.longitude + east * fraction - north * sideways,
        start.latitude + north * fraction + east * sideways,
        start.altitude + (end.altitude - start.altitude) * fraction + climb,
    )
