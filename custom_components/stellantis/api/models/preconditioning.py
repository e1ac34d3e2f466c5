"""Preconditioning: heating or cooling the cabin before a drive."""

from dataclasses import dataclass
from enum import StrEnum

from .base import ModelGroup, UpdatedModel
from .program import Program


class PreconditioningStatus(StrEnum):
    """State of preconditioning."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"
    FINISHED = "Finished"
    FAILURE = "Failure"


class StartingCause(StrEnum):
    """Whether preconditioning was started by a command or a program."""

    IMMEDIATE = "Immediate"
    SCHEDULED = "Scheduled"


class PreconditioningFailure(StrEnum):
    """Reason why preconditioning does not run."""

    DEFECT = "Defect"
    DOOR_OPENED = "DoorOpened"
    LOW_BATTERY = "LowBattery"
    LOW_FUEL_LEVEL = "LowFuelLevel"
    TOO_MANY_UNUSED_PROGRAMS = "TooManyUnusedProg"
    WINDOWS_ROOF_OPENED = "WindowsRoofOpened"
    HOOD_OPENED = "HoodOpened"
    NOT_PARKED = "NotParked"
    OTHER_FAILURES = "OtherFailures"


@dataclass(frozen=True, slots=True, kw_only=True)
class AirConditioning(UpdatedModel):
    """Preconditioning by air conditioning, with up to four programs."""

    status: PreconditioningStatus | str | None = None
    starting_cause: StartingCause | str | None = None
    failure_cause: PreconditioningFailure | str | None = None
    programs: tuple[Program, ...] = ()

    def get_program(self, slot: int) -> Program | None:
        """Return the program in a slot."""
        return next((program for program in self.programs if program.slot == slot), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preconditioning(ModelGroup):
    """Preconditioning of the vehicle."""

    air_conditioning: AirConditioning | None = None
