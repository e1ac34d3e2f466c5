"""What is sent to a car for its departures, and the record of it, which keeps that within bounds: plain values."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Self

from homeassistant.util import dt as dt_util

from ...vehicle.program_times import ProgramTimes
from ...vehicle.stored import StoredModel

# Commands to a car on a local day; each may wake it up
MAX_COMMANDS: Final = 12
MAX_WAKE_UPS: Final = 6
# How often a command is tried for the same purpose
MAX_ATTEMPTS: Final = 2
RETRY_DELAY: Final = timedelta(minutes=10)
# A delayed start at an earlier time of day stands for none
FIRST_START: Final = time(0, 2)
# The last word of the times of a program that repeats
WEEKLY: Final = "weekly"


class PlanAction(StrEnum):
    """What is sent to the car."""

    WRITE_START = "write_start"
    START = "start"
    STOP = "stop"
    RESTORE_START = "restore_start"
    WRITE_PROGRAM = "write_program"
    DELETE_PROGRAM = "delete_program"
    PRECONDITION = "precondition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A command to the car.

    Attributes:
        action: What it does.
        purpose: What it is for, which tells whether it is sent again.
        start: The start of charging that it writes into the car.
        times: The times of the preconditioning program that it sets.
        departure: The departure for which the car is preconditioned.
    """

    action: PlanAction
    purpose: str
    start: datetime | None = None
    times: ProgramTimes | None = None
    departure: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRecord(StoredModel):
    """What was sent to a car.

    Attributes:
        day: The local day on which commands were sent last.
        commands: How many were sent on that day.
        wake_ups: How many of them woke the car up.
        attempted: The last command, and what it was for.
        attempts: How often it was sent for that.
        attempted_at: When it was sent last.
        written_start: The start that was written into the car.
        owner_start: The delayed start that the car had before, as a local time of day; None if it is not known.
        own_starts: The delayed starts that were written in place of that one.
        program: The times of the preconditioning program that was set.
        program_at: When that program runs, if it runs only once.
        slot: The slot of that program.
        preconditioned_for: The departure for which preconditioning was started.
        is_manual: Whether somebody has started or stopped charging since the car was plugged in.
    """

    day: date | None = None
    commands: int = 0
    wake_ups: int = 0
    attempted: str | None = None
    attempts: int = 0
    attempted_at: datetime | None = None
    written_start: datetime | None = None
    owner_start: time | None = None
    own_starts: tuple[time, ...] = ()
    program: str | None = None
    program_at: datetime | None = None
    slot: int | None = None
    preconditioned_for: datetime | None = None
    is_manual: bool = False

    def will_program_run(self, now: datetime) -> bool:
        """Return whether the preconditioning program that was set is still going to run."""
        if self.program is None:
            return False
        return self.program.endswith(WEEKLY) or (self.program_at is not None and self.program_at > now)

    def commands_on(self, day: date) -> int:
        """Return how many commands were sent on a local day."""
        return self.commands if self.day == day else 0

    def wake_ups_on(self, day: date) -> int:
        """Return how many commands woke the car up on a local day."""
        return self.wake_ups if self.day == day else 0

    def with_attempt(self, step: Step, now: datetime, delayed_start: time | None = None) -> Self:
        """Return the record after a command was sent.

        Args:
            step: The command.
            now: When it was sent.
            delayed_start: The local time of day at which the car starts by itself, as it reported before.
        """
        today = dt_util.as_local(now).date()
        record = replace(
            self,
            day=today,
            commands=self.commands_on(today) + 1,
            wake_ups=self.wake_ups_on(today),
            attempted=step.purpose,
            attempts=self.attempts + 1 if self.attempted == step.purpose else 1,
            attempted_at=now,
        )
        if step.action is not PlanAction.WRITE_START or step.start is None:
            return record
        written = local_time(step.start)
        if delayed_start is not None and delayed_start not in self.own_starts:
            return replace(record, written_start=step.start, owner_start=delayed_start, own_starts=(written,))
        own_starts = (*(start for start in self.own_starts if start != written), written)
        return replace(record, written_start=step.start, own_starts=own_starts)

    def with_success(self, step: Step, slot: int | None = None) -> Self:
        """Return the record after a command has succeeded.

        Args:
            step: The command.
            slot: The slot of the program that it has set.
        """
        match step:
            case Step(action=PlanAction.RESTORE_START):
                return self.without_owner_start()
            case Step(action=PlanAction.WRITE_PROGRAM, times=ProgramTimes() as times):
                at = None if times.repeats else step.departure
                return replace(self, program=describe_times(times), program_at=at, slot=slot)
            case Step(action=PlanAction.DELETE_PROGRAM):
                return self.without_program()
            case Step(action=PlanAction.PRECONDITION):
                return replace(self, preconditioned_for=step.departure)
        return self

    def without_program(self) -> Self:
        """Return the record after the preconditioning program was deleted, or somebody has set another in its slot."""
        return replace(self, program=None, program_at=None, slot=None)

    def with_wake_up(self) -> Self:
        """Return the record after a command woke the car up."""
        return replace(self, wake_ups=self.wake_ups + 1)

    def without_owner_start(self) -> Self:
        """Return the record after the car got back the delayed start of its owner, or its owner has set another."""
        return replace(self, written_start=None, owner_start=None, own_starts=())

    def is_exhausted(self, step: Step) -> bool:
        """Return whether a command was sent in vain often enough."""
        return self.attempted == step.purpose and self.attempts >= MAX_ATTEMPTS

    def is_spent(self, now: datetime) -> bool:
        """Return whether no command is sent on this local day any more."""
        today = dt_util.as_local(now).date()
        return self.commands_on(today) >= MAX_COMMANDS or self.wake_ups_on(today) >= MAX_WAKE_UPS

    def is_too_early(self, step: Step, now: datetime) -> bool:
        """Return whether a command was sent only a short time ago."""
        return bool(self.attempted == step.purpose and self.attempted_at and now - self.attempted_at < RETRY_DELAY)

    def allows(self, step: Step, now: datetime) -> bool:
        """Return whether a command may be sent now."""
        return not (self.is_exhausted(step) or self.is_spent(now) or self.is_too_early(step, now))


def local_time(at: datetime) -> time:
    """Return the local time of day, in whole minutes."""
    return dt_util.as_local(at).time().replace(second=0, microsecond=0)


def writable_start(start: datetime) -> datetime:
    """Return the delayed start that is written into the car: midnight and the minute after mean that there is none."""
    local = dt_util.as_local(start)
    first = local.replace(hour=FIRST_START.hour, minute=FIRST_START.minute)
    return dt_util.as_utc(first) if local.time() < FIRST_START else start


def describe_times(times: ProgramTimes) -> str:
    """Return what identifies the times of a program."""
    return f"{times.start:%H:%M} {','.join(times.days)} {WEEKLY if times.repeats else 'once'}"
