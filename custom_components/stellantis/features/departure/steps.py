"""The commands of a car for the steps of a plan."""

from ...api.requests import ChargeCommand, RemoteCommand, ScheduleCharging
from ...commands.program_events import build_create_request, build_delete_request, build_update_request
from ...vehicle.capabilities import CommandSupport
from ...vehicle.command import CommandRequest
from ...vehicle.program_times import ProgramTimes
from ...vehicle.programs import PRECONDITIONING, program_command, start_request, time_of_day
from ...vehicle.state import VehicleState
from .control import PlanAction, Step


def build_command(
    step: Step, slot: int | None, state: VehicleState | None, support: CommandSupport
) -> RemoteCommand | CommandRequest:
    """Return the command of a step.

    Args:
        step: What is to be done.
        slot: The slot of the preconditioning program that was set before.
        state: The expected state of the car.
        support: What commands can do with it.

    Raises:
        ServiceValidationError: The car has no room for another preconditioning program.
    """
    uid = f"{PRECONDITIONING} {slot}"
    match step:
        case Step(action=PlanAction.START | PlanAction.STOP as action):
            return ChargeCommand(immediate=action is PlanAction.START)
        case Step(action=PlanAction.WRITE_START | PlanAction.RESTORE_START, start=start) if start:
            return ScheduleCharging(schedule=start)
        case Step(action=PlanAction.WRITE_PROGRAM, times=ProgramTimes() as times):
            if slot is not None:
                return build_update_request(uid, times)
            return build_create_request(PRECONDITIONING, times, state, support)
        case Step(action=PlanAction.DELETE_PROGRAM) if slot is not None:
            return build_delete_request(uid)
        case Step(action=PlanAction.PRECONDITION):
            return start_request(has_programs=False)
    raise ValueError(f"{step.action} is incomplete")


def find_slot(state: VehicleState, times: ProgramTimes | None) -> int | None:
    """Return the slot of the preconditioning program with some times; None if there is none."""
    air = state.air_conditioning
    return next(
        (
            command.slot
            for program in (air.programs if air and times else ())
            if (command := program_command(program))
            and times
            and (time_of_day(program.start), command.days) == (times.start, times.days)
        ),
        None,
    )
