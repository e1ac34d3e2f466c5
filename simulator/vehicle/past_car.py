"""A car as it stood at an instant of the past, to be looked at like a car of today."""

from collections.abc import Mapping
from dataclasses import dataclass

from .car import Car
from .fleet import Character
from .programs import AirProgram, ChargeProgram
from .state import Charge, State


@dataclass(frozen=True, slots=True)
class Past:
    """What of a car shows in its readings."""

    character: Character
    state: State
    charge: Charge | None
    air_programs: Mapping[int, AirProgram]
    charge_programs: tuple[ChargeProgram, ...]
    delayed_start: int
    born: float
    registered: float


type Seen = Car | Past


def past(car: Car, state: State, at: float, charge: Charge | None = None) -> Past:
    """Return a car with another state, all of it measured at an instant."""
    state.measured = dict.fromkeys(car.state.measured, at)
    return Past(
        car.character,
        state,
        charge,
        car.air_programs,
        car.charge_programs,
        car.delayed_start,
        car.born,
        car.registered,
    )
