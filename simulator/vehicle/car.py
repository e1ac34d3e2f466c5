"""A simulated car.

Its state depends only on time and on its events, not on how often it is queried: between two events everything follows
from the clock, so a year costs a few thousand events. The handlers of the events are in `events`.
"""

from collections.abc import Callable, Iterable, Mapping
from random import Random

from ..clock import rfc3339
from .fleet import CarModel
from .history import MAX_SNAPSHOT_AGE, History, Location
from .incidents import draw_alerts, draw_bump, draw_trip_fault
from .oddities import Oddities
from .planning import PlannedEvent, plan_drives, plan_programs
from .programs import AirProgram, ChargeProgram
from .reporting import AWAKE_TIME, DRIVING_MEMBERS, Reporting
from .route import WINDING_FACTOR, Place, km_between
from .routine import driver_places, last_midnight
from .schedule import Event, ReportListener, Schedule
from .state import AlarmTrigger, Charge, ChargingMode, Drive, State, initial_state, preconditioning_failure
from .weather import DAY, is_daylight, temperature

# How many seconds preconditioning runs.
PRECONDITIONING_TIME = 20 * 60

type EventHandler = Callable[[Car, Event], None]


class Car:
    """A car: its identity, its state, and its scheduled events."""

    def __init__(
        self,
        *,
        model: CarModel,
        vin: str,
        vehicle_id: str,
        seed: str,
        created_at: float,
        follows_routine: bool,
        handlers: Mapping[str, EventHandler],
    ) -> None:
        """Create a car.

        Args:
            model: What kind of car it is.
            vin: Its VIN.
            vehicle_id: Its id in the API.
            seed: Determines everything that is random about it.
            created_at: When the simulation of the car starts, in seconds since 1970.
            follows_routine: Whether its driver follows a weekly routine; otherwise it stays parked.
            handlers: What happens when an event is due, by the kind of event.
        """
        self.model = model
        self.vin = vin
        self.id = vehicle_id
        self.seed = seed
        self.created_at = created_at
        self.follows_routine = follows_routine
        self._handlers = handlers
        rng = Random(f"{seed}:birth")
        base = model.home
        home = Place(base.longitude, base.latitude, base.altitude).towards(rng.uniform(0, 360), rng.uniform(0, 3))
        self.places = driver_places(seed, home)
        self.state = initial_state(model, home, rng)
        self.service_km = self.state.odometer + round(rng.uniform(3_000, 20_000))
        self.service_at = created_at + rng.uniform(60, 330) * DAY
        self.registered_at = created_at - rng.uniform(200, 900) * DAY
        self.air_programs: Mapping[int, AirProgram] = {slot: AirProgram() for slot in range(1, 5)}
        self.charge_programs: tuple[ChargeProgram, ...] = ()
        self.delayed_start = 0
        if "delayed_charge" in model.quirks:
            self.air_programs = {**self.air_programs, 1: AirProgram(enabled=True, start=7 * 3600, days=("Mon", "Tue"))}
            self.charge_programs = (ChargeProgram(enabled=True, start=22 * 3600, end=6 * 3600, days=("Mon", "Thu")),)
            self.delayed_start = 22 * 3600 + 5 * 60
        self.has_custom_programs = False
        self.temperature_override: float | None = None
        self.is_reachable, self.is_stolen, self.is_key_inside = True, False, False
        self.horns, self.destinations = 0, list[list[float]]()
        self.drive: Drive | None = None
        self.charge: Charge | None = None
        self.history = History(seed)
        self.oddities = Oddities()
        self.report_listener: ReportListener | None = None
        self._advanced_to, self._history_since = created_at, created_at
        self.reporting = Reporting(created_at, created_at + AWAKE_TIME, parked_since=created_at)
        self.delayed_charge_at: float | None = None
        self.preconditioning_ends_at: float | None = None
        self.schedule = Schedule()
        self._init_state()
        self.schedule.add(created_at, "day")

    @property
    def character(self) -> CarModel:
        """The model, under its former name."""
        return self.model

    def advance_to(self, now: float) -> State:
        """Bring the car up to date and return its state."""
        self._history_since = now - MAX_SNAPSHOT_AGE
        while (at := self.next_due()) <= now:
            self._advance_one(at)
        self._advance_one(max(now, self._advanced_to))
        return self.state

    def next_due(self) -> float:
        """Return when something happens next; each report counts if there is a listener."""
        if not self.report_listener:
            return self.schedule.next_at
        return min(
            self.schedule.next_at,
            self.report_listener.next_due(),
            self.reporting.next_report(self.drive, self.charge, self._advanced_to),
        )

    def call_at(self, at: float, function: Callable[[float], None]) -> None:
        """Schedule a function call."""
        self.schedule.add(at, "call", subject=function)

    def is_asleep(self, now: float) -> bool:
        """Return whether the car has stopped reporting."""
        is_charging_loudly = self.charge and not self.reporting.is_silent_while_charging
        return now >= self.reporting.awake_until and not self.drive and not is_charging_loudly

    def set_routine(self, now: float, *, on: bool) -> None:
        """Resume or pause the driver's routine."""
        if on == self.follows_routine:
            return
        self.follows_routine = on
        self.schedule.drop_routine()
        if self.state.ignition == "StartUp":
            self.state.ignition, self.state.powertrain = "Stop", "Stopped"
        if on:
            self.plan_day(now)

    def plan_day(self, now: float) -> None:
        """Schedule the rest of the day: the driver's trips and the programs."""
        midnight = self.midnight(now)
        if self.follows_routine:
            self._add_events(plan_drives(self.seed, midnight, now))
        if self.follows_routine or self.has_custom_programs:
            self._plan_programs(midnight, now)

    def replan_programs(self, at: float) -> None:
        """Schedule programs that were just changed."""
        self.has_custom_programs = True
        self._plan_programs(self.midnight(at), at)

    def wake(self, at: float, seconds: float = AWAKE_TIME) -> None:
        """Wake the car, or keep it awake, so that it reports for some seconds."""
        idle = max(0.0, at - self.reporting.awake_until) / DAY
        self.state.battery_12v = max(55.0, self.state.battery_12v - 0.02 - 0.4 * idle)
        self.reporting.stay_awake(at, seconds)
        self._report(at)
        self.record_snapshot(at)

    def record_snapshot(self, at: float) -> None:
        """Add the state to the history, unless the car drives: a trip has its own record."""
        if not self.drive and self.state.privacy != "Full" and at > self._history_since:
            self.history.add_snapshot(at, self.state, self.charge)

    def fall_asleep(self, at: float) -> None:
        """Stop reporting."""
        self.reporting.fall_asleep(at)

    def start_drive(
        self, at: float, destination: Place, *, km: float | None = None, seconds: float | None = None
    ) -> Drive:
        """Start a drive; doors close, belts are fastened, and it arrives by itself."""
        state = self.state
        self.unplug(at)
        straight = km_between(state.place, destination)
        distance = km if km is not None else max(0.5, straight * WINDING_FACTOR)
        rng = Random(f"{self.seed}:{rfc3339(at)}")
        speed = rng.uniform(26, 34) if distance < 12 else rng.uniform(45, 65)
        drive = Drive(
            started_at=at,
            duration=seconds or max(120, distance / speed * 3600 // 60 * 60),
            distance=distance,
            origin=state.place,
            destination=destination,
            bend=rng.uniform(-0.12, 0.12),
            odometer=state.odometer,
            electric=state.electric,
            fuel=state.fuel,
            fuel_used=state.fuel_used,
            outside=self.outside_temperature(at),
            bump=draw_bump(rng) if self.follows_routine else None,
        )
        self.drive = drive
        self.stop_preconditioning(at)
        state.ignition, state.powertrain = "Start", "Running"
        state.mode = rng.choice(("Normal", "Normal", "Eco", "Sport"))
        state.open, state.locked = frozenset(), True
        state.belts_fastened = True
        state.lights = frozenset() if is_daylight(state.place, at) else frozenset({"fog"})
        self.set_alarm(at, active=False)
        state.touch(at, "doors", "safety", "preconditioning")
        self._report(at)
        self._start_trip(drive, rng)
        self.schedule.add(drive.ends_at, "arrive", subject=drive)
        return drive

    def stop_drive(self, at: float) -> None:
        """Park the car where it is."""
        if not self.drive:
            return
        state, drive = self.state, self.drive
        drive.apply(state, self.model, at)
        self.drive = None
        self.reporting.park(at, state.coolant)
        state.moving, state.speed, state.acceleration = False, 0.0, 0.0
        state.ignition, state.powertrain = "Stop", "Stopped"
        state.belts_fastened, state.lights = False, frozenset()
        state.battery_12v = min(94.0, state.battery_12v + 4)
        state.touch(at, *DRIVING_MEMBERS, "safety")
        self.history.end_trip(drive, at)
        self.end_alert(at, "RiskOfIce")
        if self.model.tank and state.fuel < 15:
            self.start_alert(at, "FuelLevelLow")
        if drive.bump and at == drive.ends_at:
            self.collide(at, drive.bump, "Minimal")
        self.wake(at)

    def plug(self, at: float) -> None:
        """Plug in; charging starts immediately or at the delayed time."""
        state = self.state
        if state.plugged:
            return
        state.plugged = True
        self.wake(at)
        if not self.delay_charge(at):
            self.start_charge(at)
        state.touch(at, "energies")

    def delay_charge(self, at: float) -> bool:
        """Schedule the charge of a plugged-in car for the delayed time; return False if there is none."""
        wait = (self.midnight(at) + self.delayed_start - at) % DAY
        if not self.delayed_start or not wait:
            return False
        self.state.charging = "Stopped"
        self.delayed_charge_at = at + wait
        self.schedule.add(self.delayed_charge_at, "delayed_charge")
        return True

    def unplug(self, at: float) -> None:
        """Unplug the car."""
        self.stop_charge(at)
        self.delayed_charge_at = None
        self.state.plugged = False
        self.state.charging, self.state.charging_mode = "Disconnected", "No"
        self.state.touch(at, "energies")

    def start_charge(self, at: float, mode: ChargingMode = "Slow") -> None:
        """Start a charge, with AC power or ("Quick") DC power; plug in first if necessary."""
        battery = self.model.battery
        if not battery or self.drive:
            return
        state = self.state
        state.plugged = True
        state.charging, state.charging_mode = "InProgress", mode
        self.charge = Charge(
            started_at=at,
            level=state.electric,
            target=100.0 if state.charge_limit == "Full" and mode == "Slow" else 80.0,
            power=(battery.dc or battery.ac) * 0.7 if mode == "Quick" else battery.ac,
            capacity=battery.capacity,
        )
        self.wake(at)
        state.touch(at, "energies")
        self.schedule.add(self.charge.ends_at, "charged", subject=self.charge)

    def stop_charge(self, at: float) -> None:
        """Stop the charge; the car stays plugged in."""
        if self.charge:
            self.charge.apply(self.state, at)
            self.charge = None
            self.state.charging, self.state.charging_mode = "Stopped", "No"
            self.state.touch(at, "energies")

    def restart_charge(self, at: float) -> None:
        """Restart a running charge after the level or the limit was changed."""
        if self.charge:
            mode = self.state.charging_mode
            self.charge = None
            self.start_charge(at, mode)

    def start_preconditioning(self, at: float, *, is_scheduled: bool = False) -> None:
        """Start preconditioning; if it is not possible, report a failure with its cause."""
        state = self.state
        cause = "NotParked" if self.drive else preconditioning_failure(state, self.model)
        state.air = "Failure" if cause else "Enabled"
        state.air_failure = cause
        state.air_cause = "Scheduled" if is_scheduled else "Immediate"
        self.wake(at)
        state.touch(at, "preconditioning")
        if not cause:
            self.preconditioning_ends_at = at + PRECONDITIONING_TIME
            self.schedule.add(self.preconditioning_ends_at, "preconditioning_done")

    def stop_preconditioning(self, at: float) -> None:
        """Stop preconditioning, if it runs."""
        if self.state.air == "Enabled":
            self.state.air = "Finished"
            self.state.touch(at, "preconditioning")

    def set_locked(self, at: float, *, locked: bool, close_doors: bool = False) -> None:
        """Lock or unlock the car, which also arms or disarms its alarm."""
        self.state.locked = locked
        if close_doors:
            self.state.open = frozenset()
        self.state.touch(at, "doors")
        self.set_alarm(at, active=locked)

    def set_alarm(self, at: float, *, active: bool) -> None:
        """Arm or disarm the alarm."""
        if active != self.state.alarm_active and "alarm" in self.model.members:
            self.history.add_alarm_change(at, active=active)
        self.state.alarm_active = active
        self.state.touch(at, "alarm")

    def trigger_alarm(self, at: float, kind: str) -> None:
        """Set the alarm off."""
        state = self.state
        state.alarm_trigger = AlarmTrigger(kind, at, state.place, state.heading)
        self.history.add_alarm_trigger(at, kind, self.visible_location())
        state.touch(at, "alarm")

    def start_alert(self, at: float, kind: str) -> None:
        """Start an alert, unless it is active already."""
        self.history.start_alert(at, kind, self.visible_location())

    def end_alert(self, at: float, kind: str) -> None:
        """End an alert, if it is active."""
        self.history.end_alert(at, kind, self.visible_location())

    def collide(self, at: float, side: str, severity: str) -> None:
        """Record a collision; a major one also triggers the emergency call."""
        self.history.add_collision(at, side, severity)
        if severity == "Major":
            self.state.ecall = "Detected"
            self.state.touch(at, "safety")

    def visible_location(self) -> Location | None:
        """Return where the car is, or None if the driver's privacy hides it."""
        return Location(self.state.place, self.state.heading) if self.state.privacy == "None" else None

    def midnight(self, at: float) -> float:
        """Return the last midnight in the car's time zone."""
        return last_midnight(at, self.model.home.utc_offset)

    def outside_temperature(self, at: float) -> float:
        """Return the outside temperature in °C."""
        return temperature(self.state.place, at) if self.temperature_override is None else self.temperature_override

    def _init_state(self) -> None:
        state, at = self.state, self.created_at
        state.temperature = state.coolant = self.outside_temperature(at)
        state.daylight = is_daylight(state.place, at)
        state.touch(at, *DRIVING_MEMBERS, "doors", "alarm", "preconditioning")
        state.touch(self.registered_at, "service", "safety")
        if "alarm_history" in self.model.quirks:
            self.trigger_alarm(at - 40 * DAY, "VolumetricBreakIn")

    def _plan_programs(self, midnight: float, now: float) -> None:
        air_programs = self.air_programs if "preconditioning" in self.model.members else {}
        self._add_events(plan_programs(air_programs, self.charge_programs, midnight, now))

    def _add_events(self, events: Iterable[PlannedEvent]) -> None:
        for event in events:
            self.schedule.add(event.at, event.kind, is_routine=event.is_routine, subject=event.subject)

    def _start_trip(self, drive: Drive, rng: Random) -> None:
        fault, cause = draw_trip_fault(rng, is_hidden=self.state.privacy != "None")
        if self.state.privacy != "Full":
            self.history.start_trip(drive, self.state, fault, cause)
        if self.follows_routine:
            active = [alert.kind for alert in self.history.active_alerts]
            started, ended = draw_alerts(rng, drive.outside, active)
            for kind in ended:
                self.end_alert(drive.started_at, kind)
            for kind in started:
                self.start_alert(drive.started_at, kind)

    def _advance_one(self, at: float) -> None:
        """Advance to an instant without events in between."""
        self._advanced_to = at
        self._report(at)
        while event := self.schedule.pop_due(at):
            self._handlers[event.kind](self, event)
        if self.report_listener:
            self.report_listener.on_report(at)

    def _report(self, now: float) -> None:
        self.reporting.update(self.state, self.model, self.drive, self.charge, now, self.outside_temperature)
