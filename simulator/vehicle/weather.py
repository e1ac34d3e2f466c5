"""Outside temperature and daylight, derived from place and time."""

from math import cos, pi

from .route import Place

DAY = 86400
YEAR = 365.25 * DAY


def temperature(place: Place, at: float) -> float:
    """Return the outside temperature in °C, in steps of 0.5 as cars report it."""
    season = -cos(2 * pi * (at / YEAR - 20 / 365))
    hour = -cos(2 * pi * ((at % DAY) / DAY + place.longitude / 360 - 4 / 24))
    mean = 12 - (abs(place.latitude) - 47) * 0.6
    return round(2 * (mean + 8.5 * season + 4 * hour)) / 2


def is_daylight(place: Place, at: float) -> bool:
    """Return whether the sun is up."""
    season = -cos(2 * pi * (at / YEAR - 10 / 365))
    hour = ((at % DAY) / 3600 + place.longitude / 15) % 24
    return abs(hour - 12) < 6 + 2 * season
