"""Collections: their pages are followed, and what is not readable in them is no empty collection."""

from typing import Any

from aiohttp import web
import pytest

from custom_components.stellantis.api import InvalidResponse, Transport

from .conftest import FakePlatform


def _build_page(items: list[Any], next_link: object = None) -> dict[str, Any]:
    links = {} if next_link is None else {"next": {"href": next_link}}
    return {"_links": links, "_embedded": {"vehicles": items}}


async def _fetch_all(transport: Transport, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    return [item async for item in transport.iterate_items("user/vehicles", params, "vehicles")]


async def test_pages_are_followed(platform: FakePlatform, transport: Transport) -> None:
    next_link = "https://api.elsewhere.example/connectedcar/v4/user/vehicles?pageToken=two%2Fx&client_id=other"
    platform.add_response(_build_page([{"id": "1"}, "garbage"], next_link))
    platform.add_response(_build_page([{"id": "2"}], "?pageToken=three"))
    platform.add_response(_build_page([{"id": "3"}]))
    assert await _fetch_all(transport, {"extension": ["branding"]}) == [{"id": "1"}, {}, {"id": "2"}, {"id": "3"}]
    assert {request.path for request in platform.requests} == {"/connectedcar/v4/user/vehicles"}
    assert [request.query.get("pageToken") for request in platform.requests] == [None, "two/x", "three"]
    assert {request.query["client_id"] for request in platform.requests} == {"the-client"}
    assert {request.query["extension"] for request in platform.requests} == {"branding"}


async def test_repeated_next_link_ends_iteration(platform: FakePlatform, transport: Transport) -> None:
    platform.add_response(_build_page([{"id": "1"}], "?pageToken=same"))
    assert len(await _fetch_all(transport)) == 2


async def test_page_limit(platform: FakePlatform, transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.stellantis.api.transport._MAX_PAGES", 5)

    async def next_page(request: web.BaseRequest) -> web.StreamResponse:
        return web.json_response(_build_page([{}], f"?pageToken={len(platform.requests)}"))

    platform.add_handler(next_page)
    with pytest.raises(InvalidResponse, match="goes on after 5 pages"):
        await _fetch_all(transport)
    assert len(platform.requests) == 5


@pytest.mark.parametrize("body", [{}, {"_embedded": []}, {"_embedded": {"vehicles": {}}}, _build_page([], 7)])
async def test_empty_collections(platform: FakePlatform, transport: Transport, body: dict[str, Any]) -> None:
    platform.add_response(body)
    assert await _fetch_all(transport) == []


@pytest.mark.parametrize(
    "body",
    [
        {"_embedded": "later"},
        {"_embedded": [{}]},
        *({"_embedded": {"vehicles": items}} for items in ("none", {"id": "1"}, 5)),
    ],
)
async def test_ill_typed_collections(platform: FakePlatform, transport: Transport, body: dict[str, Any]) -> None:
    """They are not empty: nothing is known of what they list."""
    platform.add_response(body)
    with pytest.raises(InvalidResponse):
        await _fetch_all(transport)


async def test_invalid_next_link(platform: FakePlatform, transport: Transport) -> None:
    platform.add_response(_build_page([{}], "https://[::1"))
    with pytest.raises(InvalidResponse):
        await _fetch_all(transport)
