"""Paths of trips: simplification, areas, and what is stored. Pure."""

from datetime import UTC, datetime, timedelta
from math import cos, pi, sin

import pytest

from custom_components.stellantis.api import Position
from custom_components.stellantis.features.archive.path import (
    MAX_POINTS,
    METERS_PER_DEGREE,
    PathPoint,
    TripPath,
    build_trip_path,
    get_point,
    simplify,
)
from custom_components.stellantis.history.place_names import Area

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
# Where a degree of longitude is half as long as one of latitude
LATITUDE = 60.0


def build_points(*offsets: tuple[float, float], seconds: float = 10) -> list[PathPoint]:
    """Return points by how far east and north of a place they are, in m."""
    return [
        PathPoint(
            NOON + timedelta(seconds=number * seconds),
            10 + east / METERS_PER_DEGREE / 0.5,
            LATITUDE + north / METERS_PER_DEGREE,
        )
        for number, (east, north) in enumerate(offsets)
    ]


@pytest.mark.parametrize(
    ("offsets", "kept"),
    [
        pytest.param([(0, 0), (1000, 0)], [0, 1], id="two points"),
        pytest.param([(0, 0), (500, 9), (1000, 0)], [0, 2], id="within the tolerance"),
        pytest.param([(0, 0), (500, 11), (1000, 0)], [0, 1, 2], id="beyond the tolerance"),
        pytest.param([(0, 0), (250, 5), (500, 100), (750, 45), (1000, 0)], [0, 1, 2, 4], id="between kept points"),
        pytest.param([(0, 0), (500, 0), (1000, 0), (500, 0), (0, 0)], [0, 2, 4], id="there and back"),
        pytest.param([(0, 0), (0, 0), (0, 0)], [0, 2], id="standing"),
        pytest.param([(0, 0), (-50, 0), (1000, 0)], [0, 1, 2], id="a detour behind the start"),
    ],
)
def test_simplify(offsets: list[tuple[float, float]], kept: list[int]) -> None:
    points = build_points(*offsets)
    assert simplify(points, 10) == [points[index] for index in kept]


def test_simplify_across_the_date_line() -> None:
    points = [PathPoint(NOON, longitude, 0.0) for longitude in (179.9, 180.0, -179.9)]
    assert simplify(points, 10) == [points[0], points[2]]


def test_long_path_is_bounded() -> None:
    """A path that winds all the way keeps its shape, in fewer points."""
    spiral = [(number * cos(number / 3), number * sin(number / 3)) for number in range(900)]
    path = build_trip_path("t", build_points(*spiral))
    assert path
    assert 100 < len(path.points) <= MAX_POINTS
    assert path.points[0].time == NOON
    assert path.end == NOON + timedelta(seconds=8_990)


def test_points_are_put_in_order() -> None:
    points = build_points((0, 0), (500, 300), (1000, 0))
    path = build_trip_path("t", [points[2], points[0], points[1], points[0]])
    assert path == TripPath(trip_id="t", points=tuple(points))
    assert build_trip_path("t", [points[0], points[0]]) is None
    assert build_trip_path("t", []) is None


@pytest.mark.parametrize(
    ("east", "north", "radius", "crosses"),
    [
        pytest.param(500, 40, 50, True, id="between two points"),
        pytest.param(500, 60, 50, False, id="beside the path"),
        pytest.param(1030, 0, 50, True, id="about the end"),
        pytest.param(1060, 0, 50, False, id="beyond the end"),
        pytest.param(-20, -20, 50, True, id="about the start"),
    ],
)
def test_area(east: float, north: float, radius: float, *, crosses: bool) -> None:
    path = build_trip_path("t", build_points((0, 0), (1000, 0)))
    (center,) = build_points((east, north))
    assert path
    assert path.crosses(Area(longitude=center.longitude, latitude=center.latitude, radius=radius)) is crosses


def test_stored_path_is_read_again() -> None:
    points = [point._replace(altitude=34) for point in build_points((0, 0), (500, 300))]
    points += build_points((0, 0), (0, 0), (1000, 0))[2:]
    path = TripPath(trip_id="t", points=tuple(points))
    assert TripPath.from_json("t", path.to_json()) == path


def test_position_without_time_or_coordinates_is_no_point() -> None:
    position = Position(longitude=2.35, latitude=48.85, created_at=NOON)
    assert get_point(position) == PathPoint(NOON, 2.35, 48.85, None)
    assert get_point(Position(longitude=2.123456, latitude=pi, altitude=33.7, created_at=NOON)) == (
        *(NOON, 2.12346, 3.14159, 34),
    )
    for incomplete in (
        None,
        Position(longitude=2.35, latitude=48.85),
        Position(longitude=2.35, created_at=NOON),
        Position(latitude=48.85, created_at=NOON),
    ):
        assert get_point(incomplete) is None
