"""Commands for the tests: what is sent of each kind, what the car is like before and after, and how that is shown."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from aiohttp.test_utils import TestClient
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.api import Status
from custom_components.stellantis.api.requests import (
    ChargeCommand,
    ChargingPowerLevel,
    Day,
    Lock,
    Navigate,
    NewChargingProgram,
    Place,
    PreconditionCommand,
    RemoteCommand,
    ScheduleCharging,
    SetChargingPreferences,
    SoundHorn,
    SwitchLights,
    Unlock,
    WakeUp,
)
from custom_components.stellantis.commands import queue as commands
from custom_components.stellantis.commands.queue import CommandQueue
from custom_components.stellantis.const import CONF_PUSH_URL
from custom_components.stellantis.data import Car
from custom_components.stellantis.monitors import own as monitors
from custom_components.stellantis.vehicle.command import CommandResult, CommandType
from simulator import Simulator
from tests.support.helpers import Control

# The simulator's clock stands: what it tells is news, until the test lets time pass
RECENT_START: Final = datetime.now(UTC) - timedelta(hours=1)
ONE_CAR: Final = {"start": RECENT_START, "fleet": 1, "brand": "peugeot"}

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCase:
    """A kind of command.

    Attributes:
        action: what is sent.
        hand: how the car is set by hand, so that it can be done and is not done yet.
        true: what it changes, of the simulator's car as it truly is.
        shown: what of it is seen here, of the status.
    """

    action: RemoteCommand
    initial_changes: Json = field(default_factory=dict)
    actual_fn: Callable[[Json], Any]
    shown_fn: Callable[[Status], Any] = lambda _: None


def _locks(status: Status) -> Any:
    return status.doors_state and any("Un" in state for state in status.doors_state.locked_states)


def _air(status: Status) -> Any:
    air = status.preconditioning and status.preconditioning.air_conditioning
    return air and air.status


def _programs(status: Status) -> Any:
    schedule = status.electric and status.electric.charging and status.electric.charging.schedule
    return schedule and [(program.start, program.end, program.days) for program in schedule.programs]


def _charging(member: str) -> Callable[[Status], Any]:
    return lambda status: status.electric and getattr(status.electric.charging, member)


_PROGRAM: Final = NewChargingProgram(start=time(22, 30), end=time(6), days=(Day.MONDAY, Day.FRIDAY))
_PLUGGED: Final = {"level": 30, "plug": True, "charge": False}

COMMAND_CASES: Final[Mapping[CommandType, CommandCase]] = {
    CommandType.LOCK: CommandCase(
        action=Lock(), initial_changes={"lock": False}, actual_fn=lambda car: car["state"]["locked"], shown_fn=_locks
    ),
    CommandType.UNLOCK: CommandCase(
        action=Unlock(), initial_changes={"lock": True}, actual_fn=lambda car: car["state"]["locked"], shown_fn=_locks
    ),
    CommandType.HORN: CommandCase(action=SoundHorn(), actual_fn=lambda car: car["horns"]),
    CommandType.LIGHTS: CommandCase(action=SwitchLights(on=True), actual_fn=lambda car: car["state"]["lights"]),
    CommandType.WAKE_UP: CommandCase(
        action=WakeUp(), initial_changes={"asleep": True}, actual_fn=lambda car: car["asleep"]
    ),
    CommandType.NAVIGATION: CommandCase(
        action=Navigate(positions=(Place(longitude=2.35, latitude=48.85),)), actual_fn=lambda car: car["destinations"]
    ),
    CommandType.PRECONDITIONING: CommandCase(
        action=PreconditionCommand(immediate=True),
        initial_changes={**_PLUGGED, "preconditioning": False},
        actual_fn=lambda car: car["state"]["air"],
        shown_fn=_air,
    ),
    CommandType.CHARGING: CommandCase(
        action=ChargeCommand(),
        initial_changes=_PLUGGED,
        actual_fn=lambda car: car["state"]["charging"],
        shown_fn=_charging("status"),
    ),
    CommandType.CHARGING_SCHEDULE: CommandCase(
        action=ScheduleCharging(schedule=(_PROGRAM,)),
        actual_fn=lambda car: car["charge_programs"],
        shown_fn=_programs,
    ),
    CommandType.CHARGING_PREFERENCES: CommandCase(
        action=SetChargingPreferences(level=ChargingPowerLevel.LEVEL_2),
        actual_fn=lambda car: car["state"]["charge_power"],
        shown_fn=_charging("charging_power_level"),
    ),
}

SUCCESS_STATUSES: Final = ("Accepted", "CheckingVehicle", "SentToVehicle", "Success")


@dataclass(slots=True)
class CommandTester:
    """A car of the simulator's, and what it is told through Home Assistant."""

    hass: HomeAssistant
    control: Control
    simulator: Simulator
    entry: MockConfigEntry
    vin: str

    @property
    def car(self) -> Car:
        """The car, as Home Assistant knows it."""
        car: Car = self.entry.runtime_data.cars[self.vin]
        return car

    @property
    def commands(self) -> CommandQueue:
        """The way to its commands."""
        return self.car.commands

    def shown_value(self, kind: CommandType) -> Any:
        """Return what is seen of what a command changes."""
        return COMMAND_CASES[kind].shown_fn(self.car.status.data.status)

    async def actual_value(self, kind: CommandType) -> Any:
        """Return what a command changes, as it truly is."""
        return COMMAND_CASES[kind].actual_fn(await self.control.get(f"vehicles/{self.vin}"))

    async def prepare(self, kind: CommandType) -> None:
        """Make the car able to do something that is not done yet, and have it seen."""
        car = next(car for car in self.simulator.world.vehicles if car.vin == self.vin)
        car.horns, car.destinations, car.charge_programs = 0, [], ()
        car.state.lights, car.state.charge_power = frozenset(), "Level1"
        hand = {"doors": "closed", **COMMAND_CASES[kind].initial_changes}
        sleeps = hand.pop("asleep", False)
        await self.control.patch(self.vin, **hand)
        await self.control.patch(self.vin, asleep=sleeps)
        await self.car.status.async_refresh()

    async def script(self, *events: str | Json, **more: Any) -> None:
        """Say what becomes of the next command: words of statuses, the first at once, a second between them."""
        told = [
            {"delay": min(number, 1), **({"status": event} if isinstance(event, str) else event)}
            for number, event in enumerate(events)
        ]
        await self.control.post("remotes/next", {"events": told, **more} if told else more)

    def send(self, action: RemoteCommand | CommandType) -> asyncio.Task[CommandResult]:
        """Begin to send a command."""
        action = COMMAND_CASES[action].action if isinstance(action, CommandType) else action
        return self.hass.async_create_task(self.commands.async_send(action))

    async def wait_until(self, condition: Callable[[], object]) -> None:
        """Wait until something has happened."""
        changed = asyncio.Event()
        stop = self.commands.async_add_listener(lambda _: changed.set())
        async with asyncio.timeout(5):
            while not condition():
                await changed.wait()
                changed.clear()
        stop()

    async def wait_for_status(self, status: str) -> None:
        """Wait until the command that is under way is at something."""
        await self.wait_until(lambda: self.commands.current and self.commands.current.remote_status == status)

    def has_remote_id(self) -> bool:
        """Say whether the platform has taken the command that is under way."""
        return self.commands.current is not None and self.commands.current.remote_action_id is not None

    async def start(self, action: RemoteCommand | CommandType) -> asyncio.Task[CommandResult]:
        """Send a command and wait until the platform has taken it."""
        task = self.send(action)
        await self.wait_until(self.has_remote_id)
        return task

    async def run_to_end(self, action: RemoteCommand | CommandType) -> CommandResult:
        """Send a command and let the car have the time that it needs."""
        task = await self.start(action)
        await self.advance_clock(60)
        return await task

    async def wait_until_idle(self) -> None:
        """Wait until nothing is under way."""
        await self.wait_until(lambda: self.commands.current is None)

    async def assert_changed(self, kind: CommandType, shown: Any, true: Any) -> None:
        """Hold that a car has done what it was told, and that this is seen: at once, and when it is read."""
        assert await self.actual_value(kind) != true
        seen = self.shown_value(kind)
        assert (seen != shown) is (shown is not None)
        await self.car.status.async_refresh()
        assert self.shown_value(kind) == seen

    async def advance_clock(self, seconds: float) -> None:
        """Let time pass for the car."""
        await self.control.post("clock", {"advance": seconds})

    async def remotes(self) -> list[Json]:
        """Return the commands that the platform has ever taken."""
        return list(await self.control.get("remotes"))

    async def post_count(self) -> int:
        """Return how often a command was posted."""
        return (await self.control.request_counts()).get("POST /user/vehicles/{id}/callbacks/{cbid}/remotes", 0)

    async def reload(self) -> None:
        """Stop the account and start it again, as a restart does."""
        assert await self.hass.config_entries.async_reload(self.entry.entry_id)


async def get_error_key(sending: Coroutine[Any, Any, CommandResult] | asyncio.Task[CommandResult]) -> str | None:
    """Return the key of the text with which a command fails; None if it does not."""
    try:
        await sending
    except HomeAssistantError as err:
        return err.translation_key
    return None


type MakeCommandTester = Callable[..., Awaitable[CommandTester]]


@pytest.fixture
def make_tester(
    hass: HomeAssistant,
    link: Callable[..., Awaitable[MockConfigEntry]],
    control: Control,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> MakeCommandTester:
    """Return a function that sets up an account with a car: read back quickly, but for those with an address."""

    async def make(address: str | None = None) -> CommandTester:
        hass.loop.set_debug(False)  # of hundreds of commands, noting who called whom takes most of the time
        monkeypatch.setattr(commands, "POLL_DELAYS", (0.01,))
        monkeypatch.setattr(commands, "PUSH_WAIT", 3600.0)
        monkeypatch.setattr(monitors, "MONITOR_SPECS", ())
        simulator.world.clock.advance(datetime.now(UTC).timestamp() - simulator.world.clock.now())
        entry = await link(setup=False)
        hass.config_entries.async_update_entry(entry, options={CONF_PUSH_URL: address} if address else {})
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        return CommandTester(hass, control, simulator, entry, simulator.world.vehicles[0].vin)

    return make


@pytest.fixture
async def tester(make_tester: MakeCommandTester) -> CommandTester:
    """The first car of an account; what becomes of its commands is read back."""
    return await make_tester()


@pytest.fixture(params=[False, True], ids=["read back", "pushed"])
async def any_tester(
    make_tester: MakeCommandTester, http_client: TestClient[Any, Any], request: pytest.FixtureRequest
) -> AsyncGenerator[CommandTester]:
    """The first car of an account; what becomes of its commands is read back, or pushed."""
    pushed: bool = request.param
    tester = await make_tester(str(http_client.make_url("/")) if pushed else None)
    yield tester
    reads = (await tester.control.request_counts()).get("GET /user/vehicles/{id}/callbacks/{cbid}/remotes/{rid}", 0)
    assert (reads == 0) is pushed
