"""Rate limits."""

from typing import TYPE_CHECKING

import pytest

from simulator import SimulatorConfig

from ..conftest import MONDAY, Caller

if TYPE_CHECKING:
    from ..conftest import Caller


class TestLimits:
    """A limit of five calls a day, later of two in a second."""

    @pytest.fixture
    def config(self) -> SimulatorConfig:
        return SimulatorConfig(start=MONDAY, speed=0, day_limit=5, burst_limit=0)

    async def test_daily_limit(self, caller: Caller) -> None:
        await caller.sign_in("ds")
        left = []
        for _ in range(5):
            headers = (await caller.get("/user")).headers
            assert headers["X-RateLimit-Limit-1"] == "5"
            assert "X-RateLimit-Limit-2" not in headers
            left.append(headers["X-RateLimit-Remaining-1"])
        assert left == ["4", "3", "2", "1", "0"]
        response = await caller.get("/user")
        assert (response.status, response.body["code"]) == (429, 42900)
        assert 86300 < int(response.headers["Retry-After"]) <= 86400
        assert response.headers["X-RateLimit-Reset"] == response.headers["Retry-After"]

    async def test_burst_limit(self, caller: Caller) -> None:
        await caller.sign_in("ds")
        await caller.control("PUT", "/limits", {"burst": 2})
        answers = [await caller.get("/user") for _ in range(3)]
        assert [response.status for response in answers] == [200, 200, 429]
        assert [response.headers["X-RateLimit-Remaining-2"] for response in answers] == ["1", "0", "0"]
        assert answers[2].headers["Retry-After"] == "1"
        await caller.control("PUT", "/limits", {})
        assert (await caller.get("/user")).status == 200


@pytest.mark.parametrize(("unchanged", "number"), [("day", 1), ("burst", 2)])
async def test_missing_limit_is_not_changed(caller: Caller, unchanged: str, number: int) -> None:
    await caller.sign_in("ds")
    await caller.control("PUT", "/limits", {"day": 40, "burst": 40})
    (other,) = {"day", "burst"} - {unchanged}
    assert (await caller.control("PUT", "/limits", {other: 50})).status == 204
    headers = (await caller.get("/user")).headers
    assert headers[f"X-RateLimit-Limit-{number}"] == "40"
    assert headers[f"X-RateLimit-Limit-{3 - number}"] == "50"
