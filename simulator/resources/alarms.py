"""The response body of a change of the alarm."""

from ..clock import rfc3339
from ..vehicle.car import Car
from ..vehicle.history import Alarm
from .links import Json
from .position import location_body

# The values of the parameter `type`: the alarm was armed or disarmed, or it was set off.
ALARM_TYPES = ("vehicle.alarm.status", "vehicle.alarm.trigger")


def alarm_type(alarm: Alarm) -> str:
    """Return which of `ALARM_TYPES` an alarm is."""
    return ALARM_TYPES[alarm.kind is not None]


def alarm_body(car: Car, alarm: Alarm, scopes: frozenset[str]) -> Json:
    """Return a change of the alarm; its position needs the scope data:position."""
    created: Json = {"createdAt": rfc3339(alarm.at)}
    if alarm.kind is None:
        return {"id": alarm.id, "status": created | {"activation": "Active" if alarm.is_active else "Inactive"}}
    trigger = created | {"type": alarm.kind, "startAt": rfc3339(alarm.at)}
    if "data:position" in scopes and alarm.location:
        trigger["position"] = location_body(car, alarm.location, alarm.at)
    return {"id": alarm.id, "trigger": trigger}
