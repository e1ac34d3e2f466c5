"""Each kind of command and all that can become of it: what is told, what is seen, and what the car truly does."""

from itertools import batched, chain, combinations
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellantis.api import RemoteFailure
from custom_components.stellantis.commands import queue as commands
from custom_components.stellantis.errors import FAILURE_KEYS
from custom_components.stellantis.vehicle.command import CommandResult, CommandStatus, CommandType
from tests.support.commands import COMMAND_CASES, ONE_CAR, CommandTester, get_error_key
from tests.support.helpers import get_state

pytestmark = pytest.mark.simulator(**ONE_CAR)

PENDING = ("Accepted", "WakingUpVehicle", "CheckingVehicle", "SentToVehicle")
# All in order, and whichever of them are skipped
PATHS = tuple(chain.from_iterable(combinations(PENDING, count) for count in range(len(PENDING) + 1)))
USUAL = (PENDING, ("Accepted", *PENDING[2:]), PENDING[2:], ())
# Why a command fails, and how the platform tells that
ENDS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    *((FAILURE_KEYS[cause], ("Accepted", {"status": "Failed", "failureCause": cause})) for cause in RemoteFailure),
    ("battery_too_low", ("Accepted", "VehicleBatteryChargeTooLow")),
    ("too_many_wake_ups", ("Accepted", "TooManyWakeUpsOverMonth")),
)
PAIRS = tuple(batched(CommandType, 2, strict=True))
# What the platform answers at once → why
REFUSALS = {
    40000: "request_failed",
    40300: "forbidden",
    40400: "not_found",
    42900: "rate_limited",
    50000: "server_error",
    50300: "server_error",
}


@pytest.mark.parametrize("kinds", PAIRS, ids="-".join)
async def test_success_by_each_path(any_tester: CommandTester, kinds: tuple[CommandType, ...]) -> None:
    for kind, path in [(one, path) for one in kinds for path in (PATHS if one == CommandType.LOCK else USUAL)]:
        await any_tester.prepare(kind)
        shown, true, count = (
            any_tester.shown_value(kind),
            await any_tester.actual_value(kind),
            await any_tester.post_count(),
        )
        await any_tester.script(*path, {"status": "Success", "delay": 1})
        task = await any_tester.start(kind)
        if path:
            await any_tester.wait_for_status(path[0])
        assert any_tester.commands.is_running(kind)
        assert (any_tester.shown_value(kind), await any_tester.actual_value(kind)) == (shown, true)
        await any_tester.advance_clock(60)
        outcome = await task
        assert (outcome.type, outcome.status, outcome.cause) == (kind, CommandStatus.SUCCESS, None)
        assert any_tester.commands.current is None
        await any_tester.assert_changed(kind, shown, true)
        assert len(await any_tester.remotes()) == await any_tester.post_count() == count + 1


@pytest.mark.parametrize("kinds", PAIRS, ids="-".join)
async def test_failure_for_each_cause(any_tester: CommandTester, kinds: tuple[CommandType, ...]) -> None:
    for kind in kinds:
        await any_tester.prepare(kind)
        shown, true = any_tester.shown_value(kind), await any_tester.actual_value(kind)
        for cause, events in ENDS:
            await any_tester.script(*events)
            task = await any_tester.start(kind)
            await any_tester.wait_for_status("Accepted")
            assert any_tester.commands.is_running(kind)
            assert any_tester.shown_value(kind) == shown
            await any_tester.advance_clock(60)
            assert await get_error_key(task) == cause
            assert any_tester.commands.current is None
            outcome = any_tester.commands.history[-1]
            assert (outcome.type, outcome.status, outcome.cause) == (kind, CommandStatus.FAILED, cause)
            assert any_tester.shown_value(kind) == shown
        await any_tester.car.status.async_refresh()
        assert (any_tester.shown_value(kind), await any_tester.actual_value(kind)) == (shown, true)
    assert len(await any_tester.remotes()) == await any_tester.post_count() == len(ENDS) * len(kinds)


@pytest.mark.parametrize(("code", "cause"), REFUSALS.items())
async def test_refused_at_once(tester: CommandTester, code: int, cause: str) -> None:
    for kind, case in COMMAND_CASES.items():
        await tester.prepare(kind)
        shown, true = tester.shown_value(kind), await tester.actual_value(kind)
        # The callback may be at fault: with that mended it is tried once more
        for _ in range(2 if cause in {"request_failed", "not_found"} else 1):
            await tester.script(refuse={"code": code})
        assert await get_error_key(tester.commands.async_send(case.action)) == cause
        outcome = tester.commands.history[-1]
        assert (outcome.type, outcome.status, outcome.cause) == (kind, CommandStatus.FAILED, cause)
        assert (tester.shown_value(kind), await tester.actual_value(kind)) == (shown, true)
    assert await tester.remotes() == []
    assert tester.commands.current is None


async def test_no_answer_in_time(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "COMMAND_TIMEOUT", commands.COMMAND_TIMEOUT / 6000)
    for kind in CommandType:
        await tester.prepare(kind)
        shown, true = tester.shown_value(kind), await tester.actual_value(kind)
        await tester.script("Accepted")
        assert await get_error_key(tester.send(kind)) == "timed_out"
        assert tester.commands.history[-1].status == CommandStatus.TIMED_OUT
        assert (tester.shown_value(kind), await tester.actual_value(kind)) == (shown, true)
    assert len(await tester.remotes()) == len(CommandType)


@pytest.mark.parametrize("asleep", [False, True])
async def test_car_that_cannot_be_reached(any_tester: CommandTester, asleep: bool) -> None:
    for kind in [kind for kind in CommandType if kind != CommandType.NAVIGATION or not asleep]:
        await any_tester.prepare(kind)
        shown = any_tester.shown_value(kind)
        await any_tester.control.patch(any_tester.vin, reachable=False, asleep=asleep)
        true = await any_tester.actual_value(kind)
        task = await any_tester.start(kind)
        await any_tester.advance_clock(1)
        await any_tester.wait_for_status("WakingUpVehicle" if asleep else "CheckingVehicle")
        await any_tester.advance_clock(150)
        assert await get_error_key(task) == "vehicle_connection_timeout"
        assert any_tester.commands.history[-1].woke_vehicle is asleep
        assert (any_tester.shown_value(kind), await any_tester.actual_value(kind)) == (shown, true)
        await any_tester.control.patch(any_tester.vin, reachable=True)
    assert any_tester.commands.wake_ups_this_month == (len(CommandType) - 1 if asleep else 0)


@pytest.mark.parametrize(
    "kind",
    [
        CommandType.LOCK,
        CommandType.UNLOCK,
        CommandType.PRECONDITIONING,
        CommandType.CHARGING,
        CommandType.CHARGING_PREFERENCES,
    ],
)
async def test_done_already(any_tester: CommandTester, kind: CommandType) -> None:
    """It is a success, and what was not known before is seen now."""
    await any_tester.prepare(kind)
    results = [await any_tester.run_to_end(kind) for _ in range(2)]
    assert [outcome.status for outcome in results] == [CommandStatus.SUCCESS, CommandStatus.ALREADY_DONE]
    true = await any_tester.actual_value(kind)
    await any_tester.prepare(kind)
    before = any_tester.shown_value(kind)
    await any_tester.script("AlreadyDone")
    assert (await any_tester.run_to_end(kind)).succeeded
    assert any_tester.shown_value(kind) != before
    assert await any_tester.actual_value(kind) != true, "it only said so"


async def test_seen_in_home_assistant(hass: HomeAssistant, any_tester: CommandTester) -> None:
    lock = "binary_sensor.peugeot_e_208_lock"
    await any_tester.prepare(CommandType.UNLOCK)
    heard: list[tuple[CommandType | None, str | None, CommandResult | None, str | None]] = []

    def hear(outcome: CommandResult | None) -> None:
        command = any_tester.commands.current
        kind, status = (command.type, command.remote_status) if command else (None, None)
        heard.append((kind, status, outcome, get_state(hass, lock)))

    stop = any_tester.commands.async_add_listener(hear)
    await any_tester.script("Accepted", "Success")
    task = await any_tester.start(CommandType.UNLOCK)
    await any_tester.wait_for_status("Accepted")
    await any_tester.advance_clock(1)
    outcome = await task
    told = list(dict.fromkeys(heard))
    assert told == [
        (CommandType.UNLOCK, None, None, "off"),
        (CommandType.UNLOCK, "Accepted", None, "off"),
        (CommandType.UNLOCK, "Success", None, "off"),
        (None, None, outcome, "on"),
    ]
    stop()
    await any_tester.run_to_end(CommandType.LOCK)
    assert list(dict.fromkeys(heard)) == told
