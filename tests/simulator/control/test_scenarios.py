"""Scenarios: what real servers and cars were seen to do, started by one call each."""

from typing import Any

import pytest

from simulator import SimulatorConfig
from simulator.clock import rfc3339

from ..conftest import MONDAY, OTHER, Caller, Hook
from ..helpers import car_path, charging_data, electric_energy

MINUTE, HOUR = 60, 3600


@pytest.fixture
def config() -> SimulatorConfig:
    return SimulatorConfig(start=MONDAY, speed=0, routine=False, clients=(OTHER,))


async def start(caller: Caller, name: str, model: str | None = None, **parameters: Any) -> Any:
    """Start a scenario, for a car if a model is given."""
    vin = {"vin": caller.vin(model)} if model else {}
    answer = await caller.control("POST", f"/scenarios/{name}", vin | parameters)
    assert answer.status == 200, answer.body
    return answer.body


async def send_remote(caller: Caller, callback: str, model: str, body: Any) -> str:
    """Send a remote, let it end, and return its status."""
    path = f"{car_path(caller, model)}/callbacks/{callback}/remotes"
    remote = (await caller.send("POST", path, body)).body["remoteActionId"]
    await caller.pass_time(MINUTE)
    return str((await caller.ok(f"{path}/{remote}"))["status"])


async def test_all_scenarios_are_listed_started_and_ended(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    before = await caller.status("308 Hybrid")
    scenarios = (await caller.control("GET", "/scenarios")).body["scenarios"]
    assert all(summary["description"].endswith(".") for summary in scenarios.values())
    for name, summary in scenarios.items():
        await start(caller, name, "308 Hybrid" if summary["takes_vin"] else None, **summary["parameters"])
    started = (await caller.control("GET", "/scenarios")).body["started"]
    assert [entry["name"] for entry in started] == list(scenarios)
    assert (await caller.get(f"{car_path(caller, '308 Hybrid')}/status")).status == 404
    await caller.control("DELETE", "/scenarios")
    assert (await caller.control("GET", "/scenarios")).body["started"] == []
    assert (await caller.status("308 Hybrid")).keys() == before.keys()


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("nothing", {}, 400),
        ("silent_charge", {}, 400),
        ("silent_charge", {"vin": "V"}, 404),
        ("silent_charge", {"vin": "C3"}, 400),
        ("empty_hybrid", {"vin": "e-208"}, 400),
        ("ignored_success", {"vin": "e-208", "actions": ["dance"]}, 400),
        ("gateway_401", {"minutes": "long"}, 400),
        ("gateway_401", {"minutes": -1}, 400),
        ("no_vehicle_label", {"vin": "e-208", "branding": 1}, 400),
        ("gateway_401", {"hours": 1}, 400),
        ("gateway_401", [], 400),
    ],
)
async def test_what_makes_no_sense_is_refused(caller: Caller, name: str, body: Any, status: int) -> None:
    if isinstance(body, dict) and body.get("vin") in {"C3", "e-208"}:
        body = body | {"vin": caller.vin(body["vin"])}
    assert (await caller.control("POST", f"/scenarios/{name}", body)).status == status
    assert (await caller.control("GET", "/scenarios")).body["started"] == []


async def test_bodies_alternate_an_hour_apart(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    await caller.change("e-208", level=40, charge=True)
    await start(caller, "alternating_bodies", "e-208")
    await caller.status("e-208")
    levels = []
    for _ in range(8):
        await caller.pass_time(30 * MINUTE)
        levels.append(electric_energy(await caller.status("e-208"))["level"])
    newer, older = levels[1::2], levels[::2]
    assert newer == sorted(newer)
    assert older == sorted(older)
    assert all(old < new for old, new in zip(older[1:], newer, strict=False))
    assert older[3] >= newer[0]


async def test_car_is_silent_while_it_charges(caller: Caller, hook: Hook) -> None:
    await caller.sign_in("peugeot")
    callback = await caller.subscribe(hook.url)
    await caller.change("e-208", level=40)
    await start(caller, "silent_charge", "e-208")
    first = await caller.status("e-208")
    assert charging_data(first)["status"] == "InProgress"
    await caller.pass_time(2 * HOUR)
    assert await caller.status("e-208") == first
    assert await send_remote(caller, callback, "e-208", {"wakeUp": {"action": "WakeUp"}}) == "Success"
    woken = electric_energy(await caller.status("e-208"))
    assert 50 < woken["level"] < 90
    await caller.pass_time(10 * HOUR)
    last = await caller.status("e-208")
    assert (charging_data(last)["status"], electric_energy(last)["level"]) == ("Finished", 100)


async def test_car_starts_again_by_its_own_clock(caller: Caller, hook: Hook) -> None:
    await caller.sign_in("citroen")
    callback = await caller.subscribe(hook.url)
    await caller.change("ë-C4", level=20)
    await start(caller, "own_clock", "ë-C4", minutes=30)
    assert await send_remote(caller, callback, "ë-C4", {"charging": {"immediate": False}}) == "Success"
    assert charging_data(await caller.status("ë-C4"))["status"] == "Stopped"
    await caller.pass_time(30 * MINUTE)
    assert charging_data(await caller.status("ë-C4"))["status"] == "InProgress"


async def test_empty_hybrid_claims_to_be_full(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    await start(caller, "empty_hybrid", "308 Hybrid", level=63)
    energy = electric_energy(await caller.status("308 Hybrid"))
    assert (energy["level"], energy["autonomy"]) == (63, 0)
    await caller.change("308 Hybrid", charge=True)
    await caller.pass_time(HOUR)
    energy = electric_energy(await caller.status("308 Hybrid"))
    assert 0 < energy["level"] < 63
    assert energy["autonomy"] > 0


async def test_wake_up_says_disconnected_first(caller: Caller, hook: Hook) -> None:
    await caller.sign_in("peugeot")
    callback = await caller.subscribe(hook.url)
    await caller.change("e-208", level=40)
    await start(caller, "disconnected_at_wake_up", "e-208")
    await caller.pass_time(HOUR)
    assert charging_data(await caller.status("e-208"))["status"] == "InProgress"
    await send_remote(caller, callback, "e-208", {"wakeUp": {"action": "WakeUp"}})
    charging = charging_data(await caller.status("e-208"))
    assert (charging["status"], charging["plugged"], charging["chargingMode"]) == ("Disconnected", True, "Slow")
    assert (charging["chargingRate"], charging["remainingTime"]) == (0, "PT0S")
    await caller.pass_time(2 * MINUTE)
    assert charging_data(await caller.status("e-208"))["status"] == "InProgress"


async def test_charge_pauses_when_clouds_pass(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    await caller.change("e-208", level=20)
    await start(caller, "solar_pauses", "e-208", count=2, charging_minutes=20, pause_minutes=10)
    statuses = []
    for _ in range(7):
        await caller.pass_time(10 * MINUTE)
        statuses.append(charging_data(await caller.status("e-208"))["status"])
    on, off = "InProgress", "Stopped"
    assert statuses == [on, off, on, on, off, on, on]


async def test_ignition_is_stuck(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    await start(caller, "stuck_ignition", "e-208", minutes=90)
    await caller.pass_time(5 * HOUR)
    ignition = (await caller.status("e-208"))["ignition"]
    assert ignition == {"type": "StartUp", "createdAt": rfc3339(MONDAY.timestamp() - 90 * MINUTE)}


async def test_odometer_is_zero_while_the_ignition_is_off(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    await start(caller, "zero_odometer", "e-208")
    assert (await caller.status("e-208"))["odometer"]["mileage"] == 0
    await caller.change("e-208", drive=True)
    assert (await caller.status("e-208"))["odometer"]["mileage"] > 0


@pytest.mark.parametrize("part", ["energies", "odometer", "lastPosition", "body"])
async def test_parts_are_dated_ahead(caller: Caller, part: str) -> None:
    await caller.sign_in("peugeot")
    await start(caller, "parts_ahead", "e-208", parts=[part], minutes=120)
    body, ahead = await caller.status("e-208"), rfc3339(MONDAY.timestamp() + 2 * HOUR)
    times = {
        "body": body["createdAt"],
        "energies": electric_energy(body)["createdAt"],
        "odometer": body["odometer"]["createdAt"],
        "lastPosition": body["lastPosition"]["properties"]["createdAt"],
    }
    assert [name for name, at in times.items() if at == ahead] == [part]


async def test_old_schema(caller: Caller) -> None:
    await caller.sign_in("peugeot")
    await start(caller, "old_schema", "e-208")
    body = await caller.status("e-208")
    assert {"timed.odometer", "preconditionning", "energy", "updatedAt"} <= body.keys()
    assert not {"odometer", "preconditioning", "energies", "createdAt"} & body.keys()
    assert body["lastPosition"]["properties"]["type"] == "Aquire"
    assert all("createdAt" not in energy and "updatedAt" in energy for energy in body["energy"])


async def test_success_that_the_car_ignores(caller: Caller, hook: Hook) -> None:
    await caller.sign_in("peugeot")
    callback = await caller.subscribe(hook.url)
    await caller.change("e-208", level=20, charge=True)
    await start(caller, "ignored_success", "e-208")
    assert await send_remote(caller, callback, "e-208", {"charging": {"immediate": False}}) == "Success"
    assert charging_data(await caller.status("e-208"))["status"] == "InProgress"
    assert await send_remote(caller, callback, "e-208", {"door": {"state": "Unlocked"}}) == "Success"
    assert not caller.car("e-208").state.locked
    await caller.control("DELETE", "/scenarios")
    assert await send_remote(caller, callback, "e-208", {"charging": {"immediate": False}}) == "Success"
    assert charging_data(await caller.status("e-208"))["status"] == "Stopped"


@pytest.mark.parametrize("branding", [True, False])
async def test_vehicle_is_listed_without_a_label(caller: Caller, branding: bool) -> None:
    await caller.sign_in("peugeot")
    await start(caller, "no_vehicle_label", "e-208", branding=branding)
    vehicles = (await caller.ok("/user/vehicles", extension="branding"))["_embedded"]["vehicles"]
    (vehicle,) = [item for item in vehicles if item["vin"] == caller.vin("e-208")]
    assert "label" not in vehicle
    assert ("label" in vehicle["_embedded"]["extension"]["branding"]) is branding


async def test_remotes_are_returned_without_labels(caller: Caller, hook: Hook) -> None:
    await caller.sign_in("peugeot")
    callback = await caller.subscribe(hook.url)
    path = f"{car_path(caller, 'e-208')}/callbacks/{callback}/remotes"
    await send_remote(caller, callback, "e-208", {"label": "mine", "horn": {"state": "Activated"}})
    await start(caller, "no_remote_label")
    (remote,) = (await caller.ok(path))["_embedded"]["remoteActions"]
    assert remote["remote"] == {"horn": {"state": "Activated"}}
    await caller.control("DELETE", "/scenarios")
    assert (await caller.ok(f"{path}/{remote['remoteActionId']}"))["remote"]["label"] == "mine"


@pytest.mark.parametrize(
    ("name", "minutes", "status"), [("gateway_401", 720, 401), ("no_data_404", 1440, 404), ("gateway_401", 5, 401)]
)
async def test_server_fails_for_a_while(caller: Caller, name: str, minutes: int, status: int) -> None:
    await caller.sign_in("peugeot")
    await start(caller, name, minutes=minutes, path="/user/vehicles/{id}/*")
    path = f"{car_path(caller, 'e-208')}/status"
    assert (await caller.get(path)).status == status
    assert (await caller.get("/user")).status == 200
    await caller.pass_time(minutes * MINUTE - 1)
    assert (await caller.get(path)).status == status
    await caller.pass_time(1)
    assert (await caller.get(path)).status == 200


async def test_pushed_status_is_distorted_like_the_polled_one(caller: Caller, hook: Hook, callback: str) -> None:
    await start(caller, "stuck_ignition", "e-208")
    path = f"{car_path(caller, 'e-208')}/callbacks/{callback}/monitors"
    trigger = {"name": "d", "data": {"data": "vehicle.doorsState.opening", "op": "onChange"}}
    monitor = {
        "label": "status",
        "triggerParam": {"triggers": [trigger], "boolExp": "d"},
        "extendedEventParam": ["vehicle.status"],
    }
    assert (await caller.send("POST", path, monitor)).status == 202
    await caller.change("e-208", doors=["Trunk"])
    bodies = [message["monitorEvent"].get("extensions") for message in hook.messages]
    (extension,) = [body for body in bodies if body]
    assert extension[0]["body"][0]["status"]["ignition"]["type"] == "StartUp"
