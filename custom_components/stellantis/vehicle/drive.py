"""When a drive starts: a pure function over the states of a car, because the API lists a trip only after its end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ..api import IgnitionType, PowertrainStatus
from .state import MAX_AGE, VehicleState

# A car that stood for less time waited on the way, unless a trip has ended
MIN_STOP: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """What is known of the car's drive.

    Attributes:
        is_under_way: Whether the car is driven; None before the first state.
        started_at: When a drive started that is news; None if none did.
        seen_at: When the car last measured that it is driven.
    """

    is_under_way: bool | None = None
    started_at: datetime | None = None
    seen_at: datetime | None = None


def get_drive_parts(state: VehicleState) -> tuple[object, ...]:
    """Return the parts of a state that tell whether the car is driven."""
    status = state.status
    return state.is_driving, state.charging, status.kinetic, status.ignition, status.powertrain


def next_drive(drive: Drive, state: VehicleState, last_trip_end: datetime | None) -> Drive:
    """Return what another state tells of the drive.

    A drive that is under way in the first state is no news. One of a car that falls silent on the way goes on until the
    car reports that it stands, or until a trip is listed that ended later.

    Args:
        drive: What was known before.
        state: The new state.
        last_trip_end: When the last trip ended. What was measured before is of that trip.
    """
    if drive.is_under_way is False and not state.is_driving:
        return drive
    seen_at = _seen_at(state)
    if seen_at is None or _is_plugged(state) or (last_trip_end and seen_at <= last_trip_end):
        return Drive(is_under_way=False, seen_at=drive.seen_at)
    has_ended = drive.seen_at is not None and last_trip_end is not None and drive.seen_at <= last_trip_end
    if not state.is_driving:
        return Drive(is_under_way=bool(drive.is_under_way) and not has_ended, seen_at=drive.seen_at)
    # A car that stood only for a short time waited on the way
    is_continued = drive.seen_at is not None and seen_at - drive.seen_at < MIN_STOP
    is_new = has_ended or (drive.is_under_way is False and not is_continued)
    return Drive(is_under_way=True, started_at=seen_at if is_new else None, seen_at=seen_at)


def _is_plugged(state: VehicleState) -> bool:
    """Return whether the car is on its cable; some report their ignition as on there."""
    return state.is_charging or bool(state.charging and state.charging.plugged)


def _seen_at(state: VehicleState) -> datetime | None:
    """Return when a part was last measured that says that the car is driven; None if none says so.

    A part that is much older than the others says nothing: some cars report the motion of a former drive forever.
    """
    kinetic, ignition, powertrain = state.status.kinetic, state.status.ignition, state.status.powertrain
    parts = [
        (kinetic, kinetic and kinetic.moving),
        (ignition, ignition and ignition.type in (IgnitionType.START, IgnitionType.START_UP)),
        (powertrain, powertrain and powertrain.status == PowertrainStatus.RUNNING),
    ]
    times = [part.measured_at for part, _ in parts if part and part.measured_at]
    on = [part.measured_at for part, is_on in parts if is_on and part and part.measured_at]
    return max(on) if on and max(times) - max(on) <= MAX_AGE else None
