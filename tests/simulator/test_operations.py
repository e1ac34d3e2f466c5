"""All operations and notifications, validated against the API description if it is available."""

import asyncio
from pathlib import Path
import sys
from typing import Any

import pytest

from simulator import Simulator, SimulatorConfig
from simulator.operations import build_operations

from .conftest import MONDAY, Caller, Hook
from .push.helpers import CHANGES, data, monitor
from .remote.helpers import CHARGE, HEAT, HORN, LOCK, NAVIGATE, UNLOCK, WAKE

ROOT = Path(__file__).parents[2]


CHECKER = ROOT.parent / "shared" / "conformance" / "check_traffic.py"


EXTENSIONS = [f"vehicle.{name}" for name in ("doorsState", "status", "maintenance", "position", "telemetry")]


EXTENSIONS += [f"vehicle.{name}" for name in ("alerts", "alarm", "trip")]


PROGRAM = {"slot": 1, "enabled": True, "start": "PT7H", "recurrence": "Daily", "occurence": {"day": ["Mon"]}}


REMOTES = [
    UNLOCK,
    LOCK,
    HEAT,
    CHARGE,
    HORN,
    WAKE,
    NAVIGATE,
    {"lights": {"on": True}, "label": "blink", "attributes": [{"type": "Body", "key": "k", "value": "$remoteType"}]},
    {
        "preconditioning": {
            "airConditioning": {"programs": [PROGRAM, {"slot": 2, "start": "PT0S", "actionsType": "Delete"}]}
        }
    },
    {"charging": {"schedule": {"nextDelayedTime": "2026-03-03T22:00:00Z"}}},
    {"charging": {"schedule": {"programs": [{"start": "PT1H", "end": "PT5H", "enabled": True}]}}},
    {"charging": {"preferences": {"level": "Level3", "type": "Partial"}}},
    {"door": {"state": "Locked", "forced": True}},
]


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """The file to which the traffic is recorded."""
    return tmp_path / "traffic.jsonl"


@pytest.fixture
def config(record: Path) -> SimulatorConfig:
    return SimulatorConfig(start=MONDAY, speed=0, record=record, day_limit=0, burst_limit=0)


async def read(caller: Caller, account: Any) -> None:
    """Call all reading operations for the cars of an account, also for things that do not exist."""
    await caller.get("/user", country="CL")
    await caller.get("/user/vehicles", extension="onboardCapabilities,branding,pictures", pageSize="1", locale="fr-FR")
    await caller.get("/user/vehicles", pageSize="999")
    await caller.get("/user", client_id="nobody")
    await caller.get("/user/vehicles/nobody/status")
    for vehicle_id in account.cars:
        car = f"/user/vehicles/{vehicle_id}"
        await caller.get(car, extension="onboardCapabilities", country="BR")
        for name in ("status", "lastPosition", "maintenance"):
            await caller.get(f"{car}/{name}")
        names = {"alerts": "aid", "alarms": "aid", "collisions": "cid"}
        for name in names:
            body = (await caller.get(f"{car}/{name}", timestamps="2026-02-20T00:00:00Z/")).body
            for item in body.get("_embedded", {}).get("Collisions" if name == "collisions" else name, [])[:3]:
                await caller.ok(f"{car}/{name}/{item['id']}")
        await caller.ok(f"{car}/telemetry", extension="location,maintenance", pageSize="200")
        await caller.ok(f"{car}/telemetry", type="vehicle.energies,privacy", indexRange="5-9")
        query = {"distance": "0.1-200", "duration": "10-", "states": "Nominal,DataLacking"}
        await caller.ok(f"{car}/trips", timestamps="2026-02-01T00:00:00Z/P1M,R2/2026-01-05T00:00:00Z/P7D", **query)
        trips = (await caller.ok(f"{car}/trips"))["_embedded"]["trips"][-3:]
        for trip in trips:
            await read_trip(caller, f"{car}/trips/{trip['id']}")


async def read_trip(caller: Caller, url: str) -> None:
    """Call all operations on a trip."""
    await caller.ok(url)
    await caller.ok(f"{url}/wayPoints", tolerance="0.1")
    await caller.ok(f"{url}/telemetry", extension="location", pageSize="5")
    for name, embedded in (("alerts", "alerts"), ("collisions", "Collisions")):
        for item in (await caller.ok(f"{url}/{name}"))["_embedded"][embedded]:
            await caller.ok(f"{url}/{name}/{item['id']}")
        await caller.get(f"{url}/{name}/none")


async def push(caller: Caller, account: Any, hook: Hook) -> str:
    """Create a callback, and monitors with every field and operator for the cars of an account."""
    attributes = [{"type": "Body", "key": "secret", "value": "s"}, {"type": "Header", "key": "x-vin", "value": "$vin"}]
    callback = await caller.subscribe(hook.url, *attributes, label="all", type=["Monitor", "Remote"])
    await caller.ok("/user/callbacks", types="Monitor")
    await caller.ok(f"/user/callbacks/{callback}")
    triggers = [trigger for trigger, *_ in CHANGES]
    for vehicle_id in account.cars:
        path = f"/user/vehicles/{vehicle_id}/callbacks/{callback}/monitors"
        for number in range(0, 25, 5):
            five = triggers[number : number + 5]
            body = monitor(*five, expression="t0 | (t1 & !t2) | t3 | t4", extendedEventParam=EXTENSIONS)
            made = await caller.send("POST", path, body | {"subscribeParam": {"refreshEvent": 6 * 3600}})
            assert made.status == 202, made.body
        url = f"{path}/{made.body['monitorId']}"
        await caller.send("PUT", url, monitor(data("vehicle.doorsState.opening"), extendedEventParam=EXTENSIONS))
        await caller.ok(path)
        await caller.ok(url)
        await caller.send("PUT", f"{url}/status", {"status": "Paused"})
        await caller.send("PUT", f"{url}/status", {"status": "Running"})
    return callback


async def command(caller: Caller, account: Any, callback: str) -> None:
    """Send every kind of remote to the cars of an account, whether they support it or not."""
    for vehicle_id in account.cars:
        path = f"/user/vehicles/{vehicle_id}/callbacks/{callback}/remotes"
        for body in REMOTES:
            response = await caller.send("POST", path, body)
            await caller.pass_time(90)
            if response.status == 202:
                await caller.ok(f"{path}/{response.body['remoteActionId']}")
        await caller.ok(path)


async def clean(caller: Caller, account: Any, callback: str) -> None:
    """Delete the callback and its monitors."""
    path = f"/user/callbacks/{callback}"
    body = (await caller.ok(path))["subscribe"]
    await caller.send("PUT", path, body)
    await caller.send("PUT", f"{path}/status", {"status": "Paused"})
    for vehicle_id in account.cars:
        monitors = f"/user/vehicles/{vehicle_id}/callbacks/{callback}/monitors"
        first = (await caller.ok(monitors))["_embedded"]["monitors"][0]["monitorId"]
        await caller.send("DELETE", f"{monitors}/{first}")
        await caller.get(f"{monitors}/{first}")
    await caller.send("DELETE", path)


@pytest.mark.skipif(not CHECKER.exists(), reason="the API description is not available")
async def test_all_traffic_conforms_to_the_api_description(caller: Caller, hook: Hook, record: Path) -> None:
    callbacks: dict[str, str] = {}
    accounts = caller.simulator.world.accounts
    for brand, account in accounts.items():
        await caller.sign_in(brand)
        for car in account.cars.values():
            await caller.control("PATCH", f"/vehicles/{car.vin}", {"drive": True})
            await caller.pass_time(300)
            change = {"collision": {"side": "Rear", "severity": "Minor"}, "alerts": ["RiskOfIce"], "routine": True}
            await caller.control("PATCH", f"/vehicles/{car.vin}", change)
        await read(caller, account)
        callbacks[brand] = await push(caller, account, hook)
        await command(caller, account, callbacks[brand])
    hook.status = 503
    await caller.pass_time(12 * 3600)
    hook.status = 200
    for _ in range(6):
        await caller.pass_time(4 * 3600)
        for brand, account in accounts.items():
            await caller.sign_in(brand)
            for vehicle_id in account.cars:
                await caller.ok(f"/user/vehicles/{vehicle_id}/status")
    for brand, account in accounts.items():
        await caller.sign_in(brand)
        await clean(caller, account, callbacks[brand])
    assert {message["type"] for message in hook.messages} == {"Monitor", "Remote"}
    assert any(isinstance(post.body, list) for post in hook.received)

    process = await asyncio.create_subprocess_exec(
        sys.executable, str(CHECKER), "--coverage", str(record), stdout=asyncio.subprocess.PIPE
    )
    output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output
    assert " 0 failures, 36 of 36 operations exercised" in output
    assert " 0 notifications" not in output


async def test_there_are_36_operations(simulator: Simulator) -> None:
    operations = build_operations(simulator.push, simulator.remote, simulator.raw_statuses)
    assert len({(operation.method, operation.path) for operation in operations}) == len(operations) == 36
