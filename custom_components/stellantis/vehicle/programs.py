"""Conversion of reported times of day and preconditioning programs to commands."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Final

from homeassistant.util import dt as dt_util

from ..api import Day, Program, Recurrence
from ..api.requests import SetProgram

SLOTS: Final = (1, 2, 3, 4)
DAY: Final = timedelta(days=1)


def time_of_day(since_midnight: timedelta | None) -> time | None:
    """Return the time of day, in whole minutes, from the reported time since midnight."""
    if since_midnight is None or not timedelta(0) <= since_midnight < DAY:
        return None
    minutes = int(since_midnight.total_seconds()) // 60
    return time(minutes // 60, minutes % 60)


def next_occurrence(clock_time: time) -> datetime:
    """Return the next occurrence of a local time of day, in whole minutes, skipping days on which it does not exist."""
    now = dt_util.now()
    today = now.replace(hour=clock_time.hour, minute=clock_time.minute, second=0, microsecond=0)
    candidates = (dt_util.as_utc((today + DAY * days).replace(fold=fold)) for days in range(3) for fold in (0, 1))
    return next(instant for instant in candidates if instant > now and dt_util.as_local(instant).time() == clock_time)


def program_command(program: Program, *, enabled: bool | None = None, start: time | None = None) -> SetProgram | None:
    """Build the command that sets a program with changes; None if the program is empty.

    Cars report an empty program as disabled, at midnight, without days. Any other program without days runs daily.

    Args:
        program: The program as the car reports it.
        enabled: Whether it is on, if that changes.
        start: The start time, if that changes.
    """
    start = start or time_of_day(program.start)
    if program.slot not in SLOTS or start is None or not (program.enabled or program.days or program.start):
        return None
    days = tuple(day for day in program.days if isinstance(day, Day)) or tuple(Day)
    recurrence = program.recurrence if isinstance(program.recurrence, Recurrence) else Recurrence.DAILY
    return SetProgram(
        slot=program.slot,
        enabled=bool(program.enabled) if enabled is None else enabled,
        start=start,
        days=days,
        recurrence=recurrence,
    )


def lost_programs(before: Iterable[Program], now: Iterable[Program]) -> tuple[SetProgram, ...]:
    """Build the commands that restore lost programs: those that are missing now, or disabled and changed."""
    current = {program.slot: program for program in now}

    def is_lost(old: Program) -> bool:
        new = current.get(old.slot)
        return new is None or (not new.enabled and (new.start, new.days) != (old.start, old.days))

    commands = (
        program_command(program) for program in before if (program.enabled or program.days) and is_lost(program)
    )
    return tuple(command for command in commands if command)
