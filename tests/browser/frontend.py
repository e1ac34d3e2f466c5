"""What a person does in Home Assistant's frontend, by the labels and texts that the person sees."""

from dataclasses import dataclass, field
import re
from typing import Final

from playwright.async_api import Locator, Page, expect

INTEGRATION_PATH: Final = "/config/integrations/integration/stellantis"


@dataclass
class Frontend:
    """A person in front of a browser.

    Attributes:
        page: the page that the person looks at.
        url: the URL of Home Assistant.
        clicks: number of clicks so far.
        typed: labels of the fields typed into so far.
        problems: errors of the page's console and scripts.
    """

    page: Page
    url: str
    clicks: int = 0
    typed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    async def open(self, path: str) -> None:
        """Open a page of the frontend."""
        await self.page.goto(self.url + path)

    async def click(self, target: Locator) -> None:
        """Click, and count it."""
        await target.click()
        self.clicks += 1

    async def click_button(self, name: str, within: Locator | None = None) -> None:
        """Click the button with exactly this name."""
        await self.click((within or self.page.locator("body")).get_by_role("button", name=name, exact=True))

    async def fill(self, label: str, text: str, within: Locator) -> None:
        """Type into a field, and count it."""
        await within.get_by_role("textbox", name=label).fill(text)
        self.typed.append(label)

    async def search_integration(self, text: str) -> Locator:
        """Search an integration to add; return the dialog."""
        await self.open("/config/integrations/dashboard")
        await self.click_button("Add integration")
        search = self.page.locator("dialog-add-integration")
        await search.get_by_role("textbox").first.fill(text)
        await expect(search.get_by_text("Stellantis")).to_be_visible()
        return search

    async def add_integration(self) -> None:
        """Start to add the integration."""
        search = await self.search_integration("Stellantis")
        await self.click(search.get_by_text("Stellantis"))

    @property
    def flow(self) -> Locator:
        """The dialog of a flow."""
        return self.page.locator("dialog-data-entry-flow")

    async def choose(self, label: str | re.Pattern[str]) -> None:
        """Choose an item of the flow's menu."""
        await self.click(self.flow.get_by_text(label, exact=True))

    async def pick_entity(self, name: str) -> None:
        """Pick an entity in the only entity field of the flow."""
        await self.click(self.flow.get_by_text("Select an entity"))
        entities = self.page.locator("ha-picker-combo-box")
        await entities.get_by_role("textbox").fill(name)
        await self.page.keyboard.press("Enter")
        await expect(self.flow).to_contain_text(name)

    async def press_main_button(self) -> None:
        """Press the flow's main button, whatever it is called on this step."""
        await self.click(self.flow.locator("ha-dialog-footer, [slot=footer]").get_by_role("button").last)

    async def close_flow(self, button: str = "Finish") -> None:
        """Close the flow, and wait until the frontend has gone back from it in its history."""
        await self.click(self.flow.get_by_role("button", name=button, exact=True).last)
        await expect(self.flow.get_by_role("button")).to_have_count(0)
        await self.page.wait_for_function("() => !history.state?.dialog")

    async def open_integration(self) -> None:
        """Open the page of the integration."""
        await self.open(INTEGRATION_PATH)
        await expect(self.page.get_by_role("heading", name="Stellantis").first).to_be_visible()

    def account(self, title: str) -> Locator:
        """The card of an account on the page of the integration."""
        return self.page.locator("ha-config-entry-row").filter(has_text=title)

    async def open_options(self, account: str, item: str) -> None:
        """Open an item of the options of an account."""
        await self.open_integration()
        await self.click_button("Configure", self.account(account))
        await self.choose(item)

    async def choose_from_account_menu(self, account: str, item: str) -> None:
        """Choose an item from the three-dot menu of an account."""
        await self.open_integration()
        await self.click(self.account(account).get_by_role("button", name="Menu").first)
        items = self.page.locator("ha-dropdown-item").filter(visible=True)
        await self.click(items.filter(has_text=re.compile(rf"^\s*{item}\s*$")))

    async def sign_in(self) -> None:
        """Press the flow's main button, and allow everything on the consent page, which opens in its own window."""
        async with self.page.context.expect_page() as opened:
            await self.press_main_button()
        consent = await opened.value
        await self.click(consent.get_by_role("button", name="Allow"))

    async def open_car(self, name: str) -> None:
        """Open the device page of a car."""
        await self.open_integration()
        await self.page.get_by_role("button", name=name).first.click()
        await expect(self.row("Battery").first).to_be_visible()

    def row(self, name: str) -> Locator:
        """The rows of a device page that have this name."""
        names = self.page.get_by_text(name, exact=True)
        return self.page.locator("ha-device-entities-card hui-generic-entity-row").filter(has=names)

    def card(self, name: str) -> Locator:
        """The card of a dashboard that has this name."""
        names = self.page.get_by_text(name, exact=True)
        return self.page.locator("hui-tile-card").filter(has=names).first

    @property
    def message(self) -> Locator:
        """The message at the bottom of the page."""
        return self.page.locator("ha-toast").get_by_role("status")
