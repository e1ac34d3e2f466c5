"""A departure in Home Assistant: planned, written into the car, shown, in the calendar, and out of the driver's way."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from homeassistant.components.calendar import CalendarEntity
from homeassistant.components.calendar.const import DATA_COMPONENT
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.auth.scopes import SCOPES
from custom_components.stellantis.features.departure.manager import get_manager
from custom_components.stellantis.features.departure.rules import Pause
from simulator.vehicle.car import Car as SimulatedCar
from simulator.vehicle.programs import AirProgram
from tests.support.commands import ONE_CAR, CommandTester, Json
from tests.support.entity_actions import run_entity_action, sent_commands
from tests.support.helpers import call_action_on_only_car, get_state

pytestmark = pytest.mark.simulator(**ONE_CAR)

SENSOR = "sensor.peugeot_e_208_planned_charge"
PRICES = "sensor.price_of_electricity"
CALENDAR = "calendar.peugeot_e_208_calendar"


async def prepare(tester: CommandTester, options: Json | None = None) -> None:
    """Plug in a car that does not charge, and give Home Assistant prices: the hour after the next two is cheap."""
    hour = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    prices = [
        {"start": hour + timedelta(hours=index), "end": hour + timedelta(hours=index + 1), "value": price}
        for index, price in enumerate([0.4, 0.4, 0.4, 0.1, 0.1, *[0.4] * 43])
    ]
    tester.hass.states.async_set(PRICES, "0.4", {"raw_today": prices, "unit_of_measurement": "EUR/kWh"})
    tester.hass.config_entries.async_update_entry(
        tester.entry, options={**tester.entry.options, "departure_price_entity": PRICES, **(options or {})}
    )
    await tester.reload()
    car = next(car for car in tester.simulator.world.vehicles if car.vin == tester.vin)
    car.delayed_start, car.charge_programs = 0, ()
    await tester.control.patch(tester.vin, level=75, plug=True, charge=False)
    await tester.car.status.async_refresh()


async def prepare_full_car(tester: CommandTester) -> SimulatedCar:
    """Prepare a car that needs no charge and has no program; return the simulator's."""
    await prepare(tester)
    car = next(car for car in tester.simulator.world.vehicles if car.vin == tester.vin)
    car.air_programs = {slot: AirProgram() for slot in car.air_programs}
    await tester.control.patch(tester.vin, level=90)
    await tester.car.status.async_refresh()
    return car


async def plan(tester: CommandTester, hours: int = 12, **data: object) -> Json:
    """Plan a departure in some hours."""
    time = f"{dt_util.now() + timedelta(hours=hours):%H:%M:%S}"
    return await call_action_on_only_car(tester.hass, "plan_departure", tester.entry.entry_id, time=time, **data)


async def let_car_obey(tester: CommandTester, condition: Callable[[], object]) -> None:
    """Let the car carry out a command, until a condition holds."""
    await tester.wait_until(tester.has_remote_id)
    await tester.advance_clock(60)
    await tester.wait_until_idle()
    await tester.wait_until(condition)


async def test_departure(tester: CommandTester) -> None:
    await prepare(tester)
    manager = get_manager(tester.car)
    assert get_state(tester.hass, SENSOR) is None
    response = await plan(tester, level=80)
    assert (response["target"], response["expected_level"], response["reason"]) == (80, 80, "cheapest")
    assert response["cost"] < response["cost_at_once"]
    (window,) = response["windows"]
    assert manager.plan
    start = manager.plan.windows[0].start
    assert dt_util.parse_datetime(window["start"]) == start

    # The start is written into the car
    await let_car_obey(tester, lambda: manager.record.control.written_start == start)
    schedule = (await sent_commands(tester))[-1]["charging"]["schedule"]
    assert dt_util.parse_datetime(schedule["nextDelayedTime"]) == start
    await tester.hass.async_block_till_done()
    state = tester.hass.states.get(SENSOR)
    assert state
    assert dt_util.parse_datetime(state.state) == start
    assert state.attributes["reason"] == "cheapest"

    # It outlives a restart, after which nothing is sent again
    sent = len(await tester.remotes())
    await tester.reload()
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    manager = get_manager(tester.car)
    assert [departure.level for departure in manager.record.departures] == [80]
    assert manager.record.control.commands == 1
    assert get_state(tester.hass, SENSOR) == state.state
    assert len(await tester.remotes()) == sent

    # Who starts charging by hand has the last word
    await run_entity_action(tester, "switch.turn_on", "charging")
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    assert manager.decision.pause is Pause.MANUAL
    assert tester.hass.states.get(SENSOR).attributes["reason"] == "manual"  # type: ignore[union-attr]
    assert len(await tester.remotes()) == sent + 1

    # Another departure, after that, does not change that; nor does a restart
    await plan(tester, hours=16, level=90)
    await tester.reload()
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    manager = get_manager(tester.car)
    assert manager.decision.pause is Pause.MANUAL
    assert len(await tester.remotes()) == sent + 1

    # A changed departure replaces the plan
    deleted = await call_action_on_only_car(tester.hass, "delete_departures", tester.entry.entry_id)
    assert deleted == {"deleted": 2}
    assert get_state(tester.hass, SENSOR) == "unknown"
    assert manager.plan is None
    assert not manager.record.control.is_manual


@pytest.mark.parametrize("days", [[], ["mon", "fri"]], ids=["once", "weekly"])
async def test_preconditioning(tester: CommandTester, days: list[str]) -> None:
    """A departure in a warm car sets a program of the car, and its deletion deletes that."""
    car = await prepare_full_car(tester)
    manager = get_manager(tester.car)
    recurrence: Json = {"days": days} if days else {}
    await plan(tester, hours=12, level=80, warm=True, **recurrence)
    await let_car_obey(tester, lambda: True)
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    slot = manager.record.control.slot
    assert slot is not None
    (program,) = (await sent_commands(tester))[-1]["preconditioning"]["airConditioning"]["programs"]
    assert (program["slot"], program["enabled"], program["recurrence"]) == (slot, True, "Daily" if days else "None")
    assert car.air_programs[slot].enabled

    # Nothing is sent twice, and what was sent for the departure goes with it
    await tester.reload()
    manager = get_manager(tester.car)
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    assert len(await tester.remotes()) == 1
    await call_action_on_only_car(tester.hass, "delete_departures", tester.entry.entry_id)
    await let_car_obey(tester, lambda: True)
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    assert manager.record.control.program is None
    assert not car.air_programs[slot].enabled
    assert len(await tester.remotes()) == 2


async def test_program_that_the_owner_has_replaced(tester: CommandTester) -> None:
    """It is not deleted with the departure."""
    car = await prepare_full_car(tester)
    manager = get_manager(tester.car)
    await plan(tester, level=80, warm=True, days=["mon"])
    await let_car_obey(tester, lambda: True)
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    slot = manager.record.control.slot
    assert slot is not None
    own = AirProgram(enabled=True, start=(car.air_programs[slot].start + 7200) % 86400)
    car.air_programs = {**car.air_programs, slot: own}
    await tester.advance_clock(60)
    await tester.car.status.async_refresh()
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    await call_action_on_only_car(tester.hass, "delete_departures", tester.entry.entry_id)
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    assert len(await tester.remotes()) == 1
    assert car.air_programs[slot] == own
    assert manager.record.control.slot is None


async def test_calendar(tester: CommandTester) -> None:
    calendar: CalendarEntity = tester.hass.data[DATA_COMPONENT].get_entity(CALENDAR)  # type: ignore[assignment]
    await tester.control.patch(tester.vin, plug=False)
    await tester.car.status.async_refresh()
    manager = get_manager(tester.car)
    start = (dt_util.now() + timedelta(hours=10)).replace(minute=30, second=0, microsecond=0)
    times = {"dtstart": start, "dtend": start + timedelta(minutes=15)}
    await calendar.async_create_event(summary="Departure 90 %", rrule="FREQ=DAILY", **times)
    (departure,) = manager.record.departures
    assert (departure.level, departure.warm, len(departure.days)) == (90, False, 7)
    now = dt_util.utcnow()
    events = await calendar.async_get_events(tester.hass, now, now + timedelta(days=3))
    (first, *others) = [event for event in events if event.summary.startswith("Departure")]
    assert (first.summary, first.start, len(others)) == ("Departure, 90%", start, 2)
    assert first.uid
    await calendar.async_update_event(first.uid, {"summary": "Departure at 70%", **times})
    (departure,) = manager.record.departures
    assert (departure.level, departure.days) == (70, ())
    with pytest.raises(ServiceValidationError):
        await calendar.async_delete_event(first.uid, recurrence_id="20300101")
    await calendar.async_delete_event(first.uid)
    assert manager.record.departures == ()
    with pytest.raises(ServiceValidationError):
        await calendar.async_delete_event(first.uid)
    with pytest.raises(ServiceValidationError):
        await calendar.async_create_event(summary="Departure", rrule="FREQ=MONTHLY", **times)
    for day in (dt_util.now().date(), dt_util.now() - timedelta(minutes=1)):
        with pytest.raises(ServiceValidationError):
            await calendar.async_create_event(summary="Departure", dtstart=day, dtend=day + timedelta(days=1))
    with pytest.raises(ServiceValidationError, match="Departure"):
        await calendar.async_create_event(summary="Vacation", **times)
    # A long vacation: a departure may be later than a program, and its end does not count
    start += timedelta(days=20)
    manager = get_manager(tester.car)
    await calendar.async_create_event(summary="departure, Warm", dtstart=start, dtend=start + timedelta(days=9))
    (departure,) = manager.record.departures
    assert (departure.at, departure.days, departure.level, departure.warm) == (start, (), 80, True)


async def test_commands_that_are_not_permitted_any_more(tester: CommandTester) -> None:
    """Nothing is planned that cannot be done; a departure can still be deleted."""
    await prepare(tester)
    await plan(tester)
    assert get_state(tester.hass, SENSOR) != "unknown"
    data = tester.entry.data
    token = {**data["token"], "scope": " ".join(scope for scope in SCOPES if not scope.startswith("remote:"))}
    tester.hass.config_entries.async_update_entry(tester.entry, data={**data, "token": token})
    await tester.reload()
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    assert get_state(tester.hass, SENSOR) == "unknown"
    calendar: CalendarEntity = tester.hass.data[DATA_COMPONENT].get_entity(CALENDAR)  # type: ignore[assignment]
    now = dt_util.now()
    (event,) = [
        event for event in await calendar.async_get_events(tester.hass, now, now + timedelta(days=1)) if event.uid
    ]
    times = {"dtstart": now + timedelta(hours=2), "dtend": now + timedelta(hours=3)}
    with pytest.raises(ServiceValidationError):
        await calendar.async_create_event(summary="Departure", **times)
    await calendar.async_delete_event(str(event.uid))
    assert get_manager(tester.car).record.departures == ()


async def test_prices_that_come_after_the_start(tester: CommandTester) -> None:
    """A restart does not start charging because the integration of the prices is loaded later."""
    await prepare(tester)
    await plan(tester)
    await let_car_obey(tester, lambda: True)
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    prices, sent = tester.hass.states.get(PRICES), len(await tester.remotes())
    assert prices
    tester.hass.states.async_remove(PRICES)
    tester.hass.set_state(CoreState.starting)
    await tester.reload()
    await tester.car.status.async_refresh()
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    tester.hass.states.async_set(PRICES, prices.state, prices.attributes)
    tester.hass.set_state(CoreState.running)
    tester.hass.bus.async_fire_internal(EVENT_HOMEASSISTANT_STARTED)
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    state = tester.hass.states.get(SENSOR)
    assert state
    assert state.attributes["reason"] == "cheapest"
    # Nor does an outage of it
    tester.hass.states.async_set(PRICES, "unavailable")
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    assert tester.hass.states.get(SENSOR) == state
    assert len(await tester.remotes()) == sent


def shown(tester: CommandTester) -> tuple[str, Mapping[str, Any]]:
    """Return the state and the attributes of the sensor."""
    state = tester.hass.states.get(SENSOR)
    assert state
    return state.state, state.attributes


async def test_prices_that_are_not_known_yet(tester: CommandTester) -> None:
    """The car waits as long as it can, says so, and charges when it is cheapest as soon as there are prices."""
    await prepare(tester)
    known = tester.hass.states.get(PRICES)
    assert known
    tester.hass.states.async_set(PRICES, "unavailable", {"restored": True})
    await tester.reload()
    response = await plan(tester)
    assert (response["reason"], response.get("cost")) == ("waiting_for_prices", None)
    (window,) = response["windows"]
    start, end = datetime.fromisoformat(window["start"]), datetime.fromisoformat(window["end"])
    margin = datetime.fromisoformat(response["departure"]) - end
    assert timedelta(minutes=15) <= margin < timedelta(minutes=30)
    await let_car_obey(tester, lambda: get_manager(tester.car).record.control.written_start == start)
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    waiting = shown(tester)
    assert (datetime.fromisoformat(waiting[0]), waiting[1]["reason"]) == (start, "waiting_for_prices")
    assert len(await tester.remotes()) == 1

    # A restart meanwhile forgets nothing and sends nothing again
    await tester.reload()
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    assert shown(tester) == waiting
    assert len(await tester.remotes()) == 1

    # Prices come: the cheapest hours count, also after a restart in which there are none again
    tester.hass.states.async_set(PRICES, known.state, known.attributes)
    await let_car_obey(tester, lambda: True)
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    cheapest = shown(tester)
    assert cheapest[1]["reason"] == "cheapest"
    assert cheapest[0] < waiting[0]
    tester.hass.states.async_set(PRICES, "unavailable", {"restored": True})
    await tester.reload()
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    assert shown(tester) == cheapest
    assert len(await tester.remotes()) == 2

    # Those of another entity do not count
    other = {**tester.entry.options, "departure_price_entity": "sensor.other"}
    tester.hass.config_entries.async_update_entry(tester.entry, options=other)
    await tester.reload()
    await let_car_obey(tester, lambda: True)
    assert shown(tester)[1]["reason"] == "waiting_for_prices"
