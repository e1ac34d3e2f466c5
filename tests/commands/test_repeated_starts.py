"""Starts that a car does not follow: an automation that repeats them does not wake it all the time."""

from typing import Any

import pytest

from custom_components.stellantis.api.requests import ChargeCommand, PreconditionCommand, RemoteCommand, SoundHorn
from custom_components.stellantis.commands import repeated_starts
from custom_components.stellantis.commands.repeated_starts import MAX_STARTS, START_INTERVAL, Starts
from custom_components.stellantis.vehicle.command import CommandType
from tests.support.commands import ONE_CAR, CommandTester, get_error_key

pytestmark = pytest.mark.simulator(**ONE_CAR)

HOUR = START_INTERVAL.total_seconds()
START = ChargeCommand()


@pytest.mark.parametrize(
    ("count", "elapsed", "report", "is_exhausted"),
    [
        (MAX_STARTS - 1, 1, "unplugged", False),
        (MAX_STARTS, 1, "unplugged", True),
        (MAX_STARTS, HOUR - 1, "unplugged", True),
        (MAX_STARTS, HOUR, "unplugged", False),
        (MAX_STARTS + 1, HOUR - 1, "unplugged", True),
        (MAX_STARTS, 1, "plugged", False),
    ],
)
def test_rule(count: int, elapsed: float, report: str, is_exhausted: bool) -> None:
    starts = Starts(report="unplugged", count=count, last=1000)
    assert starts.is_exhausted(report, 1000 + elapsed) is is_exhausted


async def repeat(tester: CommandTester, action: RemoteCommand, times: int) -> list[str | None]:
    """Send a command several times; return the error of each."""
    errors = []
    for _ in range(times):
        task = await tester.start(action)
        await tester.advance_clock(60)
        errors.append(await get_error_key(task))
    return errors


@pytest.fixture
async def unplugged_car(tester: CommandTester) -> CommandTester:
    """A car that cannot charge, since it is not plugged in."""
    (car,) = tester.simulator.world.vehicles
    car.delayed_start, car.charge_programs = 0, ()
    await tester.control.patch(tester.vin, plug=False, level=40)
    await tester.car.status.async_refresh()
    return tester


async def test_start_of_an_unplugged_car(unplugged_car: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    tester = unplugged_car
    errors = await repeat(tester, START, MAX_STARTS + 2)
    assert errors == ["external_charging_system_error"] * MAX_STARTS + ["start_repeated"] * 2
    assert await tester.post_count() == MAX_STARTS
    assert tester.commands.history[-1].type == CommandType.CHARGING
    assert await repeat(tester, SoundHorn(), MAX_STARTS + 1) == [None] * (MAX_STARTS + 1), "other commands are sent"
    with monkeypatch.context() as patched:
        patched.setattr(repeated_starts, "START_INTERVAL", START_INTERVAL * 0)
        assert await repeat(tester, START, 1) == ["external_charging_system_error"], "an hour later"
    assert await repeat(tester, START, 1) == ["start_repeated"]
    assert await repeat(tester, PreconditionCommand(immediate=True), 1) == [None]
    assert await repeat(tester, START, 1) == ["external_charging_system_error"], "the car has reported a change"


@pytest.mark.parametrize("changes", [{"plug": True}, {"level": 41}, {"doors": ["Driver"]}], ids=str)
async def test_change_that_was_not_polled(unplugged_car: CommandTester, changes: dict[str, Any]) -> None:
    """The car is read before a start is rejected, and what changed lets it be sent at once."""
    await repeat(unplugged_car, START, MAX_STARTS)
    await unplugged_car.control.patch(unplugged_car.vin, **changes)
    (error,) = await repeat(unplugged_car, START, 1)
    assert error == (None if "plug" in changes else "external_charging_system_error")
    assert await unplugged_car.post_count() == MAX_STARTS + 1


async def test_stops_are_not_bounded(unplugged_car: CommandTester) -> None:
    """What must end is told as often as somebody asks, and a stop makes the next start another one."""
    await repeat(unplugged_car, START, MAX_STARTS)
    await repeat(unplugged_car, ChargeCommand(immediate=False), MAX_STARTS + 1)
    assert await repeat(unplugged_car, START, 1) == ["external_charging_system_error"]
    assert await unplugged_car.post_count() == 2 * MAX_STARTS + 2
