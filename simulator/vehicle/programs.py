"""Programs for preconditioning and charging, by weekday and time of day."""

from dataclasses import dataclass
from datetime import UTC, datetime

from .weather import DAY

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class AirProgram:
    """A preconditioning program; `start` is in seconds after midnight."""

    enabled: bool = False
    start: int = 0
    days: tuple[str, ...] = ()
    daily: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeProgram:
    """A charging program; `start` and `end` are in seconds after midnight."""

    enabled: bool
    start: int
    end: int
    days: tuple[str, ...] = ()


def program_start(program: AirProgram | ChargeProgram, midnight: float) -> float | None:
    """Return when a program starts on the day that begins at a local midnight, or None if it does not.

    A program without weekdays runs every day.
    """
    weekday = WEEKDAYS[datetime.fromtimestamp(midnight + DAY / 2, UTC).weekday()]
    if not program.enabled or (program.days and weekday not in program.days):
        return None
    return midnight + program.start
