"""How long the 12 V battery of a parked car lasts: pure functions over what it reported since it was driven."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import correlation, linear_regression
from typing import Final

from .state import VehicleState
from .stored import StoredModel

# A lead battery that is discharged further takes damage, in %
MIN_LEVEL: Final = 20.0
# A level that rises by more was charged, in %
MAX_RISE: Final = 1.0
# An unchanged level is kept this often
MIN_INTERVAL: Final = timedelta(hours=6)
MAX_SAMPLES: Final = 60
# The slope is clear if there are as many samples over this time, that fall by this many % along a line
MIN_SAMPLES: Final = 3
MIN_SPAN: Final = timedelta(days=1)
MIN_FALL: Final = 3.0
MAX_CORRELATION: Final = -0.9
# What was measured longer ago tells nothing of today
MAX_AGE: Final = timedelta(days=14)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuxiliarySample(StoredModel):
    """A level of the 12 V battery.

    Attributes:
        measured_at: When it was measured.
        level: The level in %.
    """

    measured_at: datetime
    level: float


def get_sample_parts(state: VehicleState) -> tuple[object, ...]:
    """Return the parts of a state that the samples depend on."""
    return state.status.battery, state.is_driving, state.is_charging


def next_samples(samples: list[AuxiliarySample], state: VehicleState) -> list[AuxiliarySample]:
    """Return the samples since the car was driven or charged, with that of another state; the same list without it."""
    battery = state.status.battery
    level, measured_at = (battery.voltage, battery.measured_at) if battery else (None, None)
    if state.is_driving or state.is_charging:
        return []
    if level is None or measured_at is None or (samples and measured_at <= samples[-1].measured_at):
        return samples
    sample = AuxiliarySample(measured_at=measured_at, level=level)
    if not samples or level > samples[-1].level + MAX_RISE:
        return [sample]
    if level == samples[-1].level and measured_at - samples[-1].measured_at < MIN_INTERVAL:
        return samples
    return [*samples, sample][-MAX_SAMPLES:]


def days_left(samples: list[AuxiliarySample], now: datetime) -> float | None:
    """Return in how many days the battery is nearly empty if its level keeps falling; None if the slope is not clear.

    Args:
        samples: The samples since the car was driven, sorted by their time.
        now: The present time.
    """
    if len(samples) < MIN_SAMPLES or now - samples[-1].measured_at > MAX_AGE:
        return None
    if samples[-1].measured_at - samples[0].measured_at < MIN_SPAN or samples[0].level - samples[-1].level < MIN_FALL:
        return None
    days = [(sample.measured_at - now) / DAY for sample in samples]
    levels = [sample.level for sample in samples]
    if correlation(days, levels) > MAX_CORRELATION:
        return None
    slope, level_now = linear_regression(days, levels)
    return max(0.0, (MIN_LEVEL - level_now) / slope)
