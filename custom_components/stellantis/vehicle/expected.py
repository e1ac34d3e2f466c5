"""What a car is expected to report after commands: an overlay over what it reports, which never outlives that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from homeassistant.util import dt as dt_util

from ..api import (
    AirConditioning,
    Charging,
    ChargingPayload,
    ChargingSchedule,
    ChargingStatus,
    DoorsState,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """The expected effect of a command.

    Attributes:
        remote: The command.
        sent_at: When it was sent; None while it waits.
        baseline: The status that was known then.
        is_read: Whether the command has ended and the car has been polled since.
    """

    remote: RemotePayload
    sent_at: datetime | None = None
    baseline: Status | None = None
    is_read: bool = False

    def is_standing(self, status: Status) -> bool:
        """Return whether the car has not reported a part that the command changes since it was sent."""
        return any(not self.is_reported(name, status) for name in _changed_parts(self.remote, status))

    def is_superseded(self, status: Status) -> bool:
        """Return whether the car has reported all parts that the command changes since it was sent."""
        return bool(_changed_parts(self.remote, status)) and not self.is_standing(status)

    def is_reported(self, name: str, status: Status) -> bool:
        """Return whether the car has reported a part since the command was sent.

        The clock of the car may be ahead of ours: then a part also has to be newer than the one that was known. It may
        be behind ours, or the part may have no credible time of its own: then a poll after the end of the command has
        to bring a newer part or a newer body.
        """
        if self.sent_at is None:
            return False
        measured_at = _credible_time(status, name)
        known_at = _credible_time(self.baseline, name) if self.baseline else None
        if measured_at and measured_at > max(self.sent_at, known_at or self.sent_at):
            return True
        if not self.is_read:
            return False
        if measured_at is None or (known_at and measured_at > known_at):
            return True
        body_at, known_body_at = status.measured_at, self.baseline.measured_at if self.baseline else None
        return body_at is not None and body_at > max(self.sent_at, known_body_at or self.sent_at)


def apply_expectations(status: Status, expectations: Iterable[Expectation]) -> Status:
    """Return a status with the expected effects of commands, in their order.

    A part that the car has reported since a command was sent is not changed by it. No part gets another time: what is
    expected was not measured.
    """
    expectations = tuple(expectations)
    for expectation, names in zip(expectations, unreported_parts(expectations, status), strict=True):
        changes = _changed_parts(expectation.remote, status)
        status = _replace_parts(status, {name: part for name, part in changes.items() if name in names})
    return status


def unreported_parts(expectations: Sequence[Expectation], status: Status) -> list[frozenset[str]]:
    """Return, for each command, the parts that it changes and that the car has not reported since it was sent.

    What the car has reported since a later command was sent, it has also reported since earlier ones, even if the clock
    has been set back in between.
    """
    reported: set[str] = set()
    unreported = []
    for expectation in reversed(expectations):
        names = _changed_parts(expectation.remote, status).keys()
        reported.update(name for name in names if expectation.is_reported(name, status))
        unreported.append(frozenset(names - reported))
    return unreported[::-1]


def is_contradicted(remote: RemotePayload, status: Status, sent_at: datetime) -> bool:
    """Return whether a part that was measured after a command was sent is not as the command sets it."""
    parts = _parts(status)
    return any(
        _comparable(part) != _comparable(parts[name])
        and (measured_at := _credible_time(status, name)) is not None
        and measured_at > sent_at
        for name, part in _changed_parts(remote, status).items()
    )


def _comparable(part: TimedModel) -> object:
    """Return what to compare of a part: of the doors only whether any of them is unlocked."""
    return any("unlocked" in state.lower() for state in part.locked_states) if isinstance(part, DoorsState) else part


def _credible_time(status: Status, name: str) -> datetime | None:
    """Return when a part was measured; None if its time was wrong and has been replaced by the time of reception."""
    part: TimedModel | None = _parts(status)[name]
    measured_at = part.measured_at if part else None
    return None if measured_at == status.redated_at else measured_at


def _parts(status: Status) -> dict[str, Any]:
    """Return the parts of a status that commands change."""
    return {
        "doors": status.doors_state,
        "air_conditioning": status.preconditioning.air_conditioning if status.preconditioning else None,
        "electric": status.electric,
    }


def _changed_parts(remote: RemotePayload, status: Status) -> dict[str, Any]:
    """Return the parts that a command concerns, as it sets them."""
    parts, changes = _parts(status), dict[str, Any]()
    doors, air_conditioning, electric = parts["doors"], parts["air_conditioning"], parts["electric"]
    if remote.door and doors and doors.locked_states:
        state = LockedState.LOCKED if remote.door.state == DoorTargetState.LOCKED else LockedState.UNLOCKED
        changes["doors"] = replace(doors, locked_states=(state,))
    if remote.preconditioning and air_conditioning:
        changes["air_conditioning"] = _apply_preconditioning(remote.preconditioning, air_conditioning)
    if remote.charging and electric and electric.charging:
        changes["electric"] = replace(electric, charging=_apply_charging(remote.charging, electric.charging))
    return changes


def _replace_parts(status: Status, parts: dict[str, Any]) -> Status:
    if doors := parts.get("doors"):
        status = replace(status, doors_state=doors)
    if (air_conditioning := parts.get("air_conditioning")) and status.preconditioning:
        status = replace(status, preconditioning=replace(status.preconditioning, air_conditioning=air_conditioning))
    if electric := parts.get("electric"):
        old = status.electric
        status = replace(status, energies=tuple(electric if energy is old else energy for energy in status.energies))
    return status


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
