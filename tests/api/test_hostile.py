"""Malicious servers cause an error in time, without much memory and without leaking tokens."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
import tracemalloc
import zlib

import aiohttp
from aiohttp import web
import pytest
from yarl import URL

from custom_components.stellantis.api import (
    ConnectionFailed,
    InvalidResponse,
    OutcomeUnknown,
    Server,
    StellantisClient,
    StellantisError,
    TimedOut,
    Transport,
)
from custom_components.stellantis.api.http import MAX_BODY_SIZE
from custom_components.stellantis.api.requests import Lock, RemoteRequest
from tests.api.conftest import FakePlatform, FakeTokenProvider

_MIB = 1024 * 1024
_HUGE_SIZE = 100 * _MIB
# The body, its copy as bytes, and the memory of the test server in the same process
_MAX_MEMORY = 4 * MAX_BODY_SIZE

type ServerScript = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _drip(writer: asyncio.StreamWriter, text: bytes) -> None:
    for byte in text:
        writer.write(bytes((byte,)))
        await writer.drain()
        await asyncio.sleep(0.02)


async def _slow_status(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _drip(writer, b"HTTP/1.1 200 " + b"x" * 500)


async def _slow_headers(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(200):
        await _drip(writer, f"X-{number}: y\r\n".encode())


async def _slow_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    await _drip(writer, b" " * 1000)


async def _silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def _reset_in_the_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"a":')
    await writer.drain()
    writer.transport.abort()


async def _reset_in_a_chunk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n{")
    await writer.drain()
    writer.transport.abort()


async def _endless_header(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not writer.is_closing():
        writer.write(b"y" * 65536)
        await writer.drain()


async def _broken_chunks(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")
    await writer.drain()


@pytest.fixture
async def serve_script(
    session: aiohttp.ClientSession, tokens: FakeTokenProvider
) -> AsyncGenerator[Callable[[ServerScript], Awaitable[StellantisClient]]]:
    """Return a function that starts a server with a script of raw bytes and returns a client of it."""
    servers: list[asyncio.Server] = []
    connections: list[asyncio.Task[None]] = []

    async def serve(script: ServerScript) -> StellantisClient:
        async def handle_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task
            connections.append(task)
            try:
                await reader.readuntil(b"\r\n\r\n")
                await script(reader, writer)
            except OSError, asyncio.IncompleteReadError:
                return
            finally:
                writer.close()

        server = await asyncio.start_server(handle_connection, "127.0.0.1", 0)
        servers.append(server)
        base = URL(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        return StellantisClient(
            Transport(
                session,
                Server(api=base, oauth=base),
                realm="r",
                client_id="c",
                token_provider=tokens,
                timeout=aiohttp.ClientTimeout(total=0.6, connect=0.3, sock_read=0.4),
                retry_delays=(0.01,),
            )
        )

    yield serve
    for server in servers:
        server.close()
    for task in connections:
        task.cancel()
    await asyncio.gather(*connections, return_exceptions=True)


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (_slow_status, TimedOut),
        (_slow_headers, TimedOut),
        (_slow_body, TimedOut),
        (_silence, TimedOut),
        (_reset_in_the_body, ConnectionFailed),
        (_reset_in_a_chunk, ConnectionFailed),
        (_endless_header, InvalidResponse),
        (_broken_chunks, StellantisError),
    ],
)
async def test_violations_of_http(
    serve_script: Callable[[ServerScript], Awaitable[StellantisClient]],
    script: ServerScript,
    error: type[StellantisError],
) -> None:
    client = await serve_script(script)
    async with asyncio.timeout(30):
        with pytest.raises(error):
            await client.status("v")
    with pytest.raises((OutcomeUnknown, InvalidResponse)):
        await client.send_remote("v", "c", RemoteRequest(command=Lock()))


async def _peak_memory(request: Awaitable[object]) -> int:
    """Return the peak memory in bytes while a request fails because the response is too large."""
    tracemalloc.start()
    try:
        with pytest.raises(InvalidResponse, match="too large"):
            await request
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("status", [200, 500])
async def test_huge_body(platform: FakePlatform, client: StellantisClient, status: int) -> None:
    sent = 0

    async def send_huge_body(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(status=status, headers={"Content-Type": "application/json"})
        response.content_length = _HUGE_SIZE
        await response.prepare(request)
        chunk = b" " * 65536
        while sent < _HUGE_SIZE:
            await response.write(chunk)
            sent += len(chunk)
        return response

    platform.add_handler(send_huge_body)
    assert await _peak_memory(client.status("v")) < _MAX_MEMORY
    assert sent < _HUGE_SIZE / 2
    assert len(platform.requests) == 1


def _gzip_bomb(size: int) -> bytes:
    compressor = zlib.compressobj(9, wbits=31)
    return b"".join(compressor.compress(b"\0" * _MIB) for _ in range(size // _MIB)) + compressor.flush()


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_decompression_bomb(platform: FakePlatform, client: StellantisClient, encoding: str) -> None:
    compressed = _gzip_bomb(_HUGE_SIZE) if encoding == "gzip" else zlib.compress(b"\0" * _HUGE_SIZE, 9)
    assert len(compressed) < _MIB / 5
    platform.add_response(text=compressed, headers={"Content-Encoding": encoding})
    assert await _peak_memory(client.status("v")) < _MAX_MEMORY


async def test_deeply_nested_json(platform: FakePlatform, client: StellantisClient) -> None:
    platform.add_response(text=b"[" * (4 * _MIB), content_type="application/json")
    with pytest.raises(InvalidResponse):
        await client.status("v")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_does_not_leak_tokens(platform: FakePlatform, client: StellantisClient, status: int) -> None:
    leaked_requests: list[web.BaseRequest] = []

    async def record_request(request: web.BaseRequest) -> web.StreamResponse:
        leaked_requests.append(request)
        return web.json_response({})

    runner = web.ServerRunner(web.Server(record_request))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    platform.add_response(status=status, headers={"Location": f"http://127.0.0.1:{port}/connectedcar/v4/user"})
    for request in (client.user(), client.send_remote("v", "c", RemoteRequest(command=Lock()))):
        with pytest.raises(InvalidResponse):
            await request
    assert leaked_requests == []
    await runner.cleanup()


async def test_link_to_next_page_does_not_leak_tokens(platform: FakePlatform, client: StellantisClient) -> None:
    """Host and client ID in a link to the next page are ignored."""
    platform.add_response(
        {
            "_embedded": {"trips": [{"id": "1"}]},
            "_links": {"next": {"href": "http://127.0.0.1:9/steal?pageToken=2&client_id=theirs"}},
        }
    )
    platform.add_response({"_embedded": {"trips": [{"id": "2"}]}})
    assert [trip.id async for trip in client.trips("v")] == ["1", "2"]
    assert {request.path for request in platform.requests} == {"/connectedcar/v4/user/vehicles/v/trips"}
    assert {request.query["client_id"] for request in platform.requests} == {"the-client"}


async def test_endless_pages(platform: FakePlatform, client: StellantisClient) -> None:
    async def send_page(request: web.BaseRequest) -> web.StreamResponse:
        link = {"href": f"?pageToken={len(platform.requests)}"}
        return web.json_response({"_embedded": {"trips": [{"id": "x"}]}, "_links": {"next": link}})

    platform.add_handler(send_page)
    with pytest.raises(InvalidResponse, match="goes on"):
        [trip async for trip in client.trips("v")]
    assert len(platform.requests) == 200


@pytest.mark.parametrize(
    ("text", "content_type"),
    [
        ("<html>{}</html>", "text/html"),
        ('{"a": 1}', "image/png"),
        ("\0" * 1000, "application/octet-stream"),
        ("null", "application/json"),
    ],
)
async def test_body_of_another_content_type(
    platform: FakePlatform, client: StellantisClient, text: str, content_type: str
) -> None:
    platform.add_response(text=text, content_type=content_type)
    with pytest.raises(InvalidResponse):
        await client.status("v")
