"""The expected status of a car after a command."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from homeassistant.util import dt as dt_util

from ..api import (
    AirConditioning,
    Charging,
    ChargingPayload,
    ChargingSchedule,
    ChargingStatus,
    DoorTargetState,
    LockedState,
    PreconditioningPayload,
    PreconditioningStatus,
    Program,
    ProgramAction,
    RemotePayload,
    StartingCause,
    Status,
    TimedModel,
)


def apply_remote(remote: RemotePayload, status: Status, now: datetime) -> Status:
    """Return the status that a car is expected to report after it has executed a command.

    Changed parts get the timestamp `now`, so that they last until the car reports something newer. Parts that the car
    has never reported are not added.
    """
    if remote.door and status.doors_state:
        state = LockedState.LOCKED if remote.door.state == DoorTargetState.LOCKED else LockedState.UNLOCKED
        doors = replace(
            status.doors_state, locked_states=(state,), created_at=_timestamp_after(status.doors_state, now)
        )
        status = replace(status, doors_state=doors)
    air = status.preconditioning.air_conditioning if status.preconditioning else None
    if remote.preconditioning and status.preconditioning and air:
        air = replace(_apply_preconditioning(remote.preconditioning, air), created_at=_timestamp_after(air, now))
        status = replace(status, preconditioning=replace(status.preconditioning, air_conditioning=air))
    electric = status.electric
    if remote.charging and electric and electric.charging:
        charging = _apply_charging(remote.charging, electric.charging)
        changed = replace(electric, charging=charging, created_at=_timestamp_after(electric, now))
        energies = tuple(changed if energy is electric else energy for energy in status.energies)
        status = replace(status, energies=energies)
    return status


def _timestamp_after(part: TimedModel, now: datetime) -> datetime:
    """Return `now`, or the instant after a part was measured if that is later by the car's clock."""
    last = part.measured_at
    return max(now, last + timedelta(microseconds=1)) if last else now


def _apply_preconditioning(payload: PreconditioningPayload, air: AirConditioning) -> AirConditioning:
    if payload.immediate:
        status, cause = PreconditioningStatus.ENABLED, StartingCause.IMMEDIATE
        air = replace(air, status=status, starting_cause=cause, failure_cause=None)
    elif payload.immediate is False and air.status == PreconditioningStatus.ENABLED:
        air = replace(air, status=PreconditioningStatus.DISABLED, starting_cause=None)
    if not payload.programs:
        return air
    programs = {program.slot or 0: program for program in air.programs}
    for change in payload.programs:
        programs[change.slot or 0] = (
            Program(slot=change.slot, enabled=False)
            if change.actions_type == ProgramAction.DELETE
            else Program(
                slot=change.slot,
                enabled=change.enabled,
                recurrence=change.recurrence,
                start=change.start,
                occurrence=change.occurrence,
            )
        )
    return replace(air, programs=tuple(programs[slot] for slot in sorted(programs)))


def _apply_charging(payload: ChargingPayload, charging: Charging) -> Charging:
    changes: dict[str, Any] = {}
    if payload.immediate:
        changes["status"] = ChargingStatus.IN_PROGRESS
    elif payload.immediate is False and charging.status == ChargingStatus.IN_PROGRESS:
        changes["status"] = ChargingStatus.STOPPED
    if payload.schedule and payload.schedule.next_delayed_time:
        changes["next_delayed_time"] = dt_util.as_local(payload.schedule.next_delayed_time).time()
    if payload.schedule and payload.schedule.programs:
        changes["schedule"] = ChargingSchedule(programs=payload.schedule.programs)
    if payload.preferences and payload.preferences.level:
        changes["charging_power_level"] = payload.preferences.level
    if payload.preferences and payload.preferences.type:
        changes["type"] = payload.preferences.type
    return replace(charging, **changes)
