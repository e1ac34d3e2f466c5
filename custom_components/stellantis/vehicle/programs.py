"""Reported times of day and preconditioning programs, and the commands that change them."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Final

from homeassistant.util import dt as dt_util

from ..api import ChargingProgram, Day, Program, Recurrence
from ..api.requests import NewChargingProgram, PreconditionCommand, SetProgram
from .command import PRECONDITIONING_TARGET, CommandRequest, CommandType
from .state import VehicleState

SLOTS: Final = (1, 2, 3, 4)
DAY: Final = timedelta(days=1)
# What a program does
PRECONDITIONING: Final = "preconditioning"
CHARGING: Final = "charging"


def time_of_day(since_midnight: timedelta | None) -> time | None:
    """Return the time of day, in whole minutes, from the reported time since midnight."""
    if since_midnight is None or not timedelta(0) <= since_midnight < DAY:
        return None
    minutes = int(since_midnight.total_seconds()) // 60
    return time(minutes // 60, minutes % 60)


def next_occurrence(clock_time: time, after: datetime | None = None) -> datetime:
    """Return the next occurrence of a local time of day, in whole minutes, skipping days on which it does not exist.

    Args:
        clock_time: The local time of day.
        after: The time after which it is; None for the present.
    """
    now = dt_util.as_local(after) if after else dt_util.now()
    today = now.replace(hour=clock_time.hour, minute=clock_time.minute, second=0, microsecond=0)
    candidates = (dt_util.as_utc((today + DAY * days).replace(fold=fold)) for days in range(3) for fold in (0, 1))
    return next(instant for instant in candidates if instant > now and dt_util.as_local(instant).time() == clock_time)


def next_delayed_start(state: VehicleState) -> datetime | None:
    """Return when a charge that waits will start: at the time of day that the car reports, next after it did so."""
    energy, delayed_time = state.electric, state.next_delayed_charge
    if energy is None or delayed_time is None or (measured_at := energy.time_of("charging")) is None:
        return None
    return next_occurrence(delayed_time, measured_at)


def time_until_charge(state: VehicleState) -> timedelta | None:
    """Return the time until a charge that waits will start; negative if that is past, None if none waits."""
    start = next_delayed_start(state)
    return start - dt_util.utcnow() if start else None


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


def charging_command(program: ChargingProgram) -> NewChargingProgram | None:
    """Return a charging program as it is sent; None if the car reports no start."""
    start = time_of_day(program.start)
    if start is None:
        return None
    return NewChargingProgram(
        start=start,
        end=None if program.end is None else time_of_day(program.end % DAY),
        days=tuple(day for day in program.days if isinstance(day, Day)) or tuple(Day),
        enabled=bool(program.enabled),
    )


def charging_key(program: NewChargingProgram) -> str:
    """Return what identifies a charging program: it has no number, and its place in the list may change."""
    end = f"{program.end:%H:%M}" if program.end else ""
    return f"{program.start:%H:%M}-{end} {','.join(program.days)}"


def program_uid(program: Program) -> str | None:
    """Return what identifies a program among those of a car; None if no command changes it."""
    if isinstance(program, ChargingProgram):
        command = charging_command(program)
        return f"{CHARGING} {charging_key(command)}" if command else None
    return f"{PRECONDITIONING} {program.slot}" if program.slot in SLOTS else None


def program_request(
    slot: int, name: str, value: object, change_fn: Callable[[Program], SetProgram | None]
) -> CommandRequest:
    """Return the request to change a program, as it is when the command is sent.

    Args:
        slot: The slot of the program.
        name: What is changed.
        value: To what it is changed.
        change_fn: Builds the command that sets the changed program; returns None if it is empty.
    """

    def build(state: VehicleState | None) -> PreconditionCommand | None:
        air_conditioning = state.air_conditioning if state else None
        program = air_conditioning.get_program(slot) if air_conditioning else None
        new_program = change_fn(program) if program else None
        return PreconditionCommand(programs=(new_program,)) if new_program else None

    return CommandRequest(
        type=CommandType.PRECONDITIONING,
        target=f"program {slot} {name}",
        value=value,
        build_fn=build,
        needs_state=True,
    )


def start_request(*, has_programs: bool) -> CommandRequest:
    """Return the request to start preconditioning.

    Some cars lose their programs when they are not part of the command that starts it.

    Args:
        has_programs: Whether the car accepts programs.
    """

    def build(state: VehicleState | None) -> PreconditionCommand:
        air_conditioning = state.air_conditioning if state and has_programs else None
        programs = (program_command(program) for program in (air_conditioning.programs if air_conditioning else ()))
        return PreconditionCommand(immediate=True, programs=tuple(program for program in programs if program))

    return CommandRequest(
        type=CommandType.PRECONDITIONING,
        target=PRECONDITIONING_TARGET,
        value=True,
        build_fn=build,
        needs_state=has_programs,
    )
