"""Statuses that an electric car may report, and trips that the server may list."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from homeassistant.util import dt as dt_util

from tests.support.helpers import Control


def time_ago(seconds: float) -> str:
    """Return the time a number of seconds ago."""
    return (dt_util.utcnow() - timedelta(seconds=seconds)).isoformat()


def build_status(
    *,
    seconds_ago: float = 0,
    level: float = 50,
    charging: bool = False,
    remaining: str | None = None,
    ignition: str | None = None,
    moving: bool | None = None,
    mileage: float | None = None,
    capacity: float | None = None,
) -> dict[str, Any]:
    """Build a status that the car measured a number of seconds ago, without the members that are None.

    `capacity` is in Wh. If it is given, the residual energy is calculated from the level.
    """
    times = {"createdAt": time_ago(seconds_ago)}
    charging_part = {
        "plugged": charging,
        "status": "InProgress" if charging else "Disconnected",
        "remainingTime": remaining,
    }
    battery = {"load": {**times, "capacity": capacity, "residual": capacity * level / 100}} if capacity else None
    electric = {"charging": _drop_none(charging_part), "battery": battery}
    energy = {**times, "type": "Electric", "subType": "ElectricEnergy", "level": level}
    parts = {
        "energies": [{**energy, "extension": {"electric": _drop_none(electric)}}],
        "ignition": {**times, "type": ignition} if ignition else None,
        "kinetic": {**times, "moving": moving} if moving is not None else None,
        "odometer": {**times, "mileage": mileage} if mileage is not None else None,
    }
    return {**times, "_links": {}, **_drop_none(parts)}


def _drop_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def build_trip(trip_id: str, *, ended_ago: float = 60, distance: float = 20, **members: Any) -> dict[str, Any]:
    """Build a trip of half an hour as the server lists it."""
    end = dt_util.utcnow() - timedelta(seconds=ended_ago)
    start: datetime = end - timedelta(minutes=30)
    times = {"createdAt": end, "updatedAt": end, "startedAt": start, "stoppedAt": end}
    formatted = {key: time.isoformat() for key, time in times.items()}
    return {"id": trip_id, **formatted, "duration": 1800, "distance": distance, "done": True, "_links": {}, **members}


async def set_status(control: Control, vin: str, body: dict[str, Any]) -> None:
    """Make a car report a status."""
    await control.put(f"vehicles/{vin}/status", body)


async def set_trips(control: Control, trips: Sequence[dict[str, Any]]) -> None:
    """Make the server list these trips for each car."""
    count = {"total": len(trips), "totalPage": 1, "currentPage": 1}
    await control.fault("/user/vehicles/{id}/trips", body={"_links": {}, **count, "_embedded": {"trips": list(trips)}})
