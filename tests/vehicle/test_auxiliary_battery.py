"""How long the 12 V battery lasts, as tables."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.stellantis.api import Status, Vehicle
from custom_components.stellantis.vehicle.auxiliary_battery import (
    MAX_SAMPLES,
    MIN_LEVEL,
    AuxiliarySample,
    days_left,
    next_samples,
)
from custom_components.stellantis.vehicle.state import VehicleState

NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)


def sample(days: float, level: float) -> AuxiliarySample:
    """Return a sample that was measured a number of days after noon."""
    return AuxiliarySample(measured_at=NOON + timedelta(days=days), level=level)


@pytest.mark.parametrize(
    ("samples", "now", "days"),
    [
        ([(0, 90), (1, 88), (2, 86), (3, 84)], 3, 32),
        ([(0, 90), (1, 88), (2, 86), (3, 84)], 13, 22),  # a silent car
        ([(0, 90), (1, 88), (2, 86), (3, 84)], 18, None),  # silent for too long
        ([(0, 90), (1, 87), (2, 85), (3, 81)], 3, 21.17),
        ([(0, 24), (1, 22), (2, 20), (3, 18)], 3, 0),
        ([(0, 90), (3, 84)], 3, None),  # two points are always on a line
        ([(0, 90), (0.1, 86), (0.2, 82)], 0.2, None),  # the surface charge after a drive
        ([(0, 90), (1, 89), (2, 89), (3, 88)], 3, None),
        ([(0, 90), (1, 90), (2, 90), (3, 90), (4, 86)], 4, None),  # one step is no slope
        ([], 3, None),
    ],
)
def test_days_left(samples: list[tuple[float, float]], now: float, days: float | None) -> None:
    left = days_left([sample(*item) for item in samples], NOON + timedelta(days=now))
    assert left == (days and pytest.approx(days, abs=0.01))


def parked(days: float, level: float | None, **parts: Any) -> VehicleState:
    """Return the state of a car at a number of days after noon."""
    at = NOON + timedelta(days=days)
    time = {"createdAt": at.isoformat()}
    battery = {} if level is None else {"battery": {**time, "voltage": level}}
    status = {**battery, **{name: {**time, **part} for name, part in parts.items()}}
    return VehicleState.from_status(at, Vehicle(), Status.from_dict(status))


def test_samples_since_the_last_drive() -> None:
    samples = next_samples([], parked(0, 90))
    assert samples == [sample(0, 90)]
    unchanged = (parked(0, 80), parked(-1, 95), parked(0.1, 90), parked(1, None))
    assert all(next_samples(samples, state) is samples for state in unchanged)
    samples = next_samples(samples, parked(0.3, 90))
    samples = next_samples(samples, parked(0.4, 91))  # levels waver
    assert samples == [sample(0, 90), sample(0.3, 90), sample(0.4, 91)]
    assert next_samples(samples, parked(1, 96)) == [sample(1, 96)], "charged while nobody looked"
    assert next_samples(samples, parked(1, 90, kinetic={"moving": True})) == []
    for day in range(1, 2 * MAX_SAMPLES):
        samples = next_samples(samples, parked(day, 91))
    assert len(samples) == MAX_SAMPLES


@settings(max_examples=40)
@given(last=st.floats(21, 60), fall=st.floats(0.5, 2), count=st.integers(13, 20), silence=st.floats(0, 10))
def test_even_fall_in_whole_percent(last: float, fall: float, count: int, silence: float) -> None:
    """A battery that loses the same each day, reported in whole %: the estimate is within a fifth, or three days."""
    levels = [last + fall * (count - 1 - day) for day in range(count)]
    left = days_left(
        [sample(day, round(level)) for day, level in enumerate(levels)], NOON + timedelta(days=count - 1 + silence)
    )
    assert left == pytest.approx(max(0.0, (last - MIN_LEVEL) / fall - silence), rel=0.2, abs=3)


@settings(max_examples=40)
@given(levels=st.lists(st.integers(0, 100), max_size=20), age=st.floats(0, 20))
def test_never_in_the_past(levels: list[int], age: float) -> None:
    left = days_left([sample(day, level) for day, level in enumerate(levels)], NOON + timedelta(days=len(levels) + age))
    assert left is None or left >= 0


@settings(max_examples=40)
@given(levels=st.lists(st.integers(0, 100), min_size=3, max_size=20))
def test_rising_level_has_no_end(levels: list[int]) -> None:
    samples = [sample(day, level) for day, level in enumerate(sorted(levels))]
    assert days_left(samples, samples[-1].measured_at) is None
