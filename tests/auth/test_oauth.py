"""The access tokens of an entry: one refresh for all requests, and a new consent is never overwritten."""

import asyncio

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.api import GrantExpired, StellantisError
from custom_components.stellantis.auth.oauth import EntryTokens
from tests.conftest import Link
from tests.support.helpers import Control


async def _expired(hass: HomeAssistant, link: Link) -> tuple[MockConfigEntry, EntryTokens]:
    """Return a loaded entry whose access token has expired, and its tokens."""
    entry = await link()
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "token": {**entry.data["token"], "expires_at": 0}}
    )
    return entry, entry.runtime_data.tokens


async def _token_requests(control: Control) -> int:
    return sum(count for path, count in (await control.request_counts()).items() if path.endswith("/access_token"))


async def test_concurrent_requests_share_one_refresh(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry, tokens = await _expired(hass, link)
    before = await _token_requests(control)
    received = await asyncio.gather(*(tokens() for _ in range(8)))
    assert set(received) == {entry.data["token"]["access_token"]}
    assert await _token_requests(control) == before + 1


async def test_concurrent_requests_share_a_failed_refresh(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry, tokens = await _expired(hass, link)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "token": {**entry.data["token"], "refresh_token": "revoked"}}
    )
    before = await _token_requests(control)
    results = await asyncio.gather(*(tokens() for _ in range(8)), return_exceptions=True)
    assert [type(result) for result in results] == [GrantExpired] * 8
    assert await _token_requests(control) == before + 1


async def test_rejected_token_is_refreshed_once(hass: HomeAssistant, link: Link, control: Control) -> None:
    """A slow rejection of an old token arrives after another request has already refreshed it."""
    entry = await link()
    tokens: EntryTokens = entry.runtime_data.tokens
    old = await tokens()
    before = await _token_requests(control)
    new = await tokens(old)
    assert new != old
    assert await tokens(old) == new
    assert await _token_requests(control) == before + 1


async def test_concurrent_rejections_share_one_refresh(link: Link, control: Control) -> None:
    entry = await link()
    tokens: EntryTokens = entry.runtime_data.tokens
    old = await tokens()
    before = await _token_requests(control)
    received = await asyncio.gather(*(tokens(old) for _ in range(8)))
    assert set(received) == {entry.data["token"]["access_token"]}
    assert old not in received
    assert await _token_requests(control) == before + 1


async def test_refresh_does_not_replace_a_new_consent(
    hass: HomeAssistant, link: Link, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver signs in again while the old grant is being refreshed."""
    entry, tokens = await _expired(hass, link)
    implementation = tokens._session.implementation
    refresh = implementation.async_refresh_token

    async def refresh_and_sign_in(token: dict[str, object]) -> dict[str, object]:
        refreshed: dict[str, object] = await refresh(token)
        consent = {**token, "access_token": "new consent", "expires_at": 4e9}
        hass.config_entries.async_update_entry(entry, data={**entry.data, "token": consent})
        return refreshed

    monkeypatch.setattr(implementation, "async_refresh_token", refresh_and_sign_in)
    assert await tokens() == "new consent"
    assert entry.data["token"]["access_token"] == "new consent"


async def test_cancelled_request_does_not_lose_the_refresh(hass: HomeAssistant, link: Link) -> None:
    entry, tokens = await _expired(hass, link)
    before = entry.data["token"]["refresh_token"]
    request = hass.async_create_task(tokens())
    await asyncio.sleep(0)
    request.cancel()
    await tokens.async_wait()
    assert entry.data["token"]["refresh_token"] != before


async def test_failed_refresh_keeps_the_tokens(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry, tokens = await _expired(hass, link)
    before = entry.data["token"]
    await control.put("faults", [{"path": "/am/oauth2/access_token", "status": 503}])
    with pytest.raises(StellantisError):
        await tokens()
    assert entry.data["token"] == before
