"""Commands for tests: one of each type, with the simulated car's state before and after, and the displayed value."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from aiohttp.test_utils import TestClient
from homeassistant.core import Context, HomeAssistant
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
from custom_components.stellantis.commands import queue as command_queue
from custom_components.stellantis.commands.queue import CommandQueue
from custom_components.stellantis.const import CONF_PUSH_URL
from custom_components.stellantis.data import Car
from custom_components.stellantis.monitors import own
from custom_components.stellantis.vehicle.command import CommandResult, CommandType
from simulator import Simulator
from simulator.vehicle.programs import AirProgram
from tests.support.helpers import Control

# The simulator's clock stands still until the test advances it
RECENT_START: Final = datetime.now(UTC) - timedelta(hours=1)
ONE_CAR: Final = {"start": RECENT_START, "fleet": 1, "brand": "peugeot"}

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCase:
    """A command of one type.

    Attributes:
        action: the command to send.
        initial_changes: changes to the simulated car after which the command is possible and not done yet.
        actual_fn: returns the value that the command changes from the simulated car.
        shown_fn: returns that value from the status; None if the status does not contain it.
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
    """A simulated car that is sent commands through Home Assistant."""

    hass: HomeAssistant
    control: Control
    simulator: Simulator
    entry: MockConfigEntry
    vin: str

    @property
    def car(self) -> Car:
        """The car in Home Assistant."""
        car: Car = self.entry.runtime_data.cars[self.vin]
        return car

    @property
    def commands(self) -> CommandQueue:
        """The queue of its commands."""
        return self.car.commands

    def shown_value(self, command_type: CommandType) -> Any:
        """Return the value that a command changes, as Home Assistant knows it."""
        return COMMAND_CASES[command_type].shown_fn(self.commands.shown_state.status)

    async def actual_value(self, command_type: CommandType) -> Any:
        """Return the value that a command changes, of the simulated car."""
        return COMMAND_CASES[command_type].actual_fn(await self.control.get(f"vehicles/{self.vin}"))

    async def prepare(self, command_type: CommandType) -> None:
        """Bring the car into a state in which a command is possible and not done yet, and poll it."""
        car = next(car for car in self.simulator.world.vehicles if car.vin == self.vin)
        car.horns, car.destinations, car.charge_programs = 0, [], ()
        # Otherwise it starts something by itself at some times of the day
        car.air_programs, car.delayed_start = {slot: AirProgram() for slot in car.air_programs}, 0
        car.state.lights, car.state.charge_power = frozenset(), "Level1"
        changes = {"doors": "closed", **COMMAND_CASES[command_type].initial_changes}
        is_asleep = changes.pop("asleep", False)
        await self.control.patch(self.vin, **changes)
        await self.control.patch(self.vin, asleep=is_asleep)
        await self.car.status.async_refresh()

    async def script(self, *events: str | Json, **options: Any) -> None:
        """Script the next command's status events; by default the first is immediate, the others a second apart."""
        script_events = [
            {"delay": min(number, 1), **({"status": event} if isinstance(event, str) else event)}
            for number, event in enumerate(events)
        ]
        await self.control.post("remotes/next", {"events": script_events, **options} if script_events else options)

    def send(self, action: RemoteCommand | CommandType, context: Context | None = None) -> asyncio.Task[CommandResult]:
        """Send a command in a task; with a context, it is that of somebody."""
        action = COMMAND_CASES[action].action if isinstance(action, CommandType) else action
        return self.hass.async_create_task(self.commands.async_send(action, context))

    async def wait_until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition holds, which is checked at each change of the current command."""
        changed = asyncio.Event()
        unsubscribe = self.commands.async_add_listener(lambda _: changed.set())
        async with asyncio.timeout(5):
            while not condition():
                await changed.wait()
                changed.clear()
        unsubscribe()

    async def wait_for_status(self, status: str) -> None:
        """Wait until the current command has a status."""
        await self.wait_until(lambda: self.commands.current and self.commands.current.remote_status == status)

    def has_remote_id(self) -> bool:
        """Return whether the platform has created the current command."""
        return self.commands.current is not None and self.commands.current.remote_action_id is not None

    async def start(
        self, action: RemoteCommand | CommandType, context: Context | None = None
    ) -> asyncio.Task[CommandResult]:
        """Send a command in a task and wait until the platform has created it; it may have ended by then."""
        last_result = self.commands.history[-1:]
        task = self.send(action, context)
        await self.wait_until(lambda: self.has_remote_id() or self.commands.history[-1:] != last_result)
        return task

    async def run_to_end(self, action: RemoteCommand | CommandType, context: Context | None = None) -> CommandResult:
        """Send a command and advance the clock until it has ended."""
        task = await self.start(action, context)
        await self.advance_clock(60)
        return await task

    async def wait_until_idle(self) -> None:
        """Wait until no command is running."""
        await self.wait_until(lambda: self.commands.current is None)

    async def assert_changed(self, command_type: CommandType, old_shown: Any, old_actual: Any) -> None:
        """Assert that the car has executed a command, and that this is shown, both before and after the next poll."""
        assert await self.actual_value(command_type) != old_actual
        shown = self.shown_value(command_type)
        assert (shown != old_shown) is (old_shown is not None)
        await self.car.status.async_refresh()
        assert self.shown_value(command_type) == shown

    async def advance_clock(self, seconds: float) -> None:
        """Advance the simulator's clock."""
        await self.control.post("clock", {"advance": seconds})

    async def remotes(self) -> list[Json]:
        """Return all commands that the platform has created."""
        return list(await self.control.get("remotes"))

    async def post_count(self) -> int:
        """Return the number of requests that post a command."""
        return (await self.control.request_counts()).get("POST /user/vehicles/{id}/callbacks/{cbid}/remotes", 0)

    async def reload(self) -> None:
        """Reload the entry, as a restart does."""
        assert await self.hass.config_entries.async_reload(self.entry.entry_id)


async def get_error_key(sending: Coroutine[Any, Any, CommandResult] | asyncio.Task[CommandResult]) -> str | None:
    """Return the translation key of a command's error; None if it succeeds."""
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
    """Return a function that sets up an account with a car; commands are polled fast if no push URL is given."""

    async def make(push_url: str | None = None, *, has_monitors: bool = False) -> CommandTester:
        hass.loop.set_debug(False)  # recording call stacks would take most of the time
        monkeypatch.setattr(command_queue, "POLL_DELAYS", (0.01,))
        monkeypatch.setattr(command_queue, "PUSH_WAIT", 3600.0)
        if not has_monitors:
            monkeypatch.setattr(own, "MONITOR_SPECS", ())
        simulator.world.clock.advance(datetime.now(UTC).timestamp() - simulator.world.clock.now())
        entry = await link(setup=False)
        hass.config_entries.async_update_entry(entry, options={CONF_PUSH_URL: push_url} if push_url else {})
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        return CommandTester(hass, control, simulator, entry, simulator.world.vehicles[0].vin)

    return make


@pytest.fixture
async def tester(make_tester: MakeCommandTester) -> CommandTester:
    """The first car of an account; its commands are polled."""
    return await make_tester()


@pytest.fixture(params=[False, True], ids=["polled", "pushed"])
async def any_tester(
    make_tester: MakeCommandTester, http_client: TestClient[Any, Any], request: pytest.FixtureRequest
) -> AsyncGenerator[CommandTester]:
    """The first car of an account; its commands are polled, or their results are pushed."""
    pushed: bool = request.param
    tester = await make_tester(str(http_client.make_url("/")) if pushed else None)
    yield tester
    polls = (await tester.control.request_counts()).get("GET /user/vehicles/{id}/callbacks/{cbid}/remotes/{rid}", 0)
    assert (polls == 0) is pushed
