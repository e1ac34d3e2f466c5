"""The commands that set or delete a program of a car when an event of its calendar is created, changed or deleted."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from homeassistant.exceptions import ServiceValidationError

from ..api import ChargingProgram, Program, Recurrence
from ..api.requests import DeleteProgram, NewChargingProgram, PreconditionCommand, ScheduleCharging, SetProgram
from ..const import DOMAIN
from ..vehicle.capabilities import CommandFeature, CommandSupport
from ..vehicle.command import CommandRequest, CommandType
from ..vehicle.program_times import ProgramTimes, UnsupportedEventError
from ..vehicle.programs import CHARGING, PRECONDITIONING, SLOTS, charging_command, charging_key, program_command
from ..vehicle.state import VehicleState

type Programs = tuple[NewChargingProgram, ...]

# The features that a car needs for its calendar to change its programs
PROGRAM_FEATURES: Final = {
    PRECONDITIONING: CommandFeature.PRECONDITIONING_PROGRAMS,
    CHARGING: CommandFeature.CHARGING_PROGRAMS,
}


def build_create_request(
    activity_type: str, times: ProgramTimes, state: VehicleState | None, support: CommandSupport
) -> CommandRequest:
    """Return the request to add a program.

    Raises:
        ServiceValidationError: The car has no room for another program.
        UnsupportedEventError: The car has no such program.
    """
    size = support.sizes.get(PROGRAM_FEATURES[activity_type])
    if activity_type == PRECONDITIONING:
        if state and state.air_conditioning and not _free_slots(state, size):
            raise _no_room(len(SLOTS) if size is None else size)
        return _new_preconditioning_request(times, size)
    program = _new_charging_program(times)
    if _add_program(_charging_programs(state), program, size) is None:
        raise _no_room(size or 0)
    return _charging_request(charging_key(program), times, lambda programs: _add_program(programs, program, size))


def build_update_request(uid: str, times: ProgramTimes) -> PreconditionCommand | CommandRequest:
    """Return the request to change the times of a program.

    Raises:
        UnsupportedEventError: The car has no such program.
    """
    activity_type, _, key = uid.partition(" ")
    if activity_type == PRECONDITIONING:
        return PreconditionCommand(programs=(_set_program(int(key), times),))
    new_program = _new_charging_program(times)
    replaced = (key, charging_key(new_program))

    def change(programs: Programs) -> Programs | None:
        if not _has_program(programs, key):
            return None
        return _unique(new_program if charging_key(program) in replaced else program for program in programs)

    return _charging_request(key, times, change)


def build_delete_request(uid: str) -> PreconditionCommand | CommandRequest:
    """Return the request to delete a program. The last charging program is disabled: the API takes no empty list."""
    activity_type, _, key = uid.partition(" ")
    if activity_type == PRECONDITIONING:
        return PreconditionCommand(programs=(DeleteProgram(slot=int(key)),))

    def delete(programs: Programs) -> Programs | None:
        if not _has_program(programs, key):
            return None
        others = tuple(program for program in programs if charging_key(program) != key)
        return others or (_disabled(programs[0]),)

    return _charging_request(key, None, delete)


def is_only_charging_program(uid: str, state: VehicleState) -> bool:
    """Return whether an event is that of the car's only charging program, which can only be disabled."""
    activity_type, _, key = uid.partition(" ")
    return activity_type == CHARGING and [charging_key(program) for program in _charging_programs(state)] == [key]


def _no_room(size: int) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key="too_many_programs", translation_placeholders={"size": str(size)}
    )


def _is_set(program: Program) -> bool:
    return program_command(program) is not None


def _free_slots(state: VehicleState | None, size: int | None) -> list[int]:
    """Return the free slots for preconditioning programs; none if the car's programs are not known."""
    air_conditioning = state.air_conditioning if state else None
    if air_conditioning is None:
        return []
    used = {program.slot for program in air_conditioning.programs if _is_set(program)}
    return [slot for slot in SLOTS if slot not in used and (size is None or slot <= size)]


def _new_preconditioning_request(times: ProgramTimes, size: int | None) -> CommandRequest:
    """Return the request to add a program in the first slot that is free when the command is sent."""

    def build(state: VehicleState | None) -> PreconditionCommand | None:
        slots = _free_slots(state, size)
        return PreconditionCommand(programs=(_set_program(slots[0], times),)) if slots else None

    return CommandRequest(
        type=CommandType.PRECONDITIONING,
        target=f"new program {times}",
        value=times,
        build_fn=build,
        needs_state=True,
    )


def _set_program(slot: int, times: ProgramTimes) -> SetProgram:
    recurrence = Recurrence.DAILY if times.repeats else Recurrence.NONE
    return SetProgram(slot=slot, enabled=True, start=times.start, days=times.days, recurrence=recurrence)


def _new_charging_program(times: ProgramTimes) -> NewChargingProgram:
    if not times.repeats or times.start == times.end:
        raise UnsupportedEventError("charging programs repeat")
    return NewChargingProgram(start=times.start, end=times.end, days=times.days)


def _disabled(program: NewChargingProgram) -> NewChargingProgram:
    return replace(program, enabled=False)


def _has_program(programs: Programs, key: str) -> bool:
    return any(charging_key(program) == key for program in programs)


def _unique(programs: Iterable[NewChargingProgram]) -> Programs:
    """Return the programs, of equal ones the last."""
    return tuple({charging_key(program): program for program in programs}.values())


def _add_program(programs: Programs, program: NewChargingProgram, size: int | None) -> Programs | None:
    """Return the programs with another one, in the place of an equal or a disabled one; None if there is no room."""
    changed = _unique((*programs, program))
    if size is None or len(changed) <= size:
        return changed
    disabled = next((item for item in changed if not item.enabled), None)
    return tuple(item for item in changed if item is not disabled) if disabled else None


def _charging_request(
    key: str, times: ProgramTimes | None, change_fn: Callable[[Programs], Programs | None]
) -> CommandRequest:
    """Return the request to change the list of charging programs, as it is when the command is sent.

    Args:
        key: What identifies the program that is changed.
        times: Its new times; None if it is deleted.
        change_fn: Returns the changed list; None if there is nothing to change.
    """

    def build(state: VehicleState | None) -> ScheduleCharging | None:
        changed = change_fn(_charging_programs(state))
        return ScheduleCharging(schedule=changed) if changed else None

    return CommandRequest(
        type=CommandType.CHARGING_SCHEDULE,
        target=f"charging program {key}",
        value=times,
        build_fn=build,
        needs_state=True,
    )


def _charging_programs(state: VehicleState | None) -> Programs:
    charging = state.charging if state else None
    reported: Sequence[ChargingProgram] = charging.schedule.programs if charging and charging.schedule else ()
    return tuple(program for item in reported if (program := charging_command(item)))
