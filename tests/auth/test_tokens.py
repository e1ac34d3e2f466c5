"""The access tokens of an entry: one refresh for all requests, and a new consent is never overwritten."""

import asyncio
from collections.abc import Iterable
import gc
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.api import GrantExpired, StellantisError
from custom_components.stellantis.auth.scopes import SCOPES
from custom_components.stellantis.auth.tokens import (
    FORCED_REFRESHES,
    MAX_FORCED_REFRESH_INTERVAL,
    MIN_FORCED_REFRESH_INTERVAL,
    EntryTokens,
    ForcedRefreshes,
    RefreshedTokenFile,
)
from simulator import Simulator
from tests.conftest import Link
from tests.support.helpers import Control

pytestmark = pytest.mark.simulator(fleet=1, brand="peugeot")


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
    assert await _token_requests(control) == before + 2, "the refresh, and one more try"


async def test_dead_grant_is_tried_once_an_hour(
    hass: HomeAssistant, link: Link, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever needs a token is told so at once, until the driver signs in again or an hour has passed."""
    entry, tokens = await _expired(hass, link)
    await control.fault("/am/oauth2/access_token", status=400, body={"error": "invalid_grant"})
    before = await _token_requests(control)
    for _ in range(3):
        with pytest.raises(GrantExpired):
            await tokens()
    assert await _token_requests(control) == before + 2
    with monkeypatch.context() as later:
        later.setattr("custom_components.stellantis.auth.tokens.GRANT_RETRY_INTERVAL", 0)
        with pytest.raises(GrantExpired):
            await tokens()
    assert await _token_requests(control) == before + 4
    await control.delete("faults")
    consent = await control.post("token", {"brand": "peugeot"})
    hass.config_entries.async_update_entry(entry, data={**entry.data, "token": {**consent, "expires_at": 0}})
    assert await tokens() == entry.data["token"]["access_token"]


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
    hass: HomeAssistant, link: Link, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver signs in again while the old grant is being refreshed. What the refresh brought is revoked."""
    entry, tokens = await _expired(hass, link)
    implementation = tokens._implementation
    refresh = implementation.async_refresh_token

    async def refresh_and_sign_in(token: dict[str, object]) -> dict[str, object]:
        refreshed: dict[str, object] = await refresh(token)
        consent = {**token, "access_token": "new consent", "expires_at": 4e9}
        hass.config_entries.async_update_entry(entry, data={**entry.data, "token": consent})
        return refreshed

    monkeypatch.setattr(implementation, "async_refresh_token", refresh_and_sign_in)
    assert await tokens() == "new consent"
    assert entry.data["token"]["access_token"] == "new consent"
    assert simulator.tokens.dump() == []


async def test_cancelled_request_does_not_lose_the_refresh(hass: HomeAssistant, link: Link) -> None:
    entry, tokens = await _expired(hass, link)
    before = entry.data["token"]["refresh_token"]
    request = hass.async_create_task(tokens())
    await asyncio.sleep(0)
    request.cancel()
    await tokens.async_wait()
    assert entry.data["token"]["refresh_token"] != before


async def test_sign_in_while_the_tokens_are_written(
    hass: HomeAssistant, link: Link, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, tokens = await _expired(hass, link)
    save = RefreshedTokenFile.async_save

    async def save_and_sign_in(file: RefreshedTokenFile, old: dict[str, Any], new: dict[str, Any]) -> None:
        await save(file, old, new)
        consent = {**new, "access_token": "new consent", "refresh_token": "new too"}
        hass.config_entries.async_update_entry(entry, data={**entry.data, "token": consent})

    monkeypatch.setattr(RefreshedTokenFile, "async_save", save_and_sign_in)
    assert await tokens() == "new consent"
    assert simulator.tokens.dump() == []


async def test_failed_refresh_that_nobody_waits_for_is_no_error(
    hass: HomeAssistant, link: Link, control: Control, caplog: pytest.LogCaptureFixture
) -> None:
    """A reload cancels the requests that wait for a refresh, and the refresh fails after that."""
    entry, tokens = await _expired(hass, link)
    await control.fault("/am/oauth2/access_token", status=503)
    refreshing = EntryTokens(hass, entry, tokens._implementation)
    request = hass.async_create_task(refreshing())
    await asyncio.sleep(0)
    request.cancel()
    await refreshing.async_wait()
    del refreshing, request
    await asyncio.sleep(0)
    gc.collect()
    await hass.async_block_till_done()
    assert "never retrieved" not in caplog.text


async def test_failed_refresh_keeps_the_tokens(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry, tokens = await _expired(hass, link)
    before = entry.data["token"]
    await control.put("faults", [{"path": "/am/oauth2/access_token", "status": 503}])
    with pytest.raises(StellantisError):
        await tokens()
    assert entry.data["token"] == before


@pytest.mark.parametrize(
    ("rejections", "forced"),
    [
        ([0], [0]),
        ([0, 1, 2, 299], [0]),
        ([0, 300, 301, 899, 900], [0, 300, 900]),
        # Every five minutes for half a day
        (range(0, 12 * 3600, 300), [0, 300, 900, 2100, 4500, *range(8100, 12 * 3600, 3600)]),
        # After two quiet hours the server is trusted again
        ([0, 300, 7500, 7800], [0, 300, 7500, 7800]),
    ],
)
def test_rejected_tokens_force_few_refreshes(rejections: Iterable[int], forced: list[int]) -> None:
    assert (MIN_FORCED_REFRESH_INTERVAL, MAX_FORCED_REFRESH_INTERVAL) == (300, 3600)
    state, refreshes = ForcedRefreshes(), []
    for now in rejections:
        if new := state.next(now):
            state = new
            refreshes.append(now)
    assert refreshes == forced


async def test_second_rejection_does_not_refresh_again(link: Link, control: Control) -> None:
    entry = await link()
    tokens: EntryTokens = entry.runtime_data.tokens
    new = await tokens(await tokens())
    before = await _token_requests(control)
    assert await tokens(new) == new, "the rejected token, because no refresh would help"
    assert await _token_requests(control) == before


async def test_failed_setups_share_the_brake(hass: HomeAssistant, link: Link, control: Control) -> None:
    """A setup is tried again soon while the server rejects valid tokens; it does not refresh them each time."""
    entry = await link("ds")
    await control.fault("/user*", status=401)
    before = await _token_requests(control)
    for _ in range(4):
        await hass.config_entries.async_reload(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_RETRY
    assert await _token_requests(control) == before + 1
    await hass.config_entries.async_remove(entry.entry_id)
    assert hass.data[FORCED_REFRESHES] == {}


@pytest.mark.parametrize(
    ("scope", "is_reloaded"),
    [
        (" ".join(SCOPES), False),
        # In another order and form
        (list(reversed(SCOPES)), False),
        (None, False),
        # What tells of the person makes no entity
        (" ".join(scope for scope in SCOPES if ":" in scope), False),
        (" ".join(scope for scope in SCOPES if scope != "data:position"), True),
    ],
)
async def test_scopes_that_change_at_a_refresh(
    hass: HomeAssistant,
    link: Link,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    scope: object,
    *,
    is_reloaded: bool,
) -> None:
    """Entities follow at once, without a new sign-in."""
    entry, tokens = await _expired(hass, link)
    issue = simulator.tokens.issue
    monkeypatch.setattr(simulator.tokens, "issue", lambda *args: issue(*args) | {"scope": scope})
    assert hass.states.async_entity_ids("device_tracker")
    await tokens()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert (entry.runtime_data.tokens is not tokens) is is_reloaded
    assert bool(hass.states.async_entity_ids("device_tracker")) is not is_reloaded


async def test_scopes_that_change_while_the_entry_is_unloaded(
    hass: HomeAssistant, link: Link, simulator: Simulator, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The unload waits for the refresh, which does not load the entry again."""
    entry, tokens = await _expired(hass, link)
    issue = simulator.tokens.issue
    monkeypatch.setattr(simulator.tokens, "issue", lambda *args: issue(*args) | {"scope": "data:telemetry"})
    await control.fault("/am/oauth2/access_token", delay=0.1)
    request = hass.async_create_task(tokens())
    await hass.config_entries.async_unload(entry.entry_id)
    await request
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert entry.data["token"]["scope"] == "data:telemetry"


async def test_empty_refresh_token_does_not_replace_the_good_one(
    hass: HomeAssistant, link: Link, control: Control
) -> None:
    entry, tokens = await _expired(hass, link)
    before = entry.data["token"]["refresh_token"]
    body = {"access_token": "new", "refresh_token": None, "expires_in": 60}
    await control.put("faults", [{"path": "/am/oauth2/access_token", "status": 200, "body": body}])
    assert await tokens() == "new"
    assert entry.data["token"]["refresh_token"] == before


async def test_sign_in_meanwhile_ends_the_tries_with_a_refused_grant(
    hass: HomeAssistant, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, tokens = await _expired(hass, link)

    async def refuse_and_sign_in(token: dict[str, object]) -> dict[str, object]:
        consent = {**token, "access_token": "new consent", "expires_at": 4e9}
        hass.config_entries.async_update_entry(entry, data={**entry.data, "token": consent})
        raise GrantExpired("invalid_grant")

    monkeypatch.setattr(tokens._implementation, "async_refresh_token", refuse_and_sign_in)
    assert await tokens() == "new consent"
