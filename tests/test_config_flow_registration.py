"""The way to credentials: a letter, a signing request, the certificate, and a wrong secret that is corrected."""

from http import HTTPStatus
from typing import Any, Final

from homeassistant.components.application_credentials import (
    DATA_COMPONENT,
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_USER, ConfigEntryDisabler, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.stellantis.auth.registration import RegistrationStore
from custom_components.stellantis.auth.signing_request_file import FILE_URL
from custom_components.stellantis.const import DOMAIN
from simulator import Simulator
from tests.auth.test_signing_request import pem, sign
from tests.support.config_flow import Flow, configure, start_entry_flow, suggested_values
from tests.support.helpers import CLIENT_ID, CLIENT_SECRET

pytestmark = [
    pytest.mark.usefixtures("current_request_with_host", "enable_custom_integrations"),
    pytest.mark.simulator(fleet=1, brand="peugeot"),
]

APPLICATION: Final = {"organization": "A. Driver", "email": "a@driver.example", "cars": 2}
SUBJECT: Final = {"login": "MZP123456", "country": "FR", "state": "Ile de France", "city": "Paris"}
STORAGE_KEY: Final = f"{DOMAIN}.registration"


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    """Start a flow as "Add integration" does."""
    assert await async_setup_component(hass, "application_credentials", {})
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})


async def choose(hass: HomeAssistant, flow: ConfigFlowResult, option: str) -> ConfigFlowResult:
    """Select an option of a menu."""
    assert flow["type"] is FlowResultType.MENU
    return await configure(hass, flow, next_step_id=option)


def account(simulator: Simulator, **changes: Any) -> dict[str, Any]:
    """Return what a user enters in the form of an account."""
    server = {"environment": "custom", "url": simulator.url, "use_certificate": False, "choose_redirect": False}
    return {"brand": "peugeot", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **server, **changes}


def credentials_of(hass: HomeAssistant) -> dict[str, str]:
    """Return the client secrets that Home Assistant stores, by the id of their implementation."""
    stored = hass.data[DATA_COMPONENT].async_client_credentials(DOMAIN)
    return {name: credential.client_secret for name, credential in stored.items()}


async def test_few_dialogs(hass: HomeAssistant, simulator: Simulator, finish_consent: Flow) -> None:
    """From "Add integration" to cars: a menu, a form with three fields to type in, and the consent page."""
    flow = await start(hass)
    assert (flow["step_id"], flow["menu_options"]) == ("user", ["enter", "apply"])
    flow = await choose(hass, flow, "enter")
    assert flow["step_id"] == "credentials"
    flow = await configure(hass, flow, **account(simulator, url="nonsense"))
    assert flow["errors"] == {"url": "invalid_url"}
    assert suggested_values(flow)["client_id"] == CLIENT_ID, "what was typed is still there"
    flow = await configure(hass, flow, **account(simulator))
    result = await finish_consent(flow)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert credentials_of(hass) == {result["data"]["auth_implementation"]: CLIENT_SECRET}
    await hass.async_block_till_done(wait_background_tasks=True)

    # Another account of the application begins with what is known
    flow = await start(hass)
    assert flow["step_id"] == "server"
    assert suggested_values(flow) == {
        "environment": "custom",
        "url": f"{simulator.url}/",
        "use_certificate": False,
        "choose_redirect": False,
    }
    # That of another application knows nothing of its server
    await async_import_client_credential(hass, DOMAIN, ClientCredential("another", "secret"), "another")
    flow = await configure(hass, await start(hass), implementation="another")
    assert flow["step_id"] == "server"
    assert "url" not in suggested_values(flow)


async def test_wrong_secret(hass: HomeAssistant, simulator: Simulator, finish_consent: Flow) -> None:
    """It is corrected in the flow, everything else is kept, and the wrong credentials are gone."""
    flow = await choose(hass, await start(hass), "enter")
    flow = await finish_consent(await configure(hass, flow, **account(simulator, client_secret="wrong")))
    assert (flow["step_id"], flow["errors"]) == ("problem", {"base": "invalid_client"})
    flow = await configure(hass, flow)
    assert (flow["step_id"], suggested_values(flow)) == ("secret", {"client_id": CLIENT_ID})
    flow = await finish_consent(await configure(hass, flow, client_id=CLIENT_ID, client_secret="wrong"))
    flow = await configure(hass, flow)
    flow = await finish_consent(await configure(hass, flow, client_id=CLIENT_ID, client_secret="wrong again"))
    flow = await configure(hass, await configure(hass, flow), client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    result = await finish_consent(flow)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)
    assert credentials_of(hass) == {result["data"]["auth_implementation"]: CLIENT_SECRET}


async def test_wrong_secret_is_given_up(hass: HomeAssistant, simulator: Simulator, finish_consent: Flow) -> None:
    flow = await choose(hass, await start(hass), "enter")
    flow = await finish_consent(await configure(hass, flow, **account(simulator, client_secret="wrong")))
    hass.config_entries.flow.async_abort(flow["flow_id"])
    await hass.async_block_till_done(wait_background_tasks=True)
    assert credentials_of(hass) == {}


async def test_new_secret_for_all_accounts(hass: HomeAssistant, simulator: Simulator, finish_consent: Flow) -> None:
    """The application got a new secret: it is entered once, when one of its accounts signs in again."""
    flow = await choose(hass, await start(hass), "enter")
    entry = (await finish_consent(await configure(hass, flow, **account(simulator))))["result"]
    await hass.async_block_till_done(wait_background_tasks=True)
    former = entry.data["auth_implementation"]
    other = MockConfigEntry(domain=DOMAIN, data={**entry.data, "brand": "ds"}, disabled_by=ConfigEntryDisabler.USER)
    other.add_to_hass(hass)
    hass.data[DATA_COMPONENT].data[former]["client_secret"] = "outdated"
    flow = await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH))
    flow = await finish_consent(flow)
    assert flow["errors"] == {"base": "invalid_client"}
    flow = await configure(hass, await configure(hass, flow), client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    assert (await finish_consent(flow))["reason"] == "reauth_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert credentials_of(hass) == {entry.data["auth_implementation"]: CLIENT_SECRET}
    assert entry.data["auth_implementation"] == other.data["auth_implementation"] != former


async def test_application(
    hass: HomeAssistant, hass_storage: dict[str, Any], simulator: Simulator, finish_consent: Flow
) -> None:
    """The dialog can be closed after each step; the key stays in Home Assistant, and is gone with the registration."""
    await hass.config.async_update(country="FR", external_url="https://home.example")
    flow = await choose(hass, await start(hass), "apply")
    flow = await configure(hass, flow, **APPLICATION, scopes=[])
    assert flow["errors"] == {"scopes": "no_scope"}
    flow = await configure(hass, flow, **APPLICATION, scopes=["openid", "data_telemetry"])
    letter = suggested_values(flow)["letter"]
    for text in (
        "Home Assistant of A. Driver",
        "about 3,200 with notifications to a callback, 5,200 without",
        "Scopes: openid data:telemetry\n",
        "https://home.example/auth/external/callback",
        "a@driver.example",
    ):
        assert text in letter
    flow = await configure(hass, flow)
    assert flow["menu_options"] == ["subject", "letter"]
    hass.config_entries.flow.async_abort(flow["flow_id"])

    flow = await start(hass)
    assert (flow["step_id"], flow["menu_options"]) == ("pending", ["registration", "enter", "discard"])
    flow = await choose(hass, await choose(hass, flow, "registration"), "subject")
    assert suggested_values(flow) == {"country": "FR"}
    flow = await configure(hass, flow, **SUBJECT | {"login": "x" * 65})
    assert flow["errors"] == {"base": "invalid_subject"}
    flow = await configure(hass, flow, **SUBJECT)
    request = suggested_values(flow)["signing_request"]
    assert request.startswith("-----BEGIN CERTIFICATE REQUEST-----")
    stored = hass_storage[STORAGE_KEY]["data"]
    assert stored["key"] not in str(flow)
    flow = await configure(hass, flow)
    hass.config_entries.flow.async_abort(flow["flow_id"])

    flow = await choose(hass, await choose(hass, await start(hass), "registration"), "signing_request")
    assert suggested_values(flow)["signing_request"] == request
    flow = await choose(hass, await configure(hass, flow), "signed_certificate")
    flow = await configure(hass, flow)
    assert flow["errors"] == {"certificate": "certificate_missing"}
    flow = await configure(hass, flow, certificate_text=request)
    assert flow["errors"] == {"certificate": "is_signing_request"}
    certificate = pem(sign(stored["key"])).decode()
    flow = await configure(hass, flow, certificate_text=f"\n{certificate}")
    assert flow["step_id"] == "credentials"
    assert suggested_values(flow)["use_certificate"] is True
    hass.config_entries.flow.async_abort(flow["flow_id"])

    flow = await choose(hass, await choose(hass, await start(hass), "registration"), "signed_certificate")
    assert suggested_values(flow) == {"certificate_text": certificate}
    flow = await configure(hass, flow, certificate_text=certificate)
    flow = await configure(hass, flow, **account(simulator, use_certificate=True))
    result = await finish_consent(flow)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (result["data"]["certificate"], result["data"]["key"]) == (certificate, stored["key"])
    assert STORAGE_KEY not in hass_storage, "the entry has the key now"
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_signing_request_file(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    hass_read_only_access_token: str,
) -> None:
    """An administrator downloads it, by a link in the form; the key is not in it."""
    flow = await choose(hass, await start(hass), "apply")
    flow = await configure(hass, flow, **APPLICATION, scopes=["data_telemetry"])
    flow = await configure(hass, await choose(hass, await configure(hass, flow), "subject"), **SUBJECT)
    placeholders = flow["description_placeholders"]
    assert placeholders is not None
    assert f'<a href="{FILE_URL}?authSig=' in placeholders["file"]
    admin, reader = await hass_client(), await hass_client(hass_read_only_access_token)
    response = await admin.get(FILE_URL)
    assert (response.status, response.content_disposition.type) == (HTTPStatus.OK, "attachment")
    assert await response.text() == suggested_values(flow)["signing_request"]
    assert (await reader.get(FILE_URL)).status == HTTPStatus.UNAUTHORIZED
    assert (await (await hass_client_no_auth()).get(FILE_URL)).status == HTTPStatus.UNAUTHORIZED
    await RegistrationStore(hass).async_remove()
    assert (await admin.get(FILE_URL)).status == HTTPStatus.NOT_FOUND


async def test_start_over(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    flow = await choose(hass, await start(hass), "apply")
    flow = await configure(hass, flow, **APPLICATION, scopes=["data_telemetry"])
    flow = await choose(hass, await start(hass), "discard")
    assert flow["step_id"] == "discard"
    assert STORAGE_KEY in hass_storage, "not yet confirmed"
    flow = await configure(hass, flow)
    assert (flow["step_id"], flow["menu_options"]) == ("user", ["enter", "apply"])
    assert STORAGE_KEY not in hass_storage


async def test_unreadable_registration(
    hass: HomeAssistant, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    hass_storage[STORAGE_KEY] = {"version": 1, "minor_version": 1, "key": STORAGE_KEY, "data": {"unknown": 1}}
    assert await RegistrationStore(hass).async_load() is None
    assert "cannot be read" in caplog.text


async def test_found_by_brand(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> None:
    """Add integration finds a text in the domain, and in the first characters of the name.

    Its fuzzy search (threshold 0.2, distance 100) needs the text to begin at one of the first 21 characters. There is
    no room for all brands: with one character between them, the last one begins at the 25th or later in any order.
    """
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "integration/descriptions"})
    name = (await client.receive_json())["result"]["custom"]["integration"][DOMAIN]["name"]
    assert all(0 <= name.find(brand) <= 20 for brand in ("Peugeot", "Citroën", "DS", "Opel"))
    assert all(brand in name for brand in ("Vauxhall", "Stellantis"))
