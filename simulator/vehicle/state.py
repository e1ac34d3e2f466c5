"""A car's state, and the two processes that change it over time: driving and charging."""

from dataclasses import dataclass, field
from math import cos, inf, pi, sin
from random import Random
from typing import Literal

from .fleet import Battery, CarModel
from .route import Place, point_on_route

type ChargingStatus = Literal["Disconnected", "InProgress", "Failure", "Stopped", "Finished"]
type ChargingMode = Literal["No", "Slow", "Quick"]
type AirStatus = Literal["Enabled", "Disabled", "Finished", "Failure"]
type PrivacyState = Literal["None", "Geolocation", "Full"]

# A hybrid switches to its combustion engine below this charge level (%).
HYBRID_RESERVE = 8.0

# Preconditioning needs at least this charge level (%), unless the car is plugged in.
MIN_PRECONDITIONING_LEVEL = 20

# Tolerance in seconds: far less than any report interval, far more than a rounding error of a timestamp.
_ROUNDING = 1e-3


@dataclass(frozen=True, slots=True)
class AlarmTrigger:
    """What set the alarm off, when, and where the car was."""

    kind: str
    at: float
    place: Place
    heading: int


@dataclass(slots=True, kw_only=True)
class State:
    """A car's state, in km, %, °C and km/h.

    The control interface shows these fields by their names. `measured` holds the time of the last measurement of each
    object of the status.
    """

    place: Place
    odometer: float
    electric: float
    fuel: float
    battery_12v: float
    fuel_used: float = 0.0
    heading: int = 0
    fix: Literal["Acquire", "Estimated"] = "Acquire"
    ignition: Literal["Stop", "StartUp", "Start"] = "Stop"
    powertrain: Literal["NotRunning", "Starting", "Running", "Stopping", "Stopped"] = "Stopped"
    mode: str = "Normal"
    moving: bool = False
    speed: float = 0.0
    acceleration: float = 0.0
    temperature: float = 15.0
    daylight: bool = True
    coolant: float = 15.0
    locked: bool = True
    open: frozenset[str] = frozenset()
    belts_fastened: bool = False
    lights: frozenset[str] = frozenset()
    ecall: Literal["NotDetected", "Detected", "ShockDetectionUnabled"] = "NotDetected"
    alarm_active: bool = True
    alarm_trigger: AlarmTrigger | None = None
    plugged: bool = False
    charging: ChargingStatus = "Disconnected"
    charging_mode: ChargingMode = "No"
    charge_limit: Literal["Full", "Partial"] = "Full"
    charge_power: Literal["Level1", "Level2", "Level3", "Level4", "Level5"] = "Level5"
    air: AirStatus = "Disabled"
    air_cause: Literal["Immediate", "Scheduled"] | None = None
    air_failure: str | None = None
    privacy: PrivacyState = "None"
    measured: dict[str, float] = field(default_factory=dict)

    def touch(self, at: float, *members: str) -> None:
        """Set the measurement time of some objects of the status; it never goes back."""
        measured = self.measured
        for member in members:
            if measured.get(member, at) <= at:
                measured[member] = at


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """A drive between two places; the state at any instant of it follows from the values at its start.

    Attributes:
        started_at: When it starts, in seconds since 1970.
        duration: In seconds.
        distance: In km.
        origin: Where it starts.
        destination: Where it ends.
        bend: How far the route swings sideways, as a share of its length.
        odometer: In km, at the start.
        electric: Charge level in %, at the start.
        fuel: Fuel level in %, at the start.
        fuel_used: Fuel used before, in the unit of the tank.
        outside: Outside temperature in °C.
        bump: The side on which the car bumps into something when it parks.
    """

    started_at: float
    duration: float
    distance: float
    origin: Place
    destination: Place
    bend: float
    odometer: float
    electric: float
    fuel: float
    fuel_used: float
    outside: float
    bump: str | None = None

    @property
    def ends_at(self) -> float:
        """When it arrives."""
        return self.started_at + self.duration

    def apply(self, state: State, model: CarModel, at: float) -> None:
        """Update a state to an instant of this drive."""
        fraction = min(1.0, max(0.0, (at - self.started_at) / self.duration))
        covered = (1 - cos(pi * fraction)) / 2
        km = self.distance * covered
        state.place, state.heading = point_on_route(self.origin, self.destination, covered, self.bend)
        state.odometer = self.odometer + km
        state.speed = self.distance / (self.duration / 3600) * pi / 2 * sin(pi * fraction)
        state.acceleration = self.distance * 1000 * (pi / self.duration) ** 2 / 2 * cos(pi * fraction)
        state.moving = fraction < 1
        state.coolant = self.outside + (90 - self.outside) * min(1.0, (at - self.started_at) / 600)
        self._consume(state, model, km)

    def _consume(self, state: State, model: CarModel, km: float) -> None:
        electric_km = 0.0
        if model.battery:
            percent_per_km = energy_per_km(model.battery, self.outside) / (model.battery.capacity * 10)
            reserve = HYBRID_RESERVE if model.tank else 0.0
            electric_km = min(km, max(0.0, self.electric - reserve) / percent_per_km)
            state.electric = max(0.0, self.electric - electric_km * percent_per_km)
        if model.tank:
            used = (km - electric_km) * model.tank.consumption / 100
            state.fuel = max(0.0, self.fuel - used / model.tank.capacity * 100)
            state.fuel_used = self.fuel_used + used


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A charge from a level to a target (%), with a power in kW and a battery capacity in kWh."""

    started_at: float
    level: float
    target: float
    power: float
    capacity: float

    @property
    def ends_at(self) -> float:
        """When it reaches its target."""
        return self.started_at + max(0.0, self.target - self.level) / self.percent_per_second

    @property
    def percent_per_second(self) -> float:
        """How fast the level rises; a tenth of the power is lost."""
        return self.power * 0.9 / self.capacity * 100 / 3600

    def apply(self, state: State, at: float) -> None:
        """Update a state to an instant of this charge."""
        state.electric = min(self.target, self.level + (at - self.started_at) * self.percent_per_second)


def initial_state(model: CarModel, home: Place, rng: Random) -> State:
    """Return the state of a new car that is parked at home."""
    return State(
        place=home,
        odometer=round(rng.uniform(2_000, 60_000), 1),
        electric=float(rng.randint(45, 85)) if model.battery else 0.0,
        fuel=float(rng.randint(30, 90)) if model.tank else 0.0,
        battery_12v=float(rng.randint(78, 92)),
        heading=rng.randrange(360),
    )


def preconditioning_failure(state: State, model: CarModel) -> str | None:
    """Return the API's word for why a parked car cannot start preconditioning, or None if it can."""
    if state.open - {"RoofWindow"}:
        return "DoorOpened"
    is_low = model.battery and not state.plugged and state.electric < MIN_PRECONDITIONING_LEVEL
    return "LowBattery" if is_low else None


def energy_per_km(battery: Battery, temperature: float) -> float:
    """Return the consumption in Wh/km; it rises when it is cold (°C)."""
    return battery.consumption * (1 + max(0.0, 20 - temperature) * 0.012)


def last_report_time(since: float, now: float, interval: float) -> float:
    """Return the time of the last report, not after `now`, of a car that has reported at an interval since `since`."""
    return since + max(0.0, now - since + _ROUNDING) // interval * interval


def next_report_time(since: float, until: float, interval: float, now: float) -> float:
    """Return the time of the first report after `now`, or infinity if that is after `until`."""
    at = last_report_time(since, now, interval) + interval
    return at if at <= until else inf
