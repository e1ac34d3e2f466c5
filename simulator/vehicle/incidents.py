"""Random incidents of a drive: alerts, bumps, and gaps in what the platform receives."""

from collections.abc import Sequence
from random import Random
from typing import Literal

type TripFault = Literal["Unstarted", "DataLacking", "Unfinished"]
type FaultCause = Literal["GeoPrivacy", "Connection"]

# The probability per drive that an alert starts, and that the driver has dealt with an active one.
ALERT_PROBABILITY = {
    "AddWasherFluid": 0.015,
    "LeftFrontTireUnderInflated": 0.007,
    "ReplaceTheRemoteControlBattery": 0.003,
}
RESOLVE_PROBABILITY = 0.2
BUMP_PROBABILITY = 0.004
# The temperature (°C) below which cars warn of ice.
ICE_WARNING_BELOW = 3.0

# Cumulative probabilities that the platform misses a part of a trip.
FAULT_PROBABILITY: tuple[tuple[float, TripFault], ...] = (
    (0.02, "DataLacking"),
    (0.03, "Unstarted"),
    (0.04, "Unfinished"),
)


def draw_trip_fault(rng: Random, *, is_hidden: bool) -> tuple[TripFault | None, FaultCause | None]:
    """Return which part of a trip the platform misses, and why."""
    draw = rng.random()
    if is_hidden:
        return "DataLacking", "GeoPrivacy"
    return next(((fault, "Connection") for limit, fault in FAULT_PROBABILITY if draw < limit), (None, None))


def draw_alerts(rng: Random, outside: float, active: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the alerts that start and the alerts that end when a drive begins.

    Args:
        rng: The random numbers of the drive.
        outside: The outside temperature in °C.
        active: The alerts that are active.
    """
    started = [kind for kind, probability in ALERT_PROBABILITY.items() if rng.random() < probability]
    ended = [kind for kind in ALERT_PROBABILITY if rng.random() < RESOLVE_PROBABILITY and kind in active]
    if outside < ICE_WARNING_BELOW:
        started.append("RiskOfIce")
    return [kind for kind in started if kind not in ended], ended


def draw_bump(rng: Random) -> str | None:
    """Return the side on which the car bumps into something when it parks, usually None."""
    return rng.choice(("Front", "Rear")) if rng.random() < BUMP_PROBABILITY else None
