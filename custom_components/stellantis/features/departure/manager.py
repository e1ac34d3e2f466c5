"""Plans the charge of a car until its next departure, and has the car do as planned."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
import logging
from typing import Final

from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_point_in_utc_time, async_track_state_change_event
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ...const import DOMAIN
from ...data import Car, StellantisConfigEntry, StellantisRuntimeData
from ...endpoints import usable_capacity
from ...vehicle.capabilities import CommandFeature
from ...vehicle.charge_limit import ChargeReport
from ...vehicle.command import CommandResult, CommandType
from ...vehicle.estimated_level import estimated_level
from ...vehicle.state import VehicleState
from ...vehicle.stored import StoredModel
from ..feature import read_record, save_record
from .control import ControlRecord, Step
from .departures import Departure, NextDeparture, next_departure, without_past
from .forecasts import ForecastRecord, PriceForecast, SolarForecast, price_entity
from .planner import MAX_WINDOWS, Plan, PlanRequest, is_outdated, make_plan
from .preconditioning import decide_preconditioning, is_program_replaced, start_time
from .rules import Decision, PlanWindow, Situation, decide, decide_restore, is_owner_served
from .situation import DEFAULT_CAPACITY, learnt_power
from .steps import build_command, find_slot

_LOGGER = logging.getLogger(__name__)

KEY: Final = "departure"
# A later departure is not planned yet
PLANNED_AHEAD: Final = timedelta(hours=48)
# A plan is checked as often as this
CHECK_INTERVAL: Final = timedelta(minutes=15)
CHARGING_COMMANDS: Final = frozenset((CommandType.CHARGING, CommandType.CHARGING_SCHEDULE))
STARTING: Final = frozenset((CommandFeature.START_CHARGING, CommandFeature.DELAYED_CHARGING))
SWITCHING: Final = frozenset((CommandFeature.START_CHARGING, CommandFeature.STOP_CHARGING))


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartureRecord(StoredModel):
    """What is kept of a car: its departures, and what was sent to it for them.

    Attributes:
        departures: The departures.
        following: The next of them, and when it is, as of the last check.
        control: What was sent to the car.
        forecasts: The prices and the solar power that were known last.
    """

    departures: tuple[Departure, ...] = ()
    following: NextDeparture | None = None
    control: ControlRecord = field(default_factory=ControlRecord)
    forecasts: ForecastRecord = field(default_factory=ForecastRecord)


class DepartureManager:
    """The departures of a car, which are kept in its store. The rules and the planner decide what happens.

    Attributes:
        car: The car.
        record: Its departures, and what was sent to it for them.
    """

    def __init__(self, hass: HomeAssistant, entry: StellantisConfigEntry, car: Car) -> None:
        self.car = car
        self._hass = hass
        self._entry = entry
        self.record = read_record(car, KEY, DepartureRecord) or DepartureRecord()
        self._price_entity = price_entity(entry.options)
        known = self.record.forecasts
        known_prices = known.prices if known.price_entity == self._price_entity else ()
        self._prices = PriceForecast(hass, entry.options, known_prices)
        self._solar = SolarForecast(hass, entry.options, known.solar)
        self._request: PlanRequest | None = None
        self._plan: Plan | None = None
        self._decision = Decision()
        self._is_running = False
        self._is_due = False
        self._planning = asyncio.Lock()
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._listeners: list[Callable[[], None]] = []

    @property
    def next_departure(self) -> NextDeparture | None:
        """The next departure; None if there is none."""
        return self.record.following

    @property
    def plan(self) -> Plan | None:
        """When the car charges until the next departure; None if that is not known."""
        return self._plan

    @property
    def decision(self) -> Decision:
        """What was decided last."""
        return self._decision

    @callback
    def async_start(self) -> None:
        """Plan as soon as Home Assistant has started: before that, prices may not be known yet."""
        self.car.async_on_unload(async_at_started(self._hass, self._async_start))

    @callback
    def _async_start(self, _hass: HomeAssistant) -> None:
        """Plan now, and whenever something changes."""
        unload = self.car.async_on_unload
        unload(self.car.status.async_add_listener(self.async_check))
        unload(self.car.charge_limit.async_add_listener(self.async_check))
        unload(self.car.commands.async_add_listener(self._async_handle_command))
        unload(self._async_stop_timer)
        if self._price_entity:
            unload(async_track_state_change_event(self._hass, self._price_entity, self._async_handle_price))
        self.async_check()

    @callback
    def async_add_listener(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` when the departures or the plan change; return an unsubscribe function."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def async_set_departures(self, departures: Sequence[Departure]) -> None:
        """Set the departures, and plan for the next one."""
        self._save(replace(self.record, departures=tuple(departures)))
        await self._async_plan()
        self.async_check()

    @callback
    def async_check(self) -> None:
        """Plan anew if that is necessary, and send what is due, in the background."""
        self._is_due = True
        control = self.record.control
        is_needed = control.owner_start is not None or control.will_program_run(dt_util.utcnow())
        if (self.record.departures or is_needed) and not self._is_running:
            self._is_running = True
            self._entry.async_create_background_task(self._hass, self._async_run(), f"{DOMAIN} departure")

    @callback
    def _async_handle_price(self, _event: Event[EventStateChangedData]) -> None:
        self.async_check()

    @callback
    def _async_handle_command(self, result: CommandResult | None) -> None:
        """Note that somebody has started or stopped charging, and that a command has woken the car up."""
        if result is None:
            return
        control = self.record.control
        if result.origin is None and result.woke_vehicle:
            control = control.with_wake_up()
        elif result.origin and result.type in CHARGING_COMMANDS and result.succeeded and self.record.departures:
            control = replace(control, is_manual=True)
        self._save_control(control)
        self.async_check()

    def _save_control(self, control: ControlRecord) -> None:
        self._save(replace(self.record, control=control))

    def _save(self, record: DepartureRecord) -> None:
        if record == self.record:
            return
        self.record = record
        save_record(self.car, KEY, record)

    async def _async_run(self) -> None:
        """Plan and send until nothing is due; in between, what has changed meanwhile counts."""
        try:
            while self._is_due and self._entry.runtime_data.cars.get(self.car.vin) is self.car:
                self._is_due = False
                await self._async_plan()
                if step := self._decide():
                    await self._async_send(step)
        finally:
            self._is_running = False

    async def _async_plan(self) -> None:
        """Make the plan for the next departure, unless the last one still holds."""
        async with self._planning:
            now, record = dt_util.utcnow(), self.record
            departures = without_past(record.departures, now)
            following = next_departure(departures, now)
            control = record.control
            if following != record.following:
                # The pause lasts until the departure; of a pause and a later change of it, the change counts
                control = replace(control, is_manual=False)
            forecasts = record.forecasts if following else ForecastRecord()
            self._save(
                DepartureRecord(departures=departures, following=following, control=control, forecasts=forecasts)
            )
            request = await self._async_build_request(following, now) if following else None
            if request is None:
                self._request = self._plan = None
            elif self._plan is None or self._request is None or is_outdated(self._plan, self._request, request):
                self._plan = await self._hass.async_add_executor_job(make_plan, request)
                self._request = request
        self._notify()

    async def _async_build_request(self, following: NextDeparture, now: datetime) -> PlanRequest | None:
        """Return what the plan is made from; None if there can be none, or the departure is too far away."""
        car = self.car
        state = car.status.data if can_plan(car) else None
        report = ChargeReport.from_state(state) if state else None
        if report is None or following.at - now > PLANNED_AHEAD:
            return None
        limit = min(car.charge_limit.record.effective_level, report.own_limit)
        active, sessions = car.store.active_session, car.store.charging_sessions
        level = estimated_level(report, now, active=active, sessions=sessions, limit=limit)
        level = report.level if level is None else level
        if level is None:
            return None
        zone = active.zone if active else sessions[-1].zone if sessions else None
        prices, solar = await self._prices.async_read(now, following.at), await self._solar.async_read(now)
        forecasts = ForecastRecord(price_entity=self._price_entity, prices=self._prices.known, solar=self._solar.known)
        self._save(replace(self.record, forecasts=forecasts))
        return PlanRequest(
            now=now,
            departure=following.at,
            level=level,
            target=following.departure.level,
            limit=limit,
            capacity=usable_capacity(car.account, car.vin, state) or DEFAULT_CAPACITY,
            power=learnt_power(sessions, zone),
            prices=prices.slots,
            solar=solar.slots,
            are_prices_pending=prices.is_pending,
            is_solar_pending=solar.is_pending,
            is_plugged=not report.is_unplugged,
            max_windows=MAX_WINDOWS if car.commands.support.available >= SWITCHING else 1,
        )

    def _decide(self) -> Step | None:
        """Return the command that is due, and set the timer for the next check."""
        now, commands, pause = dt_util.utcnow(), self.car.commands, self._decision.pause
        state = commands.shown_state if self.car.status.has_data else None
        self._decision = self._decide_charging(state, now) if state else Decision()
        if self._decision.pause is not pause:
            self._notify()
        step: Step | None = None
        if commands.current is None and commands.last_pending(*CommandType) is None:
            step = self._decision.step
            step = step or (self._decide_restore(state, now) if state else None)
            if state and is_program_replaced(self.record.control, state):
                self._save_control(self.record.control.without_program())
            step = step or decide_preconditioning(
                self.record.control, self.next_departure, state, commands.support.available, now
            )
        self._async_set_timer(now)
        return step

    def _decide_charging(self, state: VehicleState, now: datetime) -> Decision:
        charging = state.charging
        if charging is None:
            return Decision()
        if charging.plugged is False:
            self._save_control(replace(self.record.control, is_manual=False))
        if self._plan is None:
            return Decision()
        situation = Situation(
            now=now,
            windows=tuple(PlanWindow(start=window.start, end=window.end) for window in self._plan.windows),
            is_plugged=charging.plugged is not False,
            is_charging=state.is_charging,
            delayed_start=charging.next_delayed_time,
            features=self.car.commands.support.available,
        )
        return decide(self.record.control, situation)

    def _decide_restore(self, state: VehicleState, now: datetime) -> Step | None:
        """Return the command that gives the car back the delayed start of its owner, after the last departure."""
        following, charging = self.next_departure, state.charging
        is_planned = following is not None and following.at - now <= PLANNED_AHEAD
        if is_planned or charging is None or state.is_charging or state.is_driving:
            return None
        if is_owner_served(self.record.control, charging.next_delayed_time):
            self._save_control(self.record.control.without_owner_start())
        is_able = CommandFeature.DELAYED_CHARGING in self.car.commands.support.available
        return decide_restore(self.record.control, now) if is_able else None

    async def _async_send(self, step: Step) -> None:
        """Send a command. The attempt is stored before, so that attempts stay bounded over restarts."""
        commands, control = self.car.commands, self.record.control
        state = commands.expected_state if self.car.status.has_data else None
        delayed_start = state.charging.next_delayed_time if state and state.charging else None
        self._save_control(control.with_attempt(step, dt_util.utcnow(), delayed_start))
        try:
            await commands.async_send(build_command(step, control.slot, state, commands.support))
        except HomeAssistantError as err:
            _LOGGER.debug("A command for a departure failed: %s", err)
        else:
            slot = find_slot(commands.expected_state, step.times) if self.car.status.has_data else None
            self._save_control(self.record.control.with_success(step, slot or control.slot))
        self.async_check()

    @callback
    def _async_set_timer(self, now: datetime) -> None:
        self._async_stop_timer()
        following = self.next_departure
        times = (self._decision.next_at, start_time(following), following.at if following else None)
        due = min(time for time in (*times, now + CHECK_INTERVAL) if time and time > now)
        self._cancel_timer = async_track_point_in_utc_time(
            self._hass, self._async_handle_timer, max(due, now + timedelta(seconds=1))
        )

    @callback
    def _async_handle_timer(self, _now: datetime) -> None:
        self._cancel_timer = None
        self.async_check()

    @callback
    def _async_stop_timer(self) -> None:
        if self._cancel_timer:
            self._cancel_timer()
            self._cancel_timer = None

    @callback
    def _notify(self) -> None:
        for listener in tuple(self._listeners):
            listener()


def can_plan(car: Car) -> bool:
    """Return whether charging of a car can be planned: it reports it, and can be told to start."""
    has_charging = car.status.has_data and car.status.data.charging is not None
    return has_charging and not STARTING.isdisjoint(car.commands.support.available)


MANAGERS: Final[HassKey[dict[str, DepartureManager]]] = HassKey(KEY)


def get_manager(car: Car) -> DepartureManager:
    """Return the departures of a car."""
    data: StellantisRuntimeData = car.account.entry.runtime_data
    return data.feature_data[MANAGERS][car.vin]
