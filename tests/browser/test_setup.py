"""The way from "Add integration" to the cars on the dashboard, in a real browser."""

from playwright.async_api import expect
import pytest

from .conftest import Home
from .frontend import Frontend
from .pictures import Album

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

MAX_CLICKS = 9


async def test_search_words(frontend: Frontend) -> None:
    """These words find the integration; README and docs/configuration.md say that Vauxhall does not."""
    search = await frontend.search_integration("Stellantis")
    for word in ("Peugeot", "Citroën", "Citroen", "DS", "Opel", "Stellantis"):
        await search.get_by_role("textbox").first.fill("Vauxhall")
        await expect(search.get_by_text("(Stellantis)")).to_have_count(0)
        await search.get_by_role("textbox").first.fill(word)
        await expect(search.get_by_text("(Stellantis)")).to_be_visible()


async def test_from_search_to_cars(frontend: Frontend, album: Album, home: Home) -> None:
    search = await frontend.search_integration("Peugeot")
    await album.check(frontend.page, "search")
    await frontend.click(search.get_by_text("Stellantis"))

    await frontend.choose("I have credentials")
    await frontend.fill("Client ID", "demo-client", frontend.flow)
    await frontend.fill("Client secret", "demo-secret", frontend.flow)
    await album.check(frontend.page, "connect")
    await frontend.click(frontend.flow.get_by_role("radio", name="Custom server"))
    await frontend.fill("Custom server URL", home.simulator_url, frontend.flow)
    await frontend.sign_in()

    await expect(frontend.flow).to_contain_text("Update interval")
    await frontend.choose("Dashboard")
    await frontend.click(frontend.flow.get_by_role("link", name="Cars"))
    # The page was loaded before the integration: the link loads it anew, with the dashboard's strategy
    await expect(frontend.page.get_by_role("tab", name="PEUGEOT e-208")).to_be_visible()
    assert frontend.typed == ["Client ID", "Client secret", "Custom server URL"]
    assert frontend.clicks <= MAX_CLICKS
    await frontend.open_car("PEUGEOT e-208")
