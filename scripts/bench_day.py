"""Benchmark of a commuting car's day in simulated time: the requests, and the delay of what Home Assistant shows."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import count
from statistics import median, quantiles
import sys

from bench_integration import BRAND, Measure, run_home_assistant, set_up
from freezegun import freeze_time
from instance import free_port

from custom_components.stellantis.api import Status, merge_newest
from custom_components.stellantis.const import CONF_PUSH_URL, PLATFORMS
from custom_components.stellantis.data import Car
from simulator import Simulator, SimulatorConfig
from simulator.auth.scopes import SCOPES
from simulator.resources.status import status_body
from simulator.vehicle.car import Car as SimulatedCar

# A Tuesday in local time of the car: it drives to work and home, is plugged in, and charges
MIDNIGHT = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
WARM_UP = timedelta(hours=2)
DAY = timedelta(days=1)
STEP = timedelta(seconds=5)
MINUTE = 60


@dataclass(slots=True)
class DelayTracker:
    """Tracks how far the shown status of a car is behind the platform's.

    Attributes:
        shown_car: the car in Home Assistant.
        simulated_car: the car in the simulator.
        delays: for each minute that the car is awake, the seconds since the platform first had data that is not shown
            yet; 0 if all data is shown.
    """

    shown_car: Car
    simulated_car: SimulatedCar
    delays: list[float] = field(default_factory=list)
    _since: float | None = None
    _last_key: object = None

    def update(self, now: float) -> None:
        """Compare the statuses, and record the delay at each minute that the car is awake."""
        key = (id(self.shown_car.status.data.status), tuple(self.simulated_car.state.measured.items()))
        if key != self._last_key:
            self._last_key = key
            platform_status = Status.from_dict(status_body(self.simulated_car, "", frozenset(SCOPES)))
            shown_status = self.shown_car.status.data.status
            if merge_newest(shown_status, platform_status) is shown_status:
                self._since = None
            elif self._since is None:
                self._since = now
        if not now % MINUTE and not self.simulated_car.is_asleep(now):
            self.delays.append(0.0 if self._since is None else now - self._since)


async def simulate_day(*, pushed: bool) -> tuple[int, DelayTracker]:
    """Simulate a day; return the number of requests, and the delays."""
    import_module("pytest_homeassistant_custom_component.patch_time")  # allows to set Home Assistant's clock
    for platform in PLATFORMS:
        import_module(f"custom_components.stellantis.{platform}")  # before datetime is patched
    port = free_port()
    config = SimulatorConfig(start=MIDNIGHT - WARM_UP, speed=0, brand=BRAND, fleet=1, day_limit=0, burst_limit=0)
    async with Simulator(config) as simulator:
        with freeze_time(MIDNIGHT - WARM_UP, tick=True) as clock:
            async with run_home_assistant(simulator.url, port) as (hass, entry):
                if pushed:
                    hass.config_entries.async_update_entry(entry, options={CONF_PUSH_URL: f"http://127.0.0.1:{port}"})
                await set_up(hass, entry)
                await hass.http.start()
                (car,) = entry.runtime_data.cars.values()
                (simulated,) = simulator.world.vehicles
                tracker = DelayTracker(car, simulated)
                for step in count(1):
                    now = MIDNIGHT - WARM_UP + step * STEP
                    if now > MIDNIGHT + DAY:
                        break
                    simulator.world.clock.advance(STEP.total_seconds())
                    await simulator.ticker.run_due()
                    clock.move_to(now)
                    await asyncio.sleep(0)
                    await hass.async_block_till_done(wait_background_tasks=True)
                    simulated.advance_to(now.timestamp())
                    if now <= MIDNIGHT:
                        simulator.requests.clear()
                    else:
                        tracker.update(now.timestamp())
                if car.status.is_pushed is not pushed:
                    sys.exit("bench: push is not active" if pushed else "bench: push is active")
                return simulator.requests.total(), tracker


async def measure_commute() -> list[Measure]:
    """Measure a day with push and one without."""
    push_requests, pushed = await simulate_day(pushed=True)
    poll_requests, polled = await simulate_day(pushed=False)
    behind = "behind the platform while the car is awake"
    return [
        Measure(metric="minutes of a commuting car's day that it is awake", value=len(pushed.delays), unit=""),
        Measure(metric="requests of that day with push, tokens included", value=push_requests, unit="", limit=60),
        Measure(metric="requests of that day without push", value=poll_requests, unit=""),
        Measure(metric=f"{behind}, with push, median", value=median(pushed.delays), unit="s", limit=5),
        Measure(metric=f"{behind}, with push, p95", value=quantiles(pushed.delays, n=20)[-1], unit="s"),
        Measure(metric=f"{behind}, without push, median", value=median(polled.delays), unit="s"),
        Measure(metric=f"{behind}, without push, p95", value=quantiles(polled.delays, n=20)[-1], unit="s"),
    ]
