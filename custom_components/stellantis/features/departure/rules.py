"""What to send to a car so that it charges as planned: pure functions over values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from homeassistant.util import dt as dt_util

from ...vehicle.capabilities import CommandFeature
from ...vehicle.programs import next_occurrence
from ...vehicle.stored import StoredModel
from .control import RETRY_DELAY, ControlRecord, PlanAction, Step, local_time, writable_start

# Only the time of day of a start is written into the car
MAX_NOTICE: Final = timedelta(hours=23)
# The car has so long to start by itself, at the time that was written into it
START_DELAY: Final = timedelta(minutes=5)
# It is not stopped for a shorter time, nor is its start moved by less
MIN_PAUSE: Final = timedelta(minutes=10)
# A start that is nearer is not written into the car any more
MIN_NOTICE: Final = timedelta(minutes=3)


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
    if record.attempted_at and record.is_too_early(step, now):
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
    if delayed_start is None or record.written_start is None or delayed_start == local_time(record.written_start):
        return True
    # Another one than before: its clock may be in another time zone, or its owner has set it
    return record.owner_start is not None and delayed_start not in (record.owner_start, *record.own_starts)


_FEATURES: Final = {
    PlanAction.START: CommandFeature.START_CHARGING,
    PlanAction.STOP: CommandFeature.STOP_CHARGING,
    PlanAction.WRITE_START: CommandFeature.DELAYED_CHARGING,
}


def is_owner_served(record: ControlRecord, delayed_start: time | None) -> bool:
    """Return whether the car has a delayed start of its owner, as far as is known: that from before, or another.

    Args:
        record: What was sent to the car.
        delayed_start: The local time of day at which the car starts by itself, as it reports.
    """
    is_own = delayed_start is None or delayed_start in record.own_starts
    return record.owner_start is None or delayed_start == record.owner_start or not is_own


def decide_restore(record: ControlRecord, now: datetime) -> Step | None:
    """Return the command that gives the car back the delayed start of its owner; None if none is due.

    Args:
        record: What was sent to the car.
        now: The present time. The car must not charge: it stops when it gets a start.
    """
    if record.owner_start is None:
        return None
    step = Step(
        action=PlanAction.RESTORE_START,
        purpose=f"{PlanAction.RESTORE_START} {record.owner_start:%H:%M}",
        start=next_occurrence(record.owner_start, now),
    )
    return step if record.allows(step, now) else None


def _build_step(action: PlanAction, start: datetime | None) -> Step:
    purpose = f"{action} {start:%Y-%m-%dT%H:%M}" if start else action.value
    written = writable_start(start) if start and action is PlanAction.WRITE_START else None
    return Step(action=action, start=written, purpose=purpose)
