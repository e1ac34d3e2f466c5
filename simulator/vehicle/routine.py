"""A driver's week: which drives a day holds, from the seed alone."""

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING

from .weather import DAY

if TYPE_CHECKING:
    from .route import Place


@dataclass(frozen=True, slots=True)
class Plan:
    """A drive to come: when, and to which place of the driver's."""

    at: float
    destination: str


def places(seed: str, home: Place) -> dict[str, Place]:
    """Return the places of a driver's life around home."""
    rng = Random(f"{seed}:places")
    return {
        "home": home,
        "work": home.towards(rng.uniform(0, 360), rng.uniform(7, 22)),
        "shop": home.towards(rng.uniform(0, 360), rng.uniform(2, 5)),
        "outing": home.towards(rng.uniform(0, 360), rng.uniform(25, 48)),
    }


def midnight(at: float, utc_offset: int) -> float:
    """Return the last local midnight."""
    return (at + utc_offset * 3600) // DAY * DAY - utc_offset * 3600


def drives(seed: str, day: float) -> list[Plan]:
    """Return the drives of the day that begins at local midnight ``day``, in order."""
    rng = Random(f"{seed}:{int(day)}")
    weekend = datetime.fromtimestamp(day + DAY / 2, UTC).weekday() >= 5

    def around(hour: float, spread: float) -> float:
        return day + int((hour + rng.uniform(-spread, spread)) * 60) * 60

    if not weekend:
        plan = [Plan(around(7.7, 0.4), "work"), Plan(around(17.4, 0.6), "home")]
        if rng.random() < 0.3:
            out = around(19.2, 0.2)
            plan += [Plan(out, "shop"), Plan(out + rng.randint(30, 55) * 60, "home")]
        return plan
    if rng.random() < 0.25:
        return []
    out = around(10.5, 1.0)
    there, hours = ("outing", rng.uniform(3, 6)) if rng.random() < 0.5 else ("shop", rng.uniform(0.6, 1.2))
    return [Plan(out, there), Plan(out + int(hours * 60) * 60, "home")]
