"""What is known of a car when its charge is planned: pure functions."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from ...vehicle.charging_power import average_power
from ...vehicle.charging_session import ChargingSession

# Assumed until they are known
DEFAULT_CAPACITY: Final = 50.0
DEFAULT_POWER: Final = 3.5
# A wallbox has no more, in kW
MAX_AC_POWER: Final = 22.5
# Levels are in whole %: the power of a shorter charge is not known
MIN_GAIN: Final = 5.0
MAX_SESSIONS: Final = 5


def learnt_power(sessions: Sequence[ChargingSession], zone: str | None) -> float:
    """Return the usual power in kW that the battery is charged with: at this place, else at any.

    Args:
        sessions: The charging sessions, sorted by their end.
        zone: The zone in which the car is.
    """
    powers = [
        (session.zone, power)
        for session in sessions
        if session.end_level - session.start_level >= MIN_GAIN
        and (power := session.power or average_power(session)) is not None
        and 0 < power <= MAX_AC_POWER
    ]
    here = [power for place, power in powers if place == zone]
    known = here or [power for _, power in powers]
    return median(known[-MAX_SESSIONS:]) if known else DEFAULT_POWER
