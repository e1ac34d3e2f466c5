"""What the last polls of an account say about its server, as tables: when it is down, what is polled then and after."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.stellantis.api import Budget
from custom_components.stellantis.polling import AccountPolls, DataUpdate, affordable_polls, is_valid

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def after(polls: str) -> AccountPolls[str]:
    """Return the state after polls: `a+` succeeds, `a-` fails, `a!` does with the server up, `a~` is limited."""
    state = AccountPolls[str]()
    for poll in polls.split():
        name = poll[0]
        match poll[1]:
            case "+":
                state = state.after_success(name)
            case "~":
                state = state.after_limit(name)
            case _:
                state = state.after_failure(name, is_server_up=poll[1] == "!")
    return state


@pytest.mark.parametrize(
    ("polls", "waiting"),
    [
        ("", ""),
        # Single failures are no outage
        ("a-", ""),
        ("a- b-", ""),
        ("a- b- c+ a- b-", ""),
        # Three in a row are, whatever failed. Who was polled last waits longest
        ("a- b- c-", "abc"),
        ("a- a- a-", "a"),
        ("a- b- c- a-", "bca"),
        ("a- b- c- d-", "abcd"),
        # A success ends it
        ("a- b- c- a+", ""),
        # What the server refuses while it is up does not count, and waits for nothing
        ("a! b! c!", ""),
        ("a- b- c- d!", "abc"),
        # Nor does a rate limit
        ("a~ b~ c~", ""),
        ("a- b- c- d~", "abc"),
    ],
)
def test_endpoints_that_wait_for_the_server(polls: str, waiting: str) -> None:
    assert "".join(after(polls).waiting) == waiting


@pytest.mark.parametrize(
    ("polls", "minutes"),
    [
        ("a- b- c-", 10),
        # Endpoints that fail for the first time do not make it longer
        ("a- b- c- d- e- f- g-", 10),
        ("a- b- c- a-", 10),
        ("a- b- c- a- b-", 20),
        ("a- b- c- a- b- c-", 40),
        ("a- b- c-" + " a-" * 4, 60),
        ("a- b- c-" + " a-" * 2000, 60),
        ("a- b- c-" + " a-" * 4 + " a+ a- b- c-", 10),
    ],
)
def test_time_until_the_next_poll_while_the_server_is_down(polls: str, minutes: int) -> None:
    assert after(polls).probe_interval == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("polls", "success", "expected"),
    [
        # The first success after failures has all others polled
        ("a- b- c- d-", "a", "bcd"),
        ("a- b- c- d-", "e", "abcd"),
        ("a- b-", "a", "b"),
        # A usual success has not
        ("a-", "e", ""),
        ("", "a", ""),
        # What failed although the server was up is not polled again
        ("a- b! c-", "a", "c"),
        ("a! a- a- b-", "b", ""),
        # It has to succeed once before
        ("a! a+ a- b-", "b", "a"),
    ],
)
def test_endpoints_to_poll_after_a_success(polls: str, success: str, expected: str) -> None:
    state = after(polls)
    assert "".join(state.to_recover(success)) == expected
    assert not state.after_success(success).is_down


def test_endpoints_that_fail_for_ever_are_not_polled_more_often_with_each_success() -> None:
    """Two endpoints fail whenever they are polled; a third one succeeds as often."""
    state, extra = AccountPolls[str](), 0
    for _ in range(100):
        state = state.after_failure("a").after_failure("b")
        extra += len(state.to_recover("c"))
        for name in state.to_recover("c"):
            state = state.after_success("c").after_failure(name, is_server_up=True)
        state = state.after_success("c")
    assert extra == 0
    # Three do once, and are then known to be faulty
    for _ in range(100):
        state = state.after_failure("a").after_failure("b").after_failure("d")
        for name in state.to_recover("c"):
            state, extra = state.after_failure(name, is_server_up=True), extra + 1
        state = state.after_success("c")
    assert extra == 3


def test_endpoint_that_is_no_longer_polled_is_forgotten() -> None:
    assert after("a- b- c! d~").without("a").without("b").without("c").without("d").failed == ()
    assert after("c! d~").without("c").without("d") == AccountPolls()


@pytest.mark.parametrize(
    ("failures", "source", "hours", "expected"),
    [
        (0, None, 0, True),
        (2, None, 0, True),
        (3, None, 0, False),
        (3, "poll", 0, False),
        # What was pushed is valid though polls fail, until it is old
        (3, "push", 0, True),
        (99, "push", 11, True),
        (99, "push", 13, False),
        # The clock was set back since
        (99, "push", -1, True),
        (99, "push", -72, False),
        (2, "push", 13, True),
    ],
)
def test_validity_of_data(failures: int, source: str | None, hours: int, expected: bool) -> None:
    received_at = NOW - timedelta(hours=hours)
    last_update = None if source is None else DataUpdate(source=source, received_at=received_at)  # type: ignore[arg-type] # a literal
    assert is_valid(failures, last_update, NOW) is expected


@pytest.mark.parametrize(
    ("remaining", "count", "expected"), [(None, 25, 25), (1000, 25, 25), (40, 25, 15), (12, 25, 1), (3, 25, 1)]
)
def test_polls_after_an_outage_keep_within_the_budget(remaining: int | None, count: int, expected: int) -> None:
    budget = Budget(reserve_share=0.05, clock=lambda: 0.0)
    if remaining is not None:
        budget.update({"X-RateLimit-Limit-1": "200", "X-RateLimit-Remaining-1": str(remaining)})
    assert affordable_polls(budget, count) == expected
