"""Plans a car's day: the driver's trips, and the programs for preconditioning and charging."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .programs import AirProgram, ChargeProgram, program_start
from .routine import drives
from .weather import DAY

# Seconds between unlocking the car and driving off.
APPROACH = 60


@dataclass(frozen=True, slots=True)
class PlannedEvent:
    """An event to be added to a car's schedule; see `Event`."""

    at: float
    kind: str
    subject: str
    is_routine: bool = False


def plan_drives(seed: str, midnight: float, now: float) -> Iterator[PlannedEvent]:
    """Yield the driver's remaining trips of the day that begins at `midnight`."""
    for plan in drives(seed, midnight):
        at = plan.at - APPROACH
        if at > now:
            yield PlannedEvent(at, "approach", plan.destination, is_routine=True)


def plan_programs(
    air_programs: Mapping[int, AirProgram], charge_programs: Sequence[ChargeProgram], midnight: float, now: float
) -> Iterator[PlannedEvent]:
    """Yield the remaining program events of the day that begins at `midnight`."""
    for air_program in air_programs.values():
        at = program_start(air_program, midnight)
        if at is not None and at > now:
            yield PlannedEvent(at, "preheat", str(air_program.start))
    for charge_program in charge_programs:
        at = program_start(charge_program, midnight)
        if at is not None and at > now:
            yield PlannedEvent(at, "charge_from", str(charge_program.start))
            duration = (charge_program.end - charge_program.start) % DAY
            yield PlannedEvent(at + duration, "charge_until", str(charge_program.end))
