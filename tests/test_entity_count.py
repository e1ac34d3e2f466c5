"""Entities that are on by default: few, in a useful order, and each question of a driver has one that answers it."""

from collections.abc import Mapping
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.stellantis.entity import entity_unique_id
from tests.conftest import Link
from tests.support.helpers import Control

# Brand, model, the most entities that are on by default, and the beginning of the list of entities
CARS: Final = (
    ("peugeot", "e-208", 40, ("battery_level", "electric_range", "charging_status")),
    ("peugeot", "308 Hybrid", 50, ("battery_level", "fuel_level", "electric_range")),
    ("citroen", "C3", 16, ("fuel_level", "fuel_range")),
)
# What drivers ask → platform and key of the entities that answer it, with a traction battery and without
QUESTIONS: Final[Mapping[str, tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]]] = {
    "full?": ((("sensor", "battery_level"),), (("sensor", "fuel_level"),)),
    "far?": ((("sensor", "electric_range"),), (("sensor", "fuel_range"),)),
    "locked?": ((("lock", "central_locking"),), ()),
    "where?": ((("device_tracker", "location"),), ()),
    "charging until when?": ((("sensor", "charging_status"), ("sensor", "charging_end")), ()),
    "warnings?": ((("sensor", "warning"),), (("sensor", "warning"),)),
    "service?": (
        (("sensor", "service_due"), ("sensor", "distance_to_maintenance")),
        (("sensor", "service_due"), ("sensor", "distance_to_maintenance")),
    ),
}


async def test_entities_that_are_on_by_default(hass: HomeAssistant, link: Link, control: Control) -> None:
    await control.patch(await control.vin("e-208"), plug=True, charge=True)
    await control.patch(await control.vin("308 Hybrid"), plug=True, charge=True)
    entries = {brand: await link(brand) for brand in ("peugeot", "citroen")}
    registry = er.async_get(hass)
    for brand, model, limit, first in CARS:
        entry, vin = entries[brand], await control.vin(model)
        device = entry.runtime_data.cars[vin].device
        found = er.async_entries_for_device(registry, device.id, include_disabled_entities=True)
        enabled = [entity for entity in found if not entity.disabled]
        assert len(enabled) <= limit, (
            f"disable what few drivers need of the {model}: {sorted(entity.entity_id for entity in enabled)}"
        )
        answers = {(entity.domain, entity.unique_id) for entity in enabled}
        for question, (electric, combustion) in QUESTIONS.items():
            for platform, key in combustion if model == "C3" else electric:
                assert (platform, entity_unique_id(entry, vin, key)) in answers, f"{model}: {question}"
        # Home Assistant lists the entities of a car in the order in which they were added
        in_order = [entity.unique_id for entity in registry.entities.values() if entity in enabled]
        assert in_order[: len(first)] == [entity_unique_id(entry, vin, key) for key in first]
