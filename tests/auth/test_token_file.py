"""The tokens of a refresh are on disk before they are used, so that a killed Home Assistant does not lose them."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.auth.tokens import RefreshedTokenFile
from custom_components.stellantis.const import DOMAIN
from tests.conftest import Link

OLD = {"access_token": "old", "refresh_token": "old too", "expires_at": 4e9}
NEW = {"access_token": "new", "refresh_token": "new too", "expires_at": 5e9}
KEPT = {"access_token": "new", "refresh_token": "old too", "expires_at": 5e9}


def file_key(entry: MockConfigEntry) -> str:
    """Return the name of the file of an entry."""
    return f"{DOMAIN}.{entry.entry_id}.token"


async def set_up_with(hass: HomeAssistant, entry: MockConfigEntry, token: dict[str, Any]) -> None:
    """Set up an entry that was written with other tokens than it has."""
    await hass.config_entries.async_unload(entry.entry_id)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_killed_after_a_refresh(hass: HomeAssistant, hass_storage: dict[str, Any], link: Link) -> None:
    """The entry on disk has the tokens that the server has invalidated."""
    entry = await link("ds")
    before = {**entry.data["token"], "expires_at": 0}
    hass.config_entries.async_update_entry(entry, data={**entry.data, "token": before})
    await entry.runtime_data.tokens()
    after = entry.data["token"]
    assert after["refresh_token"] != before["refresh_token"]
    assert hass_storage[file_key(entry)]["data"]["token"] == after, "written at once"
    assert after["refresh_token"] not in str(hass_storage.get("core.config_entries"))

    await set_up_with(hass, entry, before)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["token"] == after
    assert hass.config_entries.flow.async_progress() == []

    await hass.config_entries.async_remove(entry.entry_id)
    assert file_key(entry) not in hass_storage


@pytest.mark.parametrize(
    ("stored", "entry_token", "expected"),
    [
        ((OLD, NEW), OLD, NEW),
        ((OLD, NEW), {**OLD, "expires_at": 0}, NEW),
        # The server kept the refresh token
        ((OLD, KEPT), OLD, KEPT),
        ((OLD, KEPT), KEPT, KEPT),
        # The entry was written, or the user signed in again
        ((OLD, NEW), NEW, NEW),
        ((OLD, NEW), {**OLD, "refresh_token": "another"}, {**OLD, "refresh_token": "another"}),
        (None, OLD, OLD),
    ],
)
async def test_which_tokens_count(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    stored: tuple[dict[str, Any], dict[str, Any]] | None,
    entry_token: dict[str, Any],
    expected: dict[str, Any],
) -> None:
    entry = MockConfigEntry(domain=DOMAIN, data={"token": entry_token, "brand": "ds"})
    entry.add_to_hass(hass)
    file = RefreshedTokenFile(hass, entry)
    if stored:
        await file.async_save(*stored)
    await file.async_restore()
    assert entry.data == {"token": expected, "brand": "ds"}


@pytest.mark.parametrize("content", [[], {}, {"replaces": 7}, {"replaces": "", "token": {}}])
async def test_file_of_nobody(hass: HomeAssistant, hass_storage: dict[str, Any], content: Any) -> None:
    entry = MockConfigEntry(domain=DOMAIN, data={"token": OLD})
    entry.add_to_hass(hass)
    await Store[Any](hass, 1, file_key(entry)).async_save(content)
    await RefreshedTokenFile(hass, entry).async_restore()
    assert entry.data["token"] == OLD


async def test_unreadable_file(
    hass: HomeAssistant, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    entry = MockConfigEntry(domain=DOMAIN, data={"token": OLD})
    entry.add_to_hass(hass)
    hass_storage[file_key(entry)] = {"version": 99, "minor_version": 1, "key": file_key(entry), "data": {}}
    await RefreshedTokenFile(hass, entry).async_restore()
    assert entry.data["token"] == OLD
    assert "cannot be read" in caplog.text
