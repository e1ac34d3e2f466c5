"""What a car has reported apart from its status: position, maintenance, alerts, alarms, collisions."""

from collections.abc import Sequence

from ..clock import rfc3339
from ..http.errors import not_found
from ..http.hal import Json, link
from ..http.request import Call
from ..resources.status import position
from ..vehicle.alerts import severity
from ..vehicle.car import Car
from ..vehicle.history import Alarm, Alert, Collision, Spot
from ..vehicle.past_car import Seen
from ..vehicle.weather import DAY

ALARM_TYPES = ("vehicle.alarm.status", "vehicle.alarm.trigger")


def own(car: Car, root: str) -> str:
    """Return the URL of a car."""
    return f"{root}/user/vehicles/{car.id}"


def spot_body(car: Seen, spot: Spot, at: float) -> Json:
    """Return a position that is remembered."""
    flat = "flat_position" in car.character.quirks
    return position(spot.place, at, heading=spot.heading, flat=flat)


def last_position_body(car: Car, at: float) -> Json:
    """Return where a car is, dated by the request as the platform does it.

    Raises ApiError 40400 where the driver's privacy, or the car, hides it.
    """
    hidden = "position_under_way" in car.character.quirks and not car.state.moving
    spot = car.spot()
    if hidden or not spot:
        raise not_found("No position found")
    return spot_body(car, spot, at)


def maintenance_body(car: Car, root: str, at: float) -> Json:
    """Return how long and how far it is until the next service.

    Raises ApiError 40400 where the driver hides everything.
    """
    if car.state.privacy == "Full":
        raise not_found("No maintenance found")
    links = {"self": link(f"{own(car, root)}/maintenance"), "vehicle": link(own(car, root))}
    body = maintenance(car, at, car.state.odometer, car.state.measured["odometer"])
    return body | {"updatedAt": body["createdAt"], "_links": links | {"alerts": link(f"{own(car, root)}/alerts")}}


def maintenance(car: Car, at: float, odometer: float, measured: float) -> Json:
    """Return days and km until the next service; negative ones are days and km too late."""
    return {
        "createdAt": rfc3339(measured),
        "daysBeforeMaintenance": int((car.service_at - at) // DAY),
        "mileageBeforeMaintenance": float(round(car.service_km - odometer)),
    }


def alert_body(car: Car, alert: Alert, root: str, scopes: frozenset[str]) -> Json:
    """Return a warning."""
    at = own(car, root)
    body: Json = {
        "id": alert.id,
        "type": alert.kind,
        "severity": severity(alert.kind),
        "active": alert.ended is None,
        "createdAt": rfc3339(alert.started),
        "updatedAt": rfc3339(alert.ended or alert.started),
        "startedAt": rfc3339(alert.started),
        "_links": {
            "self": link(f"{at}/alerts/{alert.id}"),
            "vehicle": link(at),
            "position": link(f"{at}/lastPosition"),
            "trips": [link(f"{at}/trips/{trip}") for trip in alert.trips],
        },
    }
    if alert.ended is not None:
        body["endAt"] = rfc3339(alert.ended)
    if "data:position" in scopes and alert.spot:
        body["startPosition"] = spot_body(car, alert.spot, alert.started)
    if "data:position" in scopes and alert.end_spot and alert.ended is not None:
        body["endPosition"] = spot_body(car, alert.end_spot, alert.ended)
    return body


def alarm_body(car: Car, alarm: Alarm, scopes: frozenset[str]) -> Json:
    """Return a change of the alarm: its status, or what set it off."""
    at = {"createdAt": rfc3339(alarm.at)}
    if alarm.kind is None:
        return {"id": alarm.id, "status": at | {"activation": "Active" if alarm.active else "Inactive"}}
    trigger: Json = at | {"type": alarm.kind, "startAt": rfc3339(alarm.at)}
    if "data:position" in scopes and alarm.spot:
        trigger["position"] = spot_body(car, alarm.spot, alarm.at)
    return {"id": alarm.id, "trigger": trigger}


def collision_body(car: Car, collision: Collision, root: str) -> Json:
    """Return a collision."""
    at = own(car, root)
    links = {"self": link(f"{at}/collisions/{collision.id}"), "vehicle": link(at)}
    if collision.trip:
        links["trip"] = link(f"{at}/trips/{collision.trip}")
    return {
        "id": collision.id,
        "createdAt": rfc3339(collision.at),
        "updatedAt": rfc3339(collision.at),
        "tippedOver": False,
        "pedestrian": False,
        "details": [{"side": collision.side, "severity": collision.severity}],
        "_links": links,
    }


def one_of[Item: (Alert, Alarm, Collision)](items: Sequence[Item], wanted: str, what: str) -> Item:
    """Return the item with an id.

    Raises ApiError 40400.
    """
    for item in items:
        if item.id == wanted:
            return item
    raise not_found(f"No {what} found")


async def last_position(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/lastPosition."""
    return last_position_body(call.car(), call.now)


async def car_maintenance(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/maintenance."""
    return maintenance_body(call.car(), call.root, call.now)


async def alerts(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/alerts."""
    car = call.car()
    return alerts_page(call, car, list(car.history.alerts))


def alerts_page(call: Call, car: Car, items: Sequence[Alert]) -> Json:
    """Return a page of warnings."""
    times = call.timestamps()
    chosen = [alert for alert in items if any(alert.started in range_ for range_ in times)]
    return call.collection("alerts", chosen, lambda alert: alert_body(car, alert, call.root, call.scopes))


async def alert(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/alerts/{aid}."""
    car = call.car()
    return alert_body(car, one_of(car.history.alerts, call.part("aid"), "alert"), call.root, call.scopes)


async def alarms(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/alarms."""
    types, times = call.words("type", ALARM_TYPES) or ALARM_TYPES, call.timestamps()
    car = call.car()
    if "alarm" not in car.character.members:
        raise not_found("No alarm found")
    chosen = [
        alarm
        for alarm in car.history.alarms
        if ALARM_TYPES[alarm.kind is not None] in types and any(alarm.at in range_ for range_ in times)
    ]
    return call.collection("alarms", chosen, lambda alarm: alarm_body(car, alarm, call.scopes))


async def alarm(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/alarms/{aid}."""
    car = call.car()
    return alarm_body(car, one_of(car.history.alarms, call.part("aid"), "alarm"), call.scopes)


async def collisions(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/collisions."""
    car = call.car()
    return collisions_page(call, car, list(car.history.collisions))


def collisions_page(call: Call, car: Car, items: Sequence[Collision]) -> Json:
    """Return a page of collisions."""
    times = call.timestamps()
    chosen = [collision for collision in items if any(collision.at in range_ for range_ in times)]
    return call.collection("Collisions", chosen, lambda collision: collision_body(car, collision, call.root))


async def collision(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/collisions/{cid}."""
    car = call.car()
    return collision_body(car, one_of(car.history.collisions, call.part("cid"), "collision"), call.root)
