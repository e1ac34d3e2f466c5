"""Event handlers: what happens to a car when one of its scheduled events is due."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from ..clock import rfc3339
from .car import Car, EventHandler
from .planning import APPROACH
from .route import WINDING_FACTOR, Place, km_between
from .schedule import Event
from .state import energy_per_km
from .weather import DAY

# The share of the remaining charge that a driver is willing to use on a one-way drive.
MAX_CHARGE_SHARE = 0.9
# The fuel level (%) below which the driver fills the tank before leaving.
REFUEL_LEVEL = 15.0
# How late (s, km) a driver takes the car to its service, and the intervals (km, s) between services.
MAX_SERVICE_DELAY = 21 * DAY
MAX_SERVICE_OVERRUN = 1000
SERVICE_INTERVAL = (25_000.0, 365 * DAY)


def _on_day(car: Car, event: Event) -> None:
    car.plan_day(event.at)
    is_overdue = (
        event.at > car.service_at + MAX_SERVICE_DELAY or car.state.odometer > car.service_km + MAX_SERVICE_OVERRUN
    )
    if car.follows_routine and is_overdue:
        km, seconds = SERVICE_INTERVAL
        car.service_km, car.service_at = car.state.odometer + km, event.at + seconds
    car.schedule.add(car.midnight(event.at) + DAY, "day")


def _on_approach(car: Car, event: Event) -> None:
    destination = car.places[str(event.subject)]
    if car.drive or not _is_in_reach(car, destination, event.at):
        return
    state = car.state
    car.unplug(event.at)
    state.locked, state.open = False, frozenset({"Driver"})
    state.ignition, state.powertrain = "StartUp", "Starting"
    state.touch(event.at, "doors")
    car.set_alarm(event.at, active=False)
    car.wake(event.at)
    car.schedule.add(event.at + APPROACH, "depart", is_routine=True, subject=event.subject)


def _is_in_reach(car: Car, destination: Place, at: float) -> bool:
    straight = km_between(car.state.place, destination)
    if straight < 0.3:
        return False
    battery = car.model.battery
    if car.model.tank or not battery:
        return True
    percent_per_km = energy_per_km(battery, car.outside_temperature(at)) / (battery.capacity * 10)
    return straight * WINDING_FACTOR * percent_per_km < car.state.electric * MAX_CHARGE_SHARE


def _on_depart(car: Car, event: Event) -> None:
    if car.drive:
        return
    if car.model.tank and car.state.fuel < REFUEL_LEVEL:
        car.state.fuel = 100.0
        car.end_alert(event.at, "FuelLevelLow")
    car.start_drive(event.at, car.places[str(event.subject)])


def _on_arrive(car: Car, event: Event) -> None:
    if event.subject is not car.drive:
        return
    car.stop_drive(event.at)
    car.schedule.add(event.at + 40, "leave")
    car.schedule.add(event.at + 120, "lock")
    if car.follows_routine and car.model.battery:
        _plan_charge(car, event.at)


def _plan_charge(car: Car, at: float) -> None:
    level = car.state.electric
    if km_between(car.state.place, car.places["home"]) < 0.5:
        probability = 1.0 if car.model.tank else 0.35
        if level < 60 or Random(f"{car.seed}:{rfc3339(at)}:plug").random() < probability:
            car.schedule.add(at + 600, "plug", is_routine=True)
    elif level < 30 and not car.model.tank:
        car.schedule.add(at + 300, "fast_charge", is_routine=True)


def _on_leave(car: Car, event: Event) -> None:
    if not car.drive:
        car.state.locked, car.state.open = False, frozenset({"Driver"})
        car.state.touch(event.at, "doors")


def _on_lock(car: Car, event: Event) -> None:
    if not car.drive:
        car.set_locked(event.at, locked=True, close_doors=True)
        car.wake(event.at)


def _on_plug(car: Car, event: Event) -> None:
    if not car.drive:
        car.plug(event.at)


def _on_fast_charge(car: Car, event: Event) -> None:
    car.start_charge(event.at, "Quick")


def _on_delayed_charge(car: Car, event: Event) -> None:
    if event.at == car.delayed_charge_at and not car.charge:
        car.start_charge(event.at)


def _on_charge_from(car: Car, event: Event) -> None:
    is_programmed = any(str(program.start) == event.subject for program in car.charge_programs)
    if car.state.plugged and not car.charge and is_programmed:
        car.start_charge(event.at)


def _on_charge_until(car: Car, event: Event) -> None:
    is_programmed = any(str(program.end) == event.subject for program in car.charge_programs)
    if car.state.charging_mode == "Slow" and is_programmed:
        car.stop_charge(event.at)


def _on_charged(car: Car, event: Event) -> None:
    if event.subject is car.charge and car.charge:
        car.state.electric = max(car.charge.target, car.charge.level)
        car.charge = None
        car.state.charging, car.state.charging_mode = "Finished", "No"
        car.state.touch(event.at, "energies")
        car.wake(event.at)


def _on_preheat(car: Car, event: Event) -> None:
    for slot, program in car.air_programs.items():
        if program.enabled and str(program.start) == event.subject:
            car.start_preconditioning(event.at, is_scheduled=True)
            car.air_programs = {**car.air_programs, slot: replace(program, enabled=program.daily)}


def _on_preconditioning_done(car: Car, event: Event) -> None:
    if event.at == car.preconditioning_ends_at:
        car.stop_preconditioning(event.at)


def _on_call(_car: Car, event: Event) -> None:
    if callable(event.subject):
        event.subject(event.at)


HANDLERS: Mapping[str, EventHandler] = {
    "day": _on_day,
    "approach": _on_approach,
    "depart": _on_depart,
    "arrive": _on_arrive,
    "leave": _on_leave,
    "lock": _on_lock,
    "plug": _on_plug,
    "fast_charge": _on_fast_charge,
    "delayed_charge": _on_delayed_charge,
    "charge_from": _on_charge_from,
    "charge_until": _on_charge_until,
    "charged": _on_charged,
    "preheat": _on_preheat,
    "preconditioning_done": _on_preconditioning_done,
    "call": _on_call,
}
