"""What a car remembers: its trips, messages, alerts, alarms and collisions, the youngest of each."""

from collections import deque
from dataclasses import dataclass, replace
from hashlib import sha256

from .fleet import Character
from .incidents import FaultCause, TripFault
from .route import Place
from .state import Charge, Drive, State

# How much is kept of each; what parked cars told is kept for so many seconds.
TRIPS = 400
MOMENTS = 600
MOMENTS_FOR = 30 * 86400
ALARMS = 400
ALERTS = 100
COLLISIONS = 50


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something happened: a place, and the way the car headed (degrees)."""

    place: Place
    heading: int


@dataclass(slots=True, kw_only=True)
class Trip:
    """A drive that is remembered: how the car stood when it set off, and what the platform missed of it."""

    id: str
    drive: Drive
    begin: State
    fault: TripFault | None = None
    cause: FaultCause | None = None
    stopped: float | None = None

    @property
    def hidden(self) -> bool:
        """Whether the driver did not want to be seen."""
        return self.begin.privacy != "None"

    @property
    def state_word(self) -> str:
        """The word by which trips are filtered."""
        return self.fault or "Nominal"

    def at(self, character: Character, at: float) -> State:
        """Return how the car stood at an instant of this trip."""
        state = replace(self.begin, measured={})
        self.drive.apply(state, character, at)
        return state


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A message from a parked car: how it stood, and the charge that was under way."""

    at: float
    state: State
    charge: Charge | None


@dataclass(slots=True, kw_only=True)
class Alert:
    """A warning in the instruments; ``spot`` is unknown where the driver wanted privacy."""

    id: str
    kind: str
    started: float
    spot: Spot | None
    ended: float | None = None
    end_spot: Spot | None = None
    trips: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A change of the alarm: ``kind`` is what set it off, or None where it was armed (``active``) or disarmed."""

    id: str
    at: float
    active: bool = False
    kind: str | None = None
    spot: Spot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision:
    """A collision; ``trip`` is None for a car that stood."""

    id: str
    at: float
    side: str
    severity: str
    trip: str | None


class History:
    """The youngest of everything, oldest first."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self.trips = deque[Trip](maxlen=TRIPS)
        self.moments = deque[Moment](maxlen=MOMENTS)
        self.alerts = deque[Alert](maxlen=ALERTS)
        self.alarms = deque[Alarm](maxlen=ALARMS)
        self.collisions = deque[Collision](maxlen=COLLISIONS)

    @property
    def last_trip(self) -> Trip | None:
        """The trip that is under way, or the last one."""
        return self.trips[-1] if self.trips else None

    @property
    def active_alerts(self) -> list[Alert]:
        """The warnings that are on."""
        return [alert for alert in self.alerts if alert.ended is None]

    def begin_trip(self, drive: Drive, state: State, fault: TripFault | None, cause: FaultCause | None) -> None:
        """Remember that a drive begins."""
        begin = replace(state, measured={})
        self.trips.append(Trip(id=self._id("trip", drive.started), drive=drive, begin=begin, fault=fault, cause=cause))

    def end_trip(self, drive: Drive, at: float) -> None:
        """Remember that a drive has ended."""
        trip = self.last_trip
        if trip and trip.drive is drive:
            trip.stopped = at

    def note(self, at: float, state: State, charge: Charge | None) -> None:
        """Remember how a parked car stands; the last look at an instant counts."""
        if self.moments and self.moments[-1].at == at:
            self.moments.pop()
        self.moments.append(Moment(at=at, state=replace(state, measured={}), charge=charge))

    def armed(self, at: float, *, active: bool) -> None:
        """Remember that the alarm was armed or disarmed."""
        self.alarms.append(Alarm(id=self._id("armed", at, active), at=at, active=active))

    def sounded(self, at: float, kind: str, spot: Spot | None) -> None:
        """Remember what set the alarm off."""
        self.alarms.append(Alarm(id=self._id("alarm", at, kind), at=at, kind=kind, spot=spot))

    def start_alert(self, at: float, kind: str, spot: Spot | None) -> None:
        """Remember that a warning comes on, unless it is on."""
        if all(alert.kind != kind for alert in self.active_alerts):
            trips = (trip_id,) if (trip_id := self._trip_at(at)) else ()
            self.alerts.append(Alert(id=self._id("alert", at, kind), kind=kind, started=at, spot=spot, trips=trips))

    def end_alert(self, at: float, kind: str, spot: Spot | None) -> None:
        """Remember that a warning goes off."""
        for alert in self.active_alerts:
            if alert.kind == kind:
                alert.ended, alert.end_spot = at, spot

    def bumped(self, at: float, side: str, severity: str) -> None:
        """Remember a collision."""
        bump = Collision(id=self._id("bump", at), at=at, side=side, severity=severity, trip=self._trip_at(at))
        self.collisions.append(bump)

    def _trip_at(self, at: float) -> str | None:
        trip = self.last_trip
        return trip.id if trip and trip.stopped in {None, at} else None

    def _id(self, *parts: object) -> str:
        return sha256(":".join(map(str, (self._seed, *parts))).encode()).hexdigest()[:32]
