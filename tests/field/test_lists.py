"""Lists of cars as servers sent them: without labels, and with one car under two ids."""

from typing import Any

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from tests.conftest import Link
from tests.support.helpers import Control, car_devices, get_state, only_car


async def test_cars_without_a_label_are_told_apart(hass: HomeAssistant, link: Link, control: Control) -> None:
    cars = await control.vehicles("citroen")
    listed = [{"id": car["id"], "vin": car["vin"], "label": "", "_links": {}} for car in cars]
    await control.fault("/user/vehicles", body=_vehicle_list(listed))
    entry = await link("citroen")
    names = {device.name for device in car_devices(hass, entry.entry_id)}
    assert names == {f"Citroën {car['vin'][-6:]}" for car in cars}
    assert len(names) > 1


@pytest.mark.simulator(fleet=1, brand="peugeot")
@pytest.mark.parametrize("real_first", [True, False])
async def test_car_under_two_ids_is_the_one_with_data(
    hass: HomeAssistant, link: Link, control: Control, *, real_first: bool
) -> None:
    (car,) = [car for car in await control.vehicles("peugeot") if car["model"] == "e-208"]
    real, gone = ({"id": name, "vin": car["vin"], "label": "e-208", "_links": {}} for name in (car["id"], "gone"))
    await control.fault("/user/vehicles", body=_vehicle_list([real, gone] if real_first else [gone, real]))
    entry = await link()
    assert only_car(entry).vehicle.id == car["id"]
    assert entry.runtime_data.vehicles.data.is_complete
    registry = er.async_get(hass)
    (device,) = car_devices(hass, entry.entry_id)
    assert dr.async_get(hass).async_get(device.id)
    assert er.async_entries_for_device(registry, device.id)
    assert get_state(hass, "sensor.e_208_battery") not in (None, STATE_UNKNOWN)


def _vehicle_list(vehicles: list[dict[str, Any]]) -> dict[str, Any]:
    count = {"total": len(vehicles), "totalPage": 1, "currentPage": 1}
    return {"_links": {}, **count, "_embedded": {"vehicles": vehicles}}
