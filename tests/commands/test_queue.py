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
async def test_success_by_each_path(both: CommandTester, kinds: tuple[CommandType, ...]) -> None:
    for kind, path in [(one, path) for one in kinds for path in (PATHS if one == CommandType.LOCK else USUAL)]:
        await both.prepare(kind)
        shown, true, count = both.shown_value(kind), await both.actual_value(kind), await both.post_count()
        await both.script(*path, {"status": "Success", "delay": 1})
        task = await both.start(kind)
        if path:
            await both.wait_for_status(path[0])
        assert both.commands.is_running(kind)
        assert (both.shown_value(kind), await both.actual_value(kind)) == (shown, true)
        await both.advance_clock(60)
        outcome = await task
        assert (outcome.type, outcome.status, outcome.cause) == (kind, CommandStatus.SUCCESS, None)
        assert both.commands.current is None
        await both.assert_changed(kind, shown, true)
        assert len(await both.remotes()) == await both.post_count() == count + 1


@pytest.mark.parametrize("kinds", PAIRS, ids="-".join)
async def test_failure_for_each_cause(both: CommandTester, kinds: tuple[CommandType, ...]) -> None:
    for kind in kinds:
        await both.prepare(kind)
        shown, true = both.shown_value(kind), await both.actual_value(kind)
        for cause, events in ENDS:
            await both.script(*events)
            task = await both.start(kind)
            await both.wait_for_status("Accepted")
            assert both.commands.is_running(kind)
            assert both.shown_value(kind) == shown
            await both.advance_clock(60)
            assert await get_error_key(task) == cause
            assert both.commands.current is None
            outcome = both.commands.history[-1]
            assert (outcome.type, outcome.status, outcome.cause) == (kind, CommandStatus.FAILED, cause)
            assert both.shown_value(kind) == shown
        await both.car.status.async_refresh()
        assert (both.shown_value(kind), await both.actual_value(kind)) == (shown, true)
    assert len(await both.remotes()) == await both.post_count() == len(ENDS) * len(kinds)


@pytest.mark.parametrize(("code", "cause"), REFUSALS.items())
async def test_refused_at_once(telling: CommandTester, code: int, cause: str) -> None:
    for kind, case in COMMAND_CASES.items():
        await telling.prepare(kind)
        shown, true = telling.shown_value(kind), await telling.actual_value(kind)
        # The callback may be at fault: with that mended it is tried once more
        for _ in range(2 if cause in {"request_failed", "not_found"} else 1):
            await telling.script(refuse={"code": code})
        assert await get_error_key(telling.commands.async_send(case.action)) == cause
        outcome = telling.commands.history[-1]
        assert (outcome.type, outcome.status, outcome.cause) == (kind, CommandStatus.FAILED, cause)
        assert (telling.shown_value(kind), await telling.actual_value(kind)) == (shown, true)
    assert await telling.remotes() == []
    assert telling.commands.current is None


async def test_no_answer_in_time(telling: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "COMMAND_TIMEOUT", commands.COMMAND_TIMEOUT / 6000)
    for kind in CommandType:
        await telling.prepare(kind)
        shown, true = telling.shown_value(kind), await telling.actual_value(kind)
        await telling.script("Accepted")
        assert await get_error_key(telling.send(kind)) == "timed_out"
        assert telling.commands.history[-1].status == CommandStatus.TIMED_OUT
        assert (telling.shown_value(kind), await telling.actual_value(kind)) == (shown, true)
    assert len(await telling.remotes()) == len(CommandType)


@pytest.mark.parametrize("asleep", [False, True])
async def test_car_that_cannot_be_reached(both: CommandTester, asleep: bool) -> None:
    for kind in [kind for kind in CommandType if kind != CommandType.NAVIGATION or not asleep]:
        await both.prepare(kind)
        shown = both.shown_value(kind)
        await both.control.patch(both.vin, reachable=False, asleep=asleep)
        true = await both.actual_value(kind)
        task = await both.start(kind)
        await both.advance_clock(1)
        await both.wait_for_status("WakingUpVehicle" if asleep else "CheckingVehicle")
        await both.advance_clock(150)
        assert await get_error_key(task) == "vehicle_connection_timeout"
        assert both.commands.history[-1].woke_vehicle is asleep
        assert (both.shown_value(kind), await both.actual_value(kind)) == (shown, true)
        await both.control.patch(both.vin, reachable=True)
    assert both.commands.wake_ups_this_month == (len(CommandType) - 1 if asleep else 0)


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
async def test_done_already(both: CommandTester, kind: CommandType) -> None:
    """It is a success, and what was not known before is seen now."""
    await both.prepare(kind)
    results = [await both.run_to_end(kind) for _ in range(2)]
    assert [outcome.status for outcome in results] == [CommandStatus.SUCCESS, CommandStatus.ALREADY_DONE]
    true = await both.actual_value(kind)
    await both.prepare(kind)
    before = both.shown_value(kind)
    await both.script("AlreadyDone")
    assert (await both.run_to_end(kind)).succeeded
    assert both.shown_value(kind) != before
    assert await both.actual_value(kind) != true, "it only said so"


async def test_seen_in_home_assistant(hass: HomeAssistant, both: CommandTester) -> None:
    lock = "binary_sensor.peugeot_e_208_lock"
    await both.prepare(CommandType.UNLOCK)
    heard: list[tuple[CommandType | None, str | None, CommandResult | None, str | None]] = []

    def hear(outcome: CommandResult | None) -> None:
        command = both.commands.current
        kind, status = (command.type, command.remote_status) if command else (None, None)
        heard.append((kind, status, outcome, get_state(hass, lock)))

    stop = both.commands.async_add_listener(hear)
    await both.script("Accepted", "Success")
    task = await both.start(CommandType.UNLOCK)
    await both.wait_for_status("Accepted")
    await both.advance_clock(1)
    outcome = await task
    told = list(dict.fromkeys(heard))
    assert told == [
        (CommandType.UNLOCK, None, None, "off"),
        (CommandType.UNLOCK, "Accepted", None, "off"),
        (CommandType.UNLOCK, "Success", None, "off"),
        (None, None, outcome, "on"),
    ]
    stop()
    await both.run_to_end(CommandType.LOCK)
    assert list(dict.fromkeys(heard)) == told
