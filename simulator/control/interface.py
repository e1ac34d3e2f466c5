"""The control interface: lets a test or a person change the simulated world.

It answers this machine only, unless the simulator was started with remote control allowed.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from aiohttp import web

from ..http.hosts import is_loopback

CONTROL_PATH = "/_control"

type ControlHandler = Callable[[web.Request], Awaitable[Any]]
type ControlRoute = tuple[str, str, ControlHandler]


class UnknownVinError(Exception):
    """No car has this VIN."""


def control_routes(
    rows: Iterable[ControlRoute], run_due: Callable[[], Awaitable[None]], *, allow_remote: bool = False
) -> list[web.RouteDef]:
    """Return the routes of the control interface.

    Args:
        rows: The method, path and handler of each call.
        run_due: Runs what is due; a call that changes something is answered after that.
        allow_remote: Whether other machines may call, too.
    """
    return [
        web.route(method, CONTROL_PATH + path, _guarded(handler, run_due, allow_remote=allow_remote))
        for method, path, handler in rows
    ]


def _guarded(
    handler: ControlHandler, run_due: Callable[[], Awaitable[None]], *, allow_remote: bool
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return a handler that checks the caller and turns results and errors into responses."""

    async def handle(request: web.Request) -> web.Response:
        if not allow_remote and not is_loopback(request.remote or ""):
            return web.json_response({"error": "control is for this machine only"}, status=403)
        try:
            body = await handler(request)
        except UnknownVinError:
            return web.json_response({"error": "no such vin"}, status=404)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            return web.json_response({"error": str(error)}, status=400)
        if request.method != "GET":
            await run_due()
        return web.json_response(body) if body is not None else web.Response(status=204)

    return handle
