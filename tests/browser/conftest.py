"""A Home Assistant and a simulator for each module of this folder, and a browser for all of them."""

from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass
import json
import os
from pathlib import Path
import re
import shutil
from typing import Final

import aiohttp
from instance import FrontendUser, Instance, Process, start_simulator
from playwright.async_api import Browser, ConsoleMessage, Page, ViewportSize, async_playwright, expect
import pytest
import pytest_asyncio
import pytest_socket

from tests.conftest import ROOT
from tests.support.helpers import Control

from .frontend import Frontend
from .pictures import Album

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
BROWSER_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP: Final = ViewportSize(width=1280, height=900)
PHONE: Final = ViewportSize(width=390, height=844)
TIMEOUT: Final = 30_000  # milliseconds; slow machines take long to render
FAILURES: Final = ROOT / ".test" / "browser"
# The images of other integrations and the map come from the internet, which tests do not use
FROM_INTERNET: Final = r"/api/brands/integration/(?!stellantis/)\w+/icon\.png\?token=\w+|/api/map_tiles/tilejson\.json"
HARMLESS: Final = re.compile(
    rf"error: Failed to load resource: the server responded with a status of (?:404|502) \([\w ]+\) "
    rf"\(http://127\.0\.0\.1:\d+(?:{FROM_INTERNET})\)"
)
REPORT: Final = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    config.addinivalue_line("markers", "phone: the browser is a phone")
    config.addinivalue_line("markers", "provokes(*texts): parts of the errors that a test provokes")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether a test failed."""
    report = yield
    item.stash[REPORT] = item.stash.get(REPORT, False) or report.failed
    return report


@pytest.fixture(autouse=True)
def verify_cleanup(socket_enabled: None) -> None:
    """Leave what the tests share: the plugin's fixture of this name would take it for left behind."""


@dataclass
class Home:
    """A running Home Assistant and its simulator.

    Attributes:
        instance: Home Assistant.
        user: its user, for what a test only prepares.
        control: the control interface of the simulator.
        simulator_url: where the simulator listens.
        token: an access token.
    """

    instance: Instance
    user: FrontendUser
    control: Control
    simulator_url: str
    token: str

    def read_problems(self) -> list[str]:
        """Return the log lines of the integration above INFO."""
        log = (self.instance.config / "home-assistant.log").read_text(encoding="utf-8")
        return re.findall(r"^.*(?:WARNING|ERROR|CRITICAL) .*stellantis.*$", log, re.MULTILINE)

    async def find_device(self, name: str) -> str:
        """Return the id of a device."""
        devices = await self.user.send_websocket_command(type="config/device_registry/list")
        (device_id,) = [str(device["id"]) for device in devices if device["name"] == name]
        return device_id

    async def link(self, brand: str) -> None:
        """Link an account, unless it is linked, with push to this instance."""
        entries = await self.user.get_entries()
        if not await self.user.send_websocket_command(type="application_credentials/list"):
            await self.user.add_credentials("demo-client", "demo-secret")
        if not any(entry["title"].casefold().startswith(brand) for entry in entries):
            await self.user.link_account(brand, self.simulator_url)
            await self.user.wait_until_loaded()
            (entry,) = [entry for entry in await self.user.get_entries() if entry not in entries]
            await self.user.set_push_url(entry)
        await self.user.wait_until_loaded()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def home(
    tmp_path_factory: pytest.TempPathFactory, unused_tcp_port_factory: Callable[[], int]
) -> AsyncGenerator[Home]:
    """The newest Home Assistant with credentials, and the simulator with cars that stand still."""
    pytest_socket.enable_socket()
    config = tmp_path_factory.mktemp("home")
    instance = Instance(ROOT / ".venv-newest" / "bin" / "python", config, unused_tcp_port_factory())
    simulator: Process | None = None
    try:
        await instance.prepare()
        simulator, url = await start_simulator(instance.python, "--no-routine")
        await instance.start()
        async with instance.log_in_user() as user, aiohttp.ClientSession(url) as session:
            token = await user.create_long_lived_token()
            yield Home(instance, user, Control(session), url, token)
    finally:
        pytest_socket.enable_socket()
        await instance.stop()
        if simulator is not None:
            await simulator.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncGenerator[Browser]:
    """The browser of this machine."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip("no browser tests: install chromium")
    pytest_socket.enable_socket()
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=executable, args=BROWSER_ARGUMENTS)
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="session")
async def frontend(request: pytest.FixtureRequest, browser: Browser, home: Home) -> AsyncGenerator[Frontend]:
    """A logged-in person at a desktop, or with the marker `phone` at a phone. Errors that were not provoked fail it."""
    is_phone = request.node.get_closest_marker("phone") is not None
    context = await browser.new_context(
        viewport=PHONE if is_phone else DESKTOP,
        device_scale_factor=2 if is_phone else 1,
        has_touch=is_phone,
        locale="en-US",
        timezone_id="Europe/Paris",
        color_scheme="light",
        reduced_motion="reduce",
        service_workers="block",
    )
    context.set_default_timeout(TIMEOUT)
    expect.set_options(timeout=TIMEOUT)
    await context.add_init_script(build_log_in_script(home))
    frontend = Frontend(await context.new_page(), home.instance.url)
    console: list[str] = []

    def keep_message(message: ConsoleMessage) -> None:
        line = f"{message.type}: {message.text} ({message.location['url']})"
        console.append(line)
        if message.type == "error":
            frontend.problems.append(line)

    context.on("console", keep_message)
    context.on("weberror", lambda error: frontend.problems.append(f"uncaught: {error.error}"))
    logged = len(home.read_problems())
    yield frontend
    if request.node.stash.get(REPORT, False):
        await keep_failure(request.node.name, context.pages, console + frontend.problems, home)
    await context.close()
    marker = request.node.get_closest_marker("provokes")
    provoked = marker.args if marker else ()
    problems = [line for line in frontend.problems if not HARMLESS.fullmatch(line)] + home.read_problems()[logged:]
    assert [problem for problem in problems if not any(text in problem for text in provoked)] == []


@pytest.fixture
def album() -> Album:
    """The pictures of the documentation; scripts/pictures takes them."""
    return Album(renew=os.environ.get("STELLANTIS_PICTURES") == "renew")


def build_log_in_script(home: Home) -> str:
    """Return a script that logs the browser in at Home Assistant, and nowhere else."""
    url = home.instance.url
    tokens = {
        "access_token": home.token,
        "token_type": "Bearer",
        "expires_in": 10**9,
        "hassUrl": url,
        "clientId": f"{url}/",
        "expires": 4 * 10**12,
        "refresh_token": "",
    }
    return f"if (location.origin === {json.dumps(url)}) localStorage.hassTokens = JSON.stringify({json.dumps(tokens)});"


async def keep_failure(name: str, pages: list[Page], console: list[str], home: Home) -> None:
    """Keep what the browser showed when a test failed."""
    folder = FAILURES / re.sub(r"\W+", "-", name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, page in enumerate(pages):
        await page.screenshot(path=folder / f"page{number}.png")
    (folder / "console.txt").write_text("\n".join(console), encoding="utf-8")
    shutil.copy(Path(home.instance.config) / "home-assistant.log", folder)
