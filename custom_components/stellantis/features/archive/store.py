"""The paths of an account's trips, in a file of their own."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import logging
from typing import Any, Final, Self

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from ...const import DOMAIN
from ...history.files import create_private_file
from ...vehicle.trip import TripRecord
from .path import PathPoint, TripPath, build_trip_path

_LOGGER = logging.getLogger(__name__)

STORAGE_VERSION: Final = 1
SAVE_DELAY: Final = 10.0  # seconds
# Of all cars of an account: years of driving in a file of some megabytes
MAX_PATHS: Final = 5000
MAX_TOTAL_POINTS: Final = 200_000
# A trip that could not be fetched for so long is left out
MAX_AGE: Final = timedelta(days=30)
# Positions of a drive that has not ended; a long one, reported every minute
MAX_POSITIONS: Final = 1000
# Clocks of a trip and of its positions may differ a little
TOLERANCE: Final = timedelta(minutes=1)
_INVALID_DATA: Final = (ValueError, LookupError, TypeError, AttributeError)


@dataclass(slots=True, kw_only=True)
class CarPaths:
    """The paths of a car's trips. The collections are replaced when they change: a thread may be writing the old ones.

    Attributes:
        paths: The paths by the ID of the trip.
        handled: The end of each late trip that is not fetched any more, by its ID: a path that was erased stays so.
        positions: What the car reported since the last trip, in case that the API has no path of the next.
    """

    paths: Mapping[str, TripPath] = field(default_factory=dict)
    handled: Mapping[str, datetime] = field(default_factory=dict)
    positions: tuple[PathPoint, ...] = ()

    def find_pending(self, trips: Iterable[TripRecord], since: datetime, now: datetime) -> list[TripRecord]:
        """Return the trips whose path has not been asked for, the oldest first.

        Args:
            trips: The trips, sorted by their end.
            since: Since when the driver has paths kept.
            now: The current time.
        """
        earliest = max(since, now - MAX_AGE)
        return [trip for trip in trips if trip.is_drive and trip.end > earliest and trip.id not in self.handled]

    def add_position(self, point: PathPoint) -> None:
        """Add a reported position if the car has moved since the last."""
        last = self.positions[-1] if self.positions else None
        if last is None or (point.time > last.time and point[1:3] != last[1:3]):
            self.positions = (*self.positions, point)[-MAX_POSITIONS:]

    def handle_trip(self, trip: TripRecord, points: Iterable[PathPoint], now: datetime) -> None:
        """Keep the path of a trip, if there is one.

        Args:
            trip: The trip.
            points: The points that the API has; without any, those count that the car reported meanwhile.
            now: The current time.
        """
        start, end = trip.start - TOLERANCE, trip.end + TOLERANCE
        reported = [point for point in self.positions if start <= point.time <= end]
        if path := build_trip_path(trip.id, points) or build_trip_path(trip.id, reported):
            self.paths = {**self.paths, trip.id: path}
        self.positions = tuple(point for point in self.positions if point.time > end)
        late = {trip_id: time for trip_id, time in self.handled.items() if time > now - MAX_AGE}
        self.handled = {**late, trip.id: trip.end}

    def erase(self, is_erased_fn: Callable[[TripPath], bool]) -> int:
        """Erase paths, and return their number. What was recorded since the last trip is erased like a path."""
        kept = {trip_id: path for trip_id, path in self.paths.items() if not is_erased_fn(path)}
        erased = len(self.paths) - len(kept)
        if erased:
            self.paths = kept
        if len(self.positions) > 1 and is_erased_fn(TripPath(trip_id="", points=self.positions)):
            self.positions = ()
        return erased

    def to_json(self) -> dict[str, Any]:
        """Return the paths as they are stored."""
        return {
            "paths": {trip_id: path.to_json() for trip_id, path in self.paths.items()},
            "handled": {trip_id: time.isoformat() for trip_id, time in self.handled.items()},
            "positions": [(time.isoformat(), *values) for time, *values in self.positions],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return what can be read of stored paths."""
        paths: dict[str, TripPath] = {}
        for trip_id, path in _member(data, "paths", dict).items():
            with suppress(*_INVALID_DATA):
                paths[trip_id] = TripPath.from_json(trip_id, path)
        handled: dict[str, datetime] = {}
        for trip_id, time in _member(data, "handled", dict).items():
            with suppress(*_INVALID_DATA):
                handled[trip_id] = datetime.fromisoformat(time)
        positions: list[PathPoint] = []
        for row in _member(data, "positions", list):
            with suppress(*_INVALID_DATA):
                time, *values = row
                positions.append(PathPoint(datetime.fromisoformat(time), *values))
        return cls(paths=paths, handled=handled, positions=tuple(positions))


def _member[T: (dict[str, Any], list[Any])](data: Any, name: str, kind: type[T]) -> T:
    """Return a member of stored data; an empty one if it is of another type."""
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, kind) else kind()


def drop_oldest(cars: Iterable[CarPaths], max_paths: int, max_points: int) -> None:
    """Drop the oldest paths of all cars, so that no more than some number of paths, and of their points, remain."""
    cars = list(cars)
    paths = sorted((path for car in cars for path in car.paths.values()), key=lambda path: path.end, reverse=True)
    kept, points = 0, 0
    for path in paths[:max_paths]:
        points += len(path.points)
        if points > max_points:
            break
        kept += 1
    if dropped := {id(path) for path in paths[kept:]}:
        for car in cars:
            car.erase(lambda path: id(path) in dropped)


class PathStore:
    """The file with the paths of an account's trips. It is only read if it is needed."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._file = create_private_file(hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}.paths")
        self._hass = hass
        self._lock = asyncio.Lock()
        self._cars: dict[str, CarPaths] | None = None
        self._is_changed = False

    async def async_get_car(self, vin: str) -> CarPaths:
        """Return the paths of a car; call `async_schedule_save` after changing them."""
        async with self._lock:
            if self._cars is None:
                self._cars = await self._async_load()
        return self._cars.setdefault(vin, CarPaths())

    async def _async_load(self) -> dict[str, CarPaths]:
        try:
            data = await self._file.async_load() or {}
        except (HomeAssistantError, OSError) as err:
            _LOGGER.warning("The stored paths of trips cannot be read (%s)", type(err).__name__)
            return {}
        return await self._hass.async_add_executor_job(_decode, data)

    @callback
    def async_schedule_save(self) -> None:
        """Save the paths soon, without the oldest if there are too many."""
        if self._cars is not None:
            self._is_changed = True
            drop_oldest(self._cars.values(), MAX_PATHS, MAX_TOTAL_POINTS)
            self._file.async_delay_save(self._serialize, SAVE_DELAY)

    async def async_save(self) -> None:
        """Save the paths now if they have changed."""
        if self._is_changed and self._cars is not None:
            await self._file.async_save(await self._hass.async_add_executor_job(self._serialize))

    async def async_remove(self) -> None:
        """Delete the file."""
        await self._file.async_remove()

    def _serialize(self) -> dict[str, Any]:
        self._is_changed = False
        return {vin: car.to_json() for vin, car in (self._cars or {}).copy().items()}


def _decode(data: dict[str, Any]) -> dict[str, CarPaths]:
    return {vin: CarPaths.from_json(car) for vin, car in data.items()}
