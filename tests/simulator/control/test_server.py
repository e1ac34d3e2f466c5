"""Control of the clock and of the counters of requests."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..conftest import Caller


async def test_invalid_jump_changes_nothing(caller: Caller) -> None:
    before = (await caller.control("GET", "/clock")).body
    refused = await caller.control("POST", "/clock", {"speed": 60, "advance": 1e12})
    assert (refused.status, refused.body["error"]) == (400, "advance takes a number from 0 to 316224000")
    assert (await caller.control("GET", "/clock")).body == before


async def test_clock_can_be_read_and_changed(caller: Caller) -> None:
    assert (await caller.control("GET", "/clock")).body == {"now": "2026-03-02T03:00:00Z", "speed": 0}
    moved = await caller.control("POST", "/clock", {"advance": 90})
    assert moved.body == {"now": "2026-03-02T03:01:30Z", "speed": 0}
    assert (await caller.control("POST", "/clock", {"speed": 3600})).body["speed"] == 3600
    await asyncio.sleep(0.05)
    assert (await caller.control("GET", "/clock")).body["now"] > "2026-03-02T03:01:30Z"


async def test_requests_are_counted_by_template(caller: Caller) -> None:
    await caller.sign_in("ds")
    await caller.status("3 E-Tense")
    await caller.status("3 E-Tense")
    await caller.get("/user")
    await caller.get("/nowhere")
    await caller.oauth("access_token", grant_type="none")
    assert (await caller.control("GET", "/requests")).body == {
        "GET /user/vehicles/{id}/status": 2,
        "GET /user": 1,
        "GET (unknown path)": 1,
        "POST /am/oauth2/access_token": 1,
    }
    await caller.control("DELETE", "/requests")
    assert (await caller.control("GET", "/requests")).body == {}
