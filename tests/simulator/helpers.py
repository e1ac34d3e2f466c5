"""Helpers of several tests: worlds, statuses, and collections."""

from typing import Any

from simulator import SimulatorConfig
from simulator.resources.status import status_body
from simulator.world import World

from .conftest import MONDAY, Caller

SCOPES = frozenset({"data:telemetry", "data:position"})


def create_world(**changes: Any) -> World:
    """Return a world that stands still on a Monday night."""
    return World(SimulatorConfig(start=MONDAY, speed=0, **changes))


def status_bodies(world: World) -> list[Any]:
    """Return the status of every car, now."""
    now = world.clock.now()
    for car in world.vehicles:
        car.advance_to(now)
    return [status_body(car, "", SCOPES) for car in world.vehicles]


def electric_energy(body: Any) -> Any:
    """Return the electric energy of a status."""
    return next(energy for energy in body["energies"] if energy["type"] == "Electric")


def charging_data(body: Any) -> Any:
    """Return how a car charges."""
    return electric_energy(body)["extension"]["electric"]["charging"]


def car_path(caller: Caller, model: str) -> str:
    """Return the path of the first car of a model."""
    return f"/user/vehicles/{caller.car(model).id}"


async def get_all(caller: Caller, path: str, name: str, **query: Any) -> list[Any]:
    """Return a whole collection, following its links."""
    items: list[Any] = []
    body = await caller.ok(path, **query)
    items += body["_embedded"][name]
    while "next" in body["_links"]:
        body = await caller.ok(body["_links"]["next"]["href"])
        items += body["_embedded"][name]
    return items
