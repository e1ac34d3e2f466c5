"""A night until a departure, with a car that obeys: windows, replans, a restart, and what is given back afterwards."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final

from homeassistant.core import callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.features.departure import situation
from custom_components.stellantis.features.departure.control import MAX_COMMANDS, writable_start
from custom_components.stellantis.features.departure.forecasts import CONF_PRICE_ENTITY, CONF_USE_SOLAR
from custom_components.stellantis.features.departure.manager import DepartureManager, get_manager
from custom_components.stellantis.features.departure.planner import ChargingWindow, PlanReason
from custom_components.stellantis.vehicle import capabilities
from custom_components.stellantis.vehicle.capabilities import CommandFeature
from simulator.vehicle.car import Car as SimulatedCar
from tests.support.commands import ONE_CAR, CommandTester, Json
from tests.support.entity_actions import sent_commands
from tests.support.helpers import call_action_on_only_car

pytestmark = pytest.mark.simulator(**ONE_CAR)

PRICES: Final = "sensor.price_of_electricity"
HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)
# As the owner has set it in the car
OWNER_START: Final = time(22, 5)
TARGET: Final = 80


class Night:
    """A plugged-in car, whose clock is Home Assistant's, too."""

    def __init__(self, tester: CommandTester) -> None:
        self.tester = tester
        self.begin = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
        self.simulated: SimulatedCar = tester.simulator.world.vehicles[0]
        self._obeyed = set[str]()
        self.obey()

    @property
    def manager(self) -> DepartureManager:
        """The departures of the car."""
        return get_manager(self.tester.car)

    @property
    def windows(self) -> Sequence[ChargingWindow]:
        """The windows in which the car is to charge, those of the past included."""
        assert self.manager.plan
        return self.manager.plan.windows

    @property
    def is_charging(self) -> bool:
        """Whether the car charges."""
        return self.simulated.charge is not None

    def obey(self) -> None:
        """Have the car carry out each command."""

        @callback
        def handle(_result: object) -> None:
            command = self.tester.commands.current
            if command and command.remote_action_id and command.remote_action_id not in self._obeyed:
                self._obeyed.add(command.remote_action_id)
                self.tester.hass.async_create_task(self.tester.advance_clock(60))

        self.tester.commands.async_add_listener(handle)

    async def settle(self) -> None:
        """Wait until nothing is left to do."""
        await self.tester.hass.async_block_till_done(wait_background_tasks=True)

    async def set_prices(self, *cheap_hours: int) -> None:
        """Set the prices, of which those of some hours are low."""
        prices = [
            {
                "start": (self.begin + HOUR * index).isoformat(),
                "end": (self.begin + HOUR * (index + 1)).isoformat(),
                "value": 0.1 if index in cheap_hours else 0.4,
            }
            for index in range(48)
        ]
        self.tester.hass.states.async_set(PRICES, "0.4", {"raw_today": prices, "unit_of_measurement": "EUR/kWh"})
        await self.settle()

    async def change(self, **changes: object) -> None:
        """Change the car, and let it report."""
        await self.tester.advance_clock(5)
        if changes:
            await self.tester.control.patch(self.tester.vin, **changes)
        await self.tester.car.status.async_refresh()
        await self.settle()

    async def go_to(self, at: datetime) -> None:
        """Let the time pass."""
        await self.tester.advance_clock((at - dt_util.utcnow()).total_seconds())
        await self.change()

    async def sent(self) -> list[Json]:
        """Return the commands that were sent, without their types."""
        return [command for body in await sent_commands(self.tester) for command in body.values()]


@pytest.fixture
async def night(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> Night:
    """A night with a car that has no programs for preconditioning, and a delayed start of its owner."""
    clock = tester.simulator.world.clock
    monkeypatch.setattr(dt_util, "utcnow", lambda: datetime.fromtimestamp(clock.now(), UTC))
    battery = tester.simulator.world.vehicles[0].model.battery
    assert battery
    monkeypatch.setattr(situation, "DEFAULT_POWER", battery.ac * 0.9)  # the rest is lost
    features = {CommandFeature.PRECONDITIONING: True}
    monkeypatch.setattr(capabilities, "_preconditioning_features", lambda _parameters: features)
    # That of the car, which knows no summer time
    await tester.hass.config.async_set_time_zone("Africa/Algiers")
    flows = tester.hass.config_entries.options
    menu = await flows.async_init(tester.entry.entry_id)
    form = await flows.async_configure(menu["flow_id"], {"next_step_id": "departure"})
    user_input = {CONF_PRICE_ENTITY: PRICES, CONF_USE_SOLAR: False}
    result = await flows.async_configure(form["flow_id"], user_input)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    assert tester.entry.options.items() >= user_input.items()
    night = Night(tester)
    night.simulated.delayed_start = OWNER_START.hour * 3600 + OWNER_START.minute * 60
    night.simulated.charge_programs = ()
    await night.change(level=50, plug=True, charge=False, preconditioning=False)
    return night


async def unplug_and_plug(night: Night) -> None:
    """Unplug the car in the middle of the night, let the plan change, and charge in a later window."""
    # Without a cable, the plan follows price and level, but nothing is sent
    sent = len(await night.sent())
    await night.change(plug=False)
    assert night.manager.plan
    assert night.manager.plan.reason is PlanReason.NOT_PLUGGED_IN
    await night.set_prices(7, 8)
    assert night.windows[0].start == night.begin + 7 * HOUR
    await night.change(level=60)
    before = night.manager.plan.energy
    await night.change(level=68)
    assert night.manager.plan.energy < before
    assert len(await night.sent()) == sent

    # With it, the car charges in the later window, until the level is reached
    await night.change(plug=True)
    (later,) = night.windows
    assert night.manager.record.control.written_start == writable_start(later.start)
    await night.go_to(later.start + 3 * MINUTE)
    assert night.is_charging
    assert later.end <= night.begin + 9 * HOUR
    end = night.windows[-1].end
    for minutes in (2, 8):
        await night.go_to(end + minutes * MINUTE)
    assert not night.is_charging
    assert night.simulated.state.electric == pytest.approx(TARGET, abs=2)


async def test_night(night: Night) -> None:
    tester = night.tester
    await night.set_prices(2, 5, 8)
    departure = (dt_util.as_local(dt_util.utcnow()) + 11 * HOUR).replace(second=0, microsecond=0)
    await call_action_on_only_car(
        tester.hass, "plan_departure", tester.entry.entry_id, time=f"{departure:%H:%M}", level=TARGET, warm=True
    )
    await night.settle()
    first, *others = night.windows
    assert (first.start, first.end) == (night.begin + 2 * HOUR, night.begin + 3 * HOUR)
    assert others
    control = night.manager.record.control
    assert (control.written_start, control.owner_start) == (writable_start(first.start), OWNER_START)

    # The car starts by itself, pauses at the end of the window, and gets the next start
    await night.go_to(first.start + 3 * MINUTE)
    assert night.is_charging
    assert len(await night.sent()) == 1
    await night.go_to(first.end + 2 * MINUTE)
    assert not night.is_charging
    second = next(window for window in night.windows if window.start > first.end)
    assert second.start == night.begin + 5 * HOUR
    assert night.manager.record.control.written_start == writable_start(second.start)

    # A restart changes nothing
    sent, plan = len(await night.sent()), [window for window in night.windows if window.start > first.end]
    await tester.reload()
    night.obey()
    await night.settle()
    assert len(await night.sent()) == sent
    assert [window.start for window in night.windows] == [window.start for window in plan]

    await unplug_and_plug(night)

    # A car without programs is preconditioned in time, once
    await night.go_to(departure - 15 * MINUTE)
    assert night.simulated.state.air == "Enabled"
    (warmed,) = [command for command in await night.sent() if "airConditioning" in command]
    assert warmed == {"airConditioning": {"immediate": True}}
    assert not night.is_charging

    # After the departure, the car has the start of its owner again
    await night.go_to(departure + 2 * MINUTE)
    start = dt_util.parse_datetime((await night.sent())[-1]["schedule"]["nextDelayedTime"])
    assert start
    assert dt_util.as_local(start).time() == OWNER_START
    assert night.simulated.delayed_start == OWNER_START.hour * 3600 + OWNER_START.minute * 60
    record = night.manager.record
    assert (record.departures, record.control.owner_start, record.control.own_starts) == ((), None, ())
    count = len(await night.sent())
    await night.change(level=70)
    assert len(await night.sent()) == count <= MAX_COMMANDS


async def test_night_without_prices(night: Night) -> None:
    """The car charges as late as possible, with one command, and is ready."""
    tester = night.tester
    tester.hass.states.async_set(PRICES, "unavailable")
    departure = (dt_util.as_local(dt_util.utcnow()) + 11 * HOUR).replace(second=0, microsecond=0)
    await call_action_on_only_car(
        tester.hass, "plan_departure", tester.entry.entry_id, time=f"{departure:%H:%M}", level=TARGET
    )
    await night.settle()
    assert night.manager.plan
    assert night.manager.plan.reason is PlanReason.WAITING_FOR_PRICES
    (window,) = night.windows
    assert 15 * MINUTE <= departure - window.end < 30 * MINUTE
    await night.go_to(window.start - 5 * MINUTE)
    assert not night.is_charging
    await night.go_to(window.start + 3 * MINUTE)
    assert night.is_charging
    assert night.manager.plan.reason is PlanReason.NO_TIME_TO_WAIT
    assert len(await night.sent()) == 1
    await night.go_to(window.start + 40 * MINUTE)
    assert night.is_charging
    await night.go_to(night.windows[-1].end + 2 * MINUTE)
    assert not night.is_charging
    assert night.simulated.state.electric == pytest.approx(TARGET, abs=2)
