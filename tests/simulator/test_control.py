"""The control interface, the faults and the counters."""

import asyncio
import logging
from time import perf_counter
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from simulator import Simulator, SimulatorConfig
from simulator.control.manual_changes import SETTINGS

if TYPE_CHECKING:
    from .conftest import Caller


async def test_vehicles_are_listed(caller: Caller) -> None:
    fleet = (await caller.control("GET", "/vehicles")).body
    assert len(fleet) == 9
    assert all({"id", "vin", "brand", "model", "account", "motorization"} <= car.keys() for car in fleet)


async def test_cars_come_and_go(caller: Caller) -> None:
    await caller.sign_in("ds")
    added = (await caller.control("POST", "/vehicles", {"brand": "ds", "model": "3 E-Tense"})).body
    assert len((await caller.get("/user/vehicles")).body["_embedded"]["vehicles"]) == 2
    assert (await caller.get(f"/user/vehicles/{added['id']}/status")).status == 200
    assert (await caller.control("DELETE", f"/vehicles/{added['vin']}")).status == 204
    assert (await caller.get(f"/user/vehicles/{added['id']}/status")).status == 404
    refused = await caller.control("POST", "/vehicles", {"brand": "ds", "model": "2CV"})
    assert refused.status == 400
    assert "ds 3 E-Tense" in refused.body["error"]


async def test_a_raw_status_is_served_verbatim_until_it_is_deleted(caller: Caller) -> None:
    await caller.sign_in("ds")
    vin = caller.vin("3 E-Tense")
    raw = b'{"schedule": [],  "timed.odometer": {"mileage": 1.50}}'
    url = f"{caller.simulator.url}/_control/vehicles/{vin}/status"
    async with caller.session.put(url, data=raw) as response:
        assert response.status == 204
    car = caller.simulator.world.by_vin(vin)
    assert car
    path = f"{caller.simulator.url}/connectedcar/v4/user/vehicles/{car.id}/status?client_id=demo-client"
    headers = {"Authorization": f"Bearer {caller.tokens['access_token']}", "x-introspect-realm": caller.realm}
    async with caller.session.get(path, headers=headers) as response:
        assert await response.read() == raw
        assert response.content_type == "application/hal+json"
    await caller.control("DELETE", f"/vehicles/{vin}/status")
    assert "energies" in await caller.status("3 E-Tense")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"lvl": 5}, "known: routine, position"),
        ({"level": 101}, "level takes % from 0 to 100"),
        ({"level": True}, "level takes"),
        ({"plug": 1}, "plug takes true or false"),
        ({"charge": "Maybe"}, "charge takes"),
        ({"drive": {"hours": 2}}, "drive takes"),
        ({"drive": {"distance": 0}}, "drive takes"),
        ({"doors": ["Bonnet"]}, "doors takes"),
        ({"position": [1]}, "position takes"),
        ({"position": [1, 91]}, "position takes"),
        ({"privacy": "Some"}, "privacy takes"),
        ({"alarm": "Loud"}, "alarm takes"),
        ({"temperature": "cold"}, "temperature takes"),
        ({"fuel_level": 50}, "does not have what fuel_level sets"),
    ],
    ids=str,
)
async def test_a_wrong_change_is_refused_and_changes_nothing(caller: Caller, values: Any, words: str) -> None:
    await caller.sign_in("peugeot")
    before = await caller.status("e-208")
    answer = await caller.change("e-208", odometer=1, **values)
    assert answer.status == 400
    assert words in answer.body["error"]
    assert await caller.status("e-208") == before
    assert set(SETTINGS) >= {"plug", "charge", "drive", "doors", "lock", "position", "level", "privacy", "asleep"}


async def test_what_is_set_by_hand_stays_until_the_routine_is_let_go_on(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    assert (await caller.change("e-208", level=42)).body["routine"] is False
    before = await caller.status("e-208")
    await caller.control("POST", "/clock", {"advance": 7 * 86400})
    after = await caller.status("e-208")
    assert after["odometer"]["mileage"] == before["odometer"]["mileage"]
    assert (await caller.change("e-208", routine=True)).body["routine"] is True
    await caller.control("POST", "/clock", {"advance": 7 * 86400})
    assert (await caller.status("e-208"))["odometer"]["mileage"] > before["odometer"]["mileage"]
    assert (await caller.change("e-208", level=50, routine=True)).body["routine"] is True


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/clock", {"advance": -1}),
        ("POST", "/clock", {"speed": "fast"}),
        ("POST", "/clock", {"back": 1}),
        ("POST", "/clock", [1]),
        ("POST", "/token", {"brand": "lada"}),
        ("POST", "/token", {"brand": "ds", "client_id": "nobody"}),
        ("PUT", "/oauth", {"client_id": "nobody"}),
        ("PUT", "/oauth", {"expires_in": -1}),
        ("PUT", "/faults", {"garbage": "leaves"}),
        ("PUT", "/faults", {"reset": "soon"}),
        ("PUT", "/faults", {"where": "/user"}),
        ("PUT", "/faults", {"delay": "long"}),
        ("PUT", "/faults", {"delay": float("inf")}),
        ("PUT", "/faults", {"garbage": []}),
        ("PUT", "/faults", {"path": 5}),
        ("PUT", "/faults", {"method": []}),
        ("PUT", "/faults", {"headers": "x"}),
        ("PUT", "/faults", {"headers": {"a": 1}}),
        ("PUT", "/faults", {"headers": {"a": "b\r\nc"}}),
        ("PUT", "/faults", {"status": 99}),
        ("PUT", "/faults", {"times": 1.5}),
        ("PUT", "/faults", ["all"]),
        ("POST", "/clock", {"advance": float("nan")}),
        ("POST", "/clock", {"advance": float("inf")}),
        ("POST", "/clock", {"advance": 1e12}),
        ("POST", "/clock", {"speed": float("inf")}),
        ("POST", "/vehicles", {"brand": "opel", "model": []}),
        ("POST", "/token", {"brand": []}),
        ("POST", "/token", {"brand": "ds", "client_id": []}),
        ("POST", "/token", {"brand": "ds", "expires_in": "abc"}),
        ("POST", "/token", {"brand": "ds", "scopes": [1]}),
        ("PUT", "/oauth", {"client_id": []}),
        ("PUT", "/limits", {"day": float("inf")}),
        ("PUT", "/limits", {"day": 10**400}),
        ("POST", "/remotes/next", {"notifications": []}),
    ],
    ids=str,
)
async def test_what_control_does_not_understand_is_400(caller: Caller, method: str, path: str, body: Any) -> None:
    answer = await caller.control(method, path, body)
    assert answer.status == 400
    assert answer.body["error"]


async def test_a_wrong_jump_moves_nothing(caller: Caller) -> None:
    before = (await caller.control("GET", "/clock")).body
    refused = await caller.control("POST", "/clock", {"speed": 60, "advance": 1e12})
    assert (refused.status, refused.body["error"]) == (400, "advance takes a number from 0 to 316224000")
    assert (await caller.control("GET", "/clock")).body == before


async def test_rules_can_be_put_back_as_they_were_read(caller: Caller) -> None:
    await caller.control("PUT", "/faults", {"status": 503, "headers": {"X-Why": "test"}})
    rules = (await caller.control("GET", "/faults")).body
    assert (await caller.control("PUT", "/faults", rules)).body == rules


@pytest.mark.parametrize(("kept", "number"), [("day", 1), ("burst", 2)])
async def test_a_limit_that_is_not_given_stays(caller: Caller, kept: str, number: int) -> None:
    await caller.sign_in("ds")
    await caller.control("PUT", "/limits", {"day": 40, "burst": 40})
    (other,) = {"day", "burst"} - {kept}
    assert (await caller.control("PUT", "/limits", {other: 50})).status == 204
    headers = (await caller.get("/user")).headers
    assert headers[f"X-RateLimit-Limit-{number}"] == "40"
    assert headers[f"X-RateLimit-Limit-{3 - number}"] == "50"


async def test_control_knows_no_strangers(caller: Caller) -> None:
    for method, path in (("PATCH", "/vehicles/X"), ("DELETE", "/vehicles/X"), ("PUT", "/vehicles/X/status")):
        assert (await caller.control(method, path, {})).status == 404
    async with caller.session.put(f"{caller.simulator.url}/_control/faults", data=b"{") as response:
        assert response.status == 400


async def test_the_clock_can_be_read_and_moved(caller: Caller) -> None:
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


class TestFaults:
    """Rules that shape answers."""

    @pytest.fixture(autouse=True)
    async def _sign_in(self, caller: Caller) -> None:
        await caller.sign_in("ds")

    async def test_a_status_for_a_template_some_times(self, caller: Caller) -> None:
        await caller.control("PUT", "/faults", {"path": "/user/vehicles/{id}/status", "status": 500, "times": 2})
        assert (await caller.get("/user")).status == 200
        car = next(iter(caller.simulator.world.accounts["ds"].cars))
        answers = [await caller.get(f"/user/vehicles/{car}/status") for _ in range(3)]
        assert [answer.status for answer in answers] == [500, 500, 200]
        assert answers[0].body["code"] == 50000

    async def test_the_first_rule_that_matches_works(self, caller: Caller) -> None:
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

    async def test_429_says_when_to_come_back(self, caller: Caller) -> None:
        await caller.control("PUT", "/faults", {"status": 429, "retry_after": 17})
        answer = await caller.get("/user")
        assert (answer.status, answer.headers["Retry-After"]) == (429, "17")
        assert answer.body["code"] == 42900

    async def test_a_delay_gives_the_true_answer_late(self, caller: Caller) -> None:
        await caller.control("PUT", "/faults", {"delay": 0.1, "headers": {"X-Late": "yes"}})
        started = perf_counter()
        answer = await caller.get("/user")
        assert perf_counter() - started > 0.1
        assert (answer.status, answer.headers["X-Late"]) == (200, "yes")

    @pytest.mark.parametrize(
        ("kind", "content_type", "size"),
        [("html", "text/html", None), ("empty", "application/hal+json", 0), ("wrong_type", "text/plain", 2)],
    )
    async def test_garbage(self, caller: Caller, kind: str, content_type: str, size: int | None) -> None:
        await caller.control("PUT", "/faults", {"garbage": kind})
        async with caller.session.get(f"{caller.simulator.url}/connectedcar/v4/user") as response:
            body = await response.read()
            assert response.content_type == content_type
            assert size is None or len(body) == size

    async def test_a_truncated_body_is_no_json(self, caller: Caller) -> None:
        await caller.control("PUT", "/faults", {"garbage": "truncated"})
        with pytest.raises(ValueError, match=r"Unterminated|Expecting|delimiter"):
            await caller.get("/user")

    async def test_a_reset_cuts_the_connection(self, caller: Caller, caplog: pytest.LogCaptureFixture) -> None:
        await caller.control("PUT", "/faults", {"path": "/user", "reset": True})
        with pytest.raises(aiohttp.ClientConnectionError):
            await caller.get("/user")
        await caller.control("PUT", "/faults", {"path": "/user", "reset": "body"})
        with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientConnectionError)):
            await caller.get("/user")
        await caller.control("DELETE", "/faults")
        assert (await caller.get("/user")).status == 200
        assert not [record for record in caplog.records if record.levelno > logging.INFO]


async def test_several_simulators_run_side_by_side() -> None:
    async with Simulator(SimulatorConfig(seed=1)) as one, Simulator(SimulatorConfig(seed=2)) as other:
        assert one.port != other.port
        async with aiohttp.ClientSession() as session:
            for simulator in (one, other):
                async with session.get(f"{simulator.url}/_control/vehicles") as response:
                    assert [car["vin"] for car in await response.json()] == [
                        car.vin for car in simulator.world.vehicles
                    ]
    with pytest.raises(RuntimeError, match="not running"):
        _ = one.port
