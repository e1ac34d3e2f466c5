"""Config flow with a client certificate, which the simulator requires."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from datetime import timedelta
from pathlib import Path
import ssl
import threading
from unittest.mock import patch

import aiohttp
from cryptography.hazmat.primitives import serialization
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.stellantis.const import DOMAIN
from simulator import Simulator, SimulatorConfig
from tests.support.config_flow import REDIRECT_URI, configure, consent_url, start_entry_flow, submit_consent

pytestmark = pytest.mark.usefixtures("current_request_with_host", "enable_custom_integrations")

type Upload = Callable[[str], Awaitable[str]]


@pytest.fixture(autouse=True)
def expected_lingering_timers() -> bool:
    """A client that closes a TLS connection waits for the server's reply, which may not have arrived at the end."""
    return True


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the simulator's certificates."""
    return tmp_path_factory.mktemp("tls")


@pytest.fixture
def tls_simulator(tls: Path, socket_enabled: None) -> Generator[Simulator]:
    """Run a simulator that requires client certificates.

    It has its own event loop: asyncio reports failed handshakes to the server's loop, where hass would fail the test.
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
    """Return a function that uploads a certificate file as the frontend does."""
    assert await async_setup_component(hass, "file_upload", {})
    client = await hass_client()

    async def upload_file(name: str) -> str:
        form = aiohttp.FormData()
        form.add_field("file", (tls / name).read_bytes(), filename=name)
        async with client.post("/api/file_upload", data=form) as response:
            return str((await response.json())["file_id"])

    return upload_file


@pytest.fixture
async def certificate_step(hass: HomeAssistant, credentials: None, tls_simulator: Simulator) -> ConfigFlowResult:
    """Start a flow and proceed to the certificate step."""
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    return await configure(
        hass,
        flow,
        brand="peugeot",
        environment="custom",
        url=tls_simulator.url,
        use_certificate=True,
        choose_redirect=True,
    )


async def link_with_certificate(hass: HomeAssistant, flow: ConfigFlowResult, tls: Path) -> ConfigFlowResult:
    """Proceed from the consent menu to the end, with a browser that uses the certificate."""
    flow = await configure(hass, flow, next_step_id="other_address")
    flow = await configure(hass, flow, redirect_uri=REDIRECT_URI)
    url = consent_url(flow)
    context = ssl.create_default_context(cafile=tls / "ca.pem")
    context.load_cert_chain(tls / "client.pem", tls / "client.key")
    return await configure(hass, flow, redirected_url=str(await submit_consent(url, context=context)))


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
    certificate_step: ConfigFlowResult,
    tls: Path,
    upload: Upload,
    certificate: str,
    key: str | None,
    password: str | None,
) -> None:
    """PEM, DER, an encrypted key, and a combined file are accepted."""
    private_key = serialization.load_pem_private_key((tls / "client.key").read_bytes(), None)
    (tls / "client-key.der").write_bytes(
        private_key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    (tls / "both.pem").write_bytes((tls / "client.key").read_bytes() + (tls / "client.pem").read_bytes())
    user_input = {"certificate": await upload(certificate), "ca": await upload("ca.pem")}
    if key:
        user_input["key"] = await upload(key)
    if password:
        user_input["password"] = password
    flow = await configure(hass, certificate_step, **user_input)
    assert flow["type"] is FlowResultType.MENU, flow
    result = await link_with_certificate(hass, flow, tls)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "password" not in result["data"]
    await hass.async_block_till_done()
    assert result["result"].state is ConfigEntryState.LOADED


async def test_invalid_certificate_keeps_uploads(
    hass: HomeAssistant, certificate_step: ConfigFlowResult, tls: Path, upload: Upload
) -> None:
    (tls / "nonsense").write_bytes(b"nonsense")
    (tls / "nonsense.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    names = ("nonsense", "nonsense.pem", "client.pem", "client.key", "server.key", "client-encrypted.key")
    files = {name: await upload(name) for name in names}
    flow = certificate_step
    cases: tuple[tuple[dict[str, str], dict[str, str]], ...] = (
        ({}, {"certificate": "certificate_missing"}),
        ({"key": "client.key"}, {"certificate": "certificate_missing"}),
        ({"certificate": "nonsense"}, {"certificate": "invalid_certificate"}),
        ({"certificate": "nonsense.pem"}, {"certificate": "invalid_certificate"}),
        ({"certificate": "client.pem", "ca": "nonsense"}, {"ca": "invalid_certificate"}),
        ({"certificate": "client.pem", "key": "nonsense"}, {"key": "invalid_key"}),
        ({"certificate": "client.pem"}, {"key": "key_missing"}),
        ({"certificate": "client.pem", "key": "server.key"}, {"key": "key_mismatch"}),
        ({"certificate": "client.pem", "key": "client-encrypted.key"}, {"password": "password_missing"}),
        (
            {"certificate": "client.pem", "key": "client-encrypted.key", "password": "wrong"},
            {"password": "wrong_password"},
        ),
    )
    for user_input, errors in cases:
        uploads = {field: files.get(value, value) for field, value in user_input.items()}
        flow = await configure(hass, flow, **uploads)
        assert (flow["step_id"], flow["errors"]) == ("certificate", errors), user_input
    # Uploads can be read only once; the flow keeps their content
    flow = await configure(
        hass, flow, certificate=files["client.pem"], key=files["client-encrypted.key"], password="simulator"
    )
    assert flow["type"] is FlowResultType.MENU


async def test_expired_certificate(
    hass: HomeAssistant, certificate_step: ConfigFlowResult, upload: Upload, freezer: FrozenDateTimeFactory
) -> None:
    user_input = {"certificate": await upload("client.pem"), "key": await upload("client.key")}
    freezer.tick(timedelta(days=365 * 50))
    flow = await configure(hass, certificate_step, **user_input)
    assert flow["errors"] == {"certificate": "certificate_expired"}


async def test_certificate_rejected_by_openssl(
    hass: HomeAssistant, certificate_step: ConfigFlowResult, upload: Upload
) -> None:
    with patch("ssl.SSLContext.load_cert_chain", side_effect=ssl.SSLError("too weak")):
        flow = await configure(
            hass, certificate_step, certificate=await upload("client.pem"), key=await upload("client.key")
        )
    assert flow["errors"] == {"certificate": "unsupported_certificate"}


async def test_missing_client_certificate(
    hass: HomeAssistant, certificate_step: ConfigFlowResult, tls_simulator: Simulator, tls: Path, upload: Upload
) -> None:
    """The server closes connections of clients without a certificate; it can be added in the same flow."""
    flow = await configure(hass, certificate_step, ca=await upload("ca.pem"))
    flow = await link_with_certificate(hass, flow, tls)
    assert (flow["step_id"], flow["errors"]) == ("problem", {"base": "hung_up"})
    flow = await configure(hass, flow)
    assert flow["step_id"] == "server"
    server = {"environment": "custom", "url": tls_simulator.url, "use_certificate": True, "choose_redirect": True}
    flow = await configure(hass, flow, brand="peugeot", **server)
    user_input = {
        "certificate": await upload("client.pem"),
        "key": await upload("client.key"),
        "ca": await upload("ca.pem"),
    }
    flow = await configure(hass, flow, **user_input)
    result = await link_with_certificate(hass, flow, tls)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_untrusted_server(
    hass: HomeAssistant, certificate_step: ConfigFlowResult, tls: Path, upload: Upload
) -> None:
    flow = await configure(
        hass, certificate_step, certificate=await upload("client.pem"), key=await upload("client.key")
    )
    flow = await link_with_certificate(hass, flow, tls)
    assert (flow["step_id"], flow["errors"]) == ("problem", {"base": "server_untrusted"})


async def test_reconfigure_keeps_certificate(
    hass: HomeAssistant, certificate_step: ConfigFlowResult, tls_simulator: Simulator, tls: Path, upload: Upload
) -> None:
    user_input = {
        "certificate": await upload("client.pem"),
        "key": await upload("client.key"),
        "ca": await upload("ca.pem"),
    }
    flow = await configure(hass, certificate_step, **user_input)
    entry = (await link_with_certificate(hass, flow, tls))["result"]
    await hass.async_block_till_done()
    before = {name: entry.data[name] for name in ("certificate", "key", "ca")}
    flow = await start_entry_flow(hass, entry, SOURCE_RECONFIGURE)
    flow = await configure(
        hass, flow, environment="custom", url=tls_simulator.url, use_certificate=True, choose_redirect=True
    )
    flow = await configure(hass, flow)
    result = await link_with_certificate(hass, flow, tls)
    assert result["reason"] == "reconfigure_successful"
    assert {name: entry.data[name] for name in before} == before
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_renewed_certificate_keeps_authority(
    hass: HomeAssistant, certificate_step: ConfigFlowResult, tls_simulator: Simulator, tls: Path, upload: Upload
) -> None:
    pair = {"certificate": "client.pem", "key": "client.key"}
    uploads = {field: await upload(name) for field, name in {**pair, "ca": "ca.pem"}.items()}
    entry = (await link_with_certificate(hass, await configure(hass, certificate_step, **uploads), tls))["result"]
    await hass.async_block_till_done()
    flow = await start_entry_flow(hass, entry, SOURCE_RECONFIGURE)
    flow = await configure(
        hass, flow, environment="custom", url=tls_simulator.url, use_certificate=True, choose_redirect=True
    )
    flow = await configure(hass, flow, **{field: await upload(name) for field, name in pair.items()})
    result = await link_with_certificate(hass, flow, tls)
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["ca"] == (tls / "ca.pem").read_text(encoding="ascii")
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_unusable_stored_certificate(
    hass: HomeAssistant, certificate_step: ConfigFlowResult, tls_simulator: Simulator, tls: Path, upload: Upload
) -> None:
    """The entry fails to load, and reauthentication leads to the certificate step."""
    files = {"certificate": "client.pem", "key": "client.key", "ca": "ca.pem"}
    uploads = {field: await upload(name) for field, name in files.items()}
    entry = (await link_with_certificate(hass, await configure(hass, certificate_step, **uploads), tls))["result"]
    await hass.async_block_till_done()
    hass.config_entries.async_update_entry(entry, data={**entry.data, "key": "broken"})
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "invalid_certificate"
    flow = await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH))
    assert (flow["step_id"], flow["errors"]) == ("problem", {"base": "invalid_certificate"})
    assert (await configure(hass, flow))["step_id"] == "certificate"
    hass.config_entries.flow.async_abort(flow["flow_id"])
    assert (await hass.config_entries.async_remove(entry.entry_id))["require_restart"] is False
