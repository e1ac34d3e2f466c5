"""Fault injection."""

from asyncio import create_task, gather, sleep
import logging
from time import perf_counter
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

if TYPE_CHECKING:
    from ..conftest import Caller
from ..conftest import Caller


async def test_rules_can_be_written_as_they_are_read(caller: Caller) -> None:
    await caller.control("PUT", "/faults", {"status": 503, "headers": {"X-Why": "test"}})
    rules = (await caller.control("GET", "/faults")).body
    assert (await caller.control("PUT", "/faults", rules)).body == rules


class TestFaults:
    """Rules that change responses."""

    @pytest.fixture(autouse=True)
    async def _sign_in(self, caller: Caller) -> None:
        await caller.sign_in("ds")

    async def test_status_for_a_template_is_sent_a_number_of_times(self, caller: Caller) -> None:
        await caller.control("PUT", "/faults", {"path": "/user/vehicles/{id}/status", "status": 500, "times": 2})
        assert (await caller.get("/user")).status == 200
        car = next(iter(caller.simulator.world.accounts["ds"].cars))
        answers = [await caller.get(f"/user/vehicles/{car}/status") for _ in range(3)]
        assert [answer.status for answer in answers] == [500, 500, 200]
        assert answers[0].body["code"] == 50000

    async def test_first_matching_rule_is_applied(self, caller: Caller) -> None:
        rules = [
            {"path": "/user", "body": {"code": 50038, "message": "later"}, "status": 500, "headers": {"X-Odd": "1"}},
            {"path": "/user*", "method": "GET", "status": 404},
            {"path": "/am/oauth2/*", "status": 503, "body": "<html>"},
        ]
        assert len((await caller.control("PUT", "/faults", rules)).body) == 3
        answer = await caller.get("/user")
        assert (answer.status, answer.body["code"], answer.headers["X-Odd"]) == (500, 50038, "1")
        assert (await caller.get("/user/vehicles")).body["code"] == 40400
        oauth = await caller.oauth("access_token")
        assert (oauth.status, oauth.body) == (503, "<html>")
        await caller.control("DELETE", "/faults")
        assert (await caller.control("GET", "/faults")).body == []
        assert (await caller.get("/user")).status == 200

    async def test_status_429_has_retry_headers(self, caller: Caller) -> None:
        await caller.control("PUT", "/faults", {"status": 429, "retry_after": 17})
        answer = await caller.get("/user")
        assert (answer.status, answer.headers["Retry-After"]) == (429, "17")
        assert answer.body["code"] == 42900

    async def test_delay_postpones_the_original_response(self, caller: Caller) -> None:
        await caller.control("PUT", "/faults", {"delay": 0.1, "headers": {"X-Late": "yes"}})
        started = perf_counter()
        answer = await caller.get("/user")
        assert perf_counter() - started > 0.1
        assert (answer.status, answer.headers["X-Late"]) == (200, "yes")

    async def test_delayed_request_is_handled_although_its_client_has_gone(self, caller: Caller) -> None:
        simulator = caller.simulator
        before, name = simulator.tokens.dump(), "POST /am/oauth2/access_token"
        count = simulator.requests[name]
        form = {"grant_type": "refresh_token", "refresh_token": caller.tokens["refresh_token"]}
        await caller.control("PUT", "/faults", {"path": "/am/oauth2/access_token", "delay": 0.2})
        request = create_task(caller.oauth("access_token", **form))
        while simulator.requests[name] == count:  # noqa: ASYNC110 - there is no event to wait for
            await sleep(0.01)
        request.cancel()
        while simulator.tokens.dump() == before:  # noqa: ASYNC110
            await sleep(0.01)

    @pytest.mark.parametrize(
        ("kind", "content_type", "size"),
        [
            ("html", "text/html", None),
            ("empty", "application/hal+json", 0),
            ("wrong_type", "text/plain", 2),
            ("binary", "application/hal+json", 256),
            ("list", "application/hal+json", 6),
            ("huge", "application/hal+json", 2**24),
            ("bomb", "application/hal+json", 2**24),
        ],
    )
    async def test_malformed_bodies(self, caller: Caller, kind: str, content_type: str, size: int | None) -> None:
        await caller.control("PUT", "/faults", {"garbage": kind})
        async with caller.session.get(f"{caller.simulator.url}/connectedcar/v4/user") as response:
            body = await response.read()
            assert response.content_type == content_type
            assert size is None or len(body) == size

    async def test_bomb_is_small(self, caller: Caller) -> None:
        await caller.control("PUT", "/faults", {"garbage": "bomb"})
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.get(f"{caller.simulator.url}/connectedcar/v4/user") as response,
        ):
            assert len(await response.read()) < 2**15

    async def test_body_trickles(self, caller: Caller) -> None:
        await caller.control("PUT", "/faults", {"trickle": 0.01, "body": {"name": "car"}})
        started = perf_counter()
        assert (await caller.get("/user")).body == {"name": "car"}
        assert perf_counter() - started > 0.1

    async def test_trickle_ends_with_the_connection(self, caller: Caller) -> None:
        await caller.control("PUT", "/faults", {"trickle": 0.01})
        async with caller.session.get(f"{caller.simulator.url}/connectedcar/v4/user") as response:
            assert len(await response.content.readexactly(3)) == 3
            response.close()
        await caller.control("DELETE", "/faults")
        assert (await caller.get("/user")).status == 200

    async def test_truncated_body_is_not_json(self, caller: Caller) -> None:
        await caller.control("PUT", "/faults", {"garbage": "truncated"})
        with pytest.raises(ValueError, match=r"Unterminated|Expecting|delimiter"):
            await caller.get("/user")

    async def test_reset_breaks_the_connection(self, caller: Caller, caplog: pytest.LogCaptureFixture) -> None:
        await caller.control("PUT", "/faults", {"path": "/user", "reset": True})
        with pytest.raises(aiohttp.ClientConnectionError):
            await caller.get("/user")
        await caller.control("PUT", "/faults", {"path": "/user", "reset": "body"})
        with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientConnectionError)):
            await caller.get("/user")
        await caller.control("DELETE", "/faults")
        assert (await caller.get("/user")).status == 200
        assert not [record for record in caplog.records if record.levelno > logging.INFO]

    @pytest.mark.parametrize(
        "fault",
        [{"reset": "body"}, {"reset": True}, {"trickle": 0.01}, {"garbage": "truncated"}, {"status": 500}],
        ids=str,
    )
    async def test_client_that_has_gone_is_no_error(
        self, caller: Caller, caplog: pytest.LogCaptureFixture, fault: dict[str, Any]
    ) -> None:
        count = caller.simulator.requests["GET /user"]
        await caller.control("PUT", "/faults", {"path": "/user", "delay": 0.1, **fault})
        request = create_task(caller.get("/user"))
        while caller.simulator.requests["GET /user"] == count:  # noqa: ASYNC110 - there is no event to wait for
            await sleep(0.01)
        request.cancel()
        await gather(request, return_exceptions=True)
        await sleep(0.15)
        assert not [record for record in caplog.records if record.levelno > logging.INFO]


async def test_faults_apply_to_pictures(caller: Caller) -> None:
    await caller.sign_in("vauxhall")
    (vehicle,) = (await caller.ok("/user/vehicles", extension="pictures"))["_embedded"]["vehicles"]
    url = vehicle["pictures"][0]
    await caller.control("PUT", "/faults", {"path": "/pictures/*", "status": 503, "times": 1})
    assert (await caller.get(url)).status == 503
    async with caller.session.get(url) as response:
        assert response.status == 200
    counted = (await caller.control("GET", "/requests")).body
    assert counted["GET /pictures/{id}/{number}.png"] == 2
