"""The charging power, which no car reports: estimated from the energy that was charged."""

from datetime import timedelta
from typing import Final

from .charging_session import ActiveSession, ChargingSession, charged_energy

# Levels are in whole %: the power of a shorter charge is not known
MIN_GAIN: Final = 2.0
MIN_TIME: Final = timedelta(minutes=5)


def charging_power(session: ActiveSession | None, *, is_charging: bool) -> float | None:
    """Return the average power of a session until now in kW; 0 if the car does not charge, None if it is unknown."""
    if not is_charging:
        return 0.0
    if session is None or session.started_before or session.level - session.start_level < MIN_GAIN:
        return None
    duration, energy = session.last_seen - session.start, charged_energy(session)
    return None if energy is None or duration < MIN_TIME else energy / (duration / timedelta(hours=1))


def average_power(session: ChargingSession) -> float | None:
    """Return the average power of a session that has ended, in kW; None if it is unknown."""
    if session.energy is None or session.minutes is None or session.minutes < MIN_TIME / timedelta(minutes=1):
        return None
    return session.energy / (session.minutes / 60)
