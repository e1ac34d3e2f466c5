"""What drivers saw of charge limits: empty hybrids, silent cars, stops without effect, and balancing at 100 %."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.components.number import ATTR_VALUE, DOMAIN as NUMBER, SERVICE_SET_VALUE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.stellantis.commands.charge_limit import charge_limit_issue_id
from custom_components.stellantis.const import DOMAIN
from tests.conftest import Link
from tests.support.commands import ONE_CAR, CommandTester
from tests.support.entity_actions import sent_commands
from tests.support.helpers import Control, get_state
from tests.support.vehicle_states import set_status, time_ago

pytestmark = pytest.mark.simulator(**ONE_CAR)

LIMIT: Final = "switch.peugeot_e_208_stop_at_limit"
CHARGING_END: Final = "sensor.peugeot_e_208_charging_ends"


def charging_body(
    *, level: float, minutes_ago: float = 0, autonomy: float = 150, remaining: str | None = None, **charging: Any
) -> dict[str, Any]:
    """Build the status of a car that charges."""
    times = {"createdAt": time_ago(60 * minutes_ago), "updatedAt": time_ago(60 * minutes_ago)}
    electric = {"plugged": True, "status": "InProgress", "chargingMode": "Slow", "chargingRate": 0, **charging}
    if remaining:
        electric["remainingTime"] = remaining
    energy = {"type": "Electric", "subType": "ElectricEnergy", "level": level, "autonomy": autonomy, **times}
    fuel = {"type": "Fuel", "subType": "FossilEnergy", "level": 35, "autonomy": 260, **times}
    return {
        **times,
        "_links": {},
        "ignition": {**times, "type": "Stop"},
        "energies": [fuel, {**energy, "extension": {"electric": {"charging": electric}}}],
    }


async def report(tester: CommandTester, **members: Any) -> None:
    """Let the car report, poll it, and finish the commands that this causes."""
    await set_status(tester.control, tester.vin, charging_body(**members))
    await tester.car.status.async_refresh()
    await finish_commands(tester)


async def finish_commands(tester: CommandTester) -> None:
    """Advance the clock until all commands have ended."""
    await asyncio.sleep(0.05)
    while tester.commands.current:
        await tester.wait_until(lambda: tester.has_remote_id() or tester.commands.current is None)
        await tester.advance_clock(30)
        await tester.wait_until_idle()
    await tester.hass.async_block_till_done()


async def pass_time(tester: CommandTester, minutes: float) -> None:
    """Fire the timers that are due within some minutes; what they start may take a moment."""
    async_fire_time_changed(tester.hass, dt_util.utcnow() + timedelta(minutes=minutes))
    for _ in range(5):
        await finish_commands(tester)


async def set_limit(tester: CommandTester, level: int) -> None:
    """Set the level of the limit, which turns it on."""
    number = {"entity_id": "number.peugeot_e_208_charge_limit", ATTR_VALUE: level}
    await tester.hass.services.async_call(NUMBER, SERVICE_SET_VALUE, number, blocking=True)
    await finish_commands(tester)


def attribute(tester: CommandTester, name: str) -> Any:
    """Return an attribute of the switch."""
    state = tester.hass.states.get(LIMIT)
    return state and state.attributes[name]


def issue(tester: CommandTester) -> ir.IssueEntry | None:
    """Return the repair issue of the limit."""
    return ir.async_get(tester.hass).async_get_issue(DOMAIN, charge_limit_issue_id(tester.car.device.id))


@pytest.fixture
async def limited_car(tester: CommandTester) -> CommandTester:
    """A car that charges at 45 %, with a limit of 80 %."""
    await report(tester, level=45)
    await set_limit(tester, 80)
    return tester


@pytest.mark.parametrize("level", [100, 63, 84])
async def test_empty_hybrid_goes_on_charging(limited_car: CommandTester, level: float) -> None:
    """A plug-in hybrid that was driven empty reports a high level beside a range of 0."""
    await set_limit(limited_car, 50)
    await report(limited_car, level=level, autonomy=0, remaining="PT3H10M")
    assert await limited_car.post_count() == 0
    await report(limited_car, level=12, autonomy=6, remaining="PT2H50M")
    assert await limited_car.post_count() == 0
    await report(limited_car, level=51, autonomy=25, remaining="PT1H30M")
    assert await limited_car.post_count() == 1


async def test_limit_of_100_lets_the_cells_be_balanced(limited_car: CommandTester) -> None:
    await set_limit(limited_car, 100)
    await report(limited_car, level=100, remaining="PT12M")
    await pass_time(limited_car, 20)
    assert await limited_car.post_count() == 0
    assert issue(limited_car) is None


async def test_silent_car_is_stopped_when_the_limit_should_be_reached(limited_car: CommandTester) -> None:
    """55 % with three hours to 100 %: 80 % after 100 minutes, and the car reports nothing meanwhile."""
    await report(limited_car, level=55, remaining="PT3H")
    energy = limited_car.car.status.data.electric
    assert energy
    assert energy.measured_at
    stop: datetime = energy.measured_at + timedelta(minutes=100)
    assert abs(attribute(limited_car, "estimated_stop") - stop) < timedelta(seconds=1)
    assert get_state(limited_car.hass, CHARGING_END) == stop.isoformat(timespec="seconds")
    await pass_time(limited_car, 99)
    assert await limited_car.post_count() == 0
    await pass_time(limited_car, 101)
    assert await limited_car.post_count() == 1
    assert attribute(limited_car, "status") == "stopped"
    assert issue(limited_car) is None


async def test_silent_car_by_its_speed(limited_car: CommandTester) -> None:
    """Without a remaining time, its charging speed counts: 20 km/h of 180 km at 60 % are 20 % in three hours."""
    await report(limited_car, level=60, autonomy=180, remaining="PT0S", chargingRate=20)
    await pass_time(limited_car, 175)
    assert await limited_car.post_count() == 0
    await pass_time(limited_car, 181)
    assert await limited_car.post_count() == 1


async def test_charge_of_unknown_duration_is_told(limited_car: CommandTester) -> None:
    """A car reports neither a remaining time nor a speed, and then nothing: it is polled, and the user is told."""
    await report(limited_car, level=60, remaining="PT0S")
    await pass_time(limited_car, 119)
    assert issue(limited_car) is None
    await pass_time(limited_car, 121)
    assert issue(limited_car)
    assert await limited_car.post_count() == 0
    await report(limited_car, level=70, remaining="PT1H")
    assert issue(limited_car) is None


@pytest.mark.parametrize(
    ("minutes_ago", "level", "is_told"),
    [(300, 60, True), (300, 90, True), (3 * 1440, 60, False), (3 * 1440, 90, False)],
)
async def test_old_charge_wakes_no_car(
    hass: HomeAssistant,
    link: Link,
    control: Control,
    hass_storage: dict[str, Any],
    minutes_ago: float,
    level: float,
    is_told: bool,
) -> None:
    """Home Assistant starts long after the last report of a charge: nothing is sent.

    If the limit was reached within the last day, the user is told.
    """
    (vehicle,) = await control.vehicles()
    await set_status(control, vehicle["vin"], charging_body(level=level, minutes_ago=minutes_ago, remaining="PT2H"))
    entry = await link(setup=False)
    key = f"{DOMAIN}.{entry.entry_id}"
    limit = {"level": 80, "enabled": True, "obeyed": False, "mileage": None}
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": {vehicle["vin"]: {"limit": limit}}}
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    car = entry.runtime_data.cars[vehicle["vin"]]
    assert car.charge_limit.record.is_on
    issue_id = charge_limit_issue_id(car.device.id)
    assert (ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is not None) is is_told
    counts = await control.request_counts()
    assert "POST /user/vehicles/{id}/callbacks/{cbid}/remotes" not in counts


async def test_stop_that_the_car_ignores_is_tried_again_and_then_told(limited_car: CommandTester) -> None:
    """Each stop is answered with a success, and the car charges on."""
    posts = []
    for level in range(81, 91):
        await asyncio.sleep(0.05)
        await report(limited_car, level=level, remaining="PT1H30M")
        await pass_time(limited_car, 25)
        posts.append(await limited_car.post_count())
    assert posts[0] == 1
    assert posts[1] == 2
    assert posts[-1] == 4
    assert issue(limited_car)
    assert attribute(limited_car, "status") == "failed"
    assert attribute(limited_car, "attempts") == 4


async def test_own_limit_of_the_car_is_offered(limited_car: CommandTester) -> None:
    """The repair sets the charging type; with it, the car ends the charge itself, and nothing is estimated."""
    hass = limited_car.hass
    assert await async_setup_component(hass, "repairs", {})
    await report(limited_car, level=60, type="Full")
    await pass_time(limited_car, 121)
    found = issue(limited_car)
    assert found
    assert (found.translation_key, found.is_fixable) == ("charge_limit_use_own", True)
    manager = hass.data["repairs"]["flow_manager"]
    flow = await manager.async_init(DOMAIN, data={"issue_id": found.issue_id})
    assert flow["step_id"] == "confirm"
    assert flow["description_placeholders"]["level"] == "80"
    configuring = hass.async_create_task(manager.async_configure(flow["flow_id"], {}))
    await finish_commands(limited_car)
    assert (await configuring)["type"] == "create_entry"
    assert issue(limited_car) is None
    (command,) = await sent_commands(limited_car)
    assert command["charging"]["preferences"] == {"type": "Partial"}
    await report(limited_car, level=65, remaining="PT1H", type="Partial")
    assert (attribute(limited_car, "car_limit"), attribute(limited_car, "estimated_stop")) == (80, None)
    await pass_time(limited_car, 59)
    assert await limited_car.post_count() == 1


async def test_own_limit_that_cannot_be_set(limited_car: CommandTester) -> None:
    hass = limited_car.hass
    assert await async_setup_component(hass, "repairs", {})
    await report(limited_car, level=60, type="Full")
    await pass_time(limited_car, 121)
    found = issue(limited_car)
    assert found
    manager = hass.data["repairs"]["flow_manager"]
    await limited_car.script("Accepted", {"status": "Failed", "failureCause": "VehicleInUse"})
    flow = await manager.async_init(DOMAIN, data={"issue_id": found.issue_id})
    configuring = hass.async_create_task(manager.async_configure(flow["flow_id"], {}))
    await finish_commands(limited_car)
    assert (await configuring)["reason"] == "failed"
    flow = await manager.async_init(DOMAIN, data={"issue_id": found.issue_id})
    assert await hass.config_entries.async_unload(limited_car.entry.entry_id)
    assert (await manager.async_configure(flow["flow_id"], {}))["reason"] == "gone"
