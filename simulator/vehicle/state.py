"""How a car stands, and the two things that change it while time passes: a drive and a charge."""

from dataclasses import dataclass, field
from math import cos, inf, pi, sin
from typing import Literal

from .fleet import Battery, Character
from .route import Place, along

type ChargingStatus = Literal["Disconnected", "InProgress", "Failure", "Stopped", "Finished"]
type ChargingMode = Literal["No", "Slow", "Quick"]
type AirStatus = Literal["Enabled", "Disabled", "Finished", "Failure"]
type PrivacyState = Literal["None", "Geolocation", "Full"]

# An electric car with a tank turns to it when this little charge (%) is left.
RESERVE = 8.0

# Far less than any report, far more than the last digit of a time in seconds.
_ROUNDING = 1e-3

OPENINGS = ("Driver", "Passenger", "RearLeft", "RearRight", "Trunk", "RearWindow", "RoofWindow")


@dataclass(frozen=True, slots=True)
class AlarmTrigger:
    """What set the alarm off: its word in the API, when, and where the car stood."""

    kind: str
    at: float
    place: Place
    heading: int


@dataclass(slots=True, kw_only=True)
class State:
    """What a car knows about itself: km, %, degrees Celsius, km/h; ``measured`` says when, object by object."""

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
        """Note that these objects were measured at an instant."""
        measured = self.measured
        for member in members:
            if measured.get(member, at) <= at:
                measured[member] = at


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """A drive from place to place, with the levels at its start: everything under way follows from time alone."""

    started: float
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
    def ends(self) -> float:
        """When it arrives."""
        return self.started + self.duration

    def apply(self, state: State, character: Character, at: float) -> None:
        """Bring a state to an instant of this drive."""
        part = min(1.0, max(0.0, (at - self.started) / self.duration))
        done = (1 - cos(pi * part)) / 2
        km = self.distance * done
        state.place, state.heading = along(self.origin, self.destination, done, self.bend)
        state.odometer = self.odometer + km
        state.speed = self.distance / (self.duration / 3600) * pi / 2 * sin(pi * part)
        state.acceleration = self.distance * 1000 * (pi / self.duration) ** 2 / 2 * cos(pi * part)
        state.moving = part < 1
        state.coolant = self.outside + (90 - self.outside) * min(1.0, (at - self.started) / 600)
        self._consume(state, character, km)

    def _consume(self, state: State, character: Character, km: float) -> None:
        on_battery = 0.0
        if character.battery:
            per_km = consumption(character.battery, self.outside) / (character.battery.capacity * 10)
            reserve = RESERVE if character.tank else 0.0
            on_battery = min(km, max(0.0, self.electric - reserve) / per_km)
            state.electric = max(0.0, self.electric - on_battery * per_km)
        if character.tank:
            used = (km - on_battery) * character.tank.consumption / 100
            state.fuel = max(0.0, self.fuel - used / character.tank.capacity * 100)
            state.fuel_used = self.fuel_used + used


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A charge from a level to a target (%), at a power in kW."""

    started: float
    level: float
    target: float
    power: float
    capacity: float

    @property
    def ends(self) -> float:
        """When it reaches its target."""
        return self.started + max(0.0, self.target - self.level) / self.percent_per_second

    @property
    def percent_per_second(self) -> float:
        """How fast the level rises; a tenth of the power is lost on the way."""
        return self.power * 0.9 / self.capacity * 100 / 3600

    def apply(self, state: State, at: float) -> None:
        """Bring a state to an instant of this charge."""
        state.electric = min(self.target, self.level + (at - self.started) * self.percent_per_second)


def consumption(battery: Battery, temperature: float) -> float:
    """Return what one km takes, in Wh: cold costs."""
    return battery.consumption * (1 + max(0.0, 20 - temperature) * 0.012)


def tick(since: float, now: float, every: float) -> float:
    """Return the last instant, not after now, at which a car that reports regularly has reported."""
    return since + max(0.0, now - since + _ROUNDING) // every * every


def next_tick(since: float, until: float, every: float, now: float) -> float:
    """Return the next instant after now at which a car reports that does so until an instant; infinity if none."""
    at = tick(since, now, every) + every
    return at if at <= until else inf
