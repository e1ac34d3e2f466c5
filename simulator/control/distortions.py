"""How scenarios change the status bodies of a car, as real servers and cars were seen to do."""

from copy import deepcopy
from typing import Any

from ..clock import rfc3339
from ..resources.links import Json
from ..vehicle.car import Car
from ..vehicle.oddities import Distortion

# For how many seconds after it woke a car claims to be disconnected.
WAKING_TIME = 120


def alternate(age: float) -> Distortion:
    """Send each second time a body that is at least `age` seconds old, or the oldest one that is known."""
    memory: list[tuple[float, Json]] = []
    count = 0

    def distort(body: Json, at: float) -> Json:
        nonlocal count
        if not memory or memory[-1][1] != body:
            memory.append((at, deepcopy(body)))
        while len(memory) > 1 and memory[1][0] <= at - age:
            memory.pop(0)
        count += 1
        return body if count % 2 else deepcopy(memory[0][1])

    return distort


def claim_level(level: float) -> Distortion:
    """Tell a level of the traction battery beside a range of 0."""

    def distort(body: Json, _at: float) -> Json:
        for energy in _electric(body):
            if not energy.get("autonomy"):
                energy["level"] = level
        return body

    return distort


def claim_disconnected(car: Car) -> Distortion:
    """Tell of no charge in the first minutes after the car woke, although it charges."""

    def distort(body: Json, at: float) -> Json:
        for energy in _electric(body):
            charging = energy.get("extension", {}).get("electric", energy).get("charging", {})
            if charging.get("status") == "InProgress" and at < car.reporting.awake_since + WAKING_TIME:
                charging |= {"status": "Disconnected", "chargingRate": 0, "remainingTime": "PT0S"}
        return body

    return distort


def freeze_ignition(type_: str, since: float) -> Distortion:
    """Tell of an ignition that is on since long ago."""

    def distort(body: Json, _at: float) -> Json:
        return body | {"ignition": {"createdAt": rfc3339(since), "type": type_}}

    return distort


def zero_odometer(body: Json, _at: float) -> Json:
    """Tell an odometer of 0 while the ignition is off."""
    if body.get("ignition", {}).get("type") == "Stop" and "odometer" in body:
        body["odometer"]["mileage"] = 0.0
    return body


def date_ahead(parts: frozenset[str], seconds: float) -> Distortion:
    """Date some parts of the body ahead, or with the part `body` the body itself."""

    def distort(body: Json, at: float) -> Json:
        ahead = rfc3339(at + seconds)
        for name in parts & body.keys():
            for part in body[name] if isinstance(body[name], list) else [body[name]]:
                part.get("properties", part)["createdAt"] = ahead
        return body | {"createdAt": ahead, "updatedAt": ahead} if "body" in parts else body

    return distort


def use_old_schema(body: Json, _at: float) -> Json:
    """Tell the status by the names that were used before April 2023."""
    old: Json = {name: part for name, part in body.items() if name not in {"energies", "odometer", "preconditioning"}}
    if "odometer" in body:
        old["timed.odometer"] = body["odometer"]
    if "preconditioning" in body:
        old["preconditionning"] = body["preconditioning"]
    old["energy"] = [_old_energy(energy) for energy in body.get("energy", ())]
    position = old.get("lastPosition", {}).get("properties", {})
    if position.get("type") == "Acquire":
        position["type"] = "Aquire"
    del old["createdAt"]
    return old


def _old_energy(energy: Json) -> Json:
    return {name: value for name, value in energy.items() if name != "createdAt"}


def _electric(body: Json) -> list[dict[str, Any]]:
    return [
        energy for name in ("energies", "energy") for energy in body.get(name, ()) if energy.get("type") == "Electric"
    ]
