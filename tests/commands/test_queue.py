"""Each type of command with each possible outcome: the result, the displayed value, and the car's actual state."""

from itertools import batched, chain, combinations
from typing import Any

import pytest

from custom_components.stellantis.api import RemoteFailure
from custom_components.stellantis.commands import queue as command_queue, repeated_starts
from custom_components.stellantis.errors import FAILURE_KEYS
from custom_components.stellantis.vehicle.command import CommandResult, CommandStatus, CommandType
from tests.support.commands import COMMAND_CASES, ONE_CAR, CommandTester, get_error_key

pytestmark = pytest.mark.simulator(**ONE_CAR)

PENDING = ("Accepted", "WakingUpVehicle", "CheckingVehicle", "SentToVehicle")
# All sequences of statuses in order, with any of them skipped
PATHS = tuple(chain.from_iterable(combinations(PENDING, count) for count in range(len(PENDING) + 1)))
COMMON_PATHS = (PENDING, ("Accepted", *PENDING[2:]), PENDING[2:], ())
# Failure cause → how the platform reports it
FAILURES: tuple[tuple[str, tuple[Any, ...]], ...] = (
    *((FAILURE_KEYS[cause], ("Accepted", {"status": "Failed", "failureCause": cause})) for cause in RemoteFailure),
    ("battery_too_low", ("Accepted", "VehicleBatteryChargeTooLow")),
    ("too_many_wake_ups", ("Accepted", "TooManyWakeUpsOverMonth")),
)
PAIRS = tuple(batched(CommandType, 2, strict=True))
# Error code of the POST request → cause
REJECTIONS = {
    40000: "request_failed",
    40300: "forbidden",
    40400: "not_found",
    42900: "rate_limited",
    50000: "not_sent",  # it may have been created, so it was looked for
    50300: "not_sent",
}


@pytest.mark.parametrize("types", PAIRS, ids="-".join)
async def test_success_by_each_path(any_tester: CommandTester, types: tuple[CommandType, ...]) -> None:
    for command_type, path in [
        (item, path) for item in types for path in (PATHS if item == CommandType.LOCK else COMMON_PATHS)
    ]:
        await any_tester.prepare(command_type)
        shown, actual, count = (
            any_tester.shown_value(command_type),
            await any_tester.actual_value(command_type),
            await any_tester.post_count(),
        )
        await any_tester.script(*path, {"status": "Success", "delay": 1})
        task = await any_tester.start(command_type)
        if path:
            await any_tester.wait_for_status(path[0])
        assert any_tester.commands.is_running(command_type)
        assert (any_tester.shown_value(command_type), await any_tester.actual_value(command_type)) == (shown, actual)
        await any_tester.advance_clock(10)
        result = await task
        assert (result.type, result.status, result.cause) == (command_type, CommandStatus.SUCCESS, None)
        assert any_tester.commands.current is None
        await any_tester.assert_changed(command_type, shown, actual)
        assert len(await any_tester.remotes()) == await any_tester.post_count() == count + 1


@pytest.mark.parametrize("number", range(len(PAIRS)))
async def test_each_failure_cause(any_tester: CommandTester, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    types, failures = PAIRS[number], FAILURES[number :: len(PAIRS)]  # the pairs share the causes
    monkeypatch.setattr(repeated_starts, "MAX_STARTS", len(failures))
    for command_type in types:
        await any_tester.prepare(command_type)
        shown, actual = any_tester.shown_value(command_type), await any_tester.actual_value(command_type)
        for cause, events in failures:
            await any_tester.script(*events)
            task = await any_tester.start(command_type)
            await any_tester.wait_for_status("Accepted")
            assert any_tester.commands.is_running(command_type)
            assert any_tester.shown_value(command_type) == shown
            await any_tester.advance_clock(60)
            assert await get_error_key(task) == cause
            assert any_tester.commands.current is None
            result = any_tester.commands.history[-1]
            assert (result.type, result.status, result.cause) == (command_type, CommandStatus.FAILED, cause)
            assert any_tester.shown_value(command_type) == shown
        await any_tester.car.status.async_refresh()
        assert (any_tester.shown_value(command_type), await any_tester.actual_value(command_type)) == (shown, actual)
    assert len(await any_tester.remotes()) == await any_tester.post_count() == len(failures) * len(types)


@pytest.mark.parametrize(("code", "cause"), REJECTIONS.items())
async def test_rejected_post(tester: CommandTester, code: int, cause: str) -> None:
    for command_type, case in COMMAND_CASES.items():
        await tester.prepare(command_type)
        shown, actual = tester.shown_value(command_type), await tester.actual_value(command_type)
        # The callback may be the cause: after a check it is posted once more
        for _ in range(2 if cause in {"request_failed", "not_found"} else 1):
            await tester.script(refuse={"code": code})
        assert await get_error_key(tester.commands.async_send(case.action)) == cause
        result = tester.commands.history[-1]
        assert (result.type, result.status, result.cause) == (command_type, CommandStatus.FAILED, cause)
        assert (tester.shown_value(command_type), await tester.actual_value(command_type)) == (shown, actual)
    assert await tester.remotes() == []
    assert tester.commands.current is None


async def test_timeout(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_queue, "COMMAND_TIMEOUT", command_queue.COMMAND_TIMEOUT / 6000)
    for command_type in CommandType:
        await tester.prepare(command_type)
        shown, actual = tester.shown_value(command_type), await tester.actual_value(command_type)
        await tester.script("Accepted")
        assert await get_error_key(tester.send(command_type)) == "timed_out"
        assert tester.commands.history[-1].status == CommandStatus.TIMED_OUT
        assert (tester.shown_value(command_type), await tester.actual_value(command_type)) == (shown, actual)
    assert len(await tester.remotes()) == len(CommandType)


@pytest.mark.parametrize("asleep", [False, True])
async def test_unreachable_car(any_tester: CommandTester, asleep: bool) -> None:
    for command_type in [
        command_type for command_type in CommandType if command_type != CommandType.NAVIGATION or not asleep
    ]:
        await any_tester.prepare(command_type)
        shown = any_tester.shown_value(command_type)
        await any_tester.control.patch(any_tester.vin, reachable=False, asleep=asleep)
        actual = await any_tester.actual_value(command_type)
        task = await any_tester.start(command_type)
        await any_tester.advance_clock(1)
        await any_tester.wait_for_status("WakingUpVehicle" if asleep else "CheckingVehicle")
        await any_tester.advance_clock(150)
        assert await get_error_key(task) == "vehicle_connection_timeout"
        assert any_tester.commands.history[-1].woke_vehicle is asleep
        assert (any_tester.shown_value(command_type), await any_tester.actual_value(command_type)) == (shown, actual)
        await any_tester.control.patch(any_tester.vin, reachable=True)
    assert any_tester.commands.wake_ups_this_month == (len(CommandType) - 1 if asleep else 0)


@pytest.mark.parametrize(
    "command_type",
    [
        CommandType.LOCK,
        CommandType.UNLOCK,
        CommandType.PRECONDITIONING,
        CommandType.CHARGING,
        CommandType.CHARGING_PREFERENCES,
    ],
)
async def test_already_done(any_tester: CommandTester, command_type: CommandType) -> None:
    """The result is a success, and its effect is applied to the displayed value."""
    await any_tester.prepare(command_type)
    results = [await any_tester.run_to_end(command_type) for _ in range(2)]
    assert [result.status for result in results] == [CommandStatus.SUCCESS, CommandStatus.ALREADY_DONE]
    actual = await any_tester.actual_value(command_type)
    await any_tester.prepare(command_type)
    before = any_tester.shown_value(command_type)
    await any_tester.script("AlreadyDone")
    assert (await any_tester.run_to_end(command_type)).succeeded
    assert any_tester.shown_value(command_type) != before
    assert await any_tester.actual_value(command_type) != actual, "the script does not change the car"


async def test_listeners_and_state(any_tester: CommandTester) -> None:
    await any_tester.prepare(CommandType.UNLOCK)
    updates: list[tuple[CommandType | None, str | None, CommandResult | None, bool | None]] = []

    def record_update(result: CommandResult | None) -> None:
        command = any_tester.commands.current
        command_type, status = (command.type, command.remote_status) if command else (None, None)
        updates.append((command_type, status, result, any_tester.commands.shown_state.is_unlocked))

    unsubscribe = any_tester.commands.async_add_listener(record_update)
    await any_tester.script("Accepted", "Success")
    task = await any_tester.start(CommandType.UNLOCK)
    await any_tester.wait_for_status("Accepted")
    await any_tester.advance_clock(1)
    result = await task
    distinct_updates = list(dict.fromkeys(updates))
    assert distinct_updates == [
        (CommandType.UNLOCK, None, None, False),
        (CommandType.UNLOCK, "Accepted", None, False),
        (CommandType.UNLOCK, "Success", None, False),
        (None, None, result, True),
    ]
    unsubscribe()
    await any_tester.run_to_end(CommandType.LOCK)
    assert list(dict.fromkeys(updates)) == distinct_updates
