"""Cars whose drivers follow a routine."""

from datetime import datetime
import json
from math import inf
from random import Random

from simulator import SimulatorConfig

from ..conftest import MONDAY, Caller
from ..helpers import charging_data, create_world, electric_energy, status_bodies

DAY = 86400


def test_state_depends_on_the_seed_and_not_on_how_often_it_is_queried() -> None:
    observed, unobserved, other = create_world(), create_world(), create_world(seed=2)
    rng = Random(3)  # noqa: S311 - guards nothing
    while observed.clock.now() < MONDAY.timestamp() + 4 * DAY:
        observed.clock.advance(rng.uniform(1, 7200))
        status_bodies(observed)
    for world in (unobserved, other):
        world.clock.advance(observed.clock.now() - world.clock.now())
    assert status_bodies(observed) == status_bodies(unobserved)
    assert json.dumps(status_bodies(observed)) != json.dumps(status_bodies(other))
    assert not {car.vin for car in observed.vehicles} & {car.vin for car in other.vehicles}


class _Listener:
    """Records the time of each report."""

    def __init__(self) -> None:
        self.reports: list[float] = []

    def next_due(self) -> float:
        return inf

    def on_report(self, at: float) -> None:
        self.reports.append(at)


def test_report_listener_is_called_at_each_report_and_changes_nothing() -> None:
    observed, unobserved = create_world(), create_world()
    listeners = [_Listener() for _ in observed.vehicles]
    status_bodies(observed)
    for car, listener in zip(observed.vehicles, listeners, strict=True):
        car.report_listener = listener
    for world in (observed, unobserved):
        world.clock.advance(5 * DAY)
    assert status_bodies(observed) == status_bodies(unobserved)
    for listener in listeners:
        assert 100 < len(listener.reports) < 5000
        assert listener.reports == sorted(listener.reports)


def test_year_leaves_few_scheduled_events() -> None:
    world = create_world()
    world.clock.advance(365 * DAY)
    status_bodies(world)
    assert all(len(car.schedule) < 20 for car in world.vehicles)


def test_cars_drive_charge_and_park_within_a_week() -> None:
    world = create_world()
    seen: dict[str, set[str]] = {}
    odometers: dict[str, float] = {}
    for _ in range(7 * DAY // 600):
        world.clock.advance(600)
        for car, body in zip(world.vehicles, status_bodies(world), strict=True):
            states = seen.setdefault(car.model.name, set())
            states.add(body["ignition"]["type"])
            if car.model.battery:
                states.add(charging_data(body)["status"])
                assert 0 <= electric_energy(body)["level"] <= 100
            assert body["odometer"]["mileage"] >= odometers.get(car.vin, 0)
            odometers[car.vin] = body["odometer"]["mileage"]
            if body.get("kinetic", {}).get("moving"):
                states.add("moving")
                assert body["kinetic"]["speed"] >= 0
    assert all({"Stop", "Start"} <= states for states in seen.values())
    assert {"Disconnected", "InProgress", "Finished", "Stopped", "moving"} <= seen["e-208"]


async def test_cars_continue_the_same_life_in_the_next_run(caller: Caller) -> None:
    await caller.sign_in("vauxhall")
    body = await caller.status("Mokka Electric")
    later = SimulatorConfig(start=datetime.fromisoformat("2026-03-20T03:00:00Z"), speed=0)
    async with caller.elsewhere(later) as other:
        await other.sign_in("vauxhall")
        theirs = await other.status("Mokka Electric")
        assert theirs["odometer"]["mileage"] > body["odometer"]["mileage"]
    await caller.pass_time((later.start - MONDAY).total_seconds() if later.start else 0)
    ours = await caller.status("Mokka Electric")
    assert {**ours, "_links": None} == {**theirs, "_links": None}
