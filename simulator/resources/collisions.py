"""The response body of a collision."""

from ..clock import rfc3339
from ..vehicle.car import Car
from ..vehicle.history import Collision
from .links import Json, link, vehicle_url


def collision_body(car: Car, collision: Collision, api_root: str) -> Json:
    """Return a collision."""
    url = vehicle_url(api_root, car.id)
    links = {"self": link(f"{url}/collisions/{collision.id}"), "vehicle": link(url)}
    if collision.trip:
        links["trip"] = link(f"{url}/trips/{collision.trip}")
    return {
        "id": collision.id,
        "createdAt": rfc3339(collision.at),
        "updatedAt": rfc3339(collision.at),
        "tippedOver": False,
        "pedestrian": False,
        "details": [{"side": collision.side, "severity": collision.severity}],
        "_links": links,
    }
