"""An entry as commit fbf7699 wrote it, with all its data, options and a monitor, loads and keeps its entities."""

import time
from types import MappingProxyType
from typing import Final

from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.vehicle.state import Activity
from simulator import Simulator
from tests.support.helpers import Control

ACCOUNT: Final = "account-of-a-driver"
PLUGGED: Final = "vehicle.energy.charging.plugged"
# Domain and last part of the unique id of entities, one of each platform
ENTITIES: Final = (
    ("binary_sensor", "plugged"),
    ("button", "wake_up"),
    ("calendar", "calendar"),
    ("climate", "preconditioning"),
    ("device_tracker", "location"),
    ("event", "command"),
    ("lock", "doors"),
    ("sensor", "battery_level"),
    ("switch", "charging"),
)


async def test_entry_loads(hass: HomeAssistant, credentials: None, simulator: Simulator, control: Control) -> None:
    vin = await control.vin("e-208")
    issued = await control.post("token", {"brand": "peugeot"})
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="My Peugeot",
        unique_id=ACCOUNT,
        version=1,
        minor_version=1,
        data={
            "auth_implementation": DOMAIN,
            "token": {**issued, "expires_at": time.time() + issued["expires_in"]},
            "brand": "peugeot",
            "environment": "custom",
            "url": simulator.url,
            "redirect_uri": "https://example.com/callback",
            "callback_id": "of-another-time",
            "webhook_id": "webhook-of-the-entry",
            "push_key": "key-of-the-entry",
        },
        options={
            "active_interval": 4,
            "parked_interval": 20,
            "asleep_interval": 90,
            "electricity_price": 0.3,
            "fuel_price": 1.8,
            "push_url": "https://home.example.com",
            "lock_code": "1234",
        },
        subentries_data=(
            ConfigSubentry(
                data=MappingProxyType(
                    {
                        "vin": vin,
                        "monitor": {
                            "label": "Plugged in",
                            "extendedEventParam": ["vehicle.status"],
                            "triggerParam": {
                                "triggers": [
                                    {
                                        "name": "t0",
                                        "data": {"op": "onChange", "data": "vehicle.energy.charging.plugged"},
                                    }
                                ],
                                "boolExp": "t0",
                            },
                        },
                    }
                ),
                subentry_type="monitor",
                title="Plugged in",
                unique_id="watch-1",
            ).as_dict(),
        ),
    )
    entry.add_to_hass(hass)
    registry = er.async_get(hass)
    before = {
        registry.async_get_or_create(
            domain, DOMAIN, f"{ACCOUNT}_{vin}_{key}", config_entry=entry, suggested_object_id=f"renamed_{key}"
        ).entity_id
        for domain, key in ENTITIES
    }

    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert entry.state is ConfigEntryState.LOADED
    account = entry.runtime_data.account
    assert account.polling_intervals.intervals[Activity.PARKED].total_seconds() == 20 * 60
    assert account.prices.electricity == 0.3
    states = {entity_id: hass.states.get(entity_id) for entity_id in before}
    assert {
        entity_id for entity_id, state in states.items() if state is None or "restored" in state.attributes
    } == set()
    assert hass.states.get("event.plugged_in") is not None
    # What the platform and the webhook know of the entry goes on
    assert (entry.data["webhook_id"], entry.data["push_key"]) == ("webhook-of-the-entry", "key-of-the-entry")
    assert {monitor.parameter["label"].split()[0] for monitor in simulator.push.monitors.values()} >= {
        "Plugged",
        "Home",
    }
