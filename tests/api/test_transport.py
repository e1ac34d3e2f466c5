"""The transport: authentication, retries, rate limits, paging and misbehaving servers."""

import asyncio
import gzip
import re
import time

import aiohttp
from aiohttp import web
import pytest
from yarl import URL

from custom_components.stellantis.api import (
    ConnectionFailed,
    Forbidden,
    InvalidResponse,
    NoData,
    NotRegistered,
    OutcomeUnknown,
    RateLimit,
    RateLimited,
    Server,
    TimedOut,
    Transient,
    Transport,
    Unauthorized,
    http as http_module,
    rate_limit,
    retry_after,
)
from tests.api.conftest import FakePlatform, FakeTokenProvider


async def test_request_headers_and_query(platform: FakePlatform, transport: Transport) -> None:
    platform.add_response({"ok": True})
    assert await transport.get_json("user", {"country": "FR", "locale": None}) == {"ok": True}
    (request,) = platform.requests
    assert (request.method, request.path) == ("GET", "/connectedcar/v4/user")
    assert dict(request.query) == {"client_id": "the-client", "country": "FR"}
    assert request.headers["Authorization"] == "Bearer token-0"
    assert request.headers["x-introspect-realm"] == "clientsB2CPeugeot"
    assert request.headers["Accept"] == "application/hal+json"


async def test_query_with_lists_and_numbers(platform: FakePlatform, transport: Transport) -> None:
    platform.add_response({})
    await transport.get_raw("user/vehicles", {"extension": ["branding", "pictures"], "pageSize": 2, "f": 0.5})
    assert (
        platform.requests[0].query_string
        == "extension=branding&extension=pictures&pageSize=2&f=0.5&client_id=the-client"
    )


async def test_post_body(platform: FakePlatform, transport: Transport) -> None:
    platform.add_response({"id": "1"}, status=202)
    assert await transport.request("POST", "user/callbacks", body={"é": [1]}) == {"id": "1"}
    assert platform.bodies == ['{"é":[1]}'.encode()]
    assert platform.requests[0].headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_empty_response(platform: FakePlatform, transport: Transport, status: int) -> None:
    platform.add_response(text=b"", status=status)
    assert await transport.request("DELETE", "user/callbacks/1") is None


async def test_request_with_get(platform: FakePlatform, transport: Transport) -> None:
    platform.add_response(status=503)
    platform.add_response({"a": 1})
    assert await transport.request("GET", "user") == {"a": 1}


async def test_rejected_token_is_refreshed_once(
    platform: FakePlatform, transport: Transport, tokens: FakeTokenProvider
) -> None:
    platform.add_response(status=401)
    platform.add_response({"ok": True})
    assert await transport.get_json("user") == {"ok": True}
    assert tokens.rejected == ["token-0"]
    assert [request.headers["Authorization"] for request in platform.requests] == ["Bearer token-0", "Bearer token-1"]


async def test_rejected_new_token_raises_unauthorized(
    platform: FakePlatform, transport: Transport, tokens: FakeTokenProvider
) -> None:
    platform.add_response(status=401)
    with pytest.raises(Unauthorized):
        await transport.get_json("user")
    assert len(platform.requests) == 2
    assert tokens.rejected == ["token-0"]


async def test_no_refresh_for_unregistered_application(
    platform: FakePlatform, transport: Transport, tokens: FakeTokenProvider
) -> None:
    platform.add_response({"httpMessage": "Unauthorized", "moreInformation": "Not registered to plan"}, status=401)
    with pytest.raises(NotRegistered):
        await transport.get_json("user")
    assert len(platform.requests) == 1
    assert tokens.rejected == []


@pytest.mark.parametrize(("status", "code"), [(500, 50038), (502, None), (503, None), (504, None)])
async def test_transient_errors_are_retried(
    platform: FakePlatform, transport: Transport, status: int, code: int | None
) -> None:
    platform.add_response({"code": code, "message": ""}, status=status)
    platform.add_response({"code": code, "message": ""}, status=status)
    platform.add_response({"ok": True})
    assert await transport.get_json("user") == {"ok": True}


async def test_retries_are_limited(platform: FakePlatform, transport: Transport) -> None:
    platform.add_response(status=503)
    with pytest.raises(Transient):
        await transport.get_json("user")
    assert len(platform.requests) == 3


async def test_connection_reset_is_retried(platform: FakePlatform, transport: Transport) -> None:
    async def reset(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    platform.add_handler(reset)
    platform.add_response({"ok": True})
    assert await transport.get_json("user") == {"ok": True}


@pytest.mark.parametrize(("status", "error_class"), [(403, Forbidden), (404, NoData), (429, RateLimited)])
async def test_permanent_errors_are_not_retried(
    platform: FakePlatform, transport: Transport, status: int, error_class: type[Exception]
) -> None:
    platform.add_response({"code": status * 100, "message": "no"}, status=status)
    with pytest.raises(error_class):
        await transport.get_json("user")
    assert len(platform.requests) == 1


async def test_post_is_not_retried(platform: FakePlatform, transport: Transport) -> None:
    platform.add_response(status=503)
    with pytest.raises(OutcomeUnknown):
        await transport.request("POST", "user/callbacks", body={})
    assert len(platform.requests) == 1


async def test_retry_delays_are_jittered(
    platform: FakePlatform, session: aiohttp.ClientSession, tokens: FakeTokenProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    delays: list[float] = []
    sleep = asyncio.sleep

    async def record_delay(seconds: float) -> None:
        delays.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", record_delay)
    platform.add_response(status=503)
    transport = Transport(
        session, platform.server, realm="r", client_id="c", token_provider=tokens, retry_delays=(10, 40)
    )
    with pytest.raises(Transient):
        await transport.get_json("user")
    first, second = (seconds for seconds in delays if seconds)
    assert 5 <= first <= 15
    assert 20 <= second <= 60


async def test_unreachable_server(session: aiohttp.ClientSession, tokens: FakeTokenProvider) -> None:
    url = URL("http://127.0.0.1:9")
    transport = Transport(
        session, Server(api=url, oauth=url), realm="r", client_id="c", token_provider=tokens, retry_delays=(0,)
    )
    with pytest.raises(ConnectionFailed) as failure:
        await transport.get_json("user")
    assert "127.0.0.1" not in str(failure.value)


async def test_redirects_are_not_followed(platform: FakePlatform, transport: Transport) -> None:
    platform.add_response(status=302, headers={"Location": f"{platform.url}/elsewhere"})
    with pytest.raises(InvalidResponse):
        await transport.get_json("user")
    assert [request.path for request in platform.requests] == ["/connectedcar/v4/user"]


async def test_slow_response_times_out(platform: FakePlatform, transport: Transport) -> None:
    async def trickle(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b" ")
                await asyncio.sleep(0.05)
        except ConnectionResetError:
            return response

    platform.add_handler(trickle)
    async with asyncio.timeout(30):
        with pytest.raises(TimedOut):
            await transport.get_json("user")
    assert len(platform.requests) == 1


async def test_truncated_body(platform: FakePlatform, transport: Transport) -> None:
    async def truncated(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100", "Content-Type": "application/json"})
        await response.prepare(request)
        await response.write(b'{"a":')
        assert request.transport is not None
        request.transport.close()
        return response

    platform.add_handler(truncated)
    with pytest.raises(ConnectionFailed):
        await transport.get_json("user")


@pytest.mark.parametrize("compressed", [False, True])
async def test_oversized_body(platform: FakePlatform, transport: Transport, compressed: bool) -> None:
    huge = b" " * (http_module.MAX_BODY_SIZE + 1)
    headers = {"Content-Encoding": "gzip"} if compressed else None
    platform.add_response(text=gzip.compress(huge) if compressed else huge, headers=headers)
    with pytest.raises(InvalidResponse, match="too large"):
        await transport.get_json("user")


async def test_compressed_body(platform: FakePlatform, transport: Transport) -> None:
    platform.add_response(text=gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"})
    assert await transport.get_json("user") == {"a": 1}


async def test_wrong_content_encoding(platform: FakePlatform, transport: Transport) -> None:
    platform.add_response(text=b"not gzip at all", headers={"Content-Encoding": "gzip"})
    with pytest.raises(ConnectionFailed):
        await transport.get_json("user")


@pytest.mark.parametrize(
    ("text", "content_type"),
    [
        ("<html>maintenance</html>", "text/html"),
        ('{"a": 1}', "text/html"),
        ("{", "application/hal+json"),
        ("", "application/hal+json"),
        ("[1]", "application/json"),
        ("7", "application/json"),
    ],
)
async def test_invalid_body(platform: FakePlatform, transport: Transport, text: str, content_type: str) -> None:
    platform.add_response(text=text, content_type=content_type)
    with pytest.raises(InvalidResponse):
        await transport.get_json("user")


async def test_non_http_server(tokens: FakeTokenProvider, session: aiohttp.ClientSession) -> None:
    async def greet_like_a_mail_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"220 this is a mail server\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(greet_like_a_mail_server, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        base = URL(f"http://127.0.0.1:{port}")
        transport = Transport(
            session, Server(api=base, oauth=base), realm="r", client_id="c", token_provider=tokens, retry_delays=()
        )
        with pytest.raises(InvalidResponse):
            await transport.get_json("user")


async def test_rate_limit_headers(platform: FakePlatform, transport: Transport) -> None:
    platform.add_response(
        {},
        headers={
            "X-RateLimit-Limit-1": "5000",
            "X-RateLimit-Remaining-1": "4999",
            "X-RateLimit-Limit-2": "10",
            "X-RateLimit-Remaining-2": "9",
        },
    )
    platform.add_response(
        status=429, headers={"X-RateLimit-Remaining-1": "0", "X-RateLimit-Reset": "120", "X-RateLimit-Limit-2": "?"}
    )
    assert transport.rate_limit == RateLimit()
    await transport.get_json("user")
    assert transport.rate_limit == RateLimit(day_limit=5000, day_remaining=4999, burst_limit=10, burst_remaining=9)
    with pytest.raises(RateLimited) as refusal:
        await transport.get_json("user")
    assert refusal.value.retry_after == 120
    assert transport.rate_limit == RateLimit(
        day_limit=5000, day_remaining=0, burst_limit=10, burst_remaining=9, reset=120
    )


_TOO_MANY_REQUESTS = {"code": 42900, "message": "Too many"}


async def test_short_rate_limit_is_waited_out(platform: FakePlatform, transport: Transport) -> None:
    platform.add_response(_TOO_MANY_REQUESTS, status=429, headers={"Retry-After": "1"})
    platform.add_response({"ok": True})
    assert await transport.get_json("user") == {"ok": True}
    assert len(platform.requests) == 2


async def test_repeated_rate_limit_is_raised(
    platform: FakePlatform, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry_after, "MIN_RETRY_AFTER", 0.01)
    monkeypatch.setattr(rate_limit, "MIN_RETRY_AFTER", 0.01)
    platform.add_response(_TOO_MANY_REQUESTS, status=429, headers={"Retry-After": "0"})
    with pytest.raises(RateLimited):
        await transport.request("POST", "user/callbacks", body={})
    assert len(platform.requests) == 3


async def test_bursts_are_spread(platform: FakePlatform, transport: Transport) -> None:
    arrivals: list[float] = []

    async def record_arrival(_: web.BaseRequest) -> web.StreamResponse:
        arrivals.append(time.monotonic())
        return web.json_response({}, headers={"X-RateLimit-Limit-2": "4"})

    platform.add_handler(record_arrival)
    await transport.get_json("user")
    await asyncio.gather(*(transport.get_json("user") for _ in range(7)))
    arrivals.sort()
    # Requests are delayed when they are sent; their arrival jitters a little.
    assert all(later - earlier > 0.9 for earlier, later in zip(arrivals, arrivals[4:], strict=False))
    assert arrivals[-1] - arrivals[0] < 2


async def test_concurrent_requests_pass_the_rejected_token(
    platform: FakePlatform, transport: Transport, tokens: FakeTokenProvider
) -> None:
    async def reject_first_token(request: web.BaseRequest) -> web.StreamResponse:
        is_rejected = request.headers["Authorization"] == "Bearer token-0"
        return web.json_response({}, status=401 if is_rejected else 200)

    platform.add_handler(reject_first_token)
    await asyncio.gather(*(transport.get_json("user") for _ in range(3)))
    assert set(tokens.rejected) == {"token-0"}


async def test_errors_contain_no_secrets(platform: FakePlatform, transport: Transport) -> None:
    platform.add_response(status=500, text="token-0 the-client 48.58392 VXKTESTTESTTEST01", content_type="text/plain")
    with pytest.raises(Exception, match=re.escape("ServerError (500)")) as failure:
        await transport.get_json("user")
    assert not re.search("token-0|the-client|48.58|VXK", repr(failure.value))
