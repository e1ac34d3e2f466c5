"""Downloading pictures: redirects, https and limits."""

import asyncio
from contextlib import suppress
import socket
from unittest.mock import AsyncMock

import aiohttp
from aiohttp import web
import pytest
from yarl import URL

from custom_components.stellantis.api import (
    Brand,
    ConnectionFailed,
    Environment,
    InvalidResponse,
    NotFound,
    ServerError,
    StellantisError,
    TimedOut,
    Vehicle,
    fetch_picture,
    picture,
    public_picture_url,
    server_for,
)
from custom_components.stellantis.api.http import HttpResponse
from custom_components.stellantis.api.local_hosts import is_local_host
from tests.api.conftest import FakePlatform

PUBLIC = server_for(Brand.PEUGEOT, Environment.PRODUCTION)
# What the names of the tests resolve to
ADDRESSES = {
    "api.groupe-psa.com": ["93.184.216.34"],
    "pictures.example.invalid": ["93.184.216.35", "2606:2800:220:1::1"],
    "nas.example.invalid": ["192.168.1.20"],
    "both.example.invalid": ["93.184.216.35", "fd00::1"],
}


async def resolve(host: str) -> list[str]:
    return ADDRESSES[host]


def _picture_url(platform: FakePlatform) -> str:
    return str(platform.url / "V3DImage.ashx" % {"view": "001", "color": "0MM0"})


async def test_picture(platform: FakePlatform, session: aiohttp.ClientSession) -> None:
    platform.add_response(text=b"\x89PNG", content_type="image/png")
    assert await fetch_picture(session, _picture_url(platform), platform.server) == b"\x89PNG"
    (request,) = platform.requests
    assert request.path_qs == "/V3DImage.ashx?view=001&color=0MM0"
    assert "Authorization" not in request.headers


async def test_redirects_are_followed(platform: FakePlatform, session: aiohttp.ClientSession) -> None:
    platform.add_response(status=301, headers={"Location": str(platform.url / "elsewhere")})
    platform.add_response(status=307, headers={"Location": "/here/again"})
    platform.add_response(text=b"picture")
    assert await fetch_picture(session, _picture_url(platform), platform.server) == b"picture"
    assert [request.path for request in platform.requests] == ["/V3DImage.ashx", "/elsewhere", "/here/again"]


async def test_redirect_limit(platform: FakePlatform, session: aiohttp.ClientSession) -> None:
    platform.add_response(status=302, headers={"Location": "/round"})
    with pytest.raises(InvalidResponse):
        await fetch_picture(session, _picture_url(platform), platform.server)
    assert len(platform.requests) == 4


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (404, {}, NotFound),
        (503, {}, ServerError),
        (302, {}, InvalidResponse),
        (302, {"Location": "ftp://127.0.0.1/picture"}, InvalidResponse),
        (302, {"Location": "http://[picture"}, InvalidResponse),
    ],
)
async def test_failed_download(
    platform: FakePlatform,
    session: aiohttp.ClientSession,
    status: int,
    headers: dict[str, str],
    error: type[StellantisError],
) -> None:
    platform.add_response(status=status, headers=headers)
    with pytest.raises(error):
        await fetch_picture(session, _picture_url(platform), platform.server)


@pytest.mark.parametrize("link", ["", "picture.png", "file:///etc/passwd", "data:image/png;base64,AA", "http://[x"])
async def test_invalid_links(session: aiohttp.ClientSession, link: str) -> None:
    with pytest.raises(InvalidResponse):
        await fetch_picture(session, link, PUBLIC)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_http_links_are_upgraded_to_https(scheme: str) -> None:
    requested_urls: list[aiohttp.typedefs.StrOrURL] = []

    async def record_url(request: aiohttp.ClientRequest, _: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        requested_urls.append(request.url)
        raise aiohttp.ClientConnectionError

    async with aiohttp.ClientSession(middlewares=(record_url,)) as session:
        with pytest.raises(ConnectionFailed):
            await fetch_picture(session, f"{scheme}://pictures.example.invalid/a.png?view=1", PUBLIC, resolve=resolve)
    assert [str(url) for url in requested_urls] == ["https://pictures.example.invalid/a.png?view=1"]


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:192.168.1.20", True),
        ("0.0.0.0", True),  # noqa: S104 - not bound to
        ("10.1.2.3", True),
        ("172.20.0.1", True),
        ("169.254.169.254", True),
        ("fe80::1", True),
        ("fd12::1", True),
        ("93.184.216.34", False),
        ("2606:2800:220:1::1", False),
        ("pictures.example.invalid", False),
        ("nas.example.invalid", True),
        ("both.example.invalid", True),
    ],
)
async def test_local_hosts(host: str, *, is_local: bool) -> None:
    assert await is_local_host(host, resolve) is is_local


async def test_name_of_this_machine() -> None:
    assert await is_local_host("localhost")


@pytest.mark.parametrize("error", [socket.gaierror("unknown"), UnicodeError("too long")])
async def test_unknown_name(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", AsyncMock(side_effect=error))
    with pytest.raises(ConnectionFailed):
        await is_local_host("pictures.example.invalid")


@pytest.mark.parametrize(
    "link", ["http://{host}/picture", "http://localhost:{port}/picture", "https://nas.example.invalid/picture"]
)
async def test_link_into_the_local_network(platform: FakePlatform, session: aiohttp.ClientSession, link: str) -> None:
    """A server on the internet cannot let Home Assistant request something here."""
    platform.add_response(text=b"secret")

    async def resolve_also_localhost(host: str) -> list[str]:
        return ["127.0.0.1"] if host == "localhost" else await resolve(host)

    with pytest.raises(InvalidResponse, match="local host"):
        await fetch_picture(
            session,
            link.format(host=platform.url.authority, port=platform.url.port),
            PUBLIC,
            resolve=resolve_also_localhost,
        )
    assert platform.requests == []


async def test_redirect_into_the_local_network(session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch) -> None:
    requested_hosts: list[str | None] = []

    async def redirect(_: aiohttp.ClientSession, method: str, url: URL, **__: object) -> HttpResponse:
        requested_hosts.append(url.host)
        return HttpResponse(status=302, headers={"Location": "http://127.0.0.1:8123/api"}, body=method.encode())

    monkeypatch.setattr(picture, "send", redirect)
    with pytest.raises(InvalidResponse, match="local host"):
        await fetch_picture(session, "https://pictures.example.invalid/a.png", PUBLIC, resolve=resolve)
    assert requested_hosts == ["pictures.example.invalid"]


async def test_too_large(platform: FakePlatform, session: aiohttp.ClientSession) -> None:
    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with suppress(ConnectionError):
            while True:
                await response.write(bytes(1 << 18))
        return response

    platform.add_handler(endless)
    with pytest.raises(InvalidResponse):
        await fetch_picture(session, _picture_url(platform), platform.server)


async def test_too_slow(
    platform: FakePlatform, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "PICTURE_TIMEOUT", aiohttp.ClientTimeout(total=0.05))

    async def slow(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with suppress(ConnectionError):
            while True:
                await response.write(b"p")
                await asyncio.sleep(0.02)
        return response

    platform.add_handler(slow)
    with pytest.raises(TimedOut):
        await fetch_picture(session, _picture_url(platform), platform.server)


BRAND_URL = "https://pictures.example.com/V3D.ashx?version=1PP5&color=0MM0&view=001"


@pytest.mark.parametrize(
    ("pictures", "url"),
    [
        ((), None),
        ((BRAND_URL, "https://example.com/2.png"), BRAND_URL),
        ((BRAND_URL.replace("https", "http"),), BRAND_URL),
        (("https://example.com/vf3abcde0fg123456.png",), None),
        (("https://example.com/pictures/0a1b2c/1.png",), None),
        (("https://user@example.com/1.png",), None),
        (("http://127.0.0.1:8080/1.png",), None),
        (("/1.png",), None),
        (("http://[",), None),
        (("ftp://example.com/1.png",), None),
    ],
)
def test_url_that_anybody_may_see(pictures: tuple[str, ...], url: str | None) -> None:
    vehicle = Vehicle(id="0a1b2c", vin="VF3ABCDE0FG123456", pictures=pictures)
    assert public_picture_url(vehicle) == url
