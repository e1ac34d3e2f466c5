"""Brings a fault about, and ends it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
import errno
from functools import partial
import os
from pathlib import Path
import socket
import ssl
from tempfile import NamedTemporaryFile
import time
from typing import Any, Final
from unittest.mock import patch

import aiohttp
from cryptography.hazmat.primitives.serialization import Encoding
from homeassistant.util import dt as dt_util
from homeassistant.util.file import AtomicWriter
from yarl import URL

from custom_components.stellantis.commands import queue as command_queue
from simulator.http.faults import Fault as Rule
from simulator.resources.links import API_PATH
from tests.support.certificates import create_certificate, create_key, key_bytes

from .faults import DELAY, Detour, Fault, LocalFault
from .world import World

type Target = tuple[str | None, str]  # method and path, in the form of the simulator's rules

SHORT_TIMEOUT: Final = aiohttp.ClientTimeout(total=DELAY / 3)
NO_SUCH_HOST: Final = "nowhere.invalid"
CLOCK_JUMP: Final = timedelta(days=400)


@asynccontextmanager
async def injected(world: World, fault: Fault, targets: Iterable[Target]) -> AsyncGenerator[None]:
    """Bring a fault about for some requests until the context is left."""
    rules = [Rule(path=path, method=method) for method, path in targets]
    if fault.rule:
        await world.control.put("faults", [{**fault.rule, "path": rule.path, "method": rule.method} for rule in rules])
    if fault.detour:
        async with _detour(fault.detour) as (origin, options):

            def divert(url: URL) -> URL:
                return origin.with_path(url.path)

            with _changed_requests(rules, divert, options):
                yield
    elif fault.is_slow:
        with (
            _changed_requests(rules, lambda url: url, {"timeout": SHORT_TIMEOUT}),
            # The platform may list a command only after the delay
            patch.object(command_queue, "POLL_DELAYS", (DELAY / 3,)),
        ):
            yield
    elif fault.local:
        with _LOCAL[fault.local](world):
            yield
    else:
        yield
    await world.control.delete("faults")


@contextmanager
def _changed_requests(rules: Iterable[Rule], url_fn: Callable[[URL], URL], options: dict[str, Any]) -> Generator[None]:
    """Send the requests that rules apply to elsewhere, or with other options."""
    request: Callable[..., Awaitable[Any]] = aiohttp.ClientSession._request

    async def changed(session: aiohttp.ClientSession, method: str, target: str | URL, **kwargs: Any) -> Any:
        url = session._build_url(target)
        path = url.path.removeprefix(API_PATH)
        if any(rule.matches(method, path, path, 0.0) for rule in rules):
            return await request(session, method, url_fn(url), **{**kwargs, **options})
        return await request(session, method, target, **kwargs)

    with patch.object(aiohttp.ClientSession, "_request", changed):
        yield


@asynccontextmanager
async def _detour(detour: Detour) -> AsyncGenerator[tuple[URL, dict[str, Any]]]:
    """Provide the origin of a place to which requests go, and the options of the requests."""
    if detour is Detour.NO_SUCH_HOST:
        resolve = aiohttp.TCPConnector._resolve_host

        async def fail(connector: aiohttp.TCPConnector, host: str, *args: Any, **kwargs: Any) -> Any:
            if host == NO_SUCH_HOST:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return await resolve(connector, host, *args, **kwargs)

        with patch.object(aiohttp.TCPConnector, "_resolve_host", fail):
            yield URL(f"http://{NO_SUCH_HOST}:80"), {}
    elif detour is Detour.CLOSED_PORT:
        with socket.socket() as bound:  # not listening
            bound.bind(("127.0.0.1", 0))
            yield URL(f"http://127.0.0.1:{bound.getsockname()[1]}"), {}
    else:
        async with _tls_server(days=-1 if detour is Detour.EXPIRED else 1) as (port, trusting):
            options = {} if detour is Detour.SELF_SIGNED else {"ssl": trusting}
            yield URL(f"https://127.0.0.1:{port}"), options


@asynccontextmanager
async def _tls_server(*, days: float) -> AsyncGenerator[tuple[int, ssl.SSLContext]]:
    """Run a server whose certificate names no host; provide its port, and a context that trusts its certificate."""
    key = create_key()
    certificate = create_certificate(key, days=days).public_bytes(Encoding.PEM)
    context, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with NamedTemporaryFile() as file:
        file.write(certificate + key_bytes(key, Encoding.PEM))
        file.flush()
        context.load_cert_chain(file.name)
    trusting.load_verify_locations(cadata=certificate.decode())
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1], trusting


@contextmanager
def _jumped_clock(_world: World, *, jump: timedelta) -> Generator[None]:
    now, timestamp, local_now = dt_util.utcnow, time.time, dt_util.now
    with (
        patch.object(dt_util, "utcnow", lambda: now() + jump),
        patch.object(dt_util, "now", lambda *args: local_now(*args) + jump),
        patch.object(time, "time", lambda: timestamp() + jump.total_seconds()),
    ):
        yield


def _is_ours(path: object) -> bool:
    return isinstance(path, str | Path) and Path(path).name.startswith("stellantis.")


@contextmanager
def _full_disk(_world: World) -> Generator[None]:
    with _failing_writes(errno.ENOSPC):
        yield


@contextmanager
def _failing_writes(error: int) -> Generator[None]:
    open_file = AtomicWriter.open

    def fail(writer: Any) -> Any:
        if _is_ours(writer._path):
            raise OSError(error, os.strerror(error))
        return open_file(writer)

    with patch.object(AtomicWriter, "open", fail):
        yield


@contextmanager
def _read_only_folder(_world: World) -> Generator[None]:
    def failing(change: Callable[..., Any]) -> Callable[..., Any]:
        def fail(path: Any, *args: Any, **kwargs: Any) -> Any:
            if _is_ours(path):
                raise OSError(errno.EROFS, os.strerror(errno.EROFS))
            return change(path, *args, **kwargs)

        return fail

    names = ("unlink", "remove", "rename", "replace")
    with _failing_writes(errno.EROFS), ExitStack() as stack:
        for name in names:
            stack.enter_context(patch.object(os, name, failing(getattr(os, name))))
        yield


@contextmanager
def _corrupt_stores(world: World) -> Generator[None]:
    assert world.files
    for file in world.files:
        file.write_bytes(b'{"version": 1, "data": \xff')
    yield


_LOCAL: Final[dict[LocalFault, Callable[[World], Any]]] = {
    LocalFault.CLOCK_AHEAD: partial(_jumped_clock, jump=CLOCK_JUMP),
    LocalFault.CLOCK_BEHIND: partial(_jumped_clock, jump=-CLOCK_JUMP),
    LocalFault.DISK_FULL: _full_disk,
    LocalFault.READ_ONLY: _read_only_folder,
    LocalFault.CORRUPT: _corrupt_stores,
}
