"""Parked cars that are changed manually: sleep, charges, drives, doors and weather."""

import pytest

from simulator.config import SimulatorConfig

from ..conftest import MONDAY, Caller
from ..helpers import charging_data, electric_energy

DAY = 86400


class TestParkedCars:
    """One car of each model, without a routine."""

    @pytest.fixture
    def config(self) -> SimulatorConfig:
        return SimulatorConfig(start=MONDAY, speed=0, routine=False)

    @staticmethod
    async def pass_time(caller: Caller, seconds: float) -> None:
        await caller.control("POST", "/clock", {"advance": seconds})

    async def test_parked_car_falls_asleep_and_stops_reporting(self, caller: Caller) -> None:
        await caller.sign_in("peugeot")
        await self.pass_time(caller, 200)
        awake = await caller.status("e-208")
        assert awake["createdAt"] == "2026-03-02T03:03:00Z"
        await self.pass_time(caller, 3600)
        asleep = await caller.status("e-208")
        assert asleep["createdAt"] == "2026-03-02T03:05:00Z"
        await self.pass_time(caller, 30 * DAY)
        assert await caller.status("e-208") == asleep
        await caller.change("e-208", asleep=False)
        woken = await caller.status("e-208")
        assert woken["createdAt"] == "2026-04-01T04:03:20Z"
        assert woken["lastPosition"]["properties"]["createdAt"] == "2026-03-02T03:00:00Z"
        await caller.change("e-208", asleep=True)
        await self.pass_time(caller, 120)
        assert await caller.status("e-208") == woken

    async def test_charge_fills_the_battery(self, caller: Caller) -> None:
        await caller.sign_in("opel")
        await caller.change("Corsa-e", level=50, plug=True)
        body = await caller.status("Corsa-e")
        assert (charging_data(body)["plugged"], charging_data(body)["status"]) == (True, "Stopped")
        await caller.change("Corsa-e", charge=True)
        body = await caller.status("Corsa-e")
        assert charging_data(body)["status"] == "InProgress"
        assert charging_data(body)["chargingMode"] == "Slow"
        assert charging_data(body)["chargingRate"] > 20
        assert charging_data(body)["remainingTime"] == "PT3H30M"
        await self.pass_time(caller, 3600)
        later = await caller.status("Corsa-e")
        assert electric_energy(later)["level"] == 64
        assert charging_data(later)["remainingTime"] == "PT2H30M"
        assert later["energy"][1]["updatedAt"] == "2026-03-02T04:00:00Z"
        await self.pass_time(caller, 3 * 3600)
        full = await caller.status("Corsa-e")
        assert electric_energy(full)["level"] == 100
        assert charging_data(full)["status"] == "Finished"
        await caller.change("Corsa-e", plug=False)
        body = await caller.status("Corsa-e")
        assert charging_data(body)["status"] == "Disconnected"
        assert "remainingTime" not in charging_data(body)

    async def test_charge_can_be_quick_stopped_or_failed(self, caller: Caller) -> None:
        await caller.sign_in("opel")
        for value, status, mode in (
            ("Quick", "InProgress", "Quick"),
            (False, "Stopped", "No"),
            ("Failure", "Failure", "No"),
        ):
            await caller.change("Corsa-e", level=20, charge=value)
            body = await caller.status("Corsa-e")
            assert (charging_data(body)["status"], charging_data(body)["chargingMode"]) == (status, mode)

    async def test_charge_continues_from_a_changed_level(self, caller: Caller) -> None:
        await caller.sign_in("opel")
        await caller.change("Corsa-e", level=20, charge=True)
        await caller.change("Corsa-e", level=90)
        body = await caller.status("Corsa-e")
        assert (electric_energy(body)["level"], charging_data(body)["status"]) == (90, "InProgress")
        await self.pass_time(caller, 3600)
        assert charging_data(await caller.status("Corsa-e"))["status"] == "Finished"

    async def test_drive_changes_the_whole_state(self, caller: Caller) -> None:
        await caller.sign_in("peugeot")
        await caller.change("308 Hybrid", level=50, fuel_level=50, odometer=1000, charge=True)
        before = await caller.status("308 Hybrid")
        await self.pass_time(caller, 60)
        await caller.change("308 Hybrid", drive={"distance": 60, "minutes": 60})
        await self.pass_time(caller, 1830)
        under_way = await caller.status("308 Hybrid")
        assert under_way["createdAt"] == "2026-03-02T03:31:00Z"
        assert under_way["ignition"]["type"] == "Start"
        assert under_way["powertrain"]["status"] == "Running"
        assert under_way["kinetic"]["moving"] is True
        assert 90 < under_way["kinetic"]["speed"] < 95
        assert under_way["odometer"]["mileage"] == 1030
        assert under_way["lastPosition"]["properties"]["createdAt"] == "2026-03-02T03:31:00Z"
        assert under_way["safety"]["beltStatus"][0] == {"id": "Driver", "belt": "Normal"}
        assert charging_data(under_way)["status"] == "Disconnected"
        assert under_way["engines"][0]["extension"]["thermic"]["coolant"]["temp"] == 90
        await self.pass_time(caller, 1830)
        after = await caller.status("308 Hybrid")
        assert after["ignition"]["type"] == "Stop"
        assert after["kinetic"]["moving"] is False
        assert after["odometer"]["mileage"] == 1060
        assert electric_energy(after)["level"] == 8
        assert after["energies"][0]["level"] < 50
        assert after["lastPosition"]["geometry"] != before["lastPosition"]["geometry"]
        assert "Open" in {door["state"] for door in after["doorsState"]["opening"] if door["identifier"] == "Driver"}
        await self.pass_time(caller, 120)
        locked = await caller.status("308 Hybrid")
        assert "Locked" in locked["doorsState"]["lockedStates"]
        assert locked["doorsState"]["createdAt"] == "2026-03-02T04:03:00Z"
        assert locked["kinetic"]["createdAt"] == "2026-03-02T04:01:00Z"

    async def test_drive_can_be_stopped(self, caller: Caller) -> None:
        await caller.sign_in("citroen")
        await caller.change("C3", odometer=500, drive=True)
        await self.pass_time(caller, 600)
        assert "lastPosition" in await caller.status("C3")
        await caller.change("C3", drive=False)
        body = await caller.status("C3")
        assert 507 < body["odometer"]["mileage"] < 508
        await self.pass_time(caller, 3600)
        assert (await caller.status("C3"))["odometer"]["mileage"] == body["odometer"]["mileage"]

    async def test_doors_lock_alarm_and_position(self, caller: Caller) -> None:
        await caller.sign_in("peugeot")
        await caller.change("308 Hybrid", doors=["Trunk"], position=[2.5, 48.25, 90], alarm="RoofBreakIn")
        body = await caller.status("308 Hybrid")
        opened = {door["identifier"] for door in body["doorsState"]["opening"] if door["state"] == "Open"}
        assert opened == {"Trunk", "RoofWindow"}
        assert "Unlocked" in body["doorsState"]["lockedStates"]
        assert body["lastPosition"]["geometry"]["coordinates"] == [2.5, 48.25, 90]
        assert body["alarm"]["trigger"]["type"] == "RoofBreakIn"
        assert body["alarm"]["trigger"]["position"]["geometry"]["coordinates"][0] == 2.5
        await caller.change("308 Hybrid", doors="closed", lock=True, alarm=False)
        body = await caller.status("308 Hybrid")
        assert "Locked" in body["doorsState"]["lockedStates"]
        assert body["alarm"]["status"]["activation"] == "Inactive"

    async def test_temperature_battery_and_preconditioning(self, caller: Caller) -> None:
        await caller.sign_in("peugeot")
        await caller.change("e-208", temperature=-7.5, battery_12v=61, level=60, preconditioning=True)
        body = await caller.status("e-208")
        assert body["environment"]["air"]["temp"] == -7.5
        assert body["battery"]["voltage"] == 61
        air = body["preconditioning"]["airConditioning"]
        assert (air["status"], air["startingCause"]) == ("Enabled", "Immediate")
        assert body["preconditionning"]["airConditioning"] == air
        await self.pass_time(caller, 1300)
        assert (await caller.status("e-208"))["preconditioning"]["airConditioning"]["status"] == "Finished"
        await caller.change("e-208", level=10, preconditioning=True)
        air = (await caller.status("e-208"))["preconditioning"]["airConditioning"]
        assert (air["status"], air["failureCause"]) == ("Failure", "LowBattery")
        await caller.change("e-208", level=60, doors=["Driver"], preconditioning=True)
        air = (await caller.status("e-208"))["preconditioning"]["airConditioning"]
        assert (air["status"], air["failureCause"]) == ("Failure", "DoorOpened")
        await caller.change("e-208", temperature=None)
        assert (await caller.status("e-208"))["environment"]["air"]["temp"] > -7.5

    async def test_privacy_hides_members(self, caller: Caller) -> None:
        await caller.sign_in("peugeot")
        await caller.change("308 Hybrid", privacy="Geolocation")
        body = await caller.status("308 Hybrid")
        assert "lastPosition" not in body
        assert "position" not in body["alarm"]["trigger"]
        assert body["privacy"]["state"] == "Geolocation"
        await caller.change("308 Hybrid", privacy="Full")
        assert (await caller.status("308 Hybrid")).keys() == {"createdAt", "updatedAt", "_links", "privacy"}
        await caller.change("308 Hybrid", privacy="None")
        assert "lastPosition" in await caller.status("308 Hybrid")

    @pytest.mark.parametrize(
        ("scopes", "shown", "hidden"),
        [
            ("data:telemetry", {"energies", "privacy", "alarm"}, {"lastPosition"}),
            ("data:position", {"lastPosition"}, {"energies", "privacy", "alarm", "odometer"}),
            ("openid", set[str](), {"lastPosition", "energies"}),
        ],
    )
    async def test_missing_scopes_hide_members(
        self, caller: Caller, scopes: str, shown: set[str], hidden: set[str]
    ) -> None:
        await caller.sign_in("peugeot", scopes)
        body = await caller.status("308 Hybrid")
        assert shown <= body.keys()
        assert not hidden & body.keys()
        assert "position" not in body.get("alarm", {}).get("trigger", {})
