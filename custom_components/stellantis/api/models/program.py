"""Preconditioning and charging programs."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from .base import Model, json_names


class Day(StrEnum):
    """Day of the week."""

    MONDAY = "Mon"
    TUESDAY = "Tue"
    WEDNESDAY = "Wed"
    THURSDAY = "Thu"
    FRIDAY = "Fri"
    SATURDAY = "Sat"
    SUNDAY = "Sun"


class Recurrence(StrEnum):
    """Whether a program repeats."""

    NONE = "None"
    DAILY = "Daily"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence(Model):
    """Days on which a program runs."""

    day: tuple[Day | str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Program(Model):
    """A preconditioning program.

    Attributes:
        slot: Number, 1 to 4.
        enabled: Whether it is enabled.
        recurrence: Whether it repeats.
        start: Start, as time since local midnight.
        occurrence: Days on which it runs; misspelled by the API.
    """

    slot: int | None = None
    enabled: bool | None = None
    recurrence: Recurrence | str | None = None
    start: timedelta | None = None
    occurrence: Occurrence | None = field(default=None, metadata=json_names("occurence"))

    @property
    def days(self) -> tuple[Day | str, ...]:
        """The days on which it runs; empty if unknown."""
        return self.occurrence.day if self.occurrence else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingProgram(Program):
    """A charging program.

    Attributes:
        end: End, as time since local midnight.
        charge_until_full: Whether charging continues until the battery is full.
    """

    end: timedelta | None = None
    charge_until_full: bool | None = None
