"""What a person does with an account, in a real browser."""

import re

from playwright.async_api import expect
import pytest

from .conftest import Home
from .frontend import Frontend

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.provokes("authorization has expired", "Authentication failed", "ConfigEntryAuthFailed")
async def test_sign_in_again_after_revocation(frontend: Frontend, home: Home) -> None:
    await home.link("vauxhall")
    await home.control.put("oauth", {"revoke": "vauxhall", "expire": True})
    await frontend.choose_from_account_menu("Vauxhall", "Reload")
    await expect(frontend.account("Vauxhall")).to_contain_text("The authorization has expired.")
    await frontend.click(frontend.page.get_by_role("button", name=re.compile("Reconfigure|Re-authenticate|Fix")).first)
    await expect(frontend.flow).to_contain_text("The authorization for Vauxhall has expired.")
    await frontend.sign_in()
    await expect(frontend.flow).to_contain_text("Re-authentication was successful")
    await frontend.press_main_button()
    await expect(frontend.account("Vauxhall")).not_to_contain_text("The authorization has expired.")
    await home.user.wait_until_loaded()


async def test_removal(frontend: Frontend, home: Home) -> None:
    await home.link("ds")
    await frontend.choose_from_account_menu("DS", "Delete")
    await frontend.click_button("Delete", frontend.page.locator("dialog-box"))
    await expect(frontend.account("DS")).to_have_count(0)
    assert "DS" not in {entry["title"] for entry in await home.user.get_entries()}
    await frontend.open("/config/devices/dashboard")
    await expect(frontend.page.get_by_text("Sun").first).to_be_visible()
    await expect(frontend.page.get_by_text("DS 3")).to_have_count(0)
