"""A car's history: its latest trips, snapshots, alerts, alarms and collisions."""

from collections import deque
from dataclasses import dataclass, replace
from hashlib import sha256, shake_256

from .fleet import CarModel
from .incidents import FaultCause, TripFault
from .route import Place
from .state import Charge, Drive, State

# How many entries of each kind are kept, and for how many seconds the snapshots of a parked car.
MAX_TRIPS = 400
MAX_SNAPSHOTS = 600
MAX_SNAPSHOT_AGE = 30 * 86400
MAX_ALARMS = 400
MAX_ALERTS = 100
MAX_COLLISIONS = 50
# The length of the ids of trips, as long as those of the platform.
TRIP_ID_LENGTH = 129


@dataclass(frozen=True, slots=True)
class Location:
    """A place, and the car's heading in degrees."""

    place: Place
    heading: int


@dataclass(slots=True, kw_only=True)
class Trip:
    """A recorded drive.

    Attributes:
        id: The API's id of the trip.
        drive: The drive.
        start_state: The car's state when it set off.
        fault: The part that the platform missed.
        cause: Why the platform missed it.
        stopped_at: When the drive ended; None while it is under way.
    """

    id: str
    drive: Drive
    start_state: State
    fault: TripFault | None = None
    cause: FaultCause | None = None
    stopped_at: float | None = None

    @property
    def is_hidden(self) -> bool:
        """Whether the driver's privacy hides where the trip went."""
        return self.start_state.privacy != "None"

    @property
    def api_state(self) -> str:
        """The trip's state, as the parameter `states` and the trigger `vehicle.trip.state` name it."""
        return self.fault or "Nominal"

    def state_at(self, model: CarModel, at: float) -> State:
        """Return the car's state at an instant of this trip."""
        state = replace(self.start_state, measured={})
        self.drive.apply(state, model, at)
        return state


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A parked car's state at an instant, and its running charge."""

    at: float
    state: State
    charge: Charge | None


@dataclass(slots=True, kw_only=True)
class Alert:
    """A warning on the dashboard; locations are None where the driver's privacy hides them."""

    id: str
    kind: str
    started_at: float
    location: Location | None
    ended_at: float | None = None
    end_location: Location | None = None
    trips: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A change of the alarm.

    Attributes:
        id: The API's id of the alarm.
        at: When it happened.
        is_active: Whether the alarm was armed or disarmed, if `kind` is None.
        kind: What set the alarm off; None if it was armed or disarmed.
        location: Where the car was; None where the driver's privacy hides it.
    """

    id: str
    at: float
    is_active: bool = False
    kind: str | None = None
    location: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision:
    """A collision; `trip` is the id of the trip on which it happened, None for a parked car."""

    id: str
    at: float
    side: str
    severity: str
    trip: str | None


class History:
    """The latest entries of each kind, oldest first."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self.trips = deque[Trip](maxlen=MAX_TRIPS)
        self.snapshots = deque[Snapshot](maxlen=MAX_SNAPSHOTS)
        self.alerts = deque[Alert](maxlen=MAX_ALERTS)
        self.alarms = deque[Alarm](maxlen=MAX_ALARMS)
        self.collisions = deque[Collision](maxlen=MAX_COLLISIONS)

    @property
    def last_trip(self) -> Trip | None:
        """The current trip, or the last one."""
        return self.trips[-1] if self.trips else None

    @property
    def active_alerts(self) -> list[Alert]:
        """The alerts that have not ended."""
        return [alert for alert in self.alerts if alert.ended_at is None]

    def start_trip(self, drive: Drive, state: State, fault: TripFault | None, cause: FaultCause | None) -> None:
        """Add a trip."""
        trip_id = shake_256(f"{self._seed}:trip:{drive.started_at}".encode()).hexdigest(TRIP_ID_LENGTH)[:TRIP_ID_LENGTH]
        start_state = replace(state, measured={})
        self.trips.append(Trip(id=trip_id, drive=drive, start_state=start_state, fault=fault, cause=cause))

    def end_trip(self, drive: Drive, at: float) -> None:
        """End the trip of a drive."""
        trip = self.last_trip
        if trip and trip.drive is drive:
            trip.stopped_at = at

    def add_snapshot(self, at: float, state: State, charge: Charge | None) -> None:
        """Add a snapshot of a parked car; it replaces an earlier one of the same instant."""
        if self.snapshots and self.snapshots[-1].at == at:
            self.snapshots.pop()
        self.snapshots.append(Snapshot(at=at, state=replace(state, measured={}), charge=charge))

    def add_alarm_change(self, at: float, *, active: bool) -> None:
        """Add that the alarm was armed or disarmed."""
        self.alarms.append(Alarm(id=self._id("armed", at, active), at=at, is_active=active))

    def add_alarm_trigger(self, at: float, kind: str, location: Location | None) -> None:
        """Add that the alarm was set off."""
        self.alarms.append(Alarm(id=self._id("alarm", at, kind), at=at, kind=kind, location=location))

    def start_alert(self, at: float, kind: str, location: Location | None) -> None:
        """Start an alert, unless it is active already."""
        if all(alert.kind != kind for alert in self.active_alerts):
            trips = (trip_id,) if (trip_id := self._trip_at(at)) else ()
            alert_id = self._id("alert", at, kind)
            self.alerts.append(Alert(id=alert_id, kind=kind, started_at=at, location=location, trips=trips))

    def end_alert(self, at: float, kind: str, location: Location | None) -> None:
        """End an alert, if it is active."""
        for alert in self.active_alerts:
            if alert.kind == kind:
                alert.ended_at, alert.end_location = at, location

    def add_collision(self, at: float, side: str, severity: str) -> None:
        """Add a collision."""
        collision_id = self._id("bump", at)
        self.collisions.append(Collision(id=collision_id, at=at, side=side, severity=severity, trip=self._trip_at(at)))

    def _trip_at(self, at: float) -> str | None:
        trip = self.last_trip
        return trip.id if trip and trip.stopped_at in {None, at} else None

    def _id(self, *parts: object) -> str:
        return sha256(":".join(map(str, (self._seed, *parts))).encode()).hexdigest()[:32]
