"""The response body of a car's maintenance."""

from ..clock import rfc3339
from ..vehicle.car import Car
from ..vehicle.weather import DAY
from .links import Json, link, vehicle_url


def maintenance_body(car: Car, api_root: str, at: float) -> Json | None:
    """Return the time and distance to the next service; None if the driver's privacy hides it."""
    if car.state.privacy == "Full":
        return None
    url = vehicle_url(api_root, car.id)
    body = maintenance_values(car, at, car.state.odometer, car.state.measured["odometer"])
    return body | {
        "updatedAt": body["createdAt"],
        "_links": {
            "self": link(f"{url}/maintenance"),
            "vehicle": link(url),
            "alerts": link(f"{url}/alerts"),
        },
    }


def maintenance_values(car: Car, at: float, odometer: float, measured_at: float) -> Json:
    """Return the days and km until the next service; negative if it is overdue."""
    return {
        "createdAt": rfc3339(measured_at),
        "daysBeforeMaintenance": int((car.service_at - at) // DAY),
        "mileageBeforeMaintenance": float(round(car.service_km - odometer)),
    }
