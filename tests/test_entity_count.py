"""How many entities are on by default."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from tests.conftest import Link
from tests.support.helpers import car_devices


async def test_counts(hass: HomeAssistant, link: Link) -> None:
    for brand in ("peugeot", "citroen"):
        entry = await link(brand)
        registry = er.async_get(hass)
        for device in car_devices(hass, entry.entry_id):
            found = er.async_entries_for_device(registry, device.id, include_disabled_entities=True)
            on = [e for e in found if not e.disabled_by]
            print(device.name, len(on), len(found))
            for e in on:
                print("   ", e.entity_id, e.entity_category, hass.states.get(e.entity_id).state)
