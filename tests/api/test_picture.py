"""Downloading pictures: redirects, https and limits."""

import asyncio
from contextlib import suppress

import aiohttp
from aiohttp import web
import pytest

from custom_components.stellantis.api import (
    ConnectionFailed,
    InvalidResponse,
    NotFound,
    ServerError,
    StellantisError,
    TimedOut,
    fetch_picture,
    picture,
)
from tests.api.conftest import FakePlatform


def _picture_url(platform: FakePlatform) -> str:
    return str(platform.url / "V3DImage.ashx" % {"view": "001", "color": "0MM0"})


async def test_picture(platform: FakePlatform, session: aiohttp.ClientSession) -> None:
    platform.add_response(text=b"\x89PNG", content_type="image/png")
    assert await fetch_picture(session, _picture_url(platform)) == b"\x89PNG"
    (request,) = platform.requests
    assert request.path_qs == "/V3DImage.ashx?view=001&color=0MM0"
    assert "Authorization" not in request.headers


async def test_redirects_are_followed(platform: FakePlatform, session: aiohttp.ClientSession) -> None:
    platform.add_response(status=301, headers={"Location": str(platform.url / "elsewhere")})
    platform.add_response(status=307, headers={"Location": "/here/again"})
    platform.add_response(text=b"picture")
    assert await fetch_picture(session, _picture_url(platform)) == b"picture"
    assert [request.path for request in platform.requests] == ["/V3DImage.ashx", "/elsewhere", "/here/again"]


async def test_redirect_limit(platform: FakePlatform, session: aiohttp.ClientSession) -> None:
    platform.add_response(status=302, headers={"Location": "/round"})
    with pytest.raises(InvalidResponse):
        await fetch_picture(session, _picture_url(platform))
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
        await fetch_picture(session, _picture_url(platform))


@pytest.mark.parametrize("link", ["", "picture.png", "file:///etc/passwd", "data:image/png;base64,AA", "http://[x"])
async def test_invalid_links(session: aiohttp.ClientSession, link: str) -> None:
    with pytest.raises(InvalidResponse):
        await fetch_picture(session, link)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_http_links_are_upgraded_to_https(scheme: str) -> None:
    requested_urls: list[aiohttp.typedefs.StrOrURL] = []

    async def record_url(request: aiohttp.ClientRequest, _: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        requested_urls.append(request.url)
        raise aiohttp.ClientConnectionError

    async with aiohttp.ClientSession(middlewares=(record_url,)) as session:
        with pytest.raises(ConnectionFailed):
            await fetch_picture(session, f"{scheme}://pictures.example.invalid/a.png?view=1")
    assert [str(url) for url in requested_urls] == ["https://pictures.example.invalid/a.png?view=1"]


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
        await fetch_picture(session, _picture_url(platform))


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
        await fetch_picture(session, _picture_url(platform))
