"""Idempotent requests are retried; a POST that may have been executed raises OutcomeUnknown."""

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
from aiohttp import web
import pytest
from yarl import URL

from custom_components.stellantis.api import (
    ConnectionClosed,
    ConnectionFailed,
    GrantExpired,
    InvalidResponse,
    NoData,
    OutcomeUnknown,
    RateLimited,
    Server,
    StellantisClient,
    StellantisError,
    TimedOut,
    Transient,
    Transport,
)
from custom_components.stellantis.api.requests import Lock, RemoteRequest
from tests.api import bodies_records as bodies
from tests.api.conftest import FakePlatform, FakeTokenProvider

_LOCK = RemoteRequest(command=Lock())
type FaultHandler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


async def _reset(request: web.BaseRequest) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def _truncate(request: web.BaseRequest) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "100", "Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"remoteActionId":')
    assert request.transport is not None
    request.transport.close()
    return response


async def _stall(request: web.BaseRequest) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        while True:  # until the client gives up
            await response.write(b" ")
            await asyncio.sleep(0.05)
    except ConnectionResetError:
        return response


async def _redirect(_: web.BaseRequest) -> web.StreamResponse:
    return web.Response(status=307, headers={"Location": "http://127.0.0.2/"})


def _respond_with_status(status: int) -> FaultHandler:
    async def respond(_: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({"code": status * 100, "message": "no"}, status=status)

    return respond


def _respond_with_body(body: bytes, content_type: str = "application/json") -> FaultHandler:
    async def respond(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=202, body=body, content_type=content_type)

    return respond


@pytest.mark.parametrize(
    "fault",
    [
        _reset,
        _truncate,
        _stall,
        *map(_respond_with_status, (408, 500, 502, 503, 504, 599)),
        _respond_with_body(b"{"),
        _respond_with_body(b"[]"),
        _respond_with_body(b"<", "text/html"),
    ],
)
async def test_lost_response_to_a_command(
    platform: FakePlatform, client: StellantisClient, fault: FaultHandler
) -> None:
    platform.add_handler(fault)
    with pytest.raises(OutcomeUnknown):
        await client.send_remote("v", "c", _LOCK)
    assert len(platform.requests) == 1


@pytest.mark.parametrize(
    ("fault", "error_class"),
    [
        (_respond_with_status(404), NoData),
        (_respond_with_status(429), RateLimited),
        (_redirect, InvalidResponse),
    ],
)
async def test_refused_command_is_not_executed(
    platform: FakePlatform, client: StellantisClient, fault: FaultHandler, error_class: type[StellantisError]
) -> None:
    platform.add_handler(fault)
    with pytest.raises(error_class) as refusal:
        await client.send_remote("v", "c", _LOCK)
    assert type(refusal.value) is error_class
    assert len(platform.requests) == 1


async def test_unsent_command_is_retried(
    session: aiohttp.ClientSession, tokens: FakeTokenProvider, unused_tcp_port: int
) -> None:
    """The server starts late, so the first attempts cannot have been executed."""
    url = URL(f"http://127.0.0.1:{unused_tcp_port}")
    client = StellantisClient(
        Transport(
            session,
            Server(api=url, oauth=url),
            realm="r",
            client_id="c",
            token_provider=tokens,
            retry_delays=(0.2, 0.2, 0.2),
        )
    )
    sending = asyncio.ensure_future(client.send_remote("v", "c", _LOCK))
    await asyncio.sleep(0.05)

    async def accept(_: web.BaseRequest) -> web.StreamResponse:
        return web.json_response(bodies.REMOTE_REFERENCE, status=202)

    runner = web.ServerRunner(web.Server(accept))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    assert (await sending).remote_action_id == "remote-1"
    await runner.cleanup()


async def test_unreachable_server_raises_connection_failed(
    tokens: FakeTokenProvider, session: aiohttp.ClientSession
) -> None:
    url = URL("http://127.0.0.1:9")
    transport = Transport(
        session, Server(api=url, oauth=url), realm="r", client_id="c", token_provider=tokens, retry_delays=()
    )
    with pytest.raises(ConnectionFailed) as failure:
        await StellantisClient(transport).send_remote("v", "c", _LOCK)
    assert type(failure.value) is ConnectionFailed
    assert failure.value.maybe_sent is False


@pytest.mark.parametrize(
    "failure", [ConnectionClosed("no token"), Transient("no token", status=502), GrantExpired("x")]
)
async def test_token_error_is_raised_unchanged(
    platform: FakePlatform, session: aiohttp.ClientSession, failure: StellantisError
) -> None:
    async def no_token(rejected_token: str | None = None) -> str:
        raise failure

    transport = Transport(
        session, platform.server, realm="r", client_id="c", token_provider=no_token, retry_delays=(0,)
    )
    with pytest.raises(type(failure)) as raised:
        await StellantisClient(transport).send_remote("v", "c", _LOCK)
    assert raised.value is failure
    assert platform.requests == []


async def test_command_is_repeated_with_a_new_token(
    platform: FakePlatform, client: StellantisClient, tokens: FakeTokenProvider
) -> None:
    platform.add_response({"code": 40100, "message": "expired"}, status=401)
    platform.add_response(bodies.REMOTE_REFERENCE, status=202)
    assert (await client.send_remote("v", "c", _LOCK)).type == "Horn"
    assert tokens.rejected == ["token-0"]


@pytest.mark.parametrize("fault", [_reset, _truncate, _respond_with_status(503), _respond_with_status(502)])
async def test_idempotent_requests_are_retried(
    platform: FakePlatform, client: StellantisClient, fault: FaultHandler
) -> None:
    platform.add_handler(fault)
    platform.add_handler(fault)
    platform.add_response(bodies.CALLBACK_REFERENCE, status=202)
    assert (await client.set_callback_status("c", running=True)).callback_id == "callback-1"
    assert {request.method for request in platform.requests} == {"PUT"}
    assert len(set(platform.bodies)) == 1


async def test_delete_of_a_missing_resource_succeeds(platform: FakePlatform, client: StellantisClient) -> None:
    """The connection is reset, and the retry finds the resource already deleted."""
    platform.add_handler(_reset)
    platform.add_response({"code": 40400, "message": "gone"}, status=404)
    await client.delete_callback("c")
    await client.delete_monitor("v", "c", "m")
    assert [request.method for request in platform.requests][-1] == "DELETE"


async def test_timeouts_are_not_retried(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_handler(_stall)
    with pytest.raises(TimedOut):
        await client.set_callback_status("c", running=True)
    assert len(platform.requests) == 1


@pytest.mark.parametrize("status", [202, 204])
async def test_command_response_without_id(platform: FakePlatform, client: StellantisClient, status: int) -> None:
    """The command may be executed, but without its id its progress cannot be requested."""
    platform.add_response({} if status == 202 else None, status=status)
    with pytest.raises(OutcomeUnknown):
        await client.send_remote("vehicle", "callback", _LOCK)
    assert len(platform.requests) == 1
