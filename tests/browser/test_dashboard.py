"""The dashboard of the cars, in a real browser."""

import re

from playwright.async_api import expect
import pytest
import pytest_asyncio

from .conftest import Home
from .frontend import Frontend
from .pictures import Album

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

# What a stranger asks about a car, the card that answers, and what it says. A door is shown by the picture
QUESTIONS = {
    "Is it locked?": ("Central locking", "Locked"),
    "How full is the battery?": ("Battery", "52%"),
    "How far can I drive?": ("Electric range", r"\d+\s(km|mi)"),
    "Is it plugged in or charging?": ("Charging", "Disconnected"),
    "Where is it?": ("Where it is", "Home|Away"),
    "Is something wrong with it?": ("Warning", "No warning"),
    "When does it need a service?": ("Service due", r"\d{4}-\d{2}-\d{2}"),
    "Is it being warmed up?": ("Preconditioning", "Off"),
    "How old is all that?": ("Last update", "ago|now"),
}
# The tenth question: is a door open?
OPEN_DOOR = "#front-left-on"


@pytest_asyncio.fixture(loop_scope="session")
async def dashboard(frontend: Frontend, home: Home) -> Frontend:
    """The dashboard, added in the options, with a car that stands still."""
    await home.link("peugeot")
    await home.control.patch(await home.control.vin("e-208"), doors="closed", lock=True, level=52, temperature=8)
    dashboards = await home.user.send_websocket_command(type="lovelace/dashboards/list")
    if not any(dashboard["url_path"] == "stellantis-cars" for dashboard in dashboards):
        await frontend.open_options("Peugeot", "Dashboard")
        await frontend.flow.get_by_role("link").filter(has_text="Cars").wait_for()
        await frontend.close_flow("Close")
    await frontend.open("/stellantis-cars")
    await frontend.click(frontend.page.get_by_role("tab", name="PEUGEOT e-208"))
    await expect(frontend.card("Battery")).to_contain_text("52%")
    await expect(frontend.card("Central locking")).to_contain_text("Locked")
    await expect(frontend.card("Last update")).to_contain_text(re.compile(r"ago|now"))
    return frontend


async def test_on_desktop(dashboard: Frontend, album: Album) -> None:
    await expect(dashboard.card("Warning")).to_contain_text("No warning")
    await expect(dashboard.card("Stop at limit")).to_be_visible()
    await album.check(dashboard.page, "dashboard-desktop")


@pytest.mark.phone
async def test_on_phone(dashboard: Frontend, album: Album, home: Home) -> None:
    """The first screen answers ten questions."""
    for question, (name, answer) in QUESTIONS.items():
        card = dashboard.card(name)
        await expect(card, question).to_be_in_viewport(ratio=1)
        await expect(card, question).to_contain_text(re.compile(answer))
    await album.check(dashboard.page, "dashboard-phone")
    await dashboard.page.emulate_media(color_scheme="dark")
    await album.check(dashboard.page, "dashboard-phone-dark")
    door = dashboard.page.locator(f"img[src$='{OPEN_DOOR}']")
    await expect(door).to_have_count(0)
    await home.control.patch(await home.control.vin("e-208"), doors=["Driver"])
    await expect(door).to_be_in_viewport()
