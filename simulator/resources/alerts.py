"""The response body of an alert."""

from ..clock import rfc3339
from ..vehicle.alerts import severity
from ..vehicle.car import Car
from ..vehicle.history import Alert
from .links import Json, link, vehicle_url
from .position import location_body


def alert_body(car: Car, alert: Alert, api_root: str, scopes: frozenset[str]) -> Json:
    """Return an alert; its positions need the scope data:position."""
    url = vehicle_url(api_root, car.id)
    body: Json = {
        "id": alert.id,
        "type": alert.kind,
        "severity": severity(alert.kind),
        "active": alert.ended_at is None,
        "createdAt": rfc3339(alert.started_at),
        "updatedAt": rfc3339(alert.ended_at or alert.started_at),
        "startedAt": rfc3339(alert.started_at),
        "_links": {
            "self": link(f"{url}/alerts/{alert.id}"),
            "vehicle": link(url),
            "position": link(f"{url}/lastPosition"),
            "trips": [link(f"{url}/trips/{trip}") for trip in alert.trips],
        },
    }
    if alert.ended_at is not None:
        body["endAt"] = rfc3339(alert.ended_at)
    if "data:position" in scopes and alert.location:
        body["startPosition"] = location_body(car, alert.location, alert.started_at)
    if "data:position" in scopes and alert.end_location and alert.ended_at is not None:
        body["endPosition"] = location_body(car, alert.end_location, alert.ended_at)
    return body
