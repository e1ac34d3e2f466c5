"""A simulator in a thread of its own: for tests that are not asynchronous, or whose event loop is not to be shared."""

import asyncio
import json
import ssl
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

from .app import Simulator
from .auth.oauth import OAUTH_PATH
from .config import DEMO_CLIENT, SimulatorConfig
from .control.interface import CONTROL_PATH
from .resources.links import API_PATH

TIMEOUT = 30


class ControlError(Exception):
    """The control interface refused a call; the message says why."""


class BackgroundSimulator:
    """A simulator that runs in a thread until it is stopped; use it as a context manager.

    Attributes:
        config: Its configuration.
        client_id: The id of an application that it knows.
        client_secret: The secret of that application.
    """

    def __init__(self, config: SimulatorConfig | None = None) -> None:
        self.config = config or SimulatorConfig()
        self.client_id = DEMO_CLIENT.client_id
        self.client_secret = DEMO_CLIENT.secret
        self._simulator = Simulator(self.config)
        self._thread: Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._error: BaseException | None = None

    @property
    def url(self) -> str:
        """Its URL: scheme, host and port."""
        return self._simulator.url

    @property
    def api_url(self) -> str:
        """The base URL of the API."""
        return self.url + API_PATH

    @property
    def oauth_url(self) -> str:
        """The base URL of the authorization server."""
        return self.url + OAUTH_PATH

    def start(self) -> None:
        """Start it, and return when it listens.

        Raises:
            OSError: The port is in use, or a file cannot be opened.
            ValueError: The state file is invalid.
        """
        started = Event()
        self._thread = Thread(target=self._run, args=(started,), name="stellantis-simulator", daemon=True)
        self._thread.start()
        started.wait()
        if self._error:
            self._thread.join()
            raise self._error

    def stop(self) -> None:
        """Stop it, and wait for the end of its thread."""
        if self._thread and self._loop and self._stopping and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control interface, and return the JSON of the response.

        Args:
            method: GET, POST, PUT, PATCH or DELETE.
            path: The path below /_control, such as /clock.
            body: The JSON of the request.

        Raises:
            ControlError: The call was refused.
        """
        data = None if body is None else json.dumps(body).encode()
        request = Request(  # noqa: S310 - the URL is the simulator's
            self.url + CONTROL_PATH + path, data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with self._opener().open(request, timeout=TIMEOUT) as response:
                content = response.read()
        except HTTPError as error:
            raise ControlError(f"{method} {path}: {error.code} {error.read().decode(errors='replace')}") from error
        return json.loads(content) if content else None

    def create_token(self, brand: str, **options: Any) -> dict[str, Any]:
        """Return a token set for the account of a brand; options are `scopes`, `client_id` and `expires_in`."""
        tokens: dict[str, Any] = self.control("POST", "/token", {"brand": brand, **options})
        return tokens

    def vehicles(self) -> list[dict[str, Any]]:
        """Return the fleet: id, vin, brand, model, motorization, account and routine of each car."""
        fleet: list[dict[str, Any]] = self.control("GET", "/vehicles")
        return fleet

    def change_vehicle(self, vin: str, **values: Any) -> None:
        """Change a car by hand, as in `change_vehicle(vin, level=40, plug=True)`."""
        self.control("PATCH", f"/vehicles/{vin}", values)

    def advance(self, seconds: float) -> None:
        """Let simulated time pass; it returns when all that became due was done, and its notifications posted."""
        self.control("POST", "/clock", {"advance": seconds})

    def _run(self, started: Event) -> None:
        try:
            asyncio.run(self._serve(started))
        except BaseException as error:  # noqa: BLE001 - start() raises it in the thread of its caller
            self._error = error
        finally:
            started.set()

    async def _serve(self, started: Event) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        async with self._simulator:
            started.set()
            await self._stopping.wait()

    def _opener(self) -> OpenerDirector:
        handlers: list[Any] = [ProxyHandler({})]
        if folder := self.config.tls:
            context = ssl.create_default_context(cafile=folder / "ca.pem")
            context.load_cert_chain(folder / "client.pem", folder / "client.key")
            handlers.append(HTTPSHandler(context=context))
        return build_opener(*handlers)
