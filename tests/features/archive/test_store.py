"""What the archive keeps of a car: which trips are asked for, bounds, and what is read of a damaged file. Pure."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.stellantis.features.archive.path import PathPoint, TripPath
from custom_components.stellantis.features.archive.store import MAX_AGE, MAX_POSITIONS, CarPaths, drop_oldest
from custom_components.stellantis.vehicle.trip import TripRecord

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SINCE = NOW - 3 * HOUR


def build_trip(trip_id: str, end: datetime, distance: float = 10) -> TripRecord:
    """Return a trip of an hour."""
    return TripRecord(id=trip_id, start=end - HOUR, end=end, distance=distance)


def build_points(start: datetime, number: int = 3) -> tuple[PathPoint, ...]:
    """Return points on a curve, one every ten minutes."""
    return tuple(PathPoint(start + index * HOUR / 6, 2 + index**2 / 100, 48 + index / 100) for index in range(number))


def build_path(trip_id: str, start: datetime, number: int = 3) -> TripPath:
    """Return a path."""
    return TripPath(trip_id=trip_id, points=build_points(start, number))


@pytest.mark.parametrize(
    ("trip", "since", "is_pending"),
    [
        pytest.param(build_trip("1", NOW), SINCE, True, id="new"),
        pytest.param(build_trip("1", SINCE), SINCE, False, id="before the driver wanted it"),
        pytest.param(build_trip("1", NOW, distance=0), SINCE, False, id="standing"),
        pytest.param(build_trip("known", NOW), SINCE, False, id="handled"),
        pytest.param(build_trip("1", NOW - MAX_AGE + HOUR), NOW - 2 * MAX_AGE, True, id="late"),
        pytest.param(build_trip("1", NOW - MAX_AGE), NOW - 2 * MAX_AGE, False, id="too late"),
    ],
)
def test_pending_trips(trip: TripRecord, since: datetime, *, is_pending: bool) -> None:
    car = CarPaths(handled={"known": NOW})
    assert car.find_pending([trip], since, NOW) == ([trip] if is_pending else [])


def test_positions_stand_in_for_a_path() -> None:
    trip = build_trip("1", NOW)
    before, during, after = NOW - 2 * HOUR, NOW - HOUR, NOW + HOUR
    positions = (*build_points(before), *build_points(during), *build_points(after))
    car = CarPaths()
    for point in (*positions, positions[0], positions[-1]._replace(time=NOW + 3 * HOUR)):
        car.add_position(point)
    assert car.positions == positions
    car.handle_trip(trip, (), NOW)
    assert car.paths == {"1": build_path("1", during)}
    assert car.positions == build_points(after), "those of the next trip remain"
    # The API's path counts if there is one
    car.handle_trip(build_trip("2", NOW + 2 * HOUR), build_points(after, 4), NOW + 2 * HOUR)
    assert car.paths["2"] == build_path("2", after, 4)
    assert car.handled == {"1": NOW, "2": NOW + 2 * HOUR}
    car.handle_trip(build_trip("3", NOW + 2 * MAX_AGE), (), NOW + 2 * MAX_AGE)
    assert car.handled.keys() == {"3"}


def test_positions_are_erased_like_a_path() -> None:
    """A trip that Stellantis never lists would leave them in the file."""
    car = CarPaths(positions=tuple(build_points(NOW)))
    end = car.positions[-1].time
    assert car.erase(lambda path: path.end < end) == 0
    assert car.positions
    assert car.erase(lambda path: path.end < end + HOUR) == 0
    assert car.positions == ()


def test_positions_are_bounded() -> None:
    car = CarPaths()
    for index in range(MAX_POSITIONS + 5):
        car.add_position(PathPoint(NOW + timedelta(seconds=index), index / 100, 1))
    assert len(car.positions) == MAX_POSITIONS
    assert car.positions[0].longitude == 0.05


@pytest.mark.parametrize(
    ("max_paths", "max_points", "kept"),
    [(4, 100, "1234"), (3, 100, "234"), (4, 11, "234"), (4, 6, "34"), (1, 100, "4"), (4, 2, "")],
)
def test_oldest_paths_are_dropped(max_paths: int, max_points: int, kept: str) -> None:
    cars = [
        CarPaths(paths={"4": build_path("4", NOW), "1": build_path("1", NOW - 3 * HOUR)}),
        CarPaths(paths={"2": build_path("2", NOW - 2 * HOUR), "3": build_path("3", NOW - HOUR)}),
    ]
    drop_oldest(cars, max_paths, max_points)
    assert sorted(trip_id for car in cars for trip_id in car.paths) == [*kept]


def test_stored_data() -> None:
    car = CarPaths(paths={"1": build_path("1", NOW)}, handled={"1": NOW + HOUR}, positions=build_points(NOW + 2 * HOUR))
    data = car.to_json()
    assert CarPaths.from_json(data) == car
    # What is damaged is left out, and nothing else
    data["paths"] |= {
        "2": None,
        "3": {"start": "?", "points": []},
        "4": {"start": NOW.isoformat(), "points": [[0, 1, 2]]},
    }
    data["handled"]["5"] = 17
    data["positions"] = [*data["positions"], 17, ["?"]]
    assert CarPaths.from_json(data) == car


@pytest.mark.parametrize("data", [{}, [], None, "?", {"paths": [], "handled": None, "positions": {}}])
def test_damaged_data(data: Any) -> None:
    assert CarPaths.from_json(data) == CarPaths()
