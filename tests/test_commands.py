"""Each kind of command and all that can become of it: what is told, what is seen, and what the car truly does."""

from itertools import chain, combinations
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellantis import commands
from custom_components.stellantis.api import RemoteFailure
from custom_components.stellantis.errors import FAILURES
from custom_components.stellantis.remotes import Kind, Outcome, Result
from tests.helpers import state
from tests.sending import CARS, CASES, Telling, failure

pytestmark = pytest.mark.simulator(**CARS)

PENDING = ("Accepted", "WakingUpVehicle", "CheckingVehicle", "SentToVehicle")
# All in order, and whichever of them are skipped
PATHS = tuple(chain.from_iterable(combinations(PENDING, count) for count in range(len(PENDING) + 1)))
USUAL = (PENDING, ("Accepted", *PENDING[2:]), PENDING[2:], ())
# What ends a command without success → why
ENDS: dict[str, tuple[Any, ...]] = {
    **{FAILURES[cause]: ("Accepted", {"status": "Failed", "failureCause": cause}) for cause in RemoteFailure},
    "battery_too_low": ("Accepted", "VehicleBatteryChargeTooLow"),
}
PENDING_END = ("Accepted", "TooManyWakeUpsOverMonth")
# What the platform answers at once → why
REFUSALS = {
    40000: "request_failed",
    40300: "forbidden",
    40400: "not_found",
    42900: "rate_limited",
    50000: "server_error",
    50300: "server_error",
}


@pytest.mark.parametrize(("kind", "paths"), [(kind, PATHS if kind == Kind.LOCK else USUAL) for kind in Kind])
async def test_success_by_each_path(telling: Telling, kind: Kind, paths: tuple[tuple[str, ...], ...]) -> None:
    for number, path in enumerate(paths):
        await telling.prepare(kind)
        shown, true = telling.shown(kind), await telling.true(kind)
        await telling.script(*path, {"status": "Success", "delay": 1})
        task = await telling.begin(kind)
        if path:
            await telling.until_at(path[0])
        assert telling.commands.is_under_way(kind)
        assert (telling.shown(kind), await telling.true(kind)) == (shown, true)
        await telling.pass_time(60)
        outcome = await task
        assert (outcome.kind, outcome.result, outcome.cause) == (kind, Result.SUCCESS, None)
        assert telling.commands.under_way is None
        await telling.has_changed(kind, shown, true)
        assert len(await telling.remotes()) == await telling.posted() == number + 1


@pytest.mark.parametrize("kind", Kind)
async def test_failure_for_each_cause(telling: Telling, kind: Kind) -> None:
    await telling.prepare(kind)
    shown, true = telling.shown(kind), await telling.true(kind)
    for cause, events in [*ENDS.items(), ("too_many_wake_ups", PENDING_END)]:
        await telling.script(*events)
        task = await telling.begin(kind)
        await telling.until_at("Accepted")
        assert telling.commands.is_under_way(kind)
        assert telling.shown(kind) == shown
        await telling.pass_time(60)
        assert await failure(task) == cause
        assert telling.commands.under_way is None
        outcome = telling.commands.history[-1]
        assert (outcome.kind, outcome.result, outcome.cause) == (kind, Result.FAILED, cause)
        assert telling.shown(kind) == shown
    await telling.car.status.async_refresh()
    assert (telling.shown(kind), await telling.true(kind)) == (shown, true)
    assert len(await telling.remotes()) == await telling.posted() == len(ENDS) + 1


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
async def test_car_that_cannot_be_reached(telling: Telling, asleep: bool) -> None:
    for kind in [kind for kind in Kind if kind != Kind.NAVIGATION or not asleep]:
        await telling.prepare(kind)
        shown = telling.shown(kind)
        await telling.control.patch(telling.vin, reachable=False, asleep=asleep)
        true = await telling.true(kind)
        task = await telling.begin(kind)
        await telling.pass_time(1)
        await telling.until_at("WakingUpVehicle" if asleep else "CheckingVehicle")
        await telling.pass_time(150)
        assert await failure(task) == "vehicle_connection_timeout"
        assert telling.commands.history[-1].woke is asleep
        assert (telling.shown(kind), await telling.true(kind)) == (shown, true)
        await telling.control.patch(telling.vin, reachable=True)
    assert telling.commands.wake_ups == (len(Kind) - 1 if asleep else 0)


@pytest.mark.parametrize(
    "kind", [Kind.LOCK, Kind.UNLOCK, Kind.PRECONDITIONING, Kind.CHARGING, Kind.CHARGING_PREFERENCES]
)
async def test_done_already(telling: Telling, kind: Kind) -> None:
    """It is a success, and what was not known before is seen now."""
    await telling.prepare(kind)
    results = [await telling.finish(kind) for _ in range(2)]
    assert [outcome.result for outcome in results] == [Result.SUCCESS, Result.ALREADY_DONE]
    true = await telling.true(kind)
    await telling.prepare(kind)
    before = telling.shown(kind)
    await telling.script("AlreadyDone")
    assert (await telling.finish(kind)).succeeded
    assert telling.shown(kind) != before
    assert await telling.true(kind) != true, "it only said so"


async def test_seen_in_home_assistant(hass: HomeAssistant, telling: Telling) -> None:
    lock = "binary_sensor.peugeot_e_208_lock"
    await telling.prepare(Kind.UNLOCK)
    heard: list[tuple[Kind | None, str | None, Outcome | None, str | None]] = []

    def hear(outcome: Outcome | None) -> None:
        command = telling.commands.under_way
        kind, status = (command.kind, command.status) if command else (None, None)
        heard.append((kind, status, outcome, state(hass, lock)))

    stop = telling.commands.async_add_listener(hear)
    await telling.script("Accepted", "Success")
    task = await telling.begin(Kind.UNLOCK)
    await telling.until_at("Accepted")
    await telling.pass_time(1)
    outcome = await task
    told = list(dict.fromkeys(heard))
    assert told == [
        (Kind.UNLOCK, None, None, "off"),
        (Kind.UNLOCK, "Accepted", None, "off"),
        (Kind.UNLOCK, "Success", None, "off"),
        (None, None, outcome, "on"),
    ]
    stop()
    await telling.finish(Kind.LOCK)
    assert list(dict.fromkeys(heard)) == told
