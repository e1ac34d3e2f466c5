"""Files of trips in the formats GPX, CSV and GeoJSON. Pure."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
import json
import re
from typing import Any
from xml.etree import ElementTree as ET

from custom_components.stellantis.features.archive.formats import (
    FORMATS,
    GPX_NAMESPACE,
    ExportedTrip,
    build_csv,
    build_geojson,
    build_gpx,
)
from custom_components.stellantis.features.archive.path import PathPoint, TripPath
from custom_components.stellantis.vehicle.trip import TripRecord

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
MORNING = datetime(2026, 11, 27, 7, 30, 0, 999, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def build_trip(trip_id: str, *, with_path: bool = False, **members: Any) -> ExportedTrip:
    """Return a trip from Paris towards Versailles."""
    record = TripRecord(id=trip_id, start=MORNING, end=MORNING + 20 * MINUTE, distance=17.4, **members)
    points = (
        PathPoint(MORNING, 2.35, 48.85, 35),
        PathPoint(MORNING + 10 * MINUTE, 2.25, 48.84),
        PathPoint(MORNING + 20 * MINUTE, -0.00001, 48.8, -2),
    )
    return ExportedTrip(record, TripPath(trip_id=trip_id, points=points) if with_path else None)


WITH_PATH = build_trip(
    *("1",), with_path=True, electricity=2.5, cost=0.5, currency="EUR", origin=(2.35, 48.85), destination=(0.0, 48.8)
)
WITH_ENDS = build_trip("2", fuel=1.25, origin=(2.35, 48.85), destination=(2.13, 48.8))
WITH_START = build_trip("3", origin=(2.35, 48.85))
WITHOUT_PLACES = build_trip("4")
TRIPS = [WITH_ENDS, WITH_PATH, WITH_START, WITHOUT_PLACES]


def read_gpx(text: str) -> ET.Element:
    """Return the root of a GPX document; assert that its elements are those of the schema, in its order."""
    root = ET.fromstring(text)  # noqa: S314 - our own text
    order = {
        "gpx": ["metadata", "wpt", "rte", "trk"],
        "metadata": ["time", "bounds"],
        "rte": ["name", "rtept"],
        "trk": ["name", "trkseg"],
        "trkseg": ["trkpt"],
        "rtept": ["ele", "time"],
        "trkpt": ["ele", "time"],
    }
    for element in root.iter():
        namespace, _, tag = element.tag[1:].partition("}")
        assert namespace == GPX_NAMESPACE
        children = [order[tag].index(child.tag.partition("}")[2]) for child in element]
        assert children == sorted(children)
        if tag in ("rtept", "trkpt"):
            assert element.attrib.keys() == {"lat", "lon"}
            assert all(re.fullmatch(r"-?\d+(\.\d+)?", degrees) for degrees in element.attrib.values())
        if tag == "time":
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", element.text or "")
    return root


def test_gpx() -> None:
    root = read_gpx(build_gpx(TRIPS, NOW))
    names = {"gpx": GPX_NAMESPACE}
    assert root.get("version") == "1.1"
    assert root.get("creator") == "Home Assistant"
    assert root.findtext("gpx:metadata/gpx:time", namespaces=names) == "2026-11-27T12:00:00Z"
    bounds = root.find("gpx:metadata/gpx:bounds", names)
    assert bounds is not None
    assert bounds.attrib == {"minlat": "48.8", "minlon": "-0.00001", "maxlat": "48.85", "maxlon": "2.35"}
    (track,) = root.findall("gpx:trk", names)
    assert track.findtext("gpx:name", namespaces=names) == "2026-11-27T07:30:00Z"
    points = track.findall("gpx:trkseg/gpx:trkpt", names)
    assert [point.attrib for point in points] == [
        {"lat": "48.85", "lon": "2.35"},
        {"lat": "48.84", "lon": "2.25"},
        {"lat": "48.8", "lon": "-0.00001"},
    ]
    assert [point.findtext("gpx:ele", namespaces=names) for point in points] == ["35", None, "-2"]
    assert points[1].findtext("gpx:time", namespaces=names) == "2026-11-27T07:40:00Z"
    # Trips without a path are routes from the start to the end, as far as these are known
    routes = root.findall("gpx:rte", names)
    assert [len(route.findall("gpx:rtept", names)) for route in routes] == [2, 1]


def test_csv() -> None:
    text = build_csv(TRIPS, NOW)
    assert text.endswith("\r\n")
    assert text.count("\n") == text.count("\r\n") == 5
    rows = list(csv.DictReader(StringIO(text, newline="")))
    assert all(None not in row and None not in row.values() for row in rows), "rows of the same length"
    assert rows[1] == {
        "start": MORNING.isoformat(),
        "end": (MORNING + 20 * MINUTE).isoformat(),
        "distance": "17.4",
        "duration": "20.0",
        "average_speed": "52.2",
        "electricity": "2.5",
        "fuel": "",
        "electricity_per_100_km": "14.4",
        "fuel_per_100_km": "",
        "cost": "0.5",
        "currency": "EUR",
        "origin_latitude": "48.85",
        "origin_longitude": "2.35",
        "destination_latitude": "48.8",
        "destination_longitude": "0.0",
    }
    assert [row["fuel"] for row in rows] == ["1.25", "", "", ""]
    assert [row["destination_longitude"] for row in rows] == ["2.13", "0.0", "", ""]


def test_geojson() -> None:
    collection = json.loads(build_geojson(TRIPS, NOW))
    assert collection["type"] == "FeatureCollection"
    features = collection["features"]
    assert all(feature.keys() == {"type", "id", "geometry", "properties"} for feature in features)
    assert [feature["id"] for feature in features] == ["2", "1", "3", "4"]
    assert [feature["geometry"] for feature in features] == [
        {"type": "MultiPoint", "coordinates": [[2.35, 48.85], [2.13, 48.8]]},
        {"type": "LineString", "coordinates": [[2.35, 48.85, 35], [2.25, 48.84], [-0.00001, 48.8, -2]]},
        {"type": "MultiPoint", "coordinates": [[2.35, 48.85]]},
        None,
    ]
    assert features[1]["properties"]["times"] == [
        "2026-11-27T07:30:00Z",
        "2026-11-27T07:40:00Z",
        "2026-11-27T07:50:00Z",
    ]
    assert features[0]["properties"]["fuel"] == 1.25
    assert not {"times", "origin", "destination"} & features[0]["properties"].keys()


def test_no_trips() -> None:
    read_gpx(build_gpx([], NOW))
    assert build_csv([], NOW).count("\r\n") == 1
    assert json.loads(build_geojson([], NOW)) == {"type": "FeatureCollection", "features": []}
    assert FORMATS.keys() == {"gpx", "csv", "geojson"}
