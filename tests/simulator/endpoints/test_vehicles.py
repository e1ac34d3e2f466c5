"""The user, the vehicles and their pictures."""

from dataclasses import replace
from io import BytesIO
import re
from urllib.parse import urlencode

from PIL import Image
import pytest

from simulator import SimulatorConfig

from ..conftest import Caller
from ..helpers import car_path

HEX = re.compile(r"[0-9a-f]{193}")


async def test_every_brand_has_a_user_with_vehicles(caller: Caller) -> None:
    motorizations = set()
    for brand, account in caller.simulator.world.accounts.items():
        await caller.sign_in(brand)
        user = (await caller.get("/user")).body
        assert user["email"] == account.brand.email
        assert user["email"].endswith("@example.com")
        cars = user["_embedded"]["vehicles"]
        assert cars
        for car in cars:
            assert len(car["vin"]) == 17
            assert HEX.fullmatch(car["id"])
            assert not set("IOQ") & set(car["vin"])
            motorizations.add(car["motorization"])
            assert (await caller.get(car["_links"]["status"]["href"])).status == 200
    assert motorizations == {"Electric", "Hybrid", "Thermic", "Hydrogen"}


async def test_extensions_and_country_add_to_a_vehicle(caller: Caller) -> None:
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
async def test_invalid_parameter_is_named_in_the_error(caller: Caller, query: dict[str, str]) -> None:
    await caller.sign_in("peugeot")
    answer = await caller.get("/user/vehicles?" + urlencode(query))
    assert (answer.status, answer.body["code"]) == (400, 40000)
    assert next(iter(query)) in answer.body["message"]


async def test_account_without_vehicles(caller: Caller) -> None:
    await caller.sign_in("vauxhall")
    await caller.control("DELETE", f"/vehicles/{caller.vin('Mokka Electric')}")
    answer = await caller.get("/user/vehicles")
    assert (answer.status, answer.body["code"], answer.body["message"]) == (404, 40400, "No vehicle found")
    assert (await caller.get("/user")).body["_embedded"]["vehicles"] == []
    added = await caller.control("POST", "/vehicles", {"brand": "vauxhall"})
    vehicles = (await caller.get("/user/vehicles")).body["_embedded"]["vehicles"]
    assert [car["vin"] for car in vehicles] == [added.body["vin"]]


@pytest.mark.parametrize("strict", [False, True])
async def test_brand_app_gets_branding_as_its_clients_expect(
    caller: Caller, config: SimulatorConfig, strict: bool
) -> None:
    async with caller.elsewhere(replace(config, strict=strict)) as other:
        await other.sign_in("opel")
        assert "vehicleExtension" not in await other.ok(car_path(other, "Corsa-e"))
        await other.sign_in("opel", client_id="brand-app", scopes="openid profile")
        body = (await other.get(car_path(other, "Corsa-e"), client_id="brand-app")).body
    expected = {
        "vehicleBranding": {"brand": body["brand"], "label": body["label"]},
        "vehiclePictures": {"pictures": body["pictures"]},
    }
    assert body.get("vehicleExtension") == (None if strict else expected)
