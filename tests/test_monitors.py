"""Monitors of our own: made once, mended, relied on while they tell, and what they tell is seen at once."""

from tests.helpers import Control
from tests.pushing import LinkPushed

STATUS = "GET /user/vehicles/{id}/status"


async def test_made_once(pushed: LinkPushed, control: Control) -> None:
    here = await pushed(watches=True)
    for one in here.simulator.push.monitors.values():
        print(one.parameter)
    print(await control.requests())
    assert here.car.status.is_pushed
    await control.delete("requests")
    await here.reload()
    print(await control.requests())
    assert here.car.status.is_pushed
    await control.delete("requests")
    await control.patch(here.car.vin, doors=["Trunk"])
    await here.hass.async_block_till_done(wait_background_tasks=True)
    print(await control.requests())
    print(here.car.status.data.status.doors_state, here.car.feed.last)
    assert 0
