"""Recurring programs, of preconditioning and of charging."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from .base import Model, json_names


class Day(StrEnum):
    """A day of the week."""

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
    """On which days a program runs."""

    day: tuple[Day | str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Program(Model):
    """A program of preconditioning.

    Attributes:
        slot: its number, 1 to 4.
        enabled: whether it will run.
        recurrence: whether it repeats.
        start: since local midnight.
        occurrence: the days; the API spells it with one r.
    """

    slot: int | None = None
    enabled: bool | None = None
    recurrence: Recurrence | str | None = None
    start: timedelta | None = None
    occurrence: Occurrence | None = field(default=None, metadata=json_names("occurence"))

    @property
    def days(self) -> tuple[Day | str, ...]:
        """The days on which it runs, empty where the car does not say."""
        return self.occurrence.day if self.occurrence else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingProgram(Program):
    """A program of charging.

    Attributes:
        end: since local midnight.
        charge_until_full: whether it goes on until the battery is full.
    """

    end: timedelta | None = None
    charge_until_full: bool | None = None
