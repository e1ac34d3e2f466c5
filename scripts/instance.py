"""Run a real Home Assistant in its own folder, and the simulator, for the demo and the end-to-end tests.

What a user does in the browser (log in, enter credentials, click
through the config flow, give consent) is done here with the same requests.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
import json
import os
from pathlib import Path
import shutil
import signal
import socket
from typing import Any, Final, Self
from uuid import uuid4

import aiohttp
from yarl import URL

ROOT: Final = Path(__file__).resolve().parent.parent
USER: Final = "demo"
PASSWORD: Final = "demo"  # noqa: S105 - public, see CONTRIBUTING.md
BRAND_LABELS: Final = {"peugeot": "Peugeot", "citroen": "Citroën", "ds": "DS", "opel": "Opel", "vauxhall": "Vauxhall"}
BRANDS: Final = tuple(BRAND_LABELS)
CHUNK_SIZE: Final = 65536  # bytes
STARTED_MESSAGE: Final = "Home Assistant initialized"

CONFIGURATION: Final = """\
homeassistant:
  name: Demo
  latitude: 48.8566
  longitude: 2.3522
  elevation: 35
  unit_system: metric
  currency: EUR
  country: FR
  language: en
  time_zone: Europe/Paris
  internal_url: http://127.0.0.1:{port}
api:
application_credentials:
automation: !include automations.yaml
config:
conversation:
energy:
frontend:
history:
logbook:
person:
recorder:
script: !include scripts.yaml
sun:
system_health:
webhook:
zone:
logger:
  default: warning
  logs:
    homeassistant.bootstrap: info
    custom_components.stellantis: debug
"""

# Prints the initial .storage files in the format of the Home Assistant version that runs it. Argument: the port
STORAGE_SEEDS_SCRIPT: Final = """
import json, sys
from homeassistant.components.http import config as http
from homeassistant.components.onboarding import STORAGE_VERSION
from homeassistant.components.onboarding.const import STEPS
settings = http.HTTP_STORAGE_SCHEMA({"server_host": ["127.0.0.1"], "server_port": int(sys.argv[1])})
stored = {"stable": settings, "pending": None, "yaml_migration_done": True}
print(json.dumps([
    {"key": "http", "version": http.STORAGE_VERSION, "minor_version": http.STORAGE_MINOR_VERSION, "data": stored},
    {"key": "onboarding", "version": STORAGE_VERSION, "minor_version": 1, "data": {"done": STEPS}},
]))
"""


class StartFailed(RuntimeError):
    """A process ended or did not start in time; the message ends with its last output."""


@dataclass
class Process:
    """A child process whose output is collected, so that it never blocks on a full pipe."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)
    _reader: asyncio.Task[None] | None = None
    _output_changed: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    async def start(cls, *command: str | Path) -> Self:
        """Start a command in the project's folder, in its own session: it does not receive the terminal's Ctrl-C."""
        env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        process = await asyncio.create_subprocess_exec(
            *map(str, command),
            cwd=ROOT,
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        self = cls(process)
        self._reader = asyncio.create_task(self._read())
        return self

    async def _read(self) -> None:
        if self.process.stdout is None:
            return
        rest = b""
        # By chunks, because reading a line fails if it is longer than the buffer
        while chunk := await self.process.stdout.read(CHUNK_SIZE):
            *lines, rest = (rest + chunk).split(b"\n")
            self._add_lines(lines)
        self._add_lines([rest] if rest else [])

    def _add_lines(self, lines: list[bytes]) -> None:
        self.lines += [line.decode(errors="replace").rstrip() for line in lines]
        self._output_changed.set()

    async def wait_for_line(self, text: str, seconds: float) -> str:
        """Wait for a line of output that contains a text, and return it.

        Raises:
            StartFailed: the process ended or the time is over.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                checked = 0
                while True:
                    for line in self.lines[checked:]:
                        if text in line:
                            return line
                    checked = len(self.lines)
                    if self._reader is None or self._reader.done():
                        break
                    self._output_changed.clear()
                    await self._output_changed.wait()
        raise StartFailed("\n".join([f"no {text!r} from {self.process.pid}:", *self.lines[-40:]]))

    async def stop(self, seconds: float = 90) -> None:
        """Terminate the process; kill it after a timeout in seconds."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(seconds):
                    await self.process.wait()
            except TimeoutError:
                self.process.kill()
                await self.process.wait()
        if self._reader is not None:
            await self._reader


async def start_simulator(python: Path, *options: str, port: int = 0) -> tuple[Process, str]:
    """Start the simulator; return its process and its URL."""
    process = await Process.start(python, "-u", "-m", "simulator", "--host", "127.0.0.1", "--port", str(port), *options)
    try:
        line = await process.wait_for_line("://127.0.0.1:", 30)
    except BaseException:
        await process.stop()
        raise
    return process, str(next(URL(word) for word in line.split() if "://127.0.0.1:" in word)).rstrip("/")


@dataclass
class Instance:
    """A Home Assistant instance.

    Attributes:
        python: interpreter of the environment.
        config: configuration folder.
        port: port of the frontend.
        configuration: content of configuration.yaml, with a placeholder for the port.
        process: the running process, if it was started.
    """

    python: Path
    config: Path
    port: int
    configuration: str = CONFIGURATION
    process: Process | None = None

    @property
    def url(self) -> str:
        """The URL of the frontend."""
        return f"http://127.0.0.1:{self.port}"

    async def prepare(self) -> None:
        """Create the configuration, with a user and without onboarding, unless it exists."""
        storage = self.config / ".storage"
        storage.mkdir(parents=True, exist_ok=True)
        (self.config / "configuration.yaml").write_text(self.configuration.format(port=self.port), encoding="utf-8")
        # Where the editors save; the files of Home Assistant for `!include` do not exist by themselves
        for name in ("automations.yaml", "scripts.yaml"):
            (self.config / name).touch()
        link = self.config / "custom_components"
        if not link.exists():
            link.symlink_to(ROOT / "custom_components", target_is_directory=True)
        for seed in json.loads(await self._run_python("-c", STORAGE_SEEDS_SCRIPT, str(self.port))):
            (storage / seed["key"]).write_text(json.dumps(seed), encoding="utf-8")
        if not (storage / "auth_provider.homeassistant").exists():
            await self._run_python(
                "-m", "homeassistant", "--script", "auth", "-c", str(self.config), "add", USER, PASSWORD
            )

    async def _run_python(self, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            str(self.python), *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await process.communicate()
        if process.returncode:
            raise StartFailed(
                f"{arguments[:3]} ended with {process.returncode}:\n{err.decode(errors='replace')[-2000:]}"
            )
        return out.decode()

    async def start(self) -> None:
        """Start Home Assistant and wait until it is initialized.

        Raises:
            StartFailed: it did not start.
        """
        # -P: the integration is the one in the configuration, even if it is not a link to the project
        self.process = await Process.start(self.python, "-P", "-m", "homeassistant", "-c", self.config)
        await self.process.wait_for_line(STARTED_MESSAGE, 180)

    async def stop(self) -> None:
        """Shut Home Assistant down."""
        if self.process is not None:
            await self.process.stop()

    @asynccontextmanager
    async def log_in_user(self) -> AsyncIterator[FrontendUser]:
        """Log in as the demo's user."""
        async with aiohttp.ClientSession(self.url + "/") as session:
            user = FrontendUser(self.url, session)
            await user.log_in()
            yield user


@dataclass
class FrontendUser:
    """A user of the frontend."""

    url: str
    session: aiohttp.ClientSession
    token: str = ""

    @property
    def _headers(self) -> dict[str, str]:
        # The frontend sends its base URL, which becomes the target of the OAuth redirect
        return {"Authorization": f"Bearer {self.token}", "HA-Frontend-Base": self.url}

    async def log_in(self) -> None:
        """Log in with user and password."""
        client = {"client_id": self.url + "/"}
        start = {**client, "handler": ["homeassistant", None], "redirect_uri": self.url + "/"}
        flow = await self._post("auth/login_flow", json=start)
        credentials = {**client, "username": USER, "password": PASSWORD}
        result = await self._post(f"auth/login_flow/{flow['flow_id']}", json=credentials)
        grant = {**client, "grant_type": "authorization_code", "code": result["result"]}
        self.token = (await self._post("auth/token", data=grant))["access_token"]

    async def _post(self, path: str, **body: Any) -> dict[str, Any]:
        async with self.session.post(path, headers=self._headers, **body) as response:
            result: dict[str, Any] = await response.json(content_type=None)
            if not response.ok:
                raise StartFailed(f"POST {path.split('/', maxsplit=1)[0]} returned {response.status}: {result}")
            return result

    async def get(self, path: str) -> Any:
        """GET a resource of the REST API."""
        async with self.session.get(path, headers=self._headers) as response:
            response.raise_for_status()
            return await response.json()

    async def set_state(self, entity_id: str, state: str, attributes: Mapping[str, Any]) -> None:
        """Set the state of an entity that no integration provides."""
        await self._post(f"api/states/{entity_id}", json={"state": state, "attributes": attributes})

    async def call_action(self, action: str, **data: Any) -> dict[str, Any]:
        """Call an action of the integration, and return its response."""
        response = await self._post(f"api/services/stellantis/{action}?return_response", json=data)
        return dict(response["service_response"])

    async def send_websocket_command(self, **message: Any) -> Any:
        """Send a websocket command and return its result."""
        async with self.session.ws_connect("api/websocket") as socket:
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": self.token})
            await socket.receive_json()
            await socket.send_json({"id": 1, **message})
            response = await socket.receive_json()
            if not response["success"]:
                raise StartFailed(f"{message['type']} failed: {response['error']}")
            return response["result"]

    async def create_long_lived_token(self) -> str:
        """Create a long-lived token for scripts."""
        name = f"demo {uuid4().hex[:8]}"  # names must be unique
        token: str = await self.send_websocket_command(
            type="auth/long_lived_access_token", client_name=name, lifespan=365
        )
        return token

    async def is_valid_token(self, token: str) -> bool:
        """Return whether a token is accepted by the API."""
        async with self.session.get("api/", headers={"Authorization": f"Bearer {token}"}) as response:
            return response.ok

    async def add_credentials(self, client_id: str, client_secret: str) -> None:
        """Add application credentials."""
        await self.send_websocket_command(
            type="application_credentials/create",
            domain="stellantis",
            client_id=client_id,
            client_secret=client_secret,
            name="Simulator",
        )

    async def submit_step(self, flow: Mapping[str, Any], **user_input: Any) -> dict[str, Any]:
        """Submit a step of a config flow."""
        return await self._post(f"api/config/config_entries/flow/{flow['flow_id']}", json=user_input)

    async def link_account(self, brand: str, simulator: str) -> dict[str, Any]:
        """Link the simulator's account of a brand through the config flow; return the flow's result."""
        flow = await self._post("api/config/config_entries/flow", json={"handler": "stellantis"})
        flow = await self.submit_step(
            flow, brand=brand, environment="custom", url=simulator, use_certificate=False, choose_redirect=False
        )
        await self.give_consent(flow["url"])
        return dict(await self.get(f"api/config/config_entries/flow/{flow['flow_id']}"))

    async def set_push_url(self, entry: Mapping[str, Any]) -> None:
        """Set this instance's URL as push URL in the options of an entry."""
        path = "api/config/config_entries/options/flow"
        flow = await self._post(path, json={"handler": entry["entry_id"]})
        await self._post(f"{path}/{flow['flow_id']}", json={"next_step_id": "push"})
        await self._post(f"{path}/{flow['flow_id']}", json={"push_url": self.url})

    async def add_dashboard(self) -> None:
        """Add the dashboard, unless it exists, with the options of any entry."""
        path = "api/config/config_entries/options/flow"
        flow = await self._post(path, json={"handler": (await self.get_entries())[0]["entry_id"]})
        await self._post(f"{path}/{flow['flow_id']}", json={"next_step_id": "dashboard"})

    async def give_consent(self, authorize_url: str) -> None:
        """Allow all scopes on the simulator's consent page and follow the redirect."""
        query = URL(authorize_url).query
        form = [("decision", "allow"), *(("scope", scope) for scope in query["scope"].split())]
        async with aiohttp.ClientSession() as browser, browser.post(URL(authorize_url), data=form) as response:
            response.raise_for_status()

    async def wait_until_loaded(self, seconds: float = 60) -> None:
        """Wait until every entry that the user did not disable is loaded.

        Raises:
            StartFailed: an entry is not loaded in time.
        """
        for _ in range(round(seconds * 4)):
            entries = [entry for entry in await self.get_entries() if entry["disabled_by"] is None]
            states = {entry["title"]: entry["state"] for entry in entries}
            if set(states.values()) <= {"loaded"}:
                return
            await asyncio.sleep(0.25)
        raise StartFailed(f"not all accounts could be loaded: {states}")

    async def get_entries(self) -> list[dict[str, Any]]:
        """Return the config entries of the integration."""
        return list(await self.get("api/config/config_entries/entry?domain=stellantis"))


def recreate_folder(folder: Path) -> Path:
    """Delete a folder with its content and create it again."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def free_port() -> int:
    """Return an unused port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
