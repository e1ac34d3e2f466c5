"""The charging power, which no car reports: estimated from the energy that was charged."""

from datetime import timedelta
from typing import Final

from .charging_session import ActiveSession, ChargingSession

# Levels are in whole %: the power of a shorter charge is not known
MIN_GAIN: Final = 3.0
MIN_TIME: Final = timedelta(minutes=5)


def charging_power(session: ActiveSession | None, *, is_charging: bool) -> float | None:
    """Return the average power of a session until now in kW; 0 if the car does not charge, None if it is unknown."""
    if not is_charging:
        return 0.0
    if session is None or session.capacity is None:
        return None
    speed = session.speed
    if speed is None and session.observed:
        speed = session.observed.speed(session.reported_capacity, min_gain=MIN_GAIN, min_time=MIN_TIME)
    return None if speed is None else speed / 100 * session.capacity


def average_power(session: ChargingSession) -> float | None:
    """Return the average power of a session that has ended, in kW, with its pauses if it was seen from start to end.

    Returns:
        The power; None if it is unknown.
    """
    if session.minutes is None:
        return session.power
    if session.energy is None or session.minutes < MIN_TIME / timedelta(minutes=1):
        return None
    return session.energy / (session.minutes / 60)
