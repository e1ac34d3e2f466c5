"""The request budget: remaining requests, reserve for commands and delays."""

from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.stellantis.api import (
    Budget,
    RateLimited,
    RateLimitWindow,
    StellantisClient,
    StellantisError,
    Transport,
)
from custom_components.stellantis.api.rate_limit import BurstLimiter
from custom_components.stellantis.api.requests import RemoteRequest, WakeUp
from tests.api import bodies_records as bodies
from tests.api.conftest import FakePlatform, FakeTokenProvider


@dataclass(slots=True)
class FakeClock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def budget(clock: FakeClock) -> Budget:
    return Budget(reserve_share=0.1, clock=clock)


def _build_headers(day: tuple[int, int], burst: tuple[int, int] = (10, 9)) -> dict[str, str]:
    return {
        "X-RateLimit-Limit-1": f"{day[0]}",
        "X-RateLimit-Remaining-1": f"{day[1]}",
        "X-RateLimit-Limit-2": f"{burst[0]}",
        "X-RateLimit-Remaining-2": f"{burst[1]}",
    }


def test_before_first_response(budget: Budget) -> None:
    assert (budget.reserved, budget.retry_after) == (None, 0)
    assert budget.day == budget.burst == RateLimitWindow(limit=None, remaining=None, reset=None)
    assert [budget.acquire(use_reserve=False) for _ in range(100)] == [0] * 100


def test_both_windows(budget: Budget, clock: FakeClock) -> None:
    budget.update(_build_headers((8640, 1000)))
    assert budget.day == RateLimitWindow(limit=8640, remaining=1000, reset=10)
    assert budget.burst == RateLimitWindow(limit=10, remaining=10, reset=0)
    assert budget.reserved == 864
    for _ in range(4):
        budget.acquire(use_reserve=False)
    clock.now += 0.25
    assert budget.burst == RateLimitWindow(limit=10, remaining=6, reset=0.75)
    clock.now += 0.75
    assert budget.burst == RateLimitWindow(limit=10, remaining=10, reset=0)


def test_bursts_are_spread(budget: Budget) -> None:
    budget.update(_build_headers((0, 0), (3, 3)))
    assert [budget.acquire(use_reserve=False) for _ in range(7)] == [0, 0, 0, 1, 1, 1, 2]


def test_reserve_is_for_commands(budget: Budget, clock: FakeClock) -> None:
    budget.update(_build_headers((8640, 864)))
    with pytest.raises(RateLimited, match="reserved for commands") as refusal:
        budget.acquire(use_reserve=False)
    assert refusal.value.retry_after == 10
    assert budget.acquire(use_reserve=True) == 0
    budget.release()
    clock.now += 9
    with pytest.raises(RateLimited) as refusal:
        budget.acquire(use_reserve=False)
    assert refusal.value.retry_after == 1
    clock.now += 1
    assert budget.acquire(use_reserve=False) == 0  # one request has become available again
    budget.release()
    assert budget.day.remaining == 865


def test_requests_in_flight_count(budget: Budget) -> None:
    """Concurrent reads do not use the reserve for commands."""
    budget.update(_build_headers((100, 13)))
    assert [budget.acquire(use_reserve=False) for _ in range(3)] == [0, 0, 0]
    assert budget.day.remaining == 10
    with pytest.raises(RateLimited):
        budget.acquire(use_reserve=False)
    assert budget.acquire(use_reserve=True) == 0


def test_invalid_count_is_ignored(budget: Budget, clock: FakeClock) -> None:
    budget.update(_build_headers((8640, 100)))
    clock.now += 100
    budget.update({"X-RateLimit-Remaining-1": "-3"})
    assert budget.day.remaining == 110


def test_recovered_requests_are_capped(budget: Budget, clock: FakeClock) -> None:
    budget.update(_build_headers((100, 5)))
    clock.now += 1e7
    assert budget.day.remaining == 100


def test_no_reserve_for_small_limits(budget: Budget) -> None:
    budget.update(_build_headers((9, 0)))
    assert budget.reserved == 0
    assert budget.acquire(use_reserve=False) == 0


def test_refusal_applies_to_all_requests(budget: Budget, clock: FakeClock) -> None:
    budget.update({}, retry_after=400)
    for command in (True, False):
        with pytest.raises(RateLimited, match="refuses requests") as refusal:
            budget.acquire(use_reserve=command)
        assert refusal.value.retry_after == 400
    assert budget.retry_after == 400
    clock.now += 399
    assert budget.acquire(use_reserve=False) == 1  # short enough to wait
    clock.now += 1
    assert budget.acquire(use_reserve=False) == 0


def test_refusal_lasts_at_most_a_day(budget: Budget) -> None:
    budget.update({}, retry_after=1e9)
    assert budget.retry_after == 86400


@pytest.mark.parametrize("asked", [0, 0.001, 1])
def test_pause_doubles_while_the_platform_refuses(budget: Budget, clock: FakeClock, asked: float) -> None:
    """A client that tries again as soon as it may sends few requests, and the first success ends the pauses."""
    sent: list[float] = []
    begin = clock.now
    while clock.now < begin + 3600:
        budget.acquire(use_reserve=False)
        sent.append(clock.now - begin)
        budget.update({}, retry_after=asked)
        budget.update({}, retry_after=asked)  # of a request that was sent at the same time
        budget.release()
        clock.now += budget.retry_after
    assert sent == [0, 1, 2, 3, 5, 9, 17, 33, 65, 129, 257, 513, 1025, 2049]
    budget.update({})
    budget.update({}, retry_after=asked)
    assert budget.retry_after == 1


def test_longer_refusal_counts(budget: Budget) -> None:
    for asked in (5, 400, 3):
        budget.update({}, retry_after=asked)
    assert budget.retry_after == 400


def test_refusal_sets_reset_of_day_window(budget: Budget) -> None:
    budget.update(_build_headers((100, 0)), retry_after=60)
    assert budget.day == RateLimitWindow(limit=100, remaining=0, reset=60)


async def test_reads_do_not_use_the_reserve(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response(bodies.MAINTENANCE, headers=_build_headers((1000, 50)))
    platform.add_response(bodies.REMOTE_REFERENCE, status=202, headers=_build_headers((1000, 49)))
    await client.maintenance("v")
    assert client.budget.reserved == 50
    with pytest.raises(RateLimited) as refusal:
        await client.maintenance("v")
    assert refusal.value.retry_after == pytest.approx(86.4, abs=1)
    with pytest.raises(RateLimited):
        await anext(client.trips("v"))
    assert len(platform.requests) == 1
    sent = await client.send_remote("v", "c", RemoteRequest(command=WakeUp()))
    assert sent.remote_action_id == "remote-1"
    assert client.rate_limit.day_remaining == 49


async def test_no_request_before_retry_after(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response({"code": 42900, "message": "Too many"}, status=429, headers={"Retry-After": "60"})
    for _ in range(3):
        with pytest.raises(RateLimited) as refusal:
            await client.status("v")
        assert refusal.value.retry_after == pytest.approx(60, abs=1)
    with pytest.raises(RateLimited):
        await client.send_remote("v", "c", RemoteRequest(command=WakeUp()))
    assert len(platform.requests) == 1


async def test_shared_budget(
    platform: FakePlatform, session: aiohttp.ClientSession, tokens: FakeTokenProvider, budget: Budget
) -> None:
    async def respond(_: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({}, headers=_build_headers((1000, 500)))

    platform.add_handler(respond)
    first, second = (
        Transport(session, platform.server, realm="r", client_id="c", token_provider=tokens, budget=budget)
        for _ in range(2)
    )
    await first.get_json("user")
    assert second.budget is budget
    assert second.rate_limit.day_remaining == 500


def test_unreported_requests_count_until_a_response_tells(budget: Budget, clock: FakeClock) -> None:
    budget.update(_build_headers((100, 15)))
    for _ in range(4):
        budget.count_unreported()
    assert budget.day.remaining == 11
    budget.count_unreported()
    with pytest.raises(RateLimited) as refusal:
        budget.acquire(use_reserve=False)
    assert refusal.value.retry_after == 864
    clock.now += 864
    assert budget.acquire(use_reserve=False) == 0
    budget.release()
    budget.update(_build_headers((100, 60)))
    assert budget.day.remaining == 60


def test_unreported_requests_do_not_lock_for_ever(budget: Budget, clock: FakeClock) -> None:
    """In an outage of days, requests become available again as fast as the limit allows them."""
    budget.update(_build_headers((100, 50)))
    sent = 0
    begin = clock.now
    while clock.now < begin + 3 * 86400:
        try:
            budget.acquire(use_reserve=False)
        except RateLimited as refusal:
            clock.now += refusal.retry_after or 0
            continue
        budget.release()
        budget.count_unreported()
        sent += 1
    assert 300 <= sent <= 345


@pytest.mark.parametrize(
    "response", [{"status": 500}, {"text": "<html>"}, {"cut": True}], ids=["failure", "garbage", "lost"]
)
async def test_response_that_does_not_tell_is_counted(
    platform: FakePlatform,
    session: aiohttp.ClientSession,
    tokens: FakeTokenProvider,
    budget: Budget,
    response: dict[str, Any],
) -> None:
    """The platform counts requests whose response is lost on the way, or comes from a gateway before it."""

    async def respond(request: web.BaseRequest) -> web.StreamResponse:
        if "cut" in response:
            assert request.transport
            request.transport.abort()
        return web.Response(status=response.get("status", 200), text=response.get("text"))

    budget.update(_build_headers((1000, 500)))
    platform.add_handler(respond)
    transport = Transport(
        session, platform.server, realm="r", client_id="c", token_provider=tokens, budget=budget, retry_delays=()
    )
    with pytest.raises(StellantisError):
        await transport.get_json("user")
    assert budget.day.remaining == 499


def test_burst_limiter() -> None:
    limiter = BurstLimiter()
    assert [limiter.acquire(None, 0) for _ in range(5)] == [0] * 5
    assert [limiter.acquire(2, 10) for _ in range(5)] == [0, 0, 1, 1, 2]
    assert limiter.acquire(2, 11.5) == pytest.approx(1.5 - 1)
    assert limiter.acquire(2, 100) == 0
