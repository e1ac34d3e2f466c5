"""What goes wrong now and then on the roads of this world, as the dice of a drive fall."""

from collections.abc import Sequence
from random import Random
from typing import Literal

type TripFault = Literal["Unstarted", "DataLacking", "Unfinished"]
type FaultCause = Literal["GeoPrivacy", "Connection"]

# How often a drive begins with a warning, and how often one that is on is attended to before a drive.
WARNINGS = {"AddWasherFluid": 0.015, "LeftFrontTireUnderInflated": 0.007, "ReplaceTheRemoteControlBattery": 0.003}
ATTENDED = 0.2
MISHAP = 0.004
FROST = 3.0

# How often the platform misses a part of a trip.
FAULTS: tuple[tuple[float, TripFault], ...] = ((0.02, "DataLacking"), (0.03, "Unstarted"), (0.04, "Unfinished"))


def trip_fault(dice: Random, *, hidden: bool) -> tuple[TripFault | None, FaultCause | None]:
    """Return what the platform misses of a trip, and why."""
    chance = dice.random()
    if hidden:
        return "DataLacking", "GeoPrivacy"
    return next(((fault, "Connection") for below, fault in FAULTS if chance < below), (None, None))


def warnings(dice: Random, outside: float, active: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return which warnings begin and which end as a drive begins, at so many degrees Celsius."""
    begun = [kind for kind, chance in WARNINGS.items() if dice.random() < chance]
    ended = [kind for kind in WARNINGS if dice.random() < ATTENDED and kind in active]
    if outside < FROST:
        begun.append("RiskOfIce")
    return [kind for kind in begun if kind not in ended], ended


def mishap(dice: Random) -> str | None:
    """Return the side on which a car bumps into something as it comes to rest, mostly None."""
    return dice.choice(("Front", "Rear")) if dice.random() < MISHAP else None
