"""Shared fixtures: the simulator on a real socket, and an account linked to it."""

import custom_components  # noqa: F401, I001 - before the test plugin's own package of that name wins

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
import logging
import os
from pathlib import Path
import time
from typing import Any
from unittest.mock import patch

import aiohttp
from homeassistant.components.application_credentials import ClientCredential, async_import_client_credential
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import executor
from hypothesis import HealthCheck, settings
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from custom_components.stellantis.api import Transport
from custom_components.stellantis.const import DOMAIN
from simulator import Simulator, SimulatorConfig
from tests.support.helpers import CLIENT_ID, CLIENT_SECRET, START, Control
from tests.support.privacy import TOKENS, Recorder

ROOT = Path(__file__).resolve().parent.parent
TRAFFIC = ROOT / ".test" / "traffic"
LOGS = ROOT / ".test" / "logs"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
RECORDER = Recorder()


pytest_plugins = [
    "tests.support.config_flow",
    "tests.support.pictures",
    "tests.support.push",
    "tests.support.monitor_flow",
    "tests.support.commands",
    "tests.support.statistics",
    "tests.support.automations",
    "tests.support.blueprints",
]


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and write the log of the run to a file, which tests/afterwards checks."""
    config.addinivalue_line("markers", "simulator(**config): how the `simulator` fixture is set up")
    for folder in (LOGS, TRAFFIC):
        folder.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(LOGS / f"{WORKER}.log")
    handler.addFilter(_is_logged_by_home_assistant)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    # Instead of the test plugin's own handler, which writes to stderr what pytest collects anyway
    logging.getLogger().handlers = [handler]
    # The database logs each statement, and with it the states of entities
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
    RECORDER.install()
    # An interrupted thread does not tell the next one to end: on a busy machine, they get the time that they need
    executor.EXECUTOR_SHUTDOWN_TIMEOUT = 120
    # Nor is it a fault there that an example takes long
    settings.register_profile("busy", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("busy")


def pytest_sessionfinish() -> None:
    """Save the texts and secrets of the run, which tests/afterwards compares."""
    RECORDER.save(LOGS / WORKER)


def _is_logged_by_home_assistant(record: logging.LogRecord) -> bool:
    """Return whether Home Assistant would log a record too, and not only the servers of the tests."""
    return record.name != "aiohttp.access" and (
        record.levelno >= logging.INFO or record.name.startswith("custom_components")
    )


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name long values after their argument: some, such as certificates, are new in each process."""
    return argname if isinstance(val, str | bytes) and len(val) > 80 else None


@pytest.fixture
async def simulator(request: pytest.FixtureRequest, socket_enabled: None) -> AsyncGenerator[Simulator]:
    """A simulator whose clock and cars stand still, and which records its traffic."""
    marker = request.node.get_closest_marker("simulator")
    defaults = {"start": START, "speed": 0, "routine": False, "record": TRAFFIC / f"{WORKER}.jsonl"}
    async with Simulator(SimulatorConfig(**{**defaults, **(marker.kwargs if marker else {})})) as running:
        RECORDER.add_secrets_of_simulator(running)
        with patch.object(running.tokens, "issue", _record_tokens(running.tokens.issue)):
            yield running
        RECORDER.add_secrets_of_simulator(running)


def _record_tokens(issue: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Return a function that issues tokens and adds them to the secrets."""

    def issue_and_record(*args: Any, **kwargs: Any) -> dict[str, Any]:
        tokens = issue(*args, **kwargs)
        RECORDER.secrets |= {tokens[name] for name in TOKENS if tokens[name]}
        return tokens

    return issue_and_record


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Leave the event loop's debug mode off. It records a stack for each future, which takes 40 % of the CPU time."""


@pytest.fixture(autouse=True)
def _no_delay_before_retries_with_tokens() -> Generator[None]:
    """Refresh or revoke a refused refresh token again at once."""
    with (
        patch("custom_components.stellantis.auth.tokens.GRANT_RETRY_DELAY", 0),
        patch("custom_components.stellantis.auth.oauth.REVOKE_RETRY_DELAYS", (0, 0)),
    ):
        yield


@pytest.fixture
def immediate_retries() -> Generator[None]:
    """Repeat any failed request at once."""
    with patch.dict(Transport.__init__.__kwdefaults__ or {}, retry_delays=(0.0, 0.0)):
        yield


@pytest.fixture(autouse=True)
def _hash_codes_fast() -> Generator[None]:
    """Hash unlocking codes without the cost that makes guessing slow."""
    with patch.dict("custom_components.stellantis.auth.lock_code.SCRYPT_COST", n=2):
        yield


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Snapshots in Home Assistant's format."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def entity_registry_enabled_by_default() -> Generator[None]:
    """Enable all entities, those included that are disabled by default."""
    with patch("homeassistant.helpers.entity.Entity.entity_registry_enabled_default", return_value=True):
        yield


@pytest.fixture
async def control(simulator: Simulator) -> AsyncGenerator[Control]:
    """The simulator's control interface."""
    async with aiohttp.ClientSession(simulator.url) as session:
        yield Control(session)


@pytest.fixture
async def credentials(hass: HomeAssistant, enable_custom_integrations: None) -> None:
    """Application credentials that the simulator knows."""
    assert await async_setup_component(hass, "application_credentials", {})
    await async_import_client_credential(hass, DOMAIN, ClientCredential(CLIENT_ID, CLIENT_SECRET, "Simulator"))


type Link = Callable[..., Awaitable[MockConfigEntry]]


@pytest.fixture
async def link(hass: HomeAssistant, credentials: None, simulator: Simulator, control: Control) -> AsyncGenerator[Link]:
    """Return a function that creates an entry for a brand's account with new tokens, and sets it up."""

    entries: list[MockConfigEntry] = []

    async def make(brand: str = "peugeot", *, setup: bool = True, **token: Any) -> MockConfigEntry:
        unique_id = token.pop("unique_id", brand)
        options = {name: token.pop(name) for name in ("scopes", "expires_in") if name in token}
        issued = await control.post("token", {"brand": brand, **options})
        issued["expires_at"] = time.time() + issued["expires_in"]
        entry = MockConfigEntry(
            domain=DOMAIN,
            title=brand.capitalize(),
            unique_id=unique_id,
            data={
                "auth_implementation": DOMAIN,
                "token": {**issued, **token},
                "brand": brand,
                "environment": "custom",
                "url": simulator.url,
            },
        )
        entry.add_to_hass(hass)
        entries.append(entry)
        if setup:
            await hass.config_entries.async_setup(entry.entry_id)
            await hass.async_block_till_done(wait_background_tasks=True)
        return entry

    yield make
    # An entry that was reloaded at the end of a test is still refreshing
    await hass.async_block_till_done(wait_background_tasks=True)
    for entry in entries:
        RECORDER.add_secrets_of_entry(entry)
        await RECORDER.async_add_diagnostics(hass, entry)
