"""What a person does with a car, in a real browser."""

import asyncio

from playwright.async_api import expect
import pytest
import pytest_asyncio

from .conftest import Home
from .frontend import Frontend
from .pictures import Album

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

CAR = "PEUGEOT e-208"
CODE = "4711"


@pytest_asyncio.fixture(loop_scope="session")
async def vin(home: Home) -> str:
    """The car: linked, closed, locked, and half full."""
    await home.link("peugeot")
    vin = await home.control.vin("e-208")
    await home.control.delete("remotes/next")
    await home.control.patch(vin, doors="closed", lock=True, alerts=[], level=52)
    return vin


async def wait_until_locked(home: Home, vin: str, *, locked: bool) -> None:
    """Wait until the simulated car is locked, or unlocked."""
    for _ in range(600):
        if (await home.control.get(f"vehicles/{vin}"))["state"]["locked"] is locked:
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"after a minute, the car is not {'locked' if locked else 'unlocked'}")


async def test_device_page(frontend: Frontend, vin: str) -> None:
    await frontend.open_car(CAR)
    await expect(frontend.row("Battery")).to_contain_text("52%")
    await expect(frontend.row("Central locking")).to_contain_text("Unlock")
    await expect(frontend.row("Warning")).to_contain_text("No warning")


async def test_unlock_with_code_and_lock(frontend: Frontend, home: Home, vin: str) -> None:
    await frontend.open_options("Peugeot", "Unlock code")
    await frontend.fill("Code", CODE, frontend.flow)
    await frontend.press_main_button()
    await frontend.close_flow()

    await frontend.open_car(CAR)
    await frontend.click_button("Unlock", frontend.row("Central locking"))
    dialog = frontend.page.locator("dialog-enter-code")
    await frontend.fill("Code", CODE, dialog)
    await frontend.click_button("Unlock", dialog)
    await expect(frontend.row("Central locking").get_by_role("button", name="Lock", exact=True)).to_be_visible()
    await wait_until_locked(home, vin, locked=False)

    await frontend.click_button("Lock", frontend.row("Central locking"))
    await expect(frontend.row("Central locking").get_by_role("button", name="Unlock")).to_be_visible()
    await wait_until_locked(home, vin, locked=True)


@pytest.mark.phone
@pytest.mark.provokes("uncaught: Object")
async def test_reason_of_failed_command(frontend: Frontend, home: Home, vin: str) -> None:
    failure = {"status": "Failed", "failureCause": "DoorsOpen", "delay": 1}
    await home.control.post("remotes/next", {"events": [{"status": "Accepted"}, failure]})
    await frontend.open_car(CAR)
    await frontend.click_button("Press", frontend.row("Sound horn"))
    await expect(frontend.message).to_contain_text("A door, the trunk, or the hood is open. Close it, then try again.")


async def test_alert_in_words(frontend: Frontend, home: Home, vin: str) -> None:
    await frontend.open_car(CAR)
    await home.control.patch(vin, alerts=["AddWasherFluid"])
    await expect(frontend.row("Warning")).to_contain_text("Washer fluid low")


async def test_monitor_by_forms(frontend: Frontend, album: Album, home: Home, vin: str) -> None:
    await frontend.open_integration()
    await frontend.click_button("Add monitor")
    await frontend.fill("Name", "Nearly empty", frontend.flow)
    await frontend.press_main_button()
    await frontend.choose("Car data")
    await expect(frontend.flow).to_contain_text("Battery level")
    await frontend.press_main_button()
    await frontend.flow.get_by_role("spinbutton").fill("20")
    await album.check(frontend.page, "monitor")
    await frontend.press_main_button()
    await expect(frontend.flow).to_contain_text("20")
    await frontend.choose("Finish")
    await frontend.close_flow()
    await expect(frontend.account("Peugeot")).to_contain_text("Nearly empty")

    await frontend.open(f"/config/devices/device/{await home.find_device('Nearly empty')}")
    await expect(frontend.row("Status")).to_contain_text("Running")
    await expect(frontend.row("Nearly empty")).to_contain_text("Unknown")
    await home.control.patch(vin, level=19)
    await expect(frontend.row("Nearly empty")).to_contain_text("Triggered")


async def test_options(frontend: Frontend, home: Home, vin: str) -> None:
    await frontend.open_options("Peugeot", "Update interval")
    await frontend.flow.get_by_role("spinbutton", name="Parked").fill("30")
    await frontend.press_main_button()
    await frontend.close_flow()
    await frontend.open_options("Peugeot", "Update interval")
    await expect(frontend.flow.get_by_role("spinbutton", name="Parked")).to_have_value("30")
