"""A driver's weekly routine: the drives of each day, derived from the seed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from .route import Place
from .weather import DAY


@dataclass(frozen=True, slots=True)
class PlannedDrive:
    """A planned drive; `destination` is a key of the driver's places."""

    at: float
    destination: str


def driver_places(seed: str, home: Place) -> dict[str, Place]:
    """Return the places that a driver goes to, around their home."""
    rng = Random(f"{seed}:places")
    return {
        "home": home,
        "work": home.towards(rng.uniform(0, 360), rng.uniform(7, 22)),
        "shop": home.towards(rng.uniform(0, 360), rng.uniform(2, 5)),
        "outing": home.towards(rng.uniform(0, 360), rng.uniform(25, 48)),
    }


def last_midnight(at: float, utc_offset: int) -> float:
    """Return the last local midnight; `utc_offset` is in hours."""
    return (at + utc_offset * 3600) // DAY * DAY - utc_offset * 3600


def drives(seed: str, midnight: float) -> list[PlannedDrive]:
    """Return the drives of the day that begins at a local midnight, in order."""
    rng = Random(f"{seed}:{int(midnight)}")
    is_weekend = datetime.fromtimestamp(midnight + DAY / 2, UTC).weekday() >= 5

    def around(hour: float, spread: float) -> float:
        return midnight + int((hour + rng.uniform(-spread, spread)) * 60) * 60

    if not is_weekend:
        plan = [PlannedDrive(around(7.7, 0.4), "work"), PlannedDrive(around(17.4, 0.6), "home")]
        if rng.random() < 0.3:
            out = around(19.2, 0.2)
            plan += [PlannedDrive(out, "shop"), PlannedDrive(out + rng.randint(30, 55) * 60, "home")]
        return plan
    if rng.random() < 0.25:
        return []
    out = around(10.5, 1.0)
    destination, hours = ("outing", rng.uniform(3, 6)) if rng.random() < 0.5 else ("shop", rng.uniform(0.6, 1.2))
    return [PlannedDrive(out, destination), PlannedDrive(out + int(hours * 60) * 60, "home")]
