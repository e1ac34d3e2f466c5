"""Listeners of a car's status hear of the parts that they read, and of everything that is no new data."""

from dataclasses import replace
from functools import partial

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis import binary_sensor
from custom_components.stellantis.api import Extensions, Status
from custom_components.stellantis.api.models.merge import MAX_KEPT_AGE
from custom_components.stellantis.vehicle.command import CommandType
from custom_components.stellantis.vehicle.parts import LastParts, part
from custom_components.stellantis.vehicle.state import VehicleState, get_charging, get_doors
from tests.conftest import Link
from tests.support.commands import ONE_CAR, CommandTester
from tests.support.helpers import Control
from tests.support.vehicle_states import build_status, set_status, time_ago

pytestmark = pytest.mark.simulator(**ONE_CAR)
STATUS_PATH = "/user/vehicles/{id}/status"


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
    await tester.control.fault(STATUS_PATH, body=build_status(seconds_ago=1e6), times=1)
    await status.async_refresh()
    heard.clear()
    status.async_update_listeners()
    assert heard == ["all", "doors", "charging"], "an outdated response is no new data"
    await tester.control.fault(STATUS_PATH, status=500, times=1)
    await status.async_refresh()
    heard.clear()
    await tester.control.patch(tester.vin, doors=["Trunk"])
    await status.async_refresh()
    assert heard == ["all", "doors", "charging"], "after a failure the availability may have been shown"


async def test_report_that_equals_what_is_expected_is_heard_of(tester: CommandTester) -> None:
    """What is shown does not change, but who reads what the car reports has not known it."""
    await tester.prepare(CommandType.CHARGING)
    status, frozen = tester.car.status, build_status(level=30)  # some cars repeat the time of an energy
    (energy,) = frozen["energies"]
    energy["extension"]["electric"]["charging"] = {"plugged": True, "status": "Disconnected"}
    await set_status(tester.control, tester.vin, {**frozen, "updatedAt": time_ago(0)})
    await status.async_refresh()
    assert (await tester.run_to_end(CommandType.CHARGING)).succeeded
    assert tester.commands.shown_state.is_charging
    assert not status.data.is_charging
    assert tester.car.store.active_session is None
    energy["extension"]["electric"]["charging"] = {"plugged": True, "status": "InProgress"}
    tester.car.push.async_apply_status(Extensions(status=Status.from_dict({**frozen, "updatedAt": time_ago(0)})))
    await tester.hass.async_block_till_done(wait_background_tasks=True)
    assert tester.car.store.active_session


async def test_what_a_notification_lacks_is_polled_again(
    tester: CommandTester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Doors that were last used long ago are dropped if a notification lacks them, but not for long."""
    status, utcnow = tester.car.status, dt_util.utcnow
    doors = {"createdAt": time_ago(0), "lockedStates": ["Locked"]}
    monkeypatch.setattr(dt_util, "utcnow", lambda: utcnow() + 2 * MAX_KEPT_AGE)
    await set_status(tester.control, tester.vin, {**build_status(level=30), "doorsState": doors})
    await status.async_refresh()
    tester.car.push.async_apply_status(Extensions(status=Status.from_dict(build_status(level=31))))
    assert status.data.is_unlocked is None
    await status.async_refresh()
    assert status.data.is_unlocked is False


async def test_car_that_is_listed_with_other_details_is_shown_at_once(tester: CommandTester) -> None:
    hass, vehicle = tester.hass, tester.car.vehicle
    picture, battery = "https://example.com/another.png", "sensor.peugeot_e_208_battery"
    tester.car.update_vehicle(replace(vehicle, motorization="Thermic", pictures=(picture,)))
    assert hass.states.is_state(battery, "unknown")
    tracker = hass.states.get("device_tracker.peugeot_e_208")
    assert tracker
    assert tracker.attributes["entity_picture"] == picture
    tester.car.update_vehicle(vehicle)
    assert not hass.states.is_state(battery, "unknown")


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
