"""Monitors: what a person's application wants to be told about a car."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..clock import rfc3339
from ..http.errors import ApiError, invalid_parameter, not_found
from ..http.hal import Json, link
from ..http.request import Call
from ..http.validation import (
    CALLBACK_ATTRIBUTES,
    Shape,
    array,
    attributes,
    number,
    one_of,
    pattern,
    record,
    some_of,
    text,
    word,
)
from ..resources.telemetry import TYPES as TELEMETRY_TYPES
from .callbacks import STATUS, Callback, Status, find_callback, usable_callback
from .expression import NAME, parse
from .time_triggers import TIME
from .triggers import DATA, fits

MOST = 5
EXTENSIONS = (
    "vehicle.doorsState",
    "vehicle.status",
    "vehicle.maintenance",
    "vehicle.position",
    "vehicle.telemetry",
    "vehicle.alerts",
    "vehicle.alarm",
    "vehicle.trip",
)
_OPS = ("equalsTo", "greaterThan", "lowerThan", "includedIn", "onChange")

_CENTER = record({"longitude": number(-180, 180), "latitude": number(-90, 90)})
_ZONE = record(
    {
        "transition": word("In", "Out"),
        "place": record({"center": _CENTER, "radius": number(1, 20_000, whole=True)}),
    }
)
_DATA = record(
    {"data": word(*DATA), "op": word(*_OPS)},
    {
        "value": array(text),
        "previous": record({"value": array(text, 1), "op": word("equalsTo", "includedIn")}),
    },
)


def _check_data(at: str, value: Any) -> None:
    _DATA(at, value)
    datum = DATA[value["data"]]
    if value["op"] not in datum.ops:
        raise invalid_parameter(f"{at}.op")
    if not fits(datum, value["op"], value.get("value", [])):
        raise invalid_parameter(f"{at}.value")
    if previous := value.get("previous"):
        if previous["op"] not in datum.previous:
            raise invalid_parameter(f"{at}.previous.op")
        if not fits(datum, previous["op"], previous["value"]):
            raise invalid_parameter(f"{at}.previous.value")


_TRIGGER = one_of({"zone": _ZONE, "time": TIME, "data": _check_data}, {"name": pattern(NAME)})
_MONITOR: Shape = record(
    {
        "label": text,
        "triggerParam": record({"triggers": array(_TRIGGER, 1, 5), "boolExp": text}),
    },
    {
        "subscribeParam": some_of(
            {"refreshEvent": number(60, 10**9, whole=True), "callbackAttributes": CALLBACK_ATTRIBUTES}
        ),
        "attributes": attributes("Header", "Body"),
        "extendedEventParam": array(word(*EXTENSIONS, *(f"vehicle.telemetry.{name}" for name in TELEMETRY_TYPES))),
    },
)


@dataclass(slots=True, kw_only=True)
class Monitor:
    """A monitor of a car's, as it was posted; ``scopes`` are those of whom it was posted for."""

    id: str
    callback: Callback
    vehicle_id: str
    parameter: Json
    scopes: frozenset[str]
    created: float
    updated: float
    set_to: Status = "Running"

    @property
    def status(self) -> Status:
        """Its status: no better than that of its callback."""
        return "Failed" if self.callback.status == "Failed" else self.set_to

    @property
    def label(self) -> str:
        """Its label."""
        return str(self.parameter["label"])

    @property
    def attributes(self) -> list[Json]:
        """What is added to each of its notifications."""
        more = self.parameter.get("subscribeParam", {}).get("callbackAttributes", {}).get(self.callback.kind, [])
        return [*more, *self.parameter.get("attributes", [])]


def check_monitor(body: Any, scopes: frozenset[str]) -> Json:
    """Return a monitor's parameters, if they are well-formed and the person lets them be looked at.

    Raises ApiError 40000 and 40300.
    """
    _MONITOR("", body)
    triggers: list[Json] = body["triggerParam"]["triggers"]
    names = [trigger.get("name") for trigger in triggers]
    if None in names or len(set(names)) < len(names):
        raise invalid_parameter("triggerParam.triggers.name")
    try:
        parse(body["triggerParam"]["boolExp"], [str(name) for name in names])
    except ValueError as error:
        raise invalid_parameter(f"triggerParam.boolExp: {error}") from error
    for trigger in triggers:
        scope = _scope(trigger)
        if scope and scope not in scopes:
            raise ApiError(40300, f"Forbidden: the scope {scope} is missing")
    return dict(body)


def _scope(trigger: Mapping[str, Any]) -> str | None:
    if "data" in trigger:
        return DATA[trigger["data"]["data"]].scope
    return "data:position" if "zone" in trigger else None


def _of_car(call: Call, callback: Callback) -> list[Monitor]:
    vehicle_id = call.car().id
    monitors = call.push.monitors.values()
    return [one for one in monitors if one.callback is callback and one.vehicle_id == vehicle_id]


def _find(call: Call) -> Monitor:
    for monitor in _of_car(call, find_callback(call)):
        if monitor.id == call.part("mid"):
            return monitor
    raise not_found("Monitor not found")


def _url(monitor: Monitor, root: str) -> str:
    return f"{root}/user/vehicles/{monitor.vehicle_id}/callbacks/{monitor.callback.id}/monitors/{monitor.id}"


def _times(monitor: Monitor) -> Json:
    return {"createdAt": rfc3339(monitor.created), "updatedAt": rfc3339(monitor.updated)}


def _body(monitor: Monitor, root: str) -> Json:
    return _times(monitor) | {
        "monitorId": monitor.id,
        "monitor": monitor.parameter,
        "status": monitor.status,
        "_links": {"self": link(_url(monitor, root))},
    }


def _reference(monitor: Monitor, root: str) -> Json:
    links = {"monitor": link(_url(monitor, root))}
    return _times(monitor) | {"monitorId": monitor.id, "status": monitor.status, "_links": links}


async def monitors(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/callbacks/{cbid}/monitors."""
    chosen = _of_car(call, find_callback(call))
    return call.collection("monitors", chosen, lambda monitor: _body(monitor, call.root))


async def create_monitor(call: Call) -> Json:
    """Answer POST /user/vehicles/{id}/callbacks/{cbid}/monitors."""
    car, callback = call.car(), usable_callback(call, "Monitor")
    parameter = check_monitor(await call.body(), call.scopes)
    whose = (callback.client_id, callback.account)
    others = [
        one
        for one in call.push.monitors.values()
        if one.vehicle_id == car.id and (one.callback.client_id, one.callback.account) == whose
    ]
    if len(others) >= MOST:
        raise invalid_parameter(f"monitor: a vehicle has {MOST} of them at most")
    monitor = Monitor(
        id=call.push.new_id(),
        callback=callback,
        vehicle_id=car.id,
        parameter=parameter,
        scopes=call.scopes,
        created=call.now,
        updated=call.now,
    )
    call.push.watch(car, monitor)
    return _reference(monitor, call.root)


async def monitor(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}."""
    return _body(_find(call), call.root)


async def update_monitor(call: Call) -> Json:
    """Answer PUT /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}."""
    monitor, car = _find(call), call.car()
    monitor.parameter = check_monitor(await call.body(), call.scopes)
    monitor.scopes, monitor.updated = call.scopes, call.now
    call.push.watch(car, monitor)
    return _reference(monitor, call.root)


async def delete_monitor(call: Call) -> None:
    """Answer DELETE /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}."""
    call.push.remove_monitor(_find(call))


async def set_monitor_status(call: Call) -> Json:
    """Answer PUT /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}/status."""
    monitor, car, body = _find(call), call.car(), await call.body()
    STATUS("", body)
    if isinstance(body, dict):
        monitor.set_to = body["status"]
    monitor.updated = call.now
    call.push.watch(car, monitor)
    return _reference(monitor, call.root)
