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
    Action,
    Charge,
    ChargingPowerLevel,
    ChargingProgram,
    Day,
    Lock,
    Navigate,
    Place,
    Precondition,
    PreferCharging,
    ScheduleCharging,
    SoundHorn,
    SwitchLights,
    Unlock,
    WakeUp,
)
from custom_components.stellantis.commands import queue as commands
from custom_components.stellantis.commands.queue import Commands
from custom_components.stellantis.const import CONF_PUSH_URL
from custom_components.stellantis.data import Car
from custom_components.stellantis.monitors import own as monitors
from custom_components.stellantis.vehicle.command import Kind, Outcome
from simulator import Simulator
from tests.support.helpers import Control

# The simulator's clock stands: what it tells is news, until the test lets time pass
RECENTLY: Final = datetime.now(UTC) - timedelta(hours=1)
CARS: Final = {"start": RECENTLY, "fleet": 1, "brand": "peugeot"}

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A kind of command.

    Attributes:
        action: what is sent.
        hand: how the car is set by hand, so that it can be done and is not done yet.
        true: what it changes, of the simulator's car as it truly is.
        shown: what of it is seen here, of the status.
    """

    action: Action
    hand: Json = field(default_factory=dict)
    true: Callable[[Json], Any]
    shown: Callable[[Status], Any] = lambda _: None


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


_PROGRAM: Final = ChargingProgram(start=time(22, 30), end=time(6), days=(Day.MONDAY, Day.FRIDAY))
_PLUGGED: Final = {"level": 30, "plug": True, "charge": False}

CASES: Final[Mapping[Kind, Case]] = {
    Kind.LOCK: Case(action=Lock(), hand={"lock": False}, true=lambda car: car["state"]["locked"], shown=_locks),
    Kind.UNLOCK: Case(action=Unlock(), hand={"lock": True}, true=lambda car: car["state"]["locked"], shown=_locks),
    Kind.HORN: Case(action=SoundHorn(), true=lambda car: car["horns"]),
    Kind.LIGHTS: Case(action=SwitchLights(on=True), true=lambda car: car["state"]["lights"]),
    Kind.WAKE_UP: Case(action=WakeUp(), hand={"asleep": True}, true=lambda car: car["asleep"]),
    Kind.NAVIGATION: Case(
        action=Navigate(positions=(Place(longitude=2.35, latitude=48.85),)), true=lambda car: car["destinations"]
    ),
    Kind.PRECONDITIONING: Case(
        action=Precondition(immediate=True),
        hand={**_PLUGGED, "preconditioning": False},
        true=lambda car: car["state"]["air"],
        shown=_air,
    ),
    Kind.CHARGING: Case(
        action=Charge(), hand=_PLUGGED, true=lambda car: car["state"]["charging"], shown=_charging("status")
    ),
    Kind.CHARGING_SCHEDULE: Case(
        action=ScheduleCharging(schedule=(_PROGRAM,)),
        true=lambda car: car["charge_programs"],
        shown=_programs,
    ),
    Kind.CHARGING_PREFERENCES: Case(
        action=PreferCharging(level=ChargingPowerLevel.LEVEL_2),
        true=lambda car: car["state"]["charge_power"],
        shown=_charging("charging_power_level"),
    ),
}

USUAL: Final = ("Accepted", "CheckingVehicle", "SentToVehicle", "Success")


@dataclass(slots=True)
class Telling:
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
    def commands(self) -> Commands:
        """The way to its commands."""
        return self.car.commands

    def shown(self, kind: Kind) -> Any:
        """Return what is seen of what a command changes."""
        return CASES[kind].shown(self.car.status.data.status)

    async def true(self, kind: Kind) -> Any:
        """Return what a command changes, as it truly is."""
        return CASES[kind].true(await self.control.get(f"vehicles/{self.vin}"))

    async def prepare(self, kind: Kind) -> None:
        """Make the car able to do something that is not done yet, and have it seen."""
        car = next(car for car in self.simulator.world.vehicles if car.vin == self.vin)
        car.horns, car.destinations, car.charge_programs = 0, [], ()
        car.state.lights, car.state.charge_power = frozenset(), "Level1"
        hand = {"doors": "closed", **CASES[kind].hand}
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

    def send(self, action: Action | Kind) -> asyncio.Task[Outcome]:
        """Begin to send a command."""
        action = CASES[action].action if isinstance(action, Kind) else action
        return self.hass.async_create_task(self.commands.async_send(action))

    async def until(self, happened: Callable[[], object]) -> None:
        """Wait until something has happened."""
        changed = asyncio.Event()
        stop = self.commands.async_add_listener(lambda _: changed.set())
        async with asyncio.timeout(5):
            while not happened():
                await changed.wait()
                changed.clear()
        stop()

    async def until_at(self, status: str) -> None:
        """Wait until the command that is under way is at something."""
        await self.until(lambda: self.commands.under_way and self.commands.under_way.status == status)

    def remotes_seen(self) -> bool:
        """Say whether the platform has taken the command that is under way."""
        return self.commands.under_way is not None and self.commands.under_way.remote_action_id is not None

    async def begin(self, action: Action | Kind) -> asyncio.Task[Outcome]:
        """Send a command and wait until the platform has taken it."""
        task = self.send(action)
        await self.until(self.remotes_seen)
        return task

    async def finish(self, action: Action | Kind) -> Outcome:
        """Send a command and let the car have the time that it needs."""
        task = await self.begin(action)
        await self.pass_time(60)
        return await task

    async def ended(self) -> None:
        """Wait until nothing is under way."""
        await self.until(lambda: self.commands.under_way is None)

    async def has_changed(self, kind: Kind, shown: Any, true: Any) -> None:
        """Hold that a car has done what it was told, and that this is seen: at once, and when it is read."""
        assert await self.true(kind) != true
        seen = self.shown(kind)
        assert (seen != shown) is (shown is not None)
        await self.car.status.async_refresh()
        assert self.shown(kind) == seen

    async def pass_time(self, seconds: float) -> None:
        """Let time pass for the car."""
        await self.control.post("clock", {"advance": seconds})

    async def remotes(self) -> list[Json]:
        """Return the commands that the platform has ever taken."""
        return list(await self.control.get("remotes"))

    async def posted(self) -> int:
        """Return how often a command was posted."""
        return (await self.control.requests()).get("POST /user/vehicles/{id}/callbacks/{cbid}/remotes", 0)

    async def reload(self) -> None:
        """Stop the account and start it again, as a restart does."""
        assert await self.hass.config_entries.async_reload(self.entry.entry_id)


async def failure(sending: Coroutine[Any, Any, Outcome] | asyncio.Task[Outcome]) -> str | None:
    """Return the key of the text with which a command fails; None if it does not."""
    try:
        await sending
    except HomeAssistantError as err:
        return err.translation_key
    return None


type Tell = Callable[..., Awaitable[Telling]]


@pytest.fixture
def tell(
    hass: HomeAssistant,
    link: Callable[..., Awaitable[MockConfigEntry]],
    control: Control,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> Tell:
    """Return a function that sets up an account with a car: read back quickly, but for those with an address."""

    async def make(address: str | None = None) -> Telling:
        hass.loop.set_debug(False)  # of hundreds of commands, noting who called whom takes most of the time
        monkeypatch.setattr(commands, "RHYTHM", (0.01,))
        monkeypatch.setattr(commands, "PATIENCE", 3600.0)
        monkeypatch.setattr(monitors, "PURPOSES", ())
        simulator.world.clock.advance(datetime.now(UTC).timestamp() - simulator.world.clock.now())
        entry = await link(setup=False)
        hass.config_entries.async_update_entry(entry, options={CONF_PUSH_URL: address} if address else {})
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        return Telling(hass, control, simulator, entry, simulator.world.vehicles[0].vin)

    return make


@pytest.fixture
async def telling(tell: Tell) -> Telling:
    """The first car of an account; what becomes of its commands is read back."""
    return await tell()


@pytest.fixture(params=[False, True], ids=["read back", "pushed"])
async def both(tell: Tell, browser: TestClient[Any, Any], request: pytest.FixtureRequest) -> AsyncGenerator[Telling]:
    """The first car of an account; what becomes of its commands is read back, or pushed."""
    pushed: bool = request.param
    telling = await tell(str(browser.make_url("/")) if pushed else None)
    yield telling
    reads = (await telling.control.requests()).get("GET /user/vehicles/{id}/callbacks/{cbid}/remotes/{rid}", 0)
    assert (reads == 0) is pushed
