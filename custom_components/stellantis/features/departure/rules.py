"""What to send to a car so that it charges as planned: pure functions over values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Self

from homeassistant.util import dt as dt_util

from ...vehicle.capabilities import CommandFeature
from ...vehicle.program_times import WEEKDAYS, ProgramTimes
from ...vehicle.stored import StoredModel
from .departures import NextDeparture

# Only the time of day of a start is written into the car
MAX_NOTICE: Final = timedelta(hours=23)
# Commands to a car on a local day; each may wake it up
MAX_COMMANDS: Final = 12
MAX_WAKE_UPS: Final = 6
# How often a command is tried for the same purpose
MAX_ATTEMPTS: Final = 2
RETRY_DELAY: Final = timedelta(minutes=10)
# The car has so long to start by itself, at the time that was written into it
START_DELAY: Final = timedelta(minutes=5)
# It is not stopped for a shorter time, nor is its start moved by less
MIN_PAUSE: Final = timedelta(minutes=10)
# A start that is nearer is not written into the car any more
MIN_NOTICE: Final = timedelta(minutes=3)
# The last word of the times of a program that repeats
WEEKLY: Final = "weekly"


class PlanAction(StrEnum):
    """What is sent to the car."""

    WRITE_START = "write_start"
    START = "start"
    STOP = "stop"
    WRITE_PROGRAM = "write_program"
    DELETE_PROGRAM = "delete_program"


class Pause(StrEnum):
    """Why nothing is sent, although a plan is under way."""

    # Somebody has started or stopped charging: until the cable is unplugged, or the departure
    MANUAL = "manual"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWindow(StoredModel):
    """A time in which the car charges as planned."""

    start: datetime
    end: datetime


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
        program: The times of the preconditioning program that was set.
        program_at: When that program runs, if it runs only once.
        slot: The slot of that program.
        is_manual: Whether somebody has started or stopped charging since the car was plugged in.
    """

    day: date | None = None
    commands: int = 0
    wake_ups: int = 0
    attempted: str | None = None
    attempts: int = 0
    attempted_at: datetime | None = None
    written_start: datetime | None = None
    program: str | None = None
    program_at: datetime | None = None
    slot: int | None = None
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

    def with_attempt(self, step: Step, now: datetime) -> Self:
        """Return the record after a command was sent."""
        today = dt_util.as_local(now).date()
        return replace(
            self,
            day=today,
            commands=self.commands_on(today) + 1,
            wake_ups=self.wake_ups_on(today),
            attempted=step.purpose,
            attempts=self.attempts + 1 if self.attempted == step.purpose else 1,
            attempted_at=now,
            written_start=step.start if step.action is PlanAction.WRITE_START else self.written_start,
        )

    def with_wake_up(self) -> Self:
        """Return the record after a command woke the car up."""
        return replace(self, wake_ups=self.wake_ups + 1)

    def is_exhausted(self, step: Step) -> bool:
        """Return whether a command was sent in vain often enough."""
        return self.attempted == step.purpose and self.attempts >= MAX_ATTEMPTS

    def is_spent(self, now: datetime) -> bool:
        """Return whether no command is sent on this local day any more."""
        today = dt_util.as_local(now).date()
        return self.commands_on(today) >= MAX_COMMANDS or self.wake_ups_on(today) >= MAX_WAKE_UPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A command to the car.

    Attributes:
        action: What it does.
        start: The start that it writes into the car.
        purpose: What it is for, which tells whether it is sent again.
    """

    action: PlanAction
    start: datetime | None = None
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known when it is decided what to send.

    Attributes:
        now: The present time.
        windows: The planned windows.
        is_plugged: Whether the cable is plugged in.
        is_charging: Whether the car charges.
        delayed_start: The local time of day at which the car starts by itself, as it reports.
        features: What commands can do with the car.
    """

    now: datetime
    windows: Sequence[PlanWindow]
    is_plugged: bool
    is_charging: bool
    delayed_start: time | None
    features: frozenset[CommandFeature]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to send now, if anything, and when to decide again at the latest.

    Attributes:
        step: The command.
        next_at: When to decide again; None if only a change matters.
        pause: Why nothing is sent.
    """

    step: Step | None = None
    next_at: datetime | None = None
    pause: Pause | None = None


def decide(record: ControlRecord, situation: Situation) -> Decision:
    """Return what to send to the car so that it charges in the planned windows.

    The next start is written into the car, which then starts even if Home Assistant is off. Everything else is done by
    starting and stopping.
    """
    now = situation.now
    if not situation.is_plugged:
        return Decision()
    if record.is_manual:
        return Decision(pause=Pause.MANUAL)
    wanted, next_at = _wanted_steps(record, situation)
    step = next((step for step in wanted if not record.is_exhausted(step)), None)
    if step is None:
        return Decision(next_at=next_at, pause=Pause.LIMIT if wanted else None)
    if record.is_spent(now):
        midnight = dt_util.start_of_local_day(dt_util.as_local(now).date() + timedelta(days=1))
        return Decision(next_at=dt_util.as_utc(midnight), pause=Pause.LIMIT)
    if record.attempted_at and record.attempted == step.purpose and now - record.attempted_at < RETRY_DELAY:
        return Decision(next_at=record.attempted_at + RETRY_DELAY)
    return Decision(step=step, next_at=now + RETRY_DELAY)


def _wanted_steps(record: ControlRecord, situation: Situation) -> tuple[list[Step], datetime | None]:
    """Return the commands of which one makes the car do as planned, the best first, and when that changes by itself."""
    now, is_charging = situation.now, situation.is_charging
    window = next((window for window in situation.windows if window.end > now), None)
    actions: list[PlanAction] = []
    if window is None:
        actions += [PlanAction.STOP] if is_charging else []
        next_at = None
    elif window.start <= now:
        starts_itself = _is_written(record, window.start) and now < window.start + START_DELAY
        actions += [] if is_charging or starts_itself else [PlanAction.START]
        next_at = window.start + START_DELAY if starts_itself else window.end
    else:
        wait, next_at = window.start - now, window.start
        has_start = _is_written(record, window.start) and _is_reported(record, situation.delayed_start)
        if not has_start and (MIN_PAUSE if is_charging else MIN_NOTICE) < wait <= MAX_NOTICE:
            actions.append(PlanAction.WRITE_START)
        elif wait > MAX_NOTICE:
            next_at = window.start - MAX_NOTICE
        if is_charging and wait > MIN_PAUSE:
            actions.append(PlanAction.STOP)
    able = [action for action in actions if _FEATURES[action] in situation.features]
    return [_build_step(action, window.start if window else None) for action in able], next_at


def _is_written(record: ControlRecord, start: datetime) -> bool:
    return record.written_start is not None and abs(record.written_start - start) < MIN_PAUSE


def _is_reported(record: ControlRecord, delayed_start: time | None) -> bool:
    """Return whether the car has the start that was written into it, as far as it reports one."""
    if delayed_start is None or record.written_start is None:
        return True
    written = dt_util.as_local(record.written_start)
    return (delayed_start.hour, delayed_start.minute) == (written.hour, written.minute)


_FEATURES: Final = {
    PlanAction.START: CommandFeature.START_CHARGING,
    PlanAction.STOP: CommandFeature.STOP_CHARGING,
    PlanAction.WRITE_START: CommandFeature.DELAYED_CHARGING,
}


def decide_program(
    record: ControlRecord, wanted: ProgramTimes | None, departure: datetime | None, now: datetime
) -> Step | None:
    """Return the command that sets the preconditioning program for the next departure; None if none is due.

    A program that has run once is left as it is.

    Args:
        record: What was sent to the car.
        wanted: When the program is to run; None if the car is not to be preconditioned.
        departure: When the next departure is; None if there is none.
        now: The present time.
    """
    text, will_run = describe_times(wanted) if wanted else None, record.will_program_run(now)
    if (text == record.program and will_run) or (text is None and not will_run):
        return None
    action = PlanAction.WRITE_PROGRAM if text else PlanAction.DELETE_PROGRAM
    step = Step(action=action, purpose=f"{action} {text or ''} {departure or ''}")
    is_early = record.attempted == step.purpose and record.attempted_at and now - record.attempted_at < RETRY_DELAY
    return None if record.is_exhausted(step) or record.is_spent(now) or is_early else step


def describe_times(times: ProgramTimes) -> str:
    """Return what identifies the times of a program."""
    return f"{times.start:%H:%M} {','.join(times.days)} {WEEKLY if times.repeats else 'once'}"


def program_times(following: NextDeparture) -> ProgramTimes:
    """Return when the program for a departure runs."""
    local = dt_util.as_local(following.at)
    start = following.departure.local_time
    days = following.departure.days or (WEEKDAYS[local.weekday()],)
    return ProgramTimes(start=start, end=start, days=days, repeats=bool(following.departure.days))


def _build_step(action: PlanAction, start: datetime | None) -> Step:
    purpose = f"{action} {start:%Y-%m-%dT%H:%M}" if start else action.value
    return Step(action=action, start=start if action is PlanAction.WRITE_START else None, purpose=purpose)
