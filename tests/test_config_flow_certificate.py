"""The config flow with a client certificate, against a simulator that refuses clients without one."""

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
    names = ("nonsense", "nonsense.pem", "client.pem", "client.key", "server.key", "client-encrypted.key")
    files = {name: await upload(name) for name in names}
    flow = at_certificate
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
        flow = await configure(
            hass, at_certificate, certificate=await upload("client.pem"), key=await upload("client.key")
        )
    assert flow["errors"] == {"base": "invalid_certificate"}


async def test_without_the_certificate_that_the_server_wants(
    hass: HomeAssistant, at_certificate: ConfigFlowResult, secure: Simulator, tls: Path, upload: Upload
) -> None:
    """The server is trusted, but it hangs up on a client without a certificate; it can be added on the spot."""
    flow = await configure(hass, at_certificate, ca=await upload("ca.pem"))
    flow = await give_consent_securely(hass, flow, tls)
    assert (flow["step_id"], flow["errors"]) == ("problem", {"base": "hung_up"})
    flow = await configure(hass, flow)
    assert flow["step_id"] == "server"
    flow = await configure(hass, flow, environment="custom", url=secure.url, use_certificate=True)
    answer = {
        "certificate": await upload("client.pem"),
        "key": await upload("client.key"),
        "ca": await upload("ca.pem"),
    }
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
    answer = {
        "certificate": await upload("client.pem"),
        "key": await upload("client.key"),
        "ca": await upload("ca.pem"),
    }
    flow = await configure(hass, at_certificate, **answer)
    entry = (await give_consent_securely(hass, flow, tls))["result"]
    await hass.async_block_till_done()
    before = {name: entry.data[name] for name in ("certificate", "key", "ca")}
    flow = await start_entry_flow(hass, entry, SOURCE_RECONFIGURE)
    flow = await configure(hass, flow, environment="custom", url=secure.url, use_certificate=True)
    flow = await configure(hass, flow)
    done = await give_consent_securely(hass, flow, tls)
    assert done["reason"] == "reconfigure_successful"
    assert {name: entry.data[name] for name in before} == before


async def test_renewed_certificate_leaves_the_authority(
    hass: HomeAssistant, at_certificate: ConfigFlowResult, secure: Simulator, tls: Path, upload: Upload
) -> None:
    pair = {"certificate": "client.pem", "key": "client.key"}
    uploads = {field: await upload(name) for field, name in {**pair, "ca": "ca.pem"}.items()}
    entry = (await give_consent_securely(hass, await configure(hass, at_certificate, **uploads), tls))["result"]
    await hass.async_block_till_done()
    flow = await start_entry_flow(hass, entry, SOURCE_RECONFIGURE)
    flow = await configure(hass, flow, environment="custom", url=secure.url, use_certificate=True)
    flow = await configure(hass, flow, **{field: await upload(name) for field, name in pair.items()})
    done = await give_consent_securely(hass, flow, tls)
    assert done["reason"] == "reconfigure_successful"
    assert entry.data["ca"] == (tls / "ca.pem").read_text(encoding="ascii")


async def test_stored_certificate_that_cannot_be_used(
    hass: HomeAssistant, at_certificate: ConfigFlowResult, secure: Simulator, tls: Path, upload: Upload
) -> None:
    """The entry says so, and asking for consent again leads to where it can be mended."""
    files = {"certificate": "client.pem", "key": "client.key", "ca": "ca.pem"}
    uploads = {field: await upload(name) for field, name in files.items()}
    entry = (await give_consent_securely(hass, await configure(hass, at_certificate, **uploads), tls))["result"]
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
