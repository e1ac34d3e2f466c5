"""Listeners of a car's status hear of the parts that they read, and of everything that is no new data."""

from dataclasses import replace
from functools import partial

from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellantis import binary_sensor
from custom_components.stellantis.vehicle.parts import LastParts, part
from custom_components.stellantis.vehicle.state import VehicleState, get_charging, get_doors
from tests.conftest import Link
from tests.support.commands import ONE_CAR, CommandTester
from tests.support.helpers import Control
from tests.support.vehicle_states import build_status

pytestmark = pytest.mark.simulator(**ONE_CAR)
STATUS = "/user/vehicles/{id}/status"


async def test_listeners_hear_of_their_part(tester: CommandTester) -> None:
    status, heard = tester.car.status, list[str]()
    for name, part_fn in {"all": None, "doors": get_doors, "charging": get_charging}.items():
        status.async_add_listener(partial(heard.append, name), part_fn)
    await tester.control.patch(tester.vin, doors=["Trunk"])
    await status.async_refresh()
    heard.clear()
    await tester.control.patch(tester.vin, doors="closed")
    await status.async_refresh()
    assert heard == ["all", "doors"]
    heard.clear()
    status.async_update_listeners()
    assert heard == ["all", "doors", "charging"], "without new data something else has changed"
    await tester.control.fault(STATUS, body=build_status(seconds_ago=1e6), times=1)
    await status.async_refresh()
    heard.clear()
    status.async_update_listeners()
    assert heard == ["all", "doors", "charging"], "an outdated response is no new data"
    await tester.control.fault(STATUS, status=500, times=1)
    await status.async_refresh()
    heard.clear()
    await tester.control.patch(tester.vin, doors=["Trunk"])
    await status.async_refresh()
    assert heard == ["all", "doors", "charging"], "after a failure the availability may have been shown"


def test_part_that_cannot_be_read() -> None:
    """It counts as changed, and the others as they are."""
    last, broken = LastParts(), int
    assert last.update("1", [len, broken]) == {len, broken}
    assert last.update("one", [len, broken]) == {len, broken}
    assert last.update("two", [len, broken]) == {broken}
    assert last.update("two", [len]) == set()


async def test_value_that_cannot_be_read_costs_only_itself(
    hass: HomeAssistant,
    link: Link,
    control: Control,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    is_broken = True

    def get_broken_part(state: VehicleState) -> bool:
        if is_broken:
            raise ArithmeticError
        return state.charging is not None

    plugged, *others = binary_sensor.REPORTED_BINARY_SENSORS
    broken = replace(plugged, key="broken", translation_key=None, name="Broken", value_fn=part(get_broken_part))
    monkeypatch.setattr(binary_sensor, "REPORTED_BINARY_SENSORS", (broken, plugged, *others))
    entry = await link()
    (car,) = entry.runtime_data.cars.values()
    cable, entity_id = "binary_sensor.peugeot_e_208_charging_cable", "binary_sensor.peugeot_e_208_broken"
    for is_plugged in (True, False):
        await control.patch(car.vin, plug=is_plugged)
        await car.status.async_refresh()
        assert hass.states.is_state(cable, "on" if is_plugged else "off")
        assert not hass.states.get(entity_id)
    assert "ArithmeticError" in caplog.text
    is_broken = False
    await control.patch(car.vin, plug=True)
    await car.status.async_refresh()
    await hass.async_block_till_done()
    assert hass.states.get(entity_id)
    is_broken = True
    await control.patch(car.vin, plug=False)
    await car.status.async_refresh()
    assert hass.states.is_state(cable, "off")
    assert car.status.last_update_success
