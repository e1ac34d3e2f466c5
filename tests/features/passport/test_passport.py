"""The battery passport in a running Home Assistant: sensors, what is kept, and the report."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.entity import entity_unique_id
from custom_components.stellantis.vehicle.charging_session import ChargingSession
from tests.conftest import Link
from tests.support.commands import ONE_CAR
from tests.support.helpers import Control, advance_time, call_action, call_action_on_only_car, only_car
from tests.support.vehicle_states import build_status, set_status

# The simulator's clock stands still, before the first report
START: Final = datetime.now(UTC) - timedelta(hours=6)
pytestmark = pytest.mark.simulator(**{**ONE_CAR, "start": START})

POLL: Final = 3601
USABLE, SUPPLIED = "measured_capacity", "full_charge_energy"


def build_sessions(capacities: Sequence[float], *, days_ago: float = 0) -> list[ChargingSession]:
    """Return sessions that measure these capacities in kWh, one a day, with a wallbox that loses 10%."""
    last = dt_util.utcnow() - timedelta(days=days_ago, hours=12)
    ends = [last - timedelta(days=len(capacities) - number) for number in range(1, len(capacities) + 1)]
    return [
        ChargingSession(
            start=end - timedelta(hours=4),
            end=end,
            start_level=20,
            end_level=80,
            start_residual=0.2 * capacity,
            end_residual=0.8 * capacity,
            supplied_energy=0.6 * capacity / 0.9,
            mileage=10_000 + 300 * number,
        )
        for number, (end, capacity) in enumerate(zip(ends, capacities, strict=True))
    ]


async def charge(hass: HomeAssistant, control: Control, capacity: float) -> None:
    """Have the car report that it is charged from 20% to 80%, with the energies of a capacity in kWh."""
    (vehicle,) = await control.vehicles()
    for minutes, level, charging in ((0, 20, True), (40, 80, False)):
        body = build_status(
            seconds_ago=-60 * minutes, level=level, charging=charging, capacity=capacity * 1000, mileage=20_000
        )
        await set_status(control, vehicle["vin"], body)
        await advance_time(hass, POLL)


def find_sensor(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> er.RegistryEntry | None:
    """Return a sensor of the only car in the registry."""
    registry = er.async_get(hass)
    unique_id = entity_unique_id(entry, only_car(entry).vin, key)
    entity_id = registry.async_get_entity_id("sensor", "stellantis", unique_id)
    return registry.async_get(entity_id) if entity_id else None


async def reload(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Restart the account."""
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()


async def test_sensors(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("peugeot")
    store = only_car(entry).store
    store.charging_sessions = build_sessions([46.0] * 4)
    await reload(hass, entry)
    assert find_sensor(hass, entry, USABLE) is None, "too few sessions"
    assert only_car(entry).store.feature_records == {}

    # The fifth session adds the sensor, which is off by default
    await charge(hass, control, 46.5)
    sensor = find_sensor(hass, entry, USABLE)
    assert sensor
    assert sensor.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    assert find_sensor(hass, entry, SUPPLIED) is None
    er.async_get(hass).async_update_entity(sensor.entity_id, disabled_by=None)
    await reload(hass, entry)
    state = hass.states.get(sensor.entity_id)
    assert state
    assert float(state.state) == pytest.approx(46.1, abs=0.01)
    assert state.attributes["unit_of_measurement"] == "kWh"
    assert (state.attributes["low"], state.attributes["high"], state.attributes["sessions"]) == (45.8, 46.4, 5)
    if len({dt_util.as_local(session.end).year for session in only_car(entry).store.charging_sessions}) == 1:
        (result,) = only_car(entry).store.feature_records["passport"]["years"]["car"].values()
        assert result["sessions"] == 5

    # It follows the next session, and is there without any
    await charge(hass, control, 46.5)
    state = hass.states.get(sensor.entity_id)
    assert state
    assert (float(state.state), state.attributes["sessions"]) == (pytest.approx(46.17, abs=0.01), 6)
    only_car(entry).store.charging_sessions = []
    await reload(hass, entry)
    state = hass.states.get(sensor.entity_id)
    assert state
    assert (state.state, state.attributes.get("sessions")) == ("unknown", None)


async def test_years_outlive_their_sessions(hass: HomeAssistant, link: Link) -> None:
    entry = await link("peugeot")
    store = only_car(entry).store
    store.charging_sessions = [*build_sessions([46.0] * 6, days_ago=800), *build_sessions([45.0] * 6, days_ago=400)]
    await reload(hass, entry)
    store = only_car(entry).store
    years = store.feature_records["passport"]["years"]
    assert years["car"]
    # Dropped as too many
    store.archived_until = {"charges": store.charging_sessions[-1].end}
    store.charging_sessions = []
    await reload(hass, entry)
    assert only_car(entry).store.feature_records["passport"]["years"] == years
    # Not readable
    only_car(entry).store.feature_records = {"passport": {"years": [1]}}
    await reload(hass, entry)


@pytest.mark.simulator(fleet=2, brand="citroen")
async def test_car_without_a_battery(hass: HomeAssistant, link: Link) -> None:
    cars = (await link("citroen")).runtime_data.cars.values()
    (petrol,) = [car for car in cars if car.status.data.electric is None]
    with pytest.raises(HomeAssistantError) as raised:
        await call_action(hass, "export_battery_report", {"device_id": petrol.device.id})
    assert raised.value.translation_key == "not_able"


async def test_report(hass: HomeAssistant, link: Link, tmp_path: Path) -> None:
    """It is written in Home Assistant's language, with the VIN only if the owner wants it."""
    hass.config.media_dirs = {"local": str(tmp_path)}
    hass.config.language = "de"
    entry = await link("peugeot")
    vin = only_car(entry).vin
    empty = await call_action_on_only_car(hass, "export_battery_report", entry.entry_id)
    assert empty["measured"] == {}
    only_car(entry).store.charging_sessions = build_sessions([46.0, 46.4, 45.6] * 3)
    await reload(hass, entry)
    for include_vin in (False, True):
        response = await call_action_on_only_car(hass, "export_battery_report", entry.entry_id, include_vin=include_vin)
        page_path, data_path = Path(response.pop("page_path")), Path(response.pop("data_path"))
        assert {page_path.parent, data_path.parent} == {tmp_path / "stellantis"}
        assert (page_path.suffix, data_path.suffix) == (".html", ".json")
        page = await hass.async_add_executor_job(page_path.read_text)
        assert json.loads(await hass.async_add_executor_job(data_path.read_text)) == response
        assert (vin in page, "vin" in response) == (include_vin, include_vin)
        assert vin not in f"{page_path} {data_path}"
    assert response["measured"]["car"]["current"]["capacity"] == pytest.approx(46, abs=0.01)
    assert response["measured"]["wallbox"]["current"]["capacity"] == pytest.approx(51.1, abs=0.1)
    assert response["mileage"] == only_car(entry).status.data.mileage
    assert "Gemessene Batteriekapazität" in page
    assert "46,0 kWh" in page
    (tmp_path / "file").write_text("")
    hass.config.media_dirs = {"local": str(tmp_path / "file")}
    with pytest.raises(HomeAssistantError) as raised:
        await call_action_on_only_car(hass, "export_battery_report", entry.entry_id)
    assert raised.value.translation_key == "file_not_written"
