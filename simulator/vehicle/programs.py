"""What a driver programmed: preconditioning and charging, by weekday and clock time."""

from dataclasses import dataclass
from datetime import UTC, datetime

from .weather import DAY

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class AirProgram:
    """A preconditioning program: seconds after midnight, and weekdays."""

    enabled: bool = False
    start: int = 0
    days: tuple[str, ...] = ()
    daily: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeProgram:
    """A charging program: from and until, in seconds after midnight, and weekdays."""

    enabled: bool
    start: int
    end: int
    days: tuple[str, ...] = ()


def starts(program: AirProgram | ChargeProgram, midnight: float) -> float | None:
    """Return when a program begins on the day of a local midnight, or None; one without weekdays means every day."""
    weekday = WEEKDAYS[datetime.fromtimestamp(midnight + DAY / 2, UTC).weekday()]
    if not program.enabled or (program.days and weekday not in program.days):
        return None
    return midnight + program.start
