"""The data that monitors add to their events."""

import pytest

from simulator import SimulatorConfig

from ..conftest import MONDAY, Caller
from ..push.helpers import Monitors, data, monitor


@pytest.fixture
def config() -> SimulatorConfig:
    return SimulatorConfig(start=MONDAY, speed=0, routine=False)


async def test_extensions_are_added_to_events(caller: Caller, monitors: Monitors) -> None:
    names = ["doorsState", "status", "maintenance", "position", "telemetry", "alerts", "alarm", "trip"]
    await caller.change("308 Hybrid", drive={"distance": 3, "minutes": 5}, alerts=["RiskOfIce"])
    await caller.pass_time(600)
    await monitors.create(data("vehicle.doorsState.opening"), extendedEventParam=[f"vehicle.{name}" for name in names])
    (event,) = await monitors.events_after(doors=["Trunk"], alerts=["RiskOfIce"])
    bodies = {extension["type"].removeprefix("vehicle."): extension["body"][0] for extension in event["extensions"]}
    assert list(bodies) == names
    assert bodies["status"]["status"] == await caller.status("308 Hybrid")
    assert bodies["doorsState"]["doorState"] == bodies["status"]["status"]["doorsState"]
    assert bodies["alarm"]["alarm"] == bodies["status"]["status"]["alarm"]
    assert bodies["trip"]["trip"]["done"] is True
    assert [alert["type"] for alert in bodies["alerts"]["alerts"]] == ["RiskOfIce"]
    assert bodies["maintenance"]["maintenance"].keys() >= {"daysBeforeMaintenance"}
    assert bodies["telemetry"]["telemetry"]["vehicle"].keys() >= {"energies", "odometer"}
    assert bodies["position"]["position"]["type"] == "Feature"


async def test_hidden_extensions_are_left_out(caller: Caller, monitors: Monitors) -> None:
    names = ["vehicle.position", "vehicle.trip", "vehicle.telemetry.vehicle.battery", "vehicle.telemetry.privacy"]
    await caller.sign_in("peugeot", "data:telemetry")
    await monitors.create(data("vehicle.doorsState.opening"), extendedEventParam=names)
    (event,) = await monitors.events_after(doors=["Trunk"])
    (extension,) = event["extensions"]
    assert extension["type"] == "vehicle.telemetry"
    assert extension["body"][0]["telemetry"].keys() == {"createdAt", "_links", "privacy", "vehicle"}
    assert extension["body"][0]["telemetry"]["vehicle"].keys() == {"battery"}
    refused = await caller.send("POST", monitors.path, monitor(data("vehicle.alert")))
    assert (refused.status, refused.body["code"]) == (403, 40300)
