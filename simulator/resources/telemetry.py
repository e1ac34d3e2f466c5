"""The response bodies of telemetry: the messages that a car sent while driving and parked."""

from collections.abc import Iterator, Sequence, Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from ..clock import rfc3339
from ..vehicle.car import Car
from ..vehicle.history import MAX_SNAPSHOT_AGE, Location, Snapshot, Trip
from ..vehicle.past_car import PastCar, car_at
from ..vehicle.reporting import CHARGING_INTERVAL
from ..vehicle.state import next_report_time
from .links import Json, link, vehicle_url
from .maintenance import maintenance_values
from .position import location_body
from .status import MEMBER_BUILDERS
from .trips import report_times

EXTENSIONS = ("location", "maintenance")

# The parts of a message: the value of the parameter `type` that selects it, the object of the status that it is taken
# from, and its name there.
_PARTS = (
    ("environment", "environment", "environment"),
    ("privacy", "privacy", "privacy"),
    ("vehicle.engines", "engines", "engines"),
    ("vehicle.energies", "energies", "energies"),
    ("vehicle.powertrain", "powertrain", "powertrain"),
    ("vehicle.lightingSystem", "lighting", "lightingSystem"),
    ("vehicle.ignition", "ignition", "ignition"),
    ("vehicle.doorsState", "doors", "doorsState"),
    ("vehicle.battery", "battery", "battery"),
    ("vehicle.safety", "safety", "safety"),
    ("vehicle.odometer", "odometer", "odometer"),
    ("vehicle.kinetic", "kinetic", "kinetic"),
    ("vehicle.drivingBehavior", "driving", "drivingBehavior"),
    ("vehicle.alarm", "alarm", "alarm"),
)
# Parts that only cars with driving assistance systems send.
_ASSISTED: dict[str, Json] = {
    "vehicle.adas": {"adas": {"esp": True, "abs": True, "sli": 50, "accr": "StandBy", "rgi": "None"}},
    "vehicle.transmission": {"transmission": {"gearbox": {"mode": {"automatic": True, "sport": False}}}},
    "vehicle.wipingBlades": {"wipingBlades": {"active": False}},
}
# The values of the parameter `type`.
TYPES = (
    "environment",
    "privacy",
    "vehicle",
    "vehicle.adas",
    "vehicle.battery",
    "vehicle.doorsState",
    "vehicle.energies",
    "vehicle.engines",
    "vehicle.ignition",
    "vehicle.lightingSystem",
    "vehicle.safety",
    "vehicle.transmission",
    "vehicle.alarm.status",
    "vehicle.alarm.trigger",
    "vehicle.wipingBlades",
)


@dataclass(frozen=True, slots=True)
class Message:
    """A message that a car sent at an instant of a trip, or of the time after a snapshot."""

    at: float
    source: Trip | Snapshot


def messages(car: Car, now: float, trips: Sequence[Trip] | None = None) -> list[Message]:
    """Return the messages of a car, oldest first: those of some trips, or all of them."""
    if trips is not None:
        return [Message(at, trip) for trip in trips for at in report_times(trip, now)]
    sent = [*messages(car, now, car.history.trips), *_parked_messages(car.history.snapshots, now)]
    return sorted(sent, key=_sent_at)


def last_message(car: Car, now: float) -> Message | None:
    """Return the last message of a car, if there is any."""
    trips, snapshots = car.history.trips, car.history.snapshots
    sent = [*messages(car, now, list(trips)[-1:]), *_parked_messages(list(snapshots)[-1:], now)]
    return max(sent, key=_sent_at, default=None)


def _sent_at(message: Message) -> float:
    return message.at


def _parked_messages(snapshots: Sequence[Snapshot], now: float) -> Iterator[Message]:
    """Yield the messages of a parked car: one for each snapshot, and the periodic ones of a charge."""
    recent = [snapshot for snapshot in snapshots if snapshot.at >= now - MAX_SNAPSHOT_AGE]
    for snapshot, until in zip(recent, [*(snapshot.at for snapshot in recent[1:]), now], strict=False):
        yield Message(snapshot.at, snapshot)
        charge = snapshot.charge
        at, end = snapshot.at, min(until, charge.ends_at) if charge else until
        while charge and (at := next_report_time(charge.started_at, end, CHARGING_INTERVAL, at)) < end:
            yield Message(at, snapshot)


def message_body(
    car: Car,
    message: Message,
    api_root: str,
    scopes: frozenset[str],
    types: AbstractSet[str] = frozenset(),
    extensions: Sequence[str] = (),
) -> Json:
    """Return a message, limited to some values of the parameter `type` if there are any."""
    past_car, at = _car_at(car, message), message.at
    url = vehicle_url(api_root, car.id)
    body: Json = {"createdAt": rfc3339(at)}
    body["_links"] = {"self": link(f"{url}/telemetry"), "vehicle": link(url)}
    if isinstance(message.source, Trip):
        body["_links"]["trip"] = link(f"{url}/trips/{message.source.id}")
    if "data:telemetry" in scopes:
        body |= _parts(car, past_car, types, has_position="data:position" in scopes)
    embedded: Json = {}
    if "location" in extensions and "data:position" in scopes and past_car.state.privacy == "None":
        embedded["location"] = location_body(car, Location(past_car.state.place, past_car.state.heading), at)
        del embedded["location"]["properties"]["createdAt"]
    if "maintenance" in extensions and "data:telemetry" in scopes:
        embedded["maintenance"] = maintenance_values(car, at, past_car.state.odometer, at)
    return body | ({"_embedded": {"extension": embedded}} if embedded else {})


def _car_at(car: Car, message: Message) -> PastCar:
    if isinstance(message.source, Trip):
        return car_at(car, message.source.state_at(car.model, message.at), message.at)
    state = replace(message.source.state)
    if message.source.charge:
        message.source.charge.apply(state, message.at)
    return car_at(car, state, message.at, message.source.charge)


def _parts(car: Car, past_car: PastCar, types: AbstractSet[str], *, has_position: bool) -> Json:
    """Return the selected parts, without the timestamps that the message has as a whole."""
    body: Json = {}
    vehicle: Json = {}
    for type_, member, name in _PARTS:
        if member not in car.model.members or not _is_selected(type_, types):
            continue
        part = MEMBER_BUILDERS[member](past_car).get(name)
        if part is None:
            continue
        target = vehicle if type_.startswith("vehicle.") else body
        target[name] = _without_times(part)
        if name == "ignition":
            target[name]["createdAt"] = part["createdAt"]
    if "adas" in car.model.quirks:
        for type_, part in _ASSISTED.items():
            if _is_selected(type_, types):
                vehicle |= part
    if "alarm" in vehicle:
        vehicle["alarm"] = _alarm(
            vehicle["alarm"], types, has_position=has_position and past_car.state.privacy == "None"
        )
    return body | ({"vehicle": vehicle} if vehicle else {})


def _is_selected(type_: str, types: AbstractSet[str]) -> bool:
    if not types or type_ in types or ("vehicle" in types and type_.startswith("vehicle.")):
        return True
    return type_ == "vehicle.alarm" and bool(types & {"vehicle.alarm.status", "vehicle.alarm.trigger"})


def _alarm(alarm: Json, types: AbstractSet[str], *, has_position: bool) -> Json:
    visible = {
        name: part
        for name, part in alarm.items()
        if not types or "vehicle" in types or f"vehicle.alarm.{name}" in types
    }
    if not has_position:
        visible.get("trigger", {}).pop("position", None)
    return visible


def _without_times(part: Any) -> Any:
    if isinstance(part, list):
        return [_without_times(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        name: value if name == "position" else _without_times(value)
        for name, value in part.items()
        if name not in {"createdAt", "updatedAt"}
    }
