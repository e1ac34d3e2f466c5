"""Monitors: what an application wants to be notified of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..http.errors import ApiError, invalid_parameter
from ..http.validation import (
    CALLBACK_ATTRIBUTES,
    Validator,
    array,
    at_least_one_of,
    attributes,
    enum,
    exactly_one_of,
    number,
    object_with,
    pattern,
    text,
)
from ..resources.links import Json
from ..resources.telemetry import TYPES as TELEMETRY_TYPES
from .callbacks import Callback, Status
from .expression import NAME_PATTERN, parse_expression
from .time_triggers import TIME_TRIGGER
from .triggers import TRIGGER_FIELDS

# The limit for each vehicle and application.
MAX_MONITORS = 5
# The values of `extendedEventParam`, besides the types of telemetry.
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

_CENTER = object_with({"longitude": number(-180, 180), "latitude": number(-90, 90)})
_ZONE = object_with(
    {
        "transition": enum("In", "Out"),
        "place": object_with({"center": _CENTER, "radius": number(1, 20_000, whole=True)}),
    }
)
_DATA_TRIGGER = object_with(
    {"data": enum(*TRIGGER_FIELDS), "op": enum(*_OPS)},
    {
        "value": array(text),
        "previous": object_with({"value": array(text, 1), "op": enum("equalsTo", "includedIn")}),
    },
)


def _check_data_trigger(path: str, value: Any) -> None:
    _DATA_TRIGGER(path, value)
    field = TRIGGER_FIELDS[value["data"]]
    if value["op"] not in field.operators:
        raise invalid_parameter(f"{path}.op")
    if not field.accepts_values(value["op"], value.get("value", [])):
        raise invalid_parameter(f"{path}.value")
    if previous := value.get("previous"):
        if previous["op"] not in field.previous_operators:
            raise invalid_parameter(f"{path}.previous.op")
        if not field.accepts_values(previous["op"], previous["value"]):
            raise invalid_parameter(f"{path}.previous.value")


_TRIGGER = exactly_one_of(
    {"zone": _ZONE, "time": TIME_TRIGGER, "data": _check_data_trigger}, {"name": pattern(NAME_PATTERN)}
)
_MONITOR: Validator = object_with(
    {
        "label": text,
        "triggerParam": object_with({"triggers": array(_TRIGGER, 1, 5), "boolExp": text}),
    },
    {
        "subscribeParam": at_least_one_of(
            {"refreshEvent": number(60, 10**9, whole=True), "callbackAttributes": CALLBACK_ATTRIBUTES}
        ),
        "attributes": attributes("Header", "Body"),
        "extendedEventParam": array(enum(*EXTENSIONS, *(f"vehicle.telemetry.{name}" for name in TELEMETRY_TYPES))),
    },
)


@dataclass(slots=True, kw_only=True)
class Monitor:
    """A monitor of a car.

    Attributes:
        id: The API's id of the monitor.
        callback: Where its notifications go.
        vehicle_id: The car that it monitors.
        parameter: The monitor, as it was posted.
        scopes: The scopes of the caller who posted it.
        created: When it was created, in seconds since 1970.
        updated: When it was last updated.
        requested_status: The status that was last set.
    """

    id: str
    callback: Callback
    vehicle_id: str
    parameter: Json
    scopes: frozenset[str]
    created: float
    updated: float
    requested_status: Status = "Running"

    @property
    def status(self) -> Status:
        """Its status; it has failed if its callback has."""
        return "Failed" if self.callback.status == "Failed" else self.requested_status

    @property
    def label(self) -> str:
        """Its label."""
        return str(self.parameter["label"])

    @property
    def attributes(self) -> list[Json]:
        """The attributes that are added to each of its notifications."""
        extra = self.parameter.get("subscribeParam", {}).get("callbackAttributes", {}).get(self.callback.kind, [])
        return [*extra, *self.parameter.get("attributes", [])]


def parse_monitor(body: Any, scopes: frozenset[str]) -> Json:
    """Return a valid monitor.

    Raises:
        ApiError: 40000 if it is invalid, 40300 if it needs a scope that was not granted.
    """
    _MONITOR("", body)
    triggers: list[Json] = body["triggerParam"]["triggers"]
    names = [trigger.get("name") for trigger in triggers]
    if None in names or len(set(names)) < len(names):
        raise invalid_parameter("triggerParam.triggers.name")
    try:
        parse_expression(body["triggerParam"]["boolExp"], [str(name) for name in names])
    except ValueError as error:
        raise invalid_parameter(f"triggerParam.boolExp: {error}") from error
    for trigger in triggers:
        scope = _required_scope(trigger)
        if scope and scope not in scopes:
            raise ApiError(40300, f"Forbidden: the scope {scope} is missing")
    return dict(body)


def _required_scope(trigger: Mapping[str, Any]) -> str | None:
    if "data" in trigger:
        return TRIGGER_FIELDS[trigger["data"]["data"]].scope
    return "data:position" if "zone" in trigger else None
