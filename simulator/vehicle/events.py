"""What comes due in a car's life, and what then happens: one function for each kind of event."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from ..clock import rfc3339
from .programs import starts
from .route import WINDING, Place, km_between
from .routine import drives
from .schedule import Event
from .state import consumption
from .weather import DAY

if TYPE_CHECKING:
    from .car import Car

MOST_AWAY = 0.9
REFUEL = 15.0
# A careless driver brings the car to its service three weeks late.
LATE_SERVICE = 21 * DAY
SERVICE_EVERY = (25_000.0, 365 * DAY)


def plan_day(car: Car, now: float) -> None:
    """Put the rest of the day into the agenda: the driver's ways, and what is programmed."""
    today = car.midnight(now)
    if car.routine:
        for plan in drives(car.seed, today):
            if plan.at - 60 > now:
                car.agenda.due(plan.at - 60, "approach", routine=True, of=plan.destination)
    if car.routine or car.programmed:
        plan_programs(car, today, now)


def plan_programs(car: Car, today: float, now: float) -> None:
    """Put the programs of the day that begins at a local midnight into the agenda."""
    if "preconditioning" in car.character.members:
        for program in car.air_programs.values():
            at = starts(program, today)
            if at is not None and at > now:
                car.agenda.due(at, "preheat", of=str(program.start))
    for charge in car.charge_programs:
        at = starts(charge, today)
        if at is not None and at > now:
            car.agenda.due(at, "charge_from", of=str(charge.start))
            car.agenda.due(at + (charge.end - charge.start) % DAY, "charge_until", of=str(charge.end))


def _on_day(car: Car, event: Event) -> None:
    plan_day(car, event.at)
    late = event.at > car.service_at + LATE_SERVICE or car.state.odometer > car.service_km + 1000
    if car.routine and late:
        km, seconds = SERVICE_EVERY
        car.service_km, car.service_at = car.state.odometer + km, event.at + seconds
    car.agenda.due(car.midnight(event.at) + DAY, "day")


def _on_approach(car: Car, event: Event) -> None:
    destination = car.places[str(event.of)]
    if car.drive or not _in_reach(car, destination, event.at):
        return
    state = car.state
    car.unplug(event.at)
    state.locked, state.open = False, frozenset({"Driver"})
    state.ignition, state.powertrain = "StartUp", "Starting"
    state.touch(event.at, "doors")
    car.arm(event.at, active=False)
    car.wake(event.at)
    car.agenda.due(event.at + 60, "depart", routine=True, of=event.of)


def _in_reach(car: Car, destination: Place, at: float) -> bool:
    straight = km_between(car.state.place, destination)
    if straight < 0.3:
        return False
    battery = car.character.battery
    if car.character.tank or not battery:
        return True
    per_km = consumption(battery, car.weather(at)) / (battery.capacity * 10)
    return straight * WINDING * per_km < car.state.electric * MOST_AWAY


def _on_depart(car: Car, event: Event) -> None:
    if car.drive:
        return
    if car.character.tank and car.state.fuel < REFUEL:
        car.state.fuel = 100.0
        car.end_alert(event.at, "FuelLevelLow")
    car.start_drive(event.at, car.places[str(event.of)])


def _on_arrive(car: Car, event: Event) -> None:
    if event.of is not car.drive:
        return
    car.stop_drive(event.at)
    car.agenda.due(event.at + 40, "leave")
    car.agenda.due(event.at + 120, "lock")
    if car.routine and car.character.battery:
        _plan_charge(car, event.at)


def _plan_charge(car: Car, at: float) -> None:
    level = car.state.electric
    if km_between(car.state.place, car.places["home"]) < 0.5:
        habit = 1.0 if car.character.tank else 0.35
        if level < 60 or Random(f"{car.seed}:{rfc3339(at)}:plug").random() < habit:
            car.agenda.due(at + 600, "plug", routine=True)
    elif level < 30 and not car.character.tank:
        car.agenda.due(at + 300, "fast_charge", routine=True)


def _on_leave(car: Car, event: Event) -> None:
    if not car.drive:
        car.state.locked, car.state.open = False, frozenset({"Driver"})
        car.state.touch(event.at, "doors")


def _on_lock(car: Car, event: Event) -> None:
    if not car.drive:
        car.lock(event.at, locked=True, closing=True)
        car.wake(event.at)


def _on_plug(car: Car, event: Event) -> None:
    if not car.drive:
        car.plug(event.at)


def _on_fast_charge(car: Car, event: Event) -> None:
    car.start_charge(event.at, "Quick")


def _on_charge(car: Car, event: Event) -> None:
    if event.at == car.charge_due and not car.charge:
        car.start_charge(event.at)


def _on_charge_from(car: Car, event: Event) -> None:
    if car.state.plugged and not car.charge and any(str(one.start) == event.of for one in car.charge_programs):
        car.start_charge(event.at)


def _on_charge_until(car: Car, event: Event) -> None:
    if car.state.charging_mode == "Slow" and any(str(one.end) == event.of for one in car.charge_programs):
        car.stop_charge(event.at)


def _on_charged(car: Car, event: Event) -> None:
    if event.of is car.charge and car.charge:
        car.state.electric = max(car.charge.target, car.charge.level)
        car.charge = None
        car.state.charging, car.state.charging_mode = "Finished", "No"
        car.state.touch(event.at, "energies")
        car.wake(event.at)


def _on_preheat(car: Car, event: Event) -> None:
    for slot, program in car.air_programs.items():
        if program.enabled and str(program.start) == event.of:
            car.start_air(event.at, scheduled=True)
            car.air_programs = {**car.air_programs, slot: replace(program, enabled=program.daily)}


def _on_air_done(car: Car, event: Event) -> None:
    if event.at == car.air_due:
        car.stop_air(event.at)


def _on_call(_car: Car, event: Event) -> None:
    if callable(event.of):
        event.of(event.at)


HANDLERS: Mapping[str, Callable[[Car, Event], None]] = {
    "day": _on_day,
    "approach": _on_approach,
    "depart": _on_depart,
    "arrive": _on_arrive,
    "leave": _on_leave,
    "lock": _on_lock,
    "plug": _on_plug,
    "fast_charge": _on_fast_charge,
    "charge": _on_charge,
    "charge_from": _on_charge_from,
    "charge_until": _on_charge_until,
    "charged": _on_charged,
    "preheat": _on_preheat,
    "air_done": _on_air_done,
    "call": _on_call,
}
