"""The cars live: they drive, charge, sleep, and say when they measured what."""

from datetime import UTC, datetime
import json
from math import inf
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest

from simulator.clock import Clock, duration, rfc3339
from simulator.config import SimulatorConfig
from simulator.resources.status import status_body
from simulator.vehicle.fleet import MODELS
from simulator.world import World

from .conftest import MONDAY, Caller

if TYPE_CHECKING:
    from freezegun.api import FrozenDateTimeFactory

SCOPES = frozenset({"data:telemetry", "data:position"})
DAY = 86400


def a_world(**changes: Any) -> World:
    """Return a world that stands still on a Monday night."""
    return World(SimulatorConfig(start=MONDAY, speed=0, **changes))


def bodies(world: World) -> list[Any]:
    """Return the status of every car, now."""
    now = world.clock.now()
    for car in world.vehicles:
        car.advance_to(now)
    return [status_body(car, "", SCOPES) for car in world.vehicles]


def electric(body: Any) -> Any:
    """Return the electric energy of a status."""
    return next(energy for energy in body["energies"] if energy["type"] == "Electric")


def charging(body: Any) -> Any:
    """Return how a car charges."""
    return electric(body)["extension"]["electric"]["charging"]


def test_the_same_seed_lives_the_same_life_however_often_it_is_looked_at() -> None:
    watched, unwatched, other = a_world(), a_world(), a_world(seed=2)
    rng = Random(3)  # noqa: S311 - guards nothing
    while watched.clock.now() < MONDAY.timestamp() + 8 * DAY:
        watched.clock.advance(rng.uniform(1, 7200))
        bodies(watched)
    for world in (unwatched, other):
        world.clock.advance(watched.clock.now() - world.clock.now())
    assert bodies(watched) == bodies(unwatched)
    assert json.dumps(bodies(watched)) != json.dumps(bodies(other))
    assert not {car.vin for car in watched.vehicles} & {car.vin for car in other.vehicles}


class _Watcher:
    """Looks at each report."""

    def __init__(self) -> None:
        self.looks: list[float] = []

    def next_due(self) -> float:
        return inf

    def on_report(self, at: float) -> None:
        self.looks.append(at)


def test_a_watched_car_lives_like_any_other_and_shows_each_report() -> None:
    watched, unwatched = a_world(), a_world()
    watchers = [_Watcher() for _ in watched.vehicles]
    bodies(watched)
    for car, watcher in zip(watched.vehicles, watchers, strict=True):
        car.report_listener = watcher
    for world in (watched, unwatched):
        world.clock.advance(5 * DAY)
    assert bodies(watched) == bodies(unwatched)
    for watcher in watchers:
        assert 100 < len(watcher.looks) < 5000
        assert watcher.looks == sorted(watcher.looks)


def test_a_year_is_cheap_and_remembers_nothing_but_what_is_due() -> None:
    world = a_world()
    started = perf_counter()
    world.clock.advance(365 * DAY)
    bodies(world)
    assert perf_counter() - started < 5
    assert all(len(car.schedule) < 20 for car in world.vehicles)


def test_a_week_holds_all_that_cars_do() -> None:
    world = a_world()
    seen: dict[str, set[str]] = {}
    odometers: dict[str, float] = {}
    for _ in range(7 * DAY // 600):
        world.clock.advance(600)
        for car, body in zip(world.vehicles, bodies(world), strict=True):
            words = seen.setdefault(car.model.name, set())
            words.add(body["ignition"]["type"])
            if car.model.battery:
                words.add(charging(body)["status"])
                assert 0 <= electric(body)["level"] <= 100
            assert body["odometer"]["mileage"] >= odometers.get(car.vin, 0)
            odometers[car.vin] = body["odometer"]["mileage"]
            if body.get("kinetic", {}).get("moving"):
                words.add("moving")
                assert body["kinetic"]["speed"] >= 0
    assert all({"Stop", "Start"} <= words for words in seen.values())
    assert {"Disconnected", "InProgress", "Finished", "Stopped", "moving"} <= seen["e-208"]


def test_every_member_of_a_status_is_on_some_car() -> None:
    world = a_world()
    world.vehicles[0].state.air_failure = None
    world.clock.advance(5 * 3600)
    members: set[str] = set()
    for body in bodies(world):
        members |= body.keys()
    assert members == {
        "createdAt", "updatedAt", "_links", "adas", "alarm", "battery", "doorsState", "drivingBehavior", "energies",
        "energy", "engines", "environment", "ignition", "kinetic", "lastPosition", "lightingSystem", "odometer",
        "powertrain", "preconditioning", "preconditionning", "privacy", "safety", "service",
    }  # fmt: skip


def test_the_oddities_of_real_cars() -> None:
    world = a_world()
    old, new = bodies(world), None
    world.clock.advance(2 * DAY)
    new = bodies(world)
    by_model = {
        car.model.name: (car, before, after) for car, before, after in zip(world.vehicles, old, new, strict=True)
    }

    corsa, before, after = by_model["Corsa-e"]
    assert corsa.model.motorization == "Electric"
    assert [energy["type"] for energy in after["energies"]] == ["Fuel", "Electric"]
    assert after["energies"][0]["level"] == 0
    assert charging(after)["schedule"] == []
    assert electric(after)["createdAt"] == electric(before)["createdAt"]
    assert after["energy"][1]["updatedAt"] > before["energy"][1]["updatedAt"]
    assert "doorsState" not in after

    _, _, c3 = by_model["C3"]
    assert "kinetic" not in c3
    assert "lastPosition" not in c3
    assert c3["engines"][0]["extension"]["thermic"]["coolant"]["temp"] == 215
    assert c3["engines"][0]["extension"]["thermic"]["oil"]["temp"] < 100

    _, _, ds = by_model["3 E-Tense"]
    assert ds["engines"][0]["type"] == "Thermic"
    _, _, e3008 = by_model["E-3008 Dual Motor"]
    assert [engine["type"] for engine in e3008["engines"]] == ["Electric", "Electric"]
    _, _, mokka = by_model["Mokka Electric"]
    assert len(mokka["lastPosition"]["geometry"]["coordinates"]) == 2
    _, _, van = by_model["Vivaro-e Hydrogen"]
    assert van["energies"][0]["subType"] == "Hydrogen"


@pytest.mark.parametrize("count", [0, 1, 12, 100])
def test_a_fleet_has_as_many_cars_as_asked_for_all_different(count: int) -> None:
    cars = a_world(fleet=count).vehicles
    assert len(cars) == len({car.vin for car in cars}) == len({car.id for car in cars}) == count


def test_a_fleet_can_be_of_one_brand() -> None:
    world = a_world(fleet=10, brand="peugeot")
    assert len(world.accounts["peugeot"].cars) == 10
    with pytest.raises(ValueError, match="no such brand: lada"):
        a_world(brand="lada")


def test_every_brand_has_a_character_and_vins_are_whole() -> None:
    assert {one.brand for one in MODELS} == {"peugeot", "citroen", "ds", "opel", "vauxhall"}
    assert all(len(one.vin_prefix) == 9 for one in MODELS)


def test_the_clock_runs_stands_and_jumps() -> None:
    real = [100.0]
    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC), 60, lambda: real[0])
    real[0] += 2
    assert clock.now() - clock.start == 120
    clock.set_speed(0)
    real[0] += 50
    assert clock.now() - clock.start == 120
    assert clock.advance(30) - clock.start == 150
    assert rfc3339(clock.start) == "2026-01-01T00:00:00Z"
    assert [duration(seconds) for seconds in (0, 59, 60, 3600, 79500)] == ["PT0S", "PT0S", "PT1M", "PT1H", "PT22H5M"]


class TestByHand:
    """One car of each character that stands still until it is told to move."""

    @pytest.fixture
    def config(self) -> SimulatorConfig:
        return SimulatorConfig(start=MONDAY, speed=0, routine=False)

    @staticmethod
    async def pass_time(caller: Caller, seconds: float) -> None:
        await caller.control("POST", "/clock", {"advance": seconds})

    async def test_a_parked_car_falls_asleep_and_says_no_more(self, caller: Caller) -> None:
        await caller.sign_in("peugeot")
        await self.pass_time(caller, 200)
        awake = await caller.status("e-208")
        assert awake["createdAt"] == "2026-03-02T03:03:00Z"
        await self.pass_time(caller, 3600)
        asleep = await caller.status("e-208")
        assert asleep["createdAt"] == "2026-03-02T03:05:00Z"
        await self.pass_time(caller, 30 * DAY)
        assert await caller.status("e-208") == asleep
        await caller.change("e-208", asleep=False)
        woken = await caller.status("e-208")
        assert woken["createdAt"] == "2026-04-01T04:03:20Z"
        assert woken["lastPosition"]["properties"]["createdAt"] == "2026-03-02T03:00:00Z"
        await caller.change("e-208", asleep=True)
        await self.pass_time(caller, 120)
        assert await caller.status("e-208") == woken

    async def test_a_charge_goes_its_way(self, caller: Caller) -> None:
        await caller.sign_in("opel")
        await caller.change("Corsa-e", level=50, plug=True)
        body = await caller.status("Corsa-e")
        assert (charging(body)["plugged"], charging(body)["status"]) == (True, "Stopped")
        await caller.change("Corsa-e", charge=True)
        body = await caller.status("Corsa-e")
        assert charging(body)["status"] == "InProgress"
        assert charging(body)["chargingMode"] == "Slow"
        assert charging(body)["chargingRate"] > 20
        assert charging(body)["remainingTime"] == "PT3H30M"
        await self.pass_time(caller, 3600)
        later = await caller.status("Corsa-e")
        assert electric(later)["level"] == 64
        assert charging(later)["remainingTime"] == "PT2H30M"
        assert later["energy"][1]["updatedAt"] == "2026-03-02T04:00:00Z"
        await self.pass_time(caller, 3 * 3600)
        full = await caller.status("Corsa-e")
        assert electric(full)["level"] == 100
        assert charging(full)["status"] == "Finished"
        await caller.change("Corsa-e", plug=False)
        body = await caller.status("Corsa-e")
        assert charging(body)["status"] == "Disconnected"
        assert "remainingTime" not in charging(body)

    async def test_a_charge_can_be_quick_stopped_or_fail(self, caller: Caller) -> None:
        await caller.sign_in("opel")
        for asked, status, mode in (
            ("Quick", "InProgress", "Quick"),
            (False, "Stopped", "No"),
            ("Failure", "Failure", "No"),
        ):
            await caller.change("Corsa-e", level=20, charge=asked)
            body = await caller.status("Corsa-e")
            assert (charging(body)["status"], charging(body)["chargingMode"]) == (status, mode)

    async def test_a_level_set_amid_a_charge_is_charged_on_from(self, caller: Caller) -> None:
        await caller.sign_in("opel")
        await caller.change("Corsa-e", level=20, charge=True)
        await caller.change("Corsa-e", level=90)
        body = await caller.status("Corsa-e")
        assert (electric(body)["level"], charging(body)["status"]) == (90, "InProgress")
        await self.pass_time(caller, 3600)
        assert charging(await caller.status("Corsa-e"))["status"] == "Finished"

    async def test_a_drive_moves_everything(self, caller: Caller) -> None:
        await caller.sign_in("peugeot")
        await caller.change("308 Hybrid", level=50, fuel_level=50, odometer=1000, charge=True)
        before = await caller.status("308 Hybrid")
        await self.pass_time(caller, 60)
        await caller.change("308 Hybrid", drive={"distance": 60, "minutes": 60})
        await self.pass_time(caller, 1830)
        under_way = await caller.status("308 Hybrid")
        assert under_way["createdAt"] == "2026-03-02T03:31:00Z"
        assert under_way["ignition"]["type"] == "Start"
        assert under_way["powertrain"]["status"] == "Running"
        assert under_way["kinetic"]["moving"] is True
        assert 90 < under_way["kinetic"]["speed"] < 95
        assert under_way["odometer"]["mileage"] == 1030
        assert under_way["lastPosition"]["properties"]["createdAt"] == "2026-03-02T03:31:00Z"
        assert under_way["safety"]["beltStatus"][0] == {"id": "Driver", "belt": "Normal"}
        assert charging(under_way)["status"] == "Disconnected"
        assert under_way["engines"][0]["extension"]["thermic"]["coolant"]["temp"] == 90
        await self.pass_time(caller, 1830)
        after = await caller.status("308 Hybrid")
        assert after["ignition"]["type"] == "Stop"
        assert after["kinetic"]["moving"] is False
        assert after["odometer"]["mileage"] == 1060
        assert electric(after)["level"] == 8
        assert after["energies"][0]["level"] < 50
        assert after["lastPosition"]["geometry"] != before["lastPosition"]["geometry"]
        assert "Open" in {door["state"] for door in after["doorsState"]["opening"] if door["identifier"] == "Driver"}
        await self.pass_time(caller, 120)
        locked = await caller.status("308 Hybrid")
        assert "Locked" in locked["doorsState"]["lockedStates"]
        assert locked["doorsState"]["createdAt"] == "2026-03-02T04:03:00Z"
        assert locked["kinetic"]["createdAt"] == "2026-03-02T04:01:00Z"

    async def test_a_drive_can_be_stopped(self, caller: Caller) -> None:
        await caller.sign_in("citroen")
        await caller.change("C3", odometer=500, drive=True)
        await self.pass_time(caller, 600)
        assert "lastPosition" in await caller.status("C3")
        await caller.change("C3", drive=False)
        body = await caller.status("C3")
        assert 507 < body["odometer"]["mileage"] < 508
        await self.pass_time(caller, 3600)
        assert (await caller.status("C3"))["odometer"]["mileage"] == body["odometer"]["mileage"]

    async def test_doors_lock_alarm_and_place(self, caller: Caller) -> None:
        await caller.sign_in("peugeot")
        await caller.change("308 Hybrid", doors=["Trunk"], position=[2.5, 48.25, 90], alarm="RoofBreakIn")
        body = await caller.status("308 Hybrid")
        opened = {door["identifier"] for door in body["doorsState"]["opening"] if door["state"] == "Open"}
        assert opened == {"Trunk", "RoofWindow"}
        assert "Unlocked" in body["doorsState"]["lockedStates"]
        assert body["lastPosition"]["geometry"]["coordinates"] == [2.5, 48.25, 90]
        assert body["alarm"]["trigger"]["type"] == "RoofBreakIn"
        assert body["alarm"]["trigger"]["position"]["geometry"]["coordinates"][0] == 2.5
        await caller.change("308 Hybrid", doors="closed", lock=True, alarm=False)
        body = await caller.status("308 Hybrid")
        assert "Locked" in body["doorsState"]["lockedStates"]
        assert body["alarm"]["status"]["activation"] == "Inactive"

    async def test_weather_and_battery_and_cabin(self, caller: Caller) -> None:
        await caller.sign_in("peugeot")
        await caller.change("e-208", temperature=-7.5, battery_12v=61, level=60, preconditioning=True)
        body = await caller.status("e-208")
        assert body["environment"]["air"]["temp"] == -7.5
        assert body["battery"]["voltage"] == 61
        air = body["preconditioning"]["airConditioning"]
        assert (air["status"], air["startingCause"]) == ("Enabled", "Immediate")
        assert body["preconditionning"]["airConditioning"] == air
        await self.pass_time(caller, 1300)
        assert (await caller.status("e-208"))["preconditioning"]["airConditioning"]["status"] == "Finished"
        await caller.change("e-208", level=10, preconditioning=True)
        air = (await caller.status("e-208"))["preconditioning"]["airConditioning"]
        assert (air["status"], air["failureCause"]) == ("Failure", "LowBattery")
        await caller.change("e-208", level=60, doors=["Driver"], preconditioning=True)
        air = (await caller.status("e-208"))["preconditioning"]["airConditioning"]
        assert (air["status"], air["failureCause"]) == ("Failure", "DoorOpened")
        await caller.change("e-208", temperature=None)
        assert (await caller.status("e-208"))["environment"]["air"]["temp"] > -7.5

    async def test_privacy_hides_what_the_driver_wants_hidden(self, caller: Caller) -> None:
        await caller.sign_in("peugeot")
        await caller.change("308 Hybrid", privacy="Geolocation")
        body = await caller.status("308 Hybrid")
        assert "lastPosition" not in body
        assert "position" not in body["alarm"]["trigger"]
        assert body["privacy"]["state"] == "Geolocation"
        await caller.change("308 Hybrid", privacy="Full")
        assert (await caller.status("308 Hybrid")).keys() == {"createdAt", "updatedAt", "_links", "privacy"}
        await caller.change("308 Hybrid", privacy="None")
        assert "lastPosition" in await caller.status("308 Hybrid")

    @pytest.mark.parametrize(
        ("scopes", "shown", "hidden"),
        [
            ("data:telemetry", {"energies", "privacy", "alarm"}, {"lastPosition"}),
            ("data:position", {"lastPosition"}, {"energies", "privacy", "alarm", "odometer"}),
            ("openid", set[str](), {"lastPosition", "energies"}),
        ],
    )
    async def test_scopes_that_were_not_granted_hide_members(
        self, caller: Caller, scopes: str, shown: set[str], hidden: set[str]
    ) -> None:
        await caller.sign_in("peugeot", scopes)
        body = await caller.status("308 Hybrid")
        assert shown <= body.keys()
        assert not hidden & body.keys()
        assert "position" not in body.get("alarm", {}).get("trigger", {})


def test_a_frozen_clock_does_not_move_the_world(freezer: FrozenDateTimeFactory) -> None:
    world = World(SimulatorConfig())
    start = world.clock.now()
    freezer.tick(86400)
    assert world.clock.now() - start < 10
