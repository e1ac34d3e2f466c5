"""The expected status of a car after a command."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.stellantis.api import (
    ChargingPowerLevel,
    ChargingStatus,
    ChargingType,
    PreconditioningStatus,
    RemotePayload,
    Status,
    merge_newest,
)
from custom_components.stellantis.api.requests import (
    ChargeCommand,
    Day,
    DeleteProgram,
    Lock,
    NewChargingProgram,
    PreconditionCommand,
    Recurrence,
    RemoteCommand,
    RemoteRequest,
    ScheduleCharging,
    SetChargingPreferences,
    SetProgram,
    Unlock,
)
from custom_components.stellantis.vehicle.command import COMMAND_TYPES, CommandType
from custom_components.stellantis.vehicle.expected import apply_remote
from tests.api.bodies import STATUS, with_members
from tests.support.remote_commands import REMOTE_COMMANDS

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FULL = Status.from_dict(STATUS)
FILES = sorted((Path(__file__).parents[1] / "fixtures" / "status").glob("*.json"))
STATUSES = [FULL, Status(), *(Status.from_json(path.read_bytes()) for path in FILES)]
WITHOUT_EFFECT = {CommandType.HORN, CommandType.LIGHTS, CommandType.WAKE_UP, CommandType.NAVIGATION}


def payload(command: RemoteCommand) -> RemotePayload:
    """Return the request body of a command."""
    return RemotePayload.from_dict(RemoteRequest(command=command).to_dict())


def after(command: RemoteCommand, status: Status = FULL) -> Status:
    """Return the expected status after a command."""
    return apply_remote(payload(command), status, NOW)


def air_conditioning(status: Status) -> Any:
    """Return the air conditioning of a status."""
    assert status.preconditioning
    return status.preconditioning.air_conditioning


def charging(status: Status) -> Any:
    """Return the charging of a status."""
    assert status.electric
    return status.electric.charging


@settings(max_examples=300, deadline=None)
@given(REMOTE_COMMANDS, st.sampled_from(STATUSES), st.timedeltas(timedelta(days=-3000), timedelta(days=3000)))
def test_expected_status_lasts_until_a_newer_report(command: RemoteCommand, status: Status, offset: timedelta) -> None:
    reported = merge_newest(None, status)
    expected = apply_remote(payload(command), reported, NOW + offset)
    assert merge_newest(expected, status) == expected, "an older report does not undo it"
    assert merge_newest(reported, expected) == expected, "it is newer than the report"
    # No parts are added or removed
    assert (expected.doors_state is None, len(expected.energies)) == (
        reported.doors_state is None,
        len(reported.energies),
    )
    if COMMAND_TYPES[type(command)] in WITHOUT_EFFECT:
        assert expected is reported


def test_locks() -> None:
    for command, states in ((Lock(), ("Locked",)), (Unlock(), ("Unlocked",))):
        doors = after(command).doors_state
        assert doors
        assert FULL.doors_state
        assert (doors.locked_states, doors.created_at) == (states, NOW)
        assert doors.opening == FULL.doors_state.opening


def test_preconditioning() -> None:
    on = air_conditioning(after(PreconditionCommand(immediate=True)))
    assert (on.status, on.starting_cause, on.failure_cause) == ("Enabled", "Immediate", None)
    assert on.programs == air_conditioning(FULL).programs
    off = air_conditioning(after(PreconditionCommand(immediate=False), after(PreconditionCommand(immediate=True))))
    assert (off.status, off.starting_cause) == (PreconditioningStatus.DISABLED, None)
    assert air_conditioning(after(PreconditionCommand(immediate=False))).status == air_conditioning(FULL).status, (
        "it did not run"
    )


def test_preconditioning_programs() -> None:
    new = SetProgram(slot=3, enabled=True, start=time(6, 45), days=(Day.MONDAY,), recurrence=Recurrence.NONE)
    air = air_conditioning(after(PreconditionCommand(programs=(new, DeleteProgram(slot=1)))))
    assert air.status == air_conditioning(FULL).status
    first, second, third = air.programs
    assert (first.slot, first.enabled, first.days) == (1, False, ())
    assert second == air_conditioning(FULL).programs[1]
    assert (third.slot, third.enabled, third.start) == (3, True, timedelta(hours=6, minutes=45))
    assert (third.days, third.recurrence) == ((Day.MONDAY,), "None")
    assert type(third) is type(second), "the type that the car reports, so that both can be equal"


@pytest.mark.parametrize(
    ("before", "immediate", "status"),
    [
        ("Stopped", True, "InProgress"),
        ("Failure", True, "InProgress"),
        ("InProgress", False, "Stopped"),
        ("Finished", False, "Finished"),
        ("Disconnected", False, "Disconnected"),
    ],
)
def test_start_and_stop_of_charging(before: str, immediate: bool, status: str) -> None:
    electric = FULL.electric
    assert electric
    assert electric.charging
    changed = replace(electric, charging=replace(electric.charging, status=ChargingStatus(before)))
    reported = replace(FULL, energies=tuple(changed if energy is electric else energy for energy in FULL.energies))
    expected = charging(after(ChargeCommand(immediate=immediate), reported))
    assert expected.status == status
    assert expected == replace(charging(reported), status=ChargingStatus(status))


def test_schedule_and_preferences_of_charging(hass: Any) -> None:
    start = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    delayed = charging(after(ScheduleCharging(schedule=start)))
    assert delayed.next_delayed_time == time(14, 30), "the time zone of tests is that of California"
    assert delayed.status == charging(FULL).status
    program = NewChargingProgram(start=time(22), end=time(6), days=(Day.MONDAY, Day.FRIDAY))
    (expected,) = charging(after(ScheduleCharging(schedule=(program,)))).schedule.programs
    assert (expected.start, expected.end, expected.days) == (
        timedelta(hours=22),
        timedelta(hours=6),
        (Day.MONDAY, Day.FRIDAY),
    )
    level = charging(after(SetChargingPreferences(level=ChargingPowerLevel.LEVEL_5)))
    assert (level.charging_power_level, level.type) == ("Level5", charging(FULL).type)
    preferences = charging(after(SetChargingPreferences(type=ChargingType.PARTIAL)))
    assert (preferences.charging_power_level, preferences.type) == (charging(FULL).charging_power_level, "Partial")


def test_parts_that_were_never_reported_are_not_added() -> None:
    without = with_members(STATUS, doorsState=None, preconditioning=None, energies=[])
    bare = Status.from_dict({**without, "energy": None})
    for command in (Lock(), PreconditionCommand(immediate=True), ChargeCommand()):
        assert after(command, bare) is bare
