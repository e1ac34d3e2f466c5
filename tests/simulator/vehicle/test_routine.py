"""Cars whose drivers follow a routine."""

from datetime import datetime
import json
from math import inf
from random import Random
from time import perf_counter

from simulator import SimulatorConfig

from ..conftest import MONDAY, Caller
from ..helpers import charging_data, create_world, electric_energy, status_bodies

DAY = 86400


def test_state_depends_on_the_seed_and_not_on_how_often_it_is_queried() -> None:
    watched, unwatched, other = create_world(), create_world(), create_world(seed=2)
    rng = Random(3)  # noqa: S311 - guards nothing
    while watched.clock.now() < MONDAY.timestamp() + 8 * DAY:
        watched.clock.advance(rng.uniform(1, 7200))
        status_bodies(watched)
    for world in (unwatched, other):
        world.clock.advance(watched.clock.now() - world.clock.now())
    assert status_bodies(watched) == status_bodies(unwatched)
    assert json.dumps(status_bodies(watched)) != json.dumps(status_bodies(other))
    assert not {car.vin for car in watched.vehicles} & {car.vin for car in other.vehicles}


class _Watcher:
    """Looks at each report."""

    def __init__(self) -> None:
        self.looks: list[float] = []

    def next_due(self) -> float:
        return inf

    def on_report(self, at: float) -> None:
        self.looks.append(at)


def test_report_listener_is_called_at_each_report_and_changes_nothing() -> None:
    watched, unwatched = create_world(), create_world()
    watchers = [_Watcher() for _ in watched.vehicles]
    status_bodies(watched)
    for car, watcher in zip(watched.vehicles, watchers, strict=True):
        car.report_listener = watcher
    for world in (watched, unwatched):
        world.clock.advance(5 * DAY)
    assert status_bodies(watched) == status_bodies(unwatched)
    for watcher in watchers:
        assert 100 < len(watcher.looks) < 5000
        assert watcher.looks == sorted(watcher.looks)


def test_year_takes_little_time_and_leaves_few_scheduled_events() -> None:
    world = create_world()
    started = perf_counter()
    world.clock.advance(365 * DAY)
    status_bodies(world)
    assert perf_counter() - started < 5
    assert all(len(car.schedule) < 20 for car in world.vehicles)


def test_cars_drive_charge_and_park_within_a_week() -> None:
    world = create_world()
    seen: dict[str, set[str]] = {}
    odometers: dict[str, float] = {}
    for _ in range(7 * DAY // 600):
        world.clock.advance(600)
        for car, body in zip(world.vehicles, status_bodies(world), strict=True):
            words = seen.setdefault(car.model.name, set())
            words.add(body["ignition"]["type"])
            if car.model.battery:
                words.add(charging_data(body)["status"])
                assert 0 <= electric_energy(body)["level"] <= 100
            assert body["odometer"]["mileage"] >= odometers.get(car.vin, 0)
            odometers[car.vin] = body["odometer"]["mileage"]
            if body.get("kinetic", {}).get("moving"):
                words.add("moving")
                assert body["kinetic"]["speed"] >= 0
    assert all({"Stop", "Start"} <= words for words in seen.values())
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
