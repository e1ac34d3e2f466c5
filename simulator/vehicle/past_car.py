"""A car as it was at an instant in the past."""

from collections.abc import Mapping
from dataclasses import dataclass

from .car import Car
from .fleet import CarModel
from .programs import AirProgram, ChargeProgram
from .state import Charge, State


@dataclass(frozen=True, slots=True)
class PastCar:
    """What response bodies show of a car, at an instant in the past."""

    model: CarModel
    state: State
    charge: Charge | None
    air_programs: Mapping[int, AirProgram]
    charge_programs: tuple[ChargeProgram, ...]
    delayed_start: int
    created_at: float
    registered_at: float


type AnyCar = Car | PastCar


def car_at(car: Car, state: State, at: float, charge: Charge | None = None) -> PastCar:
    """Return a car with the state and charge of an instant; all of it counts as measured then."""
    state.measured = dict.fromkeys(car.state.measured, at)
    return PastCar(
        car.model,
        state,
        charge,
        car.air_programs,
        car.charge_programs,
        car.delayed_start,
        car.created_at,
        car.registered_at,
    )
