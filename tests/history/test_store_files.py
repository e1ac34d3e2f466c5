"""The files of the store on a real disk: corrupt ones are set aside, and what is written survives a power cut."""

import json
from pathlib import Path
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, storage
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.history.files import STORAGE_VERSION, StellantisStore
from custom_components.stellantis.history.last_status import LastStatusStore
from custom_components.stellantis.history.store import CarStore
from tests.history.test_store import CORRUPT, VIN
from tests.support.disk import hass_config_dir, hass_storage  # noqa: F401 - fixtures


@pytest.mark.parametrize("content", [json.dumps({**CORRUPT["newer"], "key": "x"}), "[]", '{"version": "one"}', "{"])
async def test_corrupt_file_is_moved(
    hass: HomeAssistant, tmp_path: Path, caplog: pytest.LogCaptureFixture, content: str
) -> None:
    entry = MockConfigEntry(domain=DOMAIN)
    file = tmp_path / ".storage" / f"{DOMAIN}.{entry.entry_id}"
    file.write_text(content, encoding="utf-8")
    store = StellantisStore(hass, entry.entry_id)
    await store.async_load()
    (backup,) = (path for path in (tmp_path / ".storage").iterdir() if path.name.startswith(f"{file.name}."))
    assert backup.read_text(encoding="utf-8") == content
    warnings = [record for record in caplog.records if record.name == "custom_components.stellantis.history.files"]
    # Home Assistant itself moves a file that is not JSON
    is_ours = content != "{"
    assert (backup.name.endswith(".broken"), len(warnings)) == (is_ours, is_ours)
    assert all(f"moved to {backup.name}" in record.getMessage() for record in warnings)
    store.get_car(VIN).history_complete = True
    await store.async_save()
    reloaded = StellantisStore(hass, entry.entry_id)
    await reloaded.async_load()
    assert reloaded.get_car(VIN) == CarStore(history_complete=True)
    await reloaded.async_remove()
    assert not file.exists()
    assert backup.exists() != is_ours


async def test_history_outlives_the_file_that_names_the_cars(hass: HomeAssistant, tmp_path: Path) -> None:
    entry = MockConfigEntry(domain=DOMAIN)
    entry.add_to_hass(hass)
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, VIN)}, serial_number=VIN
    )
    store = StellantisStore(hass, entry.entry_id)
    store.get_car(VIN).history_complete = True
    await store.async_save()
    (tmp_path / ".storage" / f"{DOMAIN}.{entry.entry_id}").write_text("garbage", encoding="utf-8")
    reloaded = StellantisStore(hass, entry.entry_id)
    await reloaded.async_load()
    assert reloaded.get_car(VIN).history_complete


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("[]", "The file could not be moved away"),
        (json.dumps({"version": STORAGE_VERSION, "data": {VIN: 3}, "key": "x"}), "could not be copied"),
    ],
)
async def test_log_does_not_claim_a_backup_that_failed(
    hass: HomeAssistant, tmp_path: Path, caplog: pytest.LogCaptureFixture, content: str, text: str
) -> None:
    file = tmp_path / ".storage" / f"{DOMAIN}.entry"
    file.write_text(content, encoding="utf-8")
    (tmp_path / ".storage" / f"{file.name}.broken" / "in the way").mkdir(parents=True)
    await StellantisStore(hass, "entry").async_load()
    (warning,) = (record.getMessage() for record in caplog.records if record.name.startswith("custom_components"))
    assert text in warning
    assert ".broken" not in warning


async def test_file_that_home_assistant_cannot_move_does_not_prevent_setup(
    hass: HomeAssistant, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its own way to keep a file that is not JSON fails in a read-only folder."""
    (tmp_path / ".storage" / f"{DOMAIN}.entry").write_text("{", encoding="utf-8")
    store = StellantisStore(hass, "entry")
    with patch("homeassistant.helpers.storage.os.rename", side_effect=PermissionError):
        await store.async_load()
    assert "cannot be read (PermissionError)" in caplog.text
    assert list(store.vins) == []


async def test_files_are_written_to_the_disk(hass: HomeAssistant) -> None:
    """After a power cut, a renamed file whose content was not synced is empty."""
    store = StellantisStore(hass, "entry")
    store.get_car(VIN).history_complete = True
    last_status = LastStatusStore(hass, "entry")
    with patch.object(storage, "write_utf8_file_atomic", wraps=storage.write_utf8_file_atomic) as write:
        await store.async_save()
        await last_status.async_save()
    assert write.call_count == 3


async def test_files_and_their_copies_are_private(hass: HomeAssistant, tmp_path: Path) -> None:
    entry = MockConfigEntry(domain=DOMAIN)
    store = StellantisStore(hass, entry.entry_id)
    store.get_car(VIN).history_complete = True
    await store.async_save()
    await LastStatusStore(hass, entry.entry_id).async_save()
    file = tmp_path / ".storage" / f"{DOMAIN}.{entry.entry_id}"
    content = file.read_text(encoding="utf-8")
    assert '"alerts": {' in content
    file.write_text(content.replace('"alerts": {', '"alerts": 1, "former": {'), encoding="utf-8")
    await StellantisStore(hass, entry.entry_id).async_load()
    modes = {path.name.partition(entry.entry_id)[2]: path.stat().st_mode & 0o777 for path in file.parent.iterdir()}
    assert modes.keys() >= {"", ".broken", ".last_status"}
    assert set(modes.values()) == {0o600}
