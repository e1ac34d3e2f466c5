"""Files of trips: GPX for maps, CSV for spreadsheets, GeoJSON for both. Pure functions that return text."""

from collections.abc import Callable, Iterable, Mapping, Sequence
import csv
from datetime import UTC, datetime
from io import StringIO
from itertools import chain
import json
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree as ET  # only builds documents

from ...history.events import trip_attributes
from ...vehicle.trip import TripRecord
from .path import PathPoint, TripPath

GPX_NAMESPACE: Final = "http://www.topografix.com/GPX/1/1"
CREATOR: Final = "Home Assistant"
# Columns of a CSV file; coordinates have two each
_FIGURES: Final = (
    *("start", "end", "distance", "duration", "average_speed", "electricity", "fuel"),
    *("electricity_per_100_km", "fuel_per_100_km", "cost", "currency"),
)
_COORDINATES: Final = ("origin", "destination")


class ExportedTrip(NamedTuple):
    """A trip and its path; None if no path is known."""

    record: TripRecord
    path: TripPath | None

    @property
    def ends(self) -> list[PathPoint]:
        """The start and the end of the trip, as far as they are known."""
        record = self.record
        ends = ((record.start, record.origin), (record.end, record.destination))
        return [PathPoint(time, *coordinates) for time, coordinates in ends if coordinates]


def build_gpx(trips: Sequence[ExportedTrip], created_at: datetime) -> str:
    """Return a GPX 1.1 document: a track for each path, and a route from start to end for each trip without a path."""
    root = ET.Element("gpx", {"xmlns": GPX_NAMESPACE, "version": "1.1", "creator": CREATOR})
    metadata = ET.SubElement(root, "metadata")
    ET.SubElement(metadata, "time").text = _format_time(created_at)
    points = [point for trip in trips for point in (trip.path.points if trip.path else trip.ends)]
    if points:
        latitudes, longitudes = [point.latitude for point in points], [point.longitude for point in points]
        bounds = {"minlat": min(latitudes), "minlon": min(longitudes), "maxlat": max(latitudes)}
        bounds["maxlon"] = max(longitudes)
        ET.SubElement(metadata, "bounds", {name: _format_degrees(value) for name, value in bounds.items()})
    for trip in trips:  # the schema has all routes before all tracks
        if trip.path is None and trip.ends:
            route = ET.SubElement(root, "rte")
            ET.SubElement(route, "name").text = _format_time(trip.record.start)
            _add_points(route, "rtept", trip.ends)
    for trip in trips:
        if trip.path:
            track = ET.SubElement(root, "trk")
            ET.SubElement(track, "name").text = _format_time(trip.record.start)
            _add_points(ET.SubElement(track, "trkseg"), "trkpt", trip.path.points)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _add_points(parent: ET.Element, tag: str, points: Iterable[PathPoint]) -> None:
    for point in points:
        place = {"lat": _format_degrees(point.latitude), "lon": _format_degrees(point.longitude)}
        element = ET.SubElement(parent, tag, place)
        if point.altitude is not None:
            ET.SubElement(element, "ele").text = str(point.altitude)
        ET.SubElement(element, "time").text = _format_time(point.time)


def _format_time(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _format_degrees(degrees: float) -> str:
    """Return degrees without an exponent, which XML's decimal numbers do not have."""
    return f"{degrees:.6f}".rstrip("0").rstrip(".")


def build_csv(trips: Iterable[ExportedTrip], _created_at: datetime) -> str:
    """Return a CSV document as of RFC 4180, with a row for each trip."""
    text = StringIO(newline="")
    writer = csv.writer(text)  # ends lines with CR LF
    writer.writerow((*_FIGURES, *(f"{place}_{axis}" for place in _COORDINATES for axis in ("latitude", "longitude"))))
    for trip in trips:
        figures = trip_attributes(trip.record)
        places = (figures.get(place) or (None, None) for place in _COORDINATES)
        writer.writerow(
            (
                *(figures.get(name) for name in _FIGURES),
                *chain.from_iterable((latitude, longitude) for longitude, latitude in places),
            )
        )
    return text.getvalue()


def build_geojson(trips: Iterable[ExportedTrip], _created_at: datetime) -> str:
    """Return a GeoJSON document as of RFC 7946, with a feature for each trip."""
    features = [
        {
            "type": "Feature",
            "id": trip.record.id,
            "geometry": _build_geometry(trip),
            "properties": {
                **{key: value for key, value in trip_attributes(trip.record).items() if key not in _COORDINATES},
                **({"times": [_format_time(point.time) for point in trip.path.points]} if trip.path else {}),
            },
        }
        for trip in trips
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def _build_geometry(trip: ExportedTrip) -> dict[str, Any] | None:
    """Return the path, or the start and end, of a trip; None if neither is known."""
    points = trip.path.points if trip.path else trip.ends
    if not points:
        return None
    coordinates = [
        [longitude, latitude, *([] if altitude is None else [altitude])] for _, longitude, latitude, altitude in points
    ]
    return {"type": "LineString" if trip.path else "MultiPoint", "coordinates": coordinates}


FORMATS: Final[Mapping[str, Callable[[Sequence[ExportedTrip], datetime], str]]] = {
    "gpx": build_gpx,
    "csv": build_csv,
    "geojson": build_geojson,
}
