"""The status of every car model."""

import pytest

from ..helpers import charging_data, create_world, electric_energy, status_bodies

DAY = 86400


def test_every_member_of_a_status_is_sent_by_some_car() -> None:
    world = create_world()
    world.vehicles[0].state.air_failure = None
    world.clock.advance(5 * 3600)
    members: set[str] = set()
    for body in status_bodies(world):
        members |= body.keys()
    assert members == {
        "createdAt", "updatedAt", "_links", "adas", "alarm", "battery", "doorsState", "drivingBehavior", "energies",
        "energy", "engines", "environment", "ignition", "kinetic", "lastPosition", "lightingSystem", "odometer",
        "powertrain", "preconditioning", "preconditionning", "privacy", "safety", "service",
    }  # fmt: skip


def test_quirks_of_the_car_models() -> None:
    world = create_world()
    old, new = status_bodies(world), None
    world.clock.advance(2 * DAY)
    new = status_bodies(world)
    by_model = {
        car.model.name: (car, before, after) for car, before, after in zip(world.vehicles, old, new, strict=True)
    }

    corsa, before, after = by_model["Corsa-e"]
    assert corsa.model.motorization == "Electric"
    assert [energy["type"] for energy in after["energies"]] == ["Fuel", "Electric"]
    assert after["energies"][0]["level"] == 0
    assert charging_data(after)["schedule"] == []
    assert electric_energy(after)["createdAt"] == electric_energy(before)["createdAt"]
    assert after["energy"][1]["updatedAt"] > before["energy"][1]["updatedAt"]
    assert "doorsState" not in after

    _, _, c3 = by_model["C3"]
    assert "kinetic" not in c3
    assert "lastPosition" not in c3
    assert c3["engines"][0]["extension"]["thermic"]["coolant"]["temp"] == 215
    assert c3["engines"][0]["extension"]["thermic"]["oil"]["temp"] < 100

    for name, share in (("e-208", 1.0), ("Corsa-e", 0.7)):
        car, _, body = by_model[name]
        load = electric_energy(body)["extension"]["electric"]["battery"]["load"]
        assert car.model.battery
        assert load["capacity"] == pytest.approx(car.model.battery.capacity * 1000 * share, abs=32)
        assert (load["capacity"] % 32, load["residual"] % 32) == (0, 0)

    _, _, ds = by_model["3 E-Tense"]
    assert ds["engines"][0]["type"] == "Thermic"
    _, _, e3008 = by_model["E-3008 Dual Motor"]
    assert [engine["type"] for engine in e3008["engines"]] == ["Electric", "Electric"]
    _, _, mokka = by_model["Mokka Electric"]
    assert len(mokka["lastPosition"]["geometry"]["coordinates"]) == 2
    _, _, van = by_model["Vivaro-e Hydrogen"]
    assert van["energies"][0]["subType"] == "Hydrogen"
