"""The way from "Apply for credentials" to the cars, in a real browser."""

import re

from cryptography import x509
from playwright.async_api import expect
import pytest

from tests.auth.test_signing_request import pem, sign_public_key

from .conftest import Home
from .frontend import Frontend

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

SUBJECT = {"Login (MZP)": "MZP123456", "State or province": "Ile de France", "City": "Paris"}
CONTINUE = re.compile(r"Continue with the request of \d{4}-\d{2}-\d{2}")


async def test_from_letter_to_cars(frontend: Frontend, home: Home) -> None:
    """The dialog is closed after each letter, and continued when an answer has arrived."""
    flow = frontend.flow
    await frontend.add_integration()
    await frontend.choose("Apply for credentials")
    await frontend.fill("Your name or company", "A. Driver", flow)
    await frontend.fill("Email address", "driver@home.example", flow)
    await frontend.press_main_button()
    await expect(flow.get_by_role("textbox", name="Letter")).to_have_value(re.compile("Home Assistant of A. Driver"))
    await frontend.close_flow("Close")

    await frontend.add_integration()
    await frontend.choose(CONTINUE)
    await frontend.choose("Create the signing request")
    for label, text in SUBJECT.items():
        await frontend.fill(label, text, flow)
    await frontend.press_main_button()
    shown = await flow.get_by_role("textbox", name="Signing request").input_value()
    async with frontend.page.expect_download() as downloading:
        await frontend.click(flow.get_by_role("link", name="signing_request.csr"))
    request = (await (await downloading.value).path()).read_text(encoding="utf-8")
    assert request == shown
    await frontend.close_flow("Close")

    await frontend.add_integration()
    await frontend.choose(CONTINUE)
    await frontend.choose("Enter the signed certificate")
    certificate = sign_public_key(x509.load_pem_x509_csr(request.encode()).public_key())
    await frontend.fill("Certificate", pem(certificate).decode(), flow)
    await frontend.press_main_button()

    await expect(flow.get_by_role("switch", name="Use a client certificate")).to_be_checked()
    await frontend.fill("Client ID", "demo-client", flow)
    await frontend.fill("Client secret", "demo-secret", flow)
    await frontend.click(flow.get_by_role("radio", name="Custom server"))
    await frontend.fill("Custom server URL", home.simulator_url, flow)
    await frontend.sign_in()
    await expect(flow).to_contain_text("Update interval")
    await frontend.close_flow("Close")
    await frontend.open_car("PEUGEOT e-208")
