"""The entities of a registry that commit fbf7699 wrote: what lives on keeps its id, what is gone is removed."""

from typing import Final
from unittest.mock import MagicMock, patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.migration import MIGRATED_KEYS, async_migrate_entities
from tests.conftest import Link
from tests.support.helpers import Control

# Platform and key of that commit → the present key; None if the entity is gone
EXPECTED: Final[dict[tuple[str, str], str | None]] = {
    ("binary_sensor", "critical_alert"): None,
    ("binary_sensor", "locked"): None,  # the car has a lock
    ("binary_sensor", "preconditioning"): None,  # the car has a climate entity
    ("binary_sensor", "plugged"): "plugged",
    ("button", "read_now"): "refresh",
    ("climate", "preconditioning"): "preconditioning",
    ("event", "charge"): "charging_session",
    ("lock", "doors"): "central_locking",
    ("number", "charge_limit"): "charge_limit",
    ("sensor", "active_alerts"): None,
    ("sensor", "alarm_trigger"): None,
    ("sensor", "alarm_trigger_time"): None,
    ("sensor", "alert_severity"): None,
    ("sensor", "battery_level"): "battery_level",
    ("sensor", "battery_residual"): "stored_energy",
    ("sensor", "charging_end"): "charging_end",
    ("sensor", "charging_power_level"): None,
    ("sensor", "charging_type"): None,
    ("sensor", "emergency_call"): None,
    ("sensor", "ignition"): "ignition",
    ("sensor", "next_delayed_charge"): None,
    ("sensor", "preconditioning_status"): None,
    ("sensor", "residual_energy"): None,
    ("switch", "charge_limit"): "stop_at_limit",
    ("switch", "preconditioning_program_1"): "preconditioning_program_1",
    ("time", "preconditioning_program_1"): "preconditioning_program_1",
}


@pytest.mark.simulator(brand="peugeot", fleet=1)
async def test_registry_of_fbf7699(hass: HomeAssistant, link: Link, control: Control) -> None:
    vin = await control.vin("e-208")
    entry = await link(setup=False)
    hass.config_entries.async_update_entry(entry, minor_version=1)
    registry = er.async_get(hass)

    def create(platform: str, unique_id: str) -> str:
        name = f"mine_{unique_id.rpartition(vin)[2]}"
        entity = registry.async_get_or_create(platform, DOMAIN, unique_id, config_entry=entry, suggested_object_id=name)
        return entity.entity_id

    ids = {old: create(old[0], f"{entry.unique_id}_{vin}_{old[1]}") for old in EXPECTED}
    account = create("sensor", f"{entry.unique_id}_requests_left")
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert entry.minor_version == 2
    found = {old: registry.async_get(entity_id) for old, entity_id in ids.items()}
    assert {old: entity and entity.unique_id.rpartition(f"{vin}_")[2] for old, entity in found.items()} == EXPECTED
    assert MIGRATED_KEYS.items() <= EXPECTED.items()
    assert registry.async_get(account)
    # No entity was added beside one that lives on
    for (platform, _), entity in found.items():
        if entity:
            assert registry.async_get_entity_id(platform, DOMAIN, entity.unique_id) == entity.entity_id
            assert hass.states.get(entity.entity_id), entity.entity_id


async def test_statistics_of_requests_lose_their_unit(hass: HomeAssistant, link: Link) -> None:
    """Otherwise the recorder asks the user what to do about the change of the unit."""
    entry = await link(setup=False)
    unique_id = f"{entry.unique_id}_requests_left"
    entity = er.async_get(hass).async_get_or_create("sensor", DOMAIN, unique_id, config_entry=entry)
    recorder = MagicMock()
    hass.config.components.add("recorder")
    with patch("custom_components.stellantis.migration.get_instance", return_value=recorder):
        async_migrate_entities(hass, entry)
    recorder.async_update_statistics_metadata.assert_called_once_with(
        entity.entity_id, new_unit_class=None, new_unit_of_measurement=None
    )
