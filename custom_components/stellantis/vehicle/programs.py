"""Times of day and programs of preconditioning, as a car tells them, made into what it can be told."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Final

from homeassistant.util import dt as dt_util

from ..api import Day, Program, Recurrence
from ..api.requests import SetProgram

SLOTS: Final = (1, 2, 3, 4)
DAY: Final = timedelta(days=1)


def time_of_day(since_midnight: timedelta | None) -> time | None:
    """Return a time of day that is told as the time since midnight."""
    if since_midnight is None or not timedelta(0) <= since_midnight < DAY:
        return None
    minutes = int(since_midnight.total_seconds()) // 60
    return time(minutes // 60, minutes % 60)


def next_occurrence(clock_time: time) -> datetime:
    """Return when a local time of day, in whole minutes, comes next; not on a day whose clocks leave it out."""
    now = dt_util.now()
    today = now.replace(hour=clock_time.hour, minute=clock_time.minute, second=0, microsecond=0)
    moments = (dt_util.as_utc((today + DAY * days).replace(fold=fold)) for days in range(3) for fold in (0, 1))
    return next(one for one in moments if one > now and dt_util.as_local(one).time() == clock_time)


def program_command(program: Program, *, enabled: bool | None = None, start: time | None = None) -> SetProgram | None:
    """Return what sets a program as it is, but for the changes; None of one that is empty.

    Cars tell an empty one as off, at midnight, without days. One that is not empty and has no days runs on all.
    """
    begins = start or time_of_day(program.start)
    if program.slot not in SLOTS or begins is None or not (program.enabled or program.days or program.start):
        return None
    days = tuple(day for day in program.days if isinstance(day, Day)) or tuple(Day)
    recurrence = program.recurrence if isinstance(program.recurrence, Recurrence) else Recurrence.DAILY
    return SetProgram(
        slot=program.slot,
        enabled=bool(program.enabled) if enabled is None else enabled,
        start=begins,
        days=days,
        recurrence=recurrence,
    )


def lost_programs(before: Iterable[Program], now: Iterable[Program]) -> tuple[SetProgram, ...]:
    """Return what sets the programs again that were there before and are lost: off, and no longer what they were."""
    there = {program.slot: program for program in now}

    def is_lost(old: Program) -> bool:
        new = there.get(old.slot)
        return new is None or (not new.enabled and (new.start, new.days) != (old.start, old.days))

    settings = (
        program_command(program) for program in before if (program.enabled or program.days) and is_lost(program)
    )
    return tuple(one for one in settings if one)
