"""A car: an event-stepped machine that is brought up to date when somebody looks at it.

Between two events everything follows from the clock alone, so a year costs a few thousand events, and how a car stands
does not depend on how often it was asked.
"""

from math import exp
from random import Random
from typing import TYPE_CHECKING, ClassVar

from .agenda import Agenda, Event
from .clock import rfc3339
from .programs import AirProgram, ChargeProgram, starts
from .route import WINDING, Place, km_between
from .routine import drives, midnight, places
from .state import AlarmTrigger, Charge, ChargingMode, Drive, State, consumption, tick
from .weather import DAY, daylight, temperature

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .cars import Character

DRIVING_REPORT = 60
CHARGING_REPORT = 300
PARKED_REPORT = 60
AWAKE = 300
PREHEAT = 20 * 60
COOLING = 3600
MOST_AWAY = 0.9

PARKED = ("ignition", "battery", "environment", "odometer", "privacy", "energies", "engines", "powertrain")
DRIVING = (*PARKED, "position", "kinetic", "driving", "lighting")


class Car:
    """One car of the fleet: who it is, how it stands, what happens to it next."""

    def __init__(
        self, *, character: Character, vin: str, vehicle_id: str, seed: str, born: float, routine: bool
    ) -> None:
        self.character = character
        self.vin = vin
        self.id = vehicle_id
        self.seed = seed
        self.born = born
        self.routine = routine
        rng = Random(f"{seed}:birth")
        house = character.home
        home = Place(house.longitude, house.latitude, house.altitude).towards(rng.uniform(0, 360), rng.uniform(0, 3))
        self.places = places(seed, home)
        self.state = State(
            place=home,
            odometer=round(rng.uniform(2_000, 60_000), 1),
            electric=float(rng.randint(45, 85)) if character.battery else 0.0,
            fuel=float(rng.randint(30, 90)) if character.tank else 0.0,
            battery_12v=float(rng.randint(78, 92)),
            heading=rng.randrange(360),
        )
        self.serviced = (round(rng.uniform(3_000, 20_000)), born + rng.uniform(60, 330) * DAY)
        self.registered = born - rng.uniform(200, 900) * DAY
        self.air_programs: Mapping[int, AirProgram] = {slot: AirProgram() for slot in range(1, 5)}
        self.charge_programs: tuple[ChargeProgram, ...] = ()
        self.delayed_start = 0
        if "delayed_charge" in character.quirks:
            self.air_programs = {**self.air_programs, 1: AirProgram(enabled=True, start=7 * 3600, days=("Mon", "Tue"))}
            self.charge_programs = (ChargeProgram(enabled=True, start=22 * 3600, end=6 * 3600, days=("Mon", "Thu")),)
            self.delayed_start = 22 * 3600 + 5 * 60
        self.outside: float | None = None
        self.drive: Drive | None = None
        self.charge: Charge | None = None
        self._awake_since = born
        self.awake_until = born + AWAKE
        self._parked_at, self._warm = born, 0.0
        self._charge_due: float | None = None
        self._air_due: float | None = None
        self._agenda = Agenda()
        self._first_look(born)
        if routine:
            self._agenda.due(born, "day", routine=True)

    def advance(self, now: float) -> State:
        """Live up to an instant and return how the car stands then."""
        while event := self._agenda.next(now):
            self._report(event.at)
            self._HANDLERS[event.kind](self, event)
        self._report(now)
        return self.state

    def asleep(self, now: float) -> bool:
        """Return whether the car has stopped reporting."""
        return now >= self.awake_until and not self.drive and not self.charge

    def set_routine(self, now: float, *, on: bool) -> None:
        """Let the driver's week go on, or pause it."""
        if on == self.routine:
            return
        self.routine = on
        self._agenda.drop_routine()
        if self.state.ignition == "StartUp":
            self.state.ignition, self.state.powertrain = "Stop", "Stopped"
        if on:
            self._agenda.due(now, "day", routine=True)

    def wake(self, at: float) -> None:
        """Wake the car, or keep it awake: it reports for five minutes."""
        idle = max(0.0, at - self.awake_until) / DAY
        self.state.battery_12v = max(55.0, self.state.battery_12v - 0.02 - 0.4 * idle)
        self._awake_since = at
        self.awake_until = at + AWAKE
        self._report(at)

    def fall_asleep(self, at: float) -> None:
        """Stop reporting."""
        self._awake_since = self.awake_until = at

    def start_drive(
        self, at: float, destination: Place, *, km: float | None = None, seconds: float | None = None
    ) -> Drive:
        """Set off: the doors close, the belts are fastened, the car runs until it arrives."""
        state = self.state
        self.unplug(at)
        straight = km_between(state.place, destination)
        distance = km if km is not None else max(0.5, straight * WINDING)
        rng = Random(f"{self.seed}:{rfc3339(at)}")
        pace = rng.uniform(26, 34) if distance < 12 else rng.uniform(45, 65)
        outside = self._outside(at)
        drive = Drive(
            started=at,
            duration=seconds or max(120, distance / pace * 3600 // 60 * 60),
            distance=distance,
            origin=state.place,
            destination=destination,
            bend=rng.uniform(-0.12, 0.12),
            odometer=state.odometer,
            electric=state.electric,
            fuel=state.fuel,
            fuel_used=state.fuel_used,
            outside=outside,
        )
        self.drive = drive
        self.stop_air(at)
        state.ignition, state.powertrain = "Start", "Running"
        state.mode = rng.choice(("Normal", "Normal", "Eco", "Sport"))
        state.open, state.locked, state.alarm_active = frozenset(), True, False
        state.belts_fastened = True
        state.lights = frozenset() if daylight(state.place, at) else frozenset({"fog"})
        state.touch(at, "doors", "safety", "alarm", "preconditioning")
        self._report(at)
        self._agenda.due(drive.ends, "arrive", of=drive)
        return drive

    def stop_drive(self, at: float) -> None:
        """Come to rest where the car is."""
        if not self.drive:
            return
        state = self.state
        self.drive.apply(state, self.character, at)
        self.drive = None
        self._parked_at, self._warm = at, state.coolant
        state.moving, state.speed, state.acceleration = False, 0.0, 0.0
        state.ignition, state.powertrain = "Stop", "Stopped"
        state.belts_fastened, state.lights = False, frozenset()
        state.battery_12v = min(94.0, state.battery_12v + 4)
        if self.character.tank and state.fuel < 15:
            state.fuel = 100.0
        state.touch(at, *DRIVING, "safety")
        self.wake(at)

    def plug(self, at: float) -> None:
        """Plug in: charging begins at once, or at the delayed time."""
        state = self.state
        if state.plugged:
            return
        state.plugged = True
        self.wake(at)
        wait = (self._local_midnight(at) + self.delayed_start - at) % DAY
        if self.delayed_start and wait:
            state.charging = "Stopped"
            self._charge_due = at + wait
            self._agenda.due(self._charge_due, "charge")
        else:
            self.start_charge(at)
        state.touch(at, "energies")

    def unplug(self, at: float) -> None:
        """Pull the plug."""
        self.stop_charge(at)
        self._charge_due = None
        self.state.plugged = False
        self.state.charging, self.state.charging_mode = "Disconnected", "No"
        self.state.touch(at, "energies")

    def start_charge(self, at: float, mode: ChargingMode = "Slow") -> None:
        """Begin to charge (plugging in first where needed), at home's power or at a fast charger's."""
        battery = self.character.battery
        if not battery or self.drive:
            return
        state = self.state
        state.plugged = True
        state.charging, state.charging_mode = "InProgress", mode
        self.charge = Charge(
            started=at,
            level=state.electric,
            target=100.0 if state.charge_limit == "Full" and mode == "Slow" else 80.0,
            power=(battery.dc or battery.ac) * 0.7 if mode == "Quick" else battery.ac,
            capacity=battery.capacity,
        )
        self.wake(at)
        state.touch(at, "energies")
        self._agenda.due(self.charge.ends, "charged", of=self.charge)

    def stop_charge(self, at: float) -> None:
        """Stop charging, still plugged."""
        if self.charge:
            self.charge.apply(self.state, at)
            self.charge = None
            self.state.charging, self.state.charging_mode = "Stopped", "No"
            self.state.touch(at, "energies")

    def start_air(self, at: float, *, scheduled: bool = False) -> None:
        """Begin to heat or cool the cabin; what forbids it is noted as a failure."""
        state = self.state
        cause = "NotParked" if self.drive else "DoorOpened" if state.open - {"RoofWindow"} else None
        if not cause and self.character.battery and not state.plugged and state.electric < 20:
            cause = "LowBattery"
        state.air = "Failure" if cause else "Enabled"
        state.air_failure = cause
        state.air_cause = "Scheduled" if scheduled else "Immediate"
        self.wake(at)
        state.touch(at, "preconditioning")
        if not cause:
            self._air_due = at + PREHEAT
            self._agenda.due(self._air_due, "air_done")

    def stop_air(self, at: float) -> None:
        """Stop heating or cooling."""
        if self.state.air == "Enabled":
            self.state.air = "Finished"
            self.state.touch(at, "preconditioning")

    def replan_charge(self, at: float) -> None:
        """Begin the charge under way anew, after the level was set by hand."""
        if self.charge:
            mode = self.state.charging_mode
            self.charge = None
            self.start_charge(at, mode)

    def _local_midnight(self, at: float) -> float:
        return midnight(at, self.character.home.utc_offset)

    def _outside(self, at: float) -> float:
        return temperature(self.state.place, at) if self.outside is None else self.outside

    def _first_look(self, born: float) -> None:
        state = self.state
        state.temperature = state.coolant = self._outside(born)
        state.daylight = daylight(state.place, born)
        state.touch(born, *DRIVING, "doors", "alarm", "preconditioning")
        state.touch(self.registered, "service", "safety")
        if "alarm_history" in self.character.quirks:
            state.alarm_trigger = AlarmTrigger("VolumetricBreakIn", born - 40 * DAY, state.place, state.heading)

    def _report(self, now: float) -> None:
        state = self.state
        if self.drive:
            at = tick(self.drive.started, min(now, self.drive.ends), DRIVING_REPORT)
            self.drive.apply(state, self.character, at)
            self._look_around(at)
            state.touch(at, *DRIVING)
            return
        if self.charge:
            at = tick(self.charge.started, min(now, self.charge.ends), CHARGING_REPORT)
            self.charge.apply(state, at)
            state.touch(at, "energies", "battery", "ignition")
        at = tick(self._awake_since, min(now, self.awake_until), PARKED_REPORT)
        self._look_around(at)
        cooled = exp((self._parked_at - at) / COOLING)
        state.coolant = state.temperature + max(0.0, self._warm - state.temperature) * cooled
        state.touch(at, *PARKED)

    def _look_around(self, at: float) -> None:
        self.state.temperature = self._outside(at)
        self.state.daylight = daylight(self.state.place, at)

    def _on_day(self, event: Event) -> None:
        today = self._local_midnight(event.at)
        for plan in drives(self.seed, today):
            if plan.at - 60 > event.at:
                self._agenda.due(plan.at - 60, "approach", routine=True, of=plan.destination)
        for program in self.air_programs.values():
            at = starts(program, today)
            if at is not None and at > event.at and "preconditioning" in self.character.members:
                self._agenda.due(at, "preheat", routine=True)
        self._agenda.due(today + DAY, "day", routine=True)

    def _on_approach(self, event: Event) -> None:
        destination = self.places[str(event.of)]
        if self.drive or not self._in_reach(destination, event.at):
            return
        state = self.state
        self.unplug(event.at)
        state.locked, state.open, state.alarm_active = False, frozenset({"Driver"}), False
        state.ignition, state.powertrain = "StartUp", "Starting"
        state.touch(event.at, "doors", "alarm")
        self.wake(event.at)
        self._agenda.due(event.at + 60, "depart", routine=True, of=event.of)

    def _in_reach(self, destination: Place, at: float) -> bool:
        straight = km_between(self.state.place, destination)
        if straight < 0.3:
            return False
        battery = self.character.battery
        if self.character.tank or not battery:
            return True
        per_km = consumption(battery, self._outside(at)) / (battery.capacity * 10)
        return straight * WINDING * per_km < self.state.electric * MOST_AWAY

    def _on_depart(self, event: Event) -> None:
        if not self.drive:
            self.start_drive(event.at, self.places[str(event.of)])

    def _on_arrive(self, event: Event) -> None:
        if event.of is not self.drive:
            return
        self.stop_drive(event.at)
        self._agenda.due(event.at + 40, "leave")
        self._agenda.due(event.at + 120, "lock")
        if self.routine and self.character.battery:
            self._plan_charge(event.at)

    def _plan_charge(self, at: float) -> None:
        level = self.state.electric
        if km_between(self.state.place, self.places["home"]) < 0.5:
            habit = 1.0 if self.character.tank else 0.35
            if level < 60 or Random(f"{self.seed}:{rfc3339(at)}:plug").random() < habit:
                self._agenda.due(at + 600, "plug", routine=True)
        elif level < 30 and not self.character.tank:
            self._agenda.due(at + 300, "fast_charge", routine=True)

    def _on_leave(self, event: Event) -> None:
        if not self.drive:
            self.state.locked, self.state.open = False, frozenset({"Driver"})
            self.state.touch(event.at, "doors")

    def _on_lock(self, event: Event) -> None:
        if not self.drive:
            self.state.locked, self.state.open, self.state.alarm_active = True, frozenset(), True
            self.state.touch(event.at, "doors", "alarm")
            self.wake(event.at)

    def _on_plug(self, event: Event) -> None:
        if not self.drive:
            self.plug(event.at)

    def _on_fast_charge(self, event: Event) -> None:
        self.start_charge(event.at, "Quick")

    def _on_charge(self, event: Event) -> None:
        if event.at == self._charge_due and not self.charge:
            self.start_charge(event.at)

    def _on_charged(self, event: Event) -> None:
        if event.of is self.charge and self.charge:
            self.state.electric = max(self.charge.target, self.charge.level)
            self.charge = None
            self.state.charging, self.state.charging_mode = "Finished", "No"
            self.state.touch(event.at, "energies")
            self.wake(event.at)

    def _on_preheat(self, event: Event) -> None:
        self.start_air(event.at, scheduled=True)

    def _on_air_done(self, event: Event) -> None:
        if event.at == self._air_due:
            self.stop_air(event.at)

    _HANDLERS: ClassVar[Mapping[str, Callable[[Car, Event], None]]] = {
        "day": _on_day,
        "approach": _on_approach,
        "depart": _on_depart,
        "arrive": _on_arrive,
        "leave": _on_leave,
        "lock": _on_lock,
        "plug": _on_plug,
        "fast_charge": _on_fast_charge,
        "charge": _on_charge,
        "charged": _on_charged,
        "preheat": _on_preheat,
        "air_done": _on_air_done,
    }
