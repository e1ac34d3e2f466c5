"""Each kind of command and all that can become of it: what is told, what is seen, and what the car truly does."""

from itertools import batched, chain, combinations
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellantis.api import RemoteFailure
from custom_components.stellantis.commands import queue as commands
from custom_components.stellantis.errors import FAILURES
from custom_components.stellantis.vehicle.command import Kind, Outcome, Result
from tests.support.commands import CARS, CASES, Telling, failure
from tests.support.helpers import state

pytestmark = pytest.mark.simulator(**CARS)

PENDING = ("Accepted", "WakingUpVehicle", "CheckingVehicle", "SentToVehicle")
# All in order, and whichever of them are skipped
PATHS = tuple(chain.from_iterable(combinations(PENDING, count) for count in range(len(PENDING) + 1)))
USUAL = (PENDING, ("Accepted", *PENDING[2:]), PENDING[2:], ())
# Why a command fails, and how the platform tells that
ENDS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    *((FAILURES[cause], ("Accepted", {"status": "Failed", "failureCause": cause})) for cause in RemoteFailure),
    ("battery_too_low", ("Accepted", "VehicleBatteryChargeTooLow")),
    ("too_many_wake_ups", ("Accepted", "TooManyWakeUpsOverMonth")),
)
PAIRS = tuple(batched(Kind, 2, strict=True))
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
async def test_success_by_each_path(both: Telling, kinds: tuple[Kind, ...]) -> None:
    for kind, path in [(one, path) for one in kinds for path in (PATHS if one == Kind.LOCK else USUAL)]:
        await both.prepare(kind)
        shown, true, count = both.shown(kind), await both.true(kind), await both.posted()
        await both.script(*path, {"status": "Success", "delay": 1})
        task = await both.begin(kind)
        if path:
            await both.until_at(path[0])
        assert both.commands.is_under_way(kind)
        assert (both.shown(kind), await both.true(kind)) == (shown, true)
        await both.pass_time(60)
        outcome = await task
        assert (outcome.kind, outcome.result, outcome.cause) == (kind, Result.SUCCESS, None)
        assert both.commands.under_way is None
        await both.has_changed(kind, shown, true)
        assert len(await both.remotes()) == await both.posted() == count + 1


@pytest.mark.parametrize("kinds", PAIRS, ids="-".join)
async def test_failure_for_each_cause(both: Telling, kinds: tuple[Kind, ...]) -> None:
    for kind in kinds:
        await both.prepare(kind)
        shown, true = both.shown(kind), await both.true(kind)
        for cause, events in ENDS:
            await both.script(*events)
            task = await both.begin(kind)
            await both.until_at("Accepted")
            assert both.commands.is_under_way(kind)
            assert both.shown(kind) == shown
            await both.pass_time(60)
            assert await failure(task) == cause
            assert both.commands.under_way is None
            outcome = both.commands.history[-1]
            assert (outcome.kind, outcome.result, outcome.cause) == (kind, Result.FAILED, cause)
            assert both.shown(kind) == shown
        await both.car.status.async_refresh()
        assert (both.shown(kind), await both.true(kind)) == (shown, true)
    assert len(await both.remotes()) == await both.posted() == len(ENDS) * len(kinds)


@pytest.mark.parametrize(("code", "cause"), REFUSALS.items())
async def test_refused_at_once(telling: Telling, code: int, cause: str) -> None:
    for kind, case in CASES.items():
        await telling.prepare(kind)
        shown, true = telling.shown(kind), await telling.true(kind)
        # The callback may be at fault: with that mended it is tried once more
        for _ in range(2 if cause in {"request_failed", "not_found"} else 1):
            await telling.script(refuse={"code": code})
        assert await failure(telling.commands.async_send(case.action)) == cause
        outcome = telling.commands.history[-1]
        assert (outcome.kind, outcome.result, outcome.cause) == (kind, Result.FAILED, cause)
        assert (telling.shown(kind), await telling.true(kind)) == (shown, true)
    assert await telling.remotes() == []
    assert telling.commands.under_way is None


async def test_no_answer_in_time(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "LIMIT", commands.LIMIT / 6000)
    for kind in Kind:
        await telling.prepare(kind)
        shown, true = telling.shown(kind), await telling.true(kind)
        await telling.script("Accepted")
        assert await failure(telling.send(kind)) == "timed_out"
        assert telling.commands.history[-1].result == Result.TIMED_OUT
        assert (telling.shown(kind), await telling.true(kind)) == (shown, true)
    assert len(await telling.remotes()) == len(Kind)


@pytest.mark.parametrize("asleep", [False, True])
async def test_car_that_cannot_be_reached(both: Telling, asleep: bool) -> None:
    for kind in [kind for kind in Kind if kind != Kind.NAVIGATION or not asleep]:
        await both.prepare(kind)
        shown = both.shown(kind)
        await both.control.patch(both.vin, reachable=False, asleep=asleep)
        true = await both.true(kind)
        task = await both.begin(kind)
        await both.pass_time(1)
        await both.until_at("WakingUpVehicle" if asleep else "CheckingVehicle")
        await both.pass_time(150)
        assert await failure(task) == "vehicle_connection_timeout"
        assert both.commands.history[-1].woke is asleep
        assert (both.shown(kind), await both.true(kind)) == (shown, true)
        await both.control.patch(both.vin, reachable=True)
    assert both.commands.wake_ups == (len(Kind) - 1 if asleep else 0)


@pytest.mark.parametrize(
    "kind", [Kind.LOCK, Kind.UNLOCK, Kind.PRECONDITIONING, Kind.CHARGING, Kind.CHARGING_PREFERENCES]
)
async def test_done_already(both: Telling, kind: Kind) -> None:
    """It is a success, and what was not known before is seen now."""
    await both.prepare(kind)
    results = [await both.finish(kind) for _ in range(2)]
    assert [outcome.result for outcome in results] == [Result.SUCCESS, Result.ALREADY_DONE]
    true = await both.true(kind)
    await both.prepare(kind)
    before = both.shown(kind)
    await both.script("AlreadyDone")
    assert (await both.finish(kind)).succeeded
    assert both.shown(kind) != before
    assert await both.true(kind) != true, "it only said so"


async def test_seen_in_home_assistant(hass: HomeAssistant, both: Telling) -> None:
    lock = "binary_sensor.peugeot_e_208_lock"
    await both.prepare(Kind.UNLOCK)
    heard: list[tuple[Kind | None, str | None, Outcome | None, str | None]] = []

    def hear(outcome: Outcome | None) -> None:
        command = both.commands.under_way
        kind, status = (command.kind, command.status) if command else (None, None)
        heard.append((kind, status, outcome, state(hass, lock)))

    stop = both.commands.async_add_listener(hear)
    await both.script("Accepted", "Success")
    task = await both.begin(Kind.UNLOCK)
    await both.until_at("Accepted")
    await both.pass_time(1)
    outcome = await task
    told = list(dict.fromkeys(heard))
    assert told == [
        (Kind.UNLOCK, None, None, "off"),
        (Kind.UNLOCK, "Accepted", None, "off"),
        (Kind.UNLOCK, "Success", None, "off"),
        (None, None, outcome, "on"),
    ]
    stop()
    await both.finish(Kind.LOCK)
    assert list(dict.fromkeys(heard)) == told
