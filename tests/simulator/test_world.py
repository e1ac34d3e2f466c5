"""Fleets of cars."""

import pytest

from simulator.vehicle.fleet import MODELS

from .helpers import create_world


@pytest.mark.parametrize("count", [0, 1, 12, 100])
def test_fleet_has_the_requested_number_of_different_cars(count: int) -> None:
    cars = create_world(fleet=count).vehicles
    assert len(cars) == len({car.vin for car in cars}) == len({car.id for car in cars}) == count


def test_fleet_of_one_brand() -> None:
    world = create_world(fleet=10, brand="peugeot")
    assert len(world.accounts["peugeot"].cars) == 10
    with pytest.raises(ValueError, match="no such brand: lada"):
        create_world(brand="lada")


def test_every_brand_has_a_model_and_vin_prefixes_are_complete() -> None:
    assert {model.brand for model in MODELS} == {"peugeot", "citroen", "ds", "opel", "vauxhall"}
    assert all(len(model.vin_prefix) == 9 for model in MODELS)
