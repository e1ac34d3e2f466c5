"""Telemetry."""

import pytest

from simulator import SimulatorConfig

from ..conftest import MONDAY, Caller
from ..helpers import car_path, get_all


class TestTelemetry:
    """The messages of parked, charging and driving cars."""

    async def test_trip_has_a_message_for_each_minute(self, caller: Caller) -> None:
        await caller.sign_in("peugeot")
        path = car_path(caller, "E-3008 Dual Motor")
        trip = (await get_all(caller, f"{path}/trips", "trips", states="Nominal", duration="1200-"))[-1]
        url = f"{path}/trips/{trip['id']}/telemetry"
        sent = await get_all(caller, url, "telemetries", pageSize="7", extension="location,maintenance")
        assert len(sent) == trip["duration"] // 60 + 1
        assert sent[5]["vehicle"].keys() >= {"engines", "energies", "adas", "transmission", "wipingBlades", "kinetic"}
        assert sent[5]["vehicle"]["kinetic"]["moving"] is True
        assert "createdAt" not in sent[5]["vehicle"]["engines"][0]
        assert sent[5]["_embedded"]["extension"].keys() == {"location", "maintenance"}
        assert sent[5]["_links"]["trip"] == trip["_links"]["self"]
        miles = [message["vehicle"]["odometer"]["mileage"] for message in sent]
        assert miles == sorted(miles)
        assert miles[-1] == pytest.approx(trip["startMileage"] + trip["distance"], abs=0.11)
        page = await caller.ok(url, pageSize="7")
        assert "pageToken" not in page["_links"]["next"]["href"]

    async def test_parked_and_charging_cars_send_messages(self, caller: Caller) -> None:
        await caller.sign_in("peugeot")
        sent = await get_all(caller, f"{car_path(caller, 'e-208')}/telemetry", "telemetries", pageSize="2000")
        times = [message["createdAt"] for message in sent]
        assert times == sorted(times)
        charging = [
            message["vehicle"]["energies"][0]
            for message in sent
            if message["vehicle"]["energies"][0]["extension"]["electric"]["charging"]["status"] == "InProgress"
        ]
        assert len(charging) > 50
        assert max(energy["level"] for energy in charging) > 80
        assert any(not message.get("vehicle", {}).get("kinetic", {}).get("moving") for message in sent)

    @pytest.mark.parametrize(
        ("types", "top", "vehicle"),
        [
            ("environment", {"environment"}, set[str]()),
            ("privacy,vehicle.battery", {"privacy", "vehicle"}, {"battery"}),
            ("vehicle.alarm.trigger", {"vehicle"}, {"alarm"}),
            ("vehicle.doorsState,vehicle.safety", {"vehicle"}, {"doorsState", "safety"}),
        ],
    )
    async def test_types_select_parts_of_messages(
        self, caller: Caller, types: str, top: set[str], vehicle: set[str]
    ) -> None:
        await caller.sign_in("peugeot")
        body = await caller.ok(f"{car_path(caller, '308 Hybrid')}/telemetry", type=types, pageSize="1")
        message = body["_embedded"]["telemetries"][0]
        assert message.keys() == {"createdAt", "_links"} | top
        assert message.get("vehicle", {}).keys() == vehicle
        if "alarm" in vehicle:
            assert message["vehicle"]["alarm"].keys() == {"trigger"}
        assert body["total"] > 60

    async def test_missing_scopes_hide_parts_of_messages(self, caller: Caller) -> None:
        for scopes, top, extension in (
            ("data:telemetry", {"vehicle", "privacy", "environment", "_embedded"}, {"maintenance"}),
            ("data:position", {"_embedded"}, {"location"}),
            ("openid", set[str](), set[str]()),
        ):
            await caller.sign_in("peugeot", scopes)
            path = f"{car_path(caller, '308 Hybrid')}/telemetry"
            body = await caller.ok(path, pageSize="1", extension="location,maintenance")
            message = body["_embedded"]["telemetries"][0]
            assert message.keys() == {"createdAt", "_links"} | top
            assert message.get("_embedded", {}).get("extension", {}).keys() == extension


class TestWithoutRoutine:
    """Cars that have done nothing yet."""

    @pytest.fixture
    def config(self) -> SimulatorConfig:
        return SimulatorConfig(start=MONDAY, speed=0, routine=False)

    async def test_new_car_has_no_messages(self, caller: Caller) -> None:
        await caller.sign_in("peugeot")
        assert (await caller.ok(f"{car_path(caller, 'e-208')}/telemetry"))["total"] == 0
        await caller.change("e-208", doors=["Trunk"])
        assert (await caller.ok(f"{car_path(caller, 'e-208')}/telemetry"))["total"] == 1
        await caller.pass_time(31 * 86400)
        assert (await caller.ok(f"{car_path(caller, 'e-208')}/telemetry"))["total"] == 0
