"""The car in evcc, with the configuration of docs/evcc.md: what it makes of each state, and what it can do."""

from http import HTTPStatus
from typing import Any, Final

from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.support.commands import ONE_CAR, CommandTester
from tests.support.entity_actions import actual_car, sent_commands
from tests.support.evcc import NotAvailable, read_bool, read_number, read_status, read_time, switch_action

from .support.documentation import read_yaml_examples
from .support.source import ROOT

pytestmark = pytest.mark.simulator(**ONE_CAR)

# Changes of the simulated car, one after the other → the state of the sensor, and evcc's status
CHARGING: Final[tuple[tuple[dict[str, Any], str, str], ...]] = (
    ({"plug": False}, "disconnected", "A"),
    ({"plug": True, "level": 40}, "stopped", "B"),
    ({"charge": True}, "charging", "C"),
    ({"charge": False}, "stopped", "B"),
    ({"charge": "Quick"}, "charging", "C"),
    ({"charge": "Finished"}, "complete", "B"),
    ({"charge": "Failure"}, "error", "B"),
    # Some cars report Disconnected while they wait on the cable, and Finished after that is gone
    ({"charge": "Disconnected"}, "connected", "B"),
    ({"charge": "Finished", "plug": False}, "disconnected", "A"),
)


def read_examples() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the examples: of evcc.yaml the vehicle, and of Home Assistant's configuration."""
    evcc, configuration = read_yaml_examples(ROOT / "docs" / "evcc.md")
    (vehicle,) = evcc["vehicles"]
    return vehicle, configuration


class Evcc:
    """The part of evcc that reads and controls a car."""

    def __init__(self, tester: CommandTester, client: Any, config: dict[str, Any]) -> None:
        self._tester, self._client, self.config = tester, client, config

    async def state(self, name: str) -> str:
        """Return the state of a configured entity, which has to exist."""
        response = await self._client.get(f"/api/states/{self.config[name]}")
        assert response.status == HTTPStatus.OK, name
        return str((await response.json())["state"])

    async def switch(self, name: str, *, on: bool) -> None:
        """Switch a configured entity, and wait until the car has done it."""
        entity_id = self.config[name]
        domain, action = switch_action(entity_id, on=on)
        request = self._client.post(f"/api/services/{domain}/{action}", json={"entity_id": entity_id})
        task = self._tester.hass.async_create_task(request)
        await self._tester.wait_until(self._tester.has_remote_id)
        await self._tester.advance_clock(60)
        assert (await task).status == HTTPStatus.OK

    async def change(self, **changes: Any) -> None:
        """Change the simulated car and poll it."""
        await self._tester.advance_clock(1)
        await self._tester.control.patch(self._tester.vin, **changes)
        await self._tester.car.status.async_refresh()
        await self._tester.hass.async_block_till_done()


@pytest.fixture
async def evcc(tester: CommandTester, hass_client: ClientSessionGenerator) -> Evcc:
    """An evcc that is configured as docs/evcc.md says."""
    vehicle, configuration = read_examples()
    for domain, config in {"api": {}, **configuration}.items():
        assert await async_setup_component(tester.hass, domain, {domain: config})
    await tester.hass.async_block_till_done()
    (car,) = tester.simulator.world.vehicles
    car.delayed_start, car.charge_programs = 0, ()
    return Evcc(tester, await hass_client(), vehicle)


async def test_each_status(evcc: Evcc) -> None:
    for changes, state, status in CHARGING:
        await evcc.change(**changes)
        assert await evcc.state("status") == state, changes
        assert read_status(state, evcc.config) == status, changes


async def test_values(evcc: Evcc, tester: CommandTester) -> None:
    await evcc.change(plug=True, level=40)
    assert read_number(await evcc.state("soc")) == 40
    (car,) = tester.simulator.world.vehicles
    assert read_number(await evcc.state("odometer")) == pytest.approx(car.state.odometer, abs=0.1)
    assert 50 < read_number(await evcc.state("range")) < 250, "in km"
    with pytest.raises(NotAvailable):
        read_time(await evcc.state("finishTime"))
    await evcc.change(charge=True)
    charging_end = read_time(await evcc.state("finishTime"))
    measured_at = tester.car.status.data.status.measured_at
    assert measured_at
    assert charging_end > measured_at
    # The limit is that of the car as it will charge, and it moves the end
    assert read_number(await evcc.state("limitSoc")) == 100
    entity_id = evcc.config["limitSoc"]
    await tester.hass.services.async_call("number", "set_value", {"entity_id": entity_id, "value": 70}, blocking=True)
    assert read_number(await evcc.state("limitSoc")) == 70
    assert read_time(await evcc.state("finishTime")) < charging_end
    stop_at_limit = "switch.peugeot_e_208_stop_at_limit"
    await tester.hass.services.async_call("switch", "turn_off", {"entity_id": stop_at_limit}, blocking=True)
    assert read_number(await evcc.state("limitSoc")) == 100
    assert read_time(await evcc.state("finishTime")) == charging_end
    assert read_bool(await evcc.state("climater")) is False
    await evcc.change(preconditioning=True)
    assert read_bool(await evcc.state("climater")) is True


async def test_control(evcc: Evcc, tester: CommandTester) -> None:
    """Charging is started and stopped by one switch, and the car is woken by a button."""
    assert "stop_charging" not in evcc.config, "a switch is also turned off"
    await evcc.change(plug=True, level=40, charge=False)
    for on, status in ((True, "C"), (False, "B")):
        await evcc.switch("start_charging", on=on)
        assert read_status(await evcc.state("status"), evcc.config) == status
    await tester.control.patch(tester.vin, asleep=True)
    await evcc.switch("wakeup", on=True)
    assert not (await actual_car(tester))["asleep"]
    assert [list(command) for command in await sent_commands(tester)] == [["charging"], ["charging"], ["wakeUp"]]
