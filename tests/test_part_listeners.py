"""Listeners of a car's status hear of the parts that they read, and of everything that is no new data."""

from functools import partial

import pytest

from custom_components.stellantis.vehicle.state import get_charging, get_doors
from tests.support.commands import ONE_CAR, CommandTester
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
