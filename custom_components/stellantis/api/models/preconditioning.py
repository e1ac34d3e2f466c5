"""Heating or cooling the car before a drive."""

from dataclasses import dataclass
from enum import StrEnum

from .base import ModelGroup, UpdatedModel
from .program import Program


class PreconditioningStatus(StrEnum):
    """What the preconditioning is at."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"
    FINISHED = "Finished"
    FAILURE = "Failure"


class StartingCause(StrEnum):
    """Why it runs: somebody asked for it, or a program did."""

    IMMEDIATE = "Immediate"
    SCHEDULED = "Scheduled"


class PreconditioningFailure(StrEnum):
    """Why it does not run."""

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
    """The air conditioning, run ahead of a drive, with up to four programs."""

    status: PreconditioningStatus | str | None = None
    starting_cause: StartingCause | str | None = None
    failure_cause: PreconditioningFailure | str | None = None
    programs: tuple[Program, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preconditioning(ModelGroup):
    """What can be done ahead of a drive."""

    air_conditioning: AirConditioning | None = None
