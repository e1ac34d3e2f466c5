"""When push is relied on, as tables: unproven → relied on → doubted, driven by arrivals and missed notifications."""

import pytest

from custom_components.stellantis.push.reliance import (
    FORGET_DOUBTS_AFTER,
    MAX_DOUBT_PERIOD,
    MIN_DOUBT_PERIOD,
    Reliance,
    Trust,
    after_arrival,
    after_miss,
    doubt_period,
)

HOUR = 3600.0
RELIED_ON = Reliance(trust=Trust.RELIED_ON, since=100.0)
DOUBTED = Reliance(trust=Trust.DOUBTED, since=100.0, doubts=1)
DOUBTED_TWICE = Reliance(trust=Trust.DOUBTED, since=100.0, doubts=2)


@pytest.mark.parametrize(
    ("before", "now", "is_own", "after"),
    [
        # Any notification proves the address
        (Reliance(), 50.0, True, Reliance(trust=Trust.RELIED_ON, since=50.0)),
        (Reliance(), 50.0, False, Reliance(trust=Trust.RELIED_ON, since=50.0)),
        (RELIED_ON, 5000.0, True, RELIED_ON),
        # A doubt does not end at once, nor with a notification of anything else
        (DOUBTED, 100.0 + HOUR - 1, True, DOUBTED),
        (DOUBTED, 100.0 + 99 * HOUR, False, DOUBTED),
        (DOUBTED, 100.0 + HOUR, True, Reliance(trust=Trust.RELIED_ON, since=100.0 + HOUR, doubts=1)),
        # The more doubts, the longer
        (DOUBTED_TWICE, 100.0 + 2 * HOUR - 1, True, DOUBTED_TWICE),
        (DOUBTED_TWICE, 100.0 + 2 * HOUR, True, Reliance(trust=Trust.RELIED_ON, since=100.0 + 2 * HOUR, doubts=2)),
    ],
)
def test_after_arrival(before: Reliance, now: float, *, is_own: bool, after: Reliance) -> None:
    assert after_arrival(before, now, is_own=is_own) == after


@pytest.mark.parametrize(
    ("before", "now", "after"),
    [
        # What nothing has proved yet cannot be doubted
        (Reliance(), 50.0, Reliance()),
        (RELIED_ON, 200.0, Reliance(trust=Trust.DOUBTED, since=200.0, doubts=1)),
        # One more while in doubt prolongs it
        (DOUBTED, 200.0, Reliance(trust=Trust.DOUBTED, since=200.0, doubts=1)),
        # Earlier doubts count for a day
        (
            Reliance(trust=Trust.RELIED_ON, since=0.0, doubts=1),
            FORGET_DOUBTS_AFTER - 1,
            Reliance(trust=Trust.DOUBTED, since=FORGET_DOUBTS_AFTER - 1, doubts=2),
        ),
        (
            Reliance(trust=Trust.RELIED_ON, since=0.0, doubts=7),
            FORGET_DOUBTS_AFTER,
            Reliance(trust=Trust.DOUBTED, since=FORGET_DOUBTS_AFTER, doubts=1),
        ),
    ],
)
def test_after_miss(before: Reliance, now: float, after: Reliance) -> None:
    assert after_miss(before, now) == after


def test_only_one_state_is_relied_on() -> None:
    assert [Reliance(trust=trust).is_relied_on for trust in Trust] == [False, True, False]


def test_doubts_grow_to_a_bound() -> None:
    periods = [doubt_period(doubts) for doubts in range(1, 50)]
    assert periods == sorted(periods)
    assert (periods[0], periods[-1]) == (MIN_DOUBT_PERIOD, MAX_DOUBT_PERIOD)


def test_a_dead_address_is_never_relied_on() -> None:
    """Neither time nor misses prove an address at which nothing ever arrives."""
    reliance = Reliance()
    for hour in range(1000):
        reliance = after_miss(reliance, hour * HOUR)
        assert not reliance.is_relied_on
