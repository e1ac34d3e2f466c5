"""What the features show that can be left out, in a real browser: a picture of each for its documentation."""

from dataclasses import replace
from datetime import timedelta
import re

from homeassistant.util import dt as dt_util
from playwright.async_api import expect
import pytest
import pytest_asyncio

from custom_components.stellantis.features.passport.page import build_page
from tests.features.passport.test_page import REPORT, page_format

from .conftest import Home
from .frontend import Frontend
from .pictures import Album

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

CAR = "PEUGEOT e-208"
PRICES = "sensor.electricity_price"


@pytest_asyncio.fixture(loop_scope="session")
async def vin(home: Home) -> str:
    """The car: linked, plugged in, and half full."""
    await home.link("peugeot")
    vin = await home.control.vin("e-208")
    await home.control.patch(
        vin, doors="closed", lock=True, alerts=[], level=52, plug=True, charge=False, temperature=8
    )
    return vin


async def set_prices(home: Home) -> None:
    """Tell Home Assistant the prices of the next two days, of which four hours are cheap: those in four hours."""
    hour = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    prices = [
        {
            "start": (hour + timedelta(hours=number)).isoformat(),
            "end": (hour + timedelta(hours=number + 1)).isoformat(),
            "value": 0.11 if 4 <= number < 8 else 0.32,
        }
        for number in range(48)
    ]
    attributes = {"raw_today": prices, "unit_of_measurement": "EUR/kWh", "friendly_name": "Electricity price"}
    await home.user.set_state(PRICES, "0.32", attributes)


async def test_departure(frontend: Frontend, album: Album, home: Home, vin: str) -> None:
    await set_prices(home)
    await frontend.open_options("Peugeot", "Departures")
    await frontend.pick_entity("Electricity price")
    await frontend.press_main_button()
    await frontend.close_flow()
    at = dt_util.now() + timedelta(hours=11)
    car = await home.find_device(CAR)
    await home.user.call_action("plan_departure", device_id=car, time=f"{at:%H:%M}", level=80)
    await home.user.add_dashboard()
    await frontend.open("/stellantis-cars")
    await frontend.click(frontend.page.get_by_role("tab", name=CAR))
    await expect(frontend.card("Planned charge")).to_contain_text("Cheapest time")
    await expect(frontend.card("Delayed charge")).to_contain_text("M")
    await album.check(frontend.page, "departure")


async def test_prices_by_place(frontend: Frontend, album: Album, home: Home, vin: str) -> None:
    """Zones are only offered if there are any besides home, which has the general price."""
    await frontend.open_options("Peugeot", "Prices by place")
    await expect(frontend.flow).to_contain_text("Public AC")
    await expect(frontend.flow).not_to_contain_text("zone")
    await home.user.send_websocket_command(type="zone/create", name="Work", latitude=48.8, longitude=2.3, radius=100)
    await frontend.open_options("Peugeot", "Prices by place")
    await frontend.click(frontend.flow.get_by_text("Zone", exact=True))
    await frontend.click(frontend.page.get_by_text("Work", exact=True))
    for field, price in enumerate(("0.22", "0.39", "0.59")):
        await frontend.flow.get_by_role("spinbutton").nth(field).fill(price)
    await album.check(frontend.page, "prices-by-place")
    await frontend.press_main_button()
    await frontend.close_flow()
    await frontend.open_options("Peugeot", "Prices by place")
    await expect(frontend.flow.get_by_role("spinbutton").nth(2)).to_have_value("0.59")


@pytest.mark.provokes("uncaught: Object")
async def test_battery_protection(frontend: Frontend, album: Album, home: Home, vin: str) -> None:
    await home.control.patch(vin, battery_12v=64)
    await frontend.open_options("Peugeot", "12 V battery protection")
    await frontend.flow.get_by_role("spinbutton").fill("70")
    await album.check(frontend.page, "battery-protection")
    await frontend.press_main_button()
    await frontend.close_flow()
    await home.user.wait_until_loaded()
    await frontend.open_car(CAR)
    await frontend.click_button("Press", frontend.row("Wake up"))
    await expect(frontend.message).to_contain_text("64")


async def test_theft_tracking(frontend: Frontend, album: Album, home: Home, vin: str) -> None:
    await frontend.open_options("Peugeot", "Theft tracking")
    await frontend.click(frontend.flow.get_by_text("When the alarm goes off"))
    await frontend.press_main_button()
    await frontend.close_flow()
    await home.user.wait_until_loaded()
    await home.control.patch(vin, alarm="VehicleLifting")
    await frontend.open("/config/integrations/dashboard")
    await frontend.click(frontend.page.get_by_text("Notifications", exact=True))
    await expect(frontend.page.locator("notification-drawer")).to_contain_text("The alarm went off.")
    await album.check(frontend.page, "theft-tracking")


async def test_trip_routes(frontend: Frontend, album: Album, home: Home, vin: str) -> None:
    await frontend.open_options("Peugeot", "Trip routes")
    await frontend.click(frontend.flow.locator("ha-switch"))
    await album.check(frontend.page, "trip-routes")
    await frontend.press_main_button()
    await frontend.close_flow()
    await frontend.open_options("Peugeot", "Trip routes")
    await expect(frontend.flow.get_by_role("switch")).to_be_checked()


async def test_place_names(frontend: Frontend, album: Album, home: Home, vin: str) -> None:
    await frontend.open_options("Peugeot", "Place names")
    await frontend.click(frontend.flow.locator("ha-switch"))
    await album.check(frontend.page, "place-names")


async def test_abrp(frontend: Frontend, album: Album, home: Home, vin: str) -> None:
    await frontend.open_options("Peugeot", "A Better Routeplanner")
    await album.check(frontend.page, "abrp")


async def test_who_did_it(frontend: Frontend, album: Album, home: Home, vin: str) -> None:
    await frontend.open_car(CAR)
    await frontend.click_button("Unlock", frontend.row("Central locking"))
    await expect(frontend.row("Central locking").get_by_role("button", name="Lock", exact=True)).to_be_visible()
    await frontend.open("/logbook?entity_id=lock.peugeot_e_208_central_locking")
    await expect(frontend.page.locator("ha-logbook")).to_contain_text(re.compile(r"Unlocked.*By demo", re.DOTALL))
    await album.check(frontend.page, "who-did-it")


async def test_battery_report(frontend: Frontend, album: Album) -> None:
    page = replace(page_format("en"), length_unit="km", length_factor=1)
    await frontend.page.set_viewport_size({"width": 900, "height": 1000})
    await frontend.page.set_content(build_page(replace(REPORT, model="e-208"), page))
    await album.check(frontend.page, "battery-report")
