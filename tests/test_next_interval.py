"""The time until the next poll, as a table: activity, failures, push, fast polling, retries, and the request budget."""

from datetime import timedelta
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.stellantis.polling import (
    FAST_POLL_INTERVAL,
    MAX_FAILURE_INTERVAL,
    NO_DATA_INTERVAL,
    RETRY_INTERVAL,
    FastPolling,
    PollState,
    next_interval,
)


def minutes(number: float | None) -> timedelta | None:
    """Return minutes as a timedelta."""
    return None if number is None else timedelta(minutes=number)


@pytest.mark.parametrize(
    ("state", "interval", "limits", "expected"),
    [
        # The usual interval, or none for data that is polled on events only
        ({}, 15, {}, 15),
        ({}, None, {}, None),
        # The request budget stretches it, and starts nothing
        ({}, 15, {"min_interval": 20}, 20),
        ({}, None, {"min_interval": 20}, None),
        # Push makes it longer, never shorter
        ({"is_pushed": True}, 15, {"push_interval": 360}, 360),
        ({"is_pushed": True}, 720, {"push_interval": 360}, 720),
        ({"is_pushed": True}, 15, {}, 15),
        ({"is_pushed": False}, 15, {"push_interval": 360}, 15),
        # A poll that failed is repeated as soon as without push
        ({"is_pushed": True, "failures": 1}, 15, {"push_interval": 360}, 15),
        ({"is_pushed": True, "failures": 1}, 720, {"push_interval": 360}, 15),
        # One that brought no data, although it did not fail, too
        ({"is_pushed": True, "is_confirmed": False}, 15, {"push_interval": 360}, 15),
        # What is expected is polled for two minutes later, if it is not pushed
        ({}, 60, {"expected_in": 20}, 22),
        ({}, 15, {"expected_in": 20}, 15),
        ({}, 60, {"expected_in": 0}, 2),
        ({}, 60, {"expected_in": -1}, 1),
        ({}, 60, {"expected_in": -2}, 60),
        ({}, None, {"expected_in": 20}, None),
        ({}, 60, {"expected_in": 20, "min_interval": 30}, 30),
        ({"is_pushed": True}, 60, {"expected_in": 20, "push_interval": 360}, 360),
        ({"is_pushed": True, "failures": 1}, 60, {"expected_in": 5, "push_interval": 360}, 7),
        # The second attempt is soon, even where the clock starts no poll; the more fail, the rarer they become
        ({"failures": 1}, 5, {}, 5),
        ({"failures": 1}, 60, {}, 15),
        ({"failures": 1}, None, {}, 15),
        ({"failures": 2}, 5, {}, 5),
        ({"failures": 3}, 5, {}, 10),
        ({"failures": 4}, 5, {}, 20),
        ({"failures": 5}, 60, {}, 60),
        ({"failures": 5}, 720, {}, 60),
        ({"failures": 5000}, 5, {}, 60),
        ({"failures": 1, "retries_left": 1}, 60, {}, 10),
        ({"failures": 3, "retries_left": 1}, 60, {}, 20),
        ({"failures": 1}, 5, {"min_interval": 20}, 20),
        # While the server is down, its account decides
        ({"failures": 3, "is_waiting": True}, 15, {}, None),
        ({"failures": 3, "is_waiting": True, "fast_polling": FastPolling.ON}, 15, {}, 0.25),
        # A command is followed after failures, too: the platform has accepted it
        ({"failures": 9, "fast_polling": FastPolling.ON}, 60, {}, 0.25),
        # Expected data is polled for, even where the clock starts no poll
        ({"retries_left": 1}, 60, {}, 10),
        ({"retries_left": 3}, 5, {}, 5),
        ({"retries_left": 1}, None, {}, 10),
        ({"retries_left": 1, "is_pushed": True}, 15, {"push_interval": 360}, 10),
        # A command is followed, within the budget
        ({"fast_polling": FastPolling.ON}, 60, {}, 0.25),
        ({"fast_polling": FastPolling.ONCE}, 60, {}, 0.25),
        ({"fast_polling": FastPolling.ON, "retries_left": 1}, None, {}, 0.25),
        ({"fast_polling": FastPolling.ON}, 60, {"min_interval": 5}, 5),
        # What the API does not have is not asked for today
        ({"is_suspended": True}, 5, {}, 1440),
        ({"is_suspended": True, "retries_left": 3, "fast_polling": FastPolling.ON}, None, {}, 1440),
    ],
)
def test_next_interval(
    state: dict[str, Any], interval: float | None, limits: dict[str, float], expected: float | None
) -> None:
    known = {name: timedelta(minutes=number) for name, number in limits.items()}
    assert next_interval(PollState(**{"retries_left": 0, **state}), minutes(interval), **known) == minutes(expected)


_INTERVALS = st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=1))


@given(
    interval=st.none() | _INTERVALS,
    push_interval=st.none() | _INTERVALS,
    min_interval=st.just(timedelta(0)) | _INTERVALS,
    state=st.builds(
        PollState,
        retries_left=st.integers(0, 3),
        fast_polling=st.sampled_from(FastPolling),
        is_suspended=st.booleans(),
        is_pushed=st.booleans(),
        is_confirmed=st.booleans(),
        is_waiting=st.booleans(),
        failures=st.integers(0, 5),
    ),
)
def test_next_interval_keeps_its_bounds(
    interval: timedelta | None, push_interval: timedelta | None, min_interval: timedelta, state: PollState
) -> None:
    found = next_interval(state, interval, push_interval=push_interval, min_interval=min_interval)
    if state.is_suspended:
        assert found == NO_DATA_INTERVAL
        return
    if state.is_waiting and state.fast_polling is FastPolling.OFF:
        assert found is None
        return
    expects = state.retries_left > 0 or state.fast_polling is not FastPolling.OFF
    assert (found is None) is (interval is None and not expects and not state.failures)
    if found is not None:
        assert found >= min_interval
        slowest = max(timedelta(days=1), min_interval)
        assert found <= slowest
    if found is not None and state.failures:
        assert found <= max(MAX_FAILURE_INTERVAL, min_interval)
    elif found is not None and expects:
        fastest = RETRY_INTERVAL if state.fast_polling is FastPolling.OFF else FAST_POLL_INTERVAL
        assert found <= max(fastest, min_interval)
