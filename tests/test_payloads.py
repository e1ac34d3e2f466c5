"""Bodies with all the oddities that real cars produced, through the simulator into Home Assistant.

The project's own bodies are invented; where real ones are at hand (../shared/payloads), they go the same way.
"""

import json
import logging
from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest

from tests.conftest import ROOT, Link
from tests.support.helpers import Control, get_state

OWN: Final = ROOT / "tests" / "fixtures" / "status"
REAL: Final = ROOT.parent / "shared" / "payloads"

# The kind of car in a file's name: brand, how many of its cars are simulated, model, and how its entities begin
CARS: Final = {
    "bev": ("peugeot", 1, "e-208", "peugeot_e_208"),
    "phev": ("peugeot", 2, "308 Hybrid", "peugeot_308_hybrid"),
    "thermic": ("citroen", 1, "C3", "citroen_c3"),
}
UNTOLD: Final = None

# What must be seen, by the beginning of a file's name; None is an entity that must not be
type Expected = dict[str, str | None]
SEEN: Final[dict[str, Expected]] = {
    # Own
    "bev_frozen_energies": {"sensor.*_battery": "61.0", "sensor.*_electric_range": "220.0"},
    "bev_ghost_fuel": {
        "sensor.*_battery": "48.0",
        "sensor.*_fuel": UNTOLD,
        "sensor.*_fuel_range": UNTOLD,
        "sensor.*_total_range": UNTOLD,
        "sensor.*_outside_temperature": UNTOLD,
    },
    "bev_old_schema": {
        "sensor.*_odometer": "40321.5",
        "sensor.*_battery": "33.0",
        "sensor.*_fuel": UNTOLD,
        "sensor.*_12_v_battery": "81.0",
        "sensor.*_charging_status": "charging",
        "binary_sensor.*_moving": "off",
        "binary_sensor.*_charging_cable": "on",
        "device_tracker.*": "not_home",
    },
    "bev_plugged_disconnected": {
        "binary_sensor.*_charging_cable": "on",
        "binary_sensor.*_battery_charging": "off",
        "sensor.*_charging_status": "connected",
    },
    "bev_wild": {
        "sensor.*_battery": UNTOLD,
        "sensor.*_odometer": UNTOLD,
        "binary_sensor.*_moving": UNTOLD,
        "lock.*_central_locking": STATE_UNKNOWN,
        "device_tracker.*": UNTOLD,
        "sensor.*_last_update": "2026-10-03T18:20:05+00:00",
    },
    "phev_programs_without_days": {
        "sensor.*_battery": "100.0",
        "sensor.*_fuel": "37.0",
        "sensor.*_total_range": "311.0",
        "binary_sensor.*_battery_charging": "on",
        "lock.*_central_locking": "unlocked",
        "binary_sensor.*_trunk": "on",
    },
    "thermic_hot": {"sensor.*_fuel": "12.5", "sensor.*_fuel_range": "88.0", "sensor.*_odometer": "88000.0"},
    # Real
    "status_2023-11": {
        "sensor.*_outside_temperature": "3.5",
        "sensor.*_coolant_temperature": UNTOLD,
        "device_tracker.*": UNTOLD,
    },
    "status_bev_2026-06": {"sensor.*_ignition": "stop", "sensor.*_powertrain": "stopped"},
    "status_bev_peugeot_e3008": {"sensor.*_powertrain": "stopping", "lock.*_central_locking": "locked"},
    "status_bev_peugeot_stla": {"lock.*_central_locking": "locked", "sensor.*_powertrain": "stopped"},
    "status_phev_peugeot_308_2025-06_lighting": {
        "sensor.*_odometer": "24471.3",
        "binary_sensor.*_driver_seat_belt": STATE_UNKNOWN,
        "binary_sensor.*_left_turn_signal": "off",
    },
    "status_bev_2020-12": {
        "sensor.*_odometer": "1539.0",
        "sensor.*_battery": "77.0",
        "device_tracker.*": "not_home",
        "binary_sensor.*_moving": "off",
    },
    "status_bev_2021-04": {
        "sensor.*_charging_status": "charging",
        "sensor.*_fuel": UNTOLD,
        "sensor.*_odometer": "1107.1",
    },
    "status_bev_2025-03_ghost": {
        "sensor.*_fuel": UNTOLD,
        "sensor.*_fuel_range": UNTOLD,
        "sensor.*_battery": "82.0",
        "sensor.*_outside_temperature": "4.5",
    },
    "status_bev_2025-03_negative": {"lock.*_central_locking": "locked", "binary_sensor.*_trunk": "off"},
    "status_bev_citroen_2023-03": {
        "sensor.*_odometer": "13890.3",
        "sensor.*_battery": "19.0",
        "sensor.*_fuel": UNTOLD,
        "device_tracker.*": "not_home",
    },
    "status_bev_citroen_2023-04": {
        "sensor.*_battery": "43.0",
        "sensor.*_fuel": UNTOLD,
        "sensor.*_12_v_battery": "82.0",
        "binary_sensor.*_moving": "off",
    },
    "status_bev_citroen_2025-11": {
        "sensor.*_battery": "93.0",
        "sensor.*_electric_range": "232.0",
        "sensor.*_last_update": "2025-11-18T06:40:16+00:00",
        "lock.*_central_locking": STATE_UNKNOWN,
    },
    "status_bev_opel_corsa": {"sensor.*_battery": "78.0", "sensor.*_odometer": "96034.1"},
    "status_bev_peugeot_2024-01": {
        "binary_sensor.*_charging_cable": "on",
        "sensor.*_charging_status": "connected",
        "sensor.*_battery": "21.0",
    },
    "status_bev_peugeot_e208_2022-03": {
        "binary_sensor.*_moving": "off",
        "sensor.*_battery": "59.0",
        "sensor.*_fuel": UNTOLD,
    },
    "status_bev_peugeot_e208_2025-02": {"lock.*_central_locking": "locked", "binary_sensor.*_sunroof": "on"},
    "status_bev_peugeot_e208_2025-08": {"sensor.*_battery": "41.0"},
    "status_bev_peugeot_e208_2025-11": {"device_tracker.*": UNTOLD, "sensor.*_odometer": "103020.7"},
    "status_bev_peugeot_e208_2026-09": {"binary_sensor.*_battery_charging": "on", "sensor.*_battery": "72.0"},
    "status_phev_citroen_2025-02": {
        "sensor.*_charging_status": "complete",
        "sensor.*_fuel": "95.0",
        "sensor.*_total_range": "644.0",
    },
    "status_phev_opel_2025-02_doors": {"lock.*_central_locking": "unlocked"},
    "status_phev_opel_2025-02_safety": {"sensor.*_odometer": "12694.3", "sensor.*_outside_temperature": "15.0"},
    "status_phev_peugeot_308_2025-04": {"sensor.*_battery": "100.0", "binary_sensor.*_battery_charging": "on"},
    "status_phev_peugeot_308_2025-06_doors": {"lock.*_central_locking": "locked"},
    "status_phev_peugeot_308_2025-08": {"sensor.*_charging_status": "stopped", "sensor.*_fuel": "23.0"},
    "status_thermic": {"device_tracker.*": UNTOLD, "sensor.*_outside_temperature": UNTOLD},
}


BODIES: Final = [*sorted(OWN.glob("*.json")), *sorted(REAL.glob("status_*.json"))]


def read(path: Path) -> dict[str, Any]:
    """Return a body."""
    body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return body


def body_param(path: Path) -> Any:
    """Return the parameters of a test of a body: the kind of its car, and its path."""
    kind = next((kind for kind in CARS if path.stem.removeprefix("status_").startswith(kind)), "bev")
    brand, count, *_ = CARS[kind]
    return pytest.param(kind, path, id=path.stem, marks=pytest.mark.simulator(brand=brand, fleet=count))


def test_of_every_body_something_is_expected() -> None:
    assert [path.stem for path in BODIES if not any(path.stem.startswith(name) for name in SEEN)] == []


@pytest.mark.parametrize(("kind", "path"), map(body_param, BODIES))
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_body(
    hass: HomeAssistant, link: Link, control: Control, kind: str, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    brand, _, model, entity = CARS[kind]
    await control.put(f"vehicles/{await control.vin(model)}/status", read(path))
    entry = await link(brand)
    assert entry.state is ConfigEntryState.LOADED
    expected = next(seen for name, seen in SEEN.items() if path.stem.startswith(name))
    told = {name: get_state(hass, name.replace("*", entity)) for name in expected}
    assert told == expected
    shown = [one for one in hass.states.async_all() if one.entity_id.partition(".")[2].startswith(entity)]
    assert all("215" not in one.state for one in shown if "temperature" in one.entity_id)
    assert [record for record in caplog.records if record.levelno > logging.INFO and _is_ours(record)] == []


def _is_ours(record: logging.LogRecord) -> bool:
    """Say whether a line is more than Home Assistant's word on custom integrations, or asyncio's on a busy machine."""
    return "which has not been tested by Home Assistant" not in record.getMessage() and record.name != "asyncio"


@pytest.mark.simulator(brand="peugeot", fleet=1)
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_accuracy_and_time_of_a_fix(hass: HomeAssistant, link: Link, control: Control) -> None:
    body = read(OWN / "bev_plugged_disconnected.json")
    await control.put(f"vehicles/{await control.vin('e-208')}/status", body)
    await link()
    tracker = hass.states.get("device_tracker.peugeot_e_208")
    assert tracker is not None
    assert (tracker.attributes["longitude"], tracker.attributes["latitude"]) == (2.5, 47.25)
    assert tracker.attributes["gps_accuracy"] == 50
    names = ("last_position_fix", "heading", "altitude")
    told = [get_state(hass, f"sensor.peugeot_e_208_{name}") for name in names]
    assert told == ["2026-10-03T18:20:05+00:00", "300.0", "96.0"]
