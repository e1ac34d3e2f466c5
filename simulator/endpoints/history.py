"""Operations on the position, maintenance, alerts, alarms and collisions of a vehicle."""

from collections.abc import Sequence

from ..http.errors import not_found
from ..http.request import ApiCall
from ..resources.alarms import ALARM_TYPES, alarm_body, alarm_type
from ..resources.alerts import alert_body
from ..resources.collisions import collision_body
from ..resources.links import Json
from ..resources.maintenance import maintenance_body
from ..resources.position import last_position_body
from ..vehicle.car import Car
from ..vehicle.history import Alarm, Alert, Collision


def find_by_id[Item: (Alert, Alarm, Collision)](items: Sequence[Item], item_id: str, noun: str) -> Item:
    """Return the item with an id.

    Args:
        items: The items.
        item_id: The id.
        noun: What the item is, for the message of the error.

    Raises:
        ApiError: 40400 if there is none.
    """
    for item in items:
        if item.id == item_id:
            return item
    raise not_found(f"No {noun} found")


def alerts_page(call: ApiCall, car: Car, alerts: Sequence[Alert]) -> Json:
    """Return the requested page of alerts."""
    times = call.timestamps()
    selected = [alert for alert in alerts if any(alert.started_at in range_ for range_ in times)]
    return call.collection("alerts", selected, lambda alert: alert_body(car, alert, call.api_root, call.scopes))


def collisions_page(call: ApiCall, car: Car, collisions: Sequence[Collision]) -> Json:
    """Return the requested page of collisions."""
    times = call.timestamps()
    selected = [collision for collision in collisions if any(collision.at in range_ for range_ in times)]
    return call.collection("Collisions", selected, lambda collision: collision_body(car, collision, call.api_root))


async def get_last_position(call: ApiCall) -> Json:
    """Handle GET /user/vehicles/{id}/lastPosition."""
    body = last_position_body(call.car(), call.now)
    if body is None:
        raise not_found("No position found")
    return body


async def get_maintenance(call: ApiCall) -> Json:
    """Handle GET /user/vehicles/{id}/maintenance."""
    body = maintenance_body(call.car(), call.api_root, call.now)
    if body is None:
        raise not_found("No maintenance found")
    return body


async def list_alerts(call: ApiCall) -> Json:
    """Handle GET /user/vehicles/{id}/alerts."""
    car = call.car()
    return alerts_page(call, car, list(car.history.alerts))


async def get_alert(call: ApiCall) -> Json:
    """Handle GET /user/vehicles/{id}/alerts/{aid}."""
    car = call.car()
    alert = find_by_id(car.history.alerts, call.path_param("aid"), "alert")
    return alert_body(car, alert, call.api_root, call.scopes)


async def list_alarms(call: ApiCall) -> Json:
    """Handle GET /user/vehicles/{id}/alarms."""
    types, times = call.enum_values("type", ALARM_TYPES) or ALARM_TYPES, call.timestamps()
    car = call.car()
    if "alarm" not in car.model.members:
        raise not_found("No alarm found")
    selected = [
        alarm
        for alarm in car.history.alarms
        if alarm_type(alarm) in types and any(alarm.at in range_ for range_ in times)
    ]
    return call.collection("alarms", selected, lambda alarm: alarm_body(car, alarm, call.scopes))


async def get_alarm(call: ApiCall) -> Json:
    """Handle GET /user/vehicles/{id}/alarms/{aid}."""
    car = call.car()
    return alarm_body(car, find_by_id(car.history.alarms, call.path_param("aid"), "alarm"), call.scopes)


async def list_collisions(call: ApiCall) -> Json:
    """Handle GET /user/vehicles/{id}/collisions."""
    car = call.car()
    return collisions_page(call, car, list(car.history.collisions))


async def get_collision(call: ApiCall) -> Json:
    """Handle GET /user/vehicles/{id}/collisions/{cid}."""
    car = call.car()
    collision = find_by_id(car.history.collisions, call.path_param("cid"), "collision")
    return collision_body(car, collision, call.api_root)
