"""What may be done twice is tried again; what may not is left alone, and the doubt is told."""

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
    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({"code": status * 100, "message": "no"}, status=status)

    return answer


def _respond_with_body(body: bytes, content_type: str = "application/json") -> FaultHandler:
    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=202, body=body, content_type=content_type)

    return answer


@pytest.mark.parametrize(
    "breaks",
    [
        _reset,
        _truncate,
        _stall,
        _respond_with_status(502),
        _respond_with_status(504),
        _respond_with_body(b"{"),
        _respond_with_body(b"[]"),
        _respond_with_body(b"<", "text/html"),
    ],
)
async def test_fate_of_a_remote_is_unknown(
    platform: FakePlatform, client: StellantisClient, breaks: FaultHandler
) -> None:
    platform.add_handler(breaks)
    with pytest.raises(OutcomeUnknown):
        await client.send_remote("v", "c", _LOCK)
    assert len(platform.requests) == 1


@pytest.mark.parametrize(
    ("breaks", "kind"),
    [
        (_respond_with_status(503), Transient),
        (_respond_with_status(404), NoData),
        (_respond_with_status(429), RateLimited),
        (_redirect, InvalidResponse),
    ],
)
async def test_a_refused_remote_was_not_carried_out(
    platform: FakePlatform, client: StellantisClient, breaks: FaultHandler, kind: type[StellantisError]
) -> None:
    platform.add_handler(breaks)
    with pytest.raises(kind) as refusal:
        await client.send_remote("v", "c", _LOCK)
    assert type(refusal.value) is kind
    assert len(platform.requests) == 1


async def test_what_never_left_is_sent_again(
    session: aiohttp.ClientSession, tokens: FakeTokenProvider, unused_tcp_port: int
) -> None:
    """There is no server at first, so nothing can have been carried out."""
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


async def test_no_server_at_all_is_no_doubt(tokens: FakeTokenProvider, session: aiohttp.ClientSession) -> None:
    nowhere = URL("http://127.0.0.1:9")
    transport = Transport(
        session, Server(api=nowhere, oauth=nowhere), realm="r", client_id="c", token_provider=tokens, retry_delays=()
    )
    with pytest.raises(ConnectionFailed) as failure:
        await StellantisClient(transport).send_remote("v", "c", _LOCK)
    assert type(failure.value) is ConnectionFailed
    assert failure.value.maybe_sent is False


@pytest.mark.parametrize(
    "failure", [ConnectionClosed("no token"), Transient("no token", status=502), GrantExpired("x")]
)
async def test_without_a_token_nothing_was_sent(
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


async def test_a_remote_goes_again_with_a_fresh_token(
    platform: FakePlatform, client: StellantisClient, tokens: FakeTokenProvider
) -> None:
    platform.add_response({"code": 40100, "message": "expired"}, status=401)
    platform.add_response(bodies.REMOTE_REFERENCE, status=202)
    assert (await client.send_remote("v", "c", _LOCK)).type == "Horn"
    assert tokens.rejected == ["token-0"]


@pytest.mark.parametrize("breaks", [_reset, _truncate, _respond_with_status(503), _respond_with_status(502)])
async def test_what_does_the_same_twice_is_repeated(
    platform: FakePlatform, client: StellantisClient, breaks: FaultHandler
) -> None:
    platform.add_handler(breaks)
    platform.add_handler(breaks)
    platform.add_response(bodies.CALLBACK_REFERENCE, status=202)
    assert (await client.set_callback_status("c", running=True)).callback_id == "callback-1"
    assert {request.method for request in platform.requests} == {"PUT"}
    assert len(set(platform.bodies)) == 1


async def test_what_is_gone_is_deleted(platform: FakePlatform, client: StellantisClient) -> None:
    """The answer to the first try broke off, and aiohttp had tried again by itself."""
    platform.add_handler(_reset)
    platform.add_response({"code": 40400, "message": "gone"}, status=404)
    await client.delete_callback("c")
    await client.delete_monitor("v", "c", "m")
    assert [request.method for request in platform.requests][-1] == "DELETE"


async def test_slow_is_not_hurried(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_handler(_stall)
    with pytest.raises(TimedOut):
        await client.set_callback_status("c", running=True)
    assert len(platform.requests) == 1


async def test_one_refresh_for_all_callers(platform: FakePlatform, session: aiohttp.ClientSession) -> None:
    """Even a source that fetches a new token whenever it is asked to."""
    fetched: list[str] = []

    async def token(rejected_token: str | None = None) -> str:
        if rejected_token is not None:
            await asyncio.sleep(0.05)
            fetched.append(rejected_token)
        return f"token-{len(fetched)}"

    async def once_stale(request: web.BaseRequest) -> web.StreamResponse:
        stale = request.headers["Authorization"] == "Bearer token-0"
        return web.json_response({}, status=401 if stale else 200)

    platform.add_handler(once_stale)
    transport = Transport(session, platform.server, realm="r", client_id="c", token_provider=token)
    await asyncio.gather(*(transport.get_json("user") for _ in range(20)))
    assert fetched == ["token-0"]
    assert len(platform.requests) == 40
