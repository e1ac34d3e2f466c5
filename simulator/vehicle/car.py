"""A car: an event-stepped machine that is brought up to date when somebody looks at it.

Between two events everything follows from the clock alone, so a year costs a few thousand events, and how a car stands
does not depend on how often it was asked. What comes due by itself is told in ``life``.
"""

from collections.abc import Callable, Mapping
from math import exp, inf
from random import Random

from ..clock import rfc3339
from .events import HANDLERS, plan_day, plan_programs
from .fleet import Character
from .history import MOMENTS_FOR, History, Spot
from .incidents import mishap, trip_fault, warnings
from .programs import AirProgram, ChargeProgram
from .route import WINDING, Place, km_between
from .routine import midnight, places
from .schedule import Agenda, Watcher
from .state import AlarmTrigger, Charge, ChargingMode, Drive, State, next_tick, tick
from .weather import DAY, daylight, temperature

DRIVING_REPORT = 60
CHARGING_REPORT = 300
PARKED_REPORT = 60
AWAKE = 300
PREHEAT = 20 * 60
COOLING = 3600

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
        self.service_km = self.state.odometer + round(rng.uniform(3_000, 20_000))
        self.service_at = born + rng.uniform(60, 330) * DAY
        self.registered = born - rng.uniform(200, 900) * DAY
        self.air_programs: Mapping[int, AirProgram] = {slot: AirProgram() for slot in range(1, 5)}
        self.charge_programs: tuple[ChargeProgram, ...] = ()
        self.delayed_start = 0
        if "delayed_charge" in character.quirks:
            self.air_programs = {**self.air_programs, 1: AirProgram(enabled=True, start=7 * 3600, days=("Mon", "Tue"))}
            self.charge_programs = (ChargeProgram(enabled=True, start=22 * 3600, end=6 * 3600, days=("Mon", "Thu")),)
            self.delayed_start = 22 * 3600 + 5 * 60
        self.programmed = False
        self.outside: float | None = None
        self.reachable, self.stolen, self.key_inside = True, False, False
        self.horns, self.destinations = 0, list[list[float]]()
        self.drive: Drive | None = None
        self.charge: Charge | None = None
        self.history = History(seed)
        self.watcher: Watcher | None = None
        self._lived, self._worth_noting = born, born
        self._awake_since = born
        self.awake_until = born + AWAKE
        self._parked_at, self._warm = born, 0.0
        self.charge_due: float | None = None
        self.air_due: float | None = None
        self.agenda = Agenda()
        self._first_look(born)
        self.agenda.due(born, "day")

    def advance(self, now: float) -> State:
        """Live up to an instant and return how the car stands then."""
        self._worth_noting = now - MOMENTS_FOR
        while (at := self.next_due()) <= now:
            self._live(at)
        self._live(max(now, self._lived))
        return self.state

    def next_due(self) -> float:
        """Return when something happens next; a watched car reports one by one."""
        if not self.watcher:
            return self.agenda.next_at
        return min(self.agenda.next_at, self.watcher.due(), self._next_report())

    def call(self, at: float, function: Callable[[float], None]) -> None:
        """Have something called at an instant of this car's life."""
        self.agenda.due(at, "call", of=function)

    def asleep(self, now: float) -> bool:
        """Return whether the car has stopped reporting."""
        return now >= self.awake_until and not self.drive and not self.charge

    def set_routine(self, now: float, *, on: bool) -> None:
        """Let the driver's week go on, or pause it."""
        if on == self.routine:
            return
        self.routine = on
        self.agenda.drop_routine()
        if self.state.ignition == "StartUp":
            self.state.ignition, self.state.powertrain = "Stop", "Stopped"
        if on:
            plan_day(self, now)

    def wake(self, at: float, seconds: float = AWAKE) -> None:
        """Wake the car, or keep it awake: it reports for a while."""
        idle = max(0.0, at - self.awake_until) / DAY
        self.state.battery_12v = max(55.0, self.state.battery_12v - 0.02 - 0.4 * idle)
        self._awake_since = at
        self.awake_until = max(self.awake_until, at + seconds)
        self._report(at)
        self.note(at)

    def note(self, at: float) -> None:
        """Remember how the car stands, unless it drives: a drive remembers itself."""
        if not self.drive and self.state.privacy != "Full" and at > self._worth_noting:
            self.history.note(at, self.state, self.charge)

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
            outside=self.weather(at),
            bump=mishap(rng) if self.routine else None,
        )
        self.drive = drive
        self.stop_air(at)
        state.ignition, state.powertrain = "Start", "Running"
        state.mode = rng.choice(("Normal", "Normal", "Eco", "Sport"))
        state.open, state.locked = frozenset(), True
        state.belts_fastened = True
        state.lights = frozenset() if daylight(state.place, at) else frozenset({"fog"})
        self.arm(at, active=False)
        state.touch(at, "doors", "safety", "preconditioning")
        self._report(at)
        self._begin_trip(drive, rng)
        self.agenda.due(drive.ends, "arrive", of=drive)
        return drive

    def _begin_trip(self, drive: Drive, dice: Random) -> None:
        fault, cause = trip_fault(dice, hidden=self.state.privacy != "None")
        if self.state.privacy != "Full":
            self.history.begin_trip(drive, self.state, fault, cause)
        if self.routine:
            begun, ended = warnings(dice, drive.outside, [alert.kind for alert in self.history.active_alerts])
            for kind in ended:
                self.end_alert(drive.started, kind)
            for kind in begun:
                self.start_alert(drive.started, kind)

    def stop_drive(self, at: float) -> None:
        """Come to rest where the car is."""
        if not self.drive:
            return
        state, drive = self.state, self.drive
        drive.apply(state, self.character, at)
        self.drive = None
        self._parked_at, self._warm = at, state.coolant
        state.moving, state.speed, state.acceleration = False, 0.0, 0.0
        state.ignition, state.powertrain = "Stop", "Stopped"
        state.belts_fastened, state.lights = False, frozenset()
        state.battery_12v = min(94.0, state.battery_12v + 4)
        state.touch(at, *DRIVING, "safety")
        self.history.end_trip(drive, at)
        self.end_alert(at, "RiskOfIce")
        if self.character.tank and state.fuel < 15:
            self.start_alert(at, "FuelLevelLow")
        if drive.bump and at == drive.ends:
            self.collide(at, drive.bump, "Minimal")
        self.wake(at)

    def plug(self, at: float) -> None:
        """Plug in: charging begins at once, or at the delayed time."""
        state = self.state
        if state.plugged:
            return
        state.plugged = True
        self.wake(at)
        if not self.delay_charge(at):
            self.start_charge(at)
        state.touch(at, "energies")

    def delay_charge(self, at: float) -> bool:
        """Wait for the delayed time with a plug that is in; False if there is nothing to wait for."""
        wait = (self.midnight(at) + self.delayed_start - at) % DAY
        if not self.delayed_start or not wait:
            return False
        self.state.charging = "Stopped"
        self.charge_due = at + wait
        self.agenda.due(self.charge_due, "charge")
        return True

    def unplug(self, at: float) -> None:
        """Pull the plug."""
        self.stop_charge(at)
        self.charge_due = None
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
        self.agenda.due(self.charge.ends, "charged", of=self.charge)

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
            self.air_due = at + PREHEAT
            self.agenda.due(self.air_due, "air_done")

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

    def replan_programs(self, at: float) -> None:
        """Follow programs that have just been changed, from now on."""
        self.programmed = True
        plan_programs(self, self.midnight(at), at)

    def lock(self, at: float, *, locked: bool, closing: bool = False) -> None:
        """Lock or unlock; the alarm goes with it."""
        self.state.locked = locked
        if closing:
            self.state.open = frozenset()
        self.state.touch(at, "doors")
        self.arm(at, active=locked)

    def arm(self, at: float, *, active: bool) -> None:
        """Arm or disarm the alarm."""
        if active != self.state.alarm_active and "alarm" in self.character.members:
            self.history.armed(at, active=active)
        self.state.alarm_active = active
        self.state.touch(at, "alarm")

    def break_in(self, at: float, kind: str) -> None:
        """Have somebody set the alarm off."""
        state = self.state
        state.alarm_trigger = AlarmTrigger(kind, at, state.place, state.heading)
        self.history.sounded(at, kind, self.spot())
        state.touch(at, "alarm")

    def start_alert(self, at: float, kind: str) -> None:
        """Show a warning in the instruments."""
        self.history.start_alert(at, kind, self.spot())

    def end_alert(self, at: float, kind: str) -> None:
        """Take a warning away, if it is there."""
        self.history.end_alert(at, kind, self.spot())

    def collide(self, at: float, side: str, severity: str) -> None:
        """Bump into something."""
        self.history.bumped(at, side, severity)
        if severity == "Major":
            self.state.ecall = "Detected"
            self.state.touch(at, "safety")

    def spot(self) -> Spot | None:
        """Return where the car is, as far as the driver lets that be seen."""
        return Spot(self.state.place, self.state.heading) if self.state.privacy == "None" else None

    def midnight(self, at: float) -> float:
        """Return the last midnight where the car lives."""
        return midnight(at, self.character.home.utc_offset)

    def weather(self, at: float) -> float:
        """Return degrees Celsius outside."""
        return temperature(self.state.place, at) if self.outside is None else self.outside

    def _first_look(self, born: float) -> None:
        state = self.state
        state.temperature = state.coolant = self.weather(born)
        state.daylight = daylight(state.place, born)
        state.touch(born, *DRIVING, "doors", "alarm", "preconditioning")
        state.touch(self.registered, "service", "safety")
        if "alarm_history" in self.character.quirks:
            self.break_in(born - 40 * DAY, "VolumetricBreakIn")

    def _live(self, at: float) -> None:
        self._lived = at
        self._report(at)
        while event := self.agenda.next(at):
            HANDLERS[event.kind](self, event)
        if self.watcher:
            self.watcher.seen(at)

    def _next_report(self) -> float:
        if self.drive:
            return next_tick(self.drive.started, self.drive.ends, DRIVING_REPORT, self._lived)
        parked = next_tick(self._awake_since, self.awake_until, PARKED_REPORT, self._lived)
        charging = inf
        if self.charge:
            charging = next_tick(self.charge.started, self.charge.ends, CHARGING_REPORT, self._lived)
        return min(parked, charging)

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
        self.state.temperature = self.weather(at)
        self.state.daylight = daylight(self.state.place, at)
