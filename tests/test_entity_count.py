"""Entities that are on by default: few, in a useful order, and each question of a driver has one that answers it."""

from collections.abc import Collection, Mapping
from typing import Final

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.entity import entity_unique_id
from simulator import Simulator
from tests.conftest import Link
from tests.support.helpers import Control

# Brand, model, the most entities that are on by default, and the beginning of the list of entities
CARS: Final = (
    ("peugeot", "e-208", 40, ("battery_level", "electric_range", "charging_status")),
    ("peugeot", "308 Hybrid", 50, ("battery_level", "fuel_level", "electric_range")),
    ("citroen", "C3", 16, ("fuel_level", "fuel_range")),
)
# Those of the platforms that come first: battery, range and charging, lock, climate, and where the car is
PLATFORM_ORDER: Final = ("sensor", "lock", "climate", "device_tracker")
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


async def test_entities_that_are_on_by_default(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    """The e-208 is parked when it is added, the 308 Hybrid charges; then both charge, and the e-208 is heated."""
    await control.patch(await control.vin("308 Hybrid"), plug=True, charge=True)
    entries = {brand: await link(brand) for brand in ("peugeot", "citroen")}
    vins = {model: await control.vin(model) for _, model, _, _ in CARS}
    check_entities(hass, entries, vins)
    # Home Assistant asks for the areas of new devices in this order
    peugeots = [
        device for device in dr.async_get(hass).devices if device.config_entry_id == entries["peugeot"].entry_id
    ]
    *cars, account = peugeots
    assert account.id == entries["peugeot"].runtime_data.device_id
    assert {car.via_device_id for car in cars} == {account.id}
    simulator.world.clock.advance(60)
    await control.patch(vins["e-208"], plug=True, charge=True, preconditioning=True)
    await entries["peugeot"].runtime_data.cars[vins["e-208"]].status.async_refresh()
    await hass.async_block_till_done()
    check_entities(hass, entries, vins, silent_states=(STATE_UNAVAILABLE, STATE_UNKNOWN))


def check_entities(
    hass: HomeAssistant,
    entries: Mapping[str, MockConfigEntry],
    vins: Mapping[str, str],
    silent_states: Collection[str] = (),
) -> None:
    """Check how many entities are on and which come first, and that answers are not silent."""
    registry = er.async_get(hass)
    for brand, model, limit, first in CARS:
        entry, vin = entries[brand], vins[model]
        device = entry.runtime_data.cars[vin].device
        found = er.async_entries_for_device(registry, device.id, include_disabled_entities=True)
        enabled = [entity for entity in found if not entity.disabled]
        assert len(enabled) <= limit, (
            f"disable what few drivers need of the {model}: {sorted(entity.entity_id for entity in enabled)}"
        )
        answers = {(entity.domain, entity.unique_id): entity.entity_id for entity in enabled}
        for question, (electric, combustion) in QUESTIONS.items():
            for platform, key in combustion if model == "C3" else electric:
                entity_id = answers.get((platform, entity_unique_id(entry, vin, key)))
                assert entity_id, f"{model}: {question}"
                state = hass.states.get(entity_id)
                assert state
                assert state.state not in silent_states, f"{model}: {question}"
        # The energy dashboard offers the power from the first day
        assert (("sensor", entity_unique_id(entry, vin, "charging_power")) in answers) is (model != "C3")
        # Home Assistant lists the entities of a car in the order in which they were added
        in_order = [entity for entity in registry.entities.values() if entity in enabled]
        unique_ids = [entity.unique_id for entity in in_order[: len(first)]]
        assert unique_ids == [entity_unique_id(entry, vin, key) for key in first]
        domains = [domain for domain in PLATFORM_ORDER if any(entity.domain == domain for entity in enabled)]
        assert list(dict.fromkeys(entity.domain for entity in in_order))[: len(domains)] == domains
