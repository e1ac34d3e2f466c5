"""The price integrated over a charging session: pure functions."""

from collections.abc import Sequence
from datetime import datetime

from hypothesis import given, strategies as st
import pytest

from custom_components.stellantis.features.costs.session_cost import Cost, EnergySample, add_sample, session_cost
from custom_components.stellantis.features.costs.value_log import (
    ValueChange,
    ValueLog,
    add_value,
    drop_before,
    fill_gaps,
    mean_value,
    value_at,
)
from tests.support.charging import time

type Values = Sequence[tuple[float, float | None]]


def build_log(*values: tuple[float, float | None]) -> ValueLog:
    return [ValueChange(time(minute), value) for minute, value in values]


def build_samples(*samples: tuple[float, float]) -> list[EnergySample]:
    return [EnergySample(time(minute), amount) for minute, amount in samples]


NIGHT = ((0.0, 0.4), (60.0, 0.1))


@pytest.mark.parametrize(
    ("samples", "prices", "cost"),
    [
        pytest.param([(0, 20), (120, 60)], [(0, 0.3)], Cost(6), id="a fixed price"),
        pytest.param([(0, 20), (120, 60)], NIGHT, Cost(5), id="half of the time at each price"),
        pytest.param([(0, 20), (60, 30), (120, 60)], NIGHT, Cost(3.5), id="a quarter at the first price"),
        pytest.param([(0, 20), (60, 20), (120, 60)], NIGHT, Cost(2), id="waited for the cheap hour"),
        pytest.param([(0, 20), (60, 60), (120, 59)], NIGHT, Cost(8), id="a level that falls is no charge"),
        pytest.param([(0, 20), (120, 20)], NIGHT, Cost(5), id="a level that stands still: spread over the time"),
        pytest.param([(0, 20), (120, 60)], [(60, 0.1)], Cost(2, is_partial=True), id="the first half is unknown"),
        pytest.param(
            [(0, 20), (120, 60)], [(0, 0.4), (30, None), (90, 0.2)], Cost(6, is_partial=True), id="a gap in between"
        ),
        pytest.param([(0, 20), (120, 60)], [(0, -0.1)], Cost(-2), id="a negative price"),
        pytest.param([(0, 20), (120, 60)], [(120, 0.1)], None, id="known afterwards only"),
        pytest.param([(0, 20), (120, 60)], [], None, id="no price"),
        pytest.param([], [(0, 0.3)], None, id="no reading"),
        pytest.param([(0, 20), (0, 60)], [(0, 0.3)], Cost(6), id="no time"),
    ],
)
def test_session_cost(samples: Sequence[tuple[float, float]], prices: Values, cost: Cost | None) -> None:
    result = session_cost(build_samples(*samples), 20, build_log(*prices))
    assert (result is None) is (cost is None)
    if result and cost:
        assert (result.amount, result.is_partial) == (pytest.approx(cost.amount), cost.is_partial)


@pytest.mark.parametrize(
    ("samples", "speed", "amount"),
    [
        pytest.param([(0, 20), (120, 30), (180, 40)], None, 3.5, id="unknown speed"),
        pytest.param([(0, 20), (120, 30), (180, 40)], 10, 2, id="a start within the last hour"),
        pytest.param([(0, 20), (120, 30), (180, 40)], 6.667, 3, id="a start an hour and a half ago"),
        pytest.param([(0, 20), (120, 30), (180, 40)], 1, 3.5, id="slower than it was"),
        pytest.param([(-60, 20), (0, 30), (180, 40)], 20, 8, id="an end within the first hour"),
        pytest.param([(0, 20), (0, 20), (120, 30), (180, 40), (300, 40)], 10, 2, id="a level that stands still"),
        pytest.param([(0, 20), (120, 40)], 100, 5, id="only two readings"),
    ],
)
def test_first_and_last_rise_take_as_long_as_charging(
    samples: Sequence[tuple[float, float]], speed: float | None, amount: float
) -> None:
    result = session_cost(build_samples(*samples), 20, build_log((-60, 0.4), (60, 0.1)), speed)
    assert result
    assert result.amount == pytest.approx(amount, rel=1e-3)


_MINUTES = st.lists(st.integers(0, 600), min_size=2, max_size=8, unique=True).map(sorted)


@given(_MINUTES, _MINUTES, st.lists(st.floats(-1, 1), min_size=8, max_size=8), st.floats(0.1, 100))
def test_cost_is_between_the_lowest_and_the_highest_price(
    sampled: list[int], changed: list[int], prices: list[float], energy: float
) -> None:
    samples = build_samples(*((minute, float(index)) for index, minute in enumerate(sampled)))
    log = build_log(*zip(changed, prices, strict=False))
    result = session_cost(samples, energy, log)
    if result:
        known = prices[: len(changed)]
        assert min(known) * energy - 1e-6 <= result.amount <= max(known) * energy + 1e-6
    else:
        assert time(sampled[-1]) <= log[0].at


@pytest.mark.parametrize(
    ("span", "mean", "share"),
    [
        ((0, 60), 1, 1),
        ((30, 90), 1.5, 1),
        ((-60, 60), 1, 0.5),
        ((90, 150), 2, 0.5),
        ((30, 30), 1, 1),
        ((-9, -5), None, 0),
    ],
)
def test_mean_value(span: tuple[float, float], mean: float | None, share: float) -> None:
    log = build_log((0, 1), (60, 2), (120, None))
    assert mean_value(log, *map(time, span)) == (mean, share)


def test_log_of_values() -> None:
    log: ValueLog = ()
    told = [(0, 1), (5, 1), (10, 2), (10.5, 3), (12, None), (12.5, 4), (11, 5)]
    for minute, value in told:
        log = add_value(log, time(minute), value)
    # Equal values are one, changes within a minute are merged, and a clock that goes back changes no order
    assert log == tuple(build_log((0, 1), (10, 3), (12, None), (12.5, 5)))
    assert drop_before(log, time(11)) == log[1:]
    assert drop_before(log, time(-1)) == log
    assert [value_at(log, time(minute)) for minute in (-1, 0, 11, 12, 20)] == [None, 1, 3, None, 5]
    assert fill_gaps(log, build_log((-5, 7), (11, 8), (15, 9))) == build_log(
        (-5, 7), (0, 1), (10, 3), (11, 3), (12, 8), (12.5, 5), (15, 5)
    )


def test_readings_that_do_not_change_are_merged() -> None:
    samples: Sequence[EnergySample] = ()
    for minute, level in ((0, 20), (10, 20), (20, 20), (30, 21), (25, 22), (40, 21)):
        samples = add_sample(samples, time(minute), level)
    assert samples == tuple(build_samples((0, 20), (20, 20), (30, 21), (40, 21)))


def test_stored_values_are_read_again() -> None:
    change, sample = ValueChange(time(0), 0.3), EnergySample(time(0), 20)
    assert ValueChange.from_dict(change.to_dict()) == change
    assert EnergySample.from_dict(sample.to_dict()) == sample
    assert isinstance(change.to_dict()["at"], str)
    assert datetime.fromisoformat(change.to_dict()["at"]) == change.at
