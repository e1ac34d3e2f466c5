"""Response bodies of positions."""

from ..clock import rfc3339
from ..vehicle.car import Car
from ..vehicle.history import Location
from ..vehicle.past_car import AnyCar
from ..vehicle.route import Place
from .links import Json


def position_feature(place: Place, at: float, *, heading: int, is_flat: bool = False, fix: str = "Acquire") -> Json:
    """Return a position as a GeoJSON feature.

    Args:
        place: Where the car is.
        at: When it was measured.
        heading: In degrees.
        is_flat: Whether the altitude is missing.
        fix: The API's word for how it was measured.
    """
    coordinates = [round(place.longitude, 6), round(place.latitude, 6)]
    properties: Json = {"createdAt": rfc3339(at), "heading": heading, "type": fix}
    if fix == "Acquire":
        properties |= {"signalQuality": 9, "fixStatus": "2D" if is_flat else "3D"}
    if not is_flat:
        coordinates.append(round(place.altitude))
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": coordinates},
        "properties": properties,
    }


def location_body(car: AnyCar, location: Location, at: float) -> Json:
    """Return a recorded location as a GeoJSON feature."""
    return position_feature(location.place, at, heading=location.heading, is_flat="flat_position" in car.model.quirks)


def last_position_body(car: Car, at: float) -> Json | None:
    """Return a car's position, dated with the time of the request as the platform does it.

    Returns None if the driver's privacy or the car itself hides it.
    """
    is_hidden = "position_under_way" in car.model.quirks and not car.state.moving
    location = car.visible_location()
    return None if is_hidden or not location else location_body(car, location, at)
