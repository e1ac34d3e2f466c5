"""Who may call, and what users and vehicles look like."""

from io import BytesIO
import re
from typing import Any
from urllib.parse import urlencode

from PIL import Image
import pytest

from simulator import SimulatorConfig

from .conftest import MONDAY, OTHER, Caller

HEX = re.compile(r"[0-9a-f]{40}")


async def test_a_caller_is_checked_in_order(caller: Caller) -> None:
    answer = await caller.get("/user", client_id="nobody")
    assert answer.status == 401
    assert answer.body["code"] // 100 == 401
    assert answer.body.keys() == {"code", "uuid", "message", "timestamp"}
    assert answer.headers["Content-Type"].startswith("application/hal+json")
    await caller.sign_in("peugeot")
    wrong_realm = await caller.get("/user", headers={"x-introspect-realm": "clientsB2COpel"})
    assert (wrong_realm.status, wrong_realm.body["code"]) == (401, 40101)
    for client_id in ("nobody", OTHER.client_id):
        gateway = await caller.get("/user", client_id=client_id)
        assert gateway.status == 401
        assert gateway.body["httpCode"] == "401"
        assert gateway.body["httpMessage"] == "Unauthorized"
    assert (await caller.get("/user")).status == 200


async def test_an_application_can_lose_its_registration(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    await caller.control("PUT", "/oauth", {"client_id": "demo-client", "registered": False})
    answer = await caller.get("/user")
    assert (answer.status, answer.body["moreInformation"]) == (401, "Not registered to plan")
    await caller.control("PUT", "/oauth", {"client_id": "demo-client", "registered": True})
    assert (await caller.get("/user")).status == 200


async def test_other_peoples_and_unknown_things(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    other = next(iter(caller.simulator.world.accounts["opel"].cars))
    cases = {
        f"/user/vehicles/{other}": 40300,
        f"/user/vehicles/{other}/status": 40300,
        "/user/vehicles/nobody": 40400,
        "/user/nothing": 40400,
        "/": 40400,
    }
    for path, code in cases.items():
        answer = await caller.get(path)
        assert (answer.status, answer.body["code"]) == (code // 100, code), path


async def test_every_brand_has_a_driver_with_cars(caller: Caller) -> None:
    motorizations = set()
    for brand, account in caller.simulator.world.accounts.items():
        await caller.sign_in(brand)
        user = (await caller.get("/user")).body
        assert user["email"] == account.brand.email
        assert user["email"].endswith("@example.com")
        cars = user["_embedded"]["Vehicles"]
        assert cars
        for car in cars:
            assert len(car["vin"]) == 17
            assert HEX.fullmatch(car["id"])
            assert not set("IOQ") & set(car["vin"])
            motorizations.add(car["motorization"])
            assert (await caller.get(car["_links"]["status"]["href"])).status == 200
    assert motorizations == {"Electric", "Hybrid", "Thermic", "Hydrogen"}


async def test_extensions_and_country_shape_vehicles(caller: Caller) -> None:
    await caller.sign_in("ds")
    plain = (await caller.get("/user/vehicles")).body["_embedded"]["vehicles"][0]
    assert "_embedded" not in plain
    for extension in ("onboardCapabilities,branding", ["onboardCapabilities", "branding"]):
        answer = await caller.get(f"/user/vehicles/{plain['id']}", extension=extension, country="AR", locale="fr-FR")
        shown = answer.body["_embedded"]["extension"]
        assert shown.keys() == {"onboardCapabilities", "branding"}
        assert answer.body["callCenter"]["stolen"]["countryCode"] == "AR"
    assert shown["branding"] == {"brand": "DS", "label": "DS 3 E-Tense"}
    remote = shown["onboardCapabilities"]["remote"]
    assert not any(entry["supported"] for entry in remote.values())
    assert "data:telemetry:vehicle:doorsState" not in shown["onboardCapabilities"]["data"]


async def test_pictures_can_be_fetched(caller: Caller) -> None:
    await caller.sign_in("vauxhall")
    answer = await caller.get("/user/vehicles", extension="pictures")
    urls = answer.body["_embedded"]["vehicles"][0]["_embedded"]["extension"]["pictures"]
    assert len(urls) == 3
    seen = set[bytes]()
    for url, is_transparent in zip(urls, (True, True, False), strict=True):
        async with caller.session.get(url) as response:
            assert (response.status, response.content_type) == (200, "image/png")
            seen.add(await response.read())
            with Image.open(BytesIO(await response.read())) as picture:
                picture.load()
                assert picture.size == (1024, 576)
                assert picture.has_transparency_data is is_transparent
    assert len(seen) == 3
    assert (await caller.get(urls[0].replace("1.png", "9.png"))).status == 404
    assert (await caller.get(urls[0].replace("/pictures/", "/pictures/x"))).status == 404


async def test_faults_shape_pictures_too(caller: Caller) -> None:
    await caller.sign_in("vauxhall")
    (vehicle,) = (await caller.ok("/user/vehicles", extension="pictures"))["_embedded"]["vehicles"]
    url = vehicle["pictures"][0]
    await caller.control("PUT", "/faults", {"path": "/pictures/*", "status": 503, "times": 1})
    assert (await caller.get(url)).status == 503
    async with caller.session.get(url) as response:
        assert response.status == 200
    counted = (await caller.control("GET", "/requests")).body
    assert counted["GET /pictures/{id}/{number}.png"] == 2


@pytest.mark.parametrize(
    "query",
    [
        {"extension": "odometer"},
        {"extension": "branding,branding,branding,branding"},
        {"country": "FR"},
        {"locale": "?"},
        {"pageSize": "0"},
        {"pageSize": "61"},
        {"pageSize": "x"},
        {"indexRange": "x"},
        {"indexRange": "5-2"},
        {"pageToken": "garbage"},
        {"pageToken": "cDE6OjM6MTow"},
        {"unheard": "of"},
    ],
    ids=str,
)
async def test_a_bad_parameter_is_named(caller: Caller, query: dict[str, str]) -> None:
    await caller.sign_in("peugeot")
    answer = await caller.get("/user/vehicles?" + urlencode(query))
    assert (answer.status, answer.body["code"]) == (400, 40000)
    assert next(iter(query)) in answer.body["message"]


async def test_an_account_without_cars(caller: Caller) -> None:
    await caller.sign_in("vauxhall")
    await caller.control("DELETE", f"/vehicles/{caller.vin('Mokka Electric')}")
    answer = await caller.get("/user/vehicles")
    assert (answer.status, answer.body["code"], answer.body["message"]) == (404, 40400, "No vehicle found")
    assert (await caller.get("/user")).body["_embedded"]["Vehicles"] == []
    added = await caller.control("POST", "/vehicles", {"brand": "vauxhall"})
    vehicles = (await caller.get("/user/vehicles")).body["_embedded"]["vehicles"]
    assert [car["vin"] for car in vehicles] == [added.body["vin"]]


class TestPaging:
    """A fleet of seven in one account."""

    @pytest.fixture
    def config(self) -> SimulatorConfig:
        return SimulatorConfig(start=MONDAY, speed=0, fleet=7, brand="opel")

    @staticmethod
    def vins(body: Any) -> list[str]:
        return [car["vin"] for car in body["_embedded"]["vehicles"]]

    async def test_next_leads_through_all_pages_and_prev_back(self, caller: Caller) -> None:
        await caller.sign_in("opel")
        whole = (await caller.get("/user/vehicles")).body
        assert (whole["total"], whole["totalPage"], whole["currentPage"]) == (7, 1, 1)
        assert whole["_links"].keys() == {"self", "first", "last"}
        page = (await caller.get("/user/vehicles", pageSize="3", extension="branding")).body
        seen, pages = self.vins(page), [page]
        while "next" in page["_links"]:
            page = (await caller.get(page["_links"]["next"]["href"])).body
            seen += self.vins(page)
            pages.append(page)
        assert seen == self.vins(whole)
        assert len(set(seen)) == 7
        assert [page["currentPage"] for page in pages] == [1, 2, 3]
        assert all(page["totalPage"] == 3 for page in pages)
        assert "_embedded" in pages[2]["_embedded"]["vehicles"][0], "the extension is kept on the way"
        back = (await caller.get(page["_links"]["prev"]["href"])).body
        assert self.vins(back) == self.vins(pages[1])
        last = (await caller.get(page["_links"]["last"]["href"])).body
        assert self.vins(last) == self.vins(pages[2])
        first = (await caller.get(page["_links"]["first"]["href"])).body
        assert self.vins(first) == self.vins(pages[0])

    async def test_index_range_and_vin_prefix_narrow(self, caller: Caller) -> None:
        await caller.sign_in("opel")
        whole = self.vins((await caller.get("/user/vehicles")).body)
        assert self.vins((await caller.get("/user/vehicles", indexRange="2-4")).body) == whole[2:5]
        assert self.vins((await caller.get("/user/vehicles", indexRange="5-")).body) == whole[5:]
        assert self.vins((await caller.get("/user/vehicles", indexRange="5")).body) == whole[5:]
        paged = (await caller.get("/user/vehicles", indexRange="1-4", pageSize="3")).body
        following = (await caller.get(paged["_links"]["next"]["href"])).body
        assert self.vins(paged) + self.vins(following) == whole[1:5]
        assert (paged["total"], paged["totalPage"]) == (4, 2)
        prefixed = (await caller.get("/user/vehicles", vinPrefix="VXE")).body
        assert self.vins(prefixed) == [vin for vin in whole if vin.startswith("VXE")]
        assert 0 < len(self.vins(prefixed)) < 7
        assert self.vins((await caller.get("/user/vehicles", vinPrefix="ZZZ")).body) == []


class TestLimits:
    """Five calls a day, two in a second."""

    @pytest.fixture
    def config(self) -> SimulatorConfig:
        return SimulatorConfig(start=MONDAY, speed=0, day_limit=5, burst_limit=0)

    async def test_the_day_is_counted_down_and_then_429(self, caller: Caller) -> None:
        await caller.sign_in("ds")
        left = []
        for _ in range(5):
            headers = (await caller.get("/user")).headers
            assert headers["X-RateLimit-Limit-1"] == "5"
            assert "X-RateLimit-Limit-2" not in headers
            left.append(headers["X-RateLimit-Remaining-1"])
        assert left == ["4", "3", "2", "1", "0"]
        answer = await caller.get("/user")
        assert (answer.status, answer.body["code"]) == (429, 42900)
        assert 86300 < int(answer.headers["Retry-After"]) <= 86400
        assert answer.headers["X-RateLimit-Reset"] == answer.headers["Retry-After"]

    async def test_the_burst_is_limited_too(self, caller: Caller) -> None:
        await caller.sign_in("ds")
        await caller.control("PUT", "/limits", {"burst": 2})
        answers = [await caller.get("/user") for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert [answer.headers["X-RateLimit-Remaining-2"] for answer in answers] == ["1", "0", "0"]
        assert answers[2].headers["Retry-After"] == "1"
        await caller.control("PUT", "/limits", {})
        assert (await caller.get("/user")).status == 200
