"""Theft tracking as plain values: what is recorded, when the car is woken, and whether it was towed away."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from homeassistant.util import dt as dt_util
from homeassistant.util.location import distance

from ...api import Position
from ...history.events import EventItem
from ...vehicle.state import ALARM_MAX_AGE, VehicleState
from ...vehicle.stored import StoredModel

DEFAULT_DURATION: Final = timedelta(hours=2)
MIN_DURATION: Final = timedelta(minutes=10)
MAX_DURATION: Final = timedelta(days=1)
# A car that has reported within this time is awake
MAX_SILENCE: Final = timedelta(minutes=5)
MAX_WAKE_UPS: Final = 12
MIN_WAKE_UP_INTERVAL: Final = timedelta(minutes=10)
MAX_POINTS: Final = 1500
# A car that was towed is farther away than it can have been driven: odometers report whole kilometers
TOLERANCE: Final = 1.0  # km
# Of an odometer reading and a position that belong together
MAX_DIFFERENCE: Final = timedelta(minutes=5)


class Reason(StrEnum):
    """Why a car is tracked."""

    PERSON = "person"
    ALARM = "alarm"
    TOWED = "towed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedPoint(StoredModel):
    """Where a car was."""

    time: datetime
    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking(StoredModel):
    """The tracking of a car, as it is stored.

    Attributes:
        started: When it was started.
        until: When it ends.
        reason: Why it was started.
        is_active: Whether it has not ended.
        wake_ups: How often the car was woken.
        last_wake_up: When it was woken last.
        points: Where it was.
    """

    started: datetime
    until: datetime
    reason: Reason
    is_active: bool = True
    wake_ups: int = 0
    last_wake_up: datetime | None = None
    points: Sequence[TrackedPoint] = ()

    def should_wake(self, now: datetime, reported_at: datetime | None) -> bool:
        """Return whether to wake the car: it is silent, and the wake-ups of the whole duration are not used up.

        Args:
            now: The current time.
            reported_at: When the car last reported; None if unknown.
        """
        if self.wake_ups >= MAX_WAKE_UPS or (reported_at and now - reported_at < MAX_SILENCE):
            return False
        interval = max(MIN_WAKE_UP_INTERVAL, (self.until - self.started) / MAX_WAKE_UPS)
        return self.last_wake_up is None or now - self.last_wake_up >= interval

    def with_wake_up(self, now: datetime) -> Tracking:
        """Return the tracking with one more wake-up."""
        return replace(self, wake_ups=self.wake_ups + 1, last_wake_up=now)

    def with_position(self, position: Position | None) -> Tracking:
        """Return the tracking with a position that the car reported since it began; the same if it is known."""
        if position is None or position.longitude is None or position.latitude is None:
            return self
        last = self.points[-1].time if self.points else self.started
        if position.measured_at is None or position.measured_at <= last:
            return self
        point = TrackedPoint(time=position.measured_at, longitude=position.longitude, latitude=position.latitude)
        return replace(self, points=(*self.points, point)[-MAX_POINTS:])


def has_gone_off(events: Sequence[EventItem], now: datetime) -> bool:
    """Return whether an alarm has gone off lately, and was not turned off after that.

    Args:
        events: The new events of the alarm system in chronological order; after an outage, they may be old.
        now: The current time.
    """
    last = next((event for event in reversed(events) if event.type in {"triggered", "disarmed"}), None)
    if last is None or last.type == "disarmed":
        return False
    time = dt_util.parse_datetime(last.attributes["time"])
    return time is not None and now - time <= ALARM_MAX_AGE


def get_place_parts(state: VehicleState) -> tuple[object, ...]:
    """Return the parts of a state that tell where a car is, and whether it was driven there."""
    return state.position, state.is_position_hidden, state.status.odometer, state.is_driving


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedCar:
    """Where a car was left, and its odometer reading in km."""

    longitude: float
    latitude: float
    mileage: float

    @classmethod
    def from_state(cls, state: VehicleState) -> ParkedCar | None:
        """Return where a car stands; None if it is driven, or if that or the reading of the same time is unknown."""
        position, odometer = state.position, state.status.odometer
        if state.is_driving or position is None or odometer is None or odometer.mileage is None:
            return None
        if position.longitude is None or position.latitude is None:
            return None
        if position.measured_at is None or odometer.measured_at is None:
            return None
        if odometer.measured_at < position.measured_at - MAX_DIFFERENCE:
            return None
        return cls(longitude=position.longitude, latitude=position.latitude, mileage=odometer.mileage)

    def was_towed_to(self, other: ParkedCar) -> bool:
        """Return whether the car is farther away than it can have been driven since."""
        meters = distance(self.latitude, self.longitude, other.latitude, other.longitude) or 0.0
        return meters / 1000 > other.mileage - self.mileage + TOLERANCE
