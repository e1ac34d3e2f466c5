"""The server: puts all parts together and listens on a port."""

import asyncio
from collections import Counter
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from .api import Api
from .auth.clients import Clients
from .auth.oauth import OAUTH_PATH, OAuthServer
from .auth.tls import server_context
from .auth.tokens import TokenStore
from .config import SimulatorConfig
from .control.auth import AuthControl
from .control.interface import control_routes
from .control.remotes import RemoteControl
from .control.scenarios import ScenarioControl
from .control.server import ServerControl
from .control.vehicles import VehicleControl
from .http.faults import Faults, Handler
from .http.rate_limits import RateLimits
from .http.recorder import Recorder
from .operations import build_operations
from .persistence import StateFile
from .push.service import PushService
from .remote.service import RemoteService
from .resources.links import API_PATH
from .ticker import Ticker
from .vehicle.brands import BRANDS
from .vehicle.pictures import draw_picture
from .world import World

PICTURES_PATH = "/pictures"
UNKNOWN_PATH = "(unknown path)"


class Simulator:
    """A simulator that listens on a port; several can run side by side."""

    def __init__(self, config: SimulatorConfig | None = None) -> None:
        self.config = config or SimulatorConfig()
        self.world = World(self.config)
        self.clients = Clients(self.config.clients)
        self.tokens = TokenStore(self.config.expires_in, self.config.code_lifetime)
        self.rate_limits = RateLimits(self.config.day_limit, self.config.burst_limit)
        self.push = PushService(self.world, self._record_notification)
        self.remote = RemoteService(self.world, self.push)
        self.ticker = Ticker(self.world, self.push, self.remote, self._save)
        self.faults = Faults()
        self.requests: Counter[str] = Counter()
        self.raw_statuses: dict[str, bytes] = {}
        self._recorder: Recorder | None = None
        self._state_file: StateFile | None = None
        self._has_changed = False
        self._runner: web.AppRunner | None = None
        self._port: int | None = None

    @property
    def port(self) -> int:
        """The port that it listens on."""
        if self._port is None:
            raise RuntimeError("the simulator is not running")
        return self._port

    @property
    def pulse(self) -> Ticker:
        """The ticker, under its former name."""
        return self.ticker

    @property
    def url(self) -> str:
        """Its URL: scheme, host and port."""
        host = "127.0.0.1" if self.config.host in {"0.0.0.0", "::"} else self.config.host  # noqa: S104 - a comparison
        return f"{'https' if self.config.tls else 'http'}://{host}:{self.port}"

    async def start(self) -> None:
        """Start to listen, and restore the state of the state file.

        Raises:
            OSError: The port is in use, or a file cannot be opened.
            ValueError: The state file is invalid.
        """
        tls: SSLContext | None = server_context(self.config.tls) if self.config.tls else None
        self._recorder = Recorder(self.config.record) if self.config.record else None
        app = web.Application(middlewares=[self._handle_exchange])
        operations = build_operations(self.push, self.remote, self.raw_statuses)
        app.add_routes(Api(operations, self.world, self.clients, self.tokens, self.rate_limits).routes())
        app.add_routes(OAuthServer(self.world, self.clients, self.tokens).routes())
        app.add_routes(self._control_routes())
        app.router.add_get(PICTURES_PATH + "/{id}/{number:[0-9]+}.png", self._get_picture)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.config.host, self.config.port, ssl_context=tls)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.push.api_root = self.url + API_PATH
        if self.config.state:
            state_file = StateFile(self.config.state, self.world, self.push, self.remote, self.tokens, self.clients)
            try:
                state_file.load()
            except (OSError, ValueError):
                await self.stop()
                raise
            self._state_file = state_file
        self.ticker.start()

    async def stop(self) -> None:
        """Stop listening, and close the state file and the record."""
        await self.ticker.stop()
        if self._runner:
            await self._runner.cleanup()
            self._runner = self._port = None
        if self._state_file:
            self._state_file.close()
            self._state_file = None
        if self._recorder:
            self._recorder.close()
            self._recorder = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @web.middleware
    async def _handle_exchange(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Count a request, apply a fault to it, and record it."""
        self._has_changed |= request.method not in {"GET", "HEAD"}
        is_api, is_oauth = request.path.startswith(API_PATH), request.path.startswith(OAUTH_PATH)
        if not is_api and not is_oauth and not request.path.startswith(PICTURES_PATH):
            response = await handler(request)
            self.ticker.notify_changed()
            return response
        template = _template(request)
        self.requests[f"{request.method} {template}"] += 1
        if self._recorder:
            await request.read()  # it cannot be read after a fault has reset the connection
        fault = self.faults.find(request, template, self.world.clock.now())
        response = await (fault.apply(request, handler) if fault else handler(request))
        self._save()
        self.ticker.notify_changed()
        if self._recorder and is_api:
            injected = bool(request.get("injected") or (fault and fault.replaces_response))
            await self._recorder.api(request, response, injected=injected)
        elif self._recorder and is_oauth:
            self._recorder.oauth(request, response)
        return response

    def _control_routes(self) -> list[web.RouteDef]:
        groups = (
            VehicleControl(self.world, self.push, self.remote, self.raw_statuses),
            ServerControl(self.world.clock, self.faults, self.rate_limits, self.requests),
            AuthControl(self.world, self.clients, self.tokens),
            RemoteControl(self.remote, self.push.notifier),
            ScenarioControl(self.world, self.remote, self.faults),
        )
        return control_routes(
            [row for group in groups for row in group.routes()],
            self.ticker.run_due,
            allow_remote=self.config.allow_remote_control,
        )

    def _record_notification(self, url: str, body: Any, status: int) -> None:
        if self._recorder:
            self._recorder.notification(url, body, status)

    def _save(self) -> None:
        if self._state_file:
            self._state_file.save(after_request=self._has_changed)
        self._has_changed = False

    async def _get_picture(self, request: web.Request) -> web.Response:
        car, number = self.world.by_id(request.match_info["id"]), int(request.match_info["number"])
        image = await asyncio.to_thread(draw_picture, BRANDS[car.model.brand].hue, number) if car else None
        if image is None:
            raise web.HTTPNotFound
        return web.Response(body=image, content_type="image/png")


def _template(request: web.Request) -> str:
    """Return the path of a request as a template, by which requests are counted."""
    resource = request.match_info.route.resource
    canonical = resource.canonical.removeprefix(API_PATH) if resource else UNKNOWN_PATH
    return UNKNOWN_PATH if canonical == "{unknown}" else canonical
