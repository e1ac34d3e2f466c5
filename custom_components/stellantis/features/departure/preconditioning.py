"""Which preconditioning a departure needs: a program of the car, else a command in time. Pure functions over values."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from homeassistant.util import dt as dt_util

from ...api import PreconditioningStatus
from ...vehicle.capabilities import CommandFeature
from ...vehicle.program_times import WEEKDAYS, ProgramTimes
from ...vehicle.programs import program_command
from ...vehicle.state import VehicleState
from .control import ControlRecord, PlanAction, Step, describe_times
from .departures import NextDeparture

# A program that runs once, runs within a week
MAX_NOTICE: Final = timedelta(days=6)
# A command starts preconditioning so long before the departure: it runs about as long
DURATION: Final = timedelta(minutes=20)
# Cars that are not plugged in refuse to precondition below this battery level in %
MIN_LEVEL: Final = 20


def wanted_program(following: NextDeparture | None, now: datetime) -> ProgramTimes | None:
    """Return when a program is to run for the next departure; None if there is no need for one yet."""
    if following is None or not following.departure.warm or following.at - now > MAX_NOTICE:
        return None
    start = following.departure.local_time
    days = following.departure.days or (WEEKDAYS[dt_util.as_local(following.at).weekday()],)
    return ProgramTimes(start=start, end=start, days=days, repeats=bool(following.departure.days))


def is_program_replaced(record: ControlRecord, state: VehicleState) -> bool:
    """Return whether the car has reported another program in the slot of the one that was set: it is the owner's."""
    air = state.air_conditioning
    if air is None or record.program is None or record.slot is None or record.attempted_at is None:
        return False
    program = air.get_program(record.slot)
    command = program_command(program) if program else None
    is_newer = air.measured_at is not None and air.measured_at > record.attempted_at
    return is_newer and command is not None and not record.program.startswith(f"{command.start:%H:%M} ")


def decide_preconditioning(
    record: ControlRecord,
    following: NextDeparture | None,
    state: VehicleState | None,
    features: Collection[CommandFeature],
    now: datetime,
) -> Step | None:
    """Return the command that has the car preconditioned for the next departure; None if none is due.

    Args:
        record: What was sent to the car.
        following: The next departure.
        state: The state of the car; None if it is not known.
        features: What commands can do with the car.
        now: The present time.
    """
    if CommandFeature.PRECONDITIONING_PROGRAMS in features:
        wanted = wanted_program(following, now)
        step = decide_program(record, wanted, following.at if following else None, now)
        # The car may have no room for a program
        if step or wanted is None or _is_set(record, wanted, now):
            return step
    if CommandFeature.PRECONDITIONING not in features or state is None:
        return None
    return decide_start(record, following, state, now)


def decide_program(
    record: ControlRecord, wanted: ProgramTimes | None, departure: datetime | None, now: datetime
) -> Step | None:
    """Return the command that sets the preconditioning program for the next departure; None if none is due.

    A program that has run once, or whose slot is not known, is left as it is.

    Args:
        record: What was sent to the car.
        wanted: When the program is to run; None if the car is not to be preconditioned.
        departure: When the next departure is; None if there is none.
        now: The present time.
    """
    if _is_set(record, wanted, now) if wanted else record.slot is None or not record.will_program_run(now):
        return None
    text = describe_times(wanted) if wanted else None
    action = PlanAction.WRITE_PROGRAM if text else PlanAction.DELETE_PROGRAM
    step = Step(action=action, purpose=f"{action} {text or ''} {departure or ''}", times=wanted, departure=departure)
    return step if record.allows(step, now) else None


def _is_set(record: ControlRecord, wanted: ProgramTimes, now: datetime) -> bool:
    """Return whether the program is set, and is still going to run."""
    return record.program == describe_times(wanted) and record.will_program_run(now)


def start_time(following: NextDeparture | None) -> datetime | None:
    """Return when preconditioning is to be started by a command; None if it is not."""
    return following.at - DURATION if following and following.departure.warm else None


def decide_start(
    record: ControlRecord, following: NextDeparture | None, state: VehicleState, now: datetime
) -> Step | None:
    """Return the command that starts preconditioning for the next departure; None if none is due.

    Args:
        record: What was sent to the car.
        following: The next departure.
        state: The state of the car.
        now: The present time.
    """
    start = start_time(following)
    if following is None or start is None or not start <= now < following.at:
        return None
    if record.preconditioned_for == following.at or not _is_possible(state):
        return None
    purpose = f"{PlanAction.PRECONDITION} {following.at:%Y-%m-%dT%H:%M}"
    step = Step(action=PlanAction.PRECONDITION, purpose=purpose, departure=following.at)
    return step if record.allows(step, now) else None


def _is_possible(state: VehicleState) -> bool:
    """Return whether preconditioning can be started: it does not run, and the battery suffices."""
    air, charging, level = state.air_conditioning, state.charging, state.battery_level
    if state.is_driving or (air and air.status == PreconditioningStatus.ENABLED):
        return False
    return bool(charging and charging.plugged) or (level is not None and level >= MIN_LEVEL)
