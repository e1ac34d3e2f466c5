"""What the meter of a wallbox counted during a charging session. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from .session_cost import EnergySample
from .value_log import ValueLog, value_at

# The car reports a little later that it has begun, and the meter may be read a little after it has reported the end
METER_DELAY: Final = timedelta(minutes=5)
# Credible shares of the energy that arrive in the battery, which is known but to 1 % of the level
EFFICIENCY_RANGE: Final = (0.6, 1.05)
LEVEL_ERROR: Final = 1.0  # kWh


def supplied_energy(log: ValueLog, start: datetime, end: datetime, arrived: float | None) -> float | None:
    """Return the energy in kWh that the meter counted in a session.

    Args:
        log: The readings of the meter, in kWh.
        start: The start of the session, or the last time before it.
        end: The end of the session, or the first time after it.
        arrived: The energy in kWh that arrived in the battery, if it is known.

    Returns:
        The energy; None if the meter was not read, was reset, or counted something else than this car.
    """
    first, last = _bounds(log, start, end)
    if first is None or last is None or last <= first:
        return None
    energy = last - first
    low, high = EFFICIENCY_RANGE
    is_of_car = arrived is None or low * energy - LEVEL_ERROR <= arrived <= high * energy + LEVEL_ERROR
    return energy if is_of_car else None


def meter_samples(log: ValueLog, start: datetime, end: datetime) -> Sequence[EnergySample]:
    """Return the readings of the meter from the start to the end of a session."""
    first, last = _bounds(log, start, end)
    between = [(change.at, change.value) for change in log if start < change.at < end]
    readings = [(start, first), *between, (end, last)]
    return tuple(EnergySample(at, reading) for at, reading in readings if reading is not None)


def _bounds(log: ValueLog, start: datetime, end: datetime) -> tuple[float | None, float | None]:
    """Return the readings before and after a session; None for one that is not known."""
    first = value_at(log, start - METER_DELAY)
    return value_at(log, start) if first is None else first, value_at(log, end + METER_DELAY)
