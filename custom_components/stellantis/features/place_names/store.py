"""The places whose names are known, in a file of their own: small squares of the map, in which a place is rounded."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import logging
from typing import Any, Final, NamedTuple, Self

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
from homeassistant.util.location import distance

from ...const import DOMAIN
from ...history.files import create_private_file
from ...history.place_names import Area
from ...vehicle.trip import Coordinates

_LOGGER = logging.getLogger(__name__)

STORAGE_VERSION: Final = 1
SAVE_DELAY: Final = 10.0  # seconds
# In degrees; 55 m from south to north, and less from west to east
CELL_SIZE: Final = 0.0005
_DIGITS: Final = 4
MAX_PLACES: Final = 2000
MAX_AGE: Final = timedelta(days=730)
# A place without a name may get one
MAX_AGE_WITHOUT_NAME: Final = timedelta(days=30)
MAX_REQUESTS_PER_DAY: Final = 50
_INVALID_DATA: Final = (ValueError, LookupError, TypeError, AttributeError)


class Cell(NamedTuple):
    """A small square of the map, by the number of cells to Greenwich and to the equator."""

    east: int
    north: int

    @classmethod
    def at(cls, place: Coordinates) -> Self:
        """Return the cell in which a place is."""
        return cls(*(round(degrees / CELL_SIZE) for degrees in place))

    @property
    def center(self) -> Coordinates:
        """The coordinates of its center."""
        east, north = (round(number * CELL_SIZE, _DIGITS) for number in self)
        return east, north

    def touches(self, area: Area) -> bool:
        """Return whether a part of the cell is in an area."""
        nearest = (
            min(max(degrees, center - CELL_SIZE / 2), center + CELL_SIZE / 2)
            for degrees, center in zip((area.longitude, area.latitude), self.center, strict=True)
        )
        longitude, latitude = nearest
        meters = distance(latitude, longitude, area.latitude, area.longitude)
        return meters is not None and meters <= area.radius


class KnownPlace(NamedTuple):
    """What the geocoder answered.

    Attributes:
        name: The name of the place; None if it has none.
        asked_at: When it answered.
    """

    name: str | None
    asked_at: datetime

    def is_valid(self, now: datetime) -> bool:
        """Return whether the answer is still used."""
        return now - self.asked_at < (MAX_AGE_WITHOUT_NAME if self.name is None else MAX_AGE)


@dataclass(slots=True, kw_only=True)
class KnownPlaces:
    """The places whose names are known. The mapping is replaced when it changes: a thread may be writing the old one.

    Attributes:
        since: Only places of trips that ended later are asked for.
        places: The answers of the geocoder.
        day: The day of the last request, in UTC.
        requests: The number of requests on that day.
    """

    since: datetime
    places: Mapping[Cell, KnownPlace] = field(default_factory=dict)
    day: str = ""
    requests: int = 0

    def find(self, place: Coordinates, now: datetime) -> KnownPlace | None:
        """Return the answer for a place; None if it is to be asked for."""
        known = self.places.get(Cell.at(place))
        return known if known and known.is_valid(now) else None

    def add(self, cell: Cell, name: str | None, now: datetime) -> None:
        """Add an answer, and drop what is outdated, and the oldest if there are too many."""
        places = {cell: known for cell, known in self.places.items() if known.is_valid(now)}
        places.pop(cell, None)
        places[cell] = KnownPlace(name, now)
        self.places = dict([*places.items()][-MAX_PLACES:])

    def take_request(self, now: datetime) -> bool:
        """Count a request, and return whether it may be sent today."""
        day = now.date().isoformat()
        if day != self.day:
            self.day, self.requests = day, 0
        self.requests += 1
        return self.requests <= MAX_REQUESTS_PER_DAY

    def erase(self, areas: Sequence[Area], before: datetime | None, now: datetime) -> None:
        """Erase the places that are in all of some areas and were asked for before a time; earlier trips stay unnamed.

        Args:
            areas: The areas; without any, all places count.
            before: The time; None for all.
            now: The current time.
        """
        self.places = {
            cell: known
            for cell, known in self.places.items()
            if not all(cell.touches(area) for area in areas) or (before and known.asked_at >= before)
        }
        self.since = now

    def to_json(self) -> dict[str, Any]:
        """Return the places as they are stored."""
        return {
            "since": self.since.isoformat(),
            "day": self.day,
            "requests": self.requests,
            "places": [[*cell, known.name, known.asked_at.isoformat()] for cell, known in self.places.items()],
        }

    @classmethod
    def from_json(cls, data: Any, now: datetime) -> Self:
        """Return what can be read of stored places; trips that ended before there was a file stay unnamed."""
        found = cls(since=now)
        with suppress(*_INVALID_DATA):
            found.since = datetime.fromisoformat(data["since"])
            found.day, found.requests = str(data["day"]), int(data["requests"])
            places: dict[Cell, KnownPlace] = {}
            for east, north, name, asked_at in data["places"]:
                places[Cell(east, north)] = KnownPlace(name, datetime.fromisoformat(asked_at))
            found.places = places
        return found


class PlaceStore:
    """The file with the places of an account."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._file = create_private_file(hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}.places")
        self._places: KnownPlaces | None = None

    async def async_load(self) -> KnownPlaces:
        """Return the places; call `async_schedule_save` after changing them."""
        try:
            data = await self._file.async_load()
        except (HomeAssistantError, OSError) as err:
            _LOGGER.warning("The stored names of places cannot be read (%s)", type(err).__name__)
            data = None
        self._places = KnownPlaces.from_json(data, dt_util.utcnow())
        return self._places

    @callback
    def async_schedule_save(self) -> None:
        """Save the places soon."""
        if self._places is not None:
            self._file.async_delay_save(self._places.to_json, SAVE_DELAY)

    async def async_save(self) -> None:
        """Save the places now."""
        if self._places is not None:
            await self._file.async_save(self._places.to_json())

    async def async_forget(self) -> None:
        """Delete the file, if there is one; if that fails, it is tried again at the next setup."""
        try:
            if await self._file.async_load() is not None:
                await self._file.async_remove()
        except (HomeAssistantError, OSError) as err:
            _LOGGER.warning("The stored names of places cannot be deleted (%s)", type(err).__name__)

    async def async_remove(self) -> None:
        """Delete the file."""
        await self._file.async_remove()
