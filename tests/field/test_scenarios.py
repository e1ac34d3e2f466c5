"""What a person sees in the simulator's scenarios: each is started by one call, and a running Home Assistant polls."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellantis.api.requests import ChargeCommand
from custom_components.stellantis.commands import queue as command_queue
from custom_components.stellantis.vehicle.command import CommandType
from tests.conftest import Link
from tests.support.commands import ONE_CAR, CommandTester, get_error_key
from tests.support.helpers import Control, car_devices, get_state, only_car

START: Final = datetime.now(UTC) - timedelta(hours=4)

BATTERY: Final = "sensor.{}_battery"
CHARGING: Final = "binary_sensor.{}_battery_charging"
PLUG: Final = "binary_sensor.{}_charging_cable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A scenario of a parked car.

    Attributes:
        name: The name of the scenario.
        parameters: Its parameters.
        before: How the car is changed before it starts.
        after: How the car is changed after it has started, one change at each poll; the clock moves ten minutes.
        shown: The states at the end, by entity.
    """

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)
    after: tuple[Mapping[str, Any], ...] = ({},)
    shown: Mapping[str, str]


CASES: Final = (
    Case(
        name="alternating_bodies",
        before={"level": 70, "plug": False},
        after=({"level": 61}, {"plug": True, "charge": False}, {}, {}),
        shown={BATTERY: "61.0", PLUG: STATE_ON},
    ),
    Case(name="silent_charge", before={"level": 40}, after=({}, {}), shown={BATTERY: "40.0", CHARGING: STATE_ON}),
    Case(name="disconnected_at_wake_up", before={"level": 40}, shown={CHARGING: STATE_ON, PLUG: STATE_ON}),
    Case(
        name="stuck_ignition",
        before={"level": 40, "plug": True, "charge": True},
        shown={"binary_sensor.{}_moving": STATE_OFF, CHARGING: STATE_ON},
    ),
    Case(
        name="parts_ahead",
        before={"level": 70, "plug": False},
        after=({"level": 61}, {"level": 60}),
        shown={BATTERY: "60.0"},
    ),
    Case(name="old_schema", before={"plug": False}, after=({"level": 61},), shown={BATTERY: "61.0", PLUG: STATE_OFF}),
)


@pytest.mark.simulator(start=START, fleet=1, brand="peugeot")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_car(hass: HomeAssistant, link: Link, control: Control, case: Case) -> None:
    (vehicle,) = await control.vehicles()
    vin = vehicle["vin"]
    await control.patch(vin, **case.before)
    car = only_car(await link())
    await control.scenario(case.name, vin=vin, **case.parameters)
    for changes in case.after:
        await control.post("clock", {"advance": 600})
        if changes:
            await control.patch(vin, **changes)
        await car.status.async_refresh()
    assert {name: get_state(hass, name.format("peugeot_e_208")) for name in case.shown} == case.shown


@pytest.mark.simulator(start=START, fleet=1, brand="peugeot")
async def test_odometer_of_zero(hass: HomeAssistant, link: Link, control: Control) -> None:
    (vehicle,) = await control.vehicles()
    car = only_car(await link())
    before = get_state(hass, "sensor.peugeot_e_208_odometer")
    await control.scenario("zero_odometer", vin=vehicle["vin"])
    await control.patch(vehicle["vin"], asleep=False)
    await car.status.async_refresh()
    assert get_state(hass, "sensor.peugeot_e_208_odometer") == before != STATE_UNKNOWN


@pytest.mark.simulator(start=START, fleet=2, brand="peugeot")
async def test_empty_hybrid(hass: HomeAssistant, link: Link, control: Control) -> None:
    vin = next(car["vin"] for car in await control.vehicles("peugeot") if "308 Hybrid" in car["model"])
    await control.scenario("empty_hybrid", vin=vin)
    await link()
    assert get_state(hass, "sensor.peugeot_308_hybrid_battery") == STATE_UNKNOWN
    assert get_state(hass, "sensor.peugeot_308_hybrid_electric_range") == "0.0"


@pytest.mark.simulator(start=START, fleet=1, brand="peugeot")
async def test_solar_pauses_are_one_charging_session(hass: HomeAssistant, link: Link, control: Control) -> None:
    (vehicle,) = await control.vehicles()
    await control.patch(vehicle["vin"], level=30, plug=False)
    car = only_car(await link())
    await control.scenario("solar_pauses", vin=vehicle["vin"], count=3)
    for _ in range(9):
        await control.post("clock", {"advance": 600})
        await car.status.async_refresh()
    await control.patch(vehicle["vin"], plug=False)
    await car.status.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    (session,) = car.store.charging_sessions
    assert session.start_level <= 31 < session.end_level


@pytest.mark.simulator(start=START, fleet=1, brand="peugeot")
async def test_car_without_label(hass: HomeAssistant, link: Link, control: Control) -> None:
    (vehicle,) = await control.vehicles()
    await control.scenario("no_vehicle_label", vin=vehicle["vin"])
    entry = await link()
    (device,) = car_devices(hass, entry.entry_id)
    assert device.name is not None
    assert device.name.startswith("Peugeot ")
    assert device.name.endswith(vehicle["vin"][-4:])


@pytest.mark.simulator(**ONE_CAR)
async def test_success_that_the_car_ignores(tester: CommandTester) -> None:
    await tester.prepare(CommandType.CHARGING)
    await tester.control.scenario("ignored_success", vin=tester.vin)
    assert (await tester.run_to_end(CommandType.CHARGING)).succeeded
    await tester.control.patch(tester.vin, asleep=False)
    await tester.car.status.async_refresh()
    await tester.hass.async_block_till_done()
    assert get_state(tester.hass, CHARGING.format("peugeot_e_208")) == STATE_OFF


@pytest.mark.simulator(**ONE_CAR)
async def test_charge_that_the_car_starts_again(tester: CommandTester) -> None:
    await tester.prepare(CommandType.CHARGING)
    await tester.control.scenario("own_clock", vin=tester.vin, minutes=3)
    shown = []
    for seconds in (0, 150):
        await tester.advance_clock(seconds)
        await tester.car.status.async_refresh()
        await tester.hass.async_block_till_done()
        shown.append(get_state(tester.hass, CHARGING.format("peugeot_e_208")))
        if not seconds:
            assert (await tester.run_to_end(ChargeCommand(immediate=False))).succeeded
            shown.append(get_state(tester.hass, CHARGING.format("peugeot_e_208")))
    assert shown == [STATE_ON, STATE_OFF, STATE_ON]


@pytest.mark.simulator(**ONE_CAR)
async def test_lost_command_without_label(tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot be found again, so it is not known whether the car has carried it out; it is not sent twice."""
    monkeypatch.setattr(command_queue, "COMMAND_TIMEOUT", timedelta(seconds=0.3))
    await tester.control.scenario("no_remote_label")
    remotes = "/user/vehicles/{id}/callbacks/{cbid}/remotes"
    await tester.control.fault(remotes, method="POST", reset="body", times=1)
    assert await get_error_key(tester.send(CommandType.HORN)) == "fate_unknown"
    assert len(await tester.remotes()) == 1
