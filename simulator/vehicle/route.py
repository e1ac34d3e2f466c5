"""Where a car is on its way: plain geometry, good enough within a few hundred kilometres."""

from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, pi, radians, sin

KM_PER_DEGREE = 111.32
# Streets wind: a way is longer than the straight line.
WINDING = 1.25


@dataclass(frozen=True, slots=True)
class Place:
    """A point: degrees and metres."""

    longitude: float
    latitude: float
    altitude: float = 0.0

    def towards(self, bearing: float, km: float) -> Place:
        """Return the place at a bearing (degrees, 0 is north) and a straight distance in km."""
        north = km * cos(radians(bearing)) / KM_PER_DEGREE
        east = km * sin(radians(bearing)) / (KM_PER_DEGREE * cos(radians(self.latitude)))
        return Place(self.longitude + east, self.latitude + north, self.altitude)


def km_between(one: Place, other: Place) -> float:
    """Return the straight distance in km."""
    east = (other.longitude - one.longitude) * cos(radians((one.latitude + other.latitude) / 2))
    return hypot(east, other.latitude - one.latitude) * KM_PER_DEGREE


def along(start: Place, end: Place, fraction: float, bend: float) -> tuple[Place, int]:
    """Return place and heading (degrees) at a fraction of the way, which swings aside by ``bend`` of its length."""
    at = _swing(start, end, fraction, bend)
    behind = _swing(start, end, max(0.0, fraction - 0.01), bend)
    ahead = _swing(start, end, min(1.0, fraction + 0.01), bend)
    east = (ahead.longitude - behind.longitude) * cos(radians(at.latitude))
    heading = degrees(atan2(east, ahead.latitude - behind.latitude))
    return at, int(heading) % 360


def _swing(start: Place, end: Place, fraction: float, bend: float) -> Place:
    east, north = end.longitude - start.longitude, end.latitude - start.latitude
    aside = bend * sin(2 * pi * fraction)
    climb = 25 * sin(pi * fraction)
    return Place(
        start.longitude + east * fraction - north * aside,
        start.latitude + north * fraction + east * aside,
        start.altitude + (end.altitude - start.altitude) * fraction + climb,
    )
