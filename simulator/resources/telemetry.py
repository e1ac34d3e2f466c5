"""Telemetry: what a car sent, message by message, under way and parked."""

from collections.abc import Iterator, Sequence, Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from ..clock import rfc3339
from ..endpoints.history import maintenance, own, spot_body
from ..http.hal import Json, link
from ..http.request import Call
from ..vehicle.car import CHARGING_REPORT, Car
from ..vehicle.history import MOMENTS_FOR, Moment, Spot, Trip
from ..vehicle.past_car import Past, past
from ..vehicle.state import next_tick
from .status import MEMBERS
from .trips import find_trip, ticks

LARGEST_PAGE = 2000
EXTENSIONS = ("location", "maintenance")
MOST_EXTENSIONS = 2

# Where a part of a message goes: a word of the parameter "type" (or what would be one), the status member that
# holds it, and its name.
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
# What only a car with driving assistants tells.
_ASSISTED: dict[str, Json] = {
    "vehicle.adas": {"adas": {"esp": True, "abs": True, "sli": 50, "accr": "StandBy", "rgi": "None"}},
    "vehicle.transmission": {"transmission": {"gearbox": {"mode": {"automatic": True, "sport": False}}}},
    "vehicle.wipingBlades": {"wipingBlades": {"active": False}},
}
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
    """A message that was sent at an instant, on a trip or by a parked car."""

    at: float
    of: Trip | Moment


def messages(car: Car, now: float, trips: Sequence[Trip] | None = None) -> list[Message]:
    """Return what a car has sent, oldest first: on some trips, or ever."""
    if trips is not None:
        return [Message(at, trip) for trip in trips for at in ticks(trip, now)]
    sent = [*messages(car, now, car.history.trips), *_parked(car.history.moments, now)]
    return sorted(sent, key=_sent_at)


def last_message(car: Car, now: float) -> Message | None:
    """Return the last message that a car has sent."""
    trips, moments = car.history.trips, car.history.moments
    sent = [*messages(car, now, list(trips)[-1:]), *_parked(list(moments)[-1:], now)]
    return max(sent, key=_sent_at, default=None)


def _sent_at(message: Message) -> float:
    return message.at


def _parked(moments: Sequence[Moment], now: float) -> Iterator[Message]:
    """Yield the messages of a parked car: those that are kept, and the regular ones of a charge in between."""
    kept = [moment for moment in moments if moment.at >= now - MOMENTS_FOR]
    for moment, until in zip(kept, [*(moment.at for moment in kept[1:]), now], strict=True):
        yield Message(moment.at, moment)
        at, end = moment.at, min(until, moment.charge.ends) if moment.charge else until
        while moment.charge and (at := next_tick(moment.charge.started, end, CHARGING_REPORT, at)) < end:
            yield Message(at, moment)


def message_body(
    car: Car,
    message: Message,
    root: str,
    scopes: frozenset[str],
    types: AbstractSet[str] = frozenset(),
    extensions: Sequence[str] = (),
) -> Json:
    """Return a message, or those parts of it that are asked for."""
    seen, at = _at(car, message), message.at
    url = own(car, root)
    body: Json = {"createdAt": rfc3339(at)}
    body["_links"] = {"self": link(f"{url}/telemetry"), "vehicle": link(url)}
    if isinstance(message.of, Trip):
        body["_links"]["trip"] = link(f"{url}/trips/{message.of.id}")
    if "data:telemetry" in scopes:
        body |= _parts(car, seen, types, located="data:position" in scopes)
    embedded: Json = {}
    if "location" in extensions and "data:position" in scopes and seen.state.privacy == "None":
        embedded["location"] = spot_body(car, Spot(seen.state.place, seen.state.heading), at)
        del embedded["location"]["properties"]["createdAt"]
    if "maintenance" in extensions and "data:telemetry" in scopes:
        embedded["maintenance"] = maintenance(car, at, seen.state.odometer, at)
    return body | ({"_embedded": {"extension": embedded}} if embedded else {})


def _at(car: Car, message: Message) -> Past:
    if isinstance(message.of, Trip):
        return past(car, message.of.at(car.character, message.at), message.at)
    state = replace(message.of.state)
    if message.of.charge:
        message.of.charge.apply(state, message.at)
    return past(car, state, message.at, message.of.charge)


def _parts(car: Car, seen: Past, types: AbstractSet[str], *, located: bool) -> Json:
    """Return what was measured, without the times that a message as a whole already has."""
    body: Json = {}
    vehicle: Json = {}
    for word, member, name in _PARTS:
        if member not in car.character.members or not _wanted(word, types):
            continue
        part = MEMBERS[member](seen).get(name)
        if part is None:
            continue
        place = vehicle if word.startswith("vehicle.") else body
        place[name] = _timeless(part)
        if name == "ignition":
            place[name]["createdAt"] = part["createdAt"]
    if "adas" in car.character.quirks:
        for word, part in _ASSISTED.items():
            if _wanted(word, types):
                vehicle |= part
    if "alarm" in vehicle:
        vehicle["alarm"] = _alarm(vehicle["alarm"], types, located=located and seen.state.privacy == "None")
    return body | ({"vehicle": vehicle} if vehicle else {})


def _wanted(word: str, types: AbstractSet[str]) -> bool:
    if not types or word in types or ("vehicle" in types and word.startswith("vehicle.")):
        return True
    return word == "vehicle.alarm" and bool(types & {"vehicle.alarm.status", "vehicle.alarm.trigger"})


def _alarm(alarm: Json, types: AbstractSet[str], *, located: bool) -> Json:
    shown = {
        name: part
        for name, part in alarm.items()
        if not types or "vehicle" in types or f"vehicle.alarm.{name}" in types
    }
    if not located:
        shown.get("trigger", {}).pop("position", None)
    return shown


def _timeless(part: Any) -> Any:
    if isinstance(part, list):
        return [_timeless(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        name: value if name == "position" else _timeless(value)
        for name, value in part.items()
        if name not in {"createdAt", "updatedAt"}
    }


async def telemetry(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/telemetry."""
    car = call.car()
    return _page(call, car, messages(car, call.now))


async def trip_telemetry(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/trips/{tid}/telemetry."""
    car = call.car()
    return _page(call, car, messages(car, call.now, [find_trip(call, car)]))


def _page(call: Call, car: Car, sent: list[Message]) -> Json:
    types = frozenset(call.words("type", TYPES))
    extensions = call.words("extension", EXTENSIONS, MOST_EXTENSIONS)
    times = call.timestamps()
    chosen = [message for message in sent if any(message.at in range_ for range_ in times)]

    def render(message: Message) -> Json:
        return message_body(car, message, call.root, call.scopes, types, extensions)

    return call.collection("telemetries", chosen, render, LARGEST_PAGE)
