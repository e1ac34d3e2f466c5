"""The server: everything put together on a real socket."""

import asyncio
from collections import Counter
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from .api import Api
from .auth.clients import Clients
from .auth.oauth import OAUTH, OAuthServer
from .auth.tls import server_context
from .auth.tokens import TokenStore
from .config import SimulatorConfig
from .control.interface import Control
from .http.faults import Faults, Handler
from .http.hal import BASE
from .http.rate_limits import Limits
from .http.recorder import Recorder
from .persistence import Keeper
from .push.service import Push
from .ticker import Pulse
from .vehicle.brands import BRANDS
from .vehicle.pictures import picture
from .world import World

PICTURES = "/pictures"
UNKNOWN = "(unknown path)"


class Simulator:
    """A simulator on a port of its own; several can run side by side."""

    def __init__(self, config: SimulatorConfig | None = None) -> None:
        self.config = config or SimulatorConfig()
        self.world = World(self.config)
        self.clients = Clients(self.config.clients)
        self.tokens = TokenStore(self.config.expires_in, self.config.code_lifetime)
        self.limits = Limits(self.config.day_limit, self.config.burst_limit)
        self.push = Push(self.world, self._record_notification)
        self.pulse = Pulse(self.push, self._save)
        self.api = Api(self.world, self.clients, self.tokens, self.limits, self.push)
        self.faults = Faults()
        self.requests: Counter[str] = Counter()
        self._recorder: Recorder | None = None
        self._keeper: Keeper | None = None
        self._runner: web.AppRunner | None = None
        self._port: int | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._port is None:
            raise RuntimeError("the simulator is not running")
        return self._port

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        host = "127.0.0.1" if self.config.host in {"0.0.0.0", "::"} else self.config.host  # noqa: S104 - a comparison
        return f"{'https' if self.config.tls else 'http'}://{host}:{self.port}"

    async def start(self) -> None:
        """Listen.

        Raises OSError if the port is taken, ValueError if the file of an earlier state is none.
        """
        tls: SSLContext | None = server_context(self.config.tls) if self.config.tls else None
        self._recorder = Recorder(self.config.record) if self.config.record else None
        app = web.Application(middlewares=[self._exchange])
        app.add_routes(self.api.routes())
        app.add_routes(OAuthServer(self.world, self.clients, self.tokens).routes())
        app.add_routes(Control(self).routes())
        app.router.add_get(PICTURES + "/{id}/{number:[0-9]+}.png", self._picture)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.config.host, self.config.port, ssl_context=tls)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.push.root = self.url + BASE
        if self.config.state:
            keeper = Keeper(self.config.state, self.push, self.tokens, self.clients)
            try:
                keeper.load()
            except OSError, ValueError:
                await self.stop()
                raise
            self._keeper = keeper
        self.pulse.start()

    async def stop(self) -> None:
        """Stop listening, and close what is kept and recorded."""
        await self.pulse.stop()
        if self._runner:
            await self._runner.cleanup()
            self._runner = self._port = None
        if self._keeper:
            self._keeper.close()
            self._keeper = None
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
    async def _exchange(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Count a call, let a fault shape it, and record it."""
        is_api, is_oauth = request.path.startswith(BASE), request.path.startswith(OAUTH)
        if not is_api and not is_oauth and not request.path.startswith(PICTURES):
            response = await handler(request)
            self.pulse.change()
            return response
        template = _template(request)
        self.requests[f"{request.method} {template}"] += 1
        if self._recorder:
            await request.read()  # a connection that a fault cuts could not be read any more
        fault = self.faults.find(request, template)
        response = await (fault.apply(request, handler) if fault else handler(request))
        self._save()
        self.pulse.change()
        if self._recorder and is_api:
            injected = bool(request.get("injected") or (fault and fault.shapes))
            await self._recorder.api(request, response, injected=injected)
        elif self._recorder and is_oauth:
            self._recorder.oauth(request, response)
        return response

    def _record_notification(self, url: str, body: Any, status: int) -> None:
        if self._recorder:
            self._recorder.notification(url, body, status)

    def _save(self) -> None:
        if self._keeper:
            self._keeper.save()

    async def _picture(self, request: web.Request) -> web.Response:
        car, number = self.world.by_id(request.match_info["id"]), int(request.match_info["number"])
        drawing = await asyncio.to_thread(picture, BRANDS[car.character.brand].hue, number) if car else None
        if drawing is None:
            raise web.HTTPNotFound
        return web.Response(body=drawing, content_type="image/png")


def _template(request: web.Request) -> str:
    resource = request.match_info.route.resource
    canonical = resource.canonical.removeprefix(BASE) if resource else UNKNOWN
    return UNKNOWN if canonical == "{unknown}" else canonical
