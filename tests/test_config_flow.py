"""The config flow, clicked through as a person would, with the simulator's consent page at the other end."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
import ssl
import threading
from typing import Any
from unittest.mock import patch

import aiohttp
from cryptography.hazmat.primitives import serialization
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE, SOURCE_USER, ConfigEntry, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from custom_components.stellantis.const import DOMAIN
from simulator import Client, Simulator, SimulatorConfig
from tests.conftest import Link
from tests.helpers import CLIENT_ID, Control

pytestmark = pytest.mark.usefixtures("current_request_with_host", "enable_custom_integrations")

REDIRECT_URI = "myapp://oauth2redirect/fr"
type Flow = Callable[..., Awaitable[ConfigFlowResult]]


async def configure(hass: HomeAssistant, flow: ConfigFlowResult, **answer: Any) -> ConfigFlowResult:
    """Answer a step."""
    return await hass.config_entries.flow.async_configure(flow["flow_id"], answer)


async def start_on(hass: HomeAssistant, entry: ConfigEntry, source: str) -> ConfigFlowResult:
    """Start a flow on an entry that is there."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": source, "entry_id": entry.entry_id}, data=entry.data
    )


async def decide(url: str, decision: str = "allow", context: ssl.SSLContext | None = None) -> URL:
    """Press a button on the consent page and return where the browser is sent."""
    query = URL(url).query
    form = [("decision", decision), *(("scope", scope) for scope in query["scope"].split())]
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(url, data=form, allow_redirects=False, ssl=context or True) as response,
    ):
        assert response.status == 302
        return URL(response.headers["Location"])


@pytest.fixture
async def start(hass: HomeAssistant, credentials: None, simulator: Simulator) -> Flow:
    """Return a function that goes to the consent menu."""

    async def go(brand: str = "peugeot", url: str | None = None) -> ConfigFlowResult:
        flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
        assert flow["step_id"] == "brand"
        flow = await configure(hass, flow, brand=brand)
        assert flow["step_id"] == "server"
        flow = await configure(hass, flow, environment="custom", url=url or simulator.url, use_certificate=False)
        assert flow["type"] is FlowResultType.MENU
        return flow

    return go


@pytest.fixture
async def come_back(hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator) -> Flow:
    """Return a function that decides on the consent page and lets the browser come back to Home Assistant."""

    async def go(flow: ConfigFlowResult, decision: str = "allow") -> ConfigFlowResult:
        assert flow["type"] is FlowResultType.EXTERNAL_STEP
        back = await decide(flow["url"], decision)
        client = await hass_client_no_auth()
        assert (await client.get(str(back.relative()))).status == 200
        return await hass.config_entries.flow.async_configure(flow["flow_id"])

    return go


@pytest.fixture
async def redirect(hass: HomeAssistant, come_back: Flow) -> Flow:
    """Return a function that goes from the consent menu through Home Assistant's own redirect."""

    async def go(flow: ConfigFlowResult, decision: str = "allow") -> ConfigFlowResult:
        return await come_back(await configure(hass, flow, next_step_id="home_assistant"), decision)

    return go


@pytest.fixture
async def paste(hass: HomeAssistant) -> Flow:
    """Return a function that goes from the consent menu through an address of the application's own."""

    async def go(flow: ConfigFlowResult) -> ConfigFlowResult:
        flow = await configure(hass, flow, next_step_id="other_address")
        flow = await configure(hass, flow, redirect_uri=REDIRECT_URI)
        assert flow["step_id"] == "paste"
        back = await decide(flow["description_placeholders"]["url"])
        return await configure(hass, flow, redirected_url=f" {back} ")

    return go


async def test_home_assistants_redirect(
    hass: HomeAssistant, start: Flow, redirect: Flow, simulator: Simulator
) -> None:
    done = await redirect(await start())
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert done["title"] == "Peugeot"
    data = dict(done["data"])
    assert data.pop("token")["scope"].split()[0] == "openid"
    assert data == {
        "auth_implementation": DOMAIN,
        "brand": "peugeot",
        "environment": "custom",
        "url": f"{simulator.url}/",
    }
    await hass.async_block_till_done()
    assert done["result"].state is ConfigEntryState.LOADED
    # Who it is cannot be read from the name of the account
    assert len(done["result"].unique_id) == 32


async def test_pasted_address(hass: HomeAssistant, start: Flow, paste: Flow) -> None:
    done = await paste(await start("citroen"))
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert done["title"] == "Citroën"
    assert done["data"]["redirect_uri"] == REDIRECT_URI


@pytest.mark.parametrize("redirect_uri", ["", "no address", "myapp", "https://a.example/b#c", "http://["])
async def test_redirect_address_is_checked(hass: HomeAssistant, start: Flow, redirect_uri: str) -> None:
    flow = await configure(hass, await start(), next_step_id="other_address")
    flow = await configure(hass, flow, redirect_uri=redirect_uri)
    assert flow["step_id"] == "other_address"
    assert flow["errors"] == {"redirect_uri": "invalid_redirect_uri"}


async def test_pasted_address_is_checked(hass: HomeAssistant, start: Flow) -> None:
    flow = await configure(hass, await start(), next_step_id="other_address")
    flow = await configure(hass, flow, redirect_uri=REDIRECT_URI)
    url = flow["description_placeholders"]["url"]
    state = URL(url).query["state"]
    for pasted, error in (
        ("nonsense", "no_code"),
        ("http://[", "no_code"),
        (f"{REDIRECT_URI}?state={state}", "no_code"),
        (f"{REDIRECT_URI}?code=x", "state_mismatch"),
        (f"{REDIRECT_URI}?code=x&state=another", "state_mismatch"),
        (f"{REDIRECT_URI}?error=access_denied&state={state}", "access_denied"),
        (f"{REDIRECT_URI}?error=server_error&state={state}", "consent_failed"),
    ):
        flow = await configure(hass, flow, redirected_url=pasted)
        assert flow["errors"] == {"redirected_url": error}, pasted
        # The consent page's address stays, so that the right one can be pasted still
        assert flow["description_placeholders"]["url"] == url
    flow = await configure(hass, flow, redirected_url=str(await decide(url)))
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_denied_then_allowed(hass: HomeAssistant, start: Flow, redirect: Flow) -> None:
    flow = await redirect(await start(), "deny")
    assert (flow["step_id"], flow["errors"]) == ("problem", {"base": "access_denied"})
    flow = await configure(hass, flow)
    assert flow["step_id"] == "consent"
    assert (await redirect(flow))["type"] is FlowResultType.CREATE_ENTRY


async def test_consent_page_failed(
    hass: HomeAssistant, start: Flow, hass_client_no_auth: ClientSessionGenerator
) -> None:
    flow = await configure(hass, await start(), next_step_id="home_assistant")
    state = URL(flow["url"]).query["state"]
    client = await hass_client_no_auth()
    await client.get("/auth/external/callback", params={"state": state, "error": "server_error"})
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert flow["errors"] == {"base": "consent_failed"}


@pytest.mark.parametrize(
    ("fault", "error", "next_step"),
    [
        ({"path": "/user*", "status": 500, "body": {"code": 50038, "message": "CVS error/user-vins"}}, "server_error", None),
        ({"path": "/user*", "garbage": "html"}, "invalid_response", None),
        ({"path": "/user*", "reset": True}, "cannot_connect", None),
        ({"path": "/user*", "status": 429, "retry_after": 60}, "rate_limited", None),
        ({"path": "/user*", "status": 400}, "request_failed", None),
        ({"path": "/user*", "status": 403}, "forbidden", "consent"),
        ({"path": "/user*", "status": 401}, "unauthorized", "consent"),
        (
            {
                "path": "/user*",
                "status": 401,
                "body": {"httpCode": "401", "httpMessage": "Unauthorized", "moreInformation": "Not registered to plan"},
            },
            "not_registered",
            "server",
        ),
        (
            {
                "path": "/user*",
                "status": 401,
                "body": {"httpMessage": "Unauthorized", "moreInformation": "Cannot pass the security checks"},
            },
            "certificate_rejected",
            "certificate",
        ),
        ({"path": "/user/vehicles", "status": 404, "body": {"code": 40400, "message": "No vehicle found"}}, "no_vehicles", None),
        (
            {"path": "/user/vehicles", "body": {"_links": {}, "total": 0, "totalPage": 0, "currentPage": 1, "_embedded": {}}},
            "no_vehicles",
            None,
        ),
        ({"path": "/am/oauth2/access_token", "status": 503, "body": "<html>Maintenance</html>"}, "server_error", None),
        ({"path": "/am/oauth2/access_token", "status": 200, "body": {"token_type": "Bearer"}}, "invalid_response", None),
        (
            {"path": "/am/oauth2/access_token", "status": 400, "body": {"error": "invalid_grant"}},
            "grant_expired",
            "consent",
        ),
    ],
)
async def test_problem_with_the_server(
    hass: HomeAssistant,
    start: Flow,
    redirect: Flow,
    control: Control,
    fault: dict[str, Any],
    error: str,
    next_step: str | None,
) -> None:
    """Each failure has its text; the flow goes on where it can be mended, with all that was typed."""
    await control.put("faults", [fault])
    flow = await redirect(await start())
    assert (flow["step_id"], flow["errors"]) == ("problem", {"base": error})
    # A flow that the frontend asks for again shows the same
    flow = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert flow["errors"] == {"base": error}
    await control.delete("faults")
    flow = await configure(hass, flow)
    if next_step is None:
        assert flow["type"] is FlowResultType.CREATE_ENTRY
        return
    assert flow["step_id"] == next_step
    if next_step == "consent":
        assert (await redirect(flow))["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.simulator(clients=(Client(client_id=CLIENT_ID, secret="another"),))
async def test_wrong_secret(hass: HomeAssistant, start: Flow, redirect: Flow) -> None:
    flow = await redirect(await start())
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "invalid_client")


async def test_server_down(hass: HomeAssistant, start: Flow, unused_tcp_port: int) -> None:
    flow = await start(url=f"http://127.0.0.1:{unused_tcp_port}")
    flow = await configure(hass, flow, next_step_id="other_address")
    flow = await configure(hass, flow, redirect_uri=REDIRECT_URI)
    state = URL(flow["description_placeholders"]["url"]).query["state"]
    flow = await configure(hass, flow, redirected_url=f"{REDIRECT_URI}?code=x&state={state}")
    assert (flow["step_id"], flow["errors"]) == ("problem", {"base": "cannot_connect"})


@pytest.mark.parametrize("url", ["", "nonsense", "http://stellantis.example", "ftp://127.0.0.1", "https://user:pw@a.example"])
async def test_server_address_is_checked(hass: HomeAssistant, credentials: None, url: str) -> None:
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    flow = await configure(hass, flow, brand="ds")
    flow = await configure(hass, flow, environment="custom", url=url, use_certificate=False)
    assert (flow["step_id"], flow["errors"]) == ("server", {"url": "invalid_url"})


@pytest.mark.parametrize(
    ("brand", "environment", "host"),
    [("vauxhall", "production", "idpcvs.vauxhall.co.uk"), ("ds", "pre_production", "idpcvs.driveds.com")],
)
async def test_stellantis_own_servers(
    hass: HomeAssistant, credentials: None, brand: str, environment: str, host: str
) -> None:
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    flow = await configure(hass, flow, brand=brand)
    flow = await configure(hass, flow, environment=environment, use_certificate=False)
    flow = await configure(hass, flow, next_step_id="home_assistant")
    url = URL(flow["url"])
    assert (url.scheme, url.host, url.path) == ("https", host, "/am/oauth2/authorize")
    assert set(url.query) == {"response_type", "client_id", "redirect_uri", "state", "scope", "locale"}


async def test_one_entry_per_account_and_brand(hass: HomeAssistant, start: Flow, redirect: Flow, paste: Flow) -> None:
    assert (await redirect(await start("opel")))["type"] is FlowResultType.CREATE_ENTRY
    again = await paste(await start("opel"))
    assert (again["type"], again["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert (await paste(await start("ds")))["type"] is FlowResultType.CREATE_ENTRY


async def test_without_credentials(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "application_credentials", {})
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "missing_credentials")


async def test_reauth(hass: HomeAssistant, start: Flow, redirect: Flow, come_back: Flow) -> None:
    entry = (await redirect(await start()))["result"]
    await hass.async_block_till_done()
    before = entry.data["token"]
    flow = await start_on(hass, entry, SOURCE_REAUTH)
    assert flow["step_id"] == "reauth_confirm"
    assert flow["description_placeholders"]["brand"] == "Peugeot"
    flow = await configure(hass, flow)
    done = await come_back(flow)
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    await hass.async_block_till_done()
    assert entry.data["token"]["refresh_token"] != before["refresh_token"]
    assert entry.state is ConfigEntryState.LOADED


async def test_reauth_with_a_pasted_address(hass: HomeAssistant, start: Flow, paste: Flow) -> None:
    entry = (await paste(await start("ds")))["result"]
    await hass.async_block_till_done()
    flow = await configure(hass, await start_on(hass, entry, SOURCE_REAUTH))
    assert flow["step_id"] == "paste"
    back = await decide(flow["description_placeholders"]["url"])
    done = await configure(hass, flow, redirected_url=str(back))
    assert done["reason"] == "reauth_successful"


async def test_reauth_wants_the_same_account(
    hass: HomeAssistant, start: Flow, paste: Flow, simulator: Simulator
) -> None:
    entry = (await paste(await start()))["result"]
    await hass.async_block_till_done()
    before = dict(entry.data)
    simulator.world.accounts["peugeot"].id = "another person"
    flow = await configure(hass, await start_on(hass, entry, SOURCE_REAUTH))
    back = await decide(flow["description_placeholders"]["url"])
    done = await configure(hass, flow, redirected_url=str(back))
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "wrong_account")
    assert dict(entry.data) == before


async def test_reconfigure(
    hass: HomeAssistant, start: Flow, paste: Flow, come_back: Flow, simulator: Simulator
) -> None:
    entry = (await paste(await start()))["result"]
    await hass.async_block_till_done()
    flow = await start_on(hass, entry, SOURCE_RECONFIGURE)
    assert flow["step_id"] == "server"
    flow = await configure(hass, flow, environment="custom", url=simulator.url + "/", use_certificate=False)
    flow = await configure(hass, flow, next_step_id="home_assistant")
    done = await come_back(flow)
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert "redirect_uri" not in entry.data
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED


async def test_credentials_gone_at_reauth(hass: HomeAssistant, link: Link) -> None:
    entry = await link(setup=False)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "auth_implementation": "removed"})
    flow = await configure(hass, await start_on(hass, entry, SOURCE_REAUTH))
    # The only credentials that are left are taken
    assert flow["type"] is FlowResultType.EXTERNAL_STEP


type Upload = Callable[[str], Awaitable[str]]


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the simulator's authority and certificates are made."""
    return tmp_path_factory.mktemp("tls")


@pytest.fixture
def secure(tls: Path, socket_enabled: None) -> Generator[Simulator]:
    """A simulator that talks only to clients with a certificate of its authority.

    It has a loop of its own: asyncio reports each handshake that fails to the server's loop, where hass would find it.
    """
    simulator = Simulator(SimulatorConfig(tls=tls, speed=0, routine=False))
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda _loop, _context: None)
    loop.run_until_complete(simulator.start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield simulator
    asyncio.run_coroutine_threadsafe(simulator.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
async def upload(hass: HomeAssistant, hass_client: ClientSessionGenerator, tls: Path) -> Upload:
    """Return a function that uploads a file of the simulator's as the frontend does."""
    assert await async_setup_component(hass, "file_upload", {})
    client = await hass_client()

    async def put(name: str) -> str:
        form = aiohttp.FormData()
        form.add_field("file", (tls / name).read_bytes(), filename=name)
        async with client.post("/api/file_upload", data=form) as response:
            return str((await response.json())["file_id"])

    return put


@pytest.fixture
async def at_certificate(hass: HomeAssistant, credentials: None, secure: Simulator) -> ConfigFlowResult:
    """A flow that waits for the certificate."""
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    flow = await configure(hass, flow, brand="peugeot")
    return await configure(hass, flow, environment="custom", url=secure.url, use_certificate=True)


async def give_consent_securely(hass: HomeAssistant, flow: ConfigFlowResult, tls: Path) -> ConfigFlowResult:
    """Go from the consent menu to the end, with a browser that has the certificate too."""
    flow = await configure(hass, flow, next_step_id="other_address")
    flow = await configure(hass, flow, redirect_uri=REDIRECT_URI)
    url = flow["description_placeholders"]["url"]
    context = ssl.create_default_context(cafile=tls / "ca.pem")
    context.load_cert_chain(tls / "client.pem", tls / "client.key")
    return await configure(hass, flow, redirected_url=str(await decide(url, context=context)))


@pytest.mark.parametrize(
    ("certificate", "key", "password"),
    [
        ("client.pem", "client.key", None),
        ("client.pem", "client.key", "not needed"),
        ("client.der", "client-encrypted.key", "simulator"),
        ("client.der", "client-key.der", None),
        ("both.pem", None, None),
    ],
)
async def test_client_certificate(
    hass: HomeAssistant,
    at_certificate: ConfigFlowResult,
    tls: Path,
    upload: Upload,
    certificate: str,
    key: str | None,
    password: str | None,
) -> None:
    """PEM, DER, a protected key, and a file that holds both: all end in an entry that can be loaded."""
    private_key = serialization.load_pem_private_key((tls / "client.key").read_bytes(), None)
    (tls / "client-key.der").write_bytes(
        private_key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    (tls / "both.pem").write_bytes((tls / "client.key").read_bytes() + (tls / "client.pem").read_bytes())
    answer = {"certificate": await upload(certificate), "ca": await upload("ca.pem")}
    if key:
        answer["key"] = await upload(key)
    if password:
        answer["password"] = password
    flow = await configure(hass, at_certificate, **answer)
    assert flow["type"] is FlowResultType.MENU, flow
    done = await give_consent_securely(hass, flow, tls)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert "password" not in done["data"]
    await hass.async_block_till_done()
    assert done["result"].state is ConfigEntryState.LOADED


async def test_certificate_is_checked_and_nothing_is_lost(
    hass: HomeAssistant, at_certificate: ConfigFlowResult, tls: Path, upload: Upload
) -> None:
    (tls / "nonsense").write_bytes(b"nonsense")
    (tls / "nonsense.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    files = {path.name: await upload(path.name) for path in list(tls.iterdir())}
    flow = at_certificate
    cases: tuple[tuple[dict[str, str], dict[str, str]], ...] = (
        ({}, {"certificate": "certificate_missing"}),
        ({"key": "client.key"}, {"certificate": "certificate_missing"}),
        ({"certificate": "nonsense"}, {"certificate": "invalid_certificate"}),
        ({"certificate": "nonsense.pem"}, {"certificate": "invalid_certificate"}),
        ({"certificate": "client.pem", "ca": "nonsense"}, {"ca": "invalid_certificate"}),
        ({"certificate": "client.pem", "key": "nonsense"}, {"key": "invalid_key"}),
        ({"certificate": "client.pem"}, {"key": "invalid_key"}),
        ({"certificate": "client.pem", "key": "server.key"}, {"key": "key_mismatch"}),
        ({"certificate": "client.pem", "key": "client-encrypted.key"}, {"password": "password_missing"}),
        (
            {"certificate": "client.pem", "key": "client-encrypted.key", "password": "wrong"},
            {"password": "wrong_password"},
        ),
    )
    for answer, errors in cases:
        uploads = {field: files.get(value, value) for field, value in answer.items()}
        flow = await configure(hass, flow, **uploads)
        assert (flow["step_id"], flow["errors"]) == ("certificate", errors), answer
    # Each file was uploaded once and can be read once; the form still knows them
    flow = await configure(
        hass, flow, certificate=files["client.pem"], key=files["client-encrypted.key"], password="simulator"
    )
    assert flow["type"] is FlowResultType.MENU


async def test_expired_certificate(
    hass: HomeAssistant, at_certificate: ConfigFlowResult, upload: Upload, freezer: FrozenDateTimeFactory
) -> None:
    answer = {"certificate": await upload("client.pem"), "key": await upload("client.key")}
    freezer.tick(timedelta(days=365 * 50))
    flow = await configure(hass, at_certificate, **answer)
    assert flow["errors"] == {"certificate": "certificate_expired"}


async def test_openssl_has_the_last_word(hass: HomeAssistant, at_certificate: ConfigFlowResult, upload: Upload) -> None:
    with patch("ssl.SSLContext.load_cert_chain", side_effect=ssl.SSLError("too weak")):
        flow = await configure(hass, at_certificate, certificate=await upload("client.pem"), key=await upload("client.key"))
    assert flow["errors"] == {"base": "invalid_certificate"}


async def test_without_the_certificate_that_the_server_wants(
    hass: HomeAssistant, at_certificate: ConfigFlowResult, tls: Path, upload: Upload
) -> None:
    """The server is trusted, but it hangs up on a client without a certificate; it can be added on the spot."""
    flow = await configure(hass, at_certificate, ca=await upload("ca.pem"))
    flow = await give_consent_securely(hass, flow, tls)
    assert (flow["step_id"], flow["errors"]) == ("problem", {"base": "hung_up"})
    flow = await configure(hass, flow)
    assert flow["step_id"] == "certificate"
    answer = {"certificate": await upload("client.pem"), "key": await upload("client.key"), "ca": await upload("ca.pem")}
    flow = await configure(hass, flow, **answer)
    done = await give_consent_securely(hass, flow, tls)
    assert done["type"] is FlowResultType.CREATE_ENTRY


async def test_server_that_is_not_trusted(
    hass: HomeAssistant, at_certificate: ConfigFlowResult, tls: Path, upload: Upload
) -> None:
    flow = await configure(hass, at_certificate, certificate=await upload("client.pem"), key=await upload("client.key"))
    flow = await give_consent_securely(hass, flow, tls)
    assert (flow["step_id"], flow["errors"]) == ("problem", {"base": "server_untrusted"})


async def test_reconfigure_keeps_the_certificate(
    hass: HomeAssistant, at_certificate: ConfigFlowResult, secure: Simulator, tls: Path, upload: Upload
) -> None:
    answer = {"certificate": await upload("client.pem"), "key": await upload("client.key"), "ca": await upload("ca.pem")}
    flow = await configure(hass, at_certificate, **answer)
    entry = (await give_consent_securely(hass, flow, tls))["result"]
    await hass.async_block_till_done()
    before = {name: entry.data[name] for name in ("certificate", "key", "ca")}
    flow = await start_on(hass, entry, SOURCE_RECONFIGURE)
    flow = await configure(hass, flow, environment="custom", url=secure.url, use_certificate=True)
    flow = await configure(hass, flow)
    done = await give_consent_securely(hass, flow, tls)
    assert done["reason"] == "reconfigure_successful"
    assert {name: entry.data[name] for name in before} == before
